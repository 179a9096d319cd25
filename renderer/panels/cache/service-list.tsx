import { Plus, X } from 'lucide-react';
import type { KeyboardEvent, ReactElement } from 'react';
import type { SnapshotService } from '../../../shared/contract/snapshots.ts';
import { Badge } from '../../components/badge.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Lamp } from '../../components/lamp.tsx';
import { cellText } from '../../components/shown-text.ts';
import { formatAgo } from '../../i18n/format-age.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { coreText } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { selectService } from '../../state/cache-session.ts';
import { useCache } from '../../state/cache-slice.ts';
import { useHello } from '../../state/hello-slice.ts';
import { useNow } from '../../state/now.ts';
import { useSettings, writeSettings } from '../../state/settings-slice.ts';
import { AddService } from './add-service.tsx';
import styles from './service-list.module.css';
import { LAMPS } from './service-words.ts';

const WATCH_ID = 'cache-watch';

/** From the palette: the same small window as the button's. */
export function openWatch(): void {
  document.getElementById(WATCH_ID)?.click();
}

/** All services with their lamps; one is shown. */
export function ServiceList(): ReactElement {
  const text = useText();
  const services = useCache((slice) => slice.services);
  const serviceId = useCache((slice) => slice.serviceId);
  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || services === null) return;
    event.preventDefault();
    const at = services.findIndex(({ id }) => id === serviceId);
    const next = services[Math.min(services.length - 1, Math.max(0, at + step))];
    if (next !== undefined) selectService(next.id);
  };
  return (
    <aside className={styles.panel} aria-label={text('cache:services.title')}>
      <div className={styles.head}>
        <h2 className={styles.title}>{text('cache:services.title')}</h2>
        <AddService trigger={<IconButton id={WATCH_ID} icon={Plus} label={text('cache:services.add')} />} />
      </div>
      <ul
        role="listbox"
        aria-label={text('cache:services.label')}
        aria-activedescendant={serviceId === null ? undefined : `service-${serviceId}`}
        tabIndex={0}
        className={styles.list}
        onKeyDown={onKeyDown}
      >
        {services?.map((service) => (
          <ServiceItem key={service.id} service={service} isShown={service.id === serviceId} />
        ))}
      </ul>
      <Remove />
    </aside>
  );
}

function ServiceItem({
  service,
  isShown,
}: {
  readonly service: SnapshotService;
  readonly isShown: boolean;
}): ReactElement {
  const text = useText();
  const { id, label, state, current, reason } = service;
  const age = useNow(({ nowMs }) => (current === null ? '' : formatAgo(nowMs - current.takenAtMs, text)));
  return (
    <li
      id={`service-${id}`}
      role="option"
      aria-selected={isShown}
      data-state={state}
      title={coreText(reason)}
      className={styles.service}
      onClick={() => selectService(id)}
    >
      <Lamp state={LAMPS[state]} />
      <span className={styles.label}>{cellText(coreText(label))}</span>
      <span className={styles.facts}>
        <span className={styles.state}>{text(`cache:state.${state}`)}</span> ·{' '}
        {current === null
          ? text('cache:services.never')
          : `${text('cache:services.items', { n: formatCount(current.items) })} · ${age}`}
      </span>
      {service.simulated ? (
        <span className={styles.badge}>
          <Badge tone="accent">{text('simulated')}</Badge>
        </span>
      ) : null}
    </li>
  );
}

/** Only what the operator added can be taken away again. */
function Remove(): ReactElement | null {
  const text = useText();
  const api = useApi();
  const service = useCache((slice) => slice.services?.find(({ id }) => id === slice.serviceId) ?? null);
  const added = useSettings(({ settings }) => settings.netipcServices);
  const isReadOnly = useHello((slice) => slice.hello?.profile.readOnly === true);
  if (service === null) return null;
  const others = added.filter(
    (other) => other.runFolder !== service.runFolder || other.service !== service.service,
  );
  if (others.length === added.length) return null;
  return (
    <button
      type="button"
      className={styles.remove}
      disabled={isReadOnly}
      onClick={() => void writeSettings(api, { netipcServices: [...others] })}
    >
      <X aria-hidden size="1em" />{' '}
      {text('cache:services.remove', { label: cellText(coreText(service.label)) })}
    </button>
  );
}
