import { afterEach, describe, expect, it } from 'vitest';
import { applyFilter, narrow, setFilter, typeFilter, useFilter, withTerm } from './feed-filter.ts';

const ERROR_TERM = { type: 'field', field: 'sev', operator: '>=', value: 'error' } as const;

afterEach(() => useFilter.setState({ draft: '', active: '', errors: [], history: [] }));

describe('the filter in force', () => {
  it('stays the last valid one while the text is invalid, and the text at fault is named', () => {
    setFilter('sev>=warn');
    typeFilter('sev>=warn nosuch:1');
    expect(applyFilter()).toBe(false);
    const { active, errors, draft } = useFilter.getState();
    expect(active).toBe('sev>=warn');
    const span = errors[0]?.span ?? { start: 0, end: 0 };
    expect(draft.slice(span.start, span.end)).toContain('nosuch');
  });

  it('remembers what was used, once each, newest first', () => {
    setFilter('src:mimo');
    setFilter('sev:error');
    setFilter('src:mimo');
    expect(useFilter.getState().history).toEqual(['src:mimo', 'sev:error']);
  });

  it('takes a further condition and does not add it twice', () => {
    setFilter('src:mimo');
    narrow(ERROR_TERM, false);
    expect(useFilter.getState().active).toBe('src:mimo sev>=error');
    narrow(ERROR_TERM, false);
    expect(useFilter.getState().active).toBe('src:mimo sev>=error');
    narrow({ type: 'field', field: 'type', operator: '=', value: 'a b' }, true);
    expect(useFilter.getState().active).toBe('src:mimo sev>=error -type="a b"');
  });

  it('keeps the meaning of an alternative when a condition is added', () => {
    expect(withTerm('src:mimo OR type:a', ERROR_TERM)).toBe('(src:mimo OR type:a) sev>=error');
  });
});
