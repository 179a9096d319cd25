import { Save } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent, ReactElement } from 'react';
import type { Failure } from '../../../shared/failure.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Popover } from '../../components/popover.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { saveList, saveTemplate } from '../../state/dispatch-library.ts';
import { sentSet, useDispatch } from '../../state/dispatch-slice.ts';
import styles from './library.module.css';
import { sayFailure } from './try-send.ts';

interface SaveProps {
  readonly title: string;
  readonly label: string;
  readonly note?: string;
  readonly hasTags?: boolean;
  readonly isDisabled?: boolean;
  readonly onSave: (name: string, tags: readonly string[]) => Promise<Failure | null>;
}

/** A name in a small window at the button. */
function SaveAs({
  title,
  label,
  note,
  hasTags = false,
  isDisabled = false,
  onSave,
}: SaveProps): ReactElement {
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [tags, setTags] = useState('');
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    const names = tags
      .split(/[,，]/)
      .map((tag) => tag.trim())
      .filter((tag) => tag !== '');
    void onSave(name.trim(), names).then((failure) => {
      if (failure === null) setOpen(false);
      else sayFailure(failure, text);
    });
  };
  return (
    <Popover
      title={title}
      isOpen={isOpen}
      onOpenChange={setOpen}
      trigger={<IconButton icon={Save} label={title} disabled={isDisabled} />}
    >
      <form className={styles.form} onSubmit={onSubmit}>
        <Field label={label} note={note}>
          {(control) => (
            <TextInput {...control} value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        {hasTags ? (
          <Field label={text('dispatch:library.listTags')} note={text('dispatch:library.tagsNote')}>
            {(control) => (
              <TextInput {...control} value={tags} onChange={(event) => setTags(event.target.value)} />
            )}
          </Field>
        ) : null}
        <Button type="submit" look="primary" disabled={name.trim() === ''}>
          {text('dispatch:library.save')}
        </Button>
      </form>
    </Popover>
  );
}

export function SaveTemplate(): ReactElement {
  const text = useText();
  const api = useApi();
  return (
    <SaveAs
      title={text('dispatch:library.saveTemplate')}
      label={text('dispatch:library.templateName')}
      note={text('dispatch:library.templateNote')}
      onSave={(name) => saveTemplate(api, name)}
    />
  );
}

export function SaveList(): ReactElement {
  const text = useText();
  const api = useApi();
  const isEmpty = useDispatch((slice) => (sentSet(slice)?.count ?? 0) === 0);
  return (
    <SaveAs
      title={text('dispatch:library.saveList')}
      label={text('dispatch:library.listName')}
      hasTags
      isDisabled={isEmpty}
      onSave={(name, tags) => saveList(api, name, tags)}
    />
  );
}
