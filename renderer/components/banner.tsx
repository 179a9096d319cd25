import { CircleX, Info, TriangleAlert } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import styles from './banner.module.css';
import { classNames } from './class-names.ts';

const ICONS = { info: Info, warn: TriangleAlert, bad: CircleX } as const;

export interface BannerProps {
  readonly tone: keyof typeof ICONS;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** One line across the page: what, why, what now. Spoken when it appears. */
export function Banner({ tone, actions, children }: BannerProps): ReactElement {
  const Icon = ICONS[tone];
  return (
    <div className={classNames(styles.banner, styles[tone])} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon aria-hidden size="1rem" />
      <span className={styles.text}>{children}</span>
      {actions}
    </div>
  );
}
