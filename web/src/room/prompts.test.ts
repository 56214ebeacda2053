import { describe, expect, test } from 'vitest';
import { findPrompts, keyOf, wholeLibrary } from './prompts';

const LIBRARY = [
  { prompt: 'a', text: 'Ask what came first.', say: 'What came first this week?', used: false },
  { prompt: 'b', text: 'Nombra lo que falta.', say: '¿Qué echas de menos?', used: true },
  { prompt: 'c', text: 'Leave a silence.', say: null, used: false },
];
const found = (sought: string): string[] => findPrompts(LIBRARY, sought).map(({ prompt }) => prompt);

describe('the library', () => {
  test('is found by any words of either sentence, in any order', () => {
    expect(found('')).toEqual(['a', 'b', 'c']);
    expect(found(' week FIRST ')).toEqual(['a']);
    expect(found('que')).toEqual(['b']);
    expect(found('first silence')).toEqual([]);
  });
});

test('this step’s prompts stand before the pack’s others, each once', () => {
  const [first, second, third] = LIBRARY;
  if (!first || !second || !third) throw new Error('three prompts');
  expect(wholeLibrary([second], [first, { ...second, used: false }, third])).toEqual([second, first, third]);
});

describe('one key shows a prompt to the group', () => {
  const press = (key: string, more: object = {}) => keyOf({ key, altKey: false, ctrlKey: false, metaKey: false, repeat: false, target: null, ...more });
  test('1 and 2 mean the two that are offered', () => {
    expect([press('1'), press('2'), press('3'), press('a')]).toEqual([0, 1, undefined, undefined]);
  });
  test('but not while somebody writes, holds another key, or keeps it down', () => {
    expect(press('1', { target: { tagName: 'TEXTAREA' } })).toBeUndefined();
    expect(press('1', { target: { tagName: 'DIV', isContentEditable: true } })).toBeUndefined();
    expect(press('1', { ctrlKey: true })).toBeUndefined();
    expect(press('1', { repeat: true })).toBeUndefined();
  });
});
