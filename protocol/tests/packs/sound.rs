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
