//! A second device in the same house: a certificate of the server's own making.

use std::sync::Arc;

use rondo::config::{Origin, Tls};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::world::{Recorder, World, exchange};

/// Trusts exactly one certificate, as somebody does who clicks the warning away after looking.
#[derive(Debug)]
struct Exactly(CertificateDer<'static>);

impl ServerCertVerifier for Exactly {
    fn verify_server_cert(
        &self,
        end: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *end == self.0 {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::General("another certificate".to_owned()))
        }
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &provider().signature_verification_algorithms)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &provider().signature_verification_algorithms)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

fn provider() -> rustls::crypto::CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

#[tokio::test]
async fn a_self_signed_server_is_reached_over_tls_by_its_own_kept_certificate() {
    use rustls::pki_types::pem::PemObject;
    let world = World::start_with(|config| config.tls = Tls::SelfSigned, Arc::new(Recorder::default())).await;
    // Its own clock stands in 2027; the certificate is pinned, so only its place in the handshake is tried here.
    let kept = world.folder.path().join("data/tls/self-signed.pem");
    // The port listens before the certificate is there: the first connection waits for it.
    let connected = TcpStream::connect(world.address).await.unwrap();
    let certificate = loop {
        match CertificateDer::from_pem_file(&kept) {
            Ok(certificate) => break certificate,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let client = rustls::ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Exactly(certificate)))
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(client));
    let stream = connector
        .connect(ServerName::try_from("127.0.0.1").unwrap(), connected)
        .await
        .unwrap();
    let reply = exchange(stream, "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "ready\n"));
    assert_eq!(
        reply.header("strict-transport-security"),
        None,
        "not for a certificate of our own making"
    );

    // Plain words on the TLS port get none back.
    let mut plain = TcpStream::connect(world.address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut plain, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _reset = tokio::io::AsyncReadExt::read_to_end(&mut plain, &mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/"), "{answer:?}");
}

#[tokio::test]
async fn links_begin_with_the_address_that_people_type() {
    let world = World::start_with(
        |config| config.public_url = Origin::parse_url("https://rondo.example"),
        Arc::new(Recorder::default()),
    )
    .await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Tuesdays").await;
    let made = ida
        .post(
            &format!("/api/groups/{room}/invites"),
            &serde_json::json!({ "name": "Ana", "role": "member" }),
        )
        .await
        .json();
    assert!(made["url"].as_str().unwrap().starts_with("https://rondo.example/join#"));
}
