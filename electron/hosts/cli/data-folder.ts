/** Where the data folder is when nobody says. The start script, the hosts and the CLI must agree. */
import { resolve } from 'node:path';
import { dataFolderDefault } from '../serve/product.ts';

export const DATA_VARIABLE = 'SIGNALBOX_DATA';

export function dataFolderOf(option: string | undefined): string {
  const named = option ?? process.env[DATA_VARIABLE];
  return named === undefined || named === '' ? dataFolderDefault() : resolve(named);
}
