//! Text messages that cannot be read, that name what is not there, or that were said before.

use futures_util::SinkExt as _;
use protocol::wire::{Action, ClientMessage, NoteRef, RefusalCode, RequestKind, ServerMessage};
use protocol::{CommandId, ParticipantId, PromptId, RequestId, Role, StepId};
use tests::cast::join;
use tests::line::new_command;
use tokio_tungstenite::tungstenite::Message;

use super::scene::{Scene, refusal};

/// The id that the messages below carry, where they carry one.
const ID: CommandId = CommandId::from_bits(0xbad);

fn unreadable() -> Vec<(Option<CommandId>, String)> {
    let id = ID;
    let act = |action: &str| (Some(id), format!(r#"{{"type":"act","id":"{id}","action":{action}}}"#));
    let plain = |text: &str| (None, text.to_owned());
    vec![
        plain(""),
        plain("hello"),
        plain("null"),
        plain("[]"),
        plain("{}"),
        plain("\u{0}"),
        plain(r#"{"type":"shutdown"}"#),
        plain(r#"{"type":"view","seq":1}"#),
        plain(r#"{"type":"signal","kind":"fire"}"#),
        plain(r#"{"type":"signal"}"#),
        plain(r#"{"type":"ping","at":-1}"#),
        plain(r#"{"type":"ping","at":1.5}"#),
        plain(r#"{"type":"ping","at":18446744073709551616}"#),
        plain(r#"{"type":"ping","at":1}{"type":"ping","at":2}"#),
        plain(r#"{"type":"act","id":"cm_1","action":{"do":"pause"}}"#),
        plain(r#"{"type":"act","id":"pa_00000000000000000000000000000bad","action":{"do":"pause"}}"#),
        plain(r#"{"type":"act","id":7,"action":{"do":"pause"}}"#),
        (Some(id), format!(r#"{{"type":"act","id":"{id}"}}"#)),
        (
            Some(id),
            format!(r#"{{"type":"act","id":"{id}","action":{{"do":"pause"}},"as":"somebody else"}}"#),
        ),
        act("7"),
        act("{}"),
        act(r#"{"do":"levitate"}"#),
        act(r#"{"do":"pause","for_ever":true}"#),
        act(r#"{"do":"admit"}"#),
        act(r#"{"do":"admit","participant":"everybody"}"#),
        act(r#"{"do":"extend_turn","seconds":-30}"#),
        act(r#"{"do":"extend_turn","seconds":4294967296}"#),
        act(r#"{"do":"ask","kind":"shout"}"#),
        act(r#"{"do":"lock_note","note":{"note":"session","session":65536},"locked":true}"#),
        act(&format!(
            r#"{{"do":"ask","kind":"share","note":{}1{}}}"#,
            "[".repeat(500),
            "]".repeat(500)
        )),
        plain(&"[".repeat(10_000)),
        plain(&r#"{"type":"#.repeat(5_000)),
    ]
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_by_its_id_and_changes_nothing() {
    let mut scene = Scene::of_a_session().await;
    let seen = scene.what_ben_sees();
    for (id, text) in unreadable() {
        let sent = scene.mallory.socket.send(Message::text(text.clone())).await;
        sent.expect("the line is up");
        let refused = refusal(&mut scene.mallory).await;
        assert_eq!(refused, (id, None, RefusalCode::Malformed), "{text:.200}");
    }
    assert_eq!(scene.ben_is_undisturbed().await, []);
    assert_eq!(scene.what_ben_sees(), seen);
    scene.ends_with(&[]).await;
}

#[tokio::test]
async fn an_id_that_is_not_of_this_room_is_refused_as_unknown() {
    let mut scene = Scene::of_a_session().await;
    let next_door = scene.group.facilitator.group("Next door", "group-ipt-8").await;
    let (_, secret) = scene.group.facilitator.invite(next_door, "Nora", Role::Member).await;
    let (mut browser, _) = join(scene.group.facilitator.browser.address, &secret).await;
    let mut nora = browser.enter(next_door).await;
    nora.waits_at_the_door().await;
    for stranger in [nora.me, ParticipantId::from_bits(1)] {
        let named = [
            Action::Admit {
                participant: stranger,
                anyway: false,
            },
            Action::TurnAway { participant: stranger },
            Action::Remove { participant: stranger },
            Action::NameDeputy {
                participant: Some(stranger),
            },
            Action::Call { participant: stranger },
        ];
        for action in named {
            let refused = scene
                .group
                .lead
                .act(action.clone())
                .await
                .expect_err("nobody of this room");
            assert_eq!(refused.code, RefusalCode::UnknownParticipant, "{action:?}");
        }
    }
    let request = RequestId(4_000_000_000);
    let (step, prompt) = (
        "no-such-step".parse::<StepId>().expect("a step id"),
        "no-such-prompt".parse::<PromptId>().expect("a prompt id"),
    );
    let (session, locked) = (99, true);
    let note = NoteRef::Session { session };
    let unknown = [
        (Action::Grant { request }, RefusalCode::UnknownRequest),
        (Action::Deny { request }, RefusalCode::UnknownRequest),
        (
            Action::OrderQueue {
                requests: vec![request, request],
            },
            RefusalCode::UnknownRequest,
        ),
        (Action::GoToStep { step }, RefusalCode::UnknownStep),
        (
            Action::PromptUsed { prompt: prompt.clone() },
            RefusalCode::UnknownPrompt,
        ),
        (Action::PushPrompt { prompt }, RefusalCode::UnknownPrompt),
        (Action::LockNote { note, locked }, RefusalCode::UnknownNote),
        (Action::TakeBackNote { note }, RefusalCode::UnknownNote),
    ];
    for (action, code) in unknown {
        let refused = scene
            .group
            .lead
            .act(action.clone())
            .await
            .expect_err("no such thing here");
        assert_eq!(refused.code, code, "{action:?}");
    }
    // A member who names them learns only that leading is not theirs.
    let participant = nora.me;
    let refused = scene
        .mallory
        .act(Action::Remove { participant })
        .await
        .expect_err("not theirs");
    assert_eq!(refused.code, RefusalCode::NotPermitted);
    assert_eq!(scene.ben_is_undisturbed().await, []);
    assert!(nora.view.is_some(), "next door nothing moved");
    scene.ends_with(&[]).await;
}

#[tokio::test]
async fn a_command_said_again_is_answered_again_and_done_once_on_whatever_line() {
    let mut scene = Scene::of_a_session().await;
    let id = new_command();
    let ask = Action::Ask {
        kind: RequestKind::Share,
        note: None,
    };
    let first = scene.mallory.act_as(id, ask.clone()).await.expect("accepted");
    // Another action under the same id gets the first one's answer and is not done.
    assert_eq!(scene.mallory.act_as(id, Action::Pause).await, Ok(first));
    let mut second = scene.mallorys_browser.enter(scene.group.room).await;
    assert_eq!(second.act_as(id, ask.clone()).await, Ok(first));
    assert_eq!(second.act_as(id, Action::CancelRequest).await, Ok(first));
    // The same id said by somebody else is somebody else's command, and gives away nothing of the first.
    let bens = scene.ben.act_as(id, ask).await.expect("Ben's own request");
    assert!(bens > first);
    scene.ends_with(&["asked", "asked"]).await;
}

#[tokio::test]
async fn a_refused_command_is_judged_anew_and_a_retry_of_an_unread_one_is_no_retry() {
    let mut scene = Scene::of_a_session().await;
    let id = new_command();
    let refused = scene
        .mallory
        .act_as(id, Action::Resume)
        .await
        .expect_err("nothing is paused");
    assert_eq!(refused.code, RefusalCode::AlreadySo);
    scene
        .mallory
        .say(&ClientMessage::Act {
            id,
            action: Action::Pause,
        })
        .await;
    let answer = scene.mallory.answer_to(id).await.expect("the line is up");
    assert!(answer.is_ok(), "{answer:?}");
    scene.mallory.does(Action::Resume).await;
    assert!(
        scene
            .ben_is_undisturbed()
            .await
            .iter()
            .all(|heard| !matches!(heard, ServerMessage::Refused { .. })),
        "a refusal is told to its own person alone"
    );
    scene.ends_with(&["paused", "resumed"]).await;
}
