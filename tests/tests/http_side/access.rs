//! The access matrix of the HTTP side: every address below `/api` asked by everybody there is. What each must be told is asked of the one
//! table that the server itself asks ([`rondo::access`]); an address that is not in the server's list of addresses does not exist.

use std::collections::BTreeMap;

use protocol::Role;
use protocol::api::CareRole;
use rondo::access::{Action, Actor, Hand, Kin, Refused, Resource, Roles, Tie, authorize};
use rondo::audit::{Does, Record, Thing};
use rondo::http::{Asker, ROUTES, Route};
use rondo::limits::DENIALS_PERIOD;
use serde_json::{Value, json};

use crate::world::{Browser, EMAIL, Reply, World};

/// Somebody who asks, and what they are to what is asked about.
struct Person {
    who: &'static str,
    browser: Browser,
    actor: Actor,
    /// What they are to the room of the addresses.
    tie: Tie,
    /// What they are to the account and the colleague's link of the addresses.
    kin: Kin,
    /// What they are to the look-in of the addresses.
    hand: Hand,
}

/// Words that stand in the room's answers and must be in nobody else's.
const PLANTED: [&str; 4] = ["Planted-Title", "Planted-Ana", "Planted-Ben", "Planted-Reason"];

/// What the variables of addresses and forms stand for.
struct Named {
    room: String,
    invite: String,
    account: String,
    link: String,
    look_in: String,
    /// Somebody who can be asked about, and whose erasure was asked for.
    participant: String,
}

impl Named {
    fn path(&self, route: &Route) -> String {
        route
            .path
            .replace("{room}", &self.room)
            .replace("{invite}", &self.invite)
            .replace("{account}", &self.account)
            .replace("{link}", &self.link)
            .replace("{look_in}", &self.look_in)
            .replace("{passkey}", "0")
            .replace("{participant}", &self.participant)
            .replace("{from}", "0")
            .replace("{to}", "0")
            .replace("{seq}", "1")
            .replace("{session}", "1")
            .replace("{id}", "group-ipt-8")
    }

    /// A form that the address can read, so that what refuses is the question of who asks. What is let in should change nothing, so that the
    /// next one is judged alike. An address that is not listed here fails the test.
    fn form(&self, address: &Route) -> Value {
        let draft = || json!({ "id": "mine", "files": [], "based_on": null });
        match address.path {
            "/api/first-run" => {
                json!({ "bootstrap": "0".repeat(43), "name": "M", "email": "m@example.org", "passphrase": "some long quiet words" })
            }
            "/api/recover" => {
                json!({ "email": "m@example.org", "recovery_key": "0".repeat(39), "passphrase": "some long quiet words" })
            }
            "/api/sign-in" => json!({ "email": "m@example.org", "passphrase": "some long quiet words" }),
            "/api/recovery/confirm" => json!({ "last_group": "0000" }),
            "/api/join" => json!({ "secret": "0".repeat(43) }),
            "/api/welcome" => {
                json!({ "secret": "0".repeat(43), "name": "M", "email": "m@example.org", "passphrase": "some long quiet words" })
            }
            "/api/packs/check" | "/api/packs/save" => draft(),
            "/api/packs/export" => json!({ "id": "group-ipt-8", "by": "M" }),
            "/api/packs/import" => json!({ "text": "no such file" }),
            "/api/groups" => json!({ "title": "T", "pack": "group-ipt-8", "language": "en", "starts_on": null }),
            "/api/groups/{room}/invites" => json!({ "name": "M", "role": "member" }),
            // So that the links stay what they are.
            "/api/groups/{room}/invites/{invite}/minor" => json!({ "minor": false }),
            "/api/groups/{room}/invites/{invite}/guardian" => json!({ "guardian": "" }),
            // What nobody can be given: the question of who asks comes first.
            "/api/people/invite" | "/api/people/{account}/roles" => json!({ "roles": [] }),
            // The account leads alone, so that it stays.
            "/api/people/{account}/leave" => json!({ "hand_over_to": null }),
            "/api/groups/{room}/team/change" => json!({ "account": self.account, "part": null }),
            "/api/rooms/{room}/mine/erasure" => json!({ "reason": null }),
            // No letter of a reason, here and below.
            "/api/groups/{room}/erasures" => {
                json!({ "participant": self.participant, "reason": "" })
            }
            // Not their name.
            "/api/groups/{room}/erasures/{participant}/carry-out" => json!({ "name": "M" }),
            "/api/groups/{room}/erasures/{participant}/refuse" => json!({ "reason": "" }),
            "/api/groups/{room}/holds" => json!({ "participant": self.participant, "reason": "" }),
            "/api/groups/{room}/holds/lift" => json!({ "participant": self.participant }),
            "/api/second-factor" | "/api/account/authenticator/confirm" => json!({ "code": "000000" }),
            "/api/outside/finish" => json!({ "code": "M", "state": "0".repeat(43) }),
            // Nobody is called this, so that everybody keeps what they have.
            "/api/people/{account}/factors/reset" => json!({ "name": "M" }),
            "/api/passkeys/sign-in" => json!({ "attempt": "0".repeat(43), "credential": "{}" }),
            "/api/account/passkeys/confirm" => json!({ "credential": "{}" }),
            "/api/account/prove" => json!({ "kind": "passphrase", "passphrase": "some long quiet words" }),
            "/api/account/passphrase" => {
                json!({ "current": "some long quiet words", "passphrase": "other long quiet words" })
            }
            // No letter of a reason.
            "/api/look-ins/ask" => json!({ "room": self.room, "reason": "" }),
            // Nothing is kept of these: the one who is let in hears that the form does not fit.
            "/api/private-notes/key/keep" | "/api/groups/{room}/private-notes/{session}/keep" => {
                json!({ "sealed": "", "based_on": 0 })
            }
            "/api/account/authenticator/begin"
            | "/api/private-notes/delete"
            | "/api/groups/{room}/private-notes/{session}/delete"
            | "/api/account/authenticator/remove"
            | "/api/account/recovery-codes/new"
            | "/api/account/logins/end"
            | "/api/account/logins/{login}/end"
            | "/api/account/passkeys/begin"
            | "/api/account/passkeys/{passkey}/remove"
            | "/api/passkeys/ask"
            | "/api/outside/begin"
            | "/api/account/outside/begin"
            | "/api/account/outside/remove"
            | "/api/recovery/new"
            | "/api/sign-out"
            | "/api/rooms/{room}/ticket"
            | "/api/rooms/{room}/assent/give"
            | "/api/people/links/{link}/revoke"
            | "/api/look-ins/{look_in}/confirm"
            | "/api/look-ins/{look_in}/end"
            | "/api/groups/{room}/invites/{invite}/devices/{login}/end"
            | "/api/groups/{room}/invites/{invite}/renew"
            | "/api/rooms/{room}/mine/devices/{login}/end"
            | "/api/groups/{room}/invites/{invite}/revoke" => json!({}),
            "/api/rooms/{room}/mine/pin" => json!({ "pin": null }),
            "/api/rooms/{room}/pin" => json!({ "pin": "000000" }),
            other => panic!("{other} has no form in the access matrix: write one"),
        }
    }
}

/// An address's form by itself, for tests that look at forms.
pub(crate) fn form(address: &Route, invite: &str) -> Value {
    let named = Named {
        room: format!("rm_{}", "0".repeat(32)),
        invite: invite.to_owned(),
        account: format!("ac_{}", "0".repeat(32)),
        link: String::new(),
        look_in: String::new(),
        participant: format!("pa_{}", "0".repeat(32)),
    };
    named.form(address)
}

/// What an address is about, for somebody.
fn resource(person: &Person, route: &Route) -> Resource {
    let about_a_room = route.path.contains("{room}") || route.asker == Asker::Outsider;
    if about_a_room {
        Resource::Room(person.tie)
    } else if route.path.contains("{account}") || route.path.contains("{link}") {
        Resource::Colleague(person.kin)
    } else if route.path.contains("{look_in}") {
        Resource::LookIn(person.hand)
    } else {
        Resource::Own
    }
}

/// The table's no, as it is said.
fn said(refused: Refused) -> (u16, &'static str) {
    match refused {
        Refused::SignedOut => (401, "signed_out"),
        Refused::NotPermitted => (403, "not_permitted"),
        Refused::NotThere => (404, "not_found"),
    }
}

const fn roles(administrator: bool, facilitator: bool, supervisor: bool) -> Actor {
    Actor::Account(Roles {
        administrator,
        facilitator,
        supervisor,
    })
}

/// Everybody there is, and what they are asked about.
async fn everybody(world: &World) -> (Vec<Person>, Named, Browser) {
    let mut ida = world.ida().await;
    let room = ida.makes_a_group(PLANTED[0]).await;
    let other = ida.makes_a_group("Another").await;
    let (ida_account, nobodys) = (ida.account().await, world.browser());
    let person = |who, browser: Browser, actor, tie, kin, hand| Person {
        who,
        browser,
        actor,
        tie,
        kin,
        hand,
    };
    let mut all = vec![
        person(
            "nobody",
            nobodys,
            Actor::Nobody,
            Tie::Elsewhere,
            Kin::Elsewhere,
            Hand::Elsewhere,
        ),
        person(
            "the lead",
            ida.clone(),
            roles(true, true, false),
            Tie::Team(CareRole::Lead),
            Kin::Ours,
            Hand::Leads,
        ),
    ];
    for (who, name, role, room, tie) in [
        ("a member", PLANTED[1], "member", &room, Tie::Seat(Role::Member)),
        ("another member", PLANTED[2], "member", &room, Tie::Seat(Role::Member)),
        ("an observer", "Olle", "observer", &room, Tie::Seat(Role::Observer)),
        (
            "somebody who leads by a link",
            "Jonas",
            "facilitator",
            &room,
            Tie::Seat(Role::Facilitator),
        ),
        ("a member of another room", "Cleo", "member", &other, Tie::Elsewhere),
        (
            "somebody whose link was taken back",
            "Dora",
            "member",
            &room,
            Tie::Elsewhere,
        ),
    ] {
        let (invite, secret) = ida.invites(room, name, role).await;
        let mut browser = world.browser();
        assert_eq!(browser.joins(&secret).await.status, 200);
        let mut actor = Actor::Guest;
        if who.contains("taken back") {
            let path = format!("/api/groups/{room}/invites/{invite}/revoke");
            assert_eq!(ida.post(&path, &json!({})).await.status, 204);
            actor = Actor::Nobody; // it was their only seat
        }
        all.push(person(who, browser, actor, tie, Kin::Elsewhere, Hand::Elsewhere));
    }

    // Those who work in the same practice.
    let mut asker = None;
    for (who, words, actor, part, tie, hand) in [
        (
            "a co-facilitator",
            json!(["facilitator"]),
            roles(false, true, false),
            Some("co_facilitator"),
            Tie::Team(CareRole::CoFacilitator),
            Hand::Leads,
        ),
        (
            "a prescriber",
            json!(["facilitator"]),
            roles(false, true, false),
            Some("prescriber"),
            Tie::Team(CareRole::Prescriber),
            Hand::Other,
        ),
        (
            "a supervisor",
            json!(["supervisor"]),
            roles(false, false, true),
            Some("supervisor"),
            Tie::Team(CareRole::Supervisor),
            Hand::Other,
        ),
        (
            "a facilitator outside the team",
            json!(["facilitator"]),
            roles(false, true, false),
            None,
            Tie::SamePractice,
            Hand::Other,
        ),
        (
            "a supervisor outside the team",
            json!(["supervisor"]),
            roles(false, false, true),
            None,
            Tie::SamePractice,
            Hand::Other,
        ),
        (
            "an administrator",
            json!(["administrator"]),
            roles(true, false, false),
            None,
            Tie::SamePractice,
            Hand::Other,
        ),
        (
            "somebody who looks in",
            json!(["facilitator"]),
            roles(false, true, false),
            None,
            Tie::LooksIn,
            Hand::Asker,
        ),
    ] {
        let (mut browser, account) = world.colleague(&mut ida, who, &words).await;
        if part.is_some() {
            let change = json!({ "account": account, "part": part });
            let path = format!("/api/groups/{room}/team/change");
            assert_eq!(ida.post(&path, &change).await.status, 204, "{who}");
        }
        if tie == Tie::LooksIn {
            let asked = browser
                .post("/api/look-ins/ask", &json!({ "room": room, "reason": PLANTED[3] }))
                .await;
            assert_eq!(asked.status, 200, "{asked:?}");
            asker = Some(asked.json()["look_in"].as_str().unwrap().to_owned());
        }
        all.push(person(who, browser, actor, tie, Kin::Ours, hand));
    }
    let look_in = asker.expect("somebody looks in");
    let confirmed = ida.post(&format!("/api/look-ins/{look_in}/confirm"), &json!({})).await;
    assert_eq!(confirmed.status, 204, "{confirmed:?}");

    // Somebody who worked here until a moment ago.
    let (left, account) = world.colleague(&mut ida, "Leo", &json!(["facilitator"])).await;
    let path = format!("/api/people/{account}/leave");
    assert_eq!(ida.post(&path, &json!({ "hand_over_to": null })).await.status, 204);
    all.push(person(
        "somebody who was taken out",
        left,
        Actor::Nobody,
        Tie::Elsewhere,
        Kin::Elsewhere,
        Hand::Elsewhere,
    ));

    // And another practice in the same house, with the same address even.
    let mut uma = world.another_practice("Uma", EMAIL).await;
    uma.makes_a_group("Theirs").await;
    all.push(person(
        "a facilitator of another practice",
        uma,
        roles(true, true, false),
        Tie::Elsewhere,
        Kin::Elsewhere,
        Hand::Elsewhere,
    ));

    // What is tried out on: a link that nobody uses, whose erasure was asked for, a colleague's link, Ida's own account.
    let (invite, _) = ida.invites(&room, "Spare", "member").await;
    let detail = ida.get(&format!("/api/groups/{room}")).await.json();
    let links = detail["invites"].as_array().unwrap();
    let spare = links.iter().find(|link| link["invite"] == invite.as_str()).unwrap();
    let participant = spare["participant"].as_str().unwrap().to_owned();
    let ask = json!({ "participant": participant, "reason": "R" });
    assert_eq!(
        ida.post(&format!("/api/groups/{room}/erasures"), &ask).await.status,
        204
    );
    let link = ida
        .post("/api/people/invite", &json!({ "roles": ["supervisor"] }))
        .await;
    let link = link.json()["link"]["link"].as_str().unwrap().to_owned();
    let named = Named {
        room,
        invite,
        account: ida_account,
        link,
        look_in,
        participant,
    };
    (all, named, ida)
}

async fn asks(person: &Person, route: &Route, named: &Named) -> Reply {
    let mut browser = person.browser.clone();
    let path = named.path(route);
    match (route.method, route.path.ends_with("/ws")) {
        (_, true) => {
            let ticket = match browser.ticket(&named.room).await {
                reply if reply.status == 200 => reply.json()["ticket"].as_str().expect("a ticket").to_owned(),
                _ => "0".repeat(43),
            };
            browser.knocks(&named.room, &ticket).await.0
        }
        ("get", _) => browser.get(&path).await,
        _ => browser.post(&path, &named.form(route)).await,
    }
}

/// Whoever is let in hears here that there is no such thing, which is another no: a look-in that is open does not wait any more, there is no
/// such login, a log begins with what was recorded, the link was taken back, and whoever has an account came by none.
fn names_nothing(route: &Route) -> bool {
    let nothing = [
        "/api/account/",
        "/api/outside/",
        "/api/log",
        "/api/house",
        "/log/{seq}",
        "/devices",
        "/renew",
    ];
    route.asker == Asker::Second || nothing.iter().any(|part| route.path.contains(part))
}

/// What is wrong with an answer, if anything is.
fn wrong(expected: Result<(), Refused>, route: &Route, reply: &Reply) -> Option<String> {
    // Of a handshake's answer only the head is read.
    let knocked = route.path.ends_with("/ws");
    let no = |(status, code): (u16, &str)| reply.status == status && (knocked || reply.code() == code);
    match expected {
        Ok(()) => {
            // This world has no rooms behind its door, so what only a room can answer is unavailable; a bug is said otherwise.
            if reply.status == 500 {
                return Some("broke".to_owned());
            }
            let gone = names_nothing(route);
            let words = [Refused::SignedOut, Refused::NotPermitted, Refused::NotThere];
            let refused = words.into_iter().any(|word| no(said(word)));
            (refused && !gone).then(|| "was to be let in".to_owned())
        }
        Err(word) if !no(said(word)) => Some(format!("was to hear {word:?}")),
        Err(_) if PLANTED.iter().any(|word| reply.body.contains(word)) => Some("heard a planted word".to_owned()),
        Err(_) => None,
    }
}

#[tokio::test]
async fn t7_every_address_lets_in_whom_the_table_names_and_nobody_else() {
    let (world, _) = World::start().await;
    let (people, named, mut ida) = everybody(&world).await;
    let (mut cells, mut refused, mut caught) = (0, 0, 0);
    let mut noted = Refusals::from(&world.books().await);
    let last = ["/api/sign-out", "/api/look-ins/{look_in}/end"];
    for (n, route) in ROUTES.iter().enumerate() {
        // Of those without a login only so many refusals a minute are noted one by one.
        if n % 10 == 0 {
            world.passes(DENIALS_PERIOD);
        }
        for person in &people {
            // What ends something is tried last.
            if last.contains(&route.path) {
                continue;
            }
            let mut expected = authorize(person.actor, route.asker.action(), resource(person, route)).map(|_| ());
            // A second recovery key is made for nobody once the first is kept, as Ida's is, and confirmed for nobody.
            if route.path.starts_with("/api/recovery/") {
                expected = expected.and(Err(Refused::NotPermitted));
            }
            if route.path.ends_with("/holds/lift") {
                // So that there is one to lift, for everybody who comes.
                let hold = json!({ "participant": named.participant, "reason": "R" });
                let path = format!("/api/groups/{}/holds", named.room);
                assert_eq!(ida.post(&path, &hold).await.status, 204);
            }
            let reply = asks(person, route, &named).await;
            noted.expects(route, &reply);
            cells += 1;
            refused += usize::from(expected.is_err());
            let fault = wrong(expected, route, &reply);
            assert_eq!(
                fault, None,
                "{} {} by {}: {reply:?}",
                route.method, route.path, person.who
            );
            // The checker itself: had the table said the opposite, it would have objected.
            let opposite = match expected {
                Ok(()) if route.asker != Asker::Anybody => Err(Refused::NotPermitted),
                _ => Ok(()),
            };
            if expected.is_err() && !names_nothing(route) {
                assert!(
                    wrong(opposite, route, &reply).is_some(),
                    "{} by {}",
                    route.path,
                    person.who
                );
                caught += 1;
            }
        }
    }
    for path in ["/api/look-ins/{look_in}/end", "/api/sign-out"] {
        let route = ROUTES.iter().find(|route| route.path == path).expect("it is listed");
        for person in &people {
            let expected = authorize(person.actor, route.asker.action(), resource(person, route)).map(|_| ());
            let reply = asks(person, route, &named).await;
            noted.expects(route, &reply);
            cells += 1;
            refused += usize::from(expected.is_err());
            assert_eq!(
                wrong(expected, route, &reply),
                None,
                "{path} by {}: {reply:?}",
                person.who
            );
        }
    }
    println!(
        "T7, the HTTP side: {} addresses x {} actors = {cells} cells, 100 % covered; {refused} refused, 0 let in wrongly (3/N {:.5}), 0 planted words; \
         the checker objected to {caught} of {caught} turned expectations",
        ROUTES.len(),
        people.len(),
        3.0 / f64::from(cells)
    );
    assert_eq!(cells as usize, ROUTES.len() * people.len());
    let books = world.books().await;
    let found = Refusals::from(&books);
    assert_eq!(found, noted, "every refusal is in the audit book once");
    // One missing and another one twice is noticed.
    let mut doctored: Vec<Record> = books.into_iter().filter(|record| !record.granted).collect();
    let twice = doctored.iter().position(|record| record.thing != doctored[0].thing);
    doctored[0] = doctored[twice.expect("several kinds of things")];
    assert_ne!(Refusals::from(&doctored), noted);
    println!(
        "T7, denials: {} refusals of this world, {} records of refusals, 0 missing (3/N {:.5})",
        noted.count(),
        found.count(),
        3.0 / f64::from(noted.count())
    );
}

/// Refusals, as answers say them or as the audit book does: what was to be done with what, and how often.
#[derive(Debug, Default, PartialEq, Eq)]
struct Refusals(BTreeMap<String, u32>);

impl Refusals {
    fn from(books: &[Record]) -> Self {
        let mut all = Self::default();
        for record in books.iter().filter(|record| !record.granted) {
            assert_eq!(record.more, 0, "noted one by one");
            all.one(record.does, record.thing);
        }
        all
    }

    fn one(&mut self, does: Does, thing: Thing) {
        *self.0.entry(format!("{does:?} {thing:?}")).or_default() += 1;
    }

    fn count(&self) -> u32 {
        self.0.values().sum()
    }

    fn expects(&mut self, route: &Route, reply: &Reply) {
        let refused = match reply.status {
            401 | 403 => true,
            404 => route.does != Does::Passes,
            _ => false,
        };
        if refused {
            self.one(route.does, route.thing);
            // Whoever may not come in was refused a ticket first.
            if route.path.ends_with("/ws") {
                self.one(Does::Writes, Thing::Ticket);
            }
        }
    }
}

#[test]
fn t7_every_row_of_the_table_is_asked_by_some_address() {
    for action in Action::ALL {
        assert!(ROUTES.iter().any(|route| route.asker.action() == action), "{action:?}");
    }
}

#[tokio::test]
async fn t7_what_is_another_practices_answers_byte_for_byte_like_what_is_not_there() {
    let (world, _) = World::start().await;
    let (people, named, mut ida) = everybody(&world).await;
    let mut uma = people.into_iter().last().expect("of another practice").browser;
    let nowhere = Named {
        room: format!("rm_{}", "9".repeat(32)),
        invite: format!("in_{}", "9".repeat(32)),
        account: format!("ac_{}", "9".repeat(32)),
        link: format!("cl_{}", "9".repeat(32)),
        look_in: format!("lo_{}", "9".repeat(32)),
        participant: format!("pa_{}", "9".repeat(32)),
    };
    let without_time = |mut reply: Reply| {
        reply.headers.retain(|(name, _)| name != "date");
        reply
    };
    let mut compared = 0;
    for route in ROUTES.iter().filter(|route| {
        let names = ["{room}", "{account}", "{link}", "{look_in}"];
        !route.path.ends_with("/ws")
            && (names.iter().any(|name| route.path.contains(name)) || route.asker == Asker::Outsider)
    }) {
        let mut replies = Vec::new();
        for named in [&named, &nowhere] {
            let (path, form) = (named.path(route), named.form_or_nothing(route));
            let reply = match route.method {
                "get" => uma.get(&path).await,
                _ => uma.post(&path, &form).await,
            };
            replies.push(without_time(reply));
        }
        assert!(replies[0].status >= 400, "{route:?}");
        assert_eq!(replies[0], replies[1], "{route:?}");
        compared += 1;
    }
    // Nor do the lists of one practice hold anything of the other.
    for path in ["/api/state", "/api/people", "/api/look-ins"] {
        let theirs = uma.get(path).await.body;
        for word in ["Ida", "Planted", "Leo", &named.room, &named.account, "a supervisor"] {
            assert!(!theirs.contains(word), "{path}: {word}");
        }
        assert!(!ida.get(path).await.body.contains("Uma"), "{path}");
    }
    println!(
        "T7, practices: {compared} addresses that name something, 0 tell another practice's from nothing (N = {compared}, 3/N = {:.3})",
        3.0 / compared as f64
    );
    assert!(compared >= 12);
}

impl Named {
    fn form_or_nothing(&self, route: &Route) -> Value {
        if route.method == "get" {
            Value::Null
        } else {
            self.form(route)
        }
    }
}
