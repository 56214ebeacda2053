// The dialogs and targets of the stick, the pair, the fishbowl, silence and the round, and of what lies beside the circle, with the
// keyboard alone. Build the stories first:
// `VITE_STORIES=1 npm --prefix web run build`.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';
import { serve } from './static-server.mjs';

const built = join(dirname(fileURLToPath(import.meta.url)), '../../web/dist-stories');
if (!existsSync(built)) throw new Error('The stories are not built: run `VITE_STORIES=1 npm --prefix web run build` first.');
/** More stops than any of these pages has. */
const STOPS_MAX = 60;
const server = await serve(built);
const browser = await launch();

async function open(story) {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', reducedMotion: 'reduce' })).newPage();
  page.on('pageerror', (error) => assert.fail(`${story}: ${error.message}`));
  await page.goto(`${server.origin}/stories?show=${story}`);
  await page.locator('main').first().waitFor();
  return page;
}
const here = (page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? (document.activeElement === document.body ? 'nowhere' : document.activeElement?.textContent?.trim()));
/** Tab until the focus is on something of this name. */
async function reach(page, name) {
  for (let stop = 0; stop < STOPS_MAX; stop += 1) {
    await page.keyboard.press('Tab');
    if ((await here(page)) === name) return;
  }
  assert.fail(`"${name}" is not reached with the Tab key`);
}
const order = (page) => page.locator('dialog[open] ol .name').allTextContents();

const rules = {
  async 'the stick is offered to a seat, and by the list'() {
    const page = await open('stick-holding');
    await reach(page, 'Offer the stick to Kit');
    await reach(page, 'Offer the stick …');
    await page.keyboard.press('Enter');
    await reach(page, 'Leila');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('dialog[open]').count(), 0);
    assert.equal(await here(page), 'Offer the stick …', 'the focus comes back to where it was');
  },
  async 'an offer is taken or declined'() {
    const page = await open('stick-offered');
    await reach(page, 'Take the stick');
    await reach(page, 'No, thank you. Only you, Rosa and the hosts see this.');
  },
  async 'a round is put in order: the key stays under the finger, and each place is said'() {
    const page = await open('round-staff');
    await reach(page, 'More');
    await page.keyboard.press('Enter');
    await reach(page, 'Begin a round …');
    await page.keyboard.press('Enter');
    await page.getByRole('radio', { name: 'As people sit' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await reach(page, 'Move Ben later');
    await page.keyboard.press('Enter');
    await page.getByText('Ben is 2nd.').waitFor({ state: 'attached' });
    await page.keyboard.press('Enter');
    await page.getByText('Ben is 3rd.').waitFor({ state: 'attached' });
    assert.equal(await here(page), 'Move Ben later');
    assert.deepEqual(await order(page), ['Chloe', 'Ana', 'Ben', 'Ella', 'Farid', 'Dev']);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('dialog[open]').count(), 0);
  },
  async 'two people are named, and the same one twice is not'() {
    const page = await open('pair-unnamed');
    await reach(page, 'Name the two …');
    await page.keyboard.press('Enter');
    await page.getByLabel('Listens first').focus();
    await page.keyboard.press('ArrowUp');
    await page.getByText('Choose two different people.').waitFor();
    await reach(page, 'These two');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('dialog[open]').count(), 1, 'it stays open and says why');
  },
  async 'the inner circle is ticked'() {
    const page = await open('fishbowl-unnamed');
    await reach(page, 'Name the inner circle …');
    await page.keyboard.press('Enter');
    await page.getByRole('checkbox', { name: 'Ana' }).focus();
    await page.keyboard.press('Space');
    await reach(page, 'They sit inside');
  },
  async '“I am not OK” is answered at the first stops, and the focus stays with the person'() {
    const page = await open('alarm');
    await reach(page, 'To the facilitators’ side');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.equal(await here(page), 'I have seen it: Dev is not OK');
    await page.keyboard.press('Enter');
    assert.equal(await here(page), 'Before anything else');
  },
  async 'a seat opens what can be done for a person, and a cue is one press more'() {
    const page = await open('aside-staff');
    await reach(page, 'What you can do for Ben');
    await page.keyboard.press('Enter');
    await reach(page, 'Point out Ben to the others who lead');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('dialog[open]').count(), 0);
    assert.equal(await here(page), 'What you can do for Ben', 'the focus comes back to where it was');
  },
  async 'small circles are put together by hand'() {
    const page = await open('circles-open');
    await reach(page, 'More');
    await page.keyboard.press('Enter');
    await reach(page, 'Small circles …');
    await page.keyboard.press('Enter');
    await page.getByRole('radio', { name: 'Pairs who have not met yet' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.getByText('Circle 2: Ana, Ella and Dev').waitFor();
    await page.getByLabel('Where Ana goes').focus();
    await page.keyboard.press('ArrowUp');
    await page.getByText('Circle 1: Ben, Chloe and Ana').waitFor();
    await reach(page, 'Open the circles');
  },
  async 'today’s plan is changed step by step'() {
    const page = await open('plan');
    await reach(page, 'Change today’s plan …');
    await page.keyboard.press('Enter');
    await reach(page, 'Once more, right after this: Focus');
    await reach(page, 'Bring back in: Work');
    await reach(page, 'Leave out today: Try-outs');
    await reach(page, 'Spread the time that is left');
    await reach(page, 'Put it in');
    await page.keyboard.press('Escape');
    assert.equal(await here(page), 'Change today’s plan …');
  },
  async 'breath and bell are off until asked for, and nothing moves where movement is unwanted'() {
    const page = await open('silence');
    assert.equal(await page.locator('.breath').count(), 0);
    for (const name of ['Breathe along', 'Bell at both ends']) {
      const button = page.getByRole('button', { name });
      assert.equal(await button.getAttribute('aria-pressed'), 'false');
      await reach(page, name);
      await page.keyboard.press('Space');
      assert.equal(await button.getAttribute('aria-pressed'), 'true');
    }
    assert.equal(await page.locator('.breath .air').evaluate((air) => getComputedStyle(air).animationName), 'none');
  },
};

try {
  for (const [rule, holds] of Object.entries(rules)) {
    await holds();
    console.log(`ok     ${rule}`);
  }
} finally {
  await browser.close();
  await server.close();
}
