import type { ReactElement, ReactNode } from 'react';
import type { SnapshotService } from '../../../shared/contract/snapshots.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { shellQuote } from '../../../shared/shell-quote.ts';
import { cellText } from '../../components/shown-text.ts';
import { coreText, failureText } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { setCacheFilter, useCacheFilter } from '../../state/cache-filter.ts';
import { useCache } from '../../state/cache-slice.ts';
import { openDialog } from '../../state/dialogs-slice.ts';
import { useNow } from '../../state/now.ts';
import { AddService } from './add-service.tsx';
import styles from './cache-empty.module.css';
import { nextText } from './generation-head.tsx';
import { useServiceAct } from './use-service-act.ts';

/** No service at all. */
export function NoServices(): ReactElement {
  const text = useText();
  const services = useCache((slice) => slice.services);
  if (services === null) return <EmptyState title={text('loading')} />;
  return (
    <EmptyState
      title={text('cache:services.none')}
      actions={<AddService trigger={<Button look="primary">{text('cache:services.add')}</Button>} />}
    >
      {text('cache:services.noneWhy')}
    </EmptyState>
  );
}

/** Instead of rows: what is the matter with the service, why, and what can be done now. */
export function ServiceEmpty({ service }: { readonly service: SnapshotService }): ReactElement {
  const text = useText();
  const label = cellText(coreText(service.label));
  const { state, reason } = service;
  return (
    <EmptyState title={text(`cache:empty.${state}`, { label })} actions={<Actions service={service} />}>
      <Why service={service} />
      {reason === '' ? null : <p className={styles.reason}>{cellText(coreText(reason))}</p>}
      {state === 'ready' || state === 'opening' ? null : (
        <p>{text(state === 'failed' ? 'cache:empty.failedFix' : `cache:empty.fix.${state}`)}</p>
      )}
      {state === 'addon_missing' ? null : (
        <p>
          <code className={styles.where}>
            {text('cache:empty.where', { path: cellText(`${service.runFolder}/${service.service}.sock`) })}
          </code>
        </p>
      )}
    </EmptyState>
  );
}

function Why({ service }: { readonly service: SnapshotService }): ReactElement | null {
  const text = useText();
  const next = useNow(({ nowMs }) => nextText(service, nowMs, text));
  switch (service.state) {
    case 'absent':
      return <p>{text('cache:empty.absentWhy', { next })}</p>;
    case 'lost':
      return <p>{text('cache:empty.lostWhy', { next })}</p>;
    case 'auth_failed':
      return <p>{text('cache:empty.authWhy', { next })}</p>;
    case 'incompatible':
      return <p>{text('cache:empty.incompatibleWhy', { next })}</p>;
    case 'failed':
      return <p>{text('cache:empty.failedWhy', { next })}</p>;
    case 'addon_missing':
      return <p>{text('cache:empty.addonWhy')}</p>;
    case 'ready':
      return service.current === null ? null : (
        <p>{text('cache:empty.readyWhy', { number: service.current.number })}</p>
      );
    case 'opening':
      return null;
  }
}

function Actions({ service }: { readonly service: SnapshotService }): ReactNode {
  const text = useText();
  const act = useServiceAct(service);
  const isBusy = useCache((slice) => slice.busyServiceId === service.id);
  const again = (
    <Button look="primary" disabled={isBusy} onClick={() => act('refresh')}>
      {text('cache:empty.tryNow')}
    </Button>
  );
  switch (service.state) {
    case 'addon_missing':
      return (
        <Button look="primary" onClick={() => openDialog('diagnostics')}>
          {text('cache:empty.diagnostics')}
        </Button>
      );
    case 'auth_failed':
    case 'incompatible':
      return (
        <Button look="primary" disabled={isBusy} onClick={() => act('reconnect')}>
          {text('cache:empty.reconnect')}
        </Button>
      );
    case 'absent':
    case 'lost':
      return (
        <>
          {again}
          <CopyButton
            label={text('cache:empty.copyServe')}
            value={() => `signalbox netipc serve --run ${shellQuote(service.runFolder)}`}
          />
        </>
      );
    case 'opening':
      return null;
    case 'ready':
    case 'failed':
      return again;
  }
}

/** Rows are there, but none matches. */
export function NoMatch({
  number,
  total,
}: {
  readonly number: number;
  readonly total: number;
}): ReactElement {
  const text = useText();
  const active = useCacheFilter((slice) => slice.active);
  return (
    <EmptyState
      title={text('cache:empty.noMatch')}
      actions={
        <Button look="primary" onClick={() => setCacheFilter('')}>
          {text('cache:empty.clearFilter')}
        </Button>
      }
    >
      <code className={styles.where}>{active}</code>
      <p>{text('cache:empty.noMatchWhy', { number, count: total, n: formatCount(total) })}</p>
    </EmptyState>
  );
}

export function LoadFailed(): ReactElement | null {
  const text = useText();
  const failure = useCache((slice) => slice.failure);
  if (failure === null) return null;
  return <EmptyState title={text('cache:empty.loadFailed')}>{failureText(failure)}</EmptyState>;
}
