/** How the state of a connection and of an agent is put into words. */
import type { PluginSocketView, PluginView } from '../../../shared/contract/plugin.ts';
import { PLUGIN_STEPS, type PluginStep } from '../../../shared/contract/plugin.ts';
import type { TextFunction } from '../../i18n/i18n.ts';

type State = PluginSocketView['state'];

/** The worst of its sockets speaks for the connection. */
const WORST_FIRST: readonly State[] = ['failed', 'down', 'degraded', 'opening', 'up', 'off'];

export function stateOf({ sockets }: PluginView): State {
  return WORST_FIRST.find((state) => sockets.some((socket) => socket.state === state)) ?? 'off';
}

const STATUS_CODES = ['-1', '0', '1', '2', '3', '4', '5', '6', '7'] as const;

/** Word and number, then what the agent itself calls it where that says something else; a number nobody knows stays a number. */
export function statusWord(code: string, said: string, text: TextFunction): string {
  const known = STATUS_CODES.find((one) => one === code);
  if (known === undefined) return `${code} ${said}`.trim();
  const word = text(`plugin:status.${known}`);
  return said === '' || said === word ? `${word} (${code})` : `${word} (${code}) ${said}`;
}

export type StepState = 'done' | 'at' | 'broken' | 'later';

/** Where each step stands; nothing while it is off. */
export function stepsOf({
  step,
  state,
}: Pick<PluginSocketView, 'step' | 'state'>): { readonly step: PluginStep; readonly state: StepState }[] {
  if (state === 'off') return [];
  const at = step === null ? PLUGIN_STEPS.length : PLUGIN_STEPS.indexOf(step);
  const isBroken = state === 'failed' || state === 'down' || state === 'degraded';
  return PLUGIN_STEPS.map((one, index) => {
    if (index < at) return { step: one, state: 'done' };
    if (index > at) return { step: one, state: 'later' };
    return { step: one, state: isBroken ? 'broken' : 'at' };
  });
}
