import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { COLOUR_NAMES, RULE_MARKS } from '../../../shared/contract/app.ts';
import type { Settings } from '../../../shared/contract/app.ts';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { IconButton } from '../../components/icon-button.tsx';
import { Switch } from '../../components/switch.tsx';
import { useText } from '../../i18n/i18n.ts';
import { addedRule, movedRule } from './colour-rule-list.ts';
import { DraftInput } from './draft-input.tsx';
import { filterProblem } from './filter-problem.ts';
import type { SettingsPageProps } from './settings-page.ts';
import styles from './settings-dialog.module.css';

type Rule = Settings['colourRules'][number];
const RULES_MAX = 50;

export function ColourRules({ settings, isDisabled, onChange }: SettingsPageProps): ReactElement {
  const text = useText();
  const { colourRules: rules } = settings;
  const change = (colourRules: Rule[]): void => onChange({ colourRules });
  const add = (): void => change(addedRule(rules, (n) => text('settings.rules.newName', { n: String(n) })));
  return (
    <div className={styles.form}>
      <p className={styles.about}>{text('settings.rules.about')}</p>
      {rules.length === 0 ? <p className={styles.empty}>{text('settings.rules.none')}</p> : null}
      {rules.length === 0 ? null : (
        <table className={styles.table}>
          <RuleHead />
          <tbody>
            {rules.map((rule, index) => (
              <RuleRow
                key={`${index} ${rule.name}`}
                rule={rule}
                isFirst={index === 0}
                isLast={index === rules.length - 1}
                isDisabled={isDisabled}
                onRule={(changed) => change(rules.with(index, changed))}
                onMove={(step) => change(movedRule(rules, index, step))}
                onRemove={() => change(rules.filter((other) => other !== rule))}
              />
            ))}
          </tbody>
        </table>
      )}
      <div className={styles.row}>
        <Button disabled={isDisabled || rules.length >= RULES_MAX} onClick={add}>
          <Plus aria-hidden size="1em" />
          {text('settings.rules.add')}
        </Button>
        {rules.length >= RULES_MAX ? (
          <span className={styles.error}>{text('settings.rules.full')}</span>
        ) : null}
      </div>
    </div>
  );
}

function RuleHead(): ReactElement {
  const text = useText();
  return (
    <thead>
      <tr>
        {(['on', 'preview', 'name', 'filter', 'colour', 'mark'] as const).map((column) => (
          <th key={column} scope="col">
            {text(`settings.rules.${column}`)}
          </th>
        ))}
        <td />
      </tr>
    </thead>
  );
}

interface RuleRowProps {
  readonly rule: Rule;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly isDisabled: boolean;
  readonly onRule: (rule: Rule) => void;
  readonly onMove: (step: 1 | -1) => void;
  readonly onRemove: () => void;
}

function RuleRow({
  rule,
  isFirst,
  isLast,
  isDisabled,
  onRule,
  onMove,
  onRemove,
}: RuleRowProps): ReactElement {
  const text = useText();
  const { name } = rule;
  return (
    <tr>
      <td>
        <Switch
          isLabelHidden
          label={`${text('settings.rules.on')}: ${name}`}
          isOn={rule.on}
          isDisabled={isDisabled}
          onChange={(on) => onRule({ ...rule, on })}
        />
      </td>
      <td>
        <span className={classNames(styles.preview, styles[rule.colour])}>
          <span aria-hidden>{rule.mark}</span> {text(`settings.colours.${rule.colour}`)}
        </span>
      </td>
      <td>
        <DraftInput
          className={styles.name}
          label={text('settings.rules.name')}
          value={name}
          isDisabled={isDisabled}
          problem={(typed) =>
            typed.trim() === '' || typed.length > 100 ? text('settings.rules.nameEmpty') : null
          }
          onCommit={(typed) => onRule({ ...rule, name: typed.trim() })}
        />
      </td>
      <td className={styles.wide}>
        <DraftInput
          className={styles.wide}
          isData
          label={text('settings.rules.filter')}
          value={rule.filter}
          isDisabled={isDisabled}
          problem={(typed) => filterProblem(typed, text)}
          onCommit={(filter) => onRule({ ...rule, filter })}
        />
      </td>
      <ColourAndMark rule={rule} isDisabled={isDisabled} onRule={onRule} />
      <td>
        <span className={styles.buttons}>
          <IconButton
            icon={ArrowUp}
            label={text('settings.rules.up', { name })}
            disabled={isDisabled || isFirst}
            onClick={() => onMove(-1)}
          />
          <IconButton
            icon={ArrowDown}
            label={text('settings.rules.down', { name })}
            disabled={isDisabled || isLast}
            onClick={() => onMove(1)}
          />
          <IconButton
            icon={Trash2}
            label={text('settings.rules.remove', { name })}
            disabled={isDisabled}
            onClick={onRemove}
          />
        </span>
      </td>
    </tr>
  );
}

function ColourAndMark({
  rule,
  isDisabled,
  onRule,
}: Pick<RuleRowProps, 'rule' | 'isDisabled' | 'onRule'>): ReactElement {
  const text = useText();
  return (
    <>
      <td>
        <select
          className={styles.select}
          aria-label={text('settings.rules.colour')}
          value={rule.colour}
          disabled={isDisabled}
          onChange={(event) => {
            const colour = COLOUR_NAMES.find((known) => known === event.target.value);
            if (colour !== undefined) onRule({ ...rule, colour });
          }}
        >
          {COLOUR_NAMES.map((colour) => (
            <option key={colour} value={colour}>
              {text(`settings.colours.${colour}`)}
            </option>
          ))}
        </select>
      </td>
      <td>
        <select
          className={styles.select}
          aria-label={text('settings.rules.mark')}
          value={rule.mark}
          disabled={isDisabled}
          onChange={(event) => {
            const mark = RULE_MARKS.find((known) => known === event.target.value);
            if (mark !== undefined) onRule({ ...rule, mark });
          }}
        >
          {RULE_MARKS.map((mark) => (
            <option key={mark} value={mark}>
              {mark}
            </option>
          ))}
        </select>
      </td>
    </>
  );
}
