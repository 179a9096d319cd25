/**
 * Breaks JSON into lines and changes nothing else: numbers and escapes stay as they are on the wire, which
 * parsing and printing again would not promise.
 */
export function prettyJson(json: string): string {
  let out = '';
  let depth = 0;
  let at = 0;
  const breakLine = (): void => {
    out += `\n${'  '.repeat(depth)}`;
  };
  while (at < json.length) {
    const sign = json.charAt(at);
    if (sign === '"') {
      const end = endOfString(json, at);
      out += json.slice(at, end);
      at = end;
      continue;
    }
    at += 1;
    if (sign === '{' || sign === '[') {
      const close = json.charAt(at);
      out += sign;
      if (close === '}' || close === ']') {
        out += close;
        at += 1;
      } else {
        depth += 1;
        breakLine();
      }
    } else if (sign === '}' || sign === ']') {
      depth = Math.max(0, depth - 1);
      breakLine();
      out += sign;
    } else if (sign === ',') {
      out += sign;
      breakLine();
    } else out += sign === ':' ? ': ' : sign;
  }
  return out;
}

/** Behind the closing quote, or the end of a string that is cut off. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length) {
    if (json.charAt(at) === '"') return at + 1;
    at += json.charAt(at) === '\\' ? 2 : 1;
  }
  return json.length;
}
