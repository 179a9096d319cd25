/** Thrown for a bug of ours. Never caught to continue. */
export class AssertionFailure extends Error {
  constructor(message: string) {
    super(`assertion failed: ${message}`);
    this.name = 'AssertionFailure';
  }
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** For the `default` of a switch over a union: a new member then fails to compile. */
export function assertNever(value: never): never {
  throw new AssertionFailure(`unexpected value ${String(value)}`);
}
