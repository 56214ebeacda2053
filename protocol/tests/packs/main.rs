//! Packs: what the check finds, and that the packs that come with Rondo are sound.

mod broken;
mod builtin;
mod overlay;
mod random;
mod sound;
mod tiny;
mod words;
