// Four people in real pages, each with a tone and a picture: everybody hears and sees the three others, the enforced floor takes tones away within a
// second and gives them back, and after a kill everybody hears again within seven seconds.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { House } from './house.mjs';
import { SOON, TONES, gathered, hears, joins, packOfVoices } from './tones.mjs';

/** What a browser makes up after a voice is cut, half a second, and as much again for the way there. */
const GONE = 1_000;
const AGAIN = 7_000;
const packs = packOfVoices();
const house = new House('four', { RONDO_PACKS: packs, RONDO_MEDIA: '127.0.0.1:0' });

/** Waits, in the page itself, until exactly these tones come out of it; when that was, by this machine's clock. */
const hearsAt = (who, names) =>
  who.page
    .waitForFunction(([tones, wanted]) => window.hears(tones) === wanted && Date.now(), [TONES, [...names].sort().join(' ')], { timeout: SOON, polling: 25 })
    .then((at) => at.jsonValue());

/** Pictures of others of which frames were decoded and shown. */
const pictures = (who) =>
  who.page.waitForFunction(
    () => [...document.querySelectorAll('video')].filter((video) => !window.given.includes(video.srcObject) && video.getVideoPlaybackQuality().totalVideoFrames >= 10).length === 3,
    undefined,
    { timeout: 3 * SOON, polling: 100 },
  );

await house.play(async (browser, server) => {
  const { kofi, people } = await gathered(house, browser, server, ['Ada', 'Bruno', 'Dora']);
  const members = Object.values(people);
  const all = [kofi, ...members];
  const others = (who) => all.filter((other) => other !== who).map(({ name }) => name);

  for (const who of all) await joins(who, true);
  for (const who of all) await hears(who, others(who));
  house.say('each of four hears the three others, each at the right pitch');
  for (const who of all) await pictures(who);
  house.say('each of four decodes the pictures of the three others');

  // --- the floor: at first nobody's turn, then one after the other ---
  const late = [];
  let changes = 0;
  let longest = 0;
  /** Presses something after which somebody, or nobody, has the turn; from the press on it counts until everybody hears just that. */
  const takes = async (press) => {
    const begun = Date.now();
    const holder = await press();
    const heard = all.map((who) => hearsAt(who, ['Kofi', ...(holder ? [holder] : [])].filter((name) => name !== who.name)));
    for (const at of await Promise.all(heard)) {
      changes += 1;
      longest = Math.max(longest, at - begun);
      if (at - begun > GONE) late.push(at - begun);
    }
    return holder;
  };
  await takes(async () => {
    await kofi.button('Begin the session').click();
  });
  await kofi.page.locator('#dock button').first().click();
  const first = await Promise.race(members.map((who) => who.sees('The others hear you.').then(() => who)));
  const back = await Promise.all(all.filter((who) => who !== first).map((who) => hearsAt(who, ['Kofi', first.name].filter((name) => name !== who.name))));
  assert.equal(back.length, 3);
  house.say(`${first.name} has the turn, and is heard again by the three others`);
  const second = await takes(async () => {
    await first.page.locator('#dock button').first().click();
    const next = members.filter((who) => who !== first).map((who) => who.sees('The others hear you.').then(() => who.name));
    return Promise.race(next);
  });
  house.say(`the turn goes on to ${second}`);
  console.log(`T19, the enforced floor in real browsers: N = ${changes} tones listened for after a change, ${late.length} later than ${GONE} ms (bound 3/N = ${(3 / changes).toFixed(2)}); the last right after ${longest} ms`);

  // --- a kill ---
  await house.kill();
  await Promise.all(all.map((who) => hearsAt(who, []))); // what a browser makes up must be over, or it would be taken for a voice
  const begun = Date.now();
  await house.open(server.port);
  const heard = await Promise.all(all.map((who) => hearsAt(who, ['Kofi', second].filter((name) => name !== who.name))));
  const again = heard.map((at) => at - begun);
  console.log(`T19, a kill: N = 4 pages, heard again after ${again.join(', ')} ms, ${again.filter((took) => took > AGAIN).length} later than ${AGAIN} ms`);
  assert.deepEqual(late, []);
  assert.ok(Math.max(...again) <= AGAIN, `everybody hears again within seven seconds: ${again}`);
});
rmSync(packs, { recursive: true, force: true });
