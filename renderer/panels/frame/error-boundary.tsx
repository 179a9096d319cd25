import { Component } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { useText } from '../../i18n/i18n.ts';
import { ApiContext } from '../../state/api.ts';
import { describeError, reportError } from '../../state/report.ts';
import styles from './error-boundary.module.css';

interface State {
  readonly fault: string | null;
}

/**
 * A bug in one part of the page: the log is told, the operator can try again or reload; the core never
 * noticed.
 */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  static override contextType = ApiContext;
  declare context: React.ContextType<typeof ApiContext>;
  override state: State = { fault: null };

  static getDerivedStateFromError(error: unknown): State {
    return { fault: describeError(error) };
  }

  override componentDidCatch(error: unknown): void {
    if (this.context !== null) reportError(this.context, error);
  }

  override render(): ReactNode {
    const { fault } = this.state;
    if (fault === null) return this.props.children;
    return <Crash fault={fault} onAgain={() => this.setState({ fault: null })} />;
  }
}

function Crash({ fault, onAgain }: { readonly fault: string; readonly onAgain: () => void }): ReactElement {
  const text = useText();
  const actions = (
    <>
      <Button look="primary" onClick={() => window.location.reload()}>
        {text('crash.reload')}
      </Button>
      <Button onClick={onAgain}>{text('crash.again')}</Button>
    </>
  );
  return (
    <div className={styles.crash} role="alert">
      <EmptyState title={text('crash.title')} actions={actions}>
        <p>{text('crash.body')}</p>
        <details>
          <summary>{text('crash.detail')}</summary>
          <pre className={styles.fault}>{fault}</pre>
        </details>
      </EmptyState>
    </div>
  );
}
