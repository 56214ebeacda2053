//! The question before every answer: looks up how whoever asks stands to what they ask about, and asks the one table ([`crate::access`]).

use protocol::api::{CareRole, ProblemCode};
use protocol::{AccountId, ColleagueLinkId, LookInId, RoomId};

use super::{Caller, Identity, No, Who};
use crate::access::{Action, Actor, Hand, Kin, Refused, Resource, Roles, Tie, authorize};
use crate::store::directory::{Account, Place};

/// What somebody asks about, by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Room(RoomId),
    Account(AccountId),
    Link(ColleagueLinkId),
    LookIn(LookInId),
}

impl From<Refused> for No {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::SignedOut => ProblemCode::SignedOut,
            Refused::NotPermitted => ProblemCode::NotPermitted,
            Refused::NotThere => ProblemCode::NotFound,
        }
        .into()
    }
}

impl Caller {
    /// Who asks, in the table's words.
    pub(crate) fn actor(&self) -> Actor {
        match &self.who {
            Who::Facilitator(account) => Actor::Account(Roles::of(&account.roles)),
            Who::Guest => Actor::Guest,
        }
    }

    /// The account, where it may do this with what is its own.
    pub(crate) fn may(&self, action: Action) -> Result<&Account, No> {
        self.allowed(action, Resource::Own)?;
        self.any_account()
    }

    /// Whether the login has proved what the house wants of it, and the table says yes.
    fn allowed(&self, action: Action, resource: Resource) -> Result<(), No> {
        self.standing.refusal()?;
        authorize(self.actor(), action, resource)?;
        Ok(())
    }
}

impl Identity {
    /// The account, where it may do this with what an id names.
    pub(crate) async fn permit<'a>(&self, caller: &'a Caller, action: Action, about: About) -> Result<&'a Account, No> {
        let resource = self.resource(caller, about).await?;
        caller.allowed(action, resource)?;
        caller.any_account()
    }

    /// The place in a room that whoever asks may sit on: of a device that has shown its person's PIN, where they have one.
    pub(crate) async fn enter(&self, caller: &Caller, room: RoomId) -> Result<Place, No> {
        let place = self.enter_without_pin(caller, room).await?;
        self.has_shown_pin(caller, &place).await?;
        Ok(place)
    }

    /// The same for the one page that asks for the PIN.
    pub(crate) async fn enter_without_pin(&self, caller: &Caller, room: RoomId) -> Result<Place, No> {
        let place = self.seat(caller.login, room).await?;
        let tie = place.as_ref().map_or(Tie::Elsewhere, tie_of);
        caller.allowed(Action::EnterRoom, Resource::Room(tie))?;
        place.ok_or(ProblemCode::NotPermitted.into())
    }

    /// How whoever asks stands to a room.
    pub(crate) async fn tie(&self, caller: &Caller, room: RoomId) -> Result<Tie, No> {
        if let Some(place) = self.seat(caller.login, room).await? {
            return Ok(tie_of(&place));
        }
        let Who::Facilitator(account) = &caller.who else {
            return Ok(Tie::Elsewhere);
        };
        let same = self.store.practice_of_room(room).await? == Some(account.practice);
        Ok(if same { Tie::SamePractice } else { Tie::Elsewhere })
    }

    async fn resource(&self, caller: &Caller, about: About) -> Result<Resource, No> {
        let practice = match &caller.who {
            Who::Facilitator(account) => Some(account.practice),
            Who::Guest => None,
        };
        let kin = |of| {
            if practice.is_some() && practice == of {
                Kin::Ours
            } else {
                Kin::Elsewhere
            }
        };
        Ok(match about {
            About::Room(room) => Resource::Room(self.tie(caller, room).await?),
            About::Account(account) => {
                let found = self.store.account(account).await?;
                Resource::Colleague(kin(found.map(|found| found.practice)))
            }
            About::Link(link) => Resource::Colleague(kin(self.store.practice_of_link(link).await?)),
            About::LookIn(look_in) => Resource::LookIn(self.hand(caller, look_in).await?),
        })
    }

    async fn hand(&self, caller: &Caller, look_in: LookInId) -> Result<Hand, No> {
        let Who::Facilitator(account) = &caller.who else {
            return Ok(Hand::Elsewhere);
        };
        let found = self.store.look_in(look_in).await?;
        let Some(found) = found.filter(|found| found.practice == account.practice) else {
            return Ok(Hand::Elsewhere);
        };
        if found.by == account.account {
            return Ok(Hand::Asker);
        }
        let seat = self.seat(caller.login, found.room).await?;
        let leads = seat.is_some_and(|place| matches!(place.part, Some(CareRole::Lead | CareRole::CoFacilitator)));
        Ok(if leads { Hand::Leads } else { Hand::Other })
    }
}

/// What a place makes of somebody.
fn tie_of(place: &Place) -> Tie {
    match (place.part, place.until) {
        (Some(part), _) => Tie::Team(part),
        (None, Some(_)) => Tie::LooksIn,
        (None, None) => Tie::Seat(place.role),
    }
}
