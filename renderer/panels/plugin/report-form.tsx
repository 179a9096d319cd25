import type { ReactElement } from 'react';
import { TIME_UNITS, type PluginView } from '../../../shared/contract/plugin.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { Button } from '../../components/button.tsx';
import { Choice } from '../../components/choice.tsx';
import { KeyHint } from '../../components/key-hint.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { coreText } from '../../i18n/core-text.ts';
import { formatAgo } from '../../i18n/format-age.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { useHello } from '../../state/hello-slice.ts';
import { useNow } from '../../state/now.ts';
import { TOTAL_MAX, dataIdOf } from '../../state/plugin-form.ts';
import { canReport, isReporting } from '../../state/plugin-session.ts';
import { changeReport, usePlugin } from '../../state/plugin-slice.ts';
import { wholeNumber } from '../../state/whole-number.ts';
import { ContentEditor } from './content-editor.tsx';
import { FramePreview } from './frame-preview.tsx';
import { sendOrStart, stopReports } from './plugin-commands.ts';
import styles from './send-pane.module.css';

/** The same content again and again at a rate; nobody acknowledges it, so what counts are the numbers. */
export function ReportForm({ view }: { readonly view: PluginView }): ReactElement {
  const text = useText();
  const { dataId, perSecond, total, timeUnit, content } = usePlugin((slice) => slice.report);
  const rateMax = LIMITS.gsePluginReportsPerSecondMax;
  const bounds = { min: '1', max: formatCount(rateMax) };
  return (
    <div className={styles.form}>
      <div className={styles.fields}>
        <div className={styles.numbers}>
          <Number
            id="report-data-id"
            label={text('plugin:report.dataId')}
            value={dataId}
            wrong={dataIdOf(dataId) === null ? text('plugin:report.dataIdBad') : ''}
            onChange={(typed) => changeReport({ dataId: typed })}
          />
          <Number
            id="report-rate"
            label={text('plugin:report.perSecond')}
            value={perSecond}
            wrong={wholeNumber(perSecond, 1, rateMax) === null ? text('plugin:report.numberBad', bounds) : ''}
            onChange={(typed) => changeReport({ perSecond: typed })}
          />
          <Number
            id="report-total"
            label={text('plugin:report.total')}
            hint={text('plugin:report.totalHint')}
            value={total}
            wrong={
              total.trim() === '' || wholeNumber(total, 1, TOTAL_MAX) !== null
                ? ''
                : text('plugin:report.numberBad', { min: '1', max: formatCount(TOTAL_MAX) })
            }
            onChange={(typed) => changeReport({ total: typed })}
          />
        </div>
        <Choice
          label={text('plugin:report.timeUnit')}
          value={timeUnit}
          options={TIME_UNITS.map((unit) => ({
            value: unit,
            label: text(`plugin:report.timeUnits.${unit}`),
          }))}
          onChoose={(unit) => changeReport({ timeUnit: unit })}
        />
        <ContentEditor
          id="report-content"
          content={content}
          onChange={(next) => changeReport({ content: next })}
        />
        <FramePreview note={text('plugin:send.timeNote')} />
      </div>
      <Bar view={view} />
    </div>
  );
}

interface NumberProps {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly wrong: string;
  readonly onChange: (typed: string) => void;
}

function Number({ id, label, hint, value, wrong, onChange }: NumberProps): ReactElement {
  return (
    <div className={styles.number}>
      <label htmlFor={id}>{label}</label>
      <TextInput
        id={id}
        isData
        inputMode="numeric"
        placeholder={hint}
        aria-invalid={wrong !== ''}
        aria-describedby={`${id}-wrong`}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <span id={`${id}-wrong`} className={styles.bad}>
        {wrong}
      </span>
    </div>
  );
}

function Bar({ view }: { readonly view: PluginView }): ReactElement {
  const text = useText();
  const api = useApi();
  const isReadOnly = useHello((slice) => slice.hello?.profile.readOnly === true);
  const isReady = usePlugin(canReport) && !isReadOnly;
  const isRunning = usePlugin(isReporting);
  return (
    <div className={styles.bar}>
      <Run view={view} />
      {isRunning ? (
        <Button onClick={() => stopReports(api, text)}>{text('plugin:report.stop')}</Button>
      ) : (
        <Button look="primary" disabled={!isReady} onClick={() => sendOrStart(api, text)}>
          {text('plugin:report.start')} <KeyHint keys="Ctrl+Enter" />
        </Button>
      )}
    </div>
  );
}

function Run({ view: { report } }: { readonly view: PluginView }): ReactElement {
  const text = useText();
  const nowMs = useNow((slice) => slice.nowMs);
  if (report === null) return <p className={styles.result}>{text('plugin:report.none')}</p>;
  const { dataId, sent, failed, held, lastFailure, endedAtMs } = report;
  const values = { id: String(dataId), sent: formatCount(sent) };
  return (
    <div className={styles.result} data-outcome={failed > 0 ? 'not_sent' : 'sent'}>
      <p>
        {endedAtMs === null
          ? text('plugin:report.running', values)
          : text('plugin:report.over', { ...values, ago: formatAgo(nowMs - endedAtMs, text) })}
      </p>
      {failed === 0 ? null : (
        <p>{text('plugin:report.failed', { n: formatCount(failed), why: coreText(lastFailure) })}</p>
      )}
      {held === 0 ? null : <p>{text('plugin:report.held', { n: formatCount(held) })}</p>}
    </div>
  );
}
