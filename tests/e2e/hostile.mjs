// T16: texts that want to be run, in everything that people can write: they stay texts.
//
// Two hundred payloads are first shown to be alive in a careless page. Then they are sent as names, titles, notes, check-in answers, words
// among those who lead, safety plans, own words and the rest: by the page's own fields, as messages on the wire, and as raw Yjs updates. Each is
// looked at by two browsers: one with the page's policy, whose reports are counted, and one in which the policy is switched off, where
// anything that a sink lets through would really run. Nothing may run, no report may come, and every text must stand there letter for letter.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { everyPayloadIsAlive } from './careless.mjs';
import { DESKTOP, House } from './house.mjs';
import { inBodies, inMessages, inNotes, inPlaces } from './pollution.mjs';
import { payloads } from './payloads.mjs';
import { Raw } from './raw.mjs';
import { Watch, missing, strangers } from './watch.mjs';

const Y = createRequire(new URL('../notes-js/package.json', import.meta.url))('yjs');
const NAMES = JSON.parse(readFileSync(new URL('../hostile/names.json', import.meta.url), 'utf8'));
const letters = (text) => [...new Intl.Segmenter().segment(text)].length;

const house = new House('hostile');
const watch = new Watch();
const all = payloads();
const texts = all.map(({ text }) => text);
const names = texts.filter((text) => letters(text) <= 40);
const titles = texts.filter((text) => letters(text) <= 80);
/** Which texts were looked at in which place, for the last line. */
const looked = new Map();

/** Waits until every text stands in the page letter for letter, and looks whether one of them became something else. */
async function shows(who, place, wanted) {
  // Asked by hand: Playwright's own waiting would need `eval`, which the page's policy forbids.
  const until = Date.now() + 15_000;
  let lacking = await who.page.evaluate(missing, wanted);
  while (lacking.length > 0 && Date.now() < until) {
    await who.page.evaluate(() => new Promise(requestAnimationFrame));
    lacking = await who.page.evaluate(missing, wanted);
  }
  assert.deepEqual(lacking, [], `${who.name} does not read these of ${place}`);
  await isClean(who, place);
  looked.set(place, new Set([...(looked.get(place) ?? []), ...wanted]));
}

async function isClean(who, place) {
  assert.deepEqual(await who.page.evaluate(strangers), [], `${who.name}, ${place}`);
}

/** A person, watched. `bare`: the page's policy is switched off in this browser, so that it saves nobody. */
async function person(browser, name, { bare = false, ...more } = {}) {
  const who = await house.person(browser, name, { viewport: DESKTOP, bypassCSP: bare, ...more });
  await watch.over(name, who.context);
  return who;
}

/** Pieces of a list, so many at a time. */
const pieces = (list, size) => Array.from({ length: Math.ceil(list.length / size) }, (_, k) => list.slice(k * size, (k + 1) * size));

/** Everything an update holds that a document does since it was begun. */
function update(client, write) {
  const doc = new Y.Doc();
  doc.clientID = client;
  let made;
  doc.on('update', (bytes) => (made = bytes));
  doc.transact(() => write(doc));
  return made;
}
const paragraphs = (lines) => (doc) => doc.getXmlFragment('content').insert(0, lines.map((line) => {
  const paragraph = new Y.XmlElement('paragraph');
  paragraph.insert(0, [new Y.XmlText(line)]);
  return paragraph;
}));

/** Joins by a link without ever opening the page, and stands at the door. */
async function comesIn(who, url, room, link) {
  const raw = await Raw.of(who, url);
  const joined = await raw.post('/api/join', { secret: new URL(link).hash.slice(1) });
  assert.equal(joined.status, 200);
  return { raw, me: await raw.enter(room) };
}

await house.play(async (browser, server) => {
  const nobody = await person(browser, 'nobody');
  const { alive, reports } = await everyPayloadIsAlive(watch, nobody.context, all);
  house.faults.length = 0; // what the careless page complained of
  await nobody.context.close();
  house.say(`${alive} of ${all.length} payloads run in a careless page; a policy like ours stops them with ${reports} reports, and a polluted prototype is seen`);
  const seen = watch.fresh();

  // --- titles and names, outside of rooms ---
  const ana = await person(browser, names[0]);
  await house.firstRun(ana, server.link);
  const lead = await Raw.of(ana, server.url);
  const group = async (title, pack = 'group-ipt-8') => {
    const made = await lead.post('/api/groups', { title, pack, language: 'en', starts_on: null });
    assert.equal(made.status, 200, JSON.stringify(made.body));
    return made.body.room;
  };
  await lead.postAll('/api/groups', titles.map((title) => ({ title, pack: 'group-ipt-8', language: 'en', starts_on: null })));
  const bare = await person(browser, 'Ana, with no policy', { bare: true, storageState: await ana.context.storageState() });
  for (const who of [ana, bare]) {
    await who.page.goto(server.url);
    await shows(who, 'titles', [names[0], ...titles]);
  }
  const crowd = await group('Names that want to run');
  // The first is Ana's own name, and nobody else may have it.
  const invited = await lead.postAll(`/api/groups/${crowd}/invites`, names.slice(1).map((name) => ({ name, role: 'member' })));
  assert.deepEqual(invited.filter(({ status }) => status !== 200), []);
  for (const who of [ana, bare]) {
    await who.page.goto(`${server.url}/groups/${crowd}`);
    await shows(who, 'names', names.slice(1));
  }
  house.say(`${titles.length} titles and ${names.length} names stand in the lists as they were written`);

  // --- names from everywhere, and those that pretend to be somebody else ---
  const table = await group('Names from everywhere');
  const judged = new Map();
  const forms = NAMES.flatMap(({ name, is, beside }) => [...(beside === undefined ? [] : [{ name: beside }]), { name, is }]);
  const answers = await lead.postAll(`/api/groups/${table}/invites`, forms.map(({ name }) => ({ name, role: 'member' })));
  for (const [k, { name, is }] of forms.entries()) {
    if (is === undefined) continue; // somebody to be mistaken for
    const { status, body } = answers[k];
    const became = status === 200 ? 'kept' : ['bad_field', 'name_taken'].includes(body.code) ? 'refused' : `${status}`;
    assert.equal(became, is === 'kept' ? 'kept' : 'refused', `${JSON.stringify(name)}: ${JSON.stringify(body)}`);
    judged.set(is, (judged.get(is) ?? 0) + 1);
  }
  await ana.page.goto(`${server.url}/groups/${table}`);
  await shows(ana, 'names from everywhere', NAMES.filter(({ is }) => is === 'kept').map(({ name }) => name.trim().normalize('NFC')));
  house.say(`${NAMES.length} names from everywhere: ${[...judged].map(([is, many]) => `${many} ${is}`).join(', ')}`);

  // --- a room in which everything is written ---
  const room = await group('<b>Two people</b>', 'partner-assisted-8');
  const invite = async (name, role) => (await lead.post(`/api/groups/${room}/invites`, { name, role })).body.url;
  const [benName, malloryName, kimName, ...others] = names.slice(1);
  const ben = await person(browser, benName);
  const mallory = await person(browser, malloryName, { bare: true });
  const kim = await person(browser, kimName, { bare: true });
  const links = { ben: await invite(benName, 'member'), mallory: await invite(malloryName, 'member'), kim: await invite(kimName, 'facilitator') };
  const partners = [await comesIn(ben, server.url, room, links.ben), await comesIn(mallory, server.url, room, links.mallory)];
  const [his, hers] = partners;
  await lead.enter(room);
  for (const [k, { raw }] of partners.entries()) {
    const safe = { ringing: true, voicemail: false, text: false };
    await raw.does({ do: 'confirm_arrival', today: { place: `${texts[k]} in ${texts[k + 40]}`, country: 'US', alone: true, headphones: true, driving: false, recording: false, shared: false }, reach: { number: '+1 555 010 0100', safe, contact: { name: names[20 + k], number: '+1 555 019 0199', safe } } });
  }
  for (const { raw } of partners) {
    for (const { purpose, digest } of (await raw.view()).me.consents) await raw.does({ do: 'give_consent', purpose, digest });
  }
  const desk = `${server.url}/room/${room}`;
  const kims = await comesIn(kim, server.url, room, links.kim);
  await Promise.all([ana.page.goto(desk), kim.page.goto(desk), mallory.page.goto(desk), ben.page.goto(desk)]);
  await shows(ana, 'where people are', [0, 1].flatMap((k) => [`${texts[k]} in ${texts[k + 40]}`, names[20 + k]]));
  for (const [k, one] of pieces(texts.slice(0, 40), 20).entries()) {
    await lead.does({ do: 'record_screen', participant: partners[k].me, outcome: 'suitable', words: one.join('\n').slice(0, 2000) });
  }
  await shows(ana, 'private talks', texts.slice(0, 15));
  const way = (await lead.view()).room.staff.lock.ways[0].key;
  await lead.does({ do: 'choose_secrets', key: way });
  for (const { me } of partners) await lead.does({ do: 'admit', participant: me, anyway: false });
  await lead.does({ do: 'start_session' });
  await shows(ben, 'names in the circle', [malloryName, names[0], kimName]);
  await shows(ana, 'names in the circle', [benName]);
  await isClean(mallory, 'names in the circle');
  house.say('four people with such names sit in a circle; where they are and what was said alone is read by those who lead');

  // --- check-in answers, own words, words among those who lead ---
  const questions = (await hers.raw.view()).me.check_in.map(({ question }) => question);
  for (const six of pieces(texts.slice(0, 36), 2 * questions.length)) {
    const answers = pieces(six, questions.length).map((three) => three.map((answer, k) => ({ do: 'check_in', question: questions[k], answer })));
    assert.deepEqual(await his.raw.acts(answers[0]), ['accepted', 'accepted', 'accepted']);
    await hers.raw.acts(answers[1] ?? []);
    await shows(ana, 'check-in answers', six);
    await isClean(kim, 'check-in answers');
  }
  await lead.does({ do: 'insert_step', step: 'about-low-mood', minutes: 10 });
  await lead.does({ do: 'next_step' });
  for (const words of pieces(texts, 3).slice(0, 10).map((three) => three.join(' ').slice(0, 300))) {
    await lead.does({ do: 'set_own_words', step: 'about-low-mood', text: words });
    await shows(mallory, 'own words', [words]);
  }
  await shows(ben, 'own words', [texts.slice(27, 30).join(' ').slice(0, 300)]);
  for (const five of pieces(texts, 5)) {
    const said = await (five[0] === texts[0] ? lead : kims.raw).acts(five.map((text) => ({ do: 'whisper', about: null, text })));
    // A room takes so many messages a second from one line; the other line goes on.
    const again = five.filter((_, k) => said[k] !== 'accepted');
    for (const text of again) await lead.does({ do: 'whisper', about: his.me, text });
    await shows(ana, 'words among those who lead', five);
    await isClean(kim, 'words among those who lead');
  }
  house.say('check-in answers, own words for a step, and two hundred words among those who lead');

  // --- the safety flow, a request, a written turn ---
  await his.raw.does({ do: 'not_ok' });
  await lead.does({ do: 'acknowledge', participant: his.me });
  await lead.does({ do: 'contact', participant: his.me, how: 'phone' });
  const pages = (list) => list.join('\n').slice(0, 4000);
  await lead.does({ do: 'assess', participant: his.me, text: pages(texts.slice(0, 70)) });
  await lead.does({ do: 'make_plan', participant: his.me, plan: pages(texts.slice(70, 140)), contacts: names[30], next_check: pages(texts.slice(140)) });
  for (const who of [ana, kim]) await shows(who, 'safety plans', [texts.slice(0, 60), texts.slice(70, 130), texts.slice(140, 190)].flat());
  await lead.does({ do: 'set_floor', mode: 'queue' });
  await hers.raw.does({ do: 'ask', kind: 'share', note: texts[50] });
  for (const who of [ana, kim]) await shows(who, 'words about a request', [texts[50]]);
  await lead.does({ do: 'set_floor', mode: 'round' });
  await hers.raw.does({ do: 'write_instead', text: texts.slice(0, 40).join('\n').slice(0, 2000) });
  for (const who of [ben, mallory, ana]) {
    await who.button('Written instead of spoken').click();
    await shows(who, 'a turn in writing', texts.slice(0, 30));
    await who.page.keyboard.press('Escape');
  }
  house.say('a safety plan, words about a request, a turn in writing');

  // --- notes: raw updates, and by the page's own editor ---
  const session = { note: 'session', session: 1 };
  const plain = await hers.raw.writes(session, 41, [update(41, paragraphs(texts))]);
  assert.deepEqual(plain, ['saved']);
  for (const who of [ana, ben, mallory, kim]) await shows(who, 'notes, as raw updates', texts);
  const editor = ben.page.locator('#notes .ProseMirror');
  await editor.click();
  await editor.press('Control+End');
  // What a clipboard brings: the text, and the same as HTML, which must never be read.
  await editor.evaluate((place, lines) => {
    const clipboard = new DataTransfer();
    clipboard.setData('text/plain', `pasted\n${lines.join('\n')}`);
    clipboard.setData('text/html', lines.join('<p>'));
    place.dispatchEvent(new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true, cancelable: true }));
  }, texts);
  await editor.press('Enter');
  for (const text of texts.slice(0, 20)) await ben.page.keyboard.insertText(`${text} `);
  await ben.page.locator('#notes [data-saving=saved]').waitFor();
  await shows(mallory, 'notes, by paste and by keys', ['pasted', texts.slice(0, 20).map((text) => `${text} `).join('').trimEnd()]);
  const written = await mallory.page.locator('#notes .ProseMirror').textContent();
  for (const text of texts) assert.ok(written.split(text).length > 2, `${text} stands in the note twice: sent and pasted`);
  // By hand, in the fields of a page.
  await ana.page.locator('#staff').getByLabel('A few words').fill(texts[60]);
  await ana.page.locator('#staff').getByRole('button', { name: 'Say it' }).click();
  await shows(kim, 'words among those who lead', [texts[60]]);
  house.say('two hundred lines as a raw update, pasted with HTML beside them, and typed');

  // --- prototype pollution ---
  let tries = 0;
  for (const [path, body, status] of inBodies(room)) {
    const answer = await lead.post(path, body);
    assert.ok(status.includes(answer.status), `${path} ${body}: ${answer.status} ${JSON.stringify(answer.body)}`);
    tries += 1;
  }
  for (const [text, code] of inMessages(his.me)) {
    const id = /cm_[0-9a-f]{32}/.exec(text)?.[0] ?? 'unread';
    const [answer] = await hers.raw.says([[id, text]]);
    assert.ok(code.includes(answer), `${text}: ${answer}`);
    tries += 1;
  }
  for (const [k, [what, write]] of inNotes(Y).entries()) {
    const [answer] = await hers.raw.writes({ note: 'course' }, 50 + k, [update(50 + k, write)]);
    assert.match(answer, /^note_/, `${what}: ${answer}`);
    tries += 1;
  }
  for (const [k, path] of inPlaces().entries()) {
    await (k % 2 ? ana : bare).page.goto(server.url + path);
    await isClean(k % 2 ? ana : bare, path);
    tries += 1;
  }
  assert.ok(tries >= 30, `${tries}`);
  for (const who of [ana, bare, ben, mallory, kim]) await isClean(who, 'in the end');
  house.say(`${tries} tries to pollute a prototype: in forms, messages, note updates, addresses and storage`);

  assert.deepEqual(seen.hits, [], 'nothing was run');
  assert.deepEqual(seen.reports, [], 'the policy had nothing to report');
  const total = [...looked.values()].reduce((sum, { size }) => sum + size, 0);
  house.say(`read letter for letter: ${[...looked].map(([place, { size }]) => `${size} ${place}`).join(', ')}`);
  house.say(`T16: N = ${all.length} payloads in ${total} places, ${tries} pollutions, ${NAMES.length} names: 0 run, 0 reports, 0 polluted, every text as it was written; 3/N = ${(300 / total).toFixed(2)} %. There is no CSV and no ICS export to inject into`);
});
