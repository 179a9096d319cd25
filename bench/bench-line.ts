/**
 * One measured figure of a bench. `ratio` is this figure divided by the one measured in the same run for
 * `against` (null when nothing stands beside it); `bar` is the bar in words; `holds` is null when the
 * figure is only for information.
 */
export interface BenchLine {
  readonly what: string;
  readonly figure: number;
  readonly unit: string;
  readonly ratio: number | null;
  readonly against: string;
  readonly bar: string;
  readonly holds: boolean | null;
}
