// @vitest-environment jsdom
// What a page reads of a session while it stands: the door opens its line only after it is drawn.
import { flushSync } from 'svelte';
import { expect, test } from 'vitest';
import { Session, type Line } from './session.svelte';

const LINE: Line = { act: () => Promise.resolve(), signal: () => {}, leave: () => {} };

test('a page that was drawn before its line was there reads it once it is, and can offer what rides on it', () => {
  const session = new Session();
  const read: (Line | undefined)[] = [];
  const stop = $effect.root(() => {
    $effect(() => void read.push(session.wire));
  });
  flushSync();
  session.attach(LINE);
  flushSync();
  expect(read).toEqual([undefined, LINE]);
  stop();
});
