// Invented people with the stick, in a pair, around a fishbowl, in silence. Nothing here ships.
import type { Can, FloorView, MyView, ParticipantId, RoomScene, SeatState, SeatView, StaffView } from '../protocol/types';
import { MID_COURSE, PLAIN_STEP, ANA, BEN, CHLOE, DEV, ELLA, FACILITATOR_CAN, FARID, NOW, SOPHIE, STAFF, facilitator, id, me, room, scene, seats, turnOf, without, type Story } from './fixtures';

const MEMBER: readonly Can[] = ['pause', 'signal'];
const none: Partial<FloorView> = { next: null, line: [], round_running: false, question: null };

// --- the stick, in a circle of twelve ---

const ROSA = id(31);
const KIT = id(21);
const AIKO = id(24);
const CIRCLE_NAMES = ['Hanneke', 'Kit', 'Sunniva', 'Bartholomew', 'Aiko', 'Leila', 'Ella', 'Ravi', 'Birgit', 'Oluwaseun', 'Mateo', 'Rosa'];
const CIRCLE: RoomScene['course'] = { title: 'Tuesday circle', pack_title: 'Circle', setting: 'circle', language: 'en', session: 9, sessions: 10, phase: null, ends_on: null, ...MID_COURSE };

const EVENING = [
  ['in', 'Coming in', 'We arrive.'],
  ['sharing', 'Sharing', 'Whoever has the stick speaks; the others listen.'],
  ['quiet', 'Quiet minute', 'We sit together without words.'],
  ['home', 'Going home', 'One word each.'],
] as const;

function evening(current: number): RoomScene['agenda'] {
  const state = (k: number): 'done' | 'current' | 'to_come' => (k < current ? 'done' : k === current ? 'current' : 'to_come');
  return { ...scene().agenda, steps: EVENING.map(([step, name, purpose], k) => ({ step, name, purpose, minutes: 20, state: state(k), droppable: false, protected: false, ...PLAIN_STEP })), current, ends_at: NOW + 230_000 };
}

/** The circle with the stick in somebody's hands, or in the middle. */
function stick(holder: ParticipantId | undefined, floor: Partial<FloorView> = {}, change: Partial<RoomScene> = {}): RoomScene {
  const circle = CIRCLE_NAMES.map((name, k): SeatView => {
    const participant = name === 'Ella' ? ELLA : id(20 + k);
    return { participant, name, role: k === 0 ? 'facilitator' : 'member', present: name !== 'Aiko', acting: false, beside: null, state: participant === holder ? 'floor' : 'quiet', described: null };
  });
  return scene(
    { course: CIRCLE, agenda: evening(1), seats: circle, ...change },
    { ...none, mode: 'stick', turn: holder === undefined ? null : turnOf(holder, null), question: { prompt: null, text: 'What did you carry this week that was not yours to carry?' }, ...floor },
  );
}
const HOLDS: readonly Can[] = ['release', 'offer', 'pass', ...MEMBER];
const ella = (can: readonly Can[], more: Partial<MyView> = {}): MyView => me(ELLA, can, more);
const holds = (more: Partial<MyView> = {}, can: readonly Can[] = HOLDS): MyView => ella(can, { holding: true, may_speak: true, ...more });
const host = (can: readonly Can[], more: Partial<MyView> = {}): MyView => me(id(20), can, { role: 'facilitator', name: 'Hanneke', may_speak: true, ...more });
const STICK_STAFF: StaffView = { ...STAFF, prompts: [], participation: [], held: [], library: [], deputy: null, offer: { from: ROSA, to: KIT, declined: [AIKO] }, leaving: 'offer' };

// --- speaker and listener ---

const COUPLE: RoomScene['course'] = { title: 'Noor and Tomasz', pack_title: 'Couple', setting: 'couple', language: 'en', session: 3, sessions: 12, phase: null, ends_on: null, ...MID_COURSE };
const NOOR = ELLA;
const TOMASZ = BEN;
const HELEN = SOPHIE;

function couple(saying_back: boolean, change: Partial<RoomScene> = {}, floor: Partial<FloorView> = {}): RoomScene {
  const seat = (participant: ParticipantId, name: string, role: SeatView['role'], state: SeatState): SeatView => ({ participant, name, role, present: true, acting: false, beside: null, state, described: null });
  const turn = turnOf(NOOR, 130, { limit_seconds: 240, ...(saying_back ? { clock: { clock: 'stopped', left_ms: 130_000, because: 'saying_back' } } : {}) });
  return scene(
    { course: COUPLE, seats: [seat(NOOR, 'Noor', 'member', 'floor'), seat(HELEN, 'Helen', 'facilitator', 'quiet'), seat(TOMASZ, 'Tomasz', 'member', 'listens')], ...change },
    { ...none, mode: 'pair', turn, line: [TOMASZ], pair: { speaker: NOOR, listener: TOMASZ, saying_back }, question: { prompt: null, text: 'What would you like to be heard about today?' }, ...floor },
  );
}
const PAIR_STAFF: StaffView = {
  ...STAFF,
  prompts: [{ prompt: 'pair.back', text: 'Ask Noor: is that it, or is something missing?', say: null, used: false }],
  participation: [
    { participant: NOOR, floor_ms: 400_000, turns: 3, last_heard: NOW - 40_000, voice_ms: 0 },
    { participant: TOMASZ, floor_ms: 355_000, turns: 3, last_heard: NOW - 300_000, voice_ms: 0 },
  ],
  held: [],
  library: [],
  deputy: null,
  leaving: 'pair',
};
const speaks = (can: readonly Can[]): MyView => me(NOOR, [...can, ...MEMBER], { holding: true, may_speak: true, name: 'Noor' });
const listens = (can: readonly Can[], may_speak: boolean): MyView => me(TOMASZ, [...can, ...MEMBER], { may_speak, place: 1, name: 'Tomasz' });
const helen = (can: readonly Can[]): MyView => me(HELEN, can, { may_speak: true, name: 'Helen' });

/** Two of a larger group. */
const twoOfMany = scene(
  { seats: seats({ [ANA]: 'floor', [DEV]: 'listens' }, []) },
  { ...none, mode: 'pair', turn: turnOf(ANA, 72), line: [DEV], pair: { speaker: ANA, listener: DEV, saying_back: false } },
);

// --- the fishbowl ---

const bowlSeats = (inside: readonly ParticipantId[], holder?: ParticipantId): SeatView[] =>
  seats({ ...Object.fromEntries(inside.map((who) => [who, 'inside' as const])), ...(holder === undefined ? {} : { [holder]: 'floor' as const }) }, [FARID]);
const INSIDE = [BEN, CHLOE, ANA];

function bowl(inside: readonly ParticipantId[], holder?: ParticipantId, change: Partial<RoomScene> = {}, floor: Partial<FloorView> = {}): RoomScene {
  return scene(
    { seats: bowlSeats(inside, holder), ...change },
    { ...none, mode: 'fishbowl', inner: [...inside], turn: holder === undefined ? null : turnOf(holder, 72), question: { prompt: null, text: 'What helped you to say the difficult thing?' }, ...floor },
  );
}
const BOWL_STAFF: StaffView = { ...STAFF, prompts: [], leaving: 'inner' };

// --- silence ---

const SILENCE: Partial<FloorView> = { ...none, mode: 'silence', turn: null, turn_seconds: null };

export const MODE_STORIES: Record<string, Story> = {
  stick: { room: room(stick(ROSA)), me: ella(['ask', ...MEMBER]) },
  'stick-holding': { room: room(stick(ELLA)), me: holds() },
  'stick-offering': { room: room(stick(ELLA)), me: holds({ offering_to: KIT }, [...HOLDS, 'withdraw_offer']) },
  'stick-declined': { room: room(stick(ELLA)), me: holds({ declined_by: [KIT] }) },
  'stick-offered': { room: room(stick(ROSA)), me: ella(['accept', 'decline', 'pass', 'ask', ...MEMBER], { offered_by: ROSA }) },
  'stick-free': { room: room(stick(undefined)), me: ella(['ask', ...MEMBER]) },
  'stick-host': { room: room(stick(ROSA, {}, { staff: STICK_STAFF })), me: host(without('hold_clock', 'extend_turn')) },
  'pair-speaking': { room: room(couple(false)), me: speaks(['release', 'need_more_time', 'pass']) },
  'pair-said-back': { room: room(couple(true)), me: speaks(['confirm', 'say_again', 'pass']) },
  'pair-listening': { room: room(couple(false)), me: listens([], false) },
  'pair-saying-back': { room: room(couple(true)), me: listens([], true) },
  'pair-therapist': { room: room(couple(true, { staff: PAIR_STAFF })), me: helen([...FACILITATOR_CAN, 'form_pair']) },
  'pair-unnamed': {
    room: room(scene({ seats: seats({}), staff: { ...STAFF, prompts: [], leaving: null } }, { ...none, mode: 'pair', turn: null })),
    me: facilitator({}, [...without('go_on', 'revoke', 'hold_clock', 'extend_turn'), 'form_pair']),
  },
  'pair-of-many': { room: room(twoOfMany), me: me(ELLA, MEMBER) },
  fishbowl: { room: room(bowl(INSIDE, DEV)), me: ella(['ask', ...MEMBER]) },
  'fishbowl-open': { room: room(bowl(INSIDE)), me: ella(['ask', ...MEMBER]) },
  'fishbowl-inside': { room: room(bowl([BEN, CHLOE, ELLA], DEV)), me: ella(['pass', ...MEMBER], { may_speak: true }) },
  'fishbowl-seat': { room: room(bowl(INSIDE, ELLA)), me: ella(['release', 'need_more_time', 'pass', ...MEMBER], { holding: true, may_speak: true }) },
  'fishbowl-staff': { room: room(bowl(INSIDE, DEV, { staff: BOWL_STAFF })), me: facilitator({}, [...FACILITATOR_CAN, 'set_inner']) },
  'fishbowl-unnamed': { room: room(bowl([], undefined, { staff: { ...BOWL_STAFF, leaving: null } })), me: facilitator({}, [...without('go_on', 'revoke', 'hold_clock', 'extend_turn'), 'set_inner']) },
  silence: { room: room(scene({ course: CIRCLE, agenda: evening(2), seats: stick(undefined).seats }, SILENCE)), me: ella(MEMBER) },
  'silence-staff': { room: room(scene({ seats: seats({}), staff: { ...STAFF, prompts: [] } }, SILENCE)), me: facilitator({}, without('go_on', 'call', 'revoke', 'hold_clock', 'extend_turn')) },
  'silence-over': { room: room(scene({ course: CIRCLE, agenda: { ...evening(2), ends_at: NOW - 1000 }, seats: stick(undefined).seats }, SILENCE)), me: ella(MEMBER, { place: 1, request: { request: 'rq_1', kind: 'share', status: 'accepted', note: null } }) },
  'round-staff': {
    room: room(scene({ seats: seats({}), staff: { ...STAFF, prompts: [], leaving: 'pair' } }, { ...none, mode: 'pair', turn: turnOf(ANA, 72), pair: { speaker: ANA, listener: DEV, saying_back: false } })),
    me: facilitator({}, [...FACILITATOR_CAN, 'form_pair']),
  },
};
