//! Being one of several machines: a name, the bus between them, and how long a lease runs.

use std::time::Duration;

use protocol::Private;

use super::{ConfigFault, Database, Setting, Settings};
use crate::limits::{LEASE, LEASES, MAX_NODE_NAME_CHARS};

/// What a node must know to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// What the operator calls it.
    pub node: String,
    /// NATS, at this address (it may hold a password).
    pub bus: Private<String>,
    /// How long it is believed to live without saying so.
    pub lease: Duration,
}

pub(super) fn read(settings: &Settings, database: &Database) -> Result<Option<Cluster>, ConfigFault> {
    let node = settings.parsed(
        Setting::Node,
        "must be a name of at most 40 small letters, digits and hyphens, like a or room-server-2.",
        |text| {
            let fits = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
            (!text.is_empty() && text.len() <= MAX_NODE_NAME_CHARS && text.chars().all(fits)).then(|| text.to_owned())
        },
    )?;
    let bus = settings.parsed(
        Setting::Bus,
        "must begin with nats:// or tls://, like nats://10.0.0.5:4222.",
        |text| (text.starts_with("nats://") || text.starts_with("tls://")).then(|| Private(text.to_owned())),
    )?;
    let lease = settings.parsed(
        Setting::Lease,
        "must be a number of milliseconds from 1000 to 60000.",
        |text| {
            let lease = Duration::from_millis(text.parse().ok()?);
            LEASES.contains(&lease).then_some(lease)
        },
    )?;
    match (node, bus) {
        (None, None) if lease.is_none() => Ok(None),
        (None, None) => Err(settings.fault(Setting::Node, "is missing: lease is for one of several nodes.")),
        (None, Some(_)) => Err(settings.fault(Setting::Node, "is missing: bus is for one of several nodes.")),
        (Some(_), None) => Err(settings.fault(
            Setting::Bus,
            "is missing: a node hears the others over NATS; leave node out for one machine alone.",
        )),
        (Some(_), Some(_)) if *database == Database::Embedded => {
            Err(settings.fault(Setting::DatabaseUrl, "is missing: nodes share a PostgreSQL database."))
        }
        (Some(node), Some(bus)) => Ok(Some(Cluster {
            node,
            bus,
            lease: lease.unwrap_or(LEASE),
        })),
    }
}
