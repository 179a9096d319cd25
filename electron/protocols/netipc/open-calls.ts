/**
 * What is kept of calls in flight, by message id: the few things of a Map that are needed for it, without what a Map leaves behind. A Map
 * that is filled and emptied all the time is rebuilt every few entries, and the engine chains each table to the next: once one of them is
 * old, the collector carries all that follow, with everything they held, through one collection after another. Measured with 16 calls in
 * flight: two thirds of all garbage survived.
 */
const PLACES = 256;
const NOBODY = -1;

/** Ids are whole numbers from 0. What finds its place taken (more calls than places, or one that outstays them) stands in a Map. */
export class OpenCalls<Value> {
  private readonly ids: number[] = Array.from({ length: PLACES }, () => NOBODY);
  private readonly values: (Value | undefined)[] = Array.from({ length: PLACES }, () => undefined);
  private readonly others = new Map<number, Value>();
  private placed = 0;

  get size(): number {
    return this.placed + this.others.size;
  }

  has(id: number): boolean {
    return this.ids[id % PLACES] === id || (this.others.size > 0 && this.others.has(id));
  }

  /** The id must not be there yet. */
  add(id: number, value: Value): void {
    const place = id % PLACES;
    if (this.ids[place] !== NOBODY) {
      this.others.set(id, value);
      return;
    }
    this.ids[place] = id;
    this.values[place] = value;
    this.placed += 1;
  }

  /** Takes it out; undefined when it is not there. */
  take(id: number): Value | undefined {
    const place = id % PLACES;
    if (this.ids[place] !== id) return this.others.size === 0 ? undefined : this.takeOther(id);
    const value = this.values[place];
    this.ids[place] = NOBODY;
    this.values[place] = undefined;
    this.placed -= 1;
    return value;
  }

  /** All that are there now, in no order. */
  entries(): [number, Value][] {
    const found: [number, Value][] = [...this.others];
    this.ids.forEach((id, place) => {
      const value = this.values[place];
      if (id !== NOBODY && value !== undefined) found.push([id, value]);
    });
    return found;
  }

  clear(): void {
    this.ids.fill(NOBODY);
    this.values.fill(undefined);
    this.others.clear();
    this.placed = 0;
  }

  private takeOther(id: number): Value | undefined {
    const value = this.others.get(id);
    this.others.delete(id);
    return value;
  }
}
