//! No core dumps: an image of this process holds open keys and what people say just now. The limit keeps the kernel from writing one, and the
//! process is marked so that neither a crash handler nor another process of the same user may take one. A service manager may say the same
//! (`LimitCORE=0`); the program does not depend on it.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Turns them off for this process and whatever it starts.
pub fn off() -> std::io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}
