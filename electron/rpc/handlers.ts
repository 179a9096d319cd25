/** The seam between core and rpc lives in shared/contract, because core may not import upwards; this is its door for rpc. */
export type { CallHandlers, StreamHandlers, StreamSink } from '../../shared/contract/handlers.ts';
