import { describe, expect, it } from 'vitest';
import { MOST_PASTED_CHARACTERS, sliceOf } from './paste';
import { schema } from './schema';

const lines = (text: string) => {
  const slice = sliceOf(text);
  return Array.from({ length: slice.content.childCount }, (_, index) => slice.content.child(index).textContent);
};

describe('pasted text', () => {
  it('becomes one paragraph a line', () => {
    expect(lines('one\ntwo\r\nthree\rfour')).toEqual(['one', 'two', 'three', 'four']);
  });
  it('keeps at most one empty line', () => {
    expect(lines('one\n\n\n\ntwo')).toEqual(['one', '', 'two']);
  });
  it('of one line joins the paragraph it is pasted into', () => {
    const slice = sliceOf('word');
    expect([slice.openStart, slice.openEnd]).toEqual([1, 1]);
  });
  it('loses control characters and looks like markup at most', () => {
    expect(lines('a\u0000b\u001b[31mc\t<b>d</b>')).toEqual(['ab[31mc <b>d</b>']);
  });
  it('is taken up to its bound', () => {
    expect(lines('x'.repeat(MOST_PASTED_CHARACTERS + 1))[0]).toHaveLength(MOST_PASTED_CHARACTERS);
  });
  it('always fits the schema', () => {
    for (const text of ['', '\n', '\n\n', ' ', 'a\n']) {
      expect(() => schema.node('doc', null, sliceOf(text).content.childCount ? sliceOf(text).content : undefined).check()).not.toThrow();
    }
  });
});
