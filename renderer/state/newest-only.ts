/**
 * Asks after a pause, one question at a time; whoever asks again meanwhile takes the place of all before.
 */
export class NewestOnly {
  private readonly pauseMs: number;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private turn = 0;
  private isBusy = false;
  private waiting: ((isNewest: () => boolean) => Promise<void>) | null = null;

  constructor(pauseMs: number) {
    this.pauseMs = pauseMs;
  }

  /** The question is told whether its answer is still wanted. It must not reject. */
  ask(question: (isNewest: () => boolean) => Promise<void>): void {
    this.turn += 1;
    this.waiting = question;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), this.pauseMs);
  }

  stop(): void {
    this.turn += 1;
    this.waiting = null;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    while (this.waiting !== null) {
      const question = this.waiting;
      const { turn } = this;
      this.waiting = null;
      await question(() => this.turn === turn);
    }
    this.isBusy = false;
  }
}
