//! The JSON Schema (2020-12) of everything that is said: one document for the wire, one for the HTTP side.
//!
//! What the server reads is described as it may be written (an absent field stands for "none"); what the server says is
//! described as it is always written (every field present, `null` for "none"). The committed documents under
//! `protocol/schema/` are made by `cargo run -p protocol --bin gen`; a test refuses stale ones. TypeScript types are
//! made from them, never from hand.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::api;
use crate::wire::{self, CloseCode};

/// The documents, each with its file name under `protocol/schema/`.
pub fn documents() -> [(&'static str, String); 2] {
    [("wire.json", text(&wire())), ("api.json", text(&api()))]
}

/// What is said on the WebSocket, and the numbers both sides must agree on.
fn wire() -> Value {
    let mut said = Definitions::default();
    said.heard::<wire::ClientMessage>();
    said.spoken::<wire::ServerMessage>();
    // Written inside `RoomView`, where the tag stands among their own fields; named here for those who take one as a whole.
    said.spoken::<wire::RoomScene>();
    said.spoken::<wire::WaitingView>();
    let closes: Map<String, Value> = CloseCode::ALL
        .iter()
        .map(|code| (name_of(code), code.number().into()))
        .collect();
    said.document(
        "Rondo's wire",
        json!({
            "wire_version": wire::WIRE_VERSION,
            "subprotocol": wire::SUBPROTOCOL,
            "max_client_message_bytes": wire::MAX_CLIENT_MESSAGE_BYTES,
            "close_codes": closes,
        }),
    )
}

/// What is said over HTTP.
fn api() -> Value {
    let mut said = Definitions::default();
    said.heard::<api::FirstRun>();
    said.heard::<api::ConfirmRecovery>();
    said.heard::<api::Recover>();
    said.heard::<api::SignIn>();
    said.heard::<api::NewGroup>();
    said.heard::<api::NewInvite>();
    said.heard::<api::Join>();
    said.heard::<api::NewColleague>();
    said.heard::<api::Welcome>();
    said.heard::<api::NewRoles>();
    said.heard::<api::Leave>();
    said.heard::<api::TeamChange>();
    said.heard::<api::NewLookIn>();
    said.heard::<api::MarkMinor>();
    said.heard::<api::Guardian>();
    said.spoken::<api::Minors>();
    said.spoken::<api::Assent>();
    said.spoken::<api::People>();
    said.spoken::<api::NewColleagueLink>();
    said.spoken::<api::CareTeam>();
    said.spoken::<api::LookIns>();
    said.spoken::<api::LookIn>();
    said.heard::<api::AskErasure>();
    said.heard::<api::NewErasure>();
    said.heard::<api::CarryOutErasure>();
    said.heard::<api::RefuseErasure>();
    said.heard::<api::NewHold>();
    said.heard::<api::LiftHold>();
    said.spoken::<api::ServerState>();
    said.spoken::<api::RecoveryKey>();
    said.spoken::<api::Seat>();
    said.spoken::<api::GroupSummary>();
    said.spoken::<api::GroupDetail>();
    said.spoken::<api::GroupRights>();
    said.spoken::<api::MyData>();
    said.spoken::<api::MyExport>();
    said.spoken::<api::FhirBundle>();
    said.spoken::<api::NewLink>();
    said.spoken::<api::Ticket>();
    said.heard::<api::PackDraft>();
    said.heard::<api::PackExport>();
    said.heard::<api::PackImport>();
    said.spoken::<api::ExportedPack>();
    said.spoken::<api::ImportedPack>();
    said.spoken::<api::PackFiles>();
    said.spoken::<api::DraftAnswer>();
    said.spoken::<api::PromptLibrary>();
    said.spoken::<api::PackList>();
    said.heard::<api::SecondFactor>();
    said.heard::<api::Proof>();
    said.heard::<api::ConfirmAuthenticator>();
    said.heard::<api::ChangePassphrase>();
    said.spoken::<api::NewAuthenticator>();
    said.spoken::<api::RecoveryCodes>();
    said.spoken::<api::AccountDetail>();
    said.heard::<api::SetPin>();
    said.heard::<api::ShowPin>();
    said.spoken::<api::MemberDevices>();
    said.spoken::<api::LogHead>();
    said.spoken::<api::HouseState>();
    said.spoken::<api::LogConsistency>();
    said.spoken::<api::LogInclusion>();
    said.spoken::<api::NewPasskey>();
    said.heard::<api::ConfirmPasskey>();
    said.spoken::<api::PasskeyQuestion>();
    said.heard::<api::PasskeyAnswer>();
    said.heard::<api::KeepNotesKey>();
    said.heard::<api::KeepPrivateNote>();
    said.spoken::<api::NotesKey>();
    said.spoken::<api::PrivateNotes>();
    said.spoken::<api::PrivateNote>();
    said.spoken::<api::KeptPrivateNote>();
    said.heard::<api::ResetFactors>();
    said.spoken::<api::OutsideBegun>();
    said.heard::<api::OutsideAnswer>();
    said.spoken::<api::OutsideDone>();
    said.spoken::<api::Problem>();
    let statuses: Map<String, Value> = api::ProblemCode::ALL
        .iter()
        .map(|code| (name_of(code), code.status().into()))
        .collect();
    said.document("Rondo's HTTP side", json!({ "problem_status": statuses }))
}

/// Named types collected from both directions.
#[derive(Default)]
struct Definitions(Map<String, Value>);

impl Definitions {
    /// A type that the server reads.
    fn heard<T: JsonSchema>(&mut self) {
        self.collect::<T>(SchemaSettings::draft2020_12().for_deserialize());
    }

    /// A type that the server writes.
    fn spoken<T: JsonSchema>(&mut self) {
        self.collect::<T>(SchemaSettings::draft2020_12().for_serialize());
    }

    fn collect<T: JsonSchema>(&mut self, settings: SchemaSettings) {
        let mut generator = SchemaGenerator::new(settings);
        generator.subschema_for::<T>();
        for (name, schema) in generator.take_definitions(true) {
            if let Some(known) = self.0.insert(name.clone(), schema.clone()) {
                assert_eq!(
                    known, schema,
                    "{name} is heard and spoken, and must then look the same both ways"
                );
            }
        }
    }

    fn document(self, title: &str, constants: Value) -> Value {
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": title,
            "x-constants": constants,
            "$defs": self.0,
        })
    }
}

/// The snake_case name of a unit variant.
fn name_of(code: &impl serde::Serialize) -> String {
    match serde_json::to_value(code) {
        Ok(Value::String(name)) => name,
        other => panic!("a code is written as a plain string, not {other:?}"),
    }
}

/// Keys are sorted whatever features another crate switches on in serde_json, so that every build writes the same bytes.
fn text(document: &Value) -> String {
    let mut document = document.clone();
    document.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&document).expect("a JSON value can always be written");
    text.push('\n');
    text
}
