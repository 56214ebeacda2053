//! The commands as people use them: what they say, what they write, and what they leave alone.

use super::*;

/// What a command said, and how it ended.
fn run(command: PackCommand, data: &Path) -> (Result<(), String>, String) {
    let mut said = Vec::new();
    let config = || Ok(Config::in_folder(data));
    let done = command.run(config, &mut said);
    (done, String::from_utf8(said).unwrap())
}

fn export_to(file: &Path, data: &Path) -> String {
    let command = PackCommand::Export {
        pack: "circle-round".into(),
        file: file.to_owned(),
        by: "House by the lake".to_owned(),
    };
    let (done, said) = run(command, data);
    assert_eq!(done, Ok(()));
    said
}

fn import_from(file: &Path, into: &Path) -> (Result<(), String>, String) {
    let command = PackCommand::Import {
        file: file.to_owned(),
        into: Some(into.to_owned()),
    };
    run(command, into)
}

fn fingerprint_in(said: &str) -> &str {
    let line = said
        .lines()
        .find(|line| line.contains("the key "))
        .expect("a fingerprint");
    line.rsplit_once("the key ").expect("a fingerprint").1
}

#[test]
fn a_new_pack_passes_the_check_and_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine");
    let new = || PackCommand::New {
        folder: mine.clone(),
        setting: Setting::Circle,
    };
    assert_eq!(run(new(), folder.path()).0, Ok(()));
    let (done, said) = run(PackCommand::Check { folder: mine.clone() }, folder.path());
    assert_eq!(done, Ok(()));
    assert!(said.starts_with("mine 0.1.0 is whole: 4 sessions"), "{said}");

    fs::write(mine.join("pack.toml"), "my own").unwrap();
    let again = run(new(), folder.path()).0.expect_err("it is there");
    assert!(again.contains("is there already"), "{again}");
    assert_eq!(fs::read_to_string(mine.join("pack.toml")).unwrap(), "my own");
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no draft is left behind"
    );
}

#[test]
fn a_name_that_no_pack_can_have_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let command = PackCommand::New {
        folder: folder.path().join("My Pack"),
        setting: Setting::Group,
    };
    let (done, said) = run(command, folder.path());
    assert!(done.is_err() && said.contains("cannot be a name"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_broken_pack_is_told_with_file_line_and_hint() {
    let folder = tempfile::tempdir().unwrap();
    let torn = folder.path().join("torn");
    fs::create_dir(&torn).unwrap();
    fs::write(torn.join("pack.toml"), "id = \"torn\"\nversion = ").unwrap();
    let (done, said) = run(PackCommand::Check { folder: torn }, folder.path());
    assert!(
        done.is_err() && said.contains("pack.toml:2: This is not TOML"),
        "{said}"
    );
}

#[test]
fn a_difference_is_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let diff = |first: &str, second: &str| {
        let command = PackCommand::Diff {
            first: first.into(),
            second: second.into(),
        };
        let (done, said) = run(command, folder.path());
        assert_eq!(done, Ok(()), "{said}");
        said
    };
    assert!(diff("group-ipt-8", "group-ipt-8").contains("They are the same."));
    let said = diff("group-ipt-8", "group-ipt-12");
    for line in [
        "− group-ipt-8 2.1.0",
        "+ group-ipt-12 1.1.0",
        "  sessions: 8 → 12",
        "  + source: Global Mental Health (Cambridge)",
        "  who may come: weekly, closed, joining until session 2, held with 4 or more → weekly, closed, joining until session 3, held with 4 or more",
        "  + before-1: before the first session, with each, 60 min",
        "  session 2\n    phase: Middle → Beginning\n",
        "    − Today's focus (focus), 5 min, queue, turns of 40 s",
        "    + Own goals (goals-round), 25 min, round, turns of 150 s",
        "    Working together (work-first): 25 min, open → 20 min, open",
        "  en, pack title\n    − Group IPT in eight meetings\n    + Group IPT in twelve meetings",
        "  es, pack title",
    ] {
        assert!(said.contains(line), "{line}\n---\n{said}");
    }
}

#[test]
fn a_difference_within_a_step_and_its_prompts_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["one", "two"] {
        let command = PackCommand::New {
            folder: folder.path().join(name),
            setting: Setting::Group,
        };
        assert_eq!(run(command, folder.path()).0, Ok(()));
    }
    let change = |name: &str, from: &str, to: &str| {
        let file = folder.path().join("two").join(name);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(file, text.replacen(from, to, 1)).unwrap();
    };
    change("pack.toml", "when = { after = 5 }", "when = { after = 9 }");
    change("pack.toml", "droppable = true", "");
    change("pack.toml", "id = \"close.word\"", "id = \"close.nod\"");
    change("text/en.toml", "\"close.word\"", "\"close.nod\"");
    change(
        "text/en.toml",
        "shorten = \"Take three breaths.\"",
        "choices = \"Walk about.\"",
    );
    let command = PackCommand::Diff {
        first: folder.path().join("one"),
        second: folder.path().join("two"),
    };
    let (done, said) = run(command, folder.path());
    assert_eq!(done, Ok(()));
    for line in [
        "Talking together (talk): prompt talk.one: (content, for facilitator, after 5 min) → (content, for facilitator, after 9 min)",
        "Quiet minutes (still): may be left out: yes → no",
        "Closing round (close): − prompt close.word (content, for facilitator, at the start), “Offer one sentence each; passing is fine.”",
        "Closing round (close): + prompt close.nod",
        "en, step still shorten\n    − Take three breaths.",
        "en, step still choices\n    + Walk about.",
    ] {
        assert!(said.contains(line), "{line}\n---\n{said}");
    }
}

#[test]
fn a_pack_goes_out_signed_and_comes_in_as_it_was() {
    let (data, packs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = data.path().join("circle.rondo");
    let exported = export_to(&file, data.path());
    let (done, imported) = import_from(&file, packs.path());
    assert_eq!(done, Ok(()), "{imported}");
    assert!(imported.contains("Signed under “House by the lake”"), "{imported}");
    assert_eq!(fingerprint_in(&exported), fingerprint_in(&imported));

    let written = packs.path().join("circle-round");
    let (name, files) = find(&written).unwrap();
    assert_eq!(
        packfiles::load(&name, &files),
        packfiles::load("circle-round", &find(Path::new("circle-round")).unwrap().1)
    );

    let (again, _) = import_from(&file, packs.path());
    assert!(again.expect_err("it is there").contains("is there already"));
    let command = PackCommand::Export {
        pack: written,
        file: file.clone(),
        by: String::new(),
    };
    assert!(run(command, data.path()).0.is_err(), "a file that is there stays");
}

#[test]
fn the_same_folder_signs_with_the_same_key() {
    let data = tempfile::tempdir().unwrap();
    let first = export_to(&data.path().join("1"), data.path());
    let second = export_to(&data.path().join("2"), data.path());
    assert_eq!(fingerprint_in(&first), fingerprint_in(&second));
}

#[test]
fn an_altered_file_writes_nothing_and_says_so_in_a_sentence() {
    let (data, packs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = data.path().join("circle.rondo");
    export_to(&file, data.path());
    let text = fs::read_to_string(&file).unwrap();
    for (from, to, sentence) in [
        ("minutes = 20", "minutes = 21", "was altered"),
        ("House by the lake", "House by the sea", "was altered"),
        (
            "rondo-pack/1",
            "rondo-pack/9",
            "another version of Rondo (rondo-pack/9)",
        ),
        ("rondo-pack/1", "a letter", "not a pack that was exported"),
    ] {
        assert!(text.contains(from), "{from}");
        fs::write(&file, text.replacen(from, to, 1)).unwrap();
        let (done, said) = import_from(&file, packs.path());
        let refusal = done.expect_err("an altered file");
        assert!(
            refusal.starts_with("Nothing was written. ") && refusal.contains(sentence),
            "{refusal}"
        );
        assert!(!said.contains("Signed"), "nobody signed this: {said}");
    }
    assert_eq!(fs::read_dir(packs.path()).unwrap().count(), 0);
}

#[test]
fn a_broken_pack_is_not_exported_and_an_import_needs_a_place() {
    let data = tempfile::tempdir().unwrap();
    let torn = data.path().join("torn");
    fs::create_dir(&torn).unwrap();
    fs::write(torn.join("pack.toml"), "id = ").unwrap();
    let file = data.path().join("torn.rondo");
    let command = PackCommand::Export {
        pack: torn,
        file: file.clone(),
        by: String::new(),
    };
    assert!(run(command, data.path()).0.is_err() && !file.exists());
    assert!(!data.path().join("signing.key").exists(), "no key is made for nothing");

    let command = PackCommand::Import { file, into: None };
    let refusal = run(command, data.path()).0.expect_err("no place");
    assert!(refusal.contains("--into or --packs"), "{refusal}");
}
