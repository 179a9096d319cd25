/** A JSON tree as the lines that are open at the moment. */
import { printPath } from '../../../shared/filter/print.ts';
import { type JsonNode, sliceText, unquote } from './json-offsets.ts';

export interface TreeLine {
  /** Names and indexes from the root. */
  readonly path: readonly string[];
  /** Unique among the lines, duplicates of a name included. */
  readonly key: string;
  readonly depth: number;
  readonly name: string | null;
  readonly node: JsonNode;
  /** Null for values without members. */
  readonly isOpen: boolean | null;
  readonly positionInSet: number;
  readonly setSize: number;
}

export const ROOT_KEY = '$';
/** Values longer than this are cut in a line; copying gives the whole. */
const VALUE_CHARACTERS_MAX = 500;
/** Containers up to here are open at first. */
const OPEN_DEPTH = 3;
const OPEN_MEMBERS_MAX = 100;

/** `toggled` names the lines that differ from how they stand at first. */
export function treeLines(root: JsonNode, toggled: ReadonlySet<string>): readonly TreeLine[] {
  const lines: TreeLine[] = [];
  const visit = (
    node: JsonNode,
    name: string | null,
    path: readonly string[],
    key: string,
    place: readonly [number, number],
  ): void => {
    const hasMembers = node.members.length > 0;
    const isOpen = hasMembers ? isOpenAtFirst(node, path.length) !== toggled.has(key) : null;
    lines.push({
      path,
      key,
      depth: path.length,
      name,
      node,
      isOpen,
      positionInSet: place[0],
      setSize: place[1],
    });
    if (isOpen !== true) return;
    node.members.forEach((member, index) => {
      const step = member.name ?? String(index);
      visit(member.value, step, [...path, step], `${key}/${index}`, [index + 1, node.members.length]);
    });
  };
  visit(root, null, [], ROOT_KEY, [1, 1]);
  return lines;
}

function isOpenAtFirst(node: JsonNode, depth: number): boolean {
  return depth < OPEN_DEPTH && node.members.length <= OPEN_MEMBERS_MAX;
}

export function parentKey(key: string): string | null {
  const cut = key.lastIndexOf('/');
  return cut < 0 ? null : key.slice(0, cut);
}

/** The text of a value as it came: numbers keep every digit, strings are unquoted. */
export function valueText(bytes: Uint8Array, node: JsonNode): string {
  const token = sliceText(bytes, node.start, node.end);
  return node.kind === 'string' ? unquote(token) : token;
}

export function shortValue(bytes: Uint8Array, node: JsonNode): string {
  const end = Math.min(node.end, node.start + VALUE_CHARACTERS_MAX * 4);
  const token = sliceText(bytes, node.start, end);
  return token.length > VALUE_CHARACTERS_MAX ? `${token.slice(0, VALUE_CHARACTERS_MAX)}…` : token;
}

/** Path in the spelling of the filter language, so that it can be pasted there. */
export function pathText(path: readonly string[]): string {
  return printPath(path);
}
