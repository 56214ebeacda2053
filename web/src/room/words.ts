// The words of a room: what people, seats and steps are called here. A circle has hosts and evenings, a therapy group has neither.
import { formatOrdinal, sentenceOf, t } from '../i18n';
import type { CourseView, MyView, ParticipantId, Refusal, RoomScene, SeatView } from '../protocol/types';
import type { IconName } from './icons';
import { knownName } from './names';
import { asideWord, holderIcon, holderWord, listenerWord } from './seat-words';

/** The name others see, also of somebody in another circle who was seen before; a neutral word once it has been erased. */
export function nameOf(scene: RoomScene, who: ParticipantId | null | undefined): string {
  const seat = scene.seats.find((other) => other.participant === who);
  return (seat ? seat.name : knownName(who)) ?? t('seat.someone');
}

/** One letter for a seat without a picture: the first that a reader would call a letter. */
export function initialOf(name: string): string {
  const [first = '·'] = new Intl.Segmenter().segment(name.trim());
  return typeof first === 'string' ? first : first.segment.toLocaleUpperCase();
}

/** What somebody is in this room, where it is worth saying. */
export function roleWord(seat: SeatView, course: CourseView): string | undefined {
  if (seat.acting) return t('seat.acting');
  if (seat.role === 'observer') return t('seat.observer');
  if (seat.role !== 'facilitator') return undefined;
  return course.setting === 'circle' ? t('seat.host') : course.setting === 'couple' ? t('seat.therapist') : t('seat.facilitator');
}

export interface SeatMark {
  readonly icon?: IconName;
  readonly word: string;
}

/** What a seat shows in a shape and a word; nothing for somebody who simply sits there. */
export function markOf(seat: SeatView, scene: RoomScene): SeatMark | undefined {
  if (!seat.present) return scene.stand.stand === 'lobby' ? { word: t('seat.not_here') } : { icon: 'line-broken', word: t('seat.dropped') };
  switch (seat.state) {
    case 'floor':
      return { icon: holderIcon(scene), word: holderWord(scene, false, undefined) };
    case 'next':
      return { icon: 'arrow', word: t('seat.next') };
    case 'asked': {
      const place = scene.floor.line.indexOf(seat.participant);
      return { icon: 'hand', word: place >= 0 ? t('seat.asked_place', { place: formatOrdinal(place + 1) }) : t('seat.asked') };
    }
    case 'waiting':
      return { word: t('seat.waiting') };
    case 'spoke':
      return { icon: 'check', word: t('seat.spoke') };
    case 'passed':
      return { icon: 'passed', word: t('seat.passed') };
    case 'comes_back':
      return { icon: 'comes-back', word: t('seat.comes_back') };
    case 'wrote':
      return { icon: 'pencil', word: t('seat.wrote') };
    case 'listens':
      return { icon: 'return', word: listenerWord(scene) };
    case 'inside':
      return { icon: 'inside', word: t('seat.inside') };
    case 'aside':
      return { icon: 'door', word: asideWord(scene, seat) };
    case 'quiet': {
      const role = roleWord(seat, scene.course);
      return role === undefined ? undefined : { word: role };
    }
  }
}

/** The whole of a seat in one sentence, for those who hear the page. */
export function seatSentence(seat: SeatView, scene: RoomScene, me: MyView): string {
  const name = seat.participant === me.participant ? t('seat.you') : nameOf(scene, seat.participant);
  const role = roleWord(seat, scene.course);
  const mark = markOf(seat, scene)?.word;
  // Pronouns last: what changes is heard first.
  return [name, role, mark === role ? undefined : mark, seat.described?.pronouns ?? undefined].filter((part) => part !== undefined).join(', ');
}

/** Those who lead, as this kind of room calls them: all of them, or the one who acts. */
export function leadersWord(course: CourseView): string {
  return t(`leaders.${course.setting}`);
}
export function leaderWord(course: CourseView): string {
  return t(`leader.${course.setting}`);
}

/** "session 5 of 16", "evening 9 of 10". */
export function sessionWords(course: CourseView): string {
  const values = { session: Math.min(course.session, course.sessions), sessions: course.sessions };
  return course.setting === 'circle' ? t('head.evening', values) : t('head.session', values);
}

/** How the floor is shared in this step, in a few words. */
export function modeWords(scene: RoomScene): string {
  switch (scene.floor.mode) {
    case 'open':
      return t('mode.open');
    case 'queue':
      return t('mode.queue');
    case 'round':
      return t('mode.round');
    case 'chair':
      return scene.course.setting === 'circle' ? t('mode.chair.circle') : t('mode.chair');
    case 'stick':
      return t('mode.stick');
    case 'pair':
      return t('mode.pair');
    case 'fishbowl':
      return t('mode.fishbowl');
    case 'silence':
      return t('mode.silence');
  }
}

/** A no in the page's own words; a code newer than this page is said in the server's. */
export function refusalWords(refusal: Refusal): string {
  return sentenceOf(`refusal.${refusal.code}`) ?? refusal.sentence;
}

/** Who asked for the pause, as this person reads it. */
export function pausedBy(scene: RoomScene, me: MyView, pause: Extract<RoomScene['stand'], { stand: 'paused' }>): string {
  const own = pause.by === me.participant;
  const name = nameOf(scene, pause.by);
  if (pause.time_out) return own ? t('timeout.by_you') : t('timeout.by', { name });
  return own ? t('floor.paused_by_you') : t('floor.paused_by', { name });
}
