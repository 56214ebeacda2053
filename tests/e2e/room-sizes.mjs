// The room at every height of a window, for the states whose dock grows most: whether rim or list, the page settles and stays still.
// It once went to and fro for ever: the list hid a line of the dock, without which the rim fitted again.
// Build the stories first: `VITE_STORIES=1 npm --prefix web run build`.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';
import { serve } from './static-server.mjs';

const server = await serve(join(dirname(fileURLToPath(import.meta.url)), '../../web/dist-stories'));
const browser = await launch();
const faults = [];
let sizes = 0;
try {
  for (const story of ['dropped', 'refused', 'next', 'turn', 'facilitator', 'next&voices=on', 'facilitator&voices=held']) {
    for (const width of [320, 360, 390, 430, 768]) {
      const page = await browser.newPage({ viewport: { width, height: 540 } });
      page.on('pageerror', (error) => faults.push(`${story} at ${width} × ${page.viewportSize().height}: ${error.message}`));
      await page.goto(`${server.origin}/stories?show=${story}`);
      await page.locator('#dock').waitFor();
      for (let height = 560; height <= 960; height += 20) {
        await page.setViewportSize({ width, height });
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
        sizes += 1;
      }
      await page.close();
    }
  }
} finally {
  await browser.close();
  await server.close();
}
for (const fault of faults) console.error(`FAULT  ${fault}`);
console.log(`${sizes} sizes, ${faults.length} faults`);
if (faults.length > 0) process.exit(1);
