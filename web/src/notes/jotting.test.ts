import { beforeEach, expect, it } from 'vitest';
import * as Y from 'yjs';
import type { NoteRef, Refusal } from '../protocol/types';
import { MOST_PAYLOAD_BYTES, type NoteOp } from './frame';
import { Jotting, MOST_JOTTED } from './jotting.svelte';
import { FRAGMENT, Note } from './note';

const together: NoteRef = { note: 'session', session: 1 };
const locked: Refusal = { code: 'note_locked', sentence: 'Locked.' };
const turns = () => new Promise((go) => setTimeout(go));

let said: { op: NoteOp; reference: number; payload: Uint8Array }[];
let note: Note;
let opened: number;
let released: number;
let server: Y.Doc;
let jotting: Jotting;
const link = {
  open: () => {
    opened += 1;
    note.up();
    return Promise.resolve(note);
  },
  release: () => {
    released += 1;
  },
};
const hears = (op: NoteOp, reference: number, payload: Uint8Array = new Uint8Array()) => note.frame({ op, note: together, reference, payload });
const updates = () => said.filter(({ op }) => op === 'update');
/** The shared note is opened; others' words are in it. */
const answers = () => hears('state', 0, Y.encodeStateAsUpdate(server));
const reads = () => server.getXmlFragment(FRAGMENT).toString();

beforeEach(async () => {
  // Loaded once, so that a turn of the loop is enough afterwards.
  await import('./give');
  said = [];
  opened = released = 0;
  note = new Note((op, reference, payload = new Uint8Array()) => {
    said.push({ op, reference, payload });
    return true;
  });
  server = new Y.Doc();
  const others = new Y.XmlElement('paragraph');
  others.insert(0, [new Y.XmlText('Ben was here')]);
  server.getXmlFragment(FRAGMENT).insert(0, [others]);
  jotting = new Jotting();
  jotting.words = 'I was afraid.\n\n  And I said so. ';
});

it('before the choice nothing is opened and nothing is said', async () => {
  jotting.words += ' More.';
  await turns();
  expect([opened, said]).toEqual([0, []]);
  jotting.drop();
  await turns();
  expect([opened, said, jotting.words]).toEqual([0, [], '']);
});

it('what is given stands below what is there, in one change, under the client id of the opening', async () => {
  const giving = jotting.give(link, together, 'From a small circle');
  await turns();
  answers();
  await turns();
  expect(updates()).toHaveLength(1);
  const [{ reference, payload }] = updates() as [(typeof said)[number]];
  const clients = new Set(Y.decodeUpdate(payload).structs.map(({ id }) => id.client));
  expect([...clients]).toEqual([said.find(({ op }) => op === 'open')?.reference]);
  Y.applyUpdate(server, payload);
  expect(reads()).toBe(
    '<paragraph>Ben was here</paragraph><heading level="1">From a small circle</heading><paragraph>I was afraid.</paragraph><paragraph>And I said so.</paragraph>',
  );
  expect(jotting).toMatchObject({ giving: true, given: false });
  expect(jotting.words).not.toBe('');
  hears('saved', reference);
  await giving;
  expect(jotting).toMatchObject({ giving: false, given: true, words: '', refusal: null });
  expect(released).toBe(1);
});

it('a locked note takes nothing, says why, and no word is lost', async () => {
  const words = jotting.words;
  const giving = jotting.give(link, together, 'From a small circle');
  await turns();
  answers();
  await turns();
  note.refused(updates()[0]?.reference ?? -1, locked);
  await giving;
  expect(jotting).toMatchObject({ giving: false, given: false, words, refusal: locked });
  expect(released).toBe(1);
});

it('a note that cannot be opened takes nothing either', async () => {
  const words = jotting.words;
  const giving = jotting.give(link, together, 'From a small circle');
  await turns();
  note.refused(0, locked);
  await giving;
  expect(jotting).toMatchObject({ given: false, words, refusal: locked });
  expect(updates()).toEqual([]);
});

it('pressed twice, it is given once', async () => {
  void jotting.give(link, together, 'From a small circle');
  void jotting.give(link, together, 'From a small circle');
  await turns();
  answers();
  await turns();
  expect([opened, updates().length]).toEqual([1, 1]);
});

it.each(['語\n', '語'])('the most that can be jotted fits one frame (%j)', async (letters) => {
  jotting.words = letters.repeat(MOST_JOTTED / letters.length);
  void jotting.give(link, together, 'From a small circle');
  await turns();
  answers();
  await turns();
  expect(updates()).toHaveLength(1);
  expect(updates()[0]?.payload.byteLength).toBeLessThan(MOST_PAYLOAD_BYTES);
});
