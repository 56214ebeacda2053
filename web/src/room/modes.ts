// The words that four ways of sharing the floor have of their own: the stick, the pair, the fishbowl, silence.
import { formatList, t } from '../i18n';
import type { FloorMode, MyView, ParticipantId, RoomScene, SeatView } from '../protocol/types';
import { nameOf } from './words';

/** Nobody speaks, and the room moves. A facilitator who takes the floor in silence is heard as anywhere else. */
export function inSilence(scene: RoomScene): boolean {
  return scene.floor.mode === 'silence' && scene.stand.stand === 'running' && !scene.floor.turn;
}

/** The inner circle stands in the middle: somebody sits in it, or in its open seat. */
export function inBowl(scene: RoomScene): boolean {
  const { mode, inner, turn } = scene.floor;
  return mode === 'fishbowl' && scene.stand.stand === 'running' && (inner.length > 0 || !!turn);
}

/** Somebody who sits inside: their place on the rim is kept, outlined. */
export function sitsInside(seat: SeatView, scene: RoomScene): boolean {
  return inBowl(scene) && (scene.floor.inner.includes(seat.participant) || (scene.floor.turn?.holders.includes(seat.participant) ?? false));
}

/** People by name, as a sentence lists them. */
export function namesOf(scene: RoomScene, people: readonly ParticipantId[], me?: MyView): string {
  return formatList(people.map((who) => (who === me?.participant ? t('seat.you') : nameOf(scene, who))));
}

/** Who could be offered the stick: everybody who is here and can speak, except who holds it or said no in this turn. */
export function couldBeOffered(seat: SeatView, me: MyView): boolean {
  const open = seat.present && (seat.role !== 'observer' || seat.acting) && seat.participant !== me.participant;
  return open && seat.participant !== me.offering_to && !me.declined_by.includes(seat.participant);
}

/** What the floor is called for who has it. */
export function ownHead(scene: RoomScene): string {
  const { mode, pair } = scene.floor;
  if (mode === 'pair' && pair?.saying_back) return t('pair.being_said_back', { name: nameOf(scene, pair.listener) });
  if (mode === 'stick') return t('stick.yours');
  if (mode === 'fishbowl') return t('bowl.yours');
  return mode === 'pair' ? t('pair.yours') : t('floor.yours');
}

/** Who has the floor, for everybody else. */
export function othersHead(scene: RoomScene, me: MyView): string {
  const { mode, pair, turn } = scene.floor;
  const holder = turn?.holders[0];
  const name = nameOf(scene, holder);
  if (mode === 'stick') return t('stick.has', { name });
  if (mode === 'fishbowl') return t('bowl.has', { name });
  if (mode !== 'pair' || !pair || holder !== pair.speaker) return turn && turn.holders.length > 1 ? t('floor.have', { names: namesOf(scene, turn.holders) }) : t('floor.has', { name });
  const mine = pair.listener === me.participant;
  if (pair.saying_back) return mine ? t('pair.your_part') : t('pair.being_said_back', { name: nameOf(scene, pair.listener) });
  return mine ? t('pair.you_listen_to', { name }) : t('pair.speaks', { name, other: nameOf(scene, pair.listener) });
}

/** It is this person's part to say back what was heard, though another keeps the floor. */
export function saysBack(scene: RoomScene, me: MyView): boolean {
  const { mode, pair, turn } = scene.floor;
  return mode === 'pair' && !!turn && pair?.saying_back === true && pair.listener === me.participant;
}

/** What the middle says while nobody has the floor. */
export function restingHead(scene: RoomScene): string {
  if (scene.beside?.kind === 'side') return t('beside.head');
  switch (scene.floor.mode) {
    case 'open':
      return t('floor.open');
    case 'stick':
      return t('stick.free');
    case 'pair': {
      const pair = scene.floor.pair;
      return pair ? t('pair.ready', { name: nameOf(scene, pair.speaker), other: nameOf(scene, pair.listener) }) : t('pair.none');
    }
    case 'fishbowl':
      return t('bowl.none');
    case 'silence':
      return t('silence.head');
    default:
      return t('floor.nobody');
  }
}

/** What would end if the floor were shared in another way from now on, one sentence each; for facilitators, before they do it. */
export function endsBefore(scene: RoomScene, to: FloorMode, starts = false): string[] {
  const { floor, staff } = scene;
  if (to === floor.mode && !starts) return [];
  const sentences: string[] = [];
  switch (staff?.leaving) {
    case 'round':
      sentences.push(floor.line.length > 0 ? t('leaving.round_names', { names: namesOf(scene, floor.line) }) : t('leaving.round'));
      break;
    case 'offer':
      sentences.push(t('leaving.offer', { name: nameOf(scene, staff.offer?.to) }));
      break;
    case 'pair':
      if (floor.pair) sentences.push(t('leaving.pair', { names: namesOf(scene, [floor.pair.speaker, floor.pair.listener]) }));
      break;
    case 'inner':
      sentences.push(t('leaving.inner', { names: namesOf(scene, floor.inner) }));
      break;
    default:
  }
  if (floor.turn && (starts || to === 'silence')) sentences.push(t('leaving.turn', { name: nameOf(scene, floor.turn.holders[0]) }));
  return sentences;
}
