//! What somebody takes along: everything they said or wrote in a room, and when they did what. Read from the journal and the notes; the room
//! itself is not asked, so that it does not wait.
//!
//! Nobody else's words are in it but the answers they were given at the door, which were said to them alone. What those who lead wrote about the person for themselves (the talk alone, how somebody was, whispers, their
//! own notes) is left out, and the export says so.

use protocol::wire::{DoorVoice, NoteRef};
use protocol::{ParticipantId, Private, RoomId, Timestamp};
use room::erasure::NO_ANSWER;
use room::event::What;
use room::{Event, Room};

use super::reading;
use crate::fhir::{Answers, CheckIn};
use crate::notes::Document;
use crate::store::{NoteLog, Store, StoreFault};

/// Everything of one person in one room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Own {
    pub entries: Vec<Entry>,
    /// Their own text in each shared note.
    pub notes: Vec<(NoteRef, Private<String>)>,
    /// What they answered.
    pub answers: Answers,
    /// Whether they agreed to all this leaving the practice, and what is said on it then; `None` where the pack does not ask.
    pub disclosure: Option<Disclosure>,
}

/// What the pack asks before a record leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    pub agreed: bool,
    pub notice: String,
}

/// Something they did or said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub at: Timestamp,
    pub kind: &'static str,
    pub texts: Vec<Private<String>>,
    /// An answer to question 9.
    pub answer: Option<u16>,
}

/// Reads it. Texts whose key is gone are gone here, too.
pub async fn own(store: &Store, room: RoomId, who: ParticipantId) -> Result<Own, StoreFault> {
    let (mut replayed, mut events) = reading::history(store, room, u64::MAX).await?;
    let answers = answers(&replayed, &events, who);
    replayed.apply(&events);
    let notice = replayed.pack().text(replayed.language());
    let notice = notice
        .and_then(|text| text.disclosure_notice.clone())
        .unwrap_or_default();
    let disclosure = replayed.disclosure(who).map(|agreed| Disclosure { agreed, notice });
    let entries = events.iter_mut().filter_map(|event| entry(event, who)).collect();
    let mut notes = Vec::new();
    for note in store.notes_of(room).await? {
        if matches!(note, NoteRef::Facilitators { .. }) {
            continue;
        }
        let text = text_of(store.load_note(room, note).await?, who)?;
        if !text.trim().is_empty() {
            notes.push((note, Private(text)));
        }
    }
    Ok(Own {
        entries,
        notes,
        answers,
        disclosure,
    })
}

/// Their answers to the private check-in, session by session, and those to question 9 that were noted of them.
fn answers(room: &Room, events: &[Event], who: ParticipantId) -> Answers {
    let pack = room.pack();
    let words = pack.text(room.language());
    let question = |key: &String| {
        let words = words.and_then(|text| text.check_in.get(key)).unwrap_or(key);
        (key.clone(), words.clone())
    };
    let mut answers = Answers {
        pack: pack.id.clone(),
        version: pack.version.clone(),
        questions: pack.check_in.iter().map(question).collect(),
        ..Answers::default()
    };
    for event in events {
        match &event.what {
            What::AnswerNoted { participant, now, .. } if *participant == who && *now != NO_ANSWER => {
                answers.nine.push((event.at, *now));
            }
            What::CheckedIn {
                participant,
                session,
                question,
                answer,
            } if *participant == who => {
                let Some(text) = answer.text() else { continue };
                if answers.check_ins.last().is_none_or(|last| last.session != *session) {
                    answers.check_ins.push(CheckIn {
                        session: *session,
                        at: event.at,
                        answers: Vec::new(),
                    });
                }
                if let Some(last) = answers.check_ins.last_mut() {
                    last.at = event.at;
                    last.answers.retain(|(known, _)| known != question);
                    last.answers.push((question.clone(), text));
                }
            }
            _ => {}
        }
    }
    answers
}

fn entry(event: &mut Event, who: ParticipantId) -> Option<Entry> {
    let by_them = event.by == Some(who);
    let answer = match event.what {
        // Written by those who lead, for themselves.
        What::ScreenRecorded { .. } | What::Assessed { .. } | What::Whispered { .. } | What::Emptied {} => return None,
        What::AnswerNoted { participant, now, .. } if participant == who && now != NO_ANSWER => Some(now),
        _ => None,
    };
    // A visit has a key of its own.
    let all_theirs = matches!(event.what, What::ArrivalConfirmed { participant, .. } if participant == who);
    let theirs = |text: &&mut room::SealedText| all_theirs || text.person() == who;
    let texts: Vec<_> = event
        .sealed_fields_mut()
        .filter(theirs)
        .filter_map(|text| text.text())
        .collect();
    let is_theirs = by_them || answer.is_some() || !texts.is_empty();
    is_theirs.then(|| Entry {
        at: event.at,
        kind: match event.what {
            What::SaidAtDoor {
                participant,
                from: DoorVoice::Leading,
                ..
            } if participant == who => "told_at_door",
            _ => event.what.kind(),
        },
        texts,
        answer,
    })
}

/// What is left of a note when everybody else takes theirs back.
fn text_of(log: NoteLog, who: ParticipantId) -> Result<String, StoreFault> {
    let unreadable = |_| StoreFault::Damaged("a note");
    let authors = log.authors.iter().map(|author| (author.client_id, author.participant));
    let updates = log.updates.iter().map(|(_, bytes)| bytes.as_slice());
    let mut note = Document::open(log.folded.as_deref(), updates, authors).map_err(unreadable)?;
    let others: std::collections::BTreeSet<_> = log.authors.iter().map(|author| author.participant).collect();
    for other in others.into_iter().filter(|other| *other != who) {
        note.take_back(other).map_err(unreadable)?;
    }
    Ok(note.text())
}
