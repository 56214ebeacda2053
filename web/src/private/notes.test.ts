import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../protocol/api';
import { LOCK_AFTER_MS, Notes, SAVE_AFTER_MS, type Server } from './notes.svelte';
import { newAuthorKey } from './sealing';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const PASSPHRASE = 'four slow winter walks';
const BETWEEN = '— meanwhile —';
const changed = (): never => {
  throw new ApiError('changed_meanwhile', 409, '');
};

/** The server's side of the bargain: versions, and sealed bytes by session. */
class Desk implements Server {
  key: { version: number; sealed: string | null } = { version: 0, sealed: null };
  notes = new Map<number, { version: number; sealed: string | null }>();
  down = false;
  notesKey = async (): Promise<typeof this.key> => Promise.resolve(this.key);
  keepNotesKey: Server['keepNotesKey'] = async ({ sealed, based_on }) => {
    if (based_on !== this.key.version) changed();
    this.key = { version: based_on + 1, sealed };
    return Promise.resolve({ version: based_on + 1 });
  };
  privateNotes: Server['privateNotes'] = async () =>
    Promise.resolve({ notes: [...this.notes].map(([session, { version }]) => ({ session, version, changed_at: 1 })) });
  privateNote: Server['privateNote'] = async (_, session) => Promise.resolve(this.notes.get(session) ?? { version: 0, sealed: null });
  keepPrivateNote: Server['keepPrivateNote'] = async (_, session, { sealed, based_on }) => {
    if (this.down) throw new ApiError('unreachable', 0, '');
    if (based_on !== (this.notes.get(session)?.version ?? 0)) changed();
    this.notes.set(session, { version: based_on + 1, sealed });
    return Promise.resolve({ version: based_on + 1 });
  };
  deletePrivateNote: Server['deletePrivateNote'] = async (_, session) => Promise.resolve(void this.notes.delete(session));
  deletePrivateNotes = async (): Promise<void> => {
    this.notes.clear();
    this.key = { version: 0, sealed: null };
    return Promise.resolve();
  };
}

let sealedKey = '';
let desk: Desk;
const device = async (): Promise<Notes> => {
  const notes = new Notes(desk, 'rm_1', BETWEEN);
  await notes.begin();
  expect(await notes.unlock(PASSPHRASE)).toBe(true);
  return notes;
};
const types = (notes: Notes, text: string): void => {
  notes.text = text;
  notes.typed();
};

beforeEach(async () => {
  sealedKey ||= (await newAuthorKey(PASSPHRASE)).sealed;
  desk = new Desk();
  desk.key = { version: 1, sealed: sealedKey };
});
afterEach(() => vi.useRealTimers());

describe('process notes', () => {
  it('are saved when typing pauses, and said to be saved only when the server has them', async () => {
    const notes = await device();
    vi.useFakeTimers();
    types(notes, 'first');
    expect([notes.saving, notes.unsaved]).toEqual(['unsaved', true]);
    desk.down = true;
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    vi.useRealTimers();
    await notes.save();
    expect(notes.saving).toBe('waiting');
    desk.down = false;
    await notes.save();
    expect([notes.saving, notes.unsaved, desk.notes.get(0)?.version]).toEqual(['saved', false, 1]);
    expect(JSON.stringify([...desk.notes])).not.toContain('first');
    expect((await device()).text).toBe('first');
    await notes.lock();
  });

  it('of two devices at one moment are both kept, and it is said', async () => {
    const [here, there] = [await device(), await device()];
    types(here, 'from here');
    await here.save();
    types(there, 'from there');
    await there.save();
    expect([there.merged, there.saving]).toEqual([true, 'unsaved']);
    await there.save();
    expect(there.saving).toBe('saved');
    const read = (await device()).text;
    expect(read).toContain('from here');
    expect(read).toContain('from there');
    expect(read).toContain(BETWEEN);
    await Promise.all([here.lock(), there.lock()]);
  });

  it('lock by themselves, and what could not be saved is there again after unlocking', async () => {
    const notes = await device();
    desk.down = true;
    types(notes, 'unsaved words');
    await notes.lock();
    expect([notes.state, notes.text, notes.unsaved]).toEqual(['locked', '', true]);
    expect(await notes.unlock('another long passphrase')).toBe(false);
    desk.down = false;
    expect(await notes.unlock(PASSPHRASE)).toBe(true);
    expect(notes.text).toBe('unsaved words');
    await notes.save();
    expect(notes.saving).toBe('saved');

    vi.useFakeTimers();
    notes.touched();
    vi.advanceTimersByTime(LOCK_AFTER_MS - 1);
    expect(notes.state).toBe('open');
    await vi.advanceTimersByTimeAsync(1);
    expect([notes.state, notes.text]).toEqual(['locked', '']);
  });

  it('of one session are not those of another, and go when they are deleted', async () => {
    const notes = await device();
    types(notes, 'about the group');
    await notes.choose(2);
    expect(notes.text).toBe('');
    types(notes, 'about session 2');
    await notes.choose(0);
    expect(notes.text).toBe('about the group');
    expect(notes.listed.map((one) => one.session)).toEqual([0, 2]);
    await notes.delete();
    expect([notes.text, notes.listed.length]).toEqual(['', 1]);
    await notes.deleteAll();
    expect([notes.state, desk.notes.size, desk.key.version]).toEqual(['none', 0, 0]);
  });

  it('come back by the recovery code, under a new passphrase', async () => {
    await desk.deletePrivateNotes();
    const notes = new Notes(desk, 'rm_1', BETWEEN);
    await notes.begin();
    const code = await notes.make(PASSPHRASE);
    types(notes, 'kept');
    await notes.lock();
    expect(await notes.recover('0000-0000', 'five quick summer swims')).toBe(false);
    expect(await notes.recover(code, 'five quick summer swims')).toBe(true);
    expect(notes.text).toBe('kept');
    await notes.lock();
  });
});
