import { expect, it } from 'vitest';
import { readJson } from './json-offsets.ts';
import { parentKey, pathText, shortValue, treeLines, valueText } from './json-tree-lines.ts';

const bytes = new TextEncoder().encode(
  '{"event":"a","payload":{"n":15362991415296000001,"list":[true,"x\\u00e9"],"none":{}}}',
);
const root = readJson(bytes);

it('lists what is open, with its place among its siblings', () => {
  if (root === null) throw new Error('no JSON');
  const names = treeLines(root, new Set()).map(
    (line) => `${line.depth}:${line.name ?? ''}:${String(line.isOpen)}`,
  );
  expect(names).toEqual([
    '0::true',
    '1:event:null',
    '1:payload:true',
    '2:n:null',
    '2:list:true',
    '3:0:null',
    '3:1:null',
    '2:none:null',
  ]);
  const closed = treeLines(root, new Set(['$/1']));
  expect(closed.map((line) => line.name)).toEqual([null, 'event', 'payload']);
  expect(closed[2]).toMatchObject({ isOpen: false, positionInSet: 2, setSize: 2 });
  expect(parentKey('$/1/0')).toBe('$/1');
  expect(parentKey('$')).toBeNull();
});

it('keeps the digits of numbers and unquotes text', () => {
  if (root === null) throw new Error('no JSON');
  const lines = treeLines(root, new Set());
  expect(valueText(bytes, lines[3]?.node ?? root)).toBe('15362991415296000001');
  expect(valueText(bytes, lines[6]?.node ?? root)).toBe('xé');
  expect(shortValue(bytes, lines[6]?.node ?? root)).toBe('"x\\u00e9"');
});

it('spells paths as the filter language does', () => {
  expect(pathText(['payload', 'list', '0'])).toBe('body.payload.list[0]');
});

it('cuts a long value and leaves a big container closed', () => {
  const long = new TextEncoder().encode(
    JSON.stringify({ text: 'y'.repeat(5_000), many: Array.from({ length: 200 }, () => 1) }),
  );
  const node = readJson(long);
  if (node === null) throw new Error('no JSON');
  const lines = treeLines(node, new Set());
  expect(lines).toHaveLength(3);
  expect(shortValue(long, lines[1]?.node ?? node).length).toBe(501);
});
