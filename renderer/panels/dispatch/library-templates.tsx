import { Ellipsis, FileText, FileWarning, Folder } from 'lucide-react';
import type { ReactElement } from 'react';
import type { CallOutput } from '../../../shared/contract/contract.ts';
import { IconButton } from '../../components/icon-button.tsx';
import { Menu } from '../../components/menu.tsx';
import { cellText } from '../../components/shown-text.ts';
import { coreText } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { exportTemplates } from '../../state/dispatch-files.ts';
import { openTemplate, removeTemplate } from '../../state/dispatch-library.ts';
import { openDispatchDialog, useDispatch } from '../../state/dispatch-slice.ts';
import { Section } from './library-section.tsx';
import styles from './library.module.css';
import { SaveTemplate } from './save-form.tsx';
import { sayFailure } from './try-send.ts';

type Listed = CallOutput<'dispatch.templates'>['templates'][number];

/** By folder: those at the top first, then each folder under its name. */
export function Templates(): ReactElement {
  const text = useText();
  const templates = useDispatch((slice) => slice.templates);
  const folders = [...new Set(templates.map(({ path }) => folderOf(path)))].toSorted();
  return (
    <Section
      title={text('dispatch:library.templates')}
      act={
        <span className={styles.acts}>
          <SaveTemplate />
          <TemplatesMenu hasAny={templates.length > 0} />
        </span>
      }
      none={templates.length === 0 ? text('dispatch:library.noTemplates') : null}
    >
      {folders.map((folder) => (
        <li key={folder}>
          {folder === '' ? null : (
            <p className={styles.folder}>
              <Folder aria-hidden size="1em" />
              {cellText(folder)}
            </p>
          )}
          <ul aria-label={folder === '' ? undefined : folder} data-inside={folder !== ''}>
            {templates
              .filter(({ path }) => folderOf(path) === folder)
              .map((listed) => (
                <Item key={listed.path} listed={listed} />
              ))}
          </ul>
        </li>
      ))}
    </Section>
  );
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function TemplatesMenu({ hasAny }: { readonly hasAny: boolean }): ReactElement {
  const text = useText();
  const api = useApi();
  return (
    <Menu
      trigger={<IconButton icon={Ellipsis} label={text('dispatch:library.templatesMenu')} />}
      items={[
        {
          id: 'import',
          label: text('dispatch:library.importTemplates'),
          onChoose: () => openDispatchDialog('import'),
        },
        {
          id: 'export',
          label: text('dispatch:library.exportTemplates'),
          isDisabled: !hasAny,
          onChoose: () => void exportTemplates(api, null).then((failure) => sayFailure(failure, text)),
        },
      ]}
    />
  );
}

function Item({ listed: { path, fault } }: { readonly listed: Listed }): ReactElement {
  const text = useText();
  const api = useApi();
  const whole = cellText(path.replace(/\.sbt$/, ''));
  const name = whole.slice(whole.lastIndexOf('/') + 1);
  const isBroken = fault !== '';
  const said = coreText(fault);
  return (
    <li className={styles.item}>
      <button
        type="button"
        className={styles.open}
        disabled={isBroken}
        title={isBroken ? text('dispatch:library.fault', { fault: said }) : whole}
        onClick={() => void openTemplate(api, path).then((failure) => sayFailure(failure, text))}
      >
        {isBroken ? <FileWarning aria-hidden size="1em" /> : <FileText aria-hidden size="1em" />}
        <span className={styles.name}>{name}</span>
        {isBroken ? (
          <span className={styles.fault}>{text('dispatch:library.fault', { fault: said })}</span>
        ) : null}
      </button>
      <Menu
        trigger={<IconButton icon={Ellipsis} label={text('dispatch:library.itemMenu', { name: whole })} />}
        items={[
          {
            id: 'export',
            label: text('dispatch:library.exportTemplate'),
            isDisabled: isBroken,
            onChoose: () => void exportTemplates(api, path).then((failure) => sayFailure(failure, text)),
          },
          {
            id: 'remove',
            label: text('dispatch:library.remove'),
            onChoose: () => void removeTemplate(api, path).then((failure) => sayFailure(failure, text)),
          },
        ]}
      />
    </li>
  );
}
