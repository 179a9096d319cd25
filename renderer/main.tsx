import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { assert } from '../shared/assert.ts';
import type { SignalboxApi } from '../shared/contract/api.ts';
import { App } from './app.tsx';
import { startTexts } from './i18n/i18n.ts';
import { ApiContext } from './state/api.ts';
import './styles/tokens.css';
import './styles/base.css';

declare global {
  interface Window {
    /** Put there by the desktop preload; absent in a browser. */
    readonly signalbox?: SignalboxApi;
  }
}

function start(api: SignalboxApi): void {
  const place = document.getElementById('root');
  assert(place !== null, 'index.html has no #root');
  startTexts('en');
  createRoot(place).render(
    <StrictMode>
      <ApiContext value={api}>
        <App timeControl={null}>{null}</App>
      </ApiContext>
    </StrictMode>,
  );
}

assert(window.signalbox !== undefined, 'no way to the core');
start(window.signalbox);
