//! The command line's way to the audit book: `rondo who-saw`.
#![expect(clippy::print_stdout, reason = "the command line speaks on stdout")]

use std::path::Path;
use std::time::Instant;

use crate::audit::who_saw::{Whom, who_saw};
use crate::config::Config;
use crate::verify_command::{block_on, evidence};

/// Says who came to what is this person's; reads only, and works on a backup as well.
pub fn tell(config: &Config, whom: Whom, folder: Option<&Path>) -> Result<(), String> {
    let begun = Instant::now();
    let reports = block_on(async {
        let (evidence, _) = evidence(config, folder).await?;
        let reports = who_saw(&evidence, whom).await;
        evidence.close().await;
        reports.map_err(|fault| format!("Nothing was read: {fault}."))
    })?;
    for (practice, report) in reports {
        println!("practice {practice}\n{report}");
    }
    println!(
        "read in {} ms; `rondo verify` says whether the book is whole",
        begun.elapsed().as_millis()
    );
    Ok(())
}
