//! Prompts: sentences offered at a step to an audience. Which are due is decided by a closed set of conditions; which were used is kept.

use protocol::pack::{FloorMode, Pack, Prompt, PromptAudience, PromptKind, Step, When};
use protocol::wire::{Action, OfferedPrompt, Refusal, RefusalCode, UsedPrompt};
use protocol::{CircleId, ParticipantId, PromptId, Role, Timestamp};

use crate::draft::Draft;
use crate::event::What;
use crate::limits::{LATER_SECONDS, MAX_PROMPTS_SHOWN, MAX_USED_PROMPTS};
use crate::roster::Participant;
use crate::round::Round;
use crate::state::{Circle, PromptFate, PromptUse, State};

/// Names listed in one prompt: more than three is a list, not a prompt.
const MAX_NAMES_IN_A_PROMPT: usize = 3;

pub(crate) fn judge(state: &State, pack: &Pack, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let no = |code: RefusalCode| Err(Refusal::new(code));
    let Some((_, circle)) = state.circle_of(by) else {
        return no(RefusalCode::NotAdmitted);
    };
    if current_step(state, pack, circle).is_none() {
        return no(RefusalCode::NoSession);
    }
    let fate = |id: &PromptId| circle.prompts.get(id);
    match action {
        Action::ClearPrompt if circle.pushed.is_none() => no(RefusalCode::AlreadySo),
        Action::ClearPrompt => Ok(()),
        Action::PromptUsed { prompt } | Action::PromptNotNow { prompt } | Action::PromptLater { prompt }
            if is_known(pack, prompt) =>
        {
            let done = |f: &PromptFate| match action {
                Action::PromptUsed { .. } => f.used,
                Action::PromptNotNow { .. } => f.put_aside,
                _ => f.used || f.put_aside || f.later.is_some(),
            };
            if fate(prompt).is_some_and(done) {
                no(RefusalCode::AlreadySo)
            } else {
                Ok(())
            }
        }
        Action::PushPrompt { prompt } if is_known(pack, prompt) && has_words(pack, prompt) => {
            if circle.pushed.as_ref() == Some(prompt) {
                no(RefusalCode::AlreadySo)
            } else {
                Ok(())
            }
        }
        _ => no(RefusalCode::UnknownPrompt),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    let Some((circle, _)) = draft.state.circle_of(by) else {
        return;
    };
    let until = draft.at.plus_seconds(LATER_SECONDS);
    draft.push(match action.clone() {
        Action::PromptUsed { prompt } => What::PromptUsed { circle, prompt },
        Action::PromptNotNow { prompt } => What::PromptPutAside { circle, prompt },
        Action::PromptLater { prompt } => What::PromptPutOff { circle, prompt, until },
        Action::PushPrompt { prompt } => What::PromptPushed { circle, prompt },
        _ => What::PromptCleared { circle },
    });
}

/// Whether the pack has this prompt for those who lead or for everybody. Whoever leads may take one from any step; a member's private
/// card is nobody's to push.
fn is_known(pack: &Pack, id: &PromptId) -> bool {
    let steps = pack.sessions.iter().flat_map(|session| &session.steps);
    let mut prompts = steps.flat_map(|step| &step.prompts);
    prompts.any(|prompt| prompt.id == *id && prompt.audience != PromptAudience::Member)
}

impl PromptFate {
    /// Due since then, and nothing became of it yet.
    pub(crate) const fn at(due_at: Timestamp) -> Self {
        Self {
            due_at,
            used: false,
            put_aside: false,
            later: None,
        }
    }
}

impl State {
    /// Keeps a prompt that was used in sight: once a step, however often it is shown.
    pub(crate) fn prompt_was_used(&mut self, at: Timestamp, circle: CircleId, prompt: &PromptId, shown: bool) {
        let Some(step) = self.circles.get(&circle).and_then(|circle| circle.step.as_ref()) else {
            return;
        };
        let same = |used: &&mut PromptUse| used.prompt == *prompt && used.step == step.step;
        if let Some(used) = self.used_prompts.iter_mut().find(same) {
            used.shown |= shown;
            return;
        }
        let step = step.step.clone();
        let prompt = prompt.clone();
        self.used_prompts.push(PromptUse {
            at,
            step,
            prompt,
            shown,
        });
        if self.used_prompts.len() > MAX_USED_PROMPTS {
            self.used_prompts.remove(0);
        }
    }
}

/// Prompts used in this session, or in the last one, the newest last.
pub(crate) fn used(state: &State, pack: &Pack, language: &str) -> Vec<UsedPrompt> {
    let text = pack.text(language);
    let words = |id: &PromptId| Some(text?.prompts.get(id)?.think.clone());
    let view = |used: &PromptUse| UsedPrompt {
        at: used.at,
        step: used.step.clone(),
        text: words(&used.prompt).unwrap_or_else(|| used.prompt.to_string()),
        shown: used.shown,
    };
    state.used_prompts.iter().map(view).collect()
}

/// A prompt falls due. What is meant for everyone is shown at once.
pub(crate) fn due(draft: &mut Draft<'_>, circle: CircleId, prompt: PromptId) {
    let everyone = draft
        .state
        .circles
        .get(&circle)
        .and_then(|c| current_step(&draft.state, draft.pack, c))
        .is_some_and(|step| {
            step.prompts
                .iter()
                .any(|p| p.id == prompt && p.audience == PromptAudience::Everyone)
        });
    draft.push(What::PromptDue {
        circle,
        prompt: prompt.clone(),
    });
    if everyone {
        draft.push(What::PromptPushed { circle, prompt });
    }
}

/// A turn's time is up.
pub(crate) fn overran(draft: &mut Draft<'_>, circle: CircleId) {
    due_when(draft, circle, When::TurnOverran);
}

/// A holder's line stayed down.
pub(crate) fn line_down(draft: &mut Draft<'_>, circle: CircleId) {
    due_when(draft, circle, When::LineDown);
}

fn due_when(draft: &mut Draft<'_>, id: CircleId, when: When) {
    let Some(circle) = draft.state.circles.get(&id) else {
        return;
    };
    let Some(step) = current_step(&draft.state, draft.pack, circle) else {
        return;
    };
    let fresh = step
        .prompts
        .iter()
        .filter(|p| p.when == when && !circle.prompts.contains_key(&p.id));
    let ids: Vec<PromptId> = fresh.map(|p| p.id.clone()).collect();
    for prompt in ids {
        due(draft, id, prompt);
    }
}

pub(crate) fn current_step<'a>(state: &State, pack: &'a Pack, circle: &Circle) -> Option<&'a Step> {
    state.step_plan(pack, circle.step.as_ref()?.index)
}

fn has_words(pack: &Pack, prompt: &PromptId) -> bool {
    pack.text(&pack.default_language)
        .and_then(|text| text.prompts.get(prompt))
        .is_some_and(|text| text.say.is_some())
}

/// The prompts a facilitator sees now: at most two, safety before time before the rest; during a running turn only the first two kinds.
pub(crate) fn offered(state: &State, pack: &Pack, language: &str, id: CircleId) -> Vec<OfferedPrompt> {
    let Some(circle) = state.circles.get(&id) else {
        return Vec::new();
    };
    let Some(step) = current_step(state, pack, circle) else {
        return Vec::new();
    };
    let turn_runs = circle.floor.turn.is_some();
    let open = |p: &&Prompt| {
        let fate = circle.prompts.get(&p.id);
        fate.is_some_and(|f| !f.used && !f.put_aside && f.later.is_none())
            && (!turn_runs || p.kind != PromptKind::Content)
            && is_so(state, id, circle, p.when)
    };
    let mut open: Vec<&Prompt> = step
        .prompts
        .iter()
        .filter(|p| p.audience == PromptAudience::Facilitator)
        .filter(open)
        .collect();
    open.sort_by_key(|p| (p.kind, circle.prompts.get(&p.id).map(|f| f.due_at)));
    open.into_iter()
        .take(MAX_PROMPTS_SHOWN)
        .filter_map(|p| worded(state, pack, language, id, p, false))
        .collect()
}

/// Every prompt of the current step but the members' private cards, for the facilitator's shelf.
pub(crate) fn library(state: &State, pack: &Pack, language: &str, id: CircleId) -> Vec<OfferedPrompt> {
    let Some(circle) = state.circles.get(&id) else {
        return Vec::new();
    };
    let Some(step) = current_step(state, pack, circle) else {
        return Vec::new();
    };
    let used = |p: &Prompt| circle.prompts.get(&p.id).is_some_and(|f| f.used);
    step.prompts
        .iter()
        .filter(|p| p.audience != PromptAudience::Member)
        .filter_map(|p| worded(state, pack, language, id, p, used(p)))
        .collect()
}

/// The words for members of a prompt. Only where in the course we are is filled in: who was heard and who was not is no member's business.
pub(crate) fn say(state: &State, pack: &Pack, language: &str, prompt: &PromptId) -> Option<String> {
    let words = pack.text(language)?.prompts.get(prompt)?.say.as_ref()?;
    Some(with_course_numbers(state, pack, words))
}

/// Fills `{left}`, the sessions left, this one counted, and `{meetings}`, how many the course has.
fn with_course_numbers(state: &State, pack: &Pack, words: &str) -> String {
    words
        .replace("{left}", &pack.sessions_left(state.session_number()).to_string())
        .replace("{meetings}", &pack.session_count().to_string())
}

/// Whether what a prompt speaks of is so just now. What only tells of the time stays so for the rest of the step.
pub(crate) fn is_so(state: &State, id: CircleId, circle: &Circle, when: When) -> bool {
    let turn = circle.floor.turn.as_ref();
    match when {
        // How a round begins is behind everybody once it is over.
        When::Start => !round_over(state, id, circle),
        When::SessionsLeft(_) | When::After(_) | When::BeforeEnd(_) => true,
        When::TurnOverran => turn.is_some_and(|turn| turn.overran),
        When::TurnRuns(seconds) => turn.is_some_and(|turn| turn.clock.ran_ms(state.at) >= u64::from(seconds) * 1000),
        When::LineDown => turn.is_some_and(|turn| turn.suspended.is_some()),
        When::NotYetHeard(_) => state.unheard(id).next().is_some(),
        When::Silence(_) => turn.is_none(),
        When::RoundOver => turn.is_none() && round_over(state, id, circle),
        When::QueueLong(people) => waiting(circle) >= people,
        When::FewerThan(people) => (1..people).contains(&members_here(state, id)),
        When::MeasureFlagged => state.measure_flagged(id),
        // One person's own: see `work::cards`.
        When::Area(_) => false,
    }
}

/// Everybody who is here had a go: the round is gone, or it waits only for people whose line is down.
fn round_over(state: &State, id: CircleId, circle: &Circle) -> bool {
    let to_come = |round: &Round| !round.is_open() || round.next(|who| state.is_here(who, id)).is_some();
    circle.floor.rules.mode == FloorMode::Round && !circle.floor.round.as_ref().is_some_and(to_come)
}

fn waiting(circle: &Circle) -> u32 {
    u32::try_from(circle.floor.queue.line().len()).unwrap_or(u32::MAX)
}

fn members_here(state: &State, id: CircleId) -> u32 {
    let here = |(_, p): &(ParticipantId, &Participant)| p.is_here() && p.circle == id && p.role == Role::Member;
    u32::try_from(state.roster.iter().filter(here).count()).unwrap_or(u32::MAX)
}

fn worded(state: &State, pack: &Pack, language: &str, id: CircleId, p: &Prompt, used: bool) -> Option<OfferedPrompt> {
    let text = pack.text(language)?.prompts.get(&p.id)?;
    Some(OfferedPrompt {
        prompt: p.id.clone(),
        text: filled(state, pack, id, p.when, &text.think),
        say: say(state, pack, language, &p.id),
        used,
    })
}

/// Fills `{names}`, `{count}` and `{minutes}`: the unheard (or whose line is down), how many they are (or how many wait, or are here), and
/// the step's minutes left at its start of counting; and the numbers of the course. There are no other placeholders; the pack's check
/// sees to that.
fn filled(state: &State, pack: &Pack, id: CircleId, when: When, words: &str) -> String {
    if !words.contains('{') {
        return words.to_owned();
    }
    let circle = state.circles.get(&id);
    let turn = circle.and_then(|c| c.floor.turn.as_ref());
    let people: Vec<ParticipantId> = match when {
        When::LineDown => turn
            .filter(|turn| turn.suspended.is_some())
            .map_or_else(Vec::new, |turn| turn.holders.clone()),
        _ => state.unheard(id).map(|(who, _)| who).collect(),
    };
    let names: Vec<String> = people
        .iter()
        .filter_map(|&who| state.roster.get(who)?.name.text())
        .take(MAX_NAMES_IN_A_PROMPT)
        .map(protocol::Private::into_exposed)
        .collect();
    let minutes = circle
        .and_then(|c| c.step.as_ref())
        .map_or(0, |step| step.ends_at.since(state.public_at) / 60_000);
    let count = match (when, circle) {
        (When::QueueLong(_), Some(circle)) => waiting(circle),
        (When::FewerThan(_), _) => members_here(state, id),
        _ => u32::try_from(people.len()).unwrap_or(u32::MAX),
    };
    let words = words
        .replace("{count}", &count.to_string())
        .replace("{minutes}", &minutes.to_string());
    // Names last: what somebody calls themselves is never filled in again.
    with_course_numbers(state, pack, &words).replace("{names}", &names.join(", "))
}
