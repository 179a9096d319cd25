import { ChevronDown, ChevronRight } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import type { EventDetail } from '../../../shared/model/event.ts';
import { shownText } from '../../components/shown-text.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { InspectorActs } from '../../components/inspector.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { rowHeightPixels } from '../../state/density.ts';
import { narrow } from '../../state/feed-filter.ts';
import { useSettings } from '../../state/settings-slice.ts';
import styles from './inspector.module.css';
import { readJson, sliceText } from './json-offsets.ts';
import {
  ROOT_KEY,
  type TreeLine,
  parentKey,
  pathText,
  shortValue,
  treeLines,
  valueText,
} from './json-tree-lines.ts';
import { useWindowing } from '../../components/use-windowing.ts';

const RAW_CHARACTERS_MAX = 4_096;

/** The body as a tree. Numbers are shown as they were written. */
export function InspectorJson({ detail }: { readonly detail: EventDetail }): ReactElement {
  const text = useText();
  const root = useMemo(() => readJson(detail.body), [detail]);
  if (root === null) return <NotJson detail={detail} />;
  if (root.kind !== 'object' && root.kind !== 'array') {
    return <pre className={styles.raw}>{shownText(shortValue(detail.body, root))}</pre>;
  }
  return <Tree key={detail.row.seq} bytes={detail.body} root={root} label={text('feed:json.label')} />;
}

function NotJson({ detail }: { readonly detail: EventDetail }): ReactElement {
  const text = useText();
  if (detail.body.length === 0) return <EmptyState title={text('feed:json.empty')} />;
  const shown = sliceText(detail.body, 0, RAW_CHARACTERS_MAX);
  return (
    <>
      <p className={styles.note}>{text('feed:json.none')}</p>
      <pre className={styles.raw} tabIndex={0}>
        {shownText(shown)}
      </pre>
      {detail.body.length > RAW_CHARACTERS_MAX ? (
        <p className={styles.note}>
          {text('feed:json.cut', {
            shown: formatCount(RAW_CHARACTERS_MAX),
            all: formatCount(detail.body.length),
          })}
        </p>
      ) : null}
    </>
  );
}

interface TreeProps {
  readonly bytes: Uint8Array;
  readonly root: NonNullable<ReturnType<typeof readJson>>;
  readonly label: string;
}

function Tree({ bytes, root, label }: TreeProps): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  const lineHeightPx = useSettings(({ settings }) => rowHeightPixels(settings));
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [currentKey, setCurrentKey] = useState(ROOT_KEY);
  const lines = useMemo(() => treeLines(root, toggled), [root, toggled]);
  const currentIndex = Math.max(
    0,
    lines.findIndex((line) => line.key === currentKey),
  );
  const current = lines[currentIndex];
  const { range, onScroll, reveal } = useWindowing(scroller, lineHeightPx, lines.length);
  const toggle = (key: string): void => {
    setToggled((before) => {
      const next = new Set(before);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  };
  const goTo = (index: number): void => {
    const line = lines[Math.min(lines.length - 1, Math.max(0, index))];
    if (line === undefined) return;
    setCurrentKey(line.key);
    reveal(lines.indexOf(line));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (current === undefined || !treeKey(event.key, { lines, currentIndex, current, toggle, goTo })) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <div
        ref={scroller}
        role="tree"
        aria-label={label}
        tabIndex={0}
        aria-activedescendant={`json-${currentKey}`}
        className={styles.tree}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
      >
        <div
          role="presentation"
          className={styles.treeSpacer}
          style={{ height: lines.length * lineHeightPx }}
        >
          {lines.slice(range.from, range.to).map((line, offset) => (
            <TreeLineView
              key={line.key}
              bytes={bytes}
              line={line}
              topPx={(range.from + offset) * lineHeightPx}
              heightPx={lineHeightPx}
              isCurrent={line.key === currentKey}
              onPoint={() => setCurrentKey(line.key)}
              onToggle={() => toggle(line.key)}
            />
          ))}
        </div>
      </div>
      {current === undefined ? null : <LineActs bytes={bytes} line={current} />}
    </>
  );
}

interface KeyContext {
  readonly lines: readonly TreeLine[];
  readonly currentIndex: number;
  readonly current: TreeLine;
  readonly toggle: (key: string) => void;
  readonly goTo: (index: number) => void;
}

/** The usual keys of a tree; false when the key is none of them. */
function treeKey(key: string, { lines, currentIndex, current, toggle, goTo }: KeyContext): boolean {
  const upKey = parentKey(current.key);
  const parent = lines.findIndex((line) => line.key === upKey);
  const moves: Readonly<Record<string, () => void>> = {
    ArrowDown: () => goTo(currentIndex + 1),
    ArrowUp: () => goTo(currentIndex - 1),
    Home: () => goTo(0),
    End: () => goTo(lines.length - 1),
    ArrowRight: () => (current.isOpen === false ? toggle(current.key) : goTo(currentIndex + 1)),
    ArrowLeft: () => (current.isOpen === true ? toggle(current.key) : goTo(parent)),
    Enter: () => (current.isOpen === null ? undefined : toggle(current.key)),
  };
  const move = moves[key];
  move?.();
  return move !== undefined;
}

interface TreeLineViewProps {
  readonly bytes: Uint8Array;
  readonly line: TreeLine;
  readonly topPx: number;
  readonly heightPx: number;
  readonly isCurrent: boolean;
  readonly onPoint: () => void;
  readonly onToggle: () => void;
}

function TreeLineView({
  bytes,
  line,
  topPx,
  heightPx,
  isCurrent,
  onPoint,
  onToggle,
}: TreeLineViewProps): ReactElement {
  const Chevron = line.isOpen === true ? ChevronDown : ChevronRight;
  const style = {
    transform: `translateY(${topPx}px)`,
    height: heightPx,
    paddingInlineStart: `${0.25 + line.depth}rem`,
  };
  return (
    <div
      role="treeitem"
      id={`json-${line.key}`}
      aria-level={line.depth + 1}
      aria-posinset={line.positionInSet}
      aria-setsize={line.setSize}
      aria-expanded={line.isOpen ?? undefined}
      aria-selected={isCurrent}
      className={styles.treeLine}
      style={style}
      onPointerDown={onPoint}
      onDoubleClick={line.isOpen === null ? undefined : onToggle}
    >
      {/* The keys of the tree open and close; the arrow is for the pointer. */}
      <span
        aria-hidden
        className={styles.chevron}
        onPointerDown={line.isOpen === null ? undefined : onToggle}
      >
        {line.isOpen === null ? null : <Chevron size="0.875em" />}
      </span>
      {line.name === null ? null : <span className={styles.name}>{shownText(line.name)}</span>}
      <Value bytes={bytes} line={line} />
    </div>
  );
}

function Value({ bytes, line }: { readonly bytes: Uint8Array; readonly line: TreeLine }): ReactElement {
  const text = useText();
  const { node } = line;
  if (node.kind !== 'object' && node.kind !== 'array') {
    return <span data-kind={node.kind}>{shownText(shortValue(bytes, node))}</span>;
  }
  const count = node.members.length;
  const brackets = node.kind === 'object' ? '{ }' : '[ ]';
  return (
    <span className={styles.note}>
      {brackets} {text('feed:json.members', { count, n: formatCount(count) })}
    </span>
  );
}

/** For the current line: its path and what can be done with it. */
function LineActs({ bytes, line }: { readonly bytes: Uint8Array; readonly line: TreeLine }): ReactElement {
  const text = useText();
  const path = pathText(line.path);
  const value = valueText(bytes, line.node);
  const isScalar = line.node.kind !== 'object' && line.node.kind !== 'array';
  const term = { type: 'body', path: line.path, operator: '=', value } as const;
  return (
    <InspectorActs about={shownText(path)} isData>
      <CopyButton value={() => path} label={text('feed:json.copyPath')} />
      <CopyButton value={() => value} label={text('feed:json.copyValue')} />
      {isScalar && line.path.length > 0 ? (
        <>
          <Button onClick={() => narrow(term, false)}>{text('feed:only')}</Button>
          <Button onClick={() => narrow(term, true)}>{text('feed:exclude')}</Button>
        </>
      ) : null}
    </InspectorActs>
  );
}
