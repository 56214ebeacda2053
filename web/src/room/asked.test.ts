import { expect, test } from 'vitest';
import { askedFor } from './asked';

test('who only asked to speak is not read as having said what for', () => {
  expect(askedFor('share')).toBeUndefined();
  expect(askedFor('question')).toBe('A question');
});
