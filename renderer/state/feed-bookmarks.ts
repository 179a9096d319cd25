/** Which rows the operator marked. The core keeps them; here is only the set of their numbers. */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { Bookmark } from '../../shared/contract/feed.ts';
import type { Failure } from '../../shared/failure.ts';
import { useFeed } from './feed-slice.ts';

function take(bookmarks: readonly Bookmark[]): void {
  useFeed.setState({ bookmarkedSeqs: new Set(bookmarks.map((bookmark) => bookmark.seq)) });
}

/** Loads the list once; the returned function makes a late answer harmless. */
export function watchBookmarks(api: SignalboxApi): () => void {
  let isOver = false;
  void api.call('feed.bookmark.list', {}).then((result) => {
    if (!isOver && result.ok) take(result.value.bookmarks);
  });
  return () => {
    isOver = true;
  };
}

/** Sets or takes away the mark; null when it was done. */
export async function setBookmark(
  api: SignalboxApi,
  seq: number,
  on: boolean,
  note: string,
): Promise<Failure | null> {
  const result = await api.call('feed.bookmark.set', { seq, on, note });
  if (!result.ok) return result.failure;
  take(result.value.bookmarks);
  return null;
}
