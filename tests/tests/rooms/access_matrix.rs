//! The access matrix of the wire: every action there is, said over a real line by everybody who may not. The list of actions is that of the
//! wire's own examples, which a test holds complete; what is expected is the room's one table of who may do what.

use std::collections::BTreeMap;
use std::path::PathBuf;

use protocol::wire::{Action, RefusalCode};
use protocol::{ParticipantId, Role};
use rondo::audit::{By, Record, Thing};
use rondo::store::Store;
use room::policy::permits;
use tests::cast::{Gathering, join};
use tests::house::{House, store_in};
use tests::line::Line;

/// Every action of the wire's examples, by the name of its file.
fn every_action() -> BTreeMap<String, Action> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../protocol/fixtures/action"));
    let files = std::fs::read_dir(folder).expect("the examples are there");
    files
        .map(|file| file.expect("an entry").path())
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("an example");
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, serde_json::from_str(&text).expect("an action"))
        })
        .collect()
}

/// What somebody must be told who asks for this; `None` where it is the rules' business.
fn refusal(role: Role, is_in: bool, action: &Action) -> Option<RefusalCode> {
    match (is_in, action) {
        // What is asked at the door, and what one may say there.
        (
            false,
            Action::CheckIn { .. }
            | Action::ConfirmArrival { .. }
            | Action::SayAtDoor { .. }
            | Action::DescribeMyself { .. }
            | Action::GiveConsent { .. }
            | Action::WithdrawConsent { .. },
        ) => None,
        (false, _) => Some(RefusalCode::NotAdmitted),
        (true, _) => permits(role, action).err().map(|refusal| refusal.code),
    }
}

/// Refusals inside rooms as the audit book has them: one record says one, a record that counts says how many.
async fn in_the_book(store: &Store) -> BTreeMap<(ParticipantId, String), u64> {
    let practice = store.practices().await.expect("the practices are there")[0].practice;
    let rows = store.audit_after(practice, 0, 100_000).await.expect("the book opens");
    let mut counted = BTreeMap::new();
    for record in rows.iter().filter_map(|row| Record::read(&row.header)) {
        let (By::Participant(who), Thing::Act, false) = (record.by, record.thing, record.granted) else {
            continue;
        };
        let kind = record.subject.action.expect("what was asked for").word().to_owned();
        assert!(record.subject.room.is_some(), "{record:?}");
        *counted.entry((who, kind)).or_default() += record.more.max(1);
    }
    counted
}

#[tokio::test]
async fn t7_every_action_is_refused_to_everybody_who_may_not_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::over(folder.path(), |_| ()).await;
    let bootstrap = house.bootstrap.clone().expect("nobody was here before");
    let mut group = Gathering::of(house.address, &bootstrap, 2).await;
    let mut others: Vec<(&str, Role, bool, Line)> = Vec::new();
    for (who, role, is_in) in [
        ("an observer", Role::Observer, true),
        ("a member at the door", Role::Member, false),
        ("an observer at the door", Role::Observer, false),
    ] {
        let (_, secret) = group.facilitator.invite(group.room, who, role).await;
        let (mut browser, _) = join(house.address, &secret).await;
        let mut line = browser.enter(group.room).await;
        line.waits_at_the_door().await;
        if is_in {
            let participant = line.me;
            group
                .lead
                .does(Action::Admit {
                    participant,
                    anyway: false,
                })
                .await;
            line.sees("the room", |_, _| true).await;
        }
        others.push((who, role, is_in, line));
    }
    let (_, member) = group.members.pop().expect("two members");
    others.push(("a member", Role::Member, true, member));
    let (_, removed) = group.members.pop().expect("one member more");
    let participant = removed.me;
    let stands = group.lead.does(Action::StartSession).await;

    let actions = every_action();
    assert!(actions.len() > 90, "{} actions", actions.len());
    let (mut cells, mut refused) = (0, 0);
    let mut denied: BTreeMap<(ParticipantId, String), u64> = BTreeMap::new();
    for (who, role, is_in, line) in &mut others {
        for (name, action) in &actions {
            cells += 1;
            // What they may ask for is the rules' to judge; it is left out here, so that nothing may have changed at the end.
            let Some(code) = refusal(*role, *is_in, action) else {
                continue;
            };
            let told = line.act(action.clone()).await.expect_err("refused");
            assert_eq!(told.code, code, "{name} by {who}");
            refused += 1;
            let kind = serde_json::to_value(action).expect("an action is written")["do"].clone();
            *denied
                .entry((line.me, kind.as_str().expect("a word").to_owned()))
                .or_default() += 1;
        }
    }
    // Whoever was sent out has no line any more to say anything on.
    let left = group.lead.does(Action::Remove { participant }).await;
    let mut removed = removed;
    let closed = removed.is_closed().await;
    assert!(closed.is_some(), "a person who was sent out loses their line");
    assert_eq!(
        left,
        stands + 1,
        "of what is public only the lead's own word was written"
    );

    let room = group.room;
    let others_count = others.len();
    drop((group, others));
    house.stop().await;
    let store = store_in(folder.path()).await.expect("the store opens");
    let journal = store.read_events(room, 1, u64::MAX).await.expect("the journal reads");
    let begun = journal
        .iter()
        .rposition(|event| event.kind == "session_started")
        .expect("it began");
    let kinds: Vec<&str> = journal[begun..].iter().map(|event| event.kind.as_str()).collect();
    // What the lead's own two words brought, and nothing else.
    let own = [
        "session_started",
        "step_entered",
        "floor_set",
        "prompt_due",
        "removed",
        "line_dropped",
    ];
    assert!(kinds.iter().all(|kind| own.contains(kind)), "{kinds:?}");
    let counted = in_the_book(&store).await;
    assert_eq!(
        counted, denied,
        "every refusal is counted in the book, for each person and kind"
    );
    println!(
        "T7, the wire: {refused} refusals, {} counted in the audit book, {} kinds of {} people",
        counted.values().sum::<u64>(),
        counted.len(),
        others_count
    );
    println!(
        "T7, the wire: {} actions x 4 people = {cells} cells, of which {refused} must be refused: {refused} refused with the right word, 0 written (N = {refused}, 3/N = {:.4})",
        actions.len(),
        3.0 / refused as f64
    );
}
