//! Names that look the same: nobody in a group can be taken for somebody else by the way their name is written.
//!
//! Two names look the same when their skeletons (UTS 39, section 4) are equal: "Аnna" with a Cyrillic А and "Anna" are. Spaces and
//! punctuation are left out, and the comparison is made three times, as written, in small letters and in capitals, because letters of
//! one case may look alike where those of the other do not: "lan" is "Ian", and "Lan" is somebody else.

use protocol::Private;
use unicode_security::skeleton;

/// What is left of a name when it is only looked at.
#[derive(Debug, PartialEq, Eq)]
struct Look([String; 3]);

impl Look {
    fn of(name: &str) -> Self {
        let forms = [name.to_owned(), name.to_lowercase(), name.to_uppercase()];
        Self(forms.map(|form| letters(&skeleton(&letters(&form)).collect::<String>())))
    }

    fn is_like(&self, other: &Self) -> bool {
        // As written against as written, small against small: never across.
        self.0.iter().zip(&other.0).any(|(one, two)| one == two)
    }
}

/// A text without what stands between its letters. Pictures and signs alone stay as they are.
fn letters(text: &str) -> String {
    let letters: String = text.chars().filter(|sign| !is_between(*sign)).collect();
    if letters.is_empty() { text.to_owned() } else { letters }
}

/// What stands between letters: it is overlooked, so it tells nobody apart.
fn is_between(sign: char) -> bool {
    sign.is_whitespace()
        || sign.is_ascii_punctuation()
        || matches!(sign, '\u{a1}'..='\u{bf}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{3001}'..='\u{3003}' | '\u{30fb}')
}

/// What the page calls those who lead or listen, where it stands beside a name: pronouns must not pass for it.
const ROLE_WORDS: [&str; 12] = [
    "facilitator",
    "facilita",
    "facilitador",
    "facilitadora",
    "host",
    "anfitrión",
    "anfitriona",
    "observer",
    "observa",
    "observador",
    "observadora",
    "administrator",
];

/// Whether this text looks like a role, as the page would write it.
pub(crate) fn is_a_role(text: &Private<String>) -> bool {
    is_taken(text, ROLE_WORDS.into_iter().map(Private::from))
}

/// Whether this text looks like one of the names that are there.
pub(crate) fn is_taken(name: &Private<String>, there: impl Iterator<Item = Private<String>>) -> bool {
    let look = Look::of(name.expose());
    there
        .map(|other| Look::of(other.expose()))
        .any(|other| look.is_like(&other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::fields;

    /// One row of the table that the browser test sends as well.
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        name: String,
        is: String,
        #[serde(default)]
        beside: Option<String>,
    }

    fn table() -> Vec<Row> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/hostile/names.json");
        serde_json::from_str(&std::fs::read_to_string(path).expect("the table")).expect("rows")
    }

    /// What becomes of a name beside these.
    fn judged(row: &Row, there: &[Private<String>]) -> &'static str {
        match fields::name(&row.name.as_str().into()) {
            Err(no) if no.problem.title.contains("signs that cannot be seen") => "hidden signs",
            Err(_) => "empty or too long",
            Ok(name) if is_taken(&name, there.iter().cloned()) => "a look-alike",
            Ok(_) => "kept",
        }
    }

    #[test]
    fn t16_a_hundred_names_are_kept_or_refused_as_the_table_says() {
        let rows = table();
        assert_eq!(rows.len(), 100);
        let mut there: Vec<Private<String>> = vec![];
        let mut wrong = vec![];
        for row in &rows {
            there.extend(row.beside.as_deref().map(Private::from));
            let became = judged(row, &there);
            if became != row.is {
                wrong.push(format!(
                    "{:?} beside {:?} is {became}, not {}",
                    row.name, row.beside, row.is
                ));
            }
            if became == "kept" {
                there.push(row.name.as_str().into());
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        let refused = rows.iter().filter(|row| row.is != "kept").count();
        println!(
            "T16, names: N = {}, {refused} refused, {} kept, 0 wrong (3/N = {:.3})",
            rows.len(),
            rows.len() - refused,
            3.0 / rows.len() as f64
        );
    }

    #[test]
    fn comparing_letters_alone_lets_look_alikes_in() {
        let mut there: Vec<String> = vec![];
        let mut slipped = 0;
        for row in table() {
            there.extend(row.beside.iter().map(|name| name.to_lowercase()));
            let name = row.name.to_lowercase();
            slipped += usize::from(row.is == "a look-alike" && !there.contains(&name));
            if row.is == "kept" {
                there.push(name);
            }
        }
        println!("T16, names: comparing small letters lets {slipped} look-alikes in");
        assert!(slipped >= 20, "{slipped}");
    }

    #[test]
    fn pronouns_that_would_pass_for_a_role_are_told() {
        for role in ["Facilitator", "fасilitator", "Host", "OBSERVER", "facilitadora"] {
            assert!(is_a_role(&role.into()), "{role}");
        }
        for pronouns in ["she/her", "they", "él", "ella/elle", "sie", "彼女"] {
            assert!(!is_a_role(&pronouns.into()), "{pronouns}");
        }
    }

    #[test]
    fn names_that_only_resemble_each_other_are_two_people() {
        for (one, other) in [
            ("Ana", "Anna"),
            ("Ian", "Lan"),
            ("Zoë", "Zoe"),
            ("Ben", "Beth"),
            ("Member 1", "Member 11"),
            ("山田", "山口"),
            ("🙂", "🙃"),
            ("-", "+"),
        ] {
            assert!(
                !is_taken(&one.into(), std::iter::once(other.into())),
                "{one} and {other}"
            );
        }
    }
}
