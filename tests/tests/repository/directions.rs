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
    let may = ["schemars", "serde", "serde_json", "sha2"].map(str::to_owned);
    let more: Vec<_> = dependencies("protocol/Cargo.toml")
        .difference(&BTreeSet::from(may))
        .cloned()
        .collect();
    assert_eq!(more, Vec::<String>::new(), "protocol depends on something new");
}

#[test]
fn what_reads_packs_knows_protocol_and_opens_no_file() {
    let may = ["protocol", "serde", "sha2", "toml"].map(str::to_owned);
    assert_eq!(dependencies("protocol/packfiles/Cargo.toml"), BTreeSet::from(may));
    let disks = ["std::fs", "File::", "OpenOptions"];
    assert_eq!(naming("protocol/packfiles/src", &disks), Vec::<PathBuf>::new());
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
fn sealing_knows_the_cipher_and_randomness_alone() {
    let may = ["chacha20poly1305", "getrandom", "thiserror"].map(str::to_owned);
    assert_eq!(dependencies("server/sealing/Cargo.toml"), BTreeSet::from(may));
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

/// The test programs of a package: what its manifest names, and what cargo finds in `tests/`.
fn programs(member: &str) -> BTreeSet<String> {
    let folder = root().join(member);
    let text = std::fs::read_to_string(folder.join("Cargo.toml")).expect("the manifest is there");
    let manifest: toml::Table = text.parse().expect("the manifest is TOML");
    let named = manifest
        .get("test")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten();
    let mut found: BTreeSet<_> = named
        .filter_map(|test| test["name"].as_str())
        .map(str::to_owned)
        .collect();
    if manifest["package"].get("autotests").and_then(toml::Value::as_bool) != Some(false) {
        let entries = std::fs::read_dir(folder.join("tests")).into_iter().flatten().flatten();
        let programs = entries
            .map(|entry| entry.path())
            .filter(|path| path.join("main.rs").exists() || path.extension().is_some_and(|end| end == "rs"));
        found.extend(programs.filter_map(|path| path.file_stem()?.to_str().map(str::to_owned)));
    }
    found
}

#[test]
fn the_gate_runs_every_test_program_once() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest is there");
    let workspace: toml::Table = text.parse().expect("the manifest is TOML");
    let members = workspace["workspace"]["members"].as_array().expect("members");
    let members = members.iter().filter_map(toml::Value::as_str);
    let mut there: Vec<_> = members.flat_map(programs).collect();
    there.extend(["lib", "quick"].map(str::to_owned));
    there.sort();
    let mut run = words_of("QUICK_TESTS");
    run.extend(
        words_of("GATE")
            .iter()
            .filter_map(|run| run.strip_prefix("rust-"))
            .map(str::to_owned),
    );
    run.sort();
    assert_eq!(run, there);
    assert!(there.len() > 20, "the looking itself works: {there:?}");
}

#[test]
fn what_the_gate_does_not_build_holds_no_test() {
    // What its manifest says `test = false` of, and examples in doc comments: neither is looked at for tests.
    let programs = ["server/src/main.rs", "protocol/src", "tests/load", "tests/src/bin"].map(|part| root().join(part));
    let all: Vec<_> = ["server", "protocol", "tests"].into_iter().flat_map(sources).collect();
    let tested: Vec<_> = all
        .iter()
        .filter(|(path, text)| programs.iter().any(|program| path.starts_with(program)) && text.contains("#[test]"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(tested, Vec::<&PathBuf>::new(), "these tests would never run");
    let is_run = |line: &str| {
        let line = line.trim_start();
        let said = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
        said.is_some_and(|said| said.trim_start().starts_with("```") && !matches!(said.trim(), "```" | "```text"))
    };
    let examples: Vec<_> = all
        .iter()
        .filter(|(_, text)| {
            text.lines().any(is_run) || text.matches("```text").count() * 2 != text.matches("```").count()
        })
        .map(|(path, _)| path)
        .filter(|path| path.components().any(|part| part.as_os_str() == "src"))
        .collect();
    assert_eq!(examples, Vec::<&PathBuf>::new(), "these examples would never run");
}
