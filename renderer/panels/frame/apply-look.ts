/** Puts the look of the settings on the root element, where styles/tokens.css reads it. */
import type { Settings } from '../../../shared/contract/app.ts';
import { switchLanguage } from '../../i18n/i18n.ts';

type Look = Pick<Settings, 'theme' | 'density' | 'zoomPercent' | 'language'>;

/** The theme that is shown: `system` follows the desktop, its wish for more contrast first. */
export function shownTheme(
  theme: Settings['theme'],
  wish: { light: boolean; moreContrast: boolean },
): Settings['theme'] {
  if (theme !== 'system') return theme;
  if (wish.moreContrast) return 'high-contrast';
  return wish.light ? 'light' : 'dark';
}

/** Applies the look and goes on following the system until the returned function is called. */
export function applyLook(look: Look): () => void {
  const root = document.documentElement;
  const light = matchMedia('(prefers-color-scheme: light)');
  const moreContrast = matchMedia('(prefers-contrast: more)');
  const paint = (): void => {
    root.dataset['theme'] = shownTheme(look.theme, {
      light: light.matches,
      moreContrast: moreContrast.matches,
    });
  };
  paint();
  root.dataset['density'] = look.density;
  root.style.setProperty('--zoom', String(look.zoomPercent / 100));
  switchLanguage(look.language);
  light.addEventListener('change', paint);
  moreContrast.addEventListener('change', paint);
  return () => {
    light.removeEventListener('change', paint);
    moreContrast.removeEventListener('change', paint);
  };
}
