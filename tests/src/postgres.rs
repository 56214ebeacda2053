//! A PostgreSQL of the tests' own: made in a temporary folder, on a free port of the loopback, gone when dropped.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use protocol::Private;
use tempfile::TempDir;

/// A cluster starts within a second; a loaded machine gets the benefit of the doubt.
const START_WITHIN: Duration = Duration::from_secs(60);

/// A running server. Its databases live as long as this value.
#[derive(Debug)]
pub struct Postgres {
    server: Child,
    port: u16,
    bin: PathBuf,
    _folder: TempDir,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum NoPostgres {
    /// Not installed on this machine.
    #[error("PostgreSQL is not installed here (no /usr/lib/postgresql/*/bin/initdb)")]
    Absent,
    /// It is there, but does not start.
    #[error("PostgreSQL does not start: {0}")]
    Broken(String),
}

impl Postgres {
    /// Starts a server of its own. Where PostgreSQL is not installed this prints so and gives `None`, except under CI, where a test that
    /// cannot run is a failed test.
    pub fn start_or_report() -> Option<Self> {
        match Self::start() {
            Ok(server) => Some(server),
            Err(why @ NoPostgres::Absent) => {
                crate::shared::absent(&why.to_string());
                None
            }
            Err(why) => panic!("{why}"),
        }
    }

    /// Starts a server of its own.
    pub fn start() -> Result<Self, NoPostgres> {
        Self::start_with(None, &[])
    }

    /// A server that speaks TLS too, with this certificate and its key (PEM).
    pub fn encrypted(certificate: &str, key: &str) -> Result<Self, NoPostgres> {
        Self::start_with(Some((certificate, key)), &[])
    }

    /// A server with further settings, like `synchronous_commit=off`.
    pub fn start_with(tls: Option<(&str, &str)>, settings: &[&str]) -> Result<Self, NoPostgres> {
        let bin = newest_bin().ok_or(NoPostgres::Absent)?;
        let folder = tempfile::tempdir().map_err(broken)?;
        // The server refuses to run as root; its user must be able to reach the folder.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).map_err(broken)?;
        let data = folder.path().join("data");
        fs::create_dir(&data).map_err(broken)?;
        fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).map_err(broken)?;
        if is_root() {
            done(Command::new("chown").arg("postgres").arg(&data))?;
        }
        let initdb = bin.join("initdb");
        done(
            as_user(&initdb)
                .args([
                    "--auth=trust",
                    "--username=postgres",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-sync",
                    "-D",
                ])
                .arg(&data),
        )?;
        let mut more: Vec<&str> = settings.iter().flat_map(|setting| ["-c", setting]).collect();
        if let Some((certificate, key)) = tls {
            // Where the server looks for them, unless told otherwise.
            for (name, pem) in [("server.crt", certificate), ("server.key", key)] {
                let file = data.join(name);
                fs::write(&file, pem).map_err(broken)?;
                fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).map_err(broken)?;
                if is_root() {
                    done(Command::new("chown").arg("postgres").arg(&file))?;
                }
            }
            more.extend(["-c", "ssl=on"]);
        }
        let port = free_port().map_err(broken)?;
        let log = fs::File::create(folder.path().join("log")).map_err(broken)?;
        let server = as_user(&bin.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args([
                "-p",
                &port.to_string(),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
            ])
            // The tests ask about transactions and not about power cuts.
            .args([
                "-c",
                "fsync=off",
                "-c",
                "full_page_writes=off",
                "-c",
                "max_connections=100",
            ])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(broken)?;
        let mut postgres = Self {
            server,
            port,
            bin,
            _folder: folder,
        };
        postgres.wait_until_ready()?;
        Ok(postgres)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Makes an empty database and gives its address.
    pub fn fresh_database(&self, name: &str) -> Private<String> {
        let made = Command::new(self.bin.join("createdb"))
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres", name])
            .status();
        assert!(made.is_ok_and(|status| status.success()), "the database {name} is made");
        Private(format!("postgres://postgres@127.0.0.1:{}/{name}", self.port))
    }

    /// Its port on the loopback.
    pub const fn port(&self) -> u16 {
        self.port
    }

    fn wait_until_ready(&mut self) -> Result<(), NoPostgres> {
        let deadline = Instant::now() + START_WITHIN;
        loop {
            let asked = Command::new(self.bin.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string(), "-t", "1"])
                .status()
                .map_err(broken)?;
            if asked.success() {
                return Ok(());
            }
            if let Some(ended) = self.server.try_wait().map_err(broken)? {
                return Err(NoPostgres::Broken(format!("it ended with {ended}")));
            }
            if Instant::now() > deadline {
                return Err(NoPostgres::Broken("it is not ready after a minute".to_owned()));
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
}

impl Drop for Postgres {
    /// Interrupt means "fast shutdown" to the server; `runuser` passes it on and ends with it.
    fn drop(&mut self) {
        let pid = fs::read_to_string(self._folder.path().join("data/postmaster.pid"))
            .ok()
            .and_then(|file| file.lines().next().map(str::to_owned));
        if let Some(pid) = pid {
            let _ = Command::new("kill").args(["-INT", &pid]).status();
        } else {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }
}

/// The program under the user that the server may run as.
fn as_user(program: &Path) -> Command {
    if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        // The caller's folder may be closed to that user.
        command.current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

fn newest_bin() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("bin/initdb").exists())
        .max_by_key(version)
        .map(|path| path.join("bin"))
}

/// A port of the loopback that nobody listens on just now.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn done(command: &mut Command) -> Result<(), NoPostgres> {
    let output = command.stdin(Stdio::null()).output().map_err(broken)?;
    if output.status.success() {
        Ok(())
    } else {
        Err(NoPostgres::Broken(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

fn broken(error: std::io::Error) -> NoPostgres {
    NoPostgres::Broken(error.to_string())
}
