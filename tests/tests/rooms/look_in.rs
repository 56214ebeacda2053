//! Colleagues at a running room: who is taken out is gone at once, and looking in ends with its hour, whoever keeps the line open.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::api::{
    AccountRole, Assent, CareRole, CareTeam, Guardian, Leave, LogConsistency, LogHead, LogInclusion, LookIn, LookIns,
    MarkMinor, Me, Minors, NewColleague, NewColleagueLink, NewLookIn, NewRoles, ProblemCode, ServerState, TeamChange,
    Welcome,
};
use protocol::wire::{Action, Admission, CloseCode};
use protocol::{AccountId, RoomId, Timestamp};
use rondo::ledger::note::{self, NoteKey};
use rondo::ledger::tree::{Head, is_consistent, is_included};
use tests::cast::Gathering;
use tests::clock::HandClock;
use tests::house::House;
use tests::web::Browser;

/// When the evening begins.
const EVENING: Timestamp = Timestamp(1_900_000_000_000);
/// A line that is told to close is closed by then, a busy machine included.
const AT_ONCE: Duration = Duration::from_secs(1);

/// A house with a group, and who came to work in it.
struct Practice {
    house: House,
    hands: HandClock,
    group: Gathering,
    _folder: tempfile::TempDir,
}

impl Practice {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let hands = HandClock::standing_at(EVENING);
        let house = House::by(hands.clock(), folder.path(), |_| ()).await;
        let bootstrap = house.bootstrap.clone().expect("nobody was here before");
        let group = Gathering::of(house.address, &bootstrap, 1).await;
        Self {
            house,
            hands,
            group,
            _folder: folder,
        }
    }

    fn lead(&mut self) -> &mut Browser {
        &mut self.group.facilitator.browser
    }

    fn room(&self) -> RoomId {
        self.group.room
    }

    /// Somebody comes to work here.
    async fn colleague(&mut self, name: &str, roles: &[AccountRole]) -> (Browser, AccountId) {
        let form = NewColleague { roles: roles.to_vec() };
        let link: NewColleagueLink = self.lead().post("/api/people/invite", &form).await.json();
        let (_, secret) = link.url.expose().split_once('#').expect("the link has a fragment");
        let mut browser = Browser::new(self.house.address);
        let form = Welcome {
            secret: secret.into(),
            name: name.into(),
            email: format!("{name}@example.org").as_str().into(),
            passphrase: "the kettle sings low".into(),
        };
        assert_eq!(browser.post("/api/welcome", &form).await.status, 204);
        let state: ServerState = browser.get("/api/state").await.json();
        let Some(Me::Facilitator { account, .. }) = state.me else {
            panic!("{name} is signed in with an account");
        };
        (browser, account)
    }

    async fn gives_a_part(&mut self, account: AccountId, part: Option<CareRole>) {
        let path = format!("/api/groups/{}/team/change", self.room());
        let answer = self.lead().post(&path, &TeamChange { account, part }).await;
        assert_eq!(answer.status, 204, "{}", String::from_utf8_lossy(&answer.body));
    }

    async fn team(&mut self) -> CareTeam {
        let path = format!("/api/groups/{}/team", self.room());
        self.lead().get(&path).await.json()
    }
}

const REASON: &str = "Fay cannot be reached, and a member asked for help.";

#[tokio::test]
async fn t7_looking_in_takes_a_second_person_and_ends_with_its_hour_on_the_page_and_in_the_room() {
    let mut practice = Practice::new().await;
    let room = practice.room();
    let (mut sam, _) = practice.colleague("sam", &[AccountRole::Supervisor]).await;
    let page = format!("/api/groups/{room}");
    assert_eq!(
        sam.get(&page).await.status,
        404,
        "it does not exist for whoever does not belong to it"
    );
    let others: LookIns = sam.get("/api/look-ins").await.json();
    assert_eq!(others.rooms.len(), 1);
    let reason = REASON.into();
    let asked: LookIn = sam.post("/api/look-ins/ask", &NewLookIn { room, reason }).await.json();
    let (confirm, end) = (
        format!("/api/look-ins/{}/confirm", asked.look_in),
        format!("/api/look-ins/{}/end", asked.look_in),
    );
    assert_eq!(
        sam.post(&confirm, &serde_json::json!({})).await.status,
        403,
        "never oneself"
    );
    assert_eq!(sam.get(&page).await.status, 404, "asking opens nothing");
    let waiting: LookIns = practice.lead().get("/api/look-ins").await.json();
    assert_eq!(
        waiting.to_confirm[0]
            .reason
            .as_ref()
            .expect("for the second person")
            .expose(),
        REASON
    );
    assert_eq!(practice.lead().post(&confirm, &serde_json::json!({})).await.status, 204);

    // The page opens, to be read; and the room, past the door, to be listened to.
    assert!(sam.get(&page).await.status.is_success());
    let invite = serde_json::json!({ "name": "Mallory", "role": "member" });
    assert_eq!(sam.post(&format!("{page}/invites"), &invite).await.status, 403);
    let mut line = sam.enter(room).await;
    let (_, me) = line.sees("the room", |_, _| true).await;
    assert_eq!((me.admission, me.role), (Admission::Admitted, protocol::Role::Observer));
    assert!(line.act(Action::StartSession).await.is_err());
    let team = practice.team().await;
    let notice = &team.look_ins[0];
    assert_eq!(
        (
            notice.name.expose().as_str(),
            notice.reason.as_ref().map(|why| why.expose().as_str())
        ),
        ("sam", Some(REASON))
    );
    let (member, _) = &mut practice.group.members[0];
    let shown: CareTeam = member.get(&format!("/api/rooms/{room}/team")).await.json();
    assert_eq!(
        (shown.look_ins.len(), &shown.look_ins[0].reason),
        (1, &None),
        "members read who, and not why"
    );

    practice.hands.moves_to(EVENING.plus_seconds(59 * 60 + 59));
    assert!(sam.get(&page).await.status.is_success(), "59:59");
    practice.hands.moves_to(EVENING.plus_seconds(60 * 60 + 1));
    let begun = Instant::now();
    assert_eq!(sam.try_ticket(room).await, None);
    assert_eq!(line.is_closed().await, Some(CloseCode::Removed.number()));
    let took = begun.elapsed();
    assert_eq!(sam.get(&page).await.status, 404, "60:01");
    assert!(took < AT_ONCE * 2, "{took:?}");
    assert_eq!(practice.team().await.look_ins.len(), 1, "the record stays");
    assert_eq!(
        sam.post(&end, &serde_json::json!({})).await.status,
        204,
        "ending what is over changes nothing"
    );
    println!("T7, looking in: open at 59:59, closed at 60:01, the line {took:?} after the clock was moved");
    practice.house.stop().await;
}

#[tokio::test]
async fn t7_the_lead_ends_a_look_in_at_once() {
    let mut practice = Practice::new().await;
    let room = practice.room();
    let (mut sam, _) = practice.colleague("sam", &[AccountRole::Facilitator]).await;
    let reason = REASON.into();
    let asked: LookIn = sam.post("/api/look-ins/ask", &NewLookIn { room, reason }).await.json();
    let path = |what: &str| format!("/api/look-ins/{}/{what}", asked.look_in);
    assert_eq!(
        practice
            .lead()
            .post(&path("confirm"), &serde_json::json!({}))
            .await
            .status,
        204
    );
    let mut line = sam.enter(room).await;
    line.sees("the room", |_, _| true).await;
    assert_eq!(
        practice.lead().post(&path("end"), &serde_json::json!({})).await.status,
        204
    );
    assert_eq!(line.is_closed().await, Some(CloseCode::Removed.number()));
    assert_eq!(sam.try_ticket(room).await, None);
    practice.house.stop().await;
}

#[tokio::test]
async fn t7_who_is_taken_out_loses_every_line_within_a_second_and_comes_back_by_nothing() {
    let mut practice = Practice::new().await;
    let room = practice.room();
    let (mut fay, account) = practice.colleague("fay", &[AccountRole::Facilitator]).await;
    practice.gives_a_part(account, Some(CareRole::CoFacilitator)).await;
    let mut line = fay.enter(room).await;
    let (_, me) = line.sees("the room", |_, _| true).await;
    assert_eq!(me.role, protocol::Role::Facilitator, "who leads walks in");
    let ticket = fay.ticket(room).await;
    let begun = Instant::now();
    let path = format!("/api/people/{account}/leave");
    assert_eq!(
        practice.lead().post(&path, &Leave { hand_over_to: None }).await.status,
        204
    );
    assert_eq!(line.is_closed().await, Some(CloseCode::LoginEnded.number()));
    let took = begun.elapsed();
    assert!(took < AT_ONCE, "{took:?}");
    assert!(
        fay.open(room, &ticket).await.is_err(),
        "a ticket from before opens nothing"
    );
    assert_eq!(fay.get("/api/people").await.status, 401);
    let form = serde_json::json!({ "email": "fay@example.org", "passphrase": "the kettle sings low" });
    assert_eq!(fay.post("/api/sign-in", &form).await.status, 401);
    println!("T7, taken out: the line closed {took:?} after the word, 0 ways back of 3");
    practice.house.stop().await;
}

#[tokio::test]
async fn a_part_that_is_taken_away_closes_the_line_and_a_supervisor_waits_at_the_door() {
    let mut practice = Practice::new().await;
    let room = practice.room();
    let (mut sam, account) = practice.colleague("sam", &[AccountRole::Supervisor]).await;
    practice.gives_a_part(account, Some(CareRole::Supervisor)).await;
    assert!(sam.get(&format!("/api/groups/{room}")).await.status.is_success());
    let mut line = sam.enter(room).await;
    line.waits_at_the_door().await;
    practice.gives_a_part(account, None).await;
    assert_eq!(line.is_closed().await, Some(CloseCode::Removed.number()));
    assert_eq!(sam.get(&format!("/api/groups/{room}")).await.status, 404);
    practice.house.stop().await;
}

#[tokio::test]
async fn who_is_not_of_age_comes_to_the_door_by_a_guardians_yes_and_their_own() {
    let mut practice = Practice::new().await;
    let room = practice.room();
    let (mut ben, mut line) = practice.group.members.pop().expect("a member");
    let page: protocol::api::GroupDetail = practice.lead().get(&format!("/api/groups/{room}")).await.json();
    let invite = page
        .invites
        .iter()
        .find(|one| one.participant == line.me)
        .expect("their link")
        .invite;
    let path = |what: &str| format!("/api/groups/{room}/invites/{invite}/{what}");
    let (ticket, assent) = (format!("/api/rooms/{room}/ticket"), format!("/api/rooms/{room}/assent"));
    let nothing = serde_json::json!({});
    let of_age: Assent = ben.get(&assent).await.json();
    assert_eq!(
        (of_age.consented, of_age.assented),
        (true, true),
        "of whoever is of age nothing is asked"
    );
    assert_eq!(
        practice
            .lead()
            .post(&path("minor"), &MarkMinor { minor: true })
            .await
            .status,
        204
    );
    assert_eq!(
        line.is_closed().await,
        Some(CloseCode::Removed.number()),
        "whoever is in comes again"
    );

    assert_eq!(ben.post(&ticket, &nothing).await.problem(), ProblemCode::ConsentMissing);
    // Their own yes does not stand for a guardian's.
    assert_eq!(ben.post(&format!("{assent}/give"), &nothing).await.status, 204);
    assert_eq!(ben.post(&ticket, &nothing).await.problem(), ProblemCode::ConsentMissing);
    assert_eq!(
        practice
            .lead()
            .post(&path("minor"), &MarkMinor { minor: false })
            .await
            .status,
        204
    );
    assert_eq!(
        practice
            .lead()
            .post(&path("minor"), &MarkMinor { minor: true })
            .await
            .status,
        204
    );
    let guardian = Guardian {
        guardian: "Gina".into(),
    };
    assert_eq!(practice.lead().post(&path("guardian"), &guardian).await.status, 204);
    assert_eq!(ben.post(&ticket, &nothing).await.problem(), ProblemCode::AssentMissing);
    let asked: Assent = ben.get(&assent).await.json();
    assert_eq!((asked.consented, asked.assented), (true, false));
    assert_eq!(ben.post(&format!("{assent}/give"), &nothing).await.status, 204);
    assert!(ben.post(&ticket, &nothing).await.status.is_success());
    let minors: Minors = practice.lead().get(&format!("/api/groups/{room}/minors")).await.json();
    let consent = minors.minors[0].consent.as_ref().expect("it is recorded");
    let guardian = consent.guardian.as_ref().expect("nobody was erased");
    assert_eq!(
        (guardian.expose().as_str(), consent.recorded_by.expose().as_str()),
        ("Gina", "Sophie")
    );
    assert_eq!((consent.at, minors.minors[0].assented_at), (EVENING, Some(EVENING)));
    practice.house.stop().await;
}

/// A checkpoint with the key it was signed with, as the house shows it.
async fn head_of(lead: &mut Browser) -> Head {
    let told: LogHead = lead.get("/api/log").await.json();
    let key: NoteKey = told.key.parse().expect("a log's key");
    note::read(&key, &told.checkpoint).expect("signed with it")
}

fn hashes(texts: &[String]) -> Vec<[u8; 32]> {
    let hash = |text: &String| STANDARD.decode(text).expect("base64").try_into().expect("32 bytes");
    texts.iter().map(hash).collect()
}

#[tokio::test]
async fn t11_the_house_proves_that_its_log_went_on_and_that_an_event_is_in_it() {
    let mut practice = Practice::new().await;
    let room = practice.room();
    practice.group.lead.does(Action::StartSession).await;
    // Before an end is shown everything is under a checkpoint.
    practice.group.lead.does(Action::EndSession).await;
    let old = head_of(practice.lead()).await;
    practice.group.lead.does(Action::StartSession).await;
    practice.group.lead.does(Action::EndSession).await;
    let new = head_of(practice.lead()).await;
    assert!(old.size > 1 && new.size > old.size, "{old:?} {new:?}");

    let path = format!("/api/log/consistency/{}/{}", old.size, new.size);
    let told: LogConsistency = practice.lead().get(&path).await.json();
    let proof = hashes(&told.proof);
    assert!(is_consistent(&old, &new, &proof));
    let other = Head { root: [7; 32], ..old };
    assert!(!is_consistent(&other, &new, &proof), "and of no other beginning");

    let told: LogInclusion = practice.lead().get(&format!("/api/groups/{room}/log/1")).await.json();
    let leaf = hashes(&[told.leaf])[0];
    let proof = hashes(&told.proof);
    assert!(is_included(&leaf, told.index, new.size, &new.root, &proof));
    assert!(
        !is_included(&[7; 32], told.index, new.size, &new.root, &proof),
        "and no other leaf"
    );
    println!(
        "T11, over HTTP: the log of {} leaves goes on from {} of them, and event 1 is in it",
        new.size, old.size
    );
    practice.house.stop().await;
}

#[tokio::test]
async fn t7_other_roles_end_what_they_do_not_cover_and_a_look_in_with_them() {
    let mut practice = Practice::new().await;
    let room = practice.room();
    let (mut sam, sams) = practice.colleague("sam", &[AccountRole::Supervisor]).await;
    practice.gives_a_part(sams, Some(CareRole::Supervisor)).await;
    let mut line = sam.enter(room).await;
    let roles = |of: AccountId| format!("/api/people/{of}/roles");
    let administrator = NewRoles {
        roles: vec![AccountRole::Administrator],
    };
    assert_eq!(practice.lead().post(&roles(sams), &administrator).await.status, 204);
    assert_eq!(line.is_closed().await, Some(CloseCode::Removed.number()));
    assert_eq!(sam.get(&format!("/api/groups/{room}")).await.status, 404);

    // Sam keeps accounts now, and is the second person for somebody else's look-in.
    let (mut pat, pats) = practice.colleague("pat", &[AccountRole::Facilitator]).await;
    let reason = REASON.into();
    let asked: LookIn = pat.post("/api/look-ins/ask", &NewLookIn { room, reason }).await.json();
    let confirm = format!("/api/look-ins/{}/confirm", asked.look_in);
    assert_eq!(sam.post(&confirm, &serde_json::json!({})).await.status, 204);
    let mut line = pat.enter(room).await;
    line.sees("the room", |_, _| true).await;
    assert_eq!(practice.lead().post(&roles(pats), &administrator).await.status, 204);
    assert_eq!(line.is_closed().await, Some(CloseCode::Removed.number()));
    assert_eq!(
        pat.try_ticket(room).await,
        None,
        "looking in ended with the role that reads"
    );
    practice.house.stop().await;
}
