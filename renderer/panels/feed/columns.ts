/**
 * The columns of the list: widths in rem, so that zoom keeps their proportions. The preview takes what is
 * left.
 */
import { create } from 'zustand';

export const COLUMNS = ['time', 'sev', 'src', 'type', 'host', 'id', 'preview'] as const;
export type ColumnName = (typeof COLUMNS)[number];
export type SizedColumn = Exclude<ColumnName, 'preview'>;

export interface ColumnsSlice {
  readonly widthsRem: Readonly<Record<SizedColumn, number>>;
  /** Has some loaded row ever carried a host or an id: an always empty column only takes room. */
  readonly used: { readonly host: boolean; readonly id: boolean };
}

const WIDTHS_START = { time: 7.5, sev: 5.25, src: 5, type: 13, host: 8, id: 8 } as const;
export const WIDTH_REM_MIN = 2.5;
export const WIDTH_REM_MAX = 50;
const STORAGE_KEY = 'signalbox.feed.columns';

function stored(): ColumnsSlice['widthsRem'] {
  const widths: Record<SizedColumn, number> = { ...WIDTHS_START };
  let value: unknown = null;
  try {
    value = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? 'null');
  } catch {
    return widths; // SyntaxError or SecurityError: no widths kept, the usual ones do
  }
  if (typeof value !== 'object' || value === null) return widths;
  for (const column of sizedColumns()) {
    const width: unknown = Reflect.get(value, column);
    if (typeof width === 'number') widths[column] = clampWidth(width);
  }
  return widths;
}

function sizedColumns(): SizedColumn[] {
  return COLUMNS.filter((column) => column !== 'preview');
}

function clampWidth(widthRem: number): number {
  return Math.min(WIDTH_REM_MAX, Math.max(WIDTH_REM_MIN, Math.round(widthRem * 100) / 100));
}

export const useColumns = create<ColumnsSlice>(() => ({
  widthsRem: stored(),
  used: { host: false, id: false },
}));

export function resizeColumn(column: SizedColumn, widthRem: number): void {
  const widthsRem = { ...useColumns.getState().widthsRem, [column]: clampWidth(widthRem) };
  useColumns.setState({ widthsRem });
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(widthsRem));
  } catch {
    // QuotaExceededError or SecurityError: the widths hold for this window only.
  }
}

export function resetColumn(column: SizedColumn): void {
  resizeColumn(column, WIDTHS_START[column]);
}

export function noteUsed(host: boolean, id: boolean): void {
  const { used } = useColumns.getState();
  if ((host && !used.host) || (id && !used.id))
    useColumns.setState({ used: { host: used.host || host, id: used.id || id } });
}

export function shownColumns(used: ColumnsSlice['used']): readonly ColumnName[] {
  return COLUMNS.filter((column) => (column !== 'host' || used.host) && (column !== 'id' || used.id));
}

/** For `grid-template-columns`; the first column carries the marks. */
export function columnTemplate(slice: ColumnsSlice): string {
  return template(shownColumns(slice.used), (column) => `${slice.widthsRem[column]}rem`);
}

/** Where the list is narrow: without the source, and no name takes more than a quarter from the content. */
export function narrowTemplate(slice: ColumnsSlice): string {
  const columns = shownColumns(slice.used).filter((column) => column !== 'src');
  return template(columns, (column) => {
    const width = `${slice.widthsRem[column]}rem`;
    return column === 'time' || column === 'sev' ? width : `min(${width}, 25%)`;
  });
}

function template(columns: readonly ColumnName[], widthOf: (column: SizedColumn) => string): string {
  const widths = columns.map((column) => (column === 'preview' ? 'minmax(10rem, 1fr)' : widthOf(column)));
  return ['2.25rem', ...widths].join(' ');
}
