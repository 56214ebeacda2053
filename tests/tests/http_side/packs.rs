//! Packs written on the page: who may, what a draft is told, and what a broken one leaves alone.

use serde_json::{Value, json};

use crate::world::{Browser, World};

/// A copy of a pack that came along, under another name.
async fn copy(ida: &mut Browser, from: &str, id: &str) -> Value {
    let read = ida.get(&format!("/api/packs/{from}")).await.json();
    assert_eq!(read["own"], false);
    let mut files = read["files"].clone();
    for file in files.as_array_mut().expect("a list of files") {
        if file["name"] == "pack.toml" {
            let text = file["text"]
                .as_str()
                .expect("a text")
                .replace(&format!("id = \"{from}\""), &format!("id = \"{id}\""));
            file["text"] = text.into();
        }
    }
    json!({ "id": id, "files": files, "based_on": null })
}

/// The same draft with something else in one of its files.
fn changed(draft: &Value, file: &str, from: &str, to: &str) -> Value {
    let mut draft = draft.clone();
    let files = draft["files"].as_array_mut().expect("a list of files");
    let file = files
        .iter_mut()
        .find(|one| one["name"] == file)
        .expect("the file is there");
    let text = file["text"].as_str().expect("a text");
    assert!(text.contains(from), "{from} stands in the file");
    file["text"] = text.replacen(from, to, 1).into();
    draft
}

#[tokio::test]
async fn a_copy_of_a_pack_that_came_along_is_saved_and_a_group_is_made_with_it() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let draft = copy(&mut ida, "group-ipt-8", "ours").await;
    let checked = ida.post("/api/packs/check", &draft).await.json();
    assert_eq!((&checked["fate"], &checked["faults"]), (&json!("whole"), &json!([])));
    let phases = checked["preview"]["phases"].as_array().unwrap();
    let sessions: usize = phases
        .iter()
        .map(|phase| phase["sessions"].as_array().unwrap().len())
        .sum();
    assert_eq!((phases.len(), sessions), (3, 8));
    assert_eq!(checked["preview"]["phases"][0]["sessions"][0]["minutes"], 90);
    let known = |list: Value| {
        list["packs"]
            .as_array()
            .unwrap()
            .iter()
            .any(|pack| pack["id"] == "ours")
    };
    assert!(!known(ida.get("/api/packs").await.json()), "a check keeps nothing");

    let saved = ida.post("/api/packs/save", &draft).await.json();
    assert_eq!(saved["fate"], "saved");
    assert!(known(ida.get("/api/packs").await.json()));
    let read = ida.get("/api/packs/ours").await.json();
    assert_eq!((&read["own"], &read["digest"]), (&json!(true), &saved["digest"]));
    assert_eq!(read["files"], draft["files"], "what was written is read again");
    assert!(!read["shared"].as_array().unwrap().is_empty());
    let form = json!({ "title": "Tuesdays", "pack": "ours", "language": "es", "starts_on": null });
    let group = ida.post("/api/groups", &form).await;
    assert_eq!((group.status, &group.json()["pack"]), (200, &json!("ours")));
}

#[tokio::test]
async fn a_broken_draft_is_told_every_fault_with_its_line_and_changes_nothing() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let draft = copy(&mut ida, "circle-round", "ours").await;
    let saved = ida.post("/api/packs/save", &draft).await.json();
    let torn = changed(&draft, "pack.toml", "version = ", "versoin = ");
    let mut torn = changed(&torn, "text/en.toml", "title = ", "titel = ");
    torn["based_on"] = saved["digest"].clone();
    for way in ["check", "save"] {
        let answer = ida.post(&format!("/api/packs/{way}"), &torn).await.json();
        assert_eq!(
            (&answer["fate"], &answer["preview"]),
            (&json!("broken"), &Value::Null),
            "{way}"
        );
        let faults = answer["faults"].as_array().unwrap();
        for file in ["pack.toml", "text/en.toml"] {
            let told = |fault: &&Value| fault["file"] == file && fault["line"].is_u64() && fault["hint"] != "";
            assert!(faults.iter().any(|fault| told(&fault)), "{file}: {faults:?}");
        }
    }
    assert_eq!(ida.get("/api/packs/ours").await.json()["digest"], saved["digest"]);
    let list = ida.get("/api/packs").await.json();
    assert!(
        list["packs"]
            .as_array()
            .unwrap()
            .iter()
            .any(|pack| pack["id"] == "ours")
    );
}

#[tokio::test]
async fn of_two_who_save_one_wins_and_the_other_is_told() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let draft = copy(&mut ida, "circle-round", "ours").await;
    let first = ida.post("/api/packs/save", &draft).await.json();
    let again = ida.post("/api/packs/save", &draft).await.json();
    assert_eq!(again["fate"], "changed", "it was begun before there was one");
    let mut one = changed(&draft, "pack.toml", "grace_seconds = 45", "grace_seconds = 60");
    one["based_on"] = first["digest"].clone();
    let mut other = changed(&draft, "pack.toml", "grace_seconds = 45", "grace_seconds = 90");
    other["based_on"] = first["digest"].clone();
    let won = ida.post("/api/packs/save", &one).await.json();
    assert_eq!(won["fate"], "saved");
    assert_eq!(ida.post("/api/packs/save", &other).await.json()["fate"], "changed");
    assert_eq!(ida.get("/api/packs/ours").await.json()["digest"], won["digest"]);
}

#[tokio::test]
async fn a_pack_that_came_along_is_never_replaced_and_no_file_leaves_its_folder() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let mut taken = copy(&mut ida, "circle-round", "ours").await;
    taken = changed(&taken, "pack.toml", "id = \"ours\"", "id = \"circle-round\"");
    taken["id"] = "circle-round".into();
    assert_eq!(ida.post("/api/packs/save", &taken).await.json()["fate"], "taken");
    let mut escaping = copy(&mut ida, "circle-round", "ours").await;
    escaping["files"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "../../escaped.toml", "text": "x" }));
    assert_eq!(ida.post("/api/packs/save", &escaping).await.json()["fate"], "broken");
    for id in ["..", "../ours", "_shared", "A"] {
        let mut named = copy(&mut ida, "circle-round", "ours").await;
        named["id"] = id.into();
        assert_eq!(
            ida.post("/api/packs/save", &named).await.json()["fate"],
            "broken",
            "{id}"
        );
    }
    let data = world.folder.path().join("data");
    assert!(!data.join("packs").exists() && !world.folder.path().join("escaped.toml").exists());
    for path in ["/api/packs/nothing", "/api/packs/..", "/api/packs/%2e%2e%2f"] {
        assert_eq!(ida.get(path).await.code(), "not_found", "{path}");
    }
}

#[tokio::test]
async fn only_a_signed_in_facilitator_from_this_very_page_writes_packs() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let draft = copy(&mut ida, "circle-round", "ours").await;
    let stranger = world.browser();
    let room = ida.makes_a_group("Tuesdays").await;
    let (_, url) = ida.invites(&room, "Ana", "member").await;
    let mut ana = world.browser();
    let secret = url
        .split_once('#')
        .map_or(url.as_str(), |(_, secret)| secret)
        .to_owned();
    ana.post("/api/join", &json!({ "secret": secret })).await;
    for (who, code) in [(&stranger, "signed_out"), (&ana, "not_permitted")] {
        assert_eq!(who.clone().post("/api/packs/check", &draft).await.code(), code);
        assert_eq!(who.clone().post("/api/packs/save", &draft).await.code(), code);
        assert_eq!(who.clone().get("/api/packs/circle-round").await.code(), code);
    }
    let mut elsewhere = ida.clone();
    elsewhere.origin = "http://elsewhere.example".to_owned();
    assert_eq!(elsewhere.post("/api/packs/save", &draft).await.code(), "cross_site");
}

#[tokio::test]
async fn a_draft_over_the_bound_is_too_large_and_a_strangers_is_not_even_read() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let file = |bytes: usize| json!({ "id": "x", "files": [{ "name": "pack.toml", "text": "x".repeat(bytes) }], "based_on": null });
    let over = file(rondo::limits::MAX_PACK_BODY_BYTES);
    assert_eq!(ida.post("/api/packs/check", &over).await.code(), "too_large");
    let long = ida.post("/api/packs/check", &file(300 * 1024)).await.json();
    assert_eq!(long["fate"], "broken", "over a file's own bound, and told so");
    assert_eq!(
        world.browser().post("/api/packs/check", &file(300 * 1024)).await.code(),
        "signed_out"
    );
}

#[tokio::test]
async fn who_leads_a_group_can_search_its_packs_prompts_and_nobody_else_can() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let path = format!("/api/groups/{room}/prompts");
    let steps = ida.get(&path).await.json()["steps"].clone();
    let steps = steps.as_array().unwrap();
    let round = steps.iter().find(|step| step["step"] == "mood-round").unwrap();
    assert!(steps.len() > 20 && !round["prompts"].as_array().unwrap().is_empty());
    assert_eq!(world.browser().get(&path).await.code(), "signed_out");
    let other = format!("/api/groups/rm_{}/prompts", "0".repeat(32));
    assert_eq!(
        ida.get(&other).await.status,
        ida.get(&other.replace("/prompts", "")).await.status
    );
}

#[tokio::test]
async fn a_pack_goes_to_another_house_as_a_signed_file_and_is_saved_there_under_a_name_of_its_own() {
    let (here, _) = World::start().await;
    let mut ida = here.ida().await;
    let wanted = json!({ "id": "circle-round", "by": "House by the lake" });
    let exported = ida.post("/api/packs/export", &wanted).await.json();
    let text = exported["file"]["text"].as_str().expect("a signed file");
    assert!(exported["file"]["name"].as_str().unwrap().starts_with("circle-round-"));

    let (there, _) = World::start().await;
    let mut olga = there.ida().await;
    let imported = olga.post("/api/packs/import", &json!({ "text": text })).await.json();
    assert_eq!(
        (&imported["fate"], &imported["by"], &imported["fingerprint"]),
        (&json!("whole"), &json!("House by the lake"), &exported["fingerprint"])
    );
    let known = olga.get("/api/packs/lakeside").await.status;
    assert_eq!(known, 404, "an import keeps nothing");
    let draft = json!({ "id": "lakeside", "files": imported["pack"]["files"], "based_on": null });
    let draft = changed(&draft, "pack.toml", "id = \"circle-round\"", "id = \"lakeside\"");
    let saved = olga.post("/api/packs/save", &draft).await.json();
    assert_eq!((&saved["fate"], &saved["faults"]), (&json!("saved"), &json!([])));
}

#[tokio::test]
async fn an_exchange_file_that_was_altered_is_refused_and_a_broken_pack_is_told_all_its_faults() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let draft = copy(&mut ida, "circle-round", "ours").await;
    ida.post("/api/packs/save", &draft).await;
    let wanted = json!({ "id": "ours", "by": "" });
    let exported = ida.post("/api/packs/export", &wanted).await.json();
    let text = exported["file"]["text"].as_str().expect("a signed file");
    let told =
        async |ida: &mut Browser, text: &str| ida.post("/api/packs/import", &json!({ "text": text })).await.json();
    let altered = text.replacen("circle", "circus", 1);
    assert_ne!(altered, text);
    let answer = told(&mut ida, &altered).await;
    assert_eq!((&answer["fate"], &answer["pack"]), (&json!("altered"), &json!(null)));
    assert_eq!(told(&mut ida, "{}").await["fate"], "not_a_pack");
    let later = text.replacen("rondo-pack/1", "rondo-pack/2", 1);
    assert_eq!(told(&mut ida, &later).await["fate"], "other_format");

    // A pack of our own that is torn on the disk is not signed: every fault is told instead.
    let torn = world.folder.path().join("data/packs/ours/pack.toml");
    std::fs::write(&torn, "id = \"ours\"\nversion = ").expect("written");
    let answer = ida.post("/api/packs/export", &wanted).await.json();
    assert_eq!(answer["file"], json!(null));
    assert!(!answer["faults"].as_array().unwrap().is_empty());
    let nameless = json!({ "id": "circle-round", "by": "two\nlines" });
    assert_eq!(ida.post("/api/packs/export", &nameless).await.status, 422);
    assert_eq!(
        ida.post("/api/packs/export", &json!({ "id": "nowhere", "by": "" }))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn only_a_signed_in_facilitator_signs_or_reads_exchange_files() {
    let (world, _) = World::start().await;
    let _ida = world.ida().await;
    let mut stranger = world.browser();
    for (path, body) in [
        ("/api/packs/export", json!({ "id": "circle-round", "by": "" })),
        ("/api/packs/import", json!({ "text": "{}" })),
    ] {
        assert_eq!(stranger.post(path, &body).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_pack_written_here_may_use_the_operators_shelf_and_still_does_after_it_is_saved() {
    let shelves = tempfile::tempdir().expect("a folder");
    let shelf = shelves.path().join("_shared/lake");
    std::fs::create_dir_all(shelf.join("text")).expect("made");
    let folder = shelves.path().to_owned();
    let settings = move |config: &mut rondo::config::Config| config.packs = Some(folder);
    let world = World::start_with(settings, std::sync::Arc::new(crate::world::Recorder::default())).await;
    let mut ida = world.ida().await;
    // The shared steps of a pack that came along, under a name that only the operator's folder knows.
    let read = ida.get("/api/packs/group-ipt-8").await.json();
    for file in read["shared"].as_array().expect("it shares steps") {
        let name = file["name"].as_str().unwrap().strip_prefix("shared/group/");
        if let Some(name) = name {
            std::fs::write(shelf.join(name), file["text"].as_str().unwrap()).expect("written");
        }
    }
    let draft = copy(&mut ida, "group-ipt-8", "ours").await;
    let draft = changed(&draft, "pack.toml", "shared = [\"group\"", "shared = [\"lake\"");
    let checked = ida.post("/api/packs/check", &draft).await.json();
    assert_eq!((&checked["fate"], &checked["faults"]), (&json!("whole"), &json!([])));
    let saved = ida.post("/api/packs/save", &draft).await.json();
    assert_eq!(saved["fate"], "saved");
    let read = ida.get("/api/packs/ours").await.json();
    assert_eq!(read["digest"], saved["digest"], "what is read is what was saved");
    let list = ida.get("/api/packs").await.json();
    assert_eq!(list["broken"], json!([]), "the shelf of packs has it whole");
}
