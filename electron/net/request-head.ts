/** What the checks of a door look at; node:http and lean-request.ts both give it. */
import type { IncomingHttpHeaders } from 'node:http';

export interface RequestHead {
  readonly method?: string | undefined;
  /** The target as sent. */
  readonly url?: string | undefined;
  /** Such as `1.1`. */
  readonly httpVersion: string;
  /** Names in lower case, see node:http on duplicates. */
  readonly headers: IncomingHttpHeaders;
  /** Names and values by turns, as sent and in their order. */
  readonly rawHeaders: readonly string[];
}
