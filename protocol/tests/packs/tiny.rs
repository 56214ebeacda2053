//! A sound pack of two sessions, small enough that every line of it can be spoilt on purpose. Not shipped.

use std::collections::BTreeMap;

pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// `pack.toml`; the tests name its lines.
pub(crate) const STRUCTURE: &str = r#"id = "tiny"
version = "1.0.0"
setting = "circle"
sources = ["our own design"]
licence = "Apache-2.0"
evidence = "our design"
reviewer = "not yet"
languages = ["en", "es"]
default_language = "en"
members = { min = 2, max = 12 }
grace_seconds = 45
unattended = "continue"
modality = "tests"
[[step]]
id = "arrive"
minutes = 5
floor = "open"

[[step]]
id = "go-round"
minutes = 20
floor = "round"
turn_seconds = 120

[[step.prompt]]
id = "go-round.open"
audience = "everyone"
when = "start"

[[step.prompt]]
id = "go-round.unheard"
audience = "facilitator"
when = { not_yet_heard = 10 }

[[phase]]
id = "all"

[[phase.session]]
number = 1
steps = ["arrive", "go-round"]

[[phase.session]]
number = 2
steps = ["arrive", "go-round"]

[phase.session.change.go-round]
minutes = 30
"#;

/// `text/en.toml`, and `text/es.toml` too.
pub(crate) const WORDS: &str = r#"title = "Tiny"
summary = "A pack for tests."

[phase]
all = "All of it"

[step.arrive]
name = "Coming in"
purpose = "People arrive."
member = "You arrive."

[step.go-round]
name = "Going round"
purpose = "People speak."
member = "You speak."
question = "What is it?"
shorten = "Say less."

[prompt."go-round.open"]
think = "Begin."
say = "We begin."

[prompt."go-round.unheard"]
think = "Ask {names} ({count}), {minutes} minutes left."
"#;

pub(crate) fn files() -> Files {
    let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
    BTreeMap::from([
        file("README.md", "A pack for tests."),
        file("pack.toml", STRUCTURE),
        file("text/en.toml", WORDS),
        file("text/es.toml", WORDS),
    ])
}
