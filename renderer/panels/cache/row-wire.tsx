import { useEffect, useMemo } from 'react';
import type { ReactElement } from 'react';
import type { SnapshotRow, SnapshotService } from '../../../shared/contract/snapshots.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { WireView } from '../../components/wire-view.tsx';
import { failureText } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { fetchPayload, usePayload } from '../../state/cache-payload.ts';
import { useCache } from '../../state/cache-slice.ts';
import { useTime } from '../../state/time-slice.ts';
import styles from './cache-inspector.module.css';
import { FIRST_ITEM_FIELD, findItem, itemStart, snapshotWireFields } from './snapshot-wire-fields.ts';

/**
 * The answer as it came, with the row's part of it named. Live, the bytes stay those of one generation
 * until others are asked for: half a megabyte a second is nothing one could read.
 */
export function RowWire({
  service,
  row,
}: {
  readonly service: SnapshotService;
  readonly row: SnapshotRow;
}): ReactElement {
  const text = useText();
  const api = useApi();
  const shownNumber = useCache((slice) => slice.head?.number ?? 0);
  const isLive = useTime(({ time }) => time.mode === 'live');
  const { serviceId, number, payload, failure } = usePayload();
  const isOurs = serviceId === service.id;
  const isFetchDue = !isOurs || (!isLive && number !== shownNumber);
  useEffect(() => {
    if (isFetchDue) void fetchPayload(api, service.id, shownNumber);
  }, [api, service.id, shownNumber, isFetchDue]);
  if (failure !== null) {
    return (
      <EmptyState
        title={text('cache:wire.failed')}
        actions={
          <Button onClick={() => void fetchPayload(api, service.id, shownNumber)}>{text('retry')}</Button>
        }
      >
        {failureText(failure)}
      </EmptyState>
    );
  }
  if (!isOurs || payload === null) return <EmptyState title={text('loading')} />;
  return (
    <>
      <p className={styles.of}>
        {text('cache:wire.of', { number })}
        {number === shownNumber ? null : (
          <Button onClick={() => void fetchPayload(api, service.id, shownNumber)}>
            {text('cache:wire.newer', { number: shownNumber })}
          </Button>
        )}
      </p>
      <Bytes key={`${row.key} ${number}`} payload={payload} row={row} number={number} />
    </>
  );
}

function Bytes({
  payload,
  row,
  number,
}: {
  readonly payload: Uint8Array;
  readonly row: SnapshotRow;
  readonly number: number;
}): ReactElement {
  const text = useText();
  const { hash, name, nameHex } = row;
  const index = useMemo(() => findItem(payload, { hash, name, nameHex }), [payload, hash, name, nameHex]);
  const fields = useMemo(() => snapshotWireFields(payload, index < 0 ? null : index), [payload, index]);
  return (
    <>
      {index < 0 ? <p className={styles.gone}>{text('cache:wire.absent', { number })}</p> : null}
      <WireView
        bytes={payload}
        fields={fields}
        bodyStart={index < 0 ? payload.length : itemStart(payload, index)}
        fieldsLabel={text('cache:wire.fields')}
        bytesLabel={text('cache:wire.bytes')}
        allText={text('cache:wire.all', { bytes: formatCount(payload.length) })}
        startId={index < 0 ? null : FIRST_ITEM_FIELD}
      />
    </>
  );
}
