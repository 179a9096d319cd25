/** How the feed is laid out in this window. Not a setting: each window has its own. */
import { create } from 'zustand';

export const INSPECTOR_TABS = ['summary', 'json', 'wire', 'around'] as const;
export type InspectorTab = (typeof INSPECTOR_TABS)[number];

export interface ViewSlice {
  readonly isInspectorOpen: boolean;
  readonly inspectorTab: InspectorTab;
  readonly inspectorWidthPx: number;
  readonly areFacetsOpen: boolean;
  readonly spanMs: number;
  readonly isExportOpen: boolean;
  readonly isCopyMenuOpen: boolean;
}

export const INSPECTOR_WIDTH_PX_MIN = 280;
export const INSPECTOR_WIDTH_PX_MAX = 1_200;
const SPAN_START_MS = 15 * 60_000;

export const useView = create<ViewSlice>(() => ({
  isInspectorOpen: false,
  inspectorTab: 'summary',
  inspectorWidthPx: 540,
  areFacetsOpen: true,
  spanMs: SPAN_START_MS,
  isExportOpen: false,
  isCopyMenuOpen: false,
}));

export function setInspectorOpen(isInspectorOpen: boolean): void {
  useView.setState({ isInspectorOpen });
}

export function setInspectorTab(inspectorTab: InspectorTab): void {
  useView.setState({ inspectorTab });
}

export function setInspectorWidth(widthPx: number): void {
  const inspectorWidthPx = Math.min(
    INSPECTOR_WIDTH_PX_MAX,
    Math.max(INSPECTOR_WIDTH_PX_MIN, Math.round(widthPx)),
  );
  useView.setState({ inspectorWidthPx });
}

export function setFacetsOpen(areFacetsOpen: boolean): void {
  useView.setState({ areFacetsOpen });
}

export function setSpan(spanMs: number): void {
  useView.setState({ spanMs });
}

export function setExportOpen(isExportOpen: boolean): void {
  useView.setState({ isExportOpen });
}

export function setCopyMenuOpen(isCopyMenuOpen: boolean): void {
  useView.setState({ isCopyMenuOpen });
}
