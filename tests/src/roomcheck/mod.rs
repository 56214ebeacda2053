//! The checker's parts: what people did and were told ([`ledger`]), kills ([`kills`]), cuts ([`cuts`]).

pub mod cuts;
pub mod kills;
pub mod ledger;
