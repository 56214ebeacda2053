//! T3: exactly once, and resume. Fifty people act, send twice, retry old commands, and are cut off in the middle; every retry is answered
//! alike, nobody's view falls behind what they were told, and every view is the replay's.

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::SinkExt;
use protocol::wire::{Action, ClientMessage, RequestKind};
use protocol::{Role, RoomId};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use super::ledger::{Entry, Ledger, Told};
use crate::cast::{Facilitator, join};
use crate::house::{House, store_in};
use crate::line::{Down, Line, new_command};
use crate::replayed::{Seen, every_view_is_the_replays};
use crate::web::Browser;

const ROOMS: usize = 5;
const FACILITATORS: usize = 2;
const MEMBERS: usize = 8;
/// One view in so many is kept and held against the replay.
const KEEP_ONE_VIEW_IN: usize = 16;

struct Person {
    browser: Browser,
    line: Line,
    leads: bool,
    asked: bool,
    entries: Vec<Entry>,
    seen: Vec<Seen>,
    /// The latest position this person was told.
    told: u64,
    cuts: usize,
    retries: usize,
}

/// `operations` over all people, about a third of them with a cut, a retry or a duplicate.
pub async fn run(operations: usize) -> Result<String, String> {
    let started = Instant::now();
    let folder = tempfile::tempdir().map_err(|why| why.to_string())?;
    let house = House::over(folder.path(), |_| ()).await;
    let secret = house.bootstrap.clone().ok_or("a fresh server has a link")?;
    let mut first = Facilitator::first(house.address, &secret).await;
    let people = ROOMS * (FACILITATORS + MEMBERS);
    let each = operations.div_ceil(people);
    let mut all = JoinSet::new();
    let mut rooms = Vec::new();
    for _ in 0..ROOMS {
        let room = first.group("T3", "group-ipt-8").await;
        let mut lead = first.enter(room).await;
        lead.does(Action::StartSession).await;
        for n in 0..FACILITATORS + MEMBERS {
            let leads = n < FACILITATORS;
            let role = if leads { Role::Facilitator } else { Role::Member };
            let (_, secret) = first.invite(room, &format!("Person {n}"), role).await;
            let (mut browser, _) = join(house.address, &secret).await;
            let mut line = browser.enter(room).await;
            if !leads {
                line.waits_at_the_door().await;
                lead.does(Action::Admit {
                    participant: line.me,
                    anyway: false,
                })
                .await;
            }
            let (entries, seen) = (Vec::new(), Vec::new());
            let person = Person {
                browser,
                line,
                leads,
                asked: false,
                entries,
                seen,
                told: 0,
                cuts: 0,
                retries: 0,
            };
            all.spawn(live(person, room, each));
        }
        rooms.push(room);
    }
    let mut by_room: BTreeMap<RoomId, Vec<Person>> = BTreeMap::new();
    while let Some(done) = all.join_next().await {
        let (room, person) = done.map_err(|why| format!("a person broke: {why}"))??;
        by_room.entry(room).or_default().push(person);
    }
    // Quiet now: everybody comes back and must hold the last position.
    let (mut cuts, mut retries, mut commands) = (0, 0, 0);
    for (room, people) in &mut by_room {
        let mut last = 0;
        for person in people.iter_mut() {
            person.line = person.browser.enter(*room).await;
            cuts += person.cuts;
            retries += person.retries;
            commands += person.entries.len();
        }
        for person in people.iter_mut() {
            person.line.sees("the room", |_, _| true).await;
            last = last.max(person.line.view.as_ref().map_or(0, |(seq, ..)| *seq));
        }
        for person in people.iter_mut() {
            while person.line.view.as_ref().is_none_or(|(seq, ..)| *seq < last) {
                person
                    .line
                    .hear()
                    .await
                    .map_err(|Down| "a line went down while all was quiet")?;
            }
            person.keep_view();
        }
    }
    house.stop().await;

    let store = store_in(folder.path()).await?;
    let mut views = 0;
    for (room, people) in by_room {
        let opened = store.claim(room).await.map_err(|fault| fault.to_string())?;
        let last = opened.next_seq - 1;
        let entries = people
            .iter()
            .flat_map(|person| person.entries.iter().copied())
            .collect();
        Ledger { room, entries }.check(&store, last).await?;
        let seen: Vec<Seen> = people.into_iter().flat_map(|person| person.seen).collect();
        views += seen.len();
        every_view_is_the_replays(&store, room, seen).await?;
    }
    store.close().await;
    if cuts == 0 || retries == 0 || views == 0 {
        return Err(format!(
            "{cuts} cuts, {retries} retries, {views} views: this tested nothing"
        ));
    }
    Ok(format!(
        "T3: {commands} commands of {people} people, {cuts} cuts, {retries} retries and duplicates: every retry answered alike, 0 lost, 0 doubled; \
         {views} views equal to the replay's. N = {}: fewer than {:.3} % go wrong (3/N). {:.0?} in all.",
        cuts + retries,
        300.0 / (cuts + retries) as f64,
        started.elapsed()
    ))
}

async fn live(mut person: Person, room: RoomId, operations: usize) -> Result<(RoomId, Person), String> {
    for _ in 0..operations {
        match rand::random_range(0..12) {
            0..=1 => person.cut_while_asking(room).await?,
            2 => person.says_it_twice().await?,
            3 => person.asks_an_old_one_again().await?,
            4 => person.comes_back(room).await?,
            _ => person.acts().await?,
        }
    }
    Ok((room, person))
}

impl Person {
    fn next_action(&self) -> Action {
        match (self.leads, self.asked) {
            (true, _) => Action::ExtendStep { seconds: 1 },
            (false, false) => Action::Ask {
                kind: RequestKind::Question,
                note: Some("a private note".into()),
            },
            (false, true) => Action::CancelRequest,
        }
    }

    fn note_told(&mut self, action: &Action) {
        match action {
            Action::Ask { .. } => self.asked = true,
            Action::CancelRequest => self.asked = false,
            _ => {}
        }
    }

    async fn send(&mut self, id: protocol::CommandId, action: &Action) -> Result<(), Down> {
        let text = serde_json::to_string(&ClientMessage::Act {
            id,
            action: action.clone(),
        })
        .expect("a message");
        self.line.socket.send(Message::text(text)).await.map_err(|_| Down)
    }

    async fn answered(&mut self, id: protocol::CommandId) -> Result<Told, String> {
        let answer = self
            .line
            .answer_to(id)
            .await
            .map_err(|Down| "the line went down without a cut")?;
        self.keep_view_sometimes();
        Ok(match answer {
            Ok(seq) => {
                self.told = self.told.max(seq);
                Told::Accepted {
                    seq,
                    at: Instant::now(),
                }
            }
            Err(_) => Told::Refused,
        })
    }

    async fn acts(&mut self) -> Result<(), String> {
        let (id, action, asked) = (new_command(), self.next_action(), Instant::now());
        self.send(id, &action)
            .await
            .map_err(|Down| "the line went down without a cut")?;
        let told = self.answered(id).await?;
        self.note_told(&action);
        self.entries.push(Entry {
            by: self.line.me,
            id,
            asked,
            told,
        });
        Ok(())
    }

    async fn says_it_twice(&mut self) -> Result<(), String> {
        let (id, action, asked) = (new_command(), self.next_action(), Instant::now());
        for _ in 0..2 {
            self.send(id, &action)
                .await
                .map_err(|Down| "the line went down without a cut")?;
        }
        let first = self.answered(id).await?;
        let second = self.answered(id).await?;
        self.note_told(&action);
        self.retries += 1;
        same_answer(first, second)?;
        self.entries.push(Entry {
            by: self.line.me,
            id,
            asked,
            told: first,
        });
        Ok(())
    }

    async fn asks_an_old_one_again(&mut self) -> Result<(), String> {
        let accepted: Vec<Entry> = self
            .entries
            .iter()
            .filter(|entry| matches!(entry.told, Told::Accepted { .. }))
            .copied()
            .collect();
        if accepted.is_empty() {
            return self.acts().await;
        }
        let old = accepted[rand::random_range(0..accepted.len())];
        // The action does not matter any more: the id alone names what was done.
        self.send(old.id, &Action::CancelRequest)
            .await
            .map_err(|Down| "the line went down without a cut")?;
        let again = self.answered(old.id).await?;
        self.retries += 1;
        same_answer(old.told, again)
    }

    /// The line is cut right after the command was sent; whether it arrived, nobody knows. Asked again, it is answered, and done once.
    async fn cut_while_asking(&mut self, room: RoomId) -> Result<(), String> {
        let (id, action, asked) = (new_command(), self.next_action(), Instant::now());
        self.send(id, &action)
            .await
            .map_err(|Down| "the line went down without a cut")?;
        self.comes_back(room).await?;
        self.send(id, &action)
            .await
            .map_err(|Down| "the line went down without a cut")?;
        let told = self.answered(id).await?;
        self.note_told(&action);
        self.entries.push(Entry {
            by: self.line.me,
            id,
            asked,
            told,
        });
        Ok(())
    }

    /// Drops the line and opens another; the first view must not lie before what was acknowledged.
    async fn comes_back(&mut self, room: RoomId) -> Result<(), String> {
        self.cuts += 1;
        self.line = self.browser.enter(room).await;
        while self.line.view.is_none() {
            self.line
                .hear()
                .await
                .map_err(|Down| "the line went down without a cut")?;
        }
        let seq = self.line.view.as_ref().map_or(0, |(seq, ..)| *seq);
        self.keep_view();
        if seq < self.told {
            Err(format!("back at {seq}, after {} was acknowledged", self.told))
        } else {
            Ok(())
        }
    }

    fn keep_view_sometimes(&mut self) {
        if rand::random_range(0..KEEP_ONE_VIEW_IN) == 0 {
            self.keep_view();
        }
    }

    fn keep_view(&mut self) {
        if let Some((seq, room, me)) = &self.line.view {
            self.seen.push(Seen {
                by: self.line.me,
                seq: *seq,
                room: room.clone(),
                me: me.clone(),
            });
        }
    }
}

fn same_answer(first: Told, second: Told) -> Result<(), String> {
    let seq = |told| match told {
        Told::Accepted { seq, .. } => Some(seq),
        Told::Refused | Told::Unknown => None,
    };
    // A refused command is judged anew; an accepted one stays accepted, and the number is that of the moment of the answer.
    if seq(first).is_none() || seq(first) <= seq(second) {
        Ok(())
    } else {
        Err(format!("a retry was answered {second:?} after {first:?}"))
    }
}
