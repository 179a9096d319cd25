// Draws the product's icon (a signal arm and its lamp) as PNG files in packaging/icons; run by hand when the drawing changes.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { ROOT } from '../setup.mjs';

const SIZES = [16, 32, 48, 64, 128, 256, 512];
const BACK = [23, 29, 38];
const ARM = [226, 232, 240];
const LAMP = [63, 185, 130];
const RED = [224, 82, 82];

/** Colour and cover at a point of the unit square. */
function shade(x, y) {
  const edge = 0.06;
  const corner = 0.2;
  const dx = Math.max(Math.abs(x - 0.5) - (0.5 - edge - corner), 0);
  const dy = Math.max(Math.abs(y - 0.5) - (0.5 - edge - corner), 0);
  if (Math.hypot(dx, dy) > corner) return null;
  if (Math.abs(x - 0.32) < 0.035 && y > 0.2 && y < 0.84) return ARM;
  if (x > 0.32 && x < 0.8 && Math.abs(y - 0.32 - (x - 0.32) * -0.12) < 0.075) return x > 0.62 && x < 0.7 ? ARM : RED;
  if (Math.hypot(x - 0.6, y - 0.64) < 0.13) return LAMP;
  return BACK;
}

function pixels(size) {
  const rows = [];
  const samples = 4;
  for (let y = 0; y < size; y += 1) {
    const row = Buffer.alloc(1 + size * 4);
    for (let x = 0; x < size; x += 1) {
      const sum = [0, 0, 0];
      let cover = 0;
      for (let k = 0; k < samples * samples; k += 1) {
        const colour = shade((x + ((k % samples) + 0.5) / samples) / size, (y + (Math.floor(k / samples) + 0.5) / samples) / size);
        if (colour === null) continue;
        cover += 1;
        for (let c = 0; c < 3; c += 1) sum[c] += colour[c];
      }
      for (let c = 0; c < 3; c += 1) row[1 + x * 4 + c] = cover === 0 ? 0 : Math.round(sum[c] / cover);
      row[1 + x * 4 + 3] = Math.round((255 * cover) / (samples * samples));
    }
    rows.push(row);
  }
  return Buffer.concat(rows);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

function png(size) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(pixels(size), { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

const folder = join(ROOT, 'packaging', 'icons');
mkdirSync(folder, { recursive: true });
for (const size of SIZES) writeFileSync(join(folder, `${size}x${size}.png`), png(size));
