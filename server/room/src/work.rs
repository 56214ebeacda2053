//! What each member works on, and what their questionnaires brought up: said by those who lead, seen by them and, as far as it is the
//! member's own work, by that member alone.
//!
//! The area is a personal text, sealed under the member's key: erasing the person erases it. No rule reads it. It only chooses which
//! private card the member sees in a step, and that is worked out for the view. A flag holds no text; it makes a prompt due.

use protocol::pack::{Area, Pack, PromptAudience, Setting, When};
use protocol::wire::{Action, Admission, ConcernSource, MeasureFlag, MemberWork, PrivateCard, Refusal, RefusalCode};
use protocol::{CircleId, ParticipantId, Role};

use crate::aside::CircleKind;
use crate::draft::Draft;
use crate::event::What;
use crate::limits::MAX_PROMPTS_SHOWN;
use crate::prompts;
use crate::sealed::SealedText;
use crate::state::State;

pub(crate) fn judge(state: &State, pack: &Pack, action: &Action) -> Result<(), Refusal> {
    let (Action::SetArea { participant, .. } | Action::FlagMeasure { participant, .. }) = action else {
        return Ok(());
    };
    if pack.setting == Setting::Circle {
        return Err(RefusalCode::NotInCircles.into());
    }
    if state.roster.get(*participant).is_none_or(|p| p.role != Role::Member) {
        return Err(RefusalCode::UnknownParticipant.into());
    }
    let already = match action {
        Action::SetArea { area, .. } => {
            state.areas.contains_key(participant) == area.is_some() && state.area_of(*participant) == *area
        }
        Action::FlagMeasure { flag, .. } => state.flags.get(participant) == flag.as_ref(),
        _ => false,
    };
    if already {
        Err(RefusalCode::AlreadySo.into())
    } else {
        Ok(())
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, action: &Action) {
    match action {
        Action::SetArea { participant, area } => draft.push(What::AreaSet {
            participant: *participant,
            area: area.map(|area| SealedText::fresh(*participant, area.word())),
        }),
        Action::FlagMeasure { participant, flag } => draft.push(What::MeasureFlagged {
            participant: *participant,
            flag: *flag,
        }),
        _ => {}
    }
}

impl State {
    /// What a member works on; nothing until it is settled, while it is shut, and once it has been erased.
    pub fn area_of(&self, who: ParticipantId) -> Option<Area> {
        Area::of_word(self.areas.get(&who)?.text()?.expose())
    }

    /// Whether the questionnaire of a member who is here needs a look: flagged by hand, or by an answer to question 9 that is new or raised.
    /// The condition `measure_flagged` asks this and nothing else.
    pub fn measure_flagged(&self, circle: CircleId) -> bool {
        let flagged = |(who, flag): (&ParticipantId, &MeasureFlag)| flag.needs_a_look() && self.is_here(*who, circle);
        let answered = |(who, alarm): (&ParticipantId, &crate::alarm::Alarm)| {
            matches!(alarm.source, ConcernSource::AnswerNew | ConcernSource::AnswerRaised) && self.is_here(*who, circle)
        };
        self.flags.iter().any(flagged) || self.alarms.iter().any(answered)
    }
}

/// What those who lead know of each member's work, as they sit.
pub(crate) fn view(state: &State, pack: &Pack) -> Vec<MemberWork> {
    if pack.setting == Setting::Circle {
        return Vec::new();
    }
    let members = state
        .roster
        .iter()
        .filter(|(_, p)| p.role == Role::Member && p.admission != Admission::Removed);
    members
        .map(|(participant, _)| MemberWork {
            participant,
            area: state.area_of(participant),
            flag: state.flags.get(&participant).copied(),
        })
        .collect()
}

/// Somebody's private cards in the current step. In a small circle the room's step goes on; in a side room nothing is asked of anybody.
pub(crate) fn cards(state: &State, pack: &Pack, language: &str, who: ParticipantId) -> Vec<PrivateCard> {
    let aside = state
        .circle_of(who)
        .is_none_or(|(_, circle)| circle.kind == CircleKind::Side);
    let (Some(area), Some(main), false) = (state.area_of(who), state.circles.get(&CircleId::MAIN), aside) else {
        return Vec::new();
    };
    let step = prompts::current_step(state, pack, main);
    let own = step.into_iter().flat_map(|step| &step.prompts);
    let own = own.filter(|p| p.audience == PromptAudience::Member && p.when == When::Area(area));
    own.filter_map(|p| {
        Some(PrivateCard {
            prompt: p.id.clone(),
            text: prompts::say(state, pack, language, &p.id)?,
        })
    })
    .take(MAX_PROMPTS_SHOWN)
    .collect()
}
