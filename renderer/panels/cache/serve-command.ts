const PLAIN = /^[\w./:@%+-]+$/;

/** What serves this run folder, as one pastes it into a POSIX shell: a folder with other than plain characters is quoted. */
export function serveCommand(runFolder: string): string {
  const word = PLAIN.test(runFolder) ? runFolder : `'${runFolder.replaceAll("'", String.raw`'\''`)}'`;
  return `signalbox netipc serve --run ${word}`;
}
