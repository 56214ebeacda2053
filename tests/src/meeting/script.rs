//! A recording as a script: who begins and who stops speaking, in order of time.

use crate::rttm::{Recording, Segment, Speaker};

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Move {
    // Who stops comes before who begins in the same millisecond: a floor that is given back then is free then.
    Stops,
    Begins,
}

/// One moment of the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cue {
    /// Milliseconds since the recording began.
    pub at: u64,
    pub what: Move,
    pub who: Speaker,
}

/// The recording's moments in order.
pub fn cues(recording: &Recording) -> Vec<Cue> {
    let mut cues: Vec<Cue> = speech(recording)
        .into_iter()
        .flat_map(|segment| {
            let (who, from, to) = (segment.speaker, segment.from, segment.to);
            let cue = |at, what| Cue { at, what, who };
            [cue(from, Move::Begins), cue(to, Move::Stops)]
        })
        .collect();
    cues.sort_unstable();
    cues
}

/// Everybody's speech in order of time. Nobody speaks over themselves: where a file says so, it is one stretch.
pub fn speech(recording: &Recording) -> Vec<Segment> {
    let mut segments = recording.segments.clone();
    segments.sort_by_key(|segment| (segment.speaker, segment.from, segment.to));
    let mut speech: Vec<Segment> = Vec::with_capacity(segments.len());
    for segment in segments {
        match speech.last_mut() {
            Some(last) if last.speaker == segment.speaker && segment.from < last.to => {
                last.to = last.to.max(segment.to)
            }
            _ => speech.push(segment),
        }
    }
    speech.sort_by_key(|segment| (segment.from, segment.speaker));
    speech
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(segments: &[(usize, u64, u64)]) -> Recording {
        let of = |&(who, from, to): &(usize, u64, u64)| Segment {
            speaker: Speaker(who),
            from,
            to,
        };
        Recording {
            name: "talk".to_owned(),
            speakers: vec!["ana".to_owned(), "ben".to_owned()],
            segments: segments.iter().map(of).collect(),
        }
    }

    #[test]
    fn who_stops_comes_before_who_begins_in_the_same_millisecond() {
        let script = cues(&recording(&[(1, 5, 9), (0, 0, 5)]));
        let order: Vec<_> = script.iter().map(|cue| (cue.at, cue.what, cue.who.0)).collect();
        assert_eq!(
            order,
            [
                (0, Move::Begins, 0),
                (5, Move::Stops, 0),
                (5, Move::Begins, 1),
                (9, Move::Stops, 1)
            ]
        );
    }

    #[test]
    fn speech_over_ones_own_is_one_stretch_and_speech_over_others_is_kept_apart() {
        let segments = speech(&recording(&[(0, 0, 10), (1, 2, 4), (0, 5, 7), (0, 8, 12), (0, 12, 13)]));
        let spans: Vec<_> = segments.iter().map(|s| (s.speaker.0, s.from, s.to)).collect();
        assert_eq!(spans, [(0, 0, 12), (1, 2, 4), (0, 12, 13)]);
    }
}
