//! What might happen next, drawn at random: mostly by people who are in, so that histories get somewhere.

use protocol::pack::{Advance, Area, CircleRole, Ending, FloorMode, Pack, Purpose, QueueOrder};
use protocol::wire::*;
use protocol::{ParticipantId, Private, Role};
use room::state::State;
use room::{Arrival, Input, SealedText};

use crate::common::*;

/// SplitMix64: small, even, and the same on every machine.
pub(crate) struct Dice(pub(crate) u64);
impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

pub(crate) struct Cast {
    pub(crate) people: Vec<(ParticipantId, Role)>,
    /// The mode that a history stays with, where it does: rare states need many steps in a row that have to do with each other.
    home: Option<FloorMode>,
}

impl Cast {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let members = 3 + dice.below(4) as u128;
        let mut people = vec![(person(1), Role::Facilitator), (person(2), Role::Facilitator)];
        people.extend((0..members).map(|n| (person(10 + n), Role::Member)));
        people.push((person(100), Role::Observer));
        let homes = [
            None,
            None,
            Some(FloorMode::Round),
            Some(FloorMode::Round),
            Some(FloorMode::Stick),
            Some(FloorMode::Pair),
            Some(FloorMode::Fishbowl),
            Some(FloorMode::Chair),
            Some(FloorMode::Silence),
        ];
        let home = *dice.pick(&homes);
        Self { people, home }
    }
    fn any(&self, dice: &mut Dice) -> (ParticipantId, Role) {
        *dice.pick(&self.people)
    }
}

pub(crate) fn random_input(dice: &mut Dice, cast: &Cast, state: &State) -> Input {
    let (who, role) = cast.any(dice);
    match dice.below(20) {
        0 if dice.one_in(8) => renamed(dice, who, role),
        0..=2 => arrival(who, role),
        3 => Input::Left {
            participant: actor(dice, cast, state, who), // facilitators and holders, whose lines matter most
            lines_left: dice.below(2) as u16,
        },
        4 if dice.one_in(6) => Input::Reopened,
        // Once in a few histories: whoever is erased is missing from then on.
        5 if dice.one_in(24) => Input::Erase {
            participant: who,
            by: Some(cast.people[0].0),
        },
        4 => Input::Elapsed,
        // Time passes with it as well, and it asks for no draw of its own.
        5 => Input::VoicesHeard {
            heard: [(who, 1_500)].into_iter().collect(),
        },
        // Rare states need several steps in a row by those who lead.
        _ if !state.alarms.is_empty() && dice.one_in(6) => Input::Act {
            by: cast.people[dice.below(2)].0,
            action: safety_action(dice, cast, state),
        },
        _ => Input::Act {
            by: actor(dice, cast, state, who),
            action: match cast.home.filter(|_| !dice.one_in(3)) {
                Some(FloorMode::Round) => round_action(dice, cast, state),
                Some(mode) => action_at_home(dice, cast, state, mode),
                None => random_action(dice, cast, state),
            },
        },
    }
}

fn renamed(dice: &mut Dice, participant: ParticipantId, role: Role) -> Input {
    let name = SealedText::fresh(participant, &format!("name {}", dice.below(1_000)));
    Input::Arrived(Arrival {
        participant,
        role,
        name,
        // Now and then somebody has been let in outside the room.
        let_in: dice.below(20) == 0,
    })
}

/// Mostly somebody who is in, so that histories get somewhere.
fn actor(dice: &mut Dice, cast: &Cast, state: &State, else_who: ParticipantId) -> ParticipantId {
    let holder = state
        .circles
        .values()
        .find_map(|c| c.floor.turn.as_ref())
        .and_then(|t| t.holders.first().copied());
    let offered = state
        .circles
        .values()
        .find_map(|c| c.floor.turn.as_ref())
        .and_then(|t| t.offer.to);
    match dice.below(10) {
        0..=1 => cast.people[dice.below(2)].0,
        2..=3 => offered.unwrap_or(cast.people[0].0),
        4..=5 => holder.unwrap_or(else_who),
        _ => else_who,
    }
}

fn random_action(dice: &mut Dice, cast: &Cast, state: &State) -> Action {
    let participant = cast.any(dice).0;
    let request = protocol::RequestId(dice.below(state.next_request as usize + 1) as u32);
    let seconds = *dice.pick(&[0, 1, 30, 60, 3_600, 3_601]);
    let prompt = dice.pick(&[
        "opening.start",
        "focus.unheard",
        "focus.end",
        "mood-round.over",
        "mood-round.line",
        "mood-round.quiet",
        "work.all",
        "no.such",
    ]);
    let prompt = || prompt.parse().unwrap();
    let note = *dice.pick(&[
        NoteRef::Course,
        NoteRef::Session { session: 1 },
        NoteRef::Facilitators { session: 9 },
    ]);
    let words = format!("note of {participant} {}", dice.below(1_000_000));
    let other = cast.any(dice).0;
    match dice.below(102) {
        0..=3 => Action::Admit {
            participant: at_the_door(state).unwrap_or(participant),
            anyway: dice.one_in(2),
        },
        4 => Action::TurnAway { participant },
        5 if dice.one_in(3) => Action::Remove { participant },
        5 => Action::NameDeputy {
            participant: (!dice.one_in(3)).then_some(participant),
        },
        6..=7 => Action::StartSession,
        8 => Action::NextStep,
        9 => Action::GoToStep {
            step: dice
                .pick(&[
                    "opening",
                    "focus",
                    "mood-round",
                    "mood-round",
                    "work",
                    "stick",
                    "pair",
                    "bowl",
                    "still",
                    "nowhere",
                ])
                .parse()
                .unwrap(),
        },
        10 => Action::ExtendStep { seconds },
        11 if dice.one_in(4) => Action::EndSession,
        11 | 12 => Action::SetFloor {
            mode: dice.one_in(2).then(|| *dice.pick(&FloorMode::ALL)),
            order: dice
                .one_in(2)
                .then(|| *dice.pick(&[QueueOrder::Arrival, QueueOrder::LeastHeard, QueueOrder::Hand])),
            advance: dice.one_in(3).then(|| *dice.pick(&[Advance::Auto, Advance::Chair])),
            ending: dice.one_in(3).then(|| *dice.pick(&[Ending::Soft, Ending::Firm])),
            turn_seconds: dice.one_in(3).then_some(seconds),
        },
        13..=17 => Action::Ask {
            kind: RequestKind::Share,
            note: dice.one_in(2).then(|| Private(words.clone())),
        },
        18 => Action::CancelRequest,
        19..=20 => Action::Pass,
        21 => Action::ComeBack,
        22 => Action::WriteInstead { text: Private(words) },
        23..=25 => Action::Release,
        26 => Action::NeedMoreTime,
        27..=29 => Action::GoOn,
        30 => Action::Call { participant },
        31 => Action::Grant { request },
        32 => Action::Deny { request },
        33 => Action::OrderQueue {
            requests: vec![request],
        },
        34 => Action::Revoke {
            reason: RevokeReason::Focus,
        },
        35 => Action::TakeFloor,
        36 => dice.pick(&[Action::HoldClock, Action::ResumeClock]).clone(),
        37 => firm(dice),
        38 => Action::ExtendTurn { seconds },
        39 => Action::WaitOn,
        40 => Action::MoveOn,
        41 => Action::StartRound {
            order: dice
                .pick(&[
                    RoundOrder::Seats,
                    RoundOrder::Drawn,
                    RoundOrder::Hand(vec![participant]),
                    RoundOrder::Hand(vec![participant, other]),
                ])
                .clone(),
        },
        48..=50 => Action::Offer { participant },
        51 => Action::WithdrawOffer,
        52 => Action::Accept,
        53 => Action::Decline,
        54 => Action::Confirm,
        55 => Action::SayAgain,
        56 | 57 => Action::FormPair {
            speaker: participant,
            listener: other,
        },
        60 => Action::LeaveOutStep {
            index: dice.below(9) as u16,
            left_out: dice.one_in(2),
        },
        61 => Action::InsertStep {
            step: dice.pick(&["focus", "mood-round", "still", "nowhere"]).parse().unwrap(),
            minutes: *dice.pick(&[0, 1, 10]),
        },
        62 => Action::SpreadTime,
        63 => dice.pick(&[Action::AskReady, Action::CloseReady]).clone(),
        64 => Action::AnswerReady { ready: dice.one_in(2) },
        65 => Action::StepOut,
        66 | 67 => Action::GoBack,
        68 => Action::SendAside { participant },
        69 => Action::BringBack { participant },
        70 => Action::Visit {
            circle: protocol::CircleId(dice.below(state.next_circle as usize + 1) as u32),
        },
        71 => Action::OpenRooms {
            assign: dice
                .pick(&[
                    Assign::Unmet,
                    Assign::Drawn { size: 2 },
                    Assign::Hand(vec![vec![participant], vec![other]]),
                ])
                .clone(),
            mode: dice.one_in(2).then(|| *dice.pick(&FloorMode::ALL)),
            minutes: *dice.pick(&[None, Some(1), Some(10)]),
            turn_seconds: *dice.pick(&[None, Some(60)]),
        },
        72 => dice
            .pick(&[Action::CallBack, Action::ExtendRooms { seconds }, Action::CallHelp])
            .clone(),
        73 => Action::AnswerHelp {
            circle: protocol::CircleId(dice.below(state.next_circle as usize + 1) as u32),
        },
        74 => Action::NotOk,
        75 => Action::Acknowledge { participant },
        76 => Action::CloseAlarm {
            participant,
            reason: *dice.pick(&[CloseReason::Mistake, CloseReason::LookedAfter, CloseReason::HandedOn]),
        },
        90..=93 => safety_action(dice, cast, state),
        77 => Action::SitTogether {
            participant,
            with: other,
        },
        78 => Action::SitApart { participant },
        79 => Action::Whisper {
            about: dice.one_in(2).then_some(participant),
            text: dice.one_in(2).then_some(Private(words)),
        },
        82 => Action::SetArea {
            participant,
            area: *dice.pick(&[None, Some(Area::Grief), Some(Area::Isolation)]),
        },
        83 => Action::FlagMeasure {
            participant,
            flag: *dice.pick(&[None, Some(MeasureFlag::New), Some(MeasureFlag::Unchanged)]),
        },
        86 => {
            let waiting = at_the_door(state).unwrap_or(participant);
            screened(dice, waiting)
        }
        88 | 89 => Action::CheckIn {
            question: dice.pick(&["go-on", "go-on", "elsewhere"]).to_string(),
            answer: Private(format!("said alone {}", dice.below(1_000_000))),
        },
        94..=96 => here(dice),
        100 | 101 => Action::DescribeMyself {
            pronouns: dice.one_in(2).then(|| Private("she/her".to_owned())),
            about: dice
                .one_in(2)
                .then(|| Private(format!("about oneself {:06}", dice.below(1_000_000)))),
            shown: dice.one_in(2),
        },
        97..=99 => at_the_doors_talk(dice, at_the_door(state).unwrap_or(participant)),
        87 => Action::ChooseSecrets {
            key: dice.pick(&["none-kept", "some-kept", "elsewhere"]).to_string(),
        },
        84 => Action::PromptLater { prompt: prompt() },
        85 => Action::SetOwnWords {
            step: dice.pick(&["opening", "focus", "nowhere"]).parse().unwrap(),
            text: dice.one_in(2).then_some(Private(words)),
        },
        80 => dice
            .pick(&[
                Action::Agree,
                Action::TakeBackNotOk,
                Action::OnCallReached,
                Action::Escalate { about: None },
                Action::Escalate {
                    about: Some(participant),
                },
            ])
            .clone(),
        81 => {
            let role = CircleRole::Host;
            dice.pick(&[Action::TakeRole { role }, Action::LayRole { role }])
                .clone()
        }
        58 | 59 => Action::SetInner {
            participants: dice
                .pick(&[vec![], vec![participant], vec![participant, other]])
                .clone(),
        },
        42 => Action::Pause,
        43 => dice
            .pick(&[
                Action::KeepPause,
                Action::Resume,
                Action::Resume,
                Action::TimeOut { minutes: seconds / 60 },
            ])
            .clone(),
        44 => Action::PromptUsed { prompt: prompt() },
        45 => Action::PromptNotNow { prompt: prompt() },
        46 => Action::PushPrompt { prompt: prompt() },
        _ => dice
            .pick(&[
                Action::ClearPrompt,
                Action::LockNote { note, locked: true },
                Action::TakeBackNote { note },
            ])
            .clone(),
    }
}

/// What is done about somebody who is flagged, mostly about somebody who is.
fn safety_action(dice: &mut Dice, cast: &Cast, state: &State) -> Action {
    let anybody = cast.any(dice).0;
    let flagged: Vec<ParticipantId> = state.alarms.keys().copied().collect();
    let participant = if flagged.is_empty() || dice.one_in(4) {
        anybody
    } else {
        *dice.pick(&flagged)
    };
    let text = || Private(format!("note of {participant} 0"));
    match dice.below(12) {
        0 => Action::RaiseConcern { participant },
        1 => Action::NoteAnswer {
            participant,
            before: *dice.pick(&[None, Some(0), Some(1), Some(3), Some(4)]),
            now: dice.below(5) as u16,
        },
        2 => Action::AllRight,
        3 => Action::Acknowledge { participant },
        4 | 5 => Action::Contact {
            participant,
            how: *dice.pick(&[ContactHow::Phone, ContactHow::SideRoom]),
        },
        6 | 7 => Action::Assess {
            participant,
            text: text(),
        },
        8 | 9 => Action::MakePlan {
            participant,
            plan: text(),
            contacts: dice.one_in(2).then(text),
            next_check: text(),
        },
        10 => Action::Emergency { participant },
        _ => Action::TickReach {
            participant,
            step: *dice.pick(&[ReachStep::CallBack, ReachStep::EmergencyContact, ReachStep::Service]),
        },
    }
}

/// What happens in and around a stick, a pair, a fishbowl, a chair's hands or a silence.
fn action_at_home(dice: &mut Dice, cast: &Cast, state: &State, mode: FloorMode) -> Action {
    let [participant, other] = [cast.any(dice).0, cast.any(dice).0];
    let floor = &state.circles[&protocol::CircleId::MAIN].floor;
    if floor.rules.mode != mode && dice.one_in(2) {
        return Action::SetFloor {
            mode: Some(mode),
            order: None,
            advance: None,
            ending: None,
            turn_seconds: None,
        };
    }
    let own = match mode {
        FloorMode::Stick => [
            Action::Offer { participant },
            Action::Offer { participant: other },
            Action::Accept,
            Action::Decline,
            Action::WithdrawOffer,
        ],
        FloorMode::Pair => [
            Action::FormPair {
                speaker: participant,
                listener: other,
            },
            Action::Release,
            Action::Confirm,
            Action::SayAgain,
            Action::GoOn,
        ],
        FloorMode::Chair | FloorMode::Silence => [
            Action::Call { participant },
            Action::GoOn,
            Action::TakeFloor,
            Action::ExtendTurn { seconds: 30 },
            Action::Pause,
        ],
        _ => [
            Action::SetInner {
                participants: vec![participant],
            },
            Action::SetInner {
                participants: if participant == other {
                    vec![]
                } else {
                    vec![participant, other]
                },
            },
            Action::Pass,
            Action::Release,
            Action::GoOn,
        ],
    };
    match dice.below(16) {
        0..=8 => dice.pick(&own).clone(),
        9..=11 => Action::Ask {
            kind: RequestKind::Share,
            note: None,
        },
        12 => Action::Call { participant },
        13 => Action::Release,
        14 => Action::Remove { participant },
        _ => Action::Admit {
            participant: at_the_door(state).unwrap_or(participant),
            anyway: true,
        },
    }
}

/// What happens in and around a round.
fn round_action(dice: &mut Dice, cast: &Cast, state: &State) -> Action {
    let participant = cast.any(dice).0;
    let floor = &state.circles[&protocol::CircleId::MAIN].floor;
    if floor.rules.mode != FloorMode::Round && dice.one_in(2) {
        return Action::StartRound {
            order: RoundOrder::Seats,
        };
    }
    match dice.below(16) {
        0 => Action::Release,
        1 => Action::Pass,
        2..=3 => Action::ComeBack,
        4 => Action::WriteInstead {
            text: Private(format!("note of {participant}")),
        },
        5..=6 => Action::GoOn,
        7..=8 => Action::Call { participant },
        9 => Action::TakeFloor,
        10 => Action::MoveOn,
        11 => Action::StartRound {
            order: RoundOrder::Seats,
        },
        12 => Action::Remove { participant },
        13 => Action::SetFloor {
            mode: None,
            order: None,
            advance: Some(*dice.pick(&[Advance::Auto, Advance::Chair])),
            ending: None,
            turn_seconds: None,
        },
        _ => Action::Admit {
            participant: at_the_door(state).unwrap_or(participant),
            anyway: true,
        },
    }
}

/// Where somebody is: marked, so that it is found where it does not belong.
fn here(dice: &mut Dice) -> Action {
    let mut said = says_where(&format!("where one is {}", dice.below(1_000_000)));
    if let Action::ConfirmArrival { today, reach } = &mut said {
        today.alone = dice.one_in(2);
        match reach {
            Some(reach) if !dice.one_in(3) => reach.number = Private(format!("555 {:06}", 1 + dice.below(999_999))),
            _ => *reach = None,
        }
    }
    said
}

fn at_the_doors_talk(dice: &mut Dice, participant: ParticipantId) -> Action {
    let text = Private(format!("said at the door {:06}", dice.below(1_000_000)));
    if dice.one_in(2) {
        Action::SayAtDoor { text }
    } else {
        Action::AnswerAtDoor { participant, text }
    }
}

fn at_the_door(state: &State) -> Option<ParticipantId> {
    let mut waiting = state.roster.iter().filter(|(_, p)| p.admission == Admission::Waiting);
    waiting.next().map(|(id, _)| id)
}

fn screened(dice: &mut Dice, participant: ParticipantId) -> Action {
    use ScreenOutcome::{NotSuitable, Suitable, Undecided};
    Action::RecordScreen {
        participant,
        outcome: *dice.pick(&[Suitable, Suitable, NotSuitable, Undecided]),
        words: dice
            .one_in(2)
            .then(|| Private(format!("seen alone {}", dice.below(1_000_000)))),
    }
}

/// A private talk with somebody who waits, where somebody does: what must not show at the door is rare otherwise.
pub(crate) fn seen_alone(dice: &mut Dice, cast: &Cast, state: &State) -> Input {
    let mut waiting = state
        .roster
        .iter()
        .filter(|(_, p)| p.present && p.admission == Admission::Waiting && p.role == Role::Member);
    let participant = waiting.next().map_or(cast.people[2].0, |(id, _)| id);
    Input::Act {
        by: cast.people[0].0,
        action: screened(dice, participant),
    }
}

/// Inputs of [`opening_of_a_couple`].
pub(crate) const OPENING_OF_A_COUPLE: usize = 9;

/// Both are seen alone, and let in.
pub(crate) fn opening_of_a_couple(n: usize, cast: &Cast) -> Input {
    let (first, second) = (cast.people[2], cast.people[3]);
    let suitable = |participant| Action::RecordScreen {
        participant,
        outcome: ScreenOutcome::Suitable,
        words: None,
    };
    let action = match n {
        0 => return arrival(cast.people[0].0, cast.people[0].1),
        1 => return arrival(first.0, first.1),
        2 => return arrival(second.0, second.1),
        3 => suitable(first.0),
        4 => suitable(second.0),
        5 => Action::ChooseSecrets {
            key: "some-kept".to_owned(),
        },
        6 => Action::Admit {
            participant: first.0,
            anyway: true,
        },
        7 => Action::Admit {
            participant: second.0,
            anyway: true,
        },
        _ => Action::StartSession,
    };
    let by = cast.people[0].0;
    Input::Act { by, action }
}

/// Whoever has just pressed "I am not OK" may take it back: by chance alone the same person hardly ever acts twice in so short a time.
pub(crate) fn taken_back(state: &State) -> Option<Input> {
    let early = |(_, alarm): &(&ParticipantId, &room::alarm::Alarm)| alarm.own && alarm.escalated == 0;
    let (&by, _) = state.alarms.iter().find(early)?;
    Some(Input::Act {
        by,
        action: Action::TakeBackNotOk,
    })
}

/// One of the two stops, and says for how long; now and then for a length that nobody may ask for.
pub(crate) fn time_out_of_a_couple(dice: &mut Dice, cast: &Cast) -> Input {
    Input::Act {
        by: cast.people[2 + dice.below(2)].0,
        action: Action::TimeOut {
            minutes: *dice.pick(&[0, 1, 5, 15, 30, 31]),
        },
    }
}

/// A member agrees or takes back; now and then to a text that nobody asks about, and now and then it is no member.
pub(crate) fn about_consents(dice: &mut Dice, cast: &Cast, pack: &Pack, state: &State) -> Input {
    if dice.one_in(2) {
        return about_listeners(dice, cast, pack, state);
    }
    let by = cast.people[dice.below(cast.people.len())].0;
    let purpose = *dice.pick(&Purpose::ALL);
    let action = if dice.one_in(4) {
        Action::WithdrawConsent { purpose }
    } else if dice.one_in(12) {
        Action::GiveConsent {
            purpose,
            digest: "another text".to_owned(),
        }
    } else {
        agrees(pack, purpose)
    };
    Input::Act { by, action }
}

/// Those who are here agree to listeners, one comes in, and now and then somebody minds after all: by chance alone that hardly ever meets.
fn about_listeners(dice: &mut Dice, cast: &Cast, pack: &Pack, state: &State) -> Input {
    let purpose = Purpose::Supervision;
    let members: Vec<ParticipantId> = state
        .roster
        .iter()
        .filter(|(_, p)| p.is_here() && p.role == Role::Member)
        .map(|(who, _)| who)
        .collect();
    let member = members.get(dice.below(members.len().max(1))).copied();
    let by = member.unwrap_or(cast.people[2].0);
    let listener = person(100);
    let (by, action) = match state.roster.get(listener) {
        None => return arrival(listener, Role::Observer),
        Some(p) if p.admission == Admission::Admitted && dice.one_in(2) => (by, Action::WithdrawConsent { purpose }),
        Some(p) if p.admission == Admission::Waiting && dice.one_in(3) => {
            let admit = Action::Admit {
                participant: listener,
                anyway: false,
            };
            (cast.people[0].0, admit)
        }
        Some(p) if !p.present || p.admission == Admission::Removed => return arrival(listener, Role::Observer),
        Some(_) => (by, agrees(pack, purpose)),
    };
    Input::Act { by, action }
}

/// A short turn that ends firmly: the timers that cut are rare otherwise.
fn firm(dice: &mut Dice) -> Action {
    Action::SetFloor {
        mode: None,
        order: None,
        advance: None,
        ending: Some(Ending::Firm),
        turn_seconds: Some(*dice.pick(&[1, 20])),
    }
}

/// Every history begins with a facilitator and two members inside and a session under way, or it would mostly knock at the door.
pub(crate) fn opening(n: usize, cast: &Cast) -> Input {
    let facilitator = cast.people[0];
    match n {
        0 => arrival(facilitator.0, facilitator.1),
        1 => arrival(cast.people[2].0, cast.people[2].1),
        2 => Input::Act {
            by: facilitator.0,
            action: Action::Admit {
                participant: cast.people[2].0,
                anyway: true,
            },
        },
        _ => Input::Act {
            by: facilitator.0,
            action: Action::StartSession,
        },
    }
}
