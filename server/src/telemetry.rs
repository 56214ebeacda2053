//! Logs: what the operator reads when something went wrong, and nothing else.
//!
//! A log line never carries a name, a text, an address or a secret. That is kept by types (`Private` prints as
//! `[private]`) and by the access log, which writes route patterns instead of paths.

use tracing::Dispatch;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{EnvFilter, Registry};

use crate::config::Log;

/// Whether a text is a filter.
pub fn is_filter(text: &str) -> bool {
    EnvFilter::try_new(text).is_ok()
}

/// A subscriber that writes to `writer`. An unreadable filter (the configuration has checked it) means `info`.
pub fn subscriber<W>(log: &Log, writer: W) -> Dispatch
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    if log.json {
        Dispatch::new(Registry::default().with(filter).with(lines.json()))
    } else {
        Dispatch::new(Registry::default().with(filter).with(lines.with_ansi(false)))
    }
}

/// Write the process's log to standard error. Only the first call in a process counts.
pub fn start(log: &Log) {
    let _already_started = tracing::dispatcher::set_global_default(subscriber(log, std::io::stderr));
}
