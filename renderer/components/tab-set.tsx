import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './tab-set.module.css';

export interface Tab<T extends string> {
  readonly id: T;
  readonly label: string;
  readonly content: () => ReactNode;
}

export interface TabSetProps<T extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<T>[];
  readonly value: T;
  readonly onChoose: (id: T) => void;
}

export function TabSet<T extends string>({ label, tabs, value, onChoose }: TabSetProps<T>): ReactElement {
  const onValueChange = (chosen: unknown): void => {
    const tab = tabs.find(({ id }) => id === chosen);
    if (tab !== undefined) onChoose(tab.id);
  };
  return (
    <Base.Root className={classNames(styles.root)} value={value} onValueChange={onValueChange}>
      <Base.List className={classNames(styles.list)} aria-label={label} activateOnFocus>
        {tabs.map((tab) => (
          <Base.Tab key={tab.id} value={tab.id} className={classNames(styles.tab)}>
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.id} value={tab.id} className={classNames(styles.panel)}>
          {tab.id === value ? tab.content() : null}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
