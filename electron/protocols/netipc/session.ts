/** What a connected pair looks like to the layers above, over a socket or over shared memory. */
import { LIMITS } from '../../../shared/limits.ts';
import type { MessageHeader } from './envelope.ts';
import type { NetipcSocketError } from './errors.ts';
import type { HelloAck } from './handshake.ts';
import type { Message, MessageLimits } from './packets.ts';

export type SessionTransport = 'socket' | 'shared-memory';

export interface SessionEvents {
  message(message: Message): void;
  /** Server side: a message broke the agreed limits. The session closes after this; an answer sent now still goes out. */
  overLimit?(header: MessageHeader): void;
  /** Once, whoever ended it; null when this side closed it. */
  closed(error: NetipcSocketError | null): void;
}

export interface Session {
  readonly transport: SessionTransport;
  readonly agreed: HelloAck;
  /** Fails with NetipcSocketError DUPLICATE_MSG_ID, LIMIT_EXCEEDED or SEND; the last closes the session. */
  send(header: Omit<MessageHeader, 'payloadBytes'>, payload: Uint8Array): void;
  /** Idempotent. */
  close(): void;
  /** Lets what was sent reach the peer before closing (section 14, B12). */
  closeAfterAnswer(): void;
}

/**
 * The numbers both sides agreed on, as the packet layer wants them. The answer limit is the server's word: what this side sets memory
 * aside for has a limit of its own.
 */
export function limitsOf(agreed: HelloAck, requestPayloadBytesMax: number): MessageLimits {
  return {
    requestPayloadBytesMax,
    responsePayloadBytesMax: Math.min(agreed.responsePayloadBytesMax, LIMITS.netipcResponseBytesMax),
    requestItemsMax: agreed.requestItemsMax,
    responseItemsMax: agreed.responseItemsMax,
  };
}
