//! Shared notes: the engine beside real Yjs clients, and who may write, read and take back.

mod engine;
mod rights;
