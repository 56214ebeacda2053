//! A server to test against: in this process, or as a process of its own that can be killed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rondo::app;
use rondo::clock::Clock;
use rondo::config::{Config, SecondFactor};
use rondo::keys::RootKey;
use rondo::packs::Library;
use rondo::start::Server;
use rondo::store::{FatalHook, Store, StoreConfig};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a start may take before a test gives up.
const START: Duration = Duration::from_secs(20);

/// A server in this process.
#[derive(Debug)]
pub struct House {
    pub address: SocketAddr,
    /// The secret of the one-time link, before the first run.
    pub bootstrap: Option<String>,
    stop: CancellationToken,
    running: JoinHandle<()>,
    data: PathBuf,
    _folder: Option<tempfile::TempDir>,
}

impl House {
    /// A fresh server with an empty data folder, on a free port of the loopback.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut house = Self::over(folder.path(), |_| ()).await;
        house._folder = Some(folder);
        house
    }

    /// A server over a data folder, with settings changed.
    pub async fn over(data: &Path, change: impl FnOnce(&mut Config)) -> Self {
        Self::by(Clock::system(), data, change).await
    }

    /// A server that lives by another clock than the machine's.
    pub async fn by(clock: Clock, data: &Path, change: impl FnOnce(&mut Config)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let mut config = Config::in_folder(data);
        config.listen = address;
        // Who leads in a story signs in with a passphrase, weeks later as well; what a second factor closes has tests of its own.
        config.second_factor = SecondFactor::Asked;
        change(&mut config);
        let library = Arc::new(Library::open(&config));
        let parts = app::parts(clock, library, false);
        let server = Server::open(listener, config, parts).await.expect("the server opens");
        let bootstrap = server.welcome().set_up.as_ref().map(|link| {
            let (_, secret) = link.expose().split_once('#').expect("the link has a fragment");
            secret.to_owned()
        });
        let stop = CancellationToken::new();
        let token = stop.clone();
        let running = tokio::spawn(async move { server.run(token).await.expect("the server ends well") });
        Self {
            address,
            bootstrap,
            stop,
            running,
            data: data.to_owned(),
            _folder: None,
        }
    }

    /// Where everything is kept.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// `http://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A planned stop; returns when the server has ended.
    pub async fn stop(self) {
        self.stop.cancel();
        self.running.await.expect("the server's task ends");
    }
}

/// A server as a process of its own.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    pub bootstrap: Option<String>,
}

impl Process {
    /// Starts the binary over a data folder on `port` (0 for a free one) and waits until it says where it is. `RONDO_BIN` names the
    /// binary; the build puts it beside the tests.
    pub async fn start(data: &Path, port: u16, more: &[(&str, &str)]) -> std::io::Result<Self> {
        Self::of(&binary(), data, port, more).await
    }

    /// The same with a binary of another release.
    pub async fn of(binary: &Path, data: &Path, port: u16, more: &[(&str, &str)]) -> std::io::Result<Self> {
        Self::telling(binary, data, port, more, Stdio::inherit()).await
    }

    /// The same with everything logged that can be, into a file.
    pub async fn logging(data: &Path, log: &Path) -> std::io::Result<Self> {
        Self::logging_with(data, log, &[]).await
    }

    /// The same with further settings.
    pub async fn logging_with(data: &Path, log: &Path, more: &[(&str, &str)]) -> std::io::Result<Self> {
        let file = std::fs::File::create(log)?;
        let mut all = vec![("RONDO_LOG", "trace")];
        all.extend(more);
        Self::telling(&binary(), data, 0, &all, file.into()).await
    }

    async fn telling(
        binary: &Path,
        data: &Path,
        port: u16,
        more: &[(&str, &str)],
        log: Stdio,
    ) -> std::io::Result<Self> {
        let mut command = Command::new(binary);
        command
            .env("RONDO_LISTEN", format!("127.0.0.1:{port}"))
            .env("RONDO_DATA", data)
            .env("RONDO_LOG", "warn")
            // Most stories are about something else than what must be there before a room opens.
            .env("RONDO_COUNTRY", "US")
            .env("RONDO_ONE_FACILITATOR", "yes")
            .envs(more.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let out = child.stdout.take().expect("stdout is piped");
        let mut lines = BufReader::new(out).lines();
        let mut bootstrap = None;
        let found = tokio::time::timeout(START, async {
            while let Some(line) = lines.next_line().await? {
                if let Some((_, secret)) = line.split_once("/setup#") {
                    bootstrap = Some(secret.trim().to_owned());
                }
                if let Some(address) = address_in(&line) {
                    return Ok(Some(address));
                }
            }
            Ok::<_, std::io::Error>(None)
        })
        .await;
        let address = match found {
            Ok(Ok(Some(address))) => address,
            other => {
                return Err(std::io::Error::other(format!(
                    "the server did not say where it is: {other:?}"
                )));
            }
        };
        // Whatever else it says goes nowhere; a full pipe would stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self {
            child,
            address,
            bootstrap,
        })
    }

    /// `http://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// SIGKILL, and waits until it is gone.
    pub async fn kill(mut self) {
        let _ = self.child.start_kill();
        let _ = self.child.wait().await;
    }

    /// The process id.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for the process to end and gives its exit code.
    pub async fn ends(&mut self) -> Option<i32> {
        self.child.wait().await.ok()?.code()
    }
}

/// The store that a server left in its data folder; nobody else has it open.
pub async fn store_in(data: &Path) -> Result<Store, String> {
    let root = RootKey::load_or_create(data).map_err(|fault| fault.to_string())?;
    let hook = FatalHook::new(|why| panic!("the disk did not take a write: {why}"));
    let opened = Store::open(StoreConfig::Sqlite(data.join("rondo.db")), root, hook).await;
    opened.map_err(|fault| fault.to_string())
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://")?;
    let host: String = rest.chars().take_while(|c| !c.is_whitespace() && *c != '/').collect();
    host.parse().ok()
}

/// The binary under test.
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("RONDO_BIN") {
        return named.into();
    }
    // target/<profile>/deps/<test> → target/<profile>/rondo
    let mut path = std::env::current_exe().expect("the test knows where it is");
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    path.join("rondo")
}
