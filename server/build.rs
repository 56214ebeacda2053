//! Embeds the built web client and the changes of the tables. Without a client (a fresh clone that only checks Rust) a page says how to build it.

use std::path::{Path, PathBuf};
use std::{env, fs, iter};

const UNBUILT: &str = "<!doctype html>\n<html lang=\"en\">\n<title>Rondo</title>\n<h1>The page has not been built yet</h1>\n\
    <p>Run <code>make run</code>: it builds the web client and then this server.</p>\n</html>\n";

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/dist");
    // An empty folder, so that cargo sees when a build appears in it. A path that does not exist would rebuild us each time.
    fs::create_dir_all(&dist).expect("the folder web/dist can be made");
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed=build.rs");
    let pages = if dist.join("index.html").exists() {
        dist
    } else {
        unbuilt()
    };
    memory_serve::load_directory(pages);
    list_changes();
}

/// Writes down the files of `migrations/` with their names, for `store/changes.rs`.
fn list_changes() {
    let mut listed = String::new();
    for (name, folder) in [("SQLITE_FILES", "sqlite"), ("POSTGRES_FILES", "postgres")] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files: Vec<_> = fs::read_dir(&folder).expect("the folder is there").flatten().collect();
        files.sort_by_key(fs::DirEntry::file_name);
        let file = |entry: fs::DirEntry| {
            let (name, path) = (entry.file_name(), entry.path());
            let number = name
                .to_str()
                .and_then(|name| name.strip_suffix(".sql")?.split_once('_'));
            assert!(
                number.is_some_and(|(number, _)| number.parse::<u32>().is_ok()),
                "{name:?} is called like no change of the tables"
            );
            format!("({name:?}, include_str!({path:?})),\n")
        };
        let begin = format!("const {name}: &[(&str, &str)] = &[\n");
        listed.extend(
            iter::once(begin)
                .chain(files.into_iter().map(file))
                .chain(iter::once("];\n".to_owned())),
        );
    }
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the folder"));
    fs::write(folder.join("changes.rs"), listed).expect("cargo's own folder can be written");
}

fn unbuilt() -> PathBuf {
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the folder")).join("unbuilt");
    fs::create_dir_all(&folder).expect("cargo's own folder can be written");
    fs::write(folder.join("index.html"), UNBUILT).expect("cargo's own folder can be written");
    folder
}
