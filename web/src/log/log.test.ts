import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import consistency from '../../../protocol/fixtures/api/log_consistency.json';
import head from '../../../protocol/fixtures/api/log_head.json';
import { ApiError } from '../protocol/api';
import { decoded, isConsistent, nameOf, readCheckpoint } from './note';
import { demand, keep, throughSignOut, type Kept } from './witness';

/** The same log when it had six leaves, and another of six leaves, both signed. */
const SIX = 'rondo/pr_1\n6\nduZ9rbzfHhDht03cYIq9L5jfsW+851J3tSMqEn8gh+8=\n\n— rondo/pr_1 XQ/B6A8tDR/+tab0xVbQwV1j8EOXwrPwGyzfnYs6ygqp2m3nIcRJ6+b2BFaOymCiL2mJA6zGDtdiRLpiKhBxIHlhWAA=\n';
const OTHER_SIX = 'rondo/pr_1\n6\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— rondo/pr_1 XQ/B6GvgomuvOEj5luaitf6qWeEIyafb8QD/NTKYX9FOqSTJg/w5T5JdZVBGMxFU1GkX9J0qGUVVMrN7pJ/mcirXEwc=\n';

const kept = (checkpoint: string): Kept => ({ key: head.key, checkpoint });
const stored = (): string => localStorage.getItem('rondo.log') ?? '';

function server(change: Partial<typeof head> = {}, proof = consistency.proof) {
  const asked: string[] = [];
  return {
    asked,
    log: () => Promise.resolve({ ...head, ...change }),
    logConsistency: (from: number, to: number) => {
      asked.push(`${from}-${to}`);
      return Promise.resolve({ proof });
    },
  };
}

const shelf = new Map<string, string>();
vi.stubGlobal('localStorage', {
  getItem: (key: string) => shelf.get(key) ?? null,
  setItem: (key: string, value: string) => void shelf.set(key, value),
  clear: () => shelf.clear(),
});

beforeEach(() => {
  localStorage.clear();
});
afterAll(() => vi.unstubAllGlobals());

describe('a checkpoint', () => {
  it('that the server wrote reads back with its length', () => {
    expect(readCheckpoint(head.key, head.checkpoint)?.size).toBe(8);
    expect(nameOf(head.key)).toBe('rondo/pr_1');
  });

  it('is not taken with any sign changed or lost', () => {
    for (let at = 0; at < head.checkpoint.length; at += 1) {
      const other = head.checkpoint[at] === 'x' ? 'y' : 'x';
      expect(readCheckpoint(head.key, head.checkpoint.slice(0, at) + other + head.checkpoint.slice(at + 1))).toBeUndefined();
      expect(readCheckpoint(head.key, head.checkpoint.slice(0, at))).toBeUndefined();
    }
  });

  it('is read under a key that is spelled right and under no other', () => {
    for (let at = 0; at < head.key.length; at += 1) {
      const other = head.key[at] === 'x' ? 'y' : 'x';
      expect(readCheckpoint(head.key.slice(0, at) + other + head.key.slice(at + 1), head.checkpoint)).toBeUndefined();
    }
  });
});

describe('a proof', () => {
  const [older, newer] = [readCheckpoint(head.key, SIX), readCheckpoint(head.key, head.checkpoint)];
  const proof = consistency.proof.map((hash) => decoded(hash) ?? new Uint8Array());

  it('shows that the longer log begins with the shorter one', () => {
    expect(older && newer && isConsistent(older, newer, proof)).toBe(true);
  });

  it('shows nothing when it is changed, cut or of another log', () => {
    const forked = readCheckpoint(head.key, OTHER_SIX);
    if (!older || !newer || !forked) throw new Error('the checkpoints read');
    expect(isConsistent(forked, newer, proof)).toBe(false);
    for (let at = 0; at < proof.length; at += 1) {
      expect(isConsistent(older, newer, proof.slice(0, at))).toBe(false);
      const changed = proof.map((hash, n) => (n === at ? hash.map((byte, k) => (k === 0 ? byte ^ 1 : byte)) : hash));
      expect(isConsistent(older, newer, changed)).toBe(false);
    }
    expect(isConsistent(newer, older, proof)).toBe(false);
    expect(isConsistent(newer, newer, [])).toBe(true);
  });
});

describe('the witness', () => {
  it('keeps the first checkpoint it sees and demands a proof at the next visit', async () => {
    keep(kept(SIX));
    const asks = server();
    expect(await demand(asks)).toMatchObject({ is: 'fits', size: 8, first: false });
    expect(asks.asked).toEqual(['6-8']);
    expect(stored()).toContain('Xcnaeacg'.slice(0, 7));
    localStorage.clear();
    expect(await demand(server())).toMatchObject({ is: 'fits', first: true });
  });

  it('calls a log that does not go on from its own rewritten, and keeps what it had', async () => {
    keep(kept(OTHER_SIX));
    const before = stored();
    expect(await demand(server())).toMatchObject({ is: 'broken', why: 'rewritten' });
    expect(stored()).toBe(before);
    const refuses = { ...server(), logConsistency: () => Promise.reject(new ApiError('not_found', 404, '')) };
    expect(await demand(refuses)).toMatchObject({ is: 'broken', why: 'rewritten' });
  });

  it('notices a shorter log, another key and a false signature', async () => {
    keep(kept(head.checkpoint));
    expect(await demand(server({ checkpoint: SIX }))).toMatchObject({ is: 'broken', why: 'shorter' });
    keep({ key: head.key.replace('A', 'B'), checkpoint: SIX });
    expect(await demand(server({ checkpoint: head.checkpoint.replace('8\n', '9\n') }))).toMatchObject({ is: 'broken', why: 'unsigned' });
    localStorage.setItem('rondo.log', JSON.stringify({ 'rondo/pr_1': { key: 'rondo/pr_1+00000000+AA==', checkpoint: SIX } }));
    expect(await demand(server())).toMatchObject({ is: 'broken', why: 'other_key' });
  });

  it('raises no alarm where there is no answer or no log yet', async () => {
    keep(kept(SIX));
    expect(await demand({ ...server(), log: () => Promise.reject(new ApiError('unreachable', 0, '')) })).toEqual({ is: 'unknown' });
    expect(await demand({ ...server(), logConsistency: () => Promise.reject(new ApiError('unreachable', 0, '')) })).toEqual({ is: 'unknown' });
    expect(stored()).toContain('duZ9rbz');
  });

  it('remembers through a sign-out, which empties the storage', async () => {
    keep(kept(SIX));
    const back = throughSignOut();
    localStorage.clear();
    back();
    expect(stored()).toContain('duZ9rbz');
  });
});
