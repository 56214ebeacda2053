// Made by web/scripts/types.mjs from protocol/schema. Do not edit: change the Rust types, then run
// `cargo run -p protocol --bin gen` and `npm run types` in protocol/typegen.

export type AccountId = `ac_${string}`;

/** What an account may do in its practice. One may have several. */
export type AccountRole = 'administrator' | 'facilitator' | 'supervisor';

/** One thing that a participant asks of the room. Who may ask what stands in one table, `room::policy`. */
export type Action =
  | {
      do: 'admit';
      participant: ParticipantId;
      anyway?: boolean;
    }
  | {
      do: 'turn_away';
      participant: ParticipantId;
    }
  | {
      do: 'remove';
      participant: ParticipantId;
    }
  | {
      do: 'name_deputy';
      participant?: ParticipantId | null;
    }
  | {
      do: 'start_session';
    }
  | {
      do: 'go_to_step';
      step: StepId;
    }
  | {
      do: 'next_step';
    }
  | {
      do: 'extend_step';
      seconds: number;
    }
  | {
      do: 'leave_out_step';
      /** Its place in the agenda, from 0. */
      index: number;
      left_out: boolean;
    }
  | {
      do: 'insert_step';
      step: StepId;
      minutes: number;
    }
  | {
      do: 'spread_time';
    }
  | {
      do: 'ask_ready';
    }
  | {
      do: 'answer_ready';
      ready: boolean;
    }
  | {
      do: 'close_ready';
    }
  | {
      do: 'end_session';
    }
  | {
      do: 'set_floor';
      /** Whether the next turn begins by itself. */
      advance?: Advance | null;
      /** What happens when a turn's time is up. */
      ending?: Ending | null;
      /** The mode; requests keep their places where the new mode has a queue. */
      mode?: FloorMode | null;
      /** The queue's order. */
      order?: QueueOrder | null;
      /** The turn limit in seconds; 0 means none. */
      turn_seconds?: number | null;
    }
  | {
      do: 'ask';
      /** What for. */
      kind: RequestKind;
      /** A short note that only facilitators see. */
      note?: string | null;
    }
  | {
      do: 'cancel_request';
    }
  | {
      do: 'pass';
    }
  | {
      do: 'come_back';
    }
  | {
      do: 'write_instead';
      text: string;
    }
  | {
      do: 'release';
    }
  | {
      do: 'need_more_time';
    }
  | {
      do: 'go_on';
    }
  | {
      do: 'call';
      participant: ParticipantId;
    }
  | {
      do: 'grant';
      request: RequestId;
    }
  | {
      do: 'deny';
      request: RequestId;
    }
  | {
      do: 'order_queue';
      requests: RequestId[];
    }
  | {
      do: 'revoke';
      reason: RevokeReason;
    }
  | {
      do: 'take_floor';
    }
  | {
      do: 'hold_clock';
    }
  | {
      do: 'resume_clock';
    }
  | {
      do: 'extend_turn';
      seconds: number;
    }
  | {
      do: 'wait_on';
    }
  | {
      do: 'move_on';
    }
  | {
      do: 'start_round';
      /** In which order. */
      order?: RoundOrder;
    }
  | {
      do: 'offer';
      participant: ParticipantId;
    }
  | {
      do: 'withdraw_offer';
    }
  | {
      do: 'accept';
    }
  | {
      do: 'decline';
    }
  | {
      do: 'confirm';
    }
  | {
      do: 'say_again';
    }
  | {
      do: 'form_pair';
      /** Speaks first. */
      speaker: ParticipantId;
      /** Listens first. */
      listener: ParticipantId;
    }
  | {
      do: 'set_inner';
      participants: ParticipantId[];
    }
  | {
      do: 'step_out';
    }
  | {
      do: 'go_back';
    }
  | {
      do: 'send_aside';
      participant: ParticipantId;
    }
  | {
      do: 'bring_back';
      participant: ParticipantId;
    }
  | {
      do: 'visit';
      circle: CircleId;
    }
  | {
      do: 'open_rooms';
      assign: Assign;
      /** When everybody is called back, in minutes; by hand if absent. */
      minutes?: number | null;
      /** How the floor is shared in them; `open` if absent. */
      mode?: FloorMode | null;
      /** The turn limit in them, in seconds. */
      turn_seconds?: number | null;
    }
  | {
      do: 'extend_rooms';
      seconds: number;
    }
  | {
      do: 'call_back';
    }
  | {
      do: 'call_help';
    }
  | {
      do: 'answer_help';
      circle: CircleId;
    }
  | {
      do: 'agree';
    }
  | {
      do: 'take_role';
      role: CircleRole;
    }
  | {
      do: 'lay_role';
      role: CircleRole;
    }
  | {
      do: 'sit_together';
      /** Who has no device of their own. */
      participant: ParticipantId;
      with: ParticipantId;
    }
  | {
      do: 'sit_apart';
      participant: ParticipantId;
    }
  | {
      do: 'whisper';
      about?: ParticipantId | null;
      text?: string | null;
    }
  | {
      do: 'not_ok';
    }
  | {
      do: 'acknowledge';
      participant: ParticipantId;
    }
  | {
      do: 'close_alarm';
      participant: ParticipantId;
      reason: CloseReason;
    }
  | {
      do: 'all_right';
    }
  | {
      do: 'take_back_not_ok';
    }
  | {
      do: 'escalate';
      about?: ParticipantId | null;
    }
  | {
      do: 'on_call_reached';
    }
  | {
      do: 'raise_concern';
      participant: ParticipantId;
    }
  | {
      do: 'note_answer';
      participant: ParticipantId;
      now: number;
      before?: number | null;
    }
  | {
      do: 'contact';
      participant: ParticipantId;
      how: ContactHow;
    }
  | {
      do: 'assess';
      participant: ParticipantId;
      text: string;
    }
  | {
      do: 'make_plan';
      participant: ParticipantId;
      plan: string;
      /** When somebody asks again, and how. */
      next_check: string;
      /** Whom they call. */
      contacts?: string | null;
    }
  | {
      do: 'emergency';
      participant: ParticipantId;
    }
  | {
      do: 'tick_reach';
      participant: ParticipantId;
      step: ReachStep;
    }
  | {
      do: 'set_country';
      country: Country;
    }
  | {
      do: 'pause';
    }
  | {
      do: 'time_out';
      minutes: number;
    }
  | {
      do: 'keep_pause';
    }
  | {
      do: 'resume';
    }
  | {
      do: 'prompt_used';
      prompt: PromptId;
    }
  | {
      do: 'prompt_not_now';
      prompt: PromptId;
    }
  | {
      do: 'prompt_later';
      prompt: PromptId;
    }
  | {
      do: 'push_prompt';
      prompt: PromptId;
    }
  | {
      do: 'clear_prompt';
    }
  | {
      do: 'set_area';
      participant: ParticipantId;
      area?: Area | null;
    }
  | {
      do: 'flag_measure';
      participant: ParticipantId;
      flag?: MeasureFlag | null;
    }
  | {
      do: 'set_own_words';
      step: StepId;
      text?: string | null;
    }
  | {
      do: 'record_screen';
      participant: ParticipantId;
      outcome: ScreenOutcome;
      words?: string | null;
    }
  | {
      do: 'choose_secrets';
      key: string;
    }
  | {
      do: 'check_in';
      question: string;
      answer: string;
    }
  | {
      do: 'confirm_arrival';
      today: Today;
      reach?: Reach | null;
    }
  | {
      do: 'say_at_door';
      text: string;
    }
  | {
      do: 'answer_at_door';
      participant: ParticipantId;
      text: string;
    }
  | {
      do: 'give_consent';
      purpose: Purpose;
      digest: string;
    }
  | {
      do: 'withdraw_consent';
      purpose: Purpose;
    }
  | {
      do: 'describe_myself';
      /** Everybody in the circle reads it, not only those who lead. */
      shown: boolean;
      about?: string | null;
      pronouns?: string | null;
    }
  | {
      do: 'lock_note';
      note: NoteRef;
      locked: boolean;
    }
  | {
      do: 'take_back_note';
      note: NoteRef;
    };

/** Whether somebody is in. */
export type Admission = 'waiting' | 'admitted' | 'turned_away' | 'removed';

/** How the next turn begins. */
export type Advance = 'auto' | 'chair';

/** What somebody works on: the four areas of interpersonal therapy. */
export type Area = 'grief' | 'dispute' | 'transition' | 'isolation';

/** What a facilitator looks at before letting somebody in. The first four are what was not said (see [`Today`]); the others the room knows. */
export type ArrivalLook = ('not_alone' | 'driving' | 'recording' | 'shared_device') | 'contact_in_room' | 'no_numbers';

/** Who goes into which small circle. */
export type Assign =
  | {
      hand: ParticipantId[][];
    }
  | {
      drawn: {
        size: number;
      };
    }
  | 'unmet';

/** What somebody can do now. One per action of the same name; actions with a target are listed when any target would do. */
export type Can =
  | 'admit'
  | 'remove'
  | 'name_deputy'
  | 'start_session'
  | 'go_to_step'
  | 'next_step'
  | 'extend_step'
  | 'leave_out_step'
  | 'insert_step'
  | 'spread_time'
  | 'step_out'
  | 'go_back'
  | 'send_aside'
  | 'bring_back'
  | 'visit'
  | 'open_rooms'
  | 'extend_rooms'
  | 'call_back'
  | 'call_help'
  | 'answer_help'
  | 'agree'
  | 'take_role'
  | 'lay_role'
  | 'sit_together'
  | 'sit_apart'
  | 'whisper'
  | 'not_ok'
  | 'acknowledge'
  | 'close_alarm'
  | 'all_right'
  | 'take_back_not_ok'
  | 'escalate'
  | 'on_call_reached'
  | 'raise_concern'
  | 'note_answer'
  | 'contact'
  | 'assess'
  | 'make_plan'
  | 'emergency'
  | 'tick_reach'
  | 'set_country'
  | 'ask_ready'
  | 'answer_ready'
  | 'close_ready'
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
  | 'offer'
  | 'withdraw_offer'
  | 'accept'
  | 'decline'
  | 'confirm'
  | 'say_again'
  | 'form_pair'
  | 'set_inner'
  | 'pause'
  | 'time_out'
  | 'keep_pause'
  | 'resume'
  | 'push_prompt'
  | 'clear_prompt'
  | 'lock_note'
  | 'take_back_note'
  | 'signal'
  | 'set_area'
  | 'flag_measure'
  | 'set_own_words'
  | 'record_screen'
  | 'choose_secrets'
  | 'check_in'
  | 'confirm_arrival'
  | 'give_consent'
  | 'withdraw_consent'
  | 'say_at_door'
  | 'answer_at_door'
  | 'describe_myself';

/** What an account is in one room's care team. */
export type CareRole = 'lead' | 'co_facilitator' | 'prescriber' | 'supervisor';

export type CircleId = `ci_${string}`;

/** What a circle is for. */
export type CircleKind = 'main' | 'breakout' | 'side';

/** What somebody does for a circle today. */
export type CircleRole = 'host' | 'guardian' | 'timekeeper';

/** What a page says to the hub. */
export type ClientMessage =
  | {
      type: 'act';
      id: CommandId;
      action: Action;
    }
  | {
      type: 'signal';
      kind: SignalKind;
    }
  | {
      type: 'media_offer';
      description: string;
    }
  | {
      type: 'media_end';
    }
  | {
      type: 'media_restart';
      description: string;
    }
  | {
      type: 'media_relays';
    }
  | {
      type: 'media_wishes';
      pictures: MediaPictures;
    }
  | {
      type: 'ping';
      /** The client's own clock in whole milliseconds, sent back unread. */
      at: number;
    };

/** A turn's clock. */
export type ClockView =
  | {
      clock: 'running';
      deadline: Timestamp | null;
    }
  | {
      clock: 'stopped';
      left_ms: number | null;
      because: StopReason;
    };

/** Why it is closed. */
export type CloseReason = 'mistake' | 'looked_after' | 'handed_on';

export type ColleagueLinkId = `cl_${string}`;

export type CommandId = `cm_${string}`;

/** Why somebody is looked after. */
export type ConcernSource = 'button' | 'facilitator' | 'member' | 'answer_new' | 'answer_raised' | 'answer_unchanged';

/** How it stands with one person and one purpose. */
export type ConsentStanding =
  | {
      so: 'open';
    }
  | {
      so: 'given';
      at: Timestamp;
    }
  | {
      so: 'taken_back';
      at: Timestamp;
    }
  | {
      so: 'declined';
      at: Timestamp;
    }
  | {
      so: 'outdated';
      at: Timestamp;
    };

/** How somebody is talked to alone. */
export type ContactHow = 'side_room' | 'phone';

export type Country = string;

/** What shows the page. */
export type DeviceBrowser = 'firefox' | 'chrome' | 'edge' | 'safari' | 'other';

/** What it looks like. */
export type DeviceForm = 'phone' | 'tablet' | 'computer' | 'other';

/** What runs on it. */
export type DeviceSystem = 'android' | 'ios' | 'windows' | 'macos' | 'linux' | 'other';

/** Who said it. Whoever waits learns nothing of who leads in the room but what is said to them. */
export type DoorVoice = 'waiting' | 'leading';

/** What became of a draft. */
export type DraftFate = 'whole' | 'broken' | 'saved' | 'changed' | 'taken';

/** What happens when a turn's time is up. */
export type Ending = 'soft' | 'firm';

/** How the microphone follows `may_speak`, where there is media. */
export type Enforcement = 'off' | 'soft' | 'hard';

/** Who asked. */
export type ErasureAskedBy = 'member' | 'leader';

/** One answer: words, or a number. */
export type FhirAnswer =
  | {
      valueString: string;
    }
  | {
      valueInteger: number;
    };

export type FhirBundleKind = 'collection';

export type FhirBundleName = 'Bundle';

export type FhirNarrativeStatus = 'additional';

export type FhirQuestionKind = 'text' | 'integer';

export type FhirQuestionnaireStatus = 'active';

export type FhirResource =
  | {
      resourceType: 'Questionnaire';
      /** Its canonical address. */
      url: string;
      version: string;
      status: FhirQuestionnaireStatus;
      item: FhirQuestion[];
    }
  | {
      resourceType: 'QuestionnaireResponse';
      /** The questionnaire's canonical address, with its version. */
      questionnaire: string;
      status: FhirResponseStatus;
      subject: FhirReference;
      authored: string;
      item: FhirAnswered[];
      meta?: FhirMeta | null;
      /** The notice that travels with a record which must not be passed on. */
      text?: FhirNarrative | null;
    };

export type FhirResponseStatus = 'completed';

/** How the floor is given. */
export type FloorMode = 'open' | 'queue' | 'round' | 'chair' | 'stick' | 'pair' | 'fishbowl' | 'silence';

/** Something about a server that whoever runs it should see to. */
export type HouseAmiss = 'little_room' | 'no_backup' | 'backup_late' | 'certificate_ends';

/** What an exchange file turned out to be. */
export type ImportFate = 'whole' | 'broken' | 'altered' | 'other_format' | 'not_a_pack';

export type InviteId = `in_${string}`;

/** What the running mode has and no other mode can keep. */
export type Leaving = 'round' | 'offer' | 'pair' | 'inner';

/** What an export leaves out. */
export type LeftOut = 'screens' | 'assessments' | 'facilitators_notes';

export type LookInId = `lo_${string}`;

/** How far it is. */
export type LookInState =
  | {
      state: 'asked';
      waits_until: Timestamp;
    }
  | {
      state: 'lapsed';
    }
  | {
      state: 'confirmed';
      /** The second person. */
      by: string;
      at: Timestamp;
      /** One hour later, or sooner where somebody ended it. */
      until: Timestamp;
      over: boolean;
    };

/** What of somebody's was looked at or changed. */
export type Looked = 'arrival' | 'answers' | 'work' | 'link' | 'erasure';

/** Who is signed in. */
export type Me =
  | {
      kind: 'facilitator';
      account: AccountId;
      name: string;
      /** What they may do here. */
      roles: AccountRole[];
      /** The operator has confirmed that the recovery key is kept; until then no group can be made. */
      recovery_saved: boolean;
      groups: GroupSummary[];
      /** The account has an app with codes. */
      second_factor: boolean;
      /** From then on the house wants one. */
      second_factor_due: Timestamp | null;
    }
  | {
      kind: 'half_signed_in';
      /** There is no second factor yet: it is to be set up on the account's page. */
      set_up: boolean;
      /** Six digits of an app will do. */
      app: boolean;
    }
  | {
      kind: 'guest';
      seats: Seat[];
    };

/** What a questionnaire brought up about somebody, as a facilitator says it. */
export type MeasureFlag = 'new' | 'raised' | 'unchanged';

/** Why voices and pictures ended that the page did not end. */
export type MediaEnding = 'elsewhere' | 'lost';

/** A voice or a picture. */
export type MediaKind = 'sound' | 'picture';

/** Which pictures a page wants to be sent. */
export type MediaPictures = 'all' | 'holder' | 'none';

/** Where in the course a meeting stands. */
export type MeetingPlace =
  | 'before'
  | {
      after_session: number;
    }
  | 'after';

/** With whom a meeting is. */
export type MeetingWith = 'each' | 'partners' | 'everyone';

/** Which note. */
export type NoteRef =
  | {
      note: 'course';
    }
  | {
      note: 'session';
      session: number;
    }
  | {
      note: 'facilitators';
      session: number;
    };

/** What the pack would have a facilitator consider. It stops nobody. */
export type Notice =
  | {
      notice: 'few_members';
      here: number;
      least: number;
    }
  | {
      notice: 'closed_to_newcomers';
      participant: ParticipantId;
    }
  | {
      notice: 'no_numbers';
      /** The room's country, where one was said. */
      country: Country | null;
      known: Country[];
    }
  | {
      notice: 'needs_second';
    };

export type ParticipantId = `pa_${string}`;

export type PracticeId = `pr_${string}`;

/** What can go wrong on the HTTP side. Never renamed, never reused. */
export type ProblemCode =
  | 'malformed'
  | 'bad_field'
  | 'signed_out'
  | 'wrong_credentials'
  | 'link_invalid'
  | 'cross_site'
  | 'not_permitted'
  | 'second_factor_asked'
  | 'second_factor_missing'
  | 'prove_again'
  | 'wrong_code'
  | 'pin_asked'
  | 'wrong_pin'
  | 'not_found'
  | 'already_set_up'
  | 'name_taken'
  | 'recovery_unsaved'
  | 'last_administrator'
  | 'no_lead'
  | 'address_taken'
  | 'consent_missing'
  | 'assent_missing'
  | 'not_agreed'
  | 'full'
  | 'changed_meanwhile'
  | 'held'
  | 'too_large'
  | 'too_fast'
  | 'unavailable'
  | 'internal';

/** Whom a prompt speaks to. */
export type PromptAudience = 'facilitator' | 'everyone' | 'member';

export type PromptId = string;

/** How urgent a prompt is. During a running turn only time and safety are shown. */
export type PromptKind = 'safety' | 'time' | 'content';
/**
 * `POST /api/account/prove`: who has this login proves it anew, with the strongest thing the account has that can be typed. Good for five
 * minutes of changes.
 */
export type Proof =
  | {
      kind: 'passphrase';
      passphrase: string;
    }
  | {
      kind: 'code';
      code: string;
    }
  | {
      kind: 'passkey';
      answer: PasskeyAnswer;
    };

/** What something of a person is used for. Nobody is asked about recording, since nothing is recorded: there is no such purpose to say yes to. */
export type Purpose = 'measures' | 'notes' | 'supervision' | 'disclosure';

/** The order of the queue. */
export type QueueOrder = 'arrival' | 'least_heard' | 'hand';

/** Whom one tries when somebody has dropped out of reach, in this order; a service may be called at any time. */
export type ReachStep = 'call_back' | 'emergency_contact' | 'service';

/** Every refusal there is. Codes are never renamed and never reused. */
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
  | 'unknown_circle'
  | 'no_rooms'
  | 'stepped_out'
  | 'not_seen_yet'
  | 'not_that_far'
  | 'not_flagged'
  | 'in_reach'
  | 'no_numbers'
  | 'needs_second'
  | 'nobody_on_call'
  | 'cannot_take_back'
  | 'has_own_line'
  | 'role_taken'
  | 'protected'
  | 'nothing_asked'
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
  | 'no_offer'
  | 'said_no'
  | 'silence'
  | 'not_in_pair'
  | 'saying_back'
  | 'cannot_deputise'
  | 'bad_text'
  | 'out_of_range'
  | 'full'
  | 'unknown_prompt'
  | 'note_locked'
  | 'note_refused'
  | 'unknown_note'
  | 'not_in_circles'
  | 'no_own_words'
  | 'screens_first'
  | 'locked_door'
  | 'no_screens'
  | 'unknown_secrets'
  | 'not_asked'
  | 'arrival_first'
  | 'arrival_incomplete'
  | 'bad_number'
  | 'contact_in_room'
  | 'no_consent'
  | 'consent_changed'
  | 'no_listeners'
  | 'no_numbers_there'
  | 'no_media';

export type RequestId = `rq_${string}`;

/** What a turn is for. A request carries it, the turn inherits it. */
export type RequestKind = 'share' | 'reply' | 'question' | 'feedback' | 'process';

/** A request's life (RFC 8855 section 4.1, without the states of a queue on a second server). */
export type RequestStatus = 'pending' | 'accepted' | 'granted' | 'denied' | 'cancelled' | 'released' | 'revoked';

/** Why a facilitator took a turn back. */
export type RevokeReason = 'time' | 'safety' | 'focus' | 'other';

/** What a participant is in a room. */
export type Role = 'facilitator' | 'member' | 'observer';

export type RoomId = `rm_${string}`;

/** What an audience sees. */
export type RoomView =
  | {
      kind: 'waiting';
      /** Whether a facilitator is there to let people in. */
      facilitator_present: boolean;
      /**
       * People are seen alone before they meet here: whoever is not let in hears from their therapist. It says so whether the room is
       * locked or not, and whatever came of anybody's screen.
       */
      seen_alone_first: boolean;
    }
  | {
      kind: 'room';
      /** Where the course stands. */
      course: CourseView;
      /** This session's steps and where it stands. */
      agenda: AgendaView;
      /** The circle that is shown. */
      circle: CircleId;
      /** Whether the room moves, and if not, why. */
      stand: Stand;
      /** Seats in circle order, the same for everybody. */
      seats: SeatView[];
      /** The floor of this circle. */
      floor: FloorView;
      /** Circles beside the room's own, as far as they concern this one. */
      beside: BesideView | null;
      /** What the group holds itself to. */
      agreements: AgreementsView | null;
      /** A circle's roles. */
      roles: RoleView[];
      /** "Shall we go on?" */
      ready: ReadyView | null;
      /** The notes this audience may open. */
      notes: NoteView[];
      /** Only for facilitators. */
      staff: StaffView | null;
    };

/** The order of a round. */
export type RoundOrder =
  | 'seats'
  | 'drawn'
  | {
      hand: ParticipantId[];
    };

/** How far it has come. */
export type SafetyStage = 'flagged' | 'acknowledged' | 'in_contact' | 'assessed' | 'planned';

/** What came of seeing one partner alone. */
export type ScreenOutcome = 'suitable' | 'not_suitable' | 'undecided';

/** What a seat shows, in a shape and a word. */
export type SeatState =
  | 'quiet'
  | 'floor'
  | 'next'
  | 'asked'
  | 'waiting'
  | 'spoke'
  | 'passed'
  | 'comes_back'
  | 'wrote'
  | 'listens'
  | 'inside'
  | 'aside';

/** What the hub says to a page. */
export type ServerMessage =
  | {
      type: 'welcome';
      /** The wire's version. */
      wire: number;
      /** The room this connection is bound to. */
      room: RoomId;
      /** Who the page speaks for. */
      you: ParticipantId;
      /** The server's clock now. */
      now: Timestamp;
      /** Send a `ping` at least this often, in seconds; after two missed ones the hub closes the connection. */
      heartbeat_seconds: number;
      /** This house carries voices and pictures. */
      media: boolean;
      /** The number to ring when they fail, where the house has one. */
      media_phone: string | null;
    }
  | {
      type: 'view';
      /** What everybody in the room may notice, counted; what is private does not move it. */
      seq: number;
      /** What everybody of the same audience sees. */
      room: RoomView;
      /** What only this person sees. */
      me: MyView;
    }
  | {
      type: 'accepted';
      id: CommandId;
      seq: number;
    }
  | {
      type: 'refused';
      /** The command, where the message could be read that far. */
      id: CommandId | null;
      /** What and why. */
      refusal: Refusal;
    }
  | {
      type: 'signal';
      from: ParticipantId;
      kind: SignalKind;
    }
  | {
      type: 'note_refused';
      note: NoteRef;
      /** The client's number of the update, 0 for an opening. */
      reference: number;
      refusal: Refusal;
    }
  | {
      type: 'nothing_kept';
      /** What is left; for those who lead. */
      count: SittingCount | null;
    }
  | {
      type: 'media_answer';
      description: string;
    }
  | {
      type: 'media_refused';
      refusal: Refusal;
    }
  | {
      type: 'media_stands';
      /** This page's sound leaves the server. Where not, `me.silent_because` says why. */
      carried: boolean;
      /** Whose sound and picture comes on which line. A picture that is held back, by the page's wish or for want of network, is not named. */
      slots: MediaSlot[];
    }
  | {
      type: 'trying_to_speak';
      participant: ParticipantId;
    }
  | {
      type: 'media_ended';
      why: MediaEnding;
    }
  | {
      type: 'media_relays';
      relays: MediaRelay[];
    }
  | {
      type: 'pong';
      at: number;
      now: Timestamp;
    };

/** Whom a pack is for. It chooses words, panels and who may stand in. */
export type Setting = 'group' | 'couple' | 'individual' | 'circle';

/** A passing sign that changes no rule. Never journaled; may be lost. */
export type SignalKind = 'me_too' | 'slower' | 'need_break';

/** Whether the room moves. */
export type Stand =
  | {
      stand: 'lobby';
    }
  | {
      stand: 'running';
    }
  | {
      stand: 'paused';
      /** Who. */
      by: ParticipantId;
      since: Timestamp;
      /** When it ends by itself; absent when a facilitator keeps it. */
      until: Timestamp | null;
      /** A time-out, whose end was stated with it. */
      time_out: boolean;
    }
  | {
      stand: 'held';
      since: Timestamp;
      /** It has been long: show whom to call. */
      long: boolean;
      /** Whom to call, where the server was told: the practice's number and a crisis line. Only once it has been long. */
      contact?: string | null;
    }
  | {
      stand: 'closed';
    };

export type StepId = string;

/** Whether a step is behind, here or ahead. */
export type StepState = ('current' | 'to_come') | 'done' | 'left_out' | 'passed_by';

/** Why a turn's clock stands still; where several hold, the first in this order is shown. */
export type StopReason = 'away' | 'unattended' | 'paused' | 'held' | 'saying_back';

/** A moment in server time: milliseconds since the Unix epoch. Fits a JavaScript number until the year 287396. */
export type Timestamp = number;

export type TurnId = `tu_${string}`;

/** When a prompt is due: a closed set. */
export type When =
  | 'start'
  | {
      after: number;
    }
  | {
      before_end: number;
    }
  | {
      sessions_left: number;
    }
  | 'turn_overran'
  | {
      turn_runs: number;
    }
  | 'round_over'
  | {
      queue_long: number;
    }
  | {
      fewer_than: number;
    }
  | {
      not_yet_heard: number;
    }
  | {
      silence: number;
    }
  | 'line_down'
  | {
      area: Area;
    }
  | 'measure_flagged';

/** `GET /api/account`: how the account proves who it is, and where it is signed in. */
export interface AccountDetail {
  name: string;
  email: string;
  /** When the app with codes was set up; absent without one. */
  authenticator_since: Timestamp | null;
  recovery_codes_left: number;
  /** From then on the house wants a second factor. */
  second_factor_due: Timestamp | null;
  /** Oldest first. */
  passkeys: PasskeyShown[];
  /** Newest first. */
  logins: LoginShown[];
  /** The practice's own sign-in service, where it has one. */
  outside: OutsideShown | null;
  /** The second factor was taken away not long ago, so that the owner comes back in. Whoever did not ask for it tells somebody. */
  reset: FactorsReset | null;
}

/** This session's steps and where it stands. */
export interface AgendaView {
  /** All steps of the session, in order. */
  steps: StepView[];
  /** The current step's index in `steps`; absent when no session runs. */
  current: number | null;
  /** When the current step began. */
  started_at: Timestamp | null;
  /** When its time is up. Steps never end by themselves. */
  ends_at: Timestamp | null;
  /** When the session began. */
  session_started_at: Timestamp | null;
  /** When the session's planned minutes are up. */
  session_ends_at: Timestamp | null;
  /**
   * When it would be over if every step that is left took the minutes it has, as of the last view. Later than `session_ends_at`:
   * behind; earlier: ahead.
   */
  projected_end: Timestamp | null;
}

/** What the group holds itself to, ticked by each in every session. */
export interface AgreementsView {
  texts: string[];
  /** What may be said about another's share. */
  crosstalk: string | null;
  /** How many of those who are here ticked them. */
  agreed: number;
}

/** Somebody who is flagged, as those who lead see it. */
export interface AlarmView {
  participant: ParticipantId;
  raised_at: Timestamp;
  /** Who looks after it. */
  acknowledged_by: ParticipantId | null;
  /** How often it became louder because nobody had seen it. */
  escalated: number;
  source: ConcernSource;
  /** The member who is concerned, where it was one. */
  concerned: ParticipantId | null;
  stage: SafetyStage;
  acknowledged_at: Timestamp | null;
  /** How they were talked to. */
  contact: ContactHow | null;
  /** In the words of who talked to them. */
  assessed: string | null;
  plan: SafetyPlanView | null;
  /** When an emergency was declared. */
  emergency: DoneBy | null;
  /** Who leads on in the group meanwhile. */
  keeps_group: ParticipantId | null;
  /** Since when they are out of reach. */
  unreachable_since: Timestamp | null;
  /** What was tried. */
  tried: TriedView[];
  /** The person said that they are all right again. */
  all_right_at: Timestamp | null;
  /** The person said that they pressed by mistake. It stays until somebody has seen it. */
  taken_back_at: Timestamp | null;
  /** Previous and present answer to question 9, 0 to 3. */
  answer: AnswerView | null;
  /** Whose turn it is to see to it, once it is not those in the room any more. */
  turn: OnCallView | null;
  /** The reasons for which it could be closed now. */
  closes: CloseReason[];
  /** What could be tried now to reach them. */
  tries: ReachStep[];
  /** In an emergency, and while they are out of reach: where they were and how to reach them, as they last confirmed it. */
  last_known: LastKnown | null;
}

/** Two answers to question 9. */
export interface AnswerView {
  before: number | null;
  now: number;
}

/** What a person is asked at the door, and what they said before. Theirs alone. */
export interface ArrivalCard {
  /** Else they say where they are only if they like to. */
  place_needed: boolean;
  /** They answered for the session that runs or comes next. */
  answered: boolean;
  /** What they said of today, as long as it is kept. */
  today: Today | null;
  /** What is carried over unless they change it. */
  reach: Reach | null;
  /** The session for which they last confirmed it. */
  confirmed_in: number | null;
}

/** What one person said at the door, as those who lead see it. */
export interface ArrivalView {
  participant: ParticipantId;
  /** For the session that runs or comes next. */
  answered: boolean;
  look: ArrivalLook[];
  /** Absent until they answered once, and once it has been erased. */
  last: LastKnown | null;
}

/** `POST /api/rooms/{room}/mine/erasure`: somebody asks for everything about themselves in this group to be erased. */
export interface AskErasure {
  /** Nobody needs a reason; whoever wants to give one may. */
  reason?: string | null;
}

/** `GET /api/rooms/{room}/assent`: what is missing before somebody comes to the door. Of whoever is of age, nothing. */
export interface Assent {
  /** A guardian agreed. */
  consented: boolean;
  /** They said yes themselves. */
  assented: boolean;
}

/** Small circles, or the side room one is in. */
export interface BesideView {
  /** What the circle that is shown is for. */
  kind: CircleKind;
  /** When everybody is called back from the small circles, where that is settled. */
  ends_at: Timestamp | null;
  /** Since when everybody is called back. */
  called_back: Timestamp | null;
  /** This circle asked for a facilitator. */
  help: boolean;
}

/** A pack that could not be loaded. */
export interface BrokenPack {
  /** The folder's name. */
  folder: string;
  faults: PackFault[];
}

/** Whom to call in one country. Texts are the operator's data, in the room's language. */
export interface CallCard {
  /** Two capital letters (ISO 3166-1). */
  country: Country;
  /** The emergency number. */
  emergency: string;
  lines: CallLine[];
  /** When somebody last looked at these numbers. */
  dated: string;
}

/** One number to call. */
export interface CallLine {
  name: string;
  call: string | null;
  text: string | null;
  note: string | null;
}

/** Somebody called the person on call. */
export interface CalledView {
  at: Timestamp;
  /** Whom it is about. */
  about: ParticipantId | null;
  /** Whose turn it is: the next on the list when one does not answer. */
  person: OnCallView | null;
  /** Since when they have answered. */
  reached_at: Timestamp | null;
  /** When it is the next person's turn, while nobody has answered. */
  next_at: Timestamp | null;
}

/** `GET /api/groups/{room}/team`, for the team itself; `GET /api/rooms/{room}/team`, for everybody with a seat, without reasons. */
export interface CareTeam {
  /** What the account that asks is in it; none for guests, and for who looks in. */
  you: CareRole | null;
  team: TeamMember[];
  /** Who looks in or did, newest first; for those with a seat, who does now. */
  look_ins: LookIn[];
}

/** `POST /api/groups/{room}/erasures/{participant}/carry-out`: the second step. There is no way back. */
export interface CarryOutErasure {
  /** The person's name as the group's page shows it, typed once more. */
  name: string;
}

/** `POST /api/account/passphrase`. Every other login of the account ends. */
export interface ChangePassphrase {
  current: string;
  passphrase: string;
}

/** One answer, as those who lead read it. */
export interface CheckInAnswer {
  participant: ParticipantId;
  /** For which session it was answered. */
  session: number;
  /** The question's words. */
  question: string;
  /** Absent once it has been erased. */
  answer: string | null;
  at: Timestamp;
}

/** One question of the private check-in, as the person it is asked of reads it. The answer is not shown again. */
export interface CheckInQuestion {
  /** The question's key. */
  question: string;
  text: string;
  /** It was answered for this session. */
  answered: boolean;
}

/** A circle beside the room's own, at a glance. */
export interface CircleGlance {
  circle: CircleId;
  kind: CircleKind;
  people: ParticipantId[];
  holder: ParticipantId | null;
  /** Since when they ask for a facilitator. */
  help: Timestamp | null;
}

/** Something that was closed in this session. */
export interface ClosedView {
  participant: ParticipantId;
  source: ConcernSource;
  raised_at: Timestamp;
  closed_at: Timestamp;
  by: ParticipantId | null;
  reason: CloseReason | null;
}

/** Somebody who works here. */
export interface Colleague {
  account: AccountId;
  name: string;
  roles: AccountRole[];
  /** For administrators alone. */
  email: string | null;
  since: Timestamp;
}

/** A link that waits for a colleague. */
export interface ColleagueLink {
  link: ColleagueLinkId;
  roles: AccountRole[];
  created_at: Timestamp;
  ends_at: Timestamp;
}

/** `POST /api/account/authenticator/confirm`. */
export interface ConfirmAuthenticator {
  /** The six digits that the app shows now. */
  code: string;
}

/** `POST /api/account/passkeys/confirm`: the browser has made it. */
export interface ConfirmPasskey {
  /** WebAuthn's `RegistrationResponseJSON`, as text. */
  credential: string;
}

/** `POST /api/recovery/confirm`: the operator has kept the key; the last group proves it was looked at. */
export interface ConfirmRecovery {
  last_group: string;
}

/** One thing a member is asked to agree to. */
export interface ConsentCard {
  purpose: Purpose;
  /** What it says, in the room's language. */
  text: string;
  /** Names this very text, in all its languages. Whoever agrees says which text they read. */
  digest: string;
  standing: ConsentStanding;
}

/** How it stands with one member, for those who lead. */
export interface ConsentRow {
  participant: ParticipantId;
  purpose: Purpose;
  standing: ConsentStanding;
  /** The version of the pack whose text it was. */
  version: string | null;
}

/** Where the course stands. */
export interface CourseView {
  /** The group's title, as its facilitator wrote it. */
  title: string;
  /** The pack's title in the room's language. */
  pack_title: string;
  /** Therapy group, couple or circle: chooses words and panels. */
  setting: Setting;
  /** The language of the pack's texts (BCP 47). */
  language: string;
  /** The running session, or the next one: 1 … `sessions`. `sessions` + 1 when the course is over. */
  session: number;
  /** Sessions in the course. */
  sessions: number;
  /** The phase's title of that session. */
  phase: string | null;
  /** When the last session is planned, where known (`2027-03-12`). */
  ends_on: string | null;
  /** Sessions left, the one in `session` counted; 0 when the course is over. */
  sessions_left: number;
  /** When the next session is planned, where known. Only while none is running. */
  next_on: string | null;
  /** What might be hard in this course. Only while no session is running. */
  content_notes: string | null;
  /** Meetings beside the sessions, in the order of the course. Only while no session is running. */
  meetings: MeetingView[];
}

/** How somebody would like to be spoken of in this group. Nobody is asked for it. */
export interface Described {
  /** Beside the name. */
  pronouns: string | null;
  /** A few words about themselves. */
  about: string | null;
  /** Everybody in the circle reads it; else those who lead. */
  shown: boolean;
}

/** The kind of device a login was begun on: as much as its owner needs to tell two of them apart. */
export interface DeviceKind {
  form: DeviceForm;
  system: DeviceSystem;
  browser: DeviceBrowser;
}

/** One thing that was done, by whom and when. */
export interface DoneBy {
  by: ParticipantId | null;
  at: Timestamp;
}

/** One thing said at the door: plain text, never more. */
export interface DoorLine {
  at: Timestamp;
  from: DoorVoice;
  /** Absent once it has been erased. */
  text: string | null;
}

/** The answer to a draft: every fault at once, or what it looks like. */
export interface DraftAnswer {
  fate: DraftFate;
  faults: PackFault[];
  preview: PackPreview | null;
  /** The digest under which it is kept, once it is saved. */
  digest: string | null;
}

/** Whom to call for somebody who cannot be reached. Never a member of the same room. */
export interface EmergencyContact {
  name: string;
  number: string;
  safe: SafeWays;
}

/** An erasure, from the asking on. */
export interface Erasure {
  participant: ParticipantId;
  /** `None` once it has begun. */
  name: string | null;
  asked_by: ErasureAskedBy;
  asked_at: Timestamp;
  /** When an answer is owed at the latest. */
  due_at: Timestamp;
  reason: string | null;
  refused: ErasureRefused | null;
  begun_at: Timestamp | null;
  done_at: Timestamp | null;
  /** What was destroyed, line by line, as the server signed it. */
  record: string | null;
}

/** Those who lead said no. */
export interface ErasureRefused {
  at: Timestamp;
  reason: string;
}

/** Who followed whom. There is no norm for these numbers. */
export interface Exchange {
  /** Member turns right after another member's turn. */
  member_to_member: number;
  /** Member turns right after a facilitator's turn, and the other way round. */
  with_facilitator: number;
}

/** The signed file, or why there is none. */
export interface ExportedPack {
  faults: PackFault[];
  file: PackFile | null;
  /** Of the key it is signed with: told to the receiver by another way than the file. */
  fingerprint: string | null;
}

/** An account's second factor was taken away by somebody else. */
export interface FactorsReset {
  at: Timestamp;
  /** The administrator; absent: whoever runs the server. */
  by: string | null;
}

export interface FhirAnswered {
  linkId: string;
  text: string;
  answer: FhirAnswer[];
}

/** `GET /api/rooms/{room}/mine/answers`: a Bundle of one's own questionnaire responses, and of the questionnaires that they answer. */
export interface FhirBundle {
  resourceType: FhirBundleName;
  type: FhirBundleKind;
  /** When it was made. */
  timestamp: string;
  entry?: FhirEntry[];
  meta?: FhirMeta | null;
}

export interface FhirCoding {
  system: string;
  code: string;
}

export interface FhirEntry {
  fullUrl: string;
  resource: FhirResource;
}

export interface FhirIdentifier {
  system: string;
  value: string;
}

/** What labels a resource bears. */
export interface FhirMeta {
  security: FhirCoding[];
}

export interface FhirNarrative {
  status: FhirNarrativeStatus;
  /** XHTML. */
  div: string;
}

export interface FhirQuestion {
  linkId: string;
  text: string;
  type: FhirQuestionKind;
}

export interface FhirReference {
  identifier: FhirIdentifier;
  display?: string | null;
}

/** `POST /api/first-run`: makes the first facilitator. Needs the secret of the one-time bootstrap link. */
export interface FirstRun {
  bootstrap: string;
  name: string;
  email: string;
  /** At least 15 characters, at most 1024 bytes; any characters. */
  passphrase: string;
}

/** The floor. */
export interface FloorView {
  mode: FloorMode;
  order: QueueOrder;
  advance: Advance;
  ending: Ending;
  enforcement: Enforcement;
  /** The turn limit, in seconds. */
  turn_seconds: number | null;
  /** The running turn. */
  turn: TurnView | null;
  /** Who comes next, where that is settled. */
  next: ParticipantId | null;
  /** Who waits, in order: the queue, or who is still to come in the round. */
  line: ParticipantId[];
  /** Whether a round is under way. */
  round_running: boolean;
  /** What members wrote instead of speaking, in this round. */
  written: WrittenTurn[];
  /** The two who talk (`pair`). */
  pair: PairView | null;
  /** Who sits in the inner circle (`fishbowl`). */
  inner: ParticipantId[];
  /** The sentence in the middle of the circle. */
  question: QuestionView | null;
}

/** `GET /api/groups/{room}`. */
export interface GroupDetail {
  summary: GroupSummary;
  invites: Invite[];
  /** Sittings of which only this is kept, oldest first. */
  sittings: Sitting[];
}

/** `GET /api/groups/{room}/rights`: what was asked for in this group and what stands against it. */
export interface GroupRights {
  /** Oldest first. */
  erasures: Erasure[];
  holds: LegalHold[];
}

/** A group as its facilitators list it. */
export interface GroupSummary {
  room: RoomId;
  title: string;
  pack: string;
  pack_title: string;
  setting: Setting;
  created_at: Timestamp;
  members: number;
}

/** `POST /api/groups/{room}/invites/{invite}/guardian`: a guardian agreed. */
export interface Guardian {
  /** Their name: 1–40 characters. */
  guardian: string;
}

/** A guardian agreed. */
export interface GuardiansConsent {
  /** `None` once the member was erased. */
  guardian: string | null;
  at: Timestamp;
  recorded_by: string;
}

/** A session that was held. */
export interface HeldSession {
  session: number;
  started_at: Timestamp;
  ended_at: Timestamp;
  /** Members who were admitted at any time. */
  attended: number;
}

/** One of several machines, as the database knows it. */
export interface HouseNode {
  /** What whoever runs it calls it. */
  name: string;
  /** Rooms that are its own. */
  rooms: number;
  /** Since it started. */
  age_seconds: number;
  /** Since it was not heard of any more; absent while it lives. */
  silent_seconds: number | null;
}

/** `GET /api/house`. */
export interface HouseState {
  version: string;
  /** PostgreSQL, or SQLite in the data folder. */
  postgres: boolean;
  /** Rooms that are open on this server. Absent where it has several practices: when others meet is no one's business. */
  rooms_open: number | null;
  /** Pages connected to them. */
  lines_open: number | null;
  /** Of the data folder's disk. */
  disk_free_bytes: number | null;
  disk_bytes: number | null;
  /** Since the newest backup was finished; absent where none was. */
  backup_age_seconds: number | null;
  /** Whole days until the server's own certificate ends, 0 once it has ended; absent where a proxy has it. */
  certificate_days: number | null;
  /** What somebody should see to. */
  amiss: HouseAmiss[];
  /** The nodes of a house of several machines, by name; empty where there is one, or where the server has several practices. */
  nodes: HouseNode[];
}

/** The answer to an exchange file. */
export interface ImportedPack {
  fate: ImportFate;
  faults: PackFault[];
  /** What the signer calls themselves. A claim: only the key is proven. */
  by: string | null;
  fingerprint: string | null;
  /** The pack, to be looked at and saved under a name of one's own. */
  pack: PackFiles | null;
}

/** A personal link. */
export interface Invite {
  invite: InviteId;
  participant: ParticipantId;
  name: string;
  role: Role;
  created_at: Timestamp;
  revoked: boolean;
  /** Browsers that were signed in with this link. */
  devices: number;
}

/** `POST /api/join`: exchange a link's secret for a listed, revocable device login. */
export interface Join {
  secret: string;
}

/** `POST /api/private-notes/key/keep`: the first key, or the same key sealed anew. */
export interface KeepNotesKey {
  /** At most 4,096 characters. */
  sealed: string;
  /** The version that it takes the place of; 0 for the first. With another one there nothing is changed. */
  based_on: number;
}

/** `POST /api/groups/{room}/private-notes/{session}/keep`. */
export interface KeepPrivateNote {
  /** Base64 of what the browser sealed, at most 49,152 characters. */
  sealed: string;
  /** The version that it takes the place of; 0 for the first. With another one there nothing is changed. */
  based_on: number;
}

/** It is on the disk. */
export interface KeptPrivateNote {
  version: number;
}

/** The name of somebody who has no seat in the circle one sees. */
export interface KnownName {
  participant: ParticipantId;
  name: string;
}

/** Where somebody was and how to reach them, as they last confirmed it. */
export interface LastKnown {
  at: Timestamp;
  session: number;
  /** Absent once it is forgotten. */
  place: string | null;
  country: Country | null;
  number: string;
  safe: SafeWays;
  /** Absent where the contact turned out to be in this room, and where nobody was named. */
  contact: EmergencyContact | null;
  /** They said that there is nobody to name. */
  nobody_named: boolean;
}

/** `POST /api/people/{account}/leave`: they do not work here any more. Their logins end at once. */
export interface Leave {
  /** Who leads the rooms that nobody else leads. Never who asks, unless they lead beside them already. */
  hand_over_to?: AccountId | null;
}

/** A hold that stands. */
export interface LegalHold {
  /** Absent: everybody in the group. */
  participant: ParticipantId | null;
  set_at: Timestamp;
  reason: string;
}

/** `POST /api/groups/{room}/holds/lift`. */
export interface LiftHold {
  /** Absent: the hold on everybody. */
  participant?: ParticipantId | null;
}

/** The lock of a couple's room, as those who lead see it. Nobody else sees any of it. */
export interface LockView {
  /** People who were found suitable can be let in. */
  open: boolean;
  /** Everybody who came as a partner. */
  screens: ScreenView[];
  /** How many of the two have not been found suitable. */
  screens_missing: number;
  /** It is not chosen yet how secrets are kept. */
  secrets_missing: boolean;
  /** The chosen way's key. */
  secrets: string | null;
  /** The ways there are to choose from. */
  ways: SecretsWay[];
}

/** `GET /api/log/consistency/{from}/{to}`: that the log of `to` leaves begins with that of `from`. */
export interface LogConsistency {
  /** Hashes in base64, as RFC 6962 orders them. */
  proof: string[];
}

/** `GET /api/log`: the newest checkpoint of the practice's signed log. */
export interface LogHead {
  /** A C2SP checkpoint in a signed note: name, length, root, signature. */
  checkpoint: string;
  /** The key to check it with, spelled as for signed notes. */
  key: string;
  at: Timestamp;
}

/** `GET /api/groups/{room}/log/{seq}`: that an event of the room is in the log. */
export interface LogInclusion {
  index: number;
  /** The leaf's hash in base64. */
  leaf: string;
  proof: string[];
  /** What the proof leads to. */
  checkpoint: string;
}

/** One login of an account. */
export interface LoginShown {
  /** What to call it when ending it. */
  login: string;
  /** The one that asks. */
  current: boolean;
  /** It has a connection to a room now. */
  live: boolean;
  device: DeviceKind;
  started_at: Timestamp;
  last_seen: Timestamp;
  two_factors: boolean;
}

/** Somebody outside a room's care team who asks to read it for an hour, with a reason, confirmed by a second person. */
export interface LookIn {
  look_in: LookInId;
  room: RoomId;
  /** Who asked. */
  name: string;
  /** Not for those with a seat. */
  reason: string | null;
  asked_at: Timestamp;
  state: LookInState;
}

/** `GET /api/look-ins`: rooms that one could ask about, and what waits. Says of a room who leads it and since when, and nothing else. */
export interface LookIns {
  /** Rooms of this practice that one does not belong to. */
  rooms: OtherRoom[];
  /** One's own, newest first. */
  own: LookIn[];
  /** Others' that wait for a second person. */
  to_confirm: LookIn[];
}

/** `POST /api/groups/{room}/invites/{invite}/minor`: this member is not of age, or is. */
export interface MarkMinor {
  minor: boolean;
}

/** A relay (TURN) that a page may use, with a name and a password that end by themselves. */
export interface MediaRelay {
  urls: string[];
  username: string;
  credential: string;
}

/** Who is in one of a page's slots. */
export interface MediaSlot {
  /** The line of the page's own description (its `mid`). */
  line: string;
  kind: MediaKind;
  participant: ParticipantId;
}

/** A meeting beside the sessions. */
export interface MeetingPreview {
  name: string;
  place: MeetingPlace;
  with: MeetingWith;
  minutes: number;
  steps: PlacedStep[];
}

/** A meeting beside the sessions. */
export interface MeetingView {
  name: string;
  /** One sentence for whoever comes. */
  purpose: string;
  place: MeetingPlace;
  with: MeetingWith;
  minutes: number;
  /** Its place in the course is now. */
  due: boolean;
}

/** A device that came by a personal link. */
export interface MemberDevice {
  /** What to call it when ending it. */
  device: string;
  /** The one that asks. */
  current: boolean;
  /** It has a connection to a room now. */
  live: boolean;
  kind: DeviceKind;
  /** When it opened the link. */
  since: Timestamp;
  last_seen: Timestamp;
}

/** `GET /api/groups/{room}/invites/{invite}/devices`, and a member's own at `GET /api/rooms/{room}/mine/devices`. */
export interface MemberDevices {
  /** Newest first. */
  devices: MemberDevice[];
}

/** What those who lead know of a member's work. */
export interface MemberWork {
  participant: ParticipantId;
  /** What they work on; absent until it is settled, and once it has been erased. */
  area: Area | null;
  /** What their questionnaire brought up. */
  flag: MeasureFlag | null;
}

/** A member who is not of age. They come in once both have said yes. */
export interface Minor {
  participant: ParticipantId;
  consent: GuardiansConsent | null;
  /** When they said yes themselves. */
  assented_at: Timestamp | null;
}

/** `GET /api/groups/{room}/minors`: members who are not of age. */
export interface Minors {
  minors: Minor[];
}

/** `GET /api/rooms/{room}/mine`: what a member sees about their own data here. */
export interface MyData {
  group: string;
  name: string | null;
  /** Whether this person can ask for erasure here. Whoever leads cannot: others' records are in their words. */
  can_ask_erasure: boolean;
  erasure: MyErasure | null;
  /** Something stands against erasing it just now; those who lead know what. */
  held: boolean;
  /** Who looked at what is about this person alone: each kind and person once. */
  looks: MyLook[];
  /** Whether a PIN is asked when a device of theirs returns; absent for whoever has an account. */
  pin_set: boolean | null;
}

/** Something one did or said. */
export interface MyEntry {
  at: Timestamp;
  /** What kind of thing, as the journal names it. */
  kind: string;
  texts: string[];
  /** One's answer to question 9 of a questionnaire, as it was noted. */
  answer: number | null;
}

/** One's own request. */
export interface MyErasure {
  asked_by: ErasureAskedBy;
  asked_at: Timestamp;
  due_at: Timestamp;
  refused: ErasureRefused | null;
}

/** `GET /api/rooms/{room}/mine/export`: everything somebody said and wrote in a group, to take along. Nobody else's words are in it. */
export interface MyExport {
  /** The layout of an export. */
  rondo_export: number;
  group: string;
  name: string | null;
  exported_at: Timestamp;
  /** In the order in which it happened. */
  entries: MyEntry[];
  notes: MyNote[];
  /** What those who lead keep about this person and this file does not hold: ask them. */
  left_out: LeftOut[];
  /** What goes with a record that leaves the practice, where the group's pack says so. */
  notice?: string | null;
}

/** Somebody looked at what is about this person alone, or changed it. */
export interface MyLook {
  what: Looked;
  /** Whoever looks after the group; absent where they do so no more. */
  by: string | null;
  /** The day on which it happened first, in UTC: YYYY-MM-DD. */
  first: string;
}

/** One's own text in a shared note. */
export interface MyNote {
  note: NoteRef;
  text: string;
}

/** The person on call, for those in a circle who may call them. */
export interface MyOnCall {
  /** The operator named somebody. Where nobody is, the page says so before anybody relies on it. */
  named: boolean;
  /** One's own latest call. */
  called: CalledView | null;
}

/** One's own latest request. */
export interface MyRequest {
  request: RequestId;
  kind: RequestKind;
  status: RequestStatus;
  note: string | null;
}

/** What only one person sees. */
export interface MyView {
  participant: ParticipantId;
  name: string | null;
  role: Role;
  admission: Admission;
  /** The microphone follows this and nothing else. */
  may_speak: boolean;
  /** Why not, where not. */
  silent_because: RefusalCode | null;
  /** Everything this person can do now that needs no target, and the kinds of things that need one. */
  can: Can[];
  /** Their place in line: 1 is next. */
  place: number | null;
  /** Their own latest request. */
  request: MyRequest | null;
  /** They have the floor. */
  holding: boolean;
  /** They returned after a dropped line and go first when the floor is free. */
  returning: boolean;
  /** The holder offers this person the floor. */
  offered_by: ParticipantId | null;
  /** This holder's own offer stands. */
  offering_to: ParticipantId | null;
  /** Who said "no, thank you" to this holder in this turn. */
  declined_by: ParticipantId[];
  /** They ticked the agreements in this session. */
  agreed: boolean;
  /** What became of their "I am not OK". */
  not_ok: NotOkView | null;
  /** Their own answer to "Shall we go on?". */
  ready: boolean | null;
  /** What they work on. */
  area: Area | null;
  /** Their private cards in the current step: at most two. */
  cards: PrivateCard[];
  /** Whom to call where they are today; there when nobody sits in a session, and while they are not OK. */
  to_call: CallCard | null;
  /** The private check-in: the same questions for both partners, in every session, from the door on. Empty where there is none. */
  check_in: CheckInQuestion[];
  /** The person on call: for those in a circle who may call them, and for whoever did. */
  on_call: MyOnCall | null;
  /** Those whom this view speaks of and who have no seat in this circle. */
  names: KnownName[];
  /** This holder asked for more time in this turn; besides them only those who lead know. */
  asked_for_more: boolean;
  /** They may write in notes that are open to their audience: whoever only listens reads. */
  writes_notes: boolean;
  /** Where they are and how to reach them: asked of them at the door. Absent where nobody is asked. */
  arrival: ArrivalCard | null;
  /** What they are asked to agree to, one by one, and how that stands. Empty where the pack asks nothing, and for who is no member. */
  consents: ConsentCard[];
  /** What was said at the door between them and those who lead, the oldest first. Empty for whoever is in. */
  at_door: DoorLine[];
  /** How they would like to be spoken of, as they said it. */
  described: Described;
}

/** Little time is left until the planned end. */
export interface NearEnd {
  steps: Shorten[];
}

/** `POST /api/account/authenticator/begin`: a secret for an app that shows six digits. Nothing is kept until a code confirms it. */
export interface NewAuthenticator {
  /** To be typed into the app, in groups of four. */
  secret: string;
  /** The same as an `otpauth:` address, for a picture that the app reads. */
  address: string;
}

/** `POST /api/people/invite`. */
export interface NewColleague {
  /** At least one. */
  roles: AccountRole[];
}

/** The answer: the link is shown once, and works once. */
export interface NewColleagueLink {
  link: ColleagueLink;
  /** The whole address, the secret in its fragment. */
  url: string;
}

/** `POST /api/groups/{room}/erasures`: those who lead begin it, the first of two steps. */
export interface NewErasure {
  participant: ParticipantId;
  reason: string;
}

/** `POST /api/groups`. */
export interface NewGroup {
  /** 1–80 characters. Readable by the group's people only. */
  title: string;
  /** The pack's id. */
  pack: string;
  /** One of the pack's languages. */
  language: string;
  /** The first session's day, `YYYY-MM-DD`; sessions are weekly. Absent: no dates are shown. */
  starts_on?: string | null;
}

/** `POST /api/groups/{room}/holds`: nothing of this person, or of anybody here, is erased or purged while it stands. */
export interface NewHold {
  reason: string;
  /** Absent: everybody in the group. */
  participant?: ParticipantId | null;
}

/** `POST /api/groups/{room}/invites`. */
export interface NewInvite {
  /** The name the group sees: 1–40 characters. */
  name: string;
  /** A member's or observer's link works until revoked; a facilitator's works once. */
  role: Role;
}

/** The answer: the link is shown once; only a hash of its secret is kept. */
export interface NewLink {
  invite: Invite;
  /** The whole address, the secret in its fragment. */
  url: string;
}

/** `POST /api/look-ins/ask`. */
export interface NewLookIn {
  room: RoomId;
  /** 1–280 characters. The room's care team reads it, and who confirms. */
  reason: string;
}

/** `POST /api/account/passkeys/begin`: what the browser is to make a passkey of. */
export interface NewPasskey {
  /** WebAuthn's `PublicKeyCredentialCreationOptionsJSON`, as text: the page hands it on and reads nothing in it. */
  options: string;
}

/** `POST /api/people/{account}/roles`. */
export interface NewRoles {
  /** At least one. Places in care teams that they do not cover any more end. */
  roles: AccountRole[];
}

/** What a person reads who said "I am not OK". */
export interface NotOkView {
  raised_at: Timestamp;
  /** Who was told. Empty when nobody who leads is here: then the page says whom to call. */
  told: ParticipantId[];
  acknowledged_by: ParticipantId | null;
  /** They said that they are all right again. */
  all_right: boolean;
  /** Who is on call, where nobody who leads is here, it is their turn, or they were called about this person. */
  on_call: OnCallView | null;
}

/** One note. */
export interface NoteView {
  note: NoteRef;
  /** Members cannot change it. */
  locked: boolean;
  /** Whether it is open to this audience's words now; who of them may write stands in `MyView::writes_notes`. */
  writable: boolean;
}

/** `GET /api/private-notes/key`: an author's own key, as their browser sealed it. */
export interface NotesKey {
  /** 0 where there is none yet. */
  version: number;
  sealed: string | null;
}

/** An offer of the floor, as facilitators see it. */
export interface OfferView {
  from: ParticipantId;
  /** To whom; absent when it was declined or taken back. */
  to: ParticipantId | null;
  /** Who declined in this turn. */
  declined: ParticipantId[];
}

/** A prompt as it is offered. */
export interface OfferedPrompt {
  prompt: PromptId;
  /** For the facilitator. */
  text: string;
  /** Words that could be said to members; present where the prompt can be pushed. */
  say: string | null;
  /** Whether it was used already in this step. */
  used: boolean;
}

/** Somebody who is on call. */
export interface OnCallView {
  name: string;
  number: string;
  /** Since when it is their turn. */
  since: Timestamp;
}

/** A room that one does not belong to. */
export interface OtherRoom {
  room: RoomId;
  led_by: string[];
  created_at: Timestamp;
}

/** `POST /api/outside/finish`: what the service gave the browser, within five minutes, in the browser that began. */
export interface OutsideAnswer {
  code: string;
  state: string;
}

/** `POST /api/outside/begin` and `POST /api/account/outside/begin`: where the browser goes. It comes back to the page `/outside`. */
export interface OutsideBegun {
  url: string;
}

/** What came of it: somebody is signed in, or the account that asked is linked. */
export interface OutsideDone {
  linked: boolean;
}

/** The practice's own sign-in service, from an account's side. */
export interface OutsideShown {
  /** What the practice calls it. */
  name: string;
  /** The account signs in there since then; absent: it does not. */
  linked_at: Timestamp | null;
}

/** `POST /api/packs/check` and `POST /api/packs/save`. */
export interface PackDraft {
  id: string;
  files: PackFile[];
  /** The digest under which it was read; absent for a new pack. */
  based_on?: string | null;
}

/** `POST /api/packs/export`: a pack as one signed file. */
export interface PackExport {
  id: string;
  /** Who signs, as the receiver should read it; may be empty. */
  by: string;
}

/** One fault of a pack file. */
export interface PackFault {
  /** The file inside the pack's folder. */
  file: string;
  /** From 1; absent where the fault belongs to the whole file. */
  line: number | null;
  /** What is wrong. */
  fault: string;
  /** What to do. */
  hint: string;
}

/** One file of a pack. */
export interface PackFile {
  /** Inside the pack's folder, with `/` between parts. */
  name: string;
  text: string;
}

/** `GET /api/packs/{id}`: a pack's files, to be read or copied. */
export interface PackFiles {
  id: string;
  /** It was made here and can be changed. Others are copied first. */
  own: boolean;
  /** What a change is based on. */
  digest: string | null;
  /** The pack's own files. */
  files: PackFile[];
  /** Files of shared steps that it takes from elsewhere. To change one, write it among the pack's own. */
  shared: PackFile[];
}

/** `POST /api/packs/import`: what an exchange file holds. Nothing is kept; the pack is saved like any draft. */
export interface PackImport {
  text: string;
}

/** `GET /api/packs`: every pack the server found, broken ones with all their faults. */
export interface PackList {
  packs: PackSummary[];
  broken: BrokenPack[];
}

/** A whole pack, to be looked at. */
export interface PackPreview {
  title: string;
  summary: string;
  version: string;
  setting: Setting;
  languages: string[];
  phases: PhasePreview[];
  meetings: MeetingPreview[];
  /** Every step once, as it is written; sessions may change its minutes, its floor and its turns. */
  steps: StepPreview[];
}

/** A pack to choose from. */
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

/** The two who talk. */
export interface PairView {
  speaker: ParticipantId;
  listener: ParticipantId;
  /** The listener says back what was heard; the speaker's clock stands still. */
  saying_back: boolean;
}

/** One line of the participation panel. */
export interface ParticipationRow {
  participant: ParticipantId;
  /** Floor time in finished turns of this session, in milliseconds. The running turn is not in it. */
  floor_ms: number;
  turns: number;
  /** When they last had the floor in this session. */
  last_heard: Timestamp | null;
  /** For how long their voice was heard, with the floor or without, in milliseconds; written down about once a minute. 0 without voices. */
  voice_ms: number;
}

/** `POST /api/passkeys/sign-in`: the answer of a passkey. It counts as two factors. */
export interface PasskeyAnswer {
  attempt: string;
  /** WebAuthn's `AuthenticationResponseJSON`, as text. */
  credential: string;
}

/** `POST /api/passkeys/ask`: what any passkey of this house may answer, once, within five minutes. */
export interface PasskeyQuestion {
  /** Which question is answered. */
  attempt: string;
  /** WebAuthn's `PublicKeyCredentialRequestOptionsJSON`, as text. */
  options: string;
}

/** One passkey of an account. */
export interface PasskeyShown {
  /** What to call it when taking it away. */
  passkey: string;
  /** Where it was made. */
  device: DeviceKind;
  created_at: Timestamp;
  last_used_at: Timestamp | null;
}

/** How often somebody paused. */
export interface PauseCount {
  participant: ParticipantId;
  times: number;
}

/** `GET /api/people`: who works in this practice. */
export interface People {
  practice: PracticeId;
  /** Where the operator gave it one. */
  practice_name: string | null;
  /** The account that asks. */
  you: AccountId;
  people: Colleague[];
  /** Links that wait to be used; for administrators alone. */
  links: ColleagueLink[];
}

/** Sessions of one phase, in order. */
export interface PhasePreview {
  title: string;
  sessions: SessionPreview[];
}

/** A step in its place. */
export interface PlacedStep {
  step: StepId;
  minutes: number;
  floor: FloorMode;
  turn_seconds: number | null;
}

/** A private card: a sentence of the current step for one person alone. */
export interface PrivateCard {
  prompt: PromptId;
  text: string;
}

/** `GET /api/groups/{room}/private-notes/{session}`: one of one's own; version 0 where there is none yet. */
export interface PrivateNote {
  version: number;
  sealed: string | null;
}

/** That there is one. */
export interface PrivateNoteListed {
  /** 0: about the group as a whole. */
  session: number;
  version: number;
  changed_at: Timestamp;
}

/** `GET /api/groups/{room}/private-notes`: which notes of one's own there are in a group. */
export interface PrivateNotes {
  notes: PrivateNoteListed[];
}

/** An error's body, RFC 9457. */
export interface Problem {
  /** A stable code: the page switches on it. */
  code: ProblemCode;
  /** One human sentence. */
  title: string;
  status: number;
}

/** `GET /api/groups/{room}/prompts`: every step of the pack that the group pinned, in the group's language, for who leads it. */
export interface PromptLibrary {
  steps: StepPreview[];
}

/** A prompt. */
export interface PromptPreview {
  prompt: PromptId;
  audience: PromptAudience;
  kind: PromptKind;
  when: When;
  think: string;
  say: string | null;
}

/** The sentence in the middle of the circle. */
export interface QuestionView {
  /** The pushed prompt; absent when it is the step's own question. */
  prompt: PromptId | null;
  text: string;
}

/** How to reach somebody when their line is down. It is carried over from the session in which they last confirmed it. */
export interface Reach {
  number: string;
  safe: SafeWays;
  /** Absent where they said that there is nobody to name. */
  contact?: EmergencyContact | null;
}

/** A question to everybody whether to go on: how many members who are here said what. Nobody sees who. */
export interface ReadyView {
  asked_at: Timestamp;
  ready: number;
  not_yet: number;
  silent: number;
}

/** `POST /api/recover`: a new passphrase with the recovery key. */
export interface Recover {
  email: string;
  recovery_key: string;
  passphrase: string;
  /** As in [`SignIn`]. */
  practice?: PracticeId | null;
}

/** Recovery codes: shown once, each good once. Empty where the account has some already. */
export interface RecoveryCodes {
  codes: string[];
}

/** The answer: shown once. */
export interface RecoveryKey {
  /** Eight groups of four characters. */
  recovery_key: string;
}

/** A stable code for the page and one sentence for the person. */
export interface Refusal {
  /** What the page switches on. */
  code: RefusalCode;
  /** What the person reads, in plain English; the page translates by code. */
  sentence: string;
}

/** `POST /api/groups/{room}/erasures/{participant}/refuse`. The person reads the reason. */
export interface RefuseErasure {
  reason: string;
}
/**
 * `POST /api/people/{account}/factors/reset`: a colleague lost their phone and their recovery codes. App, passkeys and codes go, and every
 * login of the account ends; the passphrase stays.
 */
export interface ResetFactors {
  /** The colleague's name, so that it is the person who is meant. */
  name: string;
}

/** Something that somebody does for the circle. */
export interface RoleView {
  role: CircleRole;
  /** What it is. */
  text: string;
  /** Who does it today. */
  participant: ParticipantId | null;
}

/** Where a room is, and where it may be said to be. */
export interface RoomCountry {
  /** The room's country, where one was said. */
  now: Country | null;
  /** Those whose numbers the operator has. */
  known: Country[];
}

/** Everything that admitted people see; `staff` is there for facilitators only. */
export interface RoomScene {
  /** Where the course stands. */
  course: CourseView;
  /** This session's steps and where it stands. */
  agenda: AgendaView;
  /** The circle that is shown. */
  circle: CircleId;
  /** Whether the room moves, and if not, why. */
  stand: Stand;
  /** Seats in circle order, the same for everybody. */
  seats: SeatView[];
  /** The floor of this circle. */
  floor: FloorView;
  /** Circles beside the room's own, as far as they concern this one. */
  beside: BesideView | null;
  /** What the group holds itself to. */
  agreements: AgreementsView | null;
  /** A circle's roles. */
  roles: RoleView[];
  /** "Shall we go on?" */
  ready: ReadyView | null;
  /** The notes this audience may open. */
  notes: NoteView[];
  /** Only for facilitators. */
  staff: StaffView | null;
}

/** What may be done with a number without harm: somebody else may hear it ring, listen to the message or read the text. */
export interface SafeWays {
  ringing: boolean;
  voicemail: boolean;
  text: boolean;
}

/** What was agreed with somebody. */
export interface SafetyPlanView {
  plan: string | null;
  contacts: string | null;
  next_check: string | null;
}

/** One partner's private screen. */
export interface ScreenView {
  participant: ParticipantId;
  /** Absent until it is recorded. */
  outcome: ScreenOutcome | null;
  /** In the facilitator's words; absent where nothing was written, and once it has been erased. */
  words: string | null;
  at: Timestamp | null;
}

/** A place in a room that this browser's cookie opens. */
export interface Seat {
  room: RoomId;
  participant: ParticipantId;
  name: string;
  group: string;
  role: Role;
}

/** One seat. */
export interface SeatView {
  participant: ParticipantId;
  /** The name others see; absent once it has been erased. */
  name: string | null;
  role: Role;
  /** Whether a line is up. */
  present: boolean;
  /** Stands in for the facilitators just now. */
  acting: boolean;
  /** At whose device they sit. */
  beside: ParticipantId | null;
  /** What the seat shows. */
  state: SeatState;
  /** How they would like to be spoken of, where they say it to whoever reads this. */
  described: Described | null;
}

/** `POST /api/second-factor`: six digits of an app, or a recovery code, after the passphrase. */
export interface SecondFactor {
  code: string;
}

/** One way of keeping what a partner says alone. */
export interface SecretsWay {
  key: string;
  text: string;
}

/** `GET /api/state`: what the page needs to choose its first screen. */
export interface ServerState {
  /** The server's version. */
  version: string;
  /** No facilitator exists yet: show the first-run page. */
  first_run: boolean;
  /** A demo with invented people. */
  demo: boolean;
  /** What the practice's own sign-in service is called, where there is one. */
  outside: string | null;
  /** Who is signed in with this browser's cookie. */
  me: Me | null;
}

/** One session. */
export interface SessionPreview {
  number: number;
  minutes: number;
  steps: PlacedStep[];
}

/** `POST /api/rooms/{room}/mine/pin`. */
export interface SetPin {
  /** Six to twelve digits; absent: none is asked any more. */
  pin?: string | null;
}

/** A step that could be shortened or left out. How a session closes is never among them. */
export interface Shorten {
  /** Its place in the agenda, from 0. */
  index: number;
  /** It may be left out. */
  droppable: boolean;
  /** How it could be shortened. */
  how: string | null;
}

/** `POST /api/rooms/{room}/pin`: a device that has returned shows the PIN. */
export interface ShowPin {
  pin: string;
}

/** `POST /api/sign-in`. */
export interface SignIn {
  email: string;
  passphrase: string;
  /** The practice whose account it is; absent for the one that this server was set up with. One person may work in two, with one address. */
  practice?: PracticeId | null;
}

/** A sitting of which nothing is kept but a count. */
export interface Sitting {
  count: SittingCount;
  /** What was destroyed, line by line, as the server signed it. */
  record: string;
}

/** What is left of a sitting of which nothing is kept. */
export interface SittingCount {
  session: number;
  /** How many came, hosts among them. */
  people: number;
  started_at: Timestamp;
  ended_at: Timestamp;
}

/** A request as facilitators see it. */
export interface StaffRequest {
  request: RequestId;
  participant: ParticipantId;
  kind: RequestKind;
  /** The asker's note; absent where there is none or it has been erased. */
  note: string | null;
  status: RequestStatus;
  asked_at: Timestamp;
}

/** The facilitators' pane. */
export interface StaffView {
  /** Who waits at the door. */
  waiting: WaitingPerson[];
  /** What the pack would have a facilitator consider. */
  notices: Notice[];
  /** At most two prompts. */
  prompts: OfferedPrompt[];
  /** The current step's purpose, for facilitators. */
  step_purpose: string | null;
  /** A holder whose line dropped. */
  suspended: SuspendedTurn | null;
  /** Requests with their notes, and recent denials. */
  requests: StaffRequest[];
  /** Floor time and turns; collapsed until opened, never shown to members. */
  participation: ParticipationRow[];
  /** Turns that followed another member's, and turns that followed a facilitator's. */
  exchange: Exchange;
  /** Who leads when no facilitator is present. */
  deputy: ParticipantId | null;
  /** How often each person paused the room in this session, where more than once. */
  pauses: PauseCount[];
  /** Prompts of the current step that can be pushed to members. */
  library: OfferedPrompt[];
  /** Sessions held so far. */
  held: HeldSession[];
  /** Who is not OK. Shown before anything else. */
  alarms: AlarmView[];
  /** What was closed since the session before, the newest last. */
  closed: ClosedView[];
  /** The facilitators' back-channel, the newest last. */
  whispers: WhisperView[];
  /** Every circle beside the room's own. */
  circles: CircleGlance[];
  /** The floor is offered to somebody. */
  offer: OfferView | null;
  /** What would end if the floor were shared in another way from now on. Requests keep their places in every mode. */
  leaving: Leaving | null;
  /** How the current step could be shortened. */
  shorten: string | null;
  /** Little time is left: what could be shortened or left out. */
  near_end: NearEnd | null;
  /** What each member works on. Empty where nobody is treated. */
  work: MemberWork[];
  /** Prompts used in this session, or in the last one, the newest last. */
  used: UsedPrompt[];
  /** The lock of a couple's room. */
  lock: LockView | null;
  /** What was answered in private check-ins. */
  check_ins: CheckInAnswer[];
  /** Who is known and has no seat in this circle: the pane speaks of them too. */
  names: KnownName[];
  /** What everybody who is asked said at the door. */
  arrivals: ArrivalView[];
  /** Who agreed to what, for every member and every purpose that the pack asks about. */
  consents: ConsentRow[];
  /** Where the room is, for whom to call. Absent in a circle of peers, and where the operator has no numbers. */
  country: RoomCountry | null;
}

/** A step's words and prompts. */
export interface StepPreview {
  step: StepId;
  name: string;
  purpose: string;
  droppable: boolean;
  protected: boolean;
  prompts: PromptPreview[];
}

/** One step. */
export interface StepView {
  step: StepId;
  /** Two words. */
  name: string;
  /** One sentence for members. */
  purpose: string;
  minutes: number;
  state: StepState;
  /** It may be left out when time is short. */
  droppable: boolean;
  /** It is never left out, and keeps its time. */
  protected: boolean;
  /** What might be hard in it: for the current step and the one that comes next. */
  content_notes: string | null;
  /** Other ways to take part: for the current step and the one that comes next. */
  choices: string | null;
  /** There is room for the group's own words. */
  takes_own_words: boolean;
  /** The group's own words. */
  own_words: string | null;
}

/** A holder whose line dropped. */
export interface SuspendedTurn {
  turn: TurnId;
  participant: ParticipantId;
  since: Timestamp;
  /** When facilitators are asked. */
  grace_until: Timestamp;
  /** The grace is over: wait on, or move on? */
  asked: boolean;
}

/** `POST /api/groups/{room}/team/change`. */
export interface TeamChange {
  account: AccountId;
  /** Absent: they do not belong to the team any more. Their lines close. */
  part?: CareRole | null;
}

/** Somebody who looks after a room. */
export interface TeamMember {
  /** For the team itself. */
  account: AccountId | null;
  name: string;
  part: CareRole;
}

/** `POST /api/rooms/{room}/ticket`: one use, 30 seconds, bound to person and room. */
export interface Ticket {
  /** Offered as the second WebSocket subprotocol. */
  ticket: string;
  expires_at: Timestamp;
}

/** What is true today and was not last week. It is forgotten some time after the session. */
export interface Today {
  /** Nobody else is in the room with them. */
  alone: boolean;
  /** They listen with headphones. */
  headphones: boolean;
  /**
   * They have not said that they are not at the wheel. So with the two below: a box left open says nothing, and is read as something
   * to ask about, never as so.
   */
  driving: boolean;
  /** They have not said that nobody records. */
  recording: boolean;
  /** They have not said that nobody else uses this device. */
  shared: boolean;
  /** Whose emergency numbers count. */
  country?: Country | null;
  /** Where they are, in their own words: enough for an ambulance to find them. */
  place?: string | null;
}

/** Whom somebody tried, and when. */
export interface TriedView {
  step: ReachStep;
  by: ParticipantId | null;
  at: Timestamp;
}

/** The running turn. */
export interface TurnView {
  turn: TurnId;
  holders: ParticipantId[];
  kind: RequestKind;
  granted_at: Timestamp;
  limit_seconds: number | null;
  clock: ClockView;
  /** Its time is up and the person is finishing. */
  overran: boolean;
  /** The holder asked for more time. Only those who lead see it here; the holder finds it in their own view. */
  wants_more: boolean;
}

/** A prompt that was used in a session. */
export interface UsedPrompt {
  at: Timestamp;
  step: StepId;
  /** As the facilitator read it; what it had filled in is left open. */
  text: string;
  /** Its words were shown to members. */
  shown: boolean;
}

/** Somebody at the door. */
export interface WaitingPerson {
  participant: ParticipantId;
  name: string | null;
  role: Role;
  since: Timestamp;
  /** Whether their line is up. */
  present: boolean;
  /** What was said between them and those who lead, the oldest first. */
  said: DoorLine[];
  /** How they would like to be spoken of. */
  described: Described | null;
}

/** The waiting screen. */
export interface WaitingView {
  /** Whether a facilitator is there to let people in. */
  facilitator_present: boolean;
  /**
   * People are seen alone before they meet here: whoever is not let in hears from their therapist. It says so whether the room is
   * locked or not, and whatever came of anybody's screen.
   */
  seen_alone_first: boolean;
}

/** `POST /api/welcome`: a colleague makes their own account with their link. */
export interface Welcome {
  secret: string;
  name: string;
  email: string;
  /** At least 15 characters, at most 1024 bytes; any characters. */
  passphrase: string;
}

/** A word among those who lead. */
export interface WhisperView {
  at: Timestamp;
  from: ParticipantId;
  /** Whom to look at. */
  about: ParticipantId | null;
  /** Absent in a mere cue, and once it has been erased. */
  text: string | null;
}

/** A turn taken in writing. */
export interface WrittenTurn {
  participant: ParticipantId;
  /** Absent once it has been erased. */
  text: string | null;
}

export const CLOSE_CODES = {
  flooding: 4429,
  invalid_utf8: 1007,
  login_ended: 4401,
  moved: 4409,
  normal: 1000,
  nothing_kept: 4411,
  protocol_error: 1002,
  removed: 4403,
  restarting: 1012,
  room_restarting: 4410,
  too_big: 1009,
  too_many_connections: 4413,
  too_slow: 4408
} as const;

export const MAX_CLIENT_MESSAGE_BYTES = 65536 as const;

export const SUBPROTOCOL = 'rondo.1' as const;

export const WIRE_VERSION = 1 as const;

export const PROBLEM_STATUS = {
  address_taken: 409,
  already_set_up: 409,
  assent_missing: 409,
  bad_field: 422,
  changed_meanwhile: 409,
  consent_missing: 409,
  cross_site: 403,
  full: 409,
  held: 409,
  internal: 500,
  last_administrator: 409,
  link_invalid: 403,
  malformed: 400,
  name_taken: 409,
  no_lead: 409,
  not_agreed: 409,
  not_found: 404,
  not_permitted: 403,
  pin_asked: 403,
  prove_again: 403,
  recovery_unsaved: 409,
  second_factor_asked: 403,
  second_factor_missing: 403,
  signed_out: 401,
  too_fast: 429,
  too_large: 413,
  unavailable: 503,
  wrong_code: 403,
  wrong_credentials: 401,
  wrong_pin: 403
} as const;
