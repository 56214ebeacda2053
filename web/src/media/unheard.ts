// Whose voice cannot come through, as far as this page knows. Of oneself it knows everything. Of the others the house tells who has joined
// the sound, and not whose own microphone is off: that a page keeps to itself.
import { t } from '../i18n';
import type { MyView, ParticipantId, RoomScene } from '../protocol/types';
import type { IconName } from '../room/icons';
import type { Call } from './call.svelte';

export type Unheard = 'muted' | 'no_microphone' | 'not_joined';

type Known = Pick<Call, 'possible' | 'state' | 'hasMicrophone' | 'taken' | 'muted' | 'voices'>;

/** Why one's own voice cannot come through; nothing where it can, where a call is just beginning, and in a house without voices. */
export function ownUnheard(call: Known | undefined): Unheard | undefined {
  if (!call?.possible) return undefined;
  if (call.state === 'off') return 'not_joined';
  if (call.state !== 'on') return undefined;
  if (!call.hasMicrophone) return 'no_microphone';
  return call.muted || call.taken ? 'muted' : undefined;
}

/** Oneself, and whoever has the floor without having joined the sound. */
export function unheardIn(scene: RoomScene, me: MyView, call: Known | undefined): ReadonlyMap<ParticipantId, Unheard> {
  const people = new Map<ParticipantId, Unheard>();
  const own = ownUnheard(call);
  if (own !== undefined) people.set(me.participant, own);
  if (call?.state !== 'on') return people; // without a call this page is told of nobody
  for (const holder of scene.floor.turn?.holders ?? []) {
    const seat = scene.seats.find((other) => other.participant === holder);
    // Two at one device are heard through one call, and who is away is shown as away.
    if (!seat?.present || seat.beside != null || holder === me.participant) continue;
    if (!call.voices.has(holder)) people.set(holder, 'not_joined');
  }
  return people;
}

/** The same in a word or two, beside somebody's seat. */
export function unheardWord(unheard: Unheard): string {
  return unheard === 'muted' ? t('seat.mic_off') : t('seat.not_heard');
}

/** How it stands with one's own voice, for the header and beside one's own seat. */
export function mySign(me: MyView, unheard: Unheard | undefined): { readonly icon: IconName; readonly word: string } {
  if (!me.may_speak) return { icon: 'mic-off', word: t('head.listening') };
  if (unheard === undefined) return { icon: 'mic', word: t('head.may_speak') };
  return { icon: 'mic-off', word: unheard === 'muted' ? t('head.mic_off') : t('head.not_heard') };
}
