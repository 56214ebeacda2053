//! Bad input over a real socket, with a bystander in the room: a typed refusal or a clean close with the right code, nobody else disturbed,
//! nothing lost, and in the journal exactly what was accepted.
//!
//! Tickets for another room, forms and handshakes are the door's (`http_side`); hostile updates byte by byte are the notes' own tests.

mod flood;
mod frames;
mod messages;
mod notes;
mod scene;
