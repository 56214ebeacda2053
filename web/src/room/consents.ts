// What can be done about one thing that one agrees to, and whether something waits for an answer.
import type { Action, ConsentCard, MyView } from '../protocol/types';

/** What a press does: says yes to the very text that is shown, or takes a yes back; nothing where the room offers neither. */
export function pressed(card: ConsentCard, me: MyView): Action | undefined {
  const given = card.standing.so === 'given';
  if (given) return me.can.includes('withdraw_consent') ? { do: 'withdraw_consent', purpose: card.purpose } : undefined;
  return me.can.includes('give_consent') ? { do: 'give_consent', purpose: card.purpose, digest: card.digest } : undefined;
}

/** Something was never answered, or is asked with another text. A "no" that was said is an answer: nobody is asked twice. */
export function waits(me: MyView): boolean {
  return me.consents.some(({ standing }) => standing.so === 'open' || standing.so === 'outdated');
}

/** The only reason why this person cannot write is that they have not agreed to it. */
export function notesNeedConsent(me: MyView): boolean {
  return me.consents.some(({ purpose, standing }) => purpose === 'notes' && standing.so !== 'given');
}
