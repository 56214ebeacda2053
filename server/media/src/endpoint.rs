//! One person's WebRTC connection, and the clocks of their slots.
//!
//! The library's one rule: after *every* change of a connection it is asked for its output until it names a time. [`Endpoint::drain`] is that
//! place, and whoever changes an endpoint calls it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use str0m::bwe::{Bitrate, BweKind};
use str0m::change::SdpOffer;
use str0m::media::{Direction, KeyframeRequestKind, MediaAdded, MediaData, MediaKind, Mid, Pt, Rid};
use str0m::net::{Protocol, Receive};
use str0m::{Event, IceCreds, Input, Output, Rtc};

use crate::ear::{Ear, Spoken};
use crate::ladder::{Given, Pictures};
use crate::limits::{
    ADDRESSES_PER_PEER, AIM_STEP, AT_ONCE, CARRIES_AT_FIRST, LINES_PER_OFFER, OFFER_BYTES, PICTURE_AGAIN,
    PICTURE_MISSED, RESENT, RESENT_SHARE, SILENT_FRAMES, SLOTS, SOUND_WAITS, UP_AGAIN,
};
use crate::meter::Meter;
use crate::post::Post;
use crate::scene::{Kind, PeerId};
use crate::timeline::Timeline;
use crate::{NotTaken, Notice, Standing};

/// Ticks of a second of sound, and of one frame of twenty milliseconds.
const SOUND_CLOCK: (u64, u64) = (48_000, 960);
/// Ticks of a second of picture, and of the shortest step between two.
const PICTURE_CLOCK: (u64, u64) = (90_000, 900);
/// Opus for "nothing to hear": one frame of twenty milliseconds.
const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];

/// The page behind a connection: how it is told things, and what it wants.
pub(crate) struct Page {
    pub(crate) tell: Box<dyn Fn(Notice) + Send>,
    pub(crate) spoke: Box<dyn Fn(Spoken) + Send>,
    pub(crate) wishes: Pictures,
}

/// What a connection did that concerns others.
#[derive(Debug)]
pub(crate) enum Happened {
    Line(MediaAdded),
    Media(Box<MediaData>),
    /// A listener's browser needs a whole picture.
    PictureWanted(Mid),
    Up,
    Gone,
}

/// One of a page's slots.
#[derive(Debug)]
struct Slot {
    mid: Mid,
    clock: Timeline<(PeerId, Option<Rid>)>,
    /// Which person's which size is shown: another one begins with a whole picture.
    shown: Option<(PeerId, Option<Rid>)>,
    /// When a frame was written last.
    last: Option<Instant>,
    pt: Option<Pt>,
}

pub(crate) struct Endpoint {
    rtc: Rtc,
    pub(crate) name: String,
    pub(crate) addresses: VecDeque<SocketAddr>,
    pub(crate) wakes_at: Instant,
    pub(crate) since: Instant,
    pub(crate) up: bool,
    /// Something was written that has not been sent yet.
    pub(crate) laden: bool,
    sound: Lines,
    picture: Lines,
    asked_for_picture: Option<Instant>,
    pub(crate) page: Page,
    told: Option<Standing>,
    /// How much of its sound is speech.
    pub(crate) ear: Ear,
    /// How much its picture takes.
    pub(crate) meter: Meter,
    /// What its network was measured to carry, in bits a second, once it was.
    pub(crate) carries: Option<u64>,
    /// What it is sent.
    pub(crate) given: Given,
}

#[derive(Debug, Default)]
struct Lines {
    /// Where the page sends.
    from: Option<Mid>,
    slots: Vec<Slot>,
}

/// How a connection is set up: the same for all of a house.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) certificate: str0m::config::DtlsCert,
    pub(crate) crypto: std::sync::Arc<str0m::crypto::CryptoProvider>,
    pub(crate) candidates: Vec<str0m::Candidate>,
}

impl Endpoint {
    /// Answers an offer.
    pub(crate) fn answer(setup: &Setup, offer: &str, page: Page, now: Instant) -> Result<(Self, String), NotTaken> {
        let offer = read(offer)?;
        let name = random_text(8)?;
        let credentials = IceCreds {
            ufrag: name.clone(),
            pass: random_text(16)?,
        };
        let answered = caught(|| {
            let mut rtc = Rtc::builder()
                .set_crypto_provider(std::sync::Arc::clone(&setup.crypto))
                .set_dtls_cert(setup.certificate.clone())
                .set_local_ice_credentials(credentials)
                .set_ice_lite(true)
                .clear_codecs()
                .enable_opus(true, false)
                .enable_vp8(true)
                .set_reordering_size_audio(SOUND_WAITS)
                .set_reordering_timeout_audio(None)
                .enable_bwe(Some(Bitrate::bps(CARRIES_AT_FIRST)))
                .build(now);
            for candidate in &setup.candidates {
                rtc.add_local_candidate(candidate.clone());
            }
            let answer = rtc.sdp_api().accept_offer(offer).ok()?;
            Some((rtc, answer.to_sdp_string()))
        });
        let Ok(Some((rtc, answer))) = answered else {
            return Err(NotTaken::Unreadable);
        };
        let endpoint = Self {
            rtc,
            name,
            addresses: VecDeque::new(),
            wakes_at: now,
            since: now,
            up: false,
            laden: false,
            sound: Lines::default(),
            picture: Lines::default(),
            asked_for_picture: None,
            page,
            told: None,
            ear: Ear::default(),
            meter: Meter::new(now),
            carries: None,
            given: Given::default(),
        };
        Ok((endpoint, answer))
    }

    /// Answers an offer to look for a new way. The certificate stays the one that was named first, and so does everything that was agreed.
    /// `None` for one that cannot be read.
    pub(crate) fn restarts(&mut self, offer: &str) -> Result<Option<String>, Broken> {
        let Ok(offer) = read(offer) else {
            return Ok(None);
        };
        let answer = caught(|| {
            self.rtc
                .sdp_api()
                .accept_offer(offer)
                .ok()
                .map(|answer| answer.to_sdp_string())
        })?;
        self.name = self.rtc.direct_api().local_ice_credentials().ufrag; // whatever was taken of it
        Ok(answer)
    }

    /// Whether a call is signed for this connection.
    pub(crate) fn knows(&self, received: Receive<'_>, now: Instant) -> bool {
        caught(|| self.rtc.accepts(&Input::Receive(now, received))).unwrap_or(false)
    }

    /// Remembers an address that a signed call came from; the oldest one is forgotten, and named.
    pub(crate) fn learns(&mut self, address: SocketAddr) -> Option<SocketAddr> {
        self.addresses.push_back(address);
        (self.addresses.len() > ADDRESSES_PER_PEER)
            .then(|| self.addresses.pop_front())
            .flatten()
    }

    /// Reads a datagram.
    pub(crate) fn hears(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8], now: Instant) -> Result<(), Broken> {
        let Some(received) = received(from, to, bytes) else {
            return Ok(());
        };
        self.input(Input::Receive(now, received))
    }

    /// Lets time pass.
    pub(crate) fn wakes(&mut self, now: Instant) -> Result<(), Broken> {
        self.input(Input::Timeout(now))
    }

    fn input(&mut self, input: Input<'_>) -> Result<(), Broken> {
        caught(|| self.rtc.handle_input(input).map_err(|_| Broken)).and_then(|done| done)
    }

    /// Sends what is to be sent, and says what happened, until the connection names a time that is still to come. (It names the same one again and
    /// again while it has packets to send: one leaves for each look at the clock.)
    pub(crate) fn drain(
        &mut self,
        post: &mut Post,
        mut happens: impl FnMut(Happened),
        now: Instant,
    ) -> Result<(), Broken> {
        self.laden = false;
        let mut looks = 0;
        let drained = caught(|| {
            loop {
                match self.rtc.poll_output().map_err(|_| Broken)? {
                    Output::Timeout(at) if at <= now && looks < AT_ONCE => {
                        looks += 1;
                        self.rtc.handle_input(Input::Timeout(now)).map_err(|_| Broken)?;
                    }
                    Output::Timeout(at) => {
                        self.wakes_at = at;
                        return Ok(());
                    }
                    Output::Transmit(packet) => post.takes(packet.destination, &packet.contents),
                    Output::Event(event) => match event {
                        Event::MediaAdded(line) => happens(Happened::Line(line)),
                        Event::MediaData(data) => happens(Happened::Media(Box::new(data))),
                        Event::KeyframeRequest(wanted) => happens(Happened::PictureWanted(wanted.mid)),
                        Event::EgressBitrateEstimate(BweKind::Twcc { estimate, .. }) => {
                            self.carries = Some(estimate.as_u64());
                        }
                        Event::Connected => {
                            self.up = true;
                            happens(Happened::Up);
                        }
                        Event::IceConnectionStateChange(str0m::IceConnectionState::Disconnected) | Event::Closed => {
                            happens(Happened::Gone);
                        }
                        _ => {}
                    },
                }
                if !self.rtc.is_alive() {
                    return Err(Broken);
                }
            }
        });
        drained.and_then(|done| done)
    }

    /// A line of the offer: where the page sends, or one of its slots. `true` for a slot.
    pub(crate) fn has_line(&mut self, line: &MediaAdded) -> Option<(Kind, bool)> {
        let kind = match line.kind {
            MediaKind::Audio => Kind::Sound,
            MediaKind::Video => Kind::Picture,
        };
        let (rate, step) = match kind {
            Kind::Sound => SOUND_CLOCK,
            Kind::Picture => PICTURE_CLOCK,
        };
        let (packets, long) = RESENT;
        if kind == Kind::Picture
            && line.direction == Direction::SendOnly
            && let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(line.mid, None)
        {
            stream.set_rtx_cache(packets, long, Some(RESENT_SHARE));
        }
        let lines = self.lines(kind);
        match line.direction {
            Direction::RecvOnly | Direction::SendRecv if lines.from.is_none() => {
                lines.from = Some(line.mid);
                Some((kind, false))
            }
            Direction::SendOnly if lines.slots.len() < SLOTS => {
                lines.slots.push(Slot {
                    mid: line.mid,
                    clock: Timeline::new(rate, step),
                    shown: None,
                    last: None,
                    pt: None,
                });
                Some((kind, true))
            }
            _ => None,
        }
    }

    fn lines(&mut self, kind: Kind) -> &mut Lines {
        match kind {
            Kind::Sound => &mut self.sound,
            Kind::Picture => &mut self.picture,
        }
    }

    /// Which of the two a line is on which the page sends.
    pub(crate) fn sends_on(&self, mid: Mid) -> Option<Kind> {
        if self.sound.from == Some(mid) {
            return Some(Kind::Sound);
        }
        (self.picture.from == Some(mid)).then_some(Kind::Picture)
    }

    /// The number of the picture slot on a line.
    pub(crate) fn picture_slot(&self, mid: Mid) -> Option<usize> {
        self.picture.slots.iter().position(|slot| slot.mid == mid)
    }

    /// The name of a slot's line, as the page knows it.
    pub(crate) fn line_name(&self, kind: Kind, slot: usize) -> Option<String> {
        let lines = match kind {
            Kind::Sound => &self.sound,
            Kind::Picture => &self.picture,
        };
        lines.slots.get(slot).map(|slot| slot.mid.to_string())
    }

    /// Writes a frame of somebody into a slot; `true` if it was, and `Wants` a whole picture where one must come first.
    pub(crate) fn carries(
        &mut self,
        kind: Kind,
        slot: usize,
        from: PeerId,
        data: &MediaData,
        size: Option<Rid>,
    ) -> Carried {
        let lines = match kind {
            Kind::Sound => &mut self.sound,
            Kind::Picture => &mut self.picture,
        };
        let Some(slot) = lines.slots.get_mut(slot) else {
            return Carried::No;
        };
        let source = (from, data.rid);
        if kind == Kind::Picture && slot.shown != Some(source) {
            // A browser that has not found out yet how much its network takes, or is short of it, sends the small size alone: better that
            // than nothing. Whatever comes is taken until the wanted size does.
            let still_comes = slot.shown.is_some_and(|(peer, _)| peer == from)
                && slot
                    .last
                    .is_some_and(|at| data.network_time.saturating_duration_since(at) < PICTURE_MISSED);
            if still_comes && data.rid.is_some() && data.rid != size {
                return Carried::No;
            }
            if !data.is_keyframe() {
                return Carried::WantsPicture;
            }
        }
        let Some(writer) = self.rtc.writer(slot.mid) else {
            return Carried::No;
        };
        let Some(pt) = writer.match_params(data.params) else {
            return Carried::No;
        };
        let fresh = slot.shown != Some(source);
        slot.shown = Some(source);
        slot.last = Some(data.network_time);
        slot.pt = Some(pt);
        let place = slot.clock.place(source, data.time.numer(), data.network_time);
        let time = str0m::media::MediaTime::new(place, data.time.frequency());
        let written = caught(|| {
            let mut writer =
                writer.start_of_talkspurt(kind == Kind::Sound && (fresh || data.audio_start_of_talk_spurt));
            if let Some(level) = data.ext_vals.audio_level {
                writer = writer.audio_level(level, data.ext_vals.voice_activity.unwrap_or(false));
            }
            writer.write(pt, data.network_time, time, data.data.clone()).is_ok()
        });
        if written == Ok(true) { Carried::Yes } else { Carried::No }
    }

    /// What it is sent from now on; `true` if that is something else, and the connection has to say so.
    pub(crate) fn is_given(&mut self, given: Given) -> bool {
        if self.given == given {
            return false;
        }
        let tried = |given: &Given| (aim(given.next), aim(given.wanted));
        let (aimed, aims) = (tried(&self.given), tried(&given));
        self.given = given;
        for slot in &mut self.picture.slots {
            // A picture that begins again begins whole.
            slot.shown = slot.shown.filter(|(from, _)| self.given.pictures.contains_key(from));
        }
        if aimed == aims {
            return false;
        }
        let (next, all) = aims;
        caught(|| self.rtc.bwe().set_bitrate(Bitrate::bps(next), Bitrate::bps(all))).is_ok()
    }

    /// Tells how much its person spoke, if it is time.
    pub(crate) fn tells_spoken(&mut self, now: Instant) {
        if let Some(spoken) = self.ear.tells(now) {
            (self.page.spoke)(spoken);
        }
    }

    /// A voice in this slot was cut off: silence of our own, so that the browser makes nothing up.
    pub(crate) fn falls_silent(&mut self, slot: usize, now: Instant) -> bool {
        let Some(slot) = self.sound.slots.get_mut(slot) else {
            return false;
        };
        let Some(pt) = slot.pt.filter(|_| slot.shown.take().is_some()) else {
            return false;
        };
        for _ in 0..SILENT_FRAMES {
            let time = str0m::media::MediaTime::new(slot.clock.own(now), str0m::media::Frequency::FORTY_EIGHT_KHZ);
            let written = caught(|| {
                let writer = self.rtc.writer(slot.mid);
                writer.is_some_and(|writer| writer.write(pt, now, time, SILENCE.as_slice()).is_ok())
            });
            if written != Ok(true) {
                return false;
            }
        }
        true
    }

    /// Asks the page for a whole picture, not too often.
    pub(crate) fn asks_for_picture(&mut self, size: Option<Rid>, now: Instant) -> bool {
        let soon = self
            .asked_for_picture
            .is_some_and(|at| now.saturating_duration_since(at) < PICTURE_AGAIN);
        let Some(mid) = self.picture.from.filter(|_| !soon) else {
            return false;
        };
        let asked = caught(|| {
            let writer = self.rtc.writer(mid);
            writer.is_some_and(|mut writer| writer.request_keyframe(size, KeyframeRequestKind::Pli).is_ok())
        });
        let asked = asked == Ok(true);
        if asked {
            self.asked_for_picture = Some(now);
        }
        asked
    }

    /// Tells the page how things stand, if they stand differently.
    pub(crate) fn stands(&mut self, standing: Standing) {
        if self.up && self.told.as_ref() != Some(&standing) {
            self.told = Some(standing.clone());
            (self.page.tell)(Notice::Stands(standing));
        }
    }

    /// The last word.
    pub(crate) fn tell_end(&self, why: crate::Why) {
        (self.page.tell)(Notice::Ended(why));
    }
}

/// How much is tried out whether the network carries it, where so much is wanted.
fn aim(wanted: u64) -> u64 {
    (wanted.div_ceil(AIM_STEP) * AIM_STEP).saturating_mul(UP_AGAIN.0) / UP_AGAIN.1
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carried {
    Yes,
    No,
    WantsPicture,
}

/// The connection is of no more use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

/// Asks the library. What strangers send reaches deep into it, and it is young: a panic there costs one connection and not everybody's voices.
fn caught<T>(ask: impl FnOnce() -> T) -> Result<T, Broken> {
    catch_unwind(AssertUnwindSafe(ask)).map_err(|_| Broken)
}

/// A datagram as the library reads it; `None` for what is nothing it knows.
pub(crate) fn received(from: SocketAddr, to: SocketAddr, bytes: &[u8]) -> Option<Receive<'_>> {
    Some(Receive {
        proto: Protocol::Udp,
        source: from,
        destination: to,
        contents: caught(|| bytes.try_into().ok()).ok()??,
    })
}

/// Reads an offer, within its bounds. Nothing but sound and picture is spoken of; candidates in it are never called (ICE-lite), so that
/// an offer cannot make this server send anything anywhere.
fn read(offer: &str) -> Result<SdpOffer, NotTaken> {
    let lines = offer.lines().filter(|line| line.starts_with("m=")).count();
    let foreign = offer
        .lines()
        .any(|line| line.starts_with("m=") && !line.starts_with("m=audio") && !line.starts_with("m=video"));
    if offer.len() > OFFER_BYTES || lines > LINES_PER_OFFER || foreign {
        return Err(NotTaken::Unreadable);
    }
    let offer = caught(|| SdpOffer::from_sdp_string(offer).ok());
    offer.ok().flatten().ok_or(NotTaken::Unreadable)
}

fn random_text(bytes: usize) -> Result<String, NotTaken> {
    let mut drawn = vec![0; bytes];
    getrandom::fill(&mut drawn).map_err(|_| NotTaken::Unavailable)?;
    Ok(drawn.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_that_speaks_of_anything_but_sound_and_picture_is_not_taken() {
        let line = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
        for odd in [
            String::new(),
            "hello".to_owned(),
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n".to_owned(),
            line.repeat(LINES_PER_OFFER + 1),
            "v=0\r\n".repeat(OFFER_BYTES),
        ] {
            assert_eq!(read(&odd).err(), Some(NotTaken::Unreadable));
        }
    }
}
