//! A pack that is changed in mid-course: the running session goes on with the version it began with, also after a restart; a new group
//! follows the new one.

use protocol::api::{DraftAnswer, DraftFate, PackDraft, PackFiles};
use protocol::wire::{Action, RoomScene, Stand};
use tests::cast::Facilitator;
use tests::house::House;

const FROM: &str = "group-ipt-8";

/// The pack as one of our own, with an opening of another name and length.
fn draft(read: &PackFiles, opening: &str, minutes: &str, based_on: Option<String>) -> PackDraft {
    let mut files = read.files.clone();
    files.extend(read.shared.iter().cloned());
    for file in &mut files {
        file.text = file.text.replace(&format!("id = \"{FROM}\""), "id = \"ours\"");
        if file.name == "shared/group/steps.toml" {
            let from = "id = \"arrivals\"\nminutes = 5";
            assert!(file.text.contains(from), "the first step is where it was");
            file.text = file
                .text
                .replace(from, &format!("id = \"arrivals\"\nminutes = {minutes}"));
        }
        if file.name == "shared/group/text/en.toml" {
            let at = file.text.find("[step.arrivals]").expect("the first step has words");
            let (head, tail) = file.text.split_at(at);
            let name = tail.lines().nth(1).expect("its name").to_owned();
            file.text = format!("{head}{}", tail.replacen(&name, &format!("name = \"{opening}\""), 1));
        }
    }
    PackDraft {
        id: "ours".to_owned(),
        files,
        based_on,
    }
}

async fn saves(facilitator: &mut Facilitator, draft: &PackDraft) -> String {
    let answer: DraftAnswer = facilitator.browser.post("/api/packs/save", draft).await.json();
    assert_eq!(answer.fate, DraftFate::Saved, "{:?}", answer.faults);
    answer.digest.expect("a saved pack has a digest")
}

fn opens_with(scene: &RoomScene, name: &str, minutes: u32) -> bool {
    let first = &scene.agenda.steps[0];
    (first.name.as_str(), first.minutes) == (name, minutes)
}

#[tokio::test]
async fn a_running_session_keeps_its_version_of_a_pack_that_is_changed_and_a_new_group_has_the_new_one() {
    let data = tempfile::tempdir().expect("a folder");
    let house = House::over(data.path(), |_| ()).await;
    let secret = house.bootstrap.clone().expect("a fresh server has a link");
    let mut facilitator = Facilitator::first(house.address, &secret).await;
    let read: PackFiles = facilitator.browser.get(&format!("/api/packs/{FROM}")).await.json();
    let first = saves(&mut facilitator, &draft(&read, "Coming in", "5", None)).await;
    let room = facilitator.group("Tuesday group", "ours").await;
    let mut lead = facilitator.enter(room).await;
    lead.does(Action::StartSession).await;
    lead.sees("the session", |scene, _| {
        scene.stand == Stand::Running && opens_with(scene, "Coming in", 5)
    })
    .await;

    let second = saves(&mut facilitator, &draft(&read, "Settling", "9", Some(first.clone()))).await;
    assert_ne!(first, second);
    lead.does(Action::NextStep).await;
    lead.sees("the version it began with", |scene, _| {
        opens_with(scene, "Coming in", 5)
    })
    .await;
    let other = facilitator.group("Friday group", "ours").await;
    let mut later = facilitator.enter(other).await;
    later
        .sees("the new version", |scene, _| opens_with(scene, "Settling", 9))
        .await;

    house.stop().await;
    let house = House::over(data.path(), |_| ()).await;
    facilitator.browser.address = house.address;
    let mut lead = facilitator.enter(room).await;
    lead.sees("the same after a restart", |scene, _| {
        scene.stand == Stand::Running && opens_with(scene, "Coming in", 5)
    })
    .await;
    // A pack of our own that is torn on the disk is listed, and stops nobody.
    let torn = data.path().join("packs/ours/pack.toml");
    std::fs::write(&torn, "id = \"ours\"\nversion = ").expect("written");
    house.stop().await;
    let house = House::over(data.path(), |_| ()).await;
    facilitator.browser.address = house.address;
    let list: protocol::api::PackList = facilitator.browser.get("/api/packs").await.json();
    assert_eq!(
        list.broken.iter().map(|pack| pack.folder.as_str()).collect::<Vec<_>>(),
        ["ours"]
    );
    let mut lead = facilitator.enter(room).await;
    lead.sees("the session all the same", |scene, _| {
        scene.stand == Stand::Running && opens_with(scene, "Coming in", 5)
    })
    .await;
    house.stop().await;
}
