//! Whether an ID token is the service's, for us, for this question and of now (OpenID Connect Core 3.1.3.7). Pure: keys, time and
//! what is expected are handed in. The signature is checked by a library that others use and look at; the rest are comparisons.

use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use protocol::{Private, Timestamp};
use serde::Deserialize;

use crate::limits;

/// Signatures that are taken: none with a secret that both sides know, and never none.
const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::RS256,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What a token must fit.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: Timestamp,
}

/// Whom a token speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// What the service calls them: never given to somebody else.
    pub(crate) subject: Private<String>,
    /// An address, where the service says that it has verified it.
    pub(crate) email: Option<Private<String>>,
    /// The service says that it asked for more than one factor.
    pub(crate) many_factors: bool,
    /// When it last asked, where it says so. It may know somebody for hours by a cookie of its own.
    pub(crate) asked_at: Option<Timestamp>,
}

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Wrong {
    #[error("it is none")]
    Shape,
    #[error("it is signed in a way that is not taken")]
    Algorithm,
    #[error("none of the service's keys is meant")]
    Key,
    #[error("the signature is wrong")]
    Signature,
    #[error("another service made it")]
    Issuer,
    #[error("it is for somebody else")]
    Audience,
    #[error("it is too old or not yet good")]
    Time,
    #[error("it answers another question")]
    Nonce,
    #[error("it speaks of nobody")]
    Subject,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: u64,
    iat: u64,
    nbf: Option<u64>,
    auth_time: Option<u64>,
    nonce: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: Verified,
    #[serde(default)]
    amr: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Some services write a text where the standard says true or false.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Verified {
    Said(bool),
    Written(String),
    #[default]
    Nothing,
}

/// Whether the keys hold the one that a token names; where not, newer keys may.
pub(super) fn names_a_key(token: &str, keys: &[Jwk]) -> bool {
    decode_header(token).is_ok_and(|header| key_of(header.kid.as_deref(), header.alg, keys).is_some())
}

/// Whom the token speaks of, if everything about it is as it must be.
pub(super) fn check(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<Person, Wrong> {
    let header = decode_header(token).map_err(|_| Wrong::Shape)?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Wrong::Algorithm);
    }
    let key = key_of(header.kid.as_deref(), header.alg, keys).ok_or(Wrong::Key)?;
    let key = DecodingKey::from_jwk(key).map_err(|_| Wrong::Key)?;
    let mut only_the_signature = Validation::new(header.alg);
    // What the rest says is compared below, by our own clock.
    only_the_signature.validate_exp = false;
    only_the_signature.validate_aud = false;
    only_the_signature.required_spec_claims.clear();
    let claims: Claims = decode(token, &key, &only_the_signature)
        .map_err(|fault| match fault.kind() {
            jsonwebtoken::errors::ErrorKind::Json(_) => Wrong::Shape,
            _ => Wrong::Signature,
        })?
        .claims;
    fits(&claims, expected)?;
    let verified = matches!(&claims.email_verified, Verified::Said(true))
        || matches!(&claims.email_verified, Verified::Written(text) if text == "true");
    Ok(Person {
        subject: Private(claims.sub),
        email: claims.email.filter(|_| verified).map(Private),
        many_factors: claims.amr.iter().any(|way| way == "mfa"),
        asked_at: claims.auth_time.map(|at| Timestamp(at.saturating_mul(1000))),
    })
}

fn fits(claims: &Claims, expected: &Expected<'_>) -> Result<(), Wrong> {
    if claims.iss != expected.issuer {
        return Err(Wrong::Issuer);
    }
    let for_us = match &claims.aud {
        Audience::One(one) => one == expected.client_id,
        // For several at once it must name us as the one who asked, or another of them could have.
        Audience::Many(all) => {
            all.iter().any(|one| one == expected.client_id) && (all.len() == 1 || claims.azp.is_some())
        }
    };
    if !for_us || claims.azp.as_ref().is_some_and(|azp| azp != expected.client_id) {
        return Err(Wrong::Audience);
    }
    let (now, skew) = (expected.now.0 / 1000, limits::OUTSIDE_SKEW.as_secs());
    let begun = claims.nbf.unwrap_or(0).max(claims.iat) <= now.saturating_add(skew);
    let fresh = claims.iat.saturating_add(limits::BEGINNING.as_secs() + skew) >= now;
    let asked = claims.auth_time.is_none_or(|at| {
        let lasts = limits::FACILITATOR_OVERALL.as_secs();
        at <= now.saturating_add(skew) && at.saturating_add(lasts + skew) >= now
    });
    if !begun || !fresh || !asked || claims.exp.saturating_add(skew) <= now {
        return Err(Wrong::Time);
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(Wrong::Nonce);
    }
    if claims.sub.is_empty() || claims.sub.len() > limits::MAX_OUTSIDE_SUBJECT {
        return Err(Wrong::Subject);
    }
    Ok(())
}

/// The key that is meant: by its name, or the only one there is. Never one that is for something else.
fn key_of<'a>(name: Option<&str>, algorithm: Algorithm, keys: &'a [Jwk]) -> Option<&'a Jwk> {
    let mut fitting = keys.iter().filter(|key| {
        let common = &key.common;
        let signs = !matches!(common.public_key_use, Some(PublicKeyUse::Encryption));
        let said = common
            .key_algorithm
            .is_none_or(|said| said.to_string() == format!("{algorithm:?}"));
        signs && said && name.is_none_or(|name| common.key_id.as_deref() == Some(name))
    });
    let found = fitting.next()?;
    fitting.next().is_none().then_some(found)
}
