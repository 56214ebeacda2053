// A whole session of the pack in a real browser: a facilitator, three members and an observer in five browser contexts, from first run to
// close, with a dropped line, a quick exit and a server restart in the middle. Pictures go to shots/ (not kept in the repository).
//
// `SILENT=1` lets the line drop without a word, as a browser set offline does, instead of cutting it: the server's own patience is waited for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DESKTOP, House, PHONE } from './house.mjs';
import { wire } from './wire.mjs';

const SILENT = process.env.SILENT === '1';
/** As long as the server's silence and a return with the longest wait, on a busy machine. */
const DROP = { timeout: 90_000 };
/** The pack's sentences, and those of the shelves it shares. */
const pack = ['group-ipt-8', '_shared/group', '_shared/one-to-one']
  .map((folder) => readFileSync(join(dirname(fileURLToPath(import.meta.url)), `../../protocol/packs/${folder}/text/en.toml`), 'utf8'))
  .join('\n');

/** The pack's own words: the steps that a prompt's sentence belongs to, and the steps that bear a name (a meeting may have its own variant). */
function wordsOf(text) {
  const stepsOf = new Map();
  const named = new Map();
  const put = (map, key, id) => map.set(key, (map.get(key) ?? new Set()).add(id));
  for (const [, kind, id, body] of text.matchAll(/^\[(step|prompt)\.("[^"]+"|[\w-]+)\]\n((?:(?!\[).*\n?)*)/gm)) {
    const name = id.replaceAll('"', '');
    if (kind === 'step') put(named, /^name = "(.*)"$/m.exec(body)?.[1], name);
    else put(stepsOf, /^think = "(.*)"$/m.exec(body)?.[1], name.split('.')[0]);
  }
  return { stepsOf, named };
}
const words = wordsOf(pack);
assert.ok(words.stepsOf.size > 40 && words.named.size > 10, 'the pack’s text was understood');

const house = new House('session');

/** Everything the server sends over somebody's line, for looking through afterwards. */
function overheard(who) {
  const frames = [];
  const sent = [];
  who.page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => frames.push(payload));
    socket.on('framesent', ({ payload }) => sent.push(payload));
  });
  return {
    /** Whether these words went over this line, to the server or from it. */
    words: (words) => [...frames, ...sent].some((frame) => Buffer.from(frame).includes(words)),
    /** Whether a note of the facilitators, or anything of their side, came over this line. Kind 2 in a note frame's second byte is theirs. */
    staff: () => frames.some((frame) => (typeof frame === 'string' ? /"staff":\{/.test(frame) || frame.includes('"note":"facilitators"') : frame[1] === 2)),
  };
}

/** What the polite voice says on a page, each change once. */
async function listen(who) {
  await who.page.evaluate(() => {
    const voice = document.querySelector('[role=status][aria-live=polite]');
    window.heard = [];
    new MutationObserver(() => window.heard.push(voice.textContent)).observe(voice, { childList: true, characterData: true, subtree: true });
  });
  return () => who.page.evaluate(() => window.heard);
}

/** Tabs on until the named button has the focus, then presses it. */
async function byKeyboard(who, name) {
  for (let step = 0; step < 60; step += 1) {
    const here = await who.page.evaluate(() => document.activeElement?.textContent?.trim());
    if (here === name) return void (await who.page.keyboard.press('Enter'));
    await who.page.keyboard.press('Tab');
  }
  assert.fail(`${who.name} cannot reach “${name}” by keyboard`);
}

/** Goes on by one step, and waits until the facilitator's page is there. */
async function nextStep(ana) {
  const on = ana.page.locator('#dock').getByRole('button', { name: /^Go on to / });
  let step = (await on.innerText()).trim().replace('Go on to ', '');
  if (!words.named.has(step)) {
    // A round waits to begin: the main button leads to its first person, and the next step stands behind "more".
    await ana.button('More').click();
    step = (await on.filter({ hasNotText: step }).innerText()).trim().replace('Go on to ', '');
    await on.filter({ hasText: step }).click();
  } else await on.click();
  await ana.page.locator('header p.step strong', { hasText: step }).waitFor();
}

/** At most two prompts, all of the step that runs; and not a word of them on a member's page. */
async function promptsFollow(ana, members) {
  const steps = words.named.get(await ana.page.locator('header p.step strong').innerText());
  const shown = await ana.page.locator('#staff .card > p:first-child').allInnerTexts();
  assert.ok(shown.length <= 2, `${shown.length} prompts at once`);
  for (const prompt of shown) {
    // A prompt with names or minutes in it has no fixed sentence; those are of the step by the rules' own tests.
    const of = words.stepsOf.get(prompt);
    if (of !== undefined) assert.ok([...of].some((id) => steps.has(id)), `“${prompt}” is of ${[...of]}, not of ${[...steps]}`);
    for (const member of members) assert.ok(!(await member.page.content()).includes(prompt), `${member.name} has “${prompt}”`);
  }
  return shown.length;
}

/** Something of the dock's "more". */
async function more(who, offer) {
  await who.button('More').click();
  await who.page.locator(`[data-offer=${offer}]`).click();
}

/** A side room, "I am not OK", and a small circle with a call for help and a call back. */
async function besideTheRoom(ana, ben, chloe, dev) {
  await more(ben, 'step_out');
  await ben.sees('You are in a quiet room. Your place is kept.');
  await ana.button('Go there, to Ben').waitFor();
  for (const who of [ana, dev]) await who.page.locator('#circle li', { hasText: 'Ben, stepped out, place kept' }).waitFor({ state: 'attached' });
  await house.picture(ben, '07a-side-room-phone');
  await ben.button('Go back to the circle').click();
  await ben.sees('Anyone may speak');
  house.say('a member stepped out to a quiet room and came back to the same place');

  const others = () => Promise.all([chloe, dev].map((who) => who.page.locator('body').innerHTML()));
  const before = await others();
  await more(ben, 'not_ok');
  await ben.sees('This was told to Ana, and to nobody else.');
  await house.picture(ana, '07b-not-ok-facilitator');
  await house.picture(ben, '07c-not-ok-phone');
  await ana.button('I have seen it: Ben is not OK').click();
  await ben.sees('Ana has seen this and will speak with you.');
  // One step at a time, each on the facilitators' side alone.
  const quiet = async (step) => assert.deepEqual(await others(), before, `${step} changed another screen`);
  await quiet('one tap');
  await ana.button('I talk to them by phone').click();
  await ana.page.getByLabel('How it is, in your words').fill('Tired, and safe tonight.');
  await quiet('the talk');
  await house.picture(ana, '07d-safety-facilitator');
  await ana.button('Keep this').click();
  await ana.page.getByLabel('What you agreed').fill('Stays with a friend.');
  await ana.page.getByLabel('When somebody asks again, and how').fill('Tomorrow at ten, by phone.');
  await quiet('what was written down');
  await ana.button('Keep this plan').click();
  await ana.sees('Stays with a friend.');
  await quiet('the plan');
  await ana.button('Close: looked after, with a plan').click();
  await ben.page.getByRole('region', { name: 'What became of your word' }).waitFor({ state: 'detached' });
  assert.deepEqual(await others(), before, 'nothing changed on any other screen');
  house.say('“I am not OK”: the person read who was told and who had seen it; nothing changed on any other screen, step by step until it was closed');

  await more(ana, 'open_rooms');
  await ana.page.getByLabel('By hand').check();
  await ana.page.getByLabel('Where Dev goes').selectOption({ label: 'stays here' });
  await ana.button('Open the circles').click();
  await ben.sees('You are in a small circle with Chloe.');
  await dev.page.locator('#circle li', { hasText: 'Ben, elsewhere, place kept' }).waitFor({ state: 'attached' });
  await more(chloe, 'call_help');
  await ana.page.locator('#staff').getByText('asks for someone to come').waitFor();
  await ana.button('Go there, to Ben and Chloe').click();
  await ben.sees('You are in a small circle with Ana and Chloe.');
  await ana.button('Go back to the circle').click();
  const own = 'I was afraid of Sunday.';
  const sheet = ben.page.getByRole('dialog');
  await ben.button('Notes').click();
  await sheet.getByLabel('Your words').fill(own);
  await house.look(ben, '07e-for-yourself-phone');
  assert.equal(await sheet.getByRole('button', { name: 'Give it to everybody' }).count(), 0, 'the question comes when one is back');
  await sheet.getByRole('button', { name: 'Close' }).first().click();
  await ana.button('Call everybody back').click();
  await ben.sees('Time to come back.');
  await house.picture(ben, '07d-called-back-phone');
  for (const who of [ben, chloe]) await who.button('Go back to the circle').click();
  await ana.page.locator('#staff').getByText('Small circles').waitFor({ state: 'detached' });
  await ben.page.locator('.besides', { hasText: 'Time to come back.' }).waitFor({ state: 'detached' });
  house.say('a small circle asked for help, a facilitator came, and everybody was called back');

  await ben.button('Notes').click();
  await sheet.getByText('Give what you wrote in the small circle to everybody?').waitFor();
  await house.look(ben, '07f-give-phone');
  for (const who of [ben, chloe, dev]) assert.ok(!who.hears.words(own), `${who.name}’s line carried what nobody had given`);
  await sheet.getByRole('button', { name: 'Give it to everybody' }).click();
  await dev.sees(own);
  await sheet.getByText('Everybody can read it in Together.').waitFor();
  await house.look(dev, '07g-given-desktop');
  for (const who of [ben, dev]) assert.ok(who.hears.words(own), `given words are on ${who.name}’s line: this check can see them`);
  await sheet.locator('summary').click();
  await sheet.getByRole('button', { name: 'Take back what I wrote' }).click();
  await ben.button('Take it back').click();
  for (const words of [own, 'From a small circle']) await dev.page.locator('#notes').getByText(words).waitFor({ state: 'detached' });
  await sheet.getByRole('button', { name: 'Close' }).first().click();
  house.say('words from a small circle went over no line before they were given, were read by others then, and were taken back');
}

const editor = (who, pane = '#notes') => who.page.locator(`${pane} .ProseMirror`);

/** The two write to each other before one lets the other in, and who waits says how they are spoken of. */
async function aWordAtTheDoor(lead, waiting) {
  const box = (who, name) => who.page.getByRole('textbox', { name, exact: true });
  await box(waiting, 'A word to those who let you in').fill('I am here.');
  await waiting.button('Send').click();
  await lead.sees('I am here.');
  await box(lead, `Only ${waiting.name} reads this`).fill('Two minutes, please.');
  await lead.button('Send').click();
  await waiting.sees('Two minutes, please.');
  await waiting.page.getByText('How you are spoken of').click();
  await box(waiting, 'Your pronouns, beside your name').fill('he/him');
  await waiting.button('Keep').click();
  await lead.sees('(he/him)');
  // And takes it back: it is needed by nobody.
  await box(waiting, 'Your pronouns, beside your name').fill('');
  await waiting.button('Keep').click();
  await lead.page.getByText('(he/him)').first().waitFor({ state: 'hidden' });
}

await house.play(async (browser, first) => {
  let server = first;
  const line = await wire();
  const ana = await house.person(browser, 'Ana', { viewport: DESKTOP });
  const anaHears = overheard(ana);
  let n = 0;
  await house.firstRun(ana, server.link, (what) => house.look(ana, `0${(n += 1)}-${what}`));
  house.say('first run: a facilitator, a kept recovery key');

  // --- a group and its links ---
  await house.look(ana, '03-start');
  await house.makeGroup(ana, 'Tuesday group');
  const links = {};
  links.Ben = await house.invite(ana, 'Ben', 'member', () => house.look(ana, '04-link'));
  for (const name of ['Chloe', 'Dev']) links[name] = await house.invite(ana, name);
  links.Greta = await house.invite(ana, 'Greta', 'observer');
  house.say('a group with four personal links, one of them to listen only');

  // --- coming in ---
  await ana.page.getByRole('link', { name: 'Enter the room' }).click();
  await ana.sees('The session has not begun.');
  const people = {};
  for (const name of Object.keys(links)) {
    const how = name === 'Ben' || name === 'Chloe' ? { viewport: PHONE } : { viewport: DESKTOP };
    // Browsers leave the loopback out of a proxy unless they are told not to.
    if (name === 'Chloe' && !SILENT) how.proxy = { server: line.server, bypass: '<-loopback>' };
    const member = await house.person(browser, name, how);
    member.hears = overheard(member);
    const arrived = Date.now();
    await member.page.goto(links[name]);
    const enter = member.page.getByRole('link', { name: 'Enter' });
    await enter.waitFor();
    assert.equal(new URL(member.page.url()).hash, '', 'the secret is gone from the address bar');
    if (name === 'Ben') await house.look(member, '05-join-phone');
    await enter.click();
    await member.sees('You are at the door.');
    if (name === 'Ben') await aWordAtTheDoor(ana, member);
    if (name === 'Ben') await house.look(member, '06-waiting-phone');
    if (name === 'Chloe') await ana.button('Let in anyway: Chloe').waitFor();
    if (name !== 'Greta') {
      // who only listens is not asked
      await house.arrives(member);
      assert.equal(await house.agrees(member), 4);
    }
    if (name === 'Ben') await house.look(ana, '06b-has-answered');
    await ana.button(`Let in: ${name}`).click();
    await member.sees('You are in the right place.');
    if (name === 'Ben') house.say(`${name} from link to seat in ${((Date.now() - arrived) / 1000).toFixed(1)} s`);
    people[name] = member;
  }
  const { Ben: ben, Chloe: chloe, Dev: dev, Greta: greta } = people;
  house.say('everybody sits in the circle');

  // --- prompts follow the step ---
  await ana.button('Begin the session').click();
  await ben.sees('Anyone may speak');
  await house.look(ana, '07-session-begun');
  let prompts = await promptsFollow(ana, [ben, dev, greta]);
  await besideTheRoom(ana, ben, chloe, dev);
  for (;;) {
    await nextStep(ana);
    prompts += await promptsFollow(ana, [ben, dev, greta]);
    if (await ana.page.getByText('everyone once, or pass').first().isVisible()) break;
  }
  assert.ok(prompts >= 3, `only ${prompts} prompts on the way`);
  house.say(`${prompts} prompts, each of its own step, at most two at a time, on no member’s page`);

  // --- a pause by a member ---
  await ben.button('Pause the room').click();
  await ana.sees('Ben asked for a minute.');
  await dev.sees('Ben asked for a minute.');
  await house.picture(dev, '08-paused-by-a-member');
  assert.equal(await dev.button('Go on').count(), 0, 'another member does not end the pause');
  await ben.button('Go on').click();
  await ben.sees('Nobody is speaking now.');
  house.say('a member paused the room, and only they or a facilitator end it');

  // --- the round; "your turn" is said once ---
  const benHeard = await listen(ben);
  await ana.button('Go on to Ben').click();
  await ben.button('I’m done').waitFor();
  await house.picture(ben, '09-own-turn-phone');
  await house.picture(chloe, '10-next-phone');
  await house.look(ana, '11-round-facilitator');
  await ben.button('I’m done').click();
  await chloe.button('I’m done').waitFor();
  assert.deepEqual((await benHeard()).filter((said) => said.includes('Your turn')), ['Your turn. No hurry.']);
  house.say('the floor goes round by itself; “your turn” was said once');

  // --- a dropped line ---
  const drop = () => (SILENT ? chloe.context.setOffline(true) : line.cut());
  const mend = async () => {
    if (SILENT) return chloe.context.setOffline(false);
    line.mend();
    // The device says so when its network is back, and the page does not wait for its next try.
    await chloe.page.evaluate(() => dispatchEvent(new Event('online')));
  };
  await drop();
  if (!SILENT) await chloe.sees('Your connection dropped. Your place is kept and your time is stopped.');

  // --- notes, meanwhile ---
  await editor(dev).click();
  await dev.page.keyboard.type('Dev: the walk on Sunday helped.');
  await ana.sees('Dev: the walk on Sunday helped.');
  await editor(ana).click();
  await ana.page.keyboard.press('Control+End');
  await ana.page.keyboard.press('Enter');
  await ana.page.keyboard.type('To come back to: evenings alone.');
  await dev.sees('To come back to: evenings alone.');
  await house.look(dev, '12-notes-member-desktop');
  assert.equal(await editor(greta).getAttribute('aria-readonly'), 'true');
  await editor(greta).click();
  await greta.page.keyboard.type('I was not here');
  await greta.sees('You can read this.');
  house.say('two people write in one note; an observer reads it and cannot write');

  await ana.page.locator('#notes summary').click();
  await ana.page.locator('#notes').getByRole('button', { name: 'Lock for members' }).click();
  await dev.sees('Locked by a facilitator. You can read it.');
  assert.equal(await editor(dev).getAttribute('aria-readonly'), 'true');
  await editor(dev).click();
  await dev.page.keyboard.type('too late');
  await ana.page.locator('#notes').getByRole('button', { name: 'Unlock' }).click();
  await dev.page.locator('#notes .ProseMirror[aria-readonly=false]').waitFor();
  house.say('a facilitator locks the note, and members read it');

  await ana.page.locator('#staff').getByText('Facilitators’ note').click();
  await editor(ana, '#staff').click();
  await ana.page.keyboard.type('Only for us: ask Dev how he gets home.');
  await ana.page.locator('#staff [data-saving=saved]').waitFor();
  await house.look(ana, '13-facilitators-note');

  await dev.page.locator('#notes summary').click();
  await dev.page.locator('#notes').getByRole('button', { name: 'Take back what I wrote' }).click();
  await dev.page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click();
  await ana.page.getByText('the walk on Sunday helped').waitFor({ state: 'detached' });
  await ana.sees('To come back to: evenings alone.');
  for (const who of [ana, dev, greta]) {
    const text = await editor(who).innerText();
    assert.ok(!/I was not here|too late/.test(text), `${who.name} reads what nobody could write: ${text}`);
  }
  house.say('one’s own words are taken back, the others’ stay');

  await ana.page.getByText('Chloe’s line dropped. We are holding the clock.').first().waitFor(DROP);
  await house.picture(ana, '14-dropped-facilitator');
  assert.equal(await ana.page.getByRole('button', { name: /^Go on to/ }).count(), 0, 'a dropped line leaves one question: wait, or move on');
  await mend();
  await chloe.button('I’m done').waitFor(DROP);
  await chloe.sees(/You are back/);
  house.say('a dropped line: the clock was held, the place was kept, the turn goes on');

  // --- a restart in the middle ---
  await house.close();
  await dev.sees('Your connection dropped. Your place is kept.');
  await house.picture(dev, '15-restart-member');
  server = await house.open(server.port);
  await chloe.button('I’m done').waitFor(DROP);
  await ana.page.getByText('Chloe has the floor').first().waitFor(DROP);
  await dev.page.getByText('To come back to: evenings alone.').waitFor(DROP);
  house.say('a restart: the turn, the places and the note are there');

  await chloe.button('I’m done').click();
  await dev.button('I’m done').waitFor();
  await house.picture(dev, '16-own-turn-desktop');
  await dev.button('Pass the floor').click();
  await ana.sees('Nobody is speaking now.');

  // --- asking, speaking and ending by keyboard alone ---
  await ana.button('More').click();
  await ana.button('How the floor is shared …').click();
  await ana.page.getByLabel('The floor', { exact: true }).selectOption({ label: 'In line: ask, wait, speak' });
  await ana.button('Use this from now on').click();
  await dev.button('Ask to speak').waitFor();
  const devHeard = await listen(dev);
  await dev.page.locator('body').press('Home');
  await dev.page.evaluate(() => document.activeElement?.blur());
  await byKeyboard(dev, 'To what you can do');
  await byKeyboard(dev, 'Ask to speak');
  await dev.button('I’m done').waitFor();
  await byKeyboard(dev, 'I’m done');
  await ana.sees('Nobody is speaking now.');
  assert.deepEqual((await devHeard()).filter((said) => said.includes('Your turn')), ['Your turn. No hurry.']);
  house.say('asked, spoke and ended by keyboard alone');

  // --- a quick exit is a dropped line ---
  await dev.page.keyboard.press('Escape');
  await dev.page.keyboard.press('Escape');
  await dev.page.waitForURL('**/measures.html');
  await ana.page.locator('#circle li', { hasText: 'Dev, line dropped, place kept' }).waitFor({ state: 'attached' });
  const left = await dev.page.evaluate(() => ({ entries: history.length, state: history.state }));
  assert.deepEqual(left, { entries: 2, state: null }, 'a blank page, and the neutral one');
  await dev.page.goBack();
  assert.equal(dev.page.url(), 'about:blank');
  await dev.page.goto(links.Dev);
  await dev.page.getByRole('link', { name: 'Enter' }).click();
  await dev.button('Ask to speak').waitFor();
  house.say('a quick exit left nothing behind, looked like a dropped line, and the link leads back to the place');

  // --- on to the end, step by step ---
  await ana.button('Close the session').or(ana.page.getByRole('button', { name: /^Go on to / })).first().waitFor();
  while (!(await ana.button('Close the session').isVisible())) {
    await nextStep(ana);
    prompts += await promptsFollow(ana, [ben, dev, greta]);
  }
  await ana.button('Close the session').click();
  await house.picture(ana, '17-close');
  await ana.page.getByRole('dialog').getByRole('button', { name: 'Close the session' }).click();
  await ben.sees('This session is closed. Thank you for being here.');
  await house.look(ben, '18-closed-phone');
  await house.look(ana, '19-closed-facilitator');
  house.say(`the session is closed in good order, after ${prompts} prompts`);

  // --- what is the facilitators' stays with them ---
  assert.ok(anaHears.staff(), 'the facilitators’ note was on the facilitator’s line: this check can see it');
  for (const who of [ben, chloe, dev, greta]) assert.ok(!who.hears.staff(), `something of the facilitators’ side was sent to ${who.name}`);
  house.say('nothing of the facilitators’ side was ever sent to anybody else');

  // --- it is all there the next day ---
  await ana.page.goto(`${server.url}/`);
  await ana.sees('Tuesday group');
  await house.close();
  server = await house.open(server.port);
  await ana.page.reload();
  await ana.sees('Tuesday group');
  house.say('the next day the group is there');

  // --- whoever was here before comes in with one tap more ---
  await ana.page.getByRole('link', { name: 'Enter the room' }).click();
  await ben.page.goto(links.Ben);
  await ben.page.getByRole('link', { name: 'Enter' }).click();
  await ben.sees('Is this still right?');
  assert.equal(await ben.page.getByLabel('Where are you now?').inputValue(), 'At home, 4 Mill Lane', 'the place is still kept, and offered');
  await house.look(ben, '20-returning-phone');
  await ben.button('Yes, all of this is right').click();
  await ben.sees('Thank you. The facilitators know where you are.');
  await ana.button('Let in: Ben').click();
  await ben.sees('You are in the right place.');
  const stored = await ben.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.ok(!/Mill Lane|555 01|Grace/.test(stored), 'nothing of it is kept on the device');
  house.say('one tap confirmed what was said last time, and nothing of it is kept on the device');
  await line.close();
});
