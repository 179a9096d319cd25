/**
 * The server API as a client: docs/protocols/gse.md section 2. One call is one HTTP request; nothing is ever
 * sent twice.
 */
import { OperatingError } from '../../../shared/failure.ts';
import {
  decodeDispatchResponse,
  encodeDispatchRequest,
  encodeMultiDispatchRequest,
  type AgentMessage,
  type DispatchResponse,
  type SlotAuth,
} from './dispatch-messages.ts';
import { GseJsonError, InvalidConfigError } from './errors.ts';
import type { GatewayReply } from './gateway-errors.ts';
import { GatewayHttp, type GatewayOptions } from './gateway-http.ts';
import type { TextOrBytes } from './json-writer.ts';

export const DISPATCH_PATH = 'api/v2/cluster/dispatch_message';
export const MULTI_DISPATCH_PATH = 'api/v2/cluster/dispatch_multi_message';

export interface DispatchClientOptions extends GatewayOptions {
  readonly slot: SlotAuth;
  /** Allows dispatchMulti, of which nothing public proves what agents receive (section 2.6). */
  readonly experimental?: boolean;
}

/** Status 200 with a body that is none of section 2.5: whether the message was taken is unknown. */
export class InvalidResponseError extends OperatingError {
  readonly reply: GatewayReply;

  constructor(reply: GatewayReply, cause: Error) {
    const detail = cause.message.replace(/^invalid response body: /, '');
    super('E_PROTOCOL', `invalid response body: ${detail}`, { cause });
    this.name = 'InvalidResponseError';
    this.reply = reply;
  }
}

export interface Dispatched extends DispatchResponse {
  /** The HTTP answer, for the operator. */
  readonly reply: GatewayReply;
}

const NULL_BODY = /^[ \t\r\n]*null[ \t\r\n]*$/;

export class DispatchClient {
  readonly #options: DispatchClientOptions;
  readonly #http: GatewayHttp;

  constructor(options: DispatchClientOptions) {
    this.#options = options;
    this.#http = new GatewayHttp(options);
  }

  /**
   * Sends one content to many agents. A non-zero code is a result, not an error. Fails with
   * InvalidConfigError or TransportError `wasSent: false` when nothing left this machine, with
   * TransportError, HttpStatusError or InvalidResponseError otherwise; see dispatchOutcome.
   */
  dispatch(
    messageId: TextOrBytes,
    content: Uint8Array,
    agentIds: readonly string[] | null,
    signal?: AbortSignal,
  ): Promise<Dispatched> {
    return this.#send(DISPATCH_PATH, () => this.encode(messageId, content, agentIds), signal);
  }

  /** The body `dispatch` would send. Fails with InvalidConfigError. */
  encode(messageId: TextOrBytes, content: Uint8Array, agentIds: readonly string[] | null): Buffer {
    return encodeDispatchRequest({ ...this.#options.slot, messageId, content, agentIds });
  }

  /** A content per agent between a common front and back. Refused unless `experimental`. */
  dispatchMulti(
    messageId: TextOrBytes,
    messages: readonly AgentMessage[],
    around: { readonly front: TextOrBytes; readonly back: TextOrBytes },
    signal?: AbortSignal,
  ): Promise<Dispatched> {
    const { slot, experimental = false } = this.#options;
    const encode = (): Buffer => {
      if (!experimental) throw new InvalidConfigError('contents per agent are experimental and switched off');
      const { front: frontContent, back: backContent } = around;
      return encodeMultiDispatchRequest({ ...slot, messageId, messages, frontContent, backContent });
    };
    return this.#send(MULTI_DISPATCH_PATH, encode, signal);
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#http.close();
  }

  async #send(path: string, encode: () => Buffer, signal: AbortSignal | undefined): Promise<Dispatched> {
    const { body, reply } = await this.#http.post(path, encode(), signal);
    const { sdkExact = false } = this.#options;
    // On this way the original takes `null` for an empty answer (section 2.5).
    const json = sdkExact && NULL_BODY.test(body.toString('latin1', 0, 64)) ? Buffer.from('{}') : body;
    try {
      return { ...decodeDispatchResponse(json, sdkExact), reply };
    } catch (error) {
      if (!(error instanceof GseJsonError)) throw error;
      throw new InvalidResponseError(reply, error);
    }
  }
}
