// Voices in real pages: each plays a tone of its own, and who hears whom is read off the spectrum of what their browser plays. The pack's first
// step is a round that the server enforces.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { House } from './house.mjs';
import { SOON, TONES, gathered, hears, joins, packOfVoices } from './tones.mjs';

const packs = packOfVoices();
const house = new House('voices', { RONDO_PACKS: packs, RONDO_MEDIA: '127.0.0.1:0' });

await house.play(async (browser, server) => {
  const { owner, group, kofi, people } = await gathered(house, browser, server, ['Ada', 'Bruno', 'Ceri']);
  const { Ada: ada, Bruno: bruno, Ceri: ceri } = people;

  // --- everybody hears everybody, each at the right pitch ---
  await joins(kofi);
  await joins(ada, true);
  await joins(bruno);
  await hears(kofi, ['Ada', 'Bruno']);
  await hears(ada, ['Bruno', 'Kofi']);
  await hears(bruno, ['Ada', 'Kofi']);
  house.say('three pages hear each other, each at the right pitch');

  // --- no microphone is a choice, not an error ---
  await ceri.button('Hear and be heard').click();
  await ceri.button('Try my microphone').click();
  await ceri.sees('The browser does not let this page use the microphone.');
  await house.look(ceri, '1-no-microphone');
  await ceri.button('Only listen').click();
  await ceri.sees('You hear the others. They do not hear you.');
  await hears(ceri, ['Ada', 'Bruno', 'Kofi']);
  house.say('whoever has no microphone reads why, and listens');

  // --- the floor ---
  await kofi.button('Begin the session').click();
  await ada.sees('Nobody hears you just now.');
  const gone = [await hears(ceri, ['Kofi']), await hears(ada, ['Kofi']), await hears(bruno, ['Kofi'])];
  await house.look(ada, '4-not-heard');
  house.say(`in the enforced round nobody is heard but who leads; the tones were gone after ${Math.max(...gone)} ms (they were looked for one after the other)`);
  await kofi.page.locator('#dock button').first().click();
  const first = await Promise.race([ada.sees('The others hear you.').then(() => ada), bruno.sees('The others hear you.').then(() => bruno)]);
  const back = await hears(ceri, [first.name, 'Kofi']);
  house.say(`${first.name} has the turn and is heard again after ${back} ms`);

  // --- the server is killed and comes back: nobody presses anything ---
  await house.kill();
  const begun = Date.now();
  await house.open(server.port);
  await ceri.page.waitForFunction((tones) => window.hears(tones).split(' ').includes('Kofi'), TONES, { timeout: SOON, polling: 100 });
  house.say(`after a kill the host is heard again and nobody pressed anything: ${Date.now() - begun} ms from the server's start`);

  // --- a picture is decoded by the others ---
  await bruno.page.waitForFunction(() => [...document.querySelectorAll('video')].some((video) => video.videoWidth > 0 && video.currentTime > 0));
  await house.look(bruno, '2-a-picture-phone');
  await house.look(kofi, '3-the-host');
  house.say('Ada’s picture is decoded on Bruno’s phone');

  // --- who is taken out is not recorded by their own browser any more ---
  const live = () => ada.page.evaluate(() => window.given.flatMap((stream) => stream.getTracks()).filter((track) => track.readyState === 'live').length);
  assert.ok((await live()) > 0, 'her microphone was on');
  await owner.page.goto(group);
  await owner.button('Take back the link of Ada').click();
  await owner.button('Take the link back').click();
  await ada.page.waitForFunction(() => window.given.every((stream) => stream.getTracks().every((track) => track.readyState === 'ended')));
  house.say('Ada’s link is taken back: her microphone and her camera are off');
});
rmSync(packs, { recursive: true, force: true });
