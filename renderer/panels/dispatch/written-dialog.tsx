import type { ReactElement } from 'react';
import { Dialog } from '../../components/dialog.tsx';
import { WrittenFile } from '../../components/written-file.tsx';
import { formatBytes } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { closeWritten } from '../../state/dispatch-files.ts';
import { useDispatch } from '../../state/dispatch-slice.ts';

/** Where the file is that was asked for. */
export function WrittenDialog(): ReactElement | null {
  const text = useText();
  const written = useDispatch((slice) => slice.written);
  if (written === null) return null;
  const { path, downloadPath, bytesWritten } = written;
  const words = text('dispatch:written.what', { bytes: formatBytes(bytesWritten) });
  return (
    <Dialog isOpen size="small" title={text('dispatch:written.title')} onClose={closeWritten}>
      <WrittenFile words={words} path={path} downloadPath={downloadPath} />
    </Dialog>
  );
}
