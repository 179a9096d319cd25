/** Which uplinks came lately, so that a delivery that comes again can be marked. Nothing is dropped: deliveries may repeat (docs/protocols/gse.md section 4). */
import { createHash } from 'node:crypto';

const KEPT_MAX = 100_000;

export class RecentUplinks {
  readonly #seen = new Set<string>();

  /** The same agent said the same under the same id. */
  isRepeat(agentId: string, messageId: string, body: Uint8Array): boolean {
    return this.#seen.has(keyOf(agentId, messageId, body));
  }

  note(agentId: string, messageId: string, body: Uint8Array): void {
    const key = keyOf(agentId, messageId, body);
    this.#seen.delete(key);
    this.#seen.add(key);
    const oldest = this.#seen.values().next();
    if (this.#seen.size > KEPT_MAX && oldest.done !== true) this.#seen.delete(oldest.value);
  }
}

function keyOf(agentId: string, messageId: string, body: Uint8Array): string {
  return createHash('sha256')
    .update(`${agentId.length}:${agentId}${messageId.length}:${messageId}`)
    .update(body)
    .digest('base64');
}
