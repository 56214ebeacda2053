//! What was said about the settings, layer upon layer, each value with its source. What the values mean is decided one
//! file up.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use protocol::Private;

/// One setting. Its names on the command line, in the environment and in the file stand in [`Setting::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// The address to listen on.
    Listen,
    /// The folder that holds everything.
    Data,
    /// What people type into their browsers.
    PublicUrl,
    /// How connections are encrypted.
    Tls,
    /// The operator's certificate chain.
    TlsCert,
    /// The key that belongs to it.
    TlsKey,
    /// Who may say where a request really came from.
    TrustedProxies,
    /// Where the journal is kept.
    DatabaseUrl,
    /// A folder with further packs.
    Packs,
    /// Whom to call when nobody leads a room for long.
    Contact,
    /// Where rooms are unless somebody says otherwise.
    Country,
    /// Whether one facilitator may lead alone.
    OneFacilitator,
    /// What is logged.
    Log,
    /// How it is written.
    LogFormat,
    /// Of whom the house wants a second factor.
    SecondFactor,
    /// Where the root key comes from.
    RootKey,
    /// The program that prints it, with its words.
    RootKeyCommand,
    /// How long each class of data is kept.
    Retention,
    /// Where voices and pictures come in.
    Media,
    /// By which addresses browsers reach that.
    MediaAddresses,
    /// How many threads carry them.
    MediaThreads,
    /// The operator's relay (TURN).
    Turn,
    /// The file with the secret that it shares with this server.
    TurnSecretFile,
    /// Which number people ring when voices fail.
    MediaPhone,
    /// The practice's own sign-in service.
    OidcIssuer,
    /// What it calls this server.
    OidcClientId,
    /// The file with the secret that it gave this server.
    OidcClientSecretFile,
    /// What people call it.
    OidcName,
    /// How much a sign-in there has proved here.
    OidcCountsAs,
    /// Whether an address that it has verified is believed.
    OidcTrustsEmail,
    /// Authorities for its certificate, in place of the public ones.
    OidcCa,
    /// What this node is called, where there are several.
    Node,
    /// Over what they hear each other.
    Bus,
    /// How long each is believed to live without saying so.
    Lease,
    /// Where numbers are told to a collector.
    Metrics,
}

impl Setting {
    /// Each setting with its name in the file (with `-` for `_`: its flag) and its environment variable.
    pub const ALL: [(Setting, &'static str, &'static str); 35] = [
        (Setting::Listen, "listen", "RONDO_LISTEN"),
        (Setting::Data, "data", "RONDO_DATA"),
        (Setting::PublicUrl, "public_url", "RONDO_PUBLIC_URL"),
        (Setting::Tls, "tls", "RONDO_TLS"),
        (Setting::TlsCert, "tls_cert", "RONDO_TLS_CERT"),
        (Setting::TlsKey, "tls_key", "RONDO_TLS_KEY"),
        (Setting::TrustedProxies, "trusted_proxies", "RONDO_TRUSTED_PROXIES"),
        (Setting::DatabaseUrl, "database_url", "RONDO_DATABASE_URL"),
        (Setting::Packs, "packs", "RONDO_PACKS"),
        (Setting::Contact, "contact", "RONDO_CONTACT"),
        (Setting::Country, "country", "RONDO_COUNTRY"),
        (Setting::OneFacilitator, "one_facilitator", "RONDO_ONE_FACILITATOR"),
        (Setting::Log, "log", "RONDO_LOG"),
        (Setting::LogFormat, "log_format", "RONDO_LOG_FORMAT"),
        (Setting::SecondFactor, "second_factor", "RONDO_SECOND_FACTOR"),
        (Setting::RootKey, "root_key", "RONDO_ROOT_KEY"),
        (Setting::RootKeyCommand, "root_key_command", "RONDO_ROOT_KEY_COMMAND"),
        (Setting::Retention, "retention", "RONDO_RETENTION"),
        (Setting::Media, "media", "RONDO_MEDIA"),
        (Setting::MediaAddresses, "media_addresses", "RONDO_MEDIA_ADDRESSES"),
        (Setting::MediaThreads, "media_threads", "RONDO_MEDIA_THREADS"),
        (Setting::Turn, "turn", "RONDO_TURN"),
        (Setting::TurnSecretFile, "turn_secret_file", "RONDO_TURN_SECRET_FILE"),
        (Setting::MediaPhone, "media_phone", "RONDO_MEDIA_PHONE"),
        (Setting::OidcIssuer, "oidc_issuer", "RONDO_OIDC_ISSUER"),
        (Setting::OidcClientId, "oidc_client_id", "RONDO_OIDC_CLIENT_ID"),
        (
            Setting::OidcClientSecretFile,
            "oidc_client_secret_file",
            "RONDO_OIDC_CLIENT_SECRET_FILE",
        ),
        (Setting::OidcName, "oidc_name", "RONDO_OIDC_NAME"),
        (Setting::OidcCountsAs, "oidc_counts_as", "RONDO_OIDC_COUNTS_AS"),
        (Setting::OidcTrustsEmail, "oidc_trusts_email", "RONDO_OIDC_TRUSTS_EMAIL"),
        (Setting::OidcCa, "oidc_ca", "RONDO_OIDC_CA"),
        (Setting::Node, "node", "RONDO_NODE"),
        (Setting::Bus, "bus", "RONDO_BUS"),
        (Setting::Lease, "lease", "RONDO_LEASE"),
        (Setting::Metrics, "metrics", "RONDO_METRICS"),
    ];

    /// The name in the file.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(setting, ..)| *setting == self)
            .map_or("?", |(_, name, _)| name)
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// An environment variable.
    Environment(&'static str),
    /// The command line.
    Flag(Setting),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("not set"),
            Self::File(path) => write!(f, "in {}", path.display()),
            Self::Environment(variable) => write!(f, "from {variable}"),
            Self::Flag(setting) => write!(f, "from --{}", setting.name().replace('_', "-")),
        }
    }
}

/// What was said about the settings, layer upon layer.
#[derive(Debug, Default)]
pub struct Settings(BTreeMap<Setting, (Private<String>, Source)>);

/// One sentence for the operator.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigFault(pub String);

impl Settings {
    /// Lay the configuration file over what was said before.
    pub fn with_file(mut self, path: &std::path::Path) -> Result<Self, ConfigFault> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|fault| ConfigFault(format!("The configuration file {shown} cannot be read: {fault}.")))?;
        let table: toml::Table = text.parse().map_err(|fault: toml::de::Error| {
            ConfigFault(format!(
                "The configuration file {shown} is not TOML: {}",
                fault.to_string().trim_end()
            ))
        })?;
        for (key, value) in table {
            let Some((setting, ..)) = Setting::ALL.iter().find(|(_, name, _)| *name == key) else {
                let known = Setting::ALL.map(|(_, name, _)| name).join(", ");
                return Err(ConfigFault(format!(
                    "{key} in {shown} is not a setting; the settings are {known}."
                )));
            };
            let text = match value {
                toml::Value::String(text) => text,
                // Words of a command may hold commas.
                toml::Value::Array(items)
                    if *setting == Setting::RootKeyCommand && items.iter().all(toml::Value::is_str) =>
                {
                    let words: Vec<&str> = items.iter().filter_map(toml::Value::as_str).collect();
                    serde_json::to_string(&words).expect("texts can always be written")
                }
                toml::Value::Array(items) if items.iter().all(toml::Value::is_str) => items
                    .iter()
                    .filter_map(toml::Value::as_str)
                    .collect::<Vec<_>>()
                    .join(","),
                // A table of classes with their terms, each a line.
                toml::Value::Table(terms)
                    if *setting == Setting::Retention && terms.values().all(toml::Value::is_str) =>
                {
                    let terms = terms
                        .iter()
                        .filter_map(|(class, term)| Some(format!("{class}={}", term.as_str()?)));
                    terms.collect::<Vec<_>>().join(",")
                }
                _ => {
                    return Err(ConfigFault(format!(
                        "{key} in {shown} must be a text in quotes, or a list of them."
                    )));
                }
            };
            self.0.insert(*setting, (Private(text), Source::File(path.to_owned())));
        }
        Ok(self)
    }

    /// Lay the environment over it. An empty variable counts as not set.
    #[must_use]
    pub fn with_environment(mut self, read: impl Fn(&str) -> Option<String>) -> Self {
        for (setting, _, variable) in Setting::ALL {
            if let Some(value) = read(variable).filter(|value| !value.is_empty()) {
                self.0.insert(setting, (Private(value), Source::Environment(variable)));
            }
        }
        self
    }

    /// Lay one flag over it.
    #[must_use]
    pub fn with_flag(mut self, setting: Setting, value: Option<String>) -> Self {
        if let Some(value) = value {
            self.0.insert(setting, (Private(value), Source::Flag(setting)));
        }
        self
    }

    pub(super) fn said(&self, setting: Setting) -> Option<&str> {
        self.0.get(&setting).map(|(value, _)| value.expose().as_str())
    }

    pub(super) fn source(&self, setting: Setting) -> Source {
        self.0
            .get(&setting)
            .map_or(Source::Default, |(_, source)| source.clone())
    }

    /// `setting (source) must …`: the value itself is shown only where it can hold no secret.
    pub(super) fn fault(&self, setting: Setting, must: impl fmt::Display) -> ConfigFault {
        let shown = match (setting, self.said(setting)) {
            (Setting::DatabaseUrl | Setting::RootKeyCommand | Setting::Bus, _) | (_, None) => String::new(),
            (_, Some(value)) => format!(" = {value:?}"),
        };
        ConfigFault(format!("{}{shown} ({}) {must}", setting.name(), self.source(setting)))
    }

    pub(super) fn parsed<T>(
        &self,
        setting: Setting,
        must: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigFault> {
        self.said(setting)
            .map(|text| parse(text).ok_or_else(|| self.fault(setting, must)))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_an_unknown_or_misshapen_setting_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rondo.toml");
        for (text, named) in [
            ("lisen = \"x\"", "lisen"),
            ("listen = 8080", "listen"),
            ("listen = ", "not TOML"),
        ] {
            std::fs::write(&file, text).unwrap();
            let fault = Settings::default().with_file(&file).expect_err(text).0;
            assert!(fault.contains(named) && fault.contains("rondo.toml"), "{fault}");
        }
        assert!(
            Settings::default()
                .with_file(&folder.path().join("none.toml"))
                .unwrap_err()
                .0
                .contains("cannot be read")
        );
    }
}
