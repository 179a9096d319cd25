/**
 * The GSE server's end of the uplink callback (docs/protocols/gse.md sections 4 and 10): posts bodies to a
 * slot's URL. For the lab.
 */
import { Pool } from 'undici';

const CONNECTIONS_MAX = 16;

/** What became of one callback: the status, or why there was none. Never retried here. */
export type UplinkPosted = { readonly status: number } | { readonly error: string };

export class UplinkPoster {
  readonly #timeoutMs: number;
  readonly #pools = new Map<string, Pool>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** `url` must be http; the time-out is one over the whole exchange. Never rejects. */
  async post(url: string, body: Buffer): Promise<UplinkPosted> {
    const { origin, pathname, search } = new URL(url);
    try {
      const answer = await this.#poolOf(origin).request({
        path: `${pathname}${search}`,
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
        headersTimeout: 0,
        bodyTimeout: 0,
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      // What the answer says beyond its status is nobody's business, however it ends.
      await answer.body.dump();
      return { status: answer.statusCode };
    } catch (error) {
      // Expected: refused, reset, too slow, or closed by us.
      return { error: error instanceof Error ? error.message : 'failed' };
    }
  }

  /** Idempotent; callbacks under way fail. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #poolOf(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      const connectTimeout = this.#timeoutMs;
      pool = new Pool(origin, {
        connections: CONNECTIONS_MAX,
        pipelining: 1,
        connect: { timeout: connectTimeout },
      });
      this.#pools.set(origin, pool);
    }
    return pool;
  }
}
