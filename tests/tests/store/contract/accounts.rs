//! Accounts, factors, passkeys and logins.

use protocol::api::AccountRole;
use protocol::{AccountId, PracticeId, Private, Role};
use rondo::store::StoreFault;
use rondo::store::directory::{NewLogin, Passkey, SetUpError, Strength, Subject, WayIn};

use super::ground::{
    DAY, EMAIL, Ground, NAME, TITLE, account, at, furnished, login, new_room, person, practice, room, set_up,
};
use super::practices::works_here;

pub(super) async fn the_first_run_happens_once(ground: Ground) {
    let store = ground.open().await;
    assert_eq!(store.practice().await, Ok(None));
    assert_eq!(store.account_by_email(&EMAIL.into()).await, Ok(None));
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = store.clone();
        let mut new = set_up();
        new.practice = PracticeId::from_bits(0xa00 + n);
        new.account = AccountId::from_bits(0xb00 + n);
        tries.spawn(async move { store.set_up(new).await });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(
        answers
            .iter()
            .filter(|answer| **answer == Err(SetUpError::AlreadySetUp))
            .count(),
        7
    );
    assert!(store.practice().await.unwrap().is_some());
    store.close().await;
}

pub(super) async fn an_account_is_found_by_its_address_however_it_is_typed(ground: Ground) {
    let store = furnished(&ground, 0).await;
    let typed = format!("  {} ", EMAIL.to_uppercase());
    let found = store.account_by_email(&typed.into()).await.unwrap().unwrap();
    assert_eq!(
        (found.account, found.practice, found.recovery_saved),
        (account(), practice(), false)
    );
    assert_eq!(
        (found.name.expose().as_str(), found.email.expose().as_str()),
        (NAME, EMAIL)
    );
    assert_eq!(store.account_by_email(&"else@example.org".into()).await, Ok(None));
    store.set_recovery_saved(account(), true).await.unwrap();
    store.set_password_hash(account(), &"$new".into()).await.unwrap();
    let found = store.account(account()).await.unwrap().unwrap();
    assert_eq!(
        (found.recovery_saved, found.password_hash.expose().as_str()),
        (true, "$new")
    );
    let nobody = AccountId::from_bits(9);
    assert_eq!(
        store.set_recovery_saved(nobody, true).await,
        Err(StoreFault::NotFound("account"))
    );
    store.close().await;
}

pub(super) async fn a_room_keeps_its_pack_and_its_facilitator(ground: Ground) {
    let store = furnished(&ground, 2).await;
    let read = store.room(room(1)).await.unwrap().unwrap();
    assert_eq!((read.title.expose().as_str(), read.language.as_str()), (TITLE, "en"));
    assert_eq!(read.starts_on, Some(DAY.into()));
    assert_eq!(read.pack, new_room(1).pack);
    assert_eq!((read.created_by, read.created_at, read.members), (account(), at(1), 0));
    assert_eq!(store.pack_bytes(practice(), "d1").await, Ok(Some(b"a pack".to_vec())));
    assert_eq!(store.pack_bytes(practice(), "d2").await, Ok(None));
    let rooms = store.rooms_of(account()).await.unwrap();
    assert_eq!(rooms.iter().map(|one| one.room).collect::<Vec<_>>(), [room(1), room(2)]);
    let staff = store.staff(room(1)).await.unwrap();
    assert_eq!(
        (staff.len(), staff[0].account, staff[0].participant),
        (1, account(), person(0))
    );
    assert_eq!(store.room(room(9)).await, Ok(None));
    let mut foreign = new_room(3);
    foreign.created_by = AccountId::from_bits(9);
    assert_eq!(store.create_room(foreign).await, Err(StoreFault::NotFound("account")));
    assert_eq!(store.room(room(3)).await, Ok(None));
    store.close().await;
}

pub(super) async fn a_reset_takes_every_factor_and_login_and_says_who_did_it(ground: Ground) {
    let store = ground.open().await;
    store.set_up(set_up()).await.unwrap();
    let practice = store.practice().await.unwrap().unwrap();
    let subject = Private::from("u-17");
    let linked = async |issuer| {
        store
            .link_outside(practice, account(), (issuer, &subject), true, at(1))
            .await
    };
    assert_eq!(
        (linked("https://a").await, linked("https://b").await),
        (Ok(true), Ok(false))
    );
    let found = async |issuer| store.outside_account(practice, issuer, &subject).await;
    assert_eq!(found("https://a").await, Ok(Some(account())));
    assert_eq!(
        found("https://b").await,
        Ok(None),
        "another service's u-17 is somebody else"
    );
    assert_eq!(store.outside_since(account()).await, Ok(Some(at(1))));
    store.set_recovery_codes(account(), &[[1; 32]]).await.unwrap();
    assert_eq!(store.factors_were_reset_since(at(0)).await, Ok(false));
    let elsewhere = PracticeId::from_bits(0xb2);
    let foreign = store.reset_factors(elsewhere, account(), None, at(2)).await;
    assert!(foreign.is_err(), "another practice has no such account");
    assert_eq!(store.reset_factors(practice, account(), None, at(2)).await, Ok(vec![]));
    assert_eq!(store.factor_reset(account()).await.unwrap().unwrap().by, None);
    let by = Some(account());
    assert_eq!(store.reset_factors(practice, account(), by, at(3)).await, Ok(vec![]));
    let last = store.factor_reset(account()).await.unwrap().unwrap();
    assert_eq!((last.at, last.by.is_some()), (at(3), true));
    assert_eq!(store.recovery_codes_left(account()).await, Ok(0));
    assert_eq!(found("https://a").await, Ok(None));
    assert_eq!(store.outside_since(account()).await, Ok(None));
    let by_address = store
        .link_outside(practice, account(), ("https://a", &subject), false, at(4))
        .await;
    assert_eq!(
        by_address,
        Ok(false),
        "what was taken away does not come back by itself"
    );
    // A hand that links to somebody else's sign-in opens nothing, and leaves no door open either.
    let other = works_here(&store, 71, &[AccountRole::Facilitator]).await;
    let theirs = Private::from("u-18");
    let link = async |account, by_hand| {
        store
            .link_outside(practice, account, ("https://a", &theirs), by_hand, at(5))
            .await
    };
    assert_eq!(link(other, true).await, Ok(true));
    assert_eq!(link(account(), true).await, Ok(false));
    let by_address = store
        .link_outside(practice, account(), ("https://a", &subject), false, at(6))
        .await;
    assert_eq!(by_address, Ok(false), "it is still barred");
    assert_eq!(linked("https://a").await, Ok(true), "by the owner's own hand it does");
    assert_eq!(found("https://a").await, Ok(Some(account())));
    assert_eq!(
        store.account(account()).await.unwrap().unwrap().second_factor_due,
        Some(at(3))
    );
    let since = async |when| store.factors_were_reset_since(when).await;
    assert_eq!((since(at(3)).await, since(at(4)).await), (Ok(true), Ok(false)));
}

pub(super) async fn a_passkey_is_read_back_as_its_last_use_left_it(ground: Ground) {
    let store = ground.open().await;
    store.set_up(set_up()).await.unwrap();
    let mut one = Passkey {
        id: [7; 32],
        credential: Private(b"Planted-Credential".to_vec()),
        device: "phone ios safari".to_owned(),
        created_at: at(1),
        last_used_at: None,
    };
    assert!(!store.account(account()).await.unwrap().unwrap().has_second_factor);
    assert_eq!(store.add_passkey(account(), &one).await, Ok(true));
    assert_eq!(store.add_passkey(account(), &one).await, Ok(false), "once");
    assert_eq!(store.passkeys(account()).await, Ok(vec![one.clone()]));
    assert!(store.account(account()).await.unwrap().unwrap().has_second_factor);
    one.credential = Private(b"with its counter moved".to_vec());
    one.last_used_at = Some(at(5));
    let used = store.passkey_used(account(), one.id, &one.credential, at(5)).await;
    assert_eq!(used, Ok(true));
    assert_eq!(store.passkeys(account()).await, Ok(vec![one.clone()]));
    assert_eq!(store.passkeys(AccountId::from_bits(0xb2)).await, Ok(vec![]));
    // What it opened ends with it, but for the login that takes it away; the codes that stood beside it stand for nothing then.
    for n in 1..=2 {
        let new = NewLogin {
            login: login(n),
            account: account(),
            at: at(10),
            expires_at: at(100),
            strength: Strength::OneFactor,
            device: String::new(),
        };
        store.start_login(new).await.unwrap();
    }
    store.set_recovery_codes(account(), &[[1; 32]]).await.unwrap();
    let removed = async |way| store.remove_way_in(account(), way, login(1)).await;
    let other = WayIn::Passkey([8; 32]);
    assert_eq!(removed(other).await, Ok(None), "another's");
    assert_eq!(removed(WayIn::Authenticator).await, Ok(None), "there is no app");
    assert_eq!(store.logins_of(account(), at(11)).await.unwrap().len(), 2);
    assert_eq!(store.recovery_codes_left(account()).await, Ok(1));
    assert_eq!(removed(WayIn::Passkey(one.id)).await, Ok(Some(vec![login(2)])));
    assert_eq!(removed(WayIn::Passkey(one.id)).await, Ok(None));
    assert_eq!(store.recovery_codes_left(account()).await, Ok(0));
    let used = store.passkey_used(account(), one.id, &one.credential, at(6)).await;
    assert_eq!(used, Ok(false), "what was taken away is not used");
}

pub(super) async fn a_login_opens_its_rooms_until_it_ends(ground: Ground) {
    let store = furnished(&ground, 1).await;
    for n in 1..=3 {
        let new = NewLogin {
            login: login(n),
            account: account(),
            at: at(10),
            expires_at: at(100),
            strength: Strength::OneFactor,
            device: String::new(),
        };
        store.start_login(new).await.unwrap();
    }
    let read = store.login(login(1), at(99)).await.unwrap().unwrap();
    assert_eq!((read.subject, read.last_seen), (Subject::Account(account()), at(10)));
    let place = store.place_in(login(1), room(1), at(99)).await.unwrap().unwrap();
    assert_eq!(
        (place.participant, place.role, place.invite),
        (person(0), Role::Facilitator, None)
    );
    assert_eq!(place.name, Some(NAME.into()));

    assert_eq!(store.login(login(1), at(100)).await, Ok(None));
    assert_eq!(store.place_in(login(1), room(1), at(100)).await, Ok(None));
    store.touch_login(login(1), at(50), at(200)).await.unwrap();
    assert_eq!(store.login(login(1), at(100)).await.unwrap().unwrap().last_seen, at(50));
    store.touch_login(login(2), at(100), at(300)).await.unwrap();
    assert_eq!(
        store.login(login(2), at(100)).await,
        Ok(None),
        "an expired login is not woken"
    );
    assert_eq!(store.sweep_logins(at(100)).await, Ok(2));
    assert_eq!(store.end_login(login(2)).await, Ok(false));

    assert_eq!(store.end_logins_of(account()).await, Ok(vec![login(1)]));
    assert_eq!(store.login(login(1), at(60)).await, Ok(None));
    store.close().await;
}
