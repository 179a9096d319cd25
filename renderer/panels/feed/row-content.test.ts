import { expect, it } from 'vitest';
import type { EventRow } from '../../../shared/model/event.ts';
import { ownNote, payloadPreview } from './row-content.ts';

it('leaves the envelope out', () => {
  expect(payloadPreview('{"event":"a\\"b","payload":{"n":1},"timestamp":1763541234}')).toBe('{"n":1}');
  expect(payloadPreview('{"event":"a","timestamp":5}')).toBe('');
  expect(payloadPreview('{"event":"a","payload":"x","timestamp":-5}')).toBe('"x"');
});

it('keeps what was cut, and what is no envelope', () => {
  expect(payloadPreview('{"event":"a","payload":{"text":"long…')).toBe('{"text":"long…');
  expect(payloadPreview('{"payload":{},"event":"a"}')).toBe('{"payload":{},"event":"a"}');
  expect(payloadPreview('{"event":"a","other":1}')).toBe('{"event":"a","other":1}');
  expect(payloadPreview('plain')).toBe('plain');
});

it('reads what the console wrote of itself, and nothing else', () => {
  const row = { preview: '{"dropped":7,"fromMs":1,"toMs":2,"reason":"full"}' } as EventRow;
  expect(ownNote(row)).toEqual({ reason: 'full', label: null, state: null, dropped: 7, fromMs: 1, toMs: 2 });
  expect(ownNote({ ...row, preview: '{"reason":"cut…' })).toBeNull();
  expect(ownNote({ ...row, preview: '12' })).toBeNull();
});
