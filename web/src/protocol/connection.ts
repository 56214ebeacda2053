/**
 * One person's line to one room.
 *
 * It gets a ticket, opens the socket, says hello, and from then on keeps three promises: the view is always the newest whole one; a
 * command is done once, however often the line drops while it is on its way; and a line that is dead is noticed and replaced
 * without anybody pressing anything. It knows no rule of the room and no framework. What time and chance it needs is handed in.
 */
import { Backoff, type Chance } from './backoff';
import { answerTo, type Answer, type EndReason } from './closing';
import { ServerClock } from './clock';
import type { ClientMessage, Action, MyView, NoteRef, ParticipantId, Refusal, RoomView, ServerMessage, SignalKind, SittingCount } from './types';
import { Cell, type Stop, type Watched } from './watched';

export type { EndReason } from './closing';
export { openLine, type RoomLine } from './line';

/** The subprotocol we speak. The server answers with it; the ticket rides as the second one and is never echoed. */
export const SUBPROTOCOL = 'rondo.1';
const WIRE_VERSION = 1;

/** From asking for a ticket to the welcome, in each of its two halves. A phone on a poor line opens TLS in three or four seconds. */
const OPENING_WAIT_MS = 10_000;
/** After this long without a drop the line counts as steady and the backoff starts anew. Less, and a server that dies at every hello is hammered. */
const STEADY_AFTER_MS = 10_000;
/** Between heartbeats where the server names none that makes sense. */
const USUAL_HEARTBEAT_SECONDS = 15;
/** When the page wakes, an answer is expected sooner than in a whole heartbeat: somebody is looking at it. */
const WAKE_WAIT_MS = 4_000;
/** Closes for something we sent. The third time it will not be different. */
const MOST_FAULTS = 3;
/** After "far too many messages". */
const SLOW_DOWN_MS = 5_000;
/** The spread of the return after a planned restart, so that a whole server's people do not arrive in one instant. */
const RESTART_SPREAD_MS = 2_000;
/** Unanswered commands. A person presses a handful of buttons in an outage, not thirty-two. */
export const MOST_PENDING_COMMANDS = 32;
/** How long a press is meant for the room as it was seen. Two minutes outlast a restart and a tunnel; a later "go on" would end somebody else's turn. */
export const COMMAND_LIFE_MS = 120_000;

/** What the connection is doing, for the page to say. */
export type Line =
  | { readonly state: 'connecting'; readonly tries: number }
  | { readonly state: 'live' }
  | { readonly state: 'dropped'; readonly since: number; readonly tries: number }
  | { readonly state: 'ended'; readonly reason: EndReason; readonly count?: SittingCount };

/** The newest view. */
export interface Shown {
  readonly seq: number;
  readonly room: RoomView;
  readonly me: MyView;
}

/** What became of a command. */
export type ActResult = { readonly seq: number } | Refusal;

/** As much of a WebSocket as is used. */
export interface Socket {
  binaryType: string;
  readonly protocol: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}

export interface Timers {
  set(run: () => void, ms: number): number;
  clear(timer: number): void;
}

/** What a page may tell about the device: it woke up, or the network is back. */
export interface Wakes {
  onWake(run: () => void): Stop;
}

export interface ConnectionParts {
  readonly room: string;
  /** A one-use ticket. A rejection that carries a `code` (the API's problem codes) is understood; any other is a failed try. */
  readonly ticket: () => Promise<{ ticket: string }>;
  readonly open?: (path: string, subprotocols: string[]) => Socket;
  readonly timers?: Timers;
  readonly wakes?: Wakes;
  readonly now?: () => number;
  readonly chance?: Chance;
  readonly randomBytes?: (bytes: Uint8Array<ArrayBuffer>) => void;
}

interface Pending {
  readonly frame: string;
  readonly settle: (result: ActResult) => void;
  readonly expiry: number;
}

/** What a page says about voices and pictures. */
export type MediaSaying = Extract<ClientMessage, { type: 'media_offer' | 'media_restart' | 'media_relays' | 'media_wishes' | 'media_end' }>;
/** What it is told about them. */
export type MediaMessage = Extract<ServerMessage, { type: 'welcome' | 'media_answer' | 'media_refused' | 'media_stands' | 'media_ended' | 'media_relays' | 'trying_to_speak' }>;

export interface NoteRefusal {
  readonly note: NoteRef;
  readonly reference: number;
  readonly refusal: Refusal;
}

export class Connection {
  readonly room: string;
  readonly clock: ServerClock;

  readonly #ticket: () => Promise<{ ticket: string }>;
  readonly #open: (path: string, subprotocols: string[]) => Socket;
  readonly #timers: Timers;
  readonly #now: () => number;
  readonly #chance: Chance;
  readonly #randomBytes: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly #backoff: Backoff;

  /** What is left of a sitting of which nothing is kept, for who leads. */
  #count: SittingCount | undefined;
  readonly #line = new Cell<Line>({ state: 'connecting', tries: 0 });
  readonly #view = new Cell<Shown | null>(null);
  readonly #you = new Cell<ParticipantId | null>(null);
  readonly #signals = new Set<(from: ParticipantId, kind: SignalKind) => void>();
  readonly #noteFrames = new Set<(frame: Uint8Array) => void>();
  readonly #noteRefusals = new Set<(refused: NoteRefusal) => void>();
  readonly #media = new Set<(message: MediaMessage) => void>();
  readonly #pending = new Map<string, Pending>();

  #socket: Socket | null = null;
  /** Names the running try. Whatever an older try still says is not heard. */
  #try = 0;
  #started = false;
  #everLive = false;
  #faults = 0;
  /** The position of the newest view on this very socket. */
  #shownSeq = -1;
  /** A ping was sent and nothing whatever was heard since. */
  #waitingForSign = false;
  #heartbeatMs = USUAL_HEARTBEAT_SECONDS * 1000;
  #openingTimer: number | null = null;
  #heartbeatTimer: number | null = null;
  #steadyTimer: number | null = null;
  #retryTimer: number | null = null;
  #stopWakes: Stop | null = null;
  readonly #wakes: Wakes;

  constructor(parts: ConnectionParts) {
    this.room = parts.room;
    this.#ticket = parts.ticket;
    this.#open = parts.open ?? openWebSocket;
    this.#timers = parts.timers ?? browserTimers;
    this.#wakes = parts.wakes ?? browserWakes;
    this.#now = parts.now ?? Date.now;
    this.#chance = parts.chance ?? Math.random;
    this.#randomBytes = parts.randomBytes ?? ((bytes) => crypto.getRandomValues(bytes));
    this.#backoff = new Backoff(this.#chance);
    this.clock = new ServerClock(this.#now);
  }

  get line(): Watched<Line> {
    return this.#line;
  }

  /** The newest view, kept while the line is down: the page goes on showing what was last known. */
  get view(): Watched<Shown | null> {
    return this.#view;
  }

  /** Who the page speaks for; known from the first welcome. */
  get you(): Watched<ParticipantId | null> {
    return this.#you;
  }

  /** Begin, or begin anew after an end (somebody pressed "try again", or signed in). */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#faults = 0;
    this.#everLive = false;
    this.#backoff.reset();
    this.#stopWakes = this.#wakes.onWake(() => this.#wake());
    this.#line.set({ state: 'connecting', tries: 0 });
    void this.#connect();
  }

  /** The person leaves. Commands still on their way are given up. */
  leave(): void {
    if (!this.#started) return;
    const socket = this.#socket;
    this.#end('left');
    socket?.close(1000);
  }

  /** Ask the room to do something. Resolves to its position in the journal, or to a refusal; never rejects. */
  act(action: Action): Promise<ActResult> {
    if (this.#line.value.state === 'ended') return Promise.resolve(notSent());
    if (this.#pending.size >= MOST_PENDING_COMMANDS) {
      return Promise.resolve({ code: 'too_fast', sentence: 'Many things are still on their way. Wait a moment and try again.' });
    }
    const id = this.#commandId();
    const frame = JSON.stringify({ type: 'act', id, action });
    return new Promise((settle) => {
      const expiry = this.#timers.set(() => this.#settle(id, notSent()), COMMAND_LIFE_MS);
      this.#pending.set(id, { frame, settle, expiry });
      if (this.#line.value.state === 'live') this.#socket?.send(frame);
    });
  }

  /** A passing sign. Not kept: a sign that arrives a minute later is another sign. */
  signal(kind: SignalKind): boolean {
    if (this.#line.value.state !== 'live') return false;
    this.#socket?.send(JSON.stringify({ type: 'signal', kind }));
    return true;
  }

  /** One binary frame of a note; false where there is no line to put it on. */
  sendNote(frame: Uint8Array<ArrayBuffer>): boolean {
    if (this.#line.value.state !== 'live') return false;
    this.#socket?.send(frame);
    return true;
  }

  /** What concerns voices and pictures; false where there is no line to put it on. It is never said later: the call itself begins anew. */
  sendMedia(message: MediaSaying): boolean {
    if (this.#line.value.state !== 'live') return false;
    this.#socket?.send(JSON.stringify(message));
    return true;
  }

  /** What the hub says of voices and pictures; a welcome too, for it says whether there are any, and that a call has to begin anew. */
  onMedia(hear: (message: MediaMessage) => void): Stop {
    return listen(this.#media, hear);
  }

  onSignal(hear: (from: ParticipantId, kind: SignalKind) => void): Stop {
    return listen(this.#signals, hear);
  }

  onNoteFrame(hear: (frame: Uint8Array) => void): Stop {
    return listen(this.#noteFrames, hear);
  }

  onNoteRefused(hear: (refused: NoteRefusal) => void): Stop {
    return listen(this.#noteRefusals, hear);
  }

  // --- one try ---

  async #connect(): Promise<void> {
    this.#cancel('#retryTimer');
    const mine = (this.#try += 1);
    const current = () => this.#try === mine;
    this.#shownSeq = -1;
    this.#openingTimer = this.#timers.set(() => {
      if (current()) this.#lost({ kind: 'retry' });
    }, OPENING_WAIT_MS);

    let ticket: string;
    try {
      ({ ticket } = await this.#ticket());
    } catch (error) {
      if (current()) this.#lost(answerToNoTicket(error));
      return;
    }
    if (!current()) return;

    this.#cancel('#openingTimer');
    this.#openingTimer = this.#timers.set(() => {
      if (current()) this.#lost({ kind: 'retry' });
    }, OPENING_WAIT_MS);

    let socket: Socket;
    try {
      socket = this.#open(`/api/rooms/${encodeURIComponent(this.room)}/ws`, [SUBPROTOCOL, ticket]);
    } catch {
      this.#lost({ kind: 'fault' });
      return;
    }
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => {
      if (current()) this.#heard(data);
    };
    socket.onclose = ({ code, reason }) => {
      if (current()) this.#lost(answerTo(code, reason));
    };
  }

  #heard(data: unknown): void {
    this.#waitingForSign = false;
    if (data instanceof ArrayBuffer) {
      const frame = new Uint8Array(data);
      for (const hear of [...this.#noteFrames]) hear(frame);
      return;
    }
    const message = read(data);
    if (message === null) {
      this.#lost({ kind: 'fault' });
      return;
    }
    if (message !== 'later') this.#understand(message);
  }

  #understand(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        if (message.wire !== WIRE_VERSION || message.room !== this.room) {
          this.#lost({ kind: 'end', reason: 'outdated' });
          return;
        }
        this.#welcomed(message.you, message.now, message.heartbeat_seconds);
        for (const hear of [...this.#media]) hear(message);
        return;
      case 'view':
        // Latest wins; on one socket the number never goes back. An equal one is newer: what is private moves no number.
        if (message.seq < this.#shownSeq) return;
        this.#shownSeq = message.seq;
        this.#view.set({ seq: message.seq, room: message.room, me: message.me });
        return;
      case 'accepted':
        this.#settle(message.id, { seq: message.seq });
        return;
      case 'refused':
        if (message.id != null) this.#settle(message.id, message.refusal);
        return;
      case 'signal':
        for (const hear of [...this.#signals]) hear(message.from, message.kind);
        return;
      case 'note_refused':
        for (const hear of [...this.#noteRefusals]) hear(message);
        return;
      case 'nothing_kept':
        this.#count = message.count ?? undefined;
        this.#view.set(null); // what was shown is gone on the server; here it goes too
        return;
      case 'media_answer':
      case 'media_refused':
      case 'media_stands':
      case 'media_ended':
      case 'media_relays':
      case 'trying_to_speak':
        for (const hear of [...this.#media]) hear(message);
        return;
      case 'pong':
        this.clock.answered(message.at, message.now);
        return;
    }
  }

  #welcomed(you: ParticipantId, now: number, heartbeatSeconds: number): void {
    this.#cancel('#openingTimer');
    this.clock.welcomed(now);
    this.#heartbeatMs = 1000 * (heartbeatSeconds >= 1 ? heartbeatSeconds : USUAL_HEARTBEAT_SECONDS);
    this.#everLive = true;
    this.#you.set(you);
    this.#steadyTimer = this.#timers.set(() => {
      this.#backoff.reset();
      this.#faults = 0;
    }, STEADY_AFTER_MS);
    // Commands before anything that the change to "live" sets in motion, in the order in which they were given.
    for (const { frame } of this.#pending.values()) this.#socket?.send(frame);
    this.#ping();
    this.#beat();
    this.#line.set({ state: 'live' });
  }

  // --- the heartbeat ---

  /** A ping each heartbeat. Where nothing was heard since the last one, the line is dead: noticed within two heartbeats of its death. */
  #beat(): void {
    this.#cancel('#heartbeatTimer');
    this.#heartbeatTimer = this.#timers.set(() => {
      if (this.#waitingForSign) {
        this.#lost({ kind: 'retry' });
        return;
      }
      this.#ping();
      this.#beat();
    }, this.#heartbeatMs);
  }

  #ping(): void {
    this.#waitingForSign = true;
    this.#socket?.send(JSON.stringify({ type: 'ping', at: Math.round(this.#now()) }));
  }

  /** Somebody looks at the page again, or the network is back. Do not let them wait for a timer. */
  #wake(): void {
    const { state } = this.#line.value;
    if (state === 'ended') return;
    if (state === 'live') {
      this.#ping();
      this.#cancel('#heartbeatTimer');
      this.#heartbeatTimer = this.#timers.set(() => {
        if (this.#waitingForSign) this.#lost({ kind: 'retry' });
        else this.#beat();
      }, Math.min(WAKE_WAIT_MS, this.#heartbeatMs));
      return;
    }
    if (this.#retryTimer !== null) void this.#connect();
  }

  // --- the end of a try ---

  #lost(answer: Answer): void {
    this.#drop();
    switch (answer.kind) {
      case 'end':
        this.#end(answer.reason);
        return;
      case 'fault':
        this.#faults += 1;
        if (this.#faults >= MOST_FAULTS) this.#end('broken');
        else this.#retryIn(this.#backoff.next());
        return;
      case 'slow_down':
        this.#retryIn(SLOW_DOWN_MS + this.#backoff.next());
        return;
      case 'retry_after':
        this.#retryIn(answer.ms + Math.floor(this.#chance() * RESTART_SPREAD_MS));
        return;
      case 'retry':
        this.#retryIn(this.#backoff.next());
        return;
    }
  }

  #retryIn(ms: number): void {
    const before = this.#line.value;
    const tries = this.#backoff.tries;
    if (!this.#everLive) this.#line.set({ state: 'connecting', tries });
    else if (before.state === 'dropped') this.#line.set({ state: 'dropped', since: before.since, tries });
    else this.#line.set({ state: 'dropped', since: this.#now(), tries });
    this.#retryTimer = this.#timers.set(() => void this.#connect(), ms);
  }

  /** Let go of the socket without waiting for its farewell: on a dead line that takes minutes. */
  #drop(): void {
    this.#try += 1;
    this.#waitingForSign = false;
    this.#cancel('#openingTimer');
    this.#cancel('#heartbeatTimer');
    this.#cancel('#steadyTimer');
    this.#cancel('#retryTimer');
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #end(reason: EndReason): void {
    this.#drop();
    this.#started = false;
    this.#stopWakes?.();
    this.#stopWakes = null;
    this.#line.set(this.#count === undefined ? { state: 'ended', reason } : { state: 'ended', reason, count: this.#count });
    for (const id of [...this.#pending.keys()]) this.#settle(id, notSent());
  }

  // --- commands ---

  #settle(id: string, result: ActResult): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    this.#timers.clear(pending.expiry);
    pending.settle(result);
  }

  #commandId(): string {
    const bytes = new Uint8Array(16);
    this.#randomBytes(bytes);
    return `cm_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  }

  #cancel(which: '#openingTimer' | '#heartbeatTimer' | '#steadyTimer' | '#retryTimer'): void {
    const clear = (timer: number | null) => {
      if (timer !== null) this.#timers.clear(timer);
      return null;
    };
    if (which === '#openingTimer') this.#openingTimer = clear(this.#openingTimer);
    else if (which === '#heartbeatTimer') this.#heartbeatTimer = clear(this.#heartbeatTimer);
    else if (which === '#steadyTimer') this.#steadyTimer = clear(this.#steadyTimer);
    else this.#retryTimer = clear(this.#retryTimer);
  }
}

/** The command was given up. Its outcome may be unknown, so the sentence sends the person to look. */
function notSent(): Refusal {
  return { code: 'unavailable', sentence: 'This may not have reached the room. Look at the room, and try again if you need to.' };
}

/** A ticket that was not given: for good, or for now. */
function answerToNoTicket(error: unknown): Answer {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'signed_out':
      return { kind: 'end', reason: 'signed_out' };
    case 'not_permitted':
    case 'link_invalid':
      return { kind: 'end', reason: 'removed' };
    case 'not_found':
      return { kind: 'end', reason: 'not_found' };
    case 'too_fast':
      return { kind: 'slow_down' };
    case 'malformed':
    case 'bad_field':
    case 'cross_site':
      return { kind: 'fault' };
    default:
      return { kind: 'retry' };
  }
}

/** A server message, or null. The server is ours and its messages are checked by shared fixtures; here only that it is one of them. */
const KNOWN: ReadonlySet<string> = new Set(['welcome', 'view', 'accepted', 'refused', 'signal', 'note_refused', 'nothing_kept', 'media_answer', 'media_refused', 'media_stands', 'media_ended', 'media_relays', 'trying_to_speak', 'pong']);

/** A message; `later` is one that only a later release knows: while machines are renewed a page meets it, and can do without. */
function read(data: unknown): ServerMessage | 'later' | null {
  if (typeof data !== 'string') return null;
  try {
    const message: unknown = JSON.parse(data);
    if (typeof message !== 'object' || message === null || !('type' in message) || typeof message.type !== 'string') return null;
    return KNOWN.has(message.type) ? (message as ServerMessage) : 'later';
  } catch {
    return null;
  }
}

function listen<T>(listeners: Set<T>, listener: T): Stop {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

// --- the browser ---

const browserTimers: Timers = {
  set: (run, ms) => window.setTimeout(run, ms),
  clear: (timer) => window.clearTimeout(timer),
};

const browserWakes: Wakes = {
  onWake(run) {
    const seen = () => {
      if (document.visibilityState === 'visible') run();
    };
    window.addEventListener('online', run);
    document.addEventListener('visibilitychange', seen);
    return () => {
      window.removeEventListener('online', run);
      document.removeEventListener('visibilitychange', seen);
    };
  },
};

function openWebSocket(path: string, subprotocols: string[]): Socket {
  const address = new URL(path, window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(address, subprotocols) as Socket;
}
