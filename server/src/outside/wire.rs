//! One request to the sign-in service and its answer: no redirects, a bound on its size and its time.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use protocol::Private;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use super::{Fault, Outside};
use crate::limits;

/// A form to post, and who posts it.
pub(super) struct Post {
    pub(super) form: Private<String>,
    pub(super) authorization: Option<Private<String>>,
}

/// Asks, and gives the body of an answer that says 200.
pub(super) async fn fetch(outside: &Outside, url: &Url, post: Option<Post>) -> Result<Bytes, Fault> {
    let asked = tokio::time::timeout(limits::OUTSIDE_WAIT, ask(outside, url, post));
    asked.await.map_err(|_| Fault::Silent("too late".to_owned()))?
}

async fn ask(outside: &Outside, url: &Url, post: Option<Post>) -> Result<Bytes, Fault> {
    let host = url.host_str().ok_or(Fault::Words("an address without a host"))?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let port = url
        .port_or_known_default()
        .ok_or(Fault::Words("an address without a port"))?;
    let stream = TcpStream::connect((bare, port)).await.map_err(silent)?;
    if url.scheme() != "https" {
        return over(stream, url, post).await;
    }
    let name = ServerName::try_from(bare.to_owned()).map_err(silent)?;
    let connector = TlsConnector::from(Arc::new(trusting(outside)?));
    over(connector.connect(name, stream).await.map_err(silent)?, url, post).await
}

fn trusting(outside: &Outside) -> Result<ClientConfig, Fault> {
    let mut roots = RootCertStore::empty();
    match &outside.authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            for certificate in CertificateDer::pem_file_iter(path).map_err(|_| Fault::Files)? {
                let certificate = certificate.map_err(|_| Fault::Files)?;
                roots.add(certificate).map_err(|_| Fault::Files)?;
            }
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(silent)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

async fn over<S>(stream: S, url: &Url, post: Option<Post>) -> Result<Bytes, Fault>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(silent)?;
    let request = request(url, post)?;
    let answering = async {
        let answer = sender.send_request(request).await.map_err(silent)?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), limits::MAX_OUTSIDE_BYTES);
        let body = body.collect().await.map_err(|_| Fault::Words("too much"))?.to_bytes();
        if status == 200 {
            Ok(body)
        } else {
            Err(Fault::Status(status))
        }
    };
    // The connection works while the answer is waited for, and is dropped with it.
    tokio::pin!(answering);
    tokio::select! {
        answer = &mut answering => answer,
        ended = connection => {
            ended.map_err(silent)?;
            answering.await
        }
    }
}

fn request(url: &Url, post: Option<Post>) -> Result<Request<Full<Bytes>>, Fault> {
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let mut request = Request::builder()
        .uri(target)
        .header(header::HOST, authority)
        .header(header::ACCEPT, "application/json");
    let mut body = Full::default();
    if let Some(post) = post {
        request = request
            .method("POST")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(authorization) = &post.authorization {
            request = request.header(header::AUTHORIZATION, authorization.expose());
        }
        body = Full::from(post.form.into_exposed());
    }
    request
        .body(body)
        .map_err(|_| Fault::Words("no request can be made of it"))
}

fn silent(fault: impl std::fmt::Display) -> Fault {
    Fault::Silent(fault.to_string())
}
