/** The option after the present one, round and round. */
export function nextOption<T>(options: readonly [T, ...T[]], present: T): T {
  return options[(options.indexOf(present) + 1) % options.length] ?? options[0];
}
