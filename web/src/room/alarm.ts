// The words of "I am not OK": what the person reads, and what those who lead read, the longer nobody answers the plainer.
import { formatList, t, tn } from '../i18n';
import type { AlarmView, MyView, NotOkView, RoomScene, Timestamp } from '../protocol/types';
import { asSeated } from './beside';
import { knownName } from './names';
import { minutesSince } from './time';
import { leaderWord, nameOf } from './words';

/** After this long without an answer the person also reads whom to call. */
const UNANSWERED_MS = 60_000;

export interface NotOkWords {
  /** One line for somebody who has folded the rest away. */
  readonly short: string;
  readonly lines: readonly string[];
}

/** What somebody reads who said that they are not OK. */
export function notOkWords(scene: RoomScene, me: MyView, mine: NotOkView, now: Timestamp, lineUp = true): NotOkWords {
  if (mine.acknowledged_by != null) {
    const name = leaderOf(scene, mine.acknowledged_by);
    return { short: t('notok.short_seen', { name }), lines: [t('notok.seen', { name })] };
  }
  if (mine.told.length === 0 && mine.on_call) return { short: t('notok.short_told'), lines: [t('notok.alone'), t('notok.on_call', { name: mine.on_call.name, number: mine.on_call.number })] };
  const told = asSeated(scene, mine.told.filter((who) => who !== me.participant));
  const short = t('notok.short_told');
  if (told.length === 0) return { short, lines: [t('notok.alone'), callWords(scene)] };
  const unled = scene.stand.stand === 'held';
  const lines = [t('notok.told', { names: formatList([...new Set(told.map((who) => leaderOf(scene, who)))]) }), unled ? t('notok.alone') : t('notok.unseen')];
  // With the line down an answer would not arrive: what is read is as old as the line.
  return { short, lines: unled || !lineUp || now - mine.raised_at >= UNANSWERED_MS ? [...lines, callWords(scene)] : lines };
}

/** Somebody who leads, by name; in a side room, on a page that has never seen them, by what they are. */
function leaderOf(scene: RoomScene, who: NotOkView['told'][number]): string {
  const seen = scene.seats.some((seat) => seat.participant === who) || knownName(who) !== undefined;
  return seen ? nameOf(scene, who) : leaderWord(scene.course);
}

/** What somebody reads who says so while their line is down. */
export function unsentWords(scene: RoomScene): readonly string[] {
  return [t('notok.unsent'), callWords(scene)];
}

/** Whom to call when nobody in the room answers. */
export function callWords({ stand, course }: RoomScene): string {
  if (stand.stand === 'held' && stand.contact != null) return t('notok.call', { contact: stand.contact });
  return course.setting === 'circle' ? t('notok.call_circle') : t('notok.call_practice');
}

export interface AlarmWords {
  readonly head: string;
  readonly under: string;
  /** A second line, once nobody has answered for a while. */
  readonly second?: string;
  /** 0 to 2: how much room it takes. */
  readonly loud: 0 | 1 | 2;
}

/** What those who lead read. */
export function alarmWords(scene: RoomScene, me: MyView, alarm: AlarmView, now: Timestamp): AlarmWords {
  const name = nameOf(scene, alarm.participant);
  if (alarm.acknowledged_by != null) {
    const under = alarm.acknowledged_by === me.participant ? t('alarm.yours') : t('alarm.theirs', { name: nameOf(scene, alarm.acknowledged_by) });
    return { head: headOf(scene, me, alarm, name), under, loud: 0 };
  }
  if (alarm.taken_back_at != null) return { head: t('alarm.head_taken_back', { name }), under: t('alarm.taken_back'), loud: 0 };
  const minutes = minutesSince(alarm.raised_at, now);
  const under = t('alarm.only', { when: minutes === 0 ? t('staff.just_now') : tn('staff.minutes_ago', minutes) });
  if (alarm.escalated === 0 || alarm.source !== 'button') return { head: headOf(scene, me, alarm, name), under, loud: alarm.escalated === 0 ? 0 : 1 };
  if (alarm.escalated === 1) return { head: t('alarm.head_waits', { name }), under, second: t('alarm.nobody'), loud: 1 };
  return { head: t('alarm.head_still', { name }), under, second: t('alarm.nobody_still'), loud: 2 };
}

/** Why somebody is looked after, in one line. */
function headOf(scene: RoomScene, me: MyView, alarm: AlarmView, name: string): string {
  const before = alarm.answer?.before ?? t('safety.unknown');
  const now = alarm.answer?.now ?? t('safety.unknown');
  switch (alarm.source) {
    case 'answer_new':
      return t('safety.answer_new', { name, now });
    case 'answer_raised':
      return t('safety.answer_raised', { name, before, now });
    case 'answer_unchanged':
      return t('safety.answer_unchanged', { name, before, now });
    case 'facilitator':
    case 'member':
      return alarm.concerned == null || alarm.concerned === me.participant ? t('safety.concern', { name }) : t('safety.concern_by', { name, by: nameOf(scene, alarm.concerned) });
    case 'button':
      return t('alarm.head', { name });
  }
}

/** Other people's alarms, as somebody who leads sees them, the unanswered first. */
export function alarmsOf(scene: RoomScene, me: MyView): readonly AlarmView[] {
  return scene.staff?.alarms.filter((alarm) => alarm.participant !== me.participant) ?? [];
}

/** What has become louder since the last view, for the region that interrupts. Only those who lead have one. */
export function louder(before: RoomScene | undefined, scene: RoomScene, me: MyView, now: Timestamp): string | undefined {
  const was = new Map(before?.staff?.alarms.map((alarm) => [alarm.participant, alarm.escalated]));
  const grown = alarmsOf(scene, me).filter((alarm) => alarm.acknowledged_by == null && alarm.escalated > (was.get(alarm.participant) ?? 0));
  if (grown.length === 0) return undefined;
  const sentences = grown.map((alarm) => {
    const { head, second } = alarmWords(scene, me, alarm, now);
    return second === undefined ? head : `${head.replace(/\.$/, '')}. ${second}`;
  });
  return sentences.join(' ');
}
