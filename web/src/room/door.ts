// What happens at the door, for those who lead: when somebody comes, or writes there, it is said once, and sounds where that was asked for.
import { t } from '../i18n';
import type { StaffView, WaitingPerson } from '../protocol/types';

/** Who came or wrote between two views; nobody where the page has just opened. */
export function atTheDoor(before: StaffView | null | undefined, after: StaffView | null | undefined): { came?: WaitingPerson; wrote?: WaitingPerson } {
  if (!before || !after) return {};
  const heard = (person: WaitingPerson): number => person.said.filter((line) => line.from === 'waiting').length;
  const known = new Map(before.waiting.map((person) => [person.participant, heard(person)]));
  const came = after.waiting.find((person) => !known.has(person.participant));
  const wrote = after.waiting.find((person) => heard(person) > (known.get(person.participant) ?? heard(person)));
  return { ...(came && { came }), ...(wrote && { wrote }) };
}

/** What is announced: who came before who wrote. */
export function doorSaid(before: StaffView | null | undefined, after: StaffView | null | undefined): string | undefined {
  const { came, wrote } = atTheDoor(before, after);
  if (came) return t('say.knock', { name: came.name ?? t('seat.someone') });
  return wrote ? t('say.wrote', { name: wrote.name ?? t('seat.someone') }) : undefined;
}
