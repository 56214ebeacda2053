// What is asked of a browser, and what its answers mean. Real devices are in `tests/e2e/voices.mjs`.
import { expect, test } from 'vitest';
import { choices, given, problemOf, soundOf, type Wanted } from './devices';

const all: Wanted = { sound: true, picture: true, microphone: '', camera: '', calm: true, blur: false };
const refused = (name: string) => Object.assign(new Error('no'), { name });

/** A browser that gives what it has, and says no to the rest. */
function browser(has: { audio?: string; video?: string }) {
  const asked: string[] = [];
  const stream = (kinds: string[]) => {
    const tracks = kinds.map((kind) => ({ kind }));
    return { tracks, addTrack: (track: { kind: string }) => void tracks.push(track), getVideoTracks: () => tracks.filter((track) => track.kind === 'video') };
  };
  return {
    asked,
    getUserMedia(asks: MediaStreamConstraints): Promise<MediaStream> {
      const kinds = (['audio', 'video'] as const).filter((kind) => asks[kind]);
      asked.push(kinds.join('+'));
      const problem = kinds.map((kind) => has[kind]).find((no) => no !== undefined);
      return problem === undefined ? Promise.resolve(stream(kinds) as unknown as MediaStream) : Promise.reject(refused(problem));
    },
  };
}
const kinds = (stream: MediaStream | undefined) => (stream as unknown as { tracks: { kind: string }[] } | undefined)?.tracks.map((track) => track.kind);

test('every no of a browser has words', () => {
  expect(['NotAllowedError', 'NotFoundError', 'NotReadableError', 'TypeError'].map((name) => problemOf(refused(name)))).toEqual(['not_allowed', 'not_found', 'in_use', 'not_possible']);
});

test('both are asked for at once, so that somebody is asked once', async () => {
  const has = browser({});
  expect(kinds((await given(all, has)).stream)).toEqual(['audio', 'video']);
  expect(has.asked).toEqual(['audio+video']);
});

test('a camera that is refused takes nobody’s voice, and a missing microphone nobody’s picture', async () => {
  const unseen = await given(all, browser({ video: 'NotAllowedError' }));
  expect([kinds(unseen.stream), unseen.sound, unseen.picture]).toEqual([['audio'], undefined, 'not_allowed']);
  const unheard = await given(all, browser({ audio: 'NotFoundError' }));
  expect([kinds(unheard.stream), unheard.sound, unheard.picture]).toEqual([['video'], 'not_found', undefined]);
});

test('where nothing is to be had, both are said and nothing is thrown', async () => {
  expect(await given(all, browser({ audio: 'NotFoundError', video: 'NotReadableError' }))).toEqual({ sound: 'not_found', picture: 'in_use' });
  expect(await given(all, undefined)).toEqual({ sound: 'not_possible', picture: 'not_possible' });
});

test('whoever wants nothing is asked nothing', async () => {
  const has = browser({});
  expect(await given({ ...all, sound: false, picture: false }, has)).toEqual({});
  expect(has.asked).toEqual([]);
});

test('noise is softened by the browser, as long as somebody wants it', () => {
  expect([soundOf(all).noiseSuppression, soundOf({ ...all, calm: false }).noiseSuppression]).toEqual([true, false]);
  expect(soundOf({ ...all, microphone: 'desk' }).deviceId).toEqual({ exact: 'desk' });
});

test('devices without a name are none to choose from', async () => {
  const list = [
    { kind: 'audioinput', deviceId: 'a' },
    { kind: 'audioinput', deviceId: '' },
    { kind: 'audiooutput', deviceId: 'b' },
  ] as MediaDeviceInfo[];
  const known = await choices({ enumerateDevices: () => Promise.resolve(list) });
  expect([known.microphones.length, known.cameras.length, known.speakers.length]).toEqual([1, 0, 1]);
});
