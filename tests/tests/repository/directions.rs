//! The walls of the house: who may know whom. Read from the manifests and the `use` lines, so that a wall cannot fall unseen.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn dependencies(manifest: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join(manifest)).expect("the manifest is there");
    let manifest: toml::Table = text.parse().expect("the manifest is TOML");
    let table = manifest
        .get("dependencies")
        .and_then(toml::Value::as_table)
        .cloned()
        .unwrap_or_default();
    table.keys().cloned().collect()
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                found.push((path, text));
            }
        }
    }
    assert!(
        !found.is_empty(),
        "no sources under {folder}: this test would look at nothing"
    );
    found
}

/// Files under `folder` that name one of `words`.
fn naming(folder: &str, words: &[&str]) -> Vec<PathBuf> {
    let names = |text: &str| words.iter().any(|word| text.contains(word));
    sources(folder)
        .into_iter()
        .filter(|(_, text)| names(text))
        .map(|(path, _)| path)
        .collect()
}

#[test]
fn protocol_knows_nobody_and_does_nothing_but_read_and_write_values() {
    let may = ["schemars", "serde", "serde_json", "sha2", "toml"].map(str::to_owned);
    let more: Vec<_> = dependencies("protocol/Cargo.toml")
        .difference(&BTreeSet::from(may))
        .cloned()
        .collect();
    assert_eq!(more, Vec::<String>::new(), "protocol depends on something new");
}

#[test]
fn the_room_knows_protocol_alone() {
    let may = ["base64", "protocol", "serde", "serde_json"].map(str::to_owned);
    let more: Vec<_> = dependencies("server/room/Cargo.toml")
        .difference(&BTreeSet::from(may))
        .cloned()
        .collect();
    assert_eq!(more, Vec::<String>::new(), "room depends on something new");
}

#[test]
fn media_knows_no_room_and_no_disk() {
    let may = ["getrandom", "protocol", "quinn-udp", "str0m", "tokio", "tracing"].map(str::to_owned);
    let more: Vec<_> = dependencies("server/media/Cargo.toml")
        .difference(&BTreeSet::from(may))
        .cloned()
        .collect();
    assert_eq!(more, Vec::<String>::new(), "media depends on something new");
    let disks = ["std::fs", "tokio::fs", "File::", "OpenOptions"];
    assert_eq!(
        naming("server/media/src", &disks),
        Vec::<PathBuf>::new(),
        "no packet is ever written down"
    );
    // Its engine is spoken to in two places.
    let words = ["media::Engine", "use media::"];
    let inside = ["hub", "app.rs", "config"].map(|name| root().join("server/src").join(name));
    let strangers: Vec<_> = naming("server/src", &words)
        .into_iter()
        .filter(|path| !inside.iter().any(|part| path.starts_with(part)))
        .collect();
    assert_eq!(strangers, Vec::<PathBuf>::new(), "these speak to media");
    assert!(!naming("server/src", &words).is_empty(), "the looking itself works");
}

#[test]
fn nothing_but_the_composition_root_knows_http() {
    let inside = ["http", "app.rs", "start.rs", "main.rs", "lib.rs"].map(|name| root().join("server/src").join(name));
    let outside = |path: &PathBuf| !inside.iter().any(|part| path.starts_with(part));
    let strangers: Vec<_> = naming("server/src", &["crate::http"])
        .into_iter()
        .filter(outside)
        .collect();
    assert_eq!(strangers, Vec::<PathBuf>::new(), "these import http");
}

#[test]
fn hub_and_notes_know_no_door_and_no_login() {
    let doors = ["crate::http", "crate::identity", "crate::config"];
    assert_eq!(naming("server/src/hub", &doors), Vec::<PathBuf>::new());
    assert_eq!(naming("server/src/notes", &doors), Vec::<PathBuf>::new());
    assert_eq!(
        naming("server/src/store", &["crate::hub", "crate::http", "crate::identity"]),
        Vec::<PathBuf>::new()
    );
    // What nodes say to each other knows no room and no socket.
    let inside = [
        "crate::hub",
        "crate::http",
        "crate::identity",
        "crate::config",
        "async_nats",
    ];
    assert_eq!(
        naming("server/src/cluster", &inside),
        [root().join("server/src/cluster/bus.rs")],
        "one file knows NATS, and none of them the hub"
    );
    // The looking itself works: the composition root does name both.
    assert!(!naming("server/src", &["crate::http"]).is_empty());
}

#[test]
fn the_demo_is_known_to_the_command_line_alone_and_makes_no_door_of_its_own() {
    let inside = ["demo", "main.rs", "lib.rs"].map(|name| root().join("server/src").join(name));
    let outside = |path: &PathBuf| !inside.iter().any(|part| path.starts_with(part));
    let words = ["crate::demo", "rondo::demo", "demo::"];
    let strangers: Vec<_> = naming("server/src", &words).into_iter().filter(outside).collect();
    assert_eq!(strangers, Vec::<PathBuf>::new(), "these import the demo");
    assert!(!naming("server/src", &words).is_empty(), "the looking itself works");
    // Its people are clients: what they do goes through the wire, never into the room or its journal.
    let insides = ["room::Room", "crate::hub::room_task", ".append(", "crate::http"];
    assert_eq!(naming("server/src/demo", &insides), Vec::<PathBuf>::new());
}

#[test]
fn every_crate_keeps_the_house_lints() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest is there");
    let workspace: toml::Table = text.parse().expect("the manifest is TOML");
    let members = workspace["workspace"]["members"].as_array().expect("members");
    assert!(members.len() > 4, "{members:?}");
    for manifest in members.iter().filter_map(toml::Value::as_str) {
        let text = std::fs::read_to_string(root().join(manifest).join("Cargo.toml")).expect("the manifest is there");
        let table: toml::Table = text.parse().expect("the manifest is TOML");
        let keeps = table
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .and_then(toml::Value::as_bool);
        assert_eq!(keeps, Some(true), "{manifest}");
    }
}

/// The words of a variable of the Makefile.
fn words_of(variable: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("Makefile")).expect("the Makefile is there");
    let joined = text.replace("\\\n", " ");
    let line = joined.lines().find(|line| line.starts_with(&format!("{variable} :=")));
    let (_, words) = line
        .and_then(|line| line.split_once(":="))
        .expect("the variable is there");
    words.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn what_the_gates_first_lane_leaves_out_its_second_lane_runs() {
    let programs = words_of("LONG_TESTS");
    let is_long = |path: &Path| {
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        programs
            .iter()
            .any(|program| parts.contains(program) || parts.contains(&format!("{program}.rs")))
    };
    let all: Vec<_> = ["tests", "server", "protocol"].into_iter().flat_map(sources).collect();
    for name in words_of("LONG_NAMES") {
        let holds = |text: &str| text.lines().any(|line| line.contains("fn ") && line.contains(&name));
        let found: Vec<_> = all
            .iter()
            .filter(|(_, text)| holds(text))
            .map(|(path, _)| path)
            .collect();
        assert!(found.len() == 1 && is_long(found[0]), "{name} stands in {found:?}");
    }
}
