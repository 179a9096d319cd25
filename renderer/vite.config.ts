import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * Relative addresses, because the page is served from `/` by the serve host and from its own scheme by the
 * desktop host.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  css: { modules: { localsConvention: 'camelCaseOnly' } },
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'chrome130',
    // The page's Content-Security-Policy allows neither data: scripts nor inline ones.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    sourcemap: false,
  },
});
