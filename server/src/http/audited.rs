//! Around every address below `/api`: what was read, written or refused there is noted before the answer leaves.
//!
//! What cannot be noted is not answered: the asker hears that the server cannot save just now. What an address does, and with what, is a
//! column of the table of addresses; who asks is read from the cookie, before the handler may end that login, and after it where one began.
//!
//! Before somebody who is signed in writes anything, that it is begun is on the disk: a process that is killed in between leaves no write
//! of theirs of which the book does not know.

use std::sync::Arc;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use protocol::api::ProblemCode;
use protocol::pack::Pack;
use protocol::{PracticeId, RoomId};

use super::routes::Route;
use super::{Site, cookie};
use crate::audit::{By, Does, Record, Subject, Thing};
use crate::identity::{Caller, No, Who};
use crate::store::Begun;

/// An address and the house it stands in.
#[derive(Clone)]
pub(super) struct Watched {
    pub(super) site: Arc<Site>,
    pub(super) route: Route,
}

/// What a handler did in truth, where that depends on more than its address. One record each, in place of the one that the table names.
#[derive(Clone, Copy)]
pub(super) struct Did(pub(super) &'static [Thing]);

impl Did {
    pub(super) fn with(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }
}

pub(super) async fn around(
    State(watched): State<Watched>,
    names: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    let named = names.map_or_else(|_| Subject::default(), |names| named(&names));
    // On its own: what was done is noted also when whoever asked is gone by then.
    let noted = tokio::spawn(async move { noted(&watched, named, request, next).await });
    match noted.await {
        Ok(answer) => answer.unwrap_or_else(IntoResponse::into_response),
        // A bug in a handler is answered where every bug is.
        Err(broken) => match broken.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => No::from(ProblemCode::Unavailable).into_response(),
        },
    }
}

async fn noted(watched: &Watched, named: Subject, request: Request, next: Next) -> Result<Response, No> {
    let identity = &watched.site.house.identity;
    let secret = cookie::read(request.headers()).map(str::to_owned);
    let before = identity.caller(secret.as_deref()).await?;
    let (by, practice) = who(watched, before.as_ref(), named.room).await?;
    let begun = match (&before, practice) {
        // Whoever is not signed in writes what shows by itself, a login or a seat; and there are rooms in which guests are nobody.
        (Some(caller), Some(practice)) if watched.route.does == Does::Writes && by != By::Nobody => {
            identity.may_write_now(caller)?;
            Some(begins(watched, by, practice, named).await?)
        }
        _ => None,
    };
    let response = next.run(request).await;
    let (whose, records) = came_of(watched, (by, practice), before, named, Told::by(&response)).await?;
    let audit = &watched.site.audit;
    match (begun, whose.or(practice)) {
        (Some(begun), Some(practice)) => audit.end(begun, practice, &records).await?,
        (None, Some(practice)) => {
            for record in records {
                audit.note(practice, record).await?;
            }
        }
        // Before the first run there is no practice, and nothing about anybody.
        (_, None) => {}
    }
    Ok(response)
}

/// Says that a write is begun.
async fn begins(watched: &Watched, by: By, practice: PracticeId, named: Subject) -> Result<Begun, No> {
    let subject = match named.room {
        Some(room) if keeps_nothing(&watched.site, room).await? => of_nobody(named),
        _ => named,
    };
    let record = record(watched, by, true, subject, watched.route.thing);
    Ok(watched.site.audit.begin(practice, record).await?)
}

/// What an answer says to whoever notes it.
struct Told {
    status: StatusCode,
    /// What a handler has made or found by a secret, no address names.
    made: Subject,
    did: Option<Did>,
    /// The secret of the login that begins with it.
    begun: Option<String>,
}

impl Told {
    fn by(response: &Response) -> Self {
        let mut cookies = response.headers().get_all(header::SET_COOKIE).iter();
        Self {
            status: response.status(),
            made: response.extensions().get().copied().unwrap_or_default(),
            did: response.extensions().get().copied(),
            begun: cookies.find_map(cookie::begun),
        }
    }
}

/// What is to be noted of an answer, and in whose book.
async fn came_of(
    watched: &Watched,
    (by, practice): (By, Option<PracticeId>),
    before: Option<Caller>,
    named: Subject,
    told: Told,
) -> Result<(Option<PracticeId>, Vec<Record>), No> {
    let identity = &watched.site.house.identity;
    let Some(granted) = decided(watched.route.does, told.status) else {
        return Ok((practice, Vec::new()));
    };
    let subject = named.and(told.made);
    let (by, practice) = match (told.begun, before) {
        (Some(secret), _) => {
            let after = identity.caller(Some(&secret)).await?;
            who(watched, after.as_ref(), subject.room).await?
        }
        // A seat in another room than before.
        (None, Some(caller)) if told.made.participant.is_some() => who(watched, Some(&caller), subject.room).await?,
        _ => (by, practice),
    };
    let subject = match subject.room {
        Some(room) if keeps_nothing(&watched.site, room).await? => {
            if granted && by == By::Nobody {
                return Ok((practice, Vec::new()));
            }
            of_nobody(subject)
        }
        _ => subject,
    };
    let named_by_the_table = [watched.route.thing];
    let things = told.did.map_or(&named_by_the_table[..], |did| did.0).iter();
    let records = things.map(|thing| record(watched, by, granted, subject, *thing));
    Ok((practice, records.collect()))
}

fn record(watched: &Watched, by: By, granted: bool, subject: Subject, thing: Thing) -> Record {
    Record {
        at: watched.site.house.identity.now(),
        by,
        cut_off: false,
        does: watched.route.does,
        granted,
        more: 0,
        subject,
        thing,
    }
}

/// The same without a link or a seat: in a room of which nothing is kept, nobody is named who came by a link.
fn of_nobody(subject: Subject) -> Subject {
    Subject {
        invite: None,
        participant: None,
        ..subject
    }
}

/// Whether an answer lets somebody have something of somebody's, or refuses; none where it does neither.
fn decided(does: Does, status: StatusCode) -> Option<bool> {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some(false),
        // "Not yours" is said like "not there".
        StatusCode::NOT_FOUND if does != Does::Passes => Some(false),
        StatusCode::SWITCHING_PROTOCOLS => Some(true),
        _ if status.is_success() && does != Does::Passes => Some(true),
        _ => None,
    }
}

/// Who asks, and in whose book it is noted: their own practice's. Guests are named by their seat in the room, else by their first.
async fn who(watched: &Watched, caller: Option<&Caller>, room: Option<RoomId>) -> Result<(By, Option<PracticeId>), No> {
    let identity = &watched.site.house.identity;
    let store = identity.store();
    match caller {
        None => Ok((By::Nobody, store.audit_practice(None, room).await?)),
        Some(Caller {
            who: Who::Facilitator(account),
            ..
        }) => Ok((By::Account(account.account), Some(account.practice))),
        Some(Caller {
            who: Who::Guest, login, ..
        }) => {
            let places = store.places(*login, identity.now()).await?;
            let here = places.iter().find(|place| Some(place.room) == room);
            let by = match here.or(places.first()) {
                Some(place) if !keeps_nothing(&watched.site, place.room).await? => By::Participant(place.participant),
                _ => By::Nobody,
            };
            Ok((by, store.audit_practice(Some(*login), room).await?))
        }
    }
}

/// Whether nothing is kept of a room's sittings: then nobody who came by a link stands in the book, by whatever id.
pub(super) async fn keeps_nothing(site: &Site, room: RoomId) -> Result<bool, No> {
    let store = site.house.identity.store();
    let Some(found) = store.room(room).await? else {
        return Ok(false);
    };
    let on_the_shelf = site.house.packs.find(&found.pack.id);
    if let Some(pack) = on_the_shelf.filter(|pack| pack.digest == found.pack.digest) {
        return Ok(pack.keeps_nothing());
    }
    // The shelf has moved on; the room goes by the pack it began with.
    let pinned = store.pack_bytes(found.practice, &found.pack.digest).await?;
    let pack = pinned.and_then(|bytes| serde_json::from_slice::<Pack>(&bytes).ok());
    Ok(pack.is_none_or(|pack| pack.keeps_nothing()))
}

/// What the address names; what is no id names nothing.
fn named(names: &RawPathParams) -> Subject {
    let mut subject = Subject::default();
    for (name, value) in names {
        match name {
            "account" => subject.account = value.parse().ok(),
            "invite" => subject.invite = value.parse().ok(),
            "link" => subject.link = value.parse().ok(),
            "look_in" => subject.look_in = value.parse().ok(),
            "participant" => subject.participant = value.parse().ok(),
            "room" => subject.room = value.parse().ok(),
            _ => {}
        }
    }
    subject
}
