/**
 * The same tree of keys with other texts. Keys that end in `_one` exist only where a language has a
 * singular.
 */
export type Mirror<T> = {
  readonly [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string
    ? string
    : Mirror<T[K]>;
};
