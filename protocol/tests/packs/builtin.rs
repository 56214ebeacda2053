//! The packs that come with Rondo: sound, embedded whole, and written as `Writing for the room` asks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use packfiles::{builtin, load, shared};
use protocol::pack::{
    Advance, FloorMode, Pack, PackText, Prompt, PromptAudience, PromptKind, Setting, Step, StepText, When,
};

fn shipped() -> Vec<Pack> {
    let load = |(folder, files): &packfiles::Folder| {
        load(folder, files).unwrap_or_else(|faults| panic!("{folder}: {faults:#?}"))
    };
    builtin().iter().map(load).collect()
}

fn group_ipt() -> Pack {
    shipped()
        .into_iter()
        .find(|pack| pack.id == "group-ipt-8")
        .expect("the pack that is shipped")
}

fn words(pack: &Pack) -> &PackText {
    pack.text("en").expect("English")
}

#[test]
fn every_shipped_pack_is_sound() {
    assert!(!shipped().is_empty());
}

#[test]
fn every_file_of_every_pack_is_embedded() {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs");
    let (mut on_disk, mut shelves) = (Folders::new(), Folders::new());
    gather_folders(&packs, &mut on_disk);
    on_disk.remove("_shared").expect("the shelves");
    gather_folders(&packs.join("_shared"), &mut shelves);
    let own = |files: &BTreeMap<String, Vec<u8>>| {
        let files = files.iter().filter(|(name, _)| !name.starts_with("shared/"));
        files.map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
    };
    let embedded: Folders = builtin()
        .iter()
        .map(|(name, files)| (name.to_string(), own(files)))
        .collect();
    let embedded_shelves: Folders = shared()
        .iter()
        .map(|(name, files)| (name.to_string(), BTreeMap::clone(files)))
        .collect();
    for (embedded, on_disk) in [(embedded, on_disk), (embedded_shelves, shelves)] {
        assert_eq!(names(&embedded), names(&on_disk));
        assert!(embedded == on_disk, "an embedded file differs from the one on disk");
    }
}

type Folders = BTreeMap<String, BTreeMap<String, Vec<u8>>>;

fn names(all: &Folders) -> Vec<(&str, Vec<&str>)> {
    all.iter()
        .map(|(name, files)| (name.as_str(), files.keys().map(String::as_str).collect()))
        .collect()
}

fn gather_folders(packs: &Path, folders: &mut Folders) {
    for folder in std::fs::read_dir(packs).expect("the packs") {
        let folder = folder.expect("a pack").path();
        if folder.is_dir() {
            let mut files = BTreeMap::new();
            gather(&folder, "", &mut files);
            let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
            folders.insert(name, files);
        }
    }
}

fn gather(folder: &Path, under: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = format!("{under}{}", path.file_name().expect("a name").to_string_lossy());
        if path.is_dir() {
            gather(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read(&path).expect("a file"));
        }
    }
}

#[test]
fn the_read_me_says_what_the_pack_says_of_itself() {
    for (folder, files) in builtin() {
        let read_me = String::from_utf8(files["README.md"].clone()).expect("UTF-8");
        let pack = load(folder, files).expect("a sound pack");
        for said in [&pack.id, &pack.licence, &pack.reviewer] {
            assert!(
                read_me.contains(said.as_str()),
                "{folder}: README.md does not say {said:?}"
            );
        }
        let evidence = pack.evidence.split([':', ';']).next().expect("a beginning");
        assert!(
            read_me.contains(evidence),
            "{folder}: README.md does not say {evidence:?}"
        );
    }
}

#[test]
fn group_ipt_is_eight_meetings_of_ninety_minutes() {
    let pack = group_ipt();
    assert_eq!(
        (pack.setting, pack.members_min, pack.members_max),
        (Setting::Group, 6, 10)
    );
    let phases: Vec<&str> = pack.sessions.iter().map(|session| session.phase.as_str()).collect();
    let middle = ["middle"; 6];
    assert_eq!(phases, [&["initial"][..], &middle, &["termination"]].concat());
    for session in &pack.sessions {
        let minutes: u32 = session.steps.iter().map(|step| step.minutes).sum();
        assert_eq!(minutes, 90, "session {}", session.number);
    }
}

#[test]
fn the_middle_meetings_have_the_weekly_shape() {
    let shape = [
        (5, FloorMode::Open, None),
        (5, FloorMode::Open, None),
        (15, FloorMode::Round, Some(120)),
        (5, FloorMode::Queue, Some(40)),
        (25, FloorMode::Open, None),
        (15, FloorMode::Open, None),
        (8, FloorMode::Queue, Some(60)),
        (7, FloorMode::Round, Some(40)),
        (5, FloorMode::Open, None),
    ];
    let pack = group_ipt();
    for number in 2..=7 {
        let session = pack.session(number).expect("a session");
        let found: Vec<_> = session
            .steps
            .iter()
            .map(|step| (step.minutes, step.floor, step.turn_seconds))
            .collect();
        assert_eq!(found, shape, "session {number}");
        assert_eq!(session.steps[2].advance, Advance::Auto);
    }
}

#[test]
fn every_way_of_sharing_the_floor_is_used() {
    let packs = shipped();
    let modes: BTreeSet<_> = steps(&packs).map(|(_, step)| step.floor).collect();
    assert_eq!(modes, BTreeSet::from(FloorMode::ALL));
}

/// Every step of every session and meeting, with its pack.
fn steps(packs: &[Pack]) -> impl Iterator<Item = (&Pack, &Step)> {
    packs.iter().flat_map(|pack| {
        let sessions = pack.sessions.iter().flat_map(|session| &session.steps);
        let meetings = pack.meetings.iter().flat_map(|meeting| &meeting.steps);
        sessions.chain(meetings).map(move |step| (pack, step))
    })
}

#[test]
fn the_number_of_meetings_left_is_said_half_way() {
    let pack = group_ipt();
    for (session, said) in [
        (4, "Half of our {meetings} meetings"),
        (5, "With today, {left} meetings are left."),
    ] {
        let steps = &pack.session(session).expect("a session").steps;
        let prompts = steps.iter().flat_map(|step| &step.prompts);
        let says = prompts.filter_map(|prompt| words(&pack).prompts[&prompt.id].say.as_deref());
        assert!(says.into_iter().any(|say| say.contains(said)), "session {session}");
    }
}

/// What the packs are for, as their titles promise: setting, sessions, minutes of a session, meetings beside them.
#[test]
fn every_pack_has_the_frame_it_promises() {
    let frames = [
        ("circle-alumni", Setting::Circle, 12, 77, 0),
        ("circle-open", Setting::Circle, 52, 56, 0),
        ("circle-round", Setting::Circle, 52, 70, 0),
        ("couple-12", Setting::Couple, 12, 60, 2),
        ("couple-16", Setting::Couple, 16, 60, 2),
        ("group-ipt-12", Setting::Group, 12, 90, 3),
        ("group-ipt-16", Setting::Group, 16, 90, 3),
        ("group-ipt-20", Setting::Group, 20, 90, 3),
        ("group-ipt-8", Setting::Group, 8, 90, 1),
        ("individual-12", Setting::Individual, 12, 50, 0),
        ("individual-16", Setting::Individual, 16, 50, 0),
        ("maintenance-monthly", Setting::Group, 12, 90, 0),
        ("partner-assisted-8", Setting::Couple, 8, 60, 2),
        ("perinatal-group-8", Setting::Group, 8, 90, 3),
        ("youth-skills-8", Setting::Group, 8, 90, 2),
    ];
    let packs = shipped();
    assert_eq!(packs.len(), frames.len());
    for (pack, (id, setting, sessions, minutes, meetings)) in std::iter::zip(&packs, frames) {
        assert_eq!((pack.id.as_str(), pack.setting), (id, setting));
        assert_eq!(
            (pack.session_count(), pack.meetings.len()),
            (sessions, meetings),
            "{id}"
        );
        for session in &pack.sessions {
            let taken: u32 = session.steps.iter().map(|step| step.minutes).sum();
            assert_eq!(taken, minutes, "{id}, session {}", session.number);
        }
        assert_eq!(pack.separate_screens, setting == Setting::Couple, "{id}");
        assert_eq!(pack.circle.is_some(), setting == Setting::Circle, "{id}");
    }
}

#[test]
fn every_pack_says_what_it_is_and_what_is_known_about_it() {
    for pack in shipped() {
        let id = &pack.id;
        assert!(
            ["our design", "adapted: ", "studied in "]
                .iter()
                .any(|word| pack.evidence.starts_with(word)),
            "{id}"
        );
        assert!(
            pack.evidence.contains("not") && pack.evidence.contains("studied"),
            "{id}: {}",
            pack.evidence
        );
        assert_eq!(pack.reviewer, "not yet", "{id}");
        assert!(
            !pack.sources.is_empty() && !pack.modality.is_empty() && pack.agreements.len() >= 4,
            "{id}"
        );
        assert_eq!(pack.text.keys().collect::<Vec<_>>(), ["en", "es"], "{id}");
        assert!(pack.text.values().all(|words| words.content_notes.is_some()), "{id}");
    }
}

/// The time to part well is kept, and so is what keeps people safe; something can be left out of every long session.
#[test]
fn every_session_keeps_its_closing_and_says_what_could_be_left_out() {
    for pack in shipped() {
        for session in &pack.sessions {
            let place = format!("{}, session {}", pack.id, session.number);
            assert!(session.steps.last().is_some_and(|step| step.protected), "{place}");
            let last = session.number == pack.session_count();
            let droppable = session.steps.iter().any(|step| step.droppable);
            assert!(droppable || last || pack.setting == Setting::Individual, "{place}");
        }
    }
}

#[test]
fn the_words_of_a_circle_are_not_those_of_a_clinic() {
    const CLINIC: &[&str] = &[
        "therap",
        "treatment",
        "diagnos",
        "symptom",
        "depress",
        "clinic",
        "patient",
        "client",
        "session",
        "mood",
        "disorder",
        "facilitator",
        "intervention",
        "terapi",
        "tratamiento",
        "depresi",
        "síntoma",
        "clínic",
        "paciente",
        "sesión",
        "trastorno",
    ];
    for pack in shipped().iter().filter(|pack| pack.setting == Setting::Circle) {
        for (language, words) in &pack.text {
            let all = serde_json::to_string(words).expect("JSON").to_lowercase();
            let all = all.replace("\"facilitator\"", "");
            for word in CLINIC {
                assert!(!all.contains(word), "{}, {language}: says {word:?}", pack.id);
            }
        }
        let called = |when: &When| matches!(when, When::NotYetHeard(_));
        let mut prompts = pack
            .sessions
            .iter()
            .flat_map(|session| &session.steps)
            .flat_map(|step| &step.prompts);
        assert!(
            !prompts.any(|prompt| called(&prompt.when)),
            "{}: nobody is called on",
            pack.id
        );
    }
}

/// A partner may see the other's screen: what stands there by itself never hints at danger, and looks the same for every couple. Words
/// that a facilitator pushes in a private talk come after the question whether the person is alone.
#[test]
fn what_a_couple_sees_names_no_danger() {
    const DANGER: &[&str] = &[
        "afraid", "fear", "violen", "safe", "hurt", "danger", "miedo", "segur", "daño", "peligro",
    ];
    let packs = shipped();
    for (pack, step) in steps(&packs).filter(|(pack, _)| pack.setting == Setting::Couple) {
        let together = pack
            .sessions
            .iter()
            .any(|session| session.steps.iter().any(|s| s.id == step.id));
        for words in pack.text.values() {
            let text = &words.steps[&step.id];
            let always = [&text.name, &text.member].into_iter();
            let maybe = [&text.question, &text.content_notes, &text.choices]
                .into_iter()
                .flatten();
            let says = step.prompts.iter().filter(|_| together);
            let says = says.filter_map(|prompt| words.prompts[&prompt.id].say.as_ref());
            for sentence in always.chain(maybe).chain(says) {
                let sentence = sentence.to_lowercase();
                assert!(
                    !DANGER.iter().any(|word| sentence.contains(word)),
                    "{}: {sentence}",
                    step.id
                );
            }
        }
    }
}

/// Spanish is written, not left over: no sentence of either language stands in the other.
#[test]
fn no_sentence_is_left_untranslated() {
    for pack in shipped() {
        let (en, es) = (words(&pack), pack.text("es").expect("Spanish"));
        let mut pairs = vec![(&en.title, &es.title), (&en.summary, &es.summary)];
        for (id, english) in &en.steps {
            let spanish = &es.steps[id];
            pairs.extend([
                (&english.name, &spanish.name),
                (&english.purpose, &spanish.purpose),
                (&english.member, &spanish.member),
            ]);
        }
        for (id, english) in &en.prompts {
            pairs.push((&english.think, &es.prompts[id].think));
        }
        for (english, spanish) in pairs {
            assert_ne!(english, spanish, "{}", pack.id);
        }
    }
}

/// `prompts.md`: one to four prompts a step, a name of two words, the verb first, nothing that commands.
#[test]
fn every_step_and_every_prompt_is_written_for_the_room() {
    const VERBS: &[&str] = &[
        "Agree", "Ask", "Begin", "Choose", "Collect", "Draw", "End", "Explain", "Give", "Go", "Help", "Invite", "Lay",
        "Leave", "Let", "Listen", "Look", "Make", "Name", "Notice", "Offer", "Pick", "Read", "Remind", "Ring", "Say",
        "See", "Show", "Stop", "Tell", "Thank", "Think", "Turn", "Wait", "Welcome",
    ];
    const NEVER: &[&str] = &[
        "must",
        "should have",
        "score",
        "diagnos",
        "medic",
        "pill",
        "drug",
        "symptom",
        "patient",
        "warning",
        "facilitate",
    ];
    const NEVER_IN_SPANISH: &[&str] = &[
        "debe ",
        "puntaje",
        "diagn",
        "medic",
        "síntoma",
        "paciente",
        "advertencia",
        "facilit",
    ];
    let packs = shipped();
    for (pack, step) in steps(&packs) {
        let words = words(pack);
        // A private card is one person's; a flag is rare, and comes before everything else.
        let rare = |prompt: &Prompt| prompt.audience == PromptAudience::Member || prompt.when == When::MeasureFlagged;
        let appear = |prompt: &&Prompt| !rare(prompt);
        let count = step.prompts.iter().filter(appear).count();
        assert!((1..=4).contains(&count), "{} has {count} prompts", step.id);
        let StepText { name, shorten, .. } = &words.steps[&step.id];
        assert_eq!(name.split_whitespace().count(), 2, "{name}");
        assert!(shorten.is_some(), "{} cannot be shortened", step.id);
        for prompt in &step.prompts {
            let text = &words.prompts[&prompt.id];
            let first = text.think.split_whitespace().next().expect("a word");
            let first = first.trim_end_matches([',', ';']);
            assert!(VERBS.contains(&first), "{}: {first:?} is not a verb", prompt.id);
            for (language, never) in [("en", NEVER), ("es", NEVER_IN_SPANISH)] {
                let text = &pack.text[language].prompts[&prompt.id];
                let all = format!("{} {}", text.think, text.say.as_deref().unwrap_or_default()).to_lowercase();
                for word in never {
                    assert!(!all.contains(word), "{}: says {word:?}", prompt.id);
                }
            }
            assert!(
                prompt.id.as_str().starts_with(&format!("{}.", step.id)),
                "{} is not of {}",
                prompt.id,
                step.id
            );
        }
    }
}

/// No sentence is read twice in one meeting, and each step begins with at most two prompts: more cannot be shown.
#[test]
fn a_moment_never_asks_for_more_prompts_than_can_be_shown() {
    let packs = shipped();
    for (_, step) in steps(&packs) {
        let mut due: BTreeMap<(bool, u32), usize> = BTreeMap::new();
        for prompt in step
            .prompts
            .iter()
            .filter(|prompt| prompt.audience == PromptAudience::Facilitator)
        {
            let minute = match prompt.when {
                When::Start | When::SessionsLeft(_) => 0,
                When::After(minute) => minute,
                When::BeforeEnd(before) => step.minutes - before,
                When::TurnOverran
                | When::TurnRuns(_)
                | When::RoundOver
                | When::QueueLong(_)
                | When::FewerThan(_)
                | When::NotYetHeard(_)
                | When::Silence(_)
                | When::LineDown
                | When::Area(_)
                | When::MeasureFlagged => continue,
            };
            *due.entry((prompt.kind == PromptKind::Content, minute)).or_default() += 1;
        }
        assert!(due.values().all(|&count| count <= 2), "{}: {due:?}", step.id);
    }
}
