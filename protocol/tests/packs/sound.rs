//! What a sound pack becomes.

use protocol::pack::check::load;
use protocol::pack::{Advance, Enforcement, FloorMode, PromptAudience, PromptKind, Setting, Unattended, When};

use crate::tiny::files;

#[test]
fn a_sound_pack_becomes_what_its_files_say() {
    let pack = load("tiny", &files()).expect("a sound pack");
    assert_eq!((pack.id.as_str(), pack.version.as_str()), ("tiny", "1.0.0"));
    assert_eq!((pack.setting, pack.unattended), (Setting::Circle, Unattended::Continue));
    assert_eq!((pack.members_min, pack.members_max, pack.grace_seconds), (2, 12, 45));
    assert_eq!(pack.sources, ["our own design"]);
    assert_eq!((pack.default_language.as_str(), pack.text.len()), ("en", 2));
    assert_eq!(pack.session_count(), 2);

    let session = pack.session(1).expect("session 1");
    assert_eq!((session.number, session.phase.as_str()), (1, "all"));
    let step = &session.steps[1];
    assert_eq!(
        (step.minutes, step.floor, step.turn_seconds),
        (20, FloorMode::Round, Some(120))
    );
    assert_eq!((step.advance, step.enforcement), (Advance::Auto, Enforcement::Off));
    let prompt = &step.prompts[1];
    assert_eq!(
        (prompt.audience, prompt.kind),
        (PromptAudience::Facilitator, PromptKind::Content)
    );
    assert_eq!(prompt.when, When::NotYetHeard(10));

    let words = pack.text("es").expect("words");
    assert_eq!(words.steps[&step.id].question.as_deref(), Some("What is it?"));
    assert_eq!(words.steps[&session.steps[0].id].question, None);
    assert_eq!(words.prompts[&step.prompts[0].id].say.as_deref(), Some("We begin."));
    assert_eq!(words.phases["all"], "All of it");
}

#[test]
fn a_session_may_change_a_step_for_itself_alone() {
    let pack = load("tiny", &files()).expect("a sound pack");
    let minutes = |number| pack.session(number).expect("a session").steps[1].minutes;
    assert_eq!((minutes(1), minutes(2)), (20, 30));
}

#[test]
fn a_language_that_the_pack_lacks_reads_as_the_default() {
    let pack = load("tiny", &files()).expect("a sound pack");
    assert_eq!(pack.text("fi"), pack.text("en"));
}

#[test]
fn the_digest_changes_with_every_name_and_every_byte() {
    let digest = |files| load("tiny", &files).expect("a sound pack").digest;
    let sound = digest(files());
    assert_eq!(sound.len(), 64);
    assert_eq!(sound, digest(files()), "the same files, the same digest");

    let mut changed = files();
    changed.insert("README.md".to_owned(), b"A pack for tests".to_vec());
    assert_ne!(sound, digest(changed));
    let mut without = files();
    without.remove("README.md");
    assert_ne!(sound, digest(without));
}

#[test]
fn the_example_of_the_read_me_is_a_sound_pack() {
    let read_me = include_str!("../../packs/README.md");
    let blocks: Vec<&str> = read_me
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    let [structure, words] = blocks[..] else {
        panic!("the read-me shows two files, not {}", blocks.len());
    };
    let files = std::collections::BTreeMap::from([
        ("pack.toml".to_owned(), structure.as_bytes().to_vec()),
        ("text/en.toml".to_owned(), words.as_bytes().to_vec()),
    ]);
    let pack = load("example", &files).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(pack.session_count(), 2);
}

#[test]
fn the_read_me_names_every_word_and_every_bound() {
    use protocol::pack::check::limits;
    let read_me = include_str!("../../packs/README.md");
    let schema = protocol::schema::documents();
    let wire: serde_json::Value = serde_json::from_str(&schema[0].1).expect("JSON");
    for kind in ["FloorMode", "QueueOrder", "Advance", "Ending", "Enforcement", "Setting"] {
        let variants = wire["$defs"][kind]["oneOf"].as_array().expect("a closed list");
        for word in variants.iter().filter_map(|variant| variant["const"].as_str()) {
            assert!(read_me.contains(word), "{kind}: {word}");
        }
    }
    let range = |range: &std::ops::RangeInclusive<u32>| format!("{}–{}", range.start(), range.end());
    let bounds = [
        format!("{} KiB", limits::MAX_FILE_BYTES / 1024),
        format!("{} languages", limits::MAX_LANGUAGES),
        format!("{} sessions", limits::MAX_SESSIONS),
        format!("{} steps a session", limits::MAX_STEPS_PER_SESSION),
        format!("{} steps a pack", limits::MAX_STEPS),
        format!("{} prompts a step", limits::MAX_PROMPTS_PER_STEP),
        format!("`grace_seconds` {}", range(&limits::GRACE_SECONDS)),
        format!("`silence` {} seconds", range(&limits::SILENCE_SECONDS)),
        format!("{} members", range(&limits::MEMBERS)),
        format!("{} faults", limits::MAX_FAULTS),
        format!("`minutes` | {};", range(&limits::STEP_MINUTES)),
        format!("at most {}", limits::SESSION_MINUTES.end()),
        format!("`turn_seconds` | {};", range(&limits::TURN_SECONDS)),
        format!("{} characters, best two words", limits::MAX_STEP_NAME_CHARS),
        format!("{} characters", limits::MAX_SENTENCE_CHARS),
        format!("{} words", limits::MAX_THINK_WORDS),
    ];
    for bound in bounds {
        assert!(read_me.contains(&bound), "{bound}");
    }
}
