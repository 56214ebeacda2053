import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { allFiles, Asking, copied, faultyLines, isPackId, lineRange, opened, toSend, written } from './draft';

const READ = {
  id: 'group-ipt-8',
  own: false,
  digest: 'abc',
  files: [
    { name: 'pack.toml', text: '# a pack\nid = "group-ipt-8"\nversion = "1.0.0"\n' },
    { name: 'text/en.toml', text: 'title = "A pack"' },
  ],
  shared: [{ name: 'shared/group/steps.toml', text: 'steps' }],
};

describe('a copy', () => {
  test('has another name, also inside, and is based on nothing', () => {
    const copy = copied(READ, 'ours');
    expect(copy.files[0]?.text).toContain('id = "ours"');
    expect(copy.files[1]).toEqual(READ.files[1]);
    expect(toSend(copy)).toEqual({ id: 'ours', files: copy.files, based_on: null });
    expect(opened(READ).basedOn).toBe('abc');
  });
  test('is named as a folder may be called', () => {
    for (const fine of ['ours', 'group-8', '8']) expect(isPackId(fine)).toBe(true);
    for (const wrong of ['', 'Ours', '-x', 'a/b', '..', 'a'.repeat(65)]) expect(isPackId(wrong)).toBe(false);
  });
});

test('a shared file becomes the pack’s own once it is changed, and is sent only then', () => {
  const draft = opened(READ);
  expect(allFiles(draft).map((file) => file.name)).toEqual(['pack.toml', 'text/en.toml', 'shared/group/steps.toml']);
  expect(toSend(draft).files.length).toBe(2);
  const changed = written(draft, 'shared/group/steps.toml', 'mine');
  expect(toSend(changed).files[2]).toEqual({ name: 'shared/group/steps.toml', text: 'mine' });
  expect(allFiles(changed).length).toBe(3);
});

test('a line is found by its number', () => {
  const text = 'one\ntwo\n\nfour';
  expect([1, 2, 3, 4, 9].map((line) => text.slice(...lineRange(text, line)))).toEqual(['one', 'two', '', 'four', 'four']);
});

test('faults stand on the lines of their own file', () => {
  const fault = (file: string, line: number | null) => ({ file, line, fault: '', hint: '' });
  expect([...faultyLines([fault('a', 3), fault('b', 4), fault('a', null), fault('a', 3)], 'a')]).toEqual([3]);
});

describe('the server is asked', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('once nothing was typed for a while, and about the last word', async () => {
    const ask = vi.fn((question: string) => Promise.resolve(question));
    const told = vi.fn();
    const asking = new Asking(ask, told, () => undefined, 400);
    asking.typed('a');
    await vi.advanceTimersByTimeAsync(399);
    asking.typed('ab');
    await vi.advanceTimersByTimeAsync(399);
    expect(ask).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ask.mock.calls).toEqual([['ab']]);
    expect(told).toHaveBeenCalledWith('ab');
  });

  test('and an answer that comes late is not heard', async () => {
    const answers: ((value: string) => void)[] = [];
    const told = vi.fn();
    const asking = new Asking(() => new Promise<string>((resolve) => answers.push(resolve)), told, () => undefined, 1);
    asking.typed('first');
    await vi.advanceTimersByTimeAsync(1);
    asking.typed('second');
    await vi.advanceTimersByTimeAsync(1);
    answers[1]?.('to the second');
    answers[0]?.('to the first');
    await vi.advanceTimersByTimeAsync(0);
    expect(told.mock.calls).toEqual([['to the second']]);
  });
});
