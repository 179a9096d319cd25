import { useState } from 'react';
import type { ReactElement, ReactNode } from 'react';
import type { SnapshotRow, SnapshotService } from '../../../shared/contract/snapshots.ts';
import { Button } from '../../components/button.tsx';
import { cellText, shownText } from '../../components/shown-text.ts';
import { failureText } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { narrowCache } from '../../state/cache-filter.ts';
import { useCache } from '../../state/cache-slice.ts';
import { fieldTerm } from '../../state/feed-filter.ts';
import styles from './cache-inspector.module.css';
import { optionsText } from './diff-content.ts';
import { CgroupItems } from './lookup-items.tsx';
import { askLookup } from './lookup.ts';
import type { LookupAnswer } from './lookup.ts';
import { EnabledMark, nameText, pathText } from './row-cells.tsx';

/** A row as it was last seen in the shown generation or before. */
export interface SeenRow {
  readonly row: SnapshotRow;
  readonly isHere: boolean;
}

/** The fields of the row; name and path can narrow the list. */
export function RowSummary({
  service,
  seen,
}: {
  readonly service: SnapshotService;
  readonly seen: SeenRow;
}): ReactElement {
  const text = useText();
  const { row, isHere } = seen;
  const number = useCache((slice) => slice.head?.number ?? 0);
  return (
    <>
      {isHere ? null : <p className={styles.gone}>{text('cache:inspector.gone', { number })}</p>}
      <dl className={styles.facts}>
        <Fact name={text('cache:column.name')} field="type" raw={row.name}>
          {row.nameHex === '' ? shownText(row.name) || nameText(row) : nameText(row)}
        </Fact>
        <Fact name={text('cache:column.path')} field="id" raw={row.path}>
          {row.pathHex === '' ? shownText(row.path) || pathText(row) : pathText(row)}
        </Fact>
        <Fact name={text('cache:column.hash')}>
          {row.hash} · 0x{row.hash.toString(16).padStart(8, '0')}
        </Fact>
        <Fact name={text('cache:column.options')}>
          {optionsText(row.options)} · {row.options}
        </Fact>
        <Fact name={text('cache:column.enabled')}>
          <EnabledMark enabled={row.enabled} />
        </Fact>
        <Fact name={text('cache:inspector.presentSince')}>#{row.presentSince}</Fact>
        <Fact name={text('cache:inspector.unchangedSince')}>#{row.unchangedSince}</Fact>
      </dl>
      <Labels service={service} path={row.path} />
    </>
  );
}

function Fact({
  name,
  field,
  raw = '',
  children,
}: {
  readonly name: string;
  /** Field of the filter language that holds the value. */
  readonly field?: 'type' | 'id';
  readonly raw?: string;
  readonly children: ReactNode;
}): ReactElement {
  const text = useText();
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <span className={styles.value}>{children}</span>
        {field === undefined ? null : (
          <span className={styles.acts}>
            <Button look="inline" onClick={() => narrowCache(fieldTerm(field, raw), false)}>
              {text('feed:only')}
            </Button>
            <Button look="inline" onClick={() => narrowCache(fieldTerm(field, raw), true)}>
              {text('feed:exclude')}
            </Button>
          </span>
        )}
      </dd>
    </>
  );
}

/** Asked for, never by itself: it is a call to another service. */
function Labels({
  service,
  path,
}: {
  readonly service: SnapshotService;
  readonly path: string;
}): ReactElement {
  const text = useText();
  const api = useApi();
  const [answer, setAnswer] = useState<LookupAnswer | null>(null);
  const ask = (): void => {
    void askLookup(api, service.id, null, { kind: 'cgroup', paths: [path] }).then(setAnswer);
  };
  return (
    <section className={styles.section}>
      <div className={styles.sectionHead}>
        <h3>{text('cache:inspector.labels')}</h3>
        <Button disabled={path === ''} onClick={ask}>
          {text('cache:inspector.askLabels')}
        </Button>
      </div>
      {answer?.kind === 'cgroup' ? <CgroupItems items={answer.result.items} /> : null}
      {answer?.kind === 'failed' ? (
        <p className={styles.bad} role="alert">
          {cellText(failureText(answer.failure))}
        </p>
      ) : null}
    </section>
  );
}
