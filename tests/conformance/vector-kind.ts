// What a kind of vector file is. A new protocol adds a folder with its kinds and one line in kinds.ts.

/** One JSON vector file as read. */
export interface VectorFile {
  /** As printed. */
  readonly path: string;
  /** File name without `.json`. */
  readonly name: string;
  readonly document: Readonly<Record<string, unknown>>;
  /**
   * The rows: `cases`, `vectors` or `events` of the document, or the document itself when it is a list; else
   * empty.
   */
  readonly cases: readonly unknown[];
}

/**
 * Where results go. Every row must end in at least one `pass` or `fail`; `skip` says why a part could not
 * run.
 */
export interface Report {
  pass(id: string): void;
  fail(id: string, expected: string, got: string): void;
  skip(id: string, why: string): void;
}

export interface VectorKind {
  /** Such as `mimo/envelope`. */
  readonly name: string;
  /**
   * How many rows of the file have the shape of this kind; 0 = not this kind. The most decide, then the file
   * name.
   */
  recognises(file: VectorFile): number;
  run(file: VectorFile, report: Report): Promise<void>;
}

/** A kind that is known by the shape of its rows. */
export interface RowKind {
  readonly name: string;
  fits(row: unknown): boolean;
  run(file: VectorFile, report: Report): Promise<void>;
}

export function byRows(kind: RowKind): VectorKind {
  return {
    name: kind.name,
    recognises: (file) => file.cases.filter((row) => kind.fits(row)).length,
    run: (file, report) => kind.run(file, report),
  };
}
