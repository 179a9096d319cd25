import type { ReactElement } from 'react';
import type { SnapshotRow } from '../../../shared/contract/snapshots.ts';
import { cellText } from '../../components/shown-text.ts';
import { useText } from '../../i18n/i18n.ts';
import styles from './row-cells.module.css';

/** A name of wrong bytes shows them; an empty one says so by a sign. */
export function nameText(row: Pick<SnapshotRow, 'name' | 'nameHex'>): string {
  if (row.nameHex !== '') return `0x${row.nameHex}`;
  return row.name === '' ? '∅' : cellText(row.name);
}

export function pathText(row: Pick<SnapshotRow, 'path' | 'pathHex'>): string {
  if (row.pathHex !== '') return `0x${row.pathHex}`;
  return row.path === '' ? '∅' : cellText(row.path);
}

/** Where it does not fit, the middle goes: the ends of paths tell them apart. */
export function PathText({ row }: { readonly row: Pick<SnapshotRow, 'path' | 'pathHex'> }): ReactElement {
  const path = pathText(row);
  const lastPart = path.lastIndexOf('/');
  const cut = lastPart <= 0 ? 0 : Math.max(0, path.lastIndexOf('/', lastPart - 1));
  return (
    <span className={styles.path}>
      <span className={styles.pathHead}>{path.slice(0, cut)}</span>
      <span className={styles.pathTail}>{path.slice(cut)}</span>
    </span>
  );
}

/** Shape, word and colour; other values than 0 and 1 are shown as they came. */
export function EnabledMark({ enabled }: { readonly enabled: number }): ReactElement {
  const text = useText();
  const isOn = enabled !== 0;
  return (
    <span className={styles.enabled} data-on={isOn}>
      <span aria-hidden>{isOn ? '●' : '○'}</span> {text(isOn ? 'cache:grid.on' : 'cache:grid.off')}
      {enabled > 1 ? ` ${enabled}` : ''}
    </span>
  );
}
