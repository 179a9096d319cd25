/** msgpackr ships no types for its build without `new Function`; these are the parts the frame codec uses. */
declare module 'msgpackr/index-no-eval' {
  export interface PackrOptions {
    /** False: maps only, never record definitions. */
    readonly useRecords?: boolean;
    /** False: Date, Error, Set and the like are not given extension types. */
    readonly moreTypes?: boolean;
  }
  export interface PackrInstance {
    pack(value: unknown): Uint8Array;
    unpackMultiple(bytes: Uint8Array): unknown[];
  }
  const msgpackr: { readonly Packr: new (options: PackrOptions) => PackrInstance };
  export default msgpackr;
}
