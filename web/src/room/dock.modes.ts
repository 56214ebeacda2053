// What the dock offers in the stick, the pair, the fishbowl and in silence, where the general dock would not say enough.
//
// Like the dock itself it invents nothing: every offer stands in `me.can`.
import { t } from '../i18n';
import type { Can, MyView, RoomScene } from '../protocol/types';
import type { Bar } from './dock';
import { namesOf } from './modes';
import { act, opens, picker, signal, some, type Offer } from './offers';
import { leadersWord, nameOf } from './words';

/** One person's own part in a mode; the dock is filled with it. */
export interface Part {
  readonly said?: string;
  readonly bar?: Bar;
  readonly main?: Offer | undefined;
  readonly beside: readonly Offer[];
}

/** A person's own part in these modes; nothing where the general dock serves. */
export function ownPart(scene: RoomScene, me: MyView, can: ReadonlySet<Can>): Part | undefined {
  switch (scene.floor.mode) {
    case 'stick':
      return stick(scene, me, can);
    case 'pair':
      return pair(scene, me, can);
    case 'fishbowl':
      return bowl(scene, me, can);
    default:
      return undefined;
  }
}

/** What somebody reads who has no part of their own to play just now. */
export function onlookersPart(scene: RoomScene, me: MyView, can: ReadonlySet<Can>): Part | undefined {
  const { mode, pair: two } = scene.floor;
  if (mode === 'silence') return { said: me.place == null ? t('silence.said') : t('silence.said_place'), beside: [] };
  if (mode !== 'pair') return undefined;
  const said = two ? t('pair.said.onlooker', { names: namesOf(scene, [two.speaker, two.listener]) }) : t('pair.said.none');
  return { said, beside: can.has('signal') ? [signal('me_too', t('dock.me_too'), 'heart')] : [] };
}

function stick(scene: RoomScene, me: MyView, can: ReadonlySet<Can>): Part | undefined {
  const pick = picker(can);
  if (me.offered_by != null) {
    const name = nameOf(scene, me.offered_by);
    return {
      said: t('stick.said.offered', { name }),
      main: pick('accept', act('accept', t('stick.accept'), { do: 'accept' }, 'stick')),
      beside: some(decline(scene, me, can)),
    };
  }
  if (!me.holding) return undefined;
  const lay = pick('release', act('release', t('stick.lay'), { do: 'release' }));
  const more = me.asked_for_more ? undefined : pick('need_more_time', act('need_more_time', t('dock.more_time'), { do: 'need_more_time' }));
  if (me.offering_to != null) {
    const name = nameOf(scene, me.offering_to);
    const back = pick('withdraw_offer', act('withdraw_offer', t('stick.withdraw'), { do: 'withdraw_offer' }));
    return {
      said: t('stick.said.offering', { name, leaders: leadersWord(scene.course) }),
      bar: { tone: 'place', text: t('stick.offering', { name }), inside: back },
      beside: some(pick('offer', opens('offer', t('stick.offer_other'))), lay),
    };
  }
  const offer = pick('offer', opens('offer', t('stick.offer'), 'stick'));
  const no = me.declined_by.length > 0 ? { said: t('stick.said.declined', { names: namesOf(scene, me.declined_by) }) } : {};
  return { ...no, main: offer ?? lay, beside: some(offer ? lay : undefined, more) };
}

/** "No, thank you" is always possible, in a pause too. Whoever offers learns of it, so the button says whom it reaches. */
export function decline(scene: RoomScene, me: MyView, can: ReadonlySet<Can>): Offer | undefined {
  const values = { name: nameOf(scene, me.offered_by), leaders: leadersWord(scene.course) };
  const offer = act('decline', t('stick.decline'), { do: 'decline' });
  return picker(can)('decline', { ...offer, note: t('stick.decline_note', values), spoken: t('stick.decline_spoken', values) });
}

function pair(scene: RoomScene, me: MyView, can: ReadonlySet<Can>): Part | undefined {
  const pick = picker(can);
  const two = scene.floor.pair;
  if (!two || (two.speaker !== me.participant && two.listener !== me.participant)) return undefined;
  const listens = two.listener === me.participant;
  const name = nameOf(scene, listens ? two.speaker : two.listener);
  const pass = (label: string): Offer | undefined => pick('pass', act('pass', label, { do: 'pass' }, 'swap'));
  if (listens) {
    const begun = scene.floor.turn?.holders.includes(two.speaker) ?? false;
    return { said: two.saying_back ? t('pair.said.your_part', { name }) : begun ? t('pair.said.listen', { name }) : t('pair.said.listen_first', { name }), beside: [] };
  }
  if (!me.holding) return { said: t('pair.said.ready', { name }), beside: some(pick('pass', act('pass', t('dock.pass'), { do: 'pass' }))) };
  if (two.saying_back) {
    return {
      said: t('pair.said.is_that_it'),
      main: pick('confirm', act('confirm', t('pair.confirm'), { do: 'confirm' })),
      beside: some(pick('say_again', act('say_again', t('pair.say_again'), { do: 'say_again' })), pass(t('pair.swap'))),
    };
  }
  const asked = me.asked_for_more;
  return {
    ...(asked ? { said: t('dock.more_time_asked') } : {}),
    main: pick('release', act('release', t('pair.said_it'), { do: 'release' })),
    beside: some(asked ? undefined : pick('need_more_time', act('need_more_time', t('dock.more_time'), { do: 'need_more_time' })), pass(t('pair.pass', { name }))),
  };
}

function bowl(scene: RoomScene, me: MyView, can: ReadonlySet<Can>): Part | undefined {
  const pick = picker(can);
  if (scene.floor.inner.includes(me.participant)) {
    return { said: t('bowl.said.inside'), beside: some(pick('pass', act('pass', t('bowl.step_out'), { do: 'pass' }, 'inside-out'))) };
  }
  if (!me.holding) return undefined;
  return {
    said: t('bowl.said.seat'),
    main: pick('release', act('release', t('bowl.done'), { do: 'release' })),
    beside: some(me.asked_for_more ? undefined : pick('need_more_time', act('need_more_time', t('dock.more_time'), { do: 'need_more_time' }))),
  };
}

/** "Ask to speak", in the words of the mode. What lies free is picked up at once; what is held is asked for. */
export function askWord(scene: RoomScene): string {
  const { mode, turn, line, advance } = scene.floor;
  const free = !turn && line.length === 0 && advance === 'auto';
  if (mode === 'open') return t('dock.ask_open');
  if (mode === 'stick') return free ? t('stick.pick_up') : t('stick.ask');
  if (mode === 'fishbowl') return free ? t('bowl.take') : t('bowl.ask');
  return t('dock.ask');
}

/** A sentence for somebody with nothing to wait for, where the mode has one and the middle of the circle does not say it. */
export function restWord(scene: RoomScene): string | undefined {
  const { mode, inner, turn } = scene.floor;
  if (mode === 'stick' && turn) return t('stick.said.rest');
  if (mode === 'fishbowl' && inner.length > 0) return t('bowl.said.outside');
  return undefined;
}

/** What leads in these modes, for facilitators: what there is to name first, and what may be named anew. */
export interface Leading {
  /** Before the way on: without it the mode has not begun. */
  readonly first: readonly Offer[];
  /** Whether "go on" is the main thing to do, as it is elsewhere. Where people hand the floor on by themselves it only cuts in. */
  readonly goesOn: boolean;
  readonly beside: readonly Offer[];
  readonly more: readonly Offer[];
}

export function leading(scene: RoomScene, can: ReadonlySet<Can>): Leading {
  const pick = picker(can);
  const { mode, pair: two, inner, turn, next } = scene.floor;
  const onward = (label: string, icon: 'stick' | 'swap' | 'inside-out'): Offer[] => some(turn ? pick('go_on', act('go_on', label, { do: 'go_on' }, icon)) : undefined);
  switch (mode) {
    case 'stick':
      return next == null
        ? { first: [], goesOn: !turn, beside: [], more: onward(t('stick.lay'), 'stick') }
        : { first: [], goesOn: !turn, beside: onward(t('stick.give', { name: nameOf(scene, next) }), 'stick'), more: [] };
    case 'pair': {
      const name = some(pick('form_pair', opens('pair', two ? t('pair.name_others') : t('pair.name'), 'swap')));
      return { first: two ? [] : name, goesOn: !two || !turn, beside: two ? onward(t('pair.swap'), 'swap') : [], more: two ? name : [] };
    }
    case 'fishbowl': {
      const name = some(pick('set_inner', opens('inner', inner.length > 0 ? t('bowl.name_others') : t('bowl.name'), 'inside')));
      const free = next == null ? onward(t('bowl.free'), 'inside-out') : [];
      return { first: inner.length > 0 ? [] : name, goesOn: next != null || !turn, beside: [], more: [...(inner.length > 0 ? name : []), ...free] };
    }
    default:
      return { first: [], goesOn: true, beside: [], more: [] };
  }
}
