/**
 * Answers calls, for any transport. A transport moves messages and proves who is calling; what may be asked is decided here, by
 * the contract. Always answers with a `Result` and never throws, whatever it is given.
 */
import * as v from 'valibot';
import { contract, isCallName } from '../../shared/contract/contract.ts';
import type { CallName } from '../../shared/contract/contract.ts';
import { OperatingError, fail, failureOf } from '../../shared/failure.ts';
import type { Result } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { nameForText } from '../../shared/rpc/messages.ts';
import type { CallHandlers } from './handlers.ts';

export interface DispatcherOptions {
  readonly handlers: CallHandlers;
  readonly callsInFlightMax?: number;
  readonly deadlineMs?: number;
  /** Told of errors that are no operating errors: they are bugs, and the window gets only E_INTERNAL. */
  readonly onBug: (callName: string, error: unknown) => void;
}

/** One per connected window, so that a window that asks too much is refused alone. */
export class Dispatcher {
  private readonly handlers: CallHandlers;
  private readonly callsInFlightMax: number;
  private readonly deadlineMs: number;
  private readonly onBug: (callName: string, error: unknown) => void;
  private inFlight = 0;

  constructor(options: DispatcherOptions) {
    this.handlers = options.handlers;
    this.callsInFlightMax = options.callsInFlightMax ?? LIMITS.callsInFlightMax;
    this.deadlineMs = options.deadlineMs ?? LIMITS.callDeadlineMs;
    this.onBug = options.onBug;
  }

  /** Calls whose handler still runs, cancelled and late ones included: they still cost. */
  get callsInFlight(): number {
    return this.inFlight;
  }

  async call(name: unknown, input: unknown): Promise<Result<unknown>> {
    if (!isCallName(name)) return fail('E_CALL_UNKNOWN', `no such call: ${nameForText(name)}`);
    const parsed = parse(name, input);
    if (!parsed.ok) return parsed;
    if (this.inFlight >= this.callsInFlightMax) {
      return fail('E_BUSY', `${this.callsInFlightMax} calls of this window are being answered`, 'wait and ask again');
    }
    return this.withDeadline(name, this.run(name, parsed.value));
  }

  private async run(name: CallName, input: unknown): Promise<Result<unknown>> {
    this.inFlight += 1;
    try {
      // `input` is the parsed output of this very call's schema; the table of handlers is keyed by the same name.
      return { ok: true, value: await this.handlers[name](input as never) };
    } catch (error) {
      if (!(error instanceof OperatingError)) this.onBug(name, error);
      return { ok: false, failure: failureOf(error) };
    } finally {
      this.inFlight -= 1;
    }
  }

  private withDeadline(name: CallName, answer: Promise<Result<unknown>>): Promise<Result<unknown>> {
    return new Promise((resolve) => {
      const late = fail('E_DEADLINE', `${name} took longer than ${this.deadlineMs} ms`);
      const timer = setTimeout(() => resolve(late), this.deadlineMs);
      void answer.then((result) => {
        clearTimeout(timer);
        resolve(result);
      });
    });
  }
}

/** A getter or proxy that throws while it is read must not get further than here: the desktop transport passes live values in tests. */
function parse(name: CallName, input: unknown): Result<unknown> {
  try {
    const parsed = v.safeParse(contract.calls[name].input, input);
    return parsed.success ? { ok: true, value: parsed.output } : fail('E_INPUT', summary(parsed.issues));
  } catch {
    // Whatever a hostile object throws while its members are read, including stack overflow.
    return fail('E_INPUT', 'the input cannot be read');
  }
}

const SUMMARY_ISSUES_MAX = 5;
const SUMMARY_CHARACTERS_MAX = 300;

/** Where and what, never the whole value a peer sent. */
export function summary(issues: readonly v.BaseIssue<unknown>[]): string {
  const lines = issues.slice(0, SUMMARY_ISSUES_MAX).map((issue) => {
    const path = issue.path?.map((item) => String(item.key)).join('.') ?? '';
    return `${path === '' ? 'input' : path}: ${issue.message}`.slice(0, SUMMARY_CHARACTERS_MAX);
  });
  return lines.join('; ');
}
