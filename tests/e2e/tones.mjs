// What the runs with voices share: a pack whose round the server enforces, microphones that play one tone each, and ears that tell the tones apart.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DESKTOP, PHONE } from './house.mjs';

/** How long a browser may take until what it plays shows; it makes up half a second after a voice is cut. */
export const SOON = 20_000;
export const TONES = { Kofi: 440, Ada: 660, Bruno: 880, Dora: 1_210 };

/** A folder with the pack in it. The caller removes it. */
export function packOfVoices() {
  const packs = mkdtempSync(join(tmpdir(), 'rondo-packs-'));
  const template = join(dirname(fileURLToPath(import.meta.url)), '../../server/src/pack_command/template');
  for (const [name, to] of [['README.md', 'README.md'], ['pack.toml', 'pack.toml'], ['en.toml', 'text/en.toml']]) {
    const text = readFileSync(join(template, name), 'utf8')
      .replaceAll(/^#circle ?/gm, '')
      .replaceAll('{id}', 'voices')
      .replaceAll('{setting}', 'circle')
      .replaceAll('{modality}', 'peer support')
      .replaceAll('{min}', '2')
      .replaceAll('{max}', '12')
      .replaceAll('floor = "round"', 'floor = "round"\nenforcement = "hard"');
    const path = join(packs, 'voices', to);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return packs;
}

/** Gives a page a microphone that plays one tone, or none at all. */
export async function equips(who, tone) {
  await who.context.addInitScript((hz) => {
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async ({ audio, video }) => {
      if (hz === undefined) throw new DOMException('no', 'NotAllowedError');
      const context = new AudioContext();
      const voice = context.createOscillator();
      const out = context.createMediaStreamDestination();
      voice.frequency.value = hz;
      voice.connect(out);
      voice.start();
      if (video) for (const track of (await real({ video })).getVideoTracks()) out.stream.addTrack(track);
      if (!audio) for (const track of out.stream.getAudioTracks()) out.stream.removeTrack(track);
      (window.given ??= []).push(out.stream);
      return out.stream;
    };
    // A screen as wide as screens are, with something on it that changes.
    navigator.mediaDevices.getDisplayMedia = async () => {
      const screen = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
      const draws = screen.getContext('2d');
      setInterval(() => draws.fillRect(Math.random() * 1280, Math.random() * 720, 90, 90), 100);
      return screen.captureStream(5);
    };
    // Which of the tones come out of this page now.
    const ears = new Map();
    let context;
    window.hears = (tones) => {
      context ??= new AudioContext();
      for (const audio of document.querySelectorAll('audio')) {
        if (!audio.srcObject || ears.has(audio.srcObject.id)) continue;
        const ear = context.createAnalyser();
        ear.fftSize = 8192;
        ear.smoothingTimeConstant = 0;
        context.createMediaStreamSource(audio.srcObject).connect(ear);
        ears.set(audio.srcObject.id, ear);
      }
      const loud = new Set();
      for (const ear of ears.values()) {
        const bins = new Float32Array(ear.frequencyBinCount);
        ear.getFloatFrequencyData(bins);
        for (const [name, tone] of Object.entries(tones)) {
          const bin = Math.round((tone * ear.fftSize) / context.sampleRate);
          if (Math.max(...bins.slice(bin - 1, bin + 2)) > -50) loud.add(name);
        }
      }
      return [...loud].sort().join(' ');
    };
  }, tone);
}

/** Waits until a page hears exactly these people; gives how long it took. */
export async function hears(who, names) {
  const begun = Date.now();
  const wanted = [...names].sort().join(' ');
  let heard;
  while (Date.now() - begun < SOON) {
    heard = await who.page.evaluate((tones) => window.hears(tones), TONES);
    if (heard === wanted) return Date.now() - begun;
    await who.page.waitForTimeout(50);
  }
  assert.fail(`${who.name} hears “${heard}”, not “${wanted}”`);
}

export async function joins(who, camera = false) {
  await who.button('Hear and be heard').click();
  if (camera) await who.page.getByLabel(/Show my picture, too/).check();
  await who.button('Try my microphone').click();
  await who.button(camera ? 'Join with voice and picture' : 'Join with my voice').click();
  await who.sees('The others hear you.');
}

/** A group with a host, and members who are let in; each has a microphone with a tone of their own. `prepares` readies a browser before its page is loaded. */
export async function gathered(house, browser, server, names, prepares = async () => {}) {
  const owner = await house.person(browser, 'Owner', { viewport: DESKTOP });
  await house.firstRun(owner, server.link);
  await owner.page.getByLabel('What the group is called').fill('Circle with voices');
  await owner.page.locator('input[type=radio][value="voices"]').check();
  await owner.button('Make the group').click();
  await owner.sees('Invite somebody');
  const hostLink = await house.invite(owner, 'Kofi', 'facilitator');
  const links = {};
  for (const name of names) links[name] = await house.invite(owner, name);
  const group = owner.page.url();
  await owner.page.goto('about:blank');

  const kofi = await house.person(browser, 'Kofi', { viewport: DESKTOP });
  await equips(kofi, TONES.Kofi);
  await prepares(kofi);
  await kofi.page.goto(hostLink);
  await kofi.page.getByRole('link', { name: 'Enter' }).click();
  await kofi.page.getByText('The session has not begun.').first().waitFor();
  const people = {};
  for (const name of names) {
    const member = await house.person(browser, name, { viewport: name === 'Bruno' ? PHONE : DESKTOP });
    await equips(member, TONES[name]);
    await prepares(member);
    await member.page.goto(links[name]);
    await member.page.getByRole('link', { name: 'Enter' }).click();
    await member.sees('You are at the door.');
    await kofi.button(`Let in: ${name}`).click();
    await member.sees('You are in the right place.');
    people[name] = member;
  }
  return { owner, group, kofi, people };
}
