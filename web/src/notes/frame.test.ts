import { describe, expect, it } from 'vitest';
import { noteKey, readFrame, writeFrame, type NoteOp } from './frame';
import type { NoteRef } from '../protocol/types';

const notes: NoteRef[] = [{ note: 'course' }, { note: 'session', session: 3 }, { note: 'facilitators', session: 65_535 }];
const ops: NoteOp[] = ['open', 'state', 'update', 'saved', 'close'];

describe('note frames', () => {
  it('a frame reads back as written', () => {
    for (const note of notes) {
      for (const op of ops) {
        const frame = { op, note, reference: 0xdead_beef, payload: new Uint8Array([1, 2, 3]) };
        expect(readFrame(writeFrame(frame))).toEqual(frame);
      }
    }
  });

  it('the bytes are those of the wire', () => {
    const frame = { op: 'update', note: { note: 'facilitators', session: 258 }, reference: 7, payload: new Uint8Array([9]) } as const;
    expect([...writeFrame(frame)]).toEqual([3, 2, 1, 2, 0, 0, 0, 7, 9]);
  });

  it.each([
    [[1, 0, 0]],
    [[9, 0, 0, 0, 0, 0, 0, 0]],
    [[0, 0, 0, 0, 0, 0, 0, 0]],
    [[1, 3, 0, 1, 0, 0, 0, 0]],
    [[1, 1, 0, 0, 0, 0, 0, 0]],
    [[1, 0, 0, 1, 0, 0, 0, 0]],
  ])('rubbish %j is no frame', (bytes) => {
    expect(readFrame(new Uint8Array(bytes))).toBeNull();
  });

  it('a frame inside a larger buffer is read where it lies', () => {
    const whole = new Uint8Array([255, 255, ...writeFrame({ op: 'saved', note: notes[1] as NoteRef, reference: 5, payload: new Uint8Array() })]);
    expect(readFrame(whole.subarray(2))).toMatchObject({ op: 'saved', reference: 5, note: { session: 3 } });
  });

  it('every note has a key of its own', () => {
    expect(new Set([...notes, { note: 'session', session: 65_535 } as NoteRef].map(noteKey)).size).toBe(4);
  });
});
