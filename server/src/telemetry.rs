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
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(at, message = words(panic.payload()), "a bug: something panicked");
    }));
}

/// A panic's message, where it was written by us in advance. One that was put together may hold what somebody typed (a
/// slice out of bounds shows the text it was cut from), so the place alone is logged.
fn words(payload: &(dyn std::any::Any + Send)) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("(not shown)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_shows_only_words_that_were_written_in_advance() {
        let message = |panic: fn()| {
            *std::panic::catch_unwind(panic)
                .map_err(|payload| Box::new(words(&*payload)))
                .unwrap_err()
        };
        assert_eq!(message(|| panic!("an invariant broke")), "an invariant broke");
        assert_eq!(message(|| panic!("{} broke", String::from("Ana"))), "(not shown)");
    }
}
