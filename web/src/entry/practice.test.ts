import { expect, test } from 'vitest';
import { practiceIn, signInAt } from './practice';

const PRACTICE = `pr_${'0a'.repeat(16)}`;

test('the address of a sign-in page names its practice, and nothing else does', () => {
  expect(practiceIn(`/sign-in/${PRACTICE}`)).toBe(PRACTICE);
  expect(practiceIn(new URL(signInAt('https://rooms.example.org', PRACTICE)).pathname)).toBe(PRACTICE);
  for (const path of ['/sign-in', '/sign-in/rm_1', `/room/${PRACTICE}`, `/sign-in/${PRACTICE.toUpperCase()}`]) expect(practiceIn(path)).toBeUndefined();
});
