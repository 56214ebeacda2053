//! What stands in `deploy/` names only settings that exist, with their real defaults, so that the runbook cannot drift from the program.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// Every file of the deployment in which settings are named.
const FILES: [&str; 12] = [
    "README.md",
    "rondo.toml",
    "systemd/rondo.service",
    "docker/Dockerfile",
    "docker/compose.yaml",
    "docker/cluster.yaml",
    "proxy/Caddyfile.cluster",
    "kubernetes/rondo.yaml",
    "kubernetes/bus.yaml",
    "backup/rondo-backup.service",
    "backup/rondo-postgres-backup.service",
    "capacity.py",
];
/// Variables that are no settings: which file to read, and the compose files' own.
const NO_SETTINGS: [&str; 3] = ["RONDO_CONFIG", "RONDO_HOST", "RONDO_ADDRESS"];

/// Words of the shape `RONDO_…` in a text, without those that are no settings.
fn variables(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
    let named = words.filter(|word| word.starts_with("RONDO_") && !NO_SETTINGS.contains(word));
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
    for file in FILES {
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

/// The settings that a file of the deployment gives a node: `NAME: value`, one a line, as the compose files and Kubernetes write them.
fn given(text: &str) -> Vec<(String, String)> {
    let pair = |line: &str| {
        let (name, value) = line.trim().split_once(": ")?;
        let fits = name.starts_with("RONDO_") && !NO_SETTINGS.contains(&name);
        let value = value.trim_matches(['"', '\'']);
        fits.then(|| (name.to_owned(), value.to_owned()))
    };
    text.lines().filter_map(pair).collect()
}

#[test]
fn what_containers_are_given_is_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "a secret that is long enough\n").expect("a file");
    for (file, more) in [
        ("docker/compose.yaml", vec![]),
        (
            "docker/cluster.yaml",
            vec![("RONDO_MEDIA", "0.0.0.0:8443"), ("RONDO_NODE", "a")],
        ),
        (
            "kubernetes/rondo.yaml",
            vec![("RONDO_MEDIA_ADDRESSES", "203.0.113.5"), ("RONDO_NODE", "a")],
        ),
    ] {
        let mut all = given(&read(file));
        all.extend(
            more.into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        all.push((
            "RONDO_DATABASE_URL".to_owned(),
            "postgres://rondo:x@database/rondo".to_owned(),
        ));
        let said = |name: &str| {
            let (_, value) = all.iter().rev().find(|(given, _)| given == name)?;
            // What whoever starts it says, and files that are there only then.
            let value = value.replace(
                "${RONDO_HOST:?the name people type into their browsers}",
                "rondo.example",
            );
            let value = value.replace("${RONDO_HOST}", "rondo.example");
            let value = value.replace(
                "${RONDO_ADDRESS:?the address at which browsers reach this machine}",
                "203.0.113.5",
            );
            Some(if name == "RONDO_TURN_SECRET_FILE" {
                secret.display().to_string()
            } else {
                value
            })
        };
        assert!(all.len() > 4, "{file} gives {all:?}");
        let checked = Config::check(&Settings::default().with_environment(said));
        checked.unwrap_or_else(|fault| panic!("deploy/{file}: {fault}"));
    }
}

#[test]
fn one_table_names_every_port_that_the_deployment_uses() {
    let readme = read("README.md");
    let (_, table) = readme.split_once("## Ports").expect("the table of ports");
    let table = table.split("\n## ").next().expect("its end");
    let listen = Config::check(&Settings::default())
        .expect("the defaults are sound")
        .listen;
    assert!(
        table.contains(&format!("| {} TCP | Rondo", listen.port())),
        "the default port"
    );
    for setting in [
        "listen",
        "media",
        "media_threads",
        "metrics",
        "turn",
        "database_url",
        "bus",
    ] {
        assert!(Setting::ALL.iter().any(|(_, name, _)| *name == setting), "{setting}");
        assert!(table.contains(&format!("`{setting}`")), "{setting} has a port");
    }
    // Every number that stands behind a port's name or an address somewhere.
    for (file, begins) in [
        ("docker/cluster.yaml", ["0.0.0.0:", "bus:", "-port="].as_slice()),
        (
            "kubernetes/rondo.yaml",
            ["containerPort: ", "0.0.0.0:", "bus:"].as_slice(),
        ),
        ("kubernetes/bus.yaml", ["containerPort: "].as_slice()),
        ("proxy/nginx.conf", ["listen "].as_slice()),
    ] {
        let text = read(file);
        let ports: BTreeSet<u16> = begins
            .iter()
            .flat_map(|begin| text.split(begin).skip(1))
            .filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
            .collect();
        assert!(!ports.is_empty(), "{file}: the search finds ports");
        for port in ports {
            // The three nodes of one machine take three in a row.
            let named = if (8443..=8445).contains(&port) { 8443 } else { port };
            assert!(
                table.contains(&named.to_string()),
                "deploy/{file}: {port} is in no table"
            );
        }
    }
}

#[test]
fn probes_ask_at_addresses_that_there_are() {
    let routes = std::fs::read_to_string(deploy().join("../server/src/http/routes.rs")).expect("the routes");
    let kubernetes = read("kubernetes/rondo.yaml");
    let asked: BTreeSet<&str> = kubernetes
        .split("path: /")
        .skip(1)
        .filter_map(|rest| rest.split([',', ' ']).next())
        .filter(|path| !path.is_empty())
        .collect();
    assert_eq!(asked, BTreeSet::from(["healthz", "livez"]));
    let caddy = read("proxy/Caddyfile.cluster");
    assert!(
        caddy.contains("health_uri /healthz"),
        "a node that leaves is asked no more"
    );
    assert!(
        caddy.contains("lb_policy cookie") && kubernetes.contains("affinity: cookie"),
        "the steps of a sign-in are one node's (decisions/0033)"
    );
    let readme = read("README.md");
    let (_, quota) = readme.split_once("user-quota=").expect("the relay's settings");
    let quota: String = quota.chars().take_while(char::is_ascii_digit).collect();
    assert!(read("docker/cluster.yaml").contains(&format!("--user-quota={quota} ")));
    for path in asked {
        assert!(routes.contains(&format!("\"/{path}\"")), "{path}");
    }
}

#[test]
fn the_runbook_holds_what_the_reckoning_says() {
    let said = Command::new("python3").arg(deploy().join("capacity.py")).output();
    let said = said.expect("python3 is among the tools of the tests");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said = String::from_utf8(said.stdout).expect("a text");
    let readme = read("README.md");
    let (_, rest) = readme.split_once("<!-- capacity -->\n").expect("its place");
    let (there, _) = rest.split_once("<!-- /capacity -->").expect("its end");
    assert_eq!(
        there.trim(),
        said.trim(),
        "put what deploy/capacity.py prints into deploy/README.md"
    );
    let lines = format!("| `lines_a_node` | {},000 |", rondo::limits::MAX_CONNECTIONS / 1000);
    assert!(said.contains(&lines), "the server's own bound: {lines}");
}

#[test]
fn every_timer_starts_a_service_and_the_backups_are_ours() {
    for name in ["rondo-backup", "rondo-postgres-backup"] {
        let (service, timer) = (
            read(&format!("backup/{name}.service")),
            read(&format!("backup/{name}.timer")),
        );
        assert!(
            timer.contains("OnCalendar=") && timer.contains("Persistent=yes"),
            "{name}"
        );
        assert!(
            service.contains("User=rondo") && service.contains("-mtime +29"),
            "{name}: gone after thirty days"
        );
    }
    let postgres = read("backup/rondo-postgres-backup.service");
    for beside in ["pg_dump", "root.erased", "touch last-backup"] {
        assert!(postgres.contains(beside), "{beside}");
    }
    assert!(!postgres.contains("root.key"), "a backup with its key protects nobody");
}
