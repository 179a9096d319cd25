/** A SEQPACKET peer that sends and receives bare packets, for tests that play one side by hand. */
import { loadNative } from '../../native/index.ts';
import type { NativeAddon, SeqpacketSocket } from '../../native/index.ts';

const PACKET_BYTES_MAX = 256 * 1024;

export function addon(): NativeAddon {
  const loaded = loadNative();
  if (loaded.native === null) throw new Error(`the native addon is needed: ${loaded.reason}`);
  return loaded.native;
}

export class RawPeer {
  private readonly native = addon();
  private readonly socket: SeqpacketSocket;
  private readonly packets: Uint8Array[] = [];
  private isEnded = false;
  private wake: (() => void) | null = null;

  constructor(socket: SeqpacketSocket) {
    this.socket = socket;
    const buffer = new Uint8Array(PACKET_BYTES_MAX);
    this.native.seqpacketWatchPackets(socket, buffer, (length) => {
      if (length > 0) this.packets.push(buffer.slice(0, length));
      else this.isEnded = true;
      this.wake?.();
    });
  }

  static connect(path: string): RawPeer {
    return new RawPeer(addon().seqpacketConnect(path));
  }

  /** Packets that came and were not asked for yet. */
  get unread(): number {
    return this.packets.length;
  }

  send(packet: Uint8Array): void {
    if (!this.native.seqpacketSend(this.socket, packet)) throw new Error('the peer does not read');
  }

  /** The next packet; null at the end of the connection. Fails after `timeoutMs` of silence. */
  async next(timeoutMs = 10_000): Promise<Uint8Array | null> {
    await this.waitUntil(() => this.packets.length > 0 || this.isEnded, timeoutMs);
    return this.packets.shift() ?? null;
  }

  /** True when the peer closed within `withinMs`; packets that come before count as open. */
  async isClosedWithin(withinMs: number): Promise<boolean> {
    try {
      await this.waitUntil(() => this.isEnded || this.packets.length > 0, withinMs);
    } catch {
      return false; // still open
    }
    return this.isEnded && this.packets.length === 0;
  }

  close(): void {
    this.isEnded = true;
    this.native.seqpacketClose(this.socket);
  }

  private waitUntil(isSo: () => boolean, timeoutMs: number): Promise<void> {
    if (isSo()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.wake = null;
        reject(new Error(`nothing came within ${timeoutMs} ms`));
      }, timeoutMs);
      this.wake = () => {
        if (!isSo()) return;
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
    });
  }
}

/** Accepts raw peers under one path, in order. */
export class RawListener {
  private readonly native = addon();
  private readonly listener: SeqpacketSocket;
  private readonly peers: RawPeer[] = [];
  private wake: (() => void) | null = null;

  constructor(path: string) {
    this.listener = this.native.seqpacketListen(path, 16);
    this.native.seqpacketWatchConnections(this.listener, (socket) => {
      if (typeof socket === 'number') return;
      this.peers.push(new RawPeer(socket));
      this.wake?.();
    });
  }

  async accept(timeoutMs = 10_000): Promise<RawPeer> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const peer = this.peers.shift();
      if (peer !== undefined) return peer;
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) throw new Error(`nobody connected within ${timeoutMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.native.seqpacketClose(this.listener);
    for (const peer of this.peers) peer.close();
  }
}
