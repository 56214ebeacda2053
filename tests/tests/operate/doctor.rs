//! `rondo doctor` on real installations: a sound one, and ones in which something is wrong.

use std::os::unix::fs::PermissionsExt as _;

use tests::cast::Facilitator;
use tests::house::Process;
use tests::postgres::Postgres;

use super::{rondo, said};

#[tokio::test]
async fn a_sound_house_is_sound_and_one_that_others_can_read_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Process::start(&data, 0, &[]).await.unwrap();
    Facilitator::first(server.address, &server.bootstrap.clone().unwrap()).await;
    let listen = server.address.to_string();
    let settings = [("RONDO_LISTEN", listen.as_str())];
    let sound = rondo(&data, &settings, &["doctor"]).await;
    let told = said(&sound);
    assert!(sound.status.success(), "{told}");
    for line in [
        "takes people in",
        "SQLite; every acknowledgement",
        "the key opens the database",
        "none was finished yet",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    // A backup, and there is one.
    assert!(
        rondo(&data, &settings, &["backup", folder.path().join("b").to_str().unwrap()])
            .await
            .status
            .success()
    );
    assert!(said(&rondo(&data, &settings, &["doctor"]).await).contains("finished 0 hours ago"));

    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    let open = rondo(&data, &settings, &["doctor"]).await;
    let told = said(&open);
    assert!(
        !open.status.success() && told.starts_with("WRONG data folder"),
        "{told}"
    );
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
    server.kill().await;

    // Another house's key.
    std::fs::remove_file(data.join("root.key")).unwrap();
    let other = tempfile::tempdir().unwrap();
    rondo::keys::RootKey::load_or_create(other.path()).unwrap();
    std::fs::copy(other.path().join("root.key"), data.join("root.key")).unwrap();
    let told = said(&rondo(&data, &settings, &["doctor"]).await);
    assert!(
        told.contains("the key does not open this database") && told.contains("is not running"),
        "{told}"
    );
}

#[tokio::test]
async fn a_database_whose_commits_are_lost_at_a_power_cut_is_wrong() {
    // The tests' own server has its disk's patience turned off: exactly what must not be.
    let Some(server) = Postgres::start_or_report() else {
        return;
    };
    let url = server.fresh_database("doctor");
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("RONDO_DATABASE_URL", url.expose().as_str()),
        ("RONDO_LISTEN", "127.0.0.1:0"),
    ];
    let found = rondo(folder.path(), &settings, &["doctor"]).await;
    let told = said(&found);
    assert!(!found.status.success() && told.contains("fsync is off"), "{told}");
    assert!(!told.contains("postgres://"), "no address with a password is printed");
}
