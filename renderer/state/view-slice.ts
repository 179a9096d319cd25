/** Which view the frame shows. */
import { create } from 'zustand';

/** In the order of the rail; `digit` is that of `Ctrl+digit`, so that numbers stay when views are added. */
export const VIEWS = [
  { id: 'feed', digit: 2, letter: 'f' },
  { id: 'cache', digit: 3, letter: 'c' },
  { id: 'dispatch', digit: 4, letter: 'd' },
] as const;
export type ViewId = (typeof VIEWS)[number]['id'];

export interface ViewSlice {
  readonly view: ViewId;
}

export const useViewId = create<ViewSlice>(() => ({ view: 'feed' }));

export function showView(view: ViewId): void {
  useViewId.setState({ view });
}
