//! What a collector asks a running server: how much goes on, how fast, and whether something is amiss. In Prometheus' text form, on a listener
//! of its own (`metrics`), never on the public port.
//!
//! Plain numbers that count, rendered by hand when somebody asks: one relaxed addition where something happens, no registry, no labels but
//! those of closed lists in this program. So no room, no person and no word of anybody can get in (decisions/0034).

use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use protocol::wire::{RefusalCode, ServerMessage};

/// This process's numbers.
pub static METRICS: Metrics = Metrics::new();

/// Upper ends of the steps of how long a durable append takes, in microseconds: from a good disk to one on which people notice.
const STEPS: [u64; 12] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000,
];

#[derive(Debug)]
pub struct Metrics {
    lines: AtomicI64,
    note_frames: AtomicU64,
    appends_failed: AtomicU64,
    /// One for each step, and what took longer than all of them.
    append_steps: [AtomicU64; STEPS.len() + 1],
    append_micros: AtomicU64,
    refusals: [AtomicU64; RefusalCode::ALL.len()],
}

/// What is asked of the house at the moment of asking.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    pub ready: bool,
    pub rooms: usize,
    /// Of the data folder's disk, in bytes.
    pub disk_free: Option<u64>,
    pub disk_size: Option<u64>,
    pub backup_age: Option<Duration>,
    /// Seconds until the certificate ends.
    pub certificate_left: Option<i64>,
    pub media: Option<Carried>,
}

/// What was counted of voices and pictures since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    pub frames: u64,
    pub carried: u64,
    pub withheld: u64,
    pub held_back: u64,
    pub read: u64,
    pub sent: u64,
    pub turned_away: u64,
    pub came_up: u64,
    pub broken: u64,
    pub restarts: u64,
}

/// A line between a page and a room, for as long as it lives.
#[derive(Debug)]
pub struct LineOpen(());

impl Drop for LineOpen {
    fn drop(&mut self) {
        METRICS.lines.fetch_sub(1, Relaxed);
    }
}

impl Metrics {
    const fn new() -> Self {
        Self {
            lines: AtomicI64::new(0),
            note_frames: AtomicU64::new(0),
            appends_failed: AtomicU64::new(0),
            append_steps: [const { AtomicU64::new(0) }; STEPS.len() + 1],
            append_micros: AtomicU64::new(0),
            refusals: [const { AtomicU64::new(0) }; RefusalCode::ALL.len()],
        }
    }

    /// A line was opened.
    pub fn line(&self) -> LineOpen {
        self.lines.fetch_add(1, Relaxed);
        LineOpen(())
    }

    /// Lines that are open.
    pub fn lines_open(&self) -> u64 {
        u64::try_from(self.lines.load(Relaxed)).unwrap_or(0)
    }

    /// An append was made durable, or not, after so long.
    pub fn appended(&self, took: Duration, committed: bool) {
        if !committed {
            self.appends_failed.fetch_add(1, Relaxed);
            return;
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let step = STEPS.partition_point(|step| *step < micros);
        self.append_steps[step].fetch_add(1, Relaxed);
        self.append_micros.fetch_add(micros, Relaxed);
    }

    /// A page sent something about a note.
    pub fn note_frame(&self) {
        self.note_frames.fetch_add(1, Relaxed);
    }

    /// Somebody is told this; of refusals, the code counts.
    pub fn told(&self, message: &ServerMessage) {
        if let ServerMessage::Refused { refusal, .. } | ServerMessage::MediaRefused { refusal } = message
            && let Some(count) = self.refusals.get(refusal.code as usize)
        {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Everything, in the text form of version 0.0.4.
    pub fn text(&self, asked: &Asked) -> String {
        let mut page = Page(String::with_capacity(8 * 1024));
        page.one(
            "rondo_ready",
            "gauge",
            "Whether people are taken in.",
            u64::from(asked.ready),
        );
        page.one("rondo_rooms_open", "gauge", "Rooms that have a task here.", asked.rooms);
        page.one(
            "rondo_lines_open",
            "gauge",
            "Pages connected to a room.",
            self.lines_open(),
        );
        page.one(
            "rondo_note_frames_total",
            "counter",
            "Frames about shared notes that pages sent.",
            self.note_frames.load(Relaxed),
        );
        self.appends(&mut page);
        page.head(
            "rondo_refusals_total",
            "counter",
            "What pages were told no to, by code.",
        );
        for (code, count) in RefusalCode::ALL.iter().zip(&self.refusals) {
            let code = serde_json::to_value(code).ok();
            let code = code.as_ref().and_then(serde_json::Value::as_str).unwrap_or("?");
            page.line(&format!("rondo_refusals_total{{code=\"{code}\"}}"), count.load(Relaxed));
        }
        if let Some(counts) = &asked.media {
            page.media(counts);
        }
        if let Some(free) = asked.disk_free {
            page.one(
                "rondo_disk_free_bytes",
                "gauge",
                "Room on the data folder's disk.",
                free,
            );
        }
        if let Some(size) = asked.disk_size {
            page.one("rondo_disk_bytes", "gauge", "Size of the data folder's disk.", size);
        }
        if let Some(age) = asked.backup_age {
            page.one(
                "rondo_backup_age_seconds",
                "gauge",
                "Since the newest backup was finished.",
                age.as_secs(),
            );
        }
        if let Some(left) = asked.certificate_left {
            page.one(
                "rondo_certificate_left_seconds",
                "gauge",
                "Until the certificate ends; negative afterwards.",
                left,
            );
        }
        page.head("rondo_build_info", "gauge", "The version that runs; always 1.");
        page.line(
            concat!("rondo_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"),
            1,
        );
        page.0
    }

    fn appends(&self, page: &mut Page) {
        let name = "rondo_append_seconds";
        page.head(name, "histogram", "How long a decision took until it was on the disk.");
        let mut below = 0;
        for (n, count) in self.append_steps.iter().enumerate() {
            below += count.load(Relaxed);
            let end = STEPS.get(n).map_or_else(|| "+Inf".to_owned(), |step| seconds(*step));
            page.line(&format!("{name}_bucket{{le=\"{end}\"}}"), below);
        }
        page.line(&format!("{name}_sum"), seconds(self.append_micros.load(Relaxed)));
        page.line(&format!("{name}_count"), below);
        let failed = self.appends_failed.load(Relaxed);
        page.one(
            "rondo_appends_failed_total",
            "counter",
            "Decisions that were not kept.",
            failed,
        );
    }
}

/// Microseconds as seconds, exactly.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing into a text cannot fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn line(&mut self, what: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{what} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        self.line(name, value);
    }

    fn media(&mut self, counts: &Carried) {
        for (name, help, count) in [
            (
                "rondo_media_frames_total",
                "Frames of sound and pictures that pages sent.",
                counts.frames,
            ),
            (
                "rondo_media_carried_total",
                "Frames written for somebody who hears or sees.",
                counts.carried,
            ),
            (
                "rondo_media_withheld_total",
                "Frames of sound that nobody was sent, since the room said so.",
                counts.withheld,
            ),
            (
                "rondo_media_held_back_total",
                "Frames not sent for the sake of a narrow network.",
                counts.held_back,
            ),
            (
                "rondo_media_datagrams_read_total",
                "Datagrams of known connections.",
                counts.read,
            ),
            ("rondo_media_datagrams_sent_total", "Datagrams sent.", counts.sent),
            (
                "rondo_media_datagrams_turned_away_total",
                "Datagrams that were not read.",
                counts.turned_away,
            ),
            (
                "rondo_media_connections_total",
                "Connections for voices that came up.",
                counts.came_up,
            ),
            (
                "rondo_media_broken_total",
                "Connections for voices that ended by a fault.",
                counts.broken,
            ),
            (
                "rondo_media_restarts_total",
                "Ways looked for anew after a change of network.",
                counts.restarts,
            ),
        ] {
            self.one(name, "counter", help, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_append_falls_into_its_step_and_all_steps_count_what_is_below() {
        let metrics = Metrics::new();
        for millis in [0, 1, 4, 9_000] {
            metrics.appended(Duration::from_millis(millis), true);
        }
        metrics.appended(Duration::from_millis(3), false);
        let text = metrics.text(&Asked::default());
        for line in [
            "rondo_append_seconds_bucket{le=\"0.0005\"} 1",
            "rondo_append_seconds_bucket{le=\"0.001\"} 2",
            "rondo_append_seconds_bucket{le=\"0.005\"} 3",
            "rondo_append_seconds_bucket{le=\"5\"} 3",
            "rondo_append_seconds_bucket{le=\"+Inf\"} 4",
            "rondo_append_seconds_sum 9.005",
            "rondo_append_seconds_count 4",
            "rondo_appends_failed_total 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_refusal_counts_under_its_code_and_other_messages_do_not() {
        let metrics = Metrics::new();
        metrics.told(&ServerMessage::Refused {
            id: None,
            refusal: RefusalCode::TooFast.into(),
        });
        metrics.told(&ServerMessage::MediaRefused {
            refusal: RefusalCode::TooFast.into(),
        });
        let text = metrics.text(&Asked::default());
        assert!(text.contains("rondo_refusals_total{code=\"too_fast\"} 2\n"), "{text}");
        let all: u64 = metrics.refusals.iter().map(|count| count.load(Relaxed)).sum();
        assert_eq!(all, 2);
    }

    #[test]
    fn every_code_is_where_it_counts() {
        for (n, code) in RefusalCode::ALL.iter().enumerate() {
            assert_eq!(*code as usize, n);
        }
    }
}
