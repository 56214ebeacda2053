//! Media: people hear and see each other through this server, and only those whom the room lets them hear.
//!
//! * [`scene`]: what a room says about its people: which circle, and whether their voice is carried. Rules stay in `room`.
//! * [`table`]: who is carried to whom, pure. Every packet asks it; nothing reaches a listener past it.
//! * [`timeline`]: one unbroken clock for a listener's slot, however often the person in it changes.
//! * [`gate`]: which datagrams are looked at at all: known addresses, calls by name, a budget for each source.
//! * [`ladder`]: what a listener is sent when their network does not carry everything, pure. `meter`: how much a picture takes.
//! * `ear`: how much of somebody's sound is speech, and whether it was carried: what talk time and "trying to speak" are made of.
//! * `endpoint`: one person's WebRTC connection. `post`: the socket, in bundles. `work`: a thread that owns a socket and its connections. `engine`: the way to these threads.
//!
//! A page offers a fixed number of *slots* once: lines on which it listens. Whoever is heard is put into one, and the page is told who is
//! where; so nothing is negotiated again when people come and go.
//!
//! What it leaves out: rules (the room says who is carried), signalling (the hub's socket), and every disk: no packet is ever written down.

#[cfg(feature = "caller")]
pub mod caller;
mod counts;
mod ear;
mod endpoint;
mod engine;
pub mod gate;
#[cfg(feature = "caller")]
pub mod hall;
pub mod ladder;
pub mod limits;
mod meter;
mod post;
pub mod scene;
#[cfg(test)]
mod sweep;
pub mod table;
pub mod timeline;
mod work;

pub use counts::{Counts, Stays};
pub use ear::Spoken;
pub use engine::{Answer, Engine, NotStarted, NotTaken, Notice, Offer, Settings, Standing, Why};
pub use ladder::Pictures;
pub use scene::{Kind, PeerId, Presence, Scene, Voice};
