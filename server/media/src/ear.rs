//! How much of somebody's sound is speech, and what became of it: the one measure of "heard" and of "trying to speak". Pure: the engine feeds it the
//! level that the browser sends with every frame (RFC 6464); no sound is ever decoded.

use std::time::{Duration, Instant};

use crate::limits::{FRAME_AT_MOST, SPEECH_LEVEL, SPEECH_PAUSE, SPOKEN_EVERY, TRYING};
use crate::scene::Voice;

/// What somebody said since this was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spoken {
    /// Speech that was carried to whoever listens.
    pub heard: Duration,
    /// Speech that nobody was sent, since the room said so.
    pub withheld: Duration,
    /// They have spoken for two seconds, with no longer pause than one takes for breath, and nobody was sent it. Told at once when it begins
    /// and when it ends.
    pub trying: bool,
}

/// One person's.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    /// The frame before, of whatever kind.
    last: Option<Instant>,
    /// Speech nobody is sent: when it began, and its latest frame.
    held: Option<(Instant, Instant)>,
    /// The latest frame of speech.
    spoke: Option<Instant>,
    now: Spoken,
    told: Option<(Instant, bool)>,
}

impl Ear {
    /// A frame of sound came. `true` if it is the first of speech after a pause.
    pub(crate) fn hears(&mut self, level: Option<i8>, voice: Voice, at: Instant) -> bool {
        let lasted = self.last.map_or(Duration::ZERO, |last| {
            at.saturating_duration_since(last).min(FRAME_AT_MOST)
        });
        self.last = Some(at);
        self.pauses(at);
        if level.is_none_or(|level| level < SPEECH_LEVEL) {
            return false;
        }
        let begins = !self.speaks(at);
        self.spoke = Some(at);
        match voice {
            Voice::Carried => {
                self.now.heard += lasted;
                self.held = None;
            }
            Voice::Withheld => {
                self.now.withheld += lasted;
                let since = self.held.map_or(at, |(since, _)| since);
                self.held = Some((since, at));
            }
        }
        begins
    }

    /// Whether there was speech just now.
    pub(crate) fn speaks(&self, at: Instant) -> bool {
        self.spoke
            .is_some_and(|spoke| at.saturating_duration_since(spoke) < SPEECH_PAUSE)
    }

    /// What is to be told by now, if anything is.
    pub(crate) fn tells(&mut self, at: Instant) -> Option<Spoken> {
        self.pauses(at);
        self.now.trying = self
            .held
            .is_some_and(|(since, latest)| latest.saturating_duration_since(since) >= TRYING);
        let (told, tried) = *self.told.get_or_insert((at, false));
        let due = at.saturating_duration_since(told) >= SPOKEN_EVERY;
        let said = self.now.heard + self.now.withheld > Duration::ZERO;
        if !(due && said) && self.now.trying == tried {
            return None;
        }
        self.told = Some((at, self.now.trying));
        let now = std::mem::take(&mut self.now);
        Some(now)
    }

    fn pauses(&mut self, at: Instant) {
        self.held = self
            .held
            .filter(|(_, latest)| at.saturating_duration_since(*latest) < SPEECH_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(20);
    const LOUD: Option<i8> = Some(-25);
    const QUIET: Option<i8> = Some(-80);

    /// Frames for so long; everything that was told.
    fn frames(ear: &mut Ear, at: &mut Instant, long: Duration, level: Option<i8>, voice: Voice) -> Vec<Spoken> {
        let until = *at + long;
        let mut told = Vec::new();
        while *at < until {
            *at += FRAME;
            ear.hears(level, voice, *at);
            told.extend(ear.tells(*at));
        }
        told
    }

    #[test]
    fn speech_that_is_carried_is_heard_and_silence_is_not() {
        let (mut ear, mut at) = (Ear::default(), Instant::now());
        let told = frames(&mut ear, &mut at, Duration::from_secs(10), LOUD, Voice::Carried);
        let heard: Duration = told.iter().map(|spoken| spoken.heard).sum();
        assert!(
            heard >= Duration::from_secs(9) && heard <= Duration::from_secs(10),
            "{heard:?}"
        );
        assert!(told.iter().all(|spoken| !spoken.trying && spoken.withheld.is_zero()));
        assert!(told.len() <= 11, "about once a second: {}", told.len());
        frames(&mut ear, &mut at, Duration::from_secs(2), QUIET, Voice::Carried);
        assert_eq!(
            frames(&mut ear, &mut at, Duration::from_secs(9), QUIET, Voice::Carried),
            []
        );
    }

    #[test]
    fn two_seconds_of_withheld_speech_are_trying_and_a_cough_is_not() {
        let (mut ear, mut at) = (Ear::default(), Instant::now());
        let cough = frames(&mut ear, &mut at, Duration::from_millis(400), LOUD, Voice::Withheld);
        let after = frames(&mut ear, &mut at, Duration::from_secs(5), QUIET, Voice::Withheld);
        assert!(cough.iter().chain(&after).all(|spoken| !spoken.trying));
        // Speech with pauses for breath.
        let begun = at;
        let mut trying = None;
        for _ in 0..5 {
            for (long, level) in [(700, LOUD), (300, QUIET)] {
                let told = frames(&mut ear, &mut at, Duration::from_millis(long), level, Voice::Withheld);
                if trying.is_none() && told.iter().any(|spoken| spoken.trying) {
                    trying = Some(at - begun);
                }
            }
        }
        let trying = trying.expect("five seconds of speech that nobody hears");
        assert!(
            (Duration::from_secs(2)..=Duration::from_secs(3)).contains(&trying),
            "{trying:?}"
        );
        // It ends when they fall silent, and when they are heard.
        let told = frames(&mut ear, &mut at, Duration::from_secs(2), QUIET, Voice::Withheld);
        assert_eq!(told.last().map(|spoken| spoken.trying), Some(false));
        frames(&mut ear, &mut at, Duration::from_secs(3), LOUD, Voice::Withheld);
        let told = frames(&mut ear, &mut at, FRAME * 2, LOUD, Voice::Carried);
        assert_eq!(told.first().map(|spoken| spoken.trying), Some(false));
    }

    #[test]
    fn a_browser_that_sends_no_level_is_not_guessed_at() {
        let (mut ear, mut at) = (Ear::default(), Instant::now());
        assert_eq!(
            frames(&mut ear, &mut at, Duration::from_secs(5), None, Voice::Withheld),
            []
        );
    }
}
