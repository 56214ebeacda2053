//! The inventory of algorithms (`server/cryptography.toml`) is what the sources do: nothing more, nothing less.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Beginnings of words that are algorithms, in small letters: those in use, and those that somebody might reach for.
const FAMILIES: [&str; 36] = [
    "aes128",
    "aes256",
    "aesgcm",
    "aeskw",
    "argon2",
    "bcrypt",
    "blake2",
    "blake3",
    "chacha20",
    "curve25519",
    "aescbc",
    "aesctr",
    "ecdh",
    "ecdsa",
    "ed25519",
    "ed448",
    "hkdf",
    "hmac",
    "md5",
    "mldsa",
    "mlkem",
    "p256",
    "p384",
    "pbkdf2",
    "poly1305",
    "ripemd",
    "rsaoaep",
    "salsa20",
    "scrypt",
    "secp256",
    "sha1",
    "sha256",
    "sha2",
    "sha3",
    "sha512",
    "x25519",
];
/// The same where the whole word says it: as beginnings they would be found in plain words.
const WHOLE_WORDS: [&str; 6] = ["aes", "cmac", "des", "gcm", "rc4", "rsa"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Inventory {
    algorithm: Vec<Algorithm>,
    purposes: BTreeMap<String, String>,
    other: Other,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Algorithm {
    name: String,
    does: String,
    parameters: String,
    packages: Vec<String>,
    names: Vec<String>,
    uses_in: Vec<String>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    crates: BTreeSet<String>,
    packages: BTreeSet<String>,
}

/// Sources by their names below the repository, without tests of the page.
fn sources() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = [
        "server/src",
        "server/room/src",
        "server/sealing/src",
        "protocol/src",
        "protocol/packfiles/src",
        "web/src",
    ]
    .map(PathBuf::from)
    .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder))
            .expect("a folder of the repository")
            .flatten()
        {
            let path = folder.join(entry.file_name());
            let name = path.to_string_lossy().into_owned();
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if [".rs", ".ts", ".svelte"].iter().any(|end| name.ends_with(end)) && !name.ends_with(".test.ts") {
                found.insert(name, read(&path));
            }
        }
    }
    found
}

/// What a source says outside of its comments and, in Rust, before its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or(text);
    let is_comment = |line: &&str| {
        ["//", "*", "/*", "<!--"]
            .iter()
            .any(|sign| line.trim_start().starts_with(sign))
    };
    text.lines()
        .filter(|line| !is_comment(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The names of algorithms in a source. What is written with a hyphen counts as one word.
fn algorithms(text: &str) -> BTreeSet<String> {
    let small = code(text).to_ascii_lowercase().replace('-', "");
    let words = small.split(|sign: char| !sign.is_ascii_alphanumeric());
    let is_one = |word: &&str| {
        let word = word
            .strip_prefix('x')
            .filter(|rest| rest.starts_with("chacha"))
            .unwrap_or(word);
        FAMILIES.iter().any(|family| word.starts_with(family)) || WHOLE_WORDS.contains(&word)
    };
    words.filter(is_one).map(str::to_owned).collect()
}

/// `rondo.….1` in quotes.
fn purposes(text: &str) -> BTreeSet<String> {
    let code = code(text);
    let quoted = code.split(['"', '\'', '`']).filter(|word| {
        word.starts_with("rondo.")
            && word.matches('.').count() > 1
            && word.rsplit('.').next().is_some_and(|end| end.parse::<u32>().is_ok())
    });
    quoted.map(str::to_owned).collect()
}

fn faults(
    inventory: &Inventory,
    sources: &BTreeMap<String, String>,
    crates: &BTreeSet<String>,
    packages: &BTreeSet<String>,
) -> Vec<String> {
    let mut faults = Vec::new();
    let mut named: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for one in &inventory.algorithm {
        if one.does.is_empty() || one.parameters.is_empty() {
            faults.push(format!("{}: what for, with what parameters?", one.name));
        }
        for file in &one.uses_in {
            named.insert((&one.name, file), false);
        }
    }
    let mut said = BTreeSet::new();
    for (file, text) in sources {
        for word in algorithms(text) {
            let listed: Vec<&Algorithm> = inventory
                .algorithm
                .iter()
                .filter(|one| one.names.contains(&word) && one.uses_in.contains(file))
                .collect();
            if listed.is_empty() {
                faults.push(format!("{file} uses {word}, which is not listed for it"));
            }
            for one in listed {
                named.insert((&one.name, file), true);
            }
        }
        for purpose in purposes(text) {
            if !inventory.purposes.contains_key(&purpose) {
                faults.push(format!("{file} has the purpose {purpose}, which is not listed"));
            }
            said.insert(purpose);
        }
    }
    for ((name, file), seen) in named {
        if !seen {
            faults.push(format!("{name} is listed for {file}, which does not name it"));
        }
    }
    for purpose in inventory.purposes.keys().filter(|purpose| !said.contains(*purpose)) {
        faults.push(format!("the purpose {purpose} is listed and nowhere used"));
    }
    let ours: BTreeSet<&String> = inventory.algorithm.iter().flat_map(|one| &one.packages).collect();
    for (all, other) in [(crates, &inventory.other.crates), (packages, &inventory.other.packages)] {
        for one in all.iter().filter(|one| !ours.contains(one) && !other.contains(*one)) {
            faults.push(format!(
                "the dependency {one} is not listed, neither with an algorithm nor among the others"
            ));
        }
        for one in other.iter().filter(|one| !all.contains(*one)) {
            faults.push(format!("{one} is listed and no dependency"));
        }
    }
    for one in ours
        .iter()
        .filter(|one| !crates.contains(**one) && !packages.contains(**one))
    {
        faults.push(format!("{one} is listed and no dependency"));
    }
    faults
}

fn inventory() -> Inventory {
    toml::from_str(&read("server/cryptography.toml")).expect("the inventory is sound")
}

fn crates() -> BTreeSet<String> {
    let manifests = [
        "server/Cargo.toml",
        "server/room/Cargo.toml",
        "server/sealing/Cargo.toml",
        "protocol/Cargo.toml",
    ];
    let mut all = BTreeSet::new();
    for manifest in manifests {
        let table: toml::Table = read(manifest).parse().expect("a manifest");
        let named = table.get("dependencies").and_then(toml::Value::as_table).cloned();
        all.extend(named.unwrap_or_default().keys().cloned());
    }
    all
}

fn packages() -> BTreeSet<String> {
    let manifest: serde_json::Value = serde_json::from_str(&read("web/package.json")).expect("a manifest");
    let named = |part: &str| manifest[part].as_object().cloned().unwrap_or_default();
    ["dependencies", "devDependencies"]
        .iter()
        .flat_map(|part| named(part).keys().cloned().collect::<Vec<_>>())
        .collect()
}

#[test]
fn the_inventory_of_algorithms_is_what_the_sources_do() {
    let (inventory, sources) = (inventory(), sources());
    let faults = faults(&inventory, &sources, &crates(), &packages());
    assert!(faults.is_empty(), "server/cryptography.toml:\n{}", faults.join("\n"));
    let (algorithms, purposes) = (inventory.algorithm.len(), inventory.purposes.len());
    println!(
        "{algorithms} algorithms and {purposes} purposes in {} sources, none unlisted",
        sources.len()
    );
}

/// The checker notices what it is there for. Each case is one file alone, and only what is said of it counts.
#[test]
fn an_unlisted_algorithm_purpose_or_dependency_is_found() {
    let (inventory, crates, packages) = (inventory(), crates(), packages());
    let about = |inventory: &Inventory, file: &str, text: &str| {
        let alone = BTreeMap::from([(file.to_owned(), text.to_owned())]);
        let mut all = faults(inventory, &alone, &crates, &packages);
        all.retain(|fault| fault.contains(file) && !fault.contains("is listed for"));
        all
    };
    for (file, text, found) in [
        ("server/src/x.rs", "use aes_gcm::Aes256Gcm;", "aes256gcm"),
        ("server/src/x.rs", "let h = md5::compute(b);", "md5"),
        ("server/src/backup.rs", "use blake3::Hasher;", "blake3"),
        // Listed, but not for this file.
        ("server/src/x.rs", "use sha2::Sha256;", "sha256"),
        (
            "web/src/x.ts",
            "crypto.subtle.encrypt({ name: 'AES-CBC', iv }, key, data)",
            "aescbc",
        ),
        ("web/src/X.svelte", "await crypto.subtle.digest('SHA-1', data)", "sha1"),
        ("server/src/x.rs", "key.derive(\"rondo.made-up.1\")", "rondo.made-up.1"),
    ] {
        let faults = about(&inventory, file, text);
        assert!(faults.iter().any(|fault| fault.contains(found)), "{text}: {faults:?}");
    }
    for quiet in [
        "// SHA-1 would be wrong here\n",
        "let describes = xyz;",
        "#[cfg(test)]\nuse md5::X;",
    ] {
        assert_eq!(
            about(&inventory, "server/src/x.rs", quiet),
            Vec::<String>::new(),
            "{quiet}"
        );
    }

    let with = |set: &BTreeSet<String>, name: &str| set.iter().cloned().chain([name.to_owned()]).collect();
    let nothing = BTreeMap::new();
    let more_crates = faults(&inventory, &nothing, &with(&crates, "ring"), &packages);
    let more_packages = faults(&inventory, &nothing, &crates, &with(&packages, "tweetnacl"));
    for (faults, name) in [(more_crates, "ring"), (more_packages, "tweetnacl")] {
        let found = format!("the dependency {name} is not listed");
        assert!(faults.iter().any(|fault| fault.starts_with(&found)), "{faults:?}");
    }

    // And what is listed without being there.
    let gone = BTreeMap::from([("server/src/backup.rs".to_owned(), String::new())]);
    let faults = faults(&inventory, &gone, &crates, &packages);
    for found in [
        "is listed for server/src/backup.rs, which does not name it",
        "rondo.event.1 is listed and nowhere used",
    ] {
        assert!(faults.iter().any(|fault| fault.contains(found)), "{faults:?}");
    }
}
