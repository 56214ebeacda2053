//! The command line: `rondo`, `rondo serve` and the commands of an operator (`rondo --help`).
#![expect(
    clippy::print_stdout,
    reason = "the command line speaks on stdout; the log goes to stderr"
)]

use std::io::{BufRead, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use protocol::Private;
use rondo::audit::who_saw::Whom;
use rondo::clock::Clock;
use rondo::config::{Config, Database, Setting, Settings};
use rondo::key_command::{self, Which};
use rondo::keys::RootSource;
use rondo::pack_command::PackCommand;
use rondo::prepared::Prepared;
use rondo::start::{Server, Welcome};
use rondo::{
    app, backup, demo, doctor, http, keys, migrate_command, packs, practices, retention, telemetry, verify_command,
    who_saw_command,
};
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
    /// Show a group in mid-course, with invented people who take turns. Nothing of it is kept.
    Demo(DemoFlags),
    /// Bring a lost root.key back with the recovery key, which is asked for.
    Recover,
    /// Copy everything but the keys into a new folder, while the server runs.
    Backup {
        /// The new folder
        folder: PathBuf,
    },
    /// Make the data folder from a backup, and read all that is in it where the root key is there already.
    Restore {
        /// The backup's folder
        folder: PathBuf,
    },
    /// Show what is left of circles of which nothing is kept: a count and a signed record each, checked by trying every key.
    Sittings,
    /// Remove what is kept longer than the settings say (a running server does so every day): counts it by class, spares what a hold stands on.
    Purge {
        /// Only count what would go
        #[arg(long)]
        dry_run: bool,
    },
    /// Practices of this house, each with its own people, rooms and key. The server may be running.
    Practice {
        #[command(subcommand)]
        command: PracticeCommand,
    },
    /// Accounts of people who work here. The server may be running.
    Account {
        #[command(subcommand)]
        command: AccountCommand,
    },
    /// The keys of this house: which there are, and new ones in their place.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Check the signed log: on the data folder, a backup's folder or an exported file. Needs no server.
    Verify {
        /// A data folder, a backup's folder or an exported log; without it, the data of these settings
        what: Option<PathBuf>,
        /// An older checkpoint that somebody kept; the log must begin with what it was signed for
        #[arg(long)]
        checkpoint: Vec<PathBuf>,
    },
    /// Work with the signed log.
    Log {
        #[command(subcommand)]
        command: LogCommand,
    },
    /// Say who came to what is somebody's, from the audit book. Needs no server and no key.
    WhoSaw {
        /// Whose it is: the id of a seat (pa_…), an account (ac_…) or a room (rm_…)
        #[arg(long)]
        subject: Whom,
        /// A data folder or a backup's folder; without it, the data of these settings
        folder: Option<PathBuf>,
    },
    /// Move everything from SQLite into an empty PostgreSQL database. The server must be stopped; the data folder stays and is needed as before
    Migrate {
        /// sqlite: and a data folder; without it, the one of these settings
        #[arg(long)]
        from: Option<String>,
        /// postgres://…; without it, the database of these settings, where no other program can read its password
        #[arg(long)]
        to: Option<String>,
    },
    /// Say what is wrong with this installation and what to do. The server may be running; fails where something is wrong.
    Doctor,
    /// Work with packs.
    Pack {
        #[command(subcommand)]
        command: PackCommand,
    },
}

#[derive(Subcommand)]
enum PracticeCommand {
    /// Begin a practice, and print the one-time link for its first administrator
    New {
        /// What it is called; its people read it
        #[arg(long)]
        name: Option<String>,
    },
    /// Show which practices there are
    List,
    /// Print another one-time link for an administrator of a practice
    Link {
        /// Its id, as `rondo practice list` shows it
        practice: protocol::PracticeId,
    },
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Take the second factor of somebody away who lost their phone and their recovery codes. The passphrase stays; every login ends
    ResetFactors {
        /// The address that they sign in with
        email: String,
        /// Which practice, where there are several: its id, as `rondo practice list` shows it
        #[arg(long)]
        practice: Option<protocol::PracticeId>,
    },
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Show which keys there are and how old they are; no key is shown
    List,
    /// Make a new root key, and new keys for what is written from now on. The server must be stopped
    Rotate {
        /// A new root key in a file, where the root key is kept elsewhere (root_key)
        #[arg(long, conflicts_with = "keep_root")]
        next_root: Option<PathBuf>,
        /// New keys of practices and rooms only
        #[arg(long)]
        keep_root: bool,
    },
}

#[derive(Debug, Subcommand)]
enum LogCommand {
    /// Write a practice's log into a file that anybody can check: headers and hashes, no content.
    Export {
        /// The new file
        file: PathBuf,
        /// Which practice, where there are several
        #[arg(long)]
        practice: Option<protocol::PracticeId>,
    },
}

/// How the demo goes. Only flags count, not the settings of a file or of the environment; --data names an empty folder to keep it in, and
/// a database is never touched.
#[derive(Args)]
struct DemoFlags {
    /// Show a couple whose two people speak and say back, instead of a group
    #[arg(long, conflicts_with_all = ["circle", "meeting"])]
    couple: bool,
    /// Show a circle of peers who pass the stick, instead of a group
    #[arg(long, conflicts_with = "meeting")]
    circle: bool,
    /// How much faster than life it goes, from 0.1 to 100
    #[arg(long, default_value = "1", value_parser = pace)]
    pace: f64,
    /// Follow a recorded meeting (an RTTM file: who spoke when) instead of the measured timing
    #[arg(long)]
    meeting: Option<PathBuf>,
    /// The same number tells the same story
    #[arg(long)]
    seed: Option<u64>,
}

fn pace(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "must be a number".to_owned())?;
    if (0.1..=100.0).contains(&number) {
        Ok(number)
    } else {
        Err("must be from 0.1 to 100".to_owned())
    }
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
    /// Where rooms are unless their facilitator says otherwise, like US or CA; its emergency numbers are shown [RONDO_COUNTRY]
    #[arg(long, global = true)]
    country: Option<String>,
    /// yes lets one facilitator lead alone with nobody on call [RONDO_ONE_FACILITATOR; default no]
    #[arg(long, global = true)]
    one_facilitator: Option<String>,
    /// What is logged, like info or rondo=debug,warn [RONDO_LOG; default info]
    #[arg(long, global = true)]
    log: Option<String>,
    /// text or json [RONDO_LOG_FORMAT; default text]
    #[arg(long, global = true)]
    log_format: Option<String>,
    /// Of whom a second factor is wanted: new-accounts, everybody or asked [RONDO_SECOND_FACTOR; default new-accounts]
    #[arg(long, global = true)]
    second_factor: Option<String>,
    /// Where the root key is: file, credential (of systemd) or command [RONDO_ROOT_KEY; default file]
    #[arg(long, global = true)]
    root_key: Option<String>,
    /// The program that prints the root key, with its words: a JSON list [RONDO_ROOT_KEY_COMMAND]
    #[arg(long, global = true)]
    root_key_command: Option<String>,
    /// How long what is kept, like records=10y, audit=6y, logins=1d, links=1y, requests=2y (these are the usual terms), or forever; in the file a table [RONDO_RETENTION]
    #[arg(long, global = true)]
    retention: Option<String>,
    /// off, or where voices and pictures come in over UDP, like 0.0.0.0:8443 [RONDO_MEDIA; default as --listen]
    #[arg(long, global = true)]
    media: Option<String>,
    /// By which addresses browsers reach that, like 203.0.113.5 [RONDO_MEDIA_ADDRESSES]
    #[arg(long, global = true)]
    media_addresses: Option<String>,
    /// How many threads carry voices and pictures, each on a port of its own behind that of --media [RONDO_MEDIA_THREADS; default 1]
    #[arg(long, global = true)]
    media_threads: Option<String>,
    /// The relay for pages whose network lets nothing else through, like turn:turn.example:3478?transport=udp [RONDO_TURN]
    #[arg(long, global = true)]
    turn: Option<String>,
    /// The file with the secret that it shares with this server [RONDO_TURN_SECRET_FILE]
    #[arg(long, global = true)]
    turn_secret_file: Option<String>,
    /// The number that people ring when voices fail [RONDO_MEDIA_PHONE]
    #[arg(long, global = true)]
    media_phone: Option<String>,
    /// The practice's own sign-in service (OpenID Connect)
    #[arg(long, global = true, hide_short_help = true)]
    oidc_issuer: Option<String>,
    /// What it calls this server (OpenID Connect)
    #[arg(long, global = true, hide_short_help = true)]
    oidc_client_id: Option<String>,
    /// The file with the secret that it gave this server (OpenID Connect)
    #[arg(long, global = true, hide_short_help = true)]
    oidc_client_secret_file: Option<String>,
    /// What people call it (OpenID Connect)
    #[arg(long, global = true, hide_short_help = true)]
    oidc_name: Option<String>,
    /// How much a sign-in there has proved here (OpenID Connect)
    #[arg(long, global = true, hide_short_help = true)]
    oidc_counts_as: Option<String>,
    /// Whether an address that it has verified is believed (OpenID Connect)
    #[arg(long, global = true, hide_short_help = true)]
    oidc_trusts_email: Option<String>,
    /// Authorities for its certificate, in place of the public ones (OpenID Connect)
    #[arg(long, global = true, hide_short_help = true)]
    oidc_ca: Option<String>,
    /// What this node is called, where several share a database [RONDO_NODE]
    #[arg(long, global = true, hide_short_help = true)]
    node: Option<String>,
    /// Over what the nodes hear each other, like nats://10.0.0.5:4222 [RONDO_BUS]
    #[arg(long, global = true, hide_short_help = true)]
    bus: Option<String>,
    /// How long a node is believed to live without saying so, in milliseconds [RONDO_LEASE; default 6000]
    #[arg(long, global = true, hide_short_help = true)]
    lease: Option<String>,
    /// Where numbers are told to a collector (Prometheus), like 127.0.0.1:9464 [RONDO_METRICS; default off]
    #[arg(long, global = true)]
    metrics: Option<String>,
}

impl Flags {
    fn check(self) -> Result<Config, String> {
        let settings = match &self.config {
            Some(file) => Settings::default().with_file(file).map_err(|fault| fault.to_string())?,
            None => Settings::default(),
        };
        self.over(settings.with_environment(|name| std::env::var(name).ok()))
    }

    /// The command line alone: file and environment are the real server's, its folder, its database and its address among them.
    fn check_alone(self) -> Result<Config, String> {
        self.over(Settings::default())
    }

    fn over(self, settings: Settings) -> Result<Config, String> {
        let settings = settings
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
            .with_flag(Setting::Country, self.country)
            .with_flag(Setting::OneFacilitator, self.one_facilitator)
            .with_flag(Setting::Log, self.log)
            .with_flag(Setting::LogFormat, self.log_format)
            .with_flag(Setting::SecondFactor, self.second_factor)
            .with_flag(Setting::RootKey, self.root_key)
            .with_flag(Setting::RootKeyCommand, self.root_key_command)
            .with_flag(Setting::Retention, self.retention)
            .with_flag(Setting::Media, self.media)
            .with_flag(Setting::MediaAddresses, self.media_addresses)
            .with_flag(Setting::MediaThreads, self.media_threads)
            .with_flag(Setting::Turn, self.turn)
            .with_flag(Setting::TurnSecretFile, self.turn_secret_file)
            .with_flag(Setting::MediaPhone, self.media_phone)
            .with_flag(Setting::OidcIssuer, self.oidc_issuer)
            .with_flag(Setting::OidcClientId, self.oidc_client_id)
            .with_flag(Setting::OidcClientSecretFile, self.oidc_client_secret_file)
            .with_flag(Setting::OidcName, self.oidc_name)
            .with_flag(Setting::OidcCountsAs, self.oidc_counts_as)
            .with_flag(Setting::OidcTrustsEmail, self.oidc_trusts_email)
            .with_flag(Setting::OidcCa, self.oidc_ca)
            .with_flag(Setting::Node, self.node)
            .with_flag(Setting::Bus, self.bus)
            .with_flag(Setting::Lease, self.lease)
            .with_flag(Setting::Metrics, self.metrics);
        Config::check(&settings).map_err(|fault| fault.to_string())
    }
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    if let Err(fault) = rondo::dumps::off() {
        eprintln!("rondo: core dumps cannot be turned off: {fault}.");
        return ExitCode::FAILURE;
    }
    let done = match line.command {
        None | Some(Command::Serve) => line.flags.check().and_then(serve),
        Some(Command::Demo(how)) => demo(line.flags, how),
        Some(Command::Recover) => line.flags.check().and_then(|config| recover(&config)),
        Some(Command::Backup { folder }) => line.flags.check().and_then(|config| back_up(&config, &folder)),
        Some(Command::Restore { folder }) => line.flags.check().and_then(|config| restore(&config, &folder)),
        Some(Command::Sittings) => line.flags.check().and_then(|config| sittings(&config)),
        Some(Command::Purge { dry_run }) => line.flags.check().and_then(|config| purge(&config, dry_run)),
        Some(Command::Account { command }) => line.flags.check().and_then(|config| account(&config, &command)),
        Some(Command::Practice { command }) => line.flags.check().and_then(|config| practice(&config, &command)),
        Some(Command::Keys { command }) => line.flags.check().and_then(|config| keys_of(&config, &command)),
        Some(Command::Verify { what, checkpoint }) => line
            .flags
            .check()
            .and_then(|config| verify_command::verify(&config, what.as_deref(), &checkpoint)),
        Some(Command::Log {
            command: LogCommand::Export { file, practice },
        }) => line
            .flags
            .check()
            .and_then(|config| verify_command::export(&config, practice, &file)),
        Some(Command::WhoSaw { subject, folder }) => line
            .flags
            .check()
            .and_then(|config| who_saw_command::tell(&config, subject, folder.as_deref())),
        Some(Command::Migrate { from, to }) => line.flags.check().and_then(|config| migrate(&config, from, to)),
        Some(Command::Doctor) => line.flags.check().and_then(|config| examine(&config)),
        Some(Command::Pack { command }) => command.run(|| line.flags.check(), &mut std::io::stdout().lock()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("rondo: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn serve(mut config: Config) -> Result<(), String> {
    telemetry::start(&config.log);
    let prepared = Prepared::read(&config.data)?;
    for remark in prepared.remarks(&config) {
        println!("  {remark}");
    }
    config.prepared = Arc::new(prepared);
    let runtime =
        tokio::runtime::Runtime::new().map_err(|fault| format!("The server cannot start its threads: {fault}."))?;
    runtime.block_on(async {
        let listen = config.listen;
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|fault| cannot_listen(listen, &fault))?;
        let library = Arc::new(packs::Library::open(&config));
        let parts = app::parts(Clock::system(), library, false);
        let server = Server::open(listener, config, parts)
            .await
            .map_err(|fault| fault.to_string())?;
        greet(server.welcome());
        let stop = CancellationToken::new();
        tokio::spawn(stop_on_signal(stop.clone()));
        server.run(stop).await.map_err(|fault| fault.to_string())
    })
}

/// Longest recording that is read: a day of short turns.
const MAX_MEETING_BYTES: u64 = 8 * 1024 * 1024;

fn demo(mut flags: Flags, how: DemoFlags) -> Result<(), String> {
    let kept = flags.data.take().map(PathBuf::from);
    let chosen_address = flags.listen.is_some();
    let mut config = flags.check_alone()?;
    let options = demo::Options {
        people: match (how.couple, how.circle) {
            (true, _) => demo::People::Couple,
            (_, true) => demo::People::Circle,
            _ => demo::People::Group,
        },
        pace: how.pace,
        meeting: how.meeting.as_deref().map(read_meeting).transpose()?,
        seed: how.seed,
    };
    let passing = match kept {
        Some(folder) => {
            config.data = folder;
            None
        }
        None => {
            let folder = tempfile::Builder::new().prefix("rondo-demo-").tempdir();
            let folder = folder.map_err(|fault| format!("A folder for the demo cannot be made: {fault}."))?;
            config.data = folder.path().to_owned();
            Some(folder)
        }
    };
    telemetry::start(&config.log);
    let runtime =
        tokio::runtime::Runtime::new().map_err(|fault| format!("The server cannot start its threads: {fault}."))?;
    let done = runtime.block_on(async {
        let stop = CancellationToken::new();
        tokio::spawn(stop_on_signal(stop.clone()));
        let listener = match TcpListener::bind(config.listen).await {
            // The real server may be running beside it; nobody has to remember a demo's port.
            Err(fault) if fault.kind() == std::io::ErrorKind::AddrInUse && !chosen_address => {
                config.listen.set_port(0);
                TcpListener::bind(config.listen).await
            }
            bound => bound,
        };
        let listener = listener.map_err(|fault| cannot_listen(config.listen, &fault))?;
        println!("\n  Inventing people and their first weeks …");
        let demo = demo::Demo::open(listener, config, options);
        let demo = tokio::select! {
            demo = demo => demo.map_err(|fault| fault.to_string())?,
            () = stop.cancelled() => return Ok(()),
        };
        show(demo.links());
        demo.run(stop).await.map_err(|fault| fault.to_string())
    });
    drop(runtime); // whatever still writes has ended before its folder goes
    drop(passing);
    done
}

fn read_meeting(file: &std::path::Path) -> Result<demo::timing::Meeting, String> {
    let mut text = String::new();
    std::fs::File::open(file)
        .and_then(|opened| std::io::Read::take(opened, MAX_MEETING_BYTES).read_to_string(&mut text))
        .map_err(|fault| format!("The meeting {} cannot be read: {fault}.", file.display()))?;
    demo::timing::Meeting::read(&text).map_err(|wrong| format!("{} is not a meeting: {wrong}.", file.display()))
}

fn show(links: &demo::Links) {
    let told = &links.told;
    let (session, sessions) = links.session;
    println!(
        "\n  A demo of Rondo {} is running. Everybody in it is invented: {} leads, with {}.\n  They are in session {session} of {sessions}, {}.\n",
        env!("CARGO_PKG_VERSION"),
        links.lead,
        links.members.join(", "),
        told.now
    );
    println!(
        "  {}\n  The link works once, in one browser:\n\n    {}\n",
        told.beside.replace('\n', "\n  "),
        links.co_facilitator.expose()
    );
    println!(
        "  {}\n  In a private window{}:\n\n    {}\n",
        told.guest.replace('\n', "\n  "),
        if links.beyond_this_machine {
            " or on a phone"
        } else {
            ""
        },
        links.guest.expose()
    );
    if links.beyond_this_machine {
        print_code(links.guest.expose());
    }
    println!(
        "  The group's own page, in a third one: {} with {} and the passphrase {}\n",
        links.start_page,
        links.email,
        links.passphrase.expose()
    );
    println!("  Stop with Ctrl-C.\n");
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
        "\n  Rondo {} is running. It is not for clients yet: voices, and what is done when somebody is not OK, are young and unreviewed.\n",
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
        print_code(&address);
    }
    println!();
}

fn print_code(text: &str) {
    use qrcode::render::unicode::Dense1x2;
    if let Ok(code) = qrcode::QrCode::new(text) {
        // Inverted, since most terminals write light on dark.
        let picture = code
            .render::<Dense1x2>()
            .dark_color(Dense1x2::Light)
            .light_color(Dense1x2::Dark)
            .build();
        println!("{picture}");
    }
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

fn back_up(config: &Config, folder: &Path) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|fault| format!("This program cannot start: {fault}."))?;
    let copied = runtime
        .block_on(backup::take(config, folder, &Clock::system()))
        .map_err(|fault| format!("There is no backup: {fault}."))?;
    println!(
        "{} files, {} bytes are in {}. The root key is not among them: keep root.key and root.recovery somewhere else.",
        copied.files,
        copied.bytes,
        folder.display()
    );
    Ok(())
}

fn restore(config: &Config, folder: &Path) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|fault| format!("This program cannot start: {fault}."))?;
    let restored = runtime
        .block_on(backup::restore(config, folder, &Clock::system()))
        .map_err(|fault| format!("Not restored: {fault}."))?;
    println!("{} files are in {}.", restored.copied.files, config.data.display());
    match restored.whole {
        Some(whole) => println!(
            "Everything was read and opened: {} rooms, {} events ({} of them emptied), {} notes.",
            whole.rooms, whole.events, whole.erased, whole.notes
        ),
        None => println!(
            "Nothing was opened yet: put root.key beside it, or root.recovery and run `rondo recover`. Then start the server."
        ),
    }
    Ok(())
}

fn migrate(config: &Config, from: Option<String>, to: Option<String>) -> Result<(), String> {
    let from = match from.as_deref().map(|from| from.strip_prefix("sqlite:")) {
        None => config.data.clone(),
        Some(Some(folder)) if !folder.is_empty() => PathBuf::from(folder),
        Some(_) => return Err("--from must be sqlite: and a data folder, like sqlite:/var/lib/rondo.".to_owned()),
    };
    let to = match (to, &config.database) {
        (Some(to), _) if to.starts_with("postgres://") || to.starts_with("postgresql://") => Private(to),
        (None, Database::Postgres(url)) => url.clone(),
        _ => return Err("say where to: --to postgres://…, or database_url in the settings.".to_owned()),
    };
    let runtime = tokio::runtime::Runtime::new().map_err(|fault| format!("This program cannot start: {fault}."))?;
    let done = runtime
        .block_on(migrate_command::migrate(config, &from, &to))
        .map_err(|fault| format!("The house stays where it is: {fault}."))?;
    for moved in done.tables.iter().filter(|moved| moved.rows > 0) {
        println!("{:>10} {}", moved.rows, moved.table);
    }
    let rows: u64 = done.tables.iter().map(|moved| moved.rows).sum();
    println!(
        "{rows} rows of {} tables are there, and were read back. The signed logs ({} practices, {} leaves) fit on both sides, head for head.",
        done.tables.len(),
        done.practices,
        done.leaves
    );
    println!(
        "Now set database_url and start the server with the same data folder: its keys and files are needed as before. Then move {} out of it, \
         so that nothing starts over it by mistake: it is the way back until somebody writes into the new database.",
        from.join("rondo.db").display()
    );
    Ok(())
}

fn examine(config: &Config) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|fault| format!("This program cannot start: {fault}."))?;
    let findings = runtime.block_on(doctor::examine(config, &Clock::system()));
    print!("{}", doctor::told(&findings));
    match doctor::wrong(&findings) {
        0 => Ok(()),
        1 => Err("one thing is wrong; it is named above.".to_owned()),
        many => Err(format!("{many} things are wrong; they are named above.")),
    }
}

fn sittings(config: &Config) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|fault| format!("This program cannot start: {fault}."))?;
    let text = runtime.block_on(rondo::sittings::told(config));
    println!("{}", text.map_err(|fault| format!("Nothing was read: {fault}."))?);
    Ok(())
}

fn purge(config: &Config, dry_run: bool) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|fault| format!("This program cannot start: {fault}."))?;
    let text = runtime.block_on(retention::command(config, Clock::system(), dry_run));
    print!("{}", text.map_err(|fault| format!("Not all was removed: {fault}."))?);
    Ok(())
}

fn practice(config: &Config, command: &PracticeCommand) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|fault| format!("This program cannot start: {fault}."))?;
    let clock = Clock::system();
    let nothing = |fault| format!("Nothing was changed: {fault}.");
    match command {
        PracticeCommand::New { name } => {
            let made = runtime.block_on(practices::begin(config, name.as_deref(), clock));
            let (practice, secret) = made.map_err(nothing)?;
            println!("The practice {practice} is there, with nobody in it.");
            show_link(config, &secret);
        }
        PracticeCommand::Link { practice } => {
            let secret = runtime
                .block_on(practices::link(config, *practice, clock))
                .map_err(nothing)?;
            show_link(config, &secret);
        }
        PracticeCommand::List => {
            let text = runtime.block_on(practices::listed(config, clock));
            print!("{}", text.map_err(|fault| format!("Nothing was read: {fault}."))?);
        }
    }
    Ok(())
}

fn keys_of(config: &Config, command: &KeysCommand) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|fault| format!("This program cannot start: {fault}."))?;
    let clock = Clock::system();
    let (next_root, keep_root) = match command {
        KeysCommand::List => {
            let text = runtime.block_on(key_command::listed(config, &clock));
            print!("{}", text.map_err(|fault| format!("Nothing was read: {fault}."))?);
            return Ok(());
        }
        KeysCommand::Rotate { next_root, keep_root } => (next_root.as_deref(), *keep_root),
    };
    let which = if keep_root {
        Which::BelowRoot
    } else {
        Which::All { next_root }
    };
    let show = |paper: &Private<String>| {
        println!(
            "The recovery key from now on; write it down and put the old one away with the old root key:\n\n  {}\n",
            paper.expose()
        );
    };
    let done = runtime
        .block_on(key_command::rotate(config, which, &clock, show))
        .map_err(|fault| format!("The keys were not changed: {fault}."))?;
    println!(
        "{} practices have new keys ({} keys were wrapped anew), {} rooms write under a new one from now on.",
        done.rotated.practices, done.rotated.wrapped, done.rotated.rooms
    );
    match done.old_root {
        Some(name) if config.root_key == RootSource::File => println!(
            "root.key is new; copy it and root.recovery to where they are kept. Backups from before open with root.key.{name}: \
             put it where the old root.key was kept, and delete it with the last of those backups."
        ),
        Some(name) => println!(
            "Now let {} give the new root key, then start the server. Backups from before open with the old one, named {name}.",
            config.root_key.said()
        ),
        None => println!("The root key is the same; backups from before open with it."),
    }
    Ok(())
}

fn account(config: &Config, command: &AccountCommand) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|fault| format!("This program cannot start: {fault}."))?;
    let AccountCommand::ResetFactors { email, practice } = command;
    let reset = runtime.block_on(practices::reset_factors(config, *practice, email, Clock::system()));
    let ended = reset.map_err(|fault| format!("Nothing was changed: {fault}."))?;
    println!(
        "Their app, passkeys and recovery codes are gone, and {ended} logins have ended. They sign in with their passphrase, set up a new \
         second factor, and read on their account's page that you did this."
    );
    Ok(())
}

fn show_link(config: &Config, secret: &Private<String>) {
    let url = http::address(config, config.listen).url;
    println!(
        "Its first administrator makes their account with this link. It works once, within a week:\n\n  {url}/welcome#{}\n",
        secret.expose()
    );
}
