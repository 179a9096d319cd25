import { useState } from 'react';
import type { ReactElement } from 'react';
import { create } from 'zustand';
import type { CallOutput } from '../../../shared/contract/contract.ts';
import { EXPORT_FORMATS } from '../../../shared/contract/feed.ts';
import type { SnapshotService } from '../../../shared/contract/snapshots.ts';
import type { Failure } from '../../../shared/failure.ts';
import { Button } from '../../components/button.tsx';
import { Choice } from '../../components/choice.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { WrittenFile } from '../../components/written-file.tsx';
import { failureText } from '../../i18n/core-text.ts';
import { formatBytes, formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { useCacheFilter } from '../../state/cache-filter.ts';
import { useCache } from '../../state/cache-slice.ts';
import styles from './export-rows.module.css';

const useExportOpen = create<{ readonly isOpen: boolean }>(() => ({ isOpen: false }));

export function openExport(isOpen: boolean): void {
  useExportOpen.setState({ isOpen });
}

type Outcome =
  | { readonly state: 'idle' | 'running' }
  | { readonly state: 'done'; readonly written: CallOutput<'snapshots.export'> }
  | { readonly state: 'failed'; readonly failure: Failure };

/** Writes the rows of the shown generation that the filter lets through into a file. */
export function ExportRows({ service }: { readonly service: SnapshotService }): ReactElement {
  const text = useText();
  const isOpen = useExportOpen((slice) => slice.isOpen);
  return (
    <Dialog isOpen={isOpen} onClose={() => openExport(false)} title={text('cache:export.title')} size="small">
      <ExportForm serviceId={service.id} />
    </Dialog>
  );
}

function ExportForm({ serviceId }: { readonly serviceId: string }): ReactElement {
  const text = useText();
  const api = useApi();
  const number = useCache((slice) => slice.head?.number ?? null);
  const filter = useCacheFilter((slice) => slice.active);
  const [format, setFormat] = useState<(typeof EXPORT_FORMATS)[number]>('jsonl');
  const [outcome, setOutcome] = useState<Outcome>({ state: 'idle' });
  const start = (): void => {
    setOutcome({ state: 'running' });
    void api
      .call('snapshots.export', { serviceId, generationNumber: number, filter, format })
      .then((result) =>
        setOutcome(
          result.ok ? { state: 'done', written: result.value } : { state: 'failed', failure: result.failure },
        ),
      );
  };
  const words =
    filter === ''
      ? text('cache:export.all', { number: number ?? 0 })
      : text('cache:export.filtered', { number: number ?? 0 });
  return (
    <div className={styles.form}>
      <p className={styles.note}>
        {words} {filter === '' ? null : <code>{filter}</code>}
      </p>
      <Choice
        label={text('feed:export.format')}
        value={format}
        options={EXPORT_FORMATS.map((value) => ({ value, label: text(`feed:export.formats.${value}`) }))}
        onChoose={setFormat}
      />
      <Result outcome={outcome} />
      <Button look="primary" disabled={number === null || outcome.state === 'running'} onClick={start}>
        {text('feed:export.start')}
      </Button>
    </div>
  );
}

function Result({ outcome }: { readonly outcome: Outcome }): ReactElement | null {
  const text = useText();
  if (outcome.state === 'failed') {
    return (
      <p className={styles.failed} role="alert">
        {failureText(outcome.failure)}
      </p>
    );
  }
  if (outcome.state !== 'done') return null;
  const { path, downloadPath, rowsWritten, bytesWritten } = outcome.written;
  const words = text('cache:export.done', {
    rows: formatCount(rowsWritten),
    bytes: formatBytes(bytesWritten),
  });
  return <WrittenFile words={words} path={path} downloadPath={downloadPath} />;
}
