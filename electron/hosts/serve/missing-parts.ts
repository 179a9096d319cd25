/** Written by scripts/start.mjs; what is not in the right shape is left out. */
export function missingOf(json: string): { what: string; why: string; fix: string }[] {
  const list: unknown = JSON.parse(json);
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    const isEntry = typeof entry === 'object' && entry !== null && 'what' in entry && 'why' in entry && 'fix' in entry;
    return isEntry ? [{ what: String(entry.what), why: String(entry.why), fix: String(entry.fix) }] : [];
  });
}
