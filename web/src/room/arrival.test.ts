// The arrival card: what one tap sends, and what facilitators read at the door.
import { expect, test } from 'vitest';
import type { ArrivalCard, ArrivalView, LastKnown } from '../protocol/types';
import { ALL_WELL, asLastTime, boxesOf, doorOf, doorWords, knownLines, missing, NOTHING_SAID, onlyAnyway, reachOf, safeWords, todayOf, type Written } from './arrival';

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

test('one tap needs the place and the country, where they are needed', () => {
  expect(missing({ place: '12 Elm Road', country: 'US' }, true)).toEqual({});
  expect(Object.keys(missing({ place: ' ', country: '' }, true))).toEqual(['place', 'country']);
  expect(missing({ place: '', country: '' }, false)).toEqual({});
});

const WRITTEN: Written = { place: '12 Elm Road', country: 'US', number: '555 010 0100', contactName: 'Grace', contactNumber: '555 019 0199', nobody: false };

test('an empty form names every field that is missing, in their order, and each in words', () => {
  const empty = missing({ place: '', country: '', number: '', contactName: '', contactNumber: '', nobody: false }, true);
  expect(Object.keys(empty)).toEqual(['place', 'country', 'number', 'contactName', 'contactNumber']);
  expect(Object.values(empty).every((key) => key.startsWith('arrival.missing.'))).toBe(true);
  expect(missing(WRITTEN, true)).toEqual({});
});

test('whether what is written is a number, the room says', () => {
  expect(missing({ ...WRITTEN, number: '  ' }, true)).toHaveProperty('number');
  expect(missing({ ...WRITTEN, number: '12345' }, true)).toEqual({});
});

test('who has nobody to name says so and can send the form', () => {
  const alone: Written = { ...WRITTEN, contactName: '', contactNumber: '', nobody: true };
  expect(missing(alone, true)).toEqual({});
  expect(reachOf(alone, NO_SAFE, NO_SAFE)).toEqual({ number: '555 010 0100', safe: NO_SAFE });
  expect(reachOf(WRITTEN, REACH.safe, NO_SAFE)).toEqual(REACH);
});

test('what is not said is not sent, and an open box is not "all is well"', () => {
  expect(todayOf('', '', NOTHING_SAID)).toEqual({ alone: false, headphones: false, driving: true, recording: true, shared: true });
});

test('what was said for this session stays ticked, and of an earlier one nothing does', () => {
  const today = todayOf('12 Elm Road', 'US', ALL_WELL);
  expect(boxesOf({ ...card, answered: true, today })).toEqual(ALL_WELL);
  expect(boxesOf({ ...card, answered: false, today })).toEqual(NOTHING_SAID);
  expect(boxesOf({ ...card, answered: true, today: null })).toEqual(NOTHING_SAID);
});

test('the door says whether somebody answered, and what to look at', () => {
  expect(doorOf(undefined)).toBe('unasked');
  expect(doorWords(undefined)).toBeUndefined();
  expect(doorWords(row({ answered: false }))).toBe('has not said yet where they are');
  expect(doorWords(row({}))).toBe('has said where they are');
});

test('what was left open is read as not said, never as a fact; what the room knows is', () => {
  expect(doorWords(row({ look: ['driving', 'recording', 'shared_device'] }))).toBe('Did not say: not driving, nobody records, own device. You may ask.');
  expect(doorWords(row({ look: ['not_alone'] }))).toBe('Did not say: alone or with headphones. You may ask.');
  const both = doorWords(row({ look: ['driving', 'no_numbers'] }));
  expect(both).toBe('Look first: no emergency numbers are known for their country. Did not say: not driving. You may ask.');
});

test('only who has not answered, or names somebody of this room, is let in anyway', () => {
  expect(onlyAnyway(undefined)).toBe(false);
  expect(onlyAnyway(row({ answered: false }))).toBe(true);
  expect(onlyAnyway(row({ look: ['contact_in_room'] }))).toBe(true);
  expect(onlyAnyway(row({ look: ['driving'] }))).toBe(false);
});

test('beside every number stands what is safe, and a contact who may not be called is not shown', () => {
  const known: LastKnown = { at: 0, session: 3, place: '12 Elm Road', country: 'US', ...REACH, nobody_named: false };
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
  const nobody = knownLines({ ...known, contact: null, nobody_named: true }, undefined);
  expect(nobody[2]).toEqual({ text: 'They have nobody to name for an emergency.' });
});
