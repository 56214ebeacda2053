import { expect, test } from 'vitest';
import type { MyView, RoomScene } from '../protocol/types';
import { mySign, ownUnheard, unheardIn } from './unheard';

type Known = NonNullable<Parameters<typeof ownUnheard>[0]>;
const on: Known = { possible: true, state: 'on', hasMicrophone: true, taken: false, muted: false, voices: new Set() };
const me = { participant: 'pa_me', may_speak: true } as unknown as MyView;
const scene = (holder: string, seat: object = {}): RoomScene => ({ floor: { turn: { holders: [holder] } }, seats: [{ participant: 'pa_me', present: true }, { participant: 'pa_ana', present: true, ...seat }] }) as unknown as RoomScene;

test('one’s own voice: off, without a microphone, or not joined', () => {
  expect(ownUnheard(on)).toBeUndefined();
  expect(ownUnheard({ ...on, muted: true })).toBe('muted');
  expect(ownUnheard({ ...on, taken: true })).toBe('muted');
  expect(ownUnheard({ ...on, hasMicrophone: false })).toBe('no_microphone');
  expect(ownUnheard({ ...on, state: 'off' })).toBe('not_joined');
});

test('nothing is said of a call that is about to begin, of one in another window, or of a house without voices', () => {
  expect(ownUnheard({ ...on, state: 'joining' })).toBeUndefined();
  expect(ownUnheard({ ...on, state: 'elsewhere' })).toBeUndefined();
  expect(ownUnheard({ ...on, possible: false, state: 'off' })).toBeUndefined();
  expect(ownUnheard(undefined)).toBeUndefined();
});

test('whoever has the floor and has not joined the sound is known to those who have', () => {
  expect(unheardIn(scene('pa_ana'), me, on).get('pa_ana')).toBe('not_joined');
  expect(unheardIn(scene('pa_ana'), me, { ...on, voices: new Set(['pa_ana']) }).size).toBe(0);
  expect(unheardIn(scene('pa_ana'), me, { ...on, state: 'off' }).has('pa_ana')).toBe(false);
});

test('who is away, or sits at another’s device, is not called unheard', () => {
  expect(unheardIn(scene('pa_ana', { present: false }), me, on).size).toBe(0);
  expect(unheardIn(scene('pa_ana', { beside: 'pa_me' }), me, on).size).toBe(0);
});

test('an open microphone is drawn for nobody who is not heard', () => {
  expect(mySign(me, undefined).icon).toBe('mic');
  for (const unheard of ['muted', 'no_microphone', 'not_joined'] as const) expect(mySign(me, unheard).icon).toBe('mic-off');
  expect(mySign({ ...me, may_speak: false }, undefined).icon).toBe('mic-off');
});
