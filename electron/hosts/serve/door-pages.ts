/** The few pages the door itself shows. Fixed text without scripts; nothing a visitor sent is repeated in them. */

/** A refresh instead of a redirect: after a redirect from a launch page on disk the browser holds back a SameSite=Strict cookie. */
export function welcomePage(windowKey: string): string {
  // The fragment of an address stays in the browser: it is sent to no server.
  return page('Signalbox', `<meta http-equiv="refresh" content="0;url=/#${windowKey}">`, '<p>Opening the console …</p>');
}

export const USED_LINK_PAGE = page(
  'Link already used',
  '',
  '<h1>This link was used already</h1><p>Each link opens the console once. The console prints a new one in its terminal whenever a link is used: open that one.</p>',
);

export const WRONG_LINK_PAGE = page(
  'Link not valid',
  '',
  '<h1>This link is not valid</h1><p>It belongs to another run of the console, or it is incomplete. Open the newest link printed in the terminal.</p>',
);

export const SIGNED_OUT_PAGE = page(
  'Not signed in',
  '',
  '<h1>This browser is not signed in</h1><p>Open the newest link the console printed in its terminal.</p>',
);

function page(title: string, head: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${head}</head><body>${body}</body></html>\n`;
}
