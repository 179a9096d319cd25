/** INCREMENT and STRING_REVERSE: docs/protocols/netipc.md sections 7.1 and 7.2. They exist for tests and benches. */
import { putU32, putU64, u32, u64 } from './bytes.ts';
import { NetipcCodecError } from './errors.ts';

export function encodeIncrement(value: bigint): Uint8Array {
  const payload = new Uint8Array(8);
  putU64(payload, 0, value);
  return payload;
}

/** Fails TRUNCATED below 8 bytes; extra bytes are ignored. */
export function decodeIncrement(payload: Uint8Array): bigint {
  if (payload.length < 8) throw new NetipcCodecError('TRUNCATED', `${payload.length} of 8 bytes`);
  return u64(payload, 0);
}

const STRING_AT = 8;

/** u32 offset 8, u32 length, the bytes, NUL. */
export function encodeStringReverse(value: Uint8Array): Uint8Array {
  const payload = new Uint8Array(STRING_AT + value.length + 1);
  putU32(payload, 0, STRING_AT);
  putU32(payload, 4, value.length);
  payload.set(value, STRING_AT);
  return payload;
}

/** A view of the string; interior NULs and trailing bytes are accepted. */
export function decodeStringReverse(payload: Uint8Array): Uint8Array {
  if (payload.length < STRING_AT) throw new NetipcCodecError('TRUNCATED', `${payload.length} of 8 bytes`);
  if (u32(payload, 0) !== STRING_AT) throw new NetipcCodecError('BAD_LAYOUT', `string at ${u32(payload, 0)}`);
  const length = u32(payload, 4);
  if (STRING_AT + length + 1 > payload.length)
    throw new NetipcCodecError('OUT_OF_BOUNDS', `string of ${length} bytes`);
  if (payload[STRING_AT + length] !== 0) throw new NetipcCodecError('MISSING_NUL', 'string without its end');
  return payload.subarray(STRING_AT, STRING_AT + length);
}
