// T20: what a browser keeps after a session, and whom it talks to. Two people with browsers that keep everything in a folder, as people's own
// do, go through a whole session full of planted words. Then one signs out, the other leaves by the quick exit; storage is listed, the browsers
// are closed, and every file they left is searched. Chromium is asked for a page of its own first, to show that the search finds what is there.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchProfile } from './browser.mjs';
import { DESKTOP, House, PHONE } from './house.mjs';
import { signInService } from './service.mjs';

const PLANTED = {
  ana: 'Plantana',
  ben: 'Plantben',
  group: 'Plantgroup',
  note: 'Plantnote',
  ours: 'Plantours',
  asked: 'Plantasked',
  subject: 'Plantsubject',
};
/** What the practice's own sign-in service gives a browser to bring back. */
const CODE = 'Plantcode';
const service = await signInService('rondo', { code: CODE, subject: PLANTED.subject });
const house = new House('privacy', { RONDO_MEDIA: 'off', RONDO_OIDC_ISSUER: service.url, RONDO_OIDC_CLIENT_ID: 'rondo', RONDO_OIDC_NAME: 'Our clinic' });

/** Where Chromium puts addresses that were opened. */
const HISTORY = / in \/(Default\/(History|Sessions|Favicons|Top Sites|Shortcuts|Visited Links|Network Action Predictor)|segmentation_platform)/;

/** Every file below a folder that holds one of the words, in either of the ways in which browsers write text. */
function filesWith(folder, words) {
  const found = [];
  let files = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files += 1;
    const bytes = readFileSync(path);
    for (const word of words) {
      if (bytes.includes(word) || bytes.includes(Buffer.from(word, 'utf16le'))) found.push(`${word} in ${path.slice(folder.length)} (${statSync(path).size} bytes)`);
    }
  }
  return { files, found };
}

/** Runs in a page: everything that a site can put away in a browser. */
async function kept() {
  const all = { local: { ...localStorage }, session: { ...sessionStorage }, databases: [], caches: await caches.keys(), workers: 0 };
  for (const { name } of await indexedDB.databases()) all.databases.push(name);
  all.workers = (await navigator.serviceWorker?.getRegistrations())?.length ?? 0;
  return all;
}

/** Somebody with a browser that keeps things, and a record of everything it asked for. */
async function keeper(name, viewport) {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-profile-'));
  const context = await launchProfile(folder, { viewport, reducedMotion: 'reduce', acceptDownloads: true });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(20_000);
  const requests = [];
  const titles = new Set();
  context.on('request', (request) => requests.push({ url: request.url(), referer: request.headers().referer ?? '' }));
  page.on('framenavigated', () => void page.title().then((title) => titles.add(title), () => undefined));
  page.on('pageerror', (error) => house.faults.push(`${name}: ${error.message}`));
  const who = { name, context, page, button: (label) => page.getByRole('button', { name: label, exact: true }), sees: (text) => page.getByText(text).first().waitFor() };
  return { who, folder, requests, titles };
}

/** That the search finds what a careless page leaves behind. */
async function searchFinds() {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'max-age=3600' });
    answer.end('<!doctype html><title>Carelesstitle</title><script>localStorage.setItem("k", "Carelessstore")</script>Carelessbody');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { who, folder } = await keeper('Nobody', DESKTOP);
  await who.page.goto(`http://127.0.0.1:${server.address().port}/Carelesspath`);
  await who.page.waitForTimeout(500); // the browser writes its history when it likes
  await who.context.close();
  await new Promise((resolve) => server.close(resolve));
  const { found } = filesWith(folder, ['Carelesstitle', 'Carelessstore', 'Carelesspath', 'Carelessbody']);
  rmSync(folder, { recursive: true, force: true });
  const words = new Set(found.map((line) => line.split(' ')[0]));
  assert.equal(words.size, 4, `a careless page's title, storage, address and body are found: ${found.join('; ')}`);
  house.say(`the search finds a careless page's title, storage, address and body (${found.length} places)`);
}

await house.play(async (_, server) => {
  await searchFinds();
  const ana = await keeper(PLANTED.ana, DESKTOP);
  const ben = await keeper(PLANTED.ben, PHONE);
  const people = [ana, ben];
  try {
    await house.firstRun(ana.who, server.link);
    await ana.who.page.goto(`${server.url}/account`);
    await ana.who.button('Link this account').click();
    await ana.who.sees('This account has signed in with Our clinic since');
    await ana.who.page.goto(server.url);
    await house.makeGroup(ana.who, PLANTED.group);
    const link = await house.invite(ana.who, PLANTED.ben);
    await ana.who.page.getByRole('link', { name: 'Enter the room' }).click();
    await ana.who.sees('The session has not begun.');
    await ben.who.page.goto(link);
    await ben.who.page.getByRole('link', { name: 'Enter' }).click();
    await ben.who.sees('You are at the door.');
    await house.arrives(ben.who);
    await house.agrees(ben.who);
    await ana.who.button(`Let in: ${PLANTED.ben}`).click();
    await ben.who.sees('You are in the right place.');
    await ana.who.button('Begin the session').click();
    await ben.who.sees('Anyone may speak');
    const note = (who, pane = '#notes') => who.page.locator(`${pane} .ProseMirror`);
    await note(ana.who).click();
    await ana.who.page.keyboard.type(`${PLANTED.note} was said.`);
    await ana.who.page.locator('#notes [data-saving=saved]').waitFor();
    await ana.who.page.locator('#staff').getByText('Facilitators’ note').click();
    await note(ana.who, '#staff').click();
    await ana.who.page.keyboard.type(`${PLANTED.ours} for us.`);
    await ana.who.page.locator('#staff [data-saving=saved]').waitFor();
    await ana.who.page.reload();
    await ana.who.sees(PLANTED.ben);
    await ana.who.button('More').click();
    await ana.who.button('How the floor is shared …').click();
    await ana.who.page.getByLabel('The floor', { exact: true }).selectOption({ label: 'In line: ask, wait, speak' });
    await ana.who.button('Use this from now on').click();
    await ben.who.button('Ask to speak').waitFor();
    await ben.who.button('More').click();
    await ben.who.button('Ask with a word about it …').click();
    await ben.who.page.getByRole('dialog').getByRole('textbox').fill(`${PLANTED.asked} please`);
    await ben.who.page.getByRole('dialog').getByRole('button', { name: 'Ask to speak' }).click();
    house.say('a session with planted words: names, a title, notes, a word about a request, where somebody is and whom to call; a page loaded again in the middle');

    const secret = new URL(link).hash.slice(1);
    for (const { who, titles } of people) titles.add(await who.page.title());
    await ben.who.page.keyboard.press('Escape');
    const exit = ben.who.page.getByRole('button', { name: /Leave quickly|Quick exit|Leave now/ }).first();
    await exit.click();
    await ben.who.page.waitForURL((url) => !url.pathname.startsWith('/rooms'));
    await ana.who.page.goto(server.url);
    await ana.who.button('Sign out').click();
    await ana.who.page.getByLabel('Passphrase', { exact: true }).waitFor();
    await ana.who.button('Sign in with Our clinic').click();
    await ana.who.page.waitForURL(`${server.url}/`);
    await ana.who.sees(PLANTED.group);
    await ana.who.button('Sign out').click();
    await ana.who.page.getByLabel('Passphrase', { exact: true }).waitFor();
    house.say('the account is linked to the practice’s own sign-in service, and signed in to by it');

    const storage = [];
    for (const { who } of people) {
      const page = await who.context.newPage();
      await page.goto(server.url);
      storage.push(JSON.stringify(await page.evaluate(kept)));
      await page.close();
    }
    const cookies = (await ana.who.context.cookies()).map(({ name }) => name);
    assert.deepEqual(cookies, [], 'signing out leaves no cookie');
    for (const { who } of people) await who.context.close();

    // The address for signing in is not among them: a browser's password manager may offer to keep it, and people should let it.
    const words = [...Object.values(PLANTED), 'Mill Lane', '555 010 0100', 'Grace Hill'];
    const asked = people.flatMap(({ requests }) => requests);
    const strangers = asked.filter(({ url }) => !url.startsWith(server.url) && !url.startsWith(`${service.url}/authorize?`) && !/^(data|blob|about|chrome):/.test(url));
    assert.deepEqual(strangers, [], 'no third-party request');
    const spoken = [...asked.flatMap(({ url, referer }) => [url, referer]), ...people.flatMap(({ titles }) => [...titles]), ...storage];
    // What the service gives the browser comes back in an address, once each time, and is used up by it.
    const brought = asked.filter(({ url }) => url.includes(CODE)).map(({ url }) => url.split('?')[0]);
    assert.deepEqual(brought, [`${server.url}/outside`, `${server.url}/outside`], 'a code is in no address but the one that brings it');
    const besides = [...people.flatMap(({ titles }) => [...titles]), ...storage, ...asked.map(({ referer }) => referer)];
    assert.deepEqual(besides.filter((text) => [CODE, ...service.states].some((word) => text.includes(word))), [], 'no code and no state in a title, storage or a referrer');
    assert.deepEqual(spoken.filter((text) => words.some((word) => text.includes(word))), [], 'no planted word in an address, a referrer, a title or storage');
    assert.deepEqual(asked.filter(({ referer }) => referer !== '').map(({ referer }) => referer), [], 'no referrer at all');
    let files = 0;
    const links = [];
    for (const { folder } of people) {
      const left = filesWith(folder, words);
      files += left.files;
      assert.deepEqual(left.found, [], 'no planted word in a file of the browser');
      // A browser keeps every address that was opened, and no page can take it out again. So the link itself is in its history, and there only.
      const opened = filesWith(folder, [secret, CODE, ...service.states]).found;
      assert.deepEqual(opened.filter((line) => !HISTORY.test(line)), [], 'the secret of a link, and what the service gave, is nowhere but in the history');
      links.push(...opened);
    }
    house.say(`addresses of the link and of the way back from the service stand in ${links.length} places of the browsers' own history, as every address does`);
    house.say(`T20: N = ${asked.length} requests, 0 to third parties (3/N = ${(300 / asked.length).toFixed(2)} %), ${service.states.length} to the practice's own sign-in service, 0 referrers; 0 of ${words.length} planted words in addresses, titles, storage or the ${files} files that two browsers left`);
    house.say(`what stays in storage: ${storage.join(' and ')}`);
  } finally {
    for (const { who, folder } of people) {
      await who.context.close().catch(() => undefined);
      rmSync(folder, { recursive: true, force: true });
    }
    await service.close();
  }
});
