import type { ReactElement, ReactNode, Ref } from 'react';
import { classNames } from './class-names.ts';
import { TabSet } from './tab-set.tsx';
import type { TabSetProps } from './tab-set.tsx';
import styles from './inspector.module.css';

export interface InspectorFrameProps {
  /** Name of the region. */
  readonly label: string;
  /** The line above: what is inspected and what can be done with it; at its end the button that closes. */
  readonly head: ReactNode;
  readonly children: ReactNode;
}

/** The side panel about whatever is selected. */
export function InspectorFrame({ label, head, children }: InspectorFrameProps): ReactElement {
  return (
    <section className={styles.inspector} aria-label={label}>
      <div className={styles.head}>{head}</div>
      {children}
    </section>
  );
}

export interface InspectorTitleProps {
  readonly children: string;
  /** It is no longer there; shown struck through. */
  readonly isGone?: boolean;
}

export function InspectorTitle({ children, isGone = false }: InspectorTitleProps): ReactElement {
  return (
    <h2 className={styles.title} data-gone={isGone} title={children}>
      {children}
    </h2>
  );
}

/** The tabs take the room that is left; each scrolls by itself. */
export function InspectorTabs<Id extends string>(props: TabSetProps<Id>): ReactElement {
  return (
    <div className={styles.tabs}>
      <TabSet {...props} />
    </div>
  );
}

export interface InspectorActsProps {
  /** What the buttons act on. */
  readonly about: string;
  readonly isData?: boolean;
  readonly children: ReactNode;
}

/** The line below a tree or a list: what is chosen there, and what can be done with it. */
export function InspectorActs({ about, isData = false, children }: InspectorActsProps): ReactElement {
  const Words = isData ? 'code' : 'span';
  return (
    <div className={styles.lineActs}>
      <Words className={styles.about} title={about}>
        {about}
      </Words>
      {children}
    </div>
  );
}

/** Moments of one thing, each a line to go to. */
export function InspectorRows({ children }: { readonly children: ReactNode }): ReactElement {
  return <ol className={styles.rows}>{children}</ol>;
}

export interface InspectorRowProps {
  /** Where the view stands. */
  readonly isCurrent: boolean;
  /** Its columns. */
  readonly className: string | undefined;
  readonly title?: string;
  readonly ref?: Ref<HTMLButtonElement> | undefined;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

export function InspectorRow({ isCurrent, className, children, ...rest }: InspectorRowProps): ReactElement {
  return (
    <li>
      <button
        {...rest}
        type="button"
        className={classNames(styles.row, className)}
        aria-current={isCurrent ? 'true' : undefined}
      >
        {children}
      </button>
    </li>
  );
}
