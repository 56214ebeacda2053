//! What a whole pack looks like: phases, sessions, steps with their times and floors, and prompts. Pure.

use std::collections::BTreeMap;

use protocol::StepId;
use protocol::api::{
    MeetingPreview, PackPreview, PhasePreview, PlacedStep, PromptPreview, SessionPreview, StepPreview,
};
use protocol::pack::{Pack, Prompt, Step};

/// The pack in its default language.
pub(super) fn of(pack: &Pack) -> PackPreview {
    let text = pack.text(&pack.default_language);
    let mut phases: Vec<(String, Vec<SessionPreview>)> = Vec::new();
    for session in &pack.sessions {
        let steps: Vec<PlacedStep> = session.steps.iter().map(placed).collect();
        let shown = SessionPreview {
            number: session.number,
            minutes: steps.iter().map(|step| step.minutes).sum(),
            steps,
        };
        match phases.last_mut().filter(|(phase, _)| *phase == session.phase) {
            Some((_, sessions)) => sessions.push(shown),
            None => phases.push((session.phase.clone(), vec![shown])),
        }
    }
    let title = |phase: String| text.and_then(|text| text.phases.get(&phase).cloned()).unwrap_or(phase);
    let meetings = pack.meetings.iter().map(|meeting| MeetingPreview {
        name: text
            .and_then(|text| text.meetings.get(&meeting.id))
            .map_or_else(|| meeting.id.clone(), |words| words.name.clone()),
        place: meeting.place,
        with: meeting.with,
        minutes: meeting.minutes,
        steps: meeting.steps.iter().map(placed).collect(),
    });
    PackPreview {
        title: text.map_or_else(|| pack.id.clone(), |text| text.title.clone()),
        summary: text.map_or_else(String::new, |text| text.summary.clone()),
        version: pack.version.clone(),
        setting: pack.setting,
        languages: pack.text.keys().cloned().collect(),
        phases: phases
            .into_iter()
            .map(|(phase, sessions)| PhasePreview {
                title: title(phase),
                sessions,
            })
            .collect(),
        meetings: meetings.collect(),
        steps: steps(pack, &pack.default_language),
    }
}

fn placed(step: &Step) -> PlacedStep {
    PlacedStep {
        step: step.id.clone(),
        minutes: step.minutes,
        floor: step.floor,
        turn_seconds: step.turn_seconds,
    }
}

/// Every step once, in the order in which the course comes to it.
pub fn steps(pack: &Pack, language: &str) -> Vec<StepPreview> {
    let text = pack.text(language);
    let meetings = pack.meetings.iter().flat_map(|meeting| &meeting.steps);
    let all = pack.sessions.iter().flat_map(|session| &session.steps).chain(meetings);
    let mut seen: BTreeMap<&StepId, ()> = BTreeMap::new();
    let prompt = |prompt: &Prompt| {
        let words = text.and_then(|text| text.prompts.get(&prompt.id));
        PromptPreview {
            prompt: prompt.id.clone(),
            audience: prompt.audience,
            kind: prompt.kind,
            when: prompt.when,
            think: words.map_or_else(String::new, |words| words.think.clone()),
            say: words.and_then(|words| words.say.clone()),
        }
    };
    all.filter(|step| seen.insert(&step.id, ()).is_none())
        .map(|step| {
            let words = text.and_then(|text| text.steps.get(&step.id));
            StepPreview {
                step: step.id.clone(),
                name: words.map_or_else(|| step.id.to_string(), |words| words.name.clone()),
                purpose: words.map_or_else(String::new, |words| words.purpose.clone()),
                droppable: step.droppable,
                protected: step.protected,
                prompts: step.prompts.iter().map(prompt).collect(),
            }
        })
        .collect()
}
