//! What a collector is told: by the format's rules, and nobody in it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::wire::{Action, NoteRef, RequestKind};
use tests::cast::{EMAIL, Gathering};
use tests::house::Process;
use tests::page::Page;
use tests::web::Browser;

/// The page read by the rules of the text form, version 0.0.4: HELP and TYPE before the first line of a name, each once; names and labels of
/// their alphabets; numbers; a histogram's steps rise and end in +Inf, which is its count.
fn read(text: &str) -> Result<BTreeMap<String, f64>, String> {
    let (mut kinds, mut helped, mut values) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
    let is_name = |name: &str| {
        let mut signs = name.chars();
        signs
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && signs.all(|sign| sign.is_ascii_alphanumeric() || sign == '_' || sign == ':')
    };
    if !text.ends_with('\n') {
        return Err("the last line has no end".to_owned());
    }
    for line in text.lines() {
        let wrong = |why: &str| Err(format!("{why}: {line}"));
        if let Some(rest) = line.strip_prefix("# ") {
            let (word, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            let fresh = match word {
                "HELP" => helped.insert(name.to_owned()),
                "TYPE" if ["counter", "gauge", "histogram"].contains(&rest) => {
                    kinds.insert(name.to_owned(), rest.to_owned()).is_none()
                }
                _ => return wrong("neither HELP nor TYPE"),
            };
            if !fresh || !is_name(name) || rest.is_empty() {
                return wrong("said twice, or of no name, or without words");
            }
            continue;
        }
        let Some((series, value)) = line.rsplit_once(' ') else {
            return wrong("no value");
        };
        let (name, labels) = series
            .split_once('{')
            .map_or((series, None), |(name, rest)| (name, Some(rest)));
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|end| {
                name.strip_suffix(end)
                    .filter(|base| kinds.get(*base).is_some_and(|kind| kind == "histogram"))
            })
            .unwrap_or(name);
        if !kinds.contains_key(base) || !helped.contains(base) {
            return wrong("a value before its HELP and TYPE");
        }
        if kinds[base] == "counter" && !name.ends_with("_total") {
            return wrong("a counter that is not named _total");
        }
        if let Some(labels) = labels {
            let Some((label, rest)) = labels.strip_suffix("\"}").and_then(|labels| labels.split_once("=\"")) else {
                return wrong("labels");
            };
            if !is_name(label) || rest.contains(['"', '\\', '\n']) {
                return wrong("a label");
            }
        }
        let Ok(value) = value.parse::<f64>() else {
            return wrong("no number");
        };
        if values.insert(series.to_owned(), value).is_some() {
            return wrong("said twice");
        }
    }
    for (name, _) in kinds.iter().filter(|(_, kind)| *kind == "histogram") {
        let bucket = format!("{name}_bucket{{le=\"");
        let mut steps: Vec<(f64, f64)> = values
            .iter()
            .filter_map(|(series, count)| {
                let end = series.strip_prefix(&bucket)?.strip_suffix("\"}")?;
                Some((end.replace("+Inf", "inf").parse().ok()?, *count))
            })
            .collect();
        steps.sort_by(|a, b| a.0.total_cmp(&b.0));
        let rises = steps.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1);
        let ends = steps
            .last()
            .is_some_and(|(end, count)| end.is_infinite() && values.get(&format!("{name}_count")) == Some(count));
        if !rises || !ends || !values.contains_key(&format!("{name}_sum")) {
            return Err(format!("the steps of {name}"));
        }
    }
    Ok(values)
}

#[test]
fn a_page_that_breaks_the_rules_is_found() {
    let head = "# HELP a_total x\n# TYPE a_total counter\n";
    assert!(read(&format!("{head}a_total 1\n")).is_ok());
    for broken in [
        format!("{head}a_total 1"),
        format!("{head}a_total one\n"),
        format!("{head}a_total{{b=\"c\" 1\n"),
        format!("{head}a_total 1\na_total 2\n"),
        format!("{head}b_total 1\n"),
        format!("{head}{head}a_total 1\n"),
        "# HELP a x\n# TYPE a counter\na 1\n".to_owned(),
        "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n"
            .to_owned(),
        "# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n".to_owned(),
    ] {
        assert!(read(&broken).is_err(), "{broken}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_is_told_how_much_goes_on_and_not_who_or_where() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = std::net::SocketAddr::from(([127, 0, 0, 1], tests::postgres::free_port().unwrap()));
    let data = folder.path().join("data");
    let listen = metrics.to_string();
    let log = folder.path().join("log");
    let settings = [("RONDO_METRICS", listen.as_str()), ("RONDO_LOG_FORMAT", "json")];
    let server = Process::logging_with(&data, &log, &settings).await.unwrap();
    let bootstrap = server.bootstrap.clone().unwrap();
    let mut story = Gathering::of(server.address, &bootstrap, 2).await;
    story.lead.does(Action::StartSession).await;
    let mut page = Page::open(&mut story.lead, NoteRef::Course, 7).await.unwrap();
    page.types(&mut story.lead, "Planted-in-a-note").await.unwrap();
    let (_, member) = &mut story.members[0];
    let ask = Action::Ask {
        kind: RequestKind::Share,
        note: Some("Planted-in-a-request".into()),
    };
    member.does(ask).await;
    member.act(Action::EndSession).await.unwrap_err();
    assert!(
        super::rondo(&data, &[], &["backup", folder.path().join("b").to_str().unwrap()])
            .await
            .status
            .success()
    );

    let mut collector = Browser::new(metrics);
    let answer = collector.get("/metrics").await;
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    let values = read(&text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    let at_least = |series: &str, least: f64| {
        let value = values.get(series).copied().unwrap_or(f64::NAN);
        assert!(value >= least, "{series} is {value}\n{text}");
    };
    at_least("rondo_ready", 1.0);
    at_least("rondo_rooms_open", 1.0);
    at_least("rondo_lines_open", 3.0);
    at_least("rondo_append_seconds_count", 8.0);
    at_least("rondo_note_frames_total", 2.0);
    at_least("rondo_refusals_total{code=\"not_permitted\"}", 1.0);
    at_least("rondo_disk_free_bytes", 1.0);
    at_least("rondo_backup_age_seconds", 0.0);
    assert_eq!(values["rondo_appends_failed_total"], 0.0);

    // Nobody and nothing is in it: no name, no word, no id of whatever kind.
    let people = [
        story.lead.me.to_string(),
        story.members[0].1.me.to_string(),
        story.room.to_string(),
    ];
    let words = [
        "Sophie", "Tuesday", "Member", "Planted", EMAIL, "rm_", "pa_", "ac_", "pr_",
    ];
    for planted in people.iter().map(String::as_str).chain(words) {
        assert!(!text.contains(planted), "{planted} is told\n{text}");
    }
    // One page there, and none of it among people.
    assert_eq!(collector.get("/api/state").await.status, 404);
    let public = Browser::new(server.address).get("/metrics").await;
    assert!(!String::from_utf8_lossy(&public.body).contains("rondo_ready"));
    println!("metrics: {} lines, {} bytes", text.lines().count(), text.len());
    server.kill().await;

    // The log of the same evening, everything that can be logged: one JSON object a line, and no word of anybody's either.
    let log = std::fs::read_to_string(&log).unwrap();
    let (mut lines, mut levels) = (0, BTreeSet::new());
    for line in log.lines() {
        let read: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        levels.insert(read["level"].as_str().unwrap().to_owned());
        assert!(read["timestamp"].is_string() && read["fields"].is_object(), "{line}");
        lines += 1;
    }
    assert!(lines > 20 && levels.contains("INFO"), "{lines} lines of {levels:?}");
    for planted in ["Sophie", "Tuesday", "Member 0", "Planted", EMAIL] {
        assert!(!log.contains(planted), "{planted} is in the log");
    }
    println!("log: {lines} lines as JSON");
}
