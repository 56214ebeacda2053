//! How a server is doing, as its administrators read it. Numbers and times: no room and no person is in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `GET /api/house`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HouseState {
    pub version: String,
    /// PostgreSQL, or SQLite in the data folder.
    pub postgres: bool,
    /// Rooms that are open on this server. Absent where it has several practices: when others meet is no one's business.
    pub rooms_open: Option<u64>,
    /// Pages connected to them.
    pub lines_open: Option<u64>,
    /// Of the data folder's disk.
    pub disk_free_bytes: Option<u64>,
    pub disk_bytes: Option<u64>,
    /// Since the newest backup was finished; absent where none was.
    pub backup_age_seconds: Option<u64>,
    /// Whole days until the server's own certificate ends, 0 once it has ended; absent where a proxy has it.
    pub certificate_days: Option<u32>,
    /// What somebody should see to.
    pub amiss: Vec<HouseAmiss>,
    /// The nodes of a house of several machines, by name; empty where there is one, or where the server has several practices.
    #[serde(default)]
    pub nodes: Vec<HouseNode>,
}

/// One of several machines, as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HouseNode {
    /// What whoever runs it calls it.
    pub name: String,
    /// Rooms that are its own.
    pub rooms: u64,
    /// Since it started.
    pub age_seconds: u64,
    /// Since it was not heard of any more; absent while it lives.
    pub silent_seconds: Option<u64>,
}

/// Something about a server that whoever runs it should see to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HouseAmiss {
    /// The disk is nearly full.
    LittleRoom,
    /// No backup was finished yet.
    NoBackup,
    /// The newest backup is older than two days.
    BackupLate,
    /// The certificate ends soon, or has ended.
    CertificateEnds,
}
