//! Those who work in a practice, as the page lists them, and the links with which colleagues come.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::api::{
    Colleague, ColleagueLink, Leave, NewColleague, NewColleagueLink, NewRoles, People, ProblemCode, ResetFactors,
    Welcome,
};
use protocol::{AccountId, ColleagueLinkId, ParticipantId, Private, RoomId};

use super::Site;
use super::answer::{Answer, Form, Nothing, about, json};
use super::sign_in::{self, From, On, caller, signed_in, with_cookie};
use crate::access::{Action, Actor, Resource, authorize};
use crate::audit::Subject;
use crate::identity::About;
use crate::store::directory;

/// `GET /api/people`. Everybody who works here reads names and roles; addresses and links are for administrators.
pub(super) async fn list(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let you = caller.account()?;
    let keeps = caller.may(Action::KeepAccounts).is_ok();
    let (identity, store) = (&site.house.identity, site.house.identity.store());
    let people = store.colleagues(you.practice).await?.into_iter().map(|one| Colleague {
        account: one.account,
        name: one.name,
        roles: one.roles,
        email: keeps.then_some(one.email),
        since: one.created_at,
    });
    let people = people.collect();
    let links = if keeps {
        let links = store.colleague_links(you.practice, identity.now()).await?;
        links.into_iter().map(shown).collect()
    } else {
        Vec::new()
    };
    Ok(json(&People {
        practice: you.practice,
        practice_name: store.practice_name(you.practice).await?,
        you: you.account,
        people,
        links,
    }))
}

fn shown(link: directory::ColleagueLink) -> ColleagueLink {
    ColleagueLink {
        link: link.link,
        roles: link.roles,
        created_at: link.created_at,
        ends_at: link.ends_at,
    }
}

/// `POST /api/people/invite`.
pub(super) async fn invite(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(form): Form<NewColleague>,
) -> Answer<Response> {
    let caller = signed_in(&site, &headers).await?;
    let by = caller.may(Action::KeepAccounts)?;
    let (link, secret) = site.house.identity.invite_colleague(by, &form.roles).await?;
    let url = Private(format!("{}/welcome#{}", site.origins.first(), secret.expose()));
    let subject = Subject {
        link: Some(link.link),
        ..Subject::default()
    };
    Ok(about(json(&NewColleagueLink { link: shown(link), url }), subject))
}

/// `POST /api/people/links/{link}/revoke`.
pub(super) async fn revoke(
    State(site): State<Arc<Site>>,
    link: Result<Path<ColleagueLinkId>, PathRejection>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    caller.may(Action::KeepAccounts)?;
    let Ok(Path(link)) = link else {
        return Err(ProblemCode::NotFound.into());
    };
    let identity = &site.house.identity;
    identity
        .permit(&caller, Action::KeepAccounts, About::Link(link))
        .await?;
    identity.store().take_back_colleague_link(link, identity.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/welcome`. Not for a browser in which somebody who works here is signed in.
pub(super) async fn welcome(
    State(site): State<Arc<Site>>,
    From(network): From,
    On(device): On,
    headers: HeaderMap,
    Form(form): Form<Welcome>,
) -> Answer<Response> {
    let caller = caller(&site, &headers).await?;
    let actor = caller.as_ref().map_or(Actor::Nobody, |caller| caller.actor());
    authorize(actor, Action::UseLink, Resource::Own)?;
    let started = site.house.identity.welcome(&form, device, network).await?;
    Ok(with_cookie(&site, StatusCode::NO_CONTENT.into_response(), &started))
}

/// `POST /api/people/{account}/roles`.
pub(super) async fn roles(
    State(site): State<Arc<Site>>,
    account: Result<Path<AccountId>, PathRejection>,
    headers: HeaderMap,
    Form(form): Form<NewRoles>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let account = named(account)?;
    let identity = &site.house.identity;
    let by = identity
        .permit(&caller, Action::KeepAccounts, About::Account(account))
        .await?;
    let places = identity.set_roles(by.practice, account, &form.roles).await?;
    close(&site, places);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/people/{account}/leave`. When this answers, their sockets have been told to close.
pub(super) async fn leave(
    State(site): State<Arc<Site>>,
    account: Result<Path<AccountId>, PathRejection>,
    headers: HeaderMap,
    Form(form): Form<Leave>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let account = named(account)?;
    let identity = &site.house.identity;
    let by = identity
        .permit(&caller, Action::KeepAccounts, About::Account(account))
        .await?;
    let left = identity.take_out(by, account, &form).await?;
    for login in left.logins {
        site.house.rooms.login_ended(login);
    }
    close(&site, left.places);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/people/{account}/factors/reset`. When this answers, their sockets have been told to close.
pub(super) async fn reset_factors(
    State(site): State<Arc<Site>>,
    account: Result<Path<AccountId>, PathRejection>,
    headers: HeaderMap,
    Form(form): Form<ResetFactors>,
) -> Answer<StatusCode> {
    let caller = signed_in(&site, &headers).await?;
    let ended = site
        .house
        .identity
        .reset_factors(&caller, named(account)?, &form)
        .await?;
    sign_in::close(&site, &ended);
    Ok(StatusCode::NO_CONTENT)
}

/// Closes the sockets of places that have ended.
pub(super) fn close(site: &Site, places: impl IntoIterator<Item = (RoomId, ParticipantId)>) {
    for (room, participant) in places {
        site.house.rooms.revoked(room, participant);
    }
}

fn named(path: Result<Path<AccountId>, PathRejection>) -> Answer<AccountId> {
    path.map(|Path(account)| account)
        .map_err(|_| ProblemCode::NotFound.into())
}
