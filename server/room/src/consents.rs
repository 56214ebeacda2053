//! What members agree to, purpose by purpose, and may take back at any time.
//!
//! *Nouns.* A **purpose** is what something of a person is used for: the pack lists which ones its rooms ask about, each with a text. A
//! **consent** is one member's yes to one purpose, under the digest of the very text they read. It **stands** until they take it back, or
//! until the pack asks with another text. Whoever says no without ever having said yes has **declined**: an answer too, so that nobody is
//! asked twice.
//!
//! *What holds, where the pack asks.* Without a standing consent to `measures` a member is asked nothing and no answer of theirs is written
//! down; without one to `notes` they write nothing for everybody; and nobody listens who neither takes part nor leads while a member is here
//! who has not agreed to `supervision`: taking it back puts the listener out in the same moment. (Whoever looks in with a second person's yes
//! is not put out: that door is for an emergency, and has its own record.) What was said before stays: taking back is for the time to come,
//! erasing is for the past. Only the member decides it, in the room or at its door. It is between them and those who lead. Nobody is asked
//! about recording, since nothing is recorded.
//!
//! The room forgets nobody's consent when they leave: it stands in the journal, which is signed like everything else there.

use std::collections::{BTreeMap, BTreeSet};

use protocol::pack::{Pack, Purpose};
use protocol::wire::{Action, ConsentCard, ConsentRow, ConsentStanding, Refusal, RefusalCode};
use protocol::{ParticipantId, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::attendance;
use crate::draft::Draft;
use crate::event::What;
use crate::state::State;

/// Everybody's consents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Consents {
    of: BTreeMap<ParticipantId, BTreeMap<Purpose, Consent>>,
    /// Who said no, and when, and has not said yes before or since.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    declined: BTreeMap<ParticipantId, BTreeMap<Purpose, Timestamp>>,
    /// Listeners whom a second person let in.
    looking_in: BTreeSet<ParticipantId>,
}

/// What one member said about one purpose, the latest time they did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Consent {
    given_at: Timestamp,
    /// The pack's version and the text's digest, as they were then.
    version: String,
    digest: String,
    taken_back_at: Option<Timestamp>,
}

impl Consents {
    fn get(&self, who: ParticipantId, purpose: Purpose) -> Option<&Consent> {
        self.of.get(&who)?.get(&purpose)
    }

    pub(crate) fn given(&mut self, at: Timestamp, who: ParticipantId, purpose: Purpose, version: &str, digest: &str) {
        let consent = Consent {
            given_at: at,
            version: version.to_owned(),
            digest: digest.to_owned(),
            taken_back_at: None,
        };
        self.of.entry(who).or_default().insert(purpose, consent);
        if let Some(own) = self.declined.get_mut(&who) {
            own.remove(&purpose);
        }
    }

    pub(crate) fn taken_back(&mut self, at: Timestamp, who: ParticipantId, purpose: Purpose) {
        match self.of.get_mut(&who).and_then(|own| own.get_mut(&purpose)) {
            Some(consent) => consent.taken_back_at = Some(at),
            None => _ = self.declined.entry(who).or_default().insert(purpose, at),
        }
    }

    pub(crate) fn erased(&mut self, who: ParticipantId) {
        self.of.remove(&who);
        self.declined.remove(&who);
        self.looking_in.remove(&who);
    }
}

impl State {
    /// Somebody is let in. A listener who passes without being asked anything does so with a second person's yes.
    pub(crate) fn looks_in(&mut self, who: ParticipantId, unasked: bool) {
        let listens = self.roster.role_now(who) == Some(Role::Observer);
        if unasked && listens {
            self.consents.looking_in.insert(who);
        } else {
            self.consents.looking_in.remove(&who);
        }
    }
}

fn standing(state: &State, pack: &Pack, who: ParticipantId, purpose: Purpose) -> ConsentStanding {
    let Some(consent) = state.consents.get(who, purpose) else {
        let declined = state.consents.declined.get(&who).and_then(|own| own.get(&purpose));
        return declined.map_or(ConsentStanding::Open {}, |&at| ConsentStanding::Declined { at });
    };
    let asked = pack.consent(purpose).map(|asked| asked.digest.as_str());
    match consent.taken_back_at {
        Some(at) => ConsentStanding::TakenBack { at },
        None if asked == Some(&consent.digest) => ConsentStanding::Given { at: consent.given_at },
        None => ConsentStanding::Outdated { at: consent.given_at },
    }
}

/// Whether this may be done with what is this person's: the pack does not ask, they are no member, or they agreed.
pub(crate) fn allows(state: &State, pack: &Pack, who: ParticipantId, purpose: Purpose) -> bool {
    let asked = pack.consent(purpose).is_some() && is_member(state, who);
    !asked || matches!(standing(state, pack, who, purpose), ConsentStanding::Given { .. })
}

fn is_member(state: &State, who: ParticipantId) -> bool {
    state.roster.get(who).is_some_and(|p| p.role == Role::Member)
}

/// Whether the action needs somebody's consent that does not stand. Asked before the rule of the action itself.
pub(crate) fn judge_need(state: &State, pack: &Pack, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let need = match action {
        Action::CheckIn { .. } => Some((by, Purpose::Measures)),
        // Taking a flag away is always possible.
        Action::NoteAnswer { participant, .. }
        | Action::FlagMeasure {
            participant,
            flag: Some(_),
        } => Some((*participant, Purpose::Measures)),
        Action::WriteInstead { .. } => Some((by, Purpose::Notes)),
        _ => None,
    };
    if need.is_some_and(|(who, purpose)| !allows(state, pack, who, purpose)) {
        return Err(RefusalCode::NoConsent.into());
    }
    if let Action::Admit { participant, .. } = action
        && is_listener(state, *participant)
        && somebody_minds(state, pack)
    {
        return Err(RefusalCode::NoListeners.into());
    }
    Ok(())
}

pub(crate) fn judge(state: &State, pack: &Pack, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let (Action::GiveConsent { purpose, .. } | Action::WithdrawConsent { purpose }) = action else {
        return Ok(());
    };
    let asked = pack.consent(*purpose).filter(|_| is_member(state, by));
    let Some(asked) = asked else {
        return Err(RefusalCode::NotAsked.into());
    };
    use ConsentStanding::{Declined, Given, TakenBack};
    match (action, standing(state, pack, by, *purpose)) {
        (Action::GiveConsent { digest, .. }, _) if *digest != asked.digest => Err(RefusalCode::ConsentChanged.into()),
        (Action::GiveConsent { .. }, Given { .. }) => Err(RefusalCode::AlreadySo.into()),
        // Whoever was not asked before, or reads another text than they agreed to, may say no as well as yes.
        (Action::WithdrawConsent { .. }, Declined { .. } | TakenBack { .. }) => Err(RefusalCode::AlreadySo.into()),
        _ => Ok(()),
    }
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    match action {
        Action::GiveConsent { purpose, digest } => draft.push(What::ConsentGiven {
            participant: by,
            purpose: *purpose,
            version: draft.pack.version.clone(),
            digest: digest.clone(),
            language: draft.place.language.clone(),
        }),
        Action::WithdrawConsent { purpose } => draft.push(What::ConsentTakenBack {
            participant: by,
            purpose: *purpose,
        }),
        _ => {}
    }
}

/// Listens, and neither leads just now nor looks in with a second person's yes.
fn is_listener(state: &State, who: ParticipantId) -> bool {
    state.roster.role_now(who) == Some(Role::Observer) && !state.consents.looking_in.contains(&who)
}

/// A member who is here has not agreed that others listen.
fn somebody_minds(state: &State, pack: &Pack) -> bool {
    let mut members = state
        .roster
        .iter()
        .filter(|(_, p)| p.role == Role::Member && p.is_here());
    members.any(|(who, _)| !allows(state, pack, who, Purpose::Supervision))
}

/// Puts listeners out as soon as a member is here who has not agreed to them.
pub(crate) fn settle(draft: &mut Draft<'_>) {
    let (state, pack) = (&draft.state, draft.pack);
    if pack.consent(Purpose::Supervision).is_none() || !somebody_minds(state, pack) {
        return;
    }
    let inside = state
        .roster
        .iter()
        .filter(|(_, p)| p.admission == protocol::wire::Admission::Admitted);
    let listeners: Vec<_> = inside
        .map(|(who, _)| who)
        .filter(|who| is_listener(state, *who))
        .collect();
    for participant in listeners {
        attendance::carry_out(draft, &Action::Remove { participant });
    }
}

/// Something this person could agree to, or take back, just now: for the buttons.
pub(crate) fn examples(pack: &Pack) -> impl Iterator<Item = (Action, Action)> + '_ {
    pack.consents.iter().map(|asked| {
        let (purpose, digest) = (asked.purpose, asked.digest.clone());
        (
            Action::GiveConsent { purpose, digest },
            Action::WithdrawConsent { purpose },
        )
    })
}

/// What this person is asked.
pub(crate) fn mine(state: &State, pack: &Pack, language: &str, who: ParticipantId) -> Vec<ConsentCard> {
    if !is_member(state, who) {
        return Vec::new();
    }
    let words = pack.text(language);
    let card = |asked: &protocol::pack::AskedConsent| ConsentCard {
        purpose: asked.purpose,
        text: words
            .and_then(|words| words.consents.get(asked.purpose.word()).cloned())
            .unwrap_or_default(),
        digest: asked.digest.clone(),
        standing: standing(state, pack, who, asked.purpose),
    };
    pack.consents.iter().map(card).collect()
}

/// Who agreed to what, for those who lead.
pub(crate) fn staff(state: &State, pack: &Pack) -> Vec<ConsentRow> {
    let members = state.roster.iter().filter(|(_, p)| p.role == Role::Member);
    let rows = members.flat_map(|(participant, _)| {
        pack.consents.iter().map(move |asked| ConsentRow {
            participant,
            purpose: asked.purpose,
            standing: standing(state, pack, participant, asked.purpose),
            version: state
                .consents
                .get(participant, asked.purpose)
                .map(|consent| consent.version.clone()),
        })
    });
    rows.collect()
}
