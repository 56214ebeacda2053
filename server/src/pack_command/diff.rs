//! `rondo pack diff`: what differs between two packs, in words that a clinician can read: sessions, steps, minutes, how the floor is shared,
//! prompts and texts. `−` is only in the first, `+` only in the second.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use protocol::pack::{Course, MeetingPlace, Pack, PackText, Prompt, Setting, Step, When};
use protocol::{PromptId, StepId};

/// The differences as text, one section for each kind; empty where there are none.
pub(super) fn diff(first: &Pack, second: &Pack) -> String {
    let sections = [
        ("The pack", about(first, second)),
        ("Sessions", sessions(first, second)),
        ("Meetings beside the sessions", meetings(first, second)),
        ("Steps and their prompts", steps(first, second)),
        ("Texts", texts(first, second)),
    ];
    let mut text = String::new();
    for (title, lines) in sections.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        let _ = writeln!(text, "\n{title}");
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

/// `what: before → after`, where they differ.
fn changed(lines: &mut Vec<String>, what: &str, first: &str, second: &str) {
    if first != second {
        lines.push(format!("{what}: {first} → {second}"));
    }
}

fn about(first: &Pack, second: &Pack) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |what: &str, of: &dyn Fn(&Pack) -> String| changed(&mut lines, what, &of(first), &of(second));
    say("version", &|pack| pack.version.clone());
    say("setting", &|pack| setting(pack.setting).to_owned());
    say("modality", &|pack| pack.modality.clone());
    say("evidence", &|pack| pack.evidence.clone());
    say("reviewer", &|pack| pack.reviewer.clone());
    say("licence", &|pack| pack.licence.clone());
    say("sessions", &|pack| pack.session_count().to_string());
    say("members", &|pack| format!("{}–{}", pack.members_min, pack.members_max));
    say("who may come", &|pack| course(&pack.course));
    say("separate screens first", &|pack| yes(pack.separate_screens));
    say("secrets", &|pack| pack.secrets.join(", "));
    say("private check-in", &|pack| pack.check_in.join(", "));
    say("asked at the door", &|pack| word(&pack.gate()));
    say("a dropped line is waited for", &|pack| {
        format!("{} s", pack.grace_seconds)
    });
    say("while nobody leads", &|pack| word(&pack.unattended));
    say("roles and crosstalk", &|pack| {
        pack.circle.as_ref().map_or_else(
            || "none".to_owned(),
            |circle| {
                let roles: Vec<&str> = circle.roles.iter().map(|role| role.word()).collect();
                format!("{}; {}", roles.join(", "), word(&circle.crosstalk))
            },
        )
    });
    say("agreements", &|pack| pack.agreements.join(", "));
    say("consents", &|pack| {
        let asked: Vec<_> = pack.consents.iter().map(|asked| asked.purpose.word()).collect();
        asked.join(", ")
    });
    say("languages", &|pack| {
        pack.text.keys().cloned().collect::<Vec<_>>().join(", ")
    });
    let only = |here: &Pack, there: &Pack, sign: &str| -> Vec<String> {
        let sources = here.sources.iter().filter(|source| !there.sources.contains(source));
        sources.map(|source| format!("{sign} source: {source}")).collect()
    };
    lines.extend(only(first, second, "−"));
    lines.extend(only(second, first, "+"));
    lines
}

fn setting(setting: Setting) -> &'static str {
    match setting {
        Setting::Group => "group therapy",
        Setting::Couple => "couple therapy",
        Setting::Individual => "individual therapy",
        Setting::Circle => "peer circle",
    }
}

fn course(course: &Course) -> String {
    let mut said = vec![word(&course.rhythm)];
    said.push(if course.closed { "closed" } else { "open to newcomers" }.to_owned());
    said.extend(
        course
            .joining_until
            .map(|session| format!("joining until session {session}")),
    );
    said.extend(course.min_present.map(|least| format!("held with {least} or more")));
    said.join(", ")
}

fn yes(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

/// A word of a closed list as a pack writes it.
fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(_) => "?".to_owned(),
    }
}

/// How a step is held: minutes, floor, turn limit.
fn held(step: &Step) -> String {
    let turn = step
        .turn_seconds
        .map_or_else(String::new, |seconds| format!(", turns of {seconds} s"));
    format!("{} min, {}{turn}", step.minutes, word(&step.floor))
}

/// A step by its name in the pack's own language, and its key.
fn named(pack: &Pack, step: &StepId) -> String {
    let words = pack.text(&pack.default_language).and_then(|text| text.steps.get(step));
    words.map_or_else(|| step.to_string(), |words| format!("{} ({step})", words.name))
}

/// What differs between two lists of steps.
fn plan(first: (&Pack, &[Step]), second: (&Pack, &[Step])) -> Vec<String> {
    let find = |steps: &[Step], id: &StepId| steps.iter().position(|step| step.id == *id);
    let mut lines = Vec::new();
    for step in first.1.iter().filter(|step| find(second.1, &step.id).is_none()) {
        lines.push(format!("− {}, {}", named(first.0, &step.id), held(step)));
    }
    for step in second.1 {
        match find(first.1, &step.id).and_then(|index| first.1.get(index)) {
            None => lines.push(format!("+ {}, {}", named(second.0, &step.id), held(step))),
            Some(before) if held(before) != held(step) => {
                lines.push(format!(
                    "{}: {} → {}",
                    named(second.0, &step.id),
                    held(before),
                    held(step)
                ));
            }
            Some(_) => {}
        }
    }
    let common = |here: &[Step], there: &[Step]| -> Vec<StepId> {
        let both = here.iter().filter(|step| find(there, &step.id).is_some());
        both.map(|step| step.id.clone()).collect()
    };
    let order = common(second.1, first.1);
    if common(first.1, second.1) != order {
        let names: Vec<&str> = order.iter().map(StepId::as_str).collect();
        lines.push(format!("another order: {}", names.join(", ")));
    }
    lines
}

/// Session by session; neighbours that differ in the same way are told once.
fn sessions(first: &Pack, second: &Pack) -> Vec<String> {
    let mut told: Vec<(u16, u16, Vec<String>)> = Vec::new();
    for number in 1..=first.session_count().max(second.session_count()) {
        let lines = match (first.session(number), second.session(number)) {
            (Some(before), Some(after)) => {
                let mut lines = Vec::new();
                let title = |pack: &Pack, phase: &str| {
                    let words = pack
                        .text(&pack.default_language)
                        .and_then(|text| text.phases.get(phase));
                    words.cloned().unwrap_or_else(|| phase.to_owned())
                };
                changed(
                    &mut lines,
                    "phase",
                    &title(first, &before.phase),
                    &title(second, &after.phase),
                );
                lines.extend(plan((first, &before.steps), (second, &after.steps)));
                lines
            }
            (Some(_), None) => vec!["− not in the second".to_owned()],
            (None, Some(after)) => {
                let all = plan((first, &[]), (second, &after.steps));
                std::iter::once("+ only in the second".to_owned()).chain(all).collect()
            }
            (None, None) => Vec::new(),
        };
        match told.last_mut() {
            Some((_, to, same)) if *same == lines => *to = number,
            _ => told.push((number, number, lines)),
        }
    }
    let mut text = Vec::new();
    for (from, to, lines) in told.into_iter().filter(|(_, _, lines)| !lines.is_empty()) {
        text.push(if from == to {
            format!("session {from}")
        } else {
            format!("sessions {from}–{to}")
        });
        text.extend(lines.into_iter().map(|line| format!("  {line}")));
    }
    text
}

fn meetings(first: &Pack, second: &Pack) -> Vec<String> {
    let by_id = |pack: &Pack| -> BTreeMap<String, protocol::pack::MeetingPlan> {
        pack.meetings
            .iter()
            .map(|meeting| (meeting.id.clone(), meeting.clone()))
            .collect()
    };
    let frame = |meeting: &protocol::pack::MeetingPlan| {
        let place = match meeting.place {
            MeetingPlace::Before => "before the first session".to_owned(),
            MeetingPlace::AfterSession(number) => format!("after session {number}"),
            MeetingPlace::After => "after the last session".to_owned(),
        };
        format!("{place}, with {}, {} min", word(&meeting.with), meeting.minutes)
    };
    let (before, after) = (by_id(first), by_id(second));
    let mut lines = Vec::new();
    for id in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        match (before.get(id), after.get(id)) {
            (Some(meeting), None) => lines.push(format!("− {id}: {}", frame(meeting))),
            (None, Some(meeting)) => lines.push(format!("+ {id}: {}", frame(meeting))),
            (Some(old), Some(new)) => {
                changed(&mut lines, id, &frame(old), &frame(new));
                let steps = plan((first, &old.steps), (second, &new.steps));
                lines.extend(steps.into_iter().map(|line| format!("{id}: {line}")));
            }
            (None, None) => {}
        }
    }
    lines
}

/// Each step once, as its pack writes it.
fn by_step(pack: &Pack) -> BTreeMap<&StepId, &Step> {
    let sessions = pack.sessions.iter().flat_map(|session| &session.steps);
    let meetings = pack.meetings.iter().flat_map(|meeting| &meeting.steps);
    sessions.chain(meetings).map(|step| (&step.id, step)).collect()
}

fn steps(first: &Pack, second: &Pack) -> Vec<String> {
    let (before, after) = (by_step(first), by_step(second));
    let mut lines = Vec::new();
    for (id, step) in &after {
        let Some(old) = before.get(id) else { continue };
        let mut own = Vec::new();
        changed(&mut own, "order of the queue", &word(&old.order), &word(&step.order));
        changed(&mut own, "next turn", &word(&old.advance), &word(&step.advance));
        changed(&mut own, "when time is up", &word(&old.ending), &word(&step.ending));
        changed(
            &mut own,
            "microphones",
            &word(&old.enforcement),
            &word(&step.enforcement),
        );
        changed(
            &mut own,
            "room for own words",
            &yes(old.own_words),
            &yes(step.own_words),
        );
        changed(&mut own, "may be left out", &yes(old.droppable), &yes(step.droppable));
        changed(&mut own, "its time is kept", &yes(old.protected), &yes(step.protected));
        own.extend(prompts((first, old), (second, step)));
        lines.extend(own.into_iter().map(|line| format!("{}: {line}", named(second, id))));
    }
    lines
}

fn prompts(first: (&Pack, &Step), second: (&Pack, &Step)) -> Vec<String> {
    let find = |step: &Step, id: &PromptId| step.prompts.iter().find(|prompt| prompt.id == *id).cloned();
    let thought = |pack: &Pack, id: &PromptId| {
        let words = pack.text(&pack.default_language).and_then(|text| text.prompts.get(id));
        words.map_or_else(String::new, |words| format!(", “{}”", words.think))
    };
    let mut lines = Vec::new();
    for prompt in first
        .1
        .prompts
        .iter()
        .filter(|prompt| find(second.1, &prompt.id).is_none())
    {
        lines.push(format!(
            "− prompt {} {}{}",
            prompt.id,
            due(prompt),
            thought(first.0, &prompt.id)
        ));
    }
    for prompt in &second.1.prompts {
        match find(first.1, &prompt.id) {
            None => lines.push(format!(
                "+ prompt {} {}{}",
                prompt.id,
                due(prompt),
                thought(second.0, &prompt.id)
            )),
            Some(before) => changed(
                &mut lines,
                &format!("prompt {}", prompt.id),
                &due(&before),
                &due(prompt),
            ),
        }
    }
    lines
}

/// When and for whom a prompt is, in words.
fn due(prompt: &Prompt) -> String {
    let when = match prompt.when {
        When::Start => "at the start".to_owned(),
        When::After(minutes) => format!("after {minutes} min"),
        When::BeforeEnd(minutes) => format!("{minutes} min before the end"),
        When::SessionsLeft(left) => format!("with {left} sessions left"),
        When::TurnOverran => "when a turn's time is up".to_owned(),
        When::TurnRuns(seconds) => format!("when a turn has run {seconds} s"),
        When::RoundOver => "when the round is over".to_owned(),
        When::QueueLong(people) => format!("when {people} wait"),
        When::FewerThan(people) => format!("with fewer than {people} members"),
        When::NotYetHeard(minutes) => format!("after {minutes} min, for those not yet heard"),
        When::Silence(seconds) => format!("after {seconds} s without a turn"),
        When::LineDown => "when a line stays down".to_owned(),
        When::Area(area) => format!("for members who work on {}", word(&area)),
        When::MeasureFlagged => "when a questionnaire needs a look".to_owned(),
    };
    format!("({}, for {}, {when})", word(&prompt.kind), word(&prompt.audience))
}

/// Every text that both packs have and say differently, language by language; what only one has was told with its step.
fn texts(first: &Pack, second: &Pack) -> Vec<String> {
    let mut lines = Vec::new();
    for (language, after) in &second.text {
        let Some(before) = first.text.get(language) else {
            continue;
        };
        let (old, new) = (sentences(before), sentences(after));
        for (key, sentence) in &new {
            if let Some(was) = old.get(key).filter(|was| *was != sentence) {
                lines.push(format!("{language}, {key}"));
                lines.push(format!("  − {was}"));
                lines.push(format!("  + {sentence}"));
            }
        }
        let extra =
            |here: &BTreeMap<String, String>, there: &BTreeMap<String, String>, step_known: &dyn Fn(&str) -> bool| {
                let only = here
                    .iter()
                    .filter(|(key, _)| !there.contains_key(*key) && step_known(key));
                only.map(|(key, text)| (key.clone(), text.clone())).collect::<Vec<_>>()
            };
        // A step or a prompt that both have may have gained or lost one of its texts.
        let both = |key: &str| {
            let base = key.rsplit_once(' ').map_or(key, |(base, _)| base);
            let has = |all: &BTreeMap<String, String>| all.keys().any(|key| key.starts_with(&format!("{base} ")));
            has(&old) && has(&new)
        };
        for (key, text) in extra(&old, &new, &both) {
            lines.extend([format!("{language}, {key}"), format!("  − {text}")]);
        }
        for (key, text) in extra(&new, &old, &both) {
            lines.extend([format!("{language}, {key}"), format!("  + {text}")]);
        }
    }
    lines
}

/// Every sentence by what a person would call it; the last word is the kind of text.
fn sentences(text: &PackText) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut put = |key: String, text: Option<&String>| _ = text.map(|text| all.insert(key, text.clone()));
    put("pack title".to_owned(), Some(&text.title));
    put("pack summary".to_owned(), Some(&text.summary));
    put("pack content_notes".to_owned(), text.content_notes.as_ref());
    put("pack crosstalk".to_owned(), text.crosstalk.as_ref());
    put("pack disclosure_notice".to_owned(), text.disclosure_notice.as_ref());
    for (id, title) in &text.phases {
        put(format!("phase {id} title"), Some(title));
    }
    for (id, sentence) in &text.agreements {
        put(format!("agreement {id} sentence"), Some(sentence));
    }
    for (purpose, sentence) in &text.consents {
        put(format!("consent {purpose} sentence"), Some(sentence));
    }
    for (id, sentence) in &text.check_in {
        put(format!("check_in {id} sentence"), Some(sentence));
    }
    for (id, sentence) in &text.secrets {
        put(format!("secret {id} sentence"), Some(sentence));
    }
    for (role, sentence) in &text.roles {
        put(format!("role {} sentence", role.word()), Some(sentence));
    }
    for (id, meeting) in &text.meetings {
        put(format!("meeting {id} name"), Some(&meeting.name));
        put(format!("meeting {id} purpose"), Some(&meeting.purpose));
        put(format!("meeting {id} member"), Some(&meeting.member));
    }
    for (id, step) in &text.steps {
        put(format!("step {id} name"), Some(&step.name));
        put(format!("step {id} purpose"), Some(&step.purpose));
        put(format!("step {id} member"), Some(&step.member));
        put(format!("step {id} question"), step.question.as_ref());
        put(format!("step {id} shorten"), step.shorten.as_ref());
        put(format!("step {id} content_notes"), step.content_notes.as_ref());
        put(format!("step {id} choices"), step.choices.as_ref());
    }
    for (id, prompt) in &text.prompts {
        put(format!("prompt {id} think"), Some(&prompt.think));
        put(format!("prompt {id} say"), prompt.say.as_ref());
    }
    all
}
