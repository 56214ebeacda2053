//! `rondo pack new`: the files of a small pack that passes the check, to be rewritten.

use std::collections::BTreeMap;

use protocol::pack::Setting;

const FILES: [(&str, &str); 3] = [
    ("README.md", include_str!("template/README.md")),
    ("pack.toml", include_str!("template/pack.toml")),
    ("text/en.toml", include_str!("template/en.toml")),
];

/// A new pack's files. Lines that begin with `#couple ` or `#circle ` are for that setting alone.
pub(super) fn files(id: &str, setting: Setting) -> BTreeMap<String, Vec<u8>> {
    let (word, modality, min, max) = match setting {
        Setting::Group => ("group", "group therapy", "4", "10"),
        Setting::Couple => ("couple", "couple therapy", "2", "2"),
        Setting::Individual => ("individual", "individual therapy", "1", "1"),
        Setting::Circle => ("circle", "peer support", "3", "12"),
    };
    let fill = |text: &str| {
        text.lines()
            .filter_map(
                |line| match line.strip_prefix('#').and_then(|rest| rest.split_once(' ')) {
                    Some((only, rest)) if ["couple", "circle"].contains(&only) => (only == word).then_some(rest),
                    _ => Some(line),
                },
            )
            .fold(String::new(), |all, line| all + line + "\n")
            .replace("{id}", id)
            .replace("{setting}", word)
            .replace("{modality}", modality)
            .replace("{min}", min)
            .replace("{max}", max)
    };
    FILES
        .iter()
        .map(|(name, text)| ((*name).to_owned(), fill(text).into_bytes()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_pack_of_every_setting_passes_the_check() {
        for setting in [Setting::Group, Setting::Couple, Setting::Individual, Setting::Circle] {
            let pack = packfiles::load("mine", &files("mine", setting)).unwrap_or_else(|faults| panic!("{faults:#?}"));
            assert_eq!((pack.setting, pack.session_count()), (setting, 4));
            assert_eq!(pack.separate_screens, setting == Setting::Couple);
            assert_eq!(pack.circle.is_some(), setting == Setting::Circle);
        }
    }
}
