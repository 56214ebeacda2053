//! Members' links, their devices and their PINs.

use protocol::{InviteId, Private, Role};
use rondo::store::directory::{ExchangeError, LoginId, NewLogin, PinTry, Strength, Subject};

use super::ground::{GUEST, Ground, account, at, exchange, furnished, login, new_invite, person, room};

pub(super) async fn a_members_link_opens_a_seat_on_every_device_until_it_is_revoked(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    store.create_invite(new_invite(2, Role::Observer, false)).await.unwrap();
    assert_eq!(store.room(room(1)).await.unwrap().unwrap().members, 1);
    for device in [1, 2] {
        let place = store.exchange(exchange(1, device)).await.unwrap();
        assert_eq!(
            (place.room, place.participant, place.role),
            (room(1), person(1), Role::Member)
        );
        assert_eq!(place.name, Some(GUEST.into()));
    }
    // The same browser again is the same device; somebody else's link in it takes the seat over.
    store.exchange(exchange(1, 2)).await.unwrap();
    assert_eq!(store.devices(InviteId::from_bits(1)).await.unwrap().len(), 2);
    store.exchange(exchange(2, 3)).await.unwrap();
    assert_eq!(
        store.login(login(1), at(30)).await.unwrap().unwrap().subject,
        Subject::Guest
    );
    let place = store.place_in(login(2), room(1), at(30)).await.unwrap().unwrap();
    assert_eq!(place.invite, Some(InviteId::from_bits(1)));

    let mut ended = store.revoke_invite(InviteId::from_bits(1), at(40)).await.unwrap();
    ended.sort();
    assert_eq!(ended, [login(1), login(2)]);
    for device in [1, 2] {
        assert_eq!(store.place_in(login(device), room(1), at(41)).await, Ok(None));
        assert_eq!(store.login(login(device), at(41)).await, Ok(None));
    }
    assert!(store.place_in(login(3), room(1), at(41)).await.unwrap().is_some());
    assert_eq!(store.exchange(exchange(1, 4)).await, Err(ExchangeError::Invalid));
    assert_eq!(store.exchange(exchange(77, 4)).await, Err(ExchangeError::Invalid));
    assert_eq!(
        store.login(login(4), at(41)).await,
        Ok(None),
        "a failed exchange leaves no login behind"
    );
    assert_eq!(store.revoke_invite(InviteId::from_bits(1), at(50)).await, Ok(vec![]));
    let links = store.invites(room(1)).await.unwrap();
    assert_eq!(
        links.iter().map(|link| link.revoked_at).collect::<Vec<_>>(),
        [Some(at(40)), None]
    );
    assert_eq!(links.iter().map(|link| link.devices).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(store.room(room(1)).await.unwrap().unwrap().members, 0);
    store.close().await;
}

pub(super) async fn a_facilitator_keeps_their_login_when_a_link_they_tried_is_revoked(ground: Ground) {
    let store = furnished(&ground, 1).await;
    let new = NewLogin {
        login: login(1),
        account: account(),
        at: at(10),
        expires_at: at(100),
        strength: Strength::OneFactor,
        device: String::new(),
    };
    store.start_login(new).await.unwrap();
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    store.exchange(exchange(1, 1)).await.unwrap();
    let place = store.place_in(login(1), room(1), at(30)).await.unwrap().unwrap();
    assert_eq!(place.role, Role::Facilitator, "an account's own place comes first");
    assert_eq!(
        store.revoke_invite(InviteId::from_bits(1), at(40)).await,
        Ok(vec![login(1)])
    );
    assert!(store.login(login(1), at(41)).await.unwrap().is_some());
    store.close().await;
}

pub(super) async fn a_single_use_link_works_once_however_many_come_at_one_moment(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store
        .create_invite(new_invite(1, Role::Facilitator, true))
        .await
        .unwrap();
    let mut tries = tokio::task::JoinSet::new();
    for device in 1..=20 {
        let store = store.clone();
        tries.spawn(async move { store.exchange(exchange(1, device)).await });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let turned_away = answers
        .iter()
        .filter(|answer| **answer == Err(ExchangeError::Invalid))
        .count();
    assert_eq!(turned_away, 19);
    let link = store.invite(InviteId::from_bits(1)).await.unwrap().unwrap();
    assert_eq!((link.devices, link.used_at), (1, Some(at(20))));
    store.close().await;
}

pub(super) async fn a_link_signs_in_a_bounded_number_of_browsers_and_the_oldest_gives_way(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    for device in 1..=35_u8 {
        let mut one = exchange(1, device);
        one.at = at(u64::from(device));
        store.exchange(one).await.unwrap();
    }
    let devices = store.devices(InviteId::from_bits(1)).await.unwrap();
    let expected: Vec<LoginId> = (4..=35).rev().map(login).collect();
    assert_eq!(devices.iter().map(|device| device.login).collect::<Vec<_>>(), expected);
    store.close().await;
}

pub(super) async fn a_device_is_listed_and_ended_by_itself_and_a_link_renewed_is_the_same_persons(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    let invite = InviteId::from_bits(1);
    for device in [1, 2] {
        store.exchange(exchange(1, device)).await.unwrap();
    }
    let listed = store.devices(invite).await.unwrap();
    assert!(
        listed
            .iter()
            .all(|one| one.since == at(20) && one.kind.words() == "phone android firefox")
    );
    assert_eq!(store.end_seat(login(1), room(1)).await, Ok(true));
    assert_eq!(store.end_seat(login(1), room(1)).await, Ok(false));
    assert_eq!(store.login(login(1), at(30)).await, Ok(None), "it was their last seat");
    assert!(store.place_in(login(2), room(1), at(30)).await.unwrap().is_some());

    let before = store.place_in(login(2), room(1), at(30)).await.unwrap().unwrap();
    assert_eq!(store.renew_invite(invite, [7; 32]).await.unwrap(), Some(vec![login(2)]));
    assert_eq!(
        store.exchange(exchange(1, 3)).await,
        Err(ExchangeError::Invalid),
        "the old link"
    );
    let mut anew = exchange(1, 3);
    anew.secret_hash = [7; 32];
    assert_eq!(store.exchange(anew).await.unwrap().participant, before.participant);
    store.revoke_invite(invite, at(40)).await.unwrap();
    assert_eq!(
        store.renew_invite(invite, [8; 32]).await,
        Ok(None),
        "taken back for good"
    );
    store.close().await;
}

pub(super) async fn a_pin_is_tried_so_often_on_a_device_and_goes_with_its_person(ground: Ground) {
    const TRIES: usize = 10;
    let store = furnished(&ground, 1).await;
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    for device in [1, 2, 3] {
        store.exchange(exchange(1, device)).await.unwrap();
    }
    assert_eq!(store.try_pin(login(1), room(1)).await, Ok(PinTry::NoPin));
    assert_eq!(store.pin_shown_at(login(1), room(1)).await, Ok(None));
    let hash = Private::from("a hash");
    store
        .set_pin(login(1), room(1), person(1), &hash, at(30))
        .await
        .unwrap();
    assert_eq!(store.pin_shown_at(login(1), room(1)).await, Ok(Some(at(30))));
    assert_eq!(
        store.pin_shown_at(login(2), room(1)).await,
        Ok(Some(protocol::Timestamp(0))),
        "every other device is asked"
    );
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..4 * TRIES {
        let store = store.clone();
        tries.spawn(async move { store.try_pin(login(2), room(1)).await.unwrap() });
    }
    let tried = tries.join_all().await;
    let against = tried
        .iter()
        .filter(|one| matches!(one, PinTry::Against { hash: kept, .. } if *kept == hash));
    assert_eq!(against.count(), TRIES, "many at one moment are many");
    assert!(
        matches!(store.try_pin(login(3), room(1)).await, Ok(PinTry::Against { .. })),
        "another device"
    );
    store.pin_was_right(login(3), room(1), at(40)).await.unwrap();
    assert_eq!(store.pin_shown_at(login(3), room(1)).await, Ok(Some(at(40))));
    // The guesser takes new devices; in the end the link opens none.
    let mut taken = 0;
    for device in 10..30 {
        if store.exchange(exchange(1, device)).await.is_err() {
            break;
        }
        taken += 1;
        while let PinTry::Against { .. } = store.try_pin(login(device), room(1)).await.unwrap() {}
    }
    assert_eq!(taken, 2, "thirty wrong tries of strangers");
    assert!(
        matches!(store.try_pin(login(1), room(1)).await, Ok(PinTry::Against { .. })),
        "who has a seat has their own"
    );
    assert!(store.exchange(exchange(1, 3)).await.is_ok(), "and opens the link again");
    store.erase_person(room(1), person(1)).await.unwrap();
    assert_eq!(store.has_pin(room(1), person(1)).await, Ok(false));
    assert_eq!(store.try_pin(login(1), room(1)).await, Ok(PinTry::NoPin));
    store.close().await;
}

pub(super) async fn an_erased_persons_name_is_gone_from_links_and_seats(ground: Ground) {
    let store = furnished(&ground, 1).await;
    store.create_invite(new_invite(1, Role::Member, false)).await.unwrap();
    store.exchange(exchange(1, 1)).await.unwrap();
    store.erase_person(room(1), person(1)).await.unwrap();
    assert_eq!(store.invites(room(1)).await.unwrap()[0].name, None);
    assert_eq!(
        store.place_in(login(1), room(1), at(30)).await.unwrap().unwrap().name,
        None
    );
    store.close().await;
}
