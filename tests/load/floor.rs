//! The floor: what a broadcast over tokio-tungstenite costs when nothing is decided, kept or hidden. Every figure of the fan-out is a
//! ratio to it.
//!
//! One task per connection, one bounded queue each, one frame shared by a whole room, a read buffer of 4 KiB, one thread. The path names
//! the room; a message reads `<answer> <bytes> <text>` and everybody in the room, the sender too, is sent the text, filled up with spaces
//! to so many bytes. With `answer` 1 the sender is first sent the text alone, as an acknowledgement.

#![expect(clippy::print_stdout, reason = "it says where it listens")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// Frames that wait for one connection; who is that far behind is let go.
const QUEUE: usize = 256;
/// The library's default of 128 KiB is zeroed at every poll.
const READ_BUFFER: usize = 4 * 1024;

type Rooms = Arc<Mutex<HashMap<String, Vec<mpsc::Sender<Utf8Bytes>>>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let rooms = Rooms::default();
    loop {
        let (tcp, _) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        tokio::spawn(serve(tcp, Arc::clone(&rooms)));
    }
}

async fn serve(tcp: TcpStream, rooms: Rooms) {
    let mut room = String::new();
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0);
    #[expect(
        clippy::result_large_err,
        reason = "the handshake's callback is the library's shape, not ours"
    )]
    let named = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        request.uri().path().clone_into(&mut room);
        Ok(response)
    };
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async_with_config(tcp, named, Some(config)).await else {
        return;
    };
    let (sender, mut queue) = mpsc::channel::<Utf8Bytes>(QUEUE);
    locked(&rooms).entry(room.clone()).or_default().push(sender.clone());
    loop {
        tokio::select! {
            frame = queue.recv() => {
                let Some(frame) = frame else { break };
                if socket.send(Message::Text(frame)).await.is_err() {
                    break;
                }
            }
            heard = socket.next() => match heard {
                Some(Ok(Message::Text(text))) => say(&rooms, &room, &sender, &text),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
        }
    }
    if let Some(members) = locked(&rooms).get_mut(&room) {
        members.retain(|member| !member.same_channel(&sender));
    }
}

fn say(rooms: &Rooms, room: &str, sender: &mpsc::Sender<Utf8Bytes>, text: &str) {
    let mut words = text.splitn(3, ' ');
    let (Some(answer), Some(Ok(bytes)), Some(text)) =
        (words.next(), words.next().map(str::parse::<usize>), words.next())
    else {
        return; // a sign of life
    };
    let full = |member: &mpsc::Sender<Utf8Bytes>, frame| member.try_send(frame).is_err();
    if answer == "1" && full(sender, text.into()) {
        return;
    }
    let mut frame = text.as_bytes().to_vec();
    frame.resize(bytes, b' ');
    let Ok(frame) = Utf8Bytes::try_from(frame) else { return };
    if let Some(members) = locked(rooms).get_mut(room) {
        members.retain(|member| !full(member, frame.clone()));
    }
}

fn locked(rooms: &Rooms) -> std::sync::MutexGuard<'_, HashMap<String, Vec<mpsc::Sender<Utf8Bytes>>>> {
    rooms.lock().unwrap_or_else(PoisonError::into_inner)
}
