import { expect, test } from 'vitest';
import { routeOf } from './router';

const ROOM = `rm_${'0a'.repeat(16)}`;

test('every page has its own address', () => {
  expect(routeOf('/')).toEqual({ page: 'start' });
  expect(routeOf('/setup')).toEqual({ page: 'setup' });
  expect(routeOf('/sign-in/')).toEqual({ page: 'sign-in' });
  expect(routeOf(`/sign-in/pr_${'0a'.repeat(16)}`)).toEqual({ page: 'sign-in' });
  expect(routeOf('/people')).toEqual({ page: 'people' });
  expect(routeOf('/welcome')).toEqual({ page: 'welcome' });
  expect(routeOf('/look-in')).toEqual({ page: 'look-in' });
  expect(routeOf('/account')).toEqual({ page: 'account' });
  expect(routeOf('/join')).toEqual({ page: 'join' });
  expect(routeOf(`/me/${ROOM}`)).toEqual({ page: 'mine', room: ROOM });
  expect(routeOf(`/groups/${ROOM}`)).toEqual({ page: 'group', room: ROOM });
  expect(routeOf(`/room/${ROOM}`)).toEqual({ page: 'room', room: ROOM });
});

test('what is no room id opens nothing', () => {
  for (const path of ['/room/', '/room/1', `/room/${ROOM.toUpperCase()}`, `/room/pa_${'0a'.repeat(16)}`, `/room/${ROOM}/x`, `/other/${ROOM}`, `/sign-in/${ROOM}`]) {
    expect(routeOf(path).page, path).toBe('nothing');
  }
});
