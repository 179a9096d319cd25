import { Plus, X } from 'lucide-react';
import type { ReactElement } from 'react';
import { VARIABLE_TYPES } from '../../../shared/contract/dispatch-templates.ts';
import type { Draft } from '../../../shared/contract/dispatch.ts';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { useText } from '../../i18n/i18n.ts';
import { isVariableName } from '../../state/dispatch-form.ts';
import { changeForm, useDispatch } from '../../state/dispatch-slice.ts';
import styles from './dispatch-panel.module.css';

type Variable = Draft['variables'][number];
/** Always there, whatever the operator adds. */
export const BUILT_IN_VARIABLES = '{{now}} {{uuid}} {{agent_id}}';
const VARIABLES_MAX = 50;

export function VariablesField(): ReactElement {
  const text = useText();
  const variables = useDispatch((slice) => slice.form.variables);
  const replace = (at: number, patch: Partial<Variable>): void =>
    changeForm({ variables: variables.map((one, index) => (index === at ? { ...one, ...patch } : one)) });
  const remove = (at: number): void =>
    changeForm({ variables: variables.filter((_, index) => index !== at) });
  return (
    <>
      <div className={styles.line}>
        <span className={styles.lead}>{text('dispatch:form.variables')}</span>
        <span className={styles.note}>
          {text('dispatch:form.variablesNote', { example: '{{name}}', builtin: BUILT_IN_VARIABLES })}
        </span>
        <Button
          disabled={variables.length >= VARIABLES_MAX}
          onClick={() => changeForm({ variables: [...variables, { name: '', type: 'text', value: '' }] })}
        >
          <Plus aria-hidden size="1em" />
          {text('dispatch:form.addVariable')}
        </Button>
      </div>
      {variables.map((variable, at) => (
        <VariableLine
          // A variable has no name while it is typed: its place is its identity.
          key={at}
          variable={variable}
          onChange={(patch) => replace(at, patch)}
          onRemove={() => remove(at)}
        />
      ))}
    </>
  );
}

interface LineProps {
  readonly variable: Variable;
  readonly onChange: (patch: Partial<Variable>) => void;
  readonly onRemove: () => void;
}

function VariableLine({ variable, onChange, onRemove }: LineProps): ReactElement {
  const text = useText();
  const isBad = variable.name !== '' && !isVariableName(variable.name);
  return (
    <div>
      <div className={styles.variable}>
        <TextInput
          isData
          aria-label={text('dispatch:form.variableName')}
          placeholder={text('dispatch:form.variableName')}
          aria-invalid={isBad}
          value={variable.name}
          onChange={(event) => onChange({ name: event.target.value })}
        />
        <select
          className={styles.select}
          aria-label={text('dispatch:form.variableType')}
          value={variable.type}
          onChange={(event) =>
            onChange({ type: VARIABLE_TYPES.find((type) => type === event.target.value) ?? 'text' })
          }
        >
          {VARIABLE_TYPES.map((type) => (
            <option key={type} value={type}>
              {text(`dispatch:form.types.${type}`)}
            </option>
          ))}
        </select>
        <TextInput
          isData
          aria-label={text('dispatch:form.variableValue')}
          placeholder={text('dispatch:form.variableValue')}
          value={variable.value}
          onChange={(event) => onChange({ value: event.target.value })}
        />
        <IconButton
          icon={X}
          label={text('dispatch:form.removeVariable', { name: variable.name })}
          onClick={onRemove}
        />
      </div>
      {isBad ? <p className={styles.bad}>{text('dispatch:form.variableNameBad')}</p> : null}
    </div>
  );
}
