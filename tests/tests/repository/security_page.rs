//! SECURITY.md promises nothing without a test: every name in the table of promises is a target, a file of tests or a test that exists.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// Files with this ending below a folder, without what was installed or built.
fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["node_modules", "target", "dist", "dist-stories"].contains(&name.as_str()) {
                files(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
}

fn below(folders: &[&str], endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = vec![];
    folders
        .iter()
        .for_each(|folder| files(&root().join(folder), endings, &mut found));
    let text = |path: PathBuf| (path.clone(), std::fs::read_to_string(path).expect("text"));
    found.into_iter().map(text).collect()
}

/// Every promise with what holds it: the rows of the table under "Promises".
fn promises(page: &str) -> Vec<(String, Vec<String>)> {
    let part = page
        .split("\n## ")
        .find(|part| part.starts_with("Promises"))
        .expect("a page of promises");
    let rows = part.lines().filter(|line| line.starts_with("| ")).skip(1);
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [promise, held] = cells[..] else {
            panic!("two cells: {line}")
        };
        let names = held.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (promise.to_owned(), names)
    };
    rows.map(row).collect()
}

/// What is wrong with this page: promises that nothing holds, and names of what does not exist.
fn faults(page: &str, makefile: &str, tests: &str) -> Vec<String> {
    let mut faults = vec![];
    for (promise, names) in promises(page) {
        if names.is_empty() {
            faults.push(format!("nothing holds “{promise}”"));
        }
        for name in names {
            let exists = match name.strip_prefix("make ") {
                Some(target) => makefile.lines().any(|line| line.starts_with(&format!("{target}:"))),
                None if name.contains('/') => root().join(&name).is_file(),
                None => is_a_test(&name, tests),
            };
            if !exists {
                faults.push(format!("“{promise}” is held by {name}, which does not exist"));
            }
        }
    }
    faults
}

/// Whether these texts hold a test of this name: a function right below the attribute of a test, with only other attributes in between.
fn is_a_test(name: &str, tests: &str) -> bool {
    let of_a_test = |line: &str| {
        let line = line.trim();
        line == "#[test]" || line.starts_with("#[tokio::test")
    };
    let begins = [format!("fn {name}("), format!("async fn {name}(")];
    let lines: Vec<&str> = tests.lines().collect();
    lines.iter().enumerate().any(|(at, line)| {
        let here = begins.iter().any(|begin| line.trim().starts_with(begin.as_str()));
        let mut above = lines[..at]
            .iter()
            .rev()
            .take_while(|line| line.trim().starts_with("#["));
        here && above.any(|line| of_a_test(line))
    })
}

fn all_tests() -> String {
    let texts = below(
        &[
            "tests/src",
            "tests/tests",
            "server",
            "protocol/src",
            "protocol/packfiles",
            "protocol/tests",
        ],
        &[".rs"],
    );
    texts.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn every_promise_names_a_test_that_exists() {
    let (page, makefile) = (read("SECURITY.md"), read("Makefile"));
    assert!(promises(&page).len() >= 15, "the table was understood");
    let faults = faults(&page, &makefile, &all_tests());
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_promise_without_a_test_is_noticed() {
    let page = "# S\n\n## Promises\n\n| we promise | held by |\n|---|---|\n| A. | `make t1` |\n| B. | `make t99` |\n| C. | by us |\n| D. | `no_such_test` |\n| E. | `tests/tests/none.rs` |\n| F. | `helps_some_test` |\n| G. | `some_test` |\n| H. | `another_test` |\n";
    let tests = "fn helps_some_test() {\n}\n#[test]\nfn some_test() {\n}\n#[tokio::test(flavor = \"x\")]\n#[ignore]\nasync fn another_test() {\n";
    let found = faults(page, "t1: binary ## acknowledged\n", tests);
    assert_eq!(found.len(), 5, "{found:#?}");
    let found_in = |letter: &str| found.iter().any(|fault| fault.contains(&format!("“{letter}.")));
    assert_eq!(
        ["A", "F", "G", "H"].map(found_in),
        [false, true, false, false],
        "what only helps a test holds nothing"
    );
}

/// CSV, calendars and spreadsheets: where one is written, its cells and lines must be made harmless, and T16 must send its payloads there.
#[test]
fn no_export_speaks_a_format_that_runs_formulas() {
    let formats = ["text/csv", "text/calendar", ".csv\"", ".ics\"", "spreadsheetml"];
    let speaks = |(path, text): (PathBuf, String)| {
        let said = formats.iter().find(|format| text.contains(**format))?;
        Some(format!("{} speaks of {said}", path.display()))
    };
    let found: Vec<String> = below(
        &["server/src", "protocol/src", "protocol/packfiles", "web/src"],
        &[".rs", ".ts", ".svelte"],
    )
    .into_iter()
    .filter_map(speaks)
    .collect();
    assert!(found.is_empty(), "T16 has no payloads for these yet: {found:#?}");
}
