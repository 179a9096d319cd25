/**
 * Two languages, both in the bundle: the switch needs no restart and no fetch. Wire values, codes and log
 * lines are never translated.
 */
import i18next from 'i18next';
import type { ParseKeys, TFunction } from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Settings } from '../../shared/contract/app.ts';
import { cacheEn } from './en/cache.ts';
import { dispatchEn } from './en/dispatch.ts';
import { feedEn } from './en/feed.ts';
import { frameEn } from './en/frame.ts';
import { pluginEn } from './en/plugin.ts';
import { cacheZh } from './zh-CN/cache.ts';
import { dispatchZh } from './zh-CN/dispatch.ts';
import { feedZh } from './zh-CN/feed.ts';
import { frameZh } from './zh-CN/frame.ts';
import { pluginZh } from './zh-CN/plugin.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'frame';
    resources: {
      readonly frame: typeof frameEn;
      readonly feed: typeof feedEn;
      readonly cache: typeof cacheEn;
      readonly dispatch: typeof dispatchEn;
      readonly plugin: typeof pluginEn;
    };
  }
}

const NAMESPACES = ['frame', 'feed', 'cache', 'dispatch', 'plugin'] as const;
type Namespaces = ['frame', 'feed', 'cache', 'dispatch', 'plugin'];
/** `header.profile` of the frame, `feed:pill.resume` of the feed, `cache:head.age` of the cache. */
export type TextKey = ParseKeys<Namespaces>;
export type TextFunction = TFunction<Namespaces>;
export type Language = Settings['language'];

/** Synchronous, because every text is already here. */
export function startTexts(language: Language): void {
  void i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    ns: [...NAMESPACES],
    defaultNS: 'frame',
    resources: {
      en: { frame: frameEn, feed: feedEn, cache: cacheEn, dispatch: dispatchEn, plugin: pluginEn },
      'zh-CN': { frame: frameZh, feed: feedZh, cache: cacheZh, dispatch: dispatchZh, plugin: pluginZh },
    },
    initAsync: false,
    // React escapes; doing it twice would show &amp;.
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
}

export function switchLanguage(language: Language): void {
  document.documentElement.lang = language;
  if (i18next.language !== language) void i18next.changeLanguage(language);
}

/** Texts in the current language; the component is drawn again when it changes. */
export function useText(): TextFunction {
  return useTranslation<Namespaces>([...NAMESPACES], { useSuspense: false }).t;
}
