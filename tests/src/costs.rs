//! What a process costs: processor time and memory, as the kernel counts them. And where it may run.
//!
//! Linux only, like the rest of the tests; `taskset` and `prlimit` come with util-linux, so that no unsafe call is needed.

use std::io;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Processor time that the living threads of a process have used.
pub fn processor_time(pid: u32) -> io::Result<Duration> {
    let mut nanoseconds = 0;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end between the list and the look.
        let Ok(text) = std::fs::read_to_string(thread?.path().join("schedstat")) else {
            continue;
        };
        nanoseconds += text
            .split_whitespace()
            .next()
            .and_then(|first| first.parse().ok())
            .unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// Resident memory of a process in KiB.
pub fn resident_kib(pid: u32) -> io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmRSS:")?
                .trim()
                .strip_suffix(" kB")?
                .trim()
                .parse()
                .ok()
        })
        .ok_or_else(|| io::Error::other("the kernel does not say how much memory is resident"))
}

/// Lets a process, with all its threads, run on these processors only ("0", "0,1").
pub fn pin(pid: u32, processors: &str) -> io::Result<()> {
    let pinned = || quietly("taskset", &["-a", "-c", "-p", processors, &pid.to_string()]);
    // A thread that ends meanwhile is a failure to taskset; the next time it is not there.
    pinned().or_else(|_| pinned()).or_else(|_| pinned())
}

/// Lets this process, and those that it starts, open so many files at once.
pub fn allow_open_files(count: u64) -> io::Result<()> {
    quietly(
        "prlimit",
        &["--pid", &std::process::id().to_string(), &format!("--nofile={count}:")],
    )
    .map_err(|why| io::Error::other(format!("{why}; the shell's `ulimit -Hn` must allow {count} open files")))
}

fn quietly(program: &str, arguments: &[&str]) -> io::Result<()> {
    let mut command = Command::new(program);
    let done = command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if done.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("{program} {arguments:?} did not work")))
    }
}
