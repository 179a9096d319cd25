// Texts of the original's errors ⇒ the class ours must have: docs/protocols/gse.md section 8.
import { InvalidResponseError } from '../../../electron/protocols/gse/dispatch-client.ts';
import { GseJsonError, InvalidConfigError } from '../../../electron/protocols/gse/errors.ts';
import { HttpStatusError, TransportError } from '../../../electron/protocols/gse/gateway-http.ts';
import { expectSame, expectThat, show } from '../case-run.ts';

/** Words of Go's decoder. */
const JSON_TEXT = /^(?:json: |invalid character |unexpected end of JSON input)/;
/** Nothing can be sent at all. */
const NOT_SENT_TEXT =
  /^parse |invalid header field |unsupported protocol scheme|no Host in request URL|^invalid config/;
/** Ours word for word; the others are texts of layers below. */
const OWN_TEXT = /^(?:request to |invalid config\n)/;

/** The connection ended, or what came was no HTTP. */
const TRANSPORT_TEXT = /^(?:Post |Get |unexpected EOF|EOF|gzip: )/;

/** `address` stands for {ADDR}. Without `wanted`, or with words of nobody's, any operating error will do. */
export function expectErrorClass(wanted: string | undefined, got: Error, address: string): void {
  if (wanted === undefined) return;
  const text = wanted.replaceAll('{ADDR}', address);
  if (OWN_TEXT.test(text)) expectSame('error', text, got.message);
  expectThat(isOfClass(text, got), `an error of the class of ${show(text)}`, `${got.name}: ${got.message}`);
}

function isOfClass(text: string, got: Error): boolean {
  if (text.startsWith('request to ')) return got instanceof HttpStatusError;
  if (JSON_TEXT.test(text)) return got instanceof InvalidResponseError || got instanceof GseJsonError;
  if (NOT_SENT_TEXT.test(text)) return got instanceof InvalidConfigError;
  return !TRANSPORT_TEXT.test(text) || got instanceof TransportError;
}
