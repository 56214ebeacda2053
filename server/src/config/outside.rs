//! What the operator says about the practice's own sign-in service. Without an issuer there is none; with one, a client id is needed.

use std::path::PathBuf;

use super::settings::{ConfigFault, Setting, Settings};
use crate::limits;
use crate::outside::{CountsAs, Outside, address};

pub(super) fn read(settings: &Settings) -> Result<Option<Outside>, ConfigFault> {
    let issuer = settings.parsed(
        Setting::OidcIssuer,
        "must be https:// and an address, exactly as the service writes it; http:// only for this machine itself.",
        |text| {
            address(text)
                .filter(|url| url.query().is_none())
                .map(|_| text.to_owned())
        },
    )?;
    let line = |setting| {
        settings.parsed(setting, "must be one line, and not empty.", |text| {
            let fits = !text.is_empty() && !text.chars().any(char::is_control);
            fits.then(|| text.to_owned())
        })
    };
    let client_id = line(Setting::OidcClientId)?;
    let secret = line(Setting::OidcClientSecretFile)?.map(PathBuf::from);
    let authorities = line(Setting::OidcCa)?.map(PathBuf::from);
    let name = settings.parsed(Setting::OidcName, "must be 1 to 40 characters in one line.", |text| {
        let fits = (1..=limits::MAX_OUTSIDE_NAME_CHARS).contains(&text.trim().chars().count());
        (fits && !text.chars().any(char::is_control)).then(|| text.trim().to_owned())
    })?;
    let counts_as = settings.parsed(
        Setting::OidcCountsAs,
        "must be one, as-it-says or two.",
        |text| match text {
            "one" => Some(CountsAs::OneFactor),
            "as-it-says" => Some(CountsAs::AsItSays),
            "two" => Some(CountsAs::TwoFactors),
            _ => None,
        },
    )?;
    let trusts_email = settings.parsed(Setting::OidcTrustsEmail, "must be yes or no.", |text| match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    })?;
    let Some(issuer) = issuer else { return Ok(None) };
    let client_id =
        client_id.ok_or_else(|| settings.fault(Setting::OidcClientId, "is missing: oidc_issuer needs it."))?;
    for (setting, file) in [
        (Setting::OidcClientSecretFile, &secret),
        (Setting::OidcCa, &authorities),
    ] {
        if file.as_ref().is_some_and(|file| std::fs::read(file).is_err()) {
            return Err(settings.fault(setting, "cannot be read."));
        }
    }
    Ok(Some(Outside {
        name: name.unwrap_or_else(|| "OpenID Connect".to_owned()),
        issuer,
        client_id,
        secret,
        counts_as: counts_as.unwrap_or_default(),
        trusts_email: trusts_email.unwrap_or(false),
        authorities,
    }))
}
