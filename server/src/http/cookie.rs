//! The login cookie. `__Host-` makes browsers insist that it came over https (or from this machine) for this very host and
//! path; `HttpOnly` keeps it from scripts; `SameSite=Strict` keeps it from other sites' requests.

use axum::http::{HeaderMap, HeaderValue, header};

use protocol::Private;

use crate::identity::Started;
use crate::limits;

const NAME: &str = "__Host-rondo";
const RULES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// The login cookie a request brought. Two of them are none: a page cannot have sent two.
pub(super) fn read(headers: &HeaderMap) -> Option<&str> {
    named(headers, NAME)
}

fn named<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut ours = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(other, _)| *other == name);
    match (ours.next(), ours.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

/// The cookie with which a browser comes back from the practice's sign-in service.
const OUTSIDE: &str = "__Host-rondo-outside";

/// Its secret, where the request brought exactly one.
pub(super) fn read_outside(headers: &HeaderMap) -> Option<&str> {
    named(headers, OUTSIDE)
}

/// The header that begins the way there. It ends with the question that it belongs to.
pub(super) fn begin_outside(secret: &Private<String>) -> HeaderValue {
    let life = limits::BEGINNING.as_secs();
    let text = format!("{OUTSIDE}={}; {RULES}; Max-Age={life}", secret.expose());
    let mut value = HeaderValue::from_str(&text).expect("base64url and a number are header text");
    value.set_sensitive(true);
    value
}

/// The header that ends it, with any answer: the question is used up.
pub(super) fn end_outside() -> HeaderValue {
    HeaderValue::from_str(&format!("{OUTSIDE}=; {RULES}; Max-Age=0")).expect("constants are header text")
}

/// The header that begins a login.
pub(super) fn begin(started: &Started) -> HeaderValue {
    let text = format!(
        "{NAME}={}; {RULES}; Max-Age={}",
        started.secret.expose(),
        started.max_age_seconds
    );
    let mut value = HeaderValue::from_str(&text).expect("base64url and a number are header text");
    value.set_sensitive(true);
    value
}

/// The secret of the login that an answer begins; none where it begins none.
pub(super) fn begun(header: &HeaderValue) -> Option<String> {
    let pair = header.to_str().ok()?.split(';').next()?;
    let value = pair.strip_prefix(NAME)?.strip_prefix('=')?;
    (!value.is_empty()).then(|| value.to_owned())
}

/// The header that ends it.
pub(super) fn end() -> HeaderValue {
    HeaderValue::from_str(&format!("{NAME}=; {RULES}; Max-Age=0")).expect("constants are header text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_cookie_of_our_name_is_read() {
        let read_from = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            lines.iter().for_each(|line| {
                headers.append(header::COOKIE, line.parse().unwrap());
            });
            read(&headers).map(str::to_owned)
        };
        assert_eq!(read_from(&["a=b; __Host-rondo=x; c=d"]), Some("x".to_owned()));
        for none in [
            &["rondo=x"][..],
            &["__host-rondo=x"],
            &["__Host-rondo=x; __Host-rondo=y"],
            &["__Host-rondo=x", "__Host-rondo=x"],
            &[],
        ] {
            assert_eq!(read_from(none), None);
        }
    }
}
