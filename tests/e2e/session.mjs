// A whole session of the pack in a real browser: a facilitator and three members in four browser contexts, from first run to close, with a
// dropped line and a server restart in the middle. Pictures go to shots/ (not kept in the repository); axe looks at every page on the way.
//
// `RONDO_BIN` names the server; the build puts it into target/debug.
import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const binary = process.env.RONDO_BIN ?? join(here, '../../target/debug/rondo');
const shots = join(here, 'shots', 'session');
mkdirSync(shots, { recursive: true });
const data = mkdtempSync(join(tmpdir(), 'rondo-e2e-'));

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const PASSPHRASE = 'four unrelated quiet words';
/** How long anything that must happen may take on a busy machine, in milliseconds. */
const PATIENCE = 20_000;

let passed = 0;
const faults = [];
const began = Date.now();
function say(what) {
  passed += 1;
  console.log(`  ${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${what}`);
}

/** Starts the server; resolves with its address and, before the first run, the link that makes the first facilitator. */
function start(port) {
  const child = spawn(binary, [], {
    env: { PATH: process.env.PATH, RONDO_LISTEN: `127.0.0.1:${port}`, RONDO_DATA: data, RONDO_LOG: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the server did not say where it is')), PATIENCE);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /http:\/\/(127\.0\.0\.1:\d+)(\S*)/.exec(line);
      if (found) {
        clearTimeout(timer);
        resolve({ child, port: Number(found[1].split(':')[1]), url: `http://${found[1]}`, link: found[0] });
      }
    });
  });
}

function stop(server) {
  return new Promise((resolve) => {
    server.child.removeAllListeners('exit');
    server.child.once('exit', (code) => resolve(code));
    server.child.kill('SIGTERM');
  });
}

async function person(browser, name, viewport) {
  const context = await browser.newContext({ viewport, acceptDownloads: true, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on('pageerror', (error) => faults.push(`${name}: ${error.message}`));
  page.on('console', (message) => {
    // A line that drops is announced by the browser itself; that is what this test makes happen.
    const own = /WebSocket|ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|Failed to load resource/.test(message.text());
    if (message.type() === 'error' && !own) faults.push(`${name}: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (hostname !== '127.0.0.1' && !['data:', 'blob:'].includes(protocol)) faults.push(`${name}: a request to ${hostname}`);
  });
  return { name, context, page };
}

async function picture(who, name) {
  await who.page.screenshot({ path: join(shots, `${name}.png`) });
}

async function look(who, name) {
  await picture(who, name);
  const { violations } = await new AxeBuilder({ page: who.page }).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  for (const { id, nodes } of grave) faults.push(`${name}: axe ${id}: ${nodes.map((node) => node.target.join(' ')).join('; ')}`);
}

const button = (who, name) => who.page.getByRole('button', { name, exact: true });

const browser = await launch();
let server = await start(0);
try {
  // --- first run ---
  const ana = await person(browser, 'facilitator', DESKTOP);
  await ana.page.goto(server.link);
  await ana.page.waitForFunction(() => location.hash === ''); // the secret is gone from the address bar
  await ana.page.getByLabel('Name others see').fill('Ana');
  await ana.page.getByLabel('E-mail for signing in').fill('ana@practice.example');
  await ana.page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await look(ana, '01-setup');
  await button(ana, 'Go on to the recovery key').click();
  const [download] = await Promise.all([ana.page.waitForEvent('download'), button(ana, 'Save as a file').click()]);
  assert.equal(download.suggestedFilename(), 'recovery-key.txt');
  const key = (await ana.page.getByLabel('Recovery key, eight groups of four characters').innerText()).replace(/\s+/g, '');
  assert.equal(key.length, 32);
  await ana.page.getByLabel(/I have put the key somewhere safe/).check();
  await look(ana, '02-recovery-key');
  await button(ana, 'Open the room').click();
  await ana.page.getByText('A new group').waitFor();
  say('first run: a facilitator, a kept recovery key');

  // --- a group and its links ---
  await look(ana, '03-start');
  await ana.page.getByLabel('What the group is called').fill('Tuesday group');
  await button(ana, 'Make the group').click();
  await ana.page.getByText('Invite somebody').waitFor();
  const links = [];
  for (const name of ['Ben', 'Chloe', 'Dev']) {
    await ana.page.getByLabel('Name the group sees').fill(name);
    await button(ana, 'Make the link').click();
    await ana.page.getByText(`The link for ${name}`).first().waitFor();
    const field = ana.page.getByLabel('Personal link', { exact: true });
    await field.waitFor();
    links.push(await field.inputValue());
    if (name === 'Ben') await look(ana, '04-link');
    await button(ana, 'Done').click();
  }
  assert.ok(links.every((link) => link.includes('/join#')), links.join(' '));
  say('a group with three personal links');

  // --- coming in ---
  await ana.page.getByRole('link', { name: 'Enter the room' }).click();
  await ana.page.getByText('The session has not begun.').waitFor();
  const members = [];
  for (const [n, name] of ['Ben', 'Chloe', 'Dev'].entries()) {
    const member = await person(browser, name, n === 2 ? DESKTOP : PHONE);
    const arrived = Date.now();
    await member.page.goto(links[n]);
    await member.page.waitForFunction(() => location.hash === '');
    if (n === 0) await look(member, '05-join-phone');
    await member.page.getByRole('button', { name: 'Enter' }).or(member.page.getByRole('link', { name: 'Enter' })).first().click();
    await member.page.getByText('You are at the door.').waitFor();
    if (n === 0) await look(member, '06-waiting-phone');
    await button(ana, `Let ${name} in`).click();
    await member.page.getByText('You are in the right place.').first().waitFor();
    say(`${name} from link to seat in ${((Date.now() - arrived) / 1000).toFixed(1)} s`);
    members.push(member);
  }
  const [ben, chloe, dev] = members;

  // --- the session ---
  await button(ana, 'Begin the session').click();
  await ben.page.getByText('Anyone may speak').first().waitFor();
  await look(ana, '07-session-begun');

  // to the round
  for (let n = 0; n < 12; n += 1) {
    if (await ana.page.getByText('everyone once, or pass').first().isVisible()) break;
    await ana.page.getByRole('button', { name: /^Go on to / }).click();
    await ana.page.waitForTimeout(250);
  }
  await ana.page.getByText('everyone once, or pass').first().waitFor();
  await ana.page.getByRole('button', { name: /^Go on to Ben/ }).click();
  await button(ben, 'I’m done').waitFor();
  await look(ben, '08-own-turn-phone');
  await look(chloe, '09-next-phone');
  await look(ana, '10-round-facilitator');
  await button(ben, 'I’m done').click();
  await button(chloe, 'I’m done').waitFor();
  say('the floor goes round by itself');

  // --- a dropped line ---
  await chloe.context.setOffline(true);
  await ana.page.getByText('Chloe’s line dropped. We are holding the clock.').first().waitFor({ timeout: 60_000 });
  await picture(ana, '11-dropped-facilitator');
  await chloe.context.setOffline(false);
  await button(chloe, 'I’m done').waitFor({ timeout: 60_000 });
  await chloe.page.getByText(/You are back/).first().waitFor();
  say('a dropped line: the clock was held, the place was kept, the turn goes on');

  // --- notes ---
  await dev.page.locator('.ProseMirror').first().click();
  await dev.page.keyboard.type('Ben: 6. The walk on Sunday helped.');
  await dev.page.getByText(/^Saved/).first().waitFor();
  await ana.page.getByText('The walk on Sunday helped.').waitFor();
  await ana.page.locator('.ProseMirror').first().click();
  await ana.page.keyboard.press('End');
  await ana.page.keyboard.press('Enter');
  await ana.page.keyboard.type('To come back to: evenings alone.');
  await dev.page.getByText('To come back to: evenings alone.').waitFor();
  await look(dev, '12-notes-member-desktop');
  say('two people write in one note');

  // --- a restart in the middle ---
  const code = await stop(server);
  assert.equal(code, 0, 'a planned stop ends well');
  await dev.page.getByText('Your connection dropped. Your place is kept.').first().waitFor();
  await picture(dev, '13-restart-member');
  server = await start(server.port);
  await button(chloe, 'I’m done').waitFor({ timeout: 60_000 });
  await ana.page.getByText('Chloe has the floor').first().waitFor();
  await dev.page.getByText('The walk on Sunday helped.').waitFor();
  say('a restart: the turn, the places and the note are there');

  await button(chloe, 'I’m done').click();
  await button(dev, 'I’m done').waitFor();
  await look(dev, '14-own-turn-desktop');
  await button(dev, 'Pass the floor').click();
  await ana.page.getByText('Nobody is speaking now.').first().waitFor();

  // --- on to the end, step by step ---
  for (let n = 0; n < 16; n += 1) {
    const close = button(ana, 'Close the session');
    if (await close.isVisible()) break;
    await ana.page.getByRole('button', { name: /^Go on/ }).last().click();
    await ana.page.waitForTimeout(250);
  }
  await button(ana, 'Close the session').first().click();
  await picture(ana, '15-close');
  const dialog = ana.page.getByRole('dialog');
  if (await dialog.isVisible()) await dialog.getByRole('button', { name: 'Close the session' }).click();
  await ben.page.getByText('This session is closed. Thank you for being here.').first().waitFor();
  await look(ben, '16-closed-phone');
  await look(ana, '17-closed-facilitator');
  say('the session is closed in good order');

  // --- it is all there the next day ---
  await ana.page.goto(`${server.url}/`);
  await ana.page.getByText('Tuesday group').first().waitFor();
  assert.equal(await stop(server), 0);
  server = await start(server.port);
  await ana.page.reload();
  await ana.page.getByText('Tuesday group').first().waitFor();
  say('the next day the group is there');
} catch (error) {
  faults.push(error.stack ?? String(error));
  for (const [n, context] of browser.contexts().entries()) {
    for (const page of context.pages()) await page.screenshot({ path: join(shots, `99-at-the-fault-${n}.png`) }).catch(() => undefined);
  }
} finally {
  await browser.close();
  if (server.child.exitCode === null) await stop(server);
  rmSync(data, { recursive: true, force: true });
}
for (const fault of faults) console.error(`FAULT ${fault}`);
console.log(`${passed} passed, ${faults.length} failed`);
process.exitCode = faults.length === 0 ? 0 : 1;
