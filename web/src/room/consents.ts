// What can be done about one thing that one agrees to, and whether something waits for an answer.
import type { Action, ConsentCard, MyView } from '../protocol/types';

/** One way to answer, and the word that stands on it. */
export interface ConsentAnswer {
  word: 'consent.give' | 'consent.decline' | 'consent.withdraw';
  action: Action;
}

/** How one thing can be answered: yes to the very text that is shown, no, or taking a yes back; nothing where the room offers none. */
export function answers({ purpose, digest, standing }: ConsentCard, me: MyView): ConsentAnswer[] {
  const given = standing.so === 'given';
  const saidNo = standing.so === 'declined' || standing.so === 'taken_back';
  const all: ConsentAnswer[] = [];
  if (!given && me.can.includes('give_consent')) all.push({ word: 'consent.give', action: { do: 'give_consent', purpose, digest } });
  if (!saidNo && me.can.includes('withdraw_consent')) all.push({ word: given ? 'consent.withdraw' : 'consent.decline', action: { do: 'withdraw_consent', purpose } });
  return all;
}

/** Something was never answered, or is asked with another text. A "no" that was said is an answer: nobody is asked twice. */
export function waits(me: MyView): boolean {
  return me.consents.some(({ standing }) => standing.so === 'open' || standing.so === 'outdated');
}

/** What this person has not agreed to, where that alone is why they cannot write in the notes. */
export function agreeBeforeWriting(me: MyView): ConsentCard | undefined {
  return me.consents.find(({ purpose, standing }) => purpose === 'notes' && standing.so !== 'given');
}
