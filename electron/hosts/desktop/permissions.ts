/** No page of ours needs a camera, a device, a notification or a download: everything is denied in one place (docs/THREATS.md A6). */
import type { Session } from 'electron';

type Lockable = Pick<
  Session,
  'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler' | 'setDisplayMediaRequestHandler' | 'on'
>;

export function denyAllPermissions(session: Lockable): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(isHarmless(permission)));
  session.setPermissionCheckHandler((_contents, permission) => isHarmless(permission));
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}));
  session.on('will-download', (event) => event.preventDefault());
}

/** Writing plain text to the clipboard on a click is what the copy buttons do; reading it is denied. */
function isHarmless(permission: string): boolean {
  return permission === 'clipboard-sanitized-write';
}
