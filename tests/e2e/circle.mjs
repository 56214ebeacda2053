// A circle of twelve in twelve real pages of one browser: agreements ticked, roles taken, the stick round the circle, the bell, the close,
// and "nothing was kept". The host has no account; they came by a link, as everybody.
import assert from 'node:assert/strict';
import { DESKTOP, House, PHONE } from './house.mjs';

const NAMES = ['Ada', 'Bruno', 'Ceri', 'Dana', 'Emil', 'Fatou', 'Gil', 'Hana', 'Iris', 'Jon', 'Kim'];
const house = new House('circle');
const began = Date.now();

await house.play(async (browser, server) => {
  const owner = await house.person(browser, 'Owner', { viewport: DESKTOP });
  await house.firstRun(owner, server.link);
  await owner.page.getByLabel('What the group is called').fill('Monday circle');
  await owner.page.locator('input[type=radio][value="circle-round"]').check();
  await owner.button('Make the group').click();
  await owner.sees('Invite somebody');
  const hostLink = await house.invite(owner, 'Kofi', 'facilitator');
  const links = [];
  for (const name of NAMES) links.push(await house.invite(owner, name));
  const group = owner.page.url();
  house.say('a circle with twelve links; whoever made it goes away');
  await owner.page.goto('about:blank');

  // --- everybody comes ---
  const kofi = await house.person(browser, 'Kofi', { viewport: DESKTOP });
  await kofi.page.goto(hostLink);
  await kofi.page.getByRole('link', { name: 'Enter' }).click();
  await kofi.page.getByText('The session has not begun.').first().waitFor();
  const members = [];
  for (const [n, name] of NAMES.entries()) {
    const phone = n % 2 === 0;
    const member = await house.person(browser, name, phone ? { viewport: PHONE, hasTouch: true, isMobile: true } : { viewport: DESKTOP });
    await member.page.goto(links[n]);
    await member.page.getByRole('link', { name: 'Enter' }).click();
    await member.sees('You are at the door.');
    await kofi.button(`Let in: ${name}`).click();
    await member.sees('You are in the right place.');
    members.push(member);
  }
  const everybody = [kofi, ...members];
  assert.equal(everybody.length, 12);
  house.say('twelve sit in the circle, each in a page of their own');

  // --- agreements and roles ---
  await kofi.button('Begin the session').click();
  for (const who of members) await who.button('I agree').click();
  await house.look(members[0], '1-agreed-phone');
  /** Agreements and roles stand among the people. */
  const amongPeople = async (who, does) => {
    await who.button('People').click();
    await does(who.page.locator('dialog[open]'));
    await who.page.keyboard.press('Escape');
  };
  await amongPeople(kofi, async (sheet) => {
    await sheet.getByRole('button', { name: 'I agree' }).click();
    await sheet.getByText('12 people here have agreed today.').waitFor();
    await sheet.getByRole('button', { name: 'Be Host today' }).click();
    await house.look(kofi, '2-agreed-host');
  });
  for (const [who, role] of [[members[1], 'Guardian'], [members[3], 'Timekeeper']]) {
    await amongPeople(who, async (sheet) => {
      await sheet.getByRole('button', { name: `Be ${role} today` }).click();
      await sheet.getByRole('button', { name: `No longer ${role}` }).waitFor();
    });
  }
  house.say('all twelve agreed; host, guardian and timekeeper are taken');

  // --- on to the stick, through the check-in, which is a round ---
  const on = kofi.page.getByRole('button', { name: /^Go on( to |$)/ }).first();
  for (let press = 0; !(await kofi.page.getByText('speak when the stick comes to you').first().isVisible()); press += 1) {
    assert.ok(press < 40, 'the step with the stick is never reached');
    const was = (await on.innerText()).trim();
    await on.click();
    await kofi.page.waitForFunction((before) => ![...document.querySelectorAll('#dock button')].some((button) => button.textContent.trim() === before), was);
  }
  // --- the stick goes round the circle ---
  await members[0].button('Pick up the stick').or(members[0].button('Ask for the stick')).first().click();
  for (const [n, to] of members.slice(1).entries()) {
    const from = members[n];
    await from.button('Offer the stick …').click();
    await from.page.locator('dialog[open]').getByText(to.name, { exact: true }).click();
    await to.button('Take the stick').click();
    if (n === 0) await house.look(to, '3-stick-member');
  }
  await kofi.sees('Kim has the stick');
  await house.look(kofi, '3-stick-host');
  house.say('the stick went from hand to hand, round the whole circle');

  // --- the bell ---
  await members[1].page.getByRole('button', { name: 'Pause the room' }).first().click();
  await members[2].sees('The room is paused.');
  await house.look(members[2], '4-bell-phone');
  await members[1].button('Go on').or(members[1].button('Resume')).first().click();
  house.say('the guardian rang, and the circle went on');

  // --- the close ---
  const kim = members.at(-1);
  await kim.button('Lay it in the middle').click();
  const close = kofi.button('Close the session');
  while ((await on.or(close).first().waitFor(), !(await close.isVisible()))) {
    const was = (await on.innerText()).trim();
    await on.click();
    await kofi.page.waitForFunction((before) => ![...document.querySelectorAll('#dock button')].some((button) => button.textContent.trim() === before), was);
  }
  await kofi.button('Close the session').click();
  await kofi.page.getByRole('dialog').getByRole('button', { name: 'Close the session' }).click();
  for (const who of everybody) await who.sees('The circle is closed. Nothing was kept.');
  await kofi.sees('All that is left is a count: 12 people');
  assert.equal(await members[0].page.getByText(/All that is left/).count(), 0, 'figures are for who leads');
  for (const who of everybody) for (const name of [...NAMES, 'Kofi']) assert.ok(!(await who.page.content()).includes(name), `${who.name} still reads ${name}`);
  await house.look(kofi, '5-nothing-kept-host');
  await house.look(members[0], '5-nothing-kept-phone');
  house.say('nothing was kept: all twelve read it, the host reads the count, and no page knows a name');

  await members[0].page.reload();
  await house.picture(members[0], '6-after-reload-phone');
  await owner.page.goto(group);
  await owner.sees('Circles held');
  await owner.sees('12 people');
  for (const name of NAMES) assert.ok(!(await owner.page.content()).includes(name), `the group's page still names ${name}`);
  await house.look(owner, '7-group-after');
  house.say(`the group's page holds the count and no name; ${((Date.now() - began) / 1000).toFixed(0)} s in all`);
});
