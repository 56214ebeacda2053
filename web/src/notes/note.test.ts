import { beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { FRAGMENT, MOST_IN_FLIGHT, MOST_REFUSALS, MOST_UNSENT, Note } from './note';
import type { NoteOp } from './frame';
import type { Refusal } from '../protocol/types';

const course = { note: 'course' } as const;
const locked: Refusal = { code: 'note_locked', sentence: 'Locked.' };

/** One person's note, and the server's end of the line in the test's hand. */
class Desk {
  readonly said: { op: NoteOp; reference: number; payload: Uint8Array }[] = [];
  up = false;
  readonly note = new Note((op, reference, payload: Uint8Array = new Uint8Array()) => {
    if (this.up) this.said.push({ op, reference, payload });
    return this.up;
  });
  constructor(readonly server: Y.Doc) {}

  get doc() {
    return this.note.doc.value;
  }
  get state() {
    return this.note.state.value;
  }
  get text() {
    return this.doc.getXmlFragment(FRAGMENT).toJSON();
  }
  types(words: string) {
    const root = this.doc.getXmlFragment(FRAGMENT);
    this.doc.transact(() => {
      if (root.length === 0) root.insert(0, [new Y.XmlText()]);
      const text = root.get(0) as Y.XmlText;
      text.insert(text.length, words);
    });
  }
  comesUp() {
    this.up = true;
    this.note.up();
  }
  drops() {
    this.up = false;
    this.note.down();
  }
  opens() {
    this.comesUp();
    this.isAnswered();
  }
  /** The server answers the last opening with what the page lacks. */
  isAnswered() {
    const open = this.said.findLast(({ op }) => op === 'open');
    if (!open) throw new Error('nothing was opened');
    const known = open.payload.length === 0 ? undefined : open.payload;
    this.hears('state', open.reference, Y.encodeStateAsUpdate(this.server, known));
  }
  hears(op: NoteOp, reference: number, payload: Uint8Array = new Uint8Array()) {
    this.note.frame({ op, note: course, reference, payload });
  }
  get updates() {
    return this.said.filter(({ op }) => op === 'update');
  }
  /** The server takes every update not yet taken, and says so. */
  isSaved() {
    for (const { reference, payload } of this.updates) {
      Y.applyUpdate(this.server, payload);
      this.hears('saved', reference);
    }
  }
}

let server: Y.Doc;
let ana: Desk;
beforeEach(() => {
  server = new Y.Doc();
  ana = new Desk(server);
});

describe('opening', () => {
  it('an opening names the client id and, where there is nothing yet, no state', () => {
    ana.comesUp();
    expect(ana.said).toEqual([{ op: 'open', reference: ana.doc.clientID, payload: new Uint8Array() }]);
    expect(ana.state.phase).toBe('opening');
  });

  it('the answer brings what others wrote', () => {
    const ben = new Desk(server);
    ben.opens();
    ben.types('Ben was here');
    ben.isSaved();
    ana.opens();
    expect(ana.text).toBe('Ben was here');
    expect(ana.state).toMatchObject({ phase: 'open', saving: 'saved' });
  });

  it("an update that overtakes the opening's answer is left to the answer", () => {
    const ben = new Desk(server);
    ben.opens();
    ben.types('one ');
    ben.isSaved();
    ana.comesUp();
    ben.types('two');
    ana.hears('update', 0, ben.updates.at(-1)?.payload);
    ben.isSaved();
    expect(ana.text).toBe('');
    expect(ana.doc.store.pendingStructs).toBeNull();
    ana.isAnswered();
    expect(ana.text).toBe('one two');
    expect(ana.doc.store.pendingStructs).toBeNull();
  });

  it('what cannot be opened says so, and the next line tries again', () => {
    ana.comesUp();
    ana.note.refused(0, locked);
    expect(ana.state).toMatchObject({ phase: 'stopped', refusal: locked });
    ana.drops();
    ana.opens();
    expect(ana.state).toMatchObject({ phase: 'open', refusal: null });
  });
});

describe('saving', () => {
  beforeEach(() => ana.opens());

  it('a change goes out at once under a growing number', () => {
    ana.types('a');
    ana.types('b');
    expect(ana.updates.map(({ reference }) => reference)).toEqual([1, 2]);
  });

  it('it is saved when the newest change is saved, and not before', () => {
    ana.types('a');
    ana.types('b');
    expect(ana.state.saving).toBe('saving');
    ana.hears('saved', 1);
    expect(ana.state.saving).toBe('saving');
    ana.hears('saved', 2);
    expect(ana.state.saving).toBe('saved');
  });

  it('what came from the server is not sent back to it', () => {
    const ben = new Desk(server);
    ben.opens();
    ben.types('from Ben');
    ana.hears('update', 0, ben.updates[0]?.payload);
    expect(ana.text).toBe('from Ben');
    expect(ana.updates).toEqual([]);
    expect(ana.state.saving).toBe('saved');
  });

  it('what an editor tidies up while the person may not write is not sent', () => {
    ana.note.writable = false;
    ana.types('tidied');
    expect(ana.updates).toEqual([]);
    expect(ana.note.settled).toBe(true);
  });

  it('only so many changes are on their way at a time, in their order', () => {
    for (let i = 0; i < MOST_IN_FLIGHT + 5; i += 1) ana.types('x');
    expect(ana.updates).toHaveLength(MOST_IN_FLIGHT);
    ana.hears('saved', 5);
    expect(ana.updates.map(({ reference }) => reference)).toEqual(Array.from({ length: MOST_IN_FLIGHT + 5 }, (_, i) => i + 1));
  });

  it('the pen is put down when too much is unsent', () => {
    ana.drops();
    for (let i = 0; i < MOST_UNSENT; i += 1) ana.types('x');
    expect(ana.state.full).toBe(true);
    ana.opens();
    for (let i = 0; i < MOST_UNSENT / MOST_IN_FLIGHT; i += 1) ana.hears('saved', ana.updates.at(-1)?.reference ?? 0);
    expect(ana.state).toMatchObject({ full: false, saving: 'saved' });
    expect(ana.updates).toHaveLength(MOST_UNSENT);
  });
});

describe('a dropped line', () => {
  it('words written meanwhile wait, and go out under their own numbers after the answer', () => {
    ana.opens();
    ana.types('before ');
    ana.drops();
    ana.types('meanwhile');
    expect(ana.state.saving).toBe('unsent');
    ana.said.length = 0;

    ana.comesUp();
    expect(ana.said).toHaveLength(1);
    expect(ana.said[0]).toMatchObject({ op: 'open', reference: ana.doc.clientID });
    expect(Y.decodeStateVector(ana.said[0]?.payload ?? new Uint8Array()).get(ana.doc.clientID)).toBeGreaterThan(0);
    ana.isAnswered();
    expect(ana.updates.map(({ reference }) => reference)).toEqual([1, 2]);
    ana.isSaved();
    expect(server.getXmlFragment(FRAGMENT).toJSON()).toBe('before meanwhile');
    expect(ana.state.saving).toBe('saved');
  });

  it('a change that was saved although we never heard of it changes nothing the second time', () => {
    ana.opens();
    ana.types('once');
    Y.applyUpdate(server, ana.updates[0]?.payload ?? new Uint8Array());
    ana.drops();
    ana.opens();
    ana.isSaved();
    expect(server.getXmlFragment(FRAGMENT).toJSON()).toBe('once');
    expect(ana.state.saving).toBe('saved');
  });

  it('two who wrote while both lines were down end with the same text', () => {
    const ben = new Desk(server);
    ana.opens();
    ana.types('.');
    ana.isSaved();
    ben.opens();
    ana.drops();
    ben.drops();
    ana.types('ana');
    ben.types('ben');
    ana.opens();
    ana.isSaved();
    ben.opens();
    ben.isSaved();
    ana.drops();
    ana.opens();
    expect(ana.text).toBe(ben.text);
    expect(ana.text).toContain('ana');
    expect(ana.text).toContain('ben');
  });

  it('only the answer to the last of several openings is taken', () => {
    ana.comesUp();
    ana.note.loadAgain();
    const early = Y.encodeStateAsUpdate(server);
    ana.hears('state', 0, early);
    expect(ana.state.phase).toBe('opening');
    ana.hears('state', 0, early);
    expect(ana.state.phase).toBe('open');
  });
});

describe('a refused change', () => {
  beforeEach(() => {
    ana.opens();
    ana.types('kept. ');
    ana.isSaved();
    ana.said.length = 0;
  });

  it('drops the document, opens anew under another id, and hands the words back', () => {
    const before = ana.doc;
    ana.types('lost ');
    ana.types('words');
    ana.note.refused(2, locked);
    expect(ana.doc).not.toBe(before);
    expect(ana.doc.clientID).not.toBe(before.clientID);
    expect(ana.said.at(-1)).toEqual({ op: 'open', reference: ana.doc.clientID, payload: new Uint8Array() });
    expect(ana.state).toMatchObject({ phase: 'opening', saving: 'saved', refusal: locked, keptWords: 'lost words' });
    ana.isAnswered();
    expect(ana.text).toBe('kept. ');
    expect(ana.state.phase).toBe('open');
  });

  it('refusals of what rested on it are the same refusal', () => {
    ana.types('lost ');
    ana.types('words');
    ana.note.refused(2, locked);
    const after = ana.doc;
    ana.note.refused(3, locked);
    expect(ana.doc).toBe(after);
    expect(ana.said.filter(({ op }) => op === 'open')).toHaveLength(1);
  });

  it('again and again, it stops and waits for the person', () => {
    for (let i = 0; i < MOST_REFUSALS; i += 1) {
      ana.types('no');
      ana.note.refused(ana.updates.at(-1)?.reference ?? 0, locked);
      if (i < MOST_REFUSALS - 1) ana.isAnswered();
    }
    expect(ana.state.phase).toBe('stopped');
    const openings = ana.said.filter(({ op }) => op === 'open').length;
    ana.drops();
    ana.comesUp();
    expect(ana.said.filter(({ op }) => op === 'open')).toHaveLength(openings);
    ana.note.loadAgain();
    ana.isAnswered();
    expect(ana.state.phase).toBe('open');
  });

  it('words handed back stay until they are put away', () => {
    ana.types('first');
    ana.note.refused(2, locked);
    ana.isAnswered();
    ana.types('second');
    ana.note.refused(3, locked);
    expect(ana.state.keptWords).toBe('first\n\nsecond');
    ana.note.putWordsAway();
    expect(ana.state).toMatchObject({ keptWords: '', refusal: null });
  });

  it('a change too large for one message is never sent, and its words are handed back', async () => {
    const book = 'word '.repeat(14_000);
    ana.types(book);
    await Promise.resolve();
    expect(ana.updates).toEqual([]);
    expect(ana.state.keptWords.startsWith('word word')).toBe(true);
    expect(ana.state.phase).toBe('opening');
  });
});

describe('hostile bytes', () => {
  it('the 27 bytes that hang another merge do not hang us', () => {
    ana.opens();
    const bytes = '00010000000001000100010200001602000001fdffffffff7f0000';
    ana.hears('update', 0, Uint8Array.from(bytes.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
    ana.types('still here');
    expect(ana.text).toContain('still here');
  });

  it('bytes that are no update load the note anew', () => {
    ana.opens();
    const before = ana.doc;
    ana.hears('update', 0, new Uint8Array([255, 255, 255]));
    expect(ana.doc).not.toBe(before);
  });

  it('an update that rests on what we lack asks for the rest', () => {
    const ben = new Desk(server);
    ben.opens();
    ben.types('one ');
    ben.types('two');
    ana.opens();
    ana.said.length = 0;
    ana.hears('update', 0, ben.updates[1]?.payload);
    expect(ana.said.map(({ op }) => op)).toEqual(['open']);
    ben.isSaved();
    ana.isAnswered();
    expect(ana.text).toBe('one two');
  });
});

describe('taking back', () => {
  it('leaves no copy in this page, not even for undo', () => {
    ana.opens();
    ana.types('mine');
    ana.isSaved();
    const before = ana.doc;
    ana.note.forget();
    expect(ana.doc).not.toBe(before);
    expect(ana.text).toBe('');
  });
});
