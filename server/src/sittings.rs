//! `rondo sittings`: what is left of sittings of which nothing is kept, for the operator. Each record is checked, and its room is searched
//! for anything that still opens.

use std::fmt::Write as _;

use crate::config::Config;
use crate::root_key::RootInUse;
use crate::start::{StartFault, store_of};
use crate::store::FatalHook;

/// Every record with what was found about it.
pub async fn told(config: &Config) -> Result<String, StartFault> {
    let root = RootInUse::read(config).await?;
    let store = store_of(config, root.key.clone(), FatalHook::new(|_| ())).await?; // this only reads
    let mut text = String::new();
    for sitting in store.all_sittings().await? {
        let signed = if store.attested(&sitting) {
            "fits"
        } else {
            "DOES NOT FIT"
        };
        let pieces = store.sealed_pieces(sitting.room).await?;
        let opening = store.opening(&pieces).await?;
        let newer = pieces.len();
        let _ = writeln!(
            text,
            "{}signature {signed}\nsealed texts in this room now (later sittings): {newer}, of which open: {opening}\n",
            sitting.record
        ); // writing into a text cannot fail
    }
    if text.is_empty() {
        text.push_str("There is no sitting of which nothing was kept.");
    }
    store.close().await;
    Ok(text)
}
