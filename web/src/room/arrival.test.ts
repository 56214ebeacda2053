// The arrival card: what one tap sends, and what facilitators read at the door.
import { expect, test } from 'vitest';
import type { ArrivalCard, ArrivalView, LastKnown } from '../protocol/types';
import { ALL_WELL, asLastTime, doorOf, doorWords, knownLines, onlyAnyway, oneTapDoes, safeWords, todayOf } from './arrival';

const NO_SAFE = { ringing: false, voicemail: false, text: false };
const REACH = { number: '555 010 0100', safe: { ...NO_SAFE, text: true }, contact: { name: 'Grace', number: '555 019 0199', safe: NO_SAFE } };
const card: ArrivalCard = { place_needed: true, answered: false, today: null, reach: REACH, confirmed_in: 2 };
const row = (more: Partial<ArrivalView>): ArrivalView => ({ participant: 'pa_00000000000000000000000000000001', answered: true, look: [], last: null, ...more });

test('one tap sends where they are and leaves the rest as it was', () => {
  expect(asLastTime(' 12 Elm Road ', 'US')).toEqual({
    do: 'confirm_arrival',
    today: { place: '12 Elm Road', country: 'US', alone: true, headphones: false, driving: false, recording: false, shared: false },
    reach: null,
  });
});

test('one tap does when there is something to confirm and the place is said', () => {
  expect(oneTapDoes(card, '12 Elm Road', 'US')).toBe(true);
  expect(oneTapDoes(card, ' ', 'US')).toBe(false);
  expect(oneTapDoes(card, '12 Elm Road', '')).toBe(false);
  expect(oneTapDoes({ ...card, place_needed: false }, '', '')).toBe(true);
  expect(oneTapDoes({ ...card, reach: null }, '12 Elm Road', 'US')).toBe(false);
});

test('what is not said is not sent, and an open box says what is so', () => {
  const today = todayOf('', '', { ...ALL_WELL, alone: false, parked: false, unrecorded: false, ownDevice: false });
  expect(today).toEqual({ alone: false, headphones: false, driving: true, recording: true, shared: true });
});

test('the door says whether somebody answered, and what to look at', () => {
  expect(doorOf(undefined)).toBe('unasked');
  expect(doorWords(undefined)).toBeUndefined();
  expect(doorWords(row({ answered: false }))).toBe('has not said yet where they are');
  expect(doorWords(row({}))).toBe('has said where they are');
  expect(doorWords(row({ look: ['not_alone', 'driving'] }))).toBe('Look first: not alone and without headphones; at the wheel.');
});

test('only who has not answered, or names somebody of this room, is let in anyway', () => {
  expect(onlyAnyway(undefined)).toBe(false);
  expect(onlyAnyway(row({ answered: false }))).toBe(true);
  expect(onlyAnyway(row({ look: ['contact_in_room'] }))).toBe(true);
  expect(onlyAnyway(row({ look: ['driving'] }))).toBe(false);
});

test('beside every number stands what is safe, and a contact who may not be called is not shown', () => {
  const known: LastKnown = { at: 0, session: 3, place: '12 Elm Road', country: 'US', ...REACH };
  expect(knownLines(known, 'United States').map((line) => line.text)).toEqual([
    'Last known place: 12 Elm Road, United States',
    'Call back: 555 010 0100',
    'Emergency contact: Grace, 555 019 0199',
  ]);
  expect(safeWords(REACH.safe)).toBe('Safe: a text message.');
  expect(safeWords(NO_SAFE)).toBe('Neither ringing nor a message is safe.');
  const nothing = knownLines({ ...known, place: null, contact: null }, undefined);
  expect(nothing[0]?.text).toBe('No place is known any more.');
  expect(nothing[2]).toEqual({ text: 'No emergency contact that may be called.' });
});
