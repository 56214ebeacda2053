//! What the room's tests share: a small pack with every mode, people with names, and a sealing that keeps texts readable in a failure.

#![allow(dead_code, reason = "each test file uses its part of the cast")]

pub(crate) mod scene;
pub(crate) mod story;

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::pack::*;
use protocol::wire::{Action, EmergencyContact, Reach, SafeWays, Today};
use protocol::{ParticipantId, Private, Role, Timestamp};
use room::event::Event;
use room::{Arrival, Input, OnCall, Place, Precautions, Room, SealedText};

pub(crate) const MINUTE: u64 = 60_000;
pub(crate) const SECOND: u64 = 1_000;

/// Whom to call in this practice.
pub(crate) const CONTACT: &str = "The practice: 01 234 56 78.";

pub(crate) fn person(n: u128) -> ParticipantId {
    ParticipantId::from_bits(n)
}

pub(crate) fn place() -> Arc<Place> {
    Arc::new(Place {
        title: Private::from("Tuesday group"),
        language: "en".into(),
        starts_on: None,
        ends_on: None,
        days: Vec::new(),
        contact: Some(CONTACT.to_owned()),
        forgotten: room::kept::Forgotten::default(),
        precautions: Precautions::default(),
    })
}

fn step(id: &str, floor: FloorMode, prompts: Vec<Prompt>) -> Step {
    Step {
        id: id.parse().unwrap(),
        minutes: 10,
        floor,
        order: QueueOrder::Arrival,
        advance: if floor == FloorMode::Chair {
            Advance::Chair
        } else {
            Advance::Auto
        },
        ending: Ending::Soft,
        enforcement: Enforcement::Off,
        turn_seconds: floor.has_turns().then_some(120),
        own_words: id == "opening",
        droppable: false,
        protected: false,
        prompts,
    }
}

fn prompt(id: &str, audience: PromptAudience, kind: PromptKind, when: When) -> Prompt {
    Prompt {
        id: id.parse().unwrap(),
        audience,
        kind,
        when,
    }
}

/// Two sessions; each has a step in every mode.
pub(crate) fn pack(unattended: Unattended) -> Arc<Pack> {
    use PromptAudience::{Everyone, Facilitator};
    use PromptKind::{Content, Time};
    let steps = vec![
        step(
            "opening",
            FloorMode::Open,
            vec![prompt("opening.start", Facilitator, Content, When::Start)],
        ),
        step(
            "focus",
            FloorMode::Queue,
            vec![
                prompt("focus.unheard", Facilitator, Content, When::NotYetHeard(3)),
                prompt("focus.many", Facilitator, Content, When::QueueLong(4)),
                prompt("focus.end", Facilitator, Time, When::BeforeEnd(2)),
            ],
        ),
        step(
            "mood-round",
            FloorMode::Round,
            vec![
                prompt("mood-round.over", Facilitator, Time, When::TurnOverran),
                prompt("mood-round.line", Facilitator, Time, When::LineDown),
                prompt("mood-round.quiet", Facilitator, Content, When::Silence(40)),
            ],
        ),
        step(
            "work",
            FloorMode::Chair,
            vec![prompt("work.all", Everyone, Content, When::After(1))],
        ),
        step("stick", FloorMode::Stick, vec![]),
        step("pair", FloorMode::Pair, vec![]),
        step("bowl", FloorMode::Fishbowl, vec![]),
        step(
            "still",
            FloorMode::Silence,
            vec![prompt("still.quiet", Facilitator, Content, When::Silence(40))],
        ),
    ];
    let mut text = PackText {
        title: "Test pack".into(),
        summary: "For tests.".into(),
        content_notes: None,
        crosstalk: None,
        phases: BTreeMap::from([("only".to_owned(), "Only phase".to_owned())]),
        meetings: BTreeMap::new(),
        agreements: BTreeMap::from([("own".to_owned(), "Our own words.".to_owned())]),
        secrets: BTreeMap::new(),
        check_in: BTreeMap::from([("go-on".to_owned(), "Is it fine to meet?".to_owned())]),
        roles: BTreeMap::new(),
        consents: BTreeMap::new(),
        disclosure_notice: None,
        steps: BTreeMap::new(),
        prompts: BTreeMap::new(),
    };
    for step in &steps {
        let words = StepText {
            name: step.id.to_string(),
            purpose: "For the facilitator.".into(),
            member: "For members.".into(),
            question: Some("How are you?".into()),
            shorten: None,
            content_notes: None,
            choices: None,
        };
        text.steps.insert(step.id.clone(), words);
        for prompt in &step.prompts {
            let think = match prompt.when {
                When::QueueLong(_) => "{count} people wait, and there are {minutes} minutes.",
                _ => "Notice {names}.",
            };
            let words = PromptText {
                think: think.into(),
                say: Some("Who would like to?".into()),
            };
            text.prompts.insert(prompt.id.clone(), words);
        }
    }
    let session = |number| SessionPlan {
        number,
        phase: "only".into(),
        steps: steps.clone(),
    };
    Arc::new(Pack {
        id: "test".into(),
        version: "1.0.0".into(),
        digest: "0".repeat(64),
        setting: if unattended == Unattended::Continue {
            Setting::Circle
        } else {
            Setting::Group
        },
        modality: "tests".into(),
        unattended,
        grace_seconds: 45,
        members_min: 2,
        members_max: 12,
        sources: vec![],
        licence: "Apache-2.0".into(),
        evidence: "our design".into(),
        reviewer: "not yet".into(),
        course: Course::default(),
        sessions: vec![session(1), session(2)],
        meetings: vec![],
        separate_screens: false,
        secrets: vec![],
        check_in: vec!["go-on".into()],   // the room asks wherever a pack does
        arrival: Some(ArrivalGate::None), // but for the rules about it, nobody is asked where they are
        agreements: vec!["own".into()],
        consents: vec![], // but for the rules about it, nobody is asked to agree to anything
        circle: Some(CircleRules {
            roles: vec![CircleRole::Host],
            crosstalk: Crosstalk::None,
            keeps: Keeps::Everything,
        }),
        overlays: BTreeMap::new(),
        default_language: "en".into(),
        text: BTreeMap::from([("en".to_owned(), text)]),
    })
}

/// Makes the usual pack a couple's: two people, seen alone first.
pub(crate) fn a_couples(pack: &mut Pack) {
    pack.setting = Setting::Couple;
    pack.separate_screens = true;
    pack.secrets = vec!["none-kept".into(), "some-kept".into()];
    for text in pack.text.values_mut() {
        text.secrets = BTreeMap::from([
            ("none-kept".to_owned(), "All is told.".to_owned()),
            ("some-kept".to_owned(), "Some is kept.".to_owned()),
        ]);
    }
}
pub(crate) fn couples_pack() -> Arc<Pack> {
    let mut couples = Pack::clone(&pack(Unattended::Hold));
    a_couples(&mut couples);
    couples.into()
}

/// A pack whose members are asked to agree to these.
pub(crate) fn asks_consent(pack: &mut Pack, purposes: &[Purpose]) {
    for text in pack.text.values_mut() {
        for purpose in purposes {
            text.consents
                .insert(purpose.word().to_owned(), format!("About {}.", purpose.word()));
        }
    }
    let asked = purposes.iter().map(|&purpose| AskedConsent::of(purpose, &pack.text));
    pack.consents = asked.collect();
}
pub(crate) fn agrees(pack: &Pack, purpose: Purpose) -> Action {
    let digest = pack.consent(purpose).unwrap().digest.clone();
    Action::GiveConsent { purpose, digest }
}

/// A pack that asks this at the door.
pub(crate) fn gated(pack: &mut Pack, gate: ArrivalGate) {
    pack.arrival = Some(gate);
}
/// What somebody says at the door, with their place in these words.
pub(crate) fn says_where(place: &str) -> Action {
    let safe = SafeWays {
        ringing: true,
        ..SafeWays::default()
    };
    Action::ConfirmArrival {
        today: Today {
            place: Some(Private::from(place)),
            country: Some("US".parse().unwrap()),
            alone: true,
            headphones: false,
            driving: false,
            recording: false,
            shared: false,
        },
        reach: Some(Reach {
            number: Private::from("+1 555 010 010"),
            safe,
            contact: Some(EmergencyContact {
                name: Private::from("Grace Hill"),
                number: Private::from("+1 555 019 999"),
                safe,
            }),
        }),
    }
}

pub(crate) fn room_of(pack: &Arc<Pack>) -> Room {
    Room::open(pack.clone(), place_of(pack), None, &[])
}

/// In a circle two people are on call.
pub(crate) fn place_of(pack: &Pack) -> Arc<Place> {
    let mut place = Place::clone(&place());
    if pack.setting == Setting::Circle {
        place.precautions.duty = ["Olu", "Pia"].map(on_call).to_vec();
    }
    place.into()
}
pub(crate) fn on_call(name: &str) -> OnCall {
    OnCall {
        name: Private::from(name),
        number: Private(format!("555 0100 {name}")),
    }
}

pub(crate) fn empty_room(unattended: Unattended) -> Room {
    Room::open(pack(unattended), place(), None, &[])
}

/// Seals by naming: readable in a failure, and different from the clear text.
pub(crate) fn seal(events: &mut [Event]) {
    for event in events {
        for text in event.sealed_fields_mut() {
            text.seal_with::<()>(|_, clear| Ok(clear.bytes().rev().collect()))
                .unwrap();
        }
    }
}

/// Opens what [`seal`] sealed.
pub(crate) fn unseal<'a>(texts: impl Iterator<Item = &'a mut SealedText>) {
    for text in texts {
        text.open_with(|_, cipher| String::from_utf8(cipher.iter().rev().copied().collect()).ok());
    }
}

pub(crate) fn arrival(who: ParticipantId, role: Role) -> Input {
    let name = SealedText::fresh(who, &format!("name of {}", who.bits()));
    Input::Arrived(Arrival {
        participant: who,
        role,
        name,
        let_in: false,
    })
}

pub(crate) fn at(ms: u64) -> Timestamp {
    Timestamp(1_700_000_000_000 + ms)
}
