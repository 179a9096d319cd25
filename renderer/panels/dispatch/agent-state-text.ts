import type { TextFunction } from '../../i18n/i18n.ts';

const CODES = ['-2', '-1', '0', '1', '2', '3', '4', '5', '6', '7'] as const;

/** The word for a status code of a GSE server (docs/protocols/gse.md section 5.8); '' = it does not know the agent. */
export function agentStateText(statusCode: string, text: TextFunction): string {
  if (statusCode === '') return text('dispatch:agentState.absent');
  const known = CODES.find((code) => code === statusCode);
  return known === undefined
    ? text('dispatch:agentState.other', { code: statusCode })
    : text(`dispatch:agentState.${known}`);
}
