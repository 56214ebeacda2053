// How much time is left, for reading and for the ring. All moments are server time; the server never ticks, the page does.
import type { AgendaView, TurnView, StopReason, Timestamp } from '../protocol/types';

export type TurnTime =
  /** No limit: a whole ring, no countdown. */
  | { readonly kind: 'untimed'; readonly stopped?: StopReason }
  | {
      readonly kind: 'timed';
      /** Whole seconds left, rounded up so that "0:01" is shown for as long as there is any. */
      readonly seconds: number;
      /** What the ring shows: 1 is full. */
      readonly fraction: number;
      readonly stopped?: StopReason;
    }
  /** Its time is up; the person finishes. */
  | { readonly kind: 'up' };

/** The time of a turn at a moment. */
export function turnTime(turn: TurnView, now: Timestamp): TurnTime {
  const clock = turn.clock;
  const left = clock.clock === 'running' ? (clock.deadline == null ? null : clock.deadline - now) : (clock.left_ms ?? null);
  const stopped = clock.clock === 'stopped' ? { stopped: clock.because } : {};
  if (left === null) return turn.overran ? { kind: 'up' } : { kind: 'untimed', ...stopped };
  if (left <= 0 || turn.overran) return { kind: 'up' };
  // A turn that was given more time has more left than its limit: the ring is then simply full.
  const limit = (turn.limit_seconds ?? 0) * 1000;
  return { kind: 'timed', seconds: Math.ceil(left / 1000), fraction: limit > 0 ? Math.min(1, left / limit) : 1, ...stopped };
}

/** Where reduced motion is wanted the ring moves in steps of this many seconds. */
export const QUIET_STEP_SECONDS = 10;

/** What the ring shows: smooth, or in steps. */
export function ringFraction(time: TurnTime, limitSeconds: number | null | undefined, quiet: boolean): number {
  if (time.kind === 'untimed') return 1;
  if (time.kind === 'up') return 0;
  if (!quiet || !limitSeconds) return time.fraction;
  const left = time.fraction * limitSeconds;
  return Math.min(1, (Math.ceil(left / QUIET_STEP_SECONDS) * QUIET_STEP_SECONDS) / limitSeconds);
}

/** Seconds left in the current step; 0 when its time is up; nothing when no step runs. */
export function stepLeft(agenda: AgendaView, now: Timestamp): number | undefined {
  if (agenda.current == null || agenda.ends_at == null) return undefined;
  return Math.max(0, Math.ceil((agenda.ends_at - now) / 1000));
}

/** Whole minutes since a moment. */
export function minutesSince(since: Timestamp, now: Timestamp): number {
  return Math.max(0, Math.floor((now - since) / 60_000));
}
