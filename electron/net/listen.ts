/** Starts a TCP server and turns the ways this fails into codes. */
import type { AddressInfo, Server } from 'node:net';
import { assert } from '../../shared/assert.ts';
import { OperatingError } from '../../shared/failure.ts';
import { addressInUse } from './port-holder.ts';

/** Resolves with the address really bound. Rejects with E_ADDRESS_IN_USE, E_PERMISSION or E_ADDRESS. */
export async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      void listenFailure(cause, host, port).then(reject, reject);
    };
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      // Later errors (no descriptor left for accept) leave the server listening: connections wait in the
      // kernel.
      server.on('error', () => undefined);
      resolve();
    });
  });
  const bound = server.address();
  assert(bound !== null && typeof bound === 'object', 'a TCP server has an address');
  return bound;
}

/** The ways listening fails, as codes; `error` is of node:net or of the addon. */
export async function listenFailure(
  error: NodeJS.ErrnoException,
  host: string,
  port: number,
): Promise<OperatingError> {
  if (error.code === 'EADDRINUSE') return addressInUse(host, port, error);
  if (error.code === 'EACCES') {
    const fix = 'Ports below 1024 belong to the system; choose another.';
    return new OperatingError('E_PERMISSION', `not allowed to listen on ${host} port ${port}`, {
      fix,
      cause: error,
    });
  }
  const message = `cannot listen on ${host} port ${port}: ${error.code ?? error.message}`;
  return new OperatingError('E_ADDRESS', message, { cause: error });
}
