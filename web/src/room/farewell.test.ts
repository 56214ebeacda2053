import { describe, expect, test } from 'vitest';
import type { RoomScene } from '../protocol/types';
import { SAFE } from '../stories/beside';
import { BEN, CHLOE, DEV, ELLA, FARID, JONAS, NOW, STAFF, me, scene, seats } from '../stories/fixtures';
import { debrief, seen, stillHere, type Seen } from './farewell';

const jonas = me(JONAS, []);
const watch = (...scenes: readonly RoomScene[]): Seen | undefined => scenes.reduce<Seen | undefined>(seen, undefined);
const closed = (more: Partial<RoomScene> = {}): RoomScene => scene({ stand: { stand: 'lobby' }, staff: STAFF, ...more });

describe('what a page remembers of a session', () => {
  test('who stepped out stays known when they are back', () => {
    expect(watch(scene({ seats: seats({ [DEV]: 'aside' }) }), scene())?.steppedOut).toEqual(new Set([DEV]));
  });
  test('who never came has not left, and who came back is not gone', () => {
    expect(watch(scene())?.left).toEqual(new Set());
    expect(watch(scene({ seats: seats({}, []) }), scene())?.left).toEqual(new Set([FARID]));
    expect(watch(scene({ seats: seats({}, []) }), scene(), scene({ seats: seats({}, []) }))?.left).toEqual(new Set());
  });
  test('nobody left early who leaves after the close', () => {
    expect(watch(scene(), closed({ seats: seats({}, [BEN, CHLOE, DEV, ELLA, FARID]) }))?.left).toEqual(new Set());
  });
  test('who is not seen from a side room has not left', () => {
    const aside = scene({ seats: seats({}).slice(0, 1), beside: { kind: 'side', ends_at: null, called_back: null, help: false } });
    expect(watch(scene(), aside)?.left).toEqual(new Set());
  });
  test('the next session begins with nothing remembered', () => {
    const { course } = scene();
    const next = watch(scene({ seats: seats({ [DEV]: 'aside' }) }), scene({ course: { ...course, session: course.session + 1 } }));
    expect(next?.steppedOut).toEqual(new Set());
  });
});

describe('those who lead read who needs a word', () => {
  const alarm = { participant: ELLA, raised_at: NOW, acknowledged_by: JONAS, escalated: 0, ...SAFE };
  test('open alarms first, then who left, who stepped out, who was not heard', () => {
    const watched = watch(scene({ seats: seats({ [DEV]: 'aside' }, []) }), scene());
    expect(debrief(closed({ staff: { ...STAFF, alarms: [alarm] } }), jonas, watched)).toEqual([
      'Still open: Ella',
      'Came, and not here at the close: Farid',
      'Stepped out for a while: Dev',
      'Not heard today: Chloe and Farid',
    ]);
  });
  test('a page that came later says nothing of what it did not see', () => {
    expect(debrief(closed(), jonas, undefined)).toEqual(['Not heard today: Chloe and Farid']);
  });
  test('in a circle nobody reads who did not speak', () => {
    const { course } = scene();
    expect(debrief(closed({ course: { ...course, setting: 'circle' } }), jonas, undefined)).toEqual([]);
  });
});

describe('after the close those who lead read who still hears them', () => {
  test('everybody who is in the room and does not lead', () => {
    expect(stillHere(closed({ seats: seats({}, [CHLOE, DEV, ELLA, FARID]) }))).toMatch(/^Still here, and hearing what is said: .*Ben/);
    expect(stillHere(closed({ seats: seats({}, [CHLOE, DEV, ELLA, FARID]) }))).not.toMatch(/Chloe|Jonas/);
  });
  test('alone among themselves they read nothing of it', () => {
    const alone = scene().seats.filter((seat) => seat.role === 'facilitator');
    expect(stillHere(closed({ seats: alone }))).toBeUndefined();
  });
});
