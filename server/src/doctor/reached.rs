//! How the server is reached, and whom it reaches: clock, port, certificate, media, relays, metrics, the bus.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use protocol::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket, lookup_host};
use tokio::time::timeout;

use super::Finding;
use super::limits::{ANSWER_BYTES, ANSWER_WITHIN, CERTIFICATE_LATE_DAYS};
use crate::config::{Cluster, Config, Tls};
use crate::facts::{certificate_ends, certificate_file, days_until};
use crate::limits::PURGE_BELIEVES_DAYS;

/// The machine's clock against the last time that a server believed it.
pub(super) fn clock(now: Timestamp, believed: Option<Timestamp>) -> Finding {
    const ABOUT: &str = "clock";
    let todo = "Set it by the network (chrony, systemd-timesyncd). If the house was closed for long, `rondo purge` by hand believes it.";
    let Some(believed) = believed else {
        return Finding::well(ABOUT, "no server has run here yet that could compare it");
    };
    let days = days_until(now, believed);
    if days > PURGE_BELIEVES_DAYS.cast_signed() {
        Finding::wrong(
            ABOUT,
            format!("it is {days} days ahead of the last time that was believed; nothing is purged"),
            todo,
        )
    } else if days < -1 {
        Finding::wrong(
            ABOUT,
            format!("it is {} days behind the last time that was believed", -days),
            todo,
        )
    } else {
        Finding::well(ABOUT, "it goes on from where it was last believed")
    }
}

pub(super) fn certificate(config: &Config, now: Timestamp) -> Finding {
    const ABOUT: &str = "certificate";
    let Some(file) = certificate_file(config) else {
        return Finding::well(ABOUT, "none of ours: a proxy shows one, or only this machine comes in");
    };
    if config.tls == Tls::SelfSigned && !file.exists() {
        return Finding::well(ABOUT, "the server makes one at its next start");
    }
    match certificate_ends(&file) {
        Err(why) => Finding::wrong(
            ABOUT,
            format!("{}: {why}", file.display()),
            "Name the chain and its key with tls_cert and tls_key, both PEM, readable by the server's own user.",
        ),
        Ok(ends) => certificate_left(days_until(ends, now)),
    }
}

fn certificate_left(days: i64) -> Finding {
    const ABOUT: &str = "certificate";
    let todo =
        "Renew it and restart the server, which reads it at its start; then see why it was not renewed by itself.";
    match days {
        ..0 => Finding::wrong(ABOUT, format!("it ended {} days ago: browsers turn away", -days), todo),
        0..CERTIFICATE_LATE_DAYS => Finding::look(ABOUT, format!("it ends in {days} days"), todo),
        _ => Finding::well(ABOUT, format!("it lasts {days} days more")),
    }
}

/// Whether it is our server that listens at its address, or nobody.
pub(super) async fn server(config: &Config) -> Finding {
    const ABOUT: &str = "port";
    let listen = config.listen;
    if let Ok(free) = TcpListener::bind(listen).await {
        drop(free);
        return Finding::look(
            ABOUT,
            format!("nobody listens on {listen}: the server is not running"),
            "Start it.",
        );
    }
    if config.tls != Tls::Off {
        return match within(ANSWER_WITHIN, TcpStream::connect(at_home(listen))).await {
            Ok(_) => Finding::well(ABOUT, format!("somebody takes connections on {listen}")),
            Err(why) => Finding::wrong(
                ABOUT,
                format!("nobody answers on {listen}, and this user may not listen there: {why}"),
                "Start the server, or run this as its user; below 1024 the service needs CAP_NET_BIND_SERVICE.",
            ),
        };
    }
    let asked = format!("GET /healthz HTTP/1.1\r\nHost: {listen}\r\nConnection: close\r\n\r\n");
    match greeted(at_home(listen), asked.as_bytes()).await {
        Ok(text) if text.starts_with("HTTP/1.1 200") => {
            Finding::well(ABOUT, format!("the server answers on {listen} and takes people in"))
        }
        Ok(text) if text.starts_with("HTTP/1.1 503") => Finding::wrong(
            ABOUT,
            format!("the server on {listen} is there and takes nobody in"),
            "It starts, stops, or its database does not answer: see its log.",
        ),
        _ => Finding::wrong(
            ABOUT,
            format!("something else uses {listen}, or this user may not listen there"),
            "Choose another port with listen, or end the other program; below 1024 the service needs CAP_NET_BIND_SERVICE.",
        ),
    }
}

/// The address to ask: whoever listens everywhere is asked at home.
fn at_home(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// Says something over TCP and gives the beginning of the answer.
async fn greeted(address: SocketAddr, say: &[u8]) -> Result<String, String> {
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(say).await?;
        let mut answer = vec![0; ANSWER_BYTES];
        let read = stream.read(&mut answer).await?;
        answer.truncate(read);
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    within(ANSWER_WITHIN, asked).await
}

async fn within<T>(patience: Duration, doing: impl Future<Output = std::io::Result<T>>) -> Result<T, String> {
    match timeout(patience, doing).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(why)) => Err(why.to_string()),
        Err(_) => Err(format!("no answer within {} seconds", patience.as_secs())),
    }
}

/// Voices and pictures: whether their ports are free for the server, and whether the addresses are such as browsers can reach.
pub(super) fn media(config: &Config, running: bool) -> Vec<Finding> {
    const ABOUT: &str = "voices";
    let Some(media) = &config.media else {
        return vec![Finding::well(
            ABOUT,
            "rooms have none: media is off, or not said behind a proxy",
        )];
    };
    let mut all = Vec::new();
    for n in 0..media.threads {
        let mut at = media.listen;
        at.set_port(at.port() + u16::try_from(n).unwrap_or(0));
        // In use while the server runs is as it should be.
        if std::net::UdpSocket::bind(at).is_err() && !running {
            all.push(Finding::wrong(
                ABOUT,
                format!("nobody can listen on UDP {at}, and the server is not there to do so"),
                "Choose another port with media, or end the other program.",
            ));
        }
    }
    let public = config.public_url.as_ref().is_some_and(|url| !url.is_loopback());
    let told: Vec<IpAddr> = if media.addresses.is_empty() {
        vec![media.listen.ip()]
    } else {
        media.addresses.clone()
    };
    if let Some(near) = told.iter().find(|ip| public && is_near(**ip)) {
        all.push(Finding::look(
            ABOUT,
            format!("browsers are told to come to {near}, which the world cannot reach"),
            "Say the machine's public address in media_addresses, and open its UDP ports in the firewall; inside one network it may be right.",
        ));
    }
    if all.is_empty() {
        all.push(Finding::well(
            ABOUT,
            format!(
                "they come in over UDP on {}, {} ports from there",
                media.listen, media.threads
            ),
        ));
    }
    all
}

/// An address of this machine or of a private network.
fn is_near(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// Whether each relay answers: over TCP by taking a connection, over UDP by answering a STUN request (RFC 8489).
pub(super) async fn relays(config: &Config) -> Vec<Finding> {
    const ABOUT: &str = "relay";
    let Some(relays) = &config.relays else {
        return vec![Finding::well(ABOUT, "none is named: who has no UDP has no voices")];
    };
    let mut all = Vec::new();
    for url in relays.urls() {
        let answers = match place(url) {
            Some((host, true)) => within(ANSWER_WITHIN, stun(&host)).await,
            Some((host, false)) => within(ANSWER_WITHIN, async { TcpStream::connect(&host).await.map(|_| ()) }).await,
            None => Err("its address cannot be read".to_owned()),
        };
        all.push(match answers {
            Ok(()) => Finding::well(ABOUT, format!("{url} answers")),
            Err(why) => Finding::wrong(
                ABOUT,
                format!("{url} does not answer from here: {why}"),
                "See that coturn runs, its port is open, and turn names it as it is.",
            ),
        });
    }
    all
}

/// Host and port of a relay, and whether it is spoken to over UDP.
fn place(url: &str) -> Option<(String, bool)> {
    let (scheme, rest) = url.split_once(':')?;
    let (place, how) = rest.split_once('?').unwrap_or((rest, "transport=udp"));
    let usual = if scheme == "turns" { 5349 } else { 3478 };
    let has_port = place
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let host = if has_port {
        place.to_owned()
    } else {
        format!("{place}:{usual}")
    };
    // Encrypted UDP (DTLS) is asked as TCP is: no client of ours speaks it here, and coturn listens on both.
    Some((host, how == "transport=udp" && scheme == "turn"))
}

async fn stun(host: &str) -> std::io::Result<()> {
    let to = lookup_host(host).await?.next().ok_or(std::io::ErrorKind::NotFound)?;
    let from: SocketAddr = if to.is_ipv4() {
        ([0, 0, 0, 0], 0).into()
    } else {
        (std::net::Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(from).await?;
    socket.connect(to).await?;
    // A binding request: type, length, magic cookie, transaction.
    let mut request = [0_u8; 20];
    request[..8].copy_from_slice(&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
    request[8..].copy_from_slice(b"rondo-doctor");
    socket.send(&request).await?;
    let mut answer = [0; 512];
    let read = socket.recv(&mut answer).await?;
    if read >= 20 && answer[8..20] == request[8..] {
        Ok(())
    } else {
        Err(std::io::Error::other("what it answers is not STUN"))
    }
}

pub(super) fn metrics(config: &Config) -> Option<Finding> {
    const ABOUT: &str = "metrics";
    let listen = config.metrics?;
    Some(if listen.ip().is_loopback() || is_near(listen.ip()) {
        Finding::well(ABOUT, format!("they are told on {listen}"))
    } else {
        Finding::look(
            ABOUT,
            format!("they are told on {listen}, to whoever can reach it"),
            "They name nobody, but say how much goes on: keep that port inside your network.",
        )
    })
}

/// Where NATS is if nobody says otherwise.
const NATS_PORT: u16 = 4222;

/// The bus of this node's settings. Its address may hold a password: host and port are all that is said of it.
pub(super) async fn bus(cluster: &Cluster) -> Finding {
    const ABOUT: &str = "bus";
    let url = url::Url::parse(cluster.bus.expose()).ok();
    let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default();
    let port = url.as_ref().and_then(url::Url::port).unwrap_or(NATS_PORT);
    let host = format!("{host}:{port}");
    match lookup_host(&host).await.map(|mut found| found.next()) {
        Ok(Some(at)) => nats(at).await,
        Ok(None) | Err(_) => Finding::wrong(
            ABOUT,
            format!("{host} cannot be found"),
            "Name the bus's address, with its port.",
        ),
    }
}

/// The bus between nodes, by its greeting: NATS says INFO to whoever connects.
pub async fn nats(address: SocketAddr) -> Finding {
    const ABOUT: &str = "bus";
    match greeted(address, b"").await {
        Ok(text) if text.starts_with("INFO ") => Finding::well(ABOUT, format!("NATS answers on {address}")),
        Ok(_) => Finding::wrong(
            ABOUT,
            format!("what answers on {address} is not NATS"),
            "Name the bus's address, with its port.",
        ),
        Err(why) => Finding::wrong(
            ABOUT,
            format!("NATS does not answer on {address}: {why}"),
            "See that it runs and its port is open to this machine. Rooms go on meanwhile, each on its own node.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    const DAY: u64 = 86_400_000;

    #[test]
    fn a_clock_that_jumped_either_way_is_wrong() {
        let believed = Timestamp(20_000 * DAY);
        let judged = |days: u64| clock(Timestamp(days * DAY), Some(believed)).verdict;
        assert_eq!(judged(20_000), Verdict::Well);
        assert_eq!(judged(20_030), Verdict::Well, "closed for a month");
        assert_eq!(judged(20_061), Verdict::Wrong);
        assert_eq!(judged(19_990), Verdict::Wrong);
        assert_eq!(clock(believed, None).verdict, Verdict::Well);
    }

    #[test]
    fn a_certificate_is_looked_at_before_it_ends() {
        assert_eq!(certificate_left(60).verdict, Verdict::Well);
        assert_eq!(certificate_left(5).verdict, Verdict::Look);
        assert_eq!(certificate_left(-1).verdict, Verdict::Wrong);
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::in_folder(folder.path());
        assert_eq!(
            certificate(&config, Timestamp(0)).verdict,
            Verdict::Well,
            "none of ours"
        );
        let file = folder.path().join("chain.pem");
        config.tls = Tls::Files {
            certificate: file.clone(),
            key: file,
        };
        assert_eq!(
            certificate(&config, Timestamp(0)).verdict,
            Verdict::Wrong,
            "no such file"
        );
    }

    /// Answers whoever connects with these words, and says where.
    async fn answering(words: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(words.as_bytes()).await.unwrap();
            // Held open: whoever asked may still be writing.
            let _ = stream.read(&mut [0; 512]).await;
        });
        address
    }

    #[tokio::test]
    async fn a_port_that_another_program_has_is_wrong_and_a_free_one_says_that_nobody_is_there() {
        let mut config = Config::in_folder("x");
        config.listen = answering("SSH-2.0-other\r\n").await;
        assert_eq!(server(&config).await.verdict, Verdict::Wrong);
        config.listen = answering("HTTP/1.1 503 Service Unavailable\r\n\r\n").await;
        assert_eq!(server(&config).await.verdict, Verdict::Wrong);
        config.listen = answering("HTTP/1.1 200 OK\r\n\r\nready\n").await;
        assert_eq!(server(&config).await.verdict, Verdict::Well);
        config.listen = "127.0.0.1:0".parse().unwrap();
        assert_eq!(server(&config).await.verdict, Verdict::Look);
        // Encrypted it is not asked what it is, but whether anybody is there.
        config.tls = Tls::SelfSigned;
        assert_eq!(server(&config).await.verdict, Verdict::Look);
        let there = TcpListener::bind("127.0.0.1:0").await.unwrap();
        config.listen = there.local_addr().unwrap();
        assert_eq!(server(&config).await.verdict, Verdict::Well);
        let taken = tokio::net::TcpSocket::new_v4().unwrap();
        taken.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        config.listen = taken.local_addr().unwrap(); // and nobody listens there
        assert_eq!(server(&config).await.verdict, Verdict::Wrong);
    }

    #[tokio::test]
    async fn the_bus_of_the_settings_is_asked_and_its_password_is_not_said() {
        let (at, encrypted) = (answering("INFO {}\r\n").await, answering("INFO {}\r\n").await);
        for (address, verdict) in [
            (format!("nats://ana:hunter2@{at}"), Verdict::Well),
            (format!("tls://{encrypted}"), Verdict::Well),
            ("nats://ana:hunter2@nobody.invalid".to_owned(), Verdict::Wrong),
        ] {
            let cluster = Cluster {
                node: "a".to_owned(),
                bus: protocol::Private(address),
                lease: Duration::from_secs(6),
            };
            let found = bus(&cluster).await;
            assert_eq!(found.verdict, verdict);
            assert!(
                !found.said.contains("hunter2") && !found.said.contains("ana"),
                "{}",
                found.said
            );
        }
    }

    #[tokio::test]
    async fn a_bus_is_known_by_its_greeting() {
        assert_eq!(
            nats(answering("INFO {\"version\":\"2.9.10\"}\r\n").await).await.verdict,
            Verdict::Well
        );
        assert_eq!(nats(answering("220 mail\r\n").await).await.verdict, Verdict::Wrong);
        // Bound, and nobody accepts any more.
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        assert_eq!(nats(gone).await.verdict, Verdict::Wrong);
    }

    #[tokio::test]
    async fn voices_that_nobody_can_reach_are_looked_at_and_a_taken_port_is_wrong() {
        let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut config = Config::in_folder("x");
        assert_eq!(media(&config, false)[0].verdict, Verdict::Well, "none");
        config.media = Some(::media::Settings {
            listen: taken.local_addr().unwrap(),
            addresses: Vec::new(),
            threads: 1,
        });
        assert_eq!(media(&config, false)[0].verdict, Verdict::Wrong);
        assert_eq!(media(&config, true)[0].verdict, Verdict::Well, "it is the server's");
        config.public_url = crate::config::Origin::parse_url("https://rondo.example");
        assert_eq!(media(&config, true)[0].verdict, Verdict::Look);
    }

    #[tokio::test]
    async fn a_relay_that_does_not_answer_is_wrong_and_one_that_speaks_stun_is_well() {
        let relay = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let at = relay.local_addr().unwrap();
        tokio::spawn(async move {
            let mut asked = [0; 64];
            let (read, from) = relay.recv_from(&mut asked).await.unwrap();
            asked[1] = 1;
            asked[0] = 1; // a binding success
            relay.send_to(&asked[..read], from).await.unwrap();
        });
        let mut config = Config::in_folder("x");
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let urls = vec![format!("turn:{at}"), format!("turns:{gone}?transport=tcp")];
        config.relays = crate::relays::Relays::new(urls, "north wind and a warm coat");
        let found: Vec<Verdict> = relays(&config).await.iter().map(|finding| finding.verdict).collect();
        assert_eq!(found, [Verdict::Well, Verdict::Wrong]);
        assert_eq!(place("turns:a.example"), Some(("a.example:5349".to_owned(), false)));
        assert_eq!(
            place("turn:a.example:99?transport=tcp"),
            Some(("a.example:99".to_owned(), false))
        );
    }

    #[test]
    fn metrics_that_the_world_may_read_are_looked_at() {
        let mut config = Config::in_folder("x");
        assert_eq!(metrics(&config), None);
        config.metrics = "127.0.0.1:9464".parse().ok();
        assert_eq!(metrics(&config).unwrap().verdict, Verdict::Well);
        config.metrics = "0.0.0.0:9464".parse().ok();
        assert_eq!(metrics(&config).unwrap().verdict, Verdict::Look);
    }
}
