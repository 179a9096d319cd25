/** What the list on the screen offers to keyboard commands; one list at a time. */

export interface GridViewport {
  readonly keys: readonly string[];
  indexOf(key: string): number;
  /** Scrolls as little as needed. */
  reveal(index: number): void;
  /** Index of the first row in view. */
  top(): number;
  screenful(): number;
}

let viewport: GridViewport | null = null;

export function gridViewport(): GridViewport | null {
  return viewport;
}

export function setGridViewport(next: GridViewport | null): void {
  viewport = next;
}
