// T16, outside of rooms: titles, names, reasons, guardians, addresses, packs.
import assert from 'node:assert/strict';
import { packed } from './placed.mjs';

export const letters = (text) => [...new Intl.Segmenter().segment(text)].length;
const is = (answers, status, what) => assert.deepEqual(answers.filter((answer) => answer.status !== status), [], what);

/** Sends what is too long, which must be refused, and gives what is not. */
async function fitting(placed, field, most, send) {
  const texts = placed.of(field);
  const long = texts.filter((text) => letters(text) > most);
  const answers = await send(long);
  assert.deepEqual(answers.filter(({ body }) => body?.code !== 'bad_field'), [], field);
  placed.refused(field, long);
  return texts.filter((text) => letters(text) <= most);
}

export async function titlesAndNames({ placed, shows, lead, url, readers, group }) {
  const makes = (titles) => lead.postAll('/api/groups', titles.map((title) => ({ title, pack: 'group-ipt-8', language: 'en', starts_on: null })));
  const titles = await fitting(placed, '/groups title', 80, makes);
  is(await makes(titles), 200);
  for (const who of readers) {
    await who.page.goto(url);
    await shows(who, 'titles', titles);
  }
  placed.shown('/groups title', titles);
  const crowd = await group('Names that want to run');
  const invites = (names) => lead.postAll(`/api/groups/${crowd}/invites`, names.map((name) => ({ name, role: 'member' })));
  const names = (await fitting(placed, '/groups/{room}/invites name', 40, invites)).filter((name) => name !== readers[0].name);
  is(await invites(names), 200);
  for (const who of readers) {
    await who.page.goto(`${url}/groups/${crowd}`);
    await shows(who, 'names', [readers[0].name, ...names]);
  }
  // The first is who leads, and nobody else may have that name.
  placed.shown('/groups/{room}/invites name', [readers[0].name, ...names]);

  const guardians = '/groups/{room}/invites/{invite}/guardian guardian';
  const young = await group('Not of age');
  const children = await lead.postAll(`/api/groups/${young}/invites`, placed.of(guardians).map((_, k) => ({ name: `Child ${k}`, role: 'member' })));
  is(children, 200);
  const invite = (k) => `/api/groups/${young}/invites/${children[k].body.invite.invite}`;
  const agreed = await fitting(placed, guardians, 40, async (long) => {
    is([await lead.post(`${invite(0)}/minor`, { minor: true })], 204);
    return lead.postAll(`${invite(0)}/guardian`, long.map((guardian) => ({ guardian })));
  });
  for (const [k, guardian] of agreed.entries()) {
    is([await lead.post(`${invite(k)}/minor`, { minor: true }), await lead.post(`${invite(k)}/guardian`, { guardian })], 204, guardian);
  }
  for (const who of readers) {
    await who.page.goto(`${url}/groups/${young}`);
    await shows(who, 'guardians', agreed);
  }
  placed.shown(guardians, agreed);
}

/** Reasons that somebody is to be erased, is not, and is held. `member` and `bareMember` are one person in two browsers, `own` speaks for them. */
export async function reasons({ placed, shows, lead, url, readers, group, member, bareMember, own }) {
  const [asks, erases, refuses, holds] = ['/rooms/{room}/mine/erasure', '/groups/{room}/erasures', '/groups/{room}/erasures/{participant}/refuse', '/groups/{room}/holds'].map((path) => `${path} reason`);
  const of = (field) => packed(placed.of(field), 1000);
  const [asked, erased, refused, held] = [asks, erases, refuses, holds].map(of);
  for (let k = 0; k < Math.max(asked.length, erased.length, refused.length, held.length); k += 1) {
    const room = await group(`Reasons ${k}`);
    const [one, other] = await lead.postAll(`/api/groups/${room}/invites`, ['Mel', 'Lee'].map((name) => ({ name, role: 'member' })));
    const post = async (path, body) => is([await lead.post(`/api/groups/${room}${path}`, body)], 204, path);
    is([await own.post('/api/join', { secret: new URL(one.body.url).hash.slice(1) })], 200);
    if (asked[k]) is([await own.post(`/api/rooms/${room}/mine/erasure`, { reason: asked[k].text })], 204, 'asking');
    else await post('/erasures', { participant: one.body.invite.participant, reason: 'asked for' });
    if (erased[k]) await post('/erasures', { participant: other.body.invite.participant, reason: erased[k].text });
    if (held[k]) await post('/holds', { participant: null, reason: held[k].text });
    const before = [asked[k], erased[k], held[k]].flatMap((one) => one?.some ?? []);
    for (const who of readers) {
      await who.page.goto(`${url}/groups/${room}`);
      await shows(who, 'reasons', before);
    }
    if (!refused[k]) continue;
    await post(`/erasures/${one.body.invite.participant}/refuse`, { reason: refused[k].text });
    for (const who of readers) {
      await who.page.goto(`${url}/groups/${room}`);
      await shows(who, 'reasons', refused[k].some);
    }
    for (const who of [member, bareMember]) {
      await who.page.goto(`${url}/me/${room}`);
      await shows(who, 'reasons', refused[k].some);
    }
  }
  for (const [field, all] of [[asks, asked], [erases, erased], [refuses, refused], [holds, held]]) placed.shown(field, all.flatMap(({ some }) => some));
}

/** Colleagues with such names and addresses; the last of them asks to look in, with such reasons. `newcomer` speaks for a browser of its own. */
export async function colleagues({ placed, shows, lead, url, readers, newcomer, newcomerPage, room }) {
  const secret = async () => new URL((await lead.post('/api/people/invite', { roles: ['facilitator'] })).body.url).hash.slice(1);
  const form = (name, email) => ({ secret: 'A'.repeat(43), name, email, passphrase: 'four unrelated quiet words' });
  const names = await fitting(placed, '/welcome name', 40, (long) => newcomer.postAll('/api/welcome', long.map((name, k) => form(name, `c${k}@example.org`))));
  // An address has no spaces.
  const addresses = placed.of('/welcome email');
  const spaced = addresses.filter((text) => /\s/.test(text));
  const no = await newcomer.postAll('/api/welcome', spaced.map((text) => form('Colleague', `${text}@example.org`)));
  assert.deepEqual(no.filter(({ body }) => body?.code !== 'bad_field'), [], 'an address with a space');
  placed.refused('/welcome email', spaced);
  const mails = addresses.filter((text) => !/\s/.test(text));
  for (let k = 0; k < Math.max(names.length, mails.length); k += 1) {
    if (k > 0) await newcomer.post('/api/sign-out', {});
    is([await newcomer.post('/api/welcome', { ...form(names[k] ?? `Colleague ${k}`, `${mails[k] ?? `c${k}`}@example.org`), secret: await secret() })], 204, `${names[k]} ${mails[k]}`);
  }
  for (const who of readers) {
    await who.page.goto(`${url}/people`);
    await shows(who, 'colleagues', [...names, ...mails.map((text) => `${text}@example.org`)]);
  }
  placed.shown('/welcome name', names);
  placed.shown('/welcome email', mails);

  const why = packed(placed.of('/look-ins/ask reason'), 280, ' ');
  for (let k = 0; k < why.length; k += 3) {
    const three = why.slice(k, k + 3);
    const asked = await newcomer.postAll('/api/look-ins/ask', three.map(({ text }) => ({ room, reason: text })));
    is(asked, 200);
    for (const who of [...readers, newcomerPage]) {
      await who.page.goto(`${url}/look-in`);
      await shows(who, 'reasons to look in', three.flatMap(({ some }) => some));
    }
    for (const { body } of asked) is([await newcomer.post(`/api/look-ins/${body.look_in}/end`, {})], 204, 'taken back');
  }
  placed.shown('/look-ins/ask reason', why.flatMap(({ some }) => some));
}

/** Packs that somebody wrote, broke, signed and sent. */
export async function packs({ placed, shows, isClean, lead, url, readers }) {
  const { body: pack } = await lead.ask('GET', '/api/packs/group-ipt-8');
  const fields = ['check', 'save'].map((how) => `/packs/${how} files text`);
  const written = [...new Set(fields.flatMap((field) => placed.of(field)))];
  const summarised = (text) => pack.files.map((file) => {
    if (file.name === 'pack.toml') return { ...file, text: file.text.replace('group-ipt-8', 'runs') };
    return { ...file, text: file.name === 'text/en.toml' ? file.text.replace(/^summary = .*$/m, () => `summary = ${JSON.stringify(text)}`) : file.text };
  });
  // In a pack nobody is shouted at, and braces are filled in.
  const loud = written.filter((text) => /[!{]/.test(text));
  for (const text of loud) assert.equal((await lead.post('/api/packs/check', { id: 'runs', files: summarised(text), based_on: null })).body.fate, 'broken', text);
  const calm = packed(written.filter((text) => !loud.includes(text)), 600, ' ');
  let based_on = null;
  for (const { some, text } of calm) {
    const saved = await lead.post('/api/packs/save', { id: 'runs', files: summarised(text), based_on });
    assert.equal(saved.body.fate, 'saved', JSON.stringify(saved.body.faults));
    based_on = saved.body.digest;
    for (const who of readers) {
      await who.page.goto(`${url}/packs`);
      await who.page.getByLabel('Pack', { exact: true }).selectOption('runs');
      await who.button('Open').click();
      await who.sees('The pack is whole.');
      await shows(who, 'packs', some);
    }
  }
  for (const field of fields) {
    placed.shown(field, calm.flatMap(({ some }) => some));
    placed.refused(field, loud);
  }
  // Faults are told with the words that are wrong.
  for (const who of readers) {
    await who.page.getByLabel('File', { exact: true }).selectOption('text/en.toml');
    await who.page.getByLabel('Text of text/en.toml').fill(written.map((text) => `${JSON.stringify(text)} = ${JSON.stringify(text)}`).join('\n'));
    await who.page.getByRole('list', { name: 'What is to be mended' }).waitFor();
    await isClean(who, 'faults of a pack');
  }

  const signers = [...new Set([...placed.of('/packs/export by'), ...placed.of('/packs/import text')])];
  const sent = [];
  for (const { some, text } of packed(signers, 120, ' ')) {
    const { status, body } = await lead.post('/api/packs/export', { id: 'group-ipt-8', by: text });
    assert.equal(status, 200, text);
    sent.push({ some, file: body.file.text });
  }
  for (const who of readers) {
    await who.page.goto(`${url}/packs`);
    await who.page.getByText('Send a pack to somebody, or take one up').click();
    for (const { some, file } of sent) {
      await who.page.getByLabel('Take up a file that somebody sent you').setInputFiles({ name: 'pack.json', mimeType: 'application/json', buffer: Buffer.from(file) });
      await shows(who, 'packs that were sent', some);
    }
  }
  placed.shown('/packs/export by', signers);
  placed.shown('/packs/import text', signers);
}
