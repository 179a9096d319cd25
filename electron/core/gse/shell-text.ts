/** Commands an operator can paste into a POSIX shell. Secrets are named by variables and reach curl on its stdin: arguments can be read by all. Pure. */
import type { GseProfile } from '../../../shared/contract/dispatch.ts';
import { SECRET_TEXT } from '../../../shared/secret.ts';

/** Larger bodies are told to be read from a file. */
const BODY_IN_COMMAND_BYTES_MAX = 64 * 1024;
const TOKEN_VARIABLE = '$GSE_SLOT_TOKEN';
const SECRET_VARIABLE = '$GSE_APP_SECRET';

export function shellQuoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** `body` holds SECRET_TEXT where the token is. */
export function curlCommand(url: string, profile: GseProfile, hasAuth: boolean, body: Buffer): string {
  const lines = [`url = ${configText(url)}`, `header = ${configText('Content-Type: application/json')}`];
  if (profile.tenantId !== '') lines.push(`header = ${configText(`X-Bk-Tenant-Id: ${profile.tenantId}`)}`);
  if (hasAuth && profile.appCode !== '') {
    const value = `X-Bkapi-Authorization: {"bk_app_code": ${JSON.stringify(profile.appCode)}, "bk_app_secret": "${SECRET_TEXT}"}`;
    lines.push(`header = ${configText(value).replace(SECRET_TEXT, () => SECRET_VARIABLE)}`);
  }
  if (body.length > BODY_IN_COMMAND_BYTES_MAX) lines.push(`data-binary = ${configText('@body.json')}`);
  else
    lines.push(
      `data-binary = ${configText(body.toString('utf8')).replace(SECRET_TEXT, () => TOKEN_VARIABLE)}`,
    );
  return ['curl --silent --show-error --config - <<CURL', ...lines, 'CURL'].join('\n');
}

/** A quoted value of a curl configuration, inside a here-document in which the shell expands variables. */
function configText(text: string): string {
  const quoted = text
    .replaceAll(/[\\"]/g, (found) => `\\${found}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return `"${quoted.replaceAll(/[\\$`]/g, (found) => `\\${found}`)}"`;
}
