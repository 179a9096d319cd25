import type { ReactElement, ReactNode } from 'react';
import type { PluginSocketView, PluginView } from '../../../shared/contract/plugin.ts';
import { Badge } from '../../components/badge.tsx';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { Lamp } from '../../components/lamp.tsx';
import { cellText } from '../../components/shown-text.ts';
import { coreText } from '../../i18n/core-text.ts';
import { formatAge, formatAgo } from '../../i18n/format-age.ts';
import { formatBytes, formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { changeForm, showJob, useDispatch } from '../../state/dispatch-slice.ts';
import { useHello } from '../../state/hello-slice.ts';
import { useNow } from '../../state/now.ts';
import { formOfPlugin } from '../../state/plugin-form.ts';
import { actOnPlugin, removePlugin } from '../../state/plugin-session.ts';
import { editPlugin } from '../../state/plugin-slice.ts';
import { sentences } from '../dispatch/sentences.ts';
import { sayFailure } from '../dispatch/try-send.ts';
import { keepaliveNow } from './plugin-commands.ts';
import { Steps } from './connection-steps.tsx';
import styles from './connection-head.module.css';
import { statusWord } from './plugin-words.ts';

/** Who we are, whom we are connected to and how it stands, and what can be done with the connection. */
export function ConnectionHead({ view }: { readonly view: PluginView }): ReactElement {
  const text = useText();
  const { plugin, simulated, locked, sockets } = view;
  const kind = useDispatch(
    ({ profiles }) => profiles?.find(({ profile }) => profile.id === plugin.profileId)?.profile.kind,
  );
  return (
    <section className={styles.head} data-kind={kind} aria-label={text('plugin:head.label')}>
      <div className={styles.line}>
        <h2 className={styles.name}>{cellText(plugin.pluginName)}</h2>
        <span className={styles.version}>{cellText(plugin.pluginVersion)}</span>
        {simulated ? <Badge tone="accent">{text('simulated')}</Badge> : null}
        {plugin.answer.mode === 'off' ? null : <Badge tone="warn">{text('plugin:list.answers')}</Badge>}
        {plugin.sdkExact ? <Badge>SDK</Badge> : null}
        <span className={styles.spring} />
        <Acts view={view} />
      </div>
      {locked === '' ? null : (
        <Banner tone="warn">{text('plugin:head.locked', { why: cellText(coreText(locked)) })}</Banner>
      )}
      {sockets.map((socket) => (
        <Socket key={socket.kind} socket={socket} />
      ))}
      <Facts view={view} />
    </section>
  );
}

function Acts({ view }: { readonly view: PluginView }): ReactElement {
  const text = useText();
  const api = useApi();
  const isReadOnly = useHello((slice) => slice.hello?.profile.readOnly === true);
  const { plugin, wanted, locked, agent } = view;
  const isLocked = isReadOnly || locked !== '';
  const act = (action: 'connect' | 'disconnect'): void =>
    void actOnPlugin(api, plugin.id, action).then((failure) => sayFailure(failure, text));
  const dispatchTo = (agentId: string): void => {
    changeForm({ targetsText: agentId, ...(plugin.profileId === '' ? {} : { profileId: plugin.profileId }) });
    showJob(null);
  };
  return (
    <>
      {agent === null ? null : (
        <Button onClick={() => dispatchTo(agent.agentId)}>{text('plugin:head.toDispatch')}</Button>
      )}
      {wanted ? (
        <Button disabled={isLocked || !isAnyConnected(view)} onClick={() => keepaliveNow(api, text)}>
          {text('plugin:head.keepalive')}
        </Button>
      ) : null}
      <Button disabled={isReadOnly} onClick={() => editPlugin(formOfPlugin(plugin))}>
        {text('plugin:head.edit')}
      </Button>
      {wanted ? null : (
        <Button
          disabled={isReadOnly}
          onClick={() => void removePlugin(api, plugin.id).then((failure) => sayFailure(failure, text))}
        >
          {text('plugin:head.remove')}
        </Button>
      )}
      {wanted ? (
        <Button onClick={() => act('disconnect')}>{text('plugin:head.disconnect')}</Button>
      ) : (
        <Button look="primary" disabled={isLocked} onClick={() => act('connect')}>
          {text('plugin:head.connect')}
        </Button>
      )}
    </>
  );
}

function isAnyConnected({ sockets }: PluginView): boolean {
  return sockets.some(({ state, step }) => state === 'up' || state === 'degraded' || step === 'answer');
}

function Socket({ socket }: { readonly socket: PluginSocketView }): ReactElement {
  const text = useText();
  const nowMs = useNow((slice) => slice.nowMs);
  const { kind, state, address, sinceMs, reason, fix } = socket;
  return (
    <div className={styles.socket} data-state={state}>
      <div className={styles.line}>
        <Lamp state={state} />
        <span className={styles.kind}>{text(`plugin:head.${kind}`)}</span>
        <span className={styles.state}>{text(`links.state.${state}`)}</span>
        <span className={styles.quiet}>
          {text('plugin:head.since', { age: formatAge(nowMs - sinceMs, text) })}
        </span>
        <Tries socket={socket} nowMs={nowMs} />
        <span className={styles.address} title={address}>
          {cellText(address)}
        </span>
        <span className={styles.spring} />
        <Steps socket={socket} label={`${text('plugin:steps.label')}: ${text(`plugin:head.${kind}`)}`} />
      </div>
      {reason === '' || state === 'off' ? null : (
        <p className={styles.why}>
          {sentences(cellText(coreText(reason)))} <strong>{sentences(cellText(coreText(fix)))}</strong>
        </p>
      )}
    </div>
  );
}

function Tries({
  socket,
  nowMs,
}: {
  readonly socket: PluginSocketView;
  readonly nowMs: number;
}): ReactElement | null {
  const text = useText();
  const { state, dials, nextDialAtMs } = socket;
  if (state !== 'failed' && state !== 'down') return null;
  const left = nextDialAtMs === null ? 0 : Math.ceil((nextDialAtMs - nowMs) / 1_000);
  return (
    <span className={styles.tries}>
      · {text('plugin:head.tries', { count: dials, n: formatCount(dials) })} ·{' '}
      {left > 0 ? text('plugin:head.nextIn', { n: String(left) }) : text('plugin:head.nextNow')}
    </span>
  );
}

function Facts({ view }: { readonly view: PluginView }): ReactElement {
  const text = useText();
  const { agent, sockets, uplinks } = view;
  const nowMs = useNow((slice) => slice.nowMs);
  const sum = (of: (socket: PluginSocketView) => number): number =>
    sockets.reduce((total, socket) => total + of(socket), 0);
  const refused = sockets.flatMap((socket) => socket.refused);
  return (
    <dl className={styles.facts} data-stale={agent?.stale === true}>
      <Fact name={text('plugin:head.agent')}>
        {agent === null ? text('plugin:head.noAgent') : cellText(agent.agentId)}
      </Fact>
      {agent === null ? null : (
        <>
          <Fact name={text('plugin:head.version')}>{cellText(agent.version)}</Fact>
          <Fact name={text('plugin:head.cloud')}>{agent.cloudId}</Fact>
          <Fact name={text('plugin:head.runMode')}>
            {text(agent.runMode === '0' ? 'plugin:head.runModes.proxy' : 'plugin:head.runModes.agent')} (
            {agent.runMode})
          </Fact>
          <Fact name={text('plugin:head.status')}>
            {statusWord(agent.statusCode, cellText(agent.status), text)}
          </Fact>
          <Fact name={text('plugin:head.answer')}>
            {formatAgo(nowMs - agent.receivedAtMs, text)}
            {agent.stale ? <span className={styles.old}> · {text('plugin:head.old')}</span> : null}
          </Fact>
        </>
      )}
      <Fact name={text('plugin:head.frames')}>
        {formatCount(sum(({ framesIn }) => framesIn))} / {formatCount(sum(({ framesOut }) => framesOut))}
      </Fact>
      <Fact name={text('plugin:head.bytes')}>
        {formatBytes(sum(({ bytesIn }) => bytesIn))} / {formatBytes(sum(({ bytesOut }) => bytesOut))}
      </Fact>
      <Fact name={text('plugin:head.connections')}>{formatCount(sum(({ connections }) => connections))}</Fact>
      <Fact name={text('plugin:head.refused')}>
        {refused.length === 0
          ? text('plugin:head.refusedNone')
          : refused.map(({ code, count }) => `${code} ${formatCount(count)}`).join(', ')}
      </Fact>
      <Fact name={text('plugin:head.uplinks')}>
        {text('plugin:head.uplinksValue', {
          sent: formatCount(uplinks.sent),
          notSent: formatCount(uplinks.notSent),
          unknown: formatCount(uplinks.unknown),
        })}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
