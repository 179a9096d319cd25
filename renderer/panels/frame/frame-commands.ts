/** What the frame itself can do, for the palette and the keyboard. */
import type { SignalboxApi } from '../../../shared/contract/api.ts';
import { DENSITIES, THEMES } from '../../../shared/contract/app.ts';
import type { SettingsPatch } from '../../../shared/contract/app.ts';
import { registerCommands } from '../../state/commands.ts';
import type { Command } from '../../state/commands.ts';
import { openDialog, openLab, openLink, useDialogs } from '../../state/dialogs-slice.ts';
import { useHello } from '../../state/hello-slice.ts';
import { setLab, useLab } from '../../state/lab-slice.ts';
import { useLinks } from '../../state/links-slice.ts';
import { showPlugins } from '../../state/plugin-shown.ts';
import { useSettings, writeSettings } from '../../state/settings-slice.ts';
import { VIEWS, showView } from '../../state/view-slice.ts';
import type { ViewId } from '../../state/view-slice.ts';
import { nextOption } from './next-option.ts';
import { nextZoom } from './zoom.ts';

export function registerFrameCommands(api: SignalboxApi): () => void {
  const stopFixed = registerCommands([...windowCommands(), ...lookCommands(api), ...labCommands(api)]);
  const stopLinks = followLinks();
  return () => {
    stopFixed();
    stopLinks();
  };
}

export function isWritable(): boolean {
  return useHello.getState().hello?.profile.readOnly !== true;
}

function windowCommands(): Command[] {
  return [
    {
      id: 'frame.palette',
      titleKey: 'command.palette',
      group: 'frame',
      keys: ['Ctrl+K'],
      run: () => openDialog('palette'),
    },
    {
      id: 'frame.keys',
      titleKey: 'command.keys',
      group: 'frame',
      keys: ['?'],
      run: () => openDialog('keys'),
    },
    {
      id: 'frame.settings',
      titleKey: 'command.settings',
      group: 'frame',
      keys: ['Ctrl+,'],
      run: () => openDialog('settings'),
    },
    {
      id: 'frame.diagnostics',
      titleKey: 'command.diagnostics',
      group: 'frame',
      keys: [],
      run: () => openDialog('diagnostics'),
    },
    {
      id: 'view.plugin',
      titleKey: 'plugin:command.open',
      group: 'view',
      keys: ['g p'],
      run: () => {
        showPlugins(true);
        goToView('dispatch');
      },
    },
    ...VIEWS.map(({ id, digit, letter }): Command => ({
      id: `view.${id}`,
      titleKey: VIEW_TITLES[id],
      group: 'view',
      keys: [`g ${letter}`, `Ctrl+${digit}`],
      run: () => goToView(id),
    })),
  ];
}

const VIEW_TITLES = {
  feed: 'command.viewFeed',
  cache: 'command.viewCache',
  dispatch: 'command.viewDispatch',
} as const;

/** The keyboard goes to the list of the view, so that arrows and letters act there. */
function goToView(id: ViewId): void {
  showView(id);
  requestAnimationFrame(() => {
    const list = document.querySelector('main :is([role="grid"], [role="treegrid"])');
    if (list instanceof HTMLElement) list.focus();
  });
}

function lookCommands(api: SignalboxApi): Command[] {
  const change = (patch: SettingsPatch): void => void writeSettings(api, patch);
  const now = (): ReturnType<typeof useSettings.getState>['settings'] => useSettings.getState().settings;
  const look = { group: 'frame', isEnabled: isWritable } as const;
  return [
    {
      ...look,
      id: 'look.theme',
      titleKey: 'command.theme',
      keys: [],
      run: () => change({ theme: nextOption(THEMES, now().theme) }),
    },
    {
      ...look,
      id: 'look.language',
      titleKey: 'command.language',
      keys: [],
      run: () => change({ language: now().language === 'en' ? 'zh-CN' : 'en' }),
    },
    {
      ...look,
      id: 'look.density',
      titleKey: 'command.density',
      keys: [],
      run: () => change({ density: nextOption(DENSITIES, now().density) }),
    },
    {
      ...look,
      id: 'look.time-zone',
      titleKey: 'command.timeZone',
      keys: [],
      run: () => change({ timeZone: now().timeZone === 'utc' ? 'local' : 'utc' }),
    },
    {
      ...look,
      id: 'look.zoom-in',
      titleKey: 'command.zoomIn',
      keys: ['Ctrl+=', 'Ctrl++'],
      run: () => change({ zoomPercent: nextZoom(now().zoomPercent, 1) }),
    },
    {
      ...look,
      id: 'look.zoom-out',
      titleKey: 'command.zoomOut',
      keys: ['Ctrl+-'],
      run: () => change({ zoomPercent: nextZoom(now().zoomPercent, -1) }),
    },
    {
      ...look,
      id: 'look.zoom-reset',
      titleKey: 'command.zoomReset',
      keys: ['Ctrl+0'],
      run: () => change({ zoomPercent: 100 }),
    },
  ];
}

function labCommands(api: SignalboxApi): Command[] {
  const isKnown = (): boolean => useLab.getState().lab !== null;
  return [
    {
      id: 'lab.open',
      titleKey: 'command.lab',
      group: 'frame',
      keys: [],
      isEnabled: isKnown,
      run: () => openLab(true),
    },
    {
      id: 'lab.toggle',
      titleKey: 'command.labToggle',
      group: 'frame',
      keys: [],
      isEnabled: () => isKnown() && isWritable(),
      run: () => void setLab(api, { running: useLab.getState().lab?.running !== true }),
    },
  ];
}

/** One command a link, registered anew when links come or go. */
function followLinks(): () => void {
  let stop: () => void = () => undefined;
  let present = '';
  const take = (): void => {
    const links = useLinks.getState().links ?? [];
    const wanted = JSON.stringify(links.map(({ id, label }) => [id, label]));
    if (wanted === present) return;
    present = wanted;
    stop();
    stop = registerCommands(
      links.map(({ id, label }) => ({
        id: `link.${id}`,
        titleKey: 'command.link',
        titleValues: { label },
        group: 'view',
        keys: [],
        run: () => openLink(useDialogs.getState().linkId === id ? null : id),
      })),
    );
  };
  take();
  const unsubscribe = useLinks.subscribe(take);
  return () => {
    unsubscribe();
    stop();
  };
}
