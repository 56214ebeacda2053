// What is said aloud about what lies beside the circle, once each, to whom it concerns.
import { formatList, t } from '../i18n';
import type { CircleGlance, MyView, ParticipantId, RoomScene, Timestamp, WhisperView } from '../protocol/types';
import { alarmsOf, notOkWords } from './alarm';
import { asSeated } from './beside';
import { asideWords } from './dock.beside';
import type { Seen } from './say';
import { nameOf } from './words';

/** One's own page moved to another circle: what is heard about the floor is another floor's. */
export function movedSaid(before: Seen, after: Seen): string | undefined {
  const { scene, me } = after;
  if (before.scene.circle === scene.circle) return undefined;
  if ((scene.beside?.kind ?? 'main') === 'main') return t('say.back_in_circle');
  const others = scene.seats.filter((seat) => seat.participant !== me.participant && seat.state !== 'aside').map((seat) => seat.participant);
  if (scene.beside?.kind === 'side' && !scene.staff) return asideWords(scene, me);
  return others.length > 0 ? t('say.with', { names: names(scene, others) }) : t('circles.alone');
}

/** In the order of what cannot wait. */
export function besideSaid(before: Seen, after: Seen): string | undefined {
  const parts = [alarm(before, after), own(before, after), help(before, after), stepped(before, after), calledBack(before, after), ready(before, after), whisper(before, after)];
  const text = parts.filter((part) => part !== undefined).join(' ');
  return text === '' ? undefined : text;
}

/** How long a fresh word among those who lead is spoken of where their side is folded away. */
const FRESH_MS = 60_000;

/** What waits on the facilitators' side, in a sentence, where that is folded away: a call for help, or a fresh word. */
export function besideKnock(scene: RoomScene, me: MyView, now: Timestamp): string | undefined {
  const asked = scene.staff?.circles.find((circle) => circle.help != null && circle.circle !== scene.circle);
  if (asked) return t('say.help', { names: names(scene, asked.people) });
  const last = scene.staff?.whispers.at(-1);
  return last && last.from !== me.participant && now - last.at < FRESH_MS ? whispered(scene, last) : undefined;
}

function names(scene: RoomScene, people: readonly ParticipantId[]): string {
  return formatList(asSeated(scene, people).map((who) => nameOf(scene, who)));
}

function alarm(before: Seen, after: Seen): string | undefined {
  const known = new Set(before.scene.staff?.alarms.map((other) => other.participant));
  const fresh = alarmsOf(after.scene, after.me).filter((other) => !known.has(other.participant) && other.acknowledged_by == null);
  return fresh.length > 0 ? fresh.map((other) => t('say.alarm', { name: nameOf(after.scene, other.participant) })).join(' ') : undefined;
}

/** What became of one's own "I am not OK": that it was told, and that it was seen. */
function own(before: Seen, after: Seen): string | undefined {
  const was = before.me.not_ok;
  const is = after.me.not_ok;
  if (!is || (was && was.acknowledged_by === is.acknowledged_by)) return undefined;
  return [t('notok.thanks'), ...notOkWords(after.scene, after.me, is, is.raised_at).lines].join(' ');
}

function help(before: Seen, after: Seen): string | undefined {
  const already = new Map(before.scene.staff?.circles.map((circle) => [circle.circle, circle.help]));
  const asked = after.scene.staff?.circles.find((circle) => circle.help != null && already.get(circle.circle) == null);
  return asked ? t('say.help', { names: names(after.scene, asked.people) }) : undefined;
}

/** Those who lead are told who stepped out. */
function stepped(before: Seen, after: Seen): string | undefined {
  if (!before.scene.staff || !after.scene.staff) return undefined;
  const aside = (circles: readonly CircleGlance[]): ParticipantId[] => circles.filter((circle) => circle.kind === 'side').flatMap((circle) => circle.people);
  const was = new Set(aside(before.scene.staff.circles));
  const gone = aside(after.scene.staff.circles).filter((who) => !was.has(who) && who !== after.me.participant);
  return gone.length > 0 ? t('say.stepped_out', { names: names(after.scene, gone) }) : undefined;
}

function calledBack(before: Seen, after: Seen): string | undefined {
  const was = before.scene.beside;
  const is = after.scene.beside;
  if (!was || is?.kind !== 'breakout' || was.kind !== 'breakout') return undefined;
  if (is.called_back != null && was.called_back == null) return `${t('circles.called')} ${t('circles.called_help')}`;
  return is.ends_at != null && was.ends_at != null && is.ends_at > was.ends_at ? t('say.more_time') : undefined;
}

function ready(before: Seen, after: Seen): string | undefined {
  const fresh = after.scene.ready && after.scene.ready.asked_at !== before.scene.ready?.asked_at;
  return fresh && after.me.role !== 'facilitator' && after.me.can.includes('answer_ready') ? t('say.ready') : undefined;
}

/** That a word was said, not the word: the pane is read by whoever opens it. */
function whisper(before: Seen, after: Seen): string | undefined {
  if (!before.scene.staff || !after.scene.staff) return undefined;
  const last = after.scene.staff.whispers.at(-1);
  const was = before.scene.staff.whispers.at(-1);
  if (!last || last.from === after.me.participant || (was && last.at <= was.at)) return undefined;
  return whispered(after.scene, last);
}

function whispered(scene: RoomScene, { from, about }: WhisperView): string {
  const name = nameOf(scene, from);
  return about == null ? t('say.whisper', { name }) : t('say.cue', { name, about: nameOf(scene, about) });
}
