//! One WebSocket of one person: act, see, be refused. No sleeps: a test awaits a view or an answer, and gives up after a while.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use protocol::wire::{
    Action, ClientMessage, ConsentStanding, MyView, Refusal, RoomScene, RoomView, SUBPROTOCOL, ServerMessage,
};
use protocol::{CommandId, ParticipantId, RoomId};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::door;
use crate::web::Browser;

/// How long anything that must happen may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// One line of one person.
#[derive(Debug)]
pub struct Line {
    pub socket: WebSocketStream<TcpStream>,
    pub me: ParticipantId,
    pub room: RoomId,
    /// The newest view and its position.
    pub view: Option<(u64, RoomView, MyView)>,
    /// Messages that were neither a view nor the awaited answer, in order.
    pub others: VecDeque<ServerMessage>,
    /// Binary frames, in order.
    pub frames: VecDeque<Vec<u8>>,
    /// How the server closed, once it has.
    pub closed: Option<CloseFrame>,
}

/// The line is down.
#[derive(Debug)]
pub struct Down;

impl Browser {
    /// A ticket for a room where this browser has a seat.
    pub async fn ticket(&mut self, room: RoomId) -> String {
        let answer = self
            .post(&format!("/api/rooms/{room}/ticket"), &serde_json::json!({}))
            .await;
        let ticket: protocol::api::Ticket = answer.json();
        ticket.ticket.into_exposed()
    }

    /// A ticket, if the server is there and gives one.
    pub async fn try_ticket(&mut self, room: RoomId) -> Option<String> {
        let path = format!("/api/rooms/{room}/ticket");
        let answer = self.try_send(hyper::Method::POST, &path, Some(b"{}".to_vec())).await?;
        let ticket: protocol::api::Ticket = serde_json::from_slice(&answer.body).ok()?;
        Some(ticket.ticket.into_exposed())
    }

    /// Opens a line into a room.
    pub async fn enter(&mut self, room: RoomId) -> Line {
        let ticket = self.ticket(room).await;
        self.open(room, &ticket).await.expect("the ticket opens a line")
    }

    /// Opens a line with a ticket.
    pub async fn open(&self, room: RoomId, ticket: &str) -> Result<Line, Error> {
        let url = format!("ws://{}/api/rooms/{room}/ws", self.address);
        let mut request = url.into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("origin", self.origin().parse().expect("an origin"));
        headers.insert(
            "sec-websocket-protocol",
            format!("{SUBPROTOCOL}, {ticket}").parse().expect("a ticket"),
        );
        if let Some(cookie) = &self.cookie {
            headers.insert("cookie", cookie.parse().expect("a cookie"));
        }
        let tcp = TcpStream::connect(self.address).await.map_err(Error::Io)?;
        tcp.set_nodelay(true).map_err(Error::Io)?;
        let (socket, _) = client_async(request, tcp).await?;
        let nobody = ParticipantId::from_bits(0);
        let mut line = Line {
            socket,
            me: nobody,
            room,
            view: None,
            others: VecDeque::new(),
            frames: VecDeque::new(),
            closed: None,
        };
        while line.me == nobody {
            match line.hear().await {
                Ok(Some(ServerMessage::Welcome { you, .. })) => line.me = you,
                Ok(_) => {}
                Err(Down) => return Err(Error::ConnectionClosed),
            }
        }
        Ok(line)
    }
}

impl Line {
    /// The next message; views are kept and given back as well.
    pub async fn hear(&mut self) -> Result<Option<ServerMessage>, Down> {
        let next = tokio::time::timeout(PATIENCE, self.socket.next())
            .await
            .expect("something is heard in time");
        match next {
            Some(Ok(Message::Text(text))) => {
                let message: ServerMessage =
                    serde_json::from_str(&text).unwrap_or_else(|why| panic!("{why} in {text}"));
                if let ServerMessage::View { seq, room, me } = &message {
                    assert!(
                        self.view.as_ref().is_none_or(|(was, ..)| was <= seq),
                        "a view went back in time"
                    );
                    self.view = Some((*seq, room.clone(), me.clone()));
                }
                Ok(Some(message))
            }
            Some(Ok(Message::Binary(bytes))) => {
                self.frames.push_back(bytes.to_vec());
                Ok(None)
            }
            Some(Ok(Message::Close(frame))) => {
                self.closed = frame;
                Err(Down)
            }
            Some(Ok(_)) => Ok(None),
            Some(Err(_)) | None => Err(Down),
        }
    }

    /// Sends a message as it is.
    pub async fn say(&mut self, message: &ClientMessage) {
        let text = serde_json::to_string(message).expect("a message");
        self.socket.send(Message::text(text)).await.expect("the line is up");
    }

    /// Does something and waits for the answer.
    pub async fn act(&mut self, action: Action) -> Result<u64, Refusal> {
        self.act_as(new_command(), action).await
    }

    /// Does something under a given command id.
    pub async fn act_as(&mut self, id: CommandId, action: Action) -> Result<u64, Refusal> {
        self.say(&ClientMessage::Act { id, action }).await;
        let answer = self.answer_to(id).await;
        answer.unwrap_or_else(|Down| panic!("the line went down: {:?}", self.closed))
    }

    /// Does something unless the line goes down before it is answered; whether it was.
    pub async fn goes_on(&mut self, action: Action) -> bool {
        let id = new_command();
        let text = serde_json::to_string(&ClientMessage::Act { id, action }).expect("a message");
        // A line that is down says so when it is read, and with what word it was closed.
        let _ = self.socket.send(Message::text(text)).await;
        self.answer_to(id).await.is_ok()
    }

    /// Waits for the answer to a command.
    pub async fn answer_to(&mut self, command: CommandId) -> Result<Result<u64, Refusal>, Down> {
        loop {
            match self.hear().await? {
                Some(ServerMessage::Accepted { id, seq }) if id == command => return Ok(Ok(seq)),
                Some(ServerMessage::Refused { id: Some(id), refusal }) if id == command => return Ok(Err(refusal)),
                Some(ServerMessage::View { .. }) | None => {}
                Some(other) => self.others.push_back(other),
            }
        }
    }

    /// Does something that must be accepted, and waits until a view shows it.
    pub async fn does(&mut self, action: Action) -> u64 {
        let seq = self
            .act(action.clone())
            .await
            .unwrap_or_else(|no| panic!("{action:?} was refused: {no:?}"));
        while self.view.as_ref().is_none_or(|(seen, ..)| *seen < seq) {
            self.hear().await.expect("the line is up");
        }
        seq
    }

    /// Waits until a view fits, and gives it.
    pub async fn sees(&mut self, what: &str, fits: impl Fn(&RoomScene, &MyView) -> bool) -> (Box<RoomScene>, MyView) {
        let look = async {
            loop {
                if let Some((_, RoomView::Room(scene), me)) = &self.view
                    && fits(scene, me)
                {
                    return (scene.clone(), me.clone());
                }
                self.hear()
                    .await
                    .unwrap_or_else(|_| panic!("the line went down while waiting to see {what}"));
            }
        };
        tokio::time::timeout(PATIENCE, look)
            .await
            .unwrap_or_else(|_| panic!("never saw {what}"))
    }

    /// Waits until the waiting screen is shown, and says what is asked there.
    pub async fn waits_at_the_door(&mut self) {
        while !matches!(self.view, Some((_, RoomView::Waiting(_), _))) {
            self.hear().await.expect("the line is up");
        }
        self.says_where().await;
        self.agrees().await;
    }

    /// Agrees to everything that is asked and was not answered.
    pub async fn agrees(&mut self) {
        let cards = self.view.as_ref().map(|(_, _, me)| me.consents.clone());
        for card in cards.into_iter().flatten() {
            let (purpose, digest) = (card.purpose, card.digest);
            if card.standing == (ConsentStanding::Open {}) {
                self.does(Action::GiveConsent { purpose, digest }).await;
            }
        }
    }

    /// Says where they are and how to reach them, where that is asked and not said yet.
    pub async fn says_where(&mut self) {
        let card = self.view.as_ref().and_then(|(_, _, me)| me.arrival.clone());
        if card.is_some_and(|card| !card.answered) {
            self.does(door::at_home()).await;
        }
    }

    /// Waits for the server's close and gives its code.
    pub async fn is_closed(&mut self) -> Option<u16> {
        while self.hear().await.is_ok() {}
        self.closed.as_ref().map(|frame| frame.code.into())
    }

    /// Drops the line without a goodbye.
    pub fn drops(self) {
        drop(self);
    }
}

/// A command id that nobody has used.
pub fn new_command() -> CommandId {
    CommandId::from_bits(rand::random())
}
