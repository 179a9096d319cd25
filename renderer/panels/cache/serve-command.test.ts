import { expect, test } from 'vitest';
import { serveCommand } from './serve-command.ts';

test.each([
  ['/run/netdata', '/run/netdata'],
  ['/run/with space', "'/run/with space'"],
  ["/run/it's", String.raw`'/run/it'\''s'`],
  ['/run/$(reboot)', "'/run/$(reboot)'"],
  ['/运行', "'/运行'"],
])('%s is pasted as %s', (folder, word) => {
  expect(serveCommand(folder)).toBe(`signalbox netipc serve --run ${word}`);
});
