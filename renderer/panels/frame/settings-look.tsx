import { Minus, Plus } from 'lucide-react';
import type { ReactElement } from 'react';
import { DENSITIES, LANGUAGES, THEMES } from '../../../shared/contract/app.ts';
import { Choice } from '../../components/choice.tsx';
import { Field } from '../../components/field.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { useText } from '../../i18n/i18n.ts';
import type { SettingsPageProps } from './settings-page.ts';
import styles from './settings-dialog.module.css';
import { ZOOM_STEPS, nextZoom } from './zoom.ts';

export function LookSettings({ settings, isDisabled, onChange }: SettingsPageProps): ReactElement {
  const text = useText();
  return (
    <div className={styles.form}>
      <Choice
        label={text('settings.language')}
        value={settings.language}
        options={LANGUAGES.map((value) => ({ value, label: text(`settings.languages.${value}`) }))}
        isDisabled={isDisabled}
        onChoose={(language) => onChange({ language })}
      />
      <Choice
        label={text('settings.theme')}
        value={settings.theme}
        options={THEMES.map((value) => ({ value, label: text(`settings.themes.${value}`) }))}
        isDisabled={isDisabled}
        onChoose={(theme) => onChange({ theme })}
      />
      <Choice
        label={text('settings.density')}
        value={settings.density}
        options={DENSITIES.map((value) => ({ value, label: text(`settings.densities.${value}`) }))}
        isDisabled={isDisabled}
        onChoose={(density) => onChange({ density })}
      />
      <Zoom settings={settings} isDisabled={isDisabled} onChange={onChange} />
    </div>
  );
}

function Zoom({ settings, isDisabled, onChange }: SettingsPageProps): ReactElement {
  const text = useText();
  const { zoomPercent } = settings;
  const percents = ZOOM_STEPS.includes(zoomPercent)
    ? ZOOM_STEPS
    : [...ZOOM_STEPS, zoomPercent].toSorted((a, b) => a - b);
  return (
    <Field label={text('settings.zoom')}>
      {(control) => (
        <div className={styles.row}>
          <IconButton
            icon={Minus}
            look="plain"
            label={text('command.zoomOut')}
            keys="Ctrl+-"
            disabled={isDisabled || zoomPercent <= 80}
            onClick={() => onChange({ zoomPercent: nextZoom(zoomPercent, -1) })}
          />
          <select
            {...control}
            className={styles.select}
            value={zoomPercent}
            disabled={isDisabled}
            onChange={(event) => onChange({ zoomPercent: Number(event.target.value) })}
          >
            {percents.map((percent) => (
              <option key={percent} value={percent}>
                {text('settings.zoomValue', { percent: String(percent) })}
              </option>
            ))}
          </select>
          <IconButton
            icon={Plus}
            look="plain"
            label={text('command.zoomIn')}
            keys="Ctrl+="
            disabled={isDisabled || zoomPercent >= 200}
            onClick={() => onChange({ zoomPercent: nextZoom(zoomPercent, 1) })}
          />
        </div>
      )}
    </Field>
  );
}
