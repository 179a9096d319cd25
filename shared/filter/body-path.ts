/**
 * The body of an event as conditions see it: text and JSON, each made at most once, and only when asked for.
 */
import type { Scalar } from './compare.ts';
import { foldAscii } from './wildcard.ts';

/**
 * The body of one event. `read` gives the UTF-8 decoding of all bytes, wrong bytes as U+FFFD, a byte order
 * mark kept. Share one per event between all filters that look at it: the text is decoded, folded and parsed
 * once.
 */
export class EventBody {
  private readonly read: () => string;
  private textOnce: string | undefined;
  private foldedOnce: string | undefined;
  private jsonOnce: { readonly value: unknown } | null | undefined;

  constructor(read: () => string) {
    this.read = read;
  }

  text(): string {
    this.textOnce ??= this.read();
    return this.textOnce;
  }

  /** The text with ASCII letters in lower case. */
  folded(): string {
    this.foldedOnce ??= foldAscii(this.text());
    return this.foldedOnce;
  }

  /** The parsed body in a box, or null when it is not JSON. Of a member given twice the last counts. */
  json(): { readonly value: unknown } | null {
    if (this.jsonOnce === undefined) this.jsonOnce = parseJson(this.text());
    return this.jsonOnce;
  }
}

/** What stands at a path: a scalar, an object or array (`isScalar` false), or nothing (null). */
export type Member =
  | { readonly isScalar: true; readonly scalar: Scalar }
  | { readonly isScalar: false }
  | null;

const CONTAINER: Member = { isScalar: false };
const INDEX = /^(?:0|[1-9]\d{0,14})$/;

/** True for a name that may also be the index of an array element. */
export function isElementName(name: string): boolean {
  return INDEX.test(name);
}

/** Compiles the way to a member. Cheap for bodies that cannot have it: they are not even parsed. */
export function compilePath(path: readonly string[]): (body: EventBody) => Member {
  const needles = path.filter((name) => !isElementName(name)).toSorted((a, b) => b.length - a.length);
  const longest = needles[0] ?? '';
  return (body) => {
    const text = body.text();
    // A name may be written with JSON escapes; only without any backslash does its absence prove anything.
    if (!text.includes(longest) && !text.includes('\\')) return null;
    const json = body.json();
    return json === null ? null : (walk(json.value, path) ?? walkContent(json.value, path));
  };
}

/** Wires that wrap what the program said name it `payload` (MIMO); operators think of that as the body. */
function walkContent(root: unknown, path: readonly string[]): Member {
  return isObject(root) && Object.hasOwn(root, 'payload') ? walk(root['payload'], path) : null;
}

function walk(root: unknown, path: readonly string[]): Member {
  let value = root;
  for (const name of path) {
    if (Array.isArray(value)) {
      if (!INDEX.test(name) || Number(name) >= value.length) return null;
      value = value[Number(name)];
    } else if (isObject(value)) {
      // JSON.parse makes `__proto__` an own member; hasOwn keeps inherited ones out.
      if (!Object.hasOwn(value, name)) return null;
      value = value[name];
    } else return null;
  }
  if (
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    value === null
  ) {
    return { isScalar: true, scalar: value };
  }
  return CONTAINER;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function parseJson(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    // SyntaxError: not JSON. RangeError: nested beyond the stack; such a body has no members we speak of.
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}
