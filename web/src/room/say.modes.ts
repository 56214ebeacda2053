// What is said aloud about the stick, the pair, the fishbowl and silence when the view changes: once each, to whom it concerns.
import { t } from '../i18n';
import { namesOf } from './modes';
import type { Seen } from './say';
import { nameOf } from './words';

/** What to say beside a change of the floor itself. */
export function modeSaid(before: Seen, after: Seen): string | undefined {
  const parts = [silence(before, after), offer(before, after), pair(before, after), bowl(before, after)];
  const text = parts.filter((part) => part !== undefined).join(' ');
  return text === '' ? undefined : text;
}

/** A turn began: in these modes it has a name of its own. Nothing where "has the floor" is right. */
export function turnSaid({ scene, me }: Seen): string | undefined {
  const name = nameOf(scene, scene.floor.turn?.holders[0]);
  switch (scene.floor.mode) {
    case 'stick':
      return me.holding ? t('say.your_stick') : t('say.stick', { name });
    case 'fishbowl':
      return me.holding ? t('bowl.said.seat') : t('say.seat', { name });
    case 'pair':
      return scene.floor.pair?.listener === me.participant ? t('say.pair_you_listen', { name }) : undefined;
    default:
      return undefined;
  }
}

/** A turn ended and none began. */
export function freeSaid({ scene }: Seen): string | undefined {
  switch (scene.floor.mode) {
    case 'stick':
      return t('say.stick_free');
    case 'fishbowl':
      return t('say.seat_free');
    case 'silence':
      return ''; // the silence itself is said
    default:
      return undefined;
  }
}

function silence(before: Seen, after: Seen): string | undefined {
  const was = before.scene.floor.mode === 'silence';
  const is = after.scene.floor.mode === 'silence';
  if (was === is) return undefined;
  return is ? t('say.silence') : t('say.silence_over');
}

function offer(before: Seen, after: Seen): string | undefined {
  const { scene, me } = after;
  if (me.offered_by != null && before.me.offered_by == null) return t('stick.said.offered', { name: nameOf(scene, me.offered_by) });
  // Declined by oneself or taken back by the other: what is heard must not depend on which, and is true of both.
  if (before.me.offered_by != null && me.offered_by == null && !me.holding) return t('say.offer_gone');
  const no = me.declined_by.filter((who) => !before.me.declined_by.includes(who));
  return me.holding && before.me.holding && no.length > 0 ? t('say.declined', { names: namesOf(scene, no) }) : undefined;
}

function pair(before: Seen, after: Seen): string | undefined {
  const { scene, me } = after;
  const was = before.scene.floor.pair;
  const is = scene.floor.pair;
  if (!is) return undefined;
  const name = nameOf(scene, is.speaker);
  const other = nameOf(scene, is.listener);
  const two = (pair: typeof is): string => [pair.speaker, pair.listener].sort().join();
  if (!was || two(was) !== two(is)) {
    if (is.speaker === me.participant) return t('say.pair_you_speak', { name: other });
    return is.listener === me.participant ? t('say.pair_you_listen', { name }) : t('say.pair', { name, other });
  }
  if (is.saying_back && !was.saying_back) return is.listener === me.participant ? t('say.your_part') : t('say.being_said_back', { name: other });
  const same = before.scene.floor.turn?.turn === scene.floor.turn?.turn;
  if (!is.saying_back && was.saying_back && same && is.speaker !== me.participant) return t('say.again', { name });
  return undefined;
}

function bowl(before: Seen, after: Seen): string | undefined {
  const { scene, me } = after;
  if (scene.floor.mode !== 'fishbowl') return undefined;
  const was = before.scene.floor.inner;
  const is = scene.floor.inner;
  const inside = is.includes(me.participant);
  if (inside !== was.includes(me.participant)) return inside ? t('say.inside') : me.holding ? undefined : t('say.outside');
  const same = was.length === is.length && is.every((who) => was.includes(who));
  return same || is.length === 0 ? undefined : t('say.inner', { names: namesOf(scene, is, me) });
}
