/**
 * A sender as a process of its own: pipelines POSTs with 1 kB bodies over a few connections at a steady rate
 * and counts the answers. Arguments: port, events a second, seconds. Last line of stdout: JSON with what was
 * answered how.
 */
import { type Socket, connect } from 'node:net';

const [port, rate, seconds] = process.argv.slice(2).map(Number);
if (port === undefined || rate === undefined || seconds === undefined)
  throw new Error('usage: sender.ts PORT RATE SECONDS');

const CONNECTIONS = 4;
const BODY_BYTES = 1_000;
/** Unanswered requests on one connection; beyond it the sender waits, as libnotify does. */
const IN_FLIGHT_MAX = 512;
const TICK_MS = 5;
const ANSWERS_DEADLINE_MS = 30_000;
const STATUS_LINE = /HTTP\/1\.1 (\d{3})/g;

interface Line {
  readonly socket: Socket;
  inFlight: number;
  rest: string;
}

const counts = { sent: 0, accepted: 0, busy: 0, other: 0 };

function request(n: number): string {
  const isError = n % 50 === 0;
  const start = `{"event":"${isError ? 'error_occurred' : 'bdev_ready'}","payload":{"n":${n},"fill":"`;
  const end = `"},"timestamp":${Math.floor(Date.now() / 1_000)}}`;
  const body = start + 'x'.repeat(Math.max(0, BODY_BYTES - start.length - end.length)) + end;
  const head = `POST /mimo/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${body.length}\r\n`;
  return `${head}Content-Type: application/json\r\n\r\n${body}`;
}

/**
 * Answers have no body, so their status lines are all there is to count. A line cut in two is put together.
 */
function take(line: Line, chunk: string): void {
  const text = line.rest + chunk;
  let endsAt = 0;
  for (const match of text.matchAll(STATUS_LINE)) {
    endsAt = match.index + match[0].length;
    line.inFlight -= 1;
    if (match[1] === '204') counts.accepted += 1;
    else if (match[1] === '503') counts.busy += 1;
    else counts.other += 1;
  }
  line.rest = text.slice(Math.max(endsAt, text.length - 'HTTP/1.1 204'.length));
}

function open(): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = connect(port ?? 0, '127.0.0.1', () => resolve(line)).setEncoding('latin1');
    const line: Line = { socket, inFlight: 0, rest: '' };
    socket.setNoDelay(true);
    socket.on('data', (chunk) => take(line, String(chunk)));
    socket.on('error', reject);
  });
}

const lines = await Promise.all(Array.from({ length: CONNECTIONS }, open));
const total = rate * seconds;
const startedMs = performance.now();
while (counts.sent < total) {
  const due = Math.min(total, ((performance.now() - startedMs) / 1_000) * rate);
  for (const line of lines) {
    const share = Math.min(Math.ceil((due - counts.sent) / CONNECTIONS), IN_FLIGHT_MAX - line.inFlight);
    let text = '';
    for (let index = 0; index < share && counts.sent < total; index += 1) {
      counts.sent += 1;
      line.inFlight += 1;
      text += request(counts.sent);
    }
    if (text !== '') line.socket.write(text, 'latin1');
  }
  await new Promise((resolve) => setTimeout(resolve, TICK_MS));
}
const sentMs = performance.now() - startedMs;
const deadlineMs = performance.now() + ANSWERS_DEADLINE_MS;
while (lines.some((line) => line.inFlight > 0) && performance.now() < deadlineMs) {
  await new Promise((resolve) => setTimeout(resolve, TICK_MS));
}
for (const line of lines) line.socket.destroy();
process.stdout.write(`${JSON.stringify({ ...counts, ratePerSecond: counts.sent / (sentMs / 1_000) })}\n`);
