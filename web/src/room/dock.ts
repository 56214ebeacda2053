// What the dock offers: at most one main action, a few beside it, the rest behind "more".
//
// It invents nothing: every offer stands in `me.can`. It only chooses which of the allowed things matters most now.
import { formatOrdinal, t } from '../i18n';
import type { Action, Can, MyView, RoomScene, SeatState, SignalKind } from '../protocol/types';
import type { IconName } from './icons';
import { nameOf } from './words';

/** Dialogs an offer may open. */
export type Opens = 'write' | 'ask' | 'revoke' | 'call' | 'floor' | 'end';

export interface Offer {
  /** Names the offer in tests and keeps its button in place while words change. */
  readonly id: string;
  readonly label: string;
  /** What is heard, where the label alone would not say enough. */
  readonly spoken?: string;
  readonly icon?: IconName;
  /** The drawing stands behind the word: it points onwards. */
  readonly iconAfter?: boolean;
  readonly does: { readonly action: Action } | { readonly opens: Opens } | { readonly signal: SignalKind };
}

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
}

/** One more minute; five for a step. */
const TURN_MORE_SECONDS = 60;
const STEP_MORE_SECONDS = 300;

/** The dock for one person at one moment; `after` a session that this page has seen run, what comes next is not the main thing. */
export function dockOf(scene: RoomScene, me: MyView, after = false): Dock {
  const can = new Set(me.can);
  const closed = after && scene.stand.stand === 'lobby';
  return me.role === 'facilitator' || leads(can) ? facilitatorDock(scene, me, can, closed) : memberDock(scene, me, can, closed);
}

/** Somebody who stands in leads like a facilitator: the room says so by what they can do. */
function leads(can: ReadonlySet<Can>): boolean {
  return can.has('next_step') || can.has('go_on') || can.has('start_session');
}

function memberDock(scene: RoomScene, me: MyView, can: ReadonlySet<Can>, closed: boolean): Dock {
  const pick = picker(can);
  const dock = { said: undefined, after: undefined, bar: undefined, main: undefined, beside: [], more: signals(can) } satisfies Dock;
  const stood = closed ? t('dock.said.after') : standing(scene);
  if (stood) return { ...dock, said: stood, main: pick('resume', resume()), more: scene.stand.stand === 'paused' ? dock.more : [] };

  if (me.holding) {
    const asked = scene.floor.turn?.wants_more === true;
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
  const cancel = pick('cancel_request', act('cancel_request', t('dock.cancel'), { do: 'cancel_request' }));
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

  const open = scene.floor.mode === 'open';
  const ask = pick('ask', act('ask', open ? t('dock.ask_open') : t('dock.ask'), { do: 'ask', kind: 'share', note: null }, 'hand'));
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
  // A holder whose line is down leaves one question, wait or move on; nothing else is offered beside it.
  const suspended = scene.staff?.suspended;
  const start = act('start_session', closed ? t('dock.start_next', { session: scene.course.session }) : t('dock.start_session'), { do: 'start_session' });
  const ordered = some(
    paused ? pick('resume', resume()) : undefined,
    closed ? undefined : pick('start_session', start),
    suspended ? undefined : pick('go_on', goOn(scene)),
    turn ? undefined : firstRequest(scene, can),
    me.holding ? pick('release', act('release', t('dock.done'), { do: 'release' })) : undefined,
    // With a turn running, nothing that ends the round or the step is the main thing to do.
    turn ? undefined : pick('next_step', nextStep(scene)),
    turn ? undefined : pick('end_session', opens('end', t('dock.end_session'))),
  );
  const main = ordered[0];
  const beside = some(
    closed ? pick('start_session', start) : undefined,
    pick('wait_on', act('wait_on', t('dock.wait_on', { name: nameOf(scene, suspended?.participant) }), { do: 'wait_on' })),
    pick('move_on', act('move_on', t('dock.move_on'), { do: 'move_on' })),
    suspended ? undefined : pick('extend_turn', { ...act('extend_turn', t('dock.plus_minute'), { do: 'extend_turn', seconds: TURN_MORE_SECONDS }, 'plus'), spoken: t('dock.plus_minute_label') }),
    suspended ? undefined : pick('resume_clock', act('resume_clock', t('dock.resume_clock'), { do: 'resume_clock' }, 'play')),
    suspended ? undefined : pick('hold_clock', act('hold_clock', t('dock.hold_clock'), { do: 'hold_clock' }, 'pause')),
    paused ? pick('keep_pause', act('keep_pause', t('dock.keep_pause'), { do: 'keep_pause' })) : undefined,
    me.holding && main?.id !== 'release' ? pick('release', act('release', t('dock.done'), { do: 'release' })) : undefined,
    // A round begins with its step; where none runs, everybody has been heard.
    !turn && scene.floor.mode === 'round' && !scene.floor.round_running ? pick('start_round', startRound(scene)) : undefined,
  ).slice(0, 3);
  const shown = new Set([main?.id, ...beside.map((offer) => offer.id)]);
  const more = some(
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
  const lobby = scene.stand.stand === 'lobby';
  const said = closed ? t('dock.said.after_staff') : lobby ? t('dock.said.lobby_staff') : undefined;
  return { said, after: undefined, bar: undefined, main, beside, more };
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
  return undefined;
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
  const step = scene.agenda.current == null ? undefined : scene.agenda.steps[scene.agenda.current + 1];
  return { ...act('next_step', step ? t('dock.next_step', { step: step.name }) : t('dock.go_on_plain'), { do: 'next_step' }, 'arrow'), iconAfter: true };
}

function startRound(scene: RoomScene): Offer {
  return act('start_round', scene.floor.mode === 'round' ? t('dock.new_round') : t('dock.start_round'), { do: 'start_round' }, 'comes-back');
}

function resume(): Offer {
  return act('resume', t('dock.resume'), { do: 'resume' }, 'play');
}

function signals(can: ReadonlySet<Can>): Offer[] {
  if (!can.has('signal')) return [];
  return [signal('slower', t('dock.slower'), 'slower'), signal('need_break', t('dock.need_break'), 'cup')];
}

const picker =
  (can: ReadonlySet<Can>) =>
  (need: Can, offer: Offer): Offer | undefined =>
    can.has(need) ? offer : undefined;

function act(id: string, label: string, action: Action, icon?: IconName): Offer {
  return { id, label, does: { action }, ...(icon ? { icon } : {}) };
}
function opens(what: Opens, label: string, icon?: IconName): Offer {
  return { id: what === 'end' ? 'end_session' : `open_${what}`, label, does: { opens: what }, ...(icon ? { icon } : {}) };
}
function signal(kind: SignalKind, label: string, icon: IconName): Offer {
  return { id: `signal_${kind}`, label, does: { signal: kind }, icon };
}
function some(...offers: (Offer | undefined)[]): Offer[] {
  return offers.filter((offer) => offer !== undefined);
}
