//! Clinical content is data: no clinical sentence stands in a `.rs` or `.svelte` file (invariant 11 of the house), nor among the page's words.
//!
//! Two looks. A text of two words or more in the code may have no word that begins like one of [`STEMS`]; what must is named in
//! [`EXCEPTIONS`] with its reason. And no sentence of a pack may stand in the code, whatever its words are. Tests may quote packs: they
//! are not what people see.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How the words begin that belong to packs: conditions, their signs, treatments and their parts.
const STEMS: [&str; 58] = [
    "addict",
    "anxi",
    "bereav",
    "bipolar",
    "clinic",
    "cogniti",
    "coping",
    "counsel",
    "crisis",
    "crises",
    "depress",
    "diagnos",
    "disorder",
    "distress",
    "emotion",
    "feeling",
    "formulation",
    "grief",
    "griev",
    "interpersonal",
    "ipt",
    "loneli",
    "medicat",
    "mood",
    "mourn",
    "patient",
    "phq",
    "psych",
    "recover from",
    "relapse",
    "role transition",
    "sadness",
    "self-esteem",
    "self-harm",
    "suicid",
    "symptom",
    "therap",
    "transition",
    "trauma",
    "treatment",
    "unwell",
    // Spanish
    "afrontamiento",
    "ansied",
    "autoles",
    "clínic",
    "depres",
    "duelo",
    "emocion",
    "luto",
    "paciente",
    "psic",
    "recaída",
    "sentimiento",
    "soledad",
    "síntoma",
    "terap",
    "trastorno",
    "tratamiento",
];

/// Texts that may have such a word: the file, the text, and why it is no clinical sentence.
const EXCEPTIONS: [(&str, &str, &str); 21] = [
    (
        "server/src/pack_command/diff.rs",
        "group therapy",
        "the kind of setting a pack is for",
    ),
    (
        "server/src/pack_command/diff.rs",
        "couple therapy",
        "the kind of setting a pack is for",
    ),
    (
        "server/src/pack_command/diff.rs",
        "individual therapy",
        "the kind of setting a pack is for",
    ),
    (
        "server/src/pack_command/template.rs",
        "group therapy",
        "the kind of setting a pack is for",
    ),
    (
        "server/src/pack_command/template.rs",
        "couple therapy",
        "the kind of setting a pack is for",
    ),
    (
        "server/src/pack_command/template.rs",
        "individual therapy",
        "the kind of setting a pack is for",
    ),
    (
        "web/src/i18n/en.entry.ts",
        "Individual therapy",
        "the kind of setting a group is for",
    ),
    (
        "web/src/i18n/en.modes.ts",
        "your therapist",
        "whom a couple calls the one who leads",
    ),
    (
        "web/src/i18n/en.room.ts",
        "You are let in when it is time, or your therapist will contact you.",
        "whom a couple calls the one who leads, at the door",
    ),
    (
        "web/src/i18n/en.entry.ts",
        "Group therapy",
        "the kind of setting a group is for",
    ),
    (
        "web/src/i18n/en.entry.ts",
        "Couple therapy",
        "the kind of setting a group is for",
    ),
    (
        "web/src/i18n/en.entry.ts",
        "Peer circle, not therapy",
        "the kind of setting a group is for",
    ),
    (
        "web/src/i18n/en.entry.ts",
        "Reviewed by a clinician: {reviewer}",
        "what the page says of every pack: who looked at it, or nobody yet",
    ),
    (
        "web/src/i18n/en.room.ts",
        "This takes longer than it should. You may go; nothing is lost. If you need someone now, call your practice or your local crisis line.",
        "what the page says when nobody leads for long, in every pack alike",
    ),
    (
        "web/src/i18n/es.entry.ts",
        "Terapia individual",
        "the kind of setting a group is for",
    ),
    (
        "web/src/i18n/es.entry.ts",
        "Terapia de grupo",
        "the kind of setting a group is for",
    ),
    (
        "web/src/i18n/es.entry.ts",
        "Terapia de pareja",
        "the kind of setting a group is for",
    ),
    (
        "web/src/i18n/es.entry.ts",
        "Círculo entre iguales, no es terapia",
        "the kind of setting a group is for",
    ),
    (
        "web/src/i18n/es.entry.ts",
        "Revisado por un profesional clínico: {reviewer}",
        "what the page says of every pack: who looked at it, or nobody yet",
    ),
    (
        "web/src/i18n/es.modes.ts",
        "tu terapeuta",
        "whom a couple calls the one who leads",
    ),
    (
        "web/src/i18n/es.room.ts",
        "Te dejarán entrar cuando sea la hora, o tu terapeuta se pondrá en contacto contigo.",
        "whom a couple calls the one who leads, at the door",
    ),
];

/// A sentence of a pack has at least so many words; shorter ones are names that code may share by chance.
const SENTENCE_WORDS: usize = 5;

/// Where the code is, and which files of it.
const CODE: [(&str, &[&str]); 5] = [
    ("server/src", &["rs"]),
    ("server/room/src", &["rs"]),
    ("protocol/src", &["rs"]),
    ("protocol/packfiles/src", &["rs"]),
    ("web/src", &["svelte", "ts"]),
];

/// Pictures of states for the browser tests, built only with `VITE_STORIES`: they quote the pack as a test does.
const QUOTES_PACKS: &str = "web/src/stories/";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Files under a folder with one of these endings: their path from the root, and what is in them.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|end| endings.iter().any(|wanted| end == *wanted))
            {
                let name = path.strip_prefix(root()).expect("below the root").display().to_string();
                found.push((name, std::fs::read_to_string(&path).expect("a text file")));
            }
        }
    }
    found
}

fn code() -> Vec<(String, String)> {
    let all = CODE.iter().flat_map(|(folder, endings)| files(folder, endings));
    let is_test = |name: &str| name.ends_with(".test.ts") || name.ends_with("/tests.rs");
    all.filter(|(name, _)| !name.starts_with(QUOTES_PACKS) && !is_test(name))
        .collect()
}

/// Every text in a file that somebody could be shown: of Rust and TypeScript the literals, of Svelte everything but comments and styles.
fn texts(name: &str, source: &str) -> Vec<String> {
    if name.ends_with(".svelte") {
        let shown = without(&without(source, "<style", "</style>"), "<!--", "-->");
        let shown = without(&shown, "/*", "*/");
        let lines = shown.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        return lines.map(str::to_owned).collect();
    }
    literals(source, name.ends_with(".rs"))
}

/// The text with everything between `from` and `to` taken out.
fn without(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push(' ');
        kept.push_str(part.split_once(to).map_or("", |(_, rest)| rest));
    }
    kept
}

/// The string literals of a source file.
fn literals(source: &str, rust: bool) -> Vec<String> {
    let signs: Vec<char> = source.chars().collect();
    let at = |n: usize| signs.get(n).copied().unwrap_or('\0');
    let starts = |n: usize, word: &str| word.chars().enumerate().all(|(more, sign)| at(n + more) == sign);
    let (mut found, mut n) = (Vec::new(), 0);
    while n < signs.len() {
        if starts(n, "//") {
            while n < signs.len() && at(n) != '\n' {
                n += 1;
            }
        } else if starts(n, "/*") {
            while n < signs.len() && !starts(n, "*/") {
                n += 1;
            }
            n += 2;
        } else if rust && at(n) == '\'' {
            // A sign in quotes, or a lifetime.
            n += match (at(n + 1), at(n + 2)) {
                ('\\', _) => 2 + signs.iter().skip(n + 3).take_while(|sign| **sign != '\'').count() + 2,
                (_, '\'') => 3,
                _ => 1,
            };
        } else if rust && at(n) == 'r' && matches!(at(n + 1), '"' | '#') {
            let fences = signs.iter().skip(n + 1).take_while(|sign| **sign == '#').count();
            if at(n + 1 + fences) != '"' {
                n += 1; // a raw identifier
                continue;
            }
            let end = format!("\"{}", "#".repeat(fences));
            let begin = n + fences + 2;
            n = begin;
            while n < signs.len() && !starts(n, &end) {
                n += 1;
            }
            found.push(signs.iter().skip(begin).take(n - begin).collect());
            n += end.len();
        } else if at(n) == '"' || !rust && matches!(at(n), '\'' | '`') {
            let quote = at(n);
            let mut text = String::new();
            n += 1;
            while n < signs.len() && at(n) != quote && (rust || quote == '`' || at(n) != '\n') {
                n += usize::from(at(n) == '\\');
                text.push(at(n));
                n += 1;
            }
            found.push(text);
            n += 1;
        } else {
            n += 1;
        }
    }
    found
}

/// Whether a text of two words or more has one that begins like a clinical word.
fn is_clinical(text: &str) -> bool {
    let text = text.to_lowercase();
    let begins = |stem: &str| {
        text.match_indices(stem).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            before.is_none_or(|sign| !sign.is_alphanumeric() && !matches!(sign, '-' | '_' | '.'))
        })
    };
    text.split_whitespace().nth(1).is_some() && STEMS.iter().any(|stem| begins(stem))
}

/// The clinical texts of a file.
fn clinical(name: &str, source: &str) -> Vec<String> {
    texts(name, source)
        .into_iter()
        .filter(|text| is_clinical(text))
        .collect()
}

/// Every sentence of every pack that comes along.
fn sentences_of_packs() -> BTreeSet<String> {
    fn strings(value: &toml::Value, found: &mut BTreeSet<String>) {
        match value {
            toml::Value::String(text) if text.split_whitespace().count() >= SENTENCE_WORDS => {
                found.insert(text.clone());
            }
            toml::Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
            toml::Value::Table(table) => table.iter().for_each(|(_, item)| strings(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for (name, source) in files("protocol/packs", &["toml"]) {
        let table: toml::Table = source.parse().unwrap_or_else(|why| panic!("{name}: {why}"));
        strings(&toml::Value::Table(table), &mut found);
    }
    found
}

/// Sentences by the three words behind their first. To look for each of thousands in all the code takes a quarter of a minute.
fn by_middle(sentences: &BTreeSet<String>) -> BTreeMap<[&str; 3], Vec<&str>> {
    let mut found: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for sentence in sentences {
        let words: Vec<&str> = sentence.split_whitespace().take(4).collect();
        let [_, one, two, three] = words[..] else {
            panic!("a sentence has {SENTENCE_WORDS} words: {sentence}")
        };
        found.entry([one, two, three]).or_default().push(sentence);
    }
    found
}

/// A sentence that this code repeats.
fn repeated<'a>(sentences: &BTreeMap<[&str; 3], Vec<&'a str>>, source: &str) -> Option<&'a str> {
    let words: Vec<&str> = source.split_whitespace().collect();
    let like = words
        .array_windows()
        .filter_map(|middle: &[&str; 3]| sentences.get(middle));
    like.flatten().copied().find(|sentence| source.contains(sentence))
}

#[test]
fn no_clinical_sentence_stands_in_the_code() {
    let code = code();
    assert!(
        code.iter().filter(|(name, _)| name.ends_with(".svelte")).count() > 10,
        "this would look at nothing"
    );
    let mut used = BTreeSet::new();
    let mut faults = Vec::new();
    for (name, source) in &code {
        for text in clinical(name, source) {
            match EXCEPTIONS
                .iter()
                .position(|(file, allowed, _)| file == name && *allowed == text)
            {
                Some(exception) => {
                    used.insert(exception);
                }
                None => faults.push(format!("{name}: {text}")),
            }
        }
    }
    assert_eq!(
        faults,
        Vec::<String>::new(),
        "clinical content is data: it belongs into a pack"
    );
    assert_eq!(used.len(), EXCEPTIONS.len(), "an exception is not needed any more");
}

#[test]
fn no_sentence_of_a_pack_stands_in_the_code() {
    let sentences = sentences_of_packs();
    assert!(
        sentences.len() > 100,
        "{} sentences: this would look for nothing",
        sentences.len()
    );
    let sentences = by_middle(&sentences);
    for (name, source) in code() {
        assert_eq!(repeated(&sentences, &source), None, "{name} repeats a pack");
    }
}

#[test]
fn a_sentence_of_a_pack_is_found_in_the_middle_of_code() {
    let sentences = BTreeSet::from(["What did you feel when she left?".to_owned()]);
    let sentences = by_middle(&sentences);
    let copied = "let a = 1;\nsay(\"And: What did you feel when she left? Tell us.\");";
    assert!(repeated(&sentences, copied).is_some());
    let near = "say(\"What did you feel when she came?\");";
    assert_eq!(repeated(&sentences, near), None);
}

#[test]
fn a_planted_sentence_is_found_wherever_it_stands() {
    let planted = "Grief comes in waves.";
    for (name, source) in [
        ("a.rs", "const A: &str = \"Grief comes in waves.\";"),
        (
            "a.rs",
            "let a = '\"'; let b = 'x'; fn c<'d>() { say(r#\"Grief comes in waves.\"#) }",
        ),
        ("a.rs", "// a \" in a comment\nlet a = \"Grief comes in waves.\";"),
        ("a.ts", "export const a = { b: 'Grief comes in waves.' };"),
        ("a.ts", "const a = `Grief comes in waves.`; // it's a comment"),
        ("a.svelte", "<p>\nGrief comes in waves.\n</p>"),
        (
            "a.svelte",
            "<style>p { color: red }</style><!-- no -->Grief comes in waves.",
        ),
    ] {
        assert_eq!(clinical(name, source).len(), 1, "{name}: {source}");
        assert!(
            texts(name, source).iter().any(|text| text.trim() == planted),
            "{name}: {source}"
        );
    }
    for (name, source) in [
        (
            "a.rs",
            "// Grief comes in waves.\nlet a = \"mood-round.link\"; /* the patient waits */ let patient = \"a b\";",
        ),
        ("a.ts", "// it's about grief and more\nt('seat.therapist')"),
        (
            "a.svelte",
            "<!-- grief and more --><style>/* grief and more */</style>{t('seat.therapist')}",
        ),
    ] {
        assert_eq!(clinical(name, source), Vec::<String>::new(), "{name}");
    }
}
