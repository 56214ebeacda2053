//! The command line: `rondo`, `rondo serve`, `rondo recover`, `rondo pack check`.
#![expect(
    clippy::print_stdout,
    reason = "the command line speaks on stdout; the log goes to stderr"
)]

use std::io::BufRead;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use protocol::Private;
use rondo::clock::Clock;
use rondo::config::{Config, Setting, Settings};
use rondo::start::{Server, Welcome};
use rondo::{app, keys, packs, telemetry};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Rooms for people who meet to get better.
#[derive(Parser)]
#[command(version, about)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server (what `rondo` alone does).
    Serve,
    /// Bring a lost root.key back with the recovery key, which is asked for.
    Recover,
    /// Work with packs.
    Pack {
        #[command(subcommand)]
        command: PackCommand,
    },
}

#[derive(Subcommand)]
enum PackCommand {
    /// Check a pack's folder and say everything that is wrong with it.
    Check {
        /// The folder with pack.toml in it.
        folder: PathBuf,
    },
}

/// Each setting can also stand in the file, or in the environment under the name in brackets.
#[derive(Args)]
struct Flags {
    /// The configuration file [RONDO_CONFIG]
    #[arg(long, global = true, env = "RONDO_CONFIG", hide_env = true)]
    config: Option<PathBuf>,
    /// The address to listen on [RONDO_LISTEN; default 127.0.0.1:8080]
    #[arg(long, global = true)]
    listen: Option<String>,
    /// The folder that holds everything [RONDO_DATA; default ./rondo-data]
    #[arg(long, global = true)]
    data: Option<String>,
    /// What people type into their browsers, like https://rondo.example [RONDO_PUBLIC_URL]
    #[arg(long, global = true)]
    public_url: Option<String>,
    /// off, self-signed or files [RONDO_TLS; default off]
    #[arg(long, global = true)]
    tls: Option<String>,
    /// The certificate chain, PEM [RONDO_TLS_CERT]
    #[arg(long, global = true)]
    tls_cert: Option<String>,
    /// The certificate's key, PEM [RONDO_TLS_KEY]
    #[arg(long, global = true)]
    tls_key: Option<String>,
    /// Addresses and networks of proxies in front, with commas between [RONDO_TRUSTED_PROXIES]
    #[arg(long, global = true)]
    trusted_proxies: Option<String>,
    /// postgres://…; without it SQLite in the data folder [RONDO_DATABASE_URL]
    #[arg(long, global = true)]
    database_url: Option<String>,
    /// A folder with further packs [RONDO_PACKS]
    #[arg(long, global = true)]
    packs: Option<String>,
    /// Whom people call when nobody leads a room for long: the practice's number, a crisis line [RONDO_CONTACT]
    #[arg(long, global = true)]
    contact: Option<String>,
    /// What is logged, like info or rondo=debug,warn [RONDO_LOG; default info]
    #[arg(long, global = true)]
    log: Option<String>,
    /// text or json [RONDO_LOG_FORMAT; default text]
    #[arg(long, global = true)]
    log_format: Option<String>,
}

impl Flags {
    fn check(self) -> Result<Config, String> {
        let settings = match &self.config {
            Some(file) => Settings::default().with_file(file).map_err(|fault| fault.to_string())?,
            None => Settings::default(),
        };
        let settings = settings
            .with_environment(|name| std::env::var(name).ok())
            .with_flag(Setting::Listen, self.listen)
            .with_flag(Setting::Data, self.data)
            .with_flag(Setting::PublicUrl, self.public_url)
            .with_flag(Setting::Tls, self.tls)
            .with_flag(Setting::TlsCert, self.tls_cert)
            .with_flag(Setting::TlsKey, self.tls_key)
            .with_flag(Setting::TrustedProxies, self.trusted_proxies)
            .with_flag(Setting::DatabaseUrl, self.database_url)
            .with_flag(Setting::Packs, self.packs)
            .with_flag(Setting::Contact, self.contact)
            .with_flag(Setting::Log, self.log)
            .with_flag(Setting::LogFormat, self.log_format);
        Config::check(&settings).map_err(|fault| fault.to_string())
    }
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    let done = match line.command {
        None | Some(Command::Serve) => line.flags.check().and_then(serve),
        Some(Command::Recover) => line.flags.check().and_then(|config| recover(&config)),
        Some(Command::Pack {
            command: PackCommand::Check { folder },
        }) => check_pack(&folder),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("rondo: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn serve(config: Config) -> Result<(), String> {
    telemetry::start(&config.log);
    let runtime =
        tokio::runtime::Runtime::new().map_err(|fault| format!("The server cannot start its threads: {fault}."))?;
    runtime.block_on(async {
        let listen = config.listen;
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|fault| cannot_listen(listen, &fault))?;
        let shelf = Arc::new(packs::Shelf::fill(config.packs.as_deref()));
        let parts = app::parts(Clock::system(), shelf, false);
        let server = Server::open(listener, config, parts)
            .await
            .map_err(|fault| fault.to_string())?;
        greet(server.welcome());
        let stop = CancellationToken::new();
        tokio::spawn(stop_on_signal(stop.clone()));
        server.run(stop).await.map_err(|fault| fault.to_string())
    })
}

fn cannot_listen(listen: SocketAddr, fault: &std::io::Error) -> String {
    format!("The address {listen} cannot be listened on: {fault}. Another address: --listen 127.0.0.1:8081.")
}

/// The first signal stops in good order; the second at once, for whoever has no patience.
async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return;
    };
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        if stop.is_cancelled() {
            std::process::exit(1);
        }
        stop.cancel();
    }
}

fn greet(welcome: &Welcome) {
    println!(
        "\n  Rondo {} is running. It is not for clients yet: there are no voices and no safety flow.\n",
        env!("CARGO_PKG_VERSION")
    );
    match &welcome.set_up {
        Some(link) => println!(
            "  Open this link to make the first facilitator (it works once):\n\n    {}\n",
            link.expose()
        ),
        None => println!("  Open {}\n", welcome.address.url),
    }
    println!(
        "  Everything is kept in {}",
        std::path::absolute(&welcome.data)
            .unwrap_or_else(|_| welcome.data.clone())
            .display()
    );
    if welcome.address.beyond_this_machine {
        let address = welcome.address.url.to_string();
        println!("  Other devices in this network: {address}\n");
        if let Ok(code) = qrcode::QrCode::new(&address) {
            use qrcode::render::unicode::Dense1x2;
            // Inverted, since most terminals write light on dark.
            let picture = code
                .render::<Dense1x2>()
                .dark_color(Dense1x2::Light)
                .light_color(Dense1x2::Dark)
                .build();
            println!("{picture}");
        }
    }
    println!();
}

fn recover(config: &Config) -> Result<(), String> {
    println!("Type the recovery key (eight groups of four), then Enter:");
    let mut line = String::new();
    // Longer than any spelling of a key is not worth reading.
    std::io::Read::take(std::io::stdin().lock(), 1024)
        .read_line(&mut line)
        .map_err(|fault| format!("The key cannot be read: {fault}."))?;
    keys::restore_root(&config.data, &Private(line)).map_err(|fault| format!("Nothing was changed: {fault}."))?;
    println!(
        "The root key is back in {}. Start the server again.",
        config.data.display()
    );
    Ok(())
}

fn check_pack(folder: &std::path::Path) -> Result<(), String> {
    let name = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let name = name.file_name().unwrap_or_default().to_string_lossy();
    let files = packs::read_pack(folder).map_err(|fault| vec![fault]);
    match files.and_then(|files| protocol::pack::check::load(&name, &files)) {
        Ok(pack) => {
            println!(
                "{} {} is whole: {} sessions, digest {}.",
                pack.id,
                pack.version,
                pack.session_count(),
                pack.digest
            );
            Ok(())
        }
        Err(faults) => {
            for fault in &faults {
                let line = fault.line.map(|line| format!(":{line}")).unwrap_or_default();
                println!("{}{line}: {} {}", fault.file, fault.fault, fault.hint);
            }
            Err(format!("{} is broken; faults: {}.", folder.display(), faults.len()))
        }
    }
}
