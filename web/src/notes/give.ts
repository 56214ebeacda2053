/**
 * Giving: words that were only on this page are appended to a shared note.
 *
 * They go the way of everything that is typed there: under this page's own client id, so that they are their author's and "Take back
 * what I wrote" takes them away. One change, hence one frame: all of it is taken, or none.
 */
import * as Y from 'yjs';
import type { NoteRef, Refusal } from '../protocol/types';
import type { NoteLink } from './link';
import { FRAGMENT, type Note } from './note';

/** Paragraphs in one giving; what is left joins the last one. With `MOST_JOTTED` it keeps a giving under one frame. */
export const MOST_PARAGRAPHS = 200;

/** Null when the server has made it durable; otherwise why it was not taken. */
export async function give(link: Pick<NoteLink, 'open' | 'release'>, ref: NoteRef, heading: string, words: string): Promise<Refusal | null> {
  const note = await link.open(ref);
  try {
    const refused = await until(note, ({ phase }) => phase === 'open');
    if (refused) return refused;
    // A desk that was closed may have left the pen down. Whether this person may write is the server's word in any case.
    note.writable = true;
    append(note.doc.value, heading, words);
    return await until(note, () => note.settled);
  } finally {
    link.release(ref);
  }
}

function append(doc: Y.Doc, heading: string, words: string): void {
  const root = doc.getXmlFragment(FRAGMENT);
  const blocks = [element('heading', heading), ...paragraphs(words).map((line) => element('paragraph', line))];
  doc.transact(() => root.insert(root.length, blocks));
}

function element(name: 'heading' | 'paragraph', text: string): Y.XmlElement {
  const block = new Y.XmlElement<{ level: number }>(name);
  if (name === 'heading') block.setAttribute('level', 1);
  block.insert(0, [new Y.XmlText(text)]);
  return block as unknown as Y.XmlElement;
}

function paragraphs(words: string): string[] {
  const lines = words.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const rest = lines.slice(MOST_PARAGRAPHS - 1);
  return [...lines.slice(0, MOST_PARAGRAPHS - 1), ...(rest.length > 0 ? [rest.join(' ')] : [])];
}

/** Waits for the note; a refusal that comes meanwhile ends the waiting. */
function until(note: Note, reached: (state: Note['state']['value']) => boolean): Promise<Refusal | null> {
  const before = note.state.value.refusal;
  return new Promise((resolve) => {
    const look = (state: Note['state']['value']): boolean => {
      const stopped = state.phase === 'stopped';
      if (state.refusal !== null && (state.refusal !== before || stopped)) resolve(state.refusal);
      else if (stopped) resolve({ code: 'note_refused', sentence: '' });
      else if (reached(state)) resolve(null);
      else return false;
      return true;
    };
    if (look(note.state.value)) return;
    const stop = note.state.subscribe((state) => {
      if (look(state)) queueMicrotask(() => stop());
    });
  });
}
