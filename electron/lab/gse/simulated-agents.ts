/**
 * Tens of thousands of agents without a socket each: what they do follows from their number, so that every
 * result can be told before.
 */
import type { AgentInfo } from '../../protocols/gse/agent-info.ts';
import {
  LAB_CODES,
  type AgentDirectory,
  type Delivered,
  type Downlink,
  type Uplink,
} from './agent-directory.ts';
import { simulatedAgentId, simulatedAgentIndex } from './agent-ids.ts';

export interface SimulatedBehaviour {
  /** Every n-th agent (from number n − 1) fails; 0 = none. */
  readonly failEvery: number;
  /** Every n-th agent takes the message and says nothing; 0 = none. A failing one only fails. */
  readonly silentEvery: number;
  /** Of those that are left every n-th answers; 1 = all, 0 = none. */
  readonly replyEvery: number;
  /** Answers come between these two after the message. */
  readonly replyAfterMsMin: number;
  readonly replyAfterMsMax: number;
}

export const SIMULATED_DEFAULT: SimulatedBehaviour = {
  failEvery: 50,
  silentEvery: 40,
  replyEvery: 1,
  replyAfterMsMin: 20,
  replyAfterMsMax: 2_000,
};

export type SimulatedFate = 'fails' | 'silent' | 'replies';

export function simulatedFate(index: number, behaviour: SimulatedBehaviour): SimulatedFate {
  const hits = (every: number): boolean => every > 0 && (index + 1) % every === 0;
  if (hits(behaviour.failEvery)) return 'fails';
  if (hits(behaviour.silentEvery)) return 'silent';
  return hits(behaviour.replyEvery) ? 'replies' : 'silent';
}

const REPLY_WAITS = 16;

export class SimulatedAgents implements AgentDirectory {
  readonly count: number;
  readonly #behaviour: SimulatedBehaviour;
  readonly #uplink: (uplinks: readonly Uplink[]) => void;
  /** Answers of one wait, gathered so that 50 000 of them need no 50 000 timers. */
  readonly #waiting = new Map<number, Uplink[]>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(count: number, behaviour: SimulatedBehaviour, uplink: (uplinks: readonly Uplink[]) => void) {
    this.count = count;
    this.#behaviour = behaviour;
    this.#uplink = uplink;
  }

  /** The ids of the agents from `start` on. */
  ids(start = 0, count = this.count): string[] {
    const end = Math.min(start + count, this.count);
    return Array.from({ length: Math.max(0, end - start) }, (_, offset) => simulatedAgentId(start + offset));
  }

  deliver(agentId: string, { pluginName, messageId, content }: Downlink): Delivered | undefined {
    const index = simulatedAgentIndex(agentId);
    if (index === null || index >= this.count) return undefined;
    const fate = simulatedFate(index, this.#behaviour);
    if (fate === 'fails')
      return { code: LAB_CODES.pluginNotConnected, message: 'simulated: plugin not connected' };
    if (fate === 'replies') {
      const reply = Buffer.from(`{"code":0,"simulated":true,"bytes":${Buffer.byteLength(content)}}`);
      this.#reply(index, { pluginName, agentId, messageId, content: reply });
    }
    return null;
  }

  find(agentId: string): AgentInfo | null {
    const index = simulatedAgentIndex(agentId);
    if (index === null || index >= this.count) return null;
    // Those that will fail can be told before: 3 = damaged, 2 = running (docs/protocols/gse.md section 5.8).
    const statusCode = simulatedFate(index, this.#behaviour) === 'fails' ? 3n : 2n;
    return { agentId, version: 'v2.1.6-lab', cloudId: 0n, runMode: 1n, statusCode, status: 'simulated' };
  }

  /** Answers not yet sent are forgotten. Idempotent. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#waiting.clear();
  }

  #reply(index: number, uplink: Uplink): void {
    const { replyAfterMsMin, replyAfterMsMax } = this.#behaviour;
    const step = (replyAfterMsMax - replyAfterMsMin) / REPLY_WAITS;
    const afterMs = Math.round(replyAfterMsMin + (index % REPLY_WAITS) * step);
    const waiting = this.#waiting.get(afterMs);
    if (waiting !== undefined) {
      waiting.push(uplink);
      return;
    }
    const gathered = [uplink];
    this.#waiting.set(afterMs, gathered);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#waiting.get(afterMs) === gathered) this.#waiting.delete(afterMs);
      this.#uplink(gathered);
    }, afterMs);
    this.#timers.add(timer);
    // What comes later than this turn of the event loop waits for itself.
    setImmediate(() => {
      if (this.#waiting.get(afterMs) === gathered) this.#waiting.delete(afterMs);
    });
  }
}
