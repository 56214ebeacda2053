// Colleagues in a real browser: an administrator invites two, the lead gives one a part, the other looks in with a second person's yes, and is
// taken out. Then the operator begins a second practice beside the running server, and its first administrator finds nothing of the first.
import assert from 'node:assert/strict';
import { DESKTOP, House, PHONE } from './house.mjs';

const house = new House('colleagues');
const PASSPHRASE = 'four unrelated quiet words';

async function welcome(who, url, name, email) {
  const { page } = who;
  await page.goto(url);
  await page.waitForFunction(() => location.hash === ''); // the secret is gone from the address bar
  await page.getByLabel('Name others see').fill(name);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await house.look(who, `welcome-${name}`);
  await who.button('Make my account').click();
  await who.sees('Your account is there.');
  return page.locator('.address').innerText();
}

await house.play(async (browser, server) => {
  const ana = await house.person(browser, 'Ana', { viewport: DESKTOP });
  await house.firstRun(ana, server.link);
  await house.makeGroup(ana, 'Planted group');
  const group = new URL(ana.page.url()).pathname;
  await ana.page.goto(`${server.url}/people`);
  const invite = async (role) => {
    for (const one of ['administrator', 'facilitator', 'supervisor']) await ana.page.getByRole('checkbox', { name: new RegExp(`^${one}`) }).setChecked(one === role);
    await ana.button('Make the link').click();
    const before = invite.last;
    await ana.page.waitForFunction((last) => (document.querySelector('#colleague-link')?.value ?? last) !== last, before ?? '');
    invite.last = await ana.page.locator('#colleague-link').inputValue();
    return invite.last;
  };
  const [forSam, forPat] = [await invite('supervisor'), await invite('facilitator')];
  await ana.sees('No backup was made yet. Tell whoever runs this server.');
  await ana.sees('Rooms open now');
  await house.look(ana, '1-people');
  await ana.page.getByText('Look again').scrollIntoViewIfNeeded();
  await house.picture(ana, '1-server');
  const sam = await house.person(browser, 'Sam', { viewport: PHONE });
  const pat = await house.person(browser, 'Pat', { viewport: DESKTOP });
  const address = await welcome(sam, forSam, 'Sam', 'sam@example.org');
  assert.match(address, /\/sign-in\/pr_[0-9a-f]{32}$/);
  await welcome(pat, forPat, 'Pat', 'pat@example.org');
  await pat.page.goto(`${server.url}/people`);
  await pat.sees('People here');
  assert.equal(await pat.page.getByText('This server').count(), 0, 'how the server is doing is for administrators');
  house.say('two colleagues make their own accounts by links');

  await ana.page.goto(`${server.url}${group}`);
  await ana.button('Change the team').click();
  await ana.page.getByLabel('Who', { exact: true }).selectOption({ label: 'Sam' });
  await ana.page.getByLabel('As', { exact: true }).selectOption({ label: 'supervisor' });
  await ana.button('Save').click();
  await ana.sees('The team was changed.');
  await house.look(ana, '2-team');
  await sam.page.goto(`${server.url}/`);
  await sam.sees('Planted group');
  await sam.page.goto(`${server.url}${group}`);
  await sam.sees('Who looks after this group');
  assert.equal(await sam.page.getByText('Invite somebody').count(), 0, 'a supervisor reads and makes no links');
  assert.equal(await sam.page.getByText('Erasing somebody').count(), 0, 'and erases nobody');
  await house.look(sam, '3-supervisor-phone');
  house.say('the lead says who belongs to the team; a supervisor reads');

  await pat.page.goto(`${server.url}${group}`);
  await pat.sees('There is nothing here.');
  await pat.page.goto(`${server.url}/look-in`);
  await pat.page.getByLabel('Why').fill('Ana cannot be reached.');
  await pat.button('Ask').click();
  await pat.sees('Waits for a second person');
  await house.look(pat, '4-asked');
  await ana.page.goto(`${server.url}/look-in`);
  await ana.sees('Pat asks to look in.');
  await house.look(ana, '5-confirm');
  await ana.button('Confirm for one hour').click();
  await ana.page.getByText('Pat asks to look in.').waitFor({ state: 'detached' });
  await pat.page.reload();
  await pat.page.getByRole('link', { name: 'Read the group’s page' }).click();
  await pat.sees('Planted group');
  await ana.page.goto(`${server.url}${group}`);
  await ana.sees('Reason: Ana cannot be reached.');
  await house.look(ana, '6-notice');
  await ana.button('End it now').click();
  await ana.sees('Pat looked in until');
  await pat.page.reload();
  await pat.sees('There is nothing here.');
  house.say('looking in takes a reason and a second person, the team reads it, the lead ends it');

  await ana.page.goto(`${server.url}/people`);
  await ana.button('Take out: Pat').click();
  await house.look(ana, '7-take-out');
  await ana.page.getByRole('dialog').getByRole('button', { name: 'Take out', exact: true }).click();
  await ana.sees('Pat does not work here any more.');
  await pat.page.goto(`${server.url}/people`);
  await pat.page.waitForURL('**/sign-in');
  house.say('who is taken out is signed out');

  await ana.page.goto(`${server.url}${group}`);
  await ana.sees('Invite somebody');
  const link = await house.invite(ana, 'Mia');
  await ana.page.reload();
  await ana.page.getByText('Not of age', { exact: true }).click();
  await ana.page.getByLabel('Member', { exact: true }).selectOption({ label: 'Mia' });
  await ana.button('Is not of age').click();
  await ana.sees('Mia: nobody has agreed yet.');
  const mia = await house.person(browser, 'Mia', { viewport: PHONE });
  await mia.page.goto(link);
  await mia.page.getByRole('link', { name: 'Enter', exact: true }).click();
  await mia.sees('A parent or guardian has to agree first.');
  await house.look(mia, '8-guardian-first');
  await ana.page.getByLabel('Name of the parent or guardian who agreed').fill('Gina');
  await ana.button('Record that they agreed').click();
  await ana.sees('Mia: Gina agreed on');
  await house.look(ana, '9-minors');
  await mia.page.reload();
  await mia.sees('Do you want to take part?');
  await house.look(mia, '10-assent');
  await mia.button('Yes, I want to take part').click();
  await mia.sees('Where are you now?');
  house.say('who is not of age comes to the door by a guardian’s yes and their own');

  const made = await house.command('practice', 'new', '--name', 'By the lake');
  const secret = /#(\S+)/.exec(made)[1];
  const uma = await house.person(browser, 'Uma', { viewport: DESKTOP });
  const theirs = await welcome(uma, `${server.url}/welcome#${secret}`, 'Uma', 'ana@example.org');
  assert.notEqual(theirs, address);
  await uma.page.goto(`${server.url}/people`);
  await uma.sees('By the lake');
  const words = await uma.page.locator('body').innerText();
  assert.ok(!/Sam|Planted|Pat/.test(words));
  await uma.page.goto(`${server.url}${group}`);
  await uma.sees('There is nothing here.');
  // Signing out empties the browser; the way back leads to the same practice.
  await uma.page.goto(`${server.url}/`);
  await uma.button('Sign out').click();
  await uma.page.waitForURL('**/sign-in/pr_*');
  await uma.page.getByLabel('E-mail').fill('ana@example.org');
  await uma.page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await uma.button('Sign in').click();
  await uma.page.waitForURL(`${server.url}/`);
  await uma.page.goto(`${server.url}/people`);
  await uma.sees('By the lake');
  house.say('a second practice, begun beside the running server, knows nothing of the first');
});
