// Invented notes for stories: a line of notes that ends in this page, with something already written on it. Nothing here ships.
import * as Y from 'yjs';
import { readFrame, writeFrame } from '../notes/frame';
import { NoteLink } from '../notes/link';
import { FRAGMENT } from '../notes/note';
import { Cell } from '../protocol/watched';
import type { NoteRef } from '../protocol/types';

type Block = readonly ['heading', string] | readonly ['list', ...string[]] | readonly ['paragraph', string];

const WRITTEN: Record<NoteRef['note'], readonly Block[]> = {
  session: [
    ['heading', 'What we heard this week'],
    ['list', 'Ben: 6. The walk on Sunday helped, the phone call did not.', 'Ana: 3. First week back at work.'],
    ['heading', 'To come back to'],
    ['list', 'How to say no without a long explanation', 'Evenings alone'],
  ],
  course: [['paragraph', 'We meet on Thursdays at seven.']],
  facilitators: [['paragraph', 'Farid: ask after the session how he is getting home.']],
};

function written(blocks: readonly Block[]): Y.Doc {
  const doc = new Y.Doc();
  const element = (name: string, ...children: (Y.XmlElement | Y.XmlText)[]): Y.XmlElement => {
    const made = new Y.XmlElement(name);
    made.insert(0, children);
    return made;
  };
  doc.getXmlFragment(FRAGMENT).insert(
    0,
    blocks.map(([kind, ...lines]) => {
      if (kind !== 'list') return element(kind, ...lines.map((line) => new Y.XmlText(line)));
      return element('bullet_list', ...lines.map((line) => element('list_item', element('paragraph', new Y.XmlText(line)))));
    }),
  );
  return doc;
}

/** Notes that open with what was written, and save whatever is typed. */
export function storyNotes(): NoteLink {
  let hear: (frame: Uint8Array) => void = () => undefined;
  return new NoteLink({
    line: new Cell({ state: 'live' as const }),
    act: () => Promise.resolve({ seq: 1 }),
    onNoteFrame: (listener) => {
      hear = listener;
      return () => undefined;
    },
    onNoteRefused: () => () => undefined,
    sendNote: (bytes) => {
      const frame = readFrame(bytes);
      if (frame?.op === 'open') queueMicrotask(() => hear(writeFrame({ ...frame, op: 'state', payload: Y.encodeStateAsUpdate(written(WRITTEN[frame.note.note])) })));
      if (frame?.op === 'update') queueMicrotask(() => hear(writeFrame({ ...frame, op: 'saved', payload: new Uint8Array() })));
      return true;
    },
  });
}
