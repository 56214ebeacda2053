// Where a page stands: in the room, or outside it. Who is outside is in no call.
import { expect, test, vi } from 'vitest';
import { CHLOE, me, room, scene } from '../stories/fixtures';
import { Session, SLOW_MS, TRYING_SHOWN_MS } from './session.svelte';

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

test('that somebody tries to speak is shown while they go on, and goes by itself', () => {
  vi.useFakeTimers();
  const session = new Session();
  session.triesToSpeak(CHLOE);
  vi.advanceTimersByTime(2_000);
  session.triesToSpeak(CHLOE);
  vi.advanceTimersByTime(TRYING_SHOWN_MS - 1);
  expect([...session.trying]).toEqual([CHLOE]);
  vi.advanceTimersByTime(1);
  expect([...session.trying]).toEqual([]);
  vi.useRealTimers();
});

test('what waits long for its answer is said to be slow until there is one', async () => {
  vi.useFakeTimers();
  const session = new Session();
  const answers: (() => void)[] = [];
  session.attach({ act: () => new Promise((settle) => answers.push(() => settle(undefined))), signal() {}, leave() {} });
  const first = session.send({ do: 'end_session' });
  vi.advanceTimersByTime(SLOW_MS - 1);
  expect(session.slow).toBe(false);
  const second = session.send({ do: 'end_session' });
  vi.advanceTimersByTime(1);
  expect(session.slow).toBe(true);
  answers[1]?.();
  await second;
  expect(session.slow).toBe(true);
  answers[0]?.();
  await first;
  expect(session.slow).toBe(false);
  vi.advanceTimersByTime(SLOW_MS);
  expect(session.slow).toBe(false);
  vi.useRealTimers();
});
