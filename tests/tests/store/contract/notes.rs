//! Shared notes.

use protocol::wire::NoteRef;
use rondo::store::{AppendError, NoteAppend, NoteAuthor, NoteUpdate};

use super::ground::{Ground, append, bodies, furnished, person, room};

pub(super) fn note_append(epoch: u64, texts: &[&str]) -> NoteAppend {
    NoteAppend {
        room: room(1),
        epoch,
        note: NoteRef::Course,
        updates: texts
            .iter()
            .map(|text| NoteUpdate {
                author: person(1),
                bytes: text.as_bytes().to_vec(),
            })
            .collect(),
        new_authors: vec![NoteAuthor {
            client_id: u64::MAX,
            participant: person(1),
        }],
    }
}

pub(super) async fn a_note_is_loaded_as_it_was_written_and_folded(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    assert_eq!(store.load_note(room(1), NoteRef::Course).await, Ok(Default::default()));
    assert_eq!(store.append_note(note_append(1, &["a", "b"])).await, Ok(2));
    assert_eq!(store.append_note(note_append(1, &["c"])).await, Ok(3));
    let log = store.load_note(room(1), NoteRef::Course).await.unwrap();
    let texts = |log: &rondo::store::NoteLog| -> Vec<(u64, String)> {
        log.updates
            .iter()
            .map(|(n, bytes)| (*n, String::from_utf8(bytes.clone()).unwrap()))
            .collect()
    };
    assert_eq!(
        texts(&log),
        [(1, "a".to_owned()), (2, "b".to_owned()), (3, "c".to_owned())]
    );
    assert_eq!(log.authors, note_append(1, &[]).new_authors);
    assert_eq!(log.folded, None);

    assert_eq!(store.fold_note(room(1), 1, NoteRef::Course, 2, b"ab").await, Ok(()));
    let log = store.load_note(room(1), NoteRef::Course).await.unwrap();
    assert_eq!(
        (log.folded.as_deref(), texts(&log)),
        (Some(b"ab".as_slice()), vec![(3, "c".to_owned())])
    );
    // Numbers go on, nothing is folded twice or ahead.
    assert_eq!(store.append_note(note_append(1, &["d"])).await, Ok(4));
    assert_eq!(
        store.fold_note(room(1), 1, NoteRef::Course, 1, b"a").await,
        Err(AppendError::Fenced)
    );
    assert_eq!(
        store.fold_note(room(1), 1, NoteRef::Course, 9, b"z").await,
        Err(AppendError::Fenced)
    );
    // Other notes of the room are other notes, and the journal did not move.
    for note in [NoteRef::Session { session: 1 }, NoteRef::Facilitators { session: 1 }] {
        assert_eq!(store.load_note(room(1), note).await, Ok(Default::default()));
    }
    assert_eq!(store.claim(room(1)).await.unwrap().next_seq, 1);
    store.close().await;
}

pub(super) async fn notes_and_actions_of_one_moment_are_all_kept(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    let mut all = tokio::task::JoinSet::new();
    for n in 0..30 {
        let store = store.clone();
        all.spawn(async move {
            match n % 3 {
                0 => store.append_note(note_append(1, &["x", "y"])).await.map(|_| ()),
                1 => store
                    .append_note(NoteAppend {
                        note: NoteRef::Session { session: 2 },
                        ..note_append(1, &["z"])
                    })
                    .await
                    .map(|_| ()),
                // Only the first of these stands where the room stands.
                _ => store.append(append(1, 1, 0, &["said"])).await.map(|_| ()),
            }
        });
    }
    let answers = all.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 9);
    let log = store.load_note(room(1), NoteRef::Course).await.unwrap();
    assert_eq!(
        log.updates.iter().map(|(n, _)| *n).collect::<Vec<_>>(),
        (1..=20).collect::<Vec<_>>()
    );
    assert_eq!(
        store
            .load_note(room(1), NoteRef::Session { session: 2 })
            .await
            .unwrap()
            .updates
            .len(),
        10
    );
    assert_eq!(bodies(&store, 1).await.len(), 1);
    store.close().await;
}
