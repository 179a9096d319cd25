import { expect, it } from 'vitest';
import type { EventRow } from '../../shared/model/event.ts';
import { notePaged, startWaiting, waitingNow } from './feed-waiting.ts';

function row(seq: number, severity: EventRow['severity']): EventRow {
  const blank = {
    source: 'mimo',
    kind: 'event',
    type: '',
    host: '',
    link: '',
    peer: '',
    id: '',
    preview: '',
  } as const;
  return { ...blank, seq, severity, receivedAtMs: 0, sentAtS: null, bodyBytes: 0, simulated: false };
}

it('counts what came since the pause, and errors among it', () => {
  const base = startWaiting(100, 4, 500);
  expect(waitingNow(base, 100, 4)).toEqual({ rows: 0, errors: 0 });
  expect(waitingNow(base, 130, 6)).toEqual({ rows: 30, errors: 2 });
});

it('takes off what the operator paged in, each row once', () => {
  let base = startWaiting(100, 4, 500);
  base = notePaged(base, [row(499, 'error'), row(501, 'info'), row(502, 'critical')]);
  base = notePaged(base, [row(501, 'info'), row(502, 'critical')]);
  expect(waitingNow(base, 130, 6)).toEqual({ rows: 28, errors: 1 });
});

it('never shows less than nothing when a page ran ahead of the stream', () => {
  const base = notePaged(startWaiting(0, 0, 0), [row(1, 'info'), row(2, 'error')]);
  expect(waitingNow(base, 1, 0)).toEqual({ rows: 0, errors: 0 });
});
