//! Certificates: the operator's own, or one that the server makes for itself and keeps in the data folder.
//!
//! A self-signed certificate is for a second device in the same house, where no authority would vouch for an address
//! like 192.168.1.7. The browser warns once; what is then sent is encrypted, and camera and cookies work.

use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use protocol::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::{Config, Tls};

/// Browsers of the strictest vendor take no longer life than 398 days.
const LIFE_DAYS: i64 = 397;
/// Made anew this long before its end, at a start.
const RENEW_DAYS: i64 = 30;

/// Why TLS could not start.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A file could not be read or written.
    #[error("{} cannot be used: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{} holds no {expected} in PEM form", path.display())]
    NotPem {
        /// Which.
        path: PathBuf,
        /// What was looked for.
        expected: &'static str,
    },
    /// Certificate and key do not fit each other, or are of a kind that is no longer safe.
    #[error("the certificate and its key cannot be used together: {0}")]
    Unfit(#[from] rustls::Error),
    /// The certificate could not be made.
    #[error("a certificate could not be made: {0}")]
    NotMade(#[from] rcgen::Error),
}

/// The acceptor for these settings; none where connections are plain.
pub(crate) fn acceptor(config: &Config, names: &[String], now: Timestamp) -> Result<Option<TlsAcceptor>, TlsFault> {
    let (chain, key) = match &config.tls {
        Tls::Off => return Ok(None),
        Tls::Files { certificate, key } => (certificate.clone(), key.clone()),
        Tls::SelfSigned => self_signed(&config.data.join("tls"), names, now)?,
    };
    let certificates = CertificateDer::pem_file_iter(&chain)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|fault| pem_fault(&chain, "certificate", fault))?;
    if certificates.is_empty() {
        return Err(TlsFault::NotPem {
            path: chain,
            expected: "certificate",
        });
    }
    let key = PrivateKeyDer::from_pem_file(&key).map_err(|fault| pem_fault(&key, "private key", fault))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(tls))))
}

fn pem_fault(path: &Path, expected: &'static str, fault: rustls::pki_types::pem::Error) -> TlsFault {
    match fault {
        rustls::pki_types::pem::Error::Io(source) => TlsFault::File {
            path: path.to_owned(),
            source,
        },
        _ => TlsFault::NotPem {
            path: path.to_owned(),
            expected,
        },
    }
}

/// The kept certificate, made anew where it is missing, ends soon, or lacks a name. The key stays the same, so that a
/// browser that was told to trust it need not be told again for the key's sake.
fn self_signed(folder: &Path, names: &[String], now: Timestamp) -> Result<(PathBuf, PathBuf), TlsFault> {
    let at = |name: &str| folder.join(name);
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsFault::File { path, source }
    };
    let (chain, key, about) = (at("self-signed.pem"), at("self-signed.key"), at("self-signed.names"));
    fs::create_dir_all(folder).map_err(file(folder))?;
    let today = day(now);
    let wanted = |text: &str| {
        let mut lines = text.lines();
        let ends: Option<i64> = lines.next().and_then(|line| line.parse().ok());
        let kept: Vec<&str> = lines.collect();
        ends.is_some_and(|ends| ends - RENEW_DAYS > today) && names.iter().all(|name| kept.contains(&name.as_str()))
    };
    if chain.exists() && key.exists() && fs::read_to_string(&about).is_ok_and(|text| wanted(&text)) {
        return Ok((chain, key));
    }
    let pair = match fs::read_to_string(&key) {
        Ok(pem) => rcgen::KeyPair::from_pem(&pem)?,
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => rcgen::KeyPair::generate()?,
        Err(fault) => return Err(file(&key)(fault)),
    };
    let mut params = rcgen::CertificateParams::new(names.to_vec())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "Rondo on this network");
    let ((y0, m0, d0), (y1, m1, d1)) = (date(today - 1), date(today + LIFE_DAYS - 1));
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(y0, m0, d0), rcgen::date_time_ymd(y1, m1, d1));
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&pair)?;
    write(&key, pair.serialize_pem().as_bytes()).map_err(file(&key))?;
    write(&chain, certificate.pem().as_bytes()).map_err(file(&chain))?;
    let note = format!("{}\n{}\n", today + LIFE_DAYS - 1, names.join("\n"));
    write(&about, note.as_bytes()).map_err(file(&about))?;
    Ok((chain, key))
}

/// Written beside and then renamed, readable by the owner alone: a crash leaves the old file or the new one.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

fn day(now: Timestamp) -> i64 {
    i64::try_from(now.0 / (24 * 60 * 60 * 1000)).unwrap_or(0)
}

/// The civil date of a day since 1970.
fn date(day: i64) -> (i32, u8, u8) {
    let date = jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(day));
    (
        i32::from(date.year()),
        date.month().unsigned_abs(),
        date.day().unsigned_abs(),
    )
}

/// The names and addresses under which a browser in the same network can reach `listen`, best first, in URL form.
pub(crate) fn reachable(listen: SocketAddr) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    if listen.ip().is_unspecified() {
        names.extend(outward(listen.is_ipv6()).iter().map(url_host));
        names.extend(host_name().into_iter().flat_map(|name| [format!("{name}.local"), name]));
    } else {
        names.push(url_host(&listen.ip()));
    }
    names.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn url_host(ip: &IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// The machine's own addresses towards the world. Connecting a UDP socket sends nothing: it only asks the routing table
/// which address would be used (the targets are reserved for documentation, RFC 5737 and RFC 3849).
fn outward(both_families: bool) -> Vec<IpAddr> {
    let ask = |from: &str, to: &str| {
        let socket = UdpSocket::bind(from).ok()?;
        socket.connect(to).ok()?;
        socket
            .local_addr()
            .ok()
            .map(|address| address.ip())
            .filter(|ip| !ip.is_unspecified() && !ip.is_loopback())
    };
    let v6 = || both_families.then(|| ask("[::]:0", "[2001:db8::1]:9")).flatten();
    ask("0.0.0.0:0", "192.0.2.1:9").into_iter().chain(v6()).collect()
}

/// The machine's name, where the system keeps it in a file and it can stand in a certificate.
fn host_name() -> Option<String> {
    let name = ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .iter()
        .find_map(|path| fs::read_to_string(path).ok())?;
    let name = name.trim().to_ascii_lowercase();
    let plain = !name.is_empty() && name != "localhost" && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 60 * 60 * 1000;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_certificate_is_kept_until_it_ends_soon_or_lacks_a_name_and_its_key_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let made = |list: &[&str], at: u64| {
            let (chain, key) = self_signed(folder.path(), &names(list), Timestamp(at * DAY)).unwrap();
            (fs::read(chain).unwrap(), fs::read(key).unwrap())
        };
        let first = made(&["localhost", "192.168.1.7"], 20_000);
        assert_eq!(made(&["localhost"], 20_001), first, "nothing changed");
        let renamed = made(&["localhost", "192.168.1.8"], 20_001);
        assert_ne!(renamed.0, first.0, "the machine has a new address");
        let renewed = made(&["localhost"], 20_001 + 367);
        assert_ne!(renewed.0, renamed.0, "thirty days before its end");
        assert!(renewed.1 == first.1 && renamed.1 == first.1, "the key stays");
    }

    #[cfg(unix)]
    #[test]
    fn the_key_can_be_read_by_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (_, key) = self_signed(folder.path(), &names(&["localhost"]), Timestamp(20_000 * DAY)).unwrap();
        assert_eq!(fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cert.pem");
        let mut config = Config::in_folder(folder.path());
        config.tls = Tls::Files {
            certificate: path.clone(),
            key: path.clone(),
        };
        let fault = acceptor(&config, &[], Timestamp(0)).err().unwrap().to_string();
        assert!(fault.contains("cert.pem cannot be used"), "{fault}");
        fs::write(&path, "hello").unwrap();
        let fault = acceptor(&config, &[], Timestamp(0)).err().unwrap().to_string();
        assert!(fault.contains("cert.pem holds no certificate"), "{fault}");
    }
}
