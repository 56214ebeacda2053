//! A broken pack never stops the server: it is listed with everything that is wrong with it, and the others are used as ever.

use std::fs;
use std::path::Path;

use protocol::api::PackList;
use protocol::wire::{Action, Stand};
use tests::cast::Facilitator;
use tests::house::House;

/// A folder of packs, each broken in another way: its name, and what its faults must tell of.
fn broken(folder: &Path) -> Vec<(&'static str, &'static str)> {
    let put = |name: &str, file: &str, bytes: &[u8]| {
        let path = folder.join(name).join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    };
    put("torn", "pack.toml", b"id = \"torn\"\nversion = ");
    put("not-text", "pack.toml", b"id = \"not-text\"\n\xff\xfe");
    put(
        "deep",
        "pack.toml",
        format!("x = {}{}", "[".repeat(9_000), "]".repeat(9_000)).as_bytes(),
    );
    put("large", "pack.toml", &vec![b'#'; 2 * 1024 * 1024]);
    put("wordless", "pack.toml", b"id = \"wordless\"\nversion = \"1\"\n");
    put("only-words", "text/en.toml", b"title = \"Only words\"\n");
    fs::create_dir(folder.join("empty")).expect("made");
    // One that would take the place of a pack that comes along, were it whole.
    put("group-ipt-8", "pack.toml", b"id = \"group-ipt-8\"\nversion = \"999\"\n");
    // Neither of these is a folder with a pack in it.
    fs::write(folder.join("README.md"), "packs").expect("written");
    std::os::unix::fs::symlink("nowhere", folder.join("gone")).expect("linked");
    vec![
        ("torn", "pack.toml"),
        ("not-text", "pack.toml"),
        ("deep", "pack.toml"),
        ("large", "pack.toml"),
        ("wordless", "pack.toml"),
        ("only-words", "pack.toml"),
        ("empty", "pack.toml"),
        ("group-ipt-8", "pack.toml"),
    ]
}

#[tokio::test]
async fn a_server_with_broken_packs_starts_lists_their_faults_and_uses_the_others() {
    let (data, packs) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let expected = broken(packs.path());
    let house = House::over(data.path(), |config| config.packs = Some(packs.path().to_owned())).await;
    let secret = house.bootstrap.clone().expect("a fresh server has a link");
    let mut facilitator = Facilitator::first(house.address, &secret).await;

    let list: PackList = facilitator.browser.get("/api/packs").await.json();
    for (name, file) in &expected {
        let found = list.broken.iter().find(|pack| pack.folder == *name);
        let faults = &found.unwrap_or_else(|| panic!("{name} is not listed")).faults;
        assert!(faults.iter().any(|fault| fault.file == *file), "{name}: {faults:?}");
        assert!(
            faults
                .iter()
                .all(|fault| !fault.fault.is_empty() && !fault.hint.is_empty()),
            "{name}: {faults:?}"
        );
    }
    assert_eq!(list.broken.len(), expected.len(), "{:?}", list.broken);
    let torn = list.broken.iter().find(|pack| pack.folder == "torn").expect("listed");
    assert_eq!(torn.faults.first().and_then(|fault| fault.line), Some(2));
    let whole: Vec<_> = list
        .packs
        .iter()
        .map(|pack| (pack.id.as_str(), pack.version.as_str()))
        .collect();
    assert!(
        whole
            .iter()
            .any(|(id, version)| *id == "group-ipt-8" && *version != "999"),
        "{whole:?}"
    );

    let room = facilitator.group("Tuesday group", "group-ipt-8").await;
    let mut lead = facilitator.enter(room).await;
    lead.does(Action::StartSession).await;
    house.stop().await;
    // A group follows the pack it was made with, whatever became of the file since.
    let house = House::over(data.path(), |config| {
        config.packs = Some(packs.path().join("no-such-folder"))
    })
    .await;
    facilitator.browser.address = house.address;
    let mut lead = facilitator.enter(room).await;
    lead.sees("the session", |scene, _| scene.stand == Stand::Running).await;
    house.stop().await;
}
