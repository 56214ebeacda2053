//! A file being read: finds lines, gathers faults, and gives out fields one by one, complaining instead of stopping.
//!
//! Nothing here returns early with an error: whoever writes a pack should see everything that is wrong with it at once.

use std::cell::RefCell;
use std::ops::{Range, RangeInclusive};

use serde::Deserialize;
use serde::de::value::{Error as WordError, StrDeserializer};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest::nearest;
use protocol::api::PackFault;

/// A place in a file: the bytes it spans.
pub(super) type Span = Range<usize>;

/// A value and where it was said.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said<T> {
    pub(super) value: T,
    pub(super) at: Span,
}

/// One file of a pack and what is wrong with it.
#[derive(Debug)]
pub(super) struct Page<'a> {
    name: String,
    text: &'a str,
    /// Where each line ends. Every field asks for its line, so the text is gone through once.
    ends: Vec<usize>,
    faults: RefCell<Vec<PackFault>>,
}

impl<'a> Page<'a> {
    pub(super) fn new(name: &str, text: &'a str) -> Self {
        Self {
            name: name.to_owned(),
            text,
            ends: text.match_indices('\n').map(|(at, _)| at).collect(),
            faults: RefCell::default(),
        }
    }

    /// Says that something at this place is wrong, and what to do.
    pub(super) fn fault(&self, at: &Span, fault: impl Into<String>, hint: impl Into<String>) {
        self.note(Some(self.line(at)), fault, hint);
    }

    /// Says that something is wrong with the file as a whole.
    pub(super) fn whole(&self, fault: impl Into<String>, hint: impl Into<String>) {
        self.note(None, fault, hint);
    }

    fn note(&self, line: Option<u32>, fault: impl Into<String>, hint: impl Into<String>) {
        self.faults.borrow_mut().push(PackFault {
            file: self.name.clone(),
            line,
            fault: fault.into(),
            hint: hint.into(),
        });
    }

    /// The line of a place, from 1.
    pub(super) fn line(&self, at: &Span) -> u32 {
        u32::try_from(1 + self.ends.partition_point(|end| *end < at.start)).unwrap_or(u32::MAX)
    }

    /// The file's name inside the pack's folder.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn into_faults(self) -> Vec<PackFault> {
        self.faults.into_inner()
    }

    /// The file's TOML, or nothing and every syntax fault.
    pub(super) fn parse(&self) -> Option<Spanned<DeTable<'a>>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let at = error.span().unwrap_or_default();
            let hint = "Mend the TOML here; what else is wrong with this file shows afterwards.";
            self.fault(
                &at,
                format!("This is not TOML: {}.", error.message().replace('\n', "; ")),
                hint,
            );
        }
        errors.is_empty().then_some(table)
    }
}

/// A table being read.
#[derive(Debug)]
pub(super) struct Fields<'p, 'a> {
    pub(super) page: &'p Page<'a>,
    table: &'p DeTable<'a>,
    pub(super) at: Span,
    /// What the table describes, as a person calls it: "a step".
    what: String,
}

impl<'p, 'a> Fields<'p, 'a> {
    /// Opens a table and complains about every key that does not belong in it.
    pub(super) fn open(page: &'p Page<'a>, table: &'p DeTable<'a>, at: Span, what: &str, known: &[&str]) -> Self {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let hint = match nearest(name, known) {
                    Some(close) => format!("Did you mean `{close}`?"),
                    None => format!("Known here: {}.", listed(known)),
                };
                page.fault(&key.span(), format!("`{}` is not a key of {what}.", short(name)), hint);
            }
        }
        Self {
            page,
            table,
            at,
            what: what.to_owned(),
        }
    }

    fn get(&self, key: &str) -> Option<&'p Spanned<DeValue<'a>>> {
        self.table.get(key)
    }

    /// Whether the key is there at all, sound or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Complains that a key is missing.
    pub(super) fn missing(&self, key: &str, hint: &str) {
        self.page
            .fault(&self.at, format!("`{key}` is missing from {}.", self.what), hint);
    }

    fn wrong(&self, value: &Spanned<DeValue<'a>>, key: &str, wanted: &str) {
        let found = value.get_ref().type_str();
        let hint = format!("Write {wanted}.");
        self.page.fault(
            &value.span(),
            format!("`{key}` of {} is of the kind {found}.", self.what),
            hint,
        );
    }

    /// A text that may be absent.
    pub(super) fn maybe_string(&self, key: &str) -> Option<Said<&'p str>> {
        let value = self.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong(value, key, "a text in quotation marks");
        }
        text.map(|text| Said {
            value: text,
            at: value.span(),
        })
    }

    /// A text that must be there.
    pub(super) fn string(&self, key: &str) -> Option<Said<&'p str>> {
        if !self.has(key) {
            self.missing(key, "Add it, as a text in quotation marks.");
        }
        self.maybe_string(key)
    }

    /// One word of a closed list, where it may be absent.
    pub(super) fn maybe_word<T: for<'de> Deserialize<'de>>(&self, key: &str) -> Option<Said<T>> {
        self.as_word(key, &self.maybe_string(key)?)
    }

    /// A text of `key` as one word of a closed list, or a fault.
    pub(super) fn as_word<T: for<'de> Deserialize<'de>>(&self, key: &str, text: &Said<&str>) -> Option<Said<T>> {
        match T::deserialize(StrDeserializer::<WordError>::new(text.value)) {
            Ok(value) => Some(Said {
                value,
                at: text.at.clone(),
            }),
            Err(unknown) => {
                // serde's sentence lists the allowed words between backticks, after the unknown one.
                let sentence = unknown.to_string();
                let allowed: Vec<&str> = sentence.split('`').skip(3).step_by(2).collect();
                let fault = format!("`{}` is not a value of `{key}`.", short(text.value));
                self.page
                    .fault(&text.at, fault, format!("Allowed: {}.", listed(&allowed)));
                None
            }
        }
    }

    /// One word of a closed list that must be there.
    pub(super) fn word<T: for<'de> Deserialize<'de>>(&self, key: &str) -> Option<Said<T>> {
        if !self.has(key) {
            self.missing(key, "Add it; the read-me of the packs lists the values.");
        }
        self.maybe_word(key)
    }

    /// A whole number within bounds, where it may be absent.
    pub(super) fn maybe_number(&self, key: &str, range: &RangeInclusive<u32>) -> Option<Said<u32>> {
        let value = self.get(key)?;
        let at = value.span();
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong(value, key, "a whole number");
            return None;
        };
        match u32::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if range.contains(&number) => Some(Said { value: number, at }),
            _ => {
                let hint = format!("Between {} and {}.", range.start(), range.end());
                self.page
                    .fault(&at, format!("`{key}` of {} is out of range.", self.what), hint);
                None
            }
        }
    }

    /// A whole number that must be there.
    pub(super) fn number(&self, key: &str, range: &RangeInclusive<u32>) -> Option<Said<u32>> {
        if !self.has(key) {
            self.missing(
                key,
                &format!("Add it: a whole number between {} and {}.", range.start(), range.end()),
            );
        }
        self.maybe_number(key, range)
    }

    /// `true` or `false`; `false` where it is absent.
    pub(super) fn flag(&self, key: &str) -> bool {
        let Some(value) = self.get(key) else {
            return false;
        };
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(value, key, "true or false");
        }
        flag.unwrap_or_default()
    }

    /// A list of texts that may be absent; where it is there, as in [`strings`](Self::strings).
    pub(super) fn maybe_strings(&self, key: &str, most: usize) -> Vec<Said<&'p str>> {
        if self.has(key) {
            self.strings(key, most).unwrap_or_default()
        } else {
            Vec::new()
        }
    }

    /// A list of texts that must be there, with at least one and at most `most` of them.
    pub(super) fn strings(&self, key: &str, most: usize) -> Option<Vec<Said<&'p str>>> {
        let Some(value) = self.get(key) else {
            self.missing(key, "Add it, as a list of texts.");
            return None;
        };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(value, key, "a list of texts, as in [\"one\", \"two\"]");
            return None;
        };
        let mut texts = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_str() {
                Some(text) => texts.push(Said {
                    value: text,
                    at: item.span(),
                }),
                None => self.wrong(item, key, "texts only"),
            }
        }
        self.few(key, &value.span(), array.len(), most);
        Some(texts)
    }

    /// The tables of an array of tables, each with its place; at least one and at most `most` of them.
    pub(super) fn tables(&self, key: &str, most: usize) -> Vec<(&'p DeTable<'a>, Span)> {
        let Some(value) = self.get(key) else {
            self.missing(key, &format!("Add one, under [[{key}]]."));
            return Vec::new();
        };
        let tables: Option<Vec<_>> = value.get_ref().as_array().and_then(|array| {
            let table = |item: &'p Spanned<DeValue<'a>>| Some((item.get_ref().as_table()?, item.span()));
            array.iter().map(table).collect()
        });
        match tables {
            Some(tables) => {
                self.few(key, &value.span(), tables.len(), most);
                tables.into_iter().take(most).collect()
            }
            None => {
                self.wrong(value, key, &format!("it as tables, each under [[…{key}]]"));
                Vec::new()
            }
        }
    }

    /// Tables that may be absent; where they are there, as in [`tables`](Self::tables).
    pub(super) fn maybe_tables(&self, key: &str, most: usize) -> Vec<(&'p DeTable<'a>, Span)> {
        if self.has(key) {
            self.tables(key, most)
        } else {
            Vec::new()
        }
    }

    /// A table, where it may be absent.
    pub(super) fn maybe_table(&self, key: &str) -> Option<(&'p DeTable<'a>, Span)> {
        let value = self.get(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(value, key, "a table");
        }
        table.map(|table| (table, value.span()))
    }

    /// The value of a key as it stands, for the few that may be of two kinds.
    pub(super) fn raw(&self, key: &str) -> Option<&'p Spanned<DeValue<'a>>> {
        self.get(key)
    }

    fn few(&self, key: &str, at: &Span, found: usize, most: usize) {
        if found == 0 {
            self.page
                .fault(at, format!("`{key}` of {} is empty.", self.what), "Add at least one.");
        } else if found > most {
            let fault = format!("`{key}` of {} has {found} entries.", self.what);
            self.page.fault(at, fault, format!("At most {most} are taken."));
        }
    }
}

/// Words as a person lists them.
pub(super) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// A stranger's text, cut so that a fault stays one line.
pub(super) fn short(text: &str) -> String {
    let shown: String = text
        .chars()
        .take(40)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().count() > 40 {
        shown + "…"
    } else {
        shown
    }
}
