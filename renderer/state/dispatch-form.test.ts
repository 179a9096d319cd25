import { describe, expect, test } from 'vitest';
import {
  EMPTY_FORM,
  contentOfBytes,
  draftOf,
  formOfDraft,
  isVariableName,
  numberOf,
  withTemplate,
} from './dispatch-form.ts';
import type { DispatchForm } from './dispatch-form.ts';

const form: DispatchForm = { ...EMPTY_FORM, profileId: 'lab', slotId: '9223372036854775807' };

describe('the draft of a form', () => {
  test('keeps 64-bit slots as text and seconds as milliseconds', () => {
    const draft = draftOf({ ...form, replySeconds: '12' }, null);
    expect(draft).toMatchObject({ slotId: '9223372036854775807', replyTimeoutMs: 12_000, setId: null });
  });

  test('is none while a number is wrong or no profile is chosen', () => {
    expect(draftOf({ ...form, batchSize: '0' }, null)).toBeNull();
    expect(draftOf({ ...form, concurrency: '17' }, null)).toBeNull();
    expect(draftOf({ ...form, delayMs: '' }, null)).toBeNull();
    expect(draftOf({ ...form, replySeconds: '1.5' }, null)).toBeNull();
    expect(draftOf(EMPTY_FORM, null)).toBeNull();
  });

  test('leaves out variables whose names are not typed yet', () => {
    const variables = [
      { name: '', type: 'text', value: 'x' },
      { name: 'disk', type: 'text', value: 'sda' },
    ] as const;
    expect(draftOf({ ...form, variables: [...variables] }, null)?.variables).toEqual([variables[1]]);
  });

  test('there and back again is the same', () => {
    const draft = draftOf(form, null);
    expect(draft).not.toBeNull();
    if (draft !== null) expect(draftOf(formOfDraft(draft), null)).toEqual(draft);
  });
});

test('numbers have their bounds', () => {
  expect([numberOf('batchSize', '1'), numberOf('batchSize', ' 10000 ')]).toEqual([1, 10_000]);
  expect([numberOf('batchSize', '10001'), numberOf('batchSize', '-1'), numberOf('batchSize', '1e3')]).toEqual(
    [null, null, null],
  );
});

test('the names of the core are taken', () => {
  expect(['now', 'uuid', 'agent_id', '1st', 'a-b', ''].map(isVariableName)).toEqual(Array(6).fill(false));
  expect(['nowhere', '_', 'Disk2'].map(isVariableName)).toEqual([true, true, true]);
});

test('a template leaves targets and pace alone, and the slot when it names none', () => {
  const content = { mode: 'hex', text: '00', notUtf8: 'hex' } as const;
  const template = { title: 't', slotId: '', messageId: 'm', content, variables: [] };
  const taken = withTemplate({ ...form, targetsText: '0:10.0.0.1' }, template);
  expect(taken).toMatchObject({ targetsText: '0:10.0.0.1', slotId: form.slotId, messageId: 'm', content });
  expect(withTemplate(form, { ...template, slotId: '7' }).slotId).toBe('7');
});

describe('content of a file', () => {
  const before = EMPTY_FORM.content;

  test('is text when it is UTF-8, a byte order mark included', () => {
    const bytes = new TextEncoder().encode('\ufeff磁盘\n');
    expect(contentOfBytes(bytes, before)).toEqual({ ...before, mode: 'text', text: '\ufeff磁盘\n' });
  });

  test('is base64 when it is not, however long', () => {
    const bytes = new Uint8Array(40_001).fill(0xff);
    const { mode, text } = contentOfBytes(bytes, before);
    expect(mode).toBe('base64');
    expect(Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))).toEqual(bytes);
  });
});
