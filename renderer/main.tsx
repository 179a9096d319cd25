import { CSPProvider } from '@base-ui/react/csp-provider';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { assert } from '../shared/assert.ts';
import { App } from './app.tsx';
import { startTexts } from './i18n/i18n.ts';
import { connect } from './rpc/connect.ts';
import { reportTrouble } from './rpc/report-trouble.ts';
import { ApiContext } from './state/api.ts';
import { watchConnection } from './state/connection-slice.ts';
import './styles/tokens.css';
import './styles/base.css';

const place = document.getElementById('root');
assert(place !== null, 'index.html has no #root');
const connection = connect();
watchConnection(connection);
reportTrouble(connection.api);
startTexts('en');
createRoot(place).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <ApiContext value={connection.api}>
        <App />
      </ApiContext>
    </CSPProvider>
  </StrictMode>,
);
