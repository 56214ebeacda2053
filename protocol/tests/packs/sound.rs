//! What a sound pack becomes.

use packfiles::load;
use protocol::pack::{
    Advance, Area, CircleRole, CircleRules, Course, Crosstalk, Enforcement, FloorMode, Keeps, MeetingPlace,
    MeetingWith, Pack, PromptAudience, PromptKind, Purpose, Rhythm, Setting, Unattended, When,
};

use crate::tiny::{Files, STRUCTURE, WORDS, files};

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
    assert_eq!(pack.session_count(), 3);
    let course = Course {
        rhythm: Rhythm::Fortnightly,
        closed: true,
        joining_until: Some(2),
        min_present: Some(3),
    };
    assert_eq!((&pack.modality[..], pack.course.clone()), ("peer support", course));
    let circle = CircleRules {
        roles: vec![CircleRole::Host, CircleRole::Timekeeper],
        crosstalk: Crosstalk::Thanks,
        keeps: Keeps::Everything,
    };
    assert_eq!(
        (pack.agreements.clone(), pack.circle.clone()),
        (vec!["stays-here".to_owned()], Some(circle))
    );
    let [meeting] = &pack.meetings[..] else {
        panic!("one meeting: {:?}", pack.meetings);
    };
    assert_eq!(
        (meeting.place, meeting.with, meeting.minutes),
        (MeetingPlace::Before, MeetingWith::Each, 5)
    );
    let steps = |number| &pack.session(number).expect("a session").steps;
    assert_eq!(steps(1), steps(2), "sessions 1 through 2 are alike");
    assert_eq!(
        (steps(3)[0].minutes, steps(3)[1].droppable, steps(3)[2].protected),
        (30, true, true)
    );
    assert!(steps(1)[0].own_words);
    let words = pack.text("en").expect("words");
    assert_eq!(
        words.roles[&CircleRole::Host],
        "Opens, reads the agreements, and closes."
    );
    assert_eq!(
        words.steps[&steps(1)[0].id].choices.as_deref(),
        Some("Say one word, write it, or pass.")
    );
}

#[test]
fn every_condition_can_be_written() {
    let conditions = [
        ("\"start\"", When::Start),
        ("{ after = 3 }", When::After(3)),
        ("{ before_end = 3 }", When::BeforeEnd(3)),
        ("{ sessions_left = 2 }", When::SessionsLeft(2)),
        ("\"turn_overran\"", When::TurnOverran),
        ("{ turn_runs = 90 }", When::TurnRuns(90)),
        ("\"round_over\"", When::RoundOver),
        ("{ fewer_than = 4 }", When::FewerThan(4)),
        ("{ not_yet_heard = 8 }", When::NotYetHeard(8)),
        ("{ silence = 60 }", When::Silence(60)),
        ("\"line_down\"", When::LineDown),
        ("\"measure_flagged\"", When::MeasureFlagged),
    ];
    for (written, when) in conditions {
        let mut files = files();
        let structure = STRUCTURE.replacen("{ not_yet_heard = 10 }", written, 1);
        files.insert("pack.toml".to_owned(), structure.into_bytes());
        for language in ["text/en.toml", "text/es.toml"] {
            let words = WORDS.replace("Ask {names} ({count}), {minutes} minutes left.", "Ask.");
            files.insert(language.to_owned(), words.into_bytes());
        }
        let pack = load("tiny", &files).unwrap_or_else(|faults| panic!("{written}: {faults:#?}"));
        assert_eq!(pack.sessions[0].steps[1].prompts[1].when, when);
        assert!(
            include_str!("../../packs/README.md").contains(
                written
                    .split(['=', ' ', '"'])
                    .find(|word| word.len() > 2)
                    .expect("a word")
            ),
            "the read-me does not know {written}"
        );
    }
}

#[test]
fn a_member_has_a_card_for_each_area_and_a_long_queue_is_noticed() {
    let areas = [Area::Grief, Area::Dispute, Area::Transition, Area::Isolation];
    for (word, area) in std::iter::zip(["grief", "dispute", "transition", "isolation"], areas) {
        let card = format!("audience = \"member\"\nwhen = {{ area = \"{word}\" }}");
        let structure = STRUCTURE.replacen("audience = \"everyone\"\nwhen = \"start\"", &card, 1);
        let mut files = files();
        files.insert("pack.toml".to_owned(), structure.into_bytes());
        let pack = load("tiny", &files).unwrap_or_else(|faults| panic!("{word}: {faults:#?}"));
        let prompt = &pack.sessions[0].steps[1].prompts[0];
        assert_eq!(
            (prompt.audience, prompt.when),
            (PromptAudience::Member, When::Area(area))
        );
    }
    let mut files = files();
    let structure = STRUCTURE
        .replacen("floor = \"round\"", "floor = \"queue\"", 1)
        .replacen(
            "audience = \"everyone\"\nwhen = \"start\"",
            "audience = \"facilitator\"\nwhen = { queue_long = 4 }",
            1,
        );
    files.insert("pack.toml".to_owned(), structure.into_bytes());
    let pack = load("tiny", &files).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(pack.sessions[0].steps[1].prompts[0].when, When::QueueLong(4));
}

/// The tiny pack with its first step on a shelf called `room`.
fn with_a_shelf() -> Files {
    let step = "[[step]]\nid = \"arrive\"\nminutes = 5\nfloor = \"open\"\n";
    let words = "[step.arrive]\nname = \"Coming in\"\npurpose = \"People arrive.\"\nmember = \"You arrive.\"\n";
    assert!(STRUCTURE.contains(step) && WORDS.contains(words));
    let spare = "[[step]]\nid = \"spare\"\nminutes = 5\nfloor = \"open\"\n";
    let structure = STRUCTURE
        .replacen(step, "", 1)
        .replacen("modality", "shared = [\"room\"]\nmodality", 1);
    let mut files = files();
    let mut put = |name: &str, text: String| _ = files.insert(name.to_owned(), text.into_bytes());
    put("pack.toml", structure);
    put("shared/room/steps.toml", format!("{step}{spare}"));
    for language in ["en", "es"] {
        put(&format!("text/{language}.toml"), WORDS.replacen(words, "", 1));
        put(
            &format!("shared/room/text/{language}.toml"),
            format!("{words}{}", words.replace("arrive]", "spare]")),
        );
    }
    files
}

#[test]
fn a_pack_takes_over_the_shared_steps_it_uses_and_no_others() {
    let alone = load("tiny", &files()).expect("a sound pack");
    let shared = load("tiny", &with_a_shelf()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(shared.sessions, alone.sessions);
    assert_eq!(shared.text, alone.text);
    assert_ne!(
        shared.digest, alone.digest,
        "the digest is over everything that is used"
    );
    let mut changed = with_a_shelf();
    let steps = changed.get_mut("shared/room/steps.toml").expect("the shelf");
    steps.extend_from_slice(b"# a remark\n");
    assert_ne!(load("tiny", &changed).expect("a sound pack").digest, shared.digest);
}

#[test]
fn a_shelf_is_checked_like_the_pack_itself() {
    let faults = |spoil: &dyn Fn(&mut Files)| {
        let mut files = with_a_shelf();
        spoil(&mut files);
        let faults = load("tiny", &files).expect_err("a fault");
        faults
            .into_iter()
            .map(|f| format!("{}:{}: {}", f.file, f.line.unwrap_or_default(), f.fault))
            .collect::<Vec<_>>()
    };
    let missing = faults(&|files| _ = files.remove("shared/room/steps.toml"));
    assert!(
        missing.contains(&"shared/room/steps.toml:0: The shared steps are missing.".to_owned()),
        "{missing:#?}"
    );
    let untold = faults(&|files| _ = files.remove("shared/room/text/es.toml"));
    assert_eq!(
        untold,
        ["shared/room/text/es.toml:0: The texts of the shared steps are missing."]
    );
    let unnamed = faults(&|files| _ = files.insert("shared/hall/steps.toml".to_owned(), Vec::new()));
    assert_eq!(
        unnamed,
        ["shared/hall/steps.toml:0: This file does not belong to a pack."]
    );
    let broken = faults(&|files| {
        let steps = files.get_mut("shared/room/steps.toml").expect("the shelf");
        *steps = String::from_utf8_lossy(steps)
            .replacen("minutes = 5", "minutes = 0", 1)
            .into_bytes();
    });
    assert_eq!(
        broken,
        ["shared/room/steps.toml:3: `minutes` of a step is out of range."]
    );
    let twice = faults(&|files| {
        let structure = files.get_mut("pack.toml").expect("the structure");
        structure.extend_from_slice(b"\n[[step]]\nid = \"arrive\"\nminutes = 5\nfloor = \"open\"\n");
    });
    assert_eq!(twice.len(), 1);
    assert!(twice[0].contains("The step `arrive` is written twice."), "{twice:#?}");
}

/// The tiny pack as a group's, whose members agree to two things.
fn asking(notes: &str) -> Files {
    let mut files = files();
    let said = |language: &str| {
        format!(
            "disclosure_notice = \"Goes no further ({language}).\"\n{WORDS}\n[consent]\nnotes = \"{notes} ({language})\"\ndisclosure = \"It leaves.\"\n"
        )
    };
    let structure = STRUCTURE
        .replace("\"circle\"", "\"group\"\nconsents = [\"disclosure\", \"notes\"]")
        .replace("unattended = \"continue\"\n", "");
    files.insert("pack.toml".to_owned(), structure.into_bytes());
    for language in ["en", "es"] {
        files.insert(format!("text/{language}.toml"), said(language).into_bytes());
    }
    files
}

#[test]
fn a_consent_is_named_by_its_text_in_every_language_and_by_nothing_else() {
    let pack = load("tiny", &asking("We keep it")).expect("a sound pack");
    let purposes: Vec<_> = pack.consents.iter().map(|asked| asked.purpose).collect();
    assert_eq!(
        purposes,
        [Purpose::Notes, Purpose::Disclosure],
        "in one order, however they are listed"
    );
    let digest = |pack: &Pack, purpose| pack.consent(purpose).expect("it asks").digest.clone();
    let reworded = load("tiny", &asking("We all keep it")).expect("a sound pack");
    assert_ne!(digest(&pack, Purpose::Notes), digest(&reworded, Purpose::Notes));
    assert_eq!(
        digest(&pack, Purpose::Disclosure),
        digest(&reworded, Purpose::Disclosure)
    );
    let mut later = asking("We keep it");
    let structure = String::from_utf8(later["pack.toml"].clone())
        .expect("text")
        .replace("1.0.0", "1.0.1");
    later.insert("pack.toml".to_owned(), structure.into_bytes());
    let later = load("tiny", &later).expect("a sound pack");
    assert_eq!(digest(&pack, Purpose::Notes), digest(&later, Purpose::Notes));
}

#[test]
fn what_leaves_the_practice_needs_a_notice() {
    let mut without = asking("We keep it");
    for language in ["en", "es"] {
        let file = without.get_mut(&format!("text/{language}.toml")).expect("texts");
        let text = String::from_utf8(file.clone()).expect("text");
        *file = text.split_once('\n').expect("lines").1.as_bytes().to_vec();
    }
    let faults = load("tiny", &without).expect_err("no notice");
    assert!(
        faults
            .iter()
            .all(|fault| fault.fault.contains("notice on records that leave")),
        "{faults:#?}"
    );
    assert_eq!(faults.len(), 2);
}

/// A course that began under an earlier Rondo goes on: what is new in a pack has a default.
#[test]
fn a_pack_pinned_by_an_earlier_version_can_still_be_read() {
    let pack = load("tiny", &files()).expect("a sound pack");
    let mut written = serde_json::to_value(&pack).expect("JSON");
    let object = written.as_object_mut().expect("an object");
    for new in [
        "modality",
        "course",
        "meetings",
        "separate_screens",
        "secrets",
        "check_in",
        "arrival",
        "agreements",
        "consents",
        "circle",
        "overlays",
    ] {
        assert!(object.remove(new).is_some(), "{new}");
    }
    for text in object["text"].as_object_mut().expect("texts").values_mut() {
        let text = text.as_object_mut().expect("a text");
        for new in [
            "content_notes",
            "meetings",
            "agreements",
            "roles",
            "crosstalk",
            "consents",
            "disclosure_notice",
        ] {
            assert!(text.remove(new).is_some(), "{new}");
        }
        for step in text["steps"].as_object_mut().expect("steps").values_mut() {
            let step = step.as_object_mut().expect("a step");
            assert!(step.remove("content_notes").is_some() && step.remove("choices").is_some());
        }
    }
    for session in object["sessions"].as_array_mut().expect("sessions") {
        for step in session["steps"].as_array_mut().expect("steps") {
            let step = step.as_object_mut().expect("a step");
            for new in ["own_words", "droppable", "protected"] {
                assert!(step.remove(new).is_some(), "{new}");
            }
        }
    }
    let read: Pack = serde_json::from_value(written).expect("an older pack");
    assert_eq!(
        read,
        Pack {
            modality: String::new(),
            ..pack
        }
    );
}

#[test]
fn the_read_me_names_every_word_and_every_bound() {
    use packfiles::limits;
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
        format!("{} meetings", limits::MAX_MEETINGS),
        format!("{} shelves", limits::MAX_SHARED),
        format!("{} overlays", limits::MAX_OVERLAYS),
        format!("{} agreements", limits::MAX_AGREEMENTS),
        format!("`turn_runs` {} seconds", range(&limits::TURN_SECONDS)),
        format!(
            "`queue_long`, `fewer_than` and `min_present` {}",
            range(&limits::PEOPLE)
        ),
        format!("`sessions_left` {}", range(&limits::SESSIONS_LEFT)),
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
