//! Embeds the built web client. Without one (a fresh clone that only checks Rust) a page says how to build it.

use std::path::{Path, PathBuf};
use std::{env, fs};

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
}

fn unbuilt() -> PathBuf {
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the folder")).join("unbuilt");
    fs::create_dir_all(&folder).expect("cargo's own folder can be written");
    fs::write(folder.join("index.html"), UNBUILT).expect("cargo's own folder can be written");
    folder
}
