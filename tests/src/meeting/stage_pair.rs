//! Two people who alternate, on real sockets: the speaker speaks as recorded, and each time that they stop the other says back what was
//! heard. When the other has said something to its end, that was it: the speaker confirms and the two swap. When the speaker goes on
//! first, they say it again.

use protocol::pack::FloorMode;
use protocol::wire::Action;

use super::ledger::Deed;
use super::script::{Cue, Move};
use super::stage::Stage;
use crate::rttm::Speaker;

impl Stage<'_> {
    /// The facilitator names the two, unless they are the only two and have been named.
    pub(super) async fn forms_pair(&mut self) -> Result<(), String> {
        let [speaker, listener] = self.two()?.map(|who| self.people[who.0].id());
        let formed = self.lead.sees()?.room.floor.pair.clone();
        if formed.is_some_and(|pair| (pair.speaker, pair.listener) == (speaker, listener)) {
            return Ok(());
        }
        self.leads(Action::FormPair { speaker, listener }).await
    }

    /// Plays one moment of the script.
    pub(super) async fn alternates(&mut self, cue: Cue) -> Result<(), String> {
        let two = self.two()?;
        if !two.contains(&cue.who) {
            return Ok(()); // the others listen, whatever the recording has them say
        }
        let Some(speaker) = two.into_iter().find(|who| self.people[who.0].turn.is_some()) else {
            return self.leads(Action::GoOn).await; // the first turn is the facilitator's to give
        };
        let saying_back = two.into_iter().any(|who| self.people[who.0].says_back);
        match (cue.what, cue.who == speaker, saying_back) {
            (Move::Stops, true, false) => self.does(speaker, Action::Release, None).await,
            (Move::Begins, true, true) => self.does(speaker, Action::SayAgain, None).await,
            (Move::Stops, false, true) => self.does(speaker, Action::Confirm, Some(Deed::Spoke)).await,
            _ => Ok(()),
        }
    }

    /// The bell: whoever has the floor keeps it to the end of the meeting.
    pub(super) async fn rings_the_bell(&mut self) -> Result<(), String> {
        let speaker = self.people.iter().position(|person| person.turn.is_some());
        let bell = Action::SetFloor {
            mode: Some(FloorMode::Silence),
            order: None,
            advance: None,
            ending: None,
            turn_seconds: None,
        };
        if let Some(speaker) = speaker {
            self.writes(Speaker(speaker), Deed::Spoke);
        }
        self.leads(bell).await
    }

    fn two(&self) -> Result<[Speaker; 2], String> {
        self.two.ok_or_else(|| "a pair needs two people".to_owned())
    }
}
