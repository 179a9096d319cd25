/** One socket of a plugin connection as a link: its state, the step it stands at, what it counted. */
import type { Clock } from '../../../shared/clock.ts';
import type { PluginSocketView, PluginStep } from '../../../shared/contract/plugin.ts';
import { OperatingError } from '../../../shared/failure.ts';
import type { ConnectionEvent, LaunchOptions, TrafficCounts } from '../../protocols/gse/agent-connection.ts';
import type { GseProtocolError } from '../../protocols/gse/errors.ts';
import type { SessionState } from '../../protocols/gse/session.ts';
import type { Link, LinkAction, LinkStateName } from '../links.ts';
import { addressOf, diagnose, type Diagnosis } from './plugin-diagnosis.ts';

/** What the two clients have in common. */
export interface AgentClient {
  readonly state: SessionState;
  readonly counts: TrafficCounts;
  readonly nextDialAtMs: number | null;
  launch(options?: LaunchOptions): Promise<void>;
  terminate(): Promise<void>;
  keepalive(): Promise<void>;
}

export interface PluginSocketOptions<C extends AgentClient> {
  readonly kind: PluginSocketView['kind'];
  readonly place: string;
  readonly keepaliveMs: number;
  readonly clock: Clock;
  /** Made when it is first opened, so that the strip has no lamp of what nobody wanted. */
  readonly openLink: () => Link;
  readonly makeClient: (onEvent: (event: ConnectionEvent) => void, answered: () => void) => C;
  /** Bytes that were skipped (`frame` whole) or ended the connection. */
  readonly refused: (error: GseProtocolError, frame: Uint8Array | null) => void;
  readonly changed: () => void;
}

interface Standing {
  readonly state: LinkStateName;
  readonly step: PluginStep | null;
  readonly reason: string;
  readonly fix: string;
}

const OFF: Standing = { state: 'off', step: null, reason: '', fix: '' };
/** Which step is the broken one is known only after the dial. */
const OPENING: Standing = { state: 'opening', step: 'path', reason: '', fix: '' };
const SILENT_INTERVALS = 3;
const OTHER_SOCKET = 'Is this the right one of the two sockets of an agent?';

export class PluginSocket<C extends AgentClient> {
  readonly client: C;
  readonly #options: PluginSocketOptions<C>;
  readonly #refused = new Map<string, number>();
  #link: Link | null = null;
  #standing = OFF;
  #sinceMs: number;
  #isWanted = false;
  #hasAnswered = false;
  #wasUp = false;
  #connectedAtMs = 0;
  #answerAtMs: number | null = null;
  /** What ended the connection, when it was our judgement of its bytes. */
  #violation: GseProtocolError | null = null;
  #diagnoses = 0;

  constructor(options: PluginSocketOptions<C>) {
    this.#options = options;
    this.#sinceMs = options.clock.wallMs();
    this.client = options.makeClient(
      (event) => this.#told(event),
      () => this.#answered(),
    );
  }

  get isUp(): boolean {
    return this.#standing.state === 'up';
  }

  /** Tries until it is closed. */
  open(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#wasUp = false;
    this.#link ??= this.#options.openLink();
    this.#set(OPENING);
    this.client.launch().catch((error: unknown) => {
      // ContextDoneError: closed before the first connection.
      if (!(error instanceof OperatingError)) throw error;
    });
  }

  /** Settles at once. Idempotent. */
  async close(reason: string): Promise<void> {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    this.#diagnoses += 1;
    this.#set({ ...OFF, reason });
    await this.client.terminate();
  }

  /** Called once a second: silence is noticed by the clock. */
  second(): void {
    const { state } = this.#standing;
    if (this.client.state !== 'connected' || (state !== 'up' && state !== 'opening')) return;
    const { clock, keepaliveMs } = this.#options;
    const heardAtMs = this.#hasAnswered ? (this.#answerAtMs ?? 0) : this.#connectedAtMs;
    const silentMs = clock.wallMs() - heardAtMs;
    if (silentMs < SILENT_INTERVALS * keepaliveMs + 1_000) return;
    const seconds = Math.round(silentMs / 1_000);
    this.#set({
      state: 'degraded',
      step: 'answer',
      reason: `connected, and no answer to a keepalive for ${seconds} s`,
      fix: this.#hasAnswered ? 'Is the agent busy or stuck?' : OTHER_SOCKET,
    });
  }

  view(): PluginSocketView {
    const { kind, place } = this.#options;
    const { dials, connections, framesIn, framesOut, bytesIn, bytesOut } = this.client.counts;
    return {
      kind,
      address: shownPlace(place),
      linkId: this.#link?.start.id ?? '',
      ...this.#standing,
      sinceMs: this.#sinceMs,
      dials,
      connections,
      nextDialAtMs: this.client.nextDialAtMs,
      framesIn,
      framesOut,
      bytesIn,
      bytesOut,
      refused: [...this.#refused].map(([code, count]) => ({ code, count })),
      lastAnswerAtMs: this.#answerAtMs,
    };
  }

  countMessages(messages: number): void {
    this.#link?.count(messages);
  }

  #told(event: ConnectionEvent): void {
    if (!this.#isWanted) return;
    switch (event.kind) {
      case 'connected':
        return this.#connected();
      case 'dial_failed':
        return this.#dialFailed(event.reason, event.code);
      case 'lost':
        return this.#lost(event.reason);
      case 'protocol':
        return this.#judged(event.error, event.frame ?? null);
      default:
        // `stale` and `fresh` are seen by `second`, for both manners of the life cycle alike.
        return;
    }
  }

  #connected(): void {
    this.#diagnoses += 1;
    this.#hasAnswered = false;
    this.#violation = null;
    this.#connectedAtMs = this.#options.clock.wallMs();
    this.#set({
      state: 'opening',
      step: 'answer',
      reason: 'connected; the agent has not answered the first keepalive yet',
      fix: '',
    });
  }

  #answered(): void {
    this.#hasAnswered = true;
    this.#wasUp = true;
    this.#answerAtMs = this.#options.clock.wallMs();
    if (this.isUp) this.#options.changed();
    else this.#set({ state: 'up', step: null, reason: '', fix: '' });
  }

  #dialFailed(reason: string, code: string): void {
    this.#diagnoses += 1;
    const mine = this.#diagnoses;
    void diagnose(addressOf(this.#options.place), reason, code).then((found) => {
      // Meanwhile it was closed, or something newer is known.
      if (mine === this.#diagnoses) this.#broken(found);
    });
  }

  #lost(reason: string): void {
    const why = this.#violation?.message ?? reason;
    if (this.#hasAnswered) return this.#broken({ step: 'connect', reason: why, fix: '' });
    this.#broken({
      step: 'answer',
      reason: `the connection ended before the agent answered: ${why}`,
      fix: OTHER_SOCKET,
    });
  }

  #judged(error: GseProtocolError, frame: Uint8Array | null): void {
    this.#refused.set(error.subCode, (this.#refused.get(error.subCode) ?? 0) + 1);
    if (frame === null) this.#violation = error;
    this.#options.refused(error, frame);
  }

  #broken({ step, reason, fix }: Diagnosis): void {
    this.#set({ state: this.#wasUp ? 'down' : 'failed', step, reason, fix });
  }

  #set(standing: Standing): void {
    if (standing.state !== this.#standing.state) this.#sinceMs = this.#options.clock.wallMs();
    this.#standing = standing;
    const { state, reason, fix } = standing;
    const actions: LinkAction[] = state === 'off' ? ['open'] : ['close'];
    this.#link?.set({ state, reason, fix, actions });
    this.#options.changed();
  }
}

export function shownPlace(place: string): string {
  const address = addressOf(place);
  return 'port' in address ? `127.0.0.1:${address.port}` : address.path;
}
