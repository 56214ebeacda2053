//! The checker's parts: somebody who asks and asks again ([`asker`]), what people did and were told ([`ledger`]), kills ([`kills`]), cuts ([`cuts`]); and on several nodes people who roam
//! ([`roaming`]), owners that are stopped ([`fences`]), restarts ([`rolling`]), a database
//! and a bus that fail ([`outages`]).

mod asker;
pub mod cuts;
pub mod fences;
pub mod kills;
pub mod ledger;
pub mod outages;
pub mod roaming;
pub mod rolling;
