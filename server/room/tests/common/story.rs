//! One rich story in which everything happens that can be journaled: a whole session and half of the next.

use protocol::pack::{Advance, Area, ArrivalGate, CircleRole, Ending, FloorMode, Pack, Purpose, Unattended};
use protocol::wire::{
    Action, Assign, CloseReason, ContactHow, MeasureFlag, NoteRef, ReachStep, RequestKind, RevokeReason, RoundOrder,
    ScreenOutcome,
};
use protocol::{ParticipantId, Private};

use room::erasure::emptied;
use room::limits::PLACE_KEPT_SECONDS;
use room::{Input, Room, Snapshot};

use super::scene::*;
use super::{agrees, asks_consent, couples_pack, gated, pack, place, place_of, says_where};

fn set(mode: Option<FloorMode>, advance: Option<Advance>, ending: Option<Ending>) -> Action {
    Action::SetFloor {
        mode,
        order: None,
        advance,
        ending,
        turn_seconds: None,
    }
}
fn asks_with_note(scene: &mut Scene, who: ParticipantId, note: &str) {
    let (kind, note) = (RequestKind::Feedback, Some(Private::from(note)));
    scene.does(who, Action::Ask { kind, note });
}

/// The story up to the middle of the second session, where much is under way: somebody is away, somebody wrote, somebody waits.
pub(crate) fn whole_story() -> Scene {
    let mut scene = Scene::new();
    door_and_prompts(&mut scene);
    queue(&mut scene);
    voices(&mut scene);
    plan_and_circles(&mut scene);
    other_modes(&mut scene);
    round(&mut scene);
    lines_and_leaders(&mut scene);
    asked_at_the_door(&mut scene);
    asked_to_agree(&mut scene);
    second_session(&mut scene);
    a_circles_call(&mut scene);
    a_couples_lock(&mut scene);
    somebody_erased(&mut scene);
    scene
}

fn door_and_prompts(scene: &mut Scene) {
    let (note, prompt) = (NoteRef::Course, || "opening.start".parse().unwrap());
    scene.comes(FAY).comes(DAN);
    scene.does(FAY, Action::TurnAway { participant: DAN }).drops(DAN);
    for who in [ANA, BEN, CLEO, OBI] {
        scene.wait(7).admit(who);
    }
    scene.does(FAY, Action::StartSession).wait(5);
    scene.does(FAY, Action::PushPrompt { prompt: prompt() });
    scene.does(FAY, Action::ClearPrompt);
    scene.does(FAY, Action::PromptNotNow { prompt: prompt() });
    scene.does(FAY, Action::LockNote { note, locked: true });
    scene.does(FAY, Action::LockNote { note, locked: false });
    scene.does(ANA, Action::TakeBackNote { note });
    scene.does(FAY, Action::ExtendStep { seconds: 60 }).wait(30);
}

fn queue(scene: &mut Scene) {
    scene.does(FAY, Action::NextStep).calls(FAY);
    scene.asks(ANA).asks(BEN);
    asks_with_note(scene, CLEO, "about the letter");
    let request = |scene: &Scene, who| scene.main().floor.queue.of(who).unwrap().id;
    let requests = vec![request(scene, CLEO)];
    scene.does(FAY, Action::OrderQueue { requests }).wait(10);
    scene.does(BEN, Action::CancelRequest).asks(BEN);
    let denied = request(scene, BEN);
    scene.does(FAY, Action::Deny { request: denied });
    scene.does(FAY, Action::Release).wait(20); // Cleo's turn
    scene
        .does(FAY, Action::HoldClock)
        .wait(10)
        .does(FAY, Action::ResumeClock);
    scene.does(CLEO, Action::NeedMoreTime);
    scene.does(FAY, Action::ExtendTurn { seconds: 30 }).wait(200);
    scene.does(CLEO, Action::Release).does(ANA, Action::Pass);
    let prompt = "focus.unheard".parse().unwrap();
    scene.does(FAY, Action::PromptUsed { prompt });
    scene.does(FAY, set(None, None, Some(Ending::Firm))).asks(ANA).wait(130); // cut after the grace
    scene.asks(BEN).wait(3).does(FAY, Action::TakeFloor);
    for (who, reason) in [
        (ANA, RevokeReason::Time),
        (BEN, RevokeReason::Safety),
        (CLEO, RevokeReason::Focus),
        (ANA, RevokeReason::Other),
    ] {
        scene.calls(who).wait(4).does(FAY, Action::Revoke { reason });
    }
    scene.does(FAY, set(Some(FloorMode::Chair), None, None));
    scene.asks(ANA);
    let granted = request(scene, ANA);
    scene.does(FAY, Action::Grant { request: granted }).calls(BEN);
}

/// How long people were heard, as it is handed in about once a minute.
fn voices(scene: &mut Scene) {
    let heard = [(FAY, 4_000), (ANA, 31_500), (BEN, 8_250)].into_iter().collect();
    scene.input(&Input::VoicesHeard { heard }).unwrap();
}

fn round(scene: &mut Scene) {
    scene.go_to("mood-round").does(FAY, Action::GoOn).wait(15);
    scene
        .does(ANA, Action::ComeBack)
        .does(CLEO, Action::ComeBack)
        .admit(DAN);
    scene
        .does(BEN, Action::Pause)
        .wait(10)
        .does(FAY, Action::KeepPause)
        .wait(90);
    scene.does(FAY, Action::Resume).does(BEN, writes("too much for words"));
    scene
        .does(DAN, Action::Pass)
        .does(ANA, Action::Release)
        .does(CLEO, Action::Release);
    scene.does(ANA, Action::Pause).wait(60);
    scene
        .does(
            FAY,
            Action::StartRound {
                order: RoundOrder::Seats,
            },
        )
        .does(BEN, Action::Pass);
}

fn plan_and_circles(scene: &mut Scene) {
    let out = |left_out| Action::LeaveOutStep { index: 5, left_out };
    let insert = |step: &str| Action::InsertStep {
        step: step.parse().unwrap(),
        minutes: 3,
    };
    scene.go_to("opening").does(FAY, out(true)).does(FAY, out(false));
    scene
        .does(FAY, insert("work"))
        .does(FAY, insert("opening"))
        .does(FAY, Action::SpreadTime);
    scene
        .does(FAY, Action::AskReady)
        .does(BEN, Action::AnswerReady { ready: false });
    scene
        .does(FAY, Action::CloseReady)
        .calls(CLEO)
        .does(CLEO, Action::StepOut);
    scene.does(FAY, Action::SendAside { participant: BEN });
    let circle = scene.room.state().roster.get(BEN).unwrap().circle;
    scene
        .does(BEN, Action::CallHelp)
        .does(FAY, Action::AnswerHelp { circle });
    scene
        .does(FAY, Action::Visit { circle })
        .does(FAY, Action::BringBack { participant: BEN });
    scene.does(FAY, Action::GoBack).does(CLEO, Action::GoBack);
    let about = Some(BEN);
    let text = Some(Private::from("slow down"));
    scene.does(FAY, Action::Whisper { about, text }).drops(CLEO);
    let (participant, with) = (CLEO, ANA);
    scene.does(FAY, Action::SitTogether { participant, with });
    scene.calls(ANA).wait(5).does(FAY, Action::SitApart { participant });
    scene.comes(CLEO);
    let role = CircleRole::Host;
    scene.does(ANA, Action::Agree);
    scene
        .does(ANA, Action::TakeRole { role })
        .does(ANA, Action::LayRole { role });
    let rooms = |minutes| Action::OpenRooms {
        assign: Assign::Unmet,
        mode: None,
        minutes,
        turn_seconds: None,
    };
    scene
        .does(FAY, rooms(Some(1)))
        .does(FAY, Action::ExtendRooms { seconds: 30 });
    scene
        .wait(90)
        .wait(60)
        .does(FAY, rooms(None))
        .does(FAY, Action::CallBack);
    scene.does(FAY, Action::NextStep).does(FAY, rooms(None));
    let area = |area| Action::SetArea { participant: BEN, area };
    scene
        .does(FAY, area(Some(Area::Grief)))
        .does(FAY, area(None))
        .does(FAY, area(Some(Area::Dispute)));
    let flag = Some(MeasureFlag::Raised);
    scene.does(FAY, Action::FlagMeasure { participant: BEN, flag });
    let [step, prompt] = ["opening", "work.all"];
    let (step, text) = (step.parse().unwrap(), Some(Private::from("the heavy weather")));
    scene.does(FAY, Action::SetOwnWords { step, text });
    let prompt = prompt.parse().unwrap();
    scene.does(FAY, Action::PromptLater { prompt });
    scene.does(BEN, Action::NotOk).does(BEN, Action::TakeBackNotOk);
    scene.does(FAY, Action::Acknowledge { participant: BEN });
    scene.does(BEN, Action::NotOk).wait(30);
    scene.does(FAY, Action::Acknowledge { participant: BEN });
    looked_after(scene);
    scene.does(FAY, Action::NextStep);
}

/// The whole safety flow: Ben by the button, Cleo out of reach and an emergency, Ana by an answer, Dan by a member's concern.
fn looked_after(scene: &mut Scene) {
    let text = |words: &str| Private::from(words);
    let country = "US".parse().unwrap();
    scene
        .does(FAY, Action::SetCountry { country })
        .does(BEN, Action::AllRight);
    let participant = BEN;
    let how = ContactHow::Phone;
    scene.does(FAY, Action::Contact { participant, how });
    let how = ContactHow::SideRoom;
    scene.does(FAY, Action::Contact { participant, how });
    scene.does(
        FAY,
        Action::Assess {
            participant,
            text: text("tired and sad, no plans"),
        },
    );
    scene.does(
        FAY,
        Action::MakePlan {
            participant,
            plan: text("stays with his sister tonight"),
            contacts: Some(text("his sister, then the practice")),
            next_check: text("tomorrow at ten, by phone"),
        },
    );
    let reason = CloseReason::LookedAfter;
    scene.does(FAY, Action::CloseAlarm { participant, reason });
    scene.does(BEN, Action::GoBack).does(FAY, Action::GoBack);
    let participant = CLEO;
    scene.does(ANA, Action::RaiseConcern { participant }).drops(CLEO);
    scene.does(FAY, Action::Emergency { participant });
    let step = ReachStep::CallBack;
    scene.does(FAY, Action::TickReach { participant, step }).comes(CLEO);
    let (participant, before) = (ANA, Some(1));
    scene.does(
        FAY,
        Action::NoteAnswer {
            participant,
            before,
            now: 2,
        },
    );
}

fn other_modes(scene: &mut Scene) {
    let offer = |participant| Action::Offer { participant };
    scene
        .go_to("stick")
        .asks(ANA)
        .does(ANA, offer(BEN))
        .does(BEN, Action::Decline);
    scene.does(ANA, offer(CLEO)).does(ANA, Action::WithdrawOffer);
    scene.does(ANA, offer(CLEO)).does(CLEO, Action::Accept);
    let form = Action::FormPair {
        speaker: ANA,
        listener: BEN,
    };
    scene.go_to("pair").does(FAY, form).does(FAY, Action::GoOn).wait(9);
    scene.does(ANA, Action::Release).does(ANA, Action::SayAgain).wait(5);
    scene.does(ANA, Action::Release).does(ANA, Action::Confirm);
    scene.does(FAY, set(Some(FloorMode::Fishbowl), None, None));
    let participants = vec![ANA, BEN];
    scene
        .does(FAY, Action::SetInner { participants })
        .asks(CLEO)
        .does(BEN, Action::Pass);
    scene.go_to("still").wait(20);
    let order = RoundOrder::Drawn;
    scene.does(FAY, Action::StartRound { order }).does(FAY, Action::GoOn);
}

fn lines_and_leaders(scene: &mut Scene) {
    let participant = Some(OBI);
    scene.does(FAY, Action::NameDeputy { participant });
    scene
        .drops(ANA)
        .wait(45)
        .does(FAY, Action::WaitOn)
        .wait(45)
        .does(FAY, Action::MoveOn);
    scene
        .comes(ANA)
        .go_to("focus")
        .asks(ANA)
        .drops(ANA)
        .does(FAY, Action::MoveOn);
    scene
        .does(FAY, set(None, Some(Advance::Chair), None))
        .comes(ANA)
        .does(ANA, Action::Pass);
    scene
        .calls(BEN)
        .drops(BEN)
        .does(FAY, Action::MoveOn)
        .comes(BEN)
        .does(FAY, Action::GoOn);
    scene.drops(FAY).wait(20).drops(OBI).wait(301).comes(OBI).comes(FAY);
    let participant = CLEO;
    scene.calls(CLEO).does(FAY, Action::Remove { participant }).drops(CLEO);
    scene
        .wait(12)
        .unseen(30)
        .restarts()
        .comes(FAY)
        .comes(ANA)
        .comes(BEN)
        .comes(DAN);
    scene.calls(DAN).wait(9).wait(70 * 60).does(FAY, Action::EndSession);
}

/// The same room with a pack that asks at the door; where people were is forgotten by the next day.
fn asked_at_the_door(scene: &mut Scene) {
    let opened = |scene: &mut Scene, pack| {
        let state = scene.room.state().clone();
        scene.room = Room::open(pack, place(), Some(Snapshot { state }), &[]);
    };
    let mut asking = Pack::clone(&pack(Unattended::Hold));
    gated(&mut asking, ArrivalGate::Full);
    opened(scene, asking.into());
    scene
        .does(ANA, says_where("at the bus stop"))
        .drops(BEN)
        .wait(60)
        .comes(BEN);
    let (participant, anyway) = (BEN, true);
    scene
        .does(FAY, Action::Admit { participant, anyway })
        .does(BEN, says_where("at work"))
        .wait(PLACE_KEPT_SECONDS);
    scene
        .does(ANA, says_where("at home"))
        .does(BEN, says_where("12 Elm Road"));
    opened(scene, pack(Unattended::Hold));
}

/// The same room with a pack that asks its members to agree first.
fn asked_to_agree(scene: &mut Scene) {
    let opened = |scene: &mut Scene, pack| {
        let state = scene.room.state().clone();
        scene.room = Room::open(pack, place(), Some(Snapshot { state }), &[]);
    };
    let mut asking = Pack::clone(&pack(Unattended::Hold));
    asks_consent(&mut asking, &[Purpose::Measures, Purpose::Notes]);
    let yes = |purpose| agrees(&asking, purpose);
    opened(scene, asking.clone().into());
    let purpose = Purpose::Measures;
    scene.does(ANA, yes(purpose)).does(ANA, yes(Purpose::Notes)).wait(9);
    scene
        .does(ANA, Action::WithdrawConsent { purpose })
        .does(BEN, yes(purpose));
    opened(scene, pack(Unattended::Hold));
}

fn second_session(scene: &mut Scene) {
    scene.wait(600).drops(DAN);
    a_word_at_the_door(scene);
    scene.admit(DAN).admit(CLEO);
    scene.does(FAY, Action::StartSession).go_to("focus").wait(2);
    asks_with_note(scene, BEN, "my brother called");
    asks_with_note(scene, CLEO, "I am not sure");
    scene.asks(DAN).drops(CLEO).wait(30);
    scene
        .does(
            FAY,
            Action::StartRound {
                order: RoundOrder::Seats,
            },
        )
        .does(ANA, writes("quiet today"))
        .wait(8);
    scene.drops(BEN).does(FAY, Action::MoveOn).wait(5);
    scene.does(DAN, Action::Pause).wait(20);
    scene
        .does(FAY, Action::Resume)
        .does(FAY, Action::TimeOut { minutes: 10 })
        .wait(20);
}

/// Dan is back at the door; he and the facilitator exchange a word before he is let in, and Cleo waits on unanswered.
fn a_word_at_the_door(scene: &mut Scene) {
    let (participant, text) = (DAN, |text: &str| Private::from(text));
    scene.comes(DAN).comes(CLEO);
    scene
        .does(
            DAN,
            Action::SayAtDoor {
                text: text("my line is bad"),
            },
        )
        .wait(10);
    let text = text("one minute, please");
    scene.does(FAY, Action::AnswerAtDoor { participant, text }).wait(50);
    let about = Some(Private::from("I hear better on the left side"));
    let describe = |pronouns: Option<&str>, about, shown| Action::DescribeMyself {
        pronouns: pronouns.map(Private::from),
        about,
        shown,
    };
    scene.does(DAN, describe(Some("he/him"), about, false));
    scene.does(BEN, describe(Some("they/them"), None, true));
}

/// The same room with a pack whose people are seen alone first: who is inside stays.
fn a_couples_lock(scene: &mut Scene) {
    let state = scene.room.state().clone();
    scene.room = Room::open(couples_pack(), place(), Some(Snapshot { state }), &[]);
    let screen = |participant, outcome, words: Option<&str>| Action::RecordScreen {
        participant,
        outcome,
        words: words.map(Private::from),
    };
    scene
        .does(FAY, screen(ANA, ScreenOutcome::Suitable, None))
        .does(FAY, screen(BEN, ScreenOutcome::Undecided, Some("once more, alone")))
        .does(FAY, screen(DAN, ScreenOutcome::NotSuitable, Some("seen elsewhere")));
    let key = "some-kept".to_owned();
    scene.does(FAY, Action::ChooseSecrets { key }).wait(5);
    let (question, answer) = ("go-on".to_owned(), Private::from("yes, but not about Sunday"));
    scene.does(ANA, Action::CheckIn { question, answer });
}

/// Nothing is kept of Dan any more, in the journal either.
fn somebody_erased(scene: &mut Scene) {
    let erase = Input::Erase {
        participant: DAN,
        by: Some(FAY),
    };
    scene.input(&erase).unwrap();
    for event in &mut scene.journal {
        if let Some(left) = emptied(event, DAN) {
            *event = left;
        }
    }
}

/// The same room as a circle's, with two people on call.
fn a_circles_call(scene: &mut Scene) {
    let state = scene.room.state().clone();
    let circle = pack(Unattended::Continue);
    scene.room = Room::open(circle.clone(), place_of(&circle), Some(Snapshot { state }), &[]);
    let about = Some(BEN);
    scene.does(FAY, Action::Escalate { about }).wait(120);
    scene.does(FAY, Action::OnCallReached);
}
