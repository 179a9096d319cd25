import { loadNative, type NativeAddon } from '../../native/index.ts';

const { native } = loadNative();

/** Both ways a door takes connections, each with what it is opened with; where no addon is built there is only one. */
export const DOOR_WAYS: readonly (readonly [name: string, addon: NativeAddon | null])[] =
  native === null
    ? [['node:http', null]]
    : [
        ['node:http', null],
        ['the addon', native],
      ];
