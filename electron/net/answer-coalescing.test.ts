import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { coalesceAnswers } from './answer-coalescing.ts';

it('joins the answers of one turn, in order, and lets large ones through behind them', async () => {
  const writes: number[] = [];
  const waiting: (() => void)[] = [];
  const large = 'x'.repeat(5_000);
  const server = createServer((request, response) => {
    waiting.push(() => {
      response.writeHead(200, {
        'Content-Length': request.url === '/large' ? large.length : 0,
        'X-Path': request.url,
      });
      response.end(request.url === '/large' ? large : undefined);
    });
    // All three are answered in one turn, as a commit answers all events it holds.
    if (waiting.length === 3) setImmediate(() => waiting.splice(0).forEach((answer) => answer()));
  });
  server.on('connection', (socket) => {
    const write = socket.write.bind(socket);
    socket.write = ((...args: Parameters<typeof write>) => {
      writes.push(String(args[0]).length);
      return write(...args);
    }) as typeof socket.write;
    coalesceAnswers(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    client.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    const requests = (paths: readonly string[]): string =>
      paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join('');
    const pathsSeen = (): string[] => [...text.matchAll(/X-Path: (\S+)/g)].map((match) => match[1] ?? '');

    client.write(requests(['/1', '/2', '/3']));
    await expect.poll(pathsSeen).toEqual(['/1', '/2', '/3']);
    expect(writes.length).toBe(1);

    client.write(requests(['/4', '/large', '/5']));
    await expect.poll(pathsSeen).toEqual(['/1', '/2', '/3', '/4', '/large', '/5']);
    expect(text).toContain(large);
    client.destroy();
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
