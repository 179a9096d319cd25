/** Words of a command line that is offered for copying. */

/** Single quotes keep everything but themselves; what is no UTF-8 or a control is written with escapes. */
export function shellQuote(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return /[\u0000-\u001f\u007f]/.test(text) ? ansiQuote(text) : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** bash, zsh and ksh read $'…'. */
function ansiQuote(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll(
      /[\u0000-\u001f\u007f]/g,
      (character) => `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
    );
  return `$'${escaped}'`;
}
