import { beforeEach, describe, expect, test } from 'vitest';
import type { NotOkView, StaffView } from '../protocol/types';
import { BESIDE_STORIES, SAFE } from '../stories/beside';
import { BEN, DEV, ELLA, JONAS, NOW, SOPHIE, STAFF, me, room, scene, seats } from '../stories/fixtures';
import { alarmsOf, alarmWords, louder, notOkWords, unsentWords } from './alarm';
import { forgetNames, rememberNames } from './names';

const told = (more: Partial<NotOkView> = {}): NotOkView => ({ raised_at: NOW, told: [JONAS, SOPHIE], acknowledged_by: null, all_right: false, on_call: null, ...more });
const ella = me(ELLA, []);
const text = (view = scene(), mine = told(), now = NOW): string => notOkWords(view, ella, mine, now).lines.join(' ');
const staffed = (escalated: number, more: Partial<StaffView['alarms'][number]> = {}): ReturnType<typeof scene> =>
  scene({ staff: { ...STAFF, alarms: [{ participant: DEV, raised_at: NOW - 40_000, acknowledged_by: null, escalated, ...SAFE, ...more }] } });
const jonas = me(JONAS, []);

beforeEach(forgetNames);

describe('the person who said it', () => {
  test('reads by name who was told, and that nobody else was', () => {
    expect(text()).toContain('This was told to Jonas and Maximiliane-Sophie, and to nobody else.');
    expect(text()).toContain('has not been seen yet');
    expect(text()).not.toContain('call');
  });
  test('reads who has seen it, and nothing about waiting any more', () => {
    expect(text(scene(), told({ acknowledged_by: JONAS }), NOW + 600_000)).toBe('Jonas has seen this and will speak with you.');
  });
  test('reads whom to call where nobody leads, and where nobody answers', () => {
    expect(text(scene(), told({ told: [] }))).toContain('your local emergency number');
    expect(text(scene(), told(), NOW + 59_000)).not.toContain('call');
    expect(text(scene(), told(), NOW + 60_000)).toContain('call');
    const contact = 'the practice, 555 0100';
    expect(text(scene({ stand: { stand: 'held', since: NOW, long: true, contact } }))).toContain(contact);
  });
  test('whose line is down reads whom to call, before it could be sent and after', () => {
    expect(unsentWords(scene()).join(' ')).toMatch(/not told yet.*call/);
    expect(notOkWords(scene(), ella, told(), NOW, false).lines.join(' ')).toContain('call');
  });
  test('in a circle is not sent to a practice', () => {
    const { course } = scene();
    expect(text(scene({ course: { ...course, setting: 'circle' } }), told({ told: [] }))).not.toContain('practice');
  });
  test('in a side room still reads names the page has seen, and else what they are', () => {
    const side = scene({ seats: seats({}, []).filter((seat) => seat.participant === ELLA) });
    expect(text(side)).toContain('told to a facilitator, and');
    rememberNames(room(scene()));
    expect(text(side)).toContain('told to Jonas and Maximiliane-Sophie, and');
  });
  test('on a page loaded anew in a side room reads the names that the view brings', () => {
    const side = scene({ seats: seats({}, []).filter((seat) => seat.participant === ELLA) });
    rememberNames(room(side), { ...ella, names: [{ participant: JONAS, name: 'Jonas' }, { participant: SOPHIE, name: 'Sophie' }] });
    expect(text(side)).toContain('told to Jonas and Sophie, and');
  });
  test('an erased name is not remembered', () => {
    rememberNames(room(scene()));
    rememberNames(room(scene({ seats: seats({}).map((seat) => ({ ...seat, name: null })) })));
    expect(text(scene({ seats: [] }))).not.toContain('Jonas');
  });
});

describe('those who lead', () => {
  test('read plainer words the longer nobody answers, never louder ones than two', () => {
    const heads = [0, 1, 2, 3].map((escalated) => alarmsOf(staffed(escalated), jonas).map((alarm) => alarmWords(staffed(escalated), jonas, alarm, NOW)));
    expect(heads.map(([words]) => [words?.head, words?.second !== undefined, words?.loud])).toEqual([
      ['Dev is not OK', false, 0],
      ['Dev is not OK and waits for an answer', true, 1],
      ['Dev is still waiting. Please answer now.', true, 2],
      ['Dev is still waiting. Please answer now.', true, 2],
    ]);
  });
  test('read that it was taken back, for as long as nobody has seen it, and never louder', () => {
    const [words] = alarmsOf(staffed(0, { taken_back_at: NOW }), jonas).map((alarm) => alarmWords(staffed(0), jonas, alarm, NOW));
    expect([words?.head, words?.loud]).toEqual(['Dev pressed “I am not OK” and took it back', 0]);
  });
  test('read who looks after it, and that it is they themselves', () => {
    const words = (by: typeof JONAS): string => alarmsOf(staffed(2, { acknowledged_by: by }), jonas).map((alarm) => alarmWords(staffed(2), jonas, alarm, NOW).under).join('');
    expect(words(SOPHIE)).toBe('Maximiliane-Sophie looks after this.');
    expect(words(JONAS)).toContain('You look after this.');
  });
  test('are interrupted only when it became louder, each time once', () => {
    expect(louder(scene({ staff: STAFF }), staffed(0), jonas, NOW)).toBeUndefined();
    expect(louder(staffed(0), staffed(1), jonas, NOW)).toBe('Dev is not OK and waits for an answer. Nobody has answered yet.');
    expect(louder(staffed(1), staffed(1), jonas, NOW)).toBeUndefined();
    expect(louder(staffed(1), staffed(2), jonas, NOW)).toContain('Please answer now.');
    expect(louder(staffed(1), staffed(2, { acknowledged_by: SOPHIE }), jonas, NOW)).toBeUndefined();
  });
  test('do not read their own word as somebody else’s', () => {
    expect(alarmsOf(staffed(0), me(DEV, []))).toEqual([]);
  });
});

test('a member’s page has nothing of another’s alarm', () => {
  for (const [name, { room: view, me: who }] of Object.entries(BESIDE_STORIES)) {
    if (view.kind !== 'room' || view.staff) continue;
    expect([name, alarmsOf(view, who), louder(undefined, view, who, NOW)]).toEqual([name, [], undefined]);
  }
  expect(alarmsOf(scene(), me(BEN, []))).toEqual([]);
});
