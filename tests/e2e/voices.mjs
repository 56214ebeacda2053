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

  // --- a telephone rings and takes the microphone ---
  await bruno.page.evaluate(() => {
    const [track] = window.given.at(-1).getAudioTracks();
    track.stop(); // by itself this tells nobody; what takes a microphone away does
    track.dispatchEvent(new Event('ended'));
  });
  await bruno.sees('Something else has your microphone, perhaps a phone call.');
  await hears(kofi, ['Ada']);
  await house.look(bruno, '0-taken-phone');
  await bruno.button('Restore my sound').click();
  house.say(`a microphone that a call took is back ${await hears(kofi, ['Ada', 'Bruno'])} ms after one press`);

  // --- no microphone is a choice, not an error ---
  await ceri.button('Hear and be heard').click();
  await ceri.button('Try my microphone').click();
  await ceri.sees('The browser does not let this page use the microphone.');
  await house.look(ceri, '1-no-microphone');
  await ceri.button('Only listen').click();
  await ceri.sees('You hear the others. They do not hear you.');
  await hears(ceri, ['Ada', 'Bruno', 'Kofi']);
  await ceri.button('Sound and pictures').click();
  await ceri.page.getByRole('slider', { name: 'Kofi' }).fill('0');
  assert.deepEqual((await ceri.page.evaluate(() => [...document.querySelectorAll('audio')].map(({ volume }) => volume))).sort(), [0, 1, 1]);
  await ceri.page.getByRole('slider', { name: 'Kofi' }).fill('1');
  await ceri.page.keyboard.press('Escape');
  house.say('whoever has no microphone reads why, and listens');

  // --- the floor ---
  await kofi.button('Begin the session').click();
  await ada.sees('Nobody hears you just now.');
  const gone = [await hears(ceri, ['Kofi']), await hears(ada, ['Kofi']), await hears(bruno, ['Kofi'])];
  await house.look(ada, '4-not-heard');
  await kofi.sees('Ada is trying to speak.');
  await ada.sees('Those who lead can see that you would like to speak.');
  assert.equal(await bruno.page.getByText('Ada is trying to speak.').count() + (await ceri.page.getByText(/trying to speak/).count()), 0);
  await house.look(kofi, '5-tries-to-speak');
  await house.look(ada, '6-known-to-try');
  house.say('those who lead see who is trying to speak, that person knows it, and nobody else does');
  house.say(`in the enforced round nobody is heard but who leads; the tones were gone after ${Math.max(...gone)} ms (they were looked for one after the other)`);
  await kofi.page.locator('#dock button').first().click();
  const first = await Promise.race([ada.sees('The others hear you.').then(() => ada), bruno.sees('The others hear you.').then(() => bruno)]);
  const back = await hears(ceri, [first.name, 'Kofi']);
  house.say(`${first.name} has the turn and is heard again after ${back} ms`);
  const mark = kofi.page.getByRole('heading', { name: `${first.name} is trying to speak.` });
  await mark.waitFor({ state: 'detached' });
  house.say('the mark goes by itself');

  // --- the server is killed and comes back: nobody presses anything ---
  await house.kill();
  await hears(ceri, []); // what the browser makes up is over
  const begun = Date.now();
  await house.open(server.port);
  await ceri.page.waitForFunction((tones) => window.hears(tones).split(' ').includes('Kofi'), TONES, { timeout: SOON, polling: 100 });
  house.say(`after a kill the host is heard again and nobody pressed anything: ${Date.now() - begun} ms from the server's start`);

  // --- a picture is decoded by the others ---
  await bruno.page.waitForFunction(() => [...document.querySelectorAll('video')].some((video) => video.videoWidth > 0 && video.currentTime > 0));
  await house.look(bruno, '2-a-picture-phone');
  await house.look(kofi, '3-the-host');
  house.say('Ada’s picture is decoded on Bruno’s phone');

  // --- only voices, and pictures again ---
  const seen = () => bruno.page.evaluate(() => [...document.querySelectorAll('video')].filter((video) => video.videoWidth > 0 && video.checkVisibility()).length);
  await bruno.button('Sound and pictures').click();
  await bruno.page.getByLabel('None, only voices').check();
  await bruno.page.keyboard.press('Escape');
  await bruno.page.waitForFunction(() => document.querySelectorAll('video').length === 0);
  await bruno.page.waitForFunction((tones) => window.hears(tones).split(' ').includes('Kofi'), TONES, { timeout: SOON, polling: 100 });
  house.say('without pictures the voices stay');
  await bruno.button('Sound and pictures').click();
  await bruno.button('Walking: only voices, large buttons').click();
  await bruno.sees(/has the floor|Nobody has the floor|It is your turn/);
  await house.look(bruno, '7-walking-phone');
  await bruno.button('Back to the room').click();
  await bruno.button('Sound and pictures').click();
  await bruno.page.getByLabel('Everybody').check();
  await bruno.page.keyboard.press('Escape');
  await bruno.page.waitForFunction(() => [...document.querySelectorAll('video')].some((video) => video.videoWidth > 0), undefined, { timeout: SOON });
  assert.ok((await seen()) > 0);

  // --- who leads shows a screen ---
  await kofi.button('Sound and pictures').click();
  await house.look(kofi, '8-sound-sheet');
  await kofi.button('Show my screen to all').click();
  await kofi.sees('Everybody sees your screen.');
  await bruno.page.waitForFunction(() => [...document.querySelectorAll('video')].some((video) => video.videoWidth / video.videoHeight > 1.5), undefined, { timeout: SOON });
  await house.look(bruno, '9-a-screen-phone');
  await kofi.page.getByRole('button', { name: 'Stop showing my screen' }).first().click();
  house.say('the screen of who leads is decoded on a phone; a member is offered no such thing');
  await bruno.button('Sound and pictures').click();
  assert.equal(await bruno.button('Show my screen to all').count(), 0);
  await bruno.page.keyboard.press('Escape');

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
