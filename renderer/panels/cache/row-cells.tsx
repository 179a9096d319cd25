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
