//! T9: signing in at the practice's own service, from the side of a service of our own making that can also lie.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rondo::outside::{CountsAs, Outside};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::accounts::{says, sets_up_an_app, whose};
use crate::world::{Browser, EMAIL, Recorder, Reply, World};

pub(crate) const BEGIN: &str = "/api/outside/begin";
pub(crate) const LINK: &str = "/api/account/outside/begin";
pub(crate) const FINISH: &str = "/api/outside/finish";
const CLIENT: &str = "rondo at the clinic";

/// What the service says next, and whom it speaks of.
pub(crate) struct Says {
    pub(crate) claims: Value,
    header: Value,
    /// The one that it publishes.
    key: EcdsaKeyPair,
    /// The question that a code belongs to: whoever has another verifier gets nothing.
    challenge: String,
    signs: With,
    /// It says this of itself besides.
    pub(crate) of_itself: Value,
    /// It answers nothing that anybody could use.
    pub(crate) broken: bool,
    /// How often it was asked what it says of itself.
    pub(crate) asked: usize,
}

/// What a token is signed with.
enum With {
    ItsKey,
    AnotherKey,
    Nothing,
}

/// A service on this machine.
pub(crate) struct Service {
    pub(crate) issuer: String,
    pub(crate) says: Arc<Mutex<Says>>,
}

fn pair() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()
}

fn jwk(pair: &EcdsaKeyPair) -> Value {
    let point = pair.public_key().as_ref();
    let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..]));
    json!({ "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig", "alg": "ES256", "x": x, "y": y })
}

fn query(text: &str) -> Vec<(String, String)> {
    // Whatever is looked at here is written as it is.
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn named<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

impl Service {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/realms/clinic", listener.local_addr().unwrap());
        let key = pair();
        let published = json!({ "keys": [{ "kty": "unheard of" }, jwk(&key)] });
        let says = Arc::new(Mutex::new(Says {
            claims: json!({}),
            header: json!({}),
            key,
            challenge: String::new(),
            signs: With::ItsKey,
            of_itself: json!({}),
            broken: false,
            asked: 0,
        }));
        let (own, at) = (Arc::clone(&says), issuer.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                answers(stream, &at, &published, &own).await;
            }
        });
        Self { issuer, says }
    }

    fn settings(&self) -> Outside {
        Outside {
            issuer: self.issuer.clone(),
            client_id: CLIENT.to_owned(),
            secret: None,
            name: "Clinic account".to_owned(),
            counts_as: CountsAs::OneFactor,
            trusts_email: false,
            authorities: None,
        }
    }

    /// The browser goes there: the service will speak of `subject`. Gives what it brings back.
    pub(crate) fn visited(&self, world: &World, url: &str, subject: &str) -> Value {
        let (at, asked) = url.split_once('?').unwrap();
        assert_eq!(at, format!("{}/authorize", self.issuer));
        let asked = query(asked);
        assert_eq!(named(&asked, "code_challenge_method"), "S256");
        assert_eq!(named(&asked, "max_age"), "43200");
        assert!(named(&asked, "redirect_uri").ends_with("%2Foutside"));
        let now = world.now().0 / 1000;
        let asks_anew = asked.iter().any(|(name, _)| name == "prompt");
        let mut says = self.says.lock().unwrap();
        says.challenge = named(&asked, "code_challenge").to_owned();
        says.signs = With::ItsKey;
        says.header = json!({ "alg": "ES256", "kid": "one", "typ": "JWT" });
        says.claims = json!({
            "iss": self.issuer, "sub": subject, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": named(&asked, "nonce"),
        });
        if asks_anew {
            says.claims["auth_time"] = json!(now);
        }
        json!({ "code": "a code", "state": named(&asked, "state") })
    }
}

/// One answer a connection, as little HTTP as will do.
async fn answers(mut stream: TcpStream, issuer: &str, keys: &Value, says: &Mutex<Says>) {
    let mut heard = Vec::new();
    let (head, body) = loop {
        let mut some = [0; 4096];
        let n = stream.read(&mut some).await.unwrap();
        heard.extend_from_slice(&some[..n]);
        let text = String::from_utf8_lossy(&heard).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break (head.to_owned(), body.to_owned());
        }
    };
    let path = head.split(' ').nth(1).unwrap().to_owned();
    let (status, answer) = match path.as_str() {
        "/realms/clinic/.well-known/openid-configuration" => {
            let mut says = says.lock().unwrap();
            says.asked += 1;
            let mut document = json!({
                "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
            });
            for (name, value) in says.of_itself.as_object().unwrap() {
                document[name] = value.clone();
            }
            (if says.broken { 503 } else { 200 }, document)
        }
        "/realms/clinic/keys" => (200, keys.clone()),
        "/realms/clinic/token" => token(&body, says),
        _ => (404, json!({})),
    };
    let text = answer.to_string();
    let whole = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(whole.as_bytes()).await.unwrap();
}

fn token(body: &str, says: &Mutex<Says>) -> (u16, Value) {
    let says = says.lock().unwrap();
    let verifier = Sha256::digest(named(&query(body), "code_verifier"));
    if BASE64.encode(verifier) != says.challenge {
        return (400, json!({ "error": "invalid_grant" }));
    }
    let words = [&says.header, &says.claims].map(|part| BASE64.encode(part.to_string()));
    let signed = words.join(".");
    let sign = |key: &EcdsaKeyPair| BASE64.encode(key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap());
    let signature = match says.signs {
        With::ItsKey => sign(&says.key),
        With::AnotherKey => sign(&pair()),
        With::Nothing => String::new(),
    };
    (
        200,
        json!({ "id_token": format!("{signed}.{signature}"), "token_type": "Bearer", "access_token": "x" }),
    )
}

pub(crate) async fn house(change: impl FnOnce(&mut Outside)) -> (World, Service) {
    let service = Service::start().await;
    let mut settings = service.settings();
    change(&mut settings);
    let world = World::start_with(|config| config.outside = Some(settings), Arc::new(Recorder::default())).await;
    (world, service)
}

/// Begins; gives where to go. The browser keeps the cookie for the way back beside its login's.
pub(crate) async fn begins(browser: &mut Browser, at: &str) -> String {
    let begun = browser.post(at, &json!({})).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    assert!(browser.outside.is_some());
    begun.json()["url"].as_str().unwrap().to_owned()
}

pub(crate) async fn signs_in(world: &World, service: &Service, browser: &mut Browser, subject: &str) -> Reply {
    let url = begins(browser, BEGIN).await;
    let brought = service.visited(world, &url, subject);
    browser.post(FINISH, &brought).await
}

pub(crate) async fn links(world: &World, service: &Service, browser: &mut Browser, subject: &str) -> Reply {
    let url = begins(browser, LINK).await;
    let brought = service.visited(world, &url, subject);
    browser.post(FINISH, &brought).await
}

#[tokio::test]
async fn t9_who_is_linked_signs_in_at_the_practices_own_service_and_nobody_else() {
    let (world, service) = house(|_| ()).await;
    let mut ida = world.ida().await;
    assert_eq!(
        world.browser().get("/api/state").await.json()["outside"],
        "Clinic account"
    );
    let stranger = signs_in(&world, &service, &mut world.browser(), "u-17").await;
    assert_eq!(stranger.code(), "wrong_credentials", "nobody is linked");
    let linked = links(&world, &service, &mut ida, "u-17").await;
    assert_eq!(
        (linked.status, linked.json()["linked"].clone()),
        (200, json!(true)),
        "{linked:?}"
    );
    let shown = ida.get("/api/account").await.json()["outside"].clone();
    assert_eq!(shown, json!({ "name": "Clinic account", "linked_at": world.now().0 }));

    let mut there = world.browser();
    let reply = signs_in(&world, &service, &mut there, "u-17").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(whose(&mut there).await["kind"], "facilitator");
    assert_eq!(there.account().await, ida.account().await);

    // What is linked to one account is linked to no other, and no account to two.
    let (mut ben, _) = world.colleague(&mut ida, "Ben", &json!(["facilitator"])).await;
    assert_eq!(
        links(&world, &service, &mut ben, "u-17").await.code(),
        "wrong_credentials"
    );
    assert_eq!(
        links(&world, &service, &mut ida, "u-18").await.code(),
        "wrong_credentials"
    );
    // An address is not enough, even a verified one, unless the operator says so.
    let mut by_address = world.browser();
    let url = begins(&mut by_address, BEGIN).await;
    let brought = service.visited(&world, &url, "u-99");
    service.says.lock().unwrap().claims["email"] = json!(EMAIL);
    service.says.lock().unwrap().claims["email_verified"] = json!(true);
    assert_eq!(by_address.post(FINISH, &brought).await.code(), "wrong_credentials");

    // Our own second factor is asked for besides, as the configuration says.
    sets_up_an_app(&world, &mut ida).await;
    let mut half = world.browser();
    assert_eq!(signs_in(&world, &service, &mut half, "u-17").await.status, 200);
    assert_eq!(half.get("/api/packs").await.code(), "second_factor_asked");
    // Not linked any more, it opens nothing; and a fresh proof is needed for either.
    assert_eq!(ida.post("/api/account/outside/remove", &json!({})).await.status, 204);
    let gone = signs_in(&world, &service, &mut world.browser(), "u-17").await;
    assert_eq!(gone.code(), "wrong_credentials");
    world.passes(Duration::from_secs(301));
    assert_eq!(ida.post(LINK, &json!({})).await.code(), "prove_again");
    says(
        "the practice's own service: 2 sign-ins, 1 link; strangers, second links, addresses and removed links refused",
        6,
    );
}

#[tokio::test]
async fn t9_a_service_that_is_trusted_for_addresses_and_asks_for_two_factors_is_believed_as_the_operator_says() {
    let (world, service) = house(|said| {
        said.trusts_email = true;
        said.counts_as = CountsAs::AsItSays;
    })
    .await;
    let mut ida = world.ida().await;
    sets_up_an_app(&world, &mut ida).await;
    let mut refused = 0;
    for (claims, status) in [
        (json!({ "email": EMAIL }), 401),
        (json!({ "email": EMAIL, "email_verified": false }), 401),
        (json!({ "email": "nobody@example.org", "email_verified": true }), 401),
        (
            json!({ "email": EMAIL, "email_verified": true, "amr": ["pwd", "mfa"] }),
            200,
        ),
    ] {
        let mut browser = world.browser();
        let url = begins(&mut browser, BEGIN).await;
        let brought = service.visited(&world, &url, "u-1");
        for (name, value) in claims.as_object().unwrap() {
            service.says.lock().unwrap().claims[name] = value.clone();
        }
        let reply = browser.post(FINISH, &brought).await;
        assert_eq!(reply.status, status, "{claims}: {reply:?}");
        refused += usize::from(status == 401);
        if status == 200 {
            assert_eq!(browser.get("/api/packs").await.status, 200, "both factors, as it says");
        }
    }
    // The address went to somebody else there: who was linked stays linked.
    let mut other = world.browser();
    let url = begins(&mut other, BEGIN).await;
    let brought = service.visited(&world, &url, "u-2");
    service.says.lock().unwrap().claims["email"] = json!(EMAIL);
    service.says.lock().unwrap().claims["email_verified"] = json!(true);
    assert_eq!(other.post(FINISH, &brought).await.code(), "wrong_credentials");
    says(
        &format!("addresses: {} refused, 1 verified one believed once", refused + 1),
        refused + 2,
    );
}

#[tokio::test]
async fn t9_a_service_that_lies_and_an_answer_that_is_replayed_sign_nobody_in() {
    type Lie = (&'static str, fn(&mut Says));
    const LIES: [Lie; 16] = [
        ("another nonce", |says| says.claims["nonce"] = json!("another")),
        ("no nonce", |says| says.claims["nonce"] = Value::Null),
        ("for somebody else", |says| says.claims["aud"] = json!("another client")),
        ("for several, by nobody", |says| {
            says.claims["aud"] = json!([CLIENT, "another client"])
        }),
        ("asked by somebody else", |says| {
            says.claims["azp"] = json!("another client")
        }),
        ("another service", |says| {
            says.claims["iss"] = json!("http://127.0.0.1/realms/other")
        }),
        ("too old", |says| {
            says.claims["exp"] = json!(says.claims["iat"].as_u64().unwrap() - 61)
        }),
        ("made long ago", |says| {
            says.claims["iat"] = json!(says.claims["iat"].as_u64().unwrap() - 361)
        }),
        ("not yet good", |says| {
            says.claims["nbf"] = json!(says.claims["iat"].as_u64().unwrap() + 62)
        }),
        ("asked yesterday", |says| {
            says.claims["auth_time"] = json!(says.claims["iat"].as_u64().unwrap() - 12 * 3600 - 61)
        }),
        ("asked tomorrow", |says| {
            says.claims["auth_time"] = json!(says.claims["iat"].as_u64().unwrap() + 61)
        }),
        ("nobody", |says| says.claims["sub"] = json!("")),
        ("signed by nobody", |says| {
            says.header["alg"] = json!("none");
            says.signs = With::Nothing;
        }),
        ("signed with a shared secret", |says| {
            says.header["alg"] = json!("HS256")
        }),
        ("another key", |says| says.signs = With::AnotherKey),
        ("a key that nobody published", |says| says.header["kid"] = json!("two")),
    ];
    let (world, service) = house(|_| ()).await;
    let mut ida = world.ida().await;
    assert_eq!(links(&world, &service, &mut ida, "u-17").await.status, 200);
    let mut refusals = Vec::new();
    for (lie, tells) in LIES {
        let mut browser = world.browser();
        let url = begins(&mut browser, BEGIN).await;
        let brought = service.visited(&world, &url, "u-17");
        tells(&mut service.says.lock().unwrap());
        refusals.push((lie, browser.post(FINISH, &brought).await));
    }

    // Answers that come twice, to another question, in another browser, or too late.
    let mut browser = world.browser();
    let url = begins(&mut browser, BEGIN).await;
    let brought = service.visited(&world, &url, "u-17");
    assert_eq!(browser.post(FINISH, &brought).await.status, 200, "the truth");
    refusals.push(("replayed", browser.post(FINISH, &brought).await));
    let url = begins(&mut browser, BEGIN).await;
    let mut brought = service.visited(&world, &url, "u-17");
    refusals.push(("in another browser", world.browser().post(FINISH, &brought).await));
    brought["state"] = json!("0".repeat(43));
    refusals.push(("another state", browser.post(FINISH, &brought).await));
    let mut victim = world.browser();
    let url = begins(&mut victim, BEGIN).await;
    let stolen = service.visited(&world, &url, "u-17");
    let mut thief = world.browser();
    let url = begins(&mut thief, BEGIN).await;
    let (_, own) = url.split_once('?').unwrap();
    let spent = json!({ "code": stolen["code"], "state": named(&query(own), "state") });
    refusals.push(("a code of somebody else's question", thief.post(FINISH, &spent).await));
    world.passes(Duration::from_secs(300));
    refusals.push(("too late", victim.post(FINISH, &stolen).await));
    // A link that somebody else's browser is made to finish.
    let mut ben = world.colleague(&mut ida, "Ben", &json!(["facilitator"])).await.0;
    let url = begins(&mut ben, LINK).await;
    let brought = service.visited(&world, &url, "u-66");
    let mut other = world.browser();
    other.outside = ben.outside.clone();
    refusals.push(("a link without whoever began it", other.post(FINISH, &brought).await));
    assert_eq!(
        ben.get("/api/account").await.json()["outside"]["linked_at"],
        Value::Null
    );

    for (lie, reply) in &refusals {
        assert_eq!(reply.code(), "wrong_credentials", "{lie}");
        assert_eq!((reply.status, &reply.body), (401, &refusals[0].1.body), "{lie}");
    }
    says(
        &format!(
            "a service that lies: {0} of {0} refused in the same words",
            refusals.len()
        ),
        refusals.len(),
    );
}
