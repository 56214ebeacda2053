// T16, inside of rooms: at the door, in the circle, among those who lead, in the safety flow, and in notes.
import assert from 'node:assert/strict';
import { packed } from './placed.mjs';
import { Raw } from './raw.mjs';

const all = (parts) => parts.flatMap(({ some }) => some);
/** Pieces of a list, so many at a time. */
const pieces = (list, size) => Array.from({ length: Math.ceil(list.length / size) }, (_, k) => list.slice(k * size, (k + 1) * size));

/** Joins by a link without ever opening the page, and stands at the door. */
export async function comesIn(who, url, room, link) {
  const raw = await Raw.of(who, url);
  const joined = await raw.post('/api/join', { secret: new URL(link).hash.slice(1) });
  assert.equal(joined.status, 200);
  return { who, raw, me: await raw.enter(room) };
}

/** What is said at the door, both ways, and of oneself. As many people come as it takes: nobody may say more than six things a minute there. */
export async function door({ placed, shows, isClean, lead, leaders, url, room, visitor }) {
  const [says, hears, selves, pronouns] = ['say_at_door text', 'answer_at_door text', 'describe_myself about', 'describe_myself pronouns'].map((name) => `act action ${name}`);
  const [said, answered] = [says, hears].map((field) => packed(placed.of(field), 280));
  const come = [];
  for (let k = 0; k < Math.ceil(Math.max(said.length, answered.length) / 6); k += 1) {
    const link = await lead.post(`/api/groups/${room}/invites`, { name: `Visitor ${k}`, role: 'member' });
    come.push(await comesIn(await visitor(k), url, room, link.body.url));
  }
  for (const { page } of leaders) await page.goto(`${url}/room/${room}`);
  for (const [k, { who, raw, me }] of come.entries()) {
    const [his, theirs] = [said, answered].map((parts) => parts.slice(6 * k, 6 * k + 6));
    for (const { text } of his) await raw.does({ do: 'say_at_door', text });
    for (const { text } of theirs) await lead.does({ do: 'answer_at_door', participant: me, text });
    for (const one of leaders) await shows(one, 'words at the door', [...all(his), ...all(theirs)]);
    await who.page.goto(`${url}/room/${room}`);
    await shows(who, 'words at the door', [...all(his), ...all(theirs)]);
  }
  placed.shown(says, all(said));
  placed.shown(hears, all(answered));
  const about = packed(placed.of(selves), 140);
  for (const some of pieces(about, come.length)) {
    for (const [k, { text }] of some.entries()) await come[k].raw.does({ do: 'describe_myself', pronouns: null, about: text, shown: true });
    for (const one of leaders) await shows(one, 'words about oneself', all(some));
  }
  placed.shown(selves, all(about));
  // Pronouns stand right beside a name: letters only.
  const beside = placed.of(pronouns);
  const answers = await come[0].raw.patiently(beside.map((text) => ({ do: 'describe_myself', pronouns: text, about: null, shown: true })));
  assert.deepEqual(answers.filter((answer) => answer !== 'bad_text'), [], 'pronouns that want to run');
  placed.refused(pronouns, beside);
  for (const one of leaders) await isClean(one, 'the door');
}

/** Where two partners are and whom to call, and what was said with each alone. */
export async function arrival({ placed, shows, lead, partners, leaders, url, room }) {
  const [places, contacts, own, theirs] = ['today place', 'reach contact name', 'reach number', 'reach contact number'].map((name) => `act action confirm_arrival ${name}`);
  const safe = { ringing: true, voicemail: false, text: false };
  const arrives = (place, contact, number, other) => ({
    do: 'confirm_arrival',
    today: { place, country: 'US', alone: true, headphones: true, driving: false, recording: false, shared: false },
    reach: { number, safe, contact: { name: contact, number: other, safe } },
  });
  // A number has six digits at least, forty signs at most, and is not one's own.
  const numbers = (field, digits) => placed.of(field).map((text) => ({ text, number: `${text} ${digits}` }));
  const [mine, hers] = [numbers(own, '5550100'), numbers(theirs, '5550199')].map((list) => ({ long: list.filter(({ number }) => [...number].length > 40), fits: list.filter(({ number }) => [...number].length <= 40) }));
  const no = await partners[0].raw.patiently([
    ...mine.long.map(({ number }) => arrives('Here', 'Grace', number, '5550199')),
    ...hers.long.map(({ number }) => arrives('Here', 'Grace', '5550100', number)),
  ]);
  assert.deepEqual(no.filter((answer) => answer !== 'bad_text'), [], 'numbers that are too long');
  placed.refused(own, mine.long.map(({ text }) => text));
  placed.refused(theirs, hers.long.map(({ text }) => text));

  for (const { page } of leaders) await page.goto(`${url}/room/${room}`);
  const [where, whom] = [packed(placed.of(places), 200), packed(placed.of(contacts), 150)];
  const rounds = Math.max(where.length, whom.length, mine.fits.length, hers.fits.length);
  for (const two of pieces([...Array(rounds).keys()], partners.length)) {
    const wanted = [];
    // In a couple's room nobody's contact begins with a partner's first word.
    for (const [k, n] of two.entries()) {
      // No two numbers of a room are the same one, and no number is one's own.
      const [number, other] = [mine.fits[n]?.number ?? `+1 555 010 0${100 + n}`, hers.fits[n]?.number ?? `+1 555 019 0${300 + n}`];
      await partners[k].raw.does(arrives(where[n]?.text ?? `Place ${n}`, `Grace ${whom[n]?.text ?? n}`, number, other));
      wanted.push(...(where[n]?.some ?? []), ...(whom[n]?.some ?? []), ...(mine.fits[n] ? [number] : []), ...(hers.fits[n] ? [other] : []));
    }
    for (const one of leaders) await shows(one, 'where people are', wanted);
  }
  placed.shown(places, all(where));
  placed.shown(contacts, all(whom));
  placed.shown(own, mine.fits.map(({ text }) => text));
  placed.shown(theirs, hers.fits.map(({ text }) => text));

  const alone = packed(placed.of('act action record_screen words'), 2000);
  for (const [k, { some, text }] of alone.entries()) {
    await lead.does({ do: 'record_screen', participant: partners[k % 2].me, outcome: 'suitable', words: text });
    for (const one of leaders) await shows(one, 'private talks', some);
  }
  if (alone.length < 2) await lead.does({ do: 'record_screen', participant: partners[1].me, outcome: 'suitable', words: null });
  placed.shown('act action record_screen words', all(alone));
}

/** Check-in answers, the group's own words, words among those who lead. `circle` are a member with the page's policy and one without. */
export async function words({ placed, shows, isClean, lead, second, partners, leaders, circle }) {
  const [checkIn, own, whispers] = ['check_in answer', 'set_own_words text', 'whisper text'].map((name) => `act action ${name}`);
  const questions = (await partners[0].raw.view()).me.check_in.map(({ question }) => question);
  const answers = packed(placed.of(checkIn), 280);
  for (const some of pieces(answers, 2 * questions.length)) {
    for (const [k, { text }] of some.entries()) await partners[k % 2].raw.does({ do: 'check_in', question: questions[Math.floor(k / 2)], answer: text });
    for (const one of leaders) await shows(one, 'check-in answers', all(some));
  }
  placed.shown(checkIn, all(answers));
  await lead.does({ do: 'insert_step', step: 'about-low-mood', minutes: 10 });
  await lead.does({ do: 'next_step' });
  const ours = packed(placed.of(own), 300);
  for (const { some, text } of ours) {
    await lead.does({ do: 'set_own_words', step: 'about-low-mood', text });
    for (const one of circle) await shows(one, 'own words', some);
  }
  placed.shown(own, all(ours));
  const said = packed(placed.of(whispers), 280);
  for (const [k, some] of pieces(said, 5).entries()) { // the page shows the last few
    for (const { text } of some) await [lead, second][k % 2].does({ do: 'whisper', about: k % 2 ? partners[0].me : null, text });
    for (const one of leaders) await shows(one, 'words among those who lead', all(some));
  }
  placed.shown(whispers, all(said));
  for (const one of circle) await isClean(one, 'the circle');
}

/** Safety plans, requests, turns in writing. */
export async function careAndTurns({ placed, shows, lead, partners, leaders, circle }) {
  const [his, hers] = partners;
  await his.raw.does({ do: 'not_ok' });
  await lead.does({ do: 'acknowledge', participant: his.me });
  await lead.does({ do: 'contact', participant: his.me, how: 'phone' });
  const fields = ['assess text', 'make_plan plan', 'make_plan contacts', 'make_plan next_check'].map((name) => `act action ${name}`);
  const pages = fields.map((field) => packed(placed.of(field), 4000));
  for (let k = 0; k < Math.max(...pages.map(({ length }) => length)); k += 1) {
    const [text, plan, contacts, next_check] = pages.map((list) => list[k]?.text ?? `Page ${k}`);
    await lead.does({ do: 'assess', participant: his.me, text });
    await lead.does({ do: 'make_plan', participant: his.me, plan, contacts, next_check });
    for (const one of leaders) await shows(one, 'safety plans', pages.flatMap((list) => list[k]?.some ?? []));
  }
  for (const [k, field] of fields.entries()) placed.shown(field, all(pages[k]));

  await lead.does({ do: 'set_floor', mode: 'queue' });
  await lead.does({ do: 'take_floor' }); // else the first who asks speaks at once
  const notes = packed(placed.of('act action ask note'), 280);
  for (const { some, text } of notes) {
    await hers.raw.does({ do: 'ask', kind: 'share', note: text });
    for (const one of leaders) await shows(one, 'words about a request', some);
    await hers.raw.does({ do: 'cancel_request' });
  }
  placed.shown('act action ask note', all(notes));

  const turns = packed(placed.of('act action write_instead text'), 2000);
  for (const two of pieces(turns, 2)) {
    await lead.does({ do: 'set_floor', mode: 'open' });
    await lead.does({ do: 'set_floor', mode: 'round' });
    for (const [k, { text }] of two.entries()) await [hers, his][k].raw.does({ do: 'write_instead', text });
    for (const who of [...circle, leaders[0]]) {
      await who.button('Written instead of spoken').click();
      await shows(who, 'a turn in writing', all(two));
      await who.page.keyboard.press('Escape');
    }
  }
  placed.shown('act action write_instead text', all(turns));
}
