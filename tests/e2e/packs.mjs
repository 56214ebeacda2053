// A facilitator writes a pack of their own in a real browser: copies one, breaks it, reads what is wrong at its line, mends it, looks at the
// preview, saves, and makes a group with it. By mouse on a wide screen, and looked at on a phone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DESKTOP, House, PHONE } from './house.mjs';

const house = new House('packs');

await house.play(async (browser, server) => {
  const ana = await house.person(browser, 'Ana', { viewport: DESKTOP });
  await house.firstRun(ana, server.link);
  const { page } = ana;

  await page.getByRole('link', { name: 'Write or change packs' }).click();
  await page.getByLabel('Pack', { exact: true }).selectOption('group-ipt-8');
  await ana.button('Open').click();
  await page.getByLabel('A name for your copy').fill('our-group');
  await house.look(ana, '1-choose');
  await ana.button('Make a copy').click();
  await ana.sees('The pack is whole.');
  await ana.sees('Session 8');
  await house.look(ana, '2-whole');
  house.say('a copy of a pack that came along is whole and shown');

  const text = page.getByLabel('Text of pack.toml');
  const before = await text.inputValue();
  const line = before.split('\n').findIndex((one) => one.startsWith('grace_seconds')) + 1;
  assert.ok(line > 1, 'the pack says its grace');
  await text.fill(before.replace('grace_seconds = 45', 'grace_secnods = 45'));
  const fault = page.getByRole('button', { name: new RegExp(`pack\\.toml.*line ${line}|pack\\.toml:${line}|pack\\.toml, line ${line}`, 'i') }).first();
  await fault.waitFor();
  await ana.sees('grace_seconds'); // the hint names the right word
  assert.equal(await page.getByText('The pack is whole.').count(), 0);
  await house.look(ana, '3-broken');
  await fault.click();
  const chosen = await text.evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd));
  assert.equal(chosen, 'grace_secnods = 45', 'the cursor stands on the line that is wrong');
  house.say('a slip of the pen is told at its line while one types, and found with one press');

  await ana.button('Save').click();
  await ana.sees('Not saved yet.');
  const kept = await page.evaluate(() => fetch('/api/packs').then((answer) => answer.json()));
  assert.ok(!kept.packs.some((pack) => pack.id === 'our-group') && kept.broken.length === 0, 'a broken pack is not kept');
  await text.fill(before.replace('grace_seconds = 45', 'grace_seconds = 60'));
  await ana.sees('The pack is whole.');
  await page.getByText('Session 2', { exact: true }).click();
  await page.getByText('Mood round', { exact: true }).first().click();
  await house.look(ana, '4-preview');
  await ana.button('Save').click();
  await ana.sees('Saved. New groups can follow it.');
  house.say('a broken pack is not saved; the mended one is');

  await ana.page.setViewportSize(PHONE);
  await house.look(ana, '5-phone');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert.equal(wide, false, 'nothing hangs over the edge of a phone');
  await page.getByLabel('File', { exact: true }).selectOption('text/en.toml');
  const words = page.getByLabel('Text of text/en.toml');
  await words.fill((await words.inputValue()).replace(/^title = ".*"/m, 'title = "Our own group"'));
  await ana.sees('The pack is whole.');
  await ana.button('Save').click();
  await ana.sees('Saved. New groups can follow it.');
  await page.getByRole('heading', { name: 'Preview' }).scrollIntoViewIfNeeded();
  await house.look(ana, '6-phone-preview');
  await ana.page.setViewportSize(DESKTOP);
  await ana.button('Close').click();

  await page.getByLabel('Pack', { exact: true }).selectOption('our-group');
  await page.getByText('Send a pack to somebody, or take one up').click();
  await page.getByLabel('Your name or your house’s, as the receiver should read it').fill('House by the lake');
  const downloading = page.waitForEvent('download');
  await ana.button('Download the chosen pack as a signed file').click();
  const signed = readFileSync(await (await downloading).path(), 'utf8');
  await ana.sees('Tell the receiver these letters by another way than the file, on the phone for instance.');
  await house.look(ana, '8-sent');
  const takes = (text) => page.getByLabel('Take up a file that somebody sent you').setInputFiles({ name: 'pack.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  const altered = signed.replace('Our own group', 'Your own group');
  assert.notEqual(altered, signed, 'a word of it was altered');
  await takes(altered);
  await page.getByText(/^The signature does not fit/).waitFor();
  await takes(signed);
  await ana.sees('Signed under the name “House by the lake” with this key:');
  await page.getByLabel('A name for your copy').fill('from-the-lake');
  await house.look(ana, '9-came');
  await ana.page.setViewportSize(PHONE);
  await house.look(ana, '9-came-phone');
  await ana.page.setViewportSize(DESKTOP);
  await ana.button('Make a copy').click();
  await ana.sees('The pack is whole.');
  await ana.button('Close').click();
  house.say('a pack leaves as a signed file; an altered one is refused, an unaltered one becomes a copy of one’s own');
  await page.getByRole('link', { name: 'To your groups' }).click();

  await page.getByLabel('What the group is called').fill('Tuesday group');
  await page.getByRole('radio', { name: /Our own group/ }).check();
  await house.look(ana, '7-new-group');
  await ana.button('Make the group').click();
  await page.waitForURL(/\/groups\/rm_/);
  const state = await page.evaluate(() => fetch('/api/state').then((answer) => answer.json()));
  assert.deepEqual(state.me.groups.map((group) => group.pack), ['our-group']);
  house.say('a group follows it');

  await page.getByRole('link', { name: 'Enter the room' }).click();
  await ana.button('Begin the session').click();
  await page.getByText('Words for the group').click();
  await page.getByLabel('Find words').fill('ordinary day with them'); // of a later step
  await page.getByText('1 found.').waitFor();
  await house.look(ana, '8-library');
  await page.getByRole('listitem').filter({ hasText: 'ordinary day with them' }).getByRole('button', { name: 'Show to the group' }).click();
  await page.locator('main, [role=main], body').getByText('Would you tell us about an ordinary day with them?').nth(1).waitFor();
  house.say('words of a step to come are found by searching and shown to the group');
});
