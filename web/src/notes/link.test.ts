import { beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Cell } from '../protocol/watched';
import type { Line, NoteRefusal } from '../protocol/connection';
import { readFrame, writeFrame, type NoteFrame } from './frame';
import { NoteLink } from './link';
import { FRAGMENT } from './note';

const session = { note: 'session', session: 2 } as const;
const course = { note: 'course' } as const;
const nothing = new Uint8Array();

class FakeLine {
  readonly line = new Cell<Line>({ state: 'live' });
  readonly sent: NoteFrame[] = [];
  hear: (frame: Uint8Array) => void = () => {};
  hearRefused: (refused: NoteRefusal) => void = () => {};
  act = () => Promise.resolve({ seq: 1 });
  sendNote(frame: Uint8Array<ArrayBuffer>) {
    const read = readFrame(frame);
    if (this.line.value.state !== 'live' || !read) return false;
    this.sent.push(read);
    return true;
  }
  onNoteFrame(hear: (frame: Uint8Array) => void) {
    this.hear = hear;
    return () => {
      this.hear = () => {};
    };
  }
  onNoteRefused(hear: (refused: NoteRefusal) => void) {
    this.hearRefused = hear;
    return () => {};
  }
  says(frame: Partial<NoteFrame> & Pick<NoteFrame, 'op' | 'note'>) {
    this.hear(writeFrame({ reference: 0, payload: nothing, ...frame }));
  }
  drops() {
    this.line.set({ state: 'dropped', since: 0, tries: 1 });
  }
}

const write = (doc: Y.Doc) => doc.getXmlFragment(FRAGMENT).insert(0, [new Y.XmlText('word')]);
const empty = Y.encodeStateAsUpdate(new Y.Doc());

let line: FakeLine;
let link: NoteLink;
beforeEach(() => {
  line = new FakeLine();
  link = new NoteLink(line);
});

describe('the notes of a room', () => {
  it('two panes that show the same note share one document', async () => {
    const [one, two] = [await link.open(course), await link.open(course)];
    expect(one).toBe(two);
    expect(line.sent.map(({ op }) => op)).toEqual(['open']);
  });

  it('a frame reaches its own note and no other', async () => {
    const [shared, lasting] = [await link.open(session), await link.open(course)];
    line.says({ op: 'state', note: session, payload: empty });
    expect(shared.state.value.phase).toBe('open');
    expect(lasting.state.value.phase).toBe('opening');
    line.says({ op: 'state', note: { note: 'session', session: 3 }, payload: empty });
    expect(lasting.state.value.phase).toBe('opening');
  });

  it('a note nobody looks at is closed', async () => {
    await link.open(course);
    await link.open(course);
    link.release(course);
    expect(line.sent.map(({ op }) => op)).toEqual(['open']);
    link.release(course);
    expect(line.sent.map(({ op }) => op)).toEqual(['open', 'close']);
  });

  it('a note with words still on their way stays open until they are saved', async () => {
    const note = await link.open(course);
    line.says({ op: 'state', note: course, payload: empty });
    write(note.doc.value);
    link.release(course);
    expect(link.unsaved).toBe(true);
    expect(line.sent.map(({ op }) => op)).toEqual(['open', 'update']);
    line.says({ op: 'saved', note: course, reference: 1 });
    expect(line.sent.map(({ op }) => op)).toEqual(['open', 'update', 'close']);
    expect(link.unsaved).toBe(false);
  });

  it('turning back to a note in time finds the same words', async () => {
    const note = await link.open(course);
    line.says({ op: 'state', note: course, payload: empty });
    line.drops();
    write(note.doc.value);
    link.release(course);
    expect(await link.open(course)).toBe(note);
    line.line.set({ state: 'live' });
    line.says({ op: 'state', note: course, payload: empty });
    line.says({ op: 'saved', note: course, reference: 1 });
    expect(line.sent.map(({ op }) => op)).toEqual(['open', 'open', 'update']);
  });

  it('after a drop every open note is opened anew', async () => {
    await link.open(course);
    await link.open(session);
    line.drops();
    line.line.set({ state: 'live' });
    expect(line.sent.map(({ op, note }) => [op, note.note])).toEqual([
      ['open', 'course'],
      ['open', 'session'],
      ['open', 'course'],
      ['open', 'session'],
    ]);
  });
});
