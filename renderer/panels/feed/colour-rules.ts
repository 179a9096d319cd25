/** The colour rules of the settings, compiled once; a row is asked once, however often it is drawn. */
import { useMemo } from 'react';
import { compileColourRules, type ColourRule } from '../../../shared/filter/colour-rules.ts';
import type { EventRow } from '../../../shared/model/event.ts';
import { useSettings } from '../../state/settings-slice.ts';

export function useColourRules(): (row: EventRow) => ColourRule | null {
  const rules = useSettings(({ settings }) => settings.colourRules);
  return useMemo(() => {
    if (!rules.some((rule) => rule.on)) return () => null;
    const decide = compileColourRules(rules);
    const known = new WeakMap<EventRow, { readonly rule: ColourRule | null }>();
    return (row: EventRow) => {
      const found = known.get(row) ?? { rule: decide(row) };
      known.set(row, found);
      return found.rule;
    };
  }, [rules]);
}
