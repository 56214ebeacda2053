import { describe, expect, test } from 'vitest';
import type { FloorView, MyView } from '../protocol/types';
import { MODE_STORIES } from '../stories/modes';
import { scene as plain, me as person, ELLA, id } from '../stories/fixtures';
import { said, type Seen } from './say';

const KIT = id(21);
function seen(name: string, me: Partial<MyView> = {}, floor: Partial<FloorView> = {}): Seen {
  const story = MODE_STORIES[name];
  if (story?.room.kind !== 'room') throw new Error(`there is no story ${name}`);
  return { scene: { ...story.room, floor: { ...story.room.floor, ...floor } }, me: { ...story.me, ...me } };
}

test('what did not change is not said again, in any mode', () => {
  for (const name of Object.keys(MODE_STORIES)) expect(said(seen(name), seen(name)), name).toBeUndefined();
});

describe('the stick', () => {
  test('an offer is said to the one person it is made to', () => {
    expect(said(seen('stick'), seen('stick-offered'))).toBe('Rosa offers you the stick. There is no hurry.');
    expect(said(seen('stick'), seen('stick'))).toBeUndefined();
  });
  test('an offer that is gone sounds the same, whoever ended it', () => {
    expect(said(seen('stick-offered'), seen('stick'))).toBe('The stick is not offered to you any more.');
  });
  test('a no is said to the holder alone', () => {
    expect(said(seen('stick-offering'), seen('stick-declined'))).toBe('Kit said no, thank you. You keep the stick.');
    expect(said(seen('stick-host', {}), seen('stick-host', { declined_by: [KIT] }))).toBeUndefined();
  });
  test('who has it is said by its name; laid down, it lies in the middle', () => {
    expect(said(seen('stick-free'), seen('stick'))).toBe('Rosa has the stick.');
    expect(said(seen('stick-offered'), seen('stick-holding', {}, { turn: { ...turn('stick-holding'), turn: 'tu_9' } }))).toBe('You have the stick. No hurry.');
    expect(said(seen('stick'), seen('stick-free'))).toBe('The stick lies in the middle.');
  });
});

describe('the pair', () => {
  test('when two are named, each hears their own part, and nobody “you are next”', () => {
    const before: Seen = { scene: seen('pair-listening', {}, { pair: null, turn: null, line: [] }).scene, me: seen('pair-listening', { place: null }).me };
    expect(said(before, seen('pair-listening', {}, { turn: null }))).toBe('You listen to Noor.');
    expect(said({ ...before, me: seen('pair-speaking').me }, seen('pair-speaking', { holding: false, place: 1 }, { turn: null }))).toBe('You speak first. Tomasz listens.');
  });
  test('saying back, and once more, is said once', () => {
    expect(said(seen('pair-listening'), seen('pair-saying-back'))).toBe('Now say back what you heard.');
    expect(said(seen('pair-speaking'), seen('pair-said-back'))).toBe('Tomasz says back what was heard.');
    expect(said(seen('pair-saying-back'), seen('pair-listening'))).toBe('Noor says it again.');
    expect(said(seen('pair-said-back'), seen('pair-speaking'))).toBeUndefined();
  });
  test('a swap is one sentence', () => {
    const { pair } = seen('pair-speaking').scene.floor;
    if (!pair) throw new Error('the story has a pair');
    const swapped = { pair: { speaker: pair.listener, listener: pair.speaker, saying_back: false }, turn: { ...turn('pair-speaking'), turn: 'tu_9' as const, holders: [pair.listener] } };
    expect(said(seen('pair-said-back'), seen('pair-speaking', { holding: false }, swapped))).toBe('You listen to Tomasz.');
  });
});

describe('the fishbowl', () => {
  test('one’s own seat inside, and leaving it', () => {
    expect(said(seen('fishbowl'), seen('fishbowl-inside'))).toBe('You sit in the inner circle. You may speak.');
    expect(said(seen('fishbowl-inside'), seen('fishbowl'))).toBe('You are back in the outer circle.');
  });
  test('the open seat by name', () => {
    expect(said(seen('fishbowl-open'), seen('fishbowl'))).toBe('Dev has the open seat.');
    expect(said(seen('fishbowl'), seen('fishbowl-open'))).toBe('The open seat is free.');
    expect(said(seen('fishbowl-open'), seen('fishbowl-seat'))).toBe('You have the open seat. No hurry.');
  });
});

test('silence is said when it begins and when it is over, and is not “nobody is speaking”', () => {
  const talk: Seen = { scene: { ...plain(), agenda: seen('silence').scene.agenda }, me: person(ELLA, []) };
  expect(said(talk, seen('silence'))).toBe('Silence begins. Nobody speaks.');
  expect(said(seen('silence'), { ...talk, scene: { ...talk.scene, floor: { ...talk.scene.floor, turn: null } } })).toBe('The silence is over.');
});

function turn(name: string): NonNullable<FloorView['turn']> {
  const found = seen(name).scene.floor.turn;
  if (!found) throw new Error(`nobody has the floor in ${name}`);
  return found;
}
