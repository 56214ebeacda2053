//! A server with a clock that is moved by hand, and browsers to visit it with.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use protocol::{ParticipantId, RoomId, Timestamp};
use rondo::audit::Record;
use rondo::clock::Clock;
use rondo::config::Config;
use rondo::http::{Rooms, SeatGrant, Socket};
use rondo::identity::Identity;
use rondo::keys::RootKey;
use rondo::packs::Library;
use rondo::start::{Parts, Server};
use rondo::store::directory::LoginId;
use rondo::store::{FatalHook, Store, StoreConfig};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// No single exchange of a test takes longer, passphrases on a busy machine included.
const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const EMAIL: &str = "ida.lindqvist@example.org";
pub(crate) const PASSPHRASE: &str = "the kettle sings low";

/// What the rooms were told, and the seats that sit in them.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) seats: Mutex<Vec<(SeatGrant, Socket)>>,
    pub(crate) revoked: Mutex<Vec<(RoomId, ParticipantId)>>,
    pub(crate) ended: Mutex<Vec<LoginId>>,
    pub(crate) came: tokio::sync::Notify,
}

impl Rooms for Recorder {
    fn connect(&self, seat: SeatGrant, socket: Socket) {
        self.seats.lock().unwrap().push((seat, socket));
        self.came.notify_one();
    }
    fn revoked(&self, room: RoomId, participant: ParticipantId) {
        self.seats
            .lock()
            .unwrap()
            .retain(|(seat, _)| (seat.room, seat.participant) != (room, participant));
        self.revoked.lock().unwrap().push((room, participant));
    }
    fn seat_ended(&self, login: LoginId, room: RoomId) {
        let mut seats = self.seats.lock().unwrap();
        seats.retain(|(seat, _)| (seat.login, seat.room) != (login, room));
    }
    fn login_ended(&self, login: LoginId) {
        self.seats.lock().unwrap().retain(|(seat, _)| seat.login != login);
        self.ended.lock().unwrap().push(login);
    }
    fn stop(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.seats.lock().unwrap().clear();
        Box::pin(std::future::ready(()))
    }
}

/// A running server.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    /// The secret of the set-up link.
    pub(crate) bootstrap: String,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) identity: Arc<Identity>,
    now: Arc<AtomicU64>,
    serving: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl World {
    /// A server whose rooms only take note.
    pub(crate) async fn start() -> (Self, Arc<Recorder>) {
        let rooms = Arc::new(Recorder::default());
        (Self::start_with(|_| (), Arc::<Recorder>::clone(&rooms)).await, rooms)
    }

    pub(crate) async fn start_with(settings: impl FnOnce(&mut Config), rooms: Arc<dyn Rooms>) -> Self {
        Self::start_from(settings, |clock, library| Parts {
            clock,
            rooms: Box::new(move |_, _, _| rooms),
            packs: library,
            demo: false,
        })
        .await
    }

    pub(crate) async fn start_from(
        settings: impl FnOnce(&mut Config),
        parts: impl FnOnce(Clock, Arc<Library>) -> Parts,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::in_folder(folder.path().join("data"));
        config.listen = "127.0.0.1:0".parse().unwrap();
        settings(&mut config);
        let now = Arc::new(AtomicU64::new(1_800_000_000_000));
        let hand = Arc::clone(&now);
        let clock = Clock::of(move || Timestamp(hand.load(Ordering::SeqCst)));
        let listener = TcpListener::bind(config.listen).await.unwrap();
        let address = listener.local_addr().unwrap();
        let library = Arc::new(Library::open(&config));
        let server = Server::open(listener, config, parts(clock, library)).await.unwrap();
        let link = server.welcome().set_up.clone().unwrap().into_exposed();
        let bootstrap = link.split_once("/setup#").unwrap().1.to_owned();
        let identity = Arc::clone(server.identity());
        let serving = tokio::spawn(async move { server.run(Default::default()).await.unwrap() });
        Self {
            address,
            bootstrap,
            folder,
            identity,
            now,
            serving,
        }
    }

    /// Time passes.
    pub(crate) fn passes(&self, time: Duration) {
        self.now
            .fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser {
            address: self.address,
            origin: self.origin(),
            cookie: None,
            outside: None,
        }
    }

    pub(crate) fn first_run_form(&self) -> Value {
        json!({ "bootstrap": self.bootstrap, "name": "Ida Lindqvist", "email": EMAIL, "passphrase": PASSPHRASE })
    }

    /// Somebody whom an administrator invited, with an account of their own; who they are.
    pub(crate) async fn colleague(&self, by: &mut Browser, name: &str, roles: &Value) -> (Browser, String) {
        let link = by.post("/api/people/invite", &json!({ "roles": roles })).await;
        assert_eq!(link.status, 200, "{link:?}");
        let url = link.json()["url"].as_str().unwrap().to_owned();
        let (_, secret) = url.split_once("/welcome#").unwrap();
        let browser = self
            .welcome(secret, name, &format!("{}@example.org", name.replace(' ', ".")))
            .await;
        let account = browser.clone().account().await;
        (browser, account)
    }

    /// The first administrator of a new practice, begun by the operator beside the running server.
    pub(crate) async fn another_practice(&self, name: &str, email: &str) -> Browser {
        let config = Config::in_folder(self.folder.path().join("data"));
        let hand = Arc::clone(&self.now);
        let clock = Clock::of(move || Timestamp(hand.load(Ordering::SeqCst)));
        let (_, secret) = rondo::practices::begin(&config, Some("By the lake"), clock)
            .await
            .unwrap();
        self.welcome(secret.expose(), name, email).await
    }

    /// The audit books of all practices, read beside the running server; each in order, each commitment looked at.
    pub(crate) async fn books(&self) -> Vec<Record> {
        let data = self.folder.path().join("data");
        let root = RootKey::load(&data).unwrap();
        let database = StoreConfig::Sqlite(data.join("rondo.db"));
        let store = Store::open(database, root, FatalHook::new(|why| panic!("{why}")))
            .await
            .unwrap();
        let mut all = Vec::new();
        for practice in store.practices().await.unwrap() {
            let rows = store.audit_after(practice.practice, 0, 10_000).await.unwrap();
            for (n, row) in (1..).zip(&rows) {
                assert!(row.n == n && row.holds(), "record {n}");
                all.push(Record::read(&row.header).unwrap());
            }
        }
        store.close().await;
        all
    }

    pub(crate) async fn welcome(&self, secret: &str, name: &str, email: &str) -> Browser {
        let mut browser = self.browser();
        let form = json!({ "secret": secret, "name": name, "email": email, "passphrase": PASSPHRASE });
        let made = browser.post("/api/welcome", &form).await;
        assert_eq!(made.status, 204, "{made:?}");
        browser
    }

    /// The first facilitator, signed in, with the recovery key kept.
    pub(crate) async fn ida(&self) -> Browser {
        let mut ida = self.browser();
        let made = ida.post("/api/first-run", &self.first_run_form()).await;
        assert_eq!(made.status, 200, "{}", made.body);
        let key = made.json()["recovery_key"].as_str().unwrap().to_owned();
        let last = key.rsplit('-').next().unwrap();
        assert_eq!(
            ida.post("/api/recovery/confirm", &json!({ "last_group": last }))
                .await
                .status,
            204
        );
        ida
    }
}

/// A browser: an address and a cookie.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) address: SocketAddr,
    pub(crate) origin: String,
    pub(crate) cookie: Option<String>,
    /// The cookie with which it comes back from the practice's own sign-in service.
    pub(crate) outside: Option<String>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }
    pub(crate) fn code(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        assert_eq!(self.json()["status"], self.status);
        self.json()["code"].as_str().unwrap().to_owned()
    }
}

impl Browser {
    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, &[], "").await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &Value) -> Reply {
        let origin = self.origin.clone();
        let own = [
            ("origin", origin.as_str()),
            ("content-type", "application/json"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send("POST", path, &own, &form.to_string()).await
    }

    /// A request with exactly these headers besides `Host`, the cookie and the length. Keeps the cookie that comes back.
    pub(crate) async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
            self.address
        );
        if let Some(cookie) = &self.cookie {
            head.push_str(&format!("cookie: __Host-rondo={cookie}\r\n"));
        }
        if let Some(cookie) = &self.outside {
            head.push_str(&format!("cookie: __Host-rondo-outside={cookie}\r\n"));
        }
        headers
            .iter()
            .for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        if !body.is_empty() {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        let reply = exchange(
            TcpStream::connect(self.address).await.unwrap(),
            &format!("{head}\r\n{body}"),
        )
        .await;
        if let Some(cookie) = reply.header("set-cookie") {
            let pair = cookie.split(';').next().unwrap();
            if let Some(outside) = pair.strip_prefix("__Host-rondo-outside=") {
                // Whoever wants to use an answer again keeps it.
                if !outside.is_empty() {
                    self.outside = Some(outside.to_owned());
                }
                return reply;
            }
            let value = pair.strip_prefix("__Host-rondo=").unwrap();
            self.cookie = (!value.is_empty()).then(|| value.to_owned());
        }
        reply
    }

    /// Whose account this browser is signed in with.
    pub(crate) async fn account(&mut self) -> String {
        let state = self.get("/api/state").await.json();
        state["me"]["account"].as_str().unwrap().to_owned()
    }

    /// A new group of Ida's; its room.
    pub(crate) async fn makes_a_group(&mut self, title: &str) -> String {
        let form = json!({ "title": title, "pack": "group-ipt-8", "language": "en", "starts_on": null });
        let made = self.post("/api/groups", &form).await;
        assert_eq!(made.status, 200, "{made:?}");
        made.json()["room"].as_str().unwrap().to_owned()
    }

    /// A personal link: the invite's id and the secret.
    pub(crate) async fn invites(&mut self, room: &str, name: &str, role: &str) -> (String, String) {
        let made = self
            .post(
                &format!("/api/groups/{room}/invites"),
                &json!({ "name": name, "role": role }),
            )
            .await;
        assert_eq!(made.status, 200, "{made:?}");
        let link = made.json();
        let secret = link["url"].as_str().unwrap().split_once("/join#").unwrap().1.to_owned();
        (link["invite"]["invite"].as_str().unwrap().to_owned(), secret)
    }

    pub(crate) async fn joins(&mut self, secret: &str) -> Reply {
        self.post("/api/join", &json!({ "secret": secret })).await
    }

    pub(crate) async fn ticket(&mut self, room: &str) -> Reply {
        self.post(&format!("/api/rooms/{room}/ticket"), &json!({})).await
    }

    /// A ticket that is certainly given.
    pub(crate) async fn has_ticket(&mut self, room: &str) -> String {
        let reply = self.ticket(room).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["ticket"].as_str().unwrap().to_owned()
    }

    /// A handshake with this browser's origin and cookie. Gives the open stream where it was answered with 101.
    pub(crate) async fn knocks(&self, room: &str, ticket: &str) -> (Reply, TcpStream) {
        self.knocks_as(room, &[("origin", &self.origin)], ticket).await
    }

    pub(crate) async fn knocks_as(&self, room: &str, headers: &[(&str, &str)], ticket: &str) -> (Reply, TcpStream) {
        let mut head = format!(
            "GET /api/rooms/{room}/ws HTTP/1.1\r\nhost: {}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             sec-websocket-protocol: rondo.1, {ticket}\r\nsec-websocket-extensions: permessage-deflate\r\n",
            self.address
        );
        if let Some(cookie) = &self.cookie {
            head.push_str(&format!("cookie: __Host-rondo={cookie}\r\n"));
        }
        headers
            .iter()
            .for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        let head = timeout(PATIENCE, read_head(&mut stream)).await.unwrap();
        (parse(&head), stream)
    }
}

/// Say something on a stream and hear everything until its end.
pub(crate) async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> Reply {
    // A refusal may come, and the connection close, before a large body was taken.
    let _closed_early = stream.write_all(request.as_bytes()).await;
    let mut bytes = Vec::new();
    let _reset = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.unwrap();
    parse(&String::from_utf8(bytes).unwrap())
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

fn parse(text: &str) -> Reply {
    let (head, body) = text
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Reply {
        status,
        headers: headers.collect(),
        body: body.to_owned(),
    }
}
