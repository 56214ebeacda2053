import { expect, test } from 'vitest';
import type { MyView, RoomScene } from '../protocol/types';
import { ANA, BEN, CHLOE, ELLA, GRETA, JONAS, NOW, STAFF, me, scene, turnOf } from '../stories/fixtures';
import { said, saidOnReturn, type Seen } from './say';

const seen = (view: RoomScene, who: MyView = me(ELLA, [])): Seen => ({ scene: view, me: who });
const other = turnOf(CHLOE, 120, { turn: 'tu_5' });
const mine = turnOf(ELLA, 120, { turn: 'tu_5' });

test('the first view says nothing: coming in is said once, elsewhere', () => {
  expect(said(undefined, seen(scene()))).toBeUndefined();
});
test('what did not change is not said again', () => {
  expect(said(seen(scene()), seen(scene()))).toBeUndefined();
  expect(said(seen(scene()), seen(scene({}, { turn: turnOf(ANA, 20) })))).toBeUndefined();
});
test('a change of the floor is said by name', () => {
  expect(said(seen(scene()), seen(scene({}, { turn: other })))).toBe('Chloe has the floor.');
  expect(said(seen(scene()), seen(scene({}, { turn: null })))).toBe('Nobody is speaking now.');
});
test('one’s own turn is said without hurry', () => {
  expect(said(seen(scene(), me(ELLA, [], { place: 1 })), seen(scene({}, { turn: mine }), me(ELLA, [], { holding: true })))).toBe('Your turn. No hurry.');
});
test('being next is said once', () => {
  const next = seen(scene(), me(ELLA, [], { place: 1 }));
  expect(said(seen(scene()), next)).toBe('You are next.');
  expect(said(next, next)).toBeUndefined();
});
test('a time-out says when it ends, by the clock on the wall', () => {
  const until = Date.UTC(2026, 2, 5, 18, 40);
  const out = seen(scene({ stand: { stand: 'paused', by: BEN, since: until - 600_000, until, time_out: true } }));
  expect(said(seen(scene()), out)).toMatch(/^Time-out\. Ben called it\. We go on at .*40.*\.$/);
});

test('a pause says who asked for it, and its end', () => {
  const paused = seen(scene({ stand: { stand: 'paused', by: BEN, since: 0, until: null, time_out: false } }));
  expect(said(seen(scene()), paused)).toBe('The room is paused. Ben asked for a minute.');
  expect(said(paused, seen(scene()))).toBe('The room goes on.');
});
test('a dropped line of the holder is said, and that the clock is held', () => {
  const away = turnOf(ANA, 72, { clock: { clock: 'stopped', left_ms: 72_000, because: 'away' } });
  expect(said(seen(scene()), seen(scene({}, { turn: away })))).toBe('Ana’s line dropped. We are holding the clock.');
});
test('a new step, and several things at once, are said in order', () => {
  const later = scene({ agenda: { ...scene().agenda, current: 3 } }, { turn: null });
  expect(said(seen(scene()), seen(later))).toBe('Next step: Focus. Nobody is speaking now.');
});
test('facilitators hear who knocks', () => {
  const staff = { ...STAFF, waiting: [{ participant: GRETA, name: 'Greta', role: 'member' as const, since: 0, present: true, said: [], described: null }] };
  const who = me(JONAS, []);
  expect(said(seen(scene({ staff: STAFF }), who), seen(scene({ staff }), who))).toBe('Greta is at the door.');
});
test('coming back in one’s own turn says what is left', () => {
  const held = turnOf(ELLA, 72);
  expect(saidOnReturn(seen(scene({}, { turn: held }), me(ELLA, [], { holding: true })), NOW)).toBe('You are back. You have 1:12 left.');
  expect(saidOnReturn(seen(scene()), NOW)).toBe('You are back.');
});
