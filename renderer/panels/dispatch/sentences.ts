/** The core says what and what now in parts; beside each other they are sentences. Empty parts fall out. */
export function sentences(...parts: readonly string[]): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .map((part) => (/[.!?。]$/.test(part) ? part : `${part}.`))
    .join(' ');
}
