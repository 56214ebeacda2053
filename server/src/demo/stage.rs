//! Carries the play out: asks it what comes next, waits on the real clock, and lets the company do it.

use std::time::Duration;

use protocol::wire::{NoteRef, RoomScene, RoomView, Stand};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::company::Company;
use super::line::Undone;
use super::play::{Deed, Next, Play};

/// The longest wait without looking again, so that a line that broke in silence is noticed.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// After something that was refused: the room has changed meanwhile, or the play is wrong; neither is helped by haste.
const AFTER_A_NO: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub(super) struct Stage {
    pub(super) company: Company,
    pub(super) play: Play,
    /// How many seconds of the story pass in one.
    pub(super) pace: f64,
}

impl Stage {
    /// Until `stop`.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let began = Instant::now();
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.one_thing(began) => {}
            }
        }
        self.company.all_leave();
    }

    async fn one_thing(&mut self, began: Instant) {
        self.company.come_back();
        let now = (began.elapsed().as_secs_f64() * self.pace * 1000.0) as u64;
        let Some(scene) = self.scene() else {
            return self.wait(AFTER_A_NO).await;
        };
        match self.play.next(now, &scene) {
            Next::Do(deed) => {
                if let Err(undone) = self.do_it(deed, &scene).await {
                    tracing::debug!(?undone, "an invented person could not do what was planned");
                    tokio::time::sleep(AFTER_A_NO).await;
                }
            }
            Next::WaitUntil(at) => {
                let story = Duration::from_millis(at.saturating_sub(now));
                let real = LOOK_AGAIN.as_secs_f64().min(story.as_secs_f64() / self.pace);
                self.wait(Duration::from_secs_f64(real)).await;
            }
        }
    }

    fn scene(&self) -> Option<Box<RoomScene>> {
        match self.company.view()?.room {
            RoomView::Room(scene) => Some(scene),
            RoomView::Waiting(_) => None,
        }
    }

    /// So long, or until the leading facilitator sees something new.
    async fn wait(&mut self, long: Duration) {
        let Ok(mut seen) = self.company.watch() else {
            return tokio::time::sleep(AFTER_A_NO).await;
        };
        seen.mark_unchanged();
        let changed = async {
            if seen.changed().await.is_err() {
                std::future::pending::<()>().await; // the line is down; it is brought up after the wait
            }
        };
        tokio::select! {
            () = tokio::time::sleep(long) => {}
            () = changed => {}
        }
    }

    async fn do_it(&mut self, deed: Deed, scene: &RoomScene) -> Result<(), Undone> {
        match deed {
            Deed::Act(who, action) => {
                let seq = self.company.acts(who, action).await?;
                self.company.sees(|seen, _| seen.seq >= seq).await.map(|_| ())
            }
            Deed::Sign(who, kind) => {
                self.company.signs(who, kind).await;
                Ok(())
            }
            Deed::HangUp(who) => {
                self.company.hangs_up(who);
                Ok(())
            }
            Deed::Return(who) => {
                self.company.comes(who);
                Ok(())
            }
            Deed::Write(who, words) => {
                if scene.stand == Stand::Lobby {
                    return Ok(()); // the session it belonged to is over
                }
                let note = NoteRef::Session {
                    session: scene.course.session,
                };
                self.company.writes(who, note, words).await
            }
        }
    }
}
