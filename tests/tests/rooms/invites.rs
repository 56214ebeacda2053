//! T8: personal links. Guessing opens nothing, a link opens what it is for and no more, and whoever waits at the door sees the door.

use std::collections::VecDeque;
use std::time::Instant;

use protocol::api::{DeviceKind, Join, NewLink, ProblemCode};
use protocol::wire::{Action, RequestKind, RoomView, ServerMessage};
use protocol::{InviteId, ParticipantId, Role, RoomId, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rondo::store::Store;
use rondo::store::directory::{Exchange, ExchangeError, LoginId, NewInvite};
use tests::cast::{Gathering, join};
use tests::furnish::furnish;
use tests::house::{House, store_in};
use tests::shared::tries;
use tests::web::Browser;
use tokio::task::JoinSet;

/// Guesses at the store, past every throttle. `GUESSES` asks for more: the target t8 makes a hundred thousand, the long version a million.
const GUESSES: u64 = 10_000;
/// Who guesses at once.
const GUESSERS: u64 = 16;
/// Links that there are to be hit.
const LINKS: u128 = 40;

async fn exchanges(store: &Store, secret_hash: [u8; 32], dice: &mut StdRng) -> Result<(), ExchangeError> {
    let exchange = Exchange {
        secret_hash,
        login: LoginId(dice.random()),
        at: Timestamp(2_000),
        expires_at: Timestamp(1_000_000),
        device: DeviceKind::of_words(""),
    };
    store.exchange(exchange).await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn t8_no_guess_opens_a_seat() {
    let folder = tempfile::tempdir().unwrap();
    drop(rondo::keys::RootKey::load_or_create(folder.path()).unwrap());
    let store = store_in(folder.path()).await.unwrap();
    furnish(&store).await;
    let mut dice = StdRng::seed_from_u64(8);
    let secrets: Vec<[u8; 32]> = (0..LINKS).map(|_| dice.random()).collect();
    for (n, &secret_hash) in (1..).zip(&secrets) {
        let new = NewInvite {
            invite: InviteId::from_bits(n),
            room: RoomId::from_bits(1),
            participant: ParticipantId::from_bits(100 + n),
            name: "Guest".into(),
            role: Role::Member,
            secret_hash,
            single_use: false,
            at: Timestamp(1_000),
        };
        store.create_invite(new).await.unwrap();
    }
    let (all, begun) = (tries("GUESSES", GUESSES), Instant::now());
    let mut guessing = JoinSet::new();
    for seed in 0..GUESSERS {
        let (store, secrets) = (store.clone(), secrets.clone());
        guessing.spawn(async move {
            let mut dice = StdRng::seed_from_u64(1_000 + seed);
            let mut hits = 0;
            for n in 0..all / GUESSERS {
                // Every other one is a real one with a single bit changed.
                let mut guess: [u8; 32] = dice.random();
                if n % 2 == 0 {
                    guess = secrets[dice.random_range(0..secrets.len())];
                    guess[dice.random_range(0..32)] ^= 1 << dice.random_range(0..8);
                }
                match exchanges(&store, guess, &mut dice).await {
                    Err(ExchangeError::Invalid) => {}
                    Ok(()) => hits += 1,
                    Err(fault) => panic!("{fault}"),
                }
            }
            hits
        });
    }
    let hits: u64 = guessing.join_all().await.into_iter().sum();
    let made = all / GUESSERS * GUESSERS;
    println!(
        "T8, guesses: N = {made} against {LINKS} links, half of them one bit off: {hits} hits (3/N = {:.6} %), in {:?}. A secret has 256 bits.",
        300.0 / made as f64,
        begun.elapsed()
    );
    assert_eq!(hits, 0);
    // The right ones do open, so that the guesses were asked of the right door.
    for secret in secrets {
        exchanges(&store, secret, &mut dice).await.unwrap();
    }
    store.close().await;
}

/// What else somebody may try who has seen a link, or half of one.
#[tokio::test]
async fn t8_a_link_that_is_nearly_right_used_up_or_taken_back_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::over(folder.path(), |_| ()).await;
    let bootstrap = house.bootstrap.clone().unwrap();
    let mut group = Gathering::of(house.address, &bootstrap, 0).await;
    let (room, address) = (group.room, house.address);
    let lead = &mut group.facilitator;
    let (link, secret) = lead.invite(room, "Ana", Role::Member).await;
    let (once, single) = lead.invite(room, "Jonas", Role::Facilitator).await;
    let (back, taken) = lead.invite(room, "Ben", Role::Member).await;
    let revoke = |link: &NewLink| format!("/api/groups/{room}/invites/{}/revoke", link.invite.invite);
    assert!(
        lead.browser
            .post(&revoke(&back), &serde_json::json!({}))
            .await
            .status
            .is_success()
    );
    join(address, &single).await;

    let flipped: String = secret
        .chars()
        .map(|c| {
            if c.is_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    let tries = [
        ("used up", single),
        ("taken back", taken),
        ("cut short", secret[..42].to_owned()),
        ("one more letter", format!("{secret}A")),
        ("other letters' case", flipped),
        ("a space", format!(" {secret}")),
        ("padding", format!("{secret}=")),
        ("the link's id", link.invite.invite.to_string()),
        ("the person's id", once.invite.participant.to_string()),
        ("nothing", String::new()),
        ("anything in SQL", "' OR 1=1 --".to_owned()),
    ];
    let refused = tries.len();
    for (what, secret) in tries {
        let mut browser = Browser::new(address);
        let answer = browser
            .post(
                "/api/join",
                &Join {
                    secret: secret.as_str().into(),
                },
            )
            .await;
        assert_eq!(answer.problem(), ProblemCode::LinkInvalid, "{what}");
        assert!(browser.cookie.is_none(), "{what}");
    }
    join(address, &secret).await;
    println!(
        "T8, links: {refused} of {refused} that are nearly right, used up or taken back refused alike; the right one opens (N = {refused}, 3/N = {:.3})",
        3.0 / refused as f64
    );
    house.stop().await;
}

/// Whoever was not let in yet receives the door and nothing of the room, whatever goes on inside.
#[tokio::test]
async fn t8_before_they_are_let_in_nobody_receives_anything_of_the_room() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::over(folder.path(), |_| ()).await;
    let bootstrap = house.bootstrap.clone().unwrap();
    let mut group = Gathering::of(house.address, &bootstrap, 2).await;
    let (_, secret) = group.facilitator.invite(group.room, "Late", Role::Member).await;
    let (mut browser, _) = join(house.address, &secret).await;
    let mut late = browser.enter(group.room).await;
    late.waits_at_the_door().await;

    group.lead.does(Action::StartSession).await;
    for _ in 0..20 {
        for (_, line) in &mut group.members {
            line.does(Action::Ask {
                kind: RequestKind::Share,
                note: Some("Planted-note".into()),
            })
            .await;
            line.does(Action::CancelRequest).await;
        }
    }
    let actions = 1 + 20 * 2 * group.members.len();
    // A word both ways is all that passes the door.
    let text = "I am here".into();
    late.act(Action::SayAtDoor { text }).await.unwrap();
    let (participant, text) = (late.me, "Two minutes".into());
    group.lead.does(Action::AnswerAtDoor { participant, text }).await;
    while late.view.as_ref().is_none_or(|(_, _, me)| me.at_door.len() < 2) {
        late.hear().await.unwrap();
    }
    // What they do at the door is refused, and the refusal tells nothing either.
    let refusal = late
        .act(Action::Ask {
            kind: RequestKind::Share,
            note: None,
        })
        .await
        .unwrap_err();
    assert_eq!(refusal.code, protocol::wire::RefusalCode::NotAdmitted);
    let seen = serde_json::to_string(&late.view).unwrap();
    assert!(!seen.contains("Planted") && !seen.contains("Member 0"), "{seen}");
    assert!(!seen.contains("Sophie") && seen.contains("Two minutes"), "{seen}");
    // It is the door that keeps them out: let in, they see the room. What the room had sent before would come first.
    let participant = late.me;
    let admitted = group
        .lead
        .does(Action::Admit {
            participant,
            anyway: false,
        })
        .await;
    let (mut door, mut room_events) = (0, 0);
    let mut heard: VecDeque<ServerMessage> = std::mem::take(&mut late.others);
    loop {
        let next = match heard.pop_front() {
            Some(message) => Some(message),
            None => late.hear().await.unwrap(),
        };
        match next {
            Some(ServerMessage::View {
                room: RoomView::Waiting(_),
                ..
            }) => door += 1,
            Some(ServerMessage::View {
                seq,
                room: RoomView::Room(scene),
                ..
            }) if seq >= admitted => {
                assert_eq!(scene.agenda.current, Some(0));
                break;
            }
            Some(ServerMessage::View { .. } | ServerMessage::Signal { .. }) => room_events += 1,
            _ => {}
        }
    }
    println!(
        "T8, the door: {actions} actions inside, {door} views of the door and {room_events} of the room received outside (N = {actions}, 3/N = {:.3})",
        3.0 / actions as f64
    );
    assert_eq!(room_events, 0);
    house.stop().await;
}
