// What the dock offers: at most one main action, a few beside it, the rest behind "more".
//
// It invents nothing: every offer stands in `me.can`. It only chooses which of the allowed things matters most now.
import { formatOrdinal, t } from '../i18n';
import type { Can, Country, MyView, RoomScene, SeatState } from '../protocol/types';
import { besides } from './dock.beside';
import { askWord, decline, leading, onlookersPart, ownPart, restWord } from './dock.modes';
import { act, opens, picker, signal, some, type Offer } from './offers';
import { nameOf } from './words';

export type { Offer, Opens } from './offers';

/** "You are next · Pass": says where one stands and carries the way out of it. */
export interface Bar {
  readonly tone: 'next' | 'place';
  readonly text: string;
  readonly inside: Offer | undefined;
}

export interface Dock {
  /** A calm sentence where there is nothing to press, or about what was pressed. */
  readonly said: string | undefined;
  /** Whose turn comes before one's own, for the line above the bar. */
  readonly after: string | undefined;
  readonly bar: Bar | undefined;
  readonly main: Offer | undefined;
  readonly beside: readonly Offer[];
  readonly more: readonly Offer[];
  /** The session is over: the way out is the main thing. */
  readonly out: boolean;
}

/** One more minute; five for a step. */
const TURN_MORE_SECONDS = 60;
const STEP_MORE_SECONDS = 300;

/** The dock for one person at one moment; `after` a session that this page has seen run, what comes next is not the main thing. */
export function dockOf(scene: RoomScene, me: MyView, after = false): Dock {
  const can = new Set(me.can);
  const closed = after && scene.stand.stand === 'lobby';
  const dock = me.role === 'facilitator' || leads(can) ? facilitatorDock(scene, me, can, closed) : memberDock(scene, me, can, closed);
  return besides(dock, scene, me, can);
}

/** Somebody who stands in leads like a facilitator: the room says so by what they can do. */
function leads(can: ReadonlySet<Can>): boolean {
  return can.has('next_step') || can.has('go_on') || can.has('start_session');
}

function memberDock(scene: RoomScene, me: MyView, can: ReadonlySet<Can>, closed: boolean): Dock {
  const pick = picker(can);
  const dock = { said: undefined, after: undefined, bar: undefined, main: undefined, beside: [], more: signals(can), out: closed } satisfies Dock;
  const stood = closed ? t('dock.said.after') : standing(scene);
  if (stood) return { ...dock, said: stood, main: pick('resume', resume()), beside: some(decline(scene, me, can)), more: scene.stand.stand === 'paused' ? dock.more : [] };

  const own = ownPart(scene, me, can) ?? (me.holding ? undefined : onlookersPart(scene, me, can));
  if (own) return { ...dock, ...own, more: me.holding ? [] : [...some(cancelOf(can)), ...dock.more] };

  if (me.holding) {
    const asked = me.asked_for_more;
    return {
      ...dock,
      said: asked ? t('dock.more_time_asked') : undefined,
      main: pick('release', act('release', t('dock.done'), { do: 'release' })),
      beside: some(
        asked ? undefined : pick('need_more_time', act('need_more_time', t('dock.more_time'), { do: 'need_more_time' })),
        pick('pass', act('pass', t('dock.pass_floor'), { do: 'pass' })),
      ),
      more: [],
    };
  }

  const instead = some(
    pick('come_back', act('come_back', t('dock.come_back'), { do: 'come_back' })),
    pick('write_instead', opens('write', t('dock.write'))),
  );
  const pass = pick('pass', act('pass', t('dock.pass'), { do: 'pass' }));
  const cancel = cancelOf(can);
  const holder = scene.floor.turn?.holders[0];

  if (me.place === 1) {
    return {
      ...dock,
      after: holder === undefined ? undefined : nameOf(scene, holder),
      bar: { tone: 'next', text: t('dock.you_are_next'), inside: pass ?? cancel },
      beside: [...instead, ...(pass && cancel ? [cancel] : [])],
    };
  }
  if (me.place != null) {
    return {
      ...dock,
      bar: { tone: 'place', text: t('dock.you_are_place', { place: formatOrdinal(me.place) }), inside: cancel ?? pass },
      beside: [...(cancel && pass ? [pass] : []), ...instead],
    };
  }
  if (cancel) {
    // Asked where there is no line: the facilitator gives every turn.
    return { ...dock, said: t('dock.said.asked'), bar: { tone: 'place', text: t('dock.asked'), inside: cancel }, beside: some(pass, ...instead) };
  }

  const ask = pick('ask', act('ask', askWord(scene), { do: 'ask', kind: 'share', note: null }, 'hand'));
  const meToo = can.has('signal') ? [signal('me_too', t('dock.me_too'), 'heart')] : [];
  return {
    ...dock,
    said: saidTo(scene, me),
    main: ask,
    beside: [...some(pass), ...instead, ...meToo],
    more: [...some(pick('ask', opens('ask', t('dock.ask_more')))), ...dock.more],
  };
}

function facilitatorDock(scene: RoomScene, me: MyView, can: ReadonlySet<Can>, closed: boolean): Dock {
  const pick = picker(can);
  const turn = scene.floor.turn;
  const paused = scene.stand.stand === 'paused';
  const mode = leading(scene, can);
  const own = ownPart(scene, me, can);
  // A holder whose line is down leaves one question, wait or move on; nothing else is offered beside it.
  const suspended = scene.staff?.suspended;
  const start = act('start_session', closed ? t('dock.start_next', { session: scene.course.session }) : t('dock.start_session'), { do: 'start_session' });
  const ordered = some(
    paused ? pick('resume', resume()) : undefined,
    closed ? undefined : pick('start_session', start),
    closed || numbersKnown(scene).length === 0 ? undefined : pick('set_country', opens('country', t('dock.set_country'))),
    own?.main,
    ...mode.first,
    suspended || !mode.goesOn ? undefined : pick('go_on', goOn(scene)),
    turn ? undefined : firstRequest(scene, can),
    me.holding && !own ? pick('release', act('release', t('dock.done'), { do: 'release' })) : undefined,
    // With a turn running, nothing that ends the round or the step is the main thing to do.
    turn ? undefined : pick('next_step', nextStep(scene)),
    turn ? undefined : pick('end_session', opens('end', t('dock.end_session'))),
  );
  const main = own?.bar ? undefined : ordered[0];
  const beside = some(
    own?.main && own.main !== main ? own.main : undefined,
    ...(own?.beside ?? []),
    closed ? pick('start_session', start) : undefined,
    pick('wait_on', act('wait_on', t('dock.wait_on', { name: nameOf(scene, suspended?.participant) }), { do: 'wait_on' })),
    pick('move_on', act('move_on', t('dock.move_on'), { do: 'move_on' })),
    suspended ? undefined : pick('extend_turn', { ...act('extend_turn', t('dock.plus_minute'), { do: 'extend_turn', seconds: TURN_MORE_SECONDS }, 'plus'), spoken: t('dock.plus_minute_label') }),
    suspended ? undefined : pick('resume_clock', act('resume_clock', t('dock.resume_clock'), { do: 'resume_clock' }, 'play')),
    suspended ? undefined : pick('hold_clock', act('hold_clock', t('dock.hold_clock'), { do: 'hold_clock' }, 'pause')),
    paused ? pick('keep_pause', act('keep_pause', t('dock.keep_pause'), { do: 'keep_pause' })) : undefined,
    ...mode.beside,
    me.holding && !own && main?.id !== 'release' ? pick('release', act('release', t('dock.done'), { do: 'release' })) : undefined,
    // A round begins with its step; where none runs, everybody has been heard.
    !turn && scene.floor.mode === 'round' && !scene.floor.round_running ? pick('start_round', startRound(scene)) : undefined,
  ).slice(0, 3);
  const shown = new Set([main?.id, ...beside.map((offer) => offer.id)]);
  const more = some(
    ...mode.more,
    pick('call', opens('call', t('dock.call'), 'people')),
    pick('take_floor', act('take_floor', t('dock.take_floor'), { do: 'take_floor' }, 'mic')),
    pick('revoke', opens('revoke', t('dock.revoke'), 'return')),
    pick('clear_prompt', act('clear_prompt', t('dock.clear_prompt'), { do: 'clear_prompt' }, 'close')),
    pick('start_round', startRound(scene)),
    pick('set_floor', opens('floor', t('dock.set_floor'), 'sliders')),
    pick('extend_step', act('extend_step', t('dock.extend_step'), { do: 'extend_step', seconds: STEP_MORE_SECONDS }, 'plus')),
    pick('next_step', nextStep(scene)),
    pick('end_session', opens('end', t('dock.end_session'), 'door')),
  ).filter((offer) => !shown.has(offer.id));
  const said = closed ? t('dock.said.after_staff') : scene.stand.stand === 'lobby' ? beforeBegin(scene, can) : own?.said;
  return { said, after: undefined, bar: own?.bar, main, beside, more, out: closed };
}

/** What those who lead read before a session: that they may begin, or what stands in the way of it. */
function beforeBegin(scene: RoomScene, can: ReadonlySet<Can>): string | undefined {
  if (can.has('start_session')) return t('dock.said.lobby_staff');
  const notices = scene.staff?.notices ?? [];
  // Numbers come first: without them nobody is let in either.
  if (notices.some(({ notice }) => notice === 'no_numbers')) return numbersKnown(scene).length > 0 ? t('dock.said.country_first') : t('dock.said.no_numbers');
  return notices.some(({ notice }) => notice === 'needs_second') ? t('dock.said.needs_second') : undefined;
}

/** The countries that can be chosen, where nobody knows yet whom to call. */
export function numbersKnown(scene: RoomScene): readonly Country[] {
  return scene.staff?.notices.find((notice) => notice.notice === 'no_numbers')?.known ?? [];
}

/** What stands in the way of everything, in words. */
function standing(scene: RoomScene): string | undefined {
  switch (scene.stand.stand) {
    case 'paused':
      return t('dock.said.paused');
    case 'held':
      if (!scene.stand.long) return t('dock.said.held');
      return scene.stand.contact ? t('floor.held_long_call', { contact: scene.stand.contact }) : t('floor.held_long');
    case 'lobby':
      return t('dock.said.lobby');
    case 'running':
    case 'closed':
      return undefined;
  }
}

/** A sentence for somebody who has nothing to wait for. */
function saidTo(scene: RoomScene, me: MyView): string | undefined {
  if (me.role === 'observer') return t('dock.said.listening');
  if (me.returning) return t('dock.said.returning');
  if (me.request?.status === 'denied') return t('dock.said.denied');
  const state: SeatState | undefined = scene.seats.find((seat) => seat.participant === me.participant)?.state;
  if (state === 'passed') return t('dock.said.passed');
  if (state === 'spoke') return t('dock.said.spoke');
  if (state === 'wrote') return t('dock.said.wrote');
  if (state === 'comes_back') return t('dock.said.comes_back');
  if (scene.floor.mode === 'open' && me.may_speak) return t('dock.said.open');
  return restWord(scene);
}

function cancelOf(can: ReadonlySet<Can>): Offer | undefined {
  return picker(can)('cancel_request', act('cancel_request', t('dock.cancel'), { do: 'cancel_request' }));
}

function goOn(scene: RoomScene): Offer {
  const next = scene.floor.next;
  const label = next == null ? t('dock.go_on_plain') : t('dock.go_on', { name: nameOf(scene, next) });
  return { ...act('go_on', label, { do: 'go_on' }, 'arrow'), iconAfter: true };
}

/** Where facilitators give every turn, the first who asked is the one to give it to. */
function firstRequest(scene: RoomScene, can: ReadonlySet<Can>): Offer | undefined {
  const first = scene.staff?.requests.find((request) => request.status === 'pending' || request.status === 'accepted');
  if (!first || !can.has('grant')) return undefined;
  return act('grant', t('dock.grant', { name: nameOf(scene, first.participant) }), { do: 'grant', request: first.request }, 'mic');
}

function nextStep(scene: RoomScene): Offer {
  const { current, steps } = scene.agenda;
  const step = current == null ? undefined : steps.slice(current + 1).find((ahead) => ahead.state !== 'left_out');
  return { ...act('next_step', step ? t('dock.next_step', { step: step.name }) : t('dock.go_on_plain'), { do: 'next_step' }, 'arrow'), iconAfter: true };
}

function startRound(scene: RoomScene): Offer {
  return opens('round', scene.floor.mode === 'round' ? t('dock.new_round') : t('dock.start_round'), 'comes-back');
}

function resume(): Offer {
  return act('resume', t('dock.resume'), { do: 'resume' }, 'play');
}

function signals(can: ReadonlySet<Can>): Offer[] {
  if (!can.has('signal')) return [];
  return [signal('slower', t('dock.slower'), 'slower'), signal('need_break', t('dock.need_break'), 'cup')];
}
