/** From what a filter needs to a test of a block's signature: false only when no event of it can match. */
import { assertNever } from '../../shared/assert.ts';
import type { Expression } from '../../shared/filter/ast.ts';
import { isElementName } from '../../shared/filter/body-path.ts';
import { compileNumberTest } from '../../shared/filter/compare.ts';
import { NEED_COLUMNS, REPEATED_COLUMNS, needOf } from '../../shared/filter/needs.ts';
import type { Need } from '../../shared/filter/needs.ts';
import { columnKey, columnPartKeys, hashOf, memberKey, partKeys, scalarKey } from './block-signature.ts';
import type { BlockSignature } from './block-signature.ts';

export type SignatureTest = (signature: BlockSignature) => boolean;

/** Null when signatures can rule nothing out. */
export function compileSignatureTest(filter: Expression | null): SignatureTest | null {
  const need = filter === null ? null : needOf(filter);
  return need === null ? null : compile(need);
}

function compile(need: Need): SignatureTest | null {
  switch (need.type) {
    case 'and': {
      const tests = need.terms.map(compile).filter((test) => test !== null);
      return tests.length === 0 ? null : (signature) => tests.every((test) => test(signature));
    }
    case 'or': {
      const tests = need.terms.map(compile);
      const known = tests.filter((test) => test !== null);
      return known.length < tests.length ? null : (signature) => known.some((test) => test(signature));
    }
    case 'columnPart': {
      const bytes = Buffer.from(need.text);
      const isRepeated = REPEATED_COLUMNS.has(need.column);
      return allKeys(isRepeated ? columnPartKeys(bytes, NEED_COLUMNS.indexOf(need.column)) : partKeys(bytes));
    }
    case 'text':
    case 'scalarPart':
      return allKeys(partKeys(Buffer.from(need.text)));
    case 'column':
      return allKeys([columnKey(textHash(need.text), NEED_COLUMNS.indexOf(need.column))]);
    case 'member':
      return allKeys([memberKey(textHash(need.name))]);
    case 'scalar':
      return scalarTest(need.name, need.texts);
    case 'number':
      return numberTest(need);
    default:
      return assertNever(need);
  }
}

function textHash(text: string): number {
  return hashOf(Buffer.from(text));
}

function allKeys(keys: readonly number[]): SignatureTest | null {
  return keys.length === 0 ? null : (signature) => keys.every((key) => signature.mayHave(key));
}

function scalarTest(name: string, texts: readonly string[]): SignatureTest {
  const names = isElementName(name) ? [textHash(name), null] : [textHash(name)];
  const keys = texts.flatMap((text) => names.map((nameHash) => scalarKey(textHash(text), nameHash)));
  return (signature) => keys.some((key) => signature.mayHave(key));
}

function numberTest({ name, operator, operand }: Extract<Need, { type: 'number' }>): SignatureTest {
  const test = compileNumberTest(operator, operand);
  const nameHash = textHash(name);
  return (signature) => {
    const range = signature.rangeOf(nameHash);
    // An order that neither end has, nothing between them has; `!=` fails only where both ends are the operand.
    return range === null || test(range.min) || test(range.max);
  };
}
