/** The value of a JSON text; undefined, which JSON cannot say, when it is none. */
export function jsonValueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
