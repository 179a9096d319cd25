/** The page's own scheme `signalbox://app/`: only the files of the bundle, read once at start (docs/THREATS.md A7). */
import type { CustomScheme } from 'electron';
import { PAGE_HEADERS } from '../serve/page-policy.ts';
import { servedFile } from '../serve/served-set.ts';
import type { ServedSet } from '../serve/served-set.ts';

export const PAGE_SCHEME = 'signalbox';
export const PAGE_HOST = 'app';
export const PAGE_ADDRESS = `${PAGE_SCHEME}://${PAGE_HOST}/`;

/** `standard` gives the scheme an origin, `secure` makes it a trustworthy one; it may not reach past CSP or service workers. */
export const PAGE_SCHEMES: CustomScheme[] = [
  {
    scheme: PAGE_SCHEME,
    privileges: { standard: true, secure: true, supportFetchAPI: true, bypassCSP: false, allowServiceWorkers: false, corsEnabled: false },
  },
];

/** True for a frame that shows our page; `url` is what Electron reports of the frame. */
export function isPageAddress(url: string): boolean {
  return url === PAGE_ADDRESS || url.startsWith(PAGE_ADDRESS);
}

/** Answers one request of the scheme; anything but GET of a known path of our host is 404. */
export function answerPageRequest(served: ServedSet, request: { readonly method: string; readonly url: string }): Response {
  const file = request.method === 'GET' ? fileOf(served, request.url) : null;
  if (file === null) {
    return new Response('not found\n', { status: 404, headers: { ...PAGE_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' } });
  }
  // A served file's bytes come from readFileSync, so their buffer is never shared.
  return new Response(file.bytes as Uint8Array<ArrayBuffer>, { status: 200, headers: { ...PAGE_HEADERS, 'Content-Type': file.type } });
}

/** The path is taken as it stands behind the host, undecoded; a fragment never reaches a handler. */
function fileOf(served: ServedSet, url: string): ReturnType<typeof servedFile> {
  if (!isPageAddress(url)) return null;
  return servedFile(served, url.slice(PAGE_ADDRESS.length - 1));
}
