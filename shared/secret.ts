/**
 * A text that must not leak: it prints itself as `[secret]` wherever it is turned into text (docs/THREATS.md,
 * I2).
 */
export const SECRET_TEXT = '[secret]';

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The only way to the text; search for its callers to see every use. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return SECRET_TEXT;
  }

  toJSON(): string {
    return SECRET_TEXT;
  }

  /** What `console.log` and `util.inspect` of Node show. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return SECRET_TEXT;
  }
}
