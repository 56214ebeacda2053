// The arrival card's rules: what is sent, and in which words facilitators read what to look at.
import { t } from '../i18n';
import type { Action, ArrivalCard, ArrivalView, LastKnown, SafeWays, Today } from '../protocol/types';

/** What the boxes say: each is ticked where all is well. */
export interface Boxes {
  alone: boolean;
  headphones: boolean;
  parked: boolean;
  unrecorded: boolean;
  ownDevice: boolean;
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

/** Whether one tap would do: there is something to confirm, and where they are is said. */
export function oneTapDoes(card: ArrivalCard, place: string, country: string): boolean {
  return card.reach != null && (!card.place_needed || (place.trim() !== '' && country !== ''));
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

/** The door's line about somebody. */
export function doorWords(row: ArrivalView | undefined): string | undefined {
  switch (doorOf(row)) {
    case 'unasked':
      return undefined;
    case 'unanswered':
      return t('arrival.door.unanswered');
    case 'answered':
      return t('arrival.door.answered');
    case 'look':
      return t('arrival.door.look', { looks: (row?.look ?? []).map((look) => t(`arrival.look.${look}`)).join('; ') });
  }
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
      ? { text: t('arrival.known.no_contact') }
      : { text: t('arrival.known.contact', { name: contact.name, number: contact.number }), dial: contact.number, under: safeWords(contact.safe) },
  ];
}
