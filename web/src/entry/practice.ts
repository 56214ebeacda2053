/**
 * Which practice somebody signs in at. The one that the server was set up with needs no name; another's stands in the address of its
 * sign-in page, and this browser remembers it as it remembers a preference: it says nothing about any person.
 */
import type { PracticeId } from '../protocol/types';

const KEY = 'practice';
const PRACTICE_ID = /^pr_[0-9a-f]{32}$/;

function isPractice(text: string): text is PracticeId {
  return PRACTICE_ID.test(text);
}

/** The practice in an address such as `/sign-in/pr_…`. */
export function practiceIn(path: string): PracticeId | undefined {
  const [first, second = ''] = path.split('/').filter((part) => part !== '');
  return first === 'sign-in' && isPractice(second) ? second : undefined;
}

/** Where the people of a practice sign in. */
export function signInAt(origin: string, practice: string): string {
  return `${origin}/sign-in/${practice}`;
}

export function keepPractice(practice: string): void {
  try {
    localStorage.setItem(KEY, practice);
  } catch {
    // A browser that keeps nothing: the address still says it.
  }
}

/** The practice to sign in at: the address's, else the one remembered, else none. */
export function practiceHere(path: string): PracticeId | undefined {
  const named = practiceIn(path);
  if (named !== undefined) return named;
  try {
    const kept = localStorage.getItem(KEY) ?? '';
    return isPractice(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}
