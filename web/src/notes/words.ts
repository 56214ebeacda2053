/**
 * The words inside Yjs updates, in the order in which they were typed.
 *
 * For handing back to somebody what the server did not take. Not for showing a document: what was typed and deleted again is in it.
 */
import * as Y from 'yjs';

/** The text that these updates insert. Where the typing jumped to another place, a new line begins. */
export function ownWords(updates: readonly Uint8Array[]): string {
  let words = '';
  let last: { client: number; clock: number } | null = null;
  for (const update of updates) {
    for (const struct of structsOf(update)) {
      if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentString)) continue;
      const follows = last !== null && struct.origin !== null && struct.origin.client === last.client && struct.origin.clock === last.clock;
      if (words !== '' && !follows) words += '\n';
      words += struct.content.str;
      last = { client: struct.id.client, clock: struct.id.clock + struct.length - 1 };
    }
  }
  return words.trim();
}

function structsOf(update: Uint8Array): readonly (Y.Item | Y.GC | Y.AbstractStruct)[] {
  try {
    return Y.decodeUpdate(update).structs;
  } catch {
    // Made by our own Yjs a moment ago; and if not, there are no words in it.
    return [];
  }
}
