//! The sessions that lie behind: led in a few seconds, step by step, through the room's own actions, with the calendar moved on as if the
//! evenings had passed. What a newcomer finds (sessions held, who was there, notes) was therefore really decided and journaled.

mod evening;

use protocol::wire::{Action, NoteRef, RoomScene, ScreenOutcome};
use protocol::{ParticipantId, StepId};

use super::arriving;
use super::calendar::Calendar;
use super::chance::Chance;
use super::company::Company;
use super::founding::Founded;
use super::line::{Undone, Words};
use super::sample::{Page, Sample};

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;
const WEEK: u64 = 7 * DAY;
/// What the first turns of the current step took when people look in.
const FIRST_TURNS: u64 = 2 * MINUTE;

/// How far back the course began.
pub(super) fn began(sample: &Sample) -> u64 {
    u64::from(sample.current_session.saturating_sub(1)) * WEEK + under_way(sample) + 3 * MINUTE
}

/// How long ago the demo's own session began when people look in: the steps before the current one are done, and it has begun.
fn under_way(sample: &Sample) -> u64 {
    sample.minutes_in * MINUTE
}

/// The first session's day.
pub(super) fn first_day(sample: &Sample) -> String {
    let now = jiff::Zoned::now();
    let weeks = i64::from(sample.current_session.saturating_sub(1));
    now.date()
        .checked_sub(jiff::Span::new().weeks(weeks))
        .unwrap_or_else(|_| now.date())
        .to_string()
}

/// What the play need not do again in the session that people see.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) noted: Option<ParticipantId>,
    pub(super) agreed: Vec<ParticipantId>,
}

/// Walks through the course.
pub(super) struct Walk<'a> {
    pub(super) company: &'a mut Company,
    pub(super) calendar: &'a Calendar,
    pub(super) sample: &'a Sample,
    pub(super) founded: &'a Founded,
    pub(super) chance: Chance,
}

impl Walk<'_> {
    /// From the first session into the middle of the current one.
    pub(super) async fn lead_to_the_present(mut self) -> Result<Left, Undone> {
        let current = self.sample.current_session;
        for number in 1..current {
            self.calendar
                .come_to(u64::from(current - number) * WEEK + under_way(self.sample) + 2 * MINUTE);
            self.gather(number).await?;
            self.lead(Action::StartSession).await?;
            if number == 1 {
                self.write(NoteRef::Course, &self.sample.course_note).await?;
            }
            self.agree(number, true).await?;
            self.whole_session(number).await?;
            self.go_home().await?;
        }
        self.calendar.come_to(under_way(self.sample));
        self.gather(current).await?;
        self.lead(Action::StartSession).await?;
        let agreed = self.agree(current, false).await?;
        let noted = self.lead_to_the_middle(current).await?;
        Ok(Left { noted, agreed })
    }

    /// Everybody who was there that evening comes in; whom the facilitator must let in is let in.
    async fn gather(&mut self, session: u16) -> Result<(), Undone> {
        let lead = self.company.lead();
        self.company.comes(lead);
        self.company.sees(|_, _| true).await?;
        let there = self.sample.members.iter().zip(&self.founded.members);
        let there: Vec<_> = there
            .filter(|(member, _)| !member.missed(session))
            .map(|(_, seat)| seat.participant)
            .collect();
        for &who in &there {
            self.company.comes(who);
            let came = |scene: &RoomScene| is_seated(scene, who) || waits(scene, who);
            self.company.sees(|_, scene| came(scene)).await?;
        }
        self.open_the_lock(&there).await?;
        for &who in &there {
            let scene = self.now().await?;
            if waits(&scene, who) {
                if let Some(said) = arriving::unsaid(&scene, who) {
                    self.company.acts(who, said).await?;
                }
                for said in arriving::says_yes_or_no(self.company.asked_of(who).await?) {
                    self.company.acts(who, said).await?;
                }
                self.lead(Action::Admit {
                    participant: who,
                    anyway: false,
                })
                .await?;
            }
        }
        Ok(())
    }

    /// A couple was seen alone before its first evening, and what is said alone is kept in the first of the pack's ways.
    async fn open_the_lock(&self, there: &[ParticipantId]) -> Result<(), Undone> {
        let lock = self.now().await?.staff.and_then(|staff| staff.lock);
        let Some(lock) = lock.filter(|lock| !lock.open) else {
            return Ok(());
        };
        for &participant in there {
            let outcome = ScreenOutcome::Suitable;
            let words = None;
            self.lead(Action::RecordScreen {
                participant,
                outcome,
                words,
            })
            .await?;
        }
        match lock.ways.into_iter().next() {
            Some(way) => self.lead(Action::ChooseSecrets { key: way.key }).await,
            None => Ok(()),
        }
    }

    /// Members first, so that it can be seen that the room has noticed: who comes before it has, is taken for somebody who never left.
    async fn go_home(&mut self) -> Result<(), Undone> {
        let members: Vec<_> = self.founded.members.iter().map(|seat| seat.participant).collect();
        members.iter().for_each(|who| self.company.hangs_up(*who));
        let gone = |scene: &RoomScene| !members.iter().any(|who| is_seated(scene, *who));
        self.company.sees(|_, scene| gone(scene)).await?;
        self.company.all_leave();
        Ok(())
    }

    async fn whole_session(&mut self, number: u16) -> Result<(), Undone> {
        loop {
            let scene = self.now().await?;
            let Some(current) = scene.agenda.current.map(usize::from) else {
                return Ok(());
            };
            let minutes = scene.agenda.steps.get(current).map_or(0, |step| step.minutes);
            let used = self.step(&scene).await?;
            self.calendar.pass((u64::from(minutes) * MINUTE).saturating_sub(used));
            let last = current + 1 >= scene.agenda.steps.len();
            if last && let Some(page) = self.sample.session(number) {
                self.write(NoteRef::Session { session: number }, page).await?;
            }
            self.lead(if last { Action::EndSession } else { Action::NextStep })
                .await?;
        }
    }

    /// As far as the current step, and a little into it. Gives whose line stands in the session's note already.
    async fn lead_to_the_middle(&mut self, session: u16) -> Result<Option<ParticipantId>, Undone> {
        let target: StepId = self.sample.current_step.parse().map_err(|_| Undone::Down)?;
        let note = NoteRef::Session { session };
        // The steps before it share the time in the way they were planned.
        let steps = self.now().await?.agenda.steps;
        let before = steps.iter().take_while(|step| step.step != target);
        let planned: u64 = before.map(|step| u64::from(step.minutes)).sum();
        let share = under_way(self.sample).saturating_sub(FIRST_TURNS);
        loop {
            let scene = self.now().await?;
            let current = scene.agenda.current.map_or(0, usize::from);
            let Some(step) = scene.agenda.steps.get(current) else {
                return Err(Undone::Down);
            };
            if step.step == target {
                break;
            }
            self.calendar.pass(u64::from(step.minutes) * share / planned.max(1));
            self.lead(Action::NextStep).await?;
        }
        let facilitators = NoteRef::Facilitators { session };
        self.write(facilitators, &self.sample.facilitators_note).await?;
        if let Some(page) = self.sample.session(session) {
            self.write(note, page).await?;
        }
        let scene = self.now().await?;
        let first = self.one_turn_and_the_next(scene.floor.mode).await?;
        let mut people = self.sample.members.iter().zip(&self.founded.members);
        let (member, _) = people.find(|(_, seat)| seat.participant == first).ok_or(Undone::Down)?;
        let Some(text) = member.notes.first() else {
            return Ok(None);
        };
        self.company.writes(first, note, Words::Line(text.clone())).await?;
        Ok(Some(first))
    }

    async fn holder(&self) -> Result<Option<ParticipantId>, Undone> {
        let scene = self.now().await?;
        Ok(scene.floor.turn.as_ref().and_then(|turn| turn.holders.first().copied()))
    }

    async fn now(&self) -> Result<Box<RoomScene>, Undone> {
        self.company.sees(|_, _| true).await
    }

    async fn lead(&self, action: Action) -> Result<(), Undone> {
        self.does(self.company.lead(), action).await
    }

    /// Does something and waits until it can be seen.
    async fn does(&self, who: ParticipantId, action: Action) -> Result<(), Undone> {
        let seq = self.company.acts(who, action).await?;
        self.company.sees(|seen, _| seen.seq >= seq).await.map(|_| ())
    }

    async fn write(&self, note: NoteRef, page: &Page) -> Result<(), Undone> {
        let author = |name: &str| {
            let mut members = self.founded.members.iter();
            let member = members.find(|seat| seat.name.expose() == name && self.company.has(seat.participant));
            member.map_or(self.company.lead(), |seat| seat.participant)
        };
        let heading = Words::Heading(page.heading.clone());
        self.company.writes(self.company.lead(), note, heading).await?;
        for line in &page.lines {
            let words = Words::Line(line.text.clone());
            self.company.writes(author(&line.by), note, words).await?;
        }
        Ok(())
    }
}

fn is_seated(scene: &RoomScene, who: ParticipantId) -> bool {
    scene.seats.iter().any(|seat| seat.participant == who && seat.present)
}

fn waits(scene: &RoomScene, who: ParticipantId) -> bool {
    let waiting = scene.staff.iter().flat_map(|staff| &staff.waiting);
    waiting
        .into_iter()
        .any(|person| person.participant == who && person.present)
}
