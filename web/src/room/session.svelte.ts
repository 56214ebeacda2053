// What the room page shows, as one value: the latest view, the state of the line, the server's clock.
//
// A connection feeds it (`show`, `signalled`, `lineIs`, `clockOffset`); the page reads it and sends actions through it.
// It decides nothing: who may do what stands in `me.can`.
import { getContext, setContext } from 'svelte';
import type { Action, MyView, ParticipantId, Refusal, RoomScene, RoomView, SignalKind, SittingCount, Timestamp } from '../protocol/types';
import { seen, type Seen } from './farewell';
import { forgetNames, rememberNames } from './names';

/** What the page asks of a connection. */
export interface Line {
  /** Resolves when the action is durable; with the refusal when a rule said no. Waits while the line is down. */
  act(action: Action): Promise<void | Refusal>;
  /** A passing sign; lost while the line is down. */
  signal(kind: SignalKind): void;
  /** Closes the line for good, in good order. */
  leave(): void;
}

/** The state of the line. `over` is for good: the page does not come back by itself. */
export type LineState =
  | { line: 'connecting' }
  | { line: 'up' }
  /** Dropped; the connection tries again by itself. */
  | { line: 'dropped' }
  | { line: 'over'; because: 'left' | 'login_ended' | 'removed' | 'too_many' | 'nothing_kept' | 'no_room' | 'outdated' | 'broken'; count?: SittingCount };

/** A passing sign at somebody's seat. */
export interface ShownSignal {
  readonly from: ParticipantId;
  readonly kind: SignalKind;
  /** Names this showing, so that a second one of the same person starts anew. */
  readonly id: number;
}

/** A sign that only facilitators see; it stays until one of them has put it away. */
export interface PrivateSignal {
  readonly from: ParticipantId;
  readonly kind: SignalKind;
  readonly at: Timestamp;
}

/** How long a sign stays at a seat: long enough to be read by somebody who was looking elsewhere. */
export const SIGNAL_SHOWN_MS = 6000;
/** How long it is shown that somebody tries to speak. While they go on, it is said again every two seconds; a second is for the way. */
export const TRYING_SHOWN_MS = 4000;
/** An action without an answer for so long is slow, and that is said: before anybody wonders, and after all that is usual. */
export const SLOW_MS = 2500;
/** Signs kept at once, of either kind: more than the largest room has seats. */
const SIGNALS_MAX = 24;

export class Session {
  #view = $state.raw<{ room: RoomView; me: MyView } | undefined>(undefined);
  #line = $state.raw<LineState>({ line: 'connecting' });
  #signals = $state.raw<readonly ShownSignal[]>([]);
  #privately = $state.raw<readonly PrivateSignal[]>([]);
  #trying = $state.raw<ReadonlySet<ParticipantId>>(new Set());
  readonly #tryingEnds = new Map<ParticipantId, ReturnType<typeof setTimeout>>();
  #refusal = $state.raw<Refusal | undefined>(undefined);
  #pending = $state(0);
  #slow = $state(0);
  #offset = $state(0);
  #sawSession = $state(false);
  #watched = $state.raw<Seen | undefined>(undefined);
  // The page is drawn before its line is opened, and offers at the door what rides on it.
  #wire = $state.raw<Line | undefined>(undefined);
  #counter = 0;
  readonly #clock: () => number;

  /** `clock` is this device's clock; a test or a story may stop it. */
  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
    forgetNames();
  }

  // --- fed by the connection ---

  /** The connection that carries this session. */
  attach(wire: Line): void {
    this.#wire = wire;
  }
  /** A view arrived: it replaces what was shown. */
  show(room: RoomView, me: MyView): void {
    rememberNames(room, me);
    this.#view = { room, me };
    if (room.kind === 'room' && room.stand.stand === 'running') this.#sawSession = true;
    if (room.kind === 'room' && room.staff) this.#watched = seen(this.#watched, room);
  }
  lineIs(state: LineState): void {
    this.#line = state;
    // Nothing was kept: not here either. Not the view, and not the names.
    if (state.line === 'over' && state.because === 'nothing_kept') {
      this.#view = undefined;
      this.#watched = undefined;
      forgetNames();
    }
  }
  /** Server clock minus this device's clock, in milliseconds. */
  clockOffset(milliseconds: number): void {
    this.#offset = milliseconds;
  }
  signalled(from: ParticipantId, kind: SignalKind): void {
    if (kind !== 'me_too') {
      const others = this.#privately.filter((other) => other.from !== from || other.kind !== kind);
      this.#privately = [...others, { from, kind, at: this.now() }].slice(-SIGNALS_MAX);
      return;
    }
    const shown: ShownSignal = { from, kind, id: ++this.#counter };
    this.#signals = [...this.#signals.filter((other) => other.from !== from), shown].slice(-SIGNALS_MAX);
    setTimeout(() => {
      this.#signals = this.#signals.filter((other) => other.id !== shown.id);
    }, SIGNAL_SHOWN_MS);
  }

  /** Somebody speaks whose voice the floor keeps back. It goes by itself: nobody has to answer for having tried. */
  triesToSpeak(who: ParticipantId): void {
    clearTimeout(this.#tryingEnds.get(who));
    if (!this.#trying.has(who)) this.#trying = new Set(this.#trying).add(who);
    this.#tryingEnds.set(
      who,
      setTimeout(() => {
        this.#tryingEnds.delete(who);
        this.#trying = new Set([...this.#trying].filter((other) => other !== who));
      }, TRYING_SHOWN_MS),
    );
  }

  // --- read by the page ---

  get room(): RoomView | undefined {
    return this.#view?.room;
  }
  get me(): MyView | undefined {
    return this.#view?.me;
  }
  /** The room, where the person is in it. */
  get scene(): RoomScene | undefined {
    return this.#view?.room.kind === 'room' ? this.#view.room : undefined;
  }
  /** Whether this page shows the room, and not what lies outside it: the door, the end of the course, a line that is over. */
  get inside(): boolean {
    return this.#line.line !== 'over' && this.me?.admission === 'admitted' && this.scene !== undefined && this.scene.stand.stand !== 'closed';
  }
  get line(): LineState {
    return this.#line;
  }
  get signals(): readonly ShownSignal[] {
    return this.#signals;
  }
  /** Who tries to speak and is kept back just now: everybody for those who lead, oneself for everybody else. */
  get trying(): ReadonlySet<ParticipantId> {
    return this.#trying;
  }
  /** What only facilitators were told, until it is put away. */
  get privateSignals(): readonly PrivateSignal[] {
    return this.#privately;
  }
  /** This page saw a session run: what follows it is "closed", not "not begun". */
  get sawSession(): boolean {
    return this.#sawSession;
  }
  /** What this page saw of the session it belongs to, for those who lead. */
  get watched(): Seen | undefined {
    return this.#watched;
  }
  /** The last no, until the next action or until it is put away. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }
  /** Actions that are on their way. */
  get sending(): boolean {
    return this.#pending > 0;
  }
  /** Something that was asked has waited for longer than is usual. It is not lost: the same words are asked again until there is an answer. */
  get slow(): boolean {
    return this.#slow > 0;
  }
  /** The server's time now. */
  now(): Timestamp {
    return this.#clock() + this.#offset;
  }

  // --- done by the page ---

  /** Asks the room for something. A refusal is shown near the dock and handed back. */
  async send(action: Action): Promise<void | Refusal> {
    if (!this.#wire) return;
    this.#refusal = undefined;
    this.#pending += 1;
    let late = false;
    const wait = setTimeout(() => {
      late = true;
      this.#slow += 1;
    }, SLOW_MS);
    try {
      const refusal = await this.#wire.act(action);
      if (refusal) this.#refusal = refusal;
      return refusal;
    } finally {
      clearTimeout(wait);
      if (late) this.#slow -= 1;
      this.#pending -= 1;
    }
  }
  signal(kind: SignalKind): void {
    this.#wire?.signal(kind);
  }
  /** A facilitator has seen a private sign. */
  putSignalAway(seen: PrivateSignal): void {
    this.#privately = this.#privately.filter((other) => other !== seen);
  }
  putRefusalAway(): void {
    this.#refusal = undefined;
  }
  leave(): void {
    this.#wire?.leave();
  }
  /** The connection itself, for the notes, which ride on it. */
  get wire(): Line | undefined {
    return this.#wire;
  }
}

const KEY = Symbol('session');
/** Makes the session known to every part of the room page. */
export function provideSession(session: Session): Session {
  return setContext(KEY, session);
}
/** The session of the room page this part stands in. */
export function useSession(): Session {
  return getContext<Session>(KEY);
}
