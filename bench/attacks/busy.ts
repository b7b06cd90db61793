/** A harmless process that uses a share of a core and sends nothing: `node bench/attacks/busy.ts <share> <seconds>`. */
import { setTimeout as sleep } from 'node:timers/promises';

const SLICE_MS = 10;

const [share = 0, seconds = 0] = process.argv.slice(2).map(Number);
const end = performance.now() + seconds * 1000;
while (performance.now() < end) {
  const start = performance.now();
  while (performance.now() - start < SLICE_MS * share);
  await sleep(SLICE_MS * Math.max(0, 1 - share));
}
