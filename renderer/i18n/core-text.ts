/** What the core says, in the language on the screen. */
import i18next from 'i18next';
import type { Failure } from '../../shared/failure.ts';
import { Sentences } from './sentences.ts';
import { coreZh } from './zh-CN/core.ts';

const CHINESE = new Sentences(coreZh);
/** The same few reasons are drawn over and over. */
const KEPT_MAX = 500;
const kept = new Map<string, string>();

/** For components that draw themselves anew with the language (`useText`). An unknown sentence stays English. */
export function coreText(sentence: string): string {
  if (i18next.language !== 'zh-CN' || sentence === '') return sentence;
  const known = kept.get(sentence);
  if (known !== undefined) return known;
  const said = CHINESE.translate(sentence);
  if (kept.size === KEPT_MAX) kept.clear();
  kept.set(sentence, said);
  return said;
}

/** The lab's own profile has a name of the core's; one that an operator typed stays as typed, for it may have to be typed again. */
export function profileName(label: string, isSimulated: boolean): string {
  return isSimulated ? coreText(label) : label;
}

/** The same failure with what and what now as `coreText` says them; for texts with places for its parts. */
export function saidFailure({
  code,
  message,
  fix,
}: Pick<Failure, 'message' | 'fix'> & { readonly code: string }): Record<'code' | 'message' | 'fix', string> {
  return { code, message: coreText(message), fix: coreText(fix ?? '') };
}

/** Code, what, and what now: one line for people. */
export function failureText({ code, message, fix }: Failure): string {
  return [code, coreText(message), coreText(fix ?? '')].filter((part) => part !== '').join(' ');
}
