// A second factor in a real browser: set up with an app of our own, asked for at the next sign-in, a recovery code instead, beginning again.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { DESKTOP, House, PHONE } from './house.mjs';

const house = new House('account');
const PASSPHRASE = 'four unrelated quiet words';
const HALF_MINUTE = 30_000;

/** What an app shows in a half-minute from now (RFC 6238): no half-minute's digits are taken twice. */
function shows(key, ahead) {
  const bits = [...key.replace(/\s+/g, '')].map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0')).join('');
  const bytes = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / HALF_MINUTE) + ahead));
  const hash = createHmac('sha1', bytes).update(step).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

await house.play(async (browser, server) => {
  const ana = await house.person(browser, 'Ana', { viewport: DESKTOP });
  await house.firstRun(ana, server.link);
  await ana.page.goto(`${server.url}/`);
  await ana.sees('A second lock for your account');
  await ana.page.getByRole('link', { name: 'Set it up' }).click();
  await ana.button('Set up an app').click();
  const key = await ana.page.locator('.key').first().innerText();
  await house.look(ana, '1-app');
  await ana.page.getByLabel('The six digits that the app shows now').fill('000000');
  await ana.button('It shows this code').click();
  await ana.sees('This code does not fit');
  await ana.page.getByLabel('The six digits that the app shows now').fill(shows(key, -1));
  await ana.button('It shows this code').click();
  await ana.sees('The app is set up.');
  const codes = (await ana.page.getByRole('list', { name: 'Recovery codes' }).innerText()).split(/\s+/).filter((code) => code.includes('-'));
  assert.equal(codes.length, 10);
  await house.look(ana, '2-codes');
  await ana.button('I have kept them').click();
  house.say('an app is set up: a wrong code is refused, the right one taken, and ten codes are shown');

  const signsIn = async (who) => {
    await who.page.getByLabel('E-mail').fill('ana@practice.example');
    await who.page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await who.button('Sign in').click();
    await who.sees('Your code');
  };
  const phone = await house.person(browser, 'Ana’s phone', { viewport: PHONE });
  await phone.page.goto(`${server.url}/sign-in`);
  await signsIn(phone);
  await house.look(phone, '3-code');
  await phone.page.goto(`${server.url}/people`);
  await phone.page.waitForURL('**/sign-in*');
  assert.equal(await phone.page.getByText('People here').count(), 0, 'half-way opens nothing');
  await phone.page.getByLabel('Code').fill(shows(key, 0));
  await phone.button('Go on').click();
  await phone.sees('Your groups');
  house.say('the passphrase alone opens nothing; with the code everything is there');

  await ana.page.goto(`${server.url}/`);
  await ana.button('Sign out').click();
  await ana.page.waitForURL('**/sign-in*');
  await signsIn(ana);
  await ana.button('Begin again').click();
  await signsIn(ana);
  await ana.page.getByLabel('Code').fill(codes[0]);
  await ana.button('Go on').click();
  await ana.sees('Your groups');
  await ana.page.goto(`${server.url}/account`);
  await ana.sees('9 codes left.');
  await house.look(ana, '4-account');
  house.say('a recovery code opens the account once, and is gone');

  await ana.page.getByRole('button', { name: /^End/ }).first().click();
  await phone.page.goto(`${server.url}/people`);
  await phone.page.waitForURL('**/sign-in*');
  house.say('a login that is ended from the list opens nothing any more');
});
