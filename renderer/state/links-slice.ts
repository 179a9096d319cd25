/** The links as last told, and what the operator does to them. */
import type * as v from 'valibot';
import { create } from 'zustand';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { LinkState, linkActInput } from '../../shared/contract/app.ts';
import type { Failure } from '../../shared/failure.ts';
import { oncePerFrame } from './once-per-frame.ts';
import { watchStream } from './watch-stream.ts';

export type LinkActInput = v.InferOutput<typeof linkActInput>;

export interface LinksSlice {
  /** Null until told. */
  readonly links: readonly LinkState[] | null;
  /** Link whose action is under way. */
  readonly busyLinkId: string | null;
}

export const useLinks = create<LinksSlice>(() => ({ links: null, busyLinkId: null }));

export function watchLinks(api: SignalboxApi): () => void {
  const take = oncePerFrame((links: readonly LinkState[]) => useLinks.setState({ links }));
  return watchStream(api, 'links.state', {}, { onItem: (item) => take(item.links) });
}

/** Null when it worked. */
export async function actOnLink(api: SignalboxApi, input: LinkActInput): Promise<Failure | null> {
  useLinks.setState({ busyLinkId: input.linkId });
  const result = await api.call('links.act', input);
  useLinks.setState(result.ok ? { busyLinkId: null, links: result.value.links } : { busyLinkId: null });
  return result.ok ? null : result.failure;
}
