/** Schemas of templates: plain files below `<data folder>/templates`, see shared/dispatch/template-file.ts. */
import * as v from 'valibot';
import { LIMITS } from '../limits.ts';
import { count, shortText } from './dispatch-values.ts';

/** `folder/sub/name.sbt`: names only, never up, never absolute. */
export const templatePath = v.pipe(
  v.string(),
  v.maxLength(300),
  v.regex(
    /^(?:[A-Za-z0-9\u0080-\uffff][A-Za-z0-9\u0080-\uffff ._-]{0,79}\/){0,4}[A-Za-z0-9\u0080-\uffff][A-Za-z0-9\u0080-\uffff ._-]{0,79}\.sbt$/,
  ),
);
export const CONTENT_MODES = ['text', 'json', 'hex', 'base64'] as const;
/** What to do with content that is not UTF-8: a JSON string cannot carry it. */
export const NOT_UTF8_WAYS = ['refuse', 'base64', 'hex'] as const;
export const VARIABLE_TYPES = ['text', 'number', 'boolean'] as const;
const variableName = v.pipe(v.string(), v.regex(/^(?!(?:now|uuid|agent_id)$)[A-Za-z_][A-Za-z0-9_]{0,59}$/));
export const draftVariable = v.strictObject({
  name: variableName,
  type: v.picklist(VARIABLE_TYPES),
  value: v.pipe(v.string(), v.maxLength(10_000)),
});
export const draftContent = v.strictObject({
  mode: v.picklist(CONTENT_MODES),
  text: v.pipe(v.string(), v.maxLength(LIMITS.gseDraftCharactersMax)),
  notUtf8: v.picklist(NOT_UTF8_WAYS),
});
export const template = v.strictObject({
  title: shortText,
  /** '' = the operator chooses. */
  slotId: v.pipe(v.string(), v.regex(/^$|^-?\d{1,19}$/)),
  messageId: shortText,
  content: draftContent,
  variables: v.pipe(v.array(draftVariable), v.maxLength(50)),
});
export type Template = v.InferOutput<typeof template>;
export const templatesOutput = v.strictObject({
  /** Where the files are, for the operator's editor and version control. */
  folder: v.string(),
  templates: v.array(
    v.strictObject({
      path: v.string(),
      /** '' when the file cannot be read; `fault` says why. */
      title: v.string(),
      bytes: count,
      changedAtMs: v.number(),
      fault: v.string(),
    }),
  ),
});
export const templatePathInput = v.strictObject({ path: templatePath });
export const templateOutput = v.strictObject({ path: v.string(), template, text: v.string() });
export const templateWriteInput = v.strictObject({ path: templatePath, template });
/** One as its plain text, or null for a bundle of all. */
export const templatesExportInput = v.strictObject({ path: v.nullable(templatePath) });
/** The text of one template, or a bundle of `templates.export`. Titles inside become file names below `folder`; no path inside is used, nothing is overwritten. */
export const templatesImportInput = v.strictObject({
  bytes: v.instance(Uint8Array),
  /** '' = the top. */
  folder: v.pipe(
    v.string(),
    v.maxLength(200),
    v.regex(/^$|^(?:[A-Za-z0-9\u0080-\uffff][A-Za-z0-9\u0080-\uffff _-]{0,79}\/?){1,4}$/),
  ),
});
