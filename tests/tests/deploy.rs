//! What stands in `deploy/` names only settings that exist, with their real defaults, so that the runbook cannot drift from the program.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rondo::config::{Config, Setting, Settings};

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(deploy().join(path)).unwrap_or_else(|why| panic!("deploy/{path}: {why}"))
}

/// The example with its settings no longer commented out: `#name = value`, never `# prose`.
fn awake(example: &str) -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') => setting.to_owned(),
        _ => line.to_owned(),
    };
    example.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Words of the shape `RONDO_…` in a text, without the one that names the configuration file and the compose file's own.
fn variables(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
    let named = words.filter(|word| word.starts_with("RONDO_") && !["RONDO_CONFIG", "RONDO_HOST"].contains(word));
    named.map(str::to_owned).collect()
}

fn known() -> BTreeSet<String> {
    Setting::ALL
        .iter()
        .map(|(_, _, variable)| (*variable).to_owned())
        .collect()
}

#[test]
fn the_example_file_as_shipped_changes_nothing() {
    let settings = Settings::default()
        .with_file(&deploy().join("rondo.toml"))
        .expect("it is read");
    assert_eq!(
        Config::check(&settings).expect("it is sound"),
        Config::check(&Settings::default()).expect("the defaults are")
    );
}

#[test]
fn the_example_file_names_every_setting_and_nothing_else() {
    let table: toml::Table = awake(&read("rondo.toml")).parse().expect("TOML");
    let named: BTreeSet<&str> = table.keys().map(String::as_str).collect();
    let all: BTreeSet<&str> = Setting::ALL.iter().map(|(_, name, _)| *name).collect();
    assert_eq!(named, all);
    let defaults = Config::check(&Settings::default()).expect("the defaults are sound");
    assert_eq!(table["listen"].as_str(), Some(defaults.listen.to_string().as_str()));
    assert_eq!(
        table["data"].as_str().map(Path::new),
        Some(defaults.data.as_path()),
        "the default folder"
    );
}

#[test]
fn every_variable_in_the_deployment_is_a_setting() {
    for file in [
        "README.md",
        "rondo.toml",
        "systemd/rondo.service",
        "docker/Dockerfile",
        "docker/compose.yaml",
    ] {
        let strangers: Vec<String> = variables(&read(file)).difference(&known()).cloned().collect();
        assert!(strangers.is_empty(), "deploy/{file} names {strangers:?}");
    }
}

#[test]
fn a_variable_that_is_no_setting_would_be_found() {
    let text = "Environment=RONDO_DATA=/x RONDO_DATTA=/y";
    assert_eq!(
        variables(text).difference(&known()).collect::<Vec<_>>(),
        ["RONDO_DATTA"]
    );
}

#[test]
fn the_proxies_pass_on_what_the_server_counts_by() {
    for file in ["proxy/nginx.conf", "proxy/Caddyfile"] {
        let text = read(file);
        assert!(text.contains("X-Forwarded-For"), "{file}");
        assert!(text.contains("127.0.0.1:8080"), "{file}: the default address");
    }
}

#[test]
fn the_container_starts_with_settings_that_are_safe() {
    let dockerfile = read("docker/Dockerfile");
    let line = dockerfile
        .lines()
        .find(|line| line.starts_with("ENV "))
        .expect("an ENV line");
    let pairs: Vec<(&str, &str)> = line[4..].split(' ').filter_map(|pair| pair.split_once('=')).collect();
    let said = |name: &str| {
        let pair = pairs.iter().find(|(variable, _)| *variable == name);
        pair.map(|(_, value)| (*value).to_owned())
    };
    Config::check(&Settings::default().with_environment(said)).expect("the image's settings are sound");
}
