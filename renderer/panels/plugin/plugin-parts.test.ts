import { describe, expect, test } from 'vitest';
import type { PluginSocketView } from '../../../shared/contract/plugin.ts';
import { LIMITS } from '../../../shared/limits.ts';
import {
  EMPTY_REPORT,
  formOfPlugin,
  newMessageId,
  newPluginForm,
  pluginOfForm,
  reportOf,
} from '../../state/plugin-form.ts';
import { stepsOf } from './plugin-words.ts';

describe('the form of a connection', () => {
  const good = { ...newPluginForm(null, 'c-1'), pluginName: 'p', messageAt: '/run/a' };

  test('makes a connection and comes back as it was', () => {
    const plugin = pluginOfForm(good);
    expect(plugin).toMatchObject({ id: 'c-1', messageAt: '/run/a', keepaliveMs: LIMITS.gseKeepaliveMs });
    if (plugin !== null) expect(formOfPlugin(plugin)).toEqual({ ...good, isNew: false });
    expect(plugin).not.toHaveProperty('isNew');
    expect(pluginOfForm({ ...good, messageAt: '26000' })?.messageAt).toBe('26000');
  });

  test.each([
    ['no name', { pluginName: '' }],
    ['no version', { pluginVersion: '' }],
    ['no place', { messageAt: '' }],
    ['a relative path', { messageAt: 'run/a' }],
    ['a port that is none', { messageAt: '65536' }],
    ['a second place that is none', { reportAt: '0' }],
    ['a keepalive below the limit', { keepaliveMs: String(LIMITS.gsePluginKeepaliveMsMin - 1) }],
    ['a keepalive above it', { keepaliveMs: String(LIMITS.gsePluginKeepaliveMsMax + 1) }],
    ['a keepalive that is no whole number', { keepaliveMs: '1e3' }],
  ])('refuses %s', (_name, patch) => {
    expect(pluginOfForm({ ...good, ...patch })).toBeNull();
  });
});

describe('the form of a report', () => {
  test('is exact at its bounds', () => {
    const of = (patch: Partial<typeof EMPTY_REPORT>) => reportOf({ ...EMPTY_REPORT, ...patch }, 'c-1');
    expect(of({ dataId: '4294967295' })?.dataId).toBe(4_294_967_295);
    expect(of({ dataId: '4294967296' })).toBeNull();
    expect(of({ perSecond: String(LIMITS.gsePluginReportsPerSecondMax) })).not.toBeNull();
    expect(of({ perSecond: String(LIMITS.gsePluginReportsPerSecondMax + 1) })).toBeNull();
    expect(of({ perSecond: '0' })).toBeNull();
    expect(of({ total: ' ' })?.total).toBe(0);
    expect(of({ total: '0' })).toBeNull();
  });
});

test('a new message id holds time and chance', () => {
  expect(newMessageId(1_745_678_552_999, 0)).toBe('plug-1745678552-0000');
  expect(newMessageId(0, 0.999_999_99)).toBe('plug-0-zzzz');
});

describe('the steps of a connection', () => {
  const of = (step: PluginSocketView['step'], state: PluginSocketView['state']): string =>
    stepsOf({ step, state })
      .map((one) => one.state)
      .join(' ');

  test('say what is done, what is broken and what never came to pass', () => {
    expect(of('path', 'failed')).toBe('broken later later later');
    expect(of('permission', 'failed')).toBe('done broken later later');
    expect(of('connect', 'down')).toBe('done done broken later');
    expect(of('answer', 'opening')).toBe('done done done at');
    expect(of('answer', 'degraded')).toBe('done done done broken');
    expect(of(null, 'up')).toBe('done done done done');
    expect(of(null, 'off')).toBe('');
  });
});
