/** netipc providers of this test process: a real one whose rows the test sets, and one that refuses every hello. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSnapshot } from '../../electron/protocols/netipc/cgroups-snapshot.ts';
import type { SnapshotItem } from '../../electron/protocols/netipc/cgroups-snapshot.ts';
import { METHOD } from '../../electron/protocols/netipc/envelope.ts';
import { rejectionPacket } from '../../electron/protocols/netipc/handshake.ts';
import { nameHash32 } from '../../electron/protocols/netipc/names.ts';
import { NetipcServer } from '../../electron/protocols/netipc/server.ts';
import { loadNative } from '../../native/index.ts';
import type { NativeAddon } from '../../native/index.ts';

export const SERVICE = 'cgroups-snapshot';
const RESPONSE_BYTES_MAX = 16 * 1024 * 1024;

export interface TestProvider {
  readonly folder: string;
  /** What the next snapshot holds. */
  items: SnapshotItem[];
  /** Serves no more; `again` serves anew. Both idempotent. */
  stop(): void;
  again(): void;
  /** Takes the folder away as well. */
  close(): Promise<void>;
}

function addon(): NativeAddon {
  const load = loadNative();
  if (load.native === null) throw new Error(`no native addon: ${load.reason}`);
  return load.native;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export function item(
  name: string,
  change: Partial<Pick<SnapshotItem, 'options' | 'enabled'>> = {},
): SnapshotItem {
  const bytes = utf8(name);
  return {
    hash: nameHash32(bytes),
    options: 0,
    enabled: 1,
    name: bytes,
    path: utf8(`/test.slice/${name.slice(0, 4)}.slice/${name}.scope`),
    ...change,
  };
}

/** `row-00000`, `row-00010`, …: with room between for what comes later. */
export function manyItems(count: number): SnapshotItem[] {
  return Array.from({ length: count }, (_, index) => item(`row-${String(index * 10).padStart(5, '0')}`));
}

export async function startProvider(items: SnapshotItem[], authToken = 0n): Promise<TestProvider> {
  const folder = await mkdtemp(join(tmpdir(), 'sb-netipc-'));
  let server: NetipcServer | null = null;
  let generation = 0n;
  const provider: TestProvider = {
    folder,
    items,
    stop() {
      server?.close();
      server = null;
    },
    again() {
      server ??= new NetipcServer({
        native: addon(),
        runFolder: folder,
        service: SERVICE,
        method: METHOD.CGROUPS_SNAPSHOT,
        growthBytesMax: RESPONSE_BYTES_MAX,
        handler: () => encodeSnapshot({ generation: (generation += 1n), systemdEnabled: 1 }, provider.items),
        authToken,
        ownerGeneration: 9,
        onHandlerBug: (error) => {
          throw error;
        },
      });
    },
    async close() {
      provider.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  provider.again();
  return provider;
}

export interface Refuser {
  readonly folder: string;
  close(): Promise<void>;
}

/** Answers every hello with this transport status (section 6.2) and closes. */
export async function startRefuser(transportStatus: number): Promise<Refuser> {
  const native = addon();
  const folder = await mkdtemp(join(tmpdir(), 'sb-netipc-'));
  const listener = native.seqpacketListen(join(folder, `${SERVICE}.sock`), 16);
  native.seqpacketWatchConnections(listener, (socket) => {
    if (typeof socket === 'number') return;
    native.seqpacketWatchPackets(socket, new Uint8Array(256), (length) => {
      if (length > 0) native.seqpacketSend(socket, rejectionPacket(transportStatus));
      native.seqpacketClose(socket);
    });
  });
  return {
    folder,
    async close() {
      native.seqpacketClose(listener);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
