//! HTTP as a browser speaks it: one cookie jar, its own origin, JSON.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;

/// One browser.
#[derive(Debug, Clone)]
pub struct Browser {
    pub address: SocketAddr,
    pub cookie: Option<String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The body, read.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        assert!(
            self.status.is_success(),
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        serde_json::from_slice(&self.body).expect("the body is what the contract says")
    }
    /// The problem's code.
    pub fn problem(&self) -> protocol::api::ProblemCode {
        let problem: protocol::api::Problem = serde_json::from_slice(&self.body).expect("a problem");
        problem.code
    }
}

impl Browser {
    /// A fresh browser.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, cookie: None }
    }

    /// This server's own origin.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `GET`.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// `POST` of a JSON body.
    pub async fn post(&mut self, path: &str, body: &impl Serialize) -> Answer {
        let body = serde_json::to_vec(body).expect("a body");
        self.send(Method::POST, path, Some(body)).await
    }

    /// Any request, to a server that is there.
    pub async fn send(&mut self, method: Method, path: &str, body: Option<Vec<u8>>) -> Answer {
        self.try_send(method, path, body).await.expect("an answer")
    }

    /// Any request; `None` when nobody answers.
    pub async fn try_send(&mut self, method: Method, path: &str, body: Option<Vec<u8>>) -> Option<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address.to_string());
        if body.is_some() {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .header(ORIGIN, self.origin());
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let request = request
            .body(Full::new(Bytes::from(body.unwrap_or_default())))
            .expect("a request");
        let tcp = TcpStream::connect(self.address).await.ok()?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tcp)).await.ok()?;
        tokio::spawn(connection);
        let response = sender.send_request(request).await.ok()?;
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().expect("a plain cookie");
            let pair = text.split(';').next().unwrap_or_default();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        let body = body.collect().await.ok()?.to_bytes();
        Some(Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }
}
