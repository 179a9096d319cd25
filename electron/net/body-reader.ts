/** Reads a request body with a bound: nothing beyond the bound is ever held (docs/THREATS.md B5). */
import type { IncomingMessage } from 'node:http';

/**
 * `whole` the body ended within the bound · `too_large` it did not; `bytes` are the first ones · `incomplete`
 * the peer went away or the request timed out in the middle; `bytes` are what came.
 */
export type BodyRead = { readonly outcome: 'whole' | 'too_large' | 'incomplete'; readonly bytes: Uint8Array };

const NOTHING = new Uint8Array(0);

/**
 * Never rejects. After `too_large` the request is left unread: the caller refuses and drains or destroys it.
 */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<BodyRead> {
  return new Promise((resolve) => {
    let first: Buffer | null = null;
    let rest: Buffer[] | null = null;
    let bytesHeld = 0;
    const held = (): Uint8Array =>
      first === null ? NOTHING : rest === null ? first : Buffer.concat([first, ...rest], bytesHeld);
    const onData = (chunk: Buffer): void => {
      if (bytesHeld + chunk.length > bytesMax) {
        request.off('data', onData);
        request.pause();
        resolve({ outcome: 'too_large', bytes: held() });
        return;
      }
      bytesHeld += chunk.length;
      if (first === null) first = chunk;
      else (rest ??= []).push(chunk);
    };
    request.on('data', onData);
    request.on('end', () => resolve({ outcome: 'whole', bytes: held() }));
    // Comes last and always, also when the peer left in the middle; after 'end' it changes nothing.
    request.on('close', () => resolve({ outcome: 'incomplete', bytes: held() }));
  });
}
