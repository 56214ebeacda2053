// The room by keyboard alone, in a real browser: skip links, the way in and out of sheets, and the quick exit.
// Build the stories first: `VITE_STORIES=1 npm --prefix web run build`.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';
import { serve } from './static-server.mjs';

const built = join(dirname(fileURLToPath(import.meta.url)), '../../web/dist-stories');
const server = await serve(built);
const browser = await launch();

const focused = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.getAttribute('aria-label') || document.activeElement?.textContent?.trim() || '');

/** Tabs on until the named thing has the focus; a hundred steps are more than any page has. */
async function tabTo(page, name) {
  for (let step = 0; step < 100; step++) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === name) return;
  }
  assert.fail(`“${name}” cannot be reached by keyboard`);
}

const RULES = {
  async 'the first stop is a skip link, and it leads to what one can do'(page) {
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'To what you can do');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Give 1 minute more');
  },
  async 'the focus is seen'(page) {
    await tabTo(page, 'Leave the room');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outline);
    assert.match(outline, /solid 3px/);
  },
  async 'a sheet opens, closes with Escape, and gives the focus back'(page) {
    await tabTo(page, 'People');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'People' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'People' }).waitFor({ state: 'hidden' });
    assert.equal(await focused(page), 'People');
  },
  async 'the list behind “more” closes with Escape'(page) {
    await tabTo(page, 'More');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Take the floor' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Take the floor' }).waitFor({ state: 'detached' });
    assert.equal(await focused(page), 'More');
  },
  async 'one polite voice speaks; a note’s own is silent while all is well'(page) {
    await page.locator('#notes [data-saving=saved]').waitFor();
    assert.equal(await page.locator('[role=alert]').count(), 0);
    // The voice that interrupts is there for those who lead alone, and says nothing while nobody waits for them.
    assert.deepEqual(await page.locator('[aria-live=assertive]').allTextContents(), ['']);
    const member = await page.context().newPage();
    await member.goto(`${server.origin}/stories?show=next`);
    await member.locator('#dock').waitFor();
    assert.equal(await member.locator('[aria-live=assertive]').count(), 0);
    await member.close();
    const voices = await page.locator('[aria-live], [role=status]').allTextContents();
    assert.deepEqual(voices.filter((said) => said !== ''), ['You are in the room.']);
  },
  async 'Escape twice leaves at once, takes the page’s place in the history, and says nothing'(page) {
    const entries = await page.evaluate(() => history.length);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.waitForURL('**/measures.html');
    assert.equal(await page.title(), 'Kitchen measures');
    assert.equal(await page.evaluate(() => history.length), entries);
    await page.goBack();
    assert.ok(!page.url().includes('show='), page.url());
  },
  async 'Escape once leaves nothing but a dialog'(page) {
    await page.keyboard.press('Escape');
    assert.ok(page.url().includes('show='));
    await page.getByRole('button', { name: /^Quick exit/ }).click();
    await page.waitForURL('**/measures.html');
  },
};

/** The same room while people hear each other. */
const VOICES = {
  async 'with voices on the first skip link still leads to what one can do'(page) {
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Give 1 minute more');
  },
  async 'the microphone is switched by keyboard, and says how it is'(page) {
    await tabTo(page, 'Microphone off');
    await page.keyboard.press('Enter');
    await page.getByText('Your microphone is off.').waitFor();
    assert.equal(await focused(page), 'Microphone on');
    await page.keyboard.press('Space');
    await page.getByText('The others hear you.').waitFor();
  },
  async 'what belongs to sound opens, closes with Escape, and gives the focus back'(page) {
    await tabTo(page, 'Sound and pictures');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Sound and pictures' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Sound and pictures' }).waitFor({ state: 'hidden' });
    assert.equal(await focused(page), 'Sound and pictures');
  },
  async 'a key that is held to be heard does nothing before somebody asked for it, nor while they write'(page) {
    await page.keyboard.press('t');
    await page.getByText('The others hear you.').waitFor();
    await page.getByRole('button', { name: 'Sound and pictures' }).click();
    await page.getByLabel(/Hold the T key/).check();
    await page.keyboard.press('Escape');
    await page.getByText('Hold T to be heard.').waitFor();
    await page.keyboard.down('t');
    await page.getByText('The others hear you while you hold T.').waitFor();
    await page.keyboard.up('t');
    await page.getByText('Hold T to be heard.').waitFor();
    const note = page.locator('#notes [contenteditable=true]').first();
    await note.click();
    await page.keyboard.down('t');
    await page.keyboard.up('t');
    assert.match(await note.textContent(), /t/);
    assert.equal(await page.getByText('The others hear you while you hold T.').count(), 0);
  },
};

let held = 0;
try {
  const all = [...Object.entries(RULES).map((rule) => [...rule, '']), ...Object.entries(VOICES).map((rule) => [...rule, '&voices=on'])];
  for (const [rule, check, voices] of all) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(`${server.origin}/`);
    await page.goto(`${server.origin}/stories?show=facilitator${voices}`);
    await page.locator('#dock').waitFor();
    if (voices !== '') await page.getByText('The others hear you.').first().waitFor();
    try {
      await check(page);
      held += 1;
      console.log(`holds  ${rule}`);
    } catch (fault) {
      console.error(`FAULT  ${rule}\n       ${fault.message}`);
      process.exitCode = 1;
    }
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
console.log(`${held} of ${Object.keys({ ...RULES, ...VOICES }).length} rules hold`);
