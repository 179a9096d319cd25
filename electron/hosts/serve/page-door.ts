/** The HTTP side of the serve host: the page's files, the ticket exchange, downloads and the one WebSocket, behind one door. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Clock } from '../../../shared/clock.ts';
import { fail } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import {
  EXPORT_PREFIX,
  OPEN_PATH,
  RPC_PATH,
  RPC_PROTOCOL,
  SESSION_PATH,
  WINDOW_KEY_HEADER,
  WINDOW_KEY_PREFIX,
} from '../../../shared/rpc/serve-paths.ts';
import type { DoorAnswer } from '../../net/http-answer.ts';
import { writeRawRefusal } from '../../net/http-answer.ts';
import type { Door, DoorRequest, DoorRoute } from '../../net/door.ts';
import { openDoor } from '../../net/loopback-http.ts';
import { DoorKeys, cookieName, cookieValue, sessionCookie } from './door-keys.ts';
import { SIGNED_OUT_PAGE, USED_LINK_PAGE, WRONG_LINK_PAGE, welcomePage } from './door-pages.ts';
import { PAGE_HEADERS } from './page-policy.ts';
import { servedFile } from './served-set.ts';
import type { ServedSet } from './served-set.ts';

export interface PageDoorOptions {
  readonly port: number;
  readonly clock: Clock;
  readonly served: ServedSet;
  /** The file behind a one-use download path, see Console.takeDownload. */
  readonly takeDownload: (downloadPath: string) => { path: string; name: string } | null;
  readonly onWindow: (socket: WebSocket) => void;
  /** A link was used: `link` is the next one. */
  readonly onLinkUsed: (link: string) => void;
}

export interface PageDoor {
  readonly port: number;
  /** The one-use link that is good now. */
  link(): string;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Rejects with E_ADDRESS_IN_USE, E_ADDRESS or E_PERMISSION. */
export async function openPageDoor(options: PageDoorOptions): Promise<PageDoor> {
  const door = new HttpSide(options);
  await door.open();
  return door;
}

class HttpSide implements PageDoor {
  private readonly options: PageDoorOptions;
  private readonly keys: DoorKeys;
  private readonly sockets = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: LIMITS.frameInboundBytesMax,
    handleProtocols: (offered) => (offered.has(RPC_PROTOCOL) ? RPC_PROTOCOL : false),
  });
  private door: Door | null = null;
  port = 0;

  constructor(options: PageDoorOptions) {
    this.options = options;
    this.keys = new DoorKeys(options.clock);
  }

  async open(): Promise<void> {
    this.door = await openDoor({
      host: '127.0.0.1',
      port: this.options.port,
      clock: this.options.clock,
      route: (path) => this.routeOf(path),
      upgrade: (request, socket, head) => this.upgrade(request, socket, head),
    });
    this.port = this.door.port;
  }

  link(): string {
    return `http://127.0.0.1:${this.port}${OPEN_PATH}?ticket=${this.keys.ticket}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets.clients) socket.terminate();
    await this.door?.close();
  }

  private routeOf(path: string): DoorRoute | null {
    if (path === OPEN_PATH) return { ...route((request) => this.exchange(request)), fromAnySite: true };
    if (path === SESSION_PATH) return route((request) => this.session(request));
    // Browsers ask for it on their own, before they have read that the page brings none.
    if (path === '/favicon.ico') return route(() => Promise.resolve({ status: 204, headers: PAGE_HEADERS }));
    if (path.startsWith(EXPORT_PREFIX)) return route((request) => this.download(request));
    return route((request) => this.file(request));
  }

  private async exchange(request: DoorRequest): Promise<DoorAnswer> {
    const verdict = this.keys.redeem(new URLSearchParams(request.query).get('ticket'));
    if (verdict.outcome === 'used') return pageAnswer(410, USED_LINK_PAGE);
    if (verdict.outcome === 'wrong') {
      if (verdict.waitMs > 0) await new Promise((resolve) => setTimeout(resolve, verdict.waitMs));
      return pageAnswer(401, WRONG_LINK_PAGE);
    }
    this.options.onLinkUsed(this.link());
    return pageAnswer(200, welcomePage(verdict.windowKey), { 'Set-Cookie': sessionCookie(this.port, verdict.session) });
  }

  private async session(request: DoorRequest): Promise<DoorAnswer> {
    const key = request.headers[WINDOW_KEY_HEADER];
    const isKnown = this.isWindow(request.headers.cookie, typeof key === 'string' ? key : null);
    return { status: isKnown ? 204 : 401, headers: PAGE_HEADERS };
  }

  private async download(request: DoorRequest): Promise<DoorAnswer> {
    if (!this.isSignedIn(request.headers.cookie)) return pageAnswer(401, SIGNED_OUT_PAGE);
    const file = this.options.takeDownload(request.path);
    if (file === null) return notFound();
    return {
      status: 200,
      headers: {
        ...PAGE_HEADERS,
        'Content-Type': 'application/octet-stream',
        // The core makes the name of letters, digits, dots and dashes; what else might stand in it stays out of the header.
        'Content-Disposition': `attachment; filename="${file.name.replaceAll(/[^\w.-]/g, '_')}"`,
      },
      filePath: file.path,
    };
  }

  private async file(request: DoorRequest): Promise<DoorAnswer> {
    if (!this.isSignedIn(request.headers.cookie)) return pageAnswer(401, SIGNED_OUT_PAGE);
    const file = servedFile(this.options.served, request.path);
    if (file === null) return notFound();
    return { status: 200, headers: { ...PAGE_HEADERS, 'Content-Type': file.type }, body: file.bytes };
  }

  private isSignedIn(cookies: string | undefined): boolean {
    return this.keys.isSession(cookieValue(cookies, cookieName(this.port)));
  }

  private isWindow(cookies: string | undefined, key: string | null): boolean {
    return this.keys.isWindow(cookieValue(cookies, cookieName(this.port)), key);
  }

  /** Host and foreign origins were checked by the door; a window of ours also says its origin and knows its cookie and its key. */
  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refuse = (status: number, code: 'E_PATH' | 'E_ORIGIN' | 'E_TOKEN' | 'E_BUSY', text: string): void => {
      writeRawRefusal(request.socket, status, fail(code, text).failure);
      request.socket.destroySoon();
    };
    if (request.url !== RPC_PATH) return refuse(404, 'E_PATH', 'no WebSocket here');
    if (request.headers.origin === undefined) return refuse(403, 'E_ORIGIN', 'only the console page may connect');
    if (!this.isWindow(request.headers.cookie, offeredKey(request))) return refuse(401, 'E_TOKEN', 'not signed in: open the newest link');
    if (this.sockets.clients.size >= LIMITS.serveWindowsMax) return refuse(503, 'E_BUSY', 'too many windows are open');
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => this.options.onWindow(webSocket));
  }
}

/** The subprotocol that carries the window's key; null when none is offered. */
function offeredKey(request: IncomingMessage): string | null {
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  const carrier = offered.find((name) => name.startsWith(WINDOW_KEY_PREFIX));
  return carrier === undefined ? null : carrier.slice(WINDOW_KEY_PREFIX.length);
}

function route(handle: (request: DoorRequest) => Promise<DoorAnswer>): DoorRoute {
  return { methods: ['GET'], bodyBytesMax: 0, media: 'any', handle };
}

function pageAnswer(status: number, page: string, headers: Readonly<Record<string, string>> = {}): DoorAnswer {
  return { status, headers: { ...PAGE_HEADERS, 'Content-Type': 'text/html; charset=utf-8', ...headers }, body: page };
}

function notFound(): DoorAnswer {
  return { status: 404, headers: { ...PAGE_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' }, body: 'not found\n' };
}
