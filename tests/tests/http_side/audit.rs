//! T17: every access stands in the audit book exactly once, with who, what, about whom and when; nothing that anybody typed does.

use protocol::Timestamp;
use rondo::audit::{By, Does, Record, Subject, Thing};
use rondo::limits;
use serde_json::{Value, json};
use std::time::Duration;

use crate::log::heard;
use crate::world::{Browser, EMAIL, PASSPHRASE, Reply, World};

const TITLE: &str = "Planted-Title-Monday";
const MEMBER: &str = "Planted-Member-Ana";
const COLLEAGUE: &str = "Planted-Colleague-Ivo";
const REASON: &str = "Planted-Reason-ill-today";

/// The test's own list: what was done, written down before the book is opened.
struct List {
    at: u64,
    all: Vec<Record>,
}

impl List {
    /// The next access comes a second after the one before.
    fn adds(&mut self, world: &World, by: By, (does, thing): (Does, Thing), granted: bool, subject: Subject) {
        self.all.push(Record {
            at: Timestamp(self.at),
            by,
            cut_off: false,
            does,
            granted,
            more: 0,
            subject,
            thing,
        });
        world.passes(Duration::from_secs(1));
        self.at += 1000;
    }
}

/// The first place where the list and the book differ.
fn differs(list: &[Record], book: &[Record]) -> Option<usize> {
    let longest = list.len().max(book.len());
    (0..longest).find(|&n| list.get(n) != book.get(n))
}

fn id<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().expect("an id of this kind")
}

fn about_room(room: &str) -> Subject {
    Subject {
        room: Some(id(room)),
        ..Subject::default()
    }
}

fn is(reply: &Reply, status: u16) -> Value {
    assert_eq!(reply.status, status, "{reply:?}");
    serde_json::from_str(&reply.body).unwrap_or(Value::Null)
}

/// Which of the three it is, the access matrix looks at.
fn is_refused(reply: &Reply) {
    assert!(matches!(reply.status, 401 | 403 | 404), "{reply:?}");
}

#[tokio::test]
async fn t17_every_access_is_in_the_book_once_and_no_word_of_anybody() {
    use Does::{Passes, Reads, Writes};
    let log = heard();
    let (world, _) = World::start().await;
    let mut list = List {
        at: 1_800_000_000_000,
        all: Vec::new(),
    };
    let none = Subject::default();

    // The first run; whose account it makes is known afterwards.
    let mut ida = world.browser();
    let made = is(&ida.post("/api/first-run", &world.first_run_form()).await, 200);
    let recovery_key = made["recovery_key"].as_str().unwrap().to_owned();
    let ida_by = By::Account(id(&ida.account().await));
    list.adds(&world, ida_by, (Writes, Thing::Account), true, none);
    let last = recovery_key.rsplit('-').next().unwrap();
    is(
        &ida.post("/api/recovery/confirm", &json!({ "last_group": last })).await,
        204,
    );
    list.adds(&world, ida_by, (Writes, Thing::RecoveryKey), true, none);

    // A group and a link.
    let room = ida.makes_a_group(TITLE).await;
    let in_room = about_room(&room);
    list.adds(&world, ida_by, (Writes, Thing::Group), true, in_room);
    let (invite, secret) = ida.invites(&room, MEMBER, "member").await;
    let its_link = Subject {
        invite: Some(id(&invite)),
        ..in_room
    };
    list.adds(&world, ida_by, (Writes, Thing::Invite), true, its_link);

    // Somebody without a login, and somebody with a wrong link.
    let mut stranger = world.browser();
    is_refused(&stranger.get(&format!("/api/groups/{room}")).await);
    list.adds(&world, By::Nobody, (Reads, Thing::Group), false, in_room);
    is_refused(&stranger.joins(&"0".repeat(43)).await);
    list.adds(&world, By::Nobody, (Writes, Thing::Seat), false, none);
    is_refused(&stranger.get("/api/packs").await);
    list.adds(&world, By::Nobody, (Passes, Thing::Packs), false, none);
    is(&stranger.get("/api/state").await, 200); // nothing about anybody

    // A member comes.
    let mut ana = world.browser();
    let seat = is(&ana.joins(&secret).await, 200);
    let ana_id = id(seat["participant"].as_str().unwrap());
    let ana_by = By::Participant(ana_id);
    let her_seat = Subject {
        participant: Some(ana_id),
        ..its_link
    };
    list.adds(&world, ana_by, (Writes, Thing::Seat), true, her_seat);
    let ticket = ana.has_ticket(&room).await;
    list.adds(&world, ana_by, (Writes, Thing::Ticket), true, in_room);
    let (knocked, line) = ana.knocks(&room, &ticket).await;
    is(&knocked, 101);
    list.adds(&world, ana_by, (Reads, Thing::Room), true, in_room);
    // The ticket is used up.
    is_refused(&ana.knocks(&room, &ticket).await.0);
    list.adds(&world, ana_by, (Reads, Thing::Room), false, in_room);
    is(&ana.get(&format!("/api/rooms/{room}/team")).await, 200);
    list.adds(&world, ana_by, (Reads, Thing::Team), true, in_room);
    is_refused(&ana.get(&format!("/api/groups/{room}")).await);
    list.adds(&world, ana_by, (Reads, Thing::Group), false, in_room);
    is_refused(&ana.get("/api/people").await);
    list.adds(&world, ana_by, (Reads, Thing::People), false, none);

    // A colleague, who looks in once a second person has confirmed it.
    let link = is(
        &ida.post("/api/people/invite", &json!({ "roles": ["facilitator"] }))
            .await,
        200,
    );
    let its_id = Subject {
        link: Some(id(link["link"]["link"].as_str().unwrap())),
        ..none
    };
    list.adds(&world, ida_by, (Writes, Thing::ColleagueLink), true, its_id);
    let url = link["url"].as_str().unwrap();
    let mut ivo: Browser = world
        .welcome(url.split_once('#').unwrap().1, COLLEAGUE, "planted.ivo@example.org")
        .await;
    let ivo_account = ivo.account().await;
    let ivo_by = By::Account(id(&ivo_account));
    list.adds(&world, ivo_by, (Writes, Thing::Account), true, none);
    is_refused(&ivo.get(&format!("/api/groups/{room}")).await);
    list.adds(&world, ivo_by, (Reads, Thing::Group), false, in_room);
    let asked = is(
        &ivo.post("/api/look-ins/ask", &json!({ "room": room, "reason": REASON }))
            .await,
        200,
    );
    let look_in = asked["look_in"].as_str().unwrap().to_owned();
    let its_look = Subject {
        look_in: Some(id(&look_in)),
        ..none
    };
    list.adds(
        &world,
        ivo_by,
        (Writes, Thing::LookIn),
        true,
        Subject {
            room: Some(id(&room)),
            ..its_look
        },
    );
    is_refused(&ivo.post(&format!("/api/look-ins/{look_in}/confirm"), &json!({})).await);
    list.adds(&world, ivo_by, (Writes, Thing::LookIn), false, its_look);
    is(
        &ida.post(&format!("/api/look-ins/{look_in}/confirm"), &json!({})).await,
        204,
    );
    list.adds(&world, ida_by, (Writes, Thing::LookIn), true, its_look);
    is(&ivo.get(&format!("/api/groups/{room}")).await, 200);
    list.adds(&world, ivo_by, (Reads, Thing::Group), true, in_room);

    // Those who work here are read, the link is taken back, Ivo leaves, Ida signs out and in.
    is(&ida.get("/api/people").await, 200);
    list.adds(&world, ida_by, (Reads, Thing::People), true, none);
    is(
        &ida.post(&format!("/api/groups/{room}/invites/{invite}/revoke"), &json!({}))
            .await,
        204,
    );
    list.adds(&world, ida_by, (Writes, Thing::Invite), true, its_link);
    is_refused(&ana.ticket(&room).await);
    list.adds(&world, By::Nobody, (Writes, Thing::Ticket), false, in_room);
    is(
        &ida.post(
            &format!("/api/people/{ivo_account}/leave"),
            &json!({ "hand_over_to": null }),
        )
        .await,
        204,
    );
    let ivos = Subject {
        account: Some(id(&ivo_account)),
        ..none
    };
    list.adds(&world, ida_by, (Writes, Thing::Account), true, ivos);
    is(&ida.post("/api/sign-out", &json!({})).await, 204);
    list.adds(&world, ida_by, (Writes, Thing::Login), true, none);
    let wrong = json!({ "email": EMAIL, "passphrase": "planted wrong passphrase" });
    is_refused(&ida.post("/api/sign-in", &wrong).await);
    list.adds(&world, By::Nobody, (Writes, Thing::Login), false, none);
    let right = json!({ "email": EMAIL, "passphrase": PASSPHRASE });
    is(&ida.post("/api/sign-in", &right).await, 204);
    list.adds(&world, ida_by, (Writes, Thing::Login), true, none);
    drop(line);

    let book = world.books().await;
    if let Some(n) = differs(&list.all, &book) {
        panic!(
            "access {n} was {:?} and the book says {:?}",
            list.all.get(n),
            book.get(n)
        );
    }
    // The checker itself: with any one record gone, twice there, or turned, it objects.
    for n in 0..book.len() {
        let (mut gone, mut twice, mut turned) = (book.clone(), book.clone(), book.clone());
        gone.remove(n);
        twice.insert(n, book[n]);
        turned[n].granted = !turned[n].granted;
        for spoilt in [gone, twice, turned] {
            assert!(differs(&list.all, &spoilt).is_some(), "record {n}");
        }
    }

    let text: String = book.iter().map(|r| String::from_utf8(r.header()).unwrap()).collect();
    assert!(text.contains(&room), "the book was read");
    let lines = log.text();
    assert!(lines.contains("/api/groups/{room}"), "the log was heard");
    let cookie = ida.cookie.clone().unwrap();
    let planted = [
        TITLE,
        MEMBER,
        COLLEAGUE,
        REASON,
        EMAIL,
        PASSPHRASE,
        "lanted",
        "Ida",
        &secret,
        &ticket,
        &recovery_key,
        &cookie,
    ];
    for word in planted {
        assert!(!text.contains(word), "{word} stands in the book");
        assert!(!lines.contains(word), "{word} stands in the log");
    }
    println!(
        "T17: {} accesses, {} records, 0 missing, 0 too many (3/N {:.3}); {} planted words, 0 in the book, 0 in the log; the checker objected to {} of {} spoilt books",
        list.all.len(),
        book.len(),
        3.0 / list.all.len() as f64,
        planted.len(),
        3 * book.len(),
        3 * book.len()
    );
}

#[tokio::test]
async fn t17_of_a_circle_of_which_nothing_is_kept_no_guest_stands_in_the_book() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let form = json!({ "title": TITLE, "pack": "circle-open", "language": "en", "starts_on": null });
    let made = is(&ida.post("/api/groups", &form).await, 200);
    let room = made["room"].as_str().unwrap().to_owned();
    let (invite, secret) = ida.invites(&room, MEMBER, "member").await;
    let mut ana = world.browser();
    let seat = is(&ana.joins(&secret).await, 200);
    let before = world.books().await;
    let ticket = ana.has_ticket(&room).await;
    is(&ana.knocks(&room, &ticket).await.0, 101);
    assert_eq!(world.books().await, before, "coming to a circle is not noted");
    is_refused(&ana.get("/api/people").await);
    let book = world.books().await;
    let refused = book.last().unwrap();
    assert!(!refused.granted && refused.by == By::Nobody, "{refused:?}");
    let text: String = book.iter().map(|r| String::from_utf8(r.header()).unwrap()).collect();
    assert!(text.contains(&room), "what the host did is noted");
    assert!(
        !text.contains(seat["participant"].as_str().unwrap()) && !text.contains(&invite),
        "{text}"
    );
}

/// Each write is synced twice, when it is begun and when it is noted: whoever sends forms in a loop must not hold up every room.
#[tokio::test]
async fn whoever_writes_without_end_must_wait_and_nobody_else_does() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let mut ivo = world.colleague(&mut ida, "Ivo", &json!(["facilitator"])).await.0;
    let nonsense = json!({ "no": "form" });
    let mut let_through = 0;
    let slowed = loop {
        let reply = ivo.post("/api/groups", &nonsense).await;
        if reply.status == 429 {
            break reply;
        }
        assert_eq!(reply.status, 400, "{reply:?}");
        let_through += 1;
        assert!(let_through <= limits::WRITES_AT_ONCE, "a loop goes on and on");
    };
    // What he did to come in counts as well.
    assert!(let_through > limits::WRITES_AT_ONCE - 10, "{let_through}");
    assert_eq!(slowed.code(), "too_fast");
    assert_eq!(slowed.header("retry-after"), Some("1"));
    assert_eq!(ivo.get("/api/people").await.status, 200, "he reads on");
    assert_eq!(
        ida.post("/api/groups", &nonsense).await.status,
        400,
        "nobody else waits"
    );
    // Nor does he at another device: from there a login that somebody took over can be ended.
    let mut at_home = world.browser();
    let form = json!({ "email": "Ivo@example.org", "passphrase": PASSPHRASE });
    assert_eq!(at_home.post("/api/sign-in", &form).await.status, 204);
    assert_eq!(at_home.post("/api/groups", &nonsense).await.status, 400);
    world.passes(limits::WRITE_PACE);
    assert_eq!(ivo.post("/api/groups", &nonsense).await.status, 400);
    assert_eq!(ivo.post("/api/groups", &nonsense).await.status, 429);
}
