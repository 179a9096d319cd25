/** What a window may ask of the plugin connections. */
import type { CallHandlers } from '../../../shared/contract/handlers.ts';
import type { PluginLinks } from './plugin-links.ts';

export type PluginCalls = Pick<CallHandlers, Extract<keyof CallHandlers, `plugin.${string}`>>;

export function pluginCalls({ plugins }: { readonly plugins: PluginLinks }): PluginCalls {
  return {
    'plugin.write': async ({ plugin }) => {
      await plugins.write(plugin);
      return plugins.list();
    },
    'plugin.remove': async ({ pluginId }) => {
      await plugins.remove(pluginId);
      return plugins.list();
    },
    'plugin.act': async (input) => {
      await plugins.act(input);
      return plugins.list();
    },
    'plugin.places': async () => ({ places: await plugins.places() }),
    'plugin.rows': async ({ pluginId, after, rowsMax }) => plugins.get(pluginId).rows(after, rowsMax),
    'plugin.preview': async (input) => plugins.preview(input),
    'plugin.send': (input) => plugins.send(input),
    'plugin.report': async (input) => {
      await plugins.report(input);
      return plugins.list();
    },
  };
}
