// Eight members on phones, large and small, and a facilitator at a desk: from link to seat without help, then one whole round by tapping.
//
// What is gated is the number of taps: whoever needs one more than `MOST_TAPS` between opening the link and sitting in the circle fails it.
// Times are printed, for the goal of two minutes each.
import assert from 'node:assert/strict';
import { DESKTOP, House, PHONE, SMALL_PHONE } from './house.mjs';

const NAMES = ['Ben', 'Chloe', 'Dev', 'Ella', 'Farid', 'Greta', 'Hanneke', 'Ines'];
/** Opening the link is the first; "Enter" is the only other thing a member does before they sit. Nothing is typed. */
const MOST_TAPS = 2;

const house = new House('phones');

/** A member whose taps are counted. They tap what they see, as a finger does: it must be in view, and nothing may cover it. */
function counted(member) {
  let taps = 0;
  return {
    ...member,
    taps: () => taps,
    async opens(link) {
      taps += 1;
      await member.page.goto(link);
    },
    async tap(target) {
      taps += 1;
      await target.scrollIntoViewIfNeeded();
      await target.tap();
    },
    /** Nobody types on the way in: a field there would be one more thing to get wrong. */
    fields: () => member.page.locator('input:visible, textarea:visible, select:visible').count(),
  };
}

/** What is asked for fits one screen: both words and both buttons of each, nothing said beforehand. */
async function oneScreen(member) {
  const title = member.page.locator('summary', { hasText: 'What you agree to' });
  await title.click();
  const asked = member.page.locator('details', { has: title });
  await asked.getByText('Nothing here is recorded').scrollIntoViewIfNeeded();
  const { height } = await asked.boundingBox();
  console.log(`           what ${member.name} is asked to agree to is ${Math.round(height)} of ${PHONE.height} pixels high`);
  assert.ok(height <= PHONE.height, `what one agrees to is ${height} pixels high, and a phone ${PHONE.height}`);
  assert.equal(await asked.getByText(/^You (agreed|said no)/).count(), 0, 'nothing is said for anybody');
  await house.look(member, '3-agreeing-phone');
  await title.click();
}

await house.play(async (browser, server) => {
  const ana = await house.person(browser, 'Ana', { viewport: DESKTOP });
  await house.firstRun(ana, server.link);
  await house.makeGroup(ana, 'Thursday group');
  const links = [];
  for (const name of NAMES) links.push(await house.invite(ana, name));
  await ana.page.getByRole('link', { name: 'Enter the room' }).click();
  await ana.sees('The session has not begun.');
  house.say('a group with eight personal links');

  // --- from link to seat, all at once, as it is at seven on a Thursday ---
  const members = [];
  for (const [n, name] of NAMES.entries()) {
    const how = { viewport: n % 2 === 0 ? PHONE : SMALL_PHONE, hasTouch: true, isMobile: true };
    members.push(counted(await house.person(browser, name, how)));
  }
  let lastLetIn = Promise.resolve();
  /** The facilitator has one hand: people are let in one after the other. */
  const letIn = (name) => (lastLetIn = lastLetIn.then(() => ana.button(`Let in: ${name}`).click()));
  const seated = await Promise.all(
    members.map(async (member, n) => {
      const began = Date.now();
      await member.opens(links[n]);
      const enter = member.page.getByRole('link', { name: 'Enter' });
      await enter.waitFor();
      assert.equal(await member.fields(), 0, `${member.name} was asked to type`);
      if (n < 2) await house.look(member, `1-link-${member.name}`);
      await member.tap(enter);
      await member.sees('You are at the door.');
      if (n < 2) await house.look(member, `2-door-${member.name}`);
      const taps = member.taps();
      await house.arrives(member);
      if (n === 0) await oneScreen(member);
      // One says yes to everything, one no, the others nothing, and all sit in the circle alike.
      if (n < 2) assert.equal(await house.agrees(member, n === 0 ? 'I agree' : 'No, thank you'), 4);
      await letIn(member.name);
      await member.sees('You are in the right place.');
      return { name: member.name, taps, seconds: (Date.now() - began) / 1000 };
    }),
  );
  for (const { name, taps, seconds } of seated) console.log(`           ${name.padEnd(8)} ${taps} taps to the door, ${seconds.toFixed(1)} s from link to seat`);
  assert.equal(seated.length, NAMES.length);
  for (const { name, taps } of seated) assert.ok(taps <= MOST_TAPS, `${name} needed ${taps} taps`);
  house.say(`all eight came to the door with at most ${MOST_TAPS} taps each and nothing typed, said where they are, and sit`);

  // --- one whole round, by tapping ---
  await ana.button('Begin the session').click();
  const round = 'everyone once, or pass';
  while (!(await ana.page.getByText(round).first().isVisible())) {
    const on = ana.page.getByRole('button', { name: /^Go on to / });
    const was = await on.innerText();
    await on.click();
    await ana.page.waitForFunction((before) => ![...document.querySelectorAll('#dock button')].some((button) => button.textContent.trim() === before), was.trim());
  }
  // They sit in the order in which they were let in; the round goes round that circle, and its first is named on the facilitator's button.
  const circle = (await ana.page.locator('#circle li .unseen').allInnerTexts()).map((seat) => seat.split(',')[0]).filter((name) => name !== 'You');
  assert.deepEqual([...circle].sort(), NAMES);
  await ana.page.getByRole('button', { name: `Go on to ${circle[0]}` }).click();
  const passes = circle[3];
  for (const [n, name] of circle.entries()) {
    const member = members[NAMES.indexOf(name)];
    const done = member.button('I’m done');
    await done.waitFor();
    if (n < 2) await house.look(member, `3-own-turn-${n}`);
    // Passing takes no more taps than speaking.
    await member.tap(name === passes ? member.button('Pass the floor') : done);
    if (n < circle.length - 1) await member.sees(name === passes ? 'You passed. That is fine.' : 'You had your turn. Thank you.');
  }
  await ana.sees('Nobody is speaking now.');
  for (const member of members) assert.equal(member.taps(), MOST_TAPS + 1, `${member.name}: one tap for the whole round`);
  await house.look(members[0], '5-after-the-round-large');
  await house.look(members[1], '6-after-the-round-small');
  await house.picture(ana, '7-after-the-round-facilitator');
  house.say('a whole round: one tap each');
});
