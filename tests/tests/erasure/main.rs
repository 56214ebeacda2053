//! T10: nothing that anybody said stands readable in a file, and one partner can be erased while the other's record stays whole; an old
//! backup brings nobody back.

mod evening;
#[cfg(feature = "mutants")]
mod killed;
mod search;

use std::path::{Path, PathBuf};

use evening::{Evening, THEIRS, planted, planted_of};
use protocol::api::{
    AskErasure, CarryOutErasure, GroupRights, Join, LiftHold, MyData, NewErasure, NewHold, ProblemCode, RefuseErasure,
};
use protocol::pack::Purpose;
use protocol::wire::{Action, NoteRef};
use search::{Pieces, files, found_in, logged, memory_of};
use tests::cast::{EMAIL, Gathering, PASSPHRASE};
use tests::house::{House, Process, binary};
use tests::page::Page;
use tokio::process::Command;

async fn rondo(data: &Path, words: &[&str]) -> String {
    let mut command = Command::new(binary());
    command
        .args(words)
        .env_clear()
        .env("RONDO_DATA", data)
        .env("RONDO_LOG", "warn");
    let output = command.output().await.expect("the program runs");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    assert!(output.status.success(), "{told}");
    told
}

#[tokio::test]
async fn what_a_member_takes_along_is_all_that_they_said_and_nothing_that_anybody_else_did() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Process::start(&folder.path().join("data"), 0, &[])
        .await
        .expect("the server starts");
    let mut evening = Evening::of(&server).await;
    let path = format!("/api/rooms/{}/mine/export", evening.room);
    let taken = evening.ana_browser.get(&path).await;
    assert_eq!(taken.status, 200);
    let taken = vec![taken.body.to_vec()];
    // The words of those who lead about her, for themselves, are theirs.
    let (left_out, hers): (Vec<_>, Vec<_>) = planted_of("ana").into_iter().partition(|word| {
        ["-screen-", "-assessed-", "-whisper-"]
            .iter()
            .any(|kind| word.contains(kind))
    });
    assert_eq!(found_in(&taken, &hers), hers, "all of hers");
    let mut others = left_out;
    others.extend(planted_of("ben"));
    others.extend(
        planted()
            .into_iter()
            .filter(|word| word.contains("-lead") || word.contains("-nobody")),
    );
    assert!(others.len() >= 20);
    assert_eq!(found_in(&taken, &others), Vec::<String>::new());
    println!(
        "{} of {} strings of hers are in her file, 0 of {} others",
        hers.len(),
        hers.len(),
        others.len()
    );
    // Her answers alone, as another system of records reads them.
    let answers = evening
        .ana_browser
        .get(&format!("/api/rooms/{}/mine/answers", evening.room))
        .await;
    assert_eq!(answers.status, 200);
    let bundle: serde_json::Value = serde_json::from_slice(&answers.body).expect("JSON");
    assert_eq!(tests::fhir::faults(&bundle), Vec::<String>::new());
    keep_for_strangers("couple", &bundle);
    let taken = vec![answers.body.to_vec()];
    let asked = ["-where-of-ana", "-who-hears-of-ana", "-go-on-of-ana"].map(|part| {
        let said = hers.iter().find(|word| word.contains(part));
        said.expect("she answered it").clone()
    });
    assert_eq!(found_in(&taken, &asked), asked);
    assert_eq!(found_in(&taken, &others), Vec::<String>::new());
    // Without her login there is no such file.
    evening.ana_browser.post("/api/sign-out", &serde_json::json!({})).await;
    assert_eq!(evening.ana_browser.get(&path).await.status, 401);
    server.kill().await;
}

/// For readers of other people's making (`make fhir`), where somebody asks for them.
fn keep_for_strangers(name: &str, bundle: &serde_json::Value) {
    if let Ok(folder) = std::env::var("RONDO_FHIR_OUT") {
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(Path::new(&folder).join(format!("{name}.json")), bundle.to_string()).expect("written");
    }
}

/// The strict reader objects to whatever a reader may not take; a check that cannot fail checks nothing.
#[test]
fn the_strict_reader_objects_to_every_broken_bundle() {
    let fixture = include_str!("../../../protocol/fixtures/api/fhir_bundle.json");
    let sound: serde_json::Value = serde_json::from_str(fixture).expect("JSON");
    assert_eq!(tests::fhir::faults(&sound), Vec::<String>::new());
    keep_for_strangers("fixture", &sound);
    let response = "/entry/1/resource";
    let broken: &[(&str, &str, serde_json::Value)] = &[
        ("", "type", "searchset".into()),
        ("", "timestamp", "2027-01-21".into()),
        ("", "entry", serde_json::json!([])),
        ("", "extra", 1.into()),
        ("/entry/0/resource", "url", "a b".into()),
        ("/entry/0/resource", "version", "2".into()),
        ("/entry/0/resource/item/0", "type", "choice".into()),
        ("/entry/0/resource/item/0", "linkId", "another".into()),
        (response, "status", "done".into()),
        (response, "questionnaire", serde_json::Value::Null),
        (response, "subject", serde_json::json!({})),
        (response, "authored", "".into()),
        ("/entry/1/resource/item/0/answer/0", "valueInteger", 1.into()),
        ("/entry/1/resource/text", "div", "<script/>".into()),
        ("/entry/1", "fullUrl", sound["entry"][0]["fullUrl"].clone()),
    ];
    for (place, field, value) in broken {
        let mut bundle = sound.clone();
        bundle.pointer_mut(place).expect("it is there")[*field] = value.clone();
        assert!(!tests::fhir::faults(&bundle).is_empty(), "{place}/{field} = {value}");
    }
}

/// The partner-assisted pack, whose records leave with a notice and not without a yes.
fn with_a_notice(folder: &Path) {
    let (_, files) = packfiles::builtin()
        .iter()
        .find(|(name, _)| *name == "partner-assisted-8")
        .expect("it comes along");
    for (name, bytes) in files.iter() {
        let text = String::from_utf8(bytes.clone()).expect("text");
        let text = match name.as_str() {
            "pack.toml" => text
                .replace("id = \"partner-assisted-8\"", "id = \"two-and-a-notice\"")
                .replace("consents = [", "consents = [\"disclosure\", "),
            "text/en.toml" | "text/es.toml" => {
                let text = text.replace("[consent]\n", "[consent]\ndisclosure = \"It leaves.\"\n");
                format!("disclosure_notice = \"{NOTICE}\"\n{text}")
            }
            _ => text,
        };
        let path = folder.join("two-and-a-notice").join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
}

const NOTICE: &str = "This record goes no further without a yes.";

#[tokio::test]
async fn where_the_pack_asks_no_record_moves_without_a_yes_and_ones_own_copy_never_waits_for_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let packs = folder.path().join("packs");
    with_a_notice(&packs);
    let house = House::over(&folder.path().join("data"), |config| config.packs = Some(packs)).await;
    let secret = house.bootstrap.clone().expect("a fresh server has a link");
    let mut group = Gathering::on(house.address, &secret, 2, "two-and-a-notice").await;
    let (room, participant) = (group.room, group.members[0].1.me);
    let (before, now) = (Some(1), 2);
    group
        .lead
        .does(Action::NoteAnswer {
            participant,
            before,
            now,
        })
        .await;
    let (browser, line) = &mut group.members[0];
    let paths = ["export", "answers"].map(|file| format!("/api/rooms/{room}/mine/{file}"));
    for path in &paths {
        let taken = browser.get(path).await;
        assert_eq!(taken.status, 200);
        let text = String::from_utf8(taken.body.to_vec()).expect("text");
        assert!(text.contains(NOTICE), "{text}");
    }
    let bundle: serde_json::Value = serde_json::from_slice(&browser.get(&paths[1]).await.body).expect("JSON");
    assert_eq!(tests::fhir::faults(&bundle), Vec::<String>::new());
    assert!(bundle.to_string().contains("\"valueInteger\":2") && bundle.to_string().contains("NORDSCLCD"));
    keep_for_strangers("notice", &bundle);
    let purpose = Purpose::Disclosure;
    line.act(Action::WithdrawConsent { purpose })
        .await
        .expect("it was given");
    let refused = browser.get(&paths[1]).await;
    assert_eq!(refused.status, 409);
    let told = String::from_utf8(refused.body.to_vec()).expect("text");
    assert!(told.contains("not_agreed") && !told.contains(NOTICE), "{told}");
    let own = browser.get(&paths[0]).await;
    assert_eq!(own.status, 200);
    let own = String::from_utf8(own.body.to_vec()).expect("text");
    assert!(own.contains(NOTICE), "the notice stands on the copy, too: {own}");
    house.stop().await;
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// An empty machine that is given the keys, from their own place, and a backup.
async fn restored(folder: &Path, name: &str, keys: &Path, backup: &Path, with: &[&str]) -> PathBuf {
    let machine = folder.join(name);
    std::fs::create_dir(&machine).expect("an empty machine");
    for file in with {
        std::fs::copy(keys.join(file), machine.join(file)).expect("a file of the keys' own place");
    }
    rondo(&machine, &["restore", text(backup)]).await;
    machine
}

#[tokio::test]
async fn t10_one_partner_is_erased_for_good_and_the_other_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let server = Process::logging(&data, &log).await.expect("the server starts");
    let mut evening = Evening::of(&server).await;
    let all = planted();
    assert!(all.len() >= 40, "{} strings are planted", all.len());

    // Before: what was said went everywhere, and stands in no file.
    let mut secrets: Vec<String> = all.clone();
    secrets.extend([EMAIL.to_owned(), PASSPHRASE.to_owned(), evening.ana_secret.clone()]);
    let seen = evening.seen();
    let went_through = all.iter().filter(|word| seen.contains(word.as_str())).count();
    println!(
        "T10: {} strings planted, {went_through} of them seen on somebody's line",
        all.len()
    );
    assert!(went_through >= 30, "the strings went through the rooms: {went_through}");
    let in_memory = memory_of(&server).map(|image| found_in(&[image], &all));
    let logs = logged(&log);
    assert!(!logs[0].is_empty(), "the server logs into this file");
    assert_eq!(
        found_in(&files(&data), &secrets),
        Vec::<String>::new(),
        "in the data folder"
    );
    assert_eq!(found_in(&logs, &secrets), Vec::<String>::new(), "in the log");
    let backup = folder.path().join("backup");
    rondo(&data, &["backup", text(&backup)]).await;
    assert_eq!(
        found_in(&files(&backup), &secrets),
        Vec::<String>::new(),
        "in the backup"
    );
    the_search_finds(&data, &all);

    let pieces = Pieces::of(&data, &evening).await;
    let (ana, ben) = pieces.opening(&data).await;
    println!(
        "T10: before: of Ana's {} sealed texts open {ana}, of Ben's {} open {ben}",
        pieces.ana.len(),
        pieces.ben.len()
    );
    assert!(pieces.ana.len() >= 12 && pieces.ben.len() >= 8);
    assert_eq!(
        (ana, ben),
        (pieces.ana.len(), pieces.ben.len()),
        "before, everything opens"
    );

    let emptied = erased_in_steps(&mut evening).await;
    life_goes_on(&mut evening).await;

    // After: nothing of hers opens, all of his does, and what was sealed is gone from the files.
    let (ana, ben) = pieces.opening(&data).await;
    println!(
        "T10: after: of Ana's {} sealed texts open {ana}, of Ben's {} open {ben}",
        pieces.ana.len(),
        pieces.ben.len()
    );
    assert_eq!((ana, ben), (0, pieces.ben.len()));
    let left = files(&data);
    let standing = pieces.standing(&left);
    println!(
        "T10: {emptied} events were emptied; {} of {} sealed bodies left the files",
        pieces.bodies() - standing,
        pieces.bodies()
    );
    assert!(
        pieces.bodies() - standing >= emptied && emptied >= 12,
        "{standing} of {} stand",
        pieces.bodies()
    );
    secrets.extend(THEIRS.reasons.iter().map(|reason| (*reason).to_owned()));
    assert_eq!(found_in(&left, &secrets), Vec::<String>::new(), "in the data folder");
    assert_eq!(found_in(&logged(&log), &secrets), Vec::<String>::new(), "in the log");
    // The room's memory was overwritten or given back as the machine pleases: told, not demanded.
    if let (Some(before), Some(image)) = (in_memory, memory_of(&server)) {
        let of_ana = planted_of("ana");
        let was = before.iter().filter(|word| of_ana.contains(word)).count();
        let is = found_in(&[image], &of_ana).len();
        println!(
            "T10: in the running process's memory: {was} of Ana's {} strings before, {is} after",
            of_ana.len()
        );
        assert!(was > 0, "the image was looked through");
    } else {
        println!("T10: the running process's memory cannot be read here");
    }
    // No image is ever written: neither by the kernel nor by a debugger of the same user.
    let limits =
        std::fs::read_to_string(format!("/proc/{}/limits", server.id().expect("it runs"))).expect("its limits");
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .expect("a limit");
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
    server.kill().await;
    // Every event that was emptied is still a leaf of the signed log, as it was.
    let checked = rondo(&data, &["verify"]).await;
    println!(
        "T10: the signed log after the erasure: {}",
        checked.trim().replace('\n', "; ")
    );
    let later = folder.path().join("later");
    rondo(&data, &["backup", text(&later)]).await;
    old_backups(folder.path(), &data, &backup, &later, &pieces, &mut evening, &secrets).await;
    println!(
        "T10: 0 of {} strings in {} files; 0 of {} sealed texts open after the erasure, after a restart, after restoring a backup made before \
         (N = {} pairs of a string and a file, 3/N = {:.5})",
        secrets.len(),
        left.len() + 2,
        pieces.ana.len(),
        secrets.len() * (left.len() + 2),
        3.0 / (secrets.len() * (left.len() + 2)) as f64
    );
}

/// The search itself: a string in a page of the database, at the end of its log, in a log's line is found.
fn the_search_finds(data: &Path, all: &[String]) {
    let honest = files(data);
    for (n, file) in honest.iter().enumerate() {
        let word = &all[n % all.len()];
        for at in [0, file.len() / 2, file.len()] {
            let mut doctored = file.clone();
            doctored.splice(at..at, word.bytes());
            assert_eq!(
                found_in(&[doctored], all),
                std::slice::from_ref(word),
                "file {n}, at {at}"
            );
        }
    }
}

/// Asked for, refused, asked for again, held, and carried out. Gives how many events were emptied.
async fn erased_in_steps(evening: &mut Evening) -> usize {
    let (room, ana) = (evening.room, evening.ana.me);
    let mine = format!("/api/rooms/{room}/mine");
    let group = format!("/api/groups/{room}");
    let ask = AskErasure {
        reason: Some(THEIRS.reasons[0].into()),
    };
    let asked = evening.ana_browser.post(&format!("{mine}/erasure"), &ask).await;
    assert_eq!(asked.status, 204);
    let rights: GroupRights = evening.lead_browser.get(&format!("{group}/rights")).await.json();
    assert_eq!(rights.erasures.len(), 1);
    assert_eq!(
        rights.erasures[0]
            .reason
            .as_ref()
            .map(|reason| reason.expose().as_str()),
        Some(THEIRS.reasons[0])
    );
    assert_eq!(
        rights.erasures[0].due_at.since(rights.erasures[0].asked_at),
        30 * 86_400_000
    );
    let refuse = RefuseErasure {
        reason: THEIRS.reasons[1].into(),
    };
    let path = format!("{group}/erasures/{ana}");
    assert_eq!(
        evening
            .lead_browser
            .post(&format!("{path}/refuse"), &refuse)
            .await
            .status,
        204
    );
    let known: MyData = evening.ana_browser.get(&mine).await.json();
    let refused = known
        .erasure
        .expect("it stands there")
        .refused
        .expect("with the answer");
    assert_eq!(refused.reason.expose(), THEIRS.reasons[1]);
    // What was refused is not carried out by accident.
    let name = |name: &str| CarryOutErasure { name: name.into() };
    let carry_out = format!("{path}/carry-out");
    assert_eq!(
        evening.lead_browser.post(&carry_out, &name(THEIRS.ana)).await.status,
        404
    );
    let begin = NewErasure {
        participant: ana,
        reason: THEIRS.reasons[2].into(),
    };
    assert_eq!(
        evening
            .lead_browser
            .post(&format!("{group}/erasures"), &begin)
            .await
            .status,
        204
    );
    assert_eq!(
        evening.lead_browser.post(&carry_out, &name(THEIRS.ben)).await.status,
        422
    );
    let hold = NewHold {
        participant: None,
        reason: THEIRS.hold.into(),
    };
    assert_eq!(
        evening.lead_browser.post(&format!("{group}/holds"), &hold).await.status,
        204
    );
    let held = evening.lead_browser.post(&carry_out, &name(THEIRS.ana)).await;
    assert_eq!(held.problem(), ProblemCode::Held);
    let lift = LiftHold { participant: None };
    assert_eq!(
        evening
            .lead_browser
            .post(&format!("{group}/holds/lift"), &lift)
            .await
            .status,
        204
    );

    let done = evening.lead_browser.post(&carry_out, &name(THEIRS.ana)).await;
    assert_eq!(done.status, 204, "{}", String::from_utf8_lossy(&done.body));
    let rights: GroupRights = evening.lead_browser.get(&format!("{group}/rights")).await.json();
    let record = rights.erasures[0].record.clone().expect("a signed record");
    assert!(
        rights.erasures[0].done_at.is_some() && rights.erasures[0].name.is_none(),
        "{record}"
    );
    let line = record.lines().find_map(|line| line.strip_prefix("events emptied "));
    line.expect("the count").parse().expect("a number")
}

/// Her line is closed and her links are dead; his evening goes on, and his page says nothing of her any more.
async fn life_goes_on(evening: &mut Evening) {
    assert_eq!(evening.ana.is_closed().await, Some(4403));
    let mine = format!("/api/rooms/{}/mine", evening.room);
    assert_eq!(evening.ana_browser.get(&mine).await.status, 401);
    let again = Join {
        secret: evening.ana_secret.as_str().into(),
    };
    let joined = evening.ana_browser.post("/api/join", &again).await;
    assert_eq!(joined.problem(), ProblemCode::LinkInvalid);

    let (scene, _) = evening.lead.sees("two seats", |scene, _| scene.seats.len() == 2).await;
    let told = serde_json::to_string(&scene).expect("a scene");
    let (scene, mine) = evening.ben.sees("two seats", |scene, _| scene.seats.len() == 2).await;
    let his = serde_json::to_string(&(scene, mine)).expect("a scene");
    for word in planted_of("ana") {
        assert!(!told.contains(&word) && !his.contains(&word), "{word}");
    }
    evening.ben.does(Action::Pause).await;
    let kept = evening
        .ben_page
        .reads(&mut evening.ben, |text| !text.contains(THEIRS.ana_note))
        .await;
    assert!(
        kept.contains(THEIRS.ben_note) && kept.contains(THEIRS.lead_note),
        "{kept}"
    );
}

/// A backup from before the erasure, on an empty machine: with the list that is kept beside the root key she stays erased, and only without
/// it she would be back.
async fn old_backups(
    folder: &Path,
    keys: &Path,
    old: &Path,
    later: &Path,
    pieces: &Pieces,
    evening: &mut Evening,
    secrets: &[String],
) {
    let bare = restored(folder, "bare", keys, old, &["root.key"]).await;
    let (ana, ben) = pieces.opening(&bare).await;
    assert_eq!(
        (ana, ben),
        (pieces.ana.len(), pieces.ben.len()),
        "it is the list that does it"
    );

    let machine = restored(
        folder,
        "machine",
        keys,
        old,
        &["root.key", "root.erased", "root.recovery"],
    )
    .await;
    // What was sealed for her is shut before any start; which key was a visit's, only the room can tell, so the start sees to it.
    assert_eq!(pieces.opening(&machine).await, (pieces.of_visits, pieces.ben.len()));
    let server = Process::start(&machine, 0, &[])
        .await
        .expect("the restored server starts");
    evening.lead_browser.address = server.address;
    let mut facilitator = tests::cast::Facilitator {
        browser: evening.lead_browser.clone(),
        recovery_key: String::new(),
    };
    facilitator.signs_in().await;
    let mut lead = facilitator.enter(evening.room).await;
    let mut page = Page::open(&mut lead, NoteRef::Session { session: 1 }, 99)
        .await
        .expect("the note opens");
    let kept = page.reads(&mut lead, |text| text.contains(THEIRS.ben_note)).await;
    assert!(!kept.contains(THEIRS.ana_note), "{kept}");
    let rights: GroupRights = facilitator
        .browser
        .get(&format!("/api/groups/{}/rights", evening.room))
        .await
        .json();
    assert!(rights.erasures.iter().any(|one| one.done_at.is_some()));
    evening.ana_browser.address = server.address;
    let again = Join {
        secret: evening.ana_secret.as_str().into(),
    };
    assert_eq!(
        evening.ana_browser.post("/api/join", &again).await.problem(),
        ProblemCode::LinkInvalid
    );
    assert_eq!(pieces.opening(&machine).await, (0, pieces.ben.len()));
    assert_eq!(found_in(&files(&machine), secrets), Vec::<String>::new());
    server.kill().await;

    // Without the list at hand, any backup from after the erasure brings it along.
    let after = restored(folder, "after", keys, later, &["root.key"]).await;
    assert!(after.join("root.erased").is_file());
    assert_eq!(pieces.opening(&after).await, (0, pieces.ben.len()));
}
