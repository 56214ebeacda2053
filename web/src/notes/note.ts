/**
 * One shared note: a Yjs document kept in step with the server, and an honest word about what is saved.
 *
 * The server is the only one we take text from, in Yjs encoding v1, and it sends its own encoding, never another participant's bytes.
 * Each local change goes out as Yjs made it, under a growing number; nothing is merged here (`mergeUpdates` can be made to hang
 * by 27 hostile bytes). "Saved" means that the server said so for the newest number.
 *
 * When the server refuses a change, our document and its document have parted for good. Then ours is dropped and
 * loaded anew, and what the person had just written is handed back to them as plain text.
 */
import * as Y from 'yjs';
import type { Refusal } from '../protocol/types';
import { Cell, type Stop, type Watched } from '../protocol/watched';
import { MOST_PAYLOAD_BYTES, type NoteFrame } from './frame';
import type { NoteEars, NoteSend } from './link';
import { ownWords } from './words';

/** The root of the editor's text in every note. */
export const FRAGMENT = 'content';

/** Changes on their way at a time. Enough for fast typing over a slow line; few enough to stay under the server's message rate after an outage. */
export const MOST_IN_FLIGHT = 32;
/** Changes kept while the line is down. At five keys a second this is over ten minutes of typing without a pause; then the pen is put down. */
export const MOST_UNSENT = 4_000;
/** Refusals in a row before we stop loading anew: somebody's page and the server disagree for good. */
export const MOST_REFUSALS = 3;
/** Words handed back are kept to what a person would copy by hand. */
export const MOST_KEPT_CHARACTERS = 20_000;

/** Marks changes that came from the server, so that they are not sent back to it. */
const FROM_SERVER = Symbol('from the server');

export type Saving =
  /** The newest change is durable on the server. */
  | 'saved'
  /** On its way. */
  | 'saving'
  /** The line is down; the words are in this page only. */
  | 'unsent';

export interface NoteState {
  /** `opening`: nothing to show yet. `stopped`: refused too often, or it cannot be opened. */
  readonly phase: 'opening' | 'open' | 'stopped';
  readonly saving: Saving;
  /** So much is unsent that the editor must wait for the line. */
  readonly full: boolean;
  /** The last refusal, until it is put away. */
  readonly refusal: Refusal | null;
  /** Own words that the server did not take, for the person to copy. */
  readonly keptWords: string;
}

interface Change {
  readonly reference: number;
  readonly update: Uint8Array;
  sent: boolean;
}

export class Note implements NoteEars {
  readonly #send: NoteSend;
  readonly #doc: Cell<Y.Doc>;
  readonly #state = new Cell<NoteState>({ phase: 'opening', saving: 'saved', full: false, refusal: null, keptWords: '' });
  readonly #settledWatchers = new Set<() => void>();

  /** Our own numbers go on over drops, refusals and new documents: an answer always names exactly one change. */
  #reference = 0;
  /** Changes not yet known to be durable, oldest first. */
  #unsaved: Change[] = [];
  #up = false;
  /** Openings that were not answered yet. Only the last one's answer fits the document. */
  #awaited = 0;
  /** The client id under which the note is open on this very line; none before the answer. */
  #openAs: number | null = null;
  #refusals = 0;
  #writable = true;

  constructor(send: NoteSend) {
    this.#send = send;
    this.#doc = new Cell(this.#newDoc());
  }

  /** The document. It is replaced as a whole after a refusal: whoever shows it must watch. */
  get doc(): Watched<Y.Doc> {
    return this.#doc;
  }

  get state(): Watched<NoteState> {
    return this.#state;
  }

  get settled(): boolean {
    return this.#unsaved.length === 0;
  }

  onSettled(run: () => void): Stop {
    this.#settledWatchers.add(run);
    return () => {
      this.#settledWatchers.delete(run);
    };
  }

  /** Whether the view lets this person write. What an editor tidies up by itself while it may not is never sent. */
  set writable(writable: boolean) {
    this.#writable = writable;
  }

  // --- the line ---

  up(): void {
    this.#up = true;
    this.#awaited = 0;
    this.#openAs = null;
    for (const change of this.#unsaved) change.sent = false;
    // An opening that was refused is tried again on a new line; a page that the server refused again and again is not.
    if (this.#refusals >= MOST_REFUSALS) {
      this.#say({});
      return;
    }
    this.#open();
    this.#say(this.#state.value.phase === 'stopped' ? { phase: 'opening', refusal: null } : {});
  }

  down(): void {
    this.#up = false;
    this.#openAs = null;
    this.#say({});
  }

  frame(frame: NoteFrame): void {
    switch (frame.op) {
      case 'state':
        this.#opened(frame.payload);
        return;
      case 'update':
        // Before our opening is answered, an update may rest on what we do not have yet; the answer will hold it.
        if (this.#openAs !== null) this.#take(frame.payload);
        return;
      case 'saved':
        this.#saved(frame.reference);
        return;
      case 'open':
      case 'close':
        // Only ever said by us.
        return;
    }
  }

  refused(reference: number, refusal: Refusal): void {
    if (reference === 0) {
      // The opening itself. Nothing is lost: what is unsent stays, and the next line tries again.
      this.#awaited = Math.max(0, this.#awaited - 1);
      this.#say({ refusal, phase: 'stopped' });
      return;
    }
    // A change that rested on a refused one is refused too; it was handed back with it.
    if (!this.#unsaved.some((change) => change.reference === reference)) return;
    this.#handBack(refusal);
  }

  destroy(): void {
    this.#settledWatchers.clear();
    this.#doc.value.destroy();
  }

  // --- by the person ---

  /** The words were copied, or are not wanted. */
  putWordsAway(): void {
    this.#say({ refusal: null, keptWords: '' });
  }

  /** Load anew by hand, after we stopped doing it by ourselves. */
  loadAgain(): void {
    this.#refusals = 0;
    this.#startAnew();
    this.#say({ phase: 'opening', refusal: null });
  }

  /** Everything of mine was taken back: keep no copy of it here either, not even for "undo". */
  forget(): void {
    if (this.settled) this.#startAnew();
  }

  // --- opening ---

  #open(): void {
    const doc = this.#doc.value;
    this.#openAs = null;
    const fresh = doc.store.clients.size === 0;
    if (this.#send('open', doc.clientID, fresh ? undefined : Y.encodeStateVector(doc))) this.#awaited += 1;
  }

  #opened(payload: Uint8Array): void {
    if (this.#awaited === 0) return;
    this.#awaited -= 1;
    if (this.#awaited > 0) return;
    this.#openAs = this.#doc.value.clientID;
    this.#take(payload);
    if (this.#openAs === null) return;
    this.#say({ phase: 'open' });
    this.#flush();
  }

  /** The server's words into our document. */
  #take(update: Uint8Array): void {
    const doc = this.#doc.value;
    try {
      Y.applyUpdate(doc, update, FROM_SERVER);
    } catch {
      // Our server never sends such bytes. If it does, a fresh copy is better than half of one.
      this.#handBack({ code: 'note_refused', sentence: '' });
      return;
    }
    // Something it rests on is missing: ask for all that we lack.
    if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null) {
      if (this.#awaited === 0) this.#open();
    }
  }

  #newDoc(): Y.Doc {
    const doc = new Y.Doc();
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== FROM_SERVER && this.#writable) this.#changed(update);
    });
    return doc;
  }

  #startAnew(): void {
    const old = this.#doc.value;
    this.#unsaved = [];
    this.#openAs = null;
    this.#doc.set(this.#newDoc());
    old.destroy();
    if (this.#up) this.#open();
  }

  // --- own changes ---

  #changed(update: Uint8Array): void {
    this.#reference += 1;
    this.#unsaved.push({ reference: this.#reference, update, sent: false });
    if (update.byteLength > MOST_PAYLOAD_BYTES) {
      // Sent, it would end the whole connection, again and again. Not inside Yjs' own transaction: it is still at work on this document.
      queueMicrotask(() => this.#handBack({ code: 'note_refused', sentence: '' }));
      return;
    }
    this.#flush();
    this.#say({});
  }

  #flush(): void {
    if (!this.#up || this.#openAs === null) return;
    if (this.#doc.value.clientID !== this.#openAs) {
      // Yjs gave the document another id because somebody else seemed to use ours; the server must know before it hears from it.
      this.#open();
      return;
    }
    for (const change of this.#unsaved.slice(0, MOST_IN_FLIGHT)) {
      if (change.sent || change.update.byteLength > MOST_PAYLOAD_BYTES) continue;
      if (!this.#send('update', change.reference, change.update)) return;
      change.sent = true;
    }
  }

  #saved(reference: number): void {
    const before = this.#unsaved.length;
    // Changes travel in order and are made durable in order: a later one's word holds for the earlier ones.
    this.#unsaved = this.#unsaved.filter((change) => change.reference > reference);
    if (this.#unsaved.length === before) return;
    this.#refusals = 0;
    this.#flush();
    this.#say({});
  }

  #handBack(refusal: Refusal): void {
    const words = ownWords(this.#unsaved.map((change) => change.update));
    const kept = [this.#state.value.keptWords, words].filter((text) => text !== '').join('\n\n');
    this.#refusals += 1;
    const stopped = this.#refusals >= MOST_REFUSALS;
    this.#say({ refusal, keptWords: kept.slice(0, MOST_KEPT_CHARACTERS), phase: stopped ? 'stopped' : 'opening' });
    if (stopped) {
      this.#unsaved = [];
      this.#openAs = null;
      this.#say({});
    } else {
      this.#startAnew();
      this.#say({});
    }
  }

  // --- telling ---

  #say(change: Partial<NoteState>): void {
    const settled = this.settled;
    const saving: Saving = settled ? 'saved' : this.#up ? 'saving' : 'unsent';
    const full = this.#unsaved.length >= MOST_UNSENT;
    const before = this.#state.value;
    const after: NoteState = { ...before, ...change, saving, full };
    const same = (Object.keys(after) as (keyof NoteState)[]).every((key) => after[key] === before[key]);
    if (!same) this.#state.set(after);
    if (settled) for (const run of [...this.#settledWatchers]) run();
  }
}
