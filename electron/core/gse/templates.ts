/** Templates below `<data folder>/templates`, and bundles of them. No path of a bundle is ever used (docs/THREATS.md, I5). */
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { template, templatePath, type Template } from '../../../shared/contract/dispatch-templates.ts';
import type { CallOutput } from '../../../shared/contract/contract.ts';
import { readTemplate, writeTemplate } from '../../../shared/dispatch/template-file.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { jsonValueOf } from '../../../shared/json-text.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { readPrivate, writePrivate } from '../../store/private-file.ts';

const DEPTH_MAX = 5;
const EXTENSION = '.sbt';
const bundleVersion = v.looseObject({ signalboxTemplates: v.number() });
const bundle = v.strictObject({
  signalboxTemplates: v.literal(1),
  templates: v.pipe(v.array(template), v.maxLength(LIMITS.gseTemplatesMax)),
});
type Listed = CallOutput<'dispatch.templates'>['templates'][number];

export class Templates {
  readonly #folder: string;

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'templates');
  }

  /** Files that are no templates are listed with what is wrong with them. */
  async list(): Promise<CallOutput<'dispatch.templates'>> {
    const templates: Listed[] = [];
    await this.#walk('', 0, templates);
    const sorted = templates.toSorted((left, right) => (left.path < right.path ? -1 : 1));
    return { folder: this.#folder, templates: sorted };
  }

  /** Fails with E_NOT_FOUND, E_CONFIG, E_UNSUPPORTED, E_PERMISSION (a symbolic link). */
  async read(path: string): Promise<{ path: string; template: Template; text: string }> {
    await this.#refuseLinks(path);
    const bytes = await readPrivate(join(this.#folder, path), LIMITS.gseTemplateBytesMax);
    if (bytes === null) throw new OperatingError('E_NOT_FOUND', `there is no template ${path}`);
    const text = bytes.toString('utf8');
    return { path, template: readTemplate(text), text };
  }

  async write(path: string, found: Template): Promise<void> {
    await this.#refuseLinks(path);
    await writePrivate(join(this.#folder, path), writeTemplate(found));
  }

  async remove(path: string): Promise<void> {
    await this.#refuseLinks(path);
    await this.read(path).catch((error: unknown) => {
      // A broken template can be removed; one that is not there cannot.
      if (!(error instanceof OperatingError) || error.code === 'E_NOT_FOUND') throw error;
    });
    await rm(join(this.#folder, path));
  }

  /** Of all that can be read. Fails with E_LIMIT when they are too large for one file. */
  async exportAll(): Promise<{ bytes: Uint8Array; count: number }> {
    const templates: Template[] = [];
    for (const { path, fault } of (await this.list()).templates)
      if (fault === '') templates.push((await this.read(path)).template);
    const bytes = Buffer.from(`${JSON.stringify({ signalboxTemplates: 1, templates }, null, 2)}\n`);
    if (bytes.length > LIMITS.importBytesMax)
      throw new OperatingError(
        'E_LIMIT',
        `${bytes.length} bytes of templates; a bundle has at most ${LIMITS.importBytesMax}`,
      );
    return { bytes, count: templates.length };
  }

  /** A bundle, or the text of one template. Fails with E_LIMIT, E_UNSUPPORTED, E_CONFIG; then nothing was written. */
  async importAll(bytes: Uint8Array, folder: string): Promise<void> {
    if (bytes.length > LIMITS.importBytesMax)
      throw new OperatingError(
        'E_LIMIT',
        `the file has ${bytes.length} bytes; at most ${LIMITS.importBytesMax} are read`,
      );
    const taken = new Set((await this.list()).templates.map(({ path }) => path));
    const base = folder.replace(/\/$/, '');
    for (const found of templatesOf(bytes)) {
      const path = freePath(base, found.title, taken);
      taken.add(path);
      await this.write(path, found);
    }
  }

  async #walk(below: string, depth: number, found: Listed[]): Promise<void> {
    const entries = await readdir(join(this.#folder, below), { withFileTypes: true }).catch(
      (error: unknown) => {
        // Expected: no template was ever written, or a folder that went away or is not ours.
        if (!(error instanceof Error)) throw error;
        return [];
      },
    );
    for (const entry of entries) {
      if (found.length >= LIMITS.gseTemplatesMax) return;
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory() && depth + 1 < DEPTH_MAX) await this.#walk(path, depth + 1, found);
      else if (entry.isFile() && v.is(templatePath, path)) found.push(await this.#listed(path));
    }
  }

  async #listed(path: string): Promise<Listed> {
    const { size: bytes, mtimeMs: changedAtMs } = await lstat(join(this.#folder, path));
    try {
      const { template: found } = await this.read(path);
      return { path, title: found.title, bytes, changedAtMs, fault: '' };
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      return { path, title: '', bytes, changedAtMs, fault: error.message };
    }
  }

  /** A link among the folders would lead out of ours; that of the file itself is refused at opening. */
  async #refuseLinks(path: string): Promise<void> {
    const folders = path.split('/').slice(0, -1);
    for (const [index] of folders.entries()) {
      const folder = join(this.#folder, ...folders.slice(0, index + 1));
      const state = await lstat(folder).catch(() => null);
      if (state !== null && !state.isDirectory())
        throw new OperatingError('E_PERMISSION', `${folder} is no folder of ours and is not followed`);
    }
  }
}

function templatesOf(bytes: Uint8Array): readonly Template[] {
  const text = textOf(bytes);
  if (/^\ufeff?signalbox-template:/.test(text)) return [readTemplate(text)];
  const value = jsonValueOf(text);
  const version = v.safeParse(bundleVersion, value);
  if (version.success && version.output.signalboxTemplates > 1)
    throw new OperatingError('E_UNSUPPORTED', 'the file was written by a newer console');
  const parsed = v.safeParse(bundle, value);
  if (parsed.success) return parsed.output.templates;
  throw new OperatingError(
    'E_CONFIG',
    `the file is neither a template nor a bundle of them: ${v.summarize(parsed.issues).slice(0, 500)}`,
  );
}

/** '' for bytes that are no UTF-8: they are no template either. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return '';
  }
}

function freePath(folder: string, title: string, taken: ReadonlySet<string>): string {
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9\u0080-\uffff]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
  const start = `${folder === '' ? '' : `${folder}/`}${slug === '' ? 'template' : slug}`;
  let path = `${start}${EXTENSION}`;
  for (let number = 2; taken.has(path); number += 1) path = `${start}-${number}${EXTENSION}`;
  return path;
}
