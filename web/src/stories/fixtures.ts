// Invented people in every state of a room, for stories and unit tests. Nothing here ships.
import type { AgendaView, ArrivalCard, Can, DoorLine, FloorView, MyView, ParticipantId, Reach, RoomScene, RoomView, SeatState, SeatView, StaffView, Today, TurnView } from '../protocol/types';

/** The moment at which every story stands still. */
export const NOW = Date.UTC(2026, 2, 5, 18, 40, 0);

export const id = (n: number): ParticipantId => `pa_${n.toString(16).padStart(32, '0')}`;
export const JONAS = id(1);
export const BEN = id(2);
export const CHLOE = id(3);
export const ANA = id(4);
export const SOPHIE = id(5);
export const ELLA = id(6);
export const FARID = id(7);
export const DEV = id(8);
export const GRETA = id(9);
const HUGO = id(19);

const NAMES: Record<ParticipantId, string> = {
  [JONAS]: 'Jonas',
  [BEN]: 'Ben',
  [CHLOE]: 'Chloe',
  [ANA]: 'Ana',
  [SOPHIE]: 'Maximiliane-Sophie',
  [ELLA]: 'Ella',
  [FARID]: 'Farid',
  [DEV]: 'Dev',
};
export const ORDER = [JONAS, BEN, CHLOE, ANA, SOPHIE, ELLA, FARID, DEV];
const QUESTION = 'How has your mood been this week, and what happened that goes with it?';

export function seats(states: Partial<Record<ParticipantId, SeatState>>, away: readonly ParticipantId[] = [FARID]): SeatView[] {
  return ORDER.map((participant) => ({
    participant,
    name: NAMES[participant] ?? null,
    role: participant === JONAS || participant === SOPHIE ? 'facilitator' : 'member',
    present: !away.includes(participant),
    acting: false,
    beside: null,
    state: states[participant] ?? 'quiet',
    described: participant === DEV ? { pronouns: 'they/them', about: 'I hear better on the left side.', shown: true } : null,
  }));
}

export function turnOf(holder: ParticipantId, leftSeconds: number | null, more: Partial<TurnView> = {}): TurnView {
  return {
    turn: 'tu_4',
    holders: [holder],
    kind: 'share',
    granted_at: NOW - 48_000,
    limit_seconds: leftSeconds === null ? null : 120,
    clock: { clock: 'running', deadline: leftSeconds === null ? null : NOW + leftSeconds * 1000 },
    overran: false,
    wants_more: false,
    ...more,
  };
}

const FLOOR: FloorView = {
  mode: 'round',
  order: 'arrival',
  advance: 'auto',
  ending: 'soft',
  enforcement: 'off',
  turn_seconds: 120,
  turn: turnOf(ANA, 72),
  next: ELLA,
  line: [ELLA, FARID, DEV],
  round_running: true,
  written: [],
  pair: null,
  inner: [],
  question: { prompt: null, text: QUESTION },
};

/** What a view leaves out while a session runs. */
export const MID_COURSE = { sessions_left: 12, next_on: null, content_notes: null, meetings: [] };
export const PLAIN_STEP = { content_notes: null, choices: null, takes_own_words: false, own_words: null };

const STEPS = [
  ['arrivals', 'Arrivals', 'Everyone settles and says they are here.'],
  ['opening', 'Opening', 'We say what today is for.'],
  ['mood-round', 'Mood round', 'Each of us says how the week was and what went with it.'],
  ['focus', 'Focus', 'We choose what we work on today.'],
  ['work', 'Work', 'We look closely at one thing together.'],
  ['try-outs', 'Try-outs', 'We try another way of saying it.'],
  ['closing', 'Closing', 'One sentence each, and what comes next.'],
] as const;

export function scene(change: Partial<RoomScene> = {}, floor: Partial<FloorView> = {}): RoomScene {
  return {
    course: { title: 'Thursday group', pack_title: 'Group IPT', setting: 'group', language: 'en', session: 5, sessions: 16, phase: 'Middle phase', ends_on: '2026-03-12', ...MID_COURSE },
    agenda: {
      steps: STEPS.map(([step, name, purpose], k) => ({ step, name, purpose, minutes: 15, state: k < 2 ? 'done' : k === 2 ? 'current' : 'to_come', droppable: step === 'try-outs', protected: step === 'closing', ...PLAIN_STEP })),
      current: 2,
      started_at: NOW - 500_000,
      ends_at: NOW + 680_000,
      session_started_at: NOW - 1_500_000,
      session_ends_at: NOW + 3_900_000,
      projected_end: NOW + 3_900_000,
    },
    circle: 'ci_0',
    stand: { stand: 'running' },
    seats: seats({ [BEN]: 'spoke', [CHLOE]: 'passed', [ANA]: 'floor', [ELLA]: 'next', [FARID]: 'waiting', [DEV]: 'waiting' }),
    notes: [
      { note: { note: 'session', session: 5 }, locked: false, writable: true },
      { note: { note: 'course' }, locked: false, writable: true },
    ],
    beside: null,
    agreements: null,
    roles: [],
    ready: null,
    staff: null,
    ...change,
    floor: { ...FLOOR, ...floor },
  };
}

export const STAFF: StaffView = {
  waiting: [],
  notices: [],
  prompts: [
    { prompt: 'mood-round.time', text: 'Three still to speak. Two minutes each leaves four for the group.', say: null, used: false },
    { prompt: 'mood-round.line', text: 'Farid’s line has been down for 2 minutes. Call the number he left?', say: null, used: false },
  ],
  step_purpose: null,
  suspended: null,
  requests: [],
  participation: [
    { participant: BEN, floor_ms: 118_000, turns: 1, last_heard: NOW - 200_000, voice_ms: 96_000 },
    { participant: CHLOE, floor_ms: 0, turns: 0, last_heard: null, voice_ms: 7_000 },
    { participant: ANA, floor_ms: 64_000, turns: 2, last_heard: NOW - 40_000, voice_ms: 58_500 },
    { participant: ELLA, floor_ms: 30_000, turns: 1, last_heard: NOW - 900_000, voice_ms: 41_000 },
    { participant: FARID, floor_ms: 0, turns: 0, last_heard: null, voice_ms: 7_000 },
    { participant: DEV, floor_ms: 95_000, turns: 2, last_heard: NOW - 800_000, voice_ms: 80_000 },
  ],
  exchange: { member_to_member: 5, with_facilitator: 3 },
  deputy: SOPHIE,
  pauses: [],
  library: [{ prompt: 'mood-round.link', text: 'Link mood and events both ways.', say: 'What came first this week: the mood, or something with someone?', used: false }],
  held: [{ session: 4, started_at: NOW - 604_800_000, ended_at: NOW - 600_300_000, attended: 6 }],
  alarms: [],
  closed: [],
  whispers: [],
  circles: [],
  offer: null,
  leaving: null,
  shorten: null,
  near_end: null,
  work: [],
  used: [],
  lock: null,
  check_ins: [],
  names: [],
  arrivals: [],
  consents: [],
  country: { now: 'US', known: ['CA', 'US'] },
};

export function me(participant: ParticipantId, can: readonly Can[], more: Partial<MyView> = {}): MyView {
  return {
    participant,
    name: NAMES[participant] ?? null,
    role: participant === JONAS || participant === SOPHIE ? 'facilitator' : 'member',
    admission: 'admitted',
    may_speak: false,
    silent_because: null,
    can: [...can],
    agreed: false,
    place: null,
    request: null,
    holding: false,
    returning: false,
    offered_by: null,
    offering_to: null,
    declined_by: [],
    not_ok: null,
    area: null,
    cards: [],
    to_call: null,
    check_in: [],
    on_call: null,
    names: [],
    asked_for_more: false,
    writes_notes: true,
    arrival: null,
    consents: [],
    at_door: [],
    described: { pronouns: null, about: null, shown: true },
    ready: null,
    ...more,
  };
}

export const FACILITATOR_CAN: readonly Can[] = [
  'set_country', 'remove', 'name_deputy', 'go_to_step', 'next_step', 'extend_step', 'end_session', 'set_floor', 'go_on', 'call', 'revoke', 'take_floor', 'hold_clock', 'extend_turn', 'start_round', 'pause', 'push_prompt', 'signal',
];

/** An agenda before its first step. */
const NOT_BEGUN: AgendaView = {
  steps: scene().agenda.steps.map((step) => ({ ...step, state: 'to_come' })),
  current: null,
  started_at: null,
  ends_at: null,
  session_started_at: null,
  session_ends_at: null,
  projected_end: null,
};

export interface Story {
  readonly room: RoomView;
  readonly me: MyView;
  /** What the page showed before. */
  readonly before?: RoomView;
  readonly line?: 'up' | 'dropped';
  readonly privately?: boolean;
  readonly meToo?: ParticipantId;
  readonly refused?: boolean;
}

export const room = (shown: RoomScene): RoomView => ({ kind: 'room', ...shown });
export const facilitator = (more: Partial<MyView> = {}, can = FACILITATOR_CAN): MyView => me(JONAS, can, { may_speak: true, ...more });
export const without = (...gone: Can[]): Can[] => FACILITATOR_CAN.filter((can) => !gone.includes(can));

/** A group of people by their names alone; the last one is who looks. */
function people(...names: string[]): SeatView[] {
  return names.map((name, k) => ({
    participant: k === names.length - 1 ? ELLA : id(20 + k),
    name,
    role: k === 0 ? 'facilitator' : 'member',
    present: k !== 2,
    acting: false,
    beside: null,
    state: k === 1 ? 'floor' : k === 3 ? 'next' : 'quiet',
    described: null,
  }));
}
const LONG = people('Maximiliane-Sophie von Aretin', 'Wolfeschlegelsteinhausenbergerdorff', 'Oluwaseun Adebayo-Okonkwo', 'María del Carmen Fernández', 'Bartholomew', 'Chukwuemeka', 'Ella');

const ENDED = { ...scene().course, session: 6 };

const ARRIVAL: ArrivalCard = { place_needed: true, answered: false, today: null, reach: null, confirmed_in: null };
const TODAY: Today = { place: '12 Elm Road, second floor', country: 'US', alone: true, headphones: false, driving: false, recording: false, shared: false };
const REACH: Reach = { number: '555 010 0100', safe: { ringing: true, voicemail: false, text: true }, contact: { name: 'Grace Hill', number: '555 019 0199', safe: { ringing: true, voicemail: false, text: false } } };
const LAST = { at: NOW - 60_000, session: 5, place: TODAY.place ?? null, country: 'US', number: REACH.number, safe: REACH.safe, contact: REACH.contact ?? null, nobody_named: false };

/** What Greta and those who lead said to each other. */
const DOOR_TALK: DoorLine[] = [
  { at: NOW - 110_000, from: 'waiting', text: 'I am here. My microphone does not work today, is that all right?' },
  { at: NOW - 60_000, from: 'leading', text: 'It is. We begin in five minutes, and you can write instead.' },
];

/** Every story by name. The first three are the ones that were drawn. */
export const STORIES: Record<string, Story> = {
  facilitator: {
    room: room(scene({ staff: STAFF, notes: [...scene().notes, { note: { note: 'facilitators', session: 5 }, locked: false, writable: true }] })),
    me: facilitator({}, [...FACILITATOR_CAN, 'lock_note', 'take_back_note']),
    privately: true,
  },
  next: { room: room(scene()), me: me(ELLA, ['pass', 'come_back', 'write_instead', 'pause', 'signal'], { place: 1 }) },
  turn: {
    room: room(scene({ seats: seats({ [BEN]: 'spoke', [CHLOE]: 'passed', [ANA]: 'spoke', [ELLA]: 'floor', [FARID]: 'waiting', [DEV]: 'next' }) }, { turn: turnOf(ELLA, 89), next: DEV, line: [FARID, DEV] })),
    me: me(ELLA, ['release', 'need_more_time', 'pass', 'pause', 'signal'], { holding: true, may_speak: true }),
  },
  // The same turn, after "I need more time".
  'turn-asked': {
    room: room(scene({ seats: seats({ [BEN]: 'spoke', [CHLOE]: 'passed', [ANA]: 'spoke', [ELLA]: 'floor', [FARID]: 'waiting', [DEV]: 'next' }) }, { turn: { ...turnOf(ELLA, 89), wants_more: true }, next: DEV, line: [FARID, DEV] })),
    me: me(ELLA, ['release', 'pass', 'pause', 'signal'], { holding: true, may_speak: true, asked_for_more: true }),
  },
  waiting: { room: { kind: 'waiting', facilitator_present: true, seen_alone_first: false }, me: me(GRETA, ['say_at_door', 'describe_myself'], { admission: 'waiting', name: 'Greta', at_door: DOOR_TALK }) },
  'waiting-arrival': { room: { kind: 'waiting', facilitator_present: true, seen_alone_first: false }, me: me(GRETA, ['confirm_arrival', 'say_at_door'], { admission: 'waiting', name: 'Greta', arrival: ARRIVAL }) },
  'waiting-again': { room: { kind: 'waiting', facilitator_present: true, seen_alone_first: false }, me: me(GRETA, ['confirm_arrival', 'say_at_door'], { admission: 'waiting', name: 'Greta', arrival: { ...ARRIVAL, reach: REACH, confirmed_in: 4 } }) },
  'waiting-said': { room: { kind: 'waiting', facilitator_present: true, seen_alone_first: false }, me: me(GRETA, ['confirm_arrival', 'say_at_door'], { admission: 'waiting', name: 'Greta', arrival: { ...ARRIVAL, answered: true, reach: REACH, confirmed_in: 5, today: TODAY } }) },
  'arrival-inside': { room: room(scene()), me: me(ELLA, ['pass', 'pause', 'signal', 'confirm_arrival'], { place: 1, arrival: { ...ARRIVAL, reach: REACH, confirmed_in: 4 } }) },
  'turned-away': { room: { kind: 'waiting', facilitator_present: true, seen_alone_first: false }, me: me(GRETA, [], { admission: 'turned_away', name: 'Greta' }) },
  lobby: {
    room: room(scene({ stand: { stand: 'lobby' }, agenda: NOT_BEGUN, seats: seats({}) }, { turn: null, next: null, line: [], round_running: false, question: null })),
    me: me(ELLA, ['signal']),
  },
  'lobby-alone': {
    room: room(
      scene(
        {
          stand: { stand: 'lobby' },
          agenda: NOT_BEGUN,
          seats: seats({}).filter((seat) => seat.participant === JONAS),
          staff: { ...STAFF, prompts: [], participation: [], notices: [{ notice: 'no_numbers', country: null, known: ['CA', 'US'] }, { notice: 'needs_second' }] },
        },
        { turn: null, next: null, line: [], round_running: false, question: null },
      ),
    ),
    me: facilitator({}, ['set_country', 'remove', 'name_deputy', 'signal']),
  },
  'lobby-facilitator': {
    room: room(
      scene(
        {
          stand: { stand: 'lobby' },
          agenda: NOT_BEGUN,
          seats: seats({}),
          staff: {
            ...STAFF,
            prompts: [],
            waiting: [
              { participant: GRETA, name: 'Greta', role: 'member', since: NOW - 130_000, present: true, said: DOOR_TALK, described: { pronouns: 'she/her', about: null, shown: false } },
              { participant: HUGO, name: 'Hugo', role: 'member', since: NOW - 70_000, present: true, said: [], described: null },
              { participant: FARID, name: 'Farid', role: 'member', since: NOW - 10_000, present: true, said: [], described: null },
            ],
            arrivals: [
              { participant: GRETA, answered: true, look: [], last: LAST },
              { participant: HUGO, answered: true, look: ['not_alone', 'driving'], last: { ...LAST, contact: null, nobody_named: true } },
              { participant: FARID, answered: false, look: [], last: null },
            ],
          },
        },
        { turn: null, next: null, line: [], round_running: false, question: null },
      ),
    ),
    me: facilitator({}, ['admit', 'answer_at_door', 'remove', 'name_deputy', 'start_session', 'signal']),
  },
  paused: {
    room: room(scene({ stand: { stand: 'paused', by: BEN, since: NOW - 18_000, until: NOW + 42_000, time_out: false } }, { turn: turnOf(ANA, 72, { clock: { clock: 'stopped', left_ms: 72_000, because: 'paused' } }) })),
    me: me(BEN, ['resume', 'signal']),
  },
  'paused-facilitator': {
    room: room(scene({ stand: { stand: 'paused', by: BEN, since: NOW - 18_000, until: NOW + 42_000, time_out: false }, staff: STAFF }, { turn: turnOf(ANA, 72, { clock: { clock: 'stopped', left_ms: 72_000, because: 'paused' } }) })),
    me: facilitator({}, ['resume', 'keep_pause', 'revoke', 'take_floor', 'signal']),
  },
  held: {
    room: room(scene({ stand: { stand: 'held', since: NOW - 400_000, long: true, contact: 'the practice, 555 0100' }, seats: seats({ [ANA]: 'floor', [ELLA]: 'next' }, [JONAS, SOPHIE]) }, { turn: turnOf(ANA, 72, { clock: { clock: 'stopped', left_ms: 72_000, because: 'unattended' } }) })),
    me: me(ELLA, ['signal'], { silent_because: 'held', place: 1 }),
  },
  suspended: {
    room: room(
      scene(
        { seats: seats({ [BEN]: 'spoke', [FARID]: 'floor', [ELLA]: 'next', [DEV]: 'waiting' }), staff: { ...STAFF, prompts: [], suspended: { turn: 'tu_4', participant: FARID, since: NOW - 50_000, grace_until: NOW - 5_000, asked: true } } },
        { turn: turnOf(FARID, 72, { clock: { clock: 'stopped', left_ms: 72_000, because: 'away' } }), line: [ELLA, DEV] },
      ),
    ),
    me: facilitator({}, [...FACILITATOR_CAN, 'wait_on', 'move_on']),
  },
  'suspended-member': {
    room: room(
      scene({ seats: seats({ [BEN]: 'spoke', [FARID]: 'floor', [ELLA]: 'next', [DEV]: 'waiting' }) }, { turn: turnOf(FARID, 72, { clock: { clock: 'stopped', left_ms: 72_000, because: 'away' } }), line: [ELLA, DEV] }),
    ),
    me: me(BEN, ['pause', 'signal']),
  },
  queue: {
    room: room(scene({ seats: seats({ [ANA]: 'floor', [CHLOE]: 'next', [FARID]: 'asked', [ELLA]: 'asked' }) }, { mode: 'queue', next: CHLOE, line: [CHLOE, FARID, ELLA], round_running: false })),
    me: me(ELLA, ['cancel_request', 'pause', 'signal'], { place: 3, request: { request: 'rq_3', kind: 'share', status: 'accepted', note: null } }),
  },
  ask: {
    room: room(scene({ seats: seats({ [ANA]: 'floor', [CHLOE]: 'next' }) }, { mode: 'queue', next: CHLOE, line: [CHLOE], round_running: false })),
    me: me(ELLA, ['ask', 'pause', 'signal']),
    meToo: DEV,
  },
  chair: {
    room: room(
      scene(
        {
          seats: seats({ [ANA]: 'asked', [DEV]: 'asked' }),
          staff: {
            ...STAFF,
            prompts: [],
            requests: [
              { request: 'rq_1', participant: ANA, kind: 'reply', note: 'To what Ben said about his sister.', status: 'pending', asked_at: NOW - 60_000 },
              { request: 'rq_2', participant: DEV, kind: 'question', note: null, status: 'pending', asked_at: NOW - 20_000 },
            ],
          },
        },
        { mode: 'chair', turn: null, next: null, line: [ANA, DEV], round_running: false },
      ),
    ),
    me: facilitator({}, [...without('go_on', 'hold_clock', 'extend_turn', 'revoke'), 'grant', 'deny', 'order_queue']),
  },
  'chair-member': {
    room: room(scene({ seats: seats({ [ELLA]: 'asked' }) }, { mode: 'chair', turn: null, next: null, line: [], round_running: false })),
    me: me(ELLA, ['cancel_request', 'pause', 'signal'], { request: { request: 'rq_1', kind: 'share', status: 'pending', note: null } }),
  },
  open: {
    room: room(scene({ seats: seats({}) }, { mode: 'open', turn: null, next: null, line: [], round_running: false, question: { prompt: null, text: 'What would have helped in that moment?' } })),
    me: me(ELLA, ['ask', 'pause', 'signal'], { may_speak: true }),
  },
  spoke: {
    room: room(scene({}, { written: [{ participant: DEV, text: 'A quiet week. I wrote to my brother and he answered.' }] })),
    me: me(CHLOE, ['pause', 'signal']),
  },
  dropped: { room: room(scene()), me: me(ELLA, ['pass', 'come_back', 'write_instead', 'pause', 'signal'], { place: 1 }), line: 'dropped' },
  refused: { room: room(scene()), me: me(ELLA, ['pass', 'come_back', 'write_instead', 'pause', 'signal'], { place: 1 }), refused: true },
  ended: {
    before: room(scene()),
    room: room(scene({ course: ENDED, stand: { stand: 'lobby' }, agenda: NOT_BEGUN, seats: seats({}) }, { turn: null, next: null, line: [], round_running: false, question: null })),
    me: me(ELLA, ['signal']),
  },
  'ended-facilitator': {
    before: room(scene({ staff: STAFF, seats: seats({ [DEV]: 'aside' }) })),
    room: room(scene({ course: ENDED, stand: { stand: 'lobby' }, agenda: NOT_BEGUN, seats: seats({}), staff: { ...STAFF, prompts: [] } }, { turn: null, next: null, line: [], round_running: false, question: null })),
    me: facilitator({}, ['remove', 'name_deputy', 'start_session', 'signal']),
  },
  locked: {
    room: room(scene({ notes: [{ note: { note: 'session', session: 5 }, locked: true, writable: false }, { note: { note: 'course' }, locked: false, writable: true }] })),
    me: me(BEN, ['pause', 'signal']),
  },
  two: { room: room(scene({ seats: people('Jonas', 'Ella') }, { turn: turnOf(ELLA, 89), next: null, line: [], mode: 'open', round_running: false })), me: me(ELLA, ['release', 'need_more_time', 'pause', 'signal'], { holding: true, may_speak: true }) },
  'long-names': { room: room(scene({ seats: LONG }, { turn: turnOf(id(21), 72), next: id(23), line: [id(23)] })), me: me(ELLA, ['pass', 'come_back', 'write_instead', 'pause', 'signal'], { place: 4 }) },
  closed: { room: room(scene({ stand: { stand: 'closed' } })), me: me(ELLA, []) },
  circle: {
    room: room(
      scene(
        {
          course: { title: 'Tuesday circle', pack_title: 'Circle', setting: 'circle', language: 'en', session: 9, sessions: 10, phase: null, ends_on: null, ...MID_COURSE },
          agreements: { texts: ['We speak from our own lives.', 'Passing is always fine.', 'What is said here stays here.'], crosstalk: 'We only listen, and say thank you.', agreed: 7 },
          roles: [
            { role: 'host', text: 'Opens and closes the evening.', participant: SOPHIE },
            { role: 'timekeeper', text: 'Watches the time.', participant: null },
          ],
          seats: ['Hanneke', 'Kit', 'Sunniva', 'Bartholomew', 'Aiko', 'Leila', 'Ella', 'Ravi', 'Birgit', 'Oluwaseun', 'Mateo', 'Rosa'].map((name, k) => ({
            participant: name === 'Ella' ? ELLA : id(20 + k),
            name,
            role: k === 0 ? 'facilitator' : 'member',
            present: name !== 'Aiko',
            acting: false,
            beside: null,
            state: name === 'Rosa' ? 'floor' : 'quiet',
    described: null,
          })),
        },
        { mode: 'queue', turn: turnOf(id(31), null), next: null, line: [], question: { prompt: null, text: 'What did you carry this week that was not yours to carry?' } },
      ),
    ),
    me: me(ELLA, ['ask', 'pause', 'signal']),
  },
  couple: {
    room: room(
      scene(
        {
          course: { title: 'Noor and Tomasz', pack_title: 'Couple', setting: 'couple', language: 'en', session: 3, sessions: 12, phase: null, ends_on: null, ...MID_COURSE },
          seats: [
            { participant: ELLA, name: 'Noor', role: 'member', present: true, acting: false, beside: null, state: 'floor', described: null },
            { participant: SOPHIE, name: 'Helen', role: 'facilitator', present: true, acting: false, beside: null, state: 'quiet', described: null },
            { participant: BEN, name: 'Tomasz', role: 'member', present: true, acting: false, beside: null, state: 'next', described: null },
          ],
        },
        { mode: 'queue', turn: turnOf(ELLA, 89), next: BEN, line: [BEN], question: { prompt: null, text: 'What would you like to be heard about today?' } },
      ),
    ),
    me: me(ELLA, ['release', 'need_more_time', 'pause', 'signal'], { holding: true, may_speak: true }),
  },
};
