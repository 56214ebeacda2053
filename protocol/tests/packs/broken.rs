//! Every way to break a pack that we know of, with the exact place and a word of what is said about it.

use packfiles::{limits, load};

use crate::tiny::{Files, STRUCTURE, WORDS, files};

/// One break: what is exchanged for what, and every fault that must come of it and no other.
struct Break {
    file: &'static str,
    from: &'static str,
    to: String,
    /// What both languages say beside the usual.
    more_words: &'static str,
    faults: Vec<(&'static str, Option<u32>, &'static str)>,
}

const PACK: &str = "pack.toml";
const EN: &str = "text/en.toml";
const ES: &str = "text/es.toml";

fn pack(from: &'static str, to: &str, line: u32, word: &'static str) -> Break {
    Break {
        file: PACK,
        from,
        to: to.to_owned(),
        more_words: "",
        faults: vec![(PACK, Some(line), word)],
    }
}

fn words(from: &'static str, to: &str, line: u32, word: &'static str) -> Break {
    Break {
        file: EN,
        from,
        to: to.to_owned(),
        more_words: "",
        faults: vec![(EN, Some(line), word)],
    }
}

/// The tiny pack with a meeting before the first session, that meeting spoilt.
fn meeting(from: &str, to: &str, line: u32, word: &'static str) -> Break {
    const MEETING: &str =
        "[[meeting]]\nid = \"hello\"\nwhere = \"before\"\nwith = \"each\"\nminutes = 5\nsteps = [\"arrive\"]\n\n";
    let mut spoilt = pack(
        "[[phase]]\n",
        &(MEETING.replacen(from, to, 1) + "[[phase]]\n"),
        line,
        word,
    );
    spoilt.more_words = "\n[meeting.hello]\nname = \"Hello\"\npurpose = \"Meet.\"\nmember = \"We meet.\"\n";
    spoilt
}

impl Break {
    fn giving(mut self, faults: &[(&'static str, Option<u32>, &'static str)]) -> Self {
        self.faults = faults.to_vec();
        self
    }
}

#[rustfmt::skip] // a table: one break a line
fn breaks() -> Vec<Break> {
    let many = |one: &str, times: usize| one.repeat(times);
    vec![
        // what the pack is
        pack("id = \"tiny\"", "id = \"teeny\"", 1, "folder"),
        pack("id = \"tiny\"", "id = \"Tiny\"", 1, "cannot be a name"),
        pack("id = \"tiny\"", "id = \"..\"", 1, "cannot be a folder").giving(&[(PACK, Some(1), "cannot be a folder"), (PACK, Some(1), "folder is `tiny`")]),
        pack("modality = \"tests\"", "shared = [\"..\"]\nmodality = \"tests\"", 13, "cannot be a folder").giving(&[
            (PACK, Some(13), "cannot be a folder"), ("shared/../steps.toml", None, "missing"),
            ("shared/../text/en.toml", None, "missing"), ("shared/../text/es.toml", None, "missing"),
        ]),
        pack("id = \"tiny\"\n", "", 1, "`id` is missing"),
        pack("id = \"tiny\"", "id = 7", 1, "kind integer"),
        pack("\"1.0.0\"", "\"1.0\"", 2, "not a version"),
        pack("\"circle\"", "\"crcle\"", 3, "`crcle`"),
        pack("\"circle\"", "\"group\"", 12, "continue"),
        pack("[\"our own design\"]", "[]", 4, "empty"),
        pack("[\"our own design\"]", "\"our own design\"", 4, "kind string"),
        pack("[\"our own design\"]", "[\"one\", 2]", 4, "kind integer"),
        pack("\"Apache-2.0\"", "\"\"", 5, "`licence` is empty"),
        pack("\"our design\"\n", &format!("\"{}\"\n", many("x", 301)), 6, "too long"),
        pack("reviewer = \"not yet\"\n", "", 1, "`reviewer` is missing"),
        pack("reviewer =", "reviewr =", 7, "`reviewr`").giving(&[(PACK, Some(1), "`reviewer` is missing"), (PACK, Some(7), "`reviewr`")]),
        pack("\"en\", \"es\"]", "\"en\", \"es\", \"es\"]", 8, "listed twice"),
        pack("\"en\", \"es\"]", "\"en\", \"es\", \"English\"]", 8, "not a language"),
        pack("\"en\", \"es\"]", "\"en\", \"es\", \"fr\"]", 8, "texts in `fr` are missing"),
        pack("[\"en\", \"es\"]", "[\"en\"]", 0, "").giving(&[(ES, None, "does not list")]),
        pack("default_language = \"en\"", "default_language = \"de\"", 9, "default language"),
        pack("min = 2, max = 12", "min = 12, max = 2", 10, "more than `max`"),
        pack("max = 12", "max = 99", 10, "out of range"),
        pack("{ min = 2, max = 12 }", "12", 10, "kind integer"),
        pack("min = 2, max", "minimum = 2, max", 10, "`minimum`").giving(&[(PACK, Some(10), "`min` is missing"), (PACK, Some(10), "`minimum` is not a key")]),
        pack("grace_seconds = 45", "grace_seconds = 4.5", 11, "kind float"),
        pack("grace_seconds = 45", "grace_seconds = -45", 11, "out of range"),
        pack("grace_seconds = 45", "grace_seconds = 5", 11, "out of range"),
        pack("\"continue\"", "\"stop\"", 12, "`stop`"),
        // steps
        pack("minutes = 5\n", "minuts = 5\n", 16, "`minuts`").giving(&[(PACK, Some(14), "`minutes` is missing"), (PACK, Some(16), "`minuts`")]),
        pack("minutes = 5\n", "minutes = 0\n", 16, "out of range"),
        pack("minutes = 5\n", "minutes = 181\n", 16, "out of range"),
        pack("minutes = 5\n", "minutes = 99999999999999999999\n", 16, "out of range"),
        pack("floor = \"open\"", "floor = \"opne\"", 17, "`opne`"),
        pack("floor = \"open\"", "floor = \"open\"\nturn_seconds = 60", 18, "turn_seconds"),
        pack("floor = \"open\"", "floor = \"open\"\norder = \"loudest\"", 18, "`loudest`"),
        pack("floor = \"open\"", "floor = \"open\"\nadvance = \"never\"", 18, "`never`"),
        pack("floor = \"open\"", "floor = \"open\"\nending = \"hard\"", 18, "`hard`"),
        pack("floor = \"open\"", "floor = \"open\"\nenforcement = \"firm\"", 18, "`firm`"),
        pack("id = \"go-round\"", "id = \"arrive\"", 20, "written twice").giving(&[
            (PACK, Some(20), "step `arrive` is written twice"),
            (PACK, Some(40), "no step `go-round`"), (PACK, Some(44), "no step `go-round`"),
            (EN, Some(12), "no step `go-round`"), (EN, Some(19), "no prompt"), (EN, Some(23), "no prompt"),
            (ES, Some(12), "no step `go-round`"), (ES, Some(19), "no prompt"), (ES, Some(23), "no prompt"),
        ]),
        pack("turn_seconds = 120", "turn_seconds = 5", 23, "out of range"),
        pack("minutes = 20\n", "minutes = 10\n", 33, "later"),
        pack("[[phase]]", "[[step]]\nid = \"spare\"\nminutes = 5\nfloor = \"open\"\n\n[[phase]]", 35, "No session uses")
            .giving(&[(PACK, Some(35), "No session uses"), (EN, None, "`spare` has no text"), (ES, None, "`spare` has no text")]),
        // prompts
        pack("\"go-round.unheard\"", "\"go-round.open\"", 31, "written twice").giving(&[
            (PACK, Some(31), "prompt `go-round.open` is written twice"), (EN, Some(23), "no prompt"), (ES, Some(23), "no prompt"),
        ]),
        pack("\"everyone\"", "\"everybody\"", 27, "`everybody`"),
        pack("audience = \"everyone\"\n", "", 25, "`audience` is missing"),
        pack("audience = \"everyone\"\n", "audience = \"everyone\"\nkind = \"alarm\"\n", 28, "`alarm`"),
        pack("when = \"start\"\n", "", 25, "`when` is missing"),
        pack("when = \"start\"", "when = \"now\"", 28, "not a condition"),
        pack("when = \"start\"", "when = 3", 28, "not a condition"),
        pack("when = \"start\"", "when = \"after\"", 28, "needs a number"),
        pack("when = \"start\"", "when = { after = 20 }", 28, "later"),
        pack("when = \"start\"", "when = { before_end = 21 }", 28, "later"),
        pack("when = \"start\"", "when = { silence = 1200 }", 28, "later"),
        pack("when = \"start\"", "when = { silence = 3 }", 28, "out of range"),
        pack("when = \"start\"", "when = { after = \"3\" }", 28, "kind string"),
        pack("when = \"start\"", "when = { afer = 3 }", 28, "`afer`"),
        pack("when = \"start\"", "when = { after = 3, silence = 60 }", 28, "2 conditions"),
        pack("when = \"start\"", "when = {}", 28, "0 conditions"),
        pack("when = \"start\"", "when = { sessions_left = 61 }", 28, "out of range"),
        pack("when = \"start\"", "when = { sessions_left = 3 }", 28, "no session with 3 left"),
        pack("when = \"start\"", "when = \"queue_long\"", 28, "needs a number"),
        pack("when = \"start\"", "when = { queue_long = 4 }", 27, "tells of people").giving(&[
            (PACK, Some(27), "tells of people"), (PACK, Some(28), "never due with this floor"),
        ]),
        pack("when = \"start\"", "when = { fewer_than = 4 }", 27, "tells of people"),
        pack("when = \"start\"", "when = { turn_runs = 90 }", 27, "tells of people"),
        pack("when = \"start\"", "when = \"measure_flagged\"", 27, "tells of people"),
        pack("when = { not_yet_heard = 10 }", "when = { fewer_than = 1 }", 33, "out of range"),
        pack("when = { not_yet_heard = 10 }", "when = { turn_runs = 5 }", 33, "out of range"),
        pack("when = \"start\"", "when = { area = \"grief\" }", 27, "about one member"),
        pack("when = { not_yet_heard = 10 }", "when = { area = \"work\" }", 33, "`work`"),
        pack("audience = \"everyone\"", "audience = \"member\"", 27, "needs to know the member's area"),
        pack("audience = \"facilitator\"\nwhen = { not_yet_heard = 10 }", "audience = \"member\"\nwhen = { area = \"grief\" }", 0, "").giving(&[
            (EN, Some(23), "has no `say`"), (EN, Some(24), "{names}"), (EN, Some(24), "{count}"),
            (ES, Some(23), "has no `say`"), (ES, Some(24), "{names}"), (ES, Some(24), "{count}"),
        ]),
        pack("change.go-round]\nminutes = 30", "change.go-round]\nfloor = \"silence\"", 46, "turn_seconds"),
        pack("floor = \"round\"\nturn_seconds = 120\n\n[[step.prompt]]\nid = \"go-round.open\"\naudience = \"everyone\"\nwhen = \"start\"",
            "floor = \"queue\"\nturn_seconds = 120\n\n[[step.prompt]]\nid = \"go-round.open\"\naudience = \"everyone\"\nwhen = \"round_over\"", 28, "never due with this floor"),
        pack("id = \"go-round.open\"", "id = \"Go Round\"", 26, "cannot be a name").giving(&[
            (PACK, Some(26), "cannot be a name"), (EN, Some(19), "no prompt"), (ES, Some(19), "no prompt"),
        ]),
        // what may be left out
        pack("floor = \"open\"", "floor = \"open\"\ndroppable = \"yes\"", 18, "kind string"),
        pack("floor = \"open\"", "floor = \"open\"\nown_words = 1", 18, "kind integer"),
        pack("floor = \"open\"", "floor = \"open\"\ndroppable = true\nprotected = true", 14, "both `droppable` and `protected`"),
        pack("turn_seconds = 120\n\n[[step.prompt]]", "turn_seconds = 120\ndroppable = true\n[[step.prompt]]\nkind = \"safety\"", 19, "has a safety prompt"),
        // who may come, and what only some settings have
        pack("modality = \"tests\"", "course = { closed = true, joining_until = 3 }\nmodality = \"tests\"", 13, "no session 3"),
        pack("modality = \"tests\"", "course = { joining_until = 2 }\nmodality = \"tests\"", 13, "for a closed course"),
        pack("modality = \"tests\"", "course = { min_present = 13 }\nmodality = \"tests\"", 13, "more than the 12"),
        pack("modality = \"tests\"", "course = { rhythm = \"daily\" }\nmodality = \"tests\"", 13, "`daily`"),
        pack("modality = \"tests\"", "", 1, "`modality` is missing"),
        pack("modality = \"tests\"", "separate_screens = true\nmodality = \"tests\"", 13, "Only a couple").giving(&[
            (PACK, Some(13), "Only a couple"), (PACK, Some(13), "need a way of keeping secrets"),
        ]),
        pack("modality = \"tests\"", "check_in = [\"where\"]\nmodality = \"tests\"", 13, "Only a couple has a private check-in").giving(&[
            (PACK, Some(13), "Only a couple has a private check-in"), (EN, None, "check_in `where` has no text"), (ES, None, "check_in `where` has no text"),
        ]),
        pack("modality = \"tests\"", "consents = [\"notes\"]\nmodality = \"tests\"", 13, "A circle has agreements, not consents").giving(&[
            (PACK, Some(13), "A circle has agreements"), (EN, None, "consent `notes` has no text"), (ES, None, "consent `notes` has no text"),
        ]),
        pack("modality = \"tests\"", "consents = [\"recording\"]\nmodality = \"tests\"", 13, "`recording`").giving(&[
            (PACK, Some(13), "`recording`"), (PACK, Some(13), "A circle has agreements"),
        ]),
        pack("modality = \"tests\"", "arrival = \"full\"\nmodality = \"tests\"", 13, "insists on nobody"),
        pack("modality = \"tests\"", "arrival = \"maybe\"\nmodality = \"tests\"", 13, "`maybe`"),
        pack("modality = \"tests\"", "secrets = [\"kept\"]\nmodality = \"tests\"", 13, "for a couple with separate screens").giving(&[
            (PACK, Some(13), "for a couple with separate screens"), (EN, None, "secret `kept` has no text"), (ES, None, "secret `kept` has no text"),
        ]),
        pack("modality = \"tests\"", "agreements = [\"stays\", \"stays\"]\nmodality = \"tests\"", 13, "listed twice").giving(&[
            (PACK, Some(13), "listed twice"), (EN, None, "agreement `stays` has no text"), (ES, None, "agreement `stays` has no text"),
        ]),
        pack("modality = \"tests\"", "circle = { roles = [\"host\", \"host\"], crosstalk = \"thanks\" }\nmodality = \"tests\"", 13, "listed twice").giving(&[
            (PACK, Some(13), "listed twice"), (EN, None, "role `host` has no text"), (ES, None, "role `host` has no text"),
            (EN, None, "crosstalk rule has no text"), (ES, None, "crosstalk rule has no text"),
        ]),
        pack("modality = \"tests\"", "circle = { roles = [\"king\"] }\nmodality = \"tests\"", 13, "`king`").giving(&[
            (PACK, Some(13), "`king`"), (PACK, Some(13), "`crosstalk` is missing"),
        ]),
        pack("\"circle\"", "\"individual\"", 10, "does not fit the setting").giving(&[
            (PACK, Some(10), "does not fit the setting"), (PACK, Some(12), "continue"),
        ]),
        pack("\"circle\"", "\"couple\"", 10, "does not fit the setting").giving(&[
            (PACK, Some(10), "does not fit the setting"), (PACK, Some(12), "continue"),
        ]),
        // meetings beside the sessions
        meeting("", "", 0, "").giving(&[]),
        meeting("where = \"before\"\n", "", 35, "`where` is missing"),
        meeting("\"before\"", "\"between\"", 37, "not a place"),
        meeting("\"before\"", "{ after = 2 }", 37, "out of range"),
        meeting("\"each\"", "\"nobody\"", 38, "`nobody`"),
        meeting("minutes = 5", "minutes = 50", 39, "take 5 minutes, not 50"),
        meeting("[\"arrive\"]", "[\"arive\"]", 40, "no step `arive`"),
        // phases and sessions
        pack("number = 2\n", "number = 2\nthrough = 2\n", 44, "`through` is 2"),
        pack("number = 2\n", "number = 2\nthrough = 61\n", 44, "out of range"),
        pack("number = 2", "number = 3", 43, "session 3, after session 1"),
        pack("number = 1", "number = 0", 39, "out of range"),
        pack("number = 1\n", "", 38, "`number` is missing"),
        pack("steps = [\"arrive\", \"go-round\"]\n\n[[phase.session]]", "steps = [\"arrive\", \"goround\"]\n\n[[phase.session]]", 40, "no step `goround`"),
        pack("steps = [\"arrive\", \"go-round\"]\n\n[[phase.session]]", "steps = [\"arrive\", \"arrive\"]\n\n[[phase.session]]", 40, "twice"),
        pack("steps = [\"arrive\", \"go-round\"]\n\n[[phase.session]]", "steps = []\n\n[[phase.session]]", 40, "empty"),
        pack("change.go-round]\nminutes = 30", "change.go-round]\nminutes = 10", 46, "later"),
        pack("change.go-round]\nminutes = 30", "change.go-round]\nfloor = \"open\"", 46, "turn_seconds"),
        pack("change.go-round]\nminutes = 30", "change.go-round]\nminuts = 30", 47, "`minuts`"),
        pack("change.go-round]", "change.goround]", 46, "does not have"),
        pack("[phase.session.change.go-round]\nminutes = 30", "[phase.session.change]\ngo-round = 30", 47, "not a table"),
        pack("[phase.session.change.go-round]\nminutes = 30", "change = 30", 46, "kind integer"),
        pack("[[phase]]\nid = \"all\"", "[[phase]]\nid = \"all\"\ntitel = \"x\"", 37, "`titel`"),
        pack("[[phase]]\nid = \"all\"", "[[phase]]\nid = \"all\"\nsession = 1\n[[phase]]\nid = \"all\"", 37, "").giving(&[
            (PACK, Some(37), "`session` of a phase is of the kind integer"), (PACK, Some(39), "phase `all` is written twice"),
        ]),
        // TOML
        pack("grace_seconds = 45", "grace_seconds = ", 11, "not TOML"),
        pack("grace_seconds = 45", "grace_seconds = 45\ngrace_seconds = 46", 12, "not TOML"),
        pack("grace_seconds = 45", "grace_seconds 45", 11, "not TOML"),
        // texts
        words("title = \"Tiny\"\n", "", 1, "`title` is missing"),
        words("title = \"Tiny\"", "titel = \"Tiny\"", 1, "`titel`").giving(&[(EN, Some(1), "`title` is missing"), (EN, Some(1), "`titel`")]),
        words("A pack for tests.", "A pack for tests!", 2, "exclamation"),
        words("A pack for tests.", "¡A pack for tests.", 2, "exclamation"),
        words("A pack for tests.", "   ", 2, "empty"),
        words("A pack for tests.", "A pack\\nfor tests.", 2, "line break"),
        words("all = \"All of it\"", "al = \"All of it\"", 0, "").giving(&[(EN, None, "phase `all` has no text"), (EN, Some(5), "no phase `al`")]),
        words("all = \"All of it\"", "all = 1", 5, "kind integer"),
        words("name = \"Coming in\"\n", "", 7, "`name` is missing"),
        words("name = \"Coming in\"", &format!("name = \"{}\"", many("x", 33)), 8, "33 characters"),
        words("[step.arrive]", "[step.arive]", 0, "").giving(&[(EN, None, "step `arrive` has no text"), (EN, Some(7), "no step `arive`")]),
        words("[step.arrive]", "[steps.arrive]", 0, "").giving(&[(EN, None, "step `arrive` has no text"), (EN, Some(7), "`steps`")]),
        words("question = \"What is it?\"", "queston = \"What is it?\"", 16, "`queston`")
            .giving(&[(EN, Some(16), "`queston`"), (ES, None, "`question` of the step `go-round` is only here")]),
        words("shorten = \"Say less.\"", "shorten = \"Say less.\"\ncontent_notes = \"It may be hard.\"", 0, "")
            .giving(&[(ES, None, "`content_notes` of the step `go-round` is missing")]),
        words("title = \"Tiny\"", "title = \"Tiny\"\ncontent_notes = \"It may be hard.\"", 0, "")
            .giving(&[(ES, None, "`content_notes` of the pack is missing")]),
        words("shorten = \"Say less.\"", "shorten = \"Say less.\"\nchoices = \"Shout!\"", 18, "exclamation")
            .giving(&[(EN, Some(18), "exclamation"), (ES, None, "`choices` of the step `go-round` is missing")]),
        words("What is it?", "What is it, {names}?", 16, "{names}"),
        words("\"Begin.\"", &format!("\"{}\"", many("word ", 19)), 20, "19 words"),
        words("Begin.", "Begin!", 20, "exclamation"),
        words("Begin.", "Begin, {names}.", 20, "{names}"),
        words("Begin.", "Begin, {name}.", 20, "{name}"),
        words("Begin.", "Begin {", 20, "filled in"),
        words("We begin.", "We begin, {minutes}.", 21, "{minutes}"),
        words("say = \"We begin.\"\n", "", 19, "no `say`")
            .giving(&[(EN, Some(19), "no `say`"), (ES, None, "`say` of the prompt `go-round.open` is only here")]),
        words("[step.arrive]", "[agreement]\nstays-here = \"It stays here.\"\n\n[step.arrive]", 8, "no agreement `stays-here`"),
        words("[step.arrive]", "[role]\nhost = \"Opens.\"\n\n[step.arrive]", 8, "no role `host`"),
        words("[step.arrive]", "[meeting.before]\nname = \"Before\"\npurpose = \"Meet.\"\nmember = \"We meet.\"\n\n[step.arrive]", 7, "no meeting `before`"),
        words("[prompt.\"go-round.unheard\"]\nthink = \"Ask {names} ({count}), {minutes} minutes left.\"\n", "", 0, "")
            .giving(&[(EN, None, "prompt `go-round.unheard` has no text")]),
        words("[prompt.\"go-round.unheard\"]", "[prompt.\"go-round.heard\"]", 0, "")
            .giving(&[(EN, None, "`go-round.unheard` has no text"), (EN, Some(23), "no prompt `go-round.heard`")]),
        words("[prompt.\"go-round.unheard\"]\nthink", "[prompt]\nx", 0, "")
            .giving(&[(EN, None, "`go-round.unheard` has no text"), (EN, Some(24), "not a table")]),
        words("[phase]", "[phase", 4, "not TOML"),
    ]
}

/// Every fault of a folder, or none.
fn faults(files: &Files) -> Vec<(String, Option<u32>, String)> {
    let faults = load("tiny", files).err().unwrap_or_default();
    for fault in &faults {
        assert!(!fault.fault.is_empty() && !fault.hint.is_empty(), "{fault:?}");
        assert!(
            fault.fault.ends_with('.') && fault.hint.ends_with(['.', '?']),
            "{fault:?}"
        );
    }
    faults.into_iter().map(|f| (f.file, f.line, f.fault)).collect()
}

fn expect(name: &str, files: &Files, expected: &[(&str, Option<u32>, &str)]) {
    let found = faults(files);
    let fits = found.len() == expected.len()
        && expected
            .iter()
            .all(|(file, line, word)| found.iter().any(|f| f.0 == *file && f.1 == *line && f.2.contains(word)));
    assert!(fits, "{name}:\nexpected {expected:#?}\nfound {found:#?}");
}

#[test]
fn the_sound_pack_has_no_fault() {
    expect("sound", &files(), &[]);
}

#[test]
fn every_broken_pack_says_where_and_what() {
    let breaks = breaks();
    assert!(breaks.len() >= 40);
    for Break {
        file,
        from,
        to,
        more_words,
        faults,
    } in &breaks
    {
        let sound = if *file == PACK { STRUCTURE } else { WORDS };
        assert!(sound.contains(from), "the tiny pack has no {from:?}");
        let mut files = files();
        for language in [EN, ES] {
            files.insert(language.to_owned(), (WORDS.to_owned() + more_words).into_bytes());
        }
        files.insert((*file).to_owned(), sound.replacen(from, to, 1).into_bytes());
        expect(&format!("{file}: {from:?} → {to:?}"), &files, faults);
    }
}

#[test]
fn all_faults_of_all_files_are_told_at_once() {
    let mut files = files();
    let structure = STRUCTURE
        .replace("minutes = 5", "minutes = 0")
        .replace("\"circle\"", "\"ring\"");
    files.insert(PACK.to_owned(), structure.into_bytes());
    files.insert(EN.to_owned(), WORDS.replace("Begin.", "Begin!").into_bytes());
    files.insert(ES.to_owned(), WORDS.replace("[phase]", "[phase").into_bytes());
    let expected = [
        (PACK, Some(3), "`ring`"),
        (PACK, Some(16), "out of range"),
        (EN, Some(20), "exclamation"),
        (ES, Some(4), "not TOML"),
    ];
    expect("many", &files, &expected);
}

#[test]
fn a_folder_is_judged_by_its_files_too() {
    let mut without = files();
    without.remove(PACK);
    expect("no structure", &without, &[(PACK, None, "missing")]);

    let mut without = files();
    without.remove(EN);
    expect("no texts", &without, &[(PACK, Some(8), "texts in `en` are missing")]);

    let mut foreign = files();
    foreign.insert("run.sh".to_owned(), b"echo".to_vec());
    foreign.insert("text/deep/en.toml".to_owned(), Vec::new());
    let expected = [
        ("run.sh", None, "does not belong"),
        ("text/deep/en.toml", None, "does not belong"),
    ];
    expect("foreign", &foreign, &expected);

    let mut large = files();
    large.insert("README.md".to_owned(), vec![b' '; limits::MAX_FILE_BYTES + 1]);
    expect("large", &large, &[("README.md", None, "262145 bytes")]);

    let mut many = files();
    for number in 0..limits::MAX_FILES {
        many.insert(format!("text/x{number}.toml"), Vec::new());
    }
    assert!(
        faults(&many)
            .iter()
            .any(|f| f.2.contains(&format!("{} files", limits::MAX_FILES + 4))),
        "{:?}",
        faults(&many)
    );

    expect("nothing", &Files::new(), &[(PACK, None, "missing")]);
}

#[test]
fn what_is_not_utf_8_is_told_with_its_line() {
    let mut files = files();
    let mut bytes = WORDS.as_bytes().to_vec();
    bytes[STRUCTURE.find("version").expect("a place in line 2") + 4] = 0xff;
    files.insert(EN.to_owned(), bytes);
    expect("not UTF-8", &files, &[(EN, Some(2), "UTF-8")]);
}

#[test]
fn no_list_of_a_pack_is_without_end() {
    let step = |n: usize| format!("[[step]]\nid = \"s{n}\"\nminutes = 1\nfloor = \"open\"\n");
    let prompt = |n: usize| format!("[[step.prompt]]\nid = \"p{n}\"\naudience = \"facilitator\"\nwhen = \"start\"\n");
    let session = |n: usize| format!("[[phase.session]]\nnumber = {n}\nsteps = [\"arrive\"]\n");
    let all = |one: &dyn Fn(usize) -> String, count: usize| (3..3 + count).map(one).collect::<String>();
    let with = |place: &str, more: String| {
        let mut files = files();
        files.insert(
            PACK.to_owned(),
            STRUCTURE.replacen(place, &format!("{more}\n{place}"), 1).into_bytes(),
        );
        faults(&files)
    };
    let says = |faults: Vec<(String, Option<u32>, String)>, word: &str| {
        assert!(faults.iter().any(|f| f.2.contains(word)), "{word}: {faults:#?}");
        assert!(faults.len() <= limits::MAX_FAULTS);
    };
    says(
        with("[[phase]]", all(&step, limits::MAX_STEPS)),
        "`step` of a pack has 242 entries",
    );
    says(
        with("[[phase]]", all(&prompt, limits::MAX_PROMPTS_PER_STEP)),
        "`prompt` of a step has 14 entries",
    );

    let mut files = files();
    let sessions = STRUCTURE.to_owned() + &all(&session, limits::MAX_SESSIONS);
    files.insert(PACK.to_owned(), sessions.into_bytes());
    says(faults(&files), "`session` of a phase has 62 entries");

    let steps = vec!["\"arrive\""; limits::MAX_STEPS_PER_SESSION + 1].join(", ");
    files.insert(
        PACK.to_owned(),
        STRUCTURE
            .replacen("[\"arrive\", \"go-round\"]", &format!("[{steps}]"), 1)
            .into_bytes(),
    );
    says(faults(&files), "`steps` of a session has 17 entries");

    let sessions: String = (0..5)
        .map(|n| format!("[[phase]]\nid = \"p{n}\"\n{}", session(n * 20)))
        .collect();
    files.insert(PACK.to_owned(), (STRUCTURE.to_owned() + &sessions).into_bytes());
    assert!(!faults(&files).is_empty());
}
