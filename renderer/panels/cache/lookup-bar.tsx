import { Search, X } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent, ReactElement } from 'react';
import type { SnapshotService } from '../../../shared/contract/snapshots.ts';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { cellText } from '../../components/shown-text.ts';
import { TextInput } from '../../components/text-input.tsx';
import { coreText } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { useCache } from '../../state/cache-slice.ts';
import { milliseconds } from './generation-head.tsx';
import { goToRow } from './cache-acts.ts';
import styles from './lookup-bar.module.css';
import { AppItems, CgroupItems } from './lookup-items.tsx';
import { LOOKUP_KINDS, askLookup } from './lookup.ts';
import type { Lookup, LookupAnswer } from './lookup.ts';
import { hashOf, pidsOf } from './typed-values.ts';

const KIND_ID = 'cache-lookup-kind';

/** `l`. */
export function focusLookup(): void {
  document.getElementById(KIND_ID)?.focus();
}

/** One question to the cache or to the lookup services beside it, with what it cost. */
export function LookupBar({ service }: { readonly service: SnapshotService }): ReactElement {
  const text = useText();
  const api = useApi();
  const shownNumber = useCache((slice) => (slice.headServiceId === service.id ? slice.head?.number : null));
  const [kind, setKind] = useState<Lookup['kind']>('cache');
  const [typed, setTyped] = useState({ hash: '', name: '', path: '', pid: '' });
  const [answer, setAnswer] = useState<LookupAnswer | null>(null);
  const lookup = lookupOf(kind, typed);
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (lookup === null) return;
    void askLookup(api, service.id, shownNumber ?? null, lookup).then(setAnswer);
  };
  const field = (name: keyof typeof typed, problem: string, hint = ''): ReactElement => (
    <TextInput
      isData
      className={styles[name] ?? ''}
      aria-label={text(`cache:lookup.${name}`)}
      placeholder={hint === '' ? text(`cache:lookup.${name}`) : hint}
      aria-invalid={problem !== ''}
      title={problem}
      value={typed[name]}
      onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
    />
  );
  const isBadHash = typed.hash !== '' && hashOf(typed.hash) === null;
  const isBadPid = typed.pid !== '' && pidsOf(typed.pid) === null;
  return (
    <div className={styles.bar}>
      <form className={styles.form} onSubmit={onSubmit} aria-label={text('cache:lookup.label')}>
        <select
          id={KIND_ID}
          className={styles.kind}
          aria-label={text('cache:lookup.kind')}
          value={kind}
          onChange={(event) => {
            setKind(LOOKUP_KINDS.find((other) => other === event.target.value) ?? 'cache');
            setAnswer(null);
          }}
        >
          {LOOKUP_KINDS.map((other) => (
            <option key={other} value={other}>
              {text(`cache:lookup.kinds.${other}`)}
            </option>
          ))}
        </select>
        {kind === 'cache'
          ? field('hash', isBadHash ? text('cache:lookup.hashInvalid') : '', text('cache:lookup.hashHint'))
          : null}
        {kind === 'cache' ? field('name', '') : null}
        {kind === 'cgroup' ? field('path', '', text('cache:lookup.pathHint')) : null}
        {kind === 'app' ? field('pid', isBadPid ? text('cache:lookup.pidInvalid') : '') : null}
        <Button type="submit" disabled={lookup === null}>
          <Search aria-hidden size="1em" /> {text('cache:lookup.run')}
        </Button>
        <Verdict answer={answer} />
      </form>
      <AnswerCard answer={answer} onClose={() => setAnswer(null)} />
    </div>
  );
}

function lookupOf(
  kind: Lookup['kind'],
  typed: { readonly hash: string; readonly name: string; readonly path: string; readonly pid: string },
): Lookup | null {
  const hash = hashOf(typed.hash);
  const pids = pidsOf(typed.pid);
  switch (kind) {
    case 'cache':
      // A name alone is enough; a hash alone is that of the empty name.
      if (hash === null && (typed.hash.trim() !== '' || typed.name === '')) return null;
      return { kind, hash, name: typed.name };
    case 'cgroup':
      return typed.path.trim() === '' ? null : { kind, paths: [typed.path.trim()] };
    case 'app':
      return pids === null ? null : { kind, pids };
  }
}

function microseconds(ns: number): string {
  return (ns / 1_000).toFixed(ns < 10_000 ? 2 : 1);
}

function costText(answer: LookupAnswer, text: TextFunction): string {
  if (answer.kind === 'cache')
    return text('cache:lookup.took', { us: microseconds(answer.result.lookupNs), number: answer.number });
  return answer.kind === 'failed'
    ? ''
    : text('cache:lookup.asked', { ms: milliseconds(answer.result.elapsedMs) });
}

function Verdict({ answer }: { readonly answer: LookupAnswer | null }): ReactElement {
  const text = useText();
  const row = answer?.kind === 'cache' ? answer.result.row : null;
  return (
    <span className={styles.verdict} role="status">
      {answer?.kind === 'failed' ? (
        <span className={styles.miss}>
          {text('cache:lookup.failed', {
            code: answer.failure.code,
            message: cellText(coreText(answer.failure.message)),
          })}
        </span>
      ) : null}
      {answer?.kind === 'cache' ? (
        <strong className={row === null ? styles.miss : styles.hit}>
          {row === null ? `✕ ${text('cache:lookup.miss')}` : `✓ ${text('cache:lookup.hit')}`}
        </strong>
      ) : null}
      {answer === null ? null : <span className={styles.cost}>{costText(answer, text)}</span>}
      {row === null ? null : (
        <Button look="quiet" onClick={() => goToRow(row.key)}>
          {text('cache:lookup.go')}
        </Button>
      )}
    </span>
  );
}

/** Over the list, so that nothing below moves. */
function AnswerCard({
  answer,
  onClose,
}: {
  readonly answer: LookupAnswer | null;
  readonly onClose: () => void;
}): ReactElement | null {
  const text = useText();
  if (answer?.kind !== 'cgroup' && answer?.kind !== 'app') return null;
  const service = answer.kind === 'cgroup' ? 'cgroups-lookup' : 'apps-lookup';
  return (
    <section
      className={styles.card}
      aria-label={text('cache:lookup.result', { service })}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <div className={styles.cardHead}>
        <h3>{text('cache:lookup.result', { service })}</h3>
        <IconButton icon={X} label={text('cache:lookup.close')} onClick={onClose} />
      </div>
      {answer.kind === 'cgroup' ? (
        <CgroupItems items={answer.result.items} />
      ) : (
        <AppItems items={answer.result.items} />
      )}
    </section>
  );
}
