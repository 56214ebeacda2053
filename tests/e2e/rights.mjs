// A member looks at what is kept about them, takes it along and asks to be erased; the facilitator carries it out in two steps.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DESKTOP, House, PHONE } from './house.mjs';

const house = new House('rights');

await house.play(async (browser, server) => {
  const ana = await house.person(browser, 'Ana', { viewport: DESKTOP });
  const ben = await house.person(browser, 'Ben', { viewport: PHONE, acceptDownloads: true });
  await house.firstRun(ana, server.link);
  await house.makeGroup(ana, 'Thursday');
  const link = await house.invite(ana, 'Ben');
  await ben.page.goto(link);
  await ben.page.getByRole('link', { name: 'Enter' }).waitFor();
  const room = new URL(ana.page.url()).pathname.split('/').pop();

  await ben.page.goto(new URL('/', link).href);
  await ben.page.getByRole('link', { name: 'What is kept about me in Thursday' }).click();
  await ben.sees('In the group Thursday, as Ben.');
  await ben.page.getByRole('heading', { name: 'Who looked' }).waitFor();
  await ben.sees('Ana made or changed your personal link, first on');
  await house.look(ben, 'mine');
  const [saved] = await Promise.all([ben.page.waitForEvent('download'), ben.button('Save my file').click()]);
  const file = JSON.parse(readFileSync(await saved.path(), 'utf8'));
  assert.equal(file.name, 'Ben');
  assert.equal(saved.suggestedFilename(), 'my-words.json');
  await ben.page.getByLabel('Your reason, if you like to give one').fill('I have moved away.');
  await ben.button('Ask for it').click();
  await ben.sees('You are owed an answer by');

  await ana.page.goto(new URL(`/groups/${room}`, link).href);
  await ana.page.getByText('Erasing somebody, and holds').click();
  await ana.sees('Reason: I have moved away.');
  await house.look(ana, 'group-rights');
  await ana.button('Erase Ben …').click();
  await ana.page.getByLabel('The name, once more').fill('Ben');
  await ana.button('Erase for good').click();
  await ana.sees('It is done. Nothing of theirs opens any more.');
  await ana.sees('Somebody was erased on');
  assert.equal(await ana.page.locator('main').getByText('Ben', { exact: true }).count(), 0, 'the name is gone from the page');
  house.say('asked on a phone, carried out in two steps, gone from the page');
});
