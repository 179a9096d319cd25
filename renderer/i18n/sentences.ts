/**
 * The core says why and what now in English sentences, which its log, its rows and the command line keep. A window in another
 * language knows these sentences by their fixed words and says them anew; what stands between (paths, ports, the words of the
 * system) is kept as it is.
 */

/** `Port {port} is held by {holder}` → the same in another language, with the same names between braces. */
export type SentenceBook = Readonly<Record<string, string>>;

interface Pattern {
  /** What stands between the values; one more than there are names. */
  readonly pieces: readonly string[];
  readonly names: readonly string[];
  readonly translation: string;
}

const NAME = /\{(\w+)\}/g;
/** `CONNECT: no provider: …`, `OVERFLOW: LIMIT_EXCEEDED: …`: names of the wire stay as they are. */
const CODE = /^[A-Z][A-Z_]+: /;
/** A reason within a reason within a reason. */
const DEPTH_MAX = 3;
/** Values somebody typed: never said anew, a profile may be called `store`. */
const TYPED: ReadonlySet<string> = new Set(['label', 'name', 'names', 'id', 'word', 'group', 'owner']);

export class Sentences {
  private readonly whole: ReadonlyMap<string, string>;
  private readonly patterns: readonly Pattern[];

  constructor(book: SentenceBook) {
    this.whole = new Map(Object.entries(book).filter(([sentence]) => !sentence.includes('{')));
    // The sentence with the most fixed words is tried first: it says the most exactly what is meant.
    this.patterns = Object.entries(book)
      .filter(([sentence]) => sentence.includes('{'))
      .map(([sentence, translation]) => ({
        pieces: sentence.split(/\{\w+\}/),
        names: [...sentence.matchAll(NAME)].map(([, name]) => name ?? ''),
        translation,
      }))
      .toSorted((left, right) => fixedLength(right) - fixedLength(left));
  }

  /** The sentence itself when the book does not have it. */
  translate(sentence: string, depth = 0): string {
    const known = this.whole.get(sentence);
    if (known !== undefined) return known;
    if (depth === DEPTH_MAX) return sentence;
    const code = CODE.exec(sentence)?.[0];
    if (code !== undefined) return `${code}${this.translate(sentence.slice(code.length), depth + 1)}`;
    for (const pattern of this.patterns) {
      const values = valuesOf(pattern.pieces, sentence);
      if (values === null) continue;
      const named = new Map(pattern.names.map((name, at) => [name, values[at] ?? '']));
      return pattern.translation.replace(NAME, (_, name: string) => {
        const value = named.get(name) ?? '';
        return TYPED.has(name) ? value : this.translate(value, depth + 1);
      });
    }
    return sentence;
  }
}

function fixedLength({ pieces }: Pattern): number {
  return pieces.join('').length;
}

/** What stands between the pieces, each as short as it can be but for the last; null when they do not fit. Linear. */
function valuesOf(pieces: readonly string[], sentence: string): string[] | null {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (!sentence.startsWith(first) || !sentence.endsWith(last)) return null;
  const values: string[] = [];
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = sentence.indexOf(piece, at);
    if (found < 0) return null;
    values.push(sentence.slice(at, found));
    at = found + piece.length;
  }
  const end = sentence.length - last.length;
  if (end < at) return null;
  values.push(sentence.slice(at, end));
  return values;
}
