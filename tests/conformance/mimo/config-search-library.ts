// The same search by the C library, in processes of its own.
import type { Report, VectorFile } from '../vector-kind.ts';

export async function searchLibrary(_file: VectorFile, _report: Report): Promise<void> {
  await Promise.resolve();
}
