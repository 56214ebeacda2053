//! Recorded meetings, replayed by people on real sockets.
//!
//! Everybody who speaks in a recording is one person with one socket: they ask when the recording has them begin, speak while they have the
//! floor, and yield when the recording has them stop. Times are the recording's own, to the millisecond, by a clock moved by hand.
//!
//! * [`script`]: the recording as moments in order.
//! * [`way`]: the modes, one line each.
//! * [`ledger`]: what people were answered and saw.
//! * [`sweep`]: from there to intervals and sums, without the server's help.
//! * [`voice`]: who was shown that they may speak, swept the same way.
//! * [`alternation`]: what a recording comes to where two people alternate.
//! * [`due`]: the turns and the voices that a recording owes people.
//! * [`fair`]: whether the floor went to whom the mode owes it.
//! * [`record`]: the ledger against the server's panel and journal, and against the recording.

pub mod alternation;
pub mod due;
pub mod fair;
pub mod ledger;
mod person;
pub mod record;
pub mod script;
mod stage;
mod stage_pair;
pub mod sweep;
pub mod voice;
pub mod way;

use protocol::Timestamp;

use crate::cast::Gathering;
use crate::clock::HandClock;
use crate::house::House;
use crate::rttm::{Recording, Speaker};
use record::{Journal, Record};
use stage::Stage;
use way::Way;

/// When every replayed meeting begins; any moment would do.
const BEGAN: Timestamp = Timestamp(1_800_000_000_000);

/// Replays a recording on a server of its own.
pub async fn replay(recording: &Recording, way: &Way) -> Result<Record, String> {
    let folder = tempfile::tempdir().map_err(|why| why.to_string())?;
    let clock = HandClock::standing_at(BEGAN);
    let house = House::by(clock.clock(), folder.path(), |_| ()).await;
    let secret = house.bootstrap.clone().ok_or("a fresh server has a link")?;
    let group = Gathering::of(house.address, &secret, recording.speakers.len()).await;

    let mut stage = Stage::set(group, clock, BEGAN, way, &script::speech(recording)).await?;
    for cue in script::cues(recording) {
        stage.plays(cue).await?;
    }
    stage.closes().await?;
    let ended = stage.ends()?;
    house.stop().await;

    let seat = |who| ended.seats.iter().position(|&other| other == who).map(Speaker);
    let mut server = ended.server;
    server.journal = Journal::read(folder.path(), ended.room, BEGAN, seat).await?;
    Ok(Record {
        speech: script::speech(recording),
        ledger: ended.ledger,
        server,
        too_fast: ended.too_fast,
    })
}
