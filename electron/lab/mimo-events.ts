/**
 * The events real programs emit (docs/protocols/mimo.md section 7), with values that vary as theirs do. Pure:
 * chance comes in.
 */
export interface LabEvent {
  readonly event: string;
  /** JSON text, or null for an event without a payload. */
  readonly payload: string | null;
}

export type Chance = () => number;

const REASONS = ['snapshot_failure', 'snapshot_init_failed', 'invalid_ec_parameters'] as const;
const TROUBLES = ['I/O timeout', 'media error', 'reset failed', 'queue full'] as const;

function pick<T>(list: readonly T[], fallback: T, chance: Chance): T {
  return list[Math.floor(chance() * list.length)] ?? fallback;
}

function below(limit: number, chance: Chance): number {
  return Math.floor(chance() * limit);
}

function controllerRemoved(chance: Chance): LabEvent {
  const slot = below(16, chance);
  const bdevs = Array.from({ length: below(3, chance) }, (_, at) => `nvme${slot}n${at + 1}`);
  const traddr = `0000:${(0x3b + slot).toString(16)}:00.0`;
  const payload = { traddr, ctrlr_name: `nvme${slot}`, bdev_count: bdevs.length };
  return {
    event: 'nvme_ctrlr_physically_removed',
    payload: JSON.stringify(bdevs.length === 0 ? payload : { ...payload, bdevs }),
  };
}

function wearLevelling(chance: Chance): LabEvent {
  const reason = pick(REASONS, 'snapshot_failure', chance);
  const payload = { ec_bdev: `ec${below(4, chance)}`, old_mode: 'FULL', new_mode: 'DISABLED', reason };
  return { event: 'wear_leveling_auto_fallback', payload: JSON.stringify(payload) };
}

function trouble(chance: Chance): LabEvent {
  const error = `${pick(TROUBLES, 'I/O timeout', chance)} on nvme${below(16, chance)}n1`;
  return { event: 'error_occurred', payload: JSON.stringify({ error }) };
}

function bdev(event: 'bdev_ready' | 'bdev_created', chance: Chance): LabEvent {
  const name = event === 'bdev_ready' ? `nvme${below(16, chance)}n1` : `ec_4_2_${below(8, chance)}`;
  return { event, payload: JSON.stringify({ name, size: (1 + below(4_000, chance)) * 1_073_741_824 }) };
}

/** Said once when an emitter begins. */
export function startEvent(pid: number): LabEvent {
  return { event: 'mimo_tgt_started', payload: JSON.stringify({ pid, name: 'mimo_tgt' }) };
}

/** `inBurst`: nine of ten events are errors, otherwise about one of twenty-five. */
export function nextLabEvent(inBurst: boolean, chance: Chance): LabEvent {
  const draw = chance();
  if (inBurst && draw < 0.9) return draw < 0.7 ? trouble(chance) : controllerRemoved(chance);
  if (draw < 0.55) return bdev('bdev_ready', chance);
  if (draw < 0.9) return bdev('bdev_created', chance);
  if (draw < 0.93) return { event: 'system_ready', payload: null };
  if (draw < 0.96) return wearLevelling(chance);
  return draw < 0.98 ? controllerRemoved(chance) : trouble(chance);
}

/** Every 20 s a burst of 3 s. */
export function isBurstTime(runningMs: number): boolean {
  return runningMs % 20_000 >= 17_000;
}
