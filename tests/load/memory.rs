//! Goals 5 and 6: what a connection keeps resident, at rest and after a large note.
//!
//! Resident memory of the process, less what it had with the first group inside, for each further connection. So everything counts that comes
//! with people: sockets, lanes, seats, rooms, their packs and histories. The kernel's own socket buffers do not.

use std::time::Duration;

use protocol::wire::{NoteFrame, NoteOp, NoteRef};
use tests::costs::{allow_open_files, resident_kib};
use tests::crowd::{self, Message, Voice};
use tests::furnish;
use tests::furnish::Guest;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use yrs::{Doc, Text, Transact};

use super::Pace;
use super::figures::{Figure, Must};
use super::sides::{self, Floor};

/// Files for both ends of every connection, with room for everything else.
const OPEN_FILES: u64 = 16_000;
/// What happened to memory during the last arrivals has happened by then.
const SETTLED: Duration = Duration::from_secs(3);
/// Groups that arrive at the same time.
const AT_ONCE: usize = 16;

const IDLE_GROUPS: usize = 625;
const IDLE_PEOPLE: usize = 8;

/// Goal 5.
pub(crate) async fn idle(pace: &Pace) -> Result<Vec<Figure>, String> {
    allow_open_files(OPEN_FILES).map_err(|why| why.to_string())?;
    let groups = if pace.quick { IDLE_GROUPS / 5 } else { IDLE_GROUPS };
    let folder = tempfile::tempdir_in(&pace.folder).map_err(|why| why.to_string())?;
    let guests = sides::furnished(folder.path(), groups, IDLE_PEOPLE).await;
    sides::part_processors();

    let process = sides::server(folder.path(), 0).await;
    let pid = process.id().ok_or("the server runs")?;
    let mut inside = arrive(process.address, &guests, 0..1).await?;
    let before = settled(pid).await?;
    inside.extend(arrive(process.address, &guests, 1..groups).await?);
    let ours = per_connection(before, settled(pid).await?, (groups - 1) * IDLE_PEOPLE);
    let connections = inside.len();
    drop(inside);
    process.kill().await;

    let bare = Floor::start().await;
    let mut lines = Vec::new();
    let mut before = 0.0;
    for n in 0..groups * IDLE_PEOPLE {
        if n == IDLE_PEOPLE {
            before = settled(bare.pid()).await?;
        }
        let path = format!("/{}", n / IDLE_PEOPLE);
        let line = crowd::connect(bare.address, &path, "").await;
        lines.push(line.map_err(|why| format!("the floor does not answer: {why}"))?);
    }
    let floor = per_connection(before, settled(bare.pid()).await?, (groups - 1) * IDLE_PEOPLE);
    bare.end().await;
    sides::join_processors();

    let how = format!(
        "{connections} connections, {groups}x{IDLE_PEOPLE}, sessions begun; server {ours:.1} KiB, floor {floor:.1} KiB"
    );
    Ok(vec![
        Figure {
            goal: 5,
            what: "RSS per idle connection in KiB, session state included".to_owned(),
            must: Must::AtMost(16.0),
            is: ours,
            how: how.clone(),
        },
        Figure {
            goal: 5,
            what: "the same, server / floor".to_owned(),
            must: Must::AtMost(2.0),
            is: ours / floor,
            how,
        },
    ])
}

async fn arrive(
    address: std::net::SocketAddr,
    guests: &[Vec<Guest>],
    groups: std::ops::Range<usize>,
) -> Result<Vec<Voice>, String> {
    let (mut arriving, mut inside) = (JoinSet::new(), Vec::new());
    for group in groups {
        if arriving.len() >= AT_ONCE {
            take(&mut arriving, &mut inside).await?;
        }
        let guests = guests[group].clone();
        arriving.spawn(async move { crowd::gather(address, group, &guests, |_| |_: Message, _| ()).await });
    }
    while !arriving.is_empty() {
        take(&mut arriving, &mut inside).await?;
    }
    Ok(inside)
}

async fn take(arriving: &mut JoinSet<std::io::Result<Vec<Voice>>>, inside: &mut Vec<Voice>) -> Result<(), String> {
    let arrived = arriving.join_next().await.ok_or("somebody arrives")?;
    let arrived = arrived.map_err(|why| format!("an arrival broke: {why}"))?;
    inside.extend(arrived.map_err(|why| format!("the crowd does not get in: {why}"))?);
    Ok(())
}

async fn settled(pid: u32) -> Result<f64, String> {
    tokio::time::sleep(SETTLED).await;
    resident_kib(pid).map(|kib| kib as f64).map_err(|why| why.to_string())
}

fn per_connection(before: f64, after: f64, connections: usize) -> f64 {
    (after - before) / connections as f64
}

const NOTE_GROUPS: usize = 25;
const NOTE_PEOPLE: usize = 16;
/// As many as one person may have.
const LINES: usize = 6;
const NOTE_CHARS: usize = 300_000;
/// Written in pieces like paragraphs.
const PIECES: usize = 75;
/// Readers that open the note at the same time.
const READERS: usize = 4;
const AFTERWARDS: Duration = Duration::from_secs(10);

/// Goal 6. The note itself stands in memory once a room and is in both figures; what is compared is what its readers leave behind.
pub(crate) async fn after_a_note(pace: &Pace) -> Result<Vec<Figure>, String> {
    allow_open_files(OPEN_FILES).map_err(|why| why.to_string())?;
    let folder = tempfile::tempdir_in(&pace.folder).map_err(|why| why.to_string())?;
    let guests = sides::furnished(folder.path(), NOTE_GROUPS, NOTE_PEOPLE).await;
    sides::part_processors();
    let process = sides::server(folder.path(), 0).await;
    let pid = process.id().ok_or("the server runs")?;
    let (tell, mut told) = mpsc::unbounded_channel();
    let mut inside = Vec::new();
    for (group, guests) in guests.iter().enumerate() {
        let ear = |person| {
            let tell = tell.clone();
            move |message, bytes| {
                if person == 0 && message == Message::Other {
                    let _ = tell.send(bytes);
                }
            }
        };
        let gathered = crowd::gather(process.address, group, guests, ear).await;
        let mut voices = gathered.map_err(|why| format!("the crowd does not get in: {why}"))?;
        write_note(&mut voices[0], &mut told).await?;
        inside.extend(voices);
    }
    let before = settled(pid).await?;

    let (heard, mut hears) = mpsc::unbounded_channel();
    let mut readers = Vec::new();
    for (group, guests) in guests.iter().enumerate() {
        for guest in guests {
            for _ in 1..LINES {
                let line = crowd::enter(process.address, furnish::room(group), guest).await;
                let (voice, ears) = line.map_err(|why| format!("a reader does not get in: {why}"))?;
                let heard = heard.clone();
                tokio::spawn(ears.listen(move |message| {
                    let _ = heard.send(message.bytes);
                }));
                readers.push(voice);
            }
        }
    }
    let at_rest = settled(pid).await?;
    while hears.try_recv().is_ok() {}

    let open = frame(NoteOp::Open, 0, &[]);
    let mut waiting = 0;
    let mut read = 0;
    for (n, voice) in readers.iter_mut().enumerate() {
        let reference = u32::try_from(n).map_err(|why| why.to_string())? + 1_000;
        let mut open = open.clone();
        open[4..8].copy_from_slice(&reference.to_be_bytes());
        voice.say_bytes(&open).await.map_err(|why| why.to_string())?;
        waiting += 1;
        while waiting >= READERS {
            waiting -= whole_note(&mut hears, &mut read).await?;
        }
    }
    while waiting > 0 {
        waiting -= whole_note(&mut hears, &mut read).await?;
    }
    tokio::time::sleep(AFTERWARDS - SETTLED).await;
    let after = settled(pid).await?;
    process.kill().await;
    sides::join_processors();

    let idle = per_connection(before, at_rest, readers.len());
    let joined = per_connection(before, after, readers.len());
    Ok(vec![Figure {
        goal: 6,
        what: "RSS per connection 10 s after joining a 300 KB note / idle".to_owned(),
        must: Must::AtMost(1.5),
        is: joined / idle,
        how: format!(
            "{read} readers of {NOTE_GROUPS} notes, {READERS} at a time, each received all of it; {joined:.1} KiB against {idle:.1} KiB"
        ),
    }])
}

/// Waits for the next message; 1 if it is a whole note, 0 if something else came between.
async fn whole_note(hears: &mut mpsc::UnboundedReceiver<usize>, read: &mut usize) -> Result<usize, String> {
    let next = tokio::time::timeout(Duration::from_secs(10), hears.recv()).await;
    let bytes = next.ok().flatten().ok_or("a reader was not given the note")?;
    let whole = bytes >= NOTE_CHARS;
    *read += usize::from(whole);
    Ok(whole.into())
}

/// Writes the course's note of a group, each piece once the one before is durable.
async fn write_note(voice: &mut Voice, told: &mut mpsc::UnboundedReceiver<usize>) -> Result<(), String> {
    let client = 1;
    voice
        .say_bytes(&frame(NoteOp::Open, client, &[]))
        .await
        .map_err(|why| why.to_string())?;
    while told.recv().await.is_some_and(|bytes| bytes > 64) {} // until the empty note has come
    let doc = Doc::with_client_id(u64::from(client));
    let text = doc.get_or_insert_text("text");
    let piece: String = "What we said to each other. "
        .chars()
        .cycle()
        .take(NOTE_CHARS / PIECES)
        .collect();
    for n in 0..PIECES {
        let update = {
            let mut transaction = doc.transact_mut();
            let end = text_length(n, piece.len());
            text.insert(&mut transaction, end, &piece);
            transaction.encode_update_v1()
        };
        let reference = u32::try_from(n).map_err(|why| why.to_string())? + 1;
        voice
            .say_bytes(&frame(NoteOp::Update, reference, &update))
            .await
            .map_err(|why| why.to_string())?;
        let saved = tokio::time::timeout(Duration::from_secs(10), told.recv()).await;
        if saved.ok().flatten() != Some(8) {
            return Err(format!("piece {n} of the note was not saved"));
        }
    }
    Ok(())
}

fn text_length(pieces: usize, each: usize) -> u32 {
    u32::try_from(pieces * each).unwrap_or(u32::MAX)
}

fn frame(op: NoteOp, reference: u32, payload: &[u8]) -> Vec<u8> {
    NoteFrame {
        op,
        note: NoteRef::Course,
        reference,
        payload,
    }
    .write()
}
