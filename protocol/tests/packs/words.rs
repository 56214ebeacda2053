//! Words that a pack may use, and the one that was meant.

use packfiles::nearest;
use protocol::pack::When;

#[test]
fn the_list_of_conditions_is_the_types_own() {
    let schema = serde_json::to_value(schemars::schema_for!(When)).expect("a schema can be written");
    let ways = schema["oneOf"].as_array().expect("a closed set is a choice of ways");
    let mut words: Vec<String> = Vec::new();
    for way in ways {
        let texts = way["enum"].as_array().into_iter().flatten().chain(way.get("const"));
        let keys = way["required"].as_array().into_iter().flatten();
        words.extend(texts.chain(keys).filter_map(|word| Some(word.as_str()?.to_owned())));
    }
    words.sort_unstable();
    let mut listed = When::WORDS.map(str::to_owned).to_vec();
    listed.sort_unstable();
    assert_eq!(words, listed);
}

#[test]
fn a_slip_of_the_finger_finds_the_word_that_was_meant() {
    let known = ["minutes", "floor", "turn_seconds"];
    assert_eq!(nearest("minuts", &known), Some("minutes"));
    assert_eq!(nearest("turn-seconds", &known), Some("turn_seconds"));
    assert_eq!(nearest("colour", &known), None);
    assert_eq!(nearest("", &known), None);
    assert_eq!(nearest(&"m".repeat(1000), &known), None);
    assert_eq!(nearest("x", &[]), None);
}

#[test]
fn a_third_of_its_letters_may_differ_and_each_keystroke_counts_once() {
    for (word, known, is_meant) in [
        ("kitten", "sitten", true),
        ("kitten", "kittens", true),
        ("kitten", "sittens", true),
        ("kitten", "sitting", false),
        ("abc", "", false),
    ] {
        assert_eq!(nearest(word, &[known]).is_some(), is_meant, "{word} {known}");
    }
}
