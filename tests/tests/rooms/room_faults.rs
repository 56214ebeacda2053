//! What a bug or a full disk in one room costs: that room a moment, nobody else anything, and nothing that was acknowledged.
//!
//! The faults are the server's own, compiled in with the feature `mutants` and asleep in every other test.

use protocol::wire::{Action, RefusalCode, Stand};
use protocol::{Role, RoomId};
use tests::cast::{Gathering, join};
use tests::house::Process;
use tests::line::Line;
use tests::web::Browser;

async fn gathering(process: &Process, members: usize) -> Gathering {
    let secret = process.bootstrap.clone().expect("a fresh server has a link");
    Gathering::of(process.address, &secret, members).await
}

/// Another group of the same facilitator, with one member inside.
async fn next_door(group: &mut Gathering, process: &Process) -> (RoomId, Line, Line) {
    let room = group.facilitator.group("Next door", "group-ipt-8").await;
    let mut lead = group.facilitator.enter(room).await;
    let (_, secret) = group.facilitator.invite(room, "Nora", Role::Member).await;
    let (mut browser, _) = join(process.address, &secret).await;
    let mut nora = browser.enter(room).await;
    nora.waits_at_the_door().await;
    lead.does(Action::Admit {
        participant: nora.me,
        anyway: false,
    })
    .await;
    nora.sees("the room", |_, _| true).await;
    (room, lead, nora)
}

#[tokio::test]
async fn a_room_with_a_bug_starts_again_from_its_journal_and_its_neighbours_never_notice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let process = Process::start(folder.path(), 0, &[("RONDO_MUTANT", "panic_at=step_extended")])
        .await
        .expect("the server starts");
    let mut group = gathering(&process, 2).await;
    let (_, mut other_lead, mut nora) = next_door(&mut group, &process).await;
    let acknowledged = group.lead.does(Action::StartSession).await;

    let id = tests::line::new_command();
    let extend = Action::ExtendStep { seconds: 60 };
    group
        .lead
        .say(&protocol::wire::ClientMessage::Act { id, action: extend })
        .await;
    // Nobody has to act to hear of it: everybody is told to come back.
    assert_eq!(group.lead.is_closed().await, Some(4410));
    for (_, line) in &mut group.members {
        assert_eq!(line.is_closed().await, Some(4410));
    }
    other_lead.does(Action::StartSession).await;
    nora.sees("the session next door", |scene, _| scene.stand == Stand::Running)
        .await;

    let mut lead = group.facilitator.enter(group.room).await;
    lead.sees("the session that was acknowledged", |scene, _| {
        scene.stand == Stand::Running
    })
    .await;
    assert!(lead.view.as_ref().is_some_and(|(seq, ..)| *seq > acknowledged));
    for (browser, _) in &mut group.members {
        let mut back = browser.enter(group.room).await;
        back.sees("the room, still admitted", |_, me| me.may_speak).await;
    }
    lead.does(Action::NextStep).await;
    process.kill().await;
}

#[tokio::test]
async fn on_a_full_disk_everybody_reads_on_and_with_space_the_room_catches_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let full = folder.path().join("full");
    let mutant = format!("full_disk_while={}", full.display());
    let process = Process::start(folder.path(), 0, &[("RONDO_MUTANT", &mutant)])
        .await
        .expect("the server starts");
    let mut group = gathering(&process, 2).await;
    group.lead.does(Action::StartSession).await;
    let (_, gone) = group.members.remove(0);
    let who = gone.me;
    let (browser, stays): &mut (Browser, Line) = &mut group.members[0];
    stays
        .sees("the session", |scene, _| scene.stand == Stand::Running)
        .await;

    std::fs::write(&full, b"").expect("the disk is full");
    let refused = group.lead.act(Action::NextStep).await.expect_err("there is no space");
    assert_eq!(refused.code, RefusalCode::Unavailable);
    gone.drops();
    // The drop cannot be written down. It closes nobody: the others are still answered, a second device still reads.
    let mut second = browser.enter(group.room).await;
    second
        .sees("the session", |scene, _| scene.stand == Stand::Running)
        .await;
    for _ in 0..3 {
        assert_eq!(
            stays.act(Action::Pause).await.expect_err("no space").code,
            RefusalCode::Unavailable
        );
    }

    std::fs::remove_file(&full).expect("there is space again");
    stays
        .sees("who went away meanwhile", |scene, _| {
            scene.seats.iter().any(|seat| seat.participant == who && !seat.present)
        })
        .await;
    group.lead.does(Action::NextStep).await;
    process.kill().await;
}
