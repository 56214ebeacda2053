// T16: texts that want to be run, in everything that people can write: they stay texts.
//
// Two hundred payloads are first shown to be alive in a careless page. Then they are written into every text field that somebody else reads, as
// the schemas of both sides name them (placed.mjs): by the page's own fields, as forms, as messages on the wire, and as raw Yjs updates. Each is
// looked at by two browsers: one with the page's policy, whose reports are counted, and one in which the policy is switched off, where
// anything that a sink lets through would really run. Nothing may run, no report may come, and every text must stand there letter for letter,
// or be refused because it is too long for its field.
//
// The quick run writes every sixteenth payload into each field, beginning with another one each time, so that all of them are written somewhere,
// and into notes all of them. `PAYLOADS=all` writes all of them into every field.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { everyPayloadIsAlive } from './careless.mjs';
import { colleagues, letters, packs, reasons, titlesAndNames } from './hostile-papers.mjs';
import { arrival, careAndTurns, comesIn, door, words } from './hostile-room.mjs';
import { DESKTOP, House } from './house.mjs';
import { Placed, newFieldsAreNoticed } from './placed.mjs';
import { inBodies, inMessages, inNotes, inPlaces } from './pollution.mjs';
import { payloads } from './payloads.mjs';
import { Raw } from './raw.mjs';
import { Watch, missing, strangers } from './watch.mjs';

const Y = createRequire(new URL('../notes-js/package.json', import.meta.url))('yjs');
const NAMES = JSON.parse(readFileSync(new URL('../hostile/names.json', import.meta.url), 'utf8'));

const house = new House('hostile');
const watch = new Watch();
const all = payloads();
const texts = all.map(({ text }) => text);
const names = texts.filter((text) => letters(text) <= 40);
const placed = new Placed(texts, process.env.PAYLOADS === 'all');
/** In how many places a text was read letter for letter, for the last line. */
const looked = new Map();

/** Waits until every text stands in the page letter for letter, and looks whether one of them became something else. */
async function shows(who, place, texts) {
  // Spaces around a text are not kept.
  const wanted = texts.map((text) => text.trim());
  // Asked by hand: Playwright's own waiting would need `eval`, which the page's policy forbids.
  const until = Date.now() + 15_000;
  let lacking = await who.page.evaluate(missing, wanted);
  while (lacking.length > 0 && Date.now() < until) {
    await who.page.evaluate(() => new Promise(requestAnimationFrame));
    lacking = await who.page.evaluate(missing, wanted);
  }
  assert.deepEqual(lacking, [], `${who.name} does not read these of ${place}`);
  await isClean(who, place);
  looked.set(place, (looked.get(place) ?? 0) + wanted.length);
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

await house.play(async (browser, server) => {
  newFieldsAreNoticed();
  const nobody = await person(browser, 'nobody');
  const { alive, reports } = await everyPayloadIsAlive(watch, nobody.context, all);
  house.faults.length = 0; // what the careless page complained of
  await nobody.context.close();
  house.say(`${alive} of ${all.length} payloads run in a careless page; a policy like ours stops them with ${reports} reports, and a polluted prototype is seen`);
  const seen = watch.fresh();

  // --- outside of rooms ---
  const ana = await person(browser, names[0]);
  await house.firstRun(ana, server.link);
  const lead = await Raw.of(ana, server.url);
  const group = async (title, pack = 'group-ipt-8') => {
    const made = await lead.post('/api/groups', { title, pack, language: 'en', starts_on: null });
    assert.equal(made.status, 200, JSON.stringify(made.body));
    return made.body.room;
  };
  const bare = await person(browser, 'Ana, with no policy', { bare: true, storageState: await ana.context.storageState() });
  const outside = { placed, shows, isClean, lead, url: server.url, readers: [ana, bare], group };
  await titlesAndNames(outside);
  house.say('titles, names and guardians stand in the lists as they were written');
  const member = await person(browser, 'Mel');
  const own = await Raw.of(member, server.url);
  const firstLink = await lead.post(`/api/groups/${await group('For a login')}/invites`, { name: 'Mel', role: 'member' });
  assert.equal((await own.post('/api/join', { secret: new URL(firstLink.body.url).hash.slice(1) })).status, 200);
  const bareMember = await person(browser, 'Mel, with no policy', { bare: true, storageState: await member.context.storageState() });
  await reasons({ ...outside, member, bareMember, own });
  const newcomerPage = await person(browser, 'a colleague', { bare: true });
  await colleagues({ ...outside, newcomer: await Raw.of(newcomerPage, server.url), newcomerPage, room: await group('Looked into') });
  await packs(outside);
  house.say('reasons, colleagues, packs that were written, broken, signed and sent');

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

  // --- at a door ---
  const [benName, malloryName, kimName] = names.slice(1);
  const kim = await person(browser, kimName, { bare: true });
  const kimsLink = async (room) => (await lead.post(`/api/groups/${room}/invites`, { name: kimName, role: 'facilitator' })).body.url;
  const lobby = await group('A door');
  const atDoor = await Raw.of(ana, server.url);
  await atDoor.enter(lobby);
  await comesIn(kim, server.url, lobby, await kimsLink(lobby));
  const leaders = [ana, kim];
  const visitor = (k) => person(browser, `Visitor ${k}`, { bare: k % 2 === 1 });
  await door({ placed, shows, isClean, lead: atDoor, leaders, url: server.url, room: lobby, visitor });
  house.say('what is said at the door, both ways, and what people say of themselves');

  // --- a room in which everything is written ---
  const room = await group('<b>Two people</b>', 'partner-assisted-8');
  const invite = async (name, role) => (await lead.post(`/api/groups/${room}/invites`, { name, role })).body.url;
  const ben = await person(browser, benName);
  const mallory = await person(browser, malloryName, { bare: true });
  const partners = [await comesIn(ben, server.url, room, await invite(benName, 'member')), await comesIn(mallory, server.url, room, await invite(malloryName, 'member'))];
  const [his, hers] = partners;
  await lead.enter(room);
  for (const { raw } of partners) {
    for (const { purpose, digest } of (await raw.view()).me.consents) await raw.does({ do: 'give_consent', purpose, digest });
  }
  const kims = await comesIn(kim, server.url, room, await kimsLink(room));
  const inside = { placed, shows, isClean, lead, second: kims.raw, partners, leaders, circle: [ben, mallory] };
  await arrival({ ...inside, url: server.url, room });
  await Promise.all([mallory, ben].map(({ page }) => page.goto(`${server.url}/room/${room}`)));
  const way = (await lead.view()).room.staff.lock.ways[0].key;
  await lead.does({ do: 'choose_secrets', key: way });
  for (const { me } of partners) await lead.does({ do: 'admit', participant: me, anyway: false });
  await lead.does({ do: 'start_session' });
  await shows(ben, 'names in the circle', [malloryName, names[0], kimName]);
  await shows(ana, 'names in the circle', [benName]);
  await isClean(mallory, 'names in the circle');
  house.say('four people with such names sit in a circle; where they are and what was said alone is read by those who lead');
  await words(inside);
  house.say('check-in answers, own words for a step, and words among those who lead');
  await careAndTurns(inside);
  house.say('safety plans, words about requests, turns in writing');

  // --- notes: raw updates, and by the page's own editor ---
  const notes = [[{ note: 'session', session: 1 }, hers.raw, [ana, ben, mallory, kim]], [{ note: 'facilitators', session: 1 }, kims.raw, leaders], [{ note: 'course' }, his.raw, [ben, mallory]]];
  for (const [k, [note, writer, readers]] of notes.entries()) {
    assert.deepEqual(await writer.writes(note, 41 + k, [update(41 + k, paragraphs(texts))]), ['saved']);
    for (const who of readers) {
      if (note.note === 'course') await who.page.getByRole('tab', { name: 'Course', exact: true }).click();
      await shows(who, `notes (${note.note}), as raw updates`, texts);
      if (note.note === 'course') await who.page.getByRole('tab', { name: 'Together', exact: true }).click();
    }
    placed.shown(`note ${note.note}`, texts);
  }
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
  await shows(mallory, 'notes, by paste and by keys', ['pasted', texts.slice(0, 20).map((text) => `${text} `).join('')]);
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

  const went = placed.settled();
  const reads = [...looked.values()].reduce((sum, many) => sum + many, 0);
  house.say(`read letter for letter: ${[...looked].map(([place, many]) => `${many} ${place}`).join(', ')}`);
  house.say(`T16: N = ${went.texts} texts (${all.length} payloads, ${process.env.PAYLOADS === 'all' ? 'all' : 'a sixteenth'} of them in each of ${went.fields} fields; ${went.refused} refused as too long or no letters), read ${reads} times; ${tries} pollutions, ${NAMES.length} names: 0 run, 0 reports, 0 polluted, every text as it was written; 3/N = ${(300 / went.texts).toFixed(3)} %. No export is a table or a calendar (security_page.rs)`);
});
