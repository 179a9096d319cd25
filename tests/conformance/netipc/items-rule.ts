/**
 * The rule by which large snapshot cases describe their items: `i = 0..N: hash=E, options=E, enabled=E, name=T, path=T`. E is whole-number
 * arithmetic of `i` with + - * mod % ^ and parentheses; T joins quoted texts and such numbers by +. What it does not understand is an error.
 */
import type { SnapshotItem } from '../../../electron/protocols/netipc/cgroups-snapshot.ts';

const RULE = /^i = 0\.\.(\d+): hash=(.+), options=(.+), enabled=(.+), name=(.+), path=(.+)$/;
const TOKEN = /\s*(?:(\d+)|('[^']*')|(mod\b|[-+*%^()i]))/y;

/** Recursive descent over one expression for one `i`; numbers never wrap. */
class Expression {
  private readonly tokens: readonly string[];
  private at = 0;
  private readonly i: bigint;

  constructor(text: string, i: number) {
    this.tokens = tokensOf(text);
    this.i = BigInt(i);
  }

  number(): number {
    const value = this.sum();
    this.end();
    return Number(value);
  }

  /** Quoted texts and numbers joined by +; in a text the numbers are single terms, so that + joins. */
  text(): Uint8Array {
    let text = '';
    do {
      const quoted = this.peek()?.startsWith("'") === true ? this.take() : null;
      text += quoted === null ? String(this.product()) : quoted.slice(1, -1);
    } while (this.skip('+'));
    this.end();
    return new TextEncoder().encode(text);
  }

  private sum(): bigint {
    let value = this.product();
    for (;;) {
      if (this.skip('+')) value += this.product();
      else if (this.skip('-')) value -= this.product();
      else return value;
    }
  }

  private product(): bigint {
    let value = this.power();
    for (;;) {
      if (this.skip('*')) value *= this.power();
      else if (this.skip('mod') || this.skip('%')) value %= this.power();
      else return value;
    }
  }

  private power(): bigint {
    const base = this.factor();
    return this.skip('^') ? base ** this.factor() : base;
  }

  private factor(): bigint {
    const token = this.take();
    if (token === 'i') return this.i;
    if (/^\d+$/.test(token)) return BigInt(token);
    if (token !== '(') throw new TypeError(`items_rule: ${token} is no number`);
    const value = this.sum();
    if (!this.skip(')')) throw new TypeError('items_rule: a parenthesis is not closed');
    return value;
  }

  private peek(): string | undefined {
    return this.tokens[this.at];
  }
  private take(): string {
    const token = this.peek();
    if (token === undefined) throw new TypeError('items_rule: an expression ends too early');
    this.at += 1;
    return token;
  }
  private skip(token: string): boolean {
    const isThere = this.peek() === token;
    if (isThere) this.at += 1;
    return isThere;
  }
  private end(): void {
    if (this.at < this.tokens.length)
      throw new TypeError(`items_rule: ${this.tokens[this.at]} was not expected`);
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < text.trimEnd().length) {
    const match = pattern.exec(text);
    if (match === null) throw new TypeError(`items_rule not understood: ${text}`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
  }
  return tokens;
}

export function itemsOfRule(rule: string): SnapshotItem[] {
  const match = RULE.exec(rule);
  if (match === null) throw new TypeError(`items_rule not understood: ${rule}`);
  const [, last = '0', hash = '', options = '', enabled = '', name = '', path = ''] = match;
  return Array.from({ length: Number(last) + 1 }, (_, i) => ({
    hash: new Expression(hash, i).number(),
    options: new Expression(options, i).number(),
    enabled: new Expression(enabled, i).number(),
    name: new Expression(name, i).text(),
    path: new Expression(path, i).text(),
  }));
}
