//! `rondo demo`: the same server, with a group, a couple or a circle in mid-course whose people are invented, so that a newcomer sees a living room at once.
//!
//! * `sample.toml`, `sample-couple.toml`, `sample-circle.toml`: who they are and what they write; data, not code.
//! * `founding` makes account, group and links; `course` leads the earlier sessions, with the `calendar` moved on.
//! * `line` and `company`: clients of the wire, over pipes. They hold no key that a page would not hold.
//! * `timing` is measured in real meetings; `play` decides who does what next; `stage` carries it out; `script` follows a recording.
//!
//! What it leaves out: every rule. A demo that needed one could not be trusted. Nothing but the command line knows this module.

mod arriving;
mod calendar;
pub mod chance;
mod company;
mod course;
mod founding;
mod line;
mod pen;
mod play;
mod sample;
#[cfg(test)]
mod scenes;
mod script;
mod stage;
pub mod timing;
mod yielding;

use std::sync::{Arc, OnceLock};

use protocol::{Private, StepId};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::{self, HubRooms};
use crate::config::{Config, Database};
use crate::hub::Hub;
use crate::identity::{No, random_bits};
use crate::packs::Library;
use crate::start::{Server, StartFault};
use calendar::Calendar;
use chance::Chance;
use company::Company;
use course::Walk;
use line::Undone;
use play::{Part, Play};
use sample::Sample;
pub use sample::Told;
use script::Script;
use stage::Stage;
use timing::Meeting;

/// The step in which a recorded meeting is held: members answer each other there.
const MEETING_STEP: &str = "work-areas";

/// Whose room is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum People {
    /// A facilitator and members, in a round.
    #[default]
    Group,
    /// Two who talk with each other, one speaking and one saying back.
    Couple,
    /// Peers who pass a stick.
    Circle,
}

/// How the demo goes.
#[derive(Debug)]
pub struct Options {
    pub people: People,
    /// How many seconds of the story pass in one; 1 is life.
    pub pace: f64,
    /// Follow this recording instead of the measured timing, until it ends.
    pub meeting: Option<Meeting>,
    /// The same seed tells the same story; drawn where absent.
    pub seed: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            people: People::default(),
            pace: 1.0,
            meeting: None,
            seed: None,
        }
    }
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoFault {
    /// The server itself does not start.
    #[error(transparent)]
    Start(#[from] StartFault),
    /// The data folder is somebody's already.
    #[error("the demo makes its own group and touches no data that is there: choose an empty folder")]
    NotEmpty,
    /// The door said no.
    #[error("the demo's group could not be made: {}", .0.problem.title)]
    Door(No),
    /// The room said no.
    #[error("the demo's sessions could not be led: {0}")]
    Room(String),
    /// More people speak in the recording than the demo has.
    #[error("{speakers} people speak in this recording, and the demo has {cast}")]
    TooManySpeakers {
        /// In the recording.
        speakers: usize,
        /// In the sample.
        cast: usize,
    },
    /// A mistake of ours.
    #[error("the demo is broken: {0}")]
    Unexpected(&'static str),
}

impl From<No> for DemoFault {
    fn from(no: No) -> Self {
        Self::Door(no)
    }
}

impl From<Undone> for DemoFault {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::Refused(refusal) => Self::Room(refusal.sentence.into_owned()),
            Undone::Down => Self::Room("a line went down.".to_owned()),
        }
    }
}

/// What a newcomer opens.
#[derive(Debug, Clone)]
pub struct Links {
    /// Sit beside the facilitator; works once.
    pub co_facilitator: Private<String>,
    /// Sit in as a member; works on every device.
    pub guest: Private<String>,
    /// What the two are, and what goes on.
    pub told: Told,
    /// Where to sign in to see the group's own page, and with what.
    pub start_page: String,
    pub email: String,
    pub passphrase: Private<String>,
    /// Who is played: the leading facilitator, and the members.
    pub lead: String,
    pub members: Vec<String>,
    /// The session they are in, of how many.
    pub session: (u16, u16),
    /// Whether another device can reach the links.
    pub beyond_this_machine: bool,
}

/// A demo that is ready to be looked at.
#[derive(Debug)]
pub struct Demo {
    server: Server,
    stage: Stage,
    links: Links,
}

impl Demo {
    /// Opens a server over an empty folder, makes the group and walks it to the present.
    pub async fn open(listener: TcpListener, mut config: Config, options: Options) -> Result<Self, DemoFault> {
        is_empty(&config)?;
        config.database = Database::Embedded; // never somebody's PostgreSQL
        let sample = Sample::of(options.people);
        let calendar = Calendar::behind(course::began(&sample));
        let shelf = Arc::new(Library::open(&config));
        let pack = shelf.find(&sample.pack);
        let pack = pack.ok_or(DemoFault::Unexpected("the sample's pack does not come along"))?;
        let (server, hub) = open_server(listener, config, &calendar, shelf).await?;

        let bootstrap = server.welcome().set_up.as_ref().and_then(|link| {
            let (_, secret) = link.expose().split_once('#')?;
            Some(Private(secret.to_owned()))
        });
        let bootstrap = bootstrap.ok_or(DemoFault::NotEmpty)?;
        let first_day = course::first_day(&sample);
        let founded = founding::found(server.identity(), bootstrap, &sample, &pack, first_day).await?;

        let mut chance = Chance::new(options.seed.unwrap_or(random_bits() as u64));
        let mut company = Company::new(hub, founded.lead.clone(), &founded.members);
        let walk = Walk {
            company: &mut company,
            calendar: &calendar,
            sample: &sample,
            founded: &founded,
            chance: Chance::new(chance.between(0, u64::MAX)),
        };
        let left = walk.lead_to_the_present().await?;

        let mut play = cast(&sample, &founded, chance, options.meeting)?;
        if let Some(noted) = left.noted {
            play.has_noted(noted);
        }
        play.have_agreed(sample.current_session, left.agreed);
        let url = server.welcome().address.url.clone();
        let link = |secret: &Private<String>| Private(format!("{url}/join#{}", secret.expose()));
        let links = Links {
            co_facilitator: link(&founded.co_facilitator),
            guest: link(&founded.guest),
            told: sample.told,
            start_page: url.to_string(),
            email: sample.email,
            passphrase: founded.passphrase,
            lead: sample.lead,
            members: sample.members.into_iter().map(|member| member.name).collect(),
            session: (sample.current_session, pack.session_count()),
            beyond_this_machine: server.welcome().address.beyond_this_machine,
        };
        let stage = Stage {
            company,
            play,
            pace: options.pace,
        };
        Ok(Self { server, stage, links })
    }

    /// What to tell the newcomer.
    pub const fn links(&self) -> &Links {
        &self.links
    }

    /// Runs the server and plays until `stop`.
    pub async fn run(self, stop: CancellationToken) -> Result<(), StartFault> {
        let playing = tokio::spawn(self.stage.run(stop.clone()));
        let ended = self.server.run(stop).await;
        if playing.await.is_err() {
            tracing::error!("the play ended by a bug; the room itself went on");
        }
        ended
    }
}

/// The demo begins with nothing: what is there already belongs to somebody.
fn is_empty(config: &Config) -> Result<(), DemoFault> {
    let entries = std::fs::read_dir(&config.data).map(Iterator::count);
    match entries {
        Ok(1..) => Err(DemoFault::NotEmpty),
        Ok(0) | Err(_) => Ok(()), // where it cannot be read, the server says why
    }
}

/// The server as it ships, on the demo's clock, and the hub inside it.
async fn open_server(
    listener: TcpListener,
    config: Config,
    calendar: &Calendar,
    shelf: Arc<Library>,
) -> Result<(Server, Hub), DemoFault> {
    let inside = Arc::new(OnceLock::new());
    let mut parts = app::parts(calendar.clock(), shelf, true);
    let keep = Arc::clone(&inside);
    parts.rooms = Box::new(move |store, clock, config| {
        let hub = Hub::prepared(store, clock.clone(), config.into());
        let _ = keep.set(hub.clone()); // called once
        Arc::new(HubRooms::new(hub, clock))
    });
    let server = Server::open(listener, config, parts).await?;
    let hub = inside.get().cloned();
    Ok((server, hub.ok_or(DemoFault::Unexpected("the server has no hub"))?))
}

fn cast(
    sample: &Sample,
    founded: &founding::Founded,
    chance: Chance,
    meeting: Option<Meeting>,
) -> Result<Play, DemoFault> {
    let lead = founded.lead.participant;
    let members = || founded.members.iter().map(|seat| seat.participant);
    let parts = sample.members.iter().map(|member| Part {
        notes: member.notes.clone(),
        wants: member.wants.clone(),
    });
    let step = |name: &str| -> Result<StepId, DemoFault> {
        name.parse()
            .map_err(|_| DemoFault::Unexpected("a step's name is not one"))
    };
    let mut play = Play::new(
        lead,
        members().zip(parts).collect(),
        step(&sample.current_step)?,
        chance,
    );
    if let Some(meeting) = meeting {
        let cast: Vec<_> = members().collect();
        let script = Script::new(&meeting, lead, &cast, step(MEETING_STEP)?);
        play.follow(script.ok_or(DemoFault::TooManySpeakers {
            speakers: meeting.speakers,
            cast: cast.len(),
        })?);
    }
    Ok(play)
}
