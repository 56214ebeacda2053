// Invented people in side rooms and small circles, with today's plan, "shall we go on?", "I am not OK". Nothing here ships.
import type { AgendaView, AlarmView, BesideView, CalledView, Can, CircleGlance, LastKnown, MyView, NotOkView, ParticipantId, RoomScene, SeatView, StaffView } from '../protocol/types';
import { ANA, BEN, CHLOE, DEV, ELLA, FACILITATOR_CAN, FARID, JONAS, NOW, SOPHIE, STAFF, facilitator, me, room, scene, seats, turnOf, type Story } from './fixtures';

/** What every member can do at any time. */
const MEMBER: readonly Can[] = ['step_out', 'not_ok', 'raise_concern', 'pause', 'signal'];
/** What those who lead can do besides. */
const LEADS: readonly Can[] = [...FACILITATOR_CAN, 'leave_out_step', 'insert_step', 'spread_time', 'send_aside', 'open_rooms', 'whisper', 'ask_ready', 'step_out', 'not_ok'];
const ella = (can: readonly Can[], more: Partial<MyView> = {}): MyView => me(ELLA, can, more);
const lead = (can: readonly Can[] = [], more: Partial<MyView> = {}): MyView => facilitator(more, [...LEADS, ...can]);
const staffed = (staff: Partial<StaffView>, change: Partial<RoomScene> = {}, floor: Partial<RoomScene['floor']> = {}): RoomScene => scene({ staff: { ...STAFF, prompts: [], ...staff }, ...change }, floor);

// --- "I am not OK" ---

const told = (more: Partial<NotOkView> = {}): NotOkView => ({ raised_at: NOW - 20_000, told: [JONAS, SOPHIE], acknowledged_by: null, all_right: false, on_call: null, ...more });
/** Nothing done about it yet. */
/** Where Dev was. */
const KNOWN: LastKnown = { at: NOW - 900_000, session: 5, place: '12 Elm Road, second floor', country: 'US', number: '555 010 0100', safe: { ringing: true, voicemail: false, text: true }, contact: { name: 'Grace Hill', number: '555 019 0199', safe: { ringing: true, voicemail: false, text: false } }, nobody_named: false };
export const SAFE = { source: 'button', concerned: null, stage: 'flagged', acknowledged_at: null, contact: null, assessed: null, plan: null, emergency: null, keeps_group: null, unreachable_since: null, tried: [] as AlarmView['tried'], all_right_at: null, taken_back_at: null, answer: null, turn: null, closes: [] as AlarmView['closes'], tries: [] as AlarmView['tries'], last_known: null } as const satisfies Partial<AlarmView>;
const alarm = (participant: ParticipantId, more: Partial<AlarmView> = {}): AlarmView => ({ participant, raised_at: NOW - 12_000, acknowledged_by: null, escalated: 0, ...SAFE, stage: more.acknowledged_by == null ? 'flagged' : 'acknowledged', ...more });
const ALARM: readonly Can[] = ['acknowledge', 'close_alarm', 'contact', 'assess', 'make_plan', 'emergency'];
const asCircle = (view: RoomScene): RoomScene => ({ ...view, course: { ...view.course, setting: 'circle' } });
const called = (more: Partial<CalledView> = {}): CalledView => ({ at: NOW - 40_000, about: BEN, person: { name: 'Olu Okafor', number: '555 0100', since: NOW - 40_000 }, reached_at: null, next_at: NOW + 80_000, ...more });
const NEXT: readonly Can[] = ['pass', 'come_back', 'write_instead', 'step_out', 'pause', 'signal'];

// --- a side room ---

const quiet: Partial<RoomScene['floor']> = { mode: 'open', turn: null, next: null, line: [], round_running: false, question: null };
const side = (more: Partial<BesideView> = {}): BesideView => ({ kind: 'side', ends_at: null, called_back: null, help: false, ...more });
const only = (...who: ParticipantId[]): SeatView[] => seats({}, []).filter((seat) => who.includes(seat.participant));
const glance = (n: number, kind: CircleGlance['kind'], people: ParticipantId[], more: Partial<CircleGlance> = {}): CircleGlance => ({ circle: `ci_${n}`, kind, people, holder: null, help: null, ...more });
const aside = (...who: ParticipantId[]): SeatView[] => seats({ ...Object.fromEntries(who.map((one) => [one, 'aside' as const])), [ANA]: 'floor', [ELLA]: 'next' }, []);

// --- small circles ---

const circles = (more: Partial<BesideView> = {}): BesideView => ({ kind: 'breakout', ends_at: NOW + 250_000, called_back: null, help: false, ...more });
const ROOMS: readonly CircleGlance[] = [glance(1, 'breakout', [BEN, CHLOE], { holder: BEN }), glance(2, 'breakout', [ANA, ELLA], { help: NOW - 30_000 }), glance(3, 'breakout', [FARID, DEV])];

// --- today's plan ---

/** The plan some minutes before its end; `over` minutes late. */
function plan(left: number, over: number, current = 3): AgendaView {
  const whole = scene().agenda;
  const steps = whole.steps.map((step, k) => ({ ...step, minutes: k > current ? 5 : 15, state: k < current ? ('done' as const) : k === current ? ('current' as const) : ('to_come' as const) }));
  const end = NOW + left * 60_000;
  return { ...whole, steps, current, ends_at: NOW + 60_000, session_ends_at: end, projected_end: end + over * 60_000 };
}
const leftOut = (agenda: AgendaView, k: number): AgendaView => ({ ...agenda, steps: agenda.steps.map((step, j) => (j === k ? { ...step, state: 'left_out' } : step)) });

export const BESIDE_STORIES: Record<string, Story> = {
  'on-call-lead': { room: room(asCircle(staffed({}))), me: lead(['escalate'], { on_call: { named: true, called: null } }) },
  'on-call-nobody': { room: room(asCircle(scene())), me: ella([...NEXT, 'not_ok'], { on_call: { named: false, called: null } }) },
  'on-call-called': { room: room(asCircle(scene())), me: ella([...NEXT, 'not_ok', 'on_call_reached'], { on_call: { named: true, called: called() } }) },
  'on-call-answered': { room: room(asCircle(scene())), me: ella([...NEXT, 'not_ok', 'escalate'], { on_call: { named: true, called: called({ reached_at: NOW - 5_000, next_at: null }) } }) },
  'not-ok-mistake': { room: room(scene()), me: ella([...NEXT, 'take_back_not_ok', 'all_right'], { place: 1, not_ok: told() }) },
  'alarm-taken-back': { room: room(staffed({ alarms: [alarm(DEV, { taken_back_at: NOW - 4_000 })] })), me: lead(ALARM) },
  'not-ok-told': { room: room(scene()), me: ella(NEXT, { place: 1, not_ok: told() }) },
  'not-ok-waits': { room: room(scene()), me: ella(NEXT, { place: 1, not_ok: told({ raised_at: NOW - 95_000 }) }) },
  'not-ok-seen': { room: room(scene()), me: ella(NEXT, { place: 1, not_ok: told({ acknowledged_by: JONAS }) }) },
  'not-ok-alone': {
    room: room(scene({ stand: { stand: 'held', since: NOW - 400_000, long: true, contact: 'the practice, 555 0100' }, seats: seats({ [ANA]: 'floor' }, [JONAS, SOPHIE]) }, { turn: turnOf(ANA, 72, { clock: { clock: 'stopped', left_ms: 72_000, because: 'unattended' } }) })),
    me: ella(['signal', 'step_out'], { silent_because: 'held', not_ok: told({ told: [] }) }),
  },
  'not-ok-line-down': { room: room(scene()), me: ella(NEXT, { place: 1, not_ok: told() }), line: 'dropped' },
  'not-ok-unsent': { room: room(scene()), me: ella(['ask', ...MEMBER]), line: 'dropped' },
  'not-ok-at-hand': { room: room(scene()), me: ella(['ask', ...MEMBER]) },
  alarm: { room: room(staffed({ alarms: [alarm(DEV)] })), me: lead(ALARM) },
  'alarm-louder': { room: room(staffed({ alarms: [alarm(DEV, { raised_at: NOW - 50_000, escalated: 1 })] })), me: lead(ALARM) },
  'alarm-loudest': { room: room(staffed({ alarms: [alarm(DEV, { raised_at: NOW - 150_000, escalated: 2 }), alarm(BEN, { acknowledged_by: SOPHIE })] })), me: lead(ALARM) },
  'alarm-seen': { room: room(staffed({ alarms: [alarm(DEV, { acknowledged_by: JONAS })] })), me: lead(ALARM) },
  'safety-write': { room: room(staffed({ alarms: [alarm(DEV, { acknowledged_by: JONAS, stage: 'in_contact', contact: 'phone', closes: ['mistake', 'handed_on'] })] })), me: lead(ALARM) },
  'safety-plan': { room: room(staffed({ alarms: [alarm(DEV, { acknowledged_by: JONAS, stage: 'assessed', contact: 'phone', closes: ['mistake', 'handed_on'], assessed: 'Tired, and safe tonight.' })] })), me: lead(ALARM) },
  'safety-away': { room: room(staffed({ alarms: [alarm(DEV, { acknowledged_by: JONAS, emergency: { by: JONAS, at: NOW }, keeps_group: SOPHIE, unreachable_since: NOW - 60_000, tried: [{ step: 'call_back', by: JONAS, at: NOW }], tries: ['emergency_contact', 'service'], closes: ['handed_on'], last_known: KNOWN })] })), me: lead([...ALARM, 'tick_reach']) },
  'call-card': { before: room(scene()), room: room(scene({ stand: { stand: 'lobby' }, course: { ...scene().course, next_on: '2026-03-12' } }, quiet)), me: ella(MEMBER, { to_call: { country: 'US', emergency: '911', dated: '2026-11-25', lines: [{ name: 'A line', call: '555 0199', text: '555 0198', note: 'Day and night.' }] } }) },
  aside: { room: room(scene({ circle: 'ci_2', seats: only(ELLA), beside: side() }, quiet)), me: ella(['go_back', 'call_help', 'not_ok', 'pause', 'signal', 'ask'], { may_speak: true }) },
  'aside-help': { room: room(scene({ circle: 'ci_2', seats: only(ELLA), beside: side({ help: true }) }, quiet)), me: ella(['go_back', 'not_ok', 'pause', 'signal'], { may_speak: true }) },
  'aside-with': { room: room(scene({ circle: 'ci_2', seats: only(ELLA, JONAS), beside: side() }, quiet)), me: ella(['go_back', 'not_ok', 'pause', 'signal'], { may_speak: true }) },
  'aside-seen': { room: room(scene({ seats: aside(DEV, FARID) })), me: ella(NEXT, { place: 1 }) },
  'aside-staff': { room: room(staffed({ circles: [glance(2, 'side', [DEV]), glance(3, 'side', [FARID], { help: NOW - 70_000 })] }, { seats: aside(DEV, FARID) })), me: lead(['bring_back', 'visit', 'answer_help']) },
  'aside-visit': {
    room: room(scene({ circle: 'ci_2', seats: only(ELLA, JONAS), beside: side(), staff: { ...STAFF, prompts: [], participation: [], circles: [glance(2, 'side', [JONAS, ELLA])] } }, quiet)),
    me: lead(['go_back', 'bring_back', 'visit']),
  },
  plan: { room: room(staffed({}, { agenda: leftOut(plan(40, 0), 4) })), me: lead() },
  'plan-over': { room: room(staffed({}, { agenda: plan(11, 6) })), me: lead() },
  'plan-ahead': { room: room(staffed({}, { agenda: plan(40, -9) })), me: lead() },
  'plan-member': { room: room(scene({ agenda: leftOut(plan(11, 6), 4) })), me: ella(NEXT, { place: 1 }) },
  ready: { room: room(scene({ ready: { asked_at: NOW - 9000, ready: 3, not_yet: 1, silent: 2 } })), me: ella([...NEXT, 'answer_ready'], { place: 1 }) },
  'ready-answered': { room: room(scene({ ready: { asked_at: NOW - 9000, ready: 3, not_yet: 2, silent: 1 } })), me: ella([...NEXT, 'answer_ready'], { place: 1, ready: false }) },
  'ready-staff': { room: room(staffed({}, { ready: { asked_at: NOW - 9000, ready: 3, not_yet: 1, silent: 2 } })), me: lead(['close_ready', 'answer_ready']) },
  circle2: { room: room(scene({ circle: 'ci_2', seats: only(ANA, ELLA), beside: circles() }, { ...quiet, mode: 'queue', turn: turnOf(ANA, 72) })), me: ella(['ask', 'go_back', 'call_help', ...MEMBER]) },
  'circle2-help': { room: room(scene({ circle: 'ci_2', seats: only(ANA, ELLA, DEV), beside: circles({ help: true, ends_at: null }) }, quiet)), me: ella(['ask', 'go_back', ...MEMBER], { may_speak: true }) },
  'circle2-called': { room: room(scene({ circle: 'ci_2', seats: only(ANA, ELLA), beside: circles({ ends_at: NOW - 5000, called_back: NOW - 5000 }) }, quiet)), me: ella(['ask', 'go_back', 'call_help', ...MEMBER], { may_speak: true }) },
  'circles-staff': {
    room: room(staffed({ circles: [...ROOMS] }, { seats: seats({ [BEN]: 'aside', [CHLOE]: 'aside', [ANA]: 'aside', [ELLA]: 'aside', [FARID]: 'aside', [DEV]: 'aside' }, []), beside: { kind: 'main', ends_at: NOW + 250_000, called_back: null, help: false } }, quiet)),
    me: lead(['bring_back', 'visit', 'answer_help', 'extend_rooms', 'call_back']),
  },
  'circles-early': { room: room(scene({ seats: seats({ [BEN]: 'aside', [CHLOE]: 'aside', [FARID]: 'aside', [DEV]: 'aside' }, []), beside: { kind: 'main', ends_at: NOW + 250_000, called_back: null, help: false } }, quiet)), me: ella(['ask', ...MEMBER], { may_speak: true }) },
  'circles-open': { room: room(staffed({}, { seats: seats({}, [FARID]) }, quiet)), me: lead() },
  whispers: {
    room: room(
      staffed({
        whispers: [
          { at: NOW - 200_000, from: SOPHIE, about: null, text: 'Five more minutes here, then the round?' },
          { at: NOW - 140_000, from: JONAS, about: null, text: 'Yes.' },
          { at: NOW - 30_000, from: SOPHIE, about: DEV, text: null },
        ],
      }),
    ),
    me: lead(),
  },
  together: {
    room: room(staffed({}, { seats: seats({ [ANA]: 'floor', [ELLA]: 'next' }, [FARID]).map((seat) => (seat.participant === CHLOE ? { ...seat, beside: BEN } : seat)) })),
    me: lead(['sit_together', 'sit_apart']),
  },
  card: { room: room(scene()), me: ella(NEXT, { place: 1, area: 'grief', cards: [{ prompt: 'mood-round.card', text: 'While you listen: is there one small memory you would like to keep?' }] }) },
  'course-ahead': {
    room: room(
      scene({
        course: {
          ...scene().course,
          sessions_left: 12,
          next_on: '2026-02-05',
          content_notes: 'People may speak of loss, of quarrels and of hard days.',
          meetings: [
            { name: 'A talk before', purpose: 'We get to know each other.', place: 'before', with: 'each', minutes: 90, due: false },
            { name: 'Half way', purpose: 'We look back and ahead.', place: { after_session: 4 }, with: 'each', minutes: 45, due: true },
          ],
        },
        agenda: { ...scene().agenda, current: null, steps: scene().agenda.steps.map((step, k) => ({ ...step, state: 'to_come' as const, content_notes: k === 0 ? 'Somebody may be late or upset.' : null, choices: k === 0 ? 'Sit quietly, or write.' : null, own_words: k === 1 ? 'the heavy weather' : null })) },
        stand: { stand: 'lobby' },
      }),
    ),
    me: ella(MEMBER, {}),
  },
  'near-end': {
    room: room(
      staffed(
        {
          near_end: { steps: [{ index: 2, droppable: false, how: 'Ask for one word each.' }, { index: 5, droppable: true, how: 'Take the two that matter most.' }] },
          prompts: [{ prompt: 'mood-round.link', text: 'Ask what came first this week: the mood, or something with someone.', say: 'What came first this week?', used: false }],
          library: [{ prompt: 'mood-round.link', text: 'Ask what came first.', say: 'What came first this week?', used: false }],
          work: [{ participant: BEN, area: 'grief', flag: 'raised' }, { participant: CHLOE, area: null, flag: null }],
          used: [{ at: NOW - 90_000, step: 'opening', text: 'Name the day’s shape.', shown: true }],
        },
        { agenda: { ...plan(11, 6), steps: plan(11, 6).steps.map((step, k) => (k === 2 ? { ...step, takes_own_words: true, own_words: 'the heavy weather' } : step)) } },
        { ...quiet },
      ),
    ),
    me: lead(['push_prompt', 'leave_out_step', 'insert_step', 'spread_time', 'set_area', 'flag_measure', 'set_own_words']),
  },
};
