//! Who may do what outside a running room: one table, pure, asked by every address. Inside a room `room::policy` is the table.
//!
//! Three things decide: who asks ([`Actor`]), what they want to do ([`Action`]), and how they stand to what it is about ([`Resource`]). Whoever
//! calls looks the third up; nothing here reads anything. What belongs to another practice is answered exactly like what is not there.
//!
//! It leaves out *when* something can be done (a limit, the last administrator, a link that was used): that is the rule's business.

use protocol::Role;
use protocol::api::{AccountRole, CareRole};

/// What an account may do in its practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Roles {
    pub administrator: bool,
    pub facilitator: bool,
    pub supervisor: bool,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// No login, or one that has ended.
    Nobody,
    /// Somebody who came by personal links.
    Guest,
    /// Somebody who works in a practice.
    Account(Roles),
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Come to the door: the state of the server, signing in and out.
    Knock,
    /// Become somebody with a link: a member, a colleague.
    UseLink,
    /// One's own account, and the names of those who work in the same practice.
    UseAccount,
    /// Accounts, their roles and their links.
    KeepAccounts,
    /// Packs, and making a room that follows one.
    MakeRooms,
    /// Read a room's page: its people, its links, its team.
    ReadRoom,
    /// Make and take back its links.
    LeadRoom,
    /// Say who belongs to its care team.
    KeepTeam,
    /// Sit in it.
    EnterRoom,
    /// Ask to read a room that one does not belong to.
    AskToLookIn,
    /// See what waits for a second person.
    SeeLookIns,
    /// Be the second person.
    ConfirmLookIn,
    /// End it before its hour is over.
    EndLookIn,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Knock,
        Self::UseLink,
        Self::UseAccount,
        Self::KeepAccounts,
        Self::MakeRooms,
        Self::ReadRoom,
        Self::LeadRoom,
        Self::KeepTeam,
        Self::EnterRoom,
        Self::AskToLookIn,
        Self::SeeLookIns,
        Self::ConfirmLookIn,
        Self::EndLookIn,
    ];
}

/// What it is about, as the actor stands to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Nothing that belongs to anybody else: the house, one's own account, one's own practice, which no address names.
    Own,
    /// An account or a colleague's link that the address names.
    Colleague(Kin),
    /// A room.
    Room(Tie),
    /// Somebody's asking to look in.
    LookIn(Hand),
}

/// Whether something is of the actor's own practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kin {
    Ours,
    /// Of another practice, or nowhere.
    Elsewhere,
}

/// What somebody is to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// Of another practice, or there is no such room.
    Elsewhere,
    /// Of the same practice, and not of its care team.
    SamePractice,
    /// Of its care team.
    Team(CareRole),
    /// Looks in for an hour.
    LooksIn,
    /// Has a seat by a personal link.
    Seat(Role),
}

/// What somebody is to a look-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// Of another practice, or there is none.
    Elsewhere,
    /// They asked themselves.
    Asker,
    /// They lead the room that it is about.
    Leads,
    /// Anybody else of the same practice.
    Other,
}

/// The table said yes. Only the table can say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed(());

/// The table said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Sign in first.
    SignedOut,
    /// Not open to somebody like this.
    NotPermitted,
    /// Nothing is there, or it is nothing of theirs: which one is not told.
    NotThere,
}

/// The table.
pub const fn authorize(actor: Actor, action: Action, resource: Resource) -> Result<Allowed, Refused> {
    const YES: Result<Allowed, Refused> = Ok(Allowed(()));
    const NO: Result<Allowed, Refused> = Err(Refused::NotPermitted);
    const NOTHING: Result<Allowed, Refused> = Err(Refused::NotThere);
    let roles = match (actor, action) {
        (_, Action::Knock) | (Actor::Nobody | Actor::Guest, Action::UseLink) => return YES,
        // A link is not for the browser of somebody who works here: they would use it up, or sit in their own circle twice.
        (Actor::Account(_), Action::UseLink) => return NO,
        (Actor::Nobody, _) => return Err(Refused::SignedOut),
        // A seat is a seat, whoever has it. Whether the room exists is not told to anybody else.
        (_, Action::EnterRoom) => {
            return match resource {
                Resource::Room(Tie::Team(_) | Tie::LooksIn | Tie::Seat(_)) => YES,
                _ => NO,
            };
        }
        (Actor::Guest, _) => return NO,
        (Actor::Account(roles), _) => roles,
    };
    match action {
        Action::Knock | Action::UseLink | Action::EnterRoom | Action::UseAccount => YES,
        Action::KeepAccounts => match resource {
            _ if !roles.administrator => NO,
            Resource::Own | Resource::Colleague(Kin::Ours) => YES,
            _ => NOTHING,
        },
        Action::MakeRooms => match resource {
            Resource::Own if roles.facilitator => YES,
            _ => NO,
        },
        Action::ReadRoom => match resource {
            Resource::Room(Tie::Team(_) | Tie::LooksIn) => YES,
            _ => NOTHING,
        },
        Action::LeadRoom => match resource {
            Resource::Room(Tie::Team(CareRole::Lead | CareRole::CoFacilitator)) => YES,
            // They can see that the room is there, so the answer may say more.
            Resource::Room(Tie::Team(_) | Tie::LooksIn) => NO,
            _ => NOTHING,
        },
        Action::KeepTeam => match resource {
            Resource::Room(Tie::Team(CareRole::Lead)) => YES,
            Resource::Room(Tie::Team(_) | Tie::LooksIn) => NO,
            _ => NOTHING,
        },
        Action::SeeLookIns => match resource {
            Resource::Own if roles.administrator || roles.reads() => YES,
            _ => NO,
        },
        Action::AskToLookIn => match resource {
            _ if !roles.reads() => NO,
            Resource::Room(Tie::SamePractice) => YES,
            // Who belongs to the room needs no second person.
            Resource::Room(Tie::Team(_) | Tie::LooksIn) => NO,
            _ => NOTHING,
        },
        Action::ConfirmLookIn => match resource {
            Resource::LookIn(Hand::Elsewhere) => NOTHING,
            // Never the one who asked: that is what the second person is for.
            Resource::LookIn(Hand::Leads | Hand::Other) if roles.administrator || roles.facilitator => YES,
            _ => NO,
        },
        Action::EndLookIn => match resource {
            Resource::LookIn(Hand::Elsewhere) => NOTHING,
            Resource::LookIn(Hand::Asker | Hand::Leads) => YES,
            Resource::LookIn(Hand::Other) if roles.administrator => YES,
            _ => NO,
        },
    }
}

impl Roles {
    /// From the words of a form. Nothing is gained by saying one twice.
    pub fn of(words: &[AccountRole]) -> Self {
        Self {
            administrator: words.contains(&AccountRole::Administrator),
            facilitator: words.contains(&AccountRole::Facilitator),
            supervisor: words.contains(&AccountRole::Supervisor),
        }
    }

    /// As words.
    pub fn words(self) -> Vec<AccountRole> {
        [
            (self.administrator, AccountRole::Administrator),
            (self.facilitator, AccountRole::Facilitator),
            (self.supervisor, AccountRole::Supervisor),
        ]
        .into_iter()
        .filter_map(|(has, role)| has.then_some(role))
        .collect()
    }

    /// May read what people say and write, in rooms that are theirs. An administrator alone may not.
    pub const fn reads(self) -> bool {
        self.facilitator || self.supervisor
    }

    /// Whether somebody with these roles can be this in a care team.
    pub const fn covers(self, part: CareRole) -> bool {
        match part {
            CareRole::Lead | CareRole::CoFacilitator => self.facilitator,
            CareRole::Prescriber | CareRole::Supervisor => self.reads(),
        }
    }
}

/// What a part of the care team is inside the room. Who leads comes in at once; the others knock like everybody who listens.
pub const fn role_of(part: CareRole) -> Role {
    match part {
        CareRole::Lead | CareRole::CoFacilitator => Role::Facilitator,
        CareRole::Prescriber | CareRole::Supervisor => Role::Observer,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn every_roles() -> impl Iterator<Item = Roles> {
        (0..8_u8).map(|bits| Roles {
            administrator: bits & 1 != 0,
            facilitator: bits & 2 != 0,
            supervisor: bits & 4 != 0,
        })
    }

    fn every_actor() -> Vec<Actor> {
        let accounts = every_roles().map(Actor::Account);
        [Actor::Nobody, Actor::Guest].into_iter().chain(accounts).collect()
    }

    fn every_resource() -> Vec<Resource> {
        let seats = [Role::Facilitator, Role::Member, Role::Observer].map(Tie::Seat);
        let ties = [Tie::Elsewhere, Tie::SamePractice, Tie::LooksIn]
            .into_iter()
            .chain(CareRole::ALL.map(Tie::Team))
            .chain(seats);
        let hands = [Hand::Elsewhere, Hand::Asker, Hand::Leads, Hand::Other];
        [
            Resource::Own,
            Resource::Colleague(Kin::Ours),
            Resource::Colleague(Kin::Elsewhere),
        ]
        .into_iter()
        .chain(ties.map(Resource::Room))
        .chain(hands.map(Resource::LookIn))
        .collect()
    }

    fn cells() -> Vec<(Actor, Action, Resource)> {
        let mut cells = Vec::new();
        for actor in every_actor() {
            for action in Action::ALL {
                cells.extend(every_resource().into_iter().map(|resource| (actor, action, resource)));
            }
        }
        cells
    }

    /// So many rules there are below.
    const RULES: usize = 8;

    /// What must hold whatever the table says in its single cells; a broken table is shown to be noticed below.
    fn faults(
        table: impl Fn(Actor, Action, Resource) -> Result<Allowed, Refused>,
    ) -> Vec<(&'static str, Actor, Action, Resource)> {
        let mut found = Vec::new();
        for (actor, action, resource) in cells() {
            let answer = table(actor, action, resource);
            let elsewhere = matches!(
                resource,
                Resource::Colleague(Kin::Elsewhere)
                    | Resource::Room(Tie::Elsewhere)
                    | Resource::LookIn(Hand::Elsewhere)
            );
            let about_it = !matches!(action, Action::Knock | Action::UseLink | Action::UseAccount);
            let reads = matches!(action, Action::ReadRoom | Action::LeadRoom | Action::EnterRoom);
            let only_administrator = matches!(actor, Actor::Account(roles) if !roles.reads());
            let stranger = !matches!(resource, Resource::Room(Tie::Team(_) | Tie::LooksIn | Tie::Seat(_)));
            for (rule, broken) in [
                (
                    "another practice's things are nobody's",
                    elsewhere && about_it && answer.is_ok(),
                ),
                ("nobody without a login does more than knock", {
                    actor == Actor::Nobody
                        && !matches!(action, Action::Knock | Action::UseLink)
                        && answer != Err(Refused::SignedOut)
                }),
                (
                    "no room is read by somebody without a tie to it",
                    reads && stranger && answer.is_ok(),
                ),
                ("a guest sits and does nothing else", {
                    actor == Actor::Guest
                        && !matches!(action, Action::Knock | Action::UseLink | Action::EnterRoom)
                        && answer.is_ok()
                }),
                ("an administrator alone makes no room and asks for none", {
                    only_administrator && matches!(action, Action::MakeRooms | Action::AskToLookIn) && answer.is_ok()
                }),
                ("nobody confirms their own asking", {
                    action == Action::ConfirmLookIn && resource == Resource::LookIn(Hand::Asker) && answer.is_ok()
                }),
                ("who looks in changes nothing", {
                    resource == Resource::Room(Tie::LooksIn)
                        && matches!(action, Action::LeadRoom | Action::KeepTeam)
                        && answer.is_ok()
                }),
                ("accounts are kept by administrators", {
                    action == Action::KeepAccounts
                        && answer.is_ok()
                        && !matches!(actor, Actor::Account(roles) if roles.administrator)
                }),
            ] {
                if broken {
                    found.push((rule, actor, action, resource));
                }
            }
        }
        found
    }

    #[test]
    fn t7_no_cell_of_the_table_breaks_a_rule() {
        assert_eq!(faults(authorize), []);
        println!(
            "T7, the table: {0} cells, 8 rules, 0 broken (N = {0}, 3/N = {1:.4})",
            cells().len(),
            3.0 / cells().len() as f64
        );
    }

    #[test]
    fn each_rule_notices_a_table_in_which_one_refused_cell_is_open() {
        let mut noticed = BTreeSet::new();
        for cell in cells() {
            let (actor, action, resource) = cell;
            if authorize(actor, action, resource).is_ok() {
                continue;
            }
            let opened = |a, b, c| {
                if (a, b, c) == cell {
                    Ok(Allowed(()))
                } else {
                    authorize(a, b, c)
                }
            };
            let found = faults(opened);
            assert!(
                found.iter().all(|(_, a, b, c)| (*a, *b, *c) == cell),
                "and no other cell"
            );
            noticed.extend(found.into_iter().map(|(rule, ..)| rule));
            if noticed.len() == RULES {
                return;
            }
        }
        panic!("of {RULES} rules only these ever notice: {noticed:?}");
    }

    #[test]
    fn what_is_of_another_practice_is_answered_like_what_is_not_there() {
        // There is one word for both, so the table cannot tell them apart; and never the word for "yours is another role".
        for roles in every_roles() {
            for action in [Action::ReadRoom, Action::LeadRoom, Action::KeepTeam] {
                let answer = authorize(Actor::Account(roles), action, Resource::Room(Tie::Elsewhere));
                let same = authorize(Actor::Account(roles), action, Resource::Room(Tie::SamePractice));
                assert_eq!((answer, same), (Err(Refused::NotThere), Err(Refused::NotThere)));
            }
        }
    }

    #[test]
    fn every_action_is_open_to_somebody() {
        for action in Action::ALL {
            let somebody = cells()
                .into_iter()
                .any(|(actor, other, resource)| other == action && authorize(actor, other, resource).is_ok());
            assert!(somebody, "{action:?}");
        }
    }

    #[test]
    fn roles_are_the_same_as_words_and_back() {
        for roles in every_roles() {
            assert_eq!(Roles::of(&roles.words()), roles);
            assert_eq!(roles.reads(), CareRole::ALL.iter().any(|part| roles.covers(*part)));
        }
    }
}
