//! T9: passkeys, from the side of a device of our own making that can also lie.

use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::accounts::{says, sets_up_an_app, signs_in, whose};
use crate::world::{Browser, EMAIL, Reply, World};

const BEGIN: &str = "/api/account/passkeys/begin";
const CONFIRM: &str = "/api/account/passkeys/confirm";
const ASK: &str = "/api/passkeys/ask";
const SIGN_IN: &str = "/api/passkeys/sign-in";

const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
const WITH_KEY: u8 = 64;

/// A device that holds one passkey, and what it says of itself each time.
pub(crate) struct Device {
    pair: EcdsaKeyPair,
    id: Vec<u8>,
    handle: Vec<u8>,
    counter: u32,
    origin: String,
    party: String,
    flags: u8,
    /// A challenge of its own choice in place of the one it was given.
    challenge: Option<String>,
}

fn sha(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

impl Device {
    fn new(world: &World) -> Self {
        Self {
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: rand::random::<[u8; 32]>().to_vec(),
            handle: Vec::new(),
            counter: 0,
            // The name that a browser can reach this server by; an address in digits has no passkeys.
            origin: format!("http://localhost:{}", world.address.port()),
            party: "localhost".to_owned(),
            flags: PRESENT | VERIFIED,
            challenge: None,
        }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let given = options["challenge"].as_str().unwrap();
        let challenge = self.challenge.as_deref().unwrap_or(given);
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn own_data(&self, flags: u8) -> Vec<u8> {
        [&sha(self.party.as_bytes())[..], &[flags], &self.counter.to_be_bytes()].concat()
    }

    /// Makes the passkey (WebAuthn 7.1, no attestation), in CBOR by hand.
    fn makes(&mut self, options: &Value) -> Value {
        self.handle = BASE64.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let point = self.pair.public_key().as_ref();
        let key = [
            &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32],
            &point[1..33],
            &[0x22, 0x58, 32],
            &point[33..],
        ];
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let about_key = [&[0; 16][..], &length, &self.id, &key.concat()].concat();
        let data = [self.own_data(self.flags | WITH_KEY), about_key].concat();
        let head = [
            &[0xa3, 0x63][..],
            b"fmt",
            &[0x64],
            b"none",
            &[0x67],
            b"attStmt",
            &[0xa0, 0x68],
            b"authData",
        ];
        let attested = [&head.concat()[..], &[0x58, u8::try_from(data.len()).unwrap()], &data].concat();
        let id = BASE64.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {}, "response": {
            "attestationObject": BASE64.encode(attested),
            "clientDataJSON": BASE64.encode(self.client_data("webauthn.create", options)),
        }})
    }

    /// Signs (WebAuthn 7.2).
    fn signs(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let (client, data) = (self.client_data("webauthn.get", options), self.own_data(self.flags));
        let signed = [&data[..], &sha(&client)].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        let id = BASE64.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {}, "response": {
            "authenticatorData": BASE64.encode(data),
            "clientDataJSON": BASE64.encode(client),
            "signature": BASE64.encode(signature),
            "userHandle": BASE64.encode(&self.handle),
        }})
    }

    /// Registered with the account that this browser is signed in to. Gives the device and the answer.
    pub(crate) async fn registered(world: &World, browser: &mut Browser) -> (Self, Reply) {
        let mut device = Self::new(world);
        let options = begins(browser).await;
        let made = device.makes(&options);
        let reply = browser.post(CONFIRM, &json!({ "credential": made.to_string() })).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        (device, reply)
    }

    /// What it answers to a new question.
    async fn answers(&mut self, browser: &mut Browser) -> Value {
        let (attempt, options) = asks(browser).await;
        json!({ "attempt": attempt, "credential": self.signs(&options).to_string() })
    }

    pub(crate) async fn signs_in(&mut self, browser: &mut Browser) -> Reply {
        let answer = self.answers(browser).await;
        browser.post(SIGN_IN, &answer).await
    }
}

fn options(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{reply:?}");
    serde_json::from_str(reply.json()["options"].as_str().unwrap()).unwrap()
}

async fn begins(browser: &mut Browser) -> Value {
    options(&browser.post(BEGIN, &json!({})).await)
}

async fn asks(browser: &mut Browser) -> (Value, Value) {
    let asked = browser.post(ASK, &json!({})).await;
    (asked.json()["attempt"].clone(), options(&asked))
}

#[tokio::test]
async fn t9_a_passkey_signs_in_without_an_address_and_counts_as_two_factors() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let mut elsewhere = world.browser();
    signs_in(&mut elsewhere).await;
    let options = begins(&mut ida).await;
    assert_eq!(options["rp"]["id"], "localhost");
    let wanted = &options["authenticatorSelection"];
    assert_eq!(
        (&wanted["residentKey"], &wanted["userVerification"]),
        (&json!("required"), &json!("required"))
    );
    let (mut device, confirmed) = Device::registered(&world, &mut ida).await;
    assert_eq!(
        confirmed.json()["codes"].as_array().unwrap().len(),
        10,
        "for the day the device is lost"
    );
    assert_eq!(whose(&mut ida).await["second_factor"], true);
    assert_eq!(whose(&mut elsewhere).await, Value::Null, "a login of one factor ended");
    assert_eq!(rooms.ended.lock().unwrap().len(), 1, "and its sockets with it");
    let again = begins(&mut ida).await;
    assert_eq!(
        again["excludeCredentials"][0]["id"],
        BASE64.encode(&device.id),
        "one passkey a device"
    );

    let mut phone = world.browser();
    let asked = phone.post(ASK, &json!({})).await;
    assert!(
        !asked.body.contains(&BASE64.encode(&device.id)) && !asked.body.contains(EMAIL),
        "{asked:?}"
    );
    assert_eq!(device.signs_in(&mut phone).await.status, 204);
    assert_eq!(whose(&mut phone).await["kind"], "facilitator");
    let detail = phone.get("/api/account").await.json();
    let login = detail["logins"]
        .as_array()
        .unwrap()
        .iter()
        .find(|login| login["current"] == true)
        .cloned();
    assert_eq!(login.unwrap()["two_factors"], true);
    assert_eq!(detail["passkeys"][0]["last_used_at"], world.now().0);

    // As the second factor: the passphrase first, then the passkey in place of a code.
    let mut half = world.browser();
    signs_in(&mut half).await;
    assert_eq!(half.get("/api/packs").await.code(), "second_factor_asked");
    let former = half.clone();
    assert_eq!(device.signs_in(&mut half).await.status, 204);
    assert_eq!(half.get("/api/packs").await.status, 200);
    assert_eq!(
        whose(&mut former.clone()).await,
        Value::Null,
        "the half-way login ended"
    );

    // As a fresh proof.
    world.passes(Duration::from_secs(301));
    assert_eq!(half.post(BEGIN, &json!({})).await.code(), "prove_again");
    let proof = json!({ "kind": "passkey", "answer": device.answers(&mut half).await });
    assert_eq!(half.post("/api/account/prove", &proof).await.status, 204);
    assert_eq!(
        half.post("/api/account/prove", &proof).await.code(),
        "wrong_credentials",
        "once"
    );
    begins(&mut half).await;
    says("a passkey: 2 sign-ins and 1 proof accepted, all of two factors", 3);
}

#[tokio::test]
async fn t9_a_passkey_that_does_not_fit_is_refused_and_every_refusal_reads_the_same() {
    type Lie = (&'static str, fn(&mut Device));
    const LIES: [Lie; 8] = [
        ("another origin", |device| {
            device.origin = "http://localhost:1".to_owned()
        }),
        ("an origin that only looks like it", |device| {
            device.origin = "http://localhost.example:80".to_owned()
        }),
        ("another party", |device| device.party = "rondo.example".to_owned()),
        ("another challenge", |device| {
            device.challenge = Some(BASE64.encode([7; 32]))
        }),
        ("nobody was verified", |device| device.flags = PRESENT),
        ("nobody's account", |device| device.handle = vec![7; 16]),
        ("no such passkey", |device| device.id = vec![7; 32]),
        ("another key", |device| {
            device.pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()
        }),
    ];
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let mut stranger = world.browser();
    let mut refusals = Vec::new();
    for (lie, tells) in LIES {
        let (mut device, _) = Device::registered(&world, &mut ida).await;
        assert_eq!(
            device.signs_in(&mut world.browser()).await.status,
            204,
            "the truth first"
        );
        tells(&mut device);
        refusals.push((lie, device.signs_in(&mut stranger).await));
        let shown = ida.get("/api/account").await.json()["passkeys"].clone();
        let path = format!("/api/account/passkeys/{}/remove", shown[0]["passkey"].as_str().unwrap());
        assert_eq!(ida.post(&path, &json!({})).await.status, 204);
    }
    let (mut device, _) = Device::registered(&world, &mut ida).await;
    let answer = device.answers(&mut stranger).await;
    assert_eq!(world.browser().post(SIGN_IN, &answer).await.status, 204);
    refusals.push(("replayed", stranger.post(SIGN_IN, &answer).await));
    let (attempt, _) = asks(&mut stranger).await;
    let moved = json!({ "attempt": attempt, "credential": answer["credential"] });
    refusals.push(("replayed to another question", stranger.post(SIGN_IN, &moved).await));
    let late = device.answers(&mut stranger).await;
    world.passes(Duration::from_secs(300));
    refusals.push(("too late", stranger.post(SIGN_IN, &late).await));
    device.counter = 0;
    refusals.push(("a copy whose counter stands back", device.signs_in(&mut stranger).await));
    device.counter = 9;
    let waiting = device.answers(&mut stranger).await;
    assert_eq!(device.signs_in(&mut ida).await.status, 204, "a proof, and the truth");
    let shown = ida.get("/api/account").await.json()["passkeys"].clone();
    let path = format!("/api/account/passkeys/{}/remove", shown[0]["passkey"].as_str().unwrap());
    assert_eq!(ida.post(&path, &json!({})).await.status, 204);
    refusals.push(("taken away", device.signs_in(&mut stranger).await));
    refusals.push((
        "taken away while the question waited",
        stranger.post(SIGN_IN, &waiting).await,
    ));
    assert_eq!(
        ida.get("/api/account").await.json()["recovery_codes_left"],
        0,
        "codes go with the last factor"
    );

    for (lie, reply) in &refusals {
        assert_eq!(reply.code(), "wrong_credentials", "{lie}");
        assert_eq!((reply.status, &reply.body), (401, &refusals[0].1.body), "{lie}");
    }
    assert_eq!(whose(&mut stranger).await, Value::Null);
    says(
        &format!(
            "passkeys that do not fit: {0} of {0} refused in the same words",
            refusals.len()
        ),
        refusals.len(),
    );
}

#[tokio::test]
async fn t9_a_passkey_is_made_once_for_its_question_and_only_after_a_fresh_proof() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let send = |made: Value| json!({ "credential": made.to_string() });
    let mut device = Device::new(&world);
    let made = device.makes(&json!({ "challenge": BASE64.encode([7; 32]), "user": { "id": "AAAA" } }));
    assert_eq!(
        ida.post(CONFIRM, &send(made)).await.code(),
        "wrong_credentials",
        "nobody asked"
    );
    let mut foreign = Device::new(&world);
    foreign.origin = "https://rondo.example".to_owned();
    let made = foreign.makes(&begins(&mut ida).await);
    assert_eq!(
        ida.post(CONFIRM, &send(made)).await.code(),
        "wrong_credentials",
        "made elsewhere"
    );
    let options = begins(&mut ida).await;
    let mut unverified = Device::new(&world);
    unverified.flags = PRESENT;
    assert_eq!(
        ida.post(CONFIRM, &send(unverified.makes(&options))).await.code(),
        "wrong_credentials"
    );
    assert_eq!(
        ida.post(CONFIRM, &send(device.makes(&options))).await.code(),
        "wrong_credentials",
        "used up"
    );
    assert_eq!(ida.get("/api/account").await.json()["passkeys"], json!([]));
    for _ in 0..10 {
        Device::registered(&world, &mut ida).await;
    }
    assert_eq!(ida.post(BEGIN, &json!({})).await.code(), "bad_field", "ten are enough");
    world.passes(Duration::from_secs(301));
    let shown = ida.get("/api/account").await.json()["passkeys"].clone();
    let path = format!("/api/account/passkeys/{}/remove", shown[0]["passkey"].as_str().unwrap());
    for path in [BEGIN, path.as_str()] {
        assert_eq!(ida.post(path, &json!({})).await.code(), "prove_again", "{path}");
    }
    says(
        "passkeys that were not asked for, made elsewhere, unverified or used up: refused",
        4,
    );
}

/// A telephone that was lost: whoever found it unlocked, and came in by it, is out when the owner takes its passkey away.
#[tokio::test]
async fn t9_whoever_signed_in_by_a_factor_is_signed_out_when_it_is_taken_away() {
    let (world, rooms) = World::start().await;
    let mut ida = world.ida().await;
    let (mut lost, _) = Device::registered(&world, &mut ida).await;
    let mut finder = world.browser();
    assert_eq!(lost.signs_in(&mut finder).await.status, 204);
    assert_eq!(whose(&mut finder).await["kind"], "facilitator");
    let shown = ida.get("/api/account").await.json()["passkeys"].clone();
    let path = format!("/api/account/passkeys/{}/remove", shown[0]["passkey"].as_str().unwrap());
    let closed = || rooms.ended.lock().unwrap().len();
    let before = closed();
    assert_eq!(ida.post(&path, &json!({})).await.status, 204);
    assert_eq!(
        whose(&mut finder).await,
        Value::Null,
        "what the passkey opened is closed"
    );
    assert_eq!(closed(), before + 1, "and its sockets with it");
    assert_eq!(
        whose(&mut ida).await["kind"],
        "facilitator",
        "who took it away is still there"
    );

    // The app with codes alike.
    let (app, _) = sets_up_an_app(&world, &mut ida).await;
    world.passes(Duration::from_secs(30));
    let mut finder = world.browser();
    signs_in(&mut finder).await;
    let code = json!({ "code": app.shows(&world) });
    assert_eq!(finder.post("/api/second-factor", &code).await.status, 204);
    assert_eq!(whose(&mut finder).await["kind"], "facilitator");
    let before = closed();
    assert_eq!(
        ida.post("/api/account/authenticator/remove", &json!({})).await.status,
        204
    );
    assert_eq!(whose(&mut finder).await, Value::Null, "what the app opened is closed");
    assert_eq!(closed(), before + 1, "and its sockets with it");
    assert_eq!(
        whose(&mut ida).await["kind"],
        "facilitator",
        "who took it away is still there"
    );
    says(
        "factors that were taken away: 2 logins by them ended, with their sockets",
        2,
    );
}

#[tokio::test]
async fn t9_wrong_passphrases_never_stand_in_a_passkeys_way_and_questions_have_a_pace() {
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let (mut device, _) = Device::registered(&world, &mut ida).await;
    let mut thief = world.browser();
    let form = json!({ "email": EMAIL, "passphrase": "the kettle sings high" });
    let mut last = 0;
    for _ in 0..8 {
        last = thief.post("/api/sign-in", &form).await.status;
    }
    assert_eq!(last, 429, "the passphrase must wait");
    let mut owner = world.browser();
    assert_eq!(
        device.signs_in(&mut owner).await.status,
        204,
        "from the same network too"
    );
    assert_eq!(owner.get("/api/packs").await.status, 200);
    let mut asked = 0;
    while thief.post(ASK, &json!({})).await.status == 200 {
        asked += 1;
        assert!(asked <= 30, "questions have a pace");
    }
    assert_eq!(asked, 30, "a right answer gave its question back");
    world.passes(Duration::from_secs(4));
    assert_eq!(device.signs_in(&mut owner).await.status, 204, "and go on at it");
    says("a passkey while the passphrase waits, and after 30 questions", 2);
}
