/**
 * The witness: the browser of somebody who leads keeps the last checkpoint of the practice's log, and whenever they come back demands that
 * the log they are shown goes on from it. A checkpoint is a length, a hash and a signature: nothing about anybody. It is kept for people with
 * an account only; on a member's device nothing of the log is ever stored.
 */
import { ApiError } from '../protocol/api';
import type { LogConsistency, LogHead } from '../protocol/types';
import { decoded, isConsistent, nameOf, readCheckpoint } from './note';

/** As much of the HTTP side as is used. */
export interface LogApi {
  log(): Promise<LogHead>;
  logConsistency(from: number, to: number): Promise<LogConsistency>;
}

export interface Kept {
  key: string;
  checkpoint: string;
}

/** What does not fit: the server's word is not signed, or signed by another key; the log is shorter than it was, or is another. */
export type Why = 'unsigned' | 'other_key' | 'shorter' | 'rewritten';

export type Verdict =
  | { is: 'fits'; size: number; kept: Kept; first: boolean }
  | { is: 'broken'; why: Why; kept: Kept | undefined; shown: Kept }
  /** No answer, or no log yet: nothing is known, and nothing was changed. */
  | { is: 'unknown' };

const PLACE = 'rondo.log';
/** Logs that one browser remembers: somebody who leads in a few practices of one server. */
const MAX_LOGS = 8;

type Shelf = Record<string, Kept>;

function isKept(value: unknown): value is Kept {
  return typeof value === 'object' && value !== null && 'key' in value && 'checkpoint' in value && typeof value.key === 'string' && typeof value.checkpoint === 'string';
}

function shelf(): Shelf {
  const all: Shelf = {};
  try {
    const got: unknown = JSON.parse(localStorage.getItem(PLACE) ?? '{}');
    if (typeof got === 'object' && got !== null) {
      for (const [name, value] of Object.entries(got)) if (isKept(value)) all[name] = value;
    }
  } catch {
    // Storage is switched off, or what stands there is not ours.
  }
  return all;
}

/** Keeps a checkpoint in the place of the one before. */
export function keep(kept: Kept): void {
  const name = nameOf(kept.key);
  if (name === undefined) return;
  const { [name]: _before, ...others } = shelf();
  const all = Object.fromEntries([...Object.entries(others).slice(1 - MAX_LOGS), [name, kept]]);
  try {
    localStorage.setItem(PLACE, JSON.stringify(all));
  } catch {
    // Kept for nobody then; it can still be downloaded.
  }
}

/** Signing out empties the site's storage. What is given back here may stay: it names nobody. */
export function throughSignOut(): () => void {
  const all = shelf();
  return () => {
    for (const kept of Object.values(all)) keep(kept);
  };
}

/** Asks for the newest checkpoint and for the proof that it goes on from the one that is kept. Keeps it where it fits. */
export async function demand(api: LogApi): Promise<Verdict> {
  let head: LogHead;
  try {
    head = await api.log();
  } catch {
    return { is: 'unknown' };
  }
  const shown: Kept = { key: head.key, checkpoint: head.checkpoint };
  const name = nameOf(head.key);
  const kept = shelf()[name ?? ''];
  const broken = (why: Why): Verdict => ({ is: 'broken', why, kept, shown });
  const newer = readCheckpoint(head.key, head.checkpoint);
  if (!newer) return broken('unsigned');
  if (kept) {
    if (kept.key !== head.key) return broken('other_key');
    const older = readCheckpoint(kept.key, kept.checkpoint);
    // What stands in this browser was damaged here: the server is not to blame, and a new beginning is made below.
    if (older) {
      if (older.size > newer.size) return broken('shorter');
      let proof: (Uint8Array | undefined)[] = [];
      if (older.size > 0 && older.size < newer.size) {
        try {
          proof = (await api.logConsistency(older.size, newer.size)).proof.map(decoded);
        } catch (error) {
          // A server that answers and has no proof is as good as one with a wrong proof.
          return error instanceof ApiError && error.status === 404 ? broken('rewritten') : { is: 'unknown' };
        }
      }
      const whole = proof.filter((hash) => hash !== undefined && hash.length === 32) as Uint8Array[];
      if (whole.length !== proof.length || !isConsistent(older, newer, whole)) return broken('rewritten');
    }
  }
  keep(shown);
  return { is: 'fits', size: newer.size, kept: shown, first: kept === undefined };
}
