//! Overlays: other words in the place of some, under a language of their own.

use packfiles::load;
use protocol::pack::Pack;

use crate::tiny::{Files, files};

const PLAIN: &str = r#"language = "es"
author = "A reader of eleven"
reason = "Shorter words."
title = "Very tiny"

[phase]
all = "Everything"

[step.go-round]
name = "Round"
question = "And you?"

[prompt."go-round.open"]
say = "Now we begin, {left} left."

[prompt."go-round.unheard"]
think = "Ask {names}."
"#;

fn with(overlay: &str) -> Files {
    let mut files = files();
    files.insert("overlay/plain.toml".to_owned(), overlay.as_bytes().to_vec());
    files
}

fn sound(overlay: &str) -> Pack {
    load("tiny", &with(overlay)).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

#[test]
fn an_overlay_is_a_language_of_its_own_that_differs_in_what_it_says() {
    let (alone, pack) = (load("tiny", &files()).expect("a sound pack"), sound(PLAIN));
    assert_eq!(pack.text.keys().collect::<Vec<_>>(), ["en", "es", "es-x-plain"]);
    assert_eq!(pack.overlays["es-x-plain"].author, "A reader of eleven");
    assert_eq!((&pack.text["es"], &pack.sessions), (&alone.text["es"], &alone.sessions));
    assert_ne!(pack.digest, alone.digest, "what is used is pinned");

    let mut expected = alone.text["es"].clone();
    expected.title = "Very tiny".to_owned();
    expected.phases.insert("all".to_owned(), "Everything".to_owned());
    for (id, step) in &mut expected.steps {
        if id.as_str() == "go-round" {
            step.name = "Round".to_owned();
            step.question = Some("And you?".to_owned());
        }
    }
    for (id, prompt) in &mut expected.prompts {
        match id.as_str() {
            "go-round.open" => prompt.say = Some("Now we begin, {left} left.".to_owned()),
            _ => prompt.think = "Ask {names}.".to_owned(),
        }
    }
    assert_eq!(pack.text["es-x-plain"], expected);
}

#[test]
fn an_overlay_that_says_nothing_else_is_no_fault() {
    let pack = sound("language = \"en\"\nauthor = \"x\"\nreason = \"y\"\n");
    assert_eq!(pack.text["en-x-plain"], pack.text["en"]);
}

#[test]
fn a_broken_overlay_says_where_and_what() {
    let broken = [
        ("language = \"es\"", "language = \"fr\"", 1, "no texts in `fr`"),
        ("language = \"es\"", "", 1, "`language` is missing"),
        ("author = \"A reader of eleven\"", "", 1, "`author` is missing"),
        ("reason = \"Shorter words.\"", "reason = \" \"", 3, "empty"),
        ("title = \"Very tiny\"", "minutes = 5", 4, "`minutes` is not a key"),
        ("title = \"Very tiny\"", "title = \"Tiny!\"", 4, "exclamation"),
        (
            "title = \"Very tiny\"",
            "content_notes = \"Hard.\"",
            4,
            "no `content_notes` here to replace",
        ),
        (
            "all = \"Everything\"",
            "none = \"Everything\"",
            7,
            "`none` is not a key",
        ),
        ("[step.go-round]", "[step.goround]", 9, "no step `goround`"),
        (
            "name = \"Round\"",
            "name = \"A name of a step that is far too long for the rail\"",
            10,
            "characters",
        ),
        (
            "name = \"Round\"",
            "choices = \"Pass.\"",
            10,
            "no `choices` here to replace",
        ),
        ("name = \"Round\"", "floor = \"open\"", 10, "`floor` is not a key"),
        ("{left} left", "{names} left", 14, "{names}"),
        ("Ask {names}.", "Ask {nobody}.", 17, "{nobody}"),
        (
            "think = \"Ask {names}.\"",
            "say = \"Hello.\"",
            17,
            "no `say` here to replace",
        ),
        ("[phase]", "[phase", 6, "not TOML"),
    ];
    for (from, to, line, word) in broken {
        assert!(PLAIN.contains(from), "{from}");
        let faults = load("tiny", &with(&PLAIN.replacen(from, to, 1))).expect_err(to);
        let found = faults
            .iter()
            .any(|f| f.file == "overlay/plain.toml" && f.line == Some(line) && f.fault.contains(word));
        assert!(found && faults.len() == 1, "{to}: {faults:#?}");
    }
}

#[test]
fn an_overlays_name_is_a_subtag() {
    for name in ["Plain", "muchtoolong", "a-b", "", "."] {
        let mut files = files();
        files.insert(format!("overlay/{name}.toml"), PLAIN.as_bytes().to_vec());
        let faults = load("tiny", &files).expect_err(name);
        assert!(
            faults.iter().any(|fault| fault.fault.contains("does not belong")),
            "{faults:#?}"
        );
    }
}
