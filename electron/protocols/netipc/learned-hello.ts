/** What a client proposes at its next handshake: configured numbers that grow with what calls needed. docs/protocols/netipc.md section 10.4. */
import { LIMITS } from '../../../shared/limits.ts';
import type { Proposal } from './connect.ts';
import { DEFAULT_PROFILES } from './endpoint.ts';
import { PROFILES_SHM } from './handshake.ts';

function powerOfTwo(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(16, bytes)));
}

/** What a client is configured to propose. */
export interface ProposalOptions {
  readonly authToken: bigint;
  /** PROFILE bits; default socket and shared memory, shared memory preferred; on Windows the pipe alone. */
  readonly supportedProfiles?: number;
  readonly preferredProfiles?: number;
  /** Starting limits; they grow to LIMITS.netipcGrowthBytesMax when a call needs it. */
  readonly requestPayloadBytesMax?: number;
  readonly responsePayloadBytesMax?: number;
  readonly requestItemsMax?: number;
  readonly packetBytes?: number;
}

export class LearnedHello {
  private hello: Proposal;
  private readonly configuredRequestBytes: number;

  constructor(options: ProposalOptions) {
    this.configuredRequestBytes = options.requestPayloadBytesMax ?? 1_024;
    this.hello = {
      flags: 0,
      supportedProfiles: options.supportedProfiles ?? DEFAULT_PROFILES.supported,
      preferredProfiles: options.preferredProfiles ?? DEFAULT_PROFILES.preferred,
      requestPayloadBytesMax: this.configuredRequestBytes,
      requestItemsMax: options.requestItemsMax ?? 1,
      responsePayloadBytesMax: options.responsePayloadBytesMax ?? 65_536,
      responseItemsMax: options.requestItemsMax ?? 1,
      authToken: options.authToken,
      packetBytes: options.packetBytes,
    };
  }

  get current(): Proposal {
    return this.hello;
  }

  /** A request of so many bytes and items was too large. */
  growRequest(neededBytes: number, itemCount: number): void {
    const { requestPayloadBytesMax, requestItemsMax } = this.hello;
    const isLarger = neededBytes > requestPayloadBytesMax;
    const wantedBytes = isLarger ? Math.min(powerOfTwo(neededBytes), LIMITS.netipcGrowthBytesMax) : 0;
    const itemsMax = Math.max(requestItemsMax, itemCount);
    this.hello = {
      ...this.hello,
      requestPayloadBytesMax: Math.max(requestPayloadBytesMax, wantedBytes),
      requestItemsMax: itemsMax,
      responseItemsMax: Math.max(this.hello.responseItemsMax, itemsMax),
    };
  }

  /** The answer did not fit the agreed limit. */
  growResponse(agreedBytes: number): void {
    const wantedBytes = Math.min(powerOfTwo(agreedBytes * 2), LIMITS.netipcGrowthBytesMax);
    const responsePayloadBytesMax = Math.max(this.hello.responsePayloadBytesMax, wantedBytes);
    this.hello = { ...this.hello, responsePayloadBytesMax };
  }

  /** The server allows no such requests: grown proposals would be refused for ever (section 14, B14). */
  forgetRequestGrowth(): void {
    this.hello = { ...this.hello, requestPayloadBytesMax: this.configuredRequestBytes };
  }

  /** Shared memory is not proposed any more. False when nothing is left to propose. */
  dropRegions(): boolean {
    const supportedProfiles = this.hello.supportedProfiles & ~PROFILES_SHM;
    const preferredProfiles = this.hello.preferredProfiles & ~PROFILES_SHM;
    this.hello = { ...this.hello, supportedProfiles, preferredProfiles };
    return supportedProfiles !== 0;
  }

  /** True when some limit is larger than in an earlier proposal. */
  isLargerThan(before: Proposal): boolean {
    const { requestPayloadBytesMax, responsePayloadBytesMax, requestItemsMax } = this.hello;
    return (
      requestPayloadBytesMax > before.requestPayloadBytesMax ||
      responsePayloadBytesMax > before.responsePayloadBytesMax ||
      requestItemsMax > before.requestItemsMax
    );
  }
}
