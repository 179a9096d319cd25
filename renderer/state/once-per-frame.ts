/**
 * However many items a stream brings, a store is written at most once per animation frame, with the newest
 * value. A hidden page gets no frames, so a slow timer takes over there and the title and counters stay
 * true.
 */
const HIDDEN_INTERVAL_MS = 500;

export function oncePerFrame<T>(apply: (value: T) => void): (value: T) => void {
  let waiting: { readonly value: T } | null = null;
  const flush = (): void => {
    if (waiting === null) return;
    const { value } = waiting;
    waiting = null;
    apply(value);
  };
  return (value) => {
    const isScheduled = waiting !== null;
    waiting = { value };
    if (isScheduled) return;
    if (document.hidden) setTimeout(flush, HIDDEN_INTERVAL_MS);
    else requestAnimationFrame(flush);
  };
}
