/** Which rows the operator marked, and why. The core keeps them; here is a copy. */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { Bookmark } from '../../shared/contract/feed.ts';
import type { Failure } from '../../shared/failure.ts';
import { useFeed } from './feed-slice.ts';

function take(bookmarks: readonly Bookmark[]): void {
  useFeed.setState({
    bookmarkedSeqs: new Set(bookmarks.map((bookmark) => bookmark.seq)),
    bookmarks: new Map(bookmarks.map((bookmark) => [bookmark.seq, bookmark])),
  });
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
