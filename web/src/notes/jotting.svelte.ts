/**
 * What somebody jots down for themselves in a small circle. It is in this page's memory and nowhere else: no frame carries it and no
 * storage keeps it, until the person, back in the room, chooses to give it to everybody.
 */
import type { NoteRef, Refusal } from '../protocol/types';
import type { NoteLink } from './link';

/** As much as a page of paper holds; a giving of it fits one frame, whatever the letters. */
export const MOST_JOTTED = 4_000;

export class Jotting {
  words = $state('');
  /** On its way to everybody: the words are not to be changed meanwhile. */
  giving = $state(false);
  given = $state(false);
  refusal = $state.raw<Refusal | null>(null);

  /** The one flow there is. The words are let go of when the server has them, not before. */
  async give(link: Pick<NoteLink, 'open' | 'release'>, note: NoteRef, heading: string): Promise<void> {
    if (this.giving || this.words.trim() === '') return;
    this.giving = true;
    this.refusal = null;
    try {
      const { give } = await import('./give');
      this.refusal = await give(link, note, heading, this.words);
    } catch {
      this.refusal = { code: 'unavailable', sentence: '' }; // the part of the page that gives did not load
    }
    this.giving = false;
    if (this.refusal !== null) return;
    this.words = '';
    this.given = true;
  }

  drop(): void {
    this.words = '';
    this.refusal = null;
  }
}

const jottings = new WeakMap<NoteLink, Jotting>();

/** The one jotting of this line: pane and sheet show the same words. It ends with the line's page. */
export function jottingOf(link: NoteLink | undefined): Jotting {
  const known = link && jottings.get(link);
  if (known) return known;
  const jotting = new Jotting();
  if (link) jottings.set(link, jotting);
  return jotting;
}
