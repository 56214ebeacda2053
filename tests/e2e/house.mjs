// What the browser tests of a whole session share: a real server on its own data folder, people in browsers of their own, pictures, axe.
//
// `RONDO_BIN` names the server; the build puts it into target/debug.
import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const binary = process.env.RONDO_BIN ?? join(here, '../../target/debug/rondo');

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };
export const SMALL_PHONE = { width: 320, height: 568 };
/** How long anything that must happen may take on a busy machine, in milliseconds. */
const PATIENCE = 20_000;
const PASSPHRASE = 'four unrelated quiet words';

export class House {
  #shots;
  #began = Date.now();
  #data = mkdtempSync(join(tmpdir(), 'rondo-e2e-'));
  #passed = 0;
  #child;
  #settings;
  faults = [];

  /** `settings` are the server's, by their environment names. Voices have a run of their own; elsewhere the page is without them. */
  constructor(name, settings = { RONDO_MEDIA: 'off' }) {
    this.#settings = settings;
    this.#shots = join(here, 'shots', name);
    mkdirSync(this.#shots, { recursive: true });
  }

  say(what) {
    this.#passed += 1;
    console.log(`  ${((Date.now() - this.#began) / 1000).toFixed(1).padStart(6)} s  ${what}`);
  }

  /** Starts the server; resolves with its address and, before the first run, with the link that makes the first facilitator. */
  async open(port = 0) {
    const child = spawn(binary, [], {
      env: { PATH: process.env.PATH, RONDO_LISTEN: `127.0.0.1:${port}`, RONDO_DATA: this.#data, RONDO_LOG: 'warn', RONDO_COUNTRY: 'US', RONDO_ONE_FACILITATOR: 'yes', ...this.#settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the server did not say where it is')), PATIENCE);
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        const found = /http:\/\/(127\.0\.0\.1:\d+)(\S*)/.exec(line);
        if (!found) return;
        clearTimeout(timer);
        resolve({ port: Number(found[1].split(':')[1]), url: `http://${found[1]}`, link: found[0] });
      });
    });
  }

  /** The server's data folder. */
  get data() {
    return this.#data;
  }

  /** What the operator types beside the running server; gives what it prints. */
  async command(...words) {
    const child = spawn(binary, words, { env: { PATH: process.env.PATH, RONDO_DATA: this.#data, RONDO_LOG: 'warn' }, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (bytes) => (text += bytes));
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 0, words.join(' '));
    return text;
  }

  /** Ends the server without a word, as a power cut does. */
  async kill() {
    const child = this.#child;
    child.removeAllListeners('exit');
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Stops the server in good order. */
  async close() {
    const child = this.#child;
    const code = await new Promise((resolve) => {
      child.removeAllListeners('exit');
      child.once('exit', resolve);
      child.kill('SIGTERM');
    });
    assert.equal(code, 0, 'a planned stop ends well');
  }

  /** The stopped server's data as they are now; called, it puts them back in the place of whatever came since. */
  remembers() {
    const copy = `${this.#data}-before`;
    cpSync(this.#data, copy, { recursive: true });
    return () => {
      rmSync(this.#data, { recursive: true });
      renameSync(copy, this.#data);
    };
  }

  /** Somebody with a browser of their own. What goes wrong in it, and every request to a stranger, is a fault. */
  async person(browser, name, { viewport, ...more }) {
    const context = await browser.newContext({ viewport, acceptDownloads: true, reducedMotion: 'reduce', ...more });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', (error) => this.faults.push(`${name}: ${error.message}`));
    page.on('console', (message) => {
      // A line that drops is announced by the browser itself; that is what these tests make happen.
      const own = /WebSocket|net::ERR_|Failed to load resource/.test(message.text());
      if (message.type() === 'error' && !own) this.faults.push(`${name}: ${message.text()}`);
    });
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (hostname !== '127.0.0.1' && !['data:', 'blob:'].includes(protocol)) this.faults.push(`${name}: a request to ${hostname}`);
    });
    return { name, context, page, button: (label) => page.getByRole('button', { name: label, exact: true }), sees: (text) => page.getByText(text).first().waitFor() };
  }

  /** Says at the door where they are and how to reach them. The server knows the numbers of the United States. */
  async arrives({ page, sees }) {
    await page.getByLabel('Where are you now?').fill('At home, 4 Mill Lane');
    await page.getByLabel('Country').selectOption('US');
    await page.getByLabel('A number to call you back').fill('+1 555 010 0100');
    await page.getByLabel('Their name').fill('Grace Hill');
    await page.getByLabel('Their number').fill('+1 555 019 0199');
    await page.getByRole('group', { name: 'What is safe with this number?' }).getByLabel('letting it ring').check();
    for (const so of ['Nobody else is in the room with me', 'I am not driving', 'Nobody records', 'Nobody else uses this device']) await page.getByLabel(so).check();
    await page.getByRole('button', { name: 'Tell the facilitators', exact: true }).click();
    await sees('Thank you. The facilitators know where you are.');
  }

  /** Says yes, or no, to each thing that the group asks them to agree to; gives how many there were. */
  async agrees({ page }, word = 'I agree') {
    const title = page.locator('summary', { hasText: 'What you agree to' });
    await title.click();
    const open = page.getByRole('button', { name: `${word}: ` });
    const all = await open.count();
    for (let left = all; left > 0; left -= 1) {
      await open.first().click();
      await open.nth(left - 1).waitFor({ state: 'detached' });
    }
    if (await title.isVisible()) await title.click();
    return all;
  }

  async picture(who, name) {
    await who.page.screenshot({ path: join(this.#shots, `${name}.png`) });
  }

  /** A picture, and axe. */
  async look(who, name) {
    await this.picture(who, name);
    // In the page itself: it holds no frames, and by the other way every look opens a page more, in a process of its own.
    const { violations } = await new AxeBuilder({ page: who.page }).setLegacyMode(true).options({ resultTypes: ['violations'] }).analyze();
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    for (const { id, nodes } of grave) this.faults.push(`${name}: axe ${id}: ${nodes.map((node) => node.target.join(' ')).join('; ')}`);
  }

  /** The first facilitator, by the link that the start printed. `seen` is called on the way. */
  async firstRun(who, link, seen = () => undefined) {
    const { page } = who;
    await page.goto(link);
    await page.waitForFunction(() => location.hash === ''); // the secret is gone from the address bar
    await page.getByLabel('Name others see').fill(who.name);
    await page.getByLabel('E-mail for signing in').fill('ana@practice.example');
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await seen('setup');
    await who.button('Go on to the recovery key').click();
    const [download] = await Promise.all([page.waitForEvent('download'), who.button('Save as a file').click()]);
    assert.equal(download.suggestedFilename(), 'recovery-key.txt');
    const key = (await page.getByLabel('Recovery key, eight groups of four characters').innerText()).replace(/\s+/g, '');
    assert.equal(key.length, 32);
    await page.getByLabel(/I have put the key somewhere safe/).check();
    await seen('recovery-key');
    await who.button('Open the room').click();
    await who.sees('A new group');
  }

  async makeGroup(who, title) {
    await who.page.getByLabel('What the group is called').fill(title);
    await who.page.getByLabel(/Group IPT in eight meetings/).check();
    await who.button('Make the group').click();
    await who.sees('Invite somebody');
  }

  /** A personal link. `seen` is called while it is shown. */
  async invite(who, name, role = 'member', seen = () => undefined) {
    await who.page.getByLabel('Name the group sees').fill(name);
    await who.page.locator(`input[type=radio][value=${role}]`).check();
    await who.button('Make the link').click();
    await who.sees(`The link for ${name}`);
    const link = await who.page.getByLabel('Personal link', { exact: true }).inputValue();
    assert.ok(link.includes('/join#'), link);
    await seen();
    await who.button('Done').click();
    return link;
  }

  /** Opens a browser and the server, plays the story, closes both, and says what went wrong. */
  async play(story) {
    const browser = await launch();
    try {
      await story(browser, await this.open());
    } catch (error) {
      this.faults.push(error.stack ?? String(error));
      for (const [n, context] of browser.contexts().entries()) {
        for (const page of context.pages()) await page.screenshot({ path: join(this.#shots, `99-at-the-fault-${n}.png`) }).catch(() => undefined);
      }
    } finally {
      await browser.close();
      if (this.#child.exitCode === null) await this.close().catch((error) => this.faults.push(String(error)));
      for (const folder of [this.#data, `${this.#data}-before`]) rmSync(folder, { recursive: true, force: true });
    }
    for (const fault of this.faults) console.error(`FAULT ${fault}`);
    console.log(`${this.#passed} passed, ${this.faults.length} failed, ${((Date.now() - this.#began) / 1000).toFixed(0)} s`);
    process.exitCode = this.faults.length === 0 ? 0 : 1;
  }
}
