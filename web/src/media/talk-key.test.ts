// @vitest-environment jsdom
import { beforeEach, expect, test } from 'vitest';
import { TalkKey, type Pressed } from './talk-key';

let said: boolean[] = [];
let key: TalkKey;
beforeEach(() => {
  said = [];
  key = new TalkKey((talks) => void said.push(talks));
  document.body.innerHTML = '<p></p><button></button><textarea></textarea><input /><input type="checkbox" /><div contenteditable="true"><b></b></div>';
});
const press = (target: string, change: Partial<Pressed> = {}): void => key.down({ code: 'KeyT', repeat: false, altKey: false, ctrlKey: false, metaKey: false, target: document.querySelector(target), ...change });

test('one is heard while the key is held, and not after', () => {
  press('p');
  press('p', { repeat: true });
  key.up({ code: 'KeyT' });
  expect(said).toEqual([true, false]);
});

test('while somebody writes a letter is a letter', () => {
  for (const target of ['textarea', 'input', 'b']) press(target);
  expect(said).toEqual([]);
  for (const target of ['button', '[type=checkbox]']) {
    press(target);
    key.up();
  }
  expect(said).toEqual([true, false, true, false]);
});

test('other keys and other hands mean nothing', () => {
  press('p', { code: 'KeyR' });
  for (const with_ of ['altKey', 'ctrlKey', 'metaKey'] as const) press('p', { [with_]: true });
  expect(said).toEqual([]);
});

test('a window that loses the keyboard leaves no microphone open', () => {
  press('p');
  key.up({ code: 'KeyR' });
  key.up();
  key.up();
  expect(said).toEqual([true, false]);
});
