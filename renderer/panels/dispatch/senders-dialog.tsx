import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { create } from 'zustand';
import type { SignalboxApi } from '../../../shared/contract/api.ts';
import type { CallOutput } from '../../../shared/contract/contract.ts';
import type { Failure } from '../../../shared/failure.ts';
import { Button } from '../../components/button.tsx';
import { Choice } from '../../components/choice.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { cellText } from '../../components/shown-text.ts';
import { TextInput } from '../../components/text-input.tsx';
import { saidFailure } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { addTargets, sendersSince } from '../../state/dispatch-agents.ts';
import { openDispatchDialog, useDispatch } from '../../state/dispatch-slice.ts';
import styles from './senders-dialog.module.css';
import { sayFailure } from './try-send.ts';

const SINCE_MS = { hour: 3_600_000, day: 86_400_000, all: null } as const;
type Since = keyof typeof SINCE_MS;
const SINCE: readonly Since[] = ['hour', 'day', 'all'];

interface SendersSlice {
  readonly senders: CallOutput<'dispatch.targets.senders'>['senders'] | null;
  readonly failure: Failure | null;
}
const useSenders = create<SendersSlice>(() => ({ senders: null, failure: null }));

async function load(api: SignalboxApi, since: Since): Promise<void> {
  const lastMs = SINCE_MS[since];
  const result = await sendersSince(api, lastMs === null ? null : Date.now() - lastMs);
  useSenders.setState(
    result.ok ? { senders: result.value.senders, failure: null } : { senders: null, failure: result.failure },
  );
}

/** Agents that are known because they spoke: picked one by one, or all that a filter leaves. */
export function SendersDialog(): ReactElement {
  const text = useText();
  const isOpen = useDispatch((slice) => slice.dialog === 'senders');
  return (
    <Dialog isOpen={isOpen} title={text('dispatch:senders.title')} onClose={() => openDispatchDialog(null)}>
      <Senders />
    </Dialog>
  );
}

function Senders(): ReactElement {
  const text = useText();
  const api = useApi();
  const [since, setSince] = useState<Since>('day');
  const [filter, setFilter] = useState('');
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const senders = useSenders((slice) => slice.senders);
  const failure = useSenders((slice) => slice.failure);
  useEffect(() => void load(api, since), [api, since]);
  const shown = senders?.filter(({ agentId }) => agentId.includes(filter.trim())) ?? [];
  const isAll = shown.length > 0 && shown.every(({ agentId }) => picked.has(agentId));
  const pick = (ids: readonly string[], isOn: boolean): void => {
    const next = new Set(picked);
    for (const id of ids) {
      if (isOn) next.add(id);
      else next.delete(id);
    }
    setPicked(next);
  };
  const take = (): void =>
    void addTargets(api, [...picked], text('dispatch:senders.title')).then((found) => {
      sayFailure(found, text);
      if (found === null) openDispatchDialog(null);
    });
  return (
    <div className={styles.senders}>
      <p className={styles.note}>{text('dispatch:senders.why')}</p>
      <Choice
        label={text('dispatch:senders.since')}
        value={since}
        options={SINCE.map((value) => ({ value, label: text(`dispatch:senders.sinceChoices.${value}`) }))}
        onChoose={setSince}
      />
      <TextInput
        isData
        aria-label={text('dispatch:senders.filter')}
        placeholder={text('dispatch:senders.filter')}
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
      />
      {failure === null ? null : (
        <p role="alert" className={styles.bad}>
          {text('dispatch:failed', saidFailure(failure))}
        </p>
      )}
      {senders?.length === 0 ? (
        <EmptyState title={text('dispatch:senders.none')}>{text('dispatch:senders.noneWhy')}</EmptyState>
      ) : (
        <>
          <label className={styles.all}>
            <input
              type="checkbox"
              checked={isAll}
              disabled={shown.length === 0}
              onChange={() =>
                pick(
                  shown.map(({ agentId }) => agentId),
                  !isAll,
                )
              }
            />
            {text('dispatch:senders.all', { n: formatCount(shown.length) })}
          </label>
          <ul className={styles.list} tabIndex={0} aria-label={text('dispatch:senders.title')}>
            {shown.map(({ agentId, messages }) => (
              <li key={agentId}>
                <label className={styles.sender}>
                  <input
                    type="checkbox"
                    checked={picked.has(agentId)}
                    onChange={(event) => pick([agentId], event.target.checked)}
                  />
                  <code className={styles.id}>{cellText(agentId)}</code>
                  <span className={styles.note}>
                    {text('dispatch:senders.messages', { count: messages, n: formatCount(messages) })}
                  </span>
                </label>
              </li>
            ))}
          </ul>
        </>
      )}
      <div>
        <Button look="primary" disabled={picked.size === 0} onClick={take}>
          {text('dispatch:senders.take', { count: picked.size, n: formatCount(picked.size) })}
        </Button>
      </div>
    </div>
  );
}
