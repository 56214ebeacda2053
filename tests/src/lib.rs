//! The whole, driven from outside.
