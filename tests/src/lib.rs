//! The whole, driven from outside.

pub mod postgres;
