//! Every bound of media, with its reason.

use std::time::Duration;

/// People a room carries. Groups are of at most twelve; two who lead, one who supervises, one to spare.
pub const PEERS_PER_ROOM: usize = 16;
/// Connections a thread carries at once: thirty-two full rooms, far more than a core forwards.
pub const PEERS: usize = 512;
/// Slots of a kind that a page may offer: everybody else in the room.
pub const SLOTS: usize = PEERS_PER_ROOM - 1;
/// Lines in an offer: one voice and one picture out, and the slots of both kinds in.
pub const LINES_PER_OFFER: usize = 2 + 2 * SLOTS;
/// An offer's length in bytes: what one message of the wire holds, JSON's own signs among it.
pub const OFFER_BYTES: usize = 64 * 1024;
/// Orders that wait for the engine: it takes them before any packet, so more than a few wait only when the machine stands still.
pub const ORDERS: usize = 256;
/// Bytes that are read in one bundle: what a datagram may hold, and so what the kernel puts together at most.
pub const BUNDLE_BYTES: usize = 65_535;
/// Bytes that leave in one bundle: the same, less its headers.
pub const BUNDLE_SENT: usize = 65_000;
/// Bundles read in one call: as many as come to a busy machine in a millisecond. The memory for them is a megabyte for each thread, if they are full.
pub const BUNDLES_IN_A_ROW: usize = 16;
/// Readings before orders and timers are looked at again: some milliseconds at most.
pub const READINGS_IN_A_ROW: usize = 4;
/// A datagram that the clock says was longer in here was not: the clock was set.
pub const STAYED_AT_MOST: Duration = Duration::from_secs(1);
/// How often a connection may ask to be looked at again at once: one for each packet that it sends, and no picture has as many.
pub const AT_ONCE: usize = 512;
/// Packets of a picture that are kept to be sent again, and for how long: who asks later has shown something else by then. Three megabits a second.
pub const RESENT: (usize, Duration) = (320, Duration::from_secs(1));
/// What is sent again is at most this share of all that is sent: a network that loses more is not helped by more.
pub const RESENT_SHARE: f32 = 0.15;
/// Timers within so long of one another are served together: a thousandth of a second moves no packet by more than a network does.
pub const TIMERS_TOGETHER: Duration = Duration::from_millis(1);
/// Datagrams a connection may send in a second: sound is 50, a picture in two sizes about 350, and what loss brings on top doubles it.
pub const DATAGRAMS_PER_SECOND: u32 = 1_500;
/// Datagrams in a second from an address that has not shown yet that it belongs to a connection: a browser checks twenty times a second.
pub const STRANGER_DATAGRAMS_PER_SECOND: u32 = 100;
/// Strangers' addresses counted in a second; whoever comes after them waits for the next second. Known connections are not among them.
pub const STRANGERS: usize = 4_096;
/// Strangers' calls whose signature is checked in a second, all together: each check costs some microseconds.
pub const CHECKS_PER_SECOND: u32 = 5_000;
/// Addresses that one connection may hold: both families, a mobile network and a wireless one, and one change of each.
pub const ADDRESSES_PER_PEER: usize = 8;
/// A connection that has not come up by then never will: browsers themselves give up after thirty seconds.
pub const COMING_UP: Duration = Duration::from_secs(30);
/// A picture is asked for anew at most this often: a whole picture is as large as thirty changes.
pub const PICTURE_AGAIN: Duration = Duration::from_millis(500);
/// A size of a picture that has not come for so long is not coming: another one is taken.
pub const PICTURE_MISSED: Duration = Duration::from_secs(1);
/// Of up to so many pictures each is carried in its large size; of more, only that of whoever has the floor.
pub const LARGE_PICTURES: usize = 4;
/// Silent frames sent in place of a voice that is cut off, so that listeners' browsers do not make up the half second that follows.
pub const SILENT_FRAMES: u64 = 3;
/// Frames of sound that wait for one that was overtaken: forty milliseconds. Whoever waits longer for what is lost makes everybody wait: the
/// library's own second for each lost packet is heard as stuttering.
pub const SOUND_WAITS: usize = 2;
/// What one voice is reckoned to take, in bits a second: Opus as browsers send it (32,000) with its headers, fifty times a second.
pub const SOUND_BITS: u64 = 52_000;
/// What a picture takes in its small and its large size, in bits a second, until it was measured: what the page asks its encoder for.
pub const PICTURE_BITS: (u64, u64) = (150_000, 700_000);
/// What a connection's network is believed to carry before it was measured, in bits a second: all voices of a full room, and one picture.
pub const CARRIES_AT_FIRST: u64 = 1_000_000;
/// Before a picture is sent larger there must be a tenth more room than it takes.
pub const UP_AGAIN: (u64, u64) = (11, 10);
/// What a network is tried out for changes in steps of so many bits a second: pictures take a little more or less at every moment.
pub const AIM_STEP: u64 = 100_000;
/// How often it is looked at again who is sent which pictures. Measures come faster; a picture that changed with each would be no picture.
pub const LADDER_EVERY: Duration = Duration::from_secs(1);
/// A louder frame than that is speech (dBov, RFC 6464): quiet speech near a microphone is about -40, a room's noise below -60.
pub const SPEECH_LEVEL: i8 = -50;
/// A shorter pause is one for breath.
pub const SPEECH_PAUSE: Duration = Duration::from_secs(1);
/// Speech that nobody is sent for so long is somebody trying to speak.
pub const TRYING: Duration = Duration::from_secs(2);
/// How much somebody spoke is told at most this often.
pub const SPOKEN_EVERY: Duration = Duration::from_secs(1);
/// A frame of sound lasts so long at most (RFC 7587); what comes later came after a gap.
pub const FRAME_AT_MOST: Duration = Duration::from_millis(120);
/// Threads that carry media, at most: more than any machine's cores that we know of have network for.
pub const THREADS: usize = 64;
