/** Go duration text, as in the `timeout` setting: docs/protocols/mimo.md section 4. */

const UNIT_NS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** 2^63: magnitude of the most negative 64-bit number. */
const MAGNITUDE_MAX = 1n << 63n;
/** Go stops adding fraction digits before they pass 2^63; more of them change nothing. */
const FRACTION_MAX = MAGNITUDE_MAX - 1n;

/** Nanoseconds, or null when the text is no duration or leaves the range of 64-bit nanoseconds. */
export function parseGoDuration(text: string): bigint | null {
  const signed = text.startsWith('-') || text.startsWith('+');
  const negative = text.startsWith('-');
  let rest = signed ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') return null;
  let totalNs = 0n;
  while (rest !== '') {
    const part = parsePart(rest);
    if (part === null) return null;
    totalNs += part.ns;
    if (totalNs > MAGNITUDE_MAX) return null;
    rest = rest.slice(part.length);
  }
  if (negative) return -totalNs;
  return totalNs >= MAGNITUDE_MAX ? null : totalNs;
}

/** One number with its unit at the start of `text`. */
function parsePart(text: string): { ns: bigint; length: number } | null {
  const whole = takeDigits(text, 0);
  let offset = whole.length;
  let fraction = '';
  if (text[offset] === '.') {
    fraction = takeDigits(text, offset + 1);
    offset += 1 + fraction.length;
  }
  if (whole === '' && fraction === '') return null;
  const unitStart = offset;
  while (offset < text.length && !isDigitOrDot(text[offset])) offset += 1;
  const unitNs = UNIT_NS.get(text.slice(unitStart, offset));
  if (unitNs === undefined) return null;
  const count = BigInt(whole === '' ? '0' : whole);
  if (count > MAGNITUDE_MAX || count * unitNs > MAGNITUDE_MAX) return null;
  const ns = count * unitNs + fractionNs(fraction, unitNs);
  return ns > MAGNITUDE_MAX ? null : { ns, length: offset };
}

/** Computed in floating point and cut off, exactly as the original does. */
function fractionNs(digits: string, unitNs: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (value > FRACTION_MAX / 10n || next > MAGNITUDE_MAX) break;
    value = next;
    scale *= 10;
  }
  if (value === 0n) return 0n;
  return BigInt(Math.trunc(Number(value) * (Number(unitNs) / scale)));
}

function takeDigits(text: string, start: number): string {
  let end = start;
  while (isDigit(text[end])) end += 1;
  return text.slice(start, end);
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

function isDigitOrDot(character: string | undefined): boolean {
  return character === '.' || isDigit(character);
}
