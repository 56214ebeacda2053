import { expect, test } from 'vitest';
import type { AgendaView } from '../protocol/types';
import { PassedSteps } from './passed-steps';

const at = (current: number | null): AgendaView => ({ current }) as unknown as AgendaView;
/** What is known of the first steps after these views. */
function known(steps: number, ...views: (number | null | 'missed')[]): string[] {
  let passed = new PassedSteps();
  let missed = false;
  for (const view of views) {
    if (view === 'missed') missed = true;
    else {
      passed = passed.after(1, at(view), missed);
      missed = false;
    }
  }
  return Array.from({ length: steps }, (_, step) => passed.of(step));
}

test('steps that were the current one, one after the other, were held', () => {
  expect(known(3, null, 0, 1, 2)).toEqual(['held', 'held', 'held']);
});

test('steps that somebody went past were not held', () => {
  expect(known(5, null, 0, 1, 4)).toEqual(['held', 'held', 'passed_by', 'passed_by', 'held']);
});

test('a page that came later does not know what was before', () => {
  expect(known(4, 2, 3)).toEqual(['unknown', 'unknown', 'held', 'held']);
});

test('what happened while the line was down is not known either', () => {
  expect(known(5, null, 0, 'missed', 3, 4)).toEqual(['held', 'unknown', 'unknown', 'held', 'held']);
});

test('who goes back and on again forgets nothing', () => {
  expect(known(4, null, 0, 1, 2, 0, 3)).toEqual(['held', 'held', 'held', 'held']);
});

test('what is not known does not become known by going back and on again', () => {
  expect(known(4, 2, 0, 3)).toEqual(['held', 'unknown', 'held', 'held']);
});

test('another session begins with nothing known', () => {
  const first = new PassedSteps().after(1, at(null), false).after(1, at(0), false);
  expect(first.after(2, at(null), false).of(0)).toBe('unknown');
});
