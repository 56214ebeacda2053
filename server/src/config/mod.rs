//! Settings: defaults, then the configuration file, then the environment, then flags; the last one named wins.
//!
//! Every wrong value is one sentence that names the setting and where it came from. Every default is safe: only this
//! machine can reach the server, and off this machine plain HTTP does not start at all.

mod cluster;
mod network;
mod origin;
mod outside;
mod settings;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use protocol::Private;

use crate::keys::RootSource;
use crate::limits;
use crate::outside::Outside;
use crate::prepared::{Prepared, Wants};
use crate::relays::{self, Relays};
use crate::retention::Terms;
pub use cluster::Cluster;
pub use network::{Network, NetworkKey};
pub use origin::Origin;
pub use settings::{ConfigFault, Setting, Settings, Source};

/// How connections are encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Not by us: this machine only, or a declared proxy does it.
    Off,
    /// With a certificate that the server makes for itself and keeps in the data folder.
    SelfSigned,
    /// With the operator's.
    Files {
        /// The chain, PEM.
        certificate: PathBuf,
        /// The key, PEM.
        key: PathBuf,
    },
}

/// Of whom the house wants a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecondFactor {
    /// Of accounts made since this rule, a day after they were made. Older ones are asked for it and not held to it.
    #[default]
    NewAccounts,
    /// Of everybody, from their next step on.
    Everybody,
    /// Of nobody: everybody is asked for it.
    Asked,
}

/// Where the journal and the directory are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// SQLite in the data folder.
    Embedded,
    /// PostgreSQL, at this address (it may hold a password).
    Postgres(Private<String>),
}

/// What is logged and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// A `tracing` filter: `info`, `rondo=debug,warn`.
    pub filter: String,
    /// One JSON object a line.
    pub json: bool,
}

/// What is logged unless the operator says otherwise: the page's files are listed by name at every start, which tells nobody anything.
const DEFAULT_LOG: &str = "info,memory_serve=warn";

/// The settings, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The folder that holds everything.
    pub data: PathBuf,
    /// What people type into their browsers, where it differs from the listen address.
    pub public_url: Option<Origin>,
    /// How connections are encrypted.
    pub tls: Tls,
    /// Who may say where a request really came from.
    pub trusted_proxies: Vec<Network>,
    /// Where the journal is kept.
    pub database: Database,
    /// A folder with further packs.
    pub packs: Option<PathBuf>,
    /// Whom people call in a room that nobody leads for long: the practice's number, a crisis line.
    pub contact: Option<String>,
    /// Where rooms are unless somebody says otherwise, and whether one may lead alone.
    pub wants: Wants,
    /// What lies prepared in the data folder. Nothing until it was read, as the server's start does.
    pub prepared: Arc<Prepared>,
    /// What is logged.
    pub log: Log,
    /// Of whom the house wants a second factor.
    pub second_factor: SecondFactor,
    /// Where the root key comes from.
    pub root_key: RootSource,
    /// How long each class of data is kept.
    pub retention: Terms,
    /// Where voices and pictures come in; `None`: rooms have none.
    pub media: Option<media::Settings>,
    /// By which relay pages may come whose network lets nothing else through.
    pub relays: Option<Relays>,
    /// Which number people ring when voices fail.
    pub media_phone: Option<String>,
    /// The practice's own sign-in service.
    pub outside: Option<Outside>,
    /// Which node this is; `None`: the only one.
    pub cluster: Option<Cluster>,
    /// Where numbers are told to a collector; nowhere unless the operator says so.
    pub metrics: Option<SocketAddr>,
}

impl Config {
    /// The safe defaults with everything in `data`: what tests and a first start use.
    pub fn in_folder(data: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data: data.into(),
            public_url: None,
            tls: Tls::Off,
            trusted_proxies: Vec::new(),
            database: Database::Embedded,
            packs: None,
            contact: None,
            wants: Wants::default(),
            prepared: Arc::default(),
            log: Log {
                filter: DEFAULT_LOG.to_owned(),
                json: false,
            },
            second_factor: SecondFactor::default(),
            root_key: RootSource::File,
            retention: Terms::default(),
            media: None,
            relays: None,
            media_phone: None,
            outside: None,
            cluster: None,
            metrics: None,
        }
    }

    /// The settings, or the first thing that is wrong with them.
    pub fn check(settings: &Settings) -> Result<Self, ConfigFault> {
        let defaults = Self::in_folder("rondo-data");
        let path = |setting| {
            settings.parsed(setting, "must not be empty.", |text| {
                (!text.is_empty()).then(|| PathBuf::from(text))
            })
        };
        let listen = settings.parsed(
            Setting::Listen,
            "must be an address and a port, like 127.0.0.1:8080 or [::]:8443.",
            |t| t.parse().ok(),
        )?;
        let public_url = settings.parsed(
            Setting::PublicUrl,
            "must be https:// and a host, like https://rondo.example; no path, and http:// only for this machine itself.",
            |text| Origin::parse_url(text).filter(|origin| origin.is_https() || origin.is_loopback()),
        )?;
        let proxies = settings.parsed(
            Setting::TrustedProxies,
            "must be addresses or networks with commas between, like 127.0.0.1, 10.0.0.0/8.",
            |text| {
                text.split(',')
                    .map(|one| one.trim().parse::<Network>().ok())
                    .collect::<Option<Vec<_>>>()
            },
        )?;
        let database = settings.parsed(
            Setting::DatabaseUrl,
            "must begin with postgres://; leave it out for SQLite in the data folder.",
            |text| {
                (text.starts_with("postgres://") || text.starts_with("postgresql://"))
                    .then(|| Database::Postgres(Private(text.to_owned())))
            },
        )?;
        let json = settings.parsed(Setting::LogFormat, "must be text or json.", |text| match text {
            "text" => Some(false),
            "json" => Some(true),
            _ => None,
        })?;
        let filter = settings.parsed(
            Setting::Log,
            "must be a filter like info, or rondo=debug,warn.",
            |text| crate::telemetry::is_filter(text).then(|| text.to_owned()),
        )?;
        let contact = settings.parsed(
            Setting::Contact,
            "must be one line of at most 280 characters, like Practice: 01 234 56 78. At night: 142.",
            |text| {
                let text = text.trim();
                let fits = !text.is_empty() && text.chars().count() <= limits::MAX_CONTACT_CHARS;
                (fits && !text.chars().any(char::is_control)).then(|| text.to_owned())
            },
        )?;
        let country = settings.parsed(
            Setting::Country,
            "must be two capital letters, like US or CA.",
            |text| text.parse().ok(),
        )?;
        let one = settings.parsed(Setting::OneFacilitator, "must be yes or no.", |text| match text {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        })?;
        let second_factor = settings.parsed(
            Setting::SecondFactor,
            "must be new-accounts, everybody or asked.",
            |text| match text {
                "new-accounts" => Some(SecondFactor::NewAccounts),
                "everybody" => Some(SecondFactor::Everybody),
                "asked" => Some(SecondFactor::Asked),
                _ => None,
            },
        )?;
        let retention = settings.parsed(
            Setting::Retention,
            "must name classes and terms, like records=10y, audit=6y, logins=1d, links=1y, requests=2y, or records=forever; at least records=30d and audit=1y.",
            |text| text.parse().ok(),
        )?;
        let database = database.unwrap_or(defaults.database);
        let config = Self {
            listen: listen.unwrap_or(defaults.listen),
            data: path(Setting::Data)?.unwrap_or(defaults.data),
            public_url,
            tls: tls(settings, path(Setting::TlsCert)?, path(Setting::TlsKey)?)?,
            trusted_proxies: proxies.unwrap_or_default(),
            cluster: cluster::read(settings, &database)?,
            database,
            packs: path(Setting::Packs)?,
            contact,
            wants: Wants {
                country,
                one_facilitator: one.unwrap_or(false),
            },
            prepared: Arc::default(),
            log: Log {
                filter: filter.unwrap_or(defaults.log.filter),
                json: json.unwrap_or(false),
            },
            second_factor: second_factor.unwrap_or_default(),
            root_key: root_key(settings)?,
            retention: retention.unwrap_or_default(),
            media: None,
            relays: relays(settings)?,
            media_phone: media_phone(settings)?,
            outside: outside::read(settings)?,
            metrics: metrics(settings)?,
        };
        let media = media(settings, &config)?;
        let config = Self { media, ..config };
        if config.metrics == Some(config.listen) {
            return Err(settings.fault(
                Setting::Metrics,
                "is where people come in: numbers are told on an address of their own.",
            ));
        }
        config.is_safe(settings)?;
        Ok(config)
    }

    /// Off this machine, plain HTTP would show every word to the network, and no browser would keep the login cookie
    /// or open a camera. Only a proxy that speaks https may stand in front.
    fn is_safe(&self, settings: &Settings) -> Result<(), ConfigFault> {
        if self.tls != Tls::Off || self.listen.ip().is_loopback() {
            return Ok(());
        }
        let https_proxy = !self.trusted_proxies.is_empty() && self.public_url.as_ref().is_some_and(Origin::is_https);
        if https_proxy {
            return Ok(());
        }
        Err(settings.fault(
            Setting::Listen,
            "is not only this machine, and plain HTTP does not leave it: choose tls = \"self-signed\", or tls = \"files\" with \
             tls_cert and tls_key, or name the https proxy in front with trusted_proxies and public_url.",
        ))
    }
}

/// Where numbers are told, if anywhere.
fn metrics(settings: &Settings) -> Result<Option<SocketAddr>, ConfigFault> {
    if settings.said(Setting::Metrics) == Some("off") {
        return Ok(None);
    }
    settings.parsed(
        Setting::Metrics,
        "must be off, or an address and a port, like 127.0.0.1:9464.",
        |text| text.parse().ok(),
    )
}

/// A number as it is written down, which a telephone can dial.
fn media_phone(settings: &Settings) -> Result<Option<String>, ConfigFault> {
    settings.parsed(
        Setting::MediaPhone,
        "must be a telephone number of at most 40 signs, like +1 555 0100.",
        |text| {
            let text = text.trim();
            let plain = text
                .chars()
                .all(|sign| sign.is_ascii_digit() || "+ ()-./".contains(sign));
            let digits = text.chars().filter(char::is_ascii_digit).count();
            (plain && digits >= 3 && text.chars().count() <= limits::MAX_PHONE_CHARS).then(|| text.to_owned())
        },
    )
}

/// Where voices and pictures come in. Unless somebody says otherwise: beside the pages, at the same address and number over UDP. Behind a proxy
/// nobody could reach that, so there they are off until the operator says where.
fn media(settings: &Settings, config: &Config) -> Result<Option<media::Settings>, ConfigFault> {
    let addresses = settings.parsed(
        Setting::MediaAddresses,
        "must be addresses with commas between, like 203.0.113.5.",
        |text| {
            let all = text.split(',').map(|one| one.trim().parse::<IpAddr>().ok());
            all.collect::<Option<Vec<_>>>()
                .filter(|all| all.iter().all(|ip| !ip.is_unspecified()))
        },
    )?;
    let listen = match settings.said(Setting::Media) {
        Some("off") => return Ok(None),
        Some(_) => settings.parsed(
            Setting::Media,
            "must be off, or an address and a port, like 0.0.0.0:8443.",
            |text| text.parse::<SocketAddr>().ok(),
        )?,
        None if !config.trusted_proxies.is_empty() => None,
        None => Some(config.listen).filter(|listen| !listen.ip().is_unspecified() || addresses.is_some()),
    };
    let Some(listen) = listen else { return Ok(None) };
    if listen.ip().is_unspecified() && addresses.is_none() {
        return Err(settings.fault(
            Setting::Media,
            "is every address of this machine, and browsers must be told one of them: say which in media_addresses.",
        ));
    }
    let addresses = addresses.unwrap_or_default();
    let fourth = addresses.iter().filter(|ip| ip.is_ipv4()).count();
    let listen = match fourth {
        _ if !listen.ip().is_unspecified() => listen,
        0 => SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), listen.port()),
        all if all == addresses.len() => SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), listen.port()),
        _ => return Err(settings.fault(Setting::MediaAddresses, "must be of one family: all IPv4, or all IPv6.")),
    };
    let threads = settings.parsed(
        Setting::MediaThreads,
        "must be a number from 1 to 64: each has a port of its own, that of media and those behind it.",
        |text| {
            text.parse()
                .ok()
                .filter(|threads| (1..=media::limits::THREADS).contains(threads))
        },
    )?;
    let threads = threads.unwrap_or(1);
    if listen
        .port()
        .checked_add(u16::try_from(threads - 1).unwrap_or(u16::MAX))
        .is_none()
    {
        return Err(settings.fault(
            Setting::MediaThreads,
            "are more than there are ports behind that of media.",
        ));
    }
    Ok(Some(media::Settings {
        listen,
        addresses,
        threads,
    }))
}

/// The operator's relay, and the file with the secret that it shares with this server.
fn relays(settings: &Settings) -> Result<Option<Relays>, ConfigFault> {
    let urls = settings.parsed(
        Setting::Turn,
        "must be addresses like turn:turn.example:3478?transport=udp or turns:turn.example:443?transport=tcp, with commas between.",
        relays::urls,
    )?;
    let secret = settings.parsed(Setting::TurnSecretFile, "cannot be read.", |file| {
        std::fs::read_to_string(file).ok()
    })?;
    match (urls, secret) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(settings.fault(Setting::TurnSecretFile, "is missing: turn needs it.")),
        (None, Some(_)) => Err(settings.fault(Setting::Turn, "is missing: turn_secret_file is for it.")),
        (Some(urls), Some(secret)) => Relays::new(urls, &secret)
            .map(Some)
            .ok_or_else(|| settings.fault(Setting::TurnSecretFile, "must hold one line of at least 22 signs.")),
    }
}

fn tls(settings: &Settings, certificate: Option<PathBuf>, key: Option<PathBuf>) -> Result<Tls, ConfigFault> {
    let word = settings
        .said(Setting::Tls)
        .unwrap_or(if certificate.is_some() || key.is_some() {
            "files"
        } else {
            "off"
        });
    match (word, certificate, key) {
        ("off", None, None) => Ok(Tls::Off),
        ("self-signed", None, None) => Ok(Tls::SelfSigned),
        ("off" | "self-signed", ..) => Err(settings.fault(
            Setting::Tls,
            "leaves no use for tls_cert and tls_key; leave them out or choose files.",
        )),
        ("files", Some(certificate), Some(key)) => Ok(Tls::Files { certificate, key }),
        ("files", None, _) => Err(settings.fault(
            Setting::TlsCert,
            "is missing: tls = \"files\" needs tls_cert and tls_key, both.",
        )),
        ("files", _, None) => Err(settings.fault(
            Setting::TlsKey,
            "is missing: tls = \"files\" needs tls_cert and tls_key, both.",
        )),
        _ => Err(settings.fault(Setting::Tls, "must be off, self-signed or files.")),
    }
}

fn root_key(settings: &Settings) -> Result<RootSource, ConfigFault> {
    let command = settings.parsed(
        Setting::RootKeyCommand,
        "must be a list of words in quotes: the program, then what it is told, like [\"/usr/local/bin/root-key\", \"rondo\"].",
        |text| {
            let words: Vec<String> = serde_json::from_str(text).ok()?;
            words.first().is_some_and(|program| !program.is_empty()).then_some(words)
        },
    )?;
    let word = settings
        .said(Setting::RootKey)
        .unwrap_or(if command.is_some() { "command" } else { "file" });
    match (word, command) {
        ("file", None) => Ok(RootSource::File),
        ("credential", None) => Ok(RootSource::Credential),
        ("command", Some(words)) => Ok(RootSource::Command(words)),
        ("command", None) => {
            Err(settings.fault(Setting::RootKeyCommand, "is missing: root_key = \"command\" needs it."))
        }
        ("file" | "credential", Some(_)) => Err(settings.fault(
            Setting::RootKey,
            "leaves no use for root_key_command; leave that out or choose command.",
        )),
        _ => Err(settings.fault(Setting::RootKey, "must be file, credential or command.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pairs: &[(Setting, &str)]) -> Result<Config, ConfigFault> {
        let settings = pairs.iter().fold(Settings::default(), |all, (setting, value)| {
            all.with_flag(*setting, Some((*value).to_owned()))
        });
        Config::check(&settings)
    }

    #[test]
    fn a_node_among_several_says_its_name_its_bus_and_the_database_they_share() {
        use Setting::*;
        let whole = [
            (Node, "a"),
            (Bus, "nats://u:secret@10.0.0.5:4222"),
            (DatabaseUrl, "postgres://db/rondo"),
        ];
        let cluster = said(&whole).unwrap().cluster.unwrap();
        assert_eq!((cluster.node.as_str(), cluster.lease), ("a", limits::LEASE));
        for missing in 0..whole.len() {
            let rest: Vec<_> = whole
                .iter()
                .enumerate()
                .filter(|(n, _)| *n != missing)
                .map(|(_, pair)| *pair)
                .collect();
            let fault = said(&rest).unwrap_err().0;
            let name = whole[missing].0.name();
            assert!(fault.starts_with(name) && fault.contains("is missing"), "{fault}");
        }
        for wrong in [
            (Node, "A b"),
            (Bus, "10.0.0.5:4222:secret"),
            (Lease, "999"),
            (Lease, "6s"),
        ] {
            let fault = said(&[&whole[..], &[wrong]].concat()).unwrap_err().0;
            assert!(
                fault.starts_with(wrong.0.name()) && !fault.contains("secret"),
                "{fault}"
            );
        }
        assert!(said(&[(Lease, "2000")]).unwrap_err().0.starts_with("node"));
    }

    #[test]
    fn without_a_word_only_this_machine_is_served() {
        let config = said(&[]).unwrap();
        assert!(config.listen.ip().is_loopback());
        assert_eq!((config.tls, config.data), (Tls::Off, PathBuf::from("rondo-data")));
    }

    #[test]
    fn a_wrong_value_is_one_sentence_that_names_the_setting_and_its_source() {
        use Setting::*;
        let wrong: &[(Setting, &[&str])] = &[
            (
                Listen,
                &["", "localhost", "8080", "127.0.0.1", "127.0.0.1:65536", "0.0.0.0:80 "],
            ),
            (Data, &[""]),
            (
                PublicUrl,
                &[
                    "rondo.example",
                    "https://",
                    "https://a/b",
                    "https://u@a",
                    "ftp://a",
                    "http://rondo.example",
                    "https://a:0",
                    "https://a?b",
                    "https://ä",
                ],
            ),
            (Tls, &["yes", "files", "SELF-SIGNED"]),
            (TlsCert, &["", "only-the-certificate.pem"]),
            (TlsKey, &["only-the-key.pem"]),
            (
                TrustedProxies,
                &["", "proxy", "10.0.0.0/33", "10.0.0.1/8", "::/129", "1.2.3.4,,5.6.7.8"],
            ),
            (DatabaseUrl, &["sqlite://x", "mysql://u:hunter2@h/d"]),
            (Contact, &["", "  ", "two\nlines", &"1".repeat(281)]),
            (Country, &["", "us", "Canada"]),
            (OneFacilitator, &["", "maybe", "true"]),
            (Log, &["rondo=loud"]),
            (LogFormat, &["xml"]),
            (RootKey, &["", "kms", "command"]),
            (RootKeyCommand, &["", "/bin/root-key", "[]", "[\"\"]", "[1]"]),
            (Retention, &["", "records=1d", "recordings=1y", "10y"]),
            (
                MediaPhone,
                &["", "call us", "+", "+1 555 0100 555 0100 555 0100 555 0100 555 0100"],
            ),
            (Media, &["", "on", "8443", "0.0.0.0:8443"]),
            (MediaAddresses, &["", "rondo.example", "0.0.0.0", "10.0.0.1,,"]),
            (MediaThreads, &["", "0", "65", "two"]),
            (Turn, &["", "stun:turn.example", "turn:turn.example:3478"]), // the last one lacks its secret
            (TurnSecretFile, &["", "/nowhere/secret"]),
        ];
        for (setting, values) in wrong {
            for value in *values {
                let fault = said(&[(*setting, value)])
                    .expect_err(&format!("{setting:?} = {value:?}"))
                    .0;
                assert!(fault.contains(setting.name()), "{fault}");
                assert!(fault.contains("from --") || fault.contains("is missing"), "{fault}");
                assert!(fault.ends_with('.') && !fault.contains("hunter2"), "{fault}");
            }
        }
    }

    #[test]
    fn the_root_key_comes_from_one_place_and_a_command_keeps_its_words() {
        use Setting::{RootKey, RootKeyCommand};
        let command = (RootKeyCommand, r#"["ask","a, b"]"#);
        let words = RootSource::Command(vec!["ask".to_owned(), "a, b".to_owned()]);
        assert_eq!(said(&[]).unwrap().root_key, RootSource::File);
        assert_eq!(
            said(&[(RootKey, "credential")]).unwrap().root_key,
            RootSource::Credential
        );
        assert_eq!(said(&[command]).unwrap().root_key, words);
        assert_eq!(said(&[(RootKey, "command"), command]).unwrap().root_key, words);
        for word in ["file", "credential"] {
            let fault = said(&[(RootKey, word), command]).expect_err(word).0;
            assert!(fault.starts_with("root_key = ") && !fault.contains("a, b"), "{fault}");
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rondo.toml");
        std::fs::write(&file, "root_key_command = [\"ask\", \"a, b\"]\n").unwrap();
        let settings = Settings::default().with_file(&file).unwrap();
        assert_eq!(Config::check(&settings).unwrap().root_key, words);
    }

    #[test]
    fn terms_stand_in_a_table_of_their_own_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rondo.toml");
        std::fs::write(
            &file,
            "listen = \"127.0.0.1:1\"\n[retention]\nrecords = \"30y\"\nlogins = \"7d\"\n",
        )
        .unwrap();
        let config = Config::check(&Settings::default().with_file(&file).unwrap()).unwrap();
        assert_eq!(config.retention, "records=30y,logins=7d".parse().unwrap());
        assert_ne!(config.retention, Terms::default());
        std::fs::write(&file, "[retention]\nrecords = 30\n").unwrap();
        assert!(
            Settings::default()
                .with_file(&file)
                .unwrap_err()
                .0
                .contains("retention")
        );
    }

    #[test]
    fn off_this_machine_plain_http_does_not_start() {
        use Setting::*;
        let open = (Listen, "0.0.0.0:8080");
        let proxy = (TrustedProxies, "10.0.0.2");
        let https = (PublicUrl, "https://rondo.example");
        for refused in [
            vec![open],
            vec![open, proxy],
            vec![open, https],
            vec![open, proxy, (PublicUrl, "http://localhost")],
        ] {
            let fault = said(&refused).expect_err("plain HTTP left this machine").0;
            assert!(
                fault.starts_with("listen = \"0.0.0.0:8080\" (from --listen)"),
                "{fault}"
            );
        }
        for started in [
            vec![open, proxy, https],
            vec![open, (Tls, "self-signed")],
            vec![open, (TlsCert, "c"), (TlsKey, "k")],
            vec![(Listen, "[::1]:0")],
        ] {
            assert!(said(&started).is_ok(), "{started:?}");
        }
    }

    #[test]
    fn voices_come_in_beside_the_pages_unless_somebody_says_otherwise() {
        use Setting::*;
        let listens = |pairs: &[(Setting, &str)]| said(pairs).unwrap().media.map(|media| media.listen.to_string());
        let here = (Listen, "127.0.0.1:8080");
        assert_eq!(listens(&[here]).as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(listens(&[here, (Media, "off")]), None);
        assert_eq!(
            listens(&[here, (TrustedProxies, "127.0.0.1")]),
            None,
            "nobody reaches it behind a proxy"
        );
        let open = [(Listen, "0.0.0.0:8443"), (Tls, "self-signed")];
        assert_eq!(listens(&open), None, "no browser can be told where it is");
        let told = [open[0], open[1], (MediaAddresses, "203.0.113.5, 203.0.113.6")];
        assert_eq!(listens(&told).as_deref(), Some("0.0.0.0:8443"));
        let both = (Listen, "[::]:8443");
        assert_eq!(
            listens(&[both, told[1], told[2]]).as_deref(),
            Some("0.0.0.0:8443"),
            "as the addresses are"
        );
        let mixed = (MediaAddresses, "203.0.113.5, 2001:db8::5");
        assert!(said(&[both, told[1], mixed]).is_err());
    }

    #[test]
    fn a_flag_goes_over_the_environment_and_the_environment_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rondo.toml");
        std::fs::write(&file, "listen = \"127.0.0.1:1\"\ndata = \"from-file\"\nlog = \"warn\"\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n").unwrap();
        let environment = |name: &str| match name {
            "RONDO_LISTEN" => Some("127.0.0.1:2".to_owned()),
            "RONDO_DATA" => Some("from-environment".to_owned()),
            "RONDO_LOG" => Some(String::new()),
            _ => None,
        };
        let settings = Settings::default()
            .with_file(&file)
            .unwrap()
            .with_environment(environment);
        let config = Config::check(&settings.with_flag(Setting::Listen, Some("127.0.0.1:3".to_owned()))).unwrap();
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.data, PathBuf::from("from-environment"));
        assert_eq!((config.log.filter.as_str(), config.trusted_proxies.len()), ("warn", 2));
    }
}
