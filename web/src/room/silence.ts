// Silence for one person: how much of it is left in calm words, the breath's rhythm, and when the bell rings.
import { t, tn } from '../i18n';
import type { RoomScene, Timestamp } from '../protocol/types';
import { stepLeft } from './time';
import { leaderWord } from './words';

/** Six breaths a minute: a longer way out than in. */
export const BREATH_IN_MS = 4000;
export const BREATH_OUT_MS = 6000;
export const BREATH_MS = BREATH_IN_MS + BREATH_OUT_MS;

/** In or out, by the server's clock: everybody who breathes along does so together. */
export function breathAt(now: Timestamp): 'in' | 'out' {
  return now % BREATH_MS < BREATH_IN_MS ? 'in' : 'out';
}

/** How much of the silence is left, in whole minutes: a countdown of seconds is no quiet thing to look at. */
export function silenceLeft(scene: RoomScene, now: Timestamp): string | undefined {
  const left = stepLeft(scene.agenda, now);
  if (left === undefined) return undefined;
  if (left === 0 && scene.staff) return t('silence.up_staff');
  return left === 0 ? t('silence.up', { leader: leaderWord(scene.course) }) : tn('silence.minutes', Math.ceil(left / 60));
}

/** Whether a bell is due between two views. Whoever comes into a silence that has begun hears none. */
export function bellDue(before: RoomScene | undefined, after: RoomScene): boolean {
  if (!before || before.stand.stand === 'lobby') return false;
  return (before.floor.mode === 'silence') !== (after.floor.mode === 'silence');
}
