//! What stands in the repository agrees with itself: walls, inventories, promises, settings, words. Nothing here starts a server.

mod clinical_words;
mod cryptography;
mod demo_timing;
mod deploy;
mod directions;
mod security_page;
