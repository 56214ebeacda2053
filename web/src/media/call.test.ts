// What the page makes of what it hears about its call. The browser's own WebRTC is left out: `tests/e2e/voices.mjs` has the real one.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Hears, Says } from './call.svelte';
import { Call } from './call.svelte';

const closed: string[] = [];
/** The last connection: its state, and what was put on its lines. */
const last: { state: string; peer?: { onconnectionstatechange?: () => void }; sent: unknown[] } = { state: 'new', sent: [] };
vi.mock('./peer', () => ({
  restarted: (): Promise<string> => Promise.resolve('a new way'),
  offered: (_: unknown, servers: unknown): Promise<unknown> => {
    given = servers;
    last.state = 'new';
    const sender = { replaceTrack: (track: unknown) => Promise.resolve(void last.sent.push(track)) };
    const peer: { onconnectionstatechange?: () => void } & Record<string, unknown> = {
      close: () => closed.push('closed'),
      getTransceivers: () => [],
      getSenders: () => [sender, sender],
      setRemoteDescription: () => Promise.resolve(),
      get connectionState() {
        return last.state;
      },
    };
    last.peer = peer;
    return Promise.resolve({ peer, description: 'an offer' });
  },
}));
/** A device's track that can be taken away. */
function track(kind: 'audio' | 'video') {
  const made: { [name: string]: unknown; stopped: boolean } = { kind, enabled: true, muted: false, readyState: 'live', onmute: null, onunmute: null, onended: null, stopped: false, stop: () => void (made.stopped = true) };
  return made as unknown as MediaStreamTrack & { readonly stopped: boolean };
}
function stream(...tracks: MediaStreamTrack[]): MediaStream {
  const of = (kind: string) => () => tracks.filter((one) => one.kind === kind);
  return { getTracks: () => tracks, getAudioTracks: of('audio'), getVideoTracks: of('video') } as unknown as MediaStream;
}
const stands: Hears = { type: 'media_stands', carried: true, slots: [] };

const relays = [{ urls: ['turn:turn.example:3478'], username: '1800054000:3f6c', credential: 'c2FtcGxl' }];
let given: unknown;
let said: Says[] = [];
let call: Call;
beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  closed.length = 0;
  last.sent = [];
  call = new Call((message) => {
    if (message.type !== 'media_relays') return said.push(message) > 0;
    queueMicrotask(() => void call.heard({ type: 'media_relays', relays }));
    return true;
  });
  call.welcomed(true);
});
afterEach(() => vi.useRealTimers());

const offer = { type: 'media_offer', description: 'an offer' };

test('nothing is offered before somebody joins', () => {
  expect(said).toEqual([]);
  expect(call.state).toBe('off');
});

test('whoever joins without a device hears, and is not heard', async () => {
  await call.joins(undefined);
  expect(said).toEqual([offer]);
  await call.heard({ type: 'media_stands', carried: true, slots: [] });
  expect([call.state, call.hasMicrophone]).toEqual(['on', false]);
});

test('the relays that the server names are given to the connection', async () => {
  await call.joins(undefined);
  expect(given).toEqual([{ urls: ['turn:turn.example:3478'], username: '1800054000:3f6c', credential: 'c2FtcGxl' }]);
});

test('when nothing comes any more the connection looks for a new way, and keeps what was agreed', async () => {
  await call.joins(undefined);
  await call.heard({ type: 'media_stands', carried: true, slots: [] });
  last.state = 'disconnected';
  last.peer?.onconnectionstatechange?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(said).toEqual([offer, { type: 'media_restart', description: 'a new way' }]);
  expect(call.state).toBe('on');
});

test('a withheld voice is known, and known again when it is carried', async () => {
  await call.joins(undefined);
  await call.heard({ type: 'media_stands', carried: false, slots: [] });
  expect(call.carried).toBe(false);
  await call.heard({ type: 'media_stands', carried: true, slots: [] });
  expect(call.carried).toBe(true);
});

test('a line that comes back brings the call back; one that was never joined stays as it is', async () => {
  call.welcomed(true);
  expect(said).toEqual([]);
  await call.joins(undefined);
  call.welcomed(true);
  await vi.runAllTimersAsync();
  expect(said).toEqual([offer, offer]);
});

test('a call that is lost begins anew by itself', async () => {
  await call.joins(undefined);
  await call.heard({ type: 'media_ended', why: 'lost' });
  expect(call.state).toBe('joining');
  await vi.runAllTimersAsync();
  expect(said).toEqual([offer, offer]);
});

test('another window of the same person ends it, and it stays ended', async () => {
  await call.joins(undefined);
  await call.heard({ type: 'media_ended', why: 'elsewhere' });
  await vi.runAllTimersAsync();
  call.welcomed(true);
  expect([call.state, said.length]).toEqual(['elsewhere', 1]);
});

test('a refusal is shown and nothing is tried again', async () => {
  await call.joins(undefined);
  await call.heard({ type: 'media_refused', refusal: { code: 'full', sentence: 'There is no more room for this.' } });
  await vi.runAllTimersAsync();
  expect([call.state, call.refusal?.code, said.length]).toEqual(['off', 'full', 1]);
});

test('leaving is said, closes, and forgets', async () => {
  await call.joins(undefined);
  call.leaves();
  expect(said.at(-1)).toEqual({ type: 'media_end' });
  expect([call.state, closed.length]).toEqual(['off', 1]);
});

test('pictures that are not wanted are not sent: the server is told, and told again on a new line', async () => {
  await call.joins(undefined);
  call.receives('holder');
  call.receives('holder');
  expect(said).toEqual([offer, { type: 'media_wishes', pictures: 'holder' }]);
  call.welcomed(true);
  await vi.runAllTimersAsync();
  expect(said.slice(2)).toEqual([{ type: 'media_wishes', pictures: 'holder' }, offer]);
});

test('of wishes in haste the first and the last are said, and none is left behind', async () => {
  await call.joins(undefined);
  for (const one of ['holder', 'none', 'all', 'none'] as const) call.receives(one);
  expect(said).toEqual([offer, { type: 'media_wishes', pictures: 'holder' }]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(said.slice(2)).toEqual([{ type: 'media_wishes', pictures: 'none' }]);
  call.receives('all');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(said.slice(3)).toEqual([{ type: 'media_wishes', pictures: 'all' }]);
});

test('a wish outlives a call, and the house, which forgets it, is told again', async () => {
  await call.joins(undefined);
  call.receives('none');
  call.leaves();
  await call.joins(undefined);
  expect(said.slice(-2)).toEqual([{ type: 'media_wishes', pictures: 'none' }, offer]);
});

test('of two beginnings at once only the later one goes on', async () => {
  await call.joins(undefined);
  call.welcomed(true);
  call.welcomed(true);
  await vi.runAllTimersAsync();
  expect(said).toEqual([offer, offer]);
});

test('a microphone that a telephone call took is known, and sound is restored with a fresh one', async () => {
  const taken = track('audio');
  await call.joins(stream(taken));
  await call.heard(stands);
  taken.onmute?.(new Event('mute'));
  expect(call.taken).toBe(true);
  taken.onunmute?.(new Event('unmute'));
  expect(call.taken).toBe(false);
  taken.onended?.(new Event('ended'));
  expect(call.taken).toBe(true);
  const fresh = track('audio');
  call.mutes(true);
  await call.restores(stream(fresh));
  expect([call.taken, call.muted, fresh.enabled, taken.stopped, call.replays]).toEqual([false, true, false, true, 1]);
  expect(last.sent).toEqual([fresh, null]);
  expect(said).toEqual([offer]);
});

test('a microphone or a screen that is given after the call has ended is let go at once', async () => {
  await call.joins(stream(track('audio')));
  await call.heard(stands);
  call.leaves();
  const [late, screen] = [track('audio'), track('video')];
  await call.restores(stream(late));
  await call.shares(screen);
  expect([late.stopped, screen.stopped, call.sharing, call.hasMicrophone]).toEqual([true, true, false, false]);
});

test('where no microphone is given back, the one from before is kept', async () => {
  const [before, picture] = [track('audio'), track('video')];
  await call.joins(stream(before));
  await call.heard(stands);
  await call.restores(stream(picture));
  expect([before.stopped, picture.stopped, call.hasMicrophone]).toEqual([false, true, true]);
});

test('restoring sound does not switch a camera on that was off', async () => {
  const picture = track('video');
  await call.joins(stream(track('audio'), picture));
  call.shows(false);
  const fresh = track('video');
  await call.restores(stream(track('audio'), fresh));
  expect([call.cameraOn, fresh.enabled]).toEqual([false, false]);
});

test('a way that stays silent while a new one is looked for is given up, and a short silence is none', async () => {
  await call.joins(undefined);
  await call.heard(stands);
  const changes = (state: string) => {
    last.state = state;
    last.peer?.onconnectionstatechange?.();
  };
  const restart = { type: 'media_restart', description: 'a new way' };
  changes('disconnected');
  await vi.advanceTimersByTimeAsync(1_000);
  changes('connected');
  await vi.advanceTimersByTimeAsync(9_000);
  expect(said).toEqual([offer, restart]);
  changes('disconnected');
  await vi.advanceTimersByTimeAsync(4_000 + 1_000);
  expect(said).toEqual([offer, restart, restart, offer]);
});

test('a tab that wakes finds its way again, and leaves a good one alone', async () => {
  await call.joins(undefined);
  await call.heard(stands);
  last.state = 'connected';
  call.wakes();
  await vi.runAllTimersAsync();
  expect(said.length).toBe(1);
  last.state = 'failed';
  call.wakes();
  await vi.runAllTimersAsync();
  expect(said).toEqual([offer, offer]);
});

test('after ten seconds without voices a number is shown, and it goes when they are back', async () => {
  call.welcomed(true, '+1 555 0100');
  await call.joins(undefined);
  await vi.advanceTimersByTimeAsync(9_000);
  await call.heard({ type: 'media_ended', why: 'lost' });
  expect(call.trouble).toBe(false);
  await vi.advanceTimersByTimeAsync(1_500);
  expect([call.trouble, call.phone]).toEqual([true, '+1 555 0100']);
  await call.heard(stands);
  expect(call.trouble).toBe(false);
});

test('a shown screen takes the place of one’s own picture, and gives it back', async () => {
  const picture = track('video');
  const screen = track('video');
  await call.joins(stream(track('audio'), picture));
  await call.shares(screen);
  expect([call.sharing, last.sent.at(-1)]).toEqual([true, screen]);
  screen.onended?.(new Event('ended'));
  await vi.runAllTimersAsync();
  expect([call.sharing, last.sent.at(-1), screen.stopped]).toEqual([false, picture, true]);
});

test('each person is as loud here as one likes', () => {
  const who = 'pa_1' as never;
  expect(call.volumeOf(who)).toBe(1);
  call.turns(who, 0.4);
  call.turns(who, 7);
  expect(call.volumeOf(who)).toBe(1);
  call.turns(who, 0.4);
  expect(call.volumeOf(who)).toBe(0.4);
});

test('who has joined the sound is known, whether a voice comes just now or not', async () => {
  await call.joins(undefined);
  await call.heard({ type: 'media_stands', carried: true, slots: [{ line: '2', kind: 'sound', participant: 'pa_ana' }, { line: '9', kind: 'picture', participant: 'pa_ben' }] } as Hears);
  expect([...call.voices]).toEqual(['pa_ana']);
});
