import type { ReactElement, ReactNode } from 'react';
import type { CallOutput } from '../../../shared/contract/contract.ts';
import { cellText } from '../../components/shown-text.ts';
import { useText } from '../../i18n/i18n.ts';
import styles from './lookup-bar.module.css';

type CgroupItem = CallOutput<'snapshots.cgroups'>['items'][number];
type AppItem = CallOutput<'snapshots.apps'>['items'][number];
type Label = CgroupItem['labels'][number];

/** Answers of the cgroups-lookup service; status words are the wire's. */
export function CgroupItems({ items }: { readonly items: readonly CgroupItem[] }): ReactElement {
  const text = useText();
  if (items.length === 0) return <p>{text('cache:lookup.none')}</p>;
  return (
    <>
      {items.map((item) => (
        <dl key={item.path} className={styles.item}>
          <Line name={text('cache:lookup.path')}>{cellText(item.path)}</Line>
          <Line name={text('cache:lookup.status')}>{item.status}</Line>
          <Line name={text('cache:lookup.name')}>{cellText(item.name)}</Line>
          <Line name={text('cache:lookup.orchestrator')}>{item.orchestrator}</Line>
          <Labels labels={item.labels} />
        </dl>
      ))}
    </>
  );
}

/** Answers of the apps-lookup service. */
export function AppItems({ items }: { readonly items: readonly AppItem[] }): ReactElement {
  const text = useText();
  if (items.length === 0) return <p>{text('cache:lookup.none')}</p>;
  return (
    <>
      {items.map((item) => (
        <dl key={item.pid} className={styles.item}>
          <Line name={text('cache:lookup.pid')}>{item.pid}</Line>
          <Line name={text('cache:lookup.status')}>{item.status}</Line>
          <Line name={text('cache:lookup.comm')}>{cellText(item.comm)}</Line>
          <Line name={text('cache:lookup.ppid')}>{item.ppid}</Line>
          <Line name={text('cache:lookup.uid')}>{item.uid ?? ''}</Line>
          <Line name={text('cache:lookup.start')}>{item.startTime}</Line>
          <Line name={text('cache:lookup.cgroupStatus')}>{item.cgroupStatus}</Line>
          <Line name={text('cache:lookup.cgroup')}>{cellText(item.cgroupPath)}</Line>
          <Line name={text('cache:lookup.name')}>{cellText(item.cgroupName)}</Line>
          <Line name={text('cache:lookup.orchestrator')}>{item.orchestrator}</Line>
          <Labels labels={item.labels} />
        </dl>
      ))}
    </>
  );
}

function Line({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ReactNode;
}): ReactElement | null {
  if (children === '' || children === null) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Labels({ labels }: { readonly labels: readonly Label[] }): ReactElement {
  const text = useText();
  return (
    <>
      <dt>{text('cache:lookup.labels')}</dt>
      <dd>
        {labels.length === 0 ? text('cache:lookup.noLabels') : null}
        {labels.map(({ key, value }) => (
          <span key={`${key}=${value}`} className={styles.label}>
            {cellText(key)}={cellText(value)}
          </span>
        ))}
      </dd>
    </>
  );
}
