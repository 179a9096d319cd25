// The kinds of docs/protocols/mimo.md.
import { byRows, type VectorKind } from '../vector-kind.ts';
import { calls } from './calls.ts';
import { config } from './config.ts';
import { configSearch } from './config-search.ts';
import { delivery } from './delivery.ts';
import { durations } from './durations.ts';
import { envelope } from './envelope.ts';
import { eventsCatalog } from './events-catalog.ts';
import { httpRequest } from './http-request.ts';
import { receiver } from './receiver.ts';

export const mimoKinds: readonly VectorKind[] = [
  envelope,
  durations,
  config,
  configSearch,
  calls,
  httpRequest,
  delivery,
  receiver,
  eventsCatalog,
].map(byRows);
