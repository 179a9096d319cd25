import fc from 'fast-check';
import { expect, test } from 'vitest';
import { prettyJson } from './pretty-json.ts';

test('numbers and escapes stay as they are on the wire', () => {
  expect(prettyJson('{"slot_id":9223372036854775807,"a":["\\u003c\\"",{}],"b":[]}')).toBe(
    '{\n  "slot_id": 9223372036854775807,\n  "a": [\n    "\\u003c\\"",\n    {}\n  ],\n  "b": []\n}',
  );
});

test('a cut or broken body is shown whole', () => {
  for (const broken of ['', '"open', '{"a":', ']]', 'not json', '{"a":"\\'])
    expect(prettyJson(broken).replaceAll(/\s/g, '')).toBe(broken.replaceAll(/\s/g, ''));
});

test('it means the same', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(JSON.parse(prettyJson(json))).toEqual(JSON.parse(json));
    }),
    { numRuns: 2_000 },
  );
});
