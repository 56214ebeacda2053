//! Erasing a person, from the asking to the signed record.
//!
//! A member asks, and those who lead carry it out or say no, within [`limits::ERASURE_DUE`]; or those who lead begin it, in two steps. What
//! has begun is finished, whatever happens: first the list beside the root key, then the mark and the links, then the room itself, then the
//! files. A start asks for what is on the list and not done, which after restoring an old backup is everybody who was erased since.

use std::fmt::Write as _;
use std::sync::Arc;

use protocol::api::{
    self, ErasureAskedBy, ErasureRefused, GroupRights, LegalHold, MyData, MyErasure, NewHold, ProblemCode,
};
use protocol::{ParticipantId, Private, Role, RoomId, Timestamp};

use super::{Identity, No, fields, millis};
use crate::keys::{Erased, KeyFault};
use crate::limits;
use crate::store::directory::{Account, Invite, Place};
use crate::store::{AskedBy, Erasure, Hold};

impl Identity {
    /// What a member sees about their own data here.
    pub(crate) async fn my_data(&self, place: &Place) -> Result<MyData, No> {
        let room = self
            .store
            .room(place.room)
            .await?
            .ok_or(No::from(ProblemCode::NotFound))?;
        let own = self.erasure_of(place.room, place.participant).await?;
        Ok(MyData {
            group: room.title,
            name: place.name.clone(),
            can_ask_erasure: can_be_erased(place),
            erasure: own.filter(|own| own.begun_at.is_none()).map(|own| MyErasure {
                asked_by: asked_by(&own),
                asked_at: own.asked_at,
                due_at: due(&own),
                refused: refused(&own),
            }),
            held: self.store.is_held(place.room, place.participant).await?,
            looks: self.who_looked(place, room.practice).await?,
            pin_set: match place.invite {
                Some(_) => Some(self.store.has_pin(place.room, place.participant).await?),
                None => None,
            },
        })
    }

    /// A member asks to be erased.
    pub(crate) async fn asks_to_be_erased(&self, place: &Place, reason: Option<&Private<String>>) -> Result<(), No> {
        if !can_be_erased(place) {
            return Err(leads());
        }
        let reason = reason.filter(|reason| !reason.expose().trim().is_empty());
        let reason = reason.map(fields::long_reason).transpose()?;
        let reason = reason.as_ref().map(|reason| reason.expose().as_str());
        let by = AskedBy::Member;
        Ok(self
            .store
            .ask_erasure(place.room, place.participant, by, self.now(), reason)
            .await?)
    }

    /// Those who lead begin it: the first step.
    pub(crate) async fn ask_erasure(&self, room: RoomId, form: &api::NewErasure) -> Result<(), No> {
        let reason = fields::long_reason(&form.reason)?;
        self.erasable(room, form.participant).await?;
        let by = AskedBy::Leader;
        let reason = Some(reason.expose().as_str());
        Ok(self
            .store
            .ask_erasure(room, form.participant, by, self.now(), reason)
            .await?)
    }

    /// Those who lead say no.
    pub(crate) async fn refuse_erasure(
        &self,
        room: RoomId,
        participant: ParticipantId,
        form: &api::RefuseErasure,
    ) -> Result<(), No> {
        let reason = fields::long_reason(&form.reason)?;
        // Asked first: saying no to nobody would make a key for a stranger.
        self.erasure_of(room, participant)
            .await?
            .ok_or(No::from(ProblemCode::NotFound))?;
        let refused = self
            .store
            .refuse_erasure(room, participant, self.now(), reason.expose())
            .await?;
        if refused {
            Ok(())
        } else {
            Err(ProblemCode::NotFound.into())
        }
    }

    /// What was asked for in a group, and what stands against it.
    pub(crate) async fn group_rights(&self, room: RoomId) -> Result<GroupRights, No> {
        let invites = self.store.invites(room).await?;
        let name = |who| invites.iter().find(|invite| invite.participant == who)?.name.clone();
        let shown = |erasure: Erasure| api::Erasure {
            participant: erasure.participant,
            name: name(erasure.participant),
            asked_by: asked_by(&erasure),
            asked_at: erasure.asked_at,
            due_at: due(&erasure),
            refused: refused(&erasure),
            reason: erasure.reason.map(Private),
            begun_at: erasure.begun_at,
            done_at: erasure.done_at,
            record: erasure.record,
        };
        let held = |hold: Hold| LegalHold {
            participant: hold.participant,
            set_at: hold.set_at,
            reason: Private(hold.reason),
        };
        Ok(GroupRights {
            erasures: self.store.erasures(room).await?.into_iter().map(shown).collect(),
            holds: self.store.holds(room).await?.into_iter().map(held).collect(),
        })
    }

    /// The second step may be taken: it was asked for, nothing stands against it, and the name was typed once more.
    pub(crate) async fn may_carry_out(
        &self,
        room: RoomId,
        participant: ParticipantId,
        form: &api::CarryOutErasure,
    ) -> Result<(), No> {
        let asked = self.erasure_of(room, participant).await?;
        let asked = asked.filter(|asked| asked.refused.is_none() && asked.done_at.is_none());
        let asked = asked.ok_or(No::from(ProblemCode::NotFound))?;
        if asked.begun_at.is_some() {
            return Ok(()); // there is no way back; only on
        }
        let invite = self.erasable(room, participant).await?;
        if self.store.is_held(room, participant).await? {
            return Err(ProblemCode::Held.into());
        }
        let name = invite.name.map(Private::into_exposed).unwrap_or_default();
        if form.name.expose().trim() != name {
            return Err(No::field("This is not the person's name as it stands in the list."));
        }
        Ok(())
    }

    /// Carries it out. `in_the_room` does what is the room's to do, and says how many events it emptied.
    pub(crate) async fn erase<F>(
        &self,
        room: RoomId,
        participant: ParticipantId,
        in_the_room: impl FnOnce() -> F,
    ) -> Result<(), No>
    where
        F: Future<Output = Result<u64, crate::store::StoreFault>>,
    {
        // One at a time in this house: the list is one file, and whoever presses twice asks for one erasure.
        let _alone = self.erasing.lock().await;
        let known = self.erasure_of(room, participant).await?;
        if known.as_ref().is_some_and(|known| known.done_at.is_some()) {
            return Ok(());
        }
        let again = known.is_some_and(|known| known.begun_at.is_some());
        let at = self.now();
        let list = Arc::clone(&self.erased);
        let listed = self
            .hasher
            .beside(move || list.add(Erased { room, participant, at }))
            .await?;
        listed.map_err(|fault| unlisted(&fault))?;
        let ended = self.store.begin_erasure(room, participant, at).await?;
        ended.logins.iter().for_each(|login| self.activity.forget(*login));
        let events = in_the_room().await?;
        self.store.purge().await?;
        let asked = self
            .erasure_of(room, participant)
            .await?
            .ok_or(No::from(ProblemCode::Internal))?;
        let mut record = format!("rondo erased a person, 1\nroom {room}\nparticipant {participant}\n");
        // Writing into a text cannot fail.
        let _ = writeln!(
            record,
            "asked_at {}\nbegun_at {}",
            asked.asked_at.0,
            asked.begun_at.unwrap_or(at).0
        );
        let _ = writeln!(
            record,
            "done_at {}\nlinks {}\ndevices {}",
            self.now().0,
            ended.links,
            ended.logins.len()
        );
        let _ = writeln!(record, "events emptied {events}\nkeys destroyed");
        if again {
            // What an earlier try had done is not there to be counted any more.
            record.push_str("taken up again: links, devices and events are what was left\n");
        }
        self.store.erasure_done(room, participant, self.now(), &record).await?;
        // The reasons' ciphertext goes from the files, too.
        Ok(self.store.purge().await?)
    }

    /// Who is on the list and whose erasure is not done in this database: a process died, or the database is older than the list.
    pub(crate) async fn unfinished_erasures(&self) -> Result<Vec<Erased>, No> {
        let mut left = self.erased.all().map_err(|fault| unlisted(&fault))?;
        let done = self.store.erased_here().await?;
        left.retain(|one| !done.contains(&(one.room, one.participant)));
        let mut here = Vec::new();
        for one in left {
            // A copy from before there was such a room has nothing of anybody in it.
            if self.store.room(one.room).await?.is_some() {
                here.push(one);
            }
        }
        Ok(here)
    }

    /// Puts a hold on somebody or everybody.
    pub(crate) async fn hold(&self, room: RoomId, by: &Account, form: &NewHold) -> Result<(), No> {
        let reason = fields::long_reason(&form.reason)?;
        if let Some(participant) = form.participant {
            self.erasable(room, participant).await?;
        }
        let hold = Hold {
            participant: form.participant,
            set_by: by.account,
            set_at: self.now(),
            reason: reason.into_exposed(),
        };
        Ok(self.store.hold(room, &hold).await?)
    }

    /// Takes a hold away.
    pub(crate) async fn lift_hold(&self, room: RoomId, participant: Option<ParticipantId>) -> Result<(), No> {
        let lifted = self.store.lift_hold(room, participant).await?;
        if lifted {
            Ok(())
        } else {
            Err(ProblemCode::NotFound.into())
        }
    }

    async fn erasure_of(&self, room: RoomId, participant: ParticipantId) -> Result<Option<Erasure>, No> {
        let all = self.store.erasures(room).await?;
        Ok(all.into_iter().find(|one| one.participant == participant))
    }

    /// Somebody with a link in this room who does not lead.
    async fn erasable(&self, room: RoomId, participant: ParticipantId) -> Result<Invite, No> {
        let invites = self.store.invites(room).await?;
        let invite = invites.into_iter().find(|invite| invite.participant == participant);
        let invite = invite.ok_or(No::from(ProblemCode::NotFound))?;
        if invite.role == Role::Facilitator {
            return Err(leads());
        }
        Ok(invite)
    }
}

fn can_be_erased(place: &Place) -> bool {
    place.invite.is_some() && place.role != Role::Facilitator
}

fn leads() -> No {
    No::field("Whoever leads is not erased: the group's record is in their words.")
}

fn unlisted(fault: &KeyFault) -> No {
    tracing::error!(%fault, "the list of people who were erased cannot be used");
    ProblemCode::Unavailable.into()
}

fn asked_by(erasure: &Erasure) -> ErasureAskedBy {
    match erasure.asked_by {
        AskedBy::Member => ErasureAskedBy::Member,
        AskedBy::Leader => ErasureAskedBy::Leader,
    }
}

fn due(erasure: &Erasure) -> Timestamp {
    erasure.asked_at.plus_millis(millis(limits::ERASURE_DUE))
}

fn refused(erasure: &Erasure) -> Option<ErasureRefused> {
    let (at, reason) = erasure.refused.clone()?;
    Some(ErasureRefused {
        at,
        reason: Private(reason),
    })
}
