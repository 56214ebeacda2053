// The wire's types, with the names and the spelling of the Rust types in `protocol/src`.

// --- identifiers: text with a prefix ---
export type PracticeId = string;
export type RoomId = string;
export type ParticipantId = string;
export type AccountId = string;
export type InviteId = string;
export type CommandId = string;
export type TurnId = string;
export type RequestId = string;
export type CircleId = string;
export type StepId = string;
export type PromptId = string;

/** Milliseconds since 1970-01-01T00:00Z, in server time. */
export type Timestamp = number;

export type Role = 'facilitator' | 'member' | 'observer';

// --- packs, as far as views speak of them ---
export type Setting = 'group' | 'couple' | 'circle';
export type FloorMode = 'open' | 'queue' | 'round' | 'chair';
export type QueueOrder = 'arrival' | 'least_heard' | 'hand';
export type Advance = 'auto' | 'chair';
export type Ending = 'soft' | 'firm';
export type Enforcement = 'off' | 'soft' | 'hard';

// --- notes ---
export type NoteRef = { note: 'course' } | { note: 'session'; session: number } | { note: 'facilitators'; session: number };

// --- actions ---
export type RequestKind = 'share' | 'reply' | 'question' | 'feedback' | 'process';
export type RevokeReason = 'time' | 'safety' | 'focus' | 'other';

export type Action =
  | { do: 'admit'; participant: ParticipantId }
  | { do: 'turn_away'; participant: ParticipantId }
  | { do: 'remove'; participant: ParticipantId }
  | { do: 'name_deputy'; participant?: ParticipantId | null }
  | { do: 'start_session' }
  | { do: 'go_to_step'; step: StepId }
  | { do: 'next_step' }
  | { do: 'extend_step'; seconds: number }
  | { do: 'end_session' }
  | {
      do: 'set_floor';
      mode?: FloorMode | null;
      order?: QueueOrder | null;
      advance?: Advance | null;
      ending?: Ending | null;
      turn_seconds?: number | null;
    }
  | { do: 'ask'; kind: RequestKind; note?: string | null }
  | { do: 'cancel_request' }
  | { do: 'pass' }
  | { do: 'come_back' }
  | { do: 'write_instead'; text: string }
  | { do: 'release' }
  | { do: 'need_more_time' }
  | { do: 'go_on' }
  | { do: 'call'; participant: ParticipantId }
  | { do: 'grant'; request: RequestId }
  | { do: 'deny'; request: RequestId }
  | { do: 'order_queue'; requests: RequestId[] }
  | { do: 'revoke'; reason: RevokeReason }
  | { do: 'take_floor' }
  | { do: 'hold_clock' }
  | { do: 'resume_clock' }
  | { do: 'extend_turn'; seconds: number }
  | { do: 'wait_on' }
  | { do: 'move_on' }
  | { do: 'start_round' }
  | { do: 'pause' }
  | { do: 'keep_pause' }
  | { do: 'resume' }
  | { do: 'prompt_used'; prompt: PromptId }
  | { do: 'prompt_not_now'; prompt: PromptId }
  | { do: 'push_prompt'; prompt: PromptId }
  | { do: 'clear_prompt' }
  | { do: 'lock_note'; note: NoteRef; locked: boolean }
  | { do: 'take_back_note'; note: NoteRef };

// --- refusals ---
export type RefusalCode =
  | 'malformed'
  | 'too_fast'
  | 'unavailable'
  | 'not_admitted'
  | 'not_permitted'
  | 'observers_listen'
  | 'unknown_participant'
  | 'not_waiting'
  | 'away'
  | 'no_session'
  | 'session_running'
  | 'course_over'
  | 'unknown_step'
  | 'last_step'
  | 'paused'
  | 'held'
  | 'already_so'
  | 'already_asked'
  | 'unknown_request'
  | 'wrong_mode'
  | 'no_turn'
  | 'not_your_turn'
  | 'floor_held'
  | 'nobody_next'
  | 'already_went'
  | 'not_in_round'
  | 'cannot_deputise'
  | 'bad_text'
  | 'out_of_range'
  | 'full'
  | 'unknown_prompt'
  | 'note_locked'
  | 'note_refused'
  | 'unknown_note';

export interface Refusal {
  code: RefusalCode;
  sentence: string;
}

// --- messages ---
export type SignalKind = 'me_too' | 'slower' | 'need_break';

export type ClientMessage =
  | { type: 'act'; id: CommandId; action: Action }
  | { type: 'signal'; kind: SignalKind }
  | { type: 'ping'; at: number };

export type ServerMessage =
  | { type: 'welcome'; wire: number; room: RoomId; you: ParticipantId; now: Timestamp; heartbeat_seconds: number }
  | { type: 'view'; seq: number; room: RoomView; me: MyView }
  | { type: 'accepted'; id: CommandId; seq: number }
  | { type: 'refused'; id?: CommandId | null; refusal: Refusal }
  | { type: 'signal'; from: ParticipantId; kind: SignalKind }
  | { type: 'note_refused'; note: NoteRef; reference: number; refusal: Refusal }
  | { type: 'pong'; at: number; now: Timestamp };

// --- views ---
export type RoomView = ({ kind: 'waiting' } & WaitingView) | ({ kind: 'room' } & RoomScene);

export interface WaitingView {
  facilitator_present: boolean;
}

export interface RoomScene {
  course: CourseView;
  agenda: AgendaView;
  circle: CircleId;
  stand: Stand;
  seats: SeatView[];
  floor: FloorView;
  notes: NoteView[];
  staff?: StaffView | null;
}

export interface CourseView {
  title: string;
  pack_title: string;
  setting: Setting;
  language: string;
  session: number;
  sessions: number;
  phase?: string | null;
  ends_on?: string | null;
}

export interface AgendaView {
  steps: StepView[];
  current?: number | null;
  started_at?: Timestamp | null;
  ends_at?: Timestamp | null;
  session_started_at?: Timestamp | null;
  session_ends_at?: Timestamp | null;
}

export interface StepView {
  step: StepId;
  name: string;
  purpose: string;
  minutes: number;
  state: StepState;
}

export type StepState = 'done' | 'current' | 'to_come';

export type Stand =
  | { stand: 'lobby' }
  | { stand: 'running' }
  | { stand: 'paused'; by: ParticipantId; since: Timestamp; until?: Timestamp | null }
  | { stand: 'held'; since: Timestamp; long: boolean }
  | { stand: 'closed' };

export interface SeatView {
  participant: ParticipantId;
  name?: string | null;
  role: Role;
  present: boolean;
  acting: boolean;
  state: SeatState;
}

export type SeatState = 'quiet' | 'floor' | 'next' | 'asked' | 'waiting' | 'spoke' | 'passed' | 'comes_back' | 'wrote';

export interface FloorView {
  mode: FloorMode;
  order: QueueOrder;
  advance: Advance;
  ending: Ending;
  enforcement: Enforcement;
  turn_seconds?: number | null;
  turn?: TurnView | null;
  next?: ParticipantId | null;
  line: ParticipantId[];
  round_running: boolean;
  written: WrittenTurn[];
  question?: QuestionView | null;
}

export interface WrittenTurn {
  participant: ParticipantId;
  text?: string | null;
}

export interface QuestionView {
  prompt?: PromptId | null;
  text: string;
}

export interface TurnView {
  turn: TurnId;
  holders: ParticipantId[];
  kind: RequestKind;
  granted_at: Timestamp;
  limit_seconds?: number | null;
  clock: ClockView;
  overran: boolean;
  wants_more: boolean;
}

export type ClockView =
  | { clock: 'running'; deadline?: Timestamp | null }
  | { clock: 'stopped'; left_ms?: number | null; because: StopReason };

export type StopReason = 'away' | 'unattended' | 'paused' | 'held';

export interface NoteView {
  note: NoteRef;
  locked: boolean;
  writable: boolean;
}

export interface StaffView {
  waiting: WaitingPerson[];
  prompts: OfferedPrompt[];
  step_purpose?: string | null;
  suspended?: SuspendedTurn | null;
  requests: StaffRequest[];
  participation: ParticipationRow[];
  exchange: Exchange;
  deputy?: ParticipantId | null;
  pauses: PauseCount[];
  library: OfferedPrompt[];
  held: HeldSession[];
}

export interface WaitingPerson {
  participant: ParticipantId;
  name?: string | null;
  role: Role;
  since: Timestamp;
  present: boolean;
}

export interface OfferedPrompt {
  prompt: PromptId;
  text: string;
  say?: string | null;
  used: boolean;
}

export interface SuspendedTurn {
  turn: TurnId;
  participant: ParticipantId;
  since: Timestamp;
  grace_until: Timestamp;
  asked: boolean;
}

export interface StaffRequest {
  request: RequestId;
  participant: ParticipantId;
  kind: RequestKind;
  note?: string | null;
  status: RequestStatus;
  asked_at: Timestamp;
}

export type RequestStatus = 'pending' | 'accepted' | 'granted' | 'denied' | 'cancelled' | 'released' | 'revoked';

export interface ParticipationRow {
  participant: ParticipantId;
  floor_ms: number;
  turns: number;
  last_heard?: Timestamp | null;
}

export interface Exchange {
  member_to_member: number;
  with_facilitator: number;
}

export interface PauseCount {
  participant: ParticipantId;
  times: number;
}

export interface HeldSession {
  session: number;
  started_at: Timestamp;
  ended_at: Timestamp;
  attended: number;
}

export interface MyView {
  participant: ParticipantId;
  name?: string | null;
  role: Role;
  admission: Admission;
  may_speak: boolean;
  silent_because?: RefusalCode | null;
  can: Can[];
  place?: number | null;
  request?: MyRequest | null;
  holding: boolean;
  returning: boolean;
}

export interface MyRequest {
  request: RequestId;
  kind: RequestKind;
  status: RequestStatus;
  note?: string | null;
}

export type Admission = 'waiting' | 'admitted' | 'turned_away' | 'removed';

export type Can =
  | 'admit'
  | 'remove'
  | 'name_deputy'
  | 'start_session'
  | 'go_to_step'
  | 'next_step'
  | 'extend_step'
  | 'end_session'
  | 'set_floor'
  | 'ask'
  | 'cancel_request'
  | 'pass'
  | 'come_back'
  | 'write_instead'
  | 'release'
  | 'need_more_time'
  | 'go_on'
  | 'call'
  | 'grant'
  | 'deny'
  | 'order_queue'
  | 'revoke'
  | 'take_floor'
  | 'hold_clock'
  | 'resume_clock'
  | 'extend_turn'
  | 'wait_on'
  | 'move_on'
  | 'start_round'
  | 'pause'
  | 'keep_pause'
  | 'resume'
  | 'push_prompt'
  | 'clear_prompt'
  | 'lock_note'
  | 'take_back_note'
  | 'signal';

// --- the HTTP side ---
export interface ServerState {
  version: string;
  first_run: boolean;
  demo: boolean;
  me?: Me | null;
}
export type Me =
  | { kind: 'facilitator'; name: string; recovery_saved: boolean; groups: GroupSummary[] }
  | { kind: 'guest'; seats: Seat[] };
export interface Seat {
  room: RoomId;
  participant: ParticipantId;
  name: string;
  group: string;
  role: Role;
}
export interface GroupSummary {
  room: RoomId;
  title: string;
  pack: string;
  pack_title: string;
  setting: Setting;
  created_at: Timestamp;
  members: number;
}
export interface FirstRun {
  bootstrap: string;
  name: string;
  email: string;
  passphrase: string;
}
export interface RecoveryKey {
  recovery_key: string;
}
export interface ConfirmRecovery {
  last_group: string;
}
export interface Recover {
  email: string;
  recovery_key: string;
  passphrase: string;
}
export interface SignIn {
  email: string;
  passphrase: string;
}
export interface NewGroup {
  title: string;
  pack: string;
  language: string;
  starts_on?: string | null;
}
export interface GroupDetail {
  summary: GroupSummary;
  invites: Invite[];
}
export interface Invite {
  invite: InviteId;
  participant: ParticipantId;
  name: string;
  role: Role;
  created_at: Timestamp;
  revoked: boolean;
  devices: number;
}
export interface NewInvite {
  name: string;
  role: Role;
}
export interface NewLink {
  invite: Invite;
  url: string;
}
export interface Join {
  secret: string;
}
export interface Ticket {
  ticket: string;
  expires_at: Timestamp;
}
export interface PackList {
  packs: PackSummary[];
  broken: BrokenPack[];
}
export interface PackSummary {
  id: string;
  version: string;
  title: string;
  summary: string;
  setting: Setting;
  sessions: number;
  members_min: number;
  members_max: number;
  languages: string[];
  evidence: string;
  reviewer: string;
}
export interface BrokenPack {
  folder: string;
  faults: PackFault[];
}
export interface PackFault {
  file: string;
  line?: number | null;
  fault: string;
  hint: string;
}
export type ProblemCode =
  | 'malformed'
  | 'bad_field'
  | 'signed_out'
  | 'wrong_credentials'
  | 'link_invalid'
  | 'cross_site'
  | 'not_permitted'
  | 'not_found'
  | 'already_set_up'
  | 'recovery_unsaved'
  | 'full'
  | 'too_large'
  | 'too_fast'
  | 'unavailable'
  | 'internal';
export interface Problem {
  code: ProblemCode;
  title: string;
  status: number;
}
