import { expect, test } from 'vitest';
import type { MyView, RoomScene } from '../protocol/types';
import { GoesOff } from './goes-off';

const scene = (stand: string, more: object = {}): RoomScene => ({ stand: { stand }, floor: { enforcement: 'off' }, ...more }) as unknown as RoomScene;
const me = (may_speak: boolean): MyView => ({ may_speak }) as unknown as MyView;
const staff = { staff: {} };

test('at the close the microphones of those who lead go off, once', () => {
  const goes = new GoesOff();
  expect(goes.sees(scene('running', staff), me(true))).toBeUndefined();
  expect(goes.sees(scene('lobby', staff), me(true))).toBe('close');
  expect(goes.sees(scene('lobby', staff), me(true))).toBeUndefined();
});

test('a close during a pause is a close too', () => {
  const goes = new GoesOff();
  goes.sees(scene('running', staff), me(true));
  goes.sees(scene('paused', staff), me(true));
  expect(goes.sees(scene('lobby', staff), me(true))).toBe('close');
});

test('before the first session nothing was closed, and members say goodbye as they like', () => {
  expect(new GoesOff().sees(scene('lobby', staff), me(true))).toBeUndefined();
  const goes = new GoesOff();
  goes.sees(scene('running'), me(true));
  expect(goes.sees(scene('lobby'), me(true))).toBeUndefined();
});

test('where a step asks for it, a microphone goes off when its turn is over', () => {
  const soft = { floor: { enforcement: 'soft' } };
  const goes = new GoesOff();
  expect(goes.sees(scene('running', soft), me(true))).toBeUndefined();
  expect(goes.sees(scene('running', soft), me(false))).toBe('turn');
  expect(goes.sees(scene('running', soft), me(false))).toBeUndefined();
  goes.sees(scene('running'), me(true));
  expect(goes.sees(scene('running'), me(false))).toBeUndefined();
});
