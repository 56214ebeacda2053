// What is said aloud when the view changes: once, politely, in the order of what matters to the person.
import { formatClock, formatTime, t } from '../i18n';
import type { MyView, RoomScene, Timestamp, TurnView } from '../protocol/types';
import { doorSaid } from './door';
import { namesOf } from './modes';
import { besideSaid, movedSaid } from './say.beside';
import { freeSaid, modeSaid, turnSaid } from './say.modes';
import { turnTime } from './time';
import { nameOf, pausedBy } from './words';

/** A scene as one person sees it. */
export interface Seen {
  readonly scene: RoomScene;
  readonly me: MyView;
}

/** What to say when `before` became `after`; nothing where nothing that matters to the ear has changed. */
export function said(before: Seen | undefined, after: Seen): string | undefined {
  if (!before) return undefined;
  const moved = movedSaid(before, after);
  if (moved !== undefined) {
    // The floor of another circle is not compared with this one's: who has it here is said, and nothing of what was left behind.
    const turn = after.scene.floor.turn;
    const here = !turn ? undefined : after.me.holding ? t('say.your_turn') : holdersSaid(after.scene, turn);
    return [besideSaid(before, after), moved, here].filter((part) => part !== undefined).join(' ');
  }
  const parts = [besideSaid(before, after), stand(before, after), step(before, after), floor(before, after), modeSaid(before, after), next(before, after), question(before, after), doorSaid(before.scene.staff, after.scene.staff)];
  const text = parts.filter((part) => part !== undefined && part !== '').join(' ');
  return text === '' ? undefined : text;
}

/** What to say when one's own line comes back. */
export function saidOnReturn({ scene, me }: Seen, now: Timestamp): string {
  const turn = scene.floor.turn;
  if (me.holding && turn) {
    const time = turnTime(turn, now);
    if (time.kind === 'timed') return t('line.back_turn', { time: formatClock(time.seconds) });
  }
  return t('line.back');
}

function stand(before: Seen, after: Seen): string | undefined {
  const was = before.scene.stand.stand;
  const is = after.scene.stand;
  if (was === is.stand) return undefined;
  switch (is.stand) {
    case 'paused':
      return `${is.time_out ? t('timeout.head') : t('floor.paused')} ${pausedBy(after.scene, after.me, is)}${is.time_out && is.until != null ? ` ${t('timeout.goes_on', { time: formatTime(is.until) })}` : ''}`;
    case 'held':
      return t('floor.held');
    case 'running':
      return was === 'lobby' ? t('say.begun') : t('say.resumed');
    case 'lobby':
    case 'closed':
      return t('say.ended');
  }
}

function step(before: Seen, after: Seen): string | undefined {
  const of = ({ scene }: Seen): string | undefined => (scene.agenda.current == null ? undefined : scene.agenda.steps[scene.agenda.current]?.name);
  const is = of(after);
  return is === undefined || of(before) === undefined || is === of(before) ? undefined : t('say.step', { step: is });
}

function floor(before: Seen, after: Seen): string | undefined {
  const was = before.scene.floor.turn;
  const is = after.scene.floor.turn;
  if (is && was?.turn !== is.turn) {
    const own = turnSaid(after);
    if (own !== undefined) return own;
    return after.me.holding ? t('say.your_turn') : holdersSaid(after.scene, is);
  }
  if (!is) return was ? freeSaid(after) ?? t('floor.nobody') : undefined;
  const away = (turn: typeof is | null | undefined): boolean => turn?.clock.clock === 'stopped' && turn.clock.because === 'away';
  if (away(is) && !away(was)) return t('floor.dropped', { name: nameOf(after.scene, is.holders[0]) });
  if (is.overran && !was?.overran && after.me.holding) return t('floor.time_up');
  return undefined;
}

/** Two people at one device have the floor together. */
function holdersSaid(scene: RoomScene, { holders }: TurnView): string {
  return holders.length > 1 ? t('say.have_floor', { names: namesOf(scene, holders) }) : t('say.has_floor', { name: nameOf(scene, holders[0]) });
}

function next(before: Seen, after: Seen): string | undefined {
  // Two people who alternate are not in a line, and nobody speaks next out of silence.
  const { mode } = after.scene.floor;
  if (mode === 'pair' || mode === 'silence') return undefined;
  return after.me.place === 1 && before.me.place !== 1 ? t('say.next') : undefined;
}

function question(before: Seen, after: Seen): string | undefined {
  const is = after.scene.floor.question;
  return is?.prompt != null && is.prompt !== before.scene.floor.question?.prompt ? t('say.question', { text: is.text }) : undefined;
}
