/** What every page of the console may do, whichever host serves it (docs/THREATS.md A5). */

/**
 * Nothing but our own files: no inline script or style, no eval, no foreign address, and text never becomes code (Trusted Types
 * without a single policy). Styles set through the CSSOM by React, CodeMirror and uPlot are not inline styles in this sense.
 */
const PAGE_DIRECTIVES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
] as const;

export const PAGE_POLICY = PAGE_DIRECTIVES.join('; ');

/** For every answer that carries a file of the page. Never cached: the served set belongs to one run of the host. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': PAGE_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), display-capture=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
};
