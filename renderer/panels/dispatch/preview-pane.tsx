import { useMemo, useState } from 'react';
import type { ReactElement, ReactNode } from 'react';
import type { Preview } from '../../../shared/contract/dispatch.ts';
import { Choice } from '../../components/choice.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { LINE_BYTES, hexLine, lineCount, offsetText } from '../../components/hex-lines.ts';
import { shownText } from '../../components/shown-text.ts';
import { coreText, saidFailure } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useDispatch } from '../../state/dispatch-slice.ts';
import { prettyJson } from '../../state/pretty-json.ts';
import styles from './dispatch-panel.module.css';
import { sentences } from './sentences.ts';

/** What would go out, as one types: the body, a curl line, a CLI line, and what speaks against it. */
export function PreviewPane(): ReactElement {
  const text = useText();
  const preview = useDispatch((slice) => slice.preview);
  const failure = useDispatch((slice) => slice.previewFailure);
  const isDue = useDispatch((slice) => slice.isPreviewDue);
  return (
    <section
      className={styles.preview}
      data-due={isDue}
      aria-label={text('dispatch:preview.label')}
      tabIndex={0}
    >
      {failure === null ? null : (
        <p className={styles.fault}>{text('dispatch:failed', saidFailure(failure))}</p>
      )}
      {preview === null && failure === null ? (
        <EmptyState title={text('dispatch:preview.none')}>{text('dispatch:preview.noneWhy')}</EmptyState>
      ) : null}
      {preview === null ? null : <Parts preview={preview} />}
    </section>
  );
}

function Parts({ preview }: { readonly preview: Preview }): ReactElement {
  const text = useText();
  const { fault, warnings, steps } = preview;
  return (
    <>
      {fault === null ? null : (
        <p className={styles.fault}>
          {text('dispatch:preview.cannot', {
            why: sentences(text('dispatch:failed', saidFailure(fault)), coreText(fault.fix)),
          })}
        </p>
      )}
      {warnings.map((warning) => (
        <p key={warning} className={styles.warning}>
          {text('dispatch:preview.warning', { what: coreText(warning) })}
        </p>
      ))}
      <Body preview={preview} />
      <Code
        title={text('dispatch:preview.curl')}
        code={preview.curl}
        copy={text('dispatch:preview.copyCurl')}
      >
        {text('dispatch:preview.secretsNote', { names: secretNames(preview.curl) })}
      </Code>
      <Code title={text('dispatch:preview.cli')} code={preview.cli} copy={text('dispatch:preview.copyCli')} />
      {steps.length > 1 ? (
        <p className={styles.note}>
          {text('dispatch:preview.steps', { steps: steps.map((step) => formatCount(step)).join(' → ') })}
        </p>
      ) : null}
    </>
  );
}

/** As the line names them. */
function secretNames(curl: string): string {
  return ['SLOT_TOKEN', 'APP_SECRET', 'ACCESS_TOKEN'].filter((name) => curl.includes(`$${name}`)).join(', ');
}

const SHAPES = ['pretty', 'plain', 'hex'] as const;
/** Of a body in hex: more than a screenful or two is not read. */
const HEX_BYTES_MAX = 4_096;

/** Offset, sixteen bytes, the same in ASCII; what is longer ends with an ellipsis. */
function hexDump(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, HEX_BYTES_MAX);
  const lines = Array.from({ length: lineCount(shown.length) }, (_, line) => {
    const cells = hexLine(shown, line);
    const hex = cells.map((cell) => cell.hex).join(' ');
    return `${offsetText(line * LINE_BYTES)}  ${hex.padEnd(LINE_BYTES * 3 - 1)}  ${cells.map(({ ascii }) => ascii).join('')}`;
  });
  return [...lines, ...(shown.length < bytes.length ? ['…'] : [])].join('\n');
}

function Body({ preview }: { readonly preview: Preview }): ReactElement {
  const text = useText();
  const [shape, setShape] = useState<(typeof SHAPES)[number]>('pretty');
  const plain = useMemo(() => new TextDecoder().decode(preview.body), [preview.body]);
  const shown = shape === 'hex' ? hexDump(preview.body) : shape === 'pretty' ? prettyJson(plain) : plain;
  const { bodyBytes } = preview;
  return (
    <Code
      title={text('dispatch:preview.body')}
      code={shown}
      copied={plain}
      isFixed={shape === 'hex'}
      copy={text('dispatch:preview.copyBody')}
      act={
        <Choice
          label={text('dispatch:preview.shape')}
          value={shape}
          options={SHAPES.map((value) => ({ value, label: text(`dispatch:preview.${value}`) }))}
          onChoose={setShape}
        />
      }
    >
      {bodyBytes === null
        ? text('dispatch:preview.bytesUnknown')
        : text('dispatch:preview.bodyBytes', { n: formatCount(bodyBytes) })}
      {' · '}
      {text('dispatch:preview.masked')} {text('dispatch:preview.to', { url: preview.url })}
    </Code>
  );
}

interface CodeProps {
  readonly title: string;
  readonly code: string;
  /** Taken to the clipboard instead of what is shown. */
  readonly copied?: string;
  readonly copy: string;
  readonly act?: ReactNode;
  /** Columns that stand below each other: nothing is wrapped. */
  readonly isFixed?: boolean;
  readonly children?: ReactNode;
}

function Code({ title, code, copied = code, copy, act, isFixed = false, children }: CodeProps): ReactElement {
  return (
    <section>
      <div className={styles.head}>
        <h3 className={styles.heading}>{title}</h3>
        <span className={styles.line}>
          {act}
          <CopyButton value={() => copied} label={copy} />
        </span>
      </div>
      <pre className={styles.code} data-fixed={isFixed} tabIndex={0} aria-label={title} role="region">
        {shownText(code)}
      </pre>
      {children === undefined ? null : <p className={styles.note}>{children}</p>}
    </section>
  );
}
