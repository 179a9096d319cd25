const ENDED = /[.!?。！？]$/;
/** Has its own full stop, and no space after it. */
const CHINESE = /[\u3400-\u9fff]/;

/** The core says what and what now in parts; beside each other they are sentences. Empty parts fall out. */
export function sentences(...parts: readonly string[]): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .map((part) => (ENDED.test(part) ? part : `${part}${CHINESE.test(part) ? '。' : '.'}`))
    .reduce((all, part) => (all === '' || all.endsWith('。') ? all + part : `${all} ${part}`), '');
}
