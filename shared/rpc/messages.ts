/**
 * What a window and the core say to each other, as arrays whose first element names the message. One frame carries one or more
 * of them back to back (frame-codec.ts). Ids are chosen by the window, count up and are never used twice on one connection.
 */
import * as v from 'valibot';
import { FAILURE_CODES } from '../failure.ts';
import type { Failure, Result } from '../failure.ts';

/** Names longer than this are not looked at: the longest of the contract has 20 characters. */
const NAME_CHARACTERS_MAX = 100;
/** A reader never returns more credits at once than it could have been given. */
const CREDITS_PER_MESSAGE_MAX = 1_000;

const id = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** Any value: which names exist is the dispatcher's answer to give, so that a wrong name is a refusal and not a broken line. */
const name = v.unknown();

/** `call` asks, `cancel` says the answer is no longer wanted, `credit` lets the core send that many more `items` messages. */
export const windowMessage = v.union([
  v.strictTuple([v.literal('call'), id, name, v.unknown()]),
  v.strictTuple([v.literal('cancel'), id]),
  v.strictTuple([v.literal('subscribe'), id, name, v.unknown()]),
  v.strictTuple([v.literal('credit'), id, v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(CREDITS_PER_MESSAGE_MAX))]),
  v.strictTuple([v.literal('unsubscribe'), id]),
]);
/** From the window to the core. */
export type WindowMessage = v.InferOutput<typeof windowMessage>;

export const wireFailure = v.strictObject({
  code: v.picklist(FAILURE_CODES),
  message: v.string(),
  fix: v.exactOptional(v.string()),
});

const wireResult = v.variant('ok', [
  v.strictObject({ ok: v.literal(true), value: v.unknown() }),
  v.strictObject({ ok: v.literal(false), failure: wireFailure }),
]);

export const coreMessage = v.union([
  v.strictTuple([v.literal('result'), id, wireResult]),
  v.strictTuple([v.literal('items'), id, v.array(v.unknown()), v.pipe(v.number(), v.safeInteger(), v.minValue(0))]),
  v.strictTuple([v.literal('end'), id, v.nullable(wireFailure)]),
]);
/** From the core to the window: the answer of a call; items of a stream with the count lost before them; the end of a stream. */
export type CoreMessage =
  | readonly ['result', number, Result<unknown>]
  | readonly ['items', number, readonly unknown[], number]
  | readonly ['end', number, Failure | null];

/** What the operator's log may show of a name a peer sent. */
export function nameForText(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, NAME_CHARACTERS_MAX)) : `a ${typeof value}`;
}
