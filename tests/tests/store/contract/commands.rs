//! Commands said twice, and what one room's trouble costs its neighbours.

use rondo::store::{AppendError, Appended};

use super::ground::{Ground, append, bodies, command, furnished, person, practice, room};

pub(super) async fn a_command_said_twice_gets_the_same_answer(ground: Ground) {
    let store = furnished(&ground, 2).await;
    for n in [1, 2] {
        store.claim(room(n)).await.unwrap();
    }
    let mut said = append(1, 1, 0, &["asked", "granted"]);
    said.command = Some((person(1), command(1)));
    assert_eq!(
        store.append(said.clone()).await,
        Ok(Appended::Committed { last_seq: 2 })
    );
    said.after_seq = 2;
    assert_eq!(store.append(said.clone()).await, Ok(Appended::Duplicate { seq: 2 }));
    assert_eq!(store.command_seq(room(1), person(1), command(1)).await, Ok(Some(2)));
    assert_eq!(store.command_seq(room(1), person(2), command(1)).await, Ok(None));
    assert_eq!(bodies(&store, 1).await.len(), 2);

    // The same name is another command when another person says it, or in another room.
    let mut other = append(1, 1, 2, &["theirs"]);
    other.command = Some((person(2), command(1)));
    assert_eq!(store.append(other).await, Ok(Appended::Committed { last_seq: 3 }));
    let mut elsewhere = append(2, 1, 0, &["elsewhere"]);
    elsewhere.command = Some((person(1), command(1)));
    assert_eq!(store.append(elsewhere).await, Ok(Appended::Committed { last_seq: 1 }));

    let opened = store.claim(room(1)).await.unwrap();
    let told: Vec<_> = opened
        .commands
        .iter()
        .map(|one| (one.actor, one.command, one.seq))
        .collect();
    assert_eq!(told, [(person(1), command(1), 2), (person(2), command(1), 3)]);
    store.close().await;
}

pub(super) async fn of_many_equal_commands_at_one_moment_one_is_written(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.claim(room(1)).await.unwrap();
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        let mut said = append(1, 1, 0, &["once"]);
        said.command = Some((person(1), command(1)));
        tries.spawn(async move { store.append(said).await.unwrap() });
    }
    let answers = tries.join_all().await;
    let committed = answers
        .iter()
        .filter(|answer| **answer == Appended::Committed { last_seq: 1 })
        .count();
    let repeated = answers
        .iter()
        .filter(|answer| **answer == Appended::Duplicate { seq: 1 })
        .count();
    assert_eq!((committed, repeated), (1, 15));
    assert_eq!(bodies(&store, 1).await.len(), 1);
    store.close().await;
}

pub(super) async fn a_fenced_room_and_a_repeated_command_cost_the_neighbours_nothing(ground: Ground) {
    const ROOMS: u128 = 12;
    let store = furnished(&ground, ROOMS).await;
    for n in 1..=ROOMS {
        store.claim(room(n)).await.unwrap();
    }
    let mut repeated = append(2, 1, 0, &["first"]);
    repeated.command = Some((person(1), command(1)));
    store.append(repeated.clone()).await.unwrap();
    repeated.after_seq = 1;
    store.claim(room(1)).await.unwrap();
    let mut all = tokio::task::JoinSet::new();
    for n in 1..=ROOMS {
        let store = store.clone();
        let said = if n == 2 {
            repeated.clone()
        } else {
            append(n, 1, 0, &["said"])
        };
        all.spawn(async move { (n, store.append(said).await) });
    }
    for (n, answer) in all.join_all().await {
        let expected = match n {
            1 => Err(AppendError::Fenced),
            2 => Ok(Appended::Duplicate { seq: 1 }),
            _ => Ok(Appended::Committed { last_seq: 1 }),
        };
        assert_eq!(answer, expected, "room {n}");
        assert_eq!(bodies(&store, n).await.len(), usize::from(n != 1));
    }
    store.close().await;
}

pub(super) async fn a_row_the_database_refuses_costs_only_its_own_room(ground: Ground) {
    let store = furnished(&ground, 3).await;
    for n in 1..=3 {
        store.claim(room(n)).await.unwrap();
    }
    // An event that should not be there: the room's number and its rows disagree.
    let sql = format!(
        "INSERT INTO event (practice, room, seq, header, commitment) VALUES ({0}, {1}, 1, {0}, {2})",
        ground.literal(practice().bits()),
        ground.literal(room(2).bits()),
        ground.literal(0).replace(&"0".repeat(32), &"0".repeat(64)),
    );
    assert_eq!(ground.behind_its_back(sql).await.unwrap(), 1);
    let three = [
        append(1, 1, 0, &["a"]),
        append(2, 1, 0, &["b"]),
        append(3, 1, 0, &["c"]),
    ];
    let answers = tokio::join!(
        store.append(three[0].clone()),
        store.append(three[1].clone()),
        store.append(three[2].clone())
    );
    let written = Ok(Appended::Committed { last_seq: 1 });
    assert_eq!(answers, (written, Err(AppendError::Fenced), written));
    store.close().await;
}
