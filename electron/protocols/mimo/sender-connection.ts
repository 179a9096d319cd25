/** One TCP or TLS connection of a sender, one request at a time. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { OperatingError } from '../../../shared/failure.ts';
import type { Target } from '../../net/http-endpoint.ts';
import { ReplyReader, type Reply } from './reply-reader.ts';

/** Why an exchange gave no reply. */
export interface ExchangeFailure {
  /**
   * `unreachable` not a byte was written · `stale` a used connection was gone before any byte of the reply ·
   * `broken` any other.
   */
  readonly kind: 'unreachable' | 'stale' | 'broken';
  readonly message: string;
}

export class SenderConnection {
  readonly #socket: Socket;
  readonly #opened: Promise<void>;
  #exchanges = 0;
  #isUsable = true;
  #failure: Error | null = null;

  constructor(target: Target) {
    const { hostname: host, port } = target;
    this.#socket = target.secure ? connectTls({ host, port, ...nameOf(host) }) : connectTcp({ host, port });
    this.#socket.setNoDelay(true);
    this.#opened = new Promise((resolve, reject) => {
      this.#socket.once(target.secure ? 'secureConnect' : 'connect', resolve);
      this.#socket.once('close', () =>
        reject(this.#failure ?? new OperatingError('E_PEER_GONE', 'connection closed')),
      );
    });
    // Each exchange looks at the outcome itself; without one nobody needs to know.
    this.#opened.catch(() => undefined);
    this.#socket.on('error', (cause) => {
      this.#failure = cause;
    });
    this.#socket.on('end', () => this.destroy());
    this.#socket.on('close', () => {
      this.#isUsable = false;
    });
  }

  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** An idle connection keeps no process alive. */
  setIdle(isIdle: boolean): void {
    if (isIdle) this.#socket.unref();
    else this.#socket.ref();
  }

  /** Never rejects. Afterwards the connection is usable again only when the reply says so. */
  async exchange(request: Uint8Array, method: string): Promise<Reply | ExchangeFailure> {
    const isFirst = this.#exchanges === 0;
    this.#exchanges += 1;
    try {
      await this.#opened;
    } catch (error) {
      // Expected: refused, unreachable, no such name, bad certificate, or destroyed by the deadline.
      return { kind: 'unreachable', message: messageOf(error) };
    }
    return new Promise((resolve) => {
      const reader = new ReplyReader(method);
      let bytesReceived = 0;
      const settle = (outcome: Reply | ExchangeFailure): void => {
        this.#socket.off('data', onData);
        this.#socket.off('close', onClose);
        if ('kind' in outcome || !outcome.keepsConnection) this.destroy();
        resolve(outcome);
      };
      const onData = (chunk: Buffer): void => {
        bytesReceived += chunk.length;
        try {
          const reply = reader.push(chunk);
          if (reply !== null) settle(reply);
        } catch (error) {
          // Expected: ProtocolError, the answer is no HTTP.
          settle({ kind: 'broken', message: messageOf(error) });
        }
      };
      const onClose = (): void => {
        const kind = !isFirst && bytesReceived === 0 ? 'stale' : 'broken';
        settle(reader.end() ?? { kind, message: messageOf(this.#failure) });
      };
      this.#socket.on('data', onData);
      this.#socket.on('close', onClose);
      if (this.#socket.destroyed) onClose();
      else this.#socket.write(request);
    });
  }

  destroy(): void {
    this.#isUsable = false;
    this.#socket.destroy();
  }
}

/** An address is no server name (RFC 6066); the certificate is then checked against the address. */
function nameOf(host: string): { readonly servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

/** What OpenSSL says when the answer is no TLS record, in words. */
function messageOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return 'the receiver does not speak TLS; its endpoint begins with http://, not https://';
  return error instanceof Error && error.message !== '' ? error.message : 'the connection was closed';
}
