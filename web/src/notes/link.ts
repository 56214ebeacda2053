/**
 * The notes of one room on one connection: which are open, and which frame belongs to which.
 *
 * A note lives here and not in the pane that shows it, so that turning to another tab, or closing a sheet on a phone, loses no word
 * that is still on its way. The documents themselves (and with them Yjs) are loaded when the first note is opened.
 */
import type { ActResult, Line, NoteRefusal } from '../protocol/connection';
import type { Action, NoteRef, Refusal } from '../protocol/types';
import type { Stop, Watched } from '../protocol/watched';
import { noteKey, readFrame, writeFrame, type NoteFrame, type NoteOp } from './frame';
import type { Note } from './note';

/** What the notes ask of a connection. */
export interface NoteLine {
  readonly line: Watched<Line>;
  act(action: Action): Promise<ActResult>;
  sendNote(frame: Uint8Array<ArrayBuffer>): boolean;
  onNoteFrame(hear: (frame: Uint8Array) => void): Stop;
  onNoteRefused(hear: (refused: NoteRefusal) => void): Stop;
}

/** What a note hears. */
export interface NoteEars {
  /** The line is up: everything that was open must be opened anew. */
  up(): void;
  down(): void;
  frame(frame: NoteFrame): void;
  refused(reference: number, refusal: Refusal): void;
  /** A promise about the note's text: nothing is on its way to the server any more. */
  readonly settled: boolean;
  onSettled(run: () => void): Stop;
  destroy(): void;
}

/** How a note speaks. */
export type NoteSend = (op: NoteOp, reference: number, payload?: Uint8Array) => boolean;

interface Kept {
  readonly note: Note;
  users: number;
  /** Nobody looks at it any more; it goes as soon as its last words are saved. */
  waiting: Stop | null;
}

const NOTHING = new Uint8Array();

export class NoteLink {
  readonly #connection: NoteLine;
  readonly #notes = new Map<string, Kept>();
  readonly #stops: Stop[];
  #live = false;
  #closed = false;

  constructor(connection: NoteLine) {
    this.#connection = connection;
    this.#stops = [
      connection.line.subscribe((line) => this.#lineIs(line.state === 'live')),
      connection.onNoteFrame((bytes) => {
        const frame = readFrame(bytes);
        if (frame !== null) this.#notes.get(noteKey(frame.note))?.note.frame(frame);
      }),
      connection.onNoteRefused(({ note, reference, refusal }) => {
        this.#notes.get(noteKey(note))?.note.refused(reference, refusal);
      }),
    ];
  }

  /** The note, opened; every opening needs its `release`. */
  async open(ref: NoteRef): Promise<Note> {
    const { Note } = await import('./note');
    const key = noteKey(ref);
    let kept = this.#notes.get(key);
    if (kept === undefined) {
      const send: NoteSend = (op, reference, payload = NOTHING) =>
        this.#connection.sendNote(writeFrame({ op, note: ref, reference, payload }));
      kept = { note: new Note(send), users: 0, waiting: null };
      this.#notes.set(key, kept);
      if (this.#live) kept.note.up();
    }
    kept.users += 1;
    kept.waiting?.();
    kept.waiting = null;
    return kept.note;
  }

  /** Somebody no longer looks at the note. */
  release(ref: NoteRef): void {
    const key = noteKey(ref);
    const kept = this.#notes.get(key);
    if (kept === undefined) return;
    kept.users -= 1;
    if (kept.users > 0) return;
    const go = () => {
      kept.waiting?.();
      this.#notes.delete(key);
      if (!this.#closed) this.#connection.sendNote(writeFrame({ op: 'close', note: ref, reference: 0, payload: NOTHING }));
      kept.note.destroy();
    };
    if (kept.note.settled) go();
    else kept.waiting = kept.note.onSettled(go);
  }

  /** Whether some note still holds words that the server has not. The page asks before it is closed. */
  get unsaved(): boolean {
    return [...this.#notes.values()].some(({ note }) => !note.settled);
  }

  act(action: Action): Promise<ActResult> {
    return this.#connection.act(action);
  }

  /** The room is left: the notes go with it. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    for (const { note, waiting } of this.#notes.values()) {
      waiting?.();
      note.destroy();
    }
    this.#notes.clear();
  }

  #lineIs(live: boolean): void {
    if (live === this.#live) return;
    this.#live = live;
    for (const { note } of this.#notes.values()) {
      if (live) note.up();
      else note.down();
    }
  }
}
