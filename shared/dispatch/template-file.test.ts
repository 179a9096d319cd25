import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Template } from '../contract/dispatch-templates.ts';
import { readTemplate, writeTemplate } from './template-file.ts';

const text = fc.string({
  unit: fc.constantFrom('a', '"', '\n', '\r', ' ', '-', ':', '{{x}}', '\\', '磁', '\u2028'),
  maxLength: 12,
});
const template: fc.Arbitrary<Template> = fc.record({
  title: text,
  slotId: fc.constantFrom('', '12', '-9'),
  messageId: text,
  content: fc.record({
    mode: fc.constantFrom('text' as const, 'json' as const, 'hex' as const, 'base64' as const),
    text: fc.oneof(text, fc.constant('---\nsignalbox-template: 1\n---')),
    notUtf8: fc.constantFrom('refuse' as const, 'base64' as const, 'hex' as const),
  }),
  variables: fc.array(
    fc.record({
      name: fc.constantFrom('x', 'y_1', 'Z'),
      type: fc.constantFrom('text' as const, 'number' as const, 'boolean' as const),
      value: text,
    }),
    { maxLength: 3 },
  ),
});

describe('a template file', () => {
  it('gives back what was written, whatever it holds', () => {
    fc.assert(
      fc.property(template, (found) => {
        expect(readTemplate(writeTemplate(found))).toEqual(found);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is read from an editor of any system', () => {
    const found = readTemplate('\ufeffsignalbox-template: 1\r\ntitle: x\r\n---\r\n{"a":1}\r\n');
    expect(found).toMatchObject({ title: 'x', slotId: '', content: { mode: 'text', text: '{"a":1}' } });
  });

  it.each([
    ['', 'line 1'],
    ['signalbox-template: 2\n---\n', 'newer'],
    ['signalbox-template: 1\ntitle: x\n', 'no line "---"'],
    ['signalbox-template: 1\nwhat: x\n---\n', 'line 2'],
    ['signalbox-template: 1\ntitle: "x\n---\n', 'line 2'],
    ['signalbox-template: 1\nvariable: x\n---\n', 'line 2'],
    ['signalbox-template: 1\ncontent: xml\n---\n', 'Invalid type'],
  ])('that is none says where: %j', (file, words) => {
    expect(() => readTemplate(file)).toThrow(words);
  });
});
