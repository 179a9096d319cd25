/** Fetches the bytes of the selected event. While one is on its way only the newest wish is remembered. */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { EventDetail } from '../../shared/model/event.ts';
import { useFeed } from './feed-slice.ts';

const CACHE_MAX = 8;

export class DetailLoader {
  private readonly api: SignalboxApi;
  private readonly cache = new Map<number, EventDetail>();
  private wanted: number | null = null;
  private isBusy = false;

  constructor(api: SignalboxApi) {
    this.api = api;
  }

  want(seq: number | null): void {
    this.wanted = seq;
    if (seq === null) {
      useFeed.setState({ detail: { state: 'none' } });
      return;
    }
    const known = this.cache.get(seq);
    if (known !== undefined) {
      useFeed.setState({ detail: { state: 'here', detail: known } });
      return;
    }
    useFeed.setState({ detail: { state: 'loading', seq } });
    if (!this.isBusy) void this.load();
  }

  private async load(): Promise<void> {
    this.isBusy = true;
    while (this.wanted !== null && !this.cache.has(this.wanted)) {
      const seq = this.wanted;
      const result = await this.api.call('feed.event', { seq });
      if (result.ok) this.keep(seq, result.value);
      if (this.wanted !== seq) continue;
      if (result.ok) useFeed.setState({ detail: { state: 'here', detail: result.value } });
      else useFeed.setState({ detail: { state: 'failed', seq, failure: result.failure } });
      break;
    }
    this.isBusy = false;
  }

  private keep(seq: number, detail: EventDetail): void {
    this.cache.set(seq, detail);
    const oldest = this.cache.keys().next();
    if (this.cache.size > CACHE_MAX && oldest.done !== true) this.cache.delete(oldest.value);
  }
}
