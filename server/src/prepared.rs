//! What the operator prepared for somebody who is not OK: numbers to call by country (`numbers.toml`, one comes with the server), and who is on
//! call (`duty.toml`), both in the data folder. Read once at the start, with all faults at once; a file with faults stops the start, for a wrong
//! number is worse than none.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use protocol::wire::{CallCard, CallLine};
use protocol::{Country, Private};
use room::{OnCall, Precautions};
use serde::Deserialize;

use crate::config::Config;

/// The file that comes with the server.
const SHIPPED: &str = include_str!("../data/numbers.toml");
/// Countries in a file: every one there is fits.
const MAX_COUNTRIES: usize = 260;
/// Numbers on one card: more is a list to search through.
const MAX_LINES: usize = 6;
/// People on the duty list.
const MAX_ON_CALL: usize = 8;
/// A name or a number, read at a glance.
const MAX_CHARS: usize = 80;
/// A word about a number: one line on a phone, or two.
const MAX_NOTE_CHARS: usize = 160;

/// Both files, checked. The default asks for nothing and shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prepared {
    book: Option<Book>,
    duty: Vec<OnCall>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    dated: String,
    #[serde(default)]
    country: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: String,
    emergency: String,
    #[serde(default)]
    line: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: BTreeMap<String, String>,
    call: Option<String>,
    text: Option<String>,
    #[serde(default)]
    note: BTreeMap<String, String>,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Duty {
    #[serde(default)]
    person: Vec<Person>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    name: String,
    number: String,
}

impl Prepared {
    /// Reads what lies in the data folder, or every fault of it, one a line.
    pub fn read(data: &Path) -> Result<Self, String> {
        let own = own_file(data, "numbers.toml")?;
        let (file, text) = match &own {
            Some(text) => ("numbers.toml", text.as_str()),
            None => ("the numbers that come with the server", SHIPPED),
        };
        let mut faults = Vec::new();
        let book = parsed::<Book>(file, text, &mut faults);
        faults.extend(book.iter().flat_map(|book| book.faults(file)));
        let duty = own_file(data, "duty.toml")?;
        let duty = duty.and_then(|text| parsed::<Duty>("duty.toml", &text, &mut faults));
        let people = duty.map(|duty| duty.person).unwrap_or_default();
        faults.extend(faults_of_duty(&people));
        if !faults.is_empty() {
            return Err(format!(
                "What was prepared for somebody who needs help has faults:\n  {}",
                faults.join("\n  ")
            ));
        }
        let duty = people.into_iter().map(|person| OnCall {
            name: Private(person.name),
            number: Private(person.number),
        });
        Ok(Self {
            book,
            duty: duty.collect(),
        })
    }

    /// What a room is told, in its language.
    pub fn for_room(&self, config: &Wants, language: &str) -> Precautions {
        let cards = self.book.iter().flat_map(|book| book.cards(language)).collect();
        let asked = self.book.is_some();
        Precautions {
            duty: self.duty.clone(),
            second_needed: asked && !config.one_facilitator,
            numbers_needed: asked,
            cards: Arc::new(cards),
            country: config.country,
        }
    }

    /// What the operator should know at the start.
    pub fn remarks(&self, config: &Config) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some(book) = &self.book {
            let codes: Vec<&str> = book.country.iter().map(|entry| entry.code.as_str()).collect();
            remarks.push(format!(
                "Numbers to call are known for {} (looked at on {}).",
                codes.join(", "),
                book.dated
            ));
        }
        if config.wants.one_facilitator {
            let told = if self.duty.is_empty() {
                "nobody else is told"
            } else {
                "only who is on call is told besides"
            };
            remarks.push(format!(
                "One facilitator alone may lead here (one_facilitator = \"yes\"): {told} when somebody is not OK."
            ));
        } else if self.duty.is_empty() {
            remarks.push(
                "Nobody is on call: a room needs two who lead. Name people in duty.toml in the data folder.".to_owned(),
            );
        }
        remarks
    }
}

/// The settings that belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wants {
    /// The country of rooms in which nobody said one.
    pub country: Option<Country>,
    /// The operator turned the rule of two off.
    pub one_facilitator: bool,
}

fn own_file(data: &Path, name: &str) -> Result<Option<String>, String> {
    let path = data.join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(format!("{} cannot be read: {fault}.", path.display())),
    }
}

fn parsed<T: for<'de> Deserialize<'de>>(file: &str, text: &str, faults: &mut Vec<String>) -> Option<T> {
    toml::from_str(text)
        .map_err(|fault| faults.push(format!("{file}: {}", fault.to_string().trim_end())))
        .ok()
}

impl Book {
    fn cards(&self, language: &str) -> BTreeMap<Country, CallCard> {
        let card = |entry: &Entry| {
            let country = entry.code.parse().ok()?;
            let line = |line: &Line| CallLine {
                name: said(&line.name, language).unwrap_or_default(),
                call: line.call.clone(),
                text: line.text.clone(),
                note: said(&line.note, language),
            };
            let card = CallCard {
                country,
                emergency: entry.emergency.clone(),
                lines: entry.line.iter().map(line).collect(),
                dated: self.dated.clone(),
            };
            Some((country, card))
        };
        self.country.iter().filter_map(card).collect()
    }

    /// Everything that is wrong, with where.
    fn faults(&self, file: &str) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |place: &str, what: &str| faults.push(format!("{file}, {place}: {what}"));
        if !is_a_day(&self.dated) {
            fault("dated", "must be a day, like 2026-11-25.");
        }
        if self.country.is_empty() || self.country.len() > MAX_COUNTRIES {
            fault("country", "name at least one country, and each once.");
        }
        for (index, entry) in self.country.iter().enumerate() {
            let code = entry.code.as_str();
            if code.parse::<Country>().is_err() {
                fault(
                    &format!("country {}", index + 1),
                    "code must be two capital letters, like US.",
                );
            }
            if self.country.iter().take(index).any(|other| other.code == entry.code) {
                fault(code, "is there twice.");
            }
            if !is_a_number(&entry.emergency) {
                fault(code, "emergency must be a number to call.");
            }
            if entry.line.is_empty() || entry.line.len() > MAX_LINES {
                fault(code, "needs between one and six lines.");
            }
            for (n, line) in entry.line.iter().enumerate() {
                let place = format!("{code}, line {}", n + 1);
                let numbers = [&line.call, &line.text];
                if numbers.iter().all(|number| number.is_none()) {
                    fault(&place, "needs `call` or `text`.");
                }
                if numbers.into_iter().flatten().any(|number| !is_a_number(number)) {
                    fault(&place, "`call` and `text` must be numbers.");
                }
                if line.name.is_empty() || line.name.values().any(|name| !is_plain(name, MAX_CHARS)) {
                    fault(&place, "`name` needs a short text in at least one language.");
                }
                if line.note.values().any(|note| !is_plain(note, MAX_NOTE_CHARS)) {
                    fault(&place, "`note` is one short line in each language.");
                }
                if !is_plain(&line.source, MAX_NOTE_CHARS) {
                    fault(&place, "`source` must say where the number is from.");
                }
            }
        }
        faults
    }
}

fn faults_of_duty(people: &[Person]) -> Vec<String> {
    let mut faults = Vec::new();
    if people.len() > MAX_ON_CALL {
        faults.push(format!("duty.toml: at most {MAX_ON_CALL} people."));
    }
    for (n, person) in people.iter().enumerate() {
        if !is_plain(&person.name, MAX_CHARS) {
            faults.push(format!("duty.toml, person {}: `name` must be a short text.", n + 1));
        }
        if !is_a_number(&person.number) {
            faults.push(format!(
                "duty.toml, person {}: `number` must be a number to call.",
                n + 1
            ));
        }
    }
    faults
}

fn said(texts: &BTreeMap<String, String>, language: &str) -> Option<String> {
    let base = language.split('-').next().unwrap_or(language);
    let own = texts.get(language).or_else(|| texts.get(base));
    own.or_else(|| texts.get("en"))
        .or_else(|| texts.values().next())
        .cloned()
}

fn is_plain(text: &str, most: usize) -> bool {
    let text_is_there = !text.trim().is_empty() && text.chars().count() <= most;
    text_is_there && !text.chars().any(char::is_control)
}

/// Digits, and what people write between them.
fn is_a_number(text: &str) -> bool {
    let between = |c: char| matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/');
    is_plain(text, MAX_CHARS)
        && text.chars().any(|c| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || between(c))
}

fn is_a_day(text: &str) -> bool {
    text.parse::<jiff::civil::Date>()
        .is_ok_and(|day| day.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(numbers: Option<&str>, duty: Option<&str>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("numbers.toml", numbers), ("duty.toml", duty)] {
            if let Some(text) = text {
                std::fs::write(folder.path().join(name), text).unwrap();
            }
        }
        folder
    }
    fn faults(numbers: Option<&str>, duty: Option<&str>) -> String {
        Prepared::read(folder(numbers, duty).path()).expect_err("it has faults")
    }

    #[test]
    fn what_comes_with_the_server_is_sound_and_has_the_united_states_and_canada_in_two_languages() {
        let prepared = Prepared::read(folder(None, None).path()).unwrap();
        let room = prepared.for_room(&Wants::default(), "es-MX");
        let codes: Vec<String> = room.cards.keys().map(ToString::to_string).collect();
        assert_eq!(codes, ["CA", "US"]);
        assert!(room.second_needed && room.numbers_needed);
        let us = &room.cards[&"US".parse().unwrap()];
        assert_eq!(
            (us.emergency.as_str(), us.lines[0].call.as_deref()),
            ("911", Some("988"))
        );
        assert!(
            us.lines[0].note.as_ref().unwrap().contains("noche"),
            "in the room's language"
        );
        assert!(
            prepared.for_room(&Wants::default(), "de").cards[&"US".parse().unwrap()].lines[0]
                .name
                .contains("Lifeline")
        );
    }

    #[test]
    fn every_fault_is_said_at_once() {
        let numbers = r#"
            dated = "last week"
            [[country]]
            code = "us"
            emergency = "call them"
            [[country]]
            code = "CA"
            emergency = "911"
            [[country.line]]
            name = { en = "A line" }
            source = ""
            [[country]]
            code = "CA"
            emergency = "911"
            [[country.line]]
            name = {}
            call = "none"
            source = "here"
        "#;
        let duty = "[[person]]\nname = \"\"\nnumber = \"0\"\n[[person]]\nname = \"Pia\"\nnumber = \"ask me\"\n";
        let said = faults(Some(numbers), Some(duty));
        for expected in [
            "dated: must be a day",
            "country 1: code",
            "us: emergency",
            "us: needs between one and six lines",
            "CA, line 1: needs `call` or `text`",
            "CA, line 1: `source`",
            "CA: is there twice",
            "CA, line 1: `call` and `text` must be numbers",
            "CA, line 1: `name`",
            "person 1: `name`",
            "person 2: `number`",
        ] {
            assert!(said.contains(expected), "{expected}\n{said}");
        }
    }

    #[test]
    fn a_word_that_nobody_knows_is_a_fault_with_its_line() {
        assert!(faults(Some("dated = \"2026-11-25\"\nemergncy = 1\n"), None).contains("line 2"));
        assert!(faults(None, Some("[[people]]\n")).contains("duty.toml"));
    }

    #[test]
    fn an_operators_file_takes_the_place_of_the_shipped_one_as_a_whole() {
        let own = "dated = \"2027-01-31\"\n[[country]]\ncode = \"XX\"\nemergency = \"000\"\n[[country.line]]\nname = { en = \"A line\" }\ncall = \"+1 (555) 01-00\"\nsource = \"the operator\"\n";
        let prepared = Prepared::read(folder(Some(own), None).path()).unwrap();
        let room = prepared.for_room(&Wants::default(), "en");
        assert_eq!(room.cards.len(), 1);
    }

    #[test]
    fn a_server_that_read_nothing_asks_for_nothing() {
        let room = Prepared::default().for_room(&Wants::default(), "en");
        assert_eq!(room, Precautions::default());
    }

    #[test]
    fn the_switch_that_turns_the_rule_of_two_off_is_said_at_every_start() {
        let data = folder(None, None);
        let prepared = Prepared::read(data.path()).unwrap();
        let mut config = Config::in_folder(data.path());
        assert!(prepared.remarks(&config)[1].contains("two who lead"));
        config.wants.one_facilitator = true;
        assert!(prepared.remarks(&config)[1].contains("one_facilitator"));
        assert!(!prepared.for_room(&config.wants, "en").second_needed);
    }
}
