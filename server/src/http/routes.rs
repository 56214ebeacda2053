//! Every address the server answers to, in one table.

use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{MethodRouter, any, get, post};
use protocol::api::ProblemCode;

use super::audited::{self, Watched};
use super::{
    Site, account, groups, guard, house, log, members, minors, openapi, outside, packs, pages, people, private_notes,
    rights, rooms, sign_in, team, upgrade,
};
use crate::access::Action;
use crate::audit::{Does, Thing};
use crate::identity::No;

/// Who may ask at an address. Its handler sees to it; the access matrix in the tests is made from this column, so that an address which
/// lets in more or fewer than it says here fails there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Whoever comes; where a secret is asked for, it is in the form.
    Anybody,
    /// Whoever comes without an account's login: a link is not for the browser of somebody who leads.
    Newcomer,
    /// Facilitators who are signed in with their account.
    Account,
    /// Facilitators who are signed in with their account, though they have shown one factor of two.
    HalfWay,
    /// Facilitators who are signed in with their account, though they still have to set a second factor up.
    SettingUp,
    /// Facilitators with an account who lead the room in the address.
    Leader,
    /// Whoever has a seat in the room in the address.
    Seat,
    /// Whoever works here as a facilitator.
    Facilitator,
    /// Whoever looks after the accounts of this practice.
    Administrator,
    /// The care team of the room in the address, and who looks in.
    Team,
    /// The lead of the room in the address.
    TeamLead,
    /// Whoever reads rooms here, or looks after accounts: they see what waits for a second person.
    Witness,
    /// Whoever reads rooms here and does not belong to the one in the form.
    Outsider,
    /// A second person, for the look-in in the address.
    Second,
    /// Whoever may end the look-in in the address.
    Ender,
}

impl Asker {
    /// The row of the one table that decides ([`crate::access`]).
    pub const fn action(self) -> Action {
        match self {
            Self::Anybody => Action::Knock,
            Self::Newcomer => Action::UseLink,
            // What a login has proved is asked before the table is (`identity::Standing`).
            Self::Account | Self::HalfWay | Self::SettingUp => Action::UseAccount,
            Self::Leader => Action::LeadRoom,
            Self::Seat => Action::EnterRoom,
            Self::Facilitator => Action::MakeRooms,
            Self::Administrator => Action::KeepAccounts,
            Self::Team => Action::ReadRoom,
            Self::TeamLead => Action::KeepTeam,
            Self::Witness => Action::SeeLookIns,
            Self::Outsider => Action::AskToLookIn,
            Self::Second => Action::ConfirmLookIn,
            Self::Ender => Action::EndLookIn,
        }
    }
}

/// One address below `/api`.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub method: &'static str,
    /// With its variables in braces.
    pub path: &'static str,
    pub asker: Asker,
    /// What is noted of whoever asks, and of whoever is refused.
    pub does: Does,
    pub thing: Thing,
}

macro_rules! addresses {
    ($($method:ident $path:literal $asker:ident $does:ident $thing:ident $handler:path;)*) => {
        /// Every address below `/api`: there is no other way to make one.
        pub const ROUTES: &[Route] = &[
            $(Route {
                method: stringify!($method),
                path: concat!("/api", $path),
                asker: Asker::$asker,
                does: Does::$does,
                thing: Thing::$thing,
            }),*
        ];

        fn api(site: &Arc<Site>) -> Router<Arc<Site>> {
            let mut rows = ROUTES.iter();
            Router::new()$(.route($path, only(watched(site, rows.next(), $method(Handled::by($handler))))))*
                .fallback(nothing_here)
        }
    };
}
addresses! {
    get "/state" Anybody Passes Door sign_in::state;
    post "/first-run" Anybody Writes Account sign_in::first_run;
    post "/recovery/new" SettingUp Writes RecoveryKey sign_in::new_recovery_key;
    post "/recovery/confirm" SettingUp Writes RecoveryKey sign_in::confirm_recovery;
    post "/recover" Anybody Writes RecoveryKey sign_in::recover;
    post "/sign-in" Anybody Writes Login sign_in::sign_in;
    post "/sign-out" Anybody Writes Login sign_in::sign_out;
    post "/join" Newcomer Writes Seat rooms::join;
    get "/packs" Facilitator Passes Packs groups::packs;
    post "/packs/check" Facilitator Passes Packs packs::check;
    post "/packs/save" Facilitator Passes Packs packs::save;
    post "/packs/export" Facilitator Passes Packs packs::export;
    post "/packs/import" Facilitator Passes Packs packs::import;
    get "/packs/{id}" Facilitator Passes Packs packs::files;
    post "/groups" Facilitator Writes Group groups::create;
    get "/groups/{room}" Team Reads Group groups::detail;
    get "/groups/{room}/prompts" Leader Passes Packs packs::prompts;
    post "/groups/{room}/invites" Leader Writes Invite groups::invite;
    post "/groups/{room}/invites/{invite}/revoke" Leader Writes Invite groups::revoke;
    post "/rooms/{room}/ticket" Seat Writes Ticket rooms::ticket;
    get "/rooms/{room}/ws" Seat Reads Room upgrade::open;
    post "/welcome" Newcomer Writes Account people::welcome;
    get "/people" Account Reads People people::list;
    post "/people/invite" Administrator Writes ColleagueLink people::invite;
    post "/people/links/{link}/revoke" Administrator Writes ColleagueLink people::revoke;
    post "/people/{account}/roles" Administrator Writes Account people::roles;
    post "/people/{account}/leave" Administrator Writes Account people::leave;
    get "/groups/{room}/team" Team Reads Team team::team;
    post "/groups/{room}/team/change" TeamLead Writes Team team::change;
    get "/rooms/{room}/team" Seat Reads Team team::shown_to_members;
    get "/groups/{room}/minors" Team Reads Minor minors::list;
    post "/groups/{room}/invites/{invite}/minor" Leader Writes Minor minors::mark;
    post "/groups/{room}/invites/{invite}/guardian" Leader Writes Minor minors::guardian;
    get "/rooms/{room}/assent" Seat Reads Assent minors::asked;
    post "/rooms/{room}/assent/give" Seat Writes Assent minors::assent;
    get "/look-ins" Witness Reads LookIn team::all_look_ins;
    post "/look-ins/ask" Outsider Writes LookIn team::ask;
    post "/look-ins/{look_in}/confirm" Second Writes LookIn team::confirm;
    post "/look-ins/{look_in}/end" Ender Writes LookIn team::end;
    get "/openapi.json" Anybody Passes Door openapi::document;
    get "/rooms/{room}/mine" Seat Reads OwnData rights::mine;
    get "/rooms/{room}/mine/export" Seat Reads OwnData rights::export_mine;
    get "/rooms/{room}/mine/answers" Seat Reads OwnData rights::answers_mine;
    post "/rooms/{room}/mine/erasure" Seat Writes Erasure rights::ask_for_mine;
    get "/groups/{room}/rights" Leader Reads Erasure rights::of_group;
    post "/groups/{room}/erasures" Leader Writes Erasure rights::ask;
    post "/groups/{room}/erasures/{participant}/carry-out" Leader Writes Erasure rights::carry_out;
    post "/groups/{room}/erasures/{participant}/refuse" Leader Writes Erasure rights::refuse;
    post "/groups/{room}/holds" Leader Writes Hold rights::hold;
    post "/groups/{room}/holds/lift" Leader Writes Hold rights::lift;
    post "/second-factor" HalfWay Writes Login account::second_factor;
    get "/account" SettingUp Reads Account account::detail;
    post "/account/prove" SettingUp Writes Login account::prove;
    post "/account/authenticator/begin" SettingUp Writes Factor account::begin_authenticator;
    post "/account/authenticator/confirm" SettingUp Writes Factor account::confirm_authenticator;
    post "/account/authenticator/remove" Account Writes Factor account::remove_authenticator;
    post "/account/recovery-codes/new" Account Writes Factor account::new_recovery_codes;
    post "/account/passphrase" Account Writes Factor account::change_passphrase;
    post "/account/logins/end" Account Writes Login account::end_other_logins;
    post "/account/logins/{login}/end" Account Writes Login account::end_login;
    get "/log" Account Passes Log log::head;
    get "/log/consistency/{from}/{to}" Account Passes Log log::consistency;
    get "/groups/{room}/log/{seq}" Leader Passes Log log::inclusion;
    post "/account/passkeys/begin" SettingUp Writes Factor account::begin_passkey;
    post "/account/passkeys/confirm" SettingUp Writes Factor account::confirm_passkey;
    post "/account/passkeys/{passkey}/remove" Account Writes Factor account::remove_passkey;
    post "/passkeys/ask" Anybody Passes Door account::ask_for_passkey;
    post "/passkeys/sign-in" Anybody Writes Login account::sign_in_by_passkey;
    get "/private-notes/key" Account Reads PrivateNote private_notes::key;
    post "/private-notes/key/keep" Account Writes PrivateNote private_notes::keep_key;
    post "/private-notes/delete" Account Writes PrivateNote private_notes::delete_all;
    get "/groups/{room}/private-notes" Leader Reads PrivateNote private_notes::list;
    get "/groups/{room}/private-notes/{session}" Leader Reads PrivateNote private_notes::read;
    post "/groups/{room}/private-notes/{session}/keep" Leader Writes PrivateNote private_notes::keep;
    post "/groups/{room}/private-notes/{session}/delete" Leader Writes PrivateNote private_notes::delete;
    get "/groups/{room}/invites/{invite}/devices" Leader Reads Device members::devices;
    post "/groups/{room}/invites/{invite}/devices/{login}/end" Leader Writes Device members::end_device;
    post "/groups/{room}/invites/{invite}/renew" Leader Writes Invite members::renew;
    get "/rooms/{room}/mine/devices" Seat Reads Device members::my_devices;
    post "/rooms/{room}/mine/devices/{login}/end" Seat Writes Device members::end_mine;
    post "/rooms/{room}/mine/pin" Seat Writes Pin members::set_pin;
    post "/rooms/{room}/pin" Seat Writes Pin members::show_pin;
    post "/people/{account}/factors/reset" Administrator Writes Factor people::reset_factors;
    post "/outside/begin" Anybody Passes Door outside::begin;
    post "/outside/finish" Anybody Writes Login outside::finish;
    post "/account/outside/begin" Account Writes Factor outside::begin_link;
    post "/account/outside/remove" Account Writes Factor outside::remove;
    get "/house" Administrator Passes Door house::state;
}

/// The routes, with everything that stands around them.
pub(super) fn all(site: Arc<Site>) -> Router {
    Router::new()
        .nest("/api", api(&site))
        .route("/api", any(nothing_here))
        .route("/api/", any(nothing_here))
        .route("/healthz", get(health))
        .route("/livez", get(lives))
        .merge(pages::all())
        .layer(from_fn_with_state(Arc::clone(&site), guard::around))
        .with_state(site)
}

/// An answer on its way.
type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler whose type says nothing of what it takes and waits for. All that the framework lays around a handler is so built once, and not
/// for each of a hundred addresses.
#[derive(Clone)]
struct Handled(Arc<dyn Fn(Request, Arc<Site>) -> Answering + Send + Sync>);

impl Handled {
    fn by<H, T>(handler: H) -> Self
    where
        H: Handler<T, Arc<Site>, Future = Answering>,
    {
        Self(Arc::new(move |request, site| handler.clone().call(request, site)))
    }
}

impl Handler<(), Arc<Site>> for Handled {
    type Future = Answering;

    fn call(self, request: Request, site: Arc<Site>) -> Answering {
        (self.0)(request, site)
    }
}

/// An address that notes who was there.
fn watched(site: &Arc<Site>, route: Option<&Route>, methods: MethodRouter<Arc<Site>>) -> MethodRouter<Arc<Site>> {
    let watched = Watched {
        site: Arc::clone(site),
        route: *route.expect("the table has a row for each of its addresses"),
    };
    methods.route_layer(from_fn_with_state(watched, audited::around))
}

/// The route's own methods; for others there is nothing there.
fn only(methods: MethodRouter<Arc<Site>>) -> MethodRouter<Arc<Site>> {
    methods.fallback(nothing_here)
}

async fn nothing_here() -> No {
    ProblemCode::NotFound.into()
}

/// 200 for as long as the process answers at all: whoever restarts what hangs asks here. A database that does not answer is no reason to
/// restart a server, so it is not asked.
async fn lives() -> &'static str {
    "alive\n"
}

/// 200 once people can come in, 503 before, during the stop, and while the store does not answer.
async fn health(State(site): State<Arc<Site>>) -> (StatusCode, &'static str) {
    if site.house.ready.is() && site.house.identity.store().ping().await.is_ok() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}
