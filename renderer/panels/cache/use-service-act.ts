import type { SnapshotService } from '../../../shared/contract/snapshots.ts';
import { cellText } from '../../components/shown-text.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { actOnService } from '../../state/cache-session.ts';
import type { ServiceAct } from '../../state/cache-session.ts';
import { showToast } from '../../state/toasts.ts';

export type ActFunction = (action: ServiceAct['action'], intervalMs?: number) => void;

/** What can be done to a service; a refusal is said. */
export function useServiceAct(service: Pick<SnapshotService, 'id' | 'label'>): ActFunction {
  const api = useApi();
  const text = useText();
  const label = cellText(service.label);
  return (action, intervalMs) => {
    void actOnService(api, { serviceId: service.id, action, intervalMs: intervalMs ?? null }).then(
      (failure) => {
        if (failure === null) return;
        const { code, message } = failure;
        showToast('bad', text('cache:head.actFailed', { label, code, message }));
      },
    );
  };
}
