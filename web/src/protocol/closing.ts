/**
 * The answer to every way a line can end: come back, and when, or stay away, and why.
 *
 * A table of its own so that it can be tested as a table. The numbers are those of the server's `CloseCode`; those under 1100 that
 * the hub never sends itself (1001, 1005, 1006, 1011 …) come from proxies, from browsers and from cut wires.
 */

/** Why a connection does not come back by itself. Each has its own sentence on the page. */
export type EndReason =
  /** The person left, here or by the server's word. */
  | 'left'
  /** The login behind it has ended. */
  | 'signed_out'
  /** Taken out of the room, turned away, or the link was revoked. */
  | 'removed'
  /** The person opened the room in too many places; this was the oldest. */
  | 'too_many_connections'
  /** The sitting is over and nothing of it is kept. */
  | 'nothing_kept'
  /** There is no such room. */
  | 'not_found'
  /** The page and the server do not understand each other: the page is older or newer than the server. */
  | 'outdated'
  /** It broke in the same way again and again; trying on would only do harm. */
  | 'broken';

export type Answer =
  /** Come back after the usual backoff. */
  | { readonly kind: 'retry' }
  /** Come back after the server's own delay and some jitter. */
  | { readonly kind: 'retry_after'; readonly ms: number }
  /** Something we sent was wrong: come back a bounded number of times. */
  | { readonly kind: 'fault' }
  /** Come back late: we were far too fast. */
  | { readonly kind: 'slow_down' }
  | { readonly kind: 'end'; readonly reason: EndReason };

/** A planned restart asks for less than this. A larger number is a mistake and is not waited for. */
export const LONGEST_RESTART_WAIT_MS = 60_000;

/** What to do about a close code and its reason. */
export function answerTo(code: number, reason: string): Answer {
  switch (code) {
    case 1000:
      return { kind: 'end', reason: 'left' };
    case 1012:
      return { kind: 'retry_after', ms: waitIn(reason) };
    case 1002:
    case 1003:
    case 1007:
    case 1008:
    case 1009:
    case 1010:
      return { kind: 'fault' };
    case 4401:
      return { kind: 'end', reason: 'signed_out' };
    case 4403:
      return { kind: 'end', reason: 'removed' };
    case 4411:
      return { kind: 'end', reason: 'nothing_kept' };
    case 4413:
      return { kind: 'end', reason: 'too_many_connections' };
    case 4429:
      return { kind: 'slow_down' };
    case 4408:
    case 4409:
    case 4410:
      return { kind: 'retry' };
    default:
      // 1001, 1005, 1006, 1011, 1013, 1014 and whatever a proxy invents: the line is gone and nobody said stay away.
      return { kind: 'retry' };
  }
}

/** The delay in the reason of 1012, in milliseconds; 0 where there is none that makes sense. */
function waitIn(reason: string): number {
  if (!/^[0-9]{1,6}$/.test(reason)) return 0;
  return Math.min(Number(reason), LONGEST_RESTART_WAIT_MS);
}
