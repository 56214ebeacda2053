// The arrival card's rules: what is sent, and in which words facilitators read what to look at.
import { t } from '../i18n';
import type { Action, ArrivalCard, ArrivalLook, ArrivalView, LastKnown, Reach, SafeWays, Today } from '../protocol/types';

/** What the boxes say: each is ticked where all is well. One left open says nothing. */
export interface Boxes {
  alone: boolean;
  headphones: boolean;
  parked: boolean;
  unrecorded: boolean;
  ownDevice: boolean;
}

/** No box is ticked for anybody. */
export const NOTHING_SAID: Boxes = { alone: false, headphones: false, parked: false, unrecorded: false, ownDevice: false };

/** The boxes as somebody ticked them for this session. */
export function boxesOf({ answered, today }: ArrivalCard): Boxes {
  if (!answered || today == null) return NOTHING_SAID;
  return { alone: today.alone, headphones: today.headphones, parked: !today.driving, unrecorded: !today.recording, ownDevice: !today.shared };
}

/** What is written in the form. */
export interface Written {
  place: string;
  country: string;
  number: string;
  contactName: string;
  contactNumber: string;
  /** "I have nobody to name" is ticked. */
  nobody: boolean;
}

type Field = Exclude<keyof Written, 'nobody'>;
type Missing = 'arrival.missing.place' | 'arrival.missing.country' | 'arrival.missing.number' | 'arrival.missing.contact_name' | 'arrival.missing.contact_number';

/** What is left empty and is needed, field by field, in the order in which they stand. Whether what is written can be used, the room says. */
export function missing(written: Pick<Written, 'place' | 'country'> & Partial<Written>, placeNeeded: boolean): Partial<Record<Field, Missing>> {
  const { place, country, number, contactName, contactNumber, nobody = false } = written;
  const empty = (text: string | undefined): boolean => text?.trim() === '';
  return {
    ...(placeNeeded && empty(place) ? { place: 'arrival.missing.place' as const } : {}),
    ...(placeNeeded && empty(country) ? { country: 'arrival.missing.country' as const } : {}),
    ...(empty(number) ? { number: 'arrival.missing.number' as const } : {}),
    ...(!nobody && empty(contactName) ? { contactName: 'arrival.missing.contact_name' as const } : {}),
    ...(!nobody && empty(contactNumber) ? { contactNumber: 'arrival.missing.contact_number' as const } : {}),
  };
}

/** How somebody is reached, as the form says it. Who has nobody to name says so; it is not left open. */
export function reachOf({ number, contactName, contactNumber, nobody }: Written, safe: SafeWays, contactSafe: SafeWays): Reach {
  return { number, safe, ...(nobody ? {} : { contact: { name: contactName, number: contactNumber, safe: contactSafe } }) };
}

/** Today's part of an answer; an empty place or country is not said at all. */
export function todayOf(place: string, country: string, boxes: Boxes): Today {
  return {
    ...(place.trim() === '' ? {} : { place: place.trim() }),
    ...(country === '' ? {} : { country }),
    alone: boxes.alone,
    headphones: boxes.headphones,
    driving: !boxes.parked,
    recording: !boxes.unrecorded,
    shared: !boxes.ownDevice,
  };
}

/** All is well. */
export const ALL_WELL: Boxes = { alone: true, headphones: false, parked: true, unrecorded: true, ownDevice: true };

/** One tap: all is as last time, here. */
export function asLastTime(place: string, country: string): Action {
  return { do: 'confirm_arrival', today: todayOf(place, country, ALL_WELL), reach: null };
}

export type Door = 'unasked' | 'unanswered' | 'answered' | 'look';

/** How somebody's answer stands, at a glance. */
export function doorOf(row: ArrivalView | undefined): Door {
  if (row === undefined) return 'unasked';
  if (!row.answered) return 'unanswered';
  return row.look.length > 0 ? 'look' : 'answered';
}

/** Whether the room lets them in only if a facilitator says so. */
export function onlyAnyway(row: ArrivalView | undefined): boolean {
  return row !== undefined && (!row.answered || row.look.includes('contact_in_room'));
}

/** What the room knows, against what somebody left open at the door. */
const UNSAID = ['not_alone', 'driving', 'recording', 'shared_device'] as const satisfies readonly ArrivalLook[];
type Known = Exclude<ArrivalLook, (typeof UNSAID)[number]>;

/** The door's line about somebody. What they did not say is read as not said: something to ask about, never a fact. */
export function doorWords(row: ArrivalView | undefined): string | undefined {
  switch (doorOf(row)) {
    case 'unasked':
      return undefined;
    case 'unanswered':
      return t('arrival.door.unanswered');
    case 'answered':
      return t('arrival.door.answered');
    case 'look':
      return lookWords(row?.look ?? []);
  }
}

function lookWords(looks: readonly ArrivalLook[]): string {
  const unsaid = UNSAID.filter((look) => looks.includes(look)).map((look) => t(`arrival.unsaid.${look}`));
  const known = looks.filter((look): look is Known => !UNSAID.some((other) => other === look)).map((look) => t(`arrival.look.${look}`));
  return [
    ...(known.length === 0 ? [] : [t('arrival.door.look', { looks: known.join('; ') })]),
    ...(unsaid.length === 0 ? [] : [t('arrival.door.unsaid', { things: unsaid.join(', ') })]),
  ].join(' ');
}

/** What may be done with a number. */
export function safeWords(safe: SafeWays): string {
  const ways = (['ringing', 'voicemail', 'text'] as const).filter((way) => safe[way]).map((way) => t(`arrival.safe.${way}`));
  return ways.length === 0 ? t('arrival.known.safe_none') : t('arrival.known.safe', { ways: ways.join(', ') });
}

/** The lines in which somebody's whereabouts are read, each with the number that can be dialled. */
export function knownLines(known: LastKnown, country: string | undefined): { text: string; dial?: string; under?: string }[] {
  const place = [known.place, country].filter((part) => part != null).join(', ');
  const contact = known.contact;
  return [
    { text: place === '' ? t('arrival.known.no_place') : t('arrival.known.place', { place }) },
    { text: t('arrival.known.number', { number: known.number }), dial: known.number, under: safeWords(known.safe) },
    contact == null
      ? { text: known.nobody_named ? t('arrival.known.nobody_named') : t('arrival.known.no_contact') }
      : { text: t('arrival.known.contact', { name: contact.name, number: contact.number }), dial: contact.number, under: safeWords(contact.safe) },
  ];
}
