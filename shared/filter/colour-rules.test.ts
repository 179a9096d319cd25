import { describe, expect, it } from 'vitest';
import type { EventRow } from '../model/event.ts';
import { compileColourRules, type ColourRule } from './colour-rules.ts';

const ROW: EventRow = {
  seq: 1,
  receivedAtMs: 0,
  source: 'mimo',
  kind: 'event',
  severity: 'error',
  type: 'bdev_failed',
  host: 'n1',
  link: '',
  peer: '',
  id: '',
  sentAtS: null,
  bodyBytes: 0,
  preview: '',
  simulated: false,
};
const rule = (name: string, filter: string, on = true): ColourRule => {
  return { name, filter, colour: 'red', mark: '▲', on };
};

describe('compileColourRules', () => {
  it('gives the first rule that matches', () => {
    const pick = compileColourRules([
      rule('a', 'sev:warn'),
      rule('b', 'sev>=error'),
      rule('c', 'type:bdev_*'),
    ]);
    expect(pick(ROW)?.name).toBe('b');
    expect(pick({ ...ROW, severity: 'warn' })?.name).toBe('a');
    expect(pick({ ...ROW, severity: 'info' })?.name).toBe('c');
    expect(pick({ ...ROW, severity: 'info', type: 'x' })).toBeNull();
  });

  it('passes over rules that are off or damaged', () => {
    const pick = compileColourRules([rule('off', '', false), rule('damaged', 'sev>>'), rule('all', '')]);
    expect(pick(ROW)?.name).toBe('all');
    expect(compileColourRules([])(ROW)).toBeNull();
  });
});
