//! The sign-in service: where its addresses and keys are, which are asked for when they are needed and kept for a while, and an ID token for
//! a code.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jsonwebtoken::jwk::Jwk;
use protocol::{Private, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::token::{Expected, Person, check, names_a_key};
use super::wire::{Post, fetch};
use super::{Fault, Outside, address, named_by};
use crate::limits;

/// The service, with what it said of itself.
pub(crate) struct Service {
    said: Outside,
    known: Mutex<Heard>,
}

/// What is known of the service, or that it did not say it.
#[derive(Default)]
struct Heard {
    known: Option<Known>,
    failed: Option<Instant>,
}

/// What the service said of itself, and when.
struct Known {
    at: Timestamp,
    authorization: Url,
    token: Url,
    keys_at: Url,
    keys: Vec<Jwk>,
    /// The client's secret goes into the form, where the service takes it nowhere else.
    secret_in_form: bool,
}

/// A question to the service: what only whoever began it knows.
pub(crate) struct Question<'a> {
    pub(crate) back_to: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) verifier: &'a str,
    /// The service is to ask who it is, whoever it knows in that browser.
    pub(crate) anew: bool,
    pub(crate) now: Timestamp,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service")
    }
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

impl Service {
    pub(crate) fn new(said: Outside) -> Self {
        Self {
            said,
            known: Mutex::default(),
        }
    }

    pub(crate) const fn said(&self) -> &Outside {
        &self.said
    }

    /// Where the browser goes to ask.
    pub(crate) async fn ask_at(
        &self,
        question: &Question<'_>,
        state: &str,
        challenge: &str,
    ) -> Result<Private<String>, Fault> {
        let mut known = self.known.lock().await;
        let mut url = self.known(&mut known, question.now).await?.authorization.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.said.client_id)
            .append_pair("redirect_uri", question.back_to)
            .append_pair("scope", "openid email")
            .append_pair("state", state)
            .append_pair("nonce", question.nonce)
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256")
            // A login of its own counts no longer there than one of ours here; and it says how old it is.
            .append_pair("max_age", &limits::FACILITATOR_OVERALL.as_secs().to_string());
        if question.anew {
            url.query_pairs_mut().append_pair("prompt", "login");
        }
        Ok(Private(url.into()))
    }

    /// Whom the service means by a code.
    pub(crate) async fn redeem(&self, code: &Private<String>, question: &Question<'_>) -> Result<Person, Fault> {
        let secret = self.said.client_secret()?;
        let (at, post) = {
            let mut known = self.known.lock().await;
            let known = self.known(&mut known, question.now).await?;
            (known.token.clone(), self.form(known, code, question, secret.as_ref()))
        };
        let answer = fetch(&self.said, &at, Some(post)).await?;
        let answer: Value = serde_json::from_slice(&answer).map_err(|_| Fault::Words("no JSON"))?;
        let token = answer["id_token"].as_str().ok_or(Fault::Words("no ID token"))?;
        let mut known = self.known.lock().await;
        let keys = self.keys_for(token, &mut known, question.now).await?;
        let expected = Expected {
            issuer: &self.said.issuer,
            client_id: &self.said.client_id,
            nonce: question.nonce,
            now: question.now,
        };
        Ok(check(token, keys, &expected)?)
    }

    fn form(
        &self,
        known: &Known,
        code: &Private<String>,
        question: &Question<'_>,
        secret: Option<&Private<String>>,
    ) -> Post {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code.expose())
            .append_pair("redirect_uri", question.back_to)
            .append_pair("code_verifier", question.verifier);
        let mut authorization = None;
        match secret {
            Some(secret) if !known.secret_in_form => {
                let escaped = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", escaped(&self.said.client_id), escaped(secret.expose()));
                authorization = Some(Private(format!("Basic {}", BASE64.encode(pair))));
            }
            Some(secret) => {
                form.append_pair("client_id", &self.said.client_id)
                    .append_pair("client_secret", secret.expose());
            }
            None => {
                form.append_pair("client_id", &self.said.client_id);
            }
        }
        Post {
            form: Private(form.finish()),
            authorization,
        }
    }

    /// What the service says of itself, asked for anew after a while.
    ///
    /// Whoever comes meanwhile waits for the same answer. A service that gave none is left alone for a moment, so that those who waited hear
    /// it at once, instead of each waiting for it in their turn.
    async fn known<'k>(&self, heard: &'k mut Heard, now: Timestamp) -> Result<&'k mut Known, Fault> {
        let fresh = heard
            .known
            .as_ref()
            .is_some_and(|known| now.since(known.at) < crate::identity::millis(limits::OUTSIDE_KNOWN));
        if !fresh {
            if heard.failed.is_some_and(|at| at.elapsed() < limits::OUTSIDE_REST) {
                return Err(Fault::Silent("as a moment ago".to_owned()));
            }
            match self.discover(now).await {
                Ok(known) => heard.known = Some(known),
                Err(fault) => {
                    heard.failed = Some(Instant::now());
                    return Err(fault);
                }
            }
        }
        heard.known.as_mut().ok_or(Fault::Words("nothing"))
    }

    /// The service's keys: asked for once more where a token names one that is not among them, for keys change.
    async fn keys_for<'k>(&self, token: &str, heard: &'k mut Heard, now: Timestamp) -> Result<&'k [Jwk], Fault> {
        let known = self.known(heard, now).await?;
        if !names_a_key(token, &known.keys) {
            known.keys = self.keys(&known.keys_at).await?;
        }
        Ok(&known.keys)
    }

    async fn discover(&self, now: Timestamp) -> Result<Known, Fault> {
        let at = format!(
            "{}/.well-known/openid-configuration",
            self.said.issuer.trim_end_matches('/')
        );
        let at = address(&at).ok_or(Fault::Words("an issuer that is no address"))?;
        let answer = fetch(&self.said, &at, None).await?;
        let said: Discovery = serde_json::from_slice(&answer).map_err(|_| Fault::Words("no discovery document"))?;
        if said.issuer != self.said.issuer {
            return Err(Fault::Words("another issuer's discovery document"));
        }
        let safe = |text: &str| named_by(&self.said.issuer, text).ok_or(Fault::Words("an address that is not safe"));
        let keys_at = safe(&said.jwks_uri)?;
        let methods = &said.token_endpoint_auth_methods_supported;
        let takes = |method: &str| methods.iter().any(|one| one == method);
        Ok(Known {
            at: now,
            authorization: safe(&said.authorization_endpoint)?,
            token: safe(&said.token_endpoint)?,
            keys: self.keys(&keys_at).await?,
            keys_at,
            secret_in_form: takes("client_secret_post") && !takes("client_secret_basic"),
        })
    }

    async fn keys(&self, at: &Url) -> Result<Vec<Jwk>, Fault> {
        let answer = fetch(&self.said, at, None).await?;
        let answer: Value = serde_json::from_slice(&answer).map_err(|_| Fault::Words("no keys"))?;
        let keys = answer["keys"].as_array().ok_or(Fault::Words("no keys"))?;
        // Kinds of keys that nobody here knows are somebody else's business.
        let known = keys.iter().filter_map(|key| serde_json::from_value(key.clone()).ok());
        Ok(known.collect())
    }
}
