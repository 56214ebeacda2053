// An invented couple at the lock of their room, at its door and in the private check-in. Nothing here ships.
import type { CheckInQuestion, LockView, MyView, RoomScene, RoomView, StaffView } from '../protocol/types';
import { BEN, ELLA, FACILITATOR_CAN, MID_COURSE, NOW, SOPHIE, STAFF, me, room, scene, type Story } from './fixtures';

const COURSE: RoomScene['course'] = { title: 'Noor and Tomasz', pack_title: 'Couple', setting: 'couple', language: 'en', session: 1, sessions: 12, phase: null, ends_on: null, ...MID_COURSE };
const seat = (participant: typeof ELLA, name: string, role: 'member' | 'facilitator') => ({ participant, name, role, present: true, acting: false, beside: null, state: 'quiet', described: null }) as const;
const FLOOR: Partial<RoomScene['floor']> = { mode: 'open', turn: null, next: null, line: [], round_running: false };
const helen = (...can: (typeof FACILITATOR_CAN)[number][]) => me(SOPHIE, can, { name: 'Helen', role: 'facilitator', may_speak: true });

const LOCK: LockView = {
  open: false,
  screens: [
    { participant: ELLA, outcome: null, words: null, at: null },
    { participant: BEN, outcome: null, words: null, at: null },
  ],
  screens_missing: 2,
  secrets_missing: true,
  secrets: null,
  ways: [
    { key: 'none-kept', text: 'Nothing that matters for both is kept from the other.' },
    { key: 'some-kept', text: 'What one says alone may stay with the therapist, who says which things could not.' },
    { key: 'all-kept', text: 'What one says alone stays with the therapist.' },
  ],
};
/** The room before the first session: both at the door, nobody but the therapist inside. */
function atTheLock(lock: Partial<LockView>, staff: Partial<StaffView> = {}): RoomView {
  const waiting = [ELLA, BEN].map((participant, k) => ({ participant, name: k === 0 ? 'Noor' : 'Tomasz', role: 'member' as const, since: NOW - 130_000, present: true, said: [], described: null }));
  const shown: StaffView = { ...STAFF, prompts: [], participation: [], waiting, lock: { ...LOCK, ...lock }, ...staff };
  return room(scene({ course: COURSE, stand: { stand: 'lobby' }, seats: [seat(SOPHIE, 'Helen', 'facilitator')], staff: shown }, { ...FLOOR, question: null }));
}

const ASKED: readonly CheckInQuestion[] = ['Where are you just now, and can you speak freely there?', 'Can anybody see or hear you, or read along?', 'Is it fine for you to meet together today?'].map((text, k) => ({ question: `q${k}`, text, answered: false }));
const answered = ASKED.map((one, k) => ({ ...one, answered: k < 2 }));
const inside = (change: Partial<RoomScene> = {}): RoomScene => scene({ course: COURSE, seats: [seat(ELLA, 'Noor', 'member'), seat(SOPHIE, 'Helen', 'facilitator'), seat(BEN, 'Tomasz', 'member')], ...change }, FLOOR);
const noor = (check_in: readonly CheckInQuestion[]) => me(ELLA, ['ask', 'pause', 'signal', 'check_in', 'not_ok'], { name: 'Noor', may_speak: true, check_in: [...check_in] });

const AGREES: MyView['consents'] = [
  { purpose: 'measures', text: 'Before each meeting you are asked a few things alone. Only those who lead read what you answer.', digest: 'ab', standing: { so: 'given', at: NOW - 86_400_000 } },
  { purpose: 'notes', text: 'What you write in the shared notes is kept with the notes of this room until they are erased.', digest: 'cd', standing: { so: 'open' } },
];

export const COUPLE_STORIES: Record<string, Story> = {
  'lock-new': { room: atTheLock({}), me: helen('record_screen', 'choose_secrets', 'start_session') },
  'lock-half': {
    room: atTheLock({ screens_missing: 1, secrets_missing: false, secrets: 'some-kept', screens: [{ participant: ELLA, outcome: 'suitable', words: 'Speaks freely, wants this.', at: NOW - 86_400_000 }, { participant: BEN, outcome: 'undecided', words: null, at: NOW - 3_600_000 }] }),
    me: helen('record_screen', 'choose_secrets', 'start_session'),
  },
  'lock-open': {
    room: atTheLock({ open: true, screens_missing: 0, secrets_missing: false, secrets: 'some-kept', screens: [ELLA, BEN].map((participant) => ({ participant, outcome: 'suitable' as const, words: null, at: NOW - 86_400_000 })) }),
    me: helen('record_screen', 'choose_secrets', 'start_session', 'admit'),
  },
  'couple-door': { room: { kind: 'waiting', facilitator_present: true, seen_alone_first: true }, me: me(ELLA, ['check_in'], { name: 'Noor', admission: 'waiting', check_in: [...ASKED] }) },
  'consents-door': { room: { kind: 'waiting', facilitator_present: true, seen_alone_first: true }, me: me(ELLA, ['give_consent', 'withdraw_consent'], { name: 'Noor', admission: 'waiting', consents: AGREES }) },
  'consents-room': { room: room(inside()), me: me(ELLA, ['give_consent', 'withdraw_consent', 'not_ok'], { name: 'Noor', may_speak: true, consents: AGREES, writes_notes: false }) },
  'consents-staff': {
    room: room(inside({ staff: { ...STAFF, prompts: [], participation: [], consents: [ELLA, BEN].flatMap((participant, k) => AGREES.map(({ purpose, standing }) => ({ participant, purpose, standing: k === 0 ? standing : { so: 'taken_back' as const, at: NOW - 60_000 }, version: '1.1.0' }))) } })),
    me: helen(...FACILITATOR_CAN),
  },
  'check-in': { room: room(inside()), me: noor(ASKED) },
  'check-in-answered': { room: room(inside()), me: noor(answered) },
  'check-in-staff': {
    room: room(
      inside({
        staff: {
          ...STAFF,
          prompts: [],
          participation: [],
          check_ins: [ELLA, BEN].flatMap((participant, p) => ASKED.map((one, k) => ({ participant, session: 1, question: one.text, answer: [['At home.', 'Nobody.', 'Yes.'], ['In the car.', null, 'I think so.']][p]?.[k] ?? null, at: NOW - 60_000 }))),
        },
      }),
    ),
    me: helen(...FACILITATOR_CAN),
  },
  'time-out': { room: room(inside({ stand: { stand: 'paused', by: BEN, since: NOW - 20_000, until: NOW + 280_000, time_out: true } })), me: noor(answered) },
};
