/** Sets of targets of this run, addressed by what is in them, and the saved lists of the data folder. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import type { TargetSet } from '../../../shared/contract/dispatch-targets.ts';
import type { CallInput, CallOutput } from '../../../shared/contract/contract.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { PrivateJson } from '../../store/private-file.ts';
import { agentIdForm, parseTargets, pickCanary, type TargetList } from '../gse-targets.ts';

const LISTS_FILE = 'target-lists.json';
const LISTS_BYTES_MAX = 256 * 1024 * 1024;
const savedList = v.strictObject({
  name: v.string(),
  tags: v.array(v.string()),
  changedAtMs: v.number(),
  ids: v.pipe(v.array(v.string()), v.maxLength(LIMITS.gseTargetsMax)),
});
const fileShape = v.strictObject({
  version: v.literal(1),
  lists: v.pipe(v.array(savedList), v.maxLength(LIMITS.gseTargetListsMax)),
});
type SavedList = v.InferOutput<typeof savedList>;

export class TargetSets {
  /** Used last stands last. */
  readonly #sets = new Map<string, readonly string[]>();

  /** Fails with E_LIMIT above LIMITS.gseTargetsMax, E_NOT_FOUND for a set of another run. */
  parse({ text, into, excludeSet, excludeText }: CallInput<'dispatch.targets.parse'>): TargetSet {
    const exclude = new Set(excludeSet === null ? [] : this.ids(excludeSet));
    for (const id of parseTargets(excludeText).ids) exclude.add(id);
    const found = parseTargets(text, exclude);
    if (into === null) return this.#keep(found.ids, found);
    const before = new Set(this.ids(into));
    const fresh = found.ids.filter((id) => !before.has(id));
    const kept = [...before].filter((id) => !exclude.has(id));
    const duplicates = found.duplicates + found.ids.length - fresh.length;
    return this.#keep([...kept, ...fresh], {
      ...found,
      duplicates,
      excluded: found.excluded + before.size - kept.length,
    });
  }

  add(ids: readonly string[]): TargetSet {
    return this.#keep([...new Set(ids)], { duplicates: 0, excluded: 0, invalid: [] });
  }

  /** Fails with E_NOT_FOUND. */
  ids(setId: string): readonly string[] {
    const ids = this.#sets.get(setId);
    if (ids === undefined)
      throw new OperatingError('E_NOT_FOUND', 'these targets are no longer held', {
        fix: 'Paste or choose them again.',
      });
    this.#sets.delete(setId);
    this.#sets.set(setId, ids);
    return ids;
  }

  canary(setId: string, count: number, chance: () => number): TargetSet {
    return this.add(pickCanary(this.ids(setId), count, chance));
  }

  #keep(ids: readonly string[], found: Pick<TargetList, 'duplicates' | 'excluded' | 'invalid'>): TargetSet {
    if (ids.length > LIMITS.gseTargetsMax)
      throw new OperatingError('E_LIMIT', `${ids.length} targets; at most ${LIMITS.gseTargetsMax} in a job`, {
        fix: 'Split them.',
      });
    const hash = createHash('sha256');
    for (const id of ids) hash.update(id).update('\n');
    const setId = `set-${hash.digest('hex').slice(0, 32)}`;
    this.#sets.delete(setId);
    this.#sets.set(setId, ids);
    const oldest = this.#sets.keys().next();
    if (this.#sets.size > LIMITS.gseTargetSetsMax && oldest.done !== true) this.#sets.delete(oldest.value);
    const legacyForm = ids.filter((id) => agentIdForm(id) === 'legacy').length;
    return {
      setId,
      count: ids.length,
      agentForm: ids.length - legacyForm,
      legacyForm,
      head: ids.slice(0, LIMITS.gseTargetsShownMax),
      duplicates: found.duplicates,
      excluded: found.excluded,
      invalidCount: found.invalid.length,
      invalid: found.invalid.slice(0, LIMITS.gseTargetsShownMax).map(({ line, text, reason }) => ({
        line,
        text: text.slice(0, LIMITS.previewCharactersMax),
        reason,
      })),
    };
  }
}

export class TargetLists {
  readonly #file: PrivateJson<typeof fileShape>;
  #lists: readonly SavedList[] = [];

  constructor(dataFolder: string) {
    this.#file = new PrivateJson(join(dataFolder, LISTS_FILE), fileShape, LISTS_BYTES_MAX);
  }

  /** Fails with E_CONFIG for a damaged file, which is never rewritten. */
  async load(): Promise<void> {
    this.#lists = (await this.#file.load())?.lists ?? [];
  }

  list(): CallOutput<'dispatch.lists'> {
    return {
      lists: this.#lists.map(({ name, tags, changedAtMs, ids }) => ({
        name,
        tags,
        changedAtMs,
        count: ids.length,
      })),
    };
  }

  /** Fails with E_NOT_FOUND. */
  ids(name: string): readonly string[] {
    const found = this.#lists.find((list) => list.name === name);
    if (found === undefined) throw new OperatingError('E_NOT_FOUND', `there is no list ${name}`);
    return found.ids;
  }

  async write(list: SavedList): Promise<void> {
    const others = this.#lists.filter(({ name }) => name !== list.name);
    if (others.length >= LIMITS.gseTargetListsMax)
      throw new OperatingError('E_LIMIT', `at most ${LIMITS.gseTargetListsMax} lists`);
    await this.#save([...others, list].toSorted((left, right) => (left.name < right.name ? -1 : 1)));
  }

  async remove(name: string): Promise<void> {
    this.ids(name);
    await this.#save(this.#lists.filter((list) => list.name !== name));
  }

  async #save(lists: readonly SavedList[]): Promise<void> {
    await this.#file.save({ version: 1, lists: [...lists] });
    this.#lists = lists;
  }
}
