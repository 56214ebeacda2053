//! The packs that come with Rondo: sound, embedded whole, and written as `Writing for the room` asks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use protocol::pack::check::load;
use protocol::pack::{
    Advance, FloorMode, Pack, PackText, PromptAudience, PromptKind, Setting, StepText, When, builtin,
};

fn shipped() -> Vec<Pack> {
    let load =
        |(folder, files): &protocol::pack::Folder| load(folder, files).unwrap_or_else(|faults| panic!("{faults:#?}"));
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
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("packs");
    let mut on_disk = BTreeMap::new();
    for folder in std::fs::read_dir(&packs).expect("the packs") {
        let folder = folder.expect("a pack").path();
        if folder.is_dir() {
            let mut files = BTreeMap::new();
            gather(&folder, "", &mut files);
            on_disk.insert(
                folder.file_name().expect("a name").to_string_lossy().into_owned(),
                files,
            );
        }
    }
    let embedded: BTreeMap<String, _> = builtin()
        .iter()
        .map(|(name, files)| (name.to_string(), files.clone()))
        .collect();
    let names = |all: &BTreeMap<String, BTreeMap<String, Vec<u8>>>| -> Vec<(String, Vec<String>)> {
        all.iter()
            .map(|(name, files)| (name.clone(), files.keys().cloned().collect()))
            .collect()
    };
    assert_eq!(names(&embedded), names(&on_disk));
    assert!(embedded == on_disk, "an embedded file differs from the one on disk");
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
    let pack = group_ipt();
    let modes: BTreeSet<_> = pack
        .sessions
        .iter()
        .flat_map(|session| &session.steps)
        .map(|step| step.floor)
        .collect();
    assert_eq!(
        modes,
        BTreeSet::from([FloorMode::Open, FloorMode::Queue, FloorMode::Round, FloorMode::Chair])
    );
}

#[test]
fn the_number_of_meetings_left_is_said_half_way() {
    let pack = group_ipt();
    for (session, number) in [(4, "four are ahead"), (5, "four meetings are left")] {
        let steps = &pack.session(session).expect("a session").steps;
        let prompts = steps.iter().flat_map(|step| &step.prompts);
        let said = prompts.filter_map(|prompt| words(&pack).prompts[&prompt.id].say.as_deref());
        assert!(said.into_iter().any(|say| say.contains(number)), "session {session}");
    }
}

/// `prompts.md`: one to four prompts a step, a name of two words, the verb first, nothing that commands.
#[test]
fn every_step_and_every_prompt_is_written_for_the_room() {
    const VERBS: &[&str] = &[
        "Ask", "Begin", "End", "Explain", "Give", "Go", "Help", "Invite", "Leave", "Let", "Listen", "Look", "Make",
        "Name", "Notice", "Offer", "Pick", "Say", "Show", "Tell", "Thank", "Think", "Turn",
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
    for pack in shipped() {
        let words = words(&pack);
        for step in pack.sessions.iter().flat_map(|session| &session.steps) {
            assert!(
                (1..=4).contains(&step.prompts.len()),
                "{} has {} prompts",
                step.id,
                step.prompts.len()
            );
            let StepText { name, shorten, .. } = &words.steps[&step.id];
            assert_eq!(name.split_whitespace().count(), 2, "{name}");
            assert!(shorten.is_some(), "{} cannot be shortened", step.id);
            for prompt in &step.prompts {
                let text = &words.prompts[&prompt.id];
                let first = text.think.split_whitespace().next().expect("a word");
                assert!(VERBS.contains(&first), "{}: {first:?} is not a verb", prompt.id);
                let all = format!("{} {}", text.think, text.say.as_deref().unwrap_or_default()).to_lowercase();
                for word in NEVER {
                    assert!(!all.contains(word), "{}: says {word:?}", prompt.id);
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
}

/// No sentence is read twice in one meeting, and each step begins with at most two prompts: more cannot be shown.
#[test]
fn a_moment_never_asks_for_more_prompts_than_can_be_shown() {
    for pack in shipped() {
        for step in pack.sessions.iter().flat_map(|session| &session.steps) {
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
}
