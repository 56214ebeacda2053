//! The store, told one story on SQLite and on PostgreSQL, and what a kill, a full disk and a long history leave of it.

mod contract;
mod journal_model;
mod reopening;
mod survives;
