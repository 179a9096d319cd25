import { expect, test } from 'vitest';
import type { EventRow } from '../../shared/model/event.ts';
import { isAnswerable } from './dispatch-reply.ts';

const uplink: EventRow = {
  seq: 1,
  receivedAtMs: 0,
  source: 'gse',
  kind: 'event',
  severity: 'info',
  type: 'uplink',
  host: '0:10.0.0.1',
  link: 'gse-prod',
  peer: '127.0.0.1:40522',
  id: 'm-1',
  sentAtS: null,
  bodyBytes: 0,
  preview: '',
  simulated: false,
};

test('only an uplink of a profile that names its agent can be answered', () => {
  expect(isAnswerable(uplink)).toBe(true);
  expect(isAnswerable({ ...uplink, kind: 'refused' })).toBe(false);
  expect(isAnswerable({ ...uplink, source: 'mimo' })).toBe(false);
  expect(isAnswerable({ ...uplink, host: '' })).toBe(false);
  expect(isAnswerable({ ...uplink, link: 'mimo-9988' })).toBe(false);
});
