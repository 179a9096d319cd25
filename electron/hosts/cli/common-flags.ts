/** What every command knows. */
export interface CommonFlags {
  readonly data?: string;
  readonly json?: boolean;
}
