//! Who spoke when in a recorded meeting, as the NIST's *Rich Transcription Time Marked* files say it: one line a stretch of speech.
//!
//! ```text
//! SPEAKER EN2001a 1 3.34 0.54 <NA> <NA> MEO069 <NA> <NA>
//! type    file  chan start length           speaker
//! ```
//!
//! Only `SPEAKER` lines are read. A line of another type is refused and not passed over, since half a meeting looks like a whole one.

use std::path::Path;

/// No meeting lasts longer: a length above this is a slip in the file, and sums of such times could overflow.
const LONGEST_MS: u64 = 24 * 60 * 60 * 1000;
/// Nobody is heard to say anything in less; a stretch of no length would begin after it has ended.
const SHORTEST_MICROS: u64 = 1_000;

/// Somebody in a recording: a place in [`Recording::speakers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speaker(pub usize);

/// One stretch of one person's speech, in milliseconds since the recording began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub speaker: Speaker,
    pub from: u64,
    pub to: u64,
}

/// A recorded meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    pub name: String,
    /// The speakers' codes, in the order of the file.
    pub speakers: Vec<String>,
    /// As the file has them.
    pub segments: Vec<Segment>,
}

/// Why a text is not a recording, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct BadLine {
    /// From 1; 0 when it is the whole file.
    pub line: usize,
    pub why: String,
}

impl Recording {
    /// Reads a file.
    pub fn open(path: &Path) -> Result<Self, BadLine> {
        let whole = |why: std::io::Error| BadLine {
            line: 0,
            why: format!("{}: {why}", path.display()),
        };
        Self::read(&std::fs::read_to_string(path).map_err(whole)?)
    }

    /// Reads a text.
    pub fn read(text: &str) -> Result<Self, BadLine> {
        let mut recording = Self {
            name: String::new(),
            speakers: Vec::new(),
            segments: Vec::new(),
        };
        for (line, content) in (1..).zip(text.lines()) {
            if content.trim().is_empty() || content.starts_with(";;") {
                continue; // the format's comments
            }
            recording.take(content).map_err(|why| BadLine { line, why })?;
        }
        if recording.segments.is_empty() {
            let why = "nobody speaks in it".to_owned();
            return Err(BadLine { line: 0, why });
        }
        Ok(recording)
    }

    fn take(&mut self, line: &str) -> Result<(), String> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        // The tenth field, the look-ahead, came with a later version of the format.
        let (&[kind, file, _, from, length, _, _, speaker, _] | &[kind, file, _, from, length, _, _, speaker, _, _]) =
            &fields[..]
        else {
            return Err(format!("{} fields instead of 9 or 10", fields.len()));
        };
        if kind != "SPEAKER" {
            return Err(format!("a line of type {kind}; only SPEAKER is read"));
        }
        if self.segments.is_empty() {
            file.clone_into(&mut self.name);
        } else if file != self.name {
            return Err(format!("{file} in the file of {}", self.name));
        }
        if speaker == "<NA>" {
            return Err("a speaker without a name".to_owned());
        }
        let (from, length) = (micros(from)?, micros(length)?);
        if length < SHORTEST_MICROS {
            return Err("shorter than a millisecond".to_owned());
        }
        let known = self.speakers.iter().position(|other| other == speaker);
        let speaker = known.unwrap_or_else(|| {
            self.speakers.push(speaker.to_owned());
            self.speakers.len() - 1
        });
        self.segments.push(Segment {
            speaker: Speaker(speaker),
            from: millis(from),
            to: millis(from + length),
        });
        Ok(())
    }

    /// The same meeting without what was said after its first minutes; who was still speaking then is cut short.
    pub fn first_minutes(&self, minutes: u64) -> Self {
        let end = minutes * 60_000;
        let begun = self.segments.iter().filter(|segment| segment.from < end);
        let cut = begun.map(|segment| Segment {
            to: segment.to.min(end),
            ..*segment
        });
        Self {
            segments: cut.collect(),
            ..self.clone()
        }
    }
}

/// Seconds in plain decimals as microseconds. Exact: a float would lose what the comparison to the millisecond is about.
fn micros(seconds: &str) -> Result<u64, String> {
    let (whole, part) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 6 {
        return Err(format!("{seconds} is no time in seconds"));
    }
    let whole: u64 = whole.parse().map_err(|_| format!("{seconds} is too long"))?;
    let part: u64 = format!("{part:0<6}")
        .parse()
        .map_err(|_| format!("{seconds} is too long"))?;
    if whole >= LONGEST_MS / 1000 {
        return Err(format!("{seconds} seconds are more than a day"));
    }
    Ok(whole * 1_000_000 + part)
}

/// The nearest millisecond.
fn millis(micros: u64) -> u64 {
    (micros + 500) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(from: &str, length: &str, who: &str) -> String {
        format!("SPEAKER talk 1 {from} {length} <NA> <NA> {who} <NA> <NA>\n")
    }
    fn refused(text: &str) -> String {
        Recording::read(text).expect_err("a bad recording").to_string()
    }

    #[test]
    fn a_recording_is_read_to_the_nearest_millisecond() {
        let text = line("3.34", "0.54", "ana")
            + ";; a comment\n\n"
            + &line("2.24000", "24.0506", "ben")
            + &line("5", "1", "ana");
        let recording = Recording::read(&text).unwrap();
        assert_eq!(recording.name, "talk");
        assert_eq!(recording.speakers, ["ana", "ben"]);
        let of = |who, from, to| Segment {
            speaker: Speaker(who),
            from,
            to,
        };
        let expected = [of(0, 3_340, 3_880), of(1, 2_240, 26_291), of(0, 5_000, 6_000)];
        assert_eq!(recording.segments, expected);
    }

    #[test]
    fn a_file_of_nine_fields_is_read_as_well() {
        assert!(Recording::read("SPEAKER talk 1 3 1 <NA> <NA> ana <NA>").is_ok());
    }

    #[test]
    fn a_bad_line_is_named_with_its_number_and_its_fault() {
        let good = line("1", "1", "ana");
        let with = |bad: &str| refused(&format!("{good}{bad}"));
        assert_eq!(with("SPEAKER talk 1 2"), "line 2: 4 fields instead of 9 or 10");
        assert_eq!(
            with("LEXEME talk 1 1 1 <NA> <NA> ana <NA> <NA>"),
            "line 2: a line of type LEXEME; only SPEAKER is read"
        );
        assert_eq!(
            with("SPEAKER other 1 1 1 <NA> <NA> ana <NA> <NA>"),
            "line 2: other in the file of talk"
        );
        assert_eq!(with(&line("1", "1", "<NA>")), "line 2: a speaker without a name");
        assert_eq!(with(&line("1", "0", "ana")), "line 2: shorter than a millisecond");
        for no_time in [
            "-1",
            "+1",
            "1e3",
            "NaN",
            "inf",
            ".5",
            "1.",
            "1,5",
            "<NA>",
            "1.0000001",
            "٣",
        ] {
            assert_eq!(
                with(&line(no_time, "1", "ana")),
                format!("line 2: {no_time} is no time in seconds")
            );
            assert_eq!(
                with(&line("1", no_time, "ana")),
                format!("line 2: {no_time} is no time in seconds")
            );
        }
        assert_eq!(
            with(&line("86400", "1", "ana")),
            "line 2: 86400 seconds are more than a day"
        );
        let endless = "9".repeat(30);
        assert_eq!(
            with(&line(&endless, "1", "ana")),
            format!("line 2: {endless} is too long")
        );
    }

    #[test]
    fn a_recording_of_nobody_is_no_recording() {
        assert_eq!(refused(""), "line 0: nobody speaks in it");
        assert_eq!(refused(";; nothing but this\n"), "line 0: nobody speaks in it");
    }

    #[test]
    fn a_file_that_is_not_there_or_not_text_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.rttm");
        assert!(Recording::open(&path).unwrap_err().to_string().contains("talk.rttm"));
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(Recording::open(&path).unwrap_err().to_string().contains("UTF-8"));
    }

    #[test]
    fn the_first_minutes_end_at_the_minute() {
        let text = line("10", "20", "ana") + &line("50", "20", "ben") + &line("60", "1", "ana");
        let short = Recording::read(&text).unwrap().first_minutes(1);
        let ends: Vec<u64> = short.segments.iter().map(|segment| segment.to).collect();
        assert_eq!(ends, [30_000, 60_000]);
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_file_it_is_read_or_refused(text in "(SPEAKER|;;|[ -~]{0,9})( (talk|[0-9.]{0,9}|<NA>|\\PC{0,4})){0,11}\n?") {
            if let Ok(recording) = Recording::read(&text) {
                prop_assert!(recording.segments.iter().all(|segment| segment.from < segment.to));
            }
        }

        #[test]
        fn what_was_written_is_read_again(times in proptest::collection::vec((0u64..86_000_000, 1u64..9_000, 0usize..4), 1..20)) {
            let of = |ms: u64| format!("{}.{:03}", ms / 1000, ms % 1000);
            let text: String = times.iter().map(|&(from, length, who)| line(&of(from), &of(length), &format!("s{who}"))).collect();
            let recording = Recording::read(&text).unwrap();
            let read: Vec<_> = recording.segments.iter().map(|s| (s.from, s.to - s.from, recording.speakers[s.speaker.0].clone())).collect();
            let written: Vec<_> = times.iter().map(|&(from, length, who)| (from, length, format!("s{who}"))).collect();
            prop_assert_eq!(read, written);
        }
    }
}
