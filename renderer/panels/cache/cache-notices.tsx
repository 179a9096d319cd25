import type { ReactElement, ReactNode } from 'react';
import { TriangleAlert } from 'lucide-react';
import type { SnapshotService } from '../../../shared/contract/snapshots.ts';
import { Button } from '../../components/button.tsx';
import { cellText } from '../../components/shown-text.ts';
import { coreText } from '../../i18n/core-text.ts';
import { formatAge, formatAgo } from '../../i18n/format-age.ts';
import { useText } from '../../i18n/i18n.ts';
import { useCache } from '../../state/cache-slice.ts';
import { useNow } from '../../state/now.ts';
import { goLive } from '../../state/time-slice.ts';
import styles from './cache-notices.module.css';
import { useServiceAct } from './use-service-act.ts';

/**
 * What makes the rows above other than they seem: old, frozen, forgotten, cut off from the core. Below them,
 * so that they stay where they are when a notice comes.
 */
export function CacheNotices({ service }: { readonly service: SnapshotService }): ReactElement {
  return (
    <div className={styles.notices}>
      <Stale />
      <Failing service={service} />
      <Forgotten service={service} />
    </div>
  );
}

function Notice({
  tone,
  actions,
  children,
}: {
  readonly tone: 'warn' | 'info';
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <div className={styles.notice} data-tone={tone} role="status">
      {tone === 'warn' ? <TriangleAlert aria-hidden size="1rem" /> : null}
      <span className={styles.words}>{children}</span>
      {actions}
    </div>
  );
}

function Stale(): ReactElement | null {
  const text = useText();
  const sinceMs = useCache((slice) => slice.staleSinceMs);
  const nowMs = useNow((slice) => slice.nowMs);
  if (sinceMs === null) return null;
  return (
    <Notice tone="warn">{text('cache:services.stale', { age: formatAge(nowMs - sinceMs, text) })}</Notice>
  );
}

/** "Showing generation 41 from 2 min ago; refresh failed 6×: …" */
function Failing({ service }: { readonly service: SnapshotService }): ReactElement | null {
  const text = useText();
  const act = useServiceAct(service);
  const nowMs = useNow((slice) => slice.nowMs);
  const { current, state } = service;
  const isShown = useCache((slice) => slice.head?.number === service.current?.number);
  if (current === null || state === 'ready' || state === 'opening') return null;
  const isRefused = state === 'auth_failed' || state === 'incompatible';
  const words = text(isShown ? 'cache:notice.failing' : 'cache:notice.failingOther', {
    number: current.number,
    ago: formatAgo(nowMs - current.takenAtMs, text),
    n: service.failuresInRow,
    reason: cellText(coreText(service.reason === '' ? service.lastError : service.reason)),
  });
  return (
    <Notice
      tone="warn"
      actions={
        <Button onClick={() => act(isRefused ? 'reconnect' : 'refresh')}>
          {text(isRefused ? 'cache:empty.reconnect' : 'cache:empty.tryNow')}
        </Button>
      }
    >
      {words} <span className={styles.fix}>{text(`cache:empty.fix.${state}`)}</span>
    </Notice>
  );
}

function Forgotten({ service }: { readonly service: SnapshotService }): ReactElement | null {
  const text = useText();
  const head = useCache((slice) => (slice.headServiceId === service.id ? slice.head : null));
  const isForgotten = useCache((slice) => slice.isForgotten);
  const failure = useCache((slice) => (slice.status === 'failed' ? slice.failure : null));
  const newest = service.current?.number;
  if (head === null) return null;
  if (failure !== null) {
    const { code, message } = failure;
    return (
      <Notice tone="warn">
        {text('cache:notice.loadFailed', { number: newest ?? head.number, code, message })}
      </Notice>
    );
  }
  const live = <Button onClick={goLive}>{text('cache:head.live')}</Button>;
  if (isForgotten) {
    return (
      <Notice tone="warn" actions={live}>
        {text('cache:notice.forgotten', { number: head.number })}
      </Notice>
    );
  }
  return null;
}
