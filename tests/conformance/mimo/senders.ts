// Which senders the vectors run through on this machine.
import { isBuilt } from '../../../native/libnotify/test/driver.ts';
import { cLibrary } from './c-library.ts';
import { typeScriptSender, type SenderUnderTest } from './sender-under-test.ts';

/** The TypeScript sender, then the C library when it has been built. */
export async function senders(): Promise<readonly [SenderUnderTest, ...SenderUnderTest[]]> {
  return isBuilt() ? [typeScriptSender, cLibrary] : [typeScriptSender];
}
