import { ChevronLeft, ChevronRight, Pause, Play, RefreshCw } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import type { GenerationHead, SnapshotService } from '../../../shared/contract/snapshots.ts';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Lamp } from '../../components/lamp.tsx';
import { cellText } from '../../components/shown-text.ts';
import { formatAge, formatAgo } from '../../i18n/format-age.ts';
import { formatBytes, formatCount } from '../../i18n/format-number.ts';
import { formatTime } from '../../i18n/format-time.ts';
import { coreText } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { stepGeneration } from '../../state/cache-session.ts';
import { useCache } from '../../state/cache-slice.ts';
import { useHello } from '../../state/hello-slice.ts';
import { useNow } from '../../state/now.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { goLive, useTime } from '../../state/time-slice.ts';
import { GenerationRange } from './generation-range.tsx';
import styles from './generation-head.module.css';
import { LAMPS } from './service-words.ts';
import { useServiceAct } from './use-service-act.ts';

const INTERVALS_MS = [250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000];

/** What is shown, how old it is, when it is asked for again, and the way through what is kept. */
export function GenerationHeader({ service }: { readonly service: SnapshotService }): ReactElement {
  const text = useText();
  const head = useCache((slice) => (slice.headServiceId === service.id ? slice.head : null));
  return (
    <section className={styles.head} aria-label={text('cache:head.label')}>
      <div className={styles.line}>
        <span className={styles.service} data-state={service.state}>
          <Lamp state={LAMPS[service.state]} />
          <strong className={styles.label}>{cellText(coreText(service.label))}</strong>
          <span className={styles.state}>{text(`cache:state.${service.state}`)}</span>
        </span>
        <code className={styles.path} title={`${service.runFolder}/${service.service}.sock`}>
          {cellText(`${service.runFolder}/${service.service}.sock`)}
        </code>
        <Controls service={service} />
      </div>
      <div className={styles.line}>
        <dl className={styles.facts}>
          <Facts service={service} head={head} />
        </dl>
        {head === null ? null : <Steps service={service} head={head} />}
      </div>
    </section>
  );
}

function Facts({
  service,
  head,
}: {
  readonly service: SnapshotService;
  readonly head: GenerationHead | null;
}): ReactElement {
  const text = useText();
  const nowMs = useNow((slice) => slice.nowMs);
  const zone = useSettings(({ settings }) => settings.timeZone);
  const isNewest = head !== null && head.number === service.current?.number;
  const takenAtMs = isNewest ? (service.current?.takenAtMs ?? 0) : (head?.takenAtMs ?? 0);
  const none = text('cache:head.nextNone');
  return (
    <>
      <Fact name={text('cache:head.number')} isStrong>
        {head === null ? none : `#${head.number}`}
      </Fact>
      <Fact name={text('cache:head.items')} isStrong>
        {head === null ? none : formatCount(head.items)}
      </Fact>
      <Fact
        name={text('cache:head.age')}
        {...(head === null ? {} : { title: formatTime(takenAtMs, zone) })}
        isBad={isNewest && service.state !== 'ready'}
      >
        {head === null ? none : formatAgo(nowMs - takenAtMs, text)}
      </Fact>
      <Fact name={text('cache:head.next')}>{nextText(service, nowMs, text)}</Fact>
      <Fact name={text('cache:head.transport')}>{transportText(service, text)}</Fact>
      <Fact name={text('cache:head.took')}>
        {head === null
          ? none
          : `${text('cache:head.ms', { n: milliseconds(head.refreshMs) })} · ${formatBytes(head.payloadBytes)}`}
      </Fact>
      <Fact name={text('cache:head.provider')}>{head === null ? none : head.generation}</Fact>
      <Fact name={text('cache:head.refreshes')} isBad={service.failuresInRow > 0}>
        {`${formatCount(service.refreshes)} · ${text('cache:head.failures', { n: formatCount(service.failures) })}`}
      </Fact>
    </>
  );
}

function Fact({
  name,
  title,
  isStrong = false,
  isBad = false,
  children,
}: {
  readonly name: string;
  readonly title?: string;
  readonly isStrong?: boolean;
  readonly isBad?: boolean;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <div className={styles.fact} title={title} data-strong={isStrong} data-bad={isBad}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function milliseconds(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}

export function nextText(service: SnapshotService, nowMs: number, text: TextFunction): string {
  if (service.paused) return text('cache:head.nextPaused');
  if (service.refreshing) return text('cache:head.refreshing');
  if (service.nextRefreshAtMs === null) return text('cache:head.nextNone');
  const aheadMs = service.nextRefreshAtMs - nowMs;
  // Whole seconds are all that a clock of one tick a second can tell.
  return aheadMs < 1_000
    ? text('cache:head.nextNow')
    : text('cache:head.nextIn', { age: formatAge(aheadMs, text) });
}

function transportText({ transport }: SnapshotService, text: TextFunction): string {
  if (transport === null) return text('cache:head.noTransport');
  return text(transport === 'socket' ? 'cache:head.socket' : 'cache:head.sharedMemory');
}

function Controls({ service }: { readonly service: SnapshotService }): ReactElement {
  const text = useText();
  const act = useServiceAct(service);
  const isBusy = useCache((slice) => slice.busyServiceId === service.id);
  const isReadOnly = useHello((slice) => slice.hello?.profile.readOnly === true);
  const isDisabled = isReadOnly || service.state === 'addon_missing';
  const intervals = [...new Set([...INTERVALS_MS, service.intervalMs])].toSorted((a, b) => a - b);
  return (
    <div className={styles.controls}>
      <Button disabled={isDisabled || isBusy} onClick={() => act('refresh')} title="r">
        <RefreshCw aria-hidden size="1em" /> {text('cache:head.refresh')}
      </Button>
      <IconButton
        icon={service.paused ? Play : Pause}
        label={text(service.paused ? 'cache:head.resume' : 'cache:head.pause')}
        look="plain"
        disabled={isDisabled}
        onClick={() => act(service.paused ? 'resume' : 'pause')}
      />
      <select
        className={styles.select}
        aria-label={text('cache:head.interval')}
        value={service.intervalMs}
        disabled={isDisabled}
        onChange={(event) => act('interval', Number(event.target.value))}
      >
        {intervals.map((ms) => (
          <option key={ms} value={ms}>
            {text('cache:head.every', {
              age: ms < 1_000 ? text('cache:head.ms', { n: ms }) : formatAge(ms, text),
            })}
          </option>
        ))}
      </select>
    </div>
  );
}

function Steps({
  service,
  head,
}: {
  readonly service: SnapshotService;
  readonly head: GenerationHead;
}): ReactElement {
  const text = useText();
  const isLive = useTime(({ time }) => time.mode === 'live');
  return (
    <div className={styles.steps}>
      <span className={styles.kept}>{text('cache:head.kept', { n: service.generations.length })}</span>
      <IconButton
        icon={ChevronLeft}
        label={text('cache:head.previous')}
        keys="["
        disabled={service.generations[0]?.number === head.number}
        onClick={() => stepGeneration(-1)}
      />
      <GenerationRange heads={service.generations} shownNumber={head.number} />
      <IconButton
        icon={ChevronRight}
        label={text('cache:head.nextGeneration')}
        keys="]"
        disabled={isLive}
        onClick={() => stepGeneration(1)}
      />
      <Button className={styles.live} disabled={isLive} onClick={goLive} title="End">
        {text('cache:head.live')}
      </Button>
    </div>
  );
}
