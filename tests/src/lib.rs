//! The whole, driven from outside.

pub mod furnish;
pub mod postgres;
