//! A session with a facilitator, somebody hostile, and a bystander who must not notice.

use protocol::CommandId;
use protocol::wire::{Action, ClientMessage, RefusalCode, RoomView, ServerMessage};
use tests::cast::Gathering;
use tests::house::{House, store_in};
use tests::line::{Line, new_command};
use tests::web::Browser;

pub(super) struct Scene {
    folder: tempfile::TempDir,
    house: House,
    pub(super) group: Gathering,
    /// A member who sends what no page would.
    pub(super) mallory: Line,
    pub(super) mallorys_browser: Browser,
    /// Another member.
    pub(super) ben: Line,
    /// Where the journal stood before it began.
    began: u64,
}

impl Scene {
    pub(super) async fn of_a_session() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let house = House::over(folder.path(), |_| ()).await;
        let secret = house.bootstrap.clone().expect("a fresh server has a link");
        let mut group = Gathering::of(house.address, &secret, 2).await;
        let began = group.lead.does(Action::StartSession).await;
        let (_, mut ben) = group.members.pop().expect("two members");
        let (mallorys_browser, mut mallory) = group.members.pop().expect("two members");
        for line in [&mut mallory, &mut ben] {
            line.sees("the session", |scene, _| scene.agenda.current == Some(0))
                .await;
        }
        Self {
            folder,
            house,
            group,
            mallory,
            mallorys_browser,
            ben,
            began,
        }
    }

    /// What Ben sees of the room just now.
    pub(super) fn what_ben_sees(&self) -> RoomView {
        self.ben.view.as_ref().map(|(_, room, _)| room.clone()).expect("a view")
    }

    /// Ben's line is up and answers; gives whatever else it heard meanwhile.
    pub(super) async fn ben_is_undisturbed(&mut self) -> Vec<ServerMessage> {
        hears_out(&mut self.ben).await
    }

    /// Ben acts, and the journal holds what was accepted since the beginning and nothing else: these, and then Ben's.
    pub(super) async fn ends_with(mut self, accepted: &[&str]) {
        self.ben_is_undisturbed().await;
        self.ben.does(Action::Pause).await;
        let last = self.ben.does(Action::Resume).await;
        self.house.stop().await;
        let store = store_in(self.folder.path()).await.expect("the database opens");
        let (mut replay, events) = rondo::hub::history(&store, self.group.room, u64::MAX)
            .await
            .expect("read");
        store.close().await;
        // Up to what the facilitator was told when the session began.
        let since = events.iter().skip_while(|event| {
            let before = replay.state().public_seq < self.began;
            if before {
                replay.apply(std::slice::from_ref(*event));
            }
            before
        });
        let asked_for = since.filter(|event| event.by.is_some());
        let kinds: Vec<_> = asked_for.map(|event| event.what.kind()).collect();
        assert_eq!(kinds, [accepted, &["paused", "resumed"]].concat());
        assert!(events.len() as u64 >= last);
    }
}

/// Asks the room for what it refuses, and waits for the answer. Gives what else came, views left out: whatever the room was told before
/// has been dealt with, and what it led to for this line has been heard.
pub(super) async fn hears_out(line: &mut Line) -> Vec<ServerMessage> {
    let id = new_command();
    let participant = line.me; // in already, and a member lets nobody in
    let action = Action::Admit {
        participant,
        anyway: false,
    };
    line.say(&ClientMessage::Act { id, action }).await;
    let mut others = Vec::new();
    loop {
        match line.hear().await.expect("the line is up") {
            Some(ServerMessage::Refused { id: Some(about), .. }) if about == id => return others,
            Some(ServerMessage::View { .. }) | None => {}
            Some(other) => others.push(other),
        }
    }
}

/// The next refusal: the command it is about, or the number of the note's update.
pub(super) async fn refusal(line: &mut Line) -> (Option<CommandId>, Option<u32>, RefusalCode) {
    loop {
        match line.hear().await.expect("the line is up") {
            Some(ServerMessage::Refused { id, refusal }) => return (id, None, refusal.code),
            Some(ServerMessage::NoteRefused { reference, refusal, .. }) => {
                return (None, Some(reference), refusal.code);
            }
            _ => {}
        }
    }
}
