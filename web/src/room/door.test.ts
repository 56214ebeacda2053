import { expect, test } from 'vitest';
import type { DoorLine, StaffView, WaitingPerson } from '../protocol/types';
import { GRETA, STAFF } from '../stories/fixtures';
import { atTheDoor, doorSaid } from './door';

const line = (from: DoorLine['from']): DoorLine => ({ at: 0, from, text: 'a word' });
const greta = (...said: DoorLine[]): WaitingPerson => ({ participant: GRETA, name: 'Greta', role: 'member', since: 0, present: true, said, described: null });
const staff = (...waiting: WaitingPerson[]): StaffView => ({ ...STAFF, waiting });

test('who comes, and who writes, is said once', () => {
  expect(doorSaid(staff(), staff(greta()))).toBe('Greta is at the door.');
  expect(doorSaid(staff(greta()), staff(greta(line('waiting'))))).toBe('Greta wrote at the door.');
  expect(doorSaid(staff(greta(line('waiting'))), staff(greta(line('waiting'))))).toBeUndefined();
});
test('one’s own answer, somebody let in, and a page that has just opened make no sound', () => {
  expect(atTheDoor(staff(greta()), staff(greta(line('leading'))))).toEqual({});
  expect(atTheDoor(staff(greta()), staff())).toEqual({});
  expect(atTheDoor(undefined, staff(greta()))).toEqual({});
  expect(atTheDoor(null, null)).toEqual({});
});
