//! The HTTP side as OpenAPI 3.1, for people and programs that have never seen it: served at `/api/openapi.json`, and committed.
//!
//! It is made from [`ROUTES`], from one line here for each address, and from the schemas of `protocol::api`, so that none of the three
//! can say something else than the others: an address without a line, a line without an address and a type without a schema each fail a test.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use protocol::schema;
use serde_json::{Map, Value, json};

use super::routes::{Asker, ROUTES, Route};

/// What an address hears and answers, by the names of types in `protocol::api`.
#[derive(Debug, Clone, Copy)]
struct Words {
    method: &'static str,
    path: &'static str,
    /// None: an empty form, `{}`.
    form: Option<&'static str>,
    answer: Said,
}

/// How a request that succeeds is answered.
#[derive(Debug, Clone, Copy)]
enum Said {
    /// 200 with this type.
    Type(&'static str),
    /// 204.
    Nothing,
    /// 200 with this very document.
    ThisDocument,
    /// 101: what follows is the wire.
    Socket,
}

macro_rules! words {
    (@form Nothing) => { None };
    (@form $form:ident) => {{ type _Known = protocol::api::$form; Some(stringify!($form)) }};
    (@said Nothing) => { Said::Nothing };
    (@said ThisDocument) => { Said::ThisDocument };
    (@said Socket) => { Said::Socket };
    (@said $answer:ident) => {{ type _Known = protocol::api::$answer; Said::Type(stringify!($answer)) }};
    ($($method:ident $path:literal: $form:ident => $answer:ident;)*) => {
        /// One line for each address: what it hears, what it answers.
        const WORDS: &[Words] = &[
            $(Words { method: stringify!($method), path: concat!("/api", $path), form: words!(@form $form), answer: words!(@said $answer) }),*
        ];
    };
}
words! {
    get "/openapi.json": Nothing => ThisDocument;
    get "/state": Nothing => ServerState;
    post "/first-run": FirstRun => RecoveryKey;
    post "/recovery/new": Nothing => RecoveryKey;
    post "/recovery/confirm": ConfirmRecovery => Nothing;
    post "/recover": Recover => Nothing;
    post "/sign-in": SignIn => Nothing;
    post "/sign-out": Nothing => Nothing;
    post "/join": Join => Seat;
    get "/packs": Nothing => PackList;
    post "/packs/check": PackDraft => DraftAnswer;
    post "/packs/save": PackDraft => DraftAnswer;
    post "/packs/export": PackExport => ExportedPack;
    post "/packs/import": PackImport => ImportedPack;
    get "/packs/{id}": Nothing => PackFiles;
    post "/groups": NewGroup => GroupSummary;
    get "/groups/{room}": Nothing => GroupDetail;
    get "/groups/{room}/prompts": Nothing => PromptLibrary;
    post "/groups/{room}/invites": NewInvite => NewLink;
    post "/groups/{room}/invites/{invite}/revoke": Nothing => Nothing;
    post "/rooms/{room}/ticket": Nothing => Ticket;
    get "/rooms/{room}/ws": Nothing => Socket;
    post "/welcome": Welcome => Nothing;
    get "/people": Nothing => People;
    post "/people/invite": NewColleague => NewColleagueLink;
    post "/people/links/{link}/revoke": Nothing => Nothing;
    post "/people/{account}/roles": NewRoles => Nothing;
    post "/people/{account}/leave": Leave => Nothing;
    get "/groups/{room}/team": Nothing => CareTeam;
    post "/groups/{room}/team/change": TeamChange => Nothing;
    get "/rooms/{room}/team": Nothing => CareTeam;
    get "/groups/{room}/minors": Nothing => Minors;
    post "/groups/{room}/invites/{invite}/minor": MarkMinor => Nothing;
    post "/groups/{room}/invites/{invite}/guardian": Guardian => Nothing;
    get "/rooms/{room}/assent": Nothing => Assent;
    post "/rooms/{room}/assent/give": Nothing => Nothing;
    get "/look-ins": Nothing => LookIns;
    post "/look-ins/ask": NewLookIn => LookIn;
    post "/look-ins/{look_in}/confirm": Nothing => Nothing;
    post "/look-ins/{look_in}/end": Nothing => Nothing;
    get "/rooms/{room}/mine": Nothing => MyData;
    get "/rooms/{room}/mine/export": Nothing => MyExport;
    get "/rooms/{room}/mine/answers": Nothing => FhirBundle;
    post "/rooms/{room}/mine/erasure": AskErasure => Nothing;
    get "/groups/{room}/rights": Nothing => GroupRights;
    post "/groups/{room}/erasures": NewErasure => Nothing;
    post "/groups/{room}/erasures/{participant}/carry-out": CarryOutErasure => Nothing;
    post "/groups/{room}/erasures/{participant}/refuse": RefuseErasure => Nothing;
    post "/groups/{room}/holds": NewHold => Nothing;
    post "/groups/{room}/holds/lift": LiftHold => Nothing;
    get "/log": Nothing => LogHead;
    get "/house": Nothing => HouseState;
    get "/log/consistency/{from}/{to}": Nothing => LogConsistency;
    get "/groups/{room}/log/{seq}": Nothing => LogInclusion;
    get "/private-notes/key": Nothing => NotesKey;
    post "/private-notes/key/keep": KeepNotesKey => KeptPrivateNote;
    post "/private-notes/delete": Nothing => Nothing;
    get "/groups/{room}/private-notes": Nothing => PrivateNotes;
    get "/groups/{room}/private-notes/{session}": Nothing => PrivateNote;
    post "/groups/{room}/private-notes/{session}/keep": KeepPrivateNote => KeptPrivateNote;
    post "/groups/{room}/private-notes/{session}/delete": Nothing => Nothing;
    post "/second-factor": SecondFactor => Nothing;
    get "/account": Nothing => AccountDetail;
    post "/account/prove": Proof => Nothing;
    post "/account/authenticator/begin": Nothing => NewAuthenticator;
    post "/account/authenticator/confirm": ConfirmAuthenticator => RecoveryCodes;
    post "/account/authenticator/remove": Nothing => Nothing;
    post "/account/recovery-codes/new": Nothing => RecoveryCodes;
    post "/account/passphrase": ChangePassphrase => Nothing;
    post "/account/logins/end": Nothing => Nothing;
    post "/account/logins/{login}/end": Nothing => Nothing;
    post "/account/passkeys/begin": Nothing => NewPasskey;
    post "/account/passkeys/confirm": ConfirmPasskey => RecoveryCodes;
    post "/account/passkeys/{passkey}/remove": Nothing => Nothing;
    post "/passkeys/ask": Nothing => PasskeyQuestion;
    post "/passkeys/sign-in": PasskeyAnswer => Nothing;
    get "/groups/{room}/invites/{invite}/devices": Nothing => MemberDevices;
    post "/groups/{room}/invites/{invite}/devices/{login}/end": Nothing => Nothing;
    post "/groups/{room}/invites/{invite}/renew": Nothing => NewLink;
    get "/rooms/{room}/mine/devices": Nothing => MemberDevices;
    post "/rooms/{room}/mine/devices/{login}/end": Nothing => Nothing;
    post "/rooms/{room}/mine/pin": SetPin => Nothing;
    post "/rooms/{room}/pin": ShowPin => Nothing;
    post "/people/{account}/factors/reset": ResetFactors => Nothing;
    post "/outside/begin": Nothing => OutsideBegun;
    post "/outside/finish": OutsideAnswer => OutsideDone;
    post "/account/outside/begin": Nothing => OutsideBegun;
    post "/account/outside/remove": Nothing => Nothing;
}

/// The document as it is served and committed, made once.
static DOCUMENT: LazyLock<String> = LazyLock::new(text);

/// `GET /api/openapi.json`.
pub(super) async fn document() -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], DOCUMENT.as_str()).into_response()
}

fn text() -> String {
    let mut document = whole(&schemas());
    document.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&document).expect("a JSON value can always be written");
    text.push('\n');
    text
}

/// The named types, with their references as OpenAPI has them.
fn schemas() -> Map<String, Value> {
    let documents = schema::documents();
    let (_, text) = documents
        .iter()
        .find(|(name, _)| *name == "api.json")
        .expect("the HTTP side has one");
    let text = text.replace("#/$defs/", "#/components/schemas/");
    let mut document: Value = serde_json::from_str(&text).expect("we wrote it");
    match document["$defs"].take() {
        Value::Object(schemas) => schemas,
        other => panic!("named types, not {other}"),
    }
}

fn whole(schemas: &Map<String, Value>) -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (route, words) in ROUTES.iter().filter_map(|route| Some((route, words_of(route)?))) {
        let operations = paths.entry(route.path).or_default();
        operations.insert(route.method.to_owned(), operation(route, words));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Rondo",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The HTTP side. What is said in a room goes over its WebSocket: see protocol/README.md and protocol/schema/wire.json.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "login": { "type": "apiKey", "in": "cookie", "name": "__Host-rondo" } },
        },
    })
}

fn words_of(route: &Route) -> Option<&'static Words> {
    WORDS
        .iter()
        .find(|words| words.method == route.method && words.path == route.path)
}

fn operation(route: &Route, words: &Words) -> Value {
    let mut operation = Map::new();
    let name = format!("{} {}", route.method, route.path.trim_start_matches("/api"));
    operation.insert("operationId".to_owned(), name.into());
    operation.insert("description".to_owned(), asked_by(route.asker).into());
    let parameters: Vec<Value> = variables(route.path).map(parameter).collect();
    operation.insert("parameters".to_owned(), parameters.into());
    if !matches!(route.asker, Asker::Anybody | Asker::Newcomer) {
        operation.insert("security".to_owned(), json!([{ "login": [] }]));
    }
    if route.method == "post" {
        let empty = json!({ "type": "object", "additionalProperties": false });
        let schema = words.form.map_or(empty, reference);
        let content = json!({ "application/json": { "schema": schema } });
        operation.insert(
            "requestBody".to_owned(),
            json!({ "required": true, "content": content }),
        );
    }
    let mut responses = Map::new();
    let (status, said) = match words.answer {
        Said::Type(name) => (
            "200",
            json!({ "description": "Done.", "content": { "application/json": { "schema": reference(name) } } }),
        ),
        Said::Nothing => ("204", json!({ "description": "Done." })),
        Said::ThisDocument => (
            "200",
            json!({ "description": "This document.", "content": { "application/json": { "schema": { "type": "object" } } } }),
        ),
        Said::Socket => ("101", json!({ "description": "The wire begins." })),
    };
    responses.insert(status.to_owned(), said);
    let problem = json!({ "application/problem+json": { "schema": reference("Problem") } });
    responses.insert(
        "default".to_owned(),
        json!({ "description": "A no, with its reason. Nothing was changed, unless it says that the server cannot save: then look before you try again.", "content": problem }),
    );
    if matches!(words.answer, Said::Socket) {
        responses.insert("400".to_owned(), json!({ "description": "Not a handshake." }));
        responses.insert(
            "426".to_owned(),
            json!({ "description": "Another version of the handshake is needed." }),
        );
    }
    operation.insert("responses".to_owned(), responses.into());
    operation.into()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// What stands in braces in a path.
fn variables(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn parameter(name: &str) -> Value {
    let schema = match name {
        "room" => json!({ "type": "string", "pattern": "^rm_[0-9a-f]{32}$" }),
        "invite" => json!({ "type": "string", "pattern": "^in_[0-9a-f]{32}$" }),
        _ => json!({ "type": "string", "minLength": 1 }),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

const fn asked_by(asker: Asker) -> &'static str {
    match asker {
        Asker::Anybody => "For whoever comes; where a secret is asked for, it is in the form.",
        Asker::Newcomer => "For whoever comes without an account's login.",
        Asker::Account => "For facilitators who are signed in with their account.",
        Asker::Leader => "For facilitators with an account who lead the room in the address.",
        Asker::Seat => "For whoever has a seat in the room in the address.",
        Asker::HalfWay => "For whoever has shown the first of two factors.",
        Asker::SettingUp => {
            "For whoever is signed in with their account, also before the second factor that the house wants is set up."
        }
        Asker::Facilitator => "For whoever works here as a facilitator.",
        Asker::Administrator => "For whoever looks after the accounts of this practice.",
        Asker::Team => "For the care team of the room in the address, and who looks in.",
        Asker::TeamLead => "For the lead of the room in the address.",
        Asker::Witness => "For whoever reads rooms here, or looks after accounts.",
        Asker::Outsider => "For whoever reads rooms here and does not belong to the one in the form.",
        Asker::Second => "For a second person, for the look-in in the address.",
        Asker::Ender => "For whoever may end the look-in in the address.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_has_a_line_here_and_every_line_an_address() {
        for route in ROUTES {
            let (method, path) = (route.method, route.path.trim_start_matches("/api"));
            assert!(
                words_of(route).is_some(),
                "nobody says what {method} {path} hears and answers: add `{method} \"{path}\": Form => Answer;` to http/openapi.rs \
                 (`Nothing` where there is none)"
            );
        }
        for words in WORDS {
            let found = ROUTES
                .iter()
                .filter(|route| (route.method, route.path) == (words.method, words.path));
            assert_eq!(
                found.count(),
                1,
                "http/openapi.rs has a line for {} {}, which is no address",
                words.method,
                words.path
            );
        }
    }

    #[test]
    fn every_type_of_an_address_has_a_schema() {
        let schemas = schemas();
        for words in WORDS {
            let answer = match words.answer {
                Said::Type(name) => Some(name),
                Said::Nothing | Said::ThisDocument | Said::Socket => None,
            };
            for name in words.form.into_iter().chain(answer) {
                assert!(
                    schemas.contains_key(name),
                    "{name} of {} has no schema: say `said.heard::<api::{name}>()` or `spoken` in protocol/src/schema.rs",
                    words.path
                );
            }
        }
    }

    #[test]
    fn the_committed_openapi_is_the_one_that_is_served() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../protocol/schema/openapi.json");
        if std::env::var_os("RONDO_WRITE_FIXTURES").is_some() {
            std::fs::write(path, text()).expect("it can be written");
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == text(),
            "protocol/schema/openapi.json is stale: run this test once with RONDO_WRITE_FIXTURES=1 (`--lib openapi`)"
        );
    }

    #[test]
    fn no_reference_leads_nowhere() {
        let text = text();
        let document: Value = serde_json::from_str(&text).expect("JSON");
        for reference in text.split("\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap_or_default();
            assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
        }
        assert!(!text.contains("$defs"));
    }
}
