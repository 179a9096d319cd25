/** The window shows our page and nothing else, ever (docs/THREATS.md A6). */
import type { WebContents } from 'electron';

/** Hosts the operator may be sent to, in the system's browser and only after a question. */
export const EXTERNAL_HOSTS: readonly string[] = ['spdk.io'];

/** The address as it would be opened, or null: only https, only listed hosts, no user name, no odd port. */
export function externalAddress(url: string, hosts: readonly string[] = EXTERNAL_HOSTS): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, port, username, password, href } = new URL(url);
  const isPlain = protocol === 'https:' && port === '' && username === '' && password === '';
  return isPlain && hosts.includes(hostname) ? href : null;
}

type Lockable = Pick<WebContents, 'on' | 'setWindowOpenHandler'>;

/** `offerExternal` gets addresses that passed `externalAddress`; it asks the operator. */
export function denyNavigation(contents: Lockable, offerExternal: (address: string) => void): void {
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    const address = externalAddress(url);
    if (address !== null) offerExternal(address);
    return { action: 'deny' };
  });
}
