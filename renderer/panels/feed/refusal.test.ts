import { describe, expect, test } from 'vitest';
import { decodeEvent } from '../../../electron/protocols/mimo/decode.ts';
import type { EventDetail } from '../../../shared/model/event.ts';
import { refusalPlace, refusedLine } from './refusal.ts';

const encoder = new TextEncoder();

function refused(type: string, head: string, body: string, source: 'mimo' | 'gse' = 'mimo'): EventDetail {
  const bytes = encoder.encode(body);
  return {
    row: {
      seq: 1,
      receivedAtMs: 0,
      source,
      kind: 'refused',
      severity: 'warn',
      type,
      host: '',
      link: 'mimo-9988',
      peer: '',
      id: '',
      sentAtS: null,
      bodyBytes: bytes.length,
      preview: '',
      simulated: false,
    },
    body: bytes,
    head: encoder.encode(head),
    bookmark: null,
  };
}

/** As the listener would have refused it. */
function placeOf(body: string): ReturnType<typeof refusalPlace> {
  const decoded = decodeEvent(encoder.encode(body));
  return refusalPlace(refused(decoded.ok ? '' : decoded.failure.code, '', body));
}

describe('what was wrong with a refused request', () => {
  test.each([
    ['{"event":"a","payload":tru}', { kind: 'at', offset: 26, near: 't":"a","payload":tru}' }],
    ['{bad', { kind: 'at', offset: 1, near: '{bad' }],
    ['[1]', { kind: 'notObject' }],
    ['null', { kind: 'notObject' }],
    ['{"payload":1}', { kind: 'eventMissing' }],
    ['{"event":5}', { kind: 'eventMissing' }],
    ['{"__proto__":{"event":"x"}}', { kind: 'eventMissing' }],
    ['{"event":""}', { kind: 'eventEmpty' }],
    ['{"event":"a","timestamp":"5"}', { kind: 'timestamp' }],
  ])('%s', (body, place) => {
    expect(placeOf(body)).toEqual(place);
  });

  test('the place is the one the sender was told', () => {
    for (const body of ['{"event":"a",}', '[[1,2],nul]', '['.repeat(70), `[${'1,'.repeat(20_001)}1]`]) {
      const decoded = decodeEvent(encoder.encode(body));
      const place = placeOf(body);
      expect(decoded.ok ? '' : decoded.failure.message).toMatch(
        new RegExp(` at byte ${place?.kind === 'at' ? place.offset : 'none'}$`),
      );
    }
  });

  test('nothing is made of bodies that had no part in it', () => {
    expect(refusalPlace(refused('E_HOST', '', '{bad'))).toBeNull();
    expect(refusalPlace(refused('E_JSON', '', '{bad', 'gse'))).toBeNull();
    expect(refusalPlace(refused('E_SHAPE', '', '{bad'))).toBeNull();
    expect(refusalPlace(refused('E_JSON', '', ''))).toBeNull();
  });

  test('the line it is about', () => {
    const head = 'POST /x HTTP/1.1\r\nhOst: evil:1\r\nContent-Type: text/plain\r\n\r\n';
    expect(refusedLine(refused('E_PATH', head, ''))).toBe('POST /x HTTP/1.1');
    expect(refusedLine(refused('E_HOST', head, ''))).toBe('hOst: evil:1');
    expect(refusedLine(refused('E_MEDIA_TYPE', head, ''))).toBe('Content-Type: text/plain');
    expect(refusedLine(refused('E_ORIGIN', head, ''))).toBe('');
    expect(refusedLine(refused('E_JSON', head, ''))).toBe('');
    expect(refusedLine(refused('E_HTTP', 'y'.repeat(300), ''))).toHaveLength(200);
    expect(refusedLine(refused('E_PATH', head, '', 'gse'))).toBe('');
  });
});
