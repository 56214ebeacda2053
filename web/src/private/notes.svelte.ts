/**
 * An author's process notes of one group, while the page is open: the key in memory and nowhere else, one note at a time, saved by itself.
 *
 * *Saved* is said when the server has answered that it is on the disk. What could not be saved stays here, and when the page locks it is
 * sealed in memory first, so that locking loses nothing. When another device was quicker, both texts are kept in one.
 */
import { codeOf, type Api } from '../protocol/api';
import type { PrivateNoteListed } from '../protocol/types';
import { openAuthorKey, openNote, newAuthorKey, sealNote, Unopened, withNewPassphrase, MAX_NOTE_BYTES, type AuthorKey } from './sealing';

/** A pause in typing after which it is saved. */
export const SAVE_AFTER_MS = 1500;
/** Without a touch for so long the notes lock: somebody walked away from the desk. */
export const LOCK_AFTER_MS = 5 * 60 * 1000;

export type State = 'asking' | 'none' | 'locked' | 'open' | 'failed';
export type Saving = 'saved' | 'unsaved' | 'saving' | 'waiting' | 'too_long';

/** As much of the server as is used. */
export type Server = Pick<Api, 'notesKey' | 'keepNotesKey' | 'privateNotes' | 'privateNote' | 'keepPrivateNote' | 'deletePrivateNote' | 'deletePrivateNotes'>;

/** What could not be saved before the page locked. */
interface Draft {
  session: number;
  base: number;
  sealed: string;
}

export class Notes {
  state = $state<State>('asking');
  saving = $state<Saving>('saved');
  /** Another device wrote meanwhile: both texts are in this one. */
  merged = $state(false);
  session = $state(0);
  listed = $state.raw<PrivateNoteListed[]>([]);
  text = $state('');
  #sealedKey = '';
  #keyVersion = 0;
  #key: AuthorKey | undefined;
  #version = 0;
  #draft: Draft | undefined;
  #running: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  readonly #between: string;

  constructor(
    readonly server: Server,
    readonly room: string,
    /** What stands between two texts that two devices wrote. */
    between: string,
  ) {
    this.#between = between;
  }

  /** Looks whether this author has a key. */
  async begin(): Promise<void> {
    try {
      const { version, sealed } = await this.server.notesKey();
      this.#sealedKey = sealed ?? '';
      this.#keyVersion = version;
      this.state = sealed === null ? 'none' : 'locked';
    } catch (error) {
      this.state = 'failed';
      throw error;
    }
  }

  /** Makes the key. Gives the recovery code, which nobody can show again. */
  async make(passphrase: string): Promise<string> {
    const { key, code, sealed } = await newAuthorKey(passphrase);
    const { version } = await this.server.keepNotesKey({ sealed, based_on: 0 });
    [this.#sealedKey, this.#keyVersion] = [sealed, version];
    await this.#opened(key);
    return code;
  }

  /** Opens with the passphrase. Gives whether it fits. */
  async unlock(passphrase: string): Promise<boolean> {
    try {
      await this.#opened(await openAuthorKey(this.#sealedKey, 'passphrase', passphrase));
      return true;
    } catch (error) {
      if (error instanceof Unopened) return false;
      throw error;
    }
  }

  /** A new passphrase in place of a forgotten one, by the recovery code. Gives whether the code fits. */
  async recover(code: string, passphrase: string): Promise<boolean> {
    let sealed: string;
    try {
      sealed = await withNewPassphrase(this.#sealedKey, code, passphrase);
    } catch (error) {
      if (error instanceof Unopened) return false;
      throw error;
    }
    const { version } = await this.server.keepNotesKey({ sealed, based_on: this.#keyVersion });
    [this.#sealedKey, this.#keyVersion] = [sealed, version];
    return await this.unlock(passphrase);
  }

  async #opened(key: AuthorKey): Promise<void> {
    this.#key = key;
    this.listed = (await this.server.privateNotes(this.room)).notes;
    await this.#show(this.#draft?.session ?? this.session);
    this.state = 'open';
    this.touched();
  }

  /** Goes to the note about another session, when this one is saved. */
  async choose(session: number): Promise<void> {
    await this.save();
    if (this.saving === 'saved') await this.#show(session);
  }

  async #show(session: number): Promise<void> {
    const key = this.#key;
    if (!key) return;
    const { version, sealed } = await this.server.privateNote(this.room, session);
    const text = sealed === null ? '' : await openNote(key, { room: this.room, session, version }, sealed);
    this.merged = false;
    [this.session, this.#version, this.text, this.saving] = [session, version, text, 'saved'];
    const draft = this.#draft;
    if (draft?.session !== session) return;
    this.#draft = undefined;
    this.text = await openNote(key, { room: this.room, session, version: draft.base + 1 }, draft.sealed);
    this.#version = draft.base;
    this.typed();
  }

  /** Something was typed. */
  typed(): void {
    this.saving = 'unsaved';
    this.touched();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), SAVE_AFTER_MS);
  }

  /** Somebody is there. */
  touched(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.lock(), LOCK_AFTER_MS);
  }

  /** Saves what is unsaved; one after the other. */
  save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#running = this.#running.then(() => this.#save());
    return this.#running;
  }

  async #save(): Promise<void> {
    const key = this.#key;
    if (!key || this.saving === 'saved') return;
    const { session, text } = this;
    if (new TextEncoder().encode(text).length > MAX_NOTE_BYTES) {
      this.saving = 'too_long';
      return;
    }
    this.saving = 'saving';
    try {
      const place = { room: this.room, session, version: this.#version + 1 };
      const { version } = await this.server.keepPrivateNote(this.room, session, { sealed: await sealNote(key, place, text), based_on: this.#version });
      this.#version = version;
      this.#listedAs(session, version);
      if (this.text === text) this.saving = 'saved';
      else this.typed();
    } catch (error) {
      if (codeOf(error) === 'changed_meanwhile') await this.#mergeWithTheirs(key, session);
      else this.#later();
    }
  }

  /** Another device saved first: its text and this one become one, which is saved in its place. Nothing of either is lost. */
  async #mergeWithTheirs(key: AuthorKey, session: number): Promise<void> {
    try {
      const { version, sealed } = await this.server.privateNote(this.room, session);
      const theirs = sealed === null ? '' : await openNote(key, { room: this.room, session, version }, sealed);
      const mine = this.text;
      this.text = mine.includes(theirs) ? mine : theirs.includes(mine) ? theirs : `${theirs}\n\n${this.#between}\n\n${mine}`;
      this.#version = version;
      this.merged = true;
      this.typed();
    } catch {
      this.#later();
    }
  }

  /** It could not be saved: it stays here and is tried again. */
  #later(): void {
    this.saving = 'waiting';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), 4 * SAVE_AFTER_MS);
  }

  #listedAs(session: number, version: number): void {
    const others = this.listed.filter((one) => one.session !== session);
    this.listed = [...others, { session, version, changed_at: Date.now() }].sort((a, b) => a.session - b.session);
  }

  /** Deletes the note that is shown. */
  async delete(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
    await this.server.deletePrivateNote(this.room, this.session);
    this.listed = this.listed.filter((one) => one.session !== this.session);
    await this.#show(this.session);
  }

  /** Deletes everything with the key. */
  async deleteAll(): Promise<void> {
    await this.server.deletePrivateNotes();
    this.#draft = undefined;
    this.#forget();
    await this.begin();
  }

  /** Forgets key and text. What could not be saved stays, sealed, until it is unlocked again. */
  async lock(): Promise<void> {
    await this.save();
    const key = this.#key;
    // A text above the limit cannot be sealed: it stays open, since locking must not lose it.
    if (this.saving === 'too_long') return this.touched();
    if (key && this.saving !== 'saved') {
      const place = { room: this.room, session: this.session, version: this.#version + 1 };
      this.#draft = { session: this.session, base: this.#version, sealed: await sealNote(key, place, this.text) };
    }
    this.#forget();
    if (this.state === 'open') this.state = 'locked';
  }

  #forget(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#idle);
    this.#key = undefined;
    this.text = '';
    this.listed = [];
    this.merged = false;
    this.saving = 'saved';
  }

  /** Whether closing the page would lose something. */
  get unsaved(): boolean {
    return this.saving !== 'saved' || this.#draft !== undefined;
  }
}
