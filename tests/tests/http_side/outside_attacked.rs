//! T9, T10 and T17: what is left of a link that was taken away, of somebody who left, and of a service that is down or wants to do harm; and
//! that the book says what was done by it.

use std::path::Path;

use protocol::AccountId;
use rondo::audit::{By, Does, Thing};
use serde_json::{Value, json};

use crate::accounts::{says, whose};
use crate::log::heard;
use crate::outside::{BEGIN, FINISH, LINK, begins, house, links, signs_in};
use crate::world::{EMAIL, PASSPHRASE};

const REMOVE: &str = "/api/account/outside/remove";

#[tokio::test]
async fn t9_whoever_signed_in_by_a_link_is_signed_out_when_it_is_taken_away() {
    let (world, service) = house(|_| ()).await;
    let mut ida = world.ida().await;
    assert_eq!(links(&world, &service, &mut ida, "u-17").await.status, 200);
    let mut there = world.browser();
    assert_eq!(signs_in(&world, &service, &mut there, "u-17").await.status, 200);
    assert_eq!(whose(&mut there).await["kind"], "facilitator");
    assert_eq!(ida.post(REMOVE, &json!({})).await.status, 204);
    assert_eq!(
        whose(&mut there).await,
        Value::Null,
        "the link's login has ended with it"
    );
    assert_eq!(
        whose(&mut ida).await["kind"],
        "facilitator",
        "who took it away is still there"
    );
    assert_eq!(ida.post(REMOVE, &json!({})).await.code(), "not_found");
    says("a link that was taken away: 1 login by it ended, 1 kept", 2);
}

/// Else whoever finds an unlocked desk, where the service knows somebody since the morning, could make the account their own.
#[tokio::test]
async fn t9_being_known_to_the_service_is_no_fresh_proof_unless_it_asked_just_now() {
    let (world, service) = house(|_| ()).await;
    let mut ida = world.ida().await;
    // A link is made by whoever says anew who they are, and not by whomever somebody else's page has signed in there.
    for asked in [None, Some(3_600), Some(61)] {
        let url = begins(&mut ida, LINK).await;
        assert!(url.contains("prompt=login"), "{url}");
        let brought = service.visited(&world, &url, "u-18");
        let at = asked.map(|ago: u64| json!(world.now().0 / 1000 - ago));
        service.says.lock().unwrap().claims["auth_time"] = at.unwrap_or_default();
        let reply = ida.post(FINISH, &brought).await;
        assert_eq!(reply.status, 401, "the service asked {asked:?} s before: {reply:?}");
    }
    assert_eq!(links(&world, &service, &mut ida, "u-17").await.status, 200);
    let mut tried = 0;
    for (asked, fresh) in [(None, false), (Some(301), false), (Some(299), true)] {
        let mut browser = world.browser();
        let url = begins(&mut browser, BEGIN).await;
        assert!(!url.contains("prompt="), "{url}");
        let brought = service.visited(&world, &url, "u-17");
        if let Some(ago) = asked {
            service.says.lock().unwrap().claims["auth_time"] = json!(world.now().0 / 1000 - ago);
        }
        assert_eq!(browser.post(FINISH, &brought).await.status, 200);
        for path in [REMOVE, LINK, "/api/account/authenticator/begin"] {
            let reply = browser.clone().post(path, &json!({})).await;
            assert_eq!(
                !reply.body.contains("prove_again"),
                fresh,
                "{path}, asked {asked:?}: {reply:?}"
            );
            tried += 1;
        }
        let form = json!({ "kind": "passphrase", "passphrase": PASSPHRASE });
        assert_eq!(browser.post("/api/account/prove", &form).await.status, 204);
        let begun = browser.post("/api/account/authenticator/begin", &json!({})).await;
        assert_eq!(begun.status, 200, "the passphrase proves it");
    }
    says("a login at the service as a proof: as fresh as it says", tried);
}

#[tokio::test]
async fn t9_the_cookie_of_a_question_ends_with_its_answer() {
    let (world, service) = house(|_| ()).await;
    let mut ida = world.ida().await;
    let linked = links(&world, &service, &mut ida, "u-17").await;
    let refused = ida.post(FINISH, &json!({ "code": "a code", "state": "0" })).await;
    assert_eq!((linked.status, refused.code().as_str()), (200, "wrong_credentials"));
    for reply in [linked, refused] {
        let cookie = reply.header("set-cookie").unwrap_or_default();
        assert!(
            cookie.starts_with("__Host-rondo-outside=;") && cookie.ends_with("Max-Age=0"),
            "{cookie}"
        );
    }
    says("the cookie of a question ends with the answer, right or wrong", 2);
}

#[tokio::test]
async fn t9_who_left_signs_in_no_more_and_links_anew_when_they_come_back() {
    let (world, service) = house(|_| ()).await;
    let mut ida = world.ida().await;
    let (mut ben, account) = world.colleague(&mut ida, "Ben", &json!(["facilitator"])).await;
    assert_eq!(links(&world, &service, &mut ben, "u-17").await.status, 200);
    let leave = format!("/api/people/{account}/leave");
    assert_eq!(ida.post(&leave, &json!({ "hand_over_to": null })).await.status, 204);
    let gone = signs_in(&world, &service, &mut world.browser(), "u-17").await;
    assert_eq!(gone.code(), "wrong_credentials");
    // The year after: another account, and the same person at the service.
    let (mut ben, anew) = world.colleague(&mut ida, "Ben", &json!(["facilitator"])).await;
    assert_ne!(anew, account);
    let linked = links(&world, &service, &mut ben, "u-17").await;
    assert_eq!(linked.status, 200, "{linked:?}");
    let mut there = world.browser();
    assert_eq!(signs_in(&world, &service, &mut there, "u-17").await.status, 200);
    assert_eq!(there.account().await, anew);
    says("who left: refused, and linked anew on coming back", 2);
}

#[tokio::test]
async fn t9_a_service_that_is_down_is_asked_once_and_everybody_who_waits_hears_it() {
    const WAITING: usize = 20;
    let (world, service) = house(|_| ()).await;
    world.ida().await;
    service.says.lock().unwrap().broken = true;
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..WAITING {
        let mut browser = world.browser();
        crowd.spawn(async move { browser.post(BEGIN, &json!({})).await.code() });
    }
    let answers = crowd.join_all().await;
    assert_eq!(answers, vec!["unavailable".to_owned(); WAITING]);
    assert_eq!(
        service.says.lock().unwrap().asked,
        1,
        "and nobody asks it in their turn"
    );
    says(
        "a service that is down: all who wait are told, by one question",
        WAITING,
    );
}

#[tokio::test]
async fn t9_what_a_service_says_of_itself_is_bounded_and_its_own() {
    for of_itself in [
        json!({ "padding": "x".repeat(300 * 1024) }),
        json!({ "issuer": "http://127.0.0.1/another" }),
        json!({ "token_endpoint": "http://id.example/token" }),
        json!({ "jwks_uri": "ftp://127.0.0.1/keys" }),
        json!({ "authorization_endpoint": "javascript:alert(1)" }),
        json!({ "authorization_endpoint": "https://a:b@id.example/" }),
        json!({ "jwks_uri": null }),
    ] {
        let (world, service) = house(|_| ()).await;
        service.says.lock().unwrap().of_itself = of_itself.clone();
        let reply = world.browser().post(BEGIN, &json!({})).await;
        assert_eq!(
            reply.code(),
            "unavailable",
            "{}",
            &of_itself.to_string()[..60.min(of_itself.to_string().len())]
        );
    }
    says("a service that says too much, or what is not its own, of itself", 7);
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(std::fs::read(&path).unwrap());
        }
    }
    all
}

#[tokio::test]
async fn t17_the_book_tells_a_link_from_a_sign_in_and_holds_nothing_that_the_service_said() {
    const SUBJECT: &str = "Planted-Subject-8841";
    let log = heard();
    let (world, service) = house(|said| said.trusts_email = true).await;
    let mut ida = world.ida().await;
    let ida_id: AccountId = ida.account().await.parse().unwrap();
    let before = world.books().await.len();

    // By a verified address, out; by hand, in, out; by the address no more; nobody.
    let by_address = async || {
        let mut browser = world.browser();
        let url = begins(&mut browser, BEGIN).await;
        let brought = service.visited(&world, &url, SUBJECT);
        service.says.lock().unwrap().claims["email"] = json!(EMAIL);
        service.says.lock().unwrap().claims["email_verified"] = json!(true);
        let status = browser.post(FINISH, &brought).await.status;
        (status, brought)
    };
    assert_eq!(by_address().await.0, 200);
    assert_eq!(ida.post(REMOVE, &json!({})).await.status, 204);
    assert_eq!(links(&world, &service, &mut ida, SUBJECT).await.status, 200);
    let mut there = world.browser();
    assert_eq!(signs_in(&world, &service, &mut there, SUBJECT).await.status, 200);
    assert_eq!(ida.post(REMOVE, &json!({})).await.status, 204);
    let (status, brought) = by_address().await;
    assert_eq!(status, 401, "what its owner took away does not come back by itself");
    assert_eq!(
        signs_in(&world, &service, &mut world.browser(), "Planted-Stranger")
            .await
            .status,
        401
    );
    assert_eq!(world.browser().post(LINK, &json!({})).await.code(), "signed_out");

    let ida_by = By::Account(ida_id);
    let wanted = [
        (ida_by, Thing::Factor, true), // by her address: linked
        (ida_by, Thing::Login, true),  // and in
        (ida_by, Thing::Factor, true), // taken away
        (ida_by, Thing::Factor, true), // linking: where she goes
        (ida_by, Thing::Factor, true), // and that she came back
        (ida_by, Thing::Login, true),
        (ida_by, Thing::Factor, true), // taken away
        (By::Nobody, Thing::Login, false),
        (By::Nobody, Thing::Login, false),
        (By::Nobody, Thing::Factor, false),
    ];
    let book = world.books().await.split_off(before);
    let written: Vec<_> = book.iter().map(|one| (one.by, one.thing, one.granted)).collect();
    assert_eq!(written, wanted);
    assert!(book.iter().all(|one| one.does == Does::Writes));

    // Nothing of it is written anywhere: neither what the service calls her, nor what came back by the address.
    let state = brought["state"].as_str().unwrap();
    let planted = [SUBJECT, "Planted-Stranger", state];
    let kept = files(&world.folder.path().join("data"));
    assert!(
        kept.iter().any(|bytes| bytes.starts_with(b"SQLite format 3")),
        "the database was read"
    );
    for word in planted {
        let found = kept
            .iter()
            .filter(|bytes| bytes.windows(word.len()).any(|part| part == word.as_bytes()));
        assert_eq!(found.count(), 0, "{word} stands in the data folder");
        assert!(!log.text().contains(word), "{word} stands in the log");
    }
    assert!(log.text().contains("/api/outside/finish"), "the log was heard");
    println!(
        "T17, the practice's own service: {0} records, {0} as they must be (N = {0}, 3/N = {1:.3}); {2} planted words, 0 in {3} files, 0 in the log",
        wanted.len(),
        3.0 / wanted.len() as f64,
        planted.len(),
        kept.len()
    );
}
