/** What feeds the lab's listener: the C program on libnotify, or the TypeScript sender in its place. */
export interface EmitterCounts {
  /** Handed over for delivery since this emitter began. */
  readonly sent: number;
  /** Not accepted or not delivered, as far as the emitter knows. */
  readonly failed: number;
}

export interface EmitterStart {
  readonly endpoint: string;
  readonly ratePerSecond: number;
  readonly bursts: boolean;
  readonly onCounts: (counts: EmitterCounts) => void;
  /** It ended by itself; never called after stop. */
  readonly onExit: (reason: string) => void;
}

export interface Emitter {
  setRate(ratePerSecond: number): void;
  setBursts(on: boolean): void;
  /** Resolves when nothing of it runs any more. Idempotent. */
  stop(): Promise<void>;
}
