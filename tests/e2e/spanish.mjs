// The page in Spanish: a member whose browser asks for it comes from their link to the room, on a phone and on a wide screen; they change the
// language in the room and at the door, and it is kept. Nothing may hang out sideways: Spanish is longer. The facilitator's page stays English.
import assert from 'node:assert/strict';
import { DESKTOP, House, PHONE, SMALL_PHONE } from './house.mjs';

const house = new House('spanish');

async function fits(who, name) {
  const sideways = await who.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (sideways > 0) house.faults.push(`${name}: ${sideways} px hang out sideways`);
  await house.look(who, name);
}
const speaks = (who) => who.page.evaluate(() => document.documentElement.lang);
const kept = (who) => who.page.evaluate(() => JSON.stringify({ ...localStorage }));

await house.play(async (browser, { link }) => {
  const ana = await house.person(browser, 'Ana', { viewport: DESKTOP });
  await house.firstRun(ana, link);
  await house.makeGroup(ana, 'Tuesday group');
  const links = { bea: await house.invite(ana, 'Bea'), caro: await house.invite(ana, 'Caro'), dora: await house.invite(ana, 'Dora') };
  assert.equal(await speaks(ana), 'en');

  for (const [name, viewport] of [['bea', PHONE], ['caro', DESKTOP], ['dora', SMALL_PHONE]]) {
    const who = await house.person(browser, name, { viewport, locale: 'es-ES' });
    await who.page.goto(links[name]);
    await who.page.getByRole('heading', { name: /^Hola, / }).waitFor();
    assert.equal(await speaks(who), 'es');
    await fits(who, `1-join-${name}`);
    if (name === 'bea') {
      // At the door: to English and back, without losing the place that the link has opened.
      await who.button('English').click();
      await who.page.getByRole('heading', { name: 'Hello Bea' }).waitFor();
      assert.equal(await speaks(who), 'en');
      await who.button('Español').click();
      await who.page.getByRole('heading', { name: 'Hola, Bea' }).waitFor();
      assert.match(await kept(who), /"language\\":\\"es\\"/);
      assert.doesNotMatch(await kept(who), /Bea|Tuesday/);
      house.say('the language is changed at the door, and only the choice is kept');
    }
    await who.page.getByRole('link', { name: 'Entrar', exact: true }).click();
    await who.page.getByText('Estás en la puerta.').first().waitFor();
    await fits(who, `2-door-${name}`);
    links[name] = who;
  }
  house.say('three members come to the door in Spanish');

  await ana.page.getByRole('link', { name: 'All groups' }).click();
  await ana.page.getByRole('link', { name: /Enter the room/ }).first().click();
  // They have seen what the door asks in Spanish, which is looked at above; what it does is tried elsewhere.
  for (const name of ['Bea', 'Caro', 'Dora']) await ana.button(`Let in anyway: ${name}`).first().click();
  await ana.button('Begin the session').first().click();
  for (const name of ['bea', 'caro', 'dora']) {
    const who = links[name];
    await who.button('Salir de la sala').or(who.button('Salir')).first().waitFor();
    await who.page.getByText('La sesión no ha empezado.').waitFor({ state: 'hidden' });
    await fits(who, `3-room-${name}`);
  }
  house.say('the room speaks Spanish to them');

  const { bea, caro } = links;
  await caro.button('Cómo se ve esto').click();
  await caro.page.getByRole('radio', { name: 'English' }).check();
  await caro.page.getByText('Language of this page').waitFor();
  assert.equal(await speaks(caro), 'en');
  await fits(caro, '4-english-by-choice');
  await caro.page.getByRole('radio', { name: 'As this browser asks for' }).check();
  await caro.page.getByText('Idioma de esta página').waitFor();
  await fits(caro, '5-back');
  house.say('the language is changed in the room, without leaving it');

  await bea.page.reload();
  await bea.page.getByText('Estás escuchando').or(bea.button('Pedir la palabra')).or(bea.button('Más')).first().waitFor();
  assert.equal(await speaks(bea), 'es');
  await ana.button('Leave the room').or(ana.button('Leave')).first().waitFor();
  assert.equal(await speaks(ana), 'en');
  house.say('what was chosen is there after the page is loaded anew; the facilitator reads English');
});
