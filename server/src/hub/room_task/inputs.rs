//! What the room is asked, and what simply happens to it.

use protocol::wire::{Action, CloseCode, Refusal, RefusalCode, ServerMessage};
use protocol::{CommandId, ParticipantId};
use room::Input;

use super::{Connection, End, Stop, Task};
use crate::hub::erasing::{self, ErasedHere, Erasing, NotErased};
use crate::hub::limits::AGAIN;
use crate::hub::noting;
use crate::looks;

impl Task {
    /// Something that nobody waits for an answer to. Without space on the disk it waits and reading goes on; it is not forgotten.
    pub(super) async fn happens(&mut self, input: &Input) -> Result<(), End> {
        if !self.is_written(input).await? {
            if let Input::Left { participant, .. } = input {
                self.unsaid.insert(*participant);
            }
            self.again_at = Some(self.registry.clock.now().plus_seconds(AGAIN.as_secs()));
        }
        Ok(())
    }

    /// Lets something happen; `false` if the store cannot take it just now.
    pub(super) async fn is_written(&mut self, input: &Input) -> Result<bool, End> {
        match self.room.decide(self.moment(), input) {
            Ok(outcome) => match self.commit(outcome, None).await {
                Ok(_) => Ok(true),
                Err(Stop::Refused(_)) => Ok(false),
                Err(Stop::End(end)) => Err(end),
            },
            Err(refusal) => {
                tracing::error!(room = %self.id, code = ?refusal.code, "the room refused what simply happened");
                Ok(true)
            }
        }
    }

    /// A deadline may have come, or it is time to try again.
    pub(super) async fn time_passed(&mut self) -> Result<(), End> {
        self.again_at = None;
        for participant in std::mem::take(&mut self.unsaid) {
            self.line_down(participant).await?; // who is back meanwhile has a line up, and nothing happened
        }
        self.happens(&Input::Elapsed).await
    }

    /// Everything the room does is decided as ever; what it keeps is then written anew without them.
    pub(super) async fn erase(&mut self, erasing: Erasing) -> Result<(), End> {
        let Erasing {
            participant,
            by,
            answer,
        } = erasing;
        let decided = self.room.decide(self.moment(), &Input::Erase { participant, by });
        let erased = match decided {
            Err(_) => Err(NotErased::Leads),
            Ok(outcome) => match self.commit(outcome, None).await {
                Ok(()) => self.written_anew_without(participant).await,
                Err(Stop::Refused(_)) => Err(NotErased::Unavailable),
                Err(Stop::End(end)) => return Err(end), // whoever asked hears that nobody answers, and asks again
            },
        };
        self.unseen += 1;
        self.show().await;
        let _ = answer.send(erased); // whoever asked may be gone; the erasure is not
        Ok(())
    }

    async fn written_anew_without(&mut self, participant: ParticipantId) -> Result<ErasedHere, NotErased> {
        let (place, upto) = ((self.id, self.epoch), self.room.state().seq);
        let emptied = erasing::empty(&self.registry.store, place, participant, upto).await?;
        let (store, id, epoch, seq, bytes) = self.snapshot();
        match store.snapshot(id, epoch, seq, &bytes).await {
            Ok(()) => Ok(emptied),
            Err(_) => Err(NotErased::Unavailable),
        }
    }

    pub(super) async fn act(&mut self, connection: u64, id: CommandId, action: Action) -> Result<(), End> {
        let Some(Connection { participant, lane, .. }) = self.connections.get(&connection) else {
            return Ok(());
        };
        let (by, lane) = (*participant, lane.clone());
        let answer = if self.recent.contains(&(by, id)) {
            Ok(())
        } else if !self.registry.may_acknowledge() {
            // Another owner may have accepted this very command meanwhile: neither yes nor no would be known to be true.
            lane.close(CloseCode::Moved, "");
            return Ok(());
        } else {
            let looks = self.is_no_look_alike(by, &action);
            let another_sitting = matches!(action, Action::StartSession | Action::EndSession);
            let input = Input::Act { by, action };
            let mut judged = self.room.decide(self.moment(), &input);
            if another_sitting && judged.is_ok() {
                Box::pin(self.voices_are_written()).await?; // what was heard until now belongs to what was until now
                judged = self.room.decide(self.moment(), &input);
            }
            match judged.and_then(|outcome| looks.map(|()| outcome)) {
                Ok(outcome) => match self.commit(outcome, Some((by, id))).await {
                    Ok(()) => Ok(()),
                    Err(Stop::Refused(refusal)) => Err(refusal),
                    Err(Stop::End(end)) => return Err(end),
                },
                Err(refusal) => match self.what_is_known_of(by, id).await {
                    Known::Accepted => {
                        tracing::debug!(room = %self.id, code = ?refusal.code, "an old command was asked again");
                        Ok(())
                    }
                    Known::New => Err(self.noted_refusal(by, &input, refusal).await),
                    Known::Nothing if self.registry.nodes().is_none() => Err(RefusalCode::Unavailable.into()),
                    // Neither yes nor no would be known to be true. They come back and ask again.
                    Known::Nothing => {
                        lane.close(CloseCode::RoomRestarting, "");
                        return Ok(());
                    }
                    Known::Elsewhere => return Err(End::Fenced),
                },
            }
        };
        // Where the room stands now: a place in the journal would tell how much happened in private.
        let seq = self.room.state().seq_for(by);
        let answer = match answer {
            Ok(()) => ServerMessage::Accepted { id, seq },
            Err(refusal) => ServerMessage::Refused { id: Some(id), refusal },
        };
        let _ = match self.connections.get_mut(&connection).filter(|_| self.unseen > 0) {
            // What it led to is shown in a moment, and both leave together.
            Some(shown_soon) => {
                shown_soon.holds = true;
                lane.hold(&answer)
            }
            None => lane.say(&answer),
        };
        Ok(())
    }

    /// A refusal that is about who somebody is stands in the audit book before they hear it.
    async fn noted_refusal(&self, by: ParticipantId, input: &Input, refusal: Refusal) -> Refusal {
        let Input::Act { action, .. } = input else {
            return refusal;
        };
        if !noting::is_denial(refusal.code) {
            return refusal;
        }
        match Box::pin(self.noting.refused(by, noting::kind_of(action), refusal.code)).await {
            code if code == refusal.code => refusal,
            unavailable => unavailable.into(),
        }
    }

    /// Pronouns stand beside a name and must not pass for one, nor for a role. The room does not know what letters look like.
    fn is_no_look_alike(&self, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
        let Action::DescribeMyself {
            pronouns: Some(pronouns),
            ..
        } = action
        else {
            return Ok(());
        };
        // At the door the answer would tell who belongs to the group.
        let is_in = self.room.admitted_role(by).is_some();
        let others = self.room.state().roster.iter().filter(|(who, _)| is_in && *who != by);
        if looks::is_a_role(pronouns) || looks::is_taken(pronouns, others.filter_map(|(_, person)| person.name.text()))
        {
            return Err(RefusalCode::BadText.into());
        }
        Ok(())
    }

    /// What became of a command that the room says no to. It may be a retry, so old that only the journal remembers it; and where there are several
    /// nodes another owner may have accepted it meanwhile, of whom nobody here has heard yet.
    async fn what_is_known_of(&self, by: ParticipantId, id: CommandId) -> Known {
        if !self.forgot_commands && self.registry.nodes().is_none() {
            return Known::New;
        }
        match self.registry.store.stands((self.id, self.epoch), by, id).await {
            Ok((true, None)) if self.registry.may_acknowledge() => Known::New,
            Ok((true, Some(_))) => Known::Accepted,
            Ok((true, None)) | Err(_) => Known::Nothing,
            Ok((false, _)) => Known::Elsewhere,
        }
    }
}

/// What is known of a command before it is refused.
enum Known {
    New,
    Accepted,
    /// The database does not say.
    Nothing,
    /// The room is another owner's.
    Elsewhere,
}
