// The room at every height of a window, for the states whose dock grows most: whether rim or list, the page settles and stays still.
// It once went to and fro for ever: the list hid a line of the dock, without which the rim fitted again.
// Then what must stay where it is: the circle on a usual laptop, the ways out while the page scrolls, the buttons during one's own turn.
// Build the stories first: `VITE_STORIES=1 npm --prefix web run build`.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';
import { serve } from './static-server.mjs';

const server = await serve(join(dirname(fileURLToPath(import.meta.url)), '../../web/dist-stories'));
const browser = await launch();
const faults = [];
const boxOf = async (target) => (await target.boundingBox()) ?? { x: 0, y: -1, width: 0, height: 0 };
/** Opens each story and looks whether the rule holds in it. */
async function stays(rule, viewport, stories, holds) {
  for (const story of stories) {
    const page = await browser.newPage({ viewport });
    await page.goto(`${server.origin}/stories?show=${story}`);
    await page.locator('#dock').waitFor();
    await page.evaluate(() => document.fonts.ready);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    if (!(await holds(page))) faults.push(`${rule}: not so in ${story}`);
    await page.close();
  }
}
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

  await stays('the circle is a circle on a laptop', { width: 1280, height: 800 }, ['facilitator', 'facilitator&voices=on', 'next&voices=on', 'turn&voices=muted', 'circle&voices=on', 'ended-facilitator&voices=on', 'arrival-inside&voices=off', 'lobby-facilitator&voices=on', 'two', 'couple'], async (page) => (await page.locator('.stage.rim').count()) === 1);
  await stays('a folded card leaves the circle on a phone', { width: 390, height: 844 }, ['arrival-inside&voices=off', 'next&voices=on', 'turn&voices=off'], async (page) => (await page.locator('.stage.rim').count()) === 1);
  await stays('pause, leave and the quick exit stay in sight', { width: 360, height: 640 }, ['next', 'turn', 'facilitator'], async (page) => {
    await page.mouse.wheel(0, 2_000);
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    return (await boxOf(page.getByRole('button', { name: /^Quick exit/ }))).y >= 0;
  });
  await stays('“I am not OK” is reached without scrolling', { width: 1280, height: 640 }, ['not-ok-at-hand'], async (page) => {
    const { y, height } = await boxOf(page.getByRole('button', { name: 'I am not OK …' }));
    return y + height <= 640;
  });
  for (const width of [390, 768]) {
    await stays(`closing the facilitators’ side is nowhere near the quick exit at ${width}`, { width, height: 844 }, ['facilitator'], async (page) => {
      const exit = await boxOf(page.getByRole('button', { name: /^Quick exit/ }));
      await page.getByRole('button', { name: 'Open the facilitators’ side' }).click();
      const over = await page.locator('dialog[open] button').evaluateAll((buttons, at) => buttons.filter((button) => {
        const box = button.getBoundingClientRect();
        return box.width > 0 && box.x < at.x + at.width && at.x < box.right && box.y < at.y + at.height && at.y < box.bottom;
      }).length, exit);
      return over === 0;
    });
  }
  const done = {};
  await stays('asking for more time moves nothing under the hand', { width: 390, height: 844 }, ['turn&voices=on', 'turn-asked&voices=on'], async (page) => {
    const now = JSON.stringify([await boxOf(page.getByRole('button', { name: 'I’m done' })), await boxOf(page.locator('.disc'))]);
    done.at ??= now;
    return done.at === now;
  });
} finally {
  await browser.close();
  await server.close();
}
for (const fault of faults) console.error(`FAULT  ${fault}`);
console.log(`${sizes} sizes, ${faults.length} faults`);
if (faults.length > 0) process.exit(1);
