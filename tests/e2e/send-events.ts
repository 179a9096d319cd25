/** Real senders for browser tests: HTTP POSTs to the listener of a running console. */

/** Resolves with the status. */
export async function post(
  mimoPort: number,
  body: string | Uint8Array<ArrayBuffer>,
  type = 'application/json',
): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${mimoPort}/mimo/events`, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

/** One event as the C library writes it. */
export function eventBody(
  event: string,
  payload: unknown,
  timestampS = Math.floor(Date.now() / 1_000),
): string {
  return JSON.stringify({ event, payload, timestamp: timestampS });
}

/** `count` numbered events, a few at a time; every 10th is an error when asked for. */
export async function postMany(
  mimoPort: number,
  count: number,
  options: { from?: number; withErrors?: boolean } = {},
): Promise<void> {
  const from = options.from ?? 1;
  for (let at = 0; at < count; at += 20) {
    const batch = Array.from({ length: Math.min(20, count - at) }, (_, index) => {
      const n = from + at + index;
      const isError = options.withErrors === true && n % 10 === 0;
      const body = isError
        ? eventBody('error_occurred', { error: `I/O timeout on nvme${n % 4}n1`, n })
        : eventBody(n % 3 === 0 ? 'bdev_ready' : 'bdev_created', {
            name: `nvme${n}n1`,
            size: 1_073_741_824 * n,
            n,
          });
      return post(mimoPort, body);
    });
    await Promise.all(batch);
  }
}
