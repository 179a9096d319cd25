/** Tells the core of this page's own trouble, so that it stands in the log: uncaught errors and what the Content-Security-Policy stopped. */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import { LIMITS } from '../../shared/limits.ts';

/** A page in a loop of errors must not become a loop of calls. */
const REPORTS_MAX = 50;

/** Starts listening; returns the function that stops it. */
export function reportTrouble(api: SignalboxApi): () => void {
  let reports = 0;
  const report = (kind: 'error' | 'csp', message: string): void => {
    reports += 1;
    if (reports > REPORTS_MAX) return;
    // Nobody can be told when telling fails: the answer is dropped on purpose.
    void api.call('app.report', { kind, message: message.slice(0, LIMITS.logFieldBytesMax / 4) });
  };
  const onError = (event: ErrorEvent): void => report('error', `${event.message} (${event.filename}:${event.lineno})`);
  const onRejection = (event: PromiseRejectionEvent): void => report('error', `unhandled rejection: ${String(event.reason)}`);
  const onViolation = (event: SecurityPolicyViolationEvent): void =>
    report('csp', `${event.effectiveDirective} stopped ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
  window.addEventListener('error', onError);
  window.addEventListener('unhandledrejection', onRejection);
  document.addEventListener('securitypolicyviolation', onViolation);
  return () => {
    window.removeEventListener('error', onError);
    window.removeEventListener('unhandledrejection', onRejection);
    document.removeEventListener('securitypolicyviolation', onViolation);
  };
}
