//! The state of a room: what the events so far add up to. Plain data; the snapshot is this, written out.

use std::collections::{BTreeMap, BTreeSet};

use protocol::pack::{Advance, Ending, Enforcement, FloorMode, Pack, QueueOrder, Unattended};
use protocol::wire::{HeldSession, MeasureFlag, NoteRef, StopReason};
use protocol::{CircleId, ParticipantId, PromptId, StepId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::agreed::Agreed;
use crate::alarm::{Alarm, Closed};
use crate::aside::CircleKind;
use crate::back_channel::Whisper;
use crate::breakout::Breakouts;
use crate::check_in::CheckIn;
use crate::event::FloorRules;
use crate::floor::Floor;
use crate::lent::Lent;
use crate::lock::Lock;
use crate::on_call::Call;
use crate::plan::PlannedStep;
use crate::ready::ReadyCheck;
use crate::roster::{Participant, Roster};
use crate::sealed::SealedText;

/// Everything a room knows. What is [`Lent`] is long, and most decisions leave it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Events applied so far. Also the journal position.
    pub seq: u64,
    /// When the last event happened. Time never runs backwards in a room.
    pub at: Timestamp,
    /// Of these, how many everybody may notice. Views carry this number.
    pub public_seq: u64,
    /// When the last of those happened.
    pub public_at: Timestamp,
    pub roster: Lent<Roster>,
    pub circles: BTreeMap<CircleId, Circle>,
    /// The running session.
    pub session: Option<Lent<Session>>,
    /// Sessions held, in order.
    pub held: Lent<Vec<HeldSession>>,
    pub pause: Option<Pause>,
    /// No facilitator is present in a running session of a room that holds.
    pub unattended: Option<AbsentSince>,
    pub locked_notes: BTreeSet<NoteRef>,
    /// What was heard in this session.
    pub participation: Lent<Participation>,
    pub next_turn: u32,
    pub next_request: u32,
    pub next_circle: u32,
    /// Small circles, while there are some.
    pub breakouts: Option<Breakouts>,
    /// Who has been in one small circle with whom.
    pub met: BTreeSet<(ParticipantId, ParticipantId)>,
    /// Who said "I am not OK" and has not been seen to yet.
    pub alarms: BTreeMap<ParticipantId, Alarm>,
    /// What each member works on.
    pub areas: Lent<BTreeMap<ParticipantId, SealedText>>,
    /// What members' questionnaires brought up.
    pub flags: BTreeMap<ParticipantId, MeasureFlag>,
    /// The group's own words.
    pub own_words: BTreeMap<StepId, SealedText>,
    /// Prompts used in the running session, or in the last one, the newest last.
    pub used_prompts: Lent<Vec<PromptUse>>,
    /// What was closed since the last session began.
    pub closed_alarms: Vec<Closed>,
    /// Where the room is, for its emergency numbers.
    pub country: Option<protocol::Country>,
    /// What is known about a couple before their room opens.
    pub lock: Lock,
    /// What each partner answered in private.
    pub check_ins: Lent<BTreeMap<ParticipantId, CheckIn>>,
    /// Who called the person on call, since the last session began.
    #[serde(default)]
    pub on_call: BTreeMap<ParticipantId, Call>,
    /// What people said at the door.
    pub arrivals: BTreeMap<ParticipantId, crate::arrival::Answer>,
    /// How people would like to be spoken of.
    #[serde(default)]
    pub described: BTreeMap<ParticipantId, crate::described::Description>,
    /// What is said at the door.
    #[serde(default)]
    pub doorway: crate::doorway::Doorway,
    /// Of whom nothing is kept any more. Nobody comes in under their id again.
    #[serde(default)]
    pub erased: BTreeSet<ParticipantId>,
    /// What members agreed to and took back.
    #[serde(default)]
    pub consents: Lent<crate::consents::Consents>,
}

/// A session under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub number: u16,
    pub started_at: Timestamp,
    pub pack: String,
    pub version: String,
    pub digest: String,
    pub unattended: Unattended,
    pub grace_seconds: u32,
    /// Today's steps, where they are not the pack's.
    pub plan: Option<Vec<PlannedStep>>,
    /// Places of today's plan that were the current step at some time: others may have been gone past.
    pub entered: BTreeSet<u16>,
    /// A question to everybody whether to go on.
    pub ready: Option<ReadyCheck>,
    /// Who agreed to the agreements, and who does what for the circle.
    pub agreed: Agreed,
    /// Said among those who lead.
    pub whispers: Vec<Whisper>,
    /// Little time is left until the planned end.
    pub near_end: bool,
}

/// One circle: a floor, a place in the agenda and its prompts. The room's own is `ci_0`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Circle {
    pub floor: Floor,
    /// Where the circle stands in the session's steps.
    pub step: Option<StepCursor>,
    /// What became of the current step's prompts.
    pub prompts: BTreeMap<PromptId, PromptFate>,
    /// The prompt shown in the middle of the circle.
    pub pushed: Option<PromptId>,
    pub kind: CircleKind,
    /// Since when the people in it ask for a facilitator.
    pub help: Option<Timestamp>,
}

/// The current step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepCursor {
    pub index: u16,
    pub step: StepId,
    pub started_at: Timestamp,
    /// When its time is up. Steps never end by themselves.
    pub ends_at: Timestamp,
}

/// What became of an offered prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptFate {
    pub due_at: Timestamp,
    pub used: bool,
    pub put_aside: bool,
    /// Put off until then.
    pub later: Option<Timestamp>,
}

/// A prompt that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptUse {
    pub at: Timestamp,
    pub step: StepId,
    pub prompt: PromptId,
    /// Its words were shown to members.
    pub shown: bool,
}

/// A pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    pub by: ParticipantId,
    pub since: Timestamp,
    /// When it ends by itself; `None` when a facilitator made or keeps it.
    pub until: Option<Timestamp>,
    /// A time-out with a stated return.
    pub time_out: bool,
}

/// Since when no facilitator is present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbsentSince {
    pub since: Timestamp,
    pub long: bool,
}

/// What was heard in this session. For facilitators only; there is no norm for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Participation {
    pub people: BTreeMap<ParticipantId, Heard>,
    pub pauses: BTreeMap<ParticipantId, u32>,
    /// Whether the last turn was a facilitator's; `None` before the first.
    pub last_was_facilitator: Option<bool>,
    pub member_to_member: u32,
    pub with_facilitator: u32,
}

/// What was heard of one person in this session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Heard {
    pub floor_ms: u64,
    pub turns: u32,
    pub last: Option<Timestamp>,
    /// For how long their voice was heard, with the floor or without.
    #[serde(default)]
    pub voice_ms: u64,
}

/// Before a session, and in a step that says nothing else: anyone may speak.
pub(crate) const LOBBY_RULES: FloorRules = FloorRules {
    mode: FloorMode::Open,
    order: QueueOrder::Arrival,
    advance: Advance::Chair,
    ending: Ending::Soft,
    enforcement: Enforcement::Off,
    turn_seconds: None,
};

impl Circle {
    pub(crate) fn new(at: Timestamp, kind: CircleKind) -> Self {
        Self {
            floor: Floor::new(at, LOBBY_RULES),
            step: None,
            prompts: BTreeMap::new(),
            pushed: None,
            kind,
            help: None,
        }
    }
}

impl State {
    pub(crate) fn new() -> Self {
        let circle = Circle::new(Timestamp::default(), CircleKind::Main);
        Self {
            seq: 0,
            at: Timestamp::default(),
            public_seq: 0,
            public_at: Timestamp::default(),
            roster: Lent::default(),
            circles: BTreeMap::from([(CircleId::MAIN, circle)]),
            session: None,
            held: Lent::default(),
            pause: None,
            unattended: None,
            locked_notes: BTreeSet::new(),
            participation: Lent::default(),
            next_turn: 1,
            next_request: 1,
            next_circle: 1,
            breakouts: None,
            met: BTreeSet::new(),
            alarms: BTreeMap::new(),
            areas: Lent::default(),
            flags: BTreeMap::new(),
            own_words: BTreeMap::new(),
            used_prompts: Lent::default(),
            closed_alarms: Vec::new(),
            country: None,
            lock: Lock::default(),
            check_ins: Lent::default(),
            on_call: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            described: BTreeMap::new(),
            doorway: crate::doorway::Doorway::new(),
            erased: BTreeSet::new(),
            consents: Lent::default(),
        }
    }

    /// A room whose past was destroyed: it knows how many events there were, and the counts.
    pub(crate) fn after(forgotten: &crate::kept::Forgotten) -> Self {
        Self {
            seq: forgotten.upto,
            held: Lent::new(forgotten.held.clone()),
            ..Self::new()
        }
    }

    /// The circle somebody sits in.
    pub fn circle_of(&self, who: ParticipantId) -> Option<(CircleId, &Circle)> {
        let id = self.roster.get(who)?.circle;
        Some((id, self.circles.get(&id)?))
    }
    /// Whether somebody is admitted, reachable and sits in this circle.
    pub fn is_here(&self, who: ParticipantId, circle: CircleId) -> bool {
        self.roster.get(who).is_some_and(|p| p.is_here() && p.circle == circle)
    }
    /// Whether the floor is frozen, and by what.
    pub fn frozen(&self) -> Option<StopReason> {
        if self.unattended.is_some() {
            Some(StopReason::Unattended)
        } else if self.pause.is_some() {
            Some(StopReason::Paused)
        } else {
            None
        }
    }
    /// A hostless circle with nobody to lead it: what a facilitator would say, it does by itself.
    pub(crate) fn goes_on_alone(&self, pack: &protocol::pack::Pack) -> bool {
        let unattended = self.session.as_ref().map_or(pack.unattended, |s| s.unattended);
        unattended == Unattended::Continue && !self.roster.is_led()
    }
    /// Who would get the floor next in this circle; never who has it.
    pub fn next_up(&self, circle: CircleId) -> Option<crate::floor::NextUp> {
        let floor = &self.circles.get(&circle)?.floor;
        let able = |who| {
            self.is_here(who, circle)
                && self.roster.role_now(who) != Some(protocol::Role::Observer)
                && !floor.is_held_by(who)
                && !floor.is_inside(who)
        };
        floor.next_up(able, |who| self.heard_ms(who))
    }
    /// Floor time of finished turns in this session, in milliseconds.
    pub fn heard_ms(&self, who: ParticipantId) -> u64 {
        self.participation.people.get(&who).map_or(0, |heard| heard.floor_ms)
    }
    /// The session that runs or comes next; one past the last when the course is over.
    pub fn session_number(&self) -> u16 {
        match &self.session {
            Some(session) => session.number,
            None => self.held.last().map_or(1, |held| held.session.saturating_add(1)),
        }
    }
    /// The last session was held, and none follows.
    pub(crate) fn course_is_over(&self, pack: &Pack) -> bool {
        self.session.is_none() && self.session_number() > pack.session_count()
    }
    /// Members who are here and have not had the floor in this session.
    pub(crate) fn unheard(&self, circle: CircleId) -> impl Iterator<Item = (ParticipantId, &Participant)> {
        self.roster.iter().filter(move |(id, p)| {
            p.is_here()
                && p.circle == circle
                && p.role == protocol::Role::Member
                && self.participation.people.get(id).is_none_or(|heard| heard.turns == 0)
                && !self.circles.get(&circle).is_some_and(|c| c.floor.is_held_by(*id))
        })
    }
    /// Every personal text in the state.
    pub fn sealed_fields_mut(&mut self) -> impl Iterator<Item = &mut SealedText> {
        let circles = self.circles.values_mut().flat_map(|circle| {
            let written = circle.floor.written.iter_mut().map(|(_, text)| text);
            circle.floor.queue.sealed_fields_mut().chain(written)
        });
        let whispers = self.session.iter_mut().flat_map(|session| &mut session.whispers);
        let whispered = whispers.filter_map(|whisper| whisper.text.as_mut());
        let check_ins = self.check_ins.values_mut();
        let answers = check_ins.flat_map(|own| own.answers.values_mut().map(|answer| &mut answer.text));
        let arrivals = self.arrivals.values_mut();
        let arrivals =
            arrivals.flat_map(|answer| [Some(&mut answer.reach), answer.today.as_mut()].into_iter().flatten());
        let described = self.described.values_mut();
        let described = described.flat_map(|said| said.pronouns.iter_mut().chain(&mut said.about));
        let screens = self
            .lock
            .screens
            .values_mut()
            .filter_map(|screen| screen.words.as_mut());
        self.roster
            .people_mut()
            .map(|p| &mut p.name)
            .chain(circles)
            .chain(whispered)
            .chain(self.areas.values_mut())
            .chain(self.own_words.values_mut())
            .chain(self.alarms.values_mut().flat_map(Alarm::sealed_fields_mut))
            .chain(screens)
            .chain(answers)
            .chain(arrivals)
            .chain(described)
            .chain(self.doorway.values_mut().flatten().map(|line| &mut line.text))
    }
}
