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
  // Where the link is signed in, and a PIN for coming back: another device of his is asked for it at once.
  await ben.sees('here, now');
  await ben.button('Set a PIN').click();
  await ben.page.getByLabel('Your PIN').fill('402917');
  await ben.button('Keep it').click();
  await ben.sees('Kept. It is asked when a device of yours comes back.');
  await house.look(ben, 'mine-pin');
  const again = await house.person(browser, 'Ben again', { viewport: PHONE });
  await again.page.goto(link);
  await again.page.getByRole('link', { name: 'Enter' }).click();
  for (const [pin, said] of [['402918', 'This is not your PIN.'], ['402917', 'You are at the door.']]) {
    await again.page.getByLabel('The PIN that you set for this group').fill(pin);
    if (pin === '402918') await house.look(again, 'pin');
    await again.button('Go on').click();
    await again.sees(said);
  }
  await ana.page.goto(new URL(`/groups/${room}`, link).href);
  await ana.page.getByText('Devices and link').click();
  await ana.sees('in a room now');
  await house.look(ana, 'devices');
  await ana.page.getByRole('button', { name: /^End: / }).first().click();
  await ana.sees('Ended. What was open there is closed.');
  await again.sees('You are no longer in this session.');
  house.say('a PIN is asked on another device, and that device is ended by itself');

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
