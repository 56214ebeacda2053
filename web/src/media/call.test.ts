// What the page makes of what it hears about its call. The browser's own WebRTC is left out: `tests/e2e/voices.mjs` has the real one.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Says } from './call.svelte';
import { Call, problemOf } from './call.svelte';

const closed: string[] = [];
vi.mock('./peer', () => ({
  restarted: (): Promise<string> => Promise.resolve('a new way'),
  offered: (_sends: unknown, servers: unknown): Promise<unknown> => ((given = servers), Promise.resolve(made())),
}));
const peers: { connectionState: string; onconnectionstatechange?: () => void }[] = [];
const made = (): unknown => {
  const peer = { close: () => closed.push('closed'), getTransceivers: () => [], setRemoteDescription: () => Promise.resolve(), connectionState: 'new' };
  peers.push(peer);
  return { peer, description: 'an offer' };
};

const relays = [{ urls: ['turn:turn.example:3478'], username: '1800054000:3f6c', credential: 'c2FtcGxl' }];
let given: unknown;
let said: Says[] = [];
let call: Call;
beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  closed.length = 0;
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
  const peer = peers.at(-1);
  if (peer === undefined) throw new Error('no connection was made');
  peer.connectionState = 'disconnected';
  peer.onconnectionstatechange?.();
  await vi.runAllTimersAsync();
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

test('every no of a browser has words', () => {
  const named = (name: string) => problemOf(Object.assign(new Error('no'), { name }));
  expect(['NotAllowedError', 'NotFoundError', 'NotReadableError', 'TypeError'].map(named)).toEqual(['not_allowed', 'not_found', 'in_use', 'not_possible']);
});
