/**
 * How well a text answers a query whose letters must all occur in order; null when they do not. Higher is
 * better: runs, word starts and an early place count more. Case and spaces of the query do not count.
 */
export function fuzzyScore(query: string, text: string): number | null {
  const wanted = Array.from(query.toLowerCase().replaceAll(' ', ''));
  if (wanted.length === 0) return 0;
  const letters = Array.from(text.toLowerCase());
  let best: number | null = null;
  for (let start = 0; start < letters.length; start += 1) {
    if (letters[start] !== wanted[0]) continue;
    const score = scoreFrom(wanted, letters, start);
    if (score !== null && (best === null || score > best)) best = score;
  }
  return best;
}

function scoreFrom(wanted: readonly string[], letters: readonly string[], start: number): number | null {
  let score = -start * 0.1;
  let position = start;
  let previous = -1;
  for (const letter of wanted) {
    position = letters.indexOf(letter, position);
    if (position === -1) return null;
    if (position === previous + 1 && previous !== -1) score += 5;
    else if (isWordStart(letters, position)) score += 4;
    else score += 1;
    previous = position;
    position += 1;
  }
  return score - (previous - start + 1 - wanted.length) * 0.2;
}

function isWordStart(letters: readonly string[], position: number): boolean {
  const before = letters[position - 1];
  return before === undefined || /[\s\-_.:：“”(（/]/u.test(before);
}
