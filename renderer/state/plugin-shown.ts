/** Whether the Dispatch view shows the plugin's side. Of its own, so that the frame's command does not fetch the rest. */
import { create } from 'zustand';

export interface PluginShownSlice {
  readonly isShown: boolean;
}

export const usePluginShown = create<PluginShownSlice>(() => ({ isShown: false }));

export function showPlugins(isShown: boolean): void {
  usePluginShown.setState({ isShown });
}
