//! What an operator does: the server on PostgreSQL, a house that moves there, what the doctor says, what a collector is told. The real binary
//! in each, as processes of their own.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the answer")]

mod doctor;
mod metrics;
mod moving;
mod postgres;

use std::path::Path;
use std::process::Output;

use tests::house::binary;
use tokio::process::Command;

/// Runs the binary over a data folder with some settings in the environment.
async fn rondo(data: &Path, settings: &[(&str, &str)], words: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command
        .args(words)
        .env("RONDO_DATA", data)
        .env("RONDO_LOG", "warn")
        .envs(settings.iter().copied());
    command.output().await.unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
