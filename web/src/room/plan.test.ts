import { describe, expect, test } from 'vitest';
import type { AgendaView, StepState } from '../protocol/types';
import { NOW, scene } from '../stories/fixtures';
import { couldGo, knownSteps, nearEndWords, paceWords, projectedEnd } from './plan';

const MINUTE = 60_000;
/** Seven steps of five minutes, the third one running for one more minute; it would end when `projected` says. */
function agenda(end: number, projected: number, states: Partial<Record<number, StepState>> = {}): AgendaView {
  const { steps } = scene().agenda;
  return {
    ...scene().agenda,
    steps: steps.map((step, k) => ({ ...step, minutes: 5, state: states[k] ?? (k < 2 ? 'done' : k === 2 ? 'current' : 'to_come') })),
    current: 2,
    ends_at: NOW + MINUTE,
    session_ends_at: NOW + end * MINUTE,
    projected_end: NOW + projected * MINUTE,
  };
}
describe('ahead and behind', () => {
  test('are said in whole minutes and plain words', () => {
    expect(paceWords(agenda(30, 36), NOW)).toBe('About 6 minutes over the plan.');
    expect(paceWords(agenda(30, 31), NOW)).toBe('About 1 minute over the plan.');
    expect(paceWords(agenda(30, 30.4), NOW)).toBe('On time.');
    expect(paceWords(agenda(30, 21), NOW)).toBe('About 9 minutes in hand.');
  });
  test('a step that runs on moves the end on without a new view', () => {
    const view = agenda(21, 21);
    expect(projectedEnd(view, NOW + MINUTE)).toBe(NOW + 21 * MINUTE);
    expect(projectedEnd(view, NOW + 4 * MINUTE)).toBe(NOW + 24 * MINUTE);
  });
  test('before a session there is nothing to say', () => {
    expect(paceWords({ ...agenda(30, 30), projected_end: null, ends_at: null }, NOW)).toBeUndefined();
  });
});

describe('near the planned end', () => {
  const near = { steps: [{ index: 2, droppable: false, how: 'One word each.' }, { index: 4, droppable: true, how: null }, { index: 99, droppable: true, how: null }] };
  test('what could go is what the room says, with its step', () => {
    expect(couldGo(agenda(12, 20), near).map(({ step, how }) => [step.name, how])).toEqual([['Mood round', 'One word each.'], ['Work', null]]);
    expect(couldGo(agenda(12, 20), null)).toEqual([]);
  });
  test('the time that is left is said once the room says that the end is near', () => {
    expect(nearEndWords(agenda(11, 20), near, NOW)).toBe('11 minutes left until the planned end.');
    expect(nearEndWords(agenda(-2, 20), near, NOW)).toBe('The planned end has passed.');
    expect(nearEndWords(agenda(11, 20), null, NOW)).toBeUndefined();
  });
});

test('a step that is done twice can be put in once more, and is named once', () => {
  const view = agenda(30, 30);
  const [first] = view.steps;
  if (!first) throw new Error('the story has steps');
  expect(knownSteps({ ...view, steps: [first, ...view.steps] }).length).toBe(view.steps.length);
});
