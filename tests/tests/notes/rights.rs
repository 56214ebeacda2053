//! Who may write, read and take back in a room's notes, over real sockets: the questions the room answers for every frame.

use protocol::pack::Purpose;
use protocol::wire::{Action, ConsentStanding, NoteOp, NoteRef, RefusalCode};
use protocol::{Role, RoomId};
use tests::cast::{Facilitator, Gathering, join};
use tests::house::{House, store_in};
use tests::line::Line;
use tests::page::{Page, send};
use tests::web::Browser;

const NOTE: NoteRef = NoteRef::Session { session: 1 };
const THEIRS: NoteRef = NoteRef::Facilitators { session: 1 };

async fn gathering(folder: &std::path::Path, members: usize) -> (House, Gathering) {
    let house = House::over(folder, |_| ()).await;
    let secret = house.bootstrap.clone().expect("a fresh server has a link");
    let mut group = Gathering::of(house.address, &secret, members).await;
    group.lead.does(Action::StartSession).await;
    (house, group)
}

async fn comes_in(
    facilitator: &mut Facilitator,
    lead: &mut Line,
    room: RoomId,
    name: &str,
    role: Role,
) -> (Browser, Line) {
    let (_, secret) = facilitator.invite(room, name, role).await;
    let (mut browser, _) = join(facilitator.browser.address, &secret).await;
    let mut line = browser.enter(room).await;
    line.waits_at_the_door().await;
    lead.does(Action::Admit {
        participant: line.me,
        anyway: false,
    })
    .await;
    line.sees("the room", |_, _| true).await;
    (browser, line)
}

fn code(refused: Result<(), protocol::wire::Refusal>) -> RefusalCode {
    refused.expect_err("refused").code
}

#[tokio::test]
async fn a_locked_note_is_read_by_members_and_written_by_facilitators_until_it_is_unlocked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (house, mut group) = gathering(folder.path(), 1).await;
    let (_, ana) = &mut group.members[0];
    let mut leads = Page::open(&mut group.lead, NOTE, 10).await.expect("opened");
    let mut anas = Page::open(ana, NOTE, 11).await.expect("opened");
    anas.types(ana, "before").await.expect("saved");
    leads.reads(&mut group.lead, |text| text == "before").await;
    let lock = |locked| Action::LockNote { note: NOTE, locked };
    group.lead.does(lock(true)).await;
    // What was already open is asked about anew.
    assert_eq!(code(anas.types(ana, " meanwhile").await), RefusalCode::NoteLocked);
    leads
        .types(&mut group.lead, " locked")
        .await
        .expect("a lock binds members");
    let mut anas = Page::open(ana, NOTE, 12).await.expect("reading goes on");
    assert_eq!(anas.text(), "before locked");
    assert_eq!(code(anas.types(ana, " still").await), RefusalCode::NoteLocked);
    // Another note is another note.
    let mut course = Page::open(ana, NoteRef::Course, 13).await.expect("opened");
    course.types(ana, "for the course").await.expect("saved");
    group.lead.does(lock(false)).await;
    let mut anas = Page::open(ana, NOTE, 14).await.expect("opened");
    anas.types(ana, " after").await.expect("saved");
    leads.reads(&mut group.lead, |text| text == "before locked after").await;
    house.stop().await;
}

/// From the event on: what was open is asked about anew, and what was typed before stays.
#[tokio::test]
async fn who_takes_a_consent_back_writes_nothing_more_and_is_told_why() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let house = House::over(folder.path(), |_| ()).await;
    let secret = house.bootstrap.clone().expect("a fresh server has a link");
    let mut group = Gathering::on(house.address, &secret, 1, "individual-12").await;
    group.lead.does(Action::StartSession).await;
    let (_, ana) = &mut group.members[0];
    let mut anas = Page::open(ana, NOTE, 11).await.expect("opened");
    anas.types(ana, "before").await.expect("saved");
    let purpose = Purpose::Notes;
    ana.does(Action::WithdrawConsent { purpose }).await;
    let refused = anas.types(ana, " after").await.expect_err("refused");
    assert_eq!(refused.code, RefusalCode::NoConsent);
    assert!(refused.sentence.contains("taken back"), "{}", refused.sentence);
    let mut leads = Page::open(&mut group.lead, NOTE, 10).await.expect("opened");
    assert_eq!(leads.text(), "before");
    leads
        .types(&mut group.lead, " the end")
        .await
        .expect("whoever leads is asked nothing");
    let (scene, _) = group.lead.sees("the row", |scene, _| scene.staff.is_some()).await;
    let rows = scene.staff.expect("those who lead").consents;
    let row = rows.iter().find(|row| row.purpose == purpose).expect("it is asked");
    assert!(matches!(row.standing, ConsentStanding::TakenBack { .. }));
    let digest = ana.view.as_ref().map(|(_, _, me)| me.consents.clone());
    let digest = digest.into_iter().flatten().find(|card| card.purpose == purpose);
    let digest = digest.expect("it is asked").digest;
    ana.does(Action::GiveConsent { purpose, digest }).await;
    let mut anas = Page::open(ana, NOTE, 12).await.expect("opened");
    anas.types(ana, ", and on").await.expect("saved");
    house.stop().await;
}

#[tokio::test]
async fn an_observer_reads_along_and_writes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (house, mut group) = gathering(folder.path(), 1).await;
    let (_, mut otto) = comes_in(
        &mut group.facilitator,
        &mut group.lead,
        group.room,
        "Otto",
        Role::Observer,
    )
    .await;
    let (_, ana) = &mut group.members[0];
    let mut anas = Page::open(ana, NOTE, 11).await.expect("opened");
    let mut ottos = Page::open(&mut otto, NOTE, 12).await.expect("an observer may read");
    anas.types(ana, "what Ana wrote").await.expect("saved");
    ottos.reads(&mut otto, |text| text == "what Ana wrote").await;
    assert_eq!(code(ottos.types(&mut otto, "!").await), RefusalCode::ObserversListen);
    assert_eq!(
        code(Page::open(&mut otto, THEIRS, 13).await.map(|_| ())),
        RefusalCode::NotPermitted
    );
    anas.types(ana, ", and goes on").await.expect("saved");
    assert_eq!(anas.text(), "what Ana wrote, and goes on");
    house.stop().await;
}

#[tokio::test]
async fn nobody_opens_a_note_from_the_door() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (house, mut group) = gathering(folder.path(), 0).await;
    let (_, secret) = group.facilitator.invite(group.room, "Wanda", Role::Member).await;
    let (mut browser, _) = join(house.address, &secret).await;
    let mut wanda = browser.enter(group.room).await;
    wanda.waits_at_the_door().await;
    for note in [NoteRef::Course, NOTE, THEIRS] {
        assert_eq!(
            code(Page::open(&mut wanda, note, 11).await.map(|_| ())),
            RefusalCode::NotAdmitted
        );
    }
    house.stop().await;
}

#[tokio::test]
async fn the_facilitators_note_reaches_facilitators_and_a_deputy_only_while_they_lead() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (house, mut group) = gathering(folder.path(), 1).await;
    let (_, mut otto) = comes_in(
        &mut group.facilitator,
        &mut group.lead,
        group.room,
        "Otto",
        Role::Observer,
    )
    .await;
    let (_, ana) = &mut group.members[0];
    let mut leads = Page::open(&mut group.lead, THEIRS, 10).await.expect("opened");
    leads.types(&mut group.lead, "seen by us").await.expect("saved");
    // Asking by every kind of frame gets a member nothing but a no.
    for op in [NoteOp::Open, NoteOp::Update] {
        send(ana, op, THEIRS, 11, &[]).await;
    }
    for _ in 0..2 {
        loop {
            if let Some(protocol::wire::ServerMessage::NoteRefused { refusal, .. }) = ana.hear().await.expect("up") {
                assert_eq!(refusal.code, RefusalCode::NotPermitted);
                break;
            }
        }
    }
    let deputy = Some(otto.me);
    group.lead.does(Action::NameDeputy { participant: deputy }).await;
    group.lead.drops();
    otto.sees("that he leads", |scene, _| scene.staff.is_some()).await;
    let ottos = Page::open(&mut otto, THEIRS, 12).await.expect("a deputy leads");
    assert_eq!(ottos.text(), "seen by us");
    let mut lead = group.facilitator.enter(group.room).await;
    otto.sees("that he stands back", |scene, _| scene.staff.is_none()).await;
    let mut leads = Page::open(&mut lead, THEIRS, 13).await.expect("opened");
    leads.types(&mut lead, ", and not by Otto").await.expect("saved");
    assert_eq!(
        code(Page::open(&mut otto, THEIRS, 14).await.map(|_| ())),
        RefusalCode::NotPermitted
    );
    assert!(
        ana.frames.is_empty() && otto.frames.is_empty(),
        "a byte of it went astray"
    );
    house.stop().await;
}

#[tokio::test]
async fn what_somebody_takes_back_is_gone_for_everybody_and_from_the_disk_and_the_rest_stays() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (house, mut group) = gathering(folder.path(), 2).await;
    let [(_, ana), (_, ben)] = &mut group.members[..] else {
        panic!("two members")
    };
    let mut anas = Page::open(ana, NOTE, 11).await.expect("opened");
    let mut bens = Page::open(ben, NOTE, 12).await.expect("opened");
    anas.types(ana, "Ana's secret. ").await.expect("saved");
    bens.reads(ben, |text| text == "Ana's secret. ").await;
    bens.types(ben, "Ben's part. ").await.expect("saved");
    anas.reads(ana, |text| text.contains("Ben's")).await;
    anas.types(ana, "More of Ana.").await.expect("saved");
    // A lock keeps the text from changing; it does not keep her words from her.
    group
        .lead
        .does(Action::LockNote {
            note: NOTE,
            locked: true,
        })
        .await;
    ana.does(Action::TakeBackNote { note: NOTE }).await;
    bens.reads(ben, |text| text == "Ben's part. ").await;
    house.stop().await;

    let house = House::over(folder.path(), |_| ()).await;
    group.facilitator.browser.address = house.address;
    let mut lead = group.facilitator.enter(group.room).await;
    let page = Page::open(&mut lead, NOTE, 20).await.expect("opened");
    assert_eq!(page.text(), "Ben's part. ");
    house.stop().await;
    // Everything on the disk is encrypted: what is left of the note is asked of the store itself.
    let left = stored(folder.path(), group.room).await;
    let has = |words: &str| left.windows(words.len()).any(|window| window == words.as_bytes());
    assert!(has("Ben's part"), "this would look at nothing");
    assert!(!has("secret") && !has("More of"));
}

/// Every byte the store still knows of the note, opened.
async fn stored(folder: &std::path::Path, room: RoomId) -> Vec<u8> {
    let store = store_in(folder).await.expect("the database opens");
    let note = store.load_note(room, NOTE).await.expect("read");
    store.close().await;
    let updates = note.updates.into_iter().flat_map(|(_, update)| update);
    note.folded.unwrap_or_default().into_iter().chain(updates).collect()
}
