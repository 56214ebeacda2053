//! The ordinary beginning of a story: a facilitator who has set the server up, a group, members with links.

use std::net::SocketAddr;

use protocol::api::{
    ConfirmRecovery, FirstRun, GroupSummary, Join, NewGroup, NewInvite, NewLink, RecoveryKey, Seat, SignIn,
};
use protocol::wire::{Action, ScreenOutcome};
use protocol::{ParticipantId, Private, Role, RoomId};

use crate::line::Line;
use crate::web::Browser;

/// The passphrase that test facilitators use.
pub const PASSPHRASE: &str = "four unrelated quiet words";
/// The e-mail that test facilitators use.
pub const EMAIL: &str = "sophie@practice.example";

/// A facilitator with an account.
#[derive(Debug)]
pub struct Facilitator {
    pub browser: Browser,
    pub recovery_key: String,
}

impl Facilitator {
    /// Sets the server up, keeps the recovery key, and is signed in.
    pub async fn first(address: SocketAddr, bootstrap: &str) -> Self {
        let mut browser = Browser::new(address);
        let form = FirstRun {
            bootstrap: bootstrap.into(),
            name: "Sophie".into(),
            email: EMAIL.into(),
            passphrase: PASSPHRASE.into(),
        };
        let key: RecoveryKey = browser.post("/api/first-run", &form).await.json();
        let recovery_key = key.recovery_key.into_exposed();
        let last: String = recovery_key
            .chars()
            .rev()
            .take(4)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let confirm = ConfirmRecovery {
            last_group: Private(last),
        };
        let kept = browser.post("/api/recovery/confirm", &confirm).await;
        assert!(kept.status.is_success(), "{}", String::from_utf8_lossy(&kept.body));
        Self { browser, recovery_key }
    }

    /// Makes a group on a pack.
    pub async fn group(&mut self, title: &str, pack: &str) -> RoomId {
        let form = NewGroup {
            title: title.into(),
            pack: pack.into(),
            language: "en".into(),
            starts_on: None,
        };
        let made: GroupSummary = self.browser.post("/api/groups", &form).await.json();
        made.room
    }

    /// A personal link; gives the secret in its fragment.
    pub async fn invite(&mut self, room: RoomId, name: &str, role: Role) -> (NewLink, String) {
        let form = NewInvite {
            name: name.into(),
            role,
        };
        let link: NewLink = self
            .browser
            .post(&format!("/api/groups/{room}/invites"), &form)
            .await
            .json();
        let secret = link
            .url
            .expose()
            .split_once('#')
            .expect("the secret rides in the fragment")
            .1
            .to_owned();
        (link, secret)
    }

    /// Signs in again, as on another day.
    pub async fn signs_in(&mut self) {
        let form = SignIn {
            practice: None,
            email: EMAIL.into(),
            passphrase: PASSPHRASE.into(),
        };
        let answer = self.browser.post("/api/sign-in", &form).await;
        assert!(answer.status.is_success(), "{}", String::from_utf8_lossy(&answer.body));
    }

    /// Enters the room.
    pub async fn enter(&mut self, room: RoomId) -> Line {
        self.browser.enter(room).await
    }
}

/// Follows a personal link.
pub async fn join(address: SocketAddr, secret: &str) -> (Browser, Seat) {
    let mut browser = Browser::new(address);
    let seat: Seat = browser.post("/api/join", &Join { secret: secret.into() }).await.json();
    (browser, seat)
}

/// A group under way: a facilitator inside, members admitted, the first session not yet begun.
#[derive(Debug)]
pub struct Gathering {
    pub facilitator: Facilitator,
    pub room: RoomId,
    pub lead: Line,
    pub members: Vec<(Browser, Line)>,
}

impl Gathering {
    /// Gathers `members` people in a fresh group.
    pub async fn of(address: SocketAddr, bootstrap: &str, members: usize) -> Self {
        Self::on(address, bootstrap, members, "group-ipt-8").await
    }

    /// Gathers `members` people in a fresh group that follows `pack`.
    pub async fn on(address: SocketAddr, bootstrap: &str, members: usize, pack: &str) -> Self {
        let mut facilitator = Facilitator::first(address, bootstrap).await;
        let room = facilitator.group("Tuesday group", pack).await;
        let mut lead = facilitator.enter(room).await;
        let mut all = Vec::new();
        for n in 0..members {
            let (_, secret) = facilitator.invite(room, &format!("Member {n}"), Role::Member).await;
            let (mut browser, _) = join(address, &secret).await;
            let mut line = browser.enter(room).await;
            line.waits_at_the_door().await;
            all.push((browser, line));
        }
        let people: Vec<_> = all.iter().map(|(_, line)| line.me).collect();
        opens_the_lock(&mut lead, &people).await;
        for (_, line) in &mut all {
            lead.does(Action::Admit {
                participant: line.me,
                anyway: false,
            })
            .await;
            line.sees("the room", |_, _| true).await;
        }
        Self {
            facilitator,
            room,
            lead,
            members: all,
        }
    }

    /// Everybody comes back after the server started again, between two sessions: the facilitator signs in, members are let in
    /// at the door.
    pub async fn comes_back(&mut self, address: SocketAddr) {
        self.facilitator.browser.address = address;
        self.facilitator.signs_in().await;
        self.lead = self.facilitator.enter(self.room).await;
        for (browser, line) in &mut self.members {
            browser.address = address;
            *line = browser.enter(self.room).await;
            line.waits_at_the_door().await;
            let participant = line.me;
            self.lead
                .does(Action::Admit {
                    participant,
                    anyway: false,
                })
                .await;
            line.sees("the room", |_, _| true).await;
        }
    }
}

/// Where a pack's people are seen alone first: everybody was, and suits, and a way of keeping secrets is chosen. Elsewhere nothing is to do.
pub async fn opens_the_lock(lead: &mut Line, people: &[ParticipantId]) {
    let (scene, _) = lead.sees("the room", |_, _| true).await;
    let Some(lock) = scene.staff.and_then(|staff| staff.lock) else {
        return;
    };
    for &participant in people {
        let (outcome, words) = (ScreenOutcome::Suitable, None);
        lead.does(Action::RecordScreen {
            participant,
            outcome,
            words,
        })
        .await;
    }
    if let Some(way) = lock.ways.into_iter().next() {
        lead.does(Action::ChooseSecrets { key: way.key }).await;
    }
}
