/** What a MIMO event is, once decoded. Wire: docs/protocols/mimo.md section 2. */

/** One decoded body. */
export interface MimoEvent {
  /** Never empty. Bytes that are not UTF-8 have become U+FFFD. */
  readonly event: string;
  /** Any JSON value; `undefined` when the member is absent, which is not the same as null. */
  readonly payload: unknown;
  /** Sender's Unix seconds; null when the body does not say. */
  readonly sentAtS: number | null;
}

/** Where a sender posts and a listener listens when nobody says otherwise (section 4). */
export const MIMO_PORT_DEFAULT = 9988;
export const MIMO_PATH = '/mimo/events';
