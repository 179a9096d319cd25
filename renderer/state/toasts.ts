/** Short answers to what the operator did. */
import { create } from 'zustand';

export interface Toast {
  readonly id: number;
  readonly tone: 'ok' | 'info' | 'bad';
  readonly text: string;
}

export interface ToastsSlice {
  readonly toasts: readonly Toast[];
}

const SHOWN_MS = 4_000;
const TOASTS_MAX = 4;

export const useToasts = create<ToastsSlice>(() => ({ toasts: [] }));
let nextId = 1;

/** Good news goes by itself; a failure stays until it is dismissed or pushed out by newer ones. */
export function showToast(tone: Toast['tone'], text: string): void {
  const id = nextId;
  nextId += 1;
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, { id, tone, text }].slice(-TOASTS_MAX) }));
  if (tone !== 'bad') setTimeout(() => dismissToast(id), SHOWN_MS);
}

export function dismissToast(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}
