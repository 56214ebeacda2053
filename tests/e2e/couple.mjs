// A couple's session in real browsers, twice: a therapist and two partners, each in a browser of their own.
//
// The same evening is lived once with Ana using the private channel and leaving by the quick exit, and once with neither: what Ben's
// browser receives and sends is compared frame by frame and byte for byte, and so is every word of his page. Pictures go to shots/;
// `PICTURES=all` takes those of the therapist and of Ana at a phone's size too.
import assert from 'node:assert/strict';
import { House, PHONE } from './house.mjs';
import { Chapters, comparable, leaks, overhear, same } from './overheard.mjs';
import { wire } from './wire.mjs';

const DESK = { width: 1280, height: 800 };
const PARTNERS = ['Ana', 'Ben'];
const CONTACT = /your therapist will contact you/;

const house = new House('couple');

/** Every word of a page, those for the ear alone too. Clocks run on, and are masked. */
async function words(who) {
  const text = await who.page.evaluate(async () => {
    // What was folded away has let go of its room a few frames later.
    for (let frame = 0; frame < 4; frame += 1) await new Promise(requestAnimationFrame);
    const spoken = [...document.querySelectorAll('[aria-label], [title], [placeholder]')].map((part) => ['aria-label', 'title', 'placeholder'].map((name) => part.getAttribute(name)).join('|'));
    return [document.title, document.body.innerText, document.body.textContent, ...spoken].join('\n');
  });
  return text.replaceAll(/\d{1,2}:\d{2}(\s?[AP]M)?/g, '#:##');
}

/** A partner opens the link and waits. Whatever is asked at the door is answered here. */
async function waits(partner, link) {
  await partner.page.goto(link);
  await partner.page.getByRole('link', { name: 'Enter' }).click();
  await partner.sees('You are at the door.');
  await house.arrives(partner);
  assert.equal(await house.agrees(partner), 4);
}

/** A partner who waits is let in. */
async function isLetIn(lead, partner) {
  await lead.button(`Let in: ${partner.name}`).click();
  await partner.sees('You are in the right place.');
}

/** Something of the dock's "more". */
async function more(who, offer) {
  await who.button('More').click();
  await who.page.locator(`[data-offer=${offer}]`).click();
}

/** The private questions, answered one after the other; an empty answer is none. */
async function answers(partner, said) {
  await partner.page.locator('summary', { hasText: 'A private word' }).click();
  const fields = partner.page.locator('details[open] form input');
  assert.equal(await fields.count(), 3);
  for (const [n, one] of said.entries()) await fields.nth(n).fill(one);
  await partner.button('Send').click();
  await partner.page.getByText('Sent. You can write it again.').nth(said.filter((one) => one !== '').length - 1).waitFor();
  await partner.page.locator('summary', { hasText: 'A private word' }).click();
}

/** "I am not OK", seen, talked about, planned and closed; a word about it aside; signs for those who lead alone. */
async function usesThePrivateChannel(lead, ana, shown) {
  await more(ana, 'not_ok');
  await ana.sees('This was told to Mara, and to nobody else.');
  await shown(ana, 'not-ok');
  await lead.button('I have seen it: Ana is not OK').click();
  await ana.sees('Mara has seen this and will speak with you.');
  await lead.button('I talk to them by phone').click();
  await lead.page.getByLabel('How it is, in your words').fill('She is safe today, and does not want to talk about it here.');
  await lead.button('Keep this').click();
  await lead.page.getByLabel('What you agreed').fill('She sleeps at her sister’s.');
  await lead.page.getByLabel('When somebody asks again, and how').fill('Tomorrow at ten, by phone.');
  await lead.button('Keep this plan').click();
  await lead.sees('She sleeps at her sister’s.');
  await shown(lead, 'safety');
  await ana.button('I am all right again').click();
  await ana.sees('You said that you are all right again.');
  await lead.button('Close: looked after, with a plan').click();
  await ana.page.getByRole('region', { name: 'What became of your word' }).waitFor({ state: 'detached' });
  await lead.page.locator('#staff').getByLabel('A few words').fill('Ana stays a moment longer today.');
  await lead.page.locator('#staff').getByRole('button', { name: 'Say it' }).click();
  await lead.sees('Ana stays a moment longer today.');
  await more(ana, 'signal_slower');
  await lead.page.locator('#staff').getByText('Ana asks for a slower pace').waitFor();
}

/** One evening, as Ben's browser and Ben's eyes have it. */
async function anEvening(browser, lead, { privately, shown }) {
  const chapters = new Chapters();
  const begins = (name) => chapters.begin(name);
  const read = {};
  const evening = Date.now();
  begins('the link');
  await lead.page.goto(new URL('/', lead.page.url()).href);
  const title = lead.page.getByLabel('What the group is called');
  // The first group is asked for at once, another one behind a button.
  await title.or(lead.button('A new group')).first().waitFor();
  if (!(await title.isVisible())) await lead.button('A new group').click();
  await title.fill('Two people');
  await lead.page.locator('input[type=radio][value="couple-12"]').check();
  await lead.button('Make the group').click();
  await lead.sees('Invite somebody');
  const links = [];
  for (const name of PARTNERS) links.push(await house.invite(lead, name));
  await lead.page.getByRole('link', { name: 'Enter the room' }).click();
  await lead.sees('The session has not begun.');

  // --- the lock ---
  const line = await wire();
  const ana = await house.person(browser, 'Ana', { viewport: DESK, proxy: { server: line.server, bypass: '<-loopback>' } });
  const ben = await house.person(browser, 'Ben', { viewport: PHONE, hasTouch: true, isMobile: true });
  const heard = await overhear(ben);
  const anas = await overhear(ana);
  begins('at the door');
  await waits(ana, links[0]);
  await waits(ben, links[1]);
  await lead.sees('Neither has been found suitable yet.');
  const atTheDoor = await words(ben);
  assert.match(atTheDoor, CONTACT);
  await shown(ana, 'door');
  await shown(ben, 'door');
  await shown(lead, 'lock');
  const came = heard.received.length;
  const nothingNew = async (after) => {
    for (const who of [ana, ben]) assert.equal(await words(who), atTheDoor, `${who.name} reads something else after ${after}`);
  };
  await nothingNew('nothing at all');
  for (const [n, name] of PARTNERS.entries()) {
    await lead.page.getByLabel(`What came of the private talk with ${name}`).selectOption({ label: 'Suitable together' });
    await lead.page.locator('form', { hasText: `Private talk with ${name}` }).getByLabel('Your words').fill(`What ${name} said alone stays here.`);
    await lead.button(`Record the private talk with ${name}`).click();
    await lead.sees(n === 0 ? 'One of the two has not been found suitable yet.' : 'Choose how secrets are kept.');
    await nothingNew(`the talk with ${name}`);
  }
  await shown(lead, 'lock-screened');
  await lead.page.getByRole('group', { name: 'What one says alone is kept like this' }).getByRole('radio').first().click();
  await lead.page.getByText('Choose how secrets are kept.').waitFor({ state: 'detached' });
  await nothingNew('the choice');
  const views = (frames) => frames.filter(({ data }) => data.startsWith('{"type":"view"')).length;
  assert.equal(views(heard.received), views(heard.received.slice(0, came)), 'something was sent to the door while the lock was opened');
  read.door = atTheDoor;

  // --- in, one after the other ---
  begins('coming in');
  await isLetIn(lead, ana);
  assert.equal(await words(ben), atTheDoor, 'who waits cannot tell that the other is let in');
  const yet = heard.received.map(({ data }) => data).join('\n');
  assert.ok(!yet.includes('Ana'), 'whoever waits is told nothing of the other');
  assert.ok(anas.received.some(({ data }) => data.includes('"kind":"room"')), 'Ana was let in');
  await isLetIn(lead, ben);
  await ana.page.locator('#circle li', { hasText: 'Ben' }).waitFor({ state: 'attached' });
  read.lobby = await words(ben);

  // --- the session, and the private word that both are asked for ---
  begins('the session begins');
  await lead.button('Begin the session').click();
  await ben.sees('Anyone may speak');
  await shown(ben, 'check-in-folded');
  begins('the private word of Ben');
  await answers(ben, ['At home, in the kitchen.', 'Nobody.', 'Yes.']);
  read.checkedIn = await words(ben);
  begins('the private chapter');
  await answers(ana, privately ? ['At my sister’s, and he must not know.', 'Nobody can hear me now.', 'No. Please do not ask me in front of him.'] : ['At work.', '', '']);
  await lead.page.locator('#staff').getByText('Said in private').waitFor();
  await shown(lead, 'check-ins');
  if (privately) await usesThePrivateChannel(lead, ana, shown);
  assert.equal(await words(ben), read.checkedIn, 'Ben’s page changed in the private chapter');

  // --- speaker and listener ---
  begins('the floor of two');
  await more(lead, 'open_floor');
  await lead.page.getByLabel('The floor', { exact: true }).selectOption({ label: 'Speaker and listener: two take turns' });
  await lead.button('Use this from now on').click();
  // A couple's two need not be named.
  await ben.sees('Ana speaks first. You listen, then you say it back.');
  for (const [speaker, listener] of [[ana, ben], [ben, ana]]) {
    begins(`${speaker.name} speaks`);
    if (speaker === ana) await lead.page.locator('#dock').getByRole('button', { name: /^Go on/ }).first().click();
    await speaker.button('I’ve said it').waitFor();
    await listener.sees(`Listen for what matters to ${speaker.name}.`);
    read[`${speaker.name} speaks`] = await words(ben);
    await shown(speaker, `pair-speaker-${speaker.name}`);
    await shown(listener, `pair-listener-${listener.name}`);
    await shown(lead, `pair-${speaker.name}`);
    begins(`${listener.name} says it back`);
    await speaker.button('I’ve said it').click();
    await listener.sees('Say back what you heard');
    await shown(listener, `pair-says-back-${listener.name}`);
    await shown(speaker, `pair-confirms-${speaker.name}`);
    read[`${listener.name} says it back`] = await words(ben);
    begins(`${speaker.name} says that is it`);
    await speaker.button('Yes, that is it').click();
    await speaker.sees(`Listen for what matters to ${listener.name}.`);
  }
  read.swapped = await words(ben);
  await lead.page.locator('#staff').getByText('Speaking time of the two').waitFor();
  for (const who of [ana, ben]) assert.equal(await who.page.getByText('Speaking time of the two').count(), 0, 'the figures are for those who lead');
  for (const frames of [heard, anas]) assert.ok(!frames.received.some(({ data }) => /"participation"|"floor_ms"|"staff":\{/.test(data)), 'no figure is sent to a partner');

  // --- a time-out that says when it ends ---
  begins('a time-out');
  await more(ben, 'time_out_5');
  for (const who of [lead, ana, ben]) await who.sees(/We go on at .+, in \d:\d\d\./);
  read.timeOut = await words(ben);
  for (const who of [ben, ana, lead]) await shown(who, 'time-out');
  begins('back from the time-out');
  await ben.button('Go on').click();
  await ana.button('I’ve said it').waitFor();
  await ben.sees('Listen for what matters to Ana.');

  // --- Ana goes: by the quick exit, or because her line dropped ---
  begins('Ana goes');
  if (privately) {
    await ana.page.keyboard.press('Escape');
    await ana.page.keyboard.press('Escape');
    await ana.page.waitForURL('**/measures.html');
  } else line.cut();
  await ben.page.locator('#circle li', { hasText: 'line dropped, place kept' }).waitFor({ state: 'attached' });
  await ben.sees('Ana’s line dropped. We are holding the clock.');
  read.gone = await words(ben);
  await shown(ben, 'other-gone');
  begins('Ana is back');
  line.mend();
  if (privately) {
    await ana.page.goto(links[0]);
    await ana.page.getByRole('link', { name: 'Enter' }).click();
  } else await ana.page.evaluate(() => dispatchEvent(new Event('online')));
  await ana.button('I’ve said it').waitFor();
  await ben.page.locator('#circle li', { hasText: 'line dropped' }).waitFor({ state: 'detached' });
  await ben.sees('Listen for what matters to Ana.');
  read.back = await words(ben);

  // --- the close ---
  begins('the close');
  await more(lead, 'end_session');
  await lead.page.getByRole('dialog').getByRole('button', { name: 'Close the session' }).click();
  await ben.sees('This session is closed. Thank you for being here.');
  read.closed = await words(ben);
  for (const who of [ben, ana, lead]) await shown(who, 'closed');
  const traffic = comparable(heard, chapters);
  for (const who of [ana, ben]) await who.context.close();
  await line.close();
  console.log(`           ${traffic.received.length} frames came to Ben’s browser and ${traffic.sent.length} went, ${((Date.now() - evening) / 1000).toFixed(1)} s`);
  return { traffic, read, heard, chapters };
}

await house.play(async (browser, server) => {
  const lead = await house.person(browser, 'Mara', { viewport: DESK });
  await house.firstRun(lead, server.link);
  let pictures = 0;
  /** With `PICTURES=some` or `all`, in one evening only, and at Ben's own size: a picture must not change what is compared. */
  const shown = async (who, name) => {
    if (process.env.PICTURES === undefined) return;
    const label = `${String((pictures += 1)).padStart(2, '0')}-${name}-${who.name}`;
    await house.look(who, label);
    if (who.name === 'Ben' || process.env.PICTURES !== 'all') return;
    await who.page.setViewportSize(PHONE);
    await house.picture(who, `${label}-phone`);
    await who.page.setViewportSize(DESK);
  };
  const without = await anEvening(browser, lead, { privately: false, shown: () => undefined });
  house.say('an evening: locked, seen alone, let in, asked in private, speaker and listener, time-out, a dropped line, the close');
  const withIt = await anEvening(browser, lead, { privately: true, shown });
  house.say('the same evening, with “I am not OK” and all that follows, other answers, and a quick exit instead of the dropped line');

  assert.ok(without.traffic.received.length > 15, 'hardly anything was heard');
  same(withIt.traffic, without.traffic, 'Ben’s traffic');
  house.say(`Ben’s browser: the same ${withIt.traffic.received.length} frames received and ${withIt.traffic.sent.length} sent, byte for byte`);
  for (const moment of Object.keys(without.read)) assert.equal(withIt.read[moment], without.read[moment], `Ben’s page: ${moment}`);
  assert.ok(Object.keys(without.read).length >= 10);
  house.say(`Ben’s page: the same words at ${Object.keys(without.read).length} moments`);

  const found = leaks(withIt.heard, withIt.chapters.begun('the private chapter'));
  for (const [leak, doctored] of Object.entries(found)) {
    assert.throws(() => same(comparable(doctored, withIt.chapters), without.traffic, leak), undefined, `${leak} was not noticed`);
  }
  house.say(`and the comparison notices each of ${Object.keys(found).length} leaks that were put in`);
});
