// Where a page stands: in the room, or outside it. Who is outside is in no call.
import { expect, test } from 'vitest';
import { CHLOE, me, room, scene } from '../stories/fixtures';
import { Session } from './session.svelte';

test('whoever was let in is inside, also while the line is down', () => {
  const session = new Session();
  expect(session.inside).toBe(false);
  session.lineIs({ line: 'up' });
  session.show(room(scene()), me(CHLOE, []));
  expect(session.inside).toBe(true);
  session.lineIs({ line: 'dropped' });
  expect(session.inside).toBe(true);
});

test('at the door, after the course and behind a line that is over one is outside', () => {
  const session = new Session();
  session.lineIs({ line: 'up' });
  session.show(room(scene()), me(CHLOE, [], { admission: 'waiting' }));
  expect(session.inside).toBe(false);
  session.show(room(scene({ stand: { stand: 'closed' } })), me(CHLOE, []));
  expect(session.inside).toBe(false);
  session.show(room(scene()), me(CHLOE, []));
  expect(session.inside).toBe(true);
  session.lineIs({ line: 'over', because: 'removed' });
  expect(session.inside).toBe(false);
});
