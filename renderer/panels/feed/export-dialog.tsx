import { useEffect, useRef, useState } from 'react';
import type { ReactElement } from 'react';
import { EXPORT_FORMATS, type ExportProgress } from '../../../shared/contract/feed.ts';
import type { Failure } from '../../../shared/failure.ts';
import { Button } from '../../components/button.tsx';
import { Choice } from '../../components/choice.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Switch } from '../../components/switch.tsx';
import { WrittenFile } from '../../components/written-file.tsx';
import { failureText } from '../../i18n/core-text.ts';
import { formatBytes, formatCount } from '../../i18n/format-number.ts';
import { formatTime } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { useFilter } from '../../state/feed-filter.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { rangeOf, useTime } from '../../state/time-slice.ts';
import { setExportOpen, useView } from './feed-view-slice.ts';
import styles from './feed-panel.module.css';

type Run =
  | { readonly state: 'idle' }
  | { readonly state: 'running'; readonly progress: ExportProgress | null }
  | { readonly state: 'done'; readonly progress: ExportProgress }
  | { readonly state: 'failed'; readonly failure: Failure };
type Format = (typeof EXPORT_FORMATS)[number];

interface Exporting {
  readonly run: Run;
  readonly start: (format: Format, bodies: boolean) => void;
  readonly cancel: () => void;
}

/** Leaving cancels: a half-written file is taken away by the core. */
function useExport(): Exporting {
  const api = useApi();
  const [run, setRun] = useState<Run>({ state: 'idle' });
  const stop = useRef<() => void>(() => undefined);
  useEffect(() => () => stop.current(), []);
  const cancel = (): void => {
    stop.current();
    setRun({ state: 'idle' });
  };
  const start = (format: Format, bodies: boolean): void => {
    stop.current();
    const input = {
      filter: useFilter.getState().active,
      range: rangeOf(useTime.getState().time),
      format,
      bodies,
    };
    let last: ExportProgress | null = null;
    setRun({ state: 'running', progress: null });
    stop.current = api.subscribe('export.run', input, {
      onItems: (items) => {
        last = items.at(-1) ?? last;
        if (last !== null)
          setRun(last.done ? { state: 'done', progress: last } : { state: 'running', progress: last });
      },
      onEnd: (failure) => {
        if (failure !== null) setRun({ state: 'failed', failure });
      },
    });
  };
  return { run, start, cancel };
}

/** Writes what the filter and the range show into a file. */
export function ExportDialog(): ReactElement {
  const text = useText();
  const isOpen = useView((slice) => slice.isExportOpen);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={() => setExportOpen(false)}
      title={text('feed:export.title')}
      size="small"
    >
      <ExportForm />
    </Dialog>
  );
}

function ExportForm(): ReactElement {
  const text = useText();
  const { run, start, cancel } = useExport();
  const [format, setFormat] = useState<Format>('jsonl');
  const [bodies, setBodies] = useState(true);
  const isRunning = run.state === 'running';
  return (
    <div className={styles.export}>
      <What />
      <Choice
        label={text('feed:export.format')}
        value={format}
        options={EXPORT_FORMATS.map((value) => ({ value, label: text(`feed:export.formats.${value}`) }))}
        isDisabled={isRunning}
        onChoose={setFormat}
      />
      <Switch label={text('feed:export.bodies')} isOn={bodies} isDisabled={isRunning} onChange={setBodies} />
      <Outcome run={run} />
      <div className={styles.exportActs}>
        {isRunning ? (
          <Button onClick={cancel}>{text('cancel')}</Button>
        ) : (
          <Button look="primary" onClick={() => start(format, bodies)}>
            {text('feed:export.start')}
          </Button>
        )}
      </div>
    </div>
  );
}

function What(): ReactElement {
  const text = useText();
  const active = useFilter((slice) => slice.active);
  const time = useTime((slice) => slice.time);
  const zone = useSettings(({ settings }) => settings.timeZone);
  return (
    <p className={styles.note}>
      {active === '' ? text('feed:export.all') : text('feed:export.filtered')}{' '}
      {active === '' ? null : <code>{active}</code>}{' '}
      {time.mode === 'range'
        ? text('feed:export.range', { from: formatTime(time.fromMs, zone), to: formatTime(time.toMs, zone) })
        : null}
    </p>
  );
}

function Outcome({ run }: { readonly run: Run }): ReactElement | null {
  const text = useText();
  switch (run.state) {
    case 'idle':
      return null;
    case 'failed':
      return (
        <p className={styles.stale} role="alert">
          {failureText(run.failure)}
        </p>
      );
    case 'running':
      return (
        <div role="status">
          <progress
            className={styles.progress}
            aria-label={text('feed:export.title')}
            max={Math.max(1, run.progress?.rowsTotal ?? 1)}
            value={run.progress?.rowsScanned ?? 0}
          />
          <p>
            {text('feed:export.progress', {
              rows: formatCount(run.progress?.rowsWritten ?? 0),
              bytes: formatBytes(run.progress?.bytesWritten ?? 0),
            })}
          </p>
        </div>
      );
    case 'done':
      return <Done progress={run.progress} />;
  }
}

function Done({ progress }: { readonly progress: ExportProgress }): ReactElement {
  const text = useText();
  const { path, downloadPath, rowsWritten, bytesWritten } = progress;
  const words = text('feed:export.done', {
    rows: formatCount(rowsWritten),
    bytes: formatBytes(bytesWritten),
  });
  return <WrittenFile words={words} path={path} downloadPath={downloadPath} />;
}
