import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventDetail } from '../../../shared/model/event.ts';
import { shellQuote } from '../../../shared/shell-quote.ts';
import { cliLine, curlLine, eventJson } from './copy-forms.ts';

const HEAD = 'POST /mimo/events HTTP/1.1\r\nHost: 127.0.0.1:9988\r\nContent-Type: application/json\r\n\r\n';

function detail(body: string | Uint8Array<ArrayBuffer>, head = HEAD): EventDetail {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return {
    row: {
      seq: 7,
      receivedAtMs: 1,
      source: 'mimo',
      kind: 'event',
      severity: 'info',
      type: 'bdev_ready',
      host: '',
      link: 'mimo-9988',
      peer: '127.0.0.1:1',
      id: '',
      sentAtS: 5,
      bodyBytes: bytes.length,
      preview: '',
      simulated: false,
    },
    body: bytes,
    head: new TextEncoder().encode(head),
    bookmark: null,
  };
}

describe('copies of an event', () => {
  const ready = detail(
    `{"event":"bdev_ready","payload":{"name":"it's","size":15362991415296000001},"timestamp":5}`,
  );

  it('keeps the digits of numbers in JSON', () => {
    const text = eventJson(ready);
    expect(text).toContain('"size":15362991415296000001');
    expect(JSON.parse(text)).toMatchObject({ seq: 7, type: 'bdev_ready', body: { event: 'bdev_ready' } });
    expect(JSON.parse(eventJson(detail('no json')))).toMatchObject({ bodyText: 'no json' });
    expect(JSON.parse(eventJson(detail(new Uint8Array([255, 0]))))).toMatchObject({ bodyBase64: '/wA=' });
  });

  it('writes a curl line that sends the same bytes', () => {
    expect(curlLine(ready)).toBe(
      `curl -sS -H 'Content-Type: application/json' --data-binary '{"event":"bdev_ready","payload":{"name":"it'\\''s",` +
        `"size":15362991415296000001},"timestamp":5}' http://127.0.0.1:9988/mimo/events`,
    );
    expect(curlLine(detail(new Uint8Array([255])))).toContain('base64 -d | curl');
    expect(curlLine(detail('{}', 'garbage'))).toBeNull();
  });

  it('writes a CLI line, and none for what is no event', () => {
    expect(cliLine(ready)).toBe(
      `signalbox notify bdev_ready '{"name":"it'\\''s","size":15362991415296000001}'`,
    );
    expect(cliLine(detail('{"event":"-x"}'))).toBe('signalbox notify -- -x');
    expect(cliLine(detail('{"event":"x","payload":-5}'))).toBe('signalbox notify -- x -5');
    expect(cliLine(detail('[]'))).toBeNull();
  });

  it('sends the CLI line where the event came from', () => {
    const elsewhere = HEAD.replace(':9988', ':9987');
    expect(cliLine(detail('{"event":"x","payload":1}', elsewhere))).toBe(
      'signalbox notify --endpoint http://127.0.0.1:9987/mimo/events x 1',
    );
    expect(cliLine(detail('{"event":"x"}', 'garbage'))).toBe('signalbox notify x');
  });

  it('quotes so that a shell gives the same text back', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', "'", '"', '\\', '$', '`', '\n', '\t', ' ', '!', '磁', ';', '\u0007'),
    });
    const samples = fc.sample(text, 40).filter((sample) => sample !== '');
    for (const sample of samples) {
      const heard = execFileSync('bash', ['-c', `printf %s ${shellQuote(sample)}`], { encoding: 'utf8' });
      expect(heard).toBe(sample);
    }
  });
});
