import { describe, expect, test } from 'vitest';
import type { MyView, RoomScene, StaffView } from '../protocol/types';
import { BESIDE_STORIES, SAFE } from '../stories/beside';
import { BEN, CHLOE, DEV, ELLA, JONAS, NOW, SOPHIE, STAFF, me, scene, turnOf } from '../stories/fixtures';
import { said, type Seen } from './say';
import { besideKnock } from './say.beside';

function seen(name: string, me: Partial<MyView> = {}, change: Partial<RoomScene> = {}): Seen {
  const story = BESIDE_STORIES[name];
  if (story?.room.kind !== 'room') throw new Error(`there is no story ${name}`);
  return { scene: { ...story.room, ...change }, me: { ...story.me, ...me } };
}
const main: Seen = { scene: scene(), me: me(ELLA, []) };
const leads = (staff: Partial<StaffView> = {}): Seen => ({ scene: scene({ staff: { ...STAFF, ...staff } }), me: me(JONAS, []) });

test('what did not change is not said again', () => {
  for (const name of Object.keys(BESIDE_STORIES)) expect(said(seen(name), seen(name)), name).toBeUndefined();
});

test('going aside and coming back is one sentence, without the floor that was left', () => {
  expect(said(main, seen('aside'))).toBe('You are in a quiet room. Your place is kept.');
  expect(said(seen('aside'), main)).toBe('You are back in the circle. Ana has the floor.');
  expect(said(main, seen('circle2-help'))).toBe('You are with Ana and Dev.');
});

describe('“I am not OK”', () => {
  test('the person hears who was told, and who has seen it, once each', () => {
    const quiet = seen('not-ok-told', { not_ok: null });
    expect(said(quiet, seen('not-ok-told'))).toContain('told to Jonas and Maximiliane-Sophie');
    expect(said(seen('not-ok-told'), seen('not-ok-seen'))).toBe('Thank you for saying so. Jonas has seen this and will speak with you.');
    expect(said(seen('not-ok-seen'), quiet)).toBeUndefined();
  });
  test('those who lead hear it before anything else; becoming louder is not said twice', () => {
    const alarms = [{ participant: DEV, raised_at: NOW, acknowledged_by: null, escalated: 0, ...SAFE }];
    expect(said(leads(), leads({ alarms }))).toBe('Dev is not OK. You can answer on the facilitators’ side.');
    expect(said(leads({ alarms }), leads({ alarms: alarms.map((alarm) => ({ ...alarm, escalated: 1 })) }))).toBeUndefined();
  });
  test('a member hears nothing of another’s', () => {
    expect(said(main, { scene: scene(), me: me(ELLA, []) })).toBeUndefined();
  });
});

test('those who lead hear who stepped out and who asks for them', () => {
  const side = (help: number | null): Partial<StaffView> => ({ circles: [{ circle: 'ci_2', kind: 'side', people: [DEV], holder: null, help }] });
  expect(said(leads(), leads(side(null)))).toBe('Dev stepped out.');
  expect(said(leads(side(null)), leads(side(NOW)))).toBe('Dev: someone is asked to come.');
  expect(said(leads(side(NOW)), leads())).toBeUndefined();
});

test('the call back says that nobody is cut off; more time is said too', () => {
  const before = seen('circle2-called', {}, { beside: { kind: 'breakout', ends_at: NOW, called_back: null, help: false } });
  expect(said(before, seen('circle2-called'))).toBe('Time to come back. Finish your sentence. In about a minute you are brought back, and nobody is cut off in a turn.');
  expect(said(before, seen('circle2-called', {}, { beside: { kind: 'breakout', ends_at: NOW + 60_000, called_back: null, help: false } }))).toBe('There is more time in the small circles.');
});

test('“shall we go on?” is said once, to those who may answer', () => {
  const before = seen('ready', {}, { ready: null });
  expect(said(before, seen('ready'))).toContain('Nobody sees who says what.');
  expect(said(seen('ready'), seen('ready-answered'))).toBeUndefined();
  expect(said(seen('ready-staff', {}, { ready: null }), seen('ready-staff'))).toBeUndefined();
});

test('a word among those who lead is announced, not read out, and not to whoever said it', () => {
  const whispers = [{ at: NOW, from: SOPHIE, about: DEV, text: 'secret' }];
  expect(said(leads(), leads({ whispers }))).toBe('Maximiliane-Sophie points Dev out to you.');
  expect(said(leads(), leads({ whispers: [{ at: NOW, from: JONAS, about: null, text: 'mine' }] }))).toBeUndefined();
  expect(besideKnock(leads({ whispers }).scene, me(JONAS, []), NOW + 1000)).toBe('Maximiliane-Sophie points Dev out to you.');
  expect(besideKnock(leads({ whispers }).scene, me(JONAS, []), NOW + 61_000)).toBeUndefined();
});

test('two people at one device have the floor together', () => {
  const both = turnOf(BEN, 60, { turn: 'tu_9', holders: [BEN, CHLOE] });
  expect(said(main, { ...main, scene: scene({}, { turn: both }) })).toBe('Ben and Chloe have the floor.');
});

test('people are named as they sit, in whatever order the room lists them', () => {
  const circles = (people: StaffView['circles'][number]['people']): Partial<StaffView> => ({ circles: [{ circle: 'ci_2', kind: 'side', people, holder: null, help: null }] });
  expect(said(leads(), leads(circles([DEV, BEN])))).toBe(said(leads(), leads(circles([BEN, DEV]))));
});
