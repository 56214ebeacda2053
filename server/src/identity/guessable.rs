//! Passphrases that guessers make by rule: words that everybody takes, put together, said twice, with a year, with a walk over the keyboard.
//!
//! A list of whole passphrases (`common_passphrases.txt`) knows those that are themselves famous. What is made of parts is taken apart here, and
//! asked how much of it is anybody's own. Both lists were written for Rondo.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Words that stand in everybody's bad password, one a line, in lower case.
const WORDS: &str = include_str!("common_words.txt");
/// The same by their first letter.
static BY_LETTER: LazyLock<BTreeMap<char, Vec<&str>>> = LazyLock::new(|| {
    let mut all: BTreeMap<char, Vec<&str>> = BTreeMap::new();
    for word in WORDS.lines() {
        let letter = word.chars().next().expect("no line is empty");
        all.entry(letter).or_default().push(word);
    }
    all
});
/// How people run along their keyboards and count. Backwards as well.
const WALKS: [&str; 8] = [
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujm",
];
/// Three in a row happen in words (`rst`, `def`); four are a walk.
const SHORTEST_WALK: usize = 4;
/// A year, a date, the end of a telephone number. Longer ones are not known by their length.
const LONGEST_NUMBER: usize = 8;
/// Longer texts are not made of so few parts that they would be tried early.
const LONGEST_LOOKED_AT: usize = 128;

/// How many signs of a text belong to no known part of a passphrase, at the least. `text` is bare: letters and digits in lower case.
pub(super) fn own_signs(text: &[char]) -> usize {
    if text.len() > LONGEST_LOOKED_AT {
        return text.len();
    }
    // Digits that stand for letters are no numbers any more.
    least(text, number).min(least(&unmasked(text), |_, _| None))
}

/// Written with the digits that look like letters: `passw0rd` is no other word than `password`.
fn unmasked(text: &[char]) -> Vec<char> {
    let letter = |sign: &char| match sign {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        other => *other,
    };
    text.iter().map(letter).collect()
}

fn least(text: &[char], number: fn(&[char], usize) -> Option<usize>) -> usize {
    // From the end: what is left of every tail, taken apart as well as can be.
    let mut left = vec![0; text.len() + 1];
    for at in (0..text.len()).rev() {
        let known = known_lengths(&text[at..]).chain(number(text, at));
        let alone = 1 + left[at + 1];
        left[at] = known.map(|length| left[at + length]).fold(alone, usize::min);
    }
    left[0]
}

/// The lengths of the known words and walks that a text begins with.
fn known_lengths(tail: &[char]) -> impl Iterator<Item = usize> {
    let words = BY_LETTER.get(&tail[0]).into_iter().flatten();
    let words = words.filter(move |word| begins(tail, word)).map(|word| word.len());
    words.chain(SHORTEST_WALK..=walk(tail))
}

fn begins(tail: &[char], word: &str) -> bool {
    word.chars().zip(tail).all(|(own, sign)| own == *sign) && word.len() <= tail.len()
}

/// How far a text runs along a keyboard, or stays on one key.
fn walk(tail: &[char]) -> usize {
    let same = tail.iter().take_while(|sign| **sign == tail[0]).count();
    let run = |along: &mut dyn Iterator<Item = char>| along.zip(tail).take_while(|(key, sign)| key == *sign).count();
    let from = |walk: &str, (start, key): (usize, char)| {
        if key != tail[0] {
            return 0;
        }
        let (back, there) = (&walk[..=start], &walk[start..]);
        run(&mut there.chars()).max(run(&mut back.chars().rev()))
    };
    let longest = |walk: &str| walk.char_indices().map(|place| from(walk, place)).max().unwrap_or(0);
    WALKS.into_iter().map(longest).fold(same, usize::max)
}

/// A number that stands here whole.
fn number(text: &[char], at: usize) -> Option<usize> {
    let begins = at == 0 || !text[at - 1].is_ascii_digit();
    let length = text[at..].iter().take_while(|sign| sign.is_ascii_digit()).count();
    (begins && (1..=LONGEST_NUMBER).contains(&length)).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str) -> usize {
        own_signs(&text.chars().collect::<Vec<_>>())
    }

    #[test]
    fn what_is_known_is_taken_out_and_what_is_ones_own_is_counted() {
        for (text, left) in [
            ("passwordpassword2024", 0),
            ("p4ssw0rdp4ssw0rd", 0),
            ("qwertyuiopasdf99", 0),
            ("iloveyoujesus1987", 0),
            ("1q2w3e4rdragon", 0),
            ("kettlepassword", 6),
            ("thekettlesingslow", 17),
            // A long number may be anybody's own.
            ("918273645546372819", 18),
        ] {
            assert_eq!(own(text), left, "{text}");
        }
    }

    #[test]
    fn every_word_is_in_the_form_it_is_compared_in() {
        let words: Vec<&str> = WORDS.lines().collect();
        assert!(words.is_sorted() && words.len() > 200);
        for word in words {
            assert!(
                word.len() >= 4 && word.chars().all(|sign| sign.is_ascii_lowercase() || sign == '1'),
                "{word}"
            );
        }
    }
}
