/** A window without a browser: signs in by a one-use link and speaks the page's protocol from Node. */
import { WebSocket } from 'ws';
import { socketPort } from '../../electron/hosts/serve/socket-port.ts';
import { createClient } from '../../shared/rpc/client.ts';
import type { Client } from '../../shared/rpc/client.ts';
import { RPC_PATH, RPC_PROTOCOL, WINDOW_KEY_PREFIX } from '../../shared/rpc/serve-paths.ts';

/** The open socket of a new window; the link is used up. */
export async function openWindowSocket(link: string): Promise<WebSocket> {
  const { origin, host } = new URL(link);
  const answer = await fetch(link);
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const protocols = [RPC_PROTOCOL, WINDOW_KEY_PREFIX + windowKeyOf(await answer.text())];
  const socket = new WebSocket(`ws://${host}${RPC_PATH}`, protocols, { headers: { Cookie: cookie, Origin: origin } });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket;
}

/** What a browser takes from the address that the welcome page leads to. */
export function windowKeyOf(welcomePage: string): string {
  return /url=\/#([\w-]+)"/.exec(welcomePage)?.[1] ?? '';
}

export function clientOf(socket: WebSocket): Client {
  return createClient({
    port: socketPort(socket),
    startTimer: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  });
}
