//! Who may open, read and write which note: one function, tested as a table.
//!
//! Asked for every opening and every update, with what the room knows at that moment; a right is never remembered. Who may
//! lock a note is the room's own rule.

use protocol::Role;
use protocol::wire::{NoteRef, RefusalCode};

/// What the room knows of the person and the note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What they are in the room.
    pub role: Role,
    /// They were let in.
    pub admitted: bool,
    /// Sessions that were begun so far: the last of them has this number.
    pub sessions_begun: u16,
    /// A facilitator locked the note.
    pub locked: bool,
    /// They agreed to what they write being kept with everybody's, or nobody asks for it.
    pub agreed: bool,
}

/// What somebody may do with a note that they may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Read along, but not write. The code says why.
    Read(RefusalCode),
    /// Read and write.
    Write,
}

/// May they open this note, and what may they do in it?
pub fn right(who: Standing, note: NoteRef) -> Result<Right, RefusalCode> {
    if !who.admitted {
        return Err(RefusalCode::NotAdmitted);
    }
    // Before anything else is said: others do not even learn which facilitators' notes there are.
    if matches!(note, NoteRef::Facilitators { .. }) && who.role != Role::Facilitator {
        return Err(RefusalCode::NotPermitted);
    }
    match note {
        NoteRef::Session { session } | NoteRef::Facilitators { session }
            if session == 0 || session > who.sessions_begun =>
        {
            return Err(RefusalCode::UnknownNote);
        }
        _ => {}
    }
    Ok(match who.role {
        Role::Facilitator => Right::Write,
        Role::Member if !who.agreed => Right::Read(RefusalCode::NoConsent),
        Role::Member if who.locked => Right::Read(RefusalCode::NoteLocked),
        Role::Member => Right::Write,
        Role::Observer => Right::Read(RefusalCode::ObserversListen),
    })
}

/// May they write in it now?
pub fn may_write(who: Standing, note: NoteRef) -> Result<(), RefusalCode> {
    match right(who, note)? {
        Right::Write => Ok(()),
        Right::Read(why) => Err(why),
    }
}

/// May they take back what they wrote in it? A lock keeps text from changing; it does not keep a person's words from them.
pub fn may_take_back(who: Standing, note: NoteRef) -> Result<(), RefusalCode> {
    right(who, note).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::wire::NoteRef::{Course, Facilitators, Session};

    const WRITE: Result<Right, RefusalCode> = Ok(Right::Write);
    const LOCKED: Result<Right, RefusalCode> = Ok(Right::Read(RefusalCode::NoteLocked));
    const LISTENS: Result<Right, RefusalCode> = Ok(Right::Read(RefusalCode::ObserversListen));
    const NOT_YOURS: Result<Right, RefusalCode> = Err(RefusalCode::NotPermitted);
    const NO_SUCH: Result<Right, RefusalCode> = Err(RefusalCode::UnknownNote);

    #[test]
    fn everybody_has_the_rights_of_their_role() {
        // Three sessions were begun. Facilitator, member, member where it is locked, observer.
        let table = [
            (Course, [WRITE, WRITE, LOCKED, LISTENS]),
            (Session { session: 1 }, [WRITE, WRITE, LOCKED, LISTENS]),
            (Session { session: 3 }, [WRITE, WRITE, LOCKED, LISTENS]),
            (Session { session: 4 }, [NO_SUCH, NO_SUCH, NO_SUCH, NO_SUCH]),
            (Session { session: 0 }, [NO_SUCH, NO_SUCH, NO_SUCH, NO_SUCH]),
            (Facilitators { session: 3 }, [WRITE, NOT_YOURS, NOT_YOURS, NOT_YOURS]),
            (Facilitators { session: 4 }, [NO_SUCH, NOT_YOURS, NOT_YOURS, NOT_YOURS]),
        ];
        let people = [
            (Role::Facilitator, false),
            (Role::Member, false),
            (Role::Member, true),
            (Role::Observer, false),
        ];
        for (note, expected) in table {
            for ((role, locked), expected) in people.into_iter().zip(expected) {
                let who = Standing {
                    role,
                    admitted: true,
                    sessions_begun: 3,
                    locked,
                    agreed: true,
                };
                assert_eq!(right(who, note), expected, "{note:?} {role:?} locked: {locked}");
            }
        }
    }

    #[test]
    fn nobody_opens_anything_before_they_are_let_in() {
        for role in [Role::Facilitator, Role::Member, Role::Observer] {
            for note in [
                Course,
                Session { session: 1 },
                Session { session: 9 },
                Facilitators { session: 1 },
            ] {
                let who = Standing {
                    role,
                    admitted: false,
                    sessions_begun: 3,
                    locked: false,
                    agreed: true,
                };
                assert_eq!(right(who, note), Err(RefusalCode::NotAdmitted));
                assert_eq!(may_write(who, note), Err(RefusalCode::NotAdmitted));
                assert_eq!(may_take_back(who, note), Err(RefusalCode::NotAdmitted));
            }
        }
    }

    #[test]
    fn a_lock_binds_members_only() {
        let who = |role| Standing {
            role,
            admitted: true,
            sessions_begun: 1,
            locked: true,
            agreed: true,
        };
        assert_eq!(may_write(who(Role::Facilitator), Course), Ok(()));
        assert_eq!(may_write(who(Role::Member), Course), Err(RefusalCode::NoteLocked));
        assert_eq!(
            may_write(who(Role::Observer), Course),
            Err(RefusalCode::ObserversListen)
        );
    }

    #[test]
    fn a_lock_does_not_keep_a_person_from_taking_their_words_back() {
        let who = Standing {
            role: Role::Member,
            admitted: true,
            sessions_begun: 1,
            locked: true,
            agreed: true,
        };
        assert_eq!(may_take_back(who, Session { session: 1 }), Ok(()));
        assert_eq!(
            may_take_back(who, Facilitators { session: 1 }),
            Err(RefusalCode::NotPermitted)
        );
    }

    #[test]
    fn who_took_their_consent_back_reads_and_takes_back_but_writes_nothing() {
        let who = |role| Standing {
            role,
            admitted: true,
            sessions_begun: 1,
            locked: false,
            agreed: false,
        };
        assert_eq!(may_write(who(Role::Member), Course), Err(RefusalCode::NoConsent));
        assert_eq!(may_take_back(who(Role::Member), Course), Ok(()));
        assert_eq!(may_write(who(Role::Facilitator), Course), Ok(()));
    }
}
