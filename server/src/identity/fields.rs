//! Names, titles and addresses as people type them, brought into one form or refused with a sentence that names the field.
//!
//! A name is shown to others, so it must not be able to hide, reorder or overlay the letters around it: no controls, no
//! marks of writing direction, nothing of zero width. What is left is any script, accents and pictures included.

use protocol::Private;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::No;
use crate::limits;

/// A person's name: 1–40 letters as a person counts them.
pub(crate) fn name(text: &Private<String>) -> Result<Private<String>, No> {
    shown("name", text, limits::MAX_NAME_GRAPHEMES, limits::MAX_NAME_BYTES)
}

/// A group's title: 1–80 letters.
pub(crate) fn title(text: &Private<String>) -> Result<Private<String>, No> {
    shown("title", text, limits::MAX_TITLE_GRAPHEMES, limits::MAX_TITLE_BYTES)
}

/// Why somebody wants to look in: a sentence or two, 1–280 letters.
pub(crate) fn reason(text: &Private<String>) -> Result<Private<String>, No> {
    shown("reason", text, limits::MAX_REASON_GRAPHEMES, limits::MAX_REASON_BYTES)
}

/// A reason in a few sentences: as people write it, lines and all.
pub(crate) fn long_reason(text: &Private<String>) -> Result<Private<String>, No> {
    let text = text.expose().trim();
    match text.chars().count() {
        0 => Err(No::field("The reason is empty.")),
        count if count > limits::MAX_REASON_CHARS => Err(too_long("reason", limits::MAX_REASON_CHARS)),
        _ if text.chars().any(|sign| sign != '\n' && is_hidden(sign)) => Err(No::field(
            "The reason holds signs that cannot be seen. Please type it anew.",
        )),
        _ => Ok(Private(text.nfc().collect())),
    }
}

/// An e-mail address: only what is certain about one. Whether it exists, a message would have to find out.
pub(crate) fn email(text: &Private<String>) -> Result<Private<String>, No> {
    let text: String = text.expose().trim().nfc().collect();
    let fits =
        text.len() <= limits::MAX_EMAIL_BYTES && !text.chars().any(|sign| sign.is_whitespace() || is_hidden(sign));
    match text.rsplit_once('@') {
        Some((who, host)) if fits && !who.is_empty() && !host.is_empty() => Ok(Private(text)),
        _ => Err(No::field(
            "The e-mail address must look like name@example.org, with at most 254 characters.",
        )),
    }
}

fn shown(field: &str, text: &Private<String>, graphemes: usize, bytes: usize) -> Result<Private<String>, No> {
    let text = text.expose().trim();
    if text.chars().any(is_hidden) {
        return Err(No::field(format!(
            "The {field} holds signs that cannot be seen. Please type it anew."
        )));
    }
    // Length before work: a megabyte need not be normalised to be too long.
    let text: String = if text.len() <= bytes {
        text.nfc().collect()
    } else {
        return Err(too_long(field, graphemes));
    };
    match text.graphemes(true).count() {
        0 => Err(No::field(format!("The {field} is empty."))),
        count if count > graphemes || text.len() > bytes => Err(too_long(field, graphemes)),
        _ => Ok(Private(text)),
    }
}

fn too_long(field: &str, graphemes: usize) -> No {
    No::field(format!("The {field} is too long: at most {graphemes} characters."))
}

/// Controls, line and paragraph ends, direction marks, and everything of zero width.
fn is_hidden(sign: char) -> bool {
    sign.is_control()
        || matches!(sign,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Result<String, String> {
        name(&text.into())
            .map(Private::into_exposed)
            .map_err(|no| no.problem.title)
    }

    #[test]
    fn a_name_keeps_its_script_and_loses_only_the_spaces_around_it() {
        for text in [
            "Ana",
            "Zoë",
            "Иван Петрович",
            "山田 太郎",
            "محمد",
            "अनिता",
            "O’Neill-Ørsted",
            "🙂",
            "👍🏽",
        ] {
            assert_eq!(named(&format!("  {text} \t")), Ok(text.to_owned()));
        }
        assert_eq!(named("Zoe\u{308}"), Ok("Zoë".to_owned()), "one spelling for one look");
    }

    #[test]
    fn forty_letters_as_a_person_counts_them_are_the_most() {
        assert!(named(&"é".repeat(40)).is_ok() && named(&"👍🏽".repeat(40)).is_ok());
        assert!(named(&"a".repeat(41)).unwrap_err().contains("name is too long"));
        assert!(named("").unwrap_err().contains("name is empty") && named(" \u{a0} ").is_err());
        assert!(
            named(&format!("a{}", "\u{301}".repeat(500))).is_err(),
            "one letter under a tower of accents"
        );
    }

    #[test]
    fn a_name_that_could_hide_or_turn_letters_round_is_refused() {
        for hidden in [
            '\0',
            '\n',
            '\u{7f}',
            '\u{85}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{ad}',
            '\u{3164}',
            '\u{e0041}',
            '\u{61c}',
        ] {
            assert!(
                named(&format!("A{hidden}na")).unwrap_err().contains("name holds signs"),
                "{hidden:?}"
            );
        }
    }

    #[test]
    fn an_address_has_something_on_both_sides_of_its_last_at() {
        for good in ["a@b", " Ana@Example.org ", "\"a@b\"@c", "ä@ö.example"] {
            assert!(email(&good.into()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a b@c",
            "a\u{202e}@b",
            &format!("{}@b", "a".repeat(254)),
        ] {
            assert!(
                email(&bad.into()).unwrap_err().problem.title.contains("e-mail"),
                "{bad}"
            );
        }
    }
}
