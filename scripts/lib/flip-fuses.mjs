// electron-builder's afterPack: sets the fuses of electron/hosts/desktop/fuses.ts in the packed binary and reads them back.
import { FuseV1Options, FuseVersion, flipFuses, getCurrentFuseWire } from '@electron/fuses';
import { join } from 'node:path';
import { FUSES } from '../../electron/hosts/desktop/fuses.ts';

const SUFFIX = { darwin: '.app', win32: '.exe' };
const FUSE_ON = 49; // the wire holds the ASCII digits 0 and 1
const FUSE_OFF = 48;

function binaryOf({ appOutDir, electronPlatformName, packager }) {
  const name = electronPlatformName === 'linux' ? packager.executableName : packager.appInfo.productFilename;
  return join(appOutDir, `${name}${SUFFIX[electronPlatformName] ?? ''}`);
}

export default async function flipAfterPack(context) {
  const binary = binaryOf(context);
  const wanted = Object.fromEntries(Object.entries(FUSES).map(([name, on]) => [FuseV1Options[name], on]));
  await flipFuses(binary, { version: FuseVersion.V1, ...wanted });
  const wire = await getCurrentFuseWire(binary);
  for (const [name, on] of Object.entries(FUSES)) {
    const state = wire[FuseV1Options[name]];
    if (state !== (on ? FUSE_ON : FUSE_OFF)) throw new Error(`fuse ${name} reads ${state}, wanted ${on ? 'on' : 'off'}`);
  }
}
