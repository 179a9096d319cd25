import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Sentences } from './sentences.ts';
import { coreZh } from './zh-CN/core.ts';

const book = new Sentences(coreZh);
const NAME = /\{(\w+)\}/g;
const namesOf = (sentence: string): string[] =>
  [...sentence.matchAll(NAME)].map(([, name]) => name ?? '').toSorted();

test('a sentence of the core is said anew around its values', () => {
  expect(book.translate('Port 9988 is held by pid 4711 (python3)')).toBe(
    '端口 9988 被进程 4711（python3）占用',
  );
  expect(book.translate('the lab is off')).toBe('实验室已停止');
});

test('a reason within a sentence is said anew as well', () => {
  expect(book.translate('127.0.0.1:9988: failed, Port 9988 on 127.0.0.1 is already in use')).toBe(
    '127.0.0.1:9988：失败，127.0.0.1 的端口 9988 已被占用',
  );
});

test('what an operator named stays as it was typed: a profile may be called after a word of the book', () => {
  expect(book.translate('store is production')).toBe('store 是生产配置');
  expect(book.translate('Type store to confirm.')).toBe('请输入 store 以确认。');
  expect(book.translate('there is no list the lab is off')).toBe('没有列表 the lab is off');
});

test('variables keep their braces', () => {
  expect(book.translate('there is no variable {{disk}}')).toBe('没有变量 {{disk}}');
  expect(book.translate('{{n}} must be a number')).toBe('{{n}} 必须是数字');
  expect(book.translate('Write {{uuid}}.')).toBe('请填写 {{uuid}}。');
});

test('what is not in the book stays as it is, to the byte', () => {
  for (const foreign of [
    'ENOSPC: no space left on device, write',
    '{"name":"nvme0n1"}',
    '',
    'a: b, c',
    'Port',
  ])
    expect(book.translate(foreign)).toBe(foreign);
});

test('both sides of the book speak of the same values', () => {
  for (const [sentence, said] of Object.entries(coreZh))
    expect(namesOf(said), sentence).toEqual(namesOf(sentence));
});

test('any value comes through any sentence', () => {
  const sentences = Object.keys(coreZh);
  fc.assert(
    fc.property(
      fc.constantFrom(...sentences),
      fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 6, maxLength: 6 }),
      (sentence, numbers) => {
        let at = 0;
        const filled = sentence.replace(NAME, () => `/run/${numbers[at++]}`);
        const said = book.translate(filled);
        expect(said).not.toBe(filled);
        for (const number of numbers.slice(0, namesOf(sentence).length))
          expect(said).toContain(`/run/${number}`);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('names of the wire before a sentence stay, the sentence is said anew', () => {
  expect(book.translate('CONNECT: no provider: /run/a.sock does not exist')).toBe(
    'CONNECT: 没有提供方：/run/a.sock 不存在',
  );
  expect(book.translate('OVERFLOW: LIMIT_EXCEEDED: 9 bytes in 2 items; 8 and 1 agreed')).toBe(
    'OVERFLOW: LIMIT_EXCEEDED: 2 项共 9 字节；约定为 8 字节、1 项',
  );
  const long = 'NO_END: '.repeat(20_000);
  expect(book.translate(long)).toBe(long);
});

test('a hostile text costs no more than its length', () => {
  const long = `Port ${' is held by pid '.repeat(20_000)}`;
  expect(book.translate(long)).toBe(long);
});
