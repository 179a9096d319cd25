/** Calls what must throw an Error with a code; throws itself when it does not. */
export function refused(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return;
    throw error;
  }
  throw new Error('a wrong argument was taken');
}
