//! A NATS server of the tests' own: Debian's, on a free port of the loopback, without a folder, gone when dropped.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::postgres::{free_port, is_root};
use crate::shared::absent;

/// It starts within a tenth of a second; a loaded machine gets the benefit of the doubt.
const START_WITHIN: Duration = Duration::from_secs(20);
/// The user that Debian's package makes, where the tests run as root.
const USER: &str = "nats";

/// A running server.
#[derive(Debug)]
pub struct Nats {
    server: Child,
    pub address: SocketAddr,
}

impl Nats {
    /// Starts one. Where it is not installed this prints so and gives `None`, except under CI, where a test that cannot run is a failed test.
    pub fn start_or_report() -> Option<Self> {
        let Some(binary) = binary() else {
            absent("nats-server (Debian's package of that name)");
            return None;
        };
        let address = SocketAddr::from(([127, 0, 0, 1], free_port().expect("a free port")));
        Some(Self::start(&binary, address))
    }

    /// Starts it again at the same address, without anything that it knew.
    pub fn begins_anew(&mut self) {
        self.ends();
        *self = Self::start(&binary().expect("it was there a moment ago"), self.address);
    }

    fn start(binary: &std::path::Path, address: SocketAddr) -> Self {
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid", USER, "--regid", USER, "--clear-groups", "--"])
                .arg(binary);
            command
        } else {
            Command::new(binary)
        };
        let server = command
            .args(["-a", "127.0.0.1", "-p", &address.port().to_string()])
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nats-server starts");
        let nats = Self { server, address };
        let deadline = Instant::now() + START_WITHIN;
        while !nats.answers() {
            assert!(Instant::now() < deadline, "nats-server does not answer");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        nats
    }

    /// `nats://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect_timeout(&self.address, Duration::from_secs(1)) else {
            return false;
        };
        let mut greeting = [0; 5];
        stream.read_exact(&mut greeting).is_ok() && &greeting == b"INFO "
    }

    fn ends(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.ends();
    }
}

fn binary() -> Option<PathBuf> {
    ["/usr/sbin/nats-server", "/usr/bin/nats-server"]
        .map(PathBuf::from)
        .into_iter()
        .find(|path| path.exists())
}
