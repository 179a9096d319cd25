import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement } from 'react';
import { classNames } from './class-names.ts';
import { KeyHint } from './key-hint.tsx';
import styles from './menu.module.css';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly keys?: string;
  readonly isDisabled?: boolean;
  readonly onChoose: () => void;
}

export interface MenuProps {
  readonly trigger: ReactElement<Record<string, unknown>>;
  readonly items: readonly MenuItem[];
  readonly align?: 'start' | 'end';
}

export function Menu({ trigger, items, align = 'end' }: MenuProps): ReactElement {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className={classNames(styles.positioner)} sideOffset={4} align={align}>
          <Base.Popup className={classNames(styles.popup)}>
            {items.map((item) => (
              <Base.Item
                key={item.id}
                className={classNames(styles.item)}
                disabled={item.isDisabled === true}
                onClick={item.onChoose}
              >
                <span>{item.label}</span>
                {item.keys === undefined ? null : <KeyHint keys={item.keys} />}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
