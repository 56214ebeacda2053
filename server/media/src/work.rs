//! The thread that owns a socket and every connection on it. It takes orders before packets, so that a turn's end overtakes what is still to be
//! forwarded, and it asks the table for every packet.
//!
//! It works in rounds: what waits is read, each datagram goes to its connection, and what comes of it is written to those who are to have it; then
//! whoever was written to sends, once, whatever it was. Nothing waits for a next round.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use protocol::RoomId;
use str0m::media::{MediaData, Rid};
use tokio::sync::mpsc;

use crate::counts::{Counts, one_more};
use crate::endpoint::{Broken, Carried, Endpoint, Happened, Page, Setup, received};
use crate::engine::Order;
use crate::gate::{Budget, called};
use crate::ladder::{self, Pictures, Showing, Size, Sounding};
use crate::limits::{
    CHECKS_PER_SECOND, COMING_UP, DATAGRAMS_PER_SECOND, LADDER_EVERY, PEERS, READINGS_IN_A_ROW,
    STRANGER_DATAGRAMS_PER_SECOND, STRANGERS, TIMERS_TOGETHER,
};
use crate::post::{Datagram, Inbox, Post};
use crate::scene::{Kind, PeerId, Scene, Voice};
use crate::table::Table;
use crate::{NotTaken, Offer, Standing, Why};

pub(crate) struct Work {
    post: Post,
    arrives_at: SocketAddr,
    setup: Setup,
    counts: Arc<Counts>,
    table: Table,
    endpoints: BTreeMap<PeerId, Endpoint>,
    /// Addresses that belong to a connection, from its own signed calls.
    by_address: HashMap<SocketAddr, PeerId>,
    by_name: HashMap<String, PeerId>,
    known: Budget<PeerId>,
    strangers: Budget<SocketAddr>,
    checks: Budget<()>,
    /// What is still to be passed on.
    happened: VecDeque<(PeerId, Happened)>,
    /// Connections that were written to in this round.
    laden: Vec<PeerId>,
    /// What time it is in this round.
    now: Instant,
    /// No connection's timer is due before.
    wakes_at: Instant,
    /// When it is looked at again who is sent what.
    looks_at: Instant,
}

impl Work {
    pub(crate) fn new(post: Post, arrives_at: SocketAddr, setup: Setup, counts: Arc<Counts>) -> Self {
        let now = Instant::now();
        Self {
            post,
            arrives_at,
            setup,
            counts,
            table: Table::default(),
            endpoints: BTreeMap::new(),
            by_address: HashMap::new(),
            by_name: HashMap::new(),
            known: Budget::new(DATAGRAMS_PER_SECOND, PEERS, now),
            strangers: Budget::new(STRANGER_DATAGRAMS_PER_SECOND, STRANGERS, now),
            checks: Budget::new(CHECKS_PER_SECOND, 1, now),
            happened: VecDeque::new(),
            laden: Vec::new(),
            now,
            wakes_at: now,
            looks_at: now + LADDER_EVERY,
        }
    }

    pub(crate) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut inbox = Inbox::new();
        loop {
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return,
                },
                ready = self.post.readable() => if ready {
                    self.reads(&mut inbox);
                },
                () = tokio::time::sleep_until(self.wakes_at.min(self.looks_at).into()) => {}
            }
            self.time_passes();
            self.counts.sent.fetch_add(self.post.sent(), Ordering::Relaxed);
        }
    }

    fn obey(&mut self, order: Order) {
        self.now = Instant::now();
        match order {
            Order::Offer(offer, answer) => {
                let _ = answer.send(self.takes(*offer)); // a page that left meanwhile ends its connection by itself
            }
            Order::Restart(peer, description, answer) => {
                let _ = answer.send(self.restarts(peer, &description));
            }
            Order::Wishes(peer, pictures) => self.wishes(peer, pictures),
            Order::Shows(room, scene) => self.shows(room, scene),
            Order::Ends(peer) => {
                if let Some(room) = self.removes(peer) {
                    self.tells(room);
                }
            }
            Order::Closes(room) => {
                for peer in self.table.pages(room) {
                    self.removes(peer);
                }
            }
        }
        self.settles();
    }

    fn takes(&mut self, offer: Offer) -> Result<String, NotTaken> {
        let Offer {
            room,
            peer,
            who,
            description,
            scene,
            wishes,
            tell,
            spoke,
        } = offer;
        let page = Page { tell, spoke, wishes };
        let (endpoint, answer) = Endpoint::answer(&self.setup, &description, page, self.now)?;
        self.removes(peer); // the page begins anew
        let earlier = self.table.joins(room, peer, who).map_err(|_| NotTaken::Full)?;
        if let Some(earlier) = earlier {
            if let Some(endpoint) = self.endpoints.get(&earlier) {
                endpoint.tell_end(Why::Elsewhere);
            }
            self.forgets(earlier);
        }
        self.by_name.insert(endpoint.name.clone(), peer);
        self.endpoints.insert(peer, endpoint);
        self.shows(room, scene);
        self.drains(peer);
        Ok(answer)
    }

    /// A page looks for a new way to the connection that it has.
    fn restarts(&mut self, peer: PeerId, description: &str) -> Result<String, NotTaken> {
        let endpoint = self.endpoints.get_mut(&peer).ok_or(NotTaken::Unavailable)?;
        let before = endpoint.name.clone();
        let answered = endpoint.restarts(description);
        let name = endpoint.name.clone();
        let Ok(answer) = answered else {
            self.breaks(peer);
            return Err(NotTaken::Unavailable);
        };
        self.by_name.remove(&before);
        self.by_name.insert(name, peer);
        self.drains(peer);
        let answer = answer.ok_or(NotTaken::Unreadable)?;
        one_more(&self.counts.restarts);
        Ok(answer)
    }

    fn wishes(&mut self, peer: PeerId, pictures: Pictures) {
        if let Some(endpoint) = self.endpoints.get_mut(&peer) {
            endpoint.page.wishes = pictures;
            self.tells_page(peer);
        }
    }

    fn shows(&mut self, room: RoomId, scene: Scene) {
        let now = self.now;
        let pages = self.table.pages(room);
        let before: Vec<_> = pages
            .iter()
            .map(|&page| (page, self.table.voice(page), self.table.slots_of(page, Kind::Sound)))
            .collect();
        self.table.shows(room, scene);
        for (page, voice, slots) in before {
            let cut = voice == Voice::Carried && self.table.voice(page) == Voice::Withheld;
            for (listener, slot) in slots {
                let gone = !self.table.slots_of(page, Kind::Sound).contains(&(listener, slot));
                if (cut || gone)
                    && let Some(endpoint) = self.endpoints.get_mut(&listener)
                    && endpoint.falls_silent(slot, now)
                {
                    self.drains(listener);
                }
            }
        }
        self.tells(room);
    }

    /// Tells every page of a room how things stand for it.
    fn tells(&mut self, room: RoomId) {
        for page in self.table.pages(room) {
            self.tells_page(page);
        }
    }

    /// Decides what a page is sent, and tells it how things stand if they stand differently.
    fn tells_page(&mut self, page: PeerId) {
        self.gives(page);
        let voice = self.table.voice(page);
        let Some(endpoint) = self.endpoints.get_mut(&page) else {
            return;
        };
        let mut heard = Vec::new();
        for kind in Kind::ALL {
            for (slot, person) in self.table.heard_in(page, kind).into_iter().enumerate() {
                if let (Some((from, who)), Some(line)) = (person, endpoint.line_name(kind, slot))
                    && (kind == Kind::Sound || endpoint.given.pictures.contains_key(&from))
                {
                    heard.push((kind, line, who));
                }
            }
        }
        endpoint.stands(Standing { voice, heard });
    }

    /// What a page is sent of all that it might be: the ladder's word on what its network was measured to carry.
    fn gives(&mut self, page: PeerId) {
        let now = self.now;
        let Some(endpoint) = self.endpoints.get(&page) else {
            return;
        };
        let mut voices = Vec::new();
        for (from, _) in self.table.heard_in(page, Kind::Sound).into_iter().flatten() {
            if self.table.voice(from) == Voice::Carried {
                voices.push(Sounding {
                    from,
                    first: self.table.is_first(from),
                    speaks: self.endpoints.get(&from).is_some_and(|other| other.ear.speaks(now)),
                });
            }
        }
        let mut pictures = Vec::new();
        for (from, _) in self.table.heard_in(page, Kind::Picture).into_iter().flatten() {
            let Some(other) = self.endpoints.get(&from) else {
                continue;
            };
            let (small, large) = other.meter.takes();
            pictures.push(Showing {
                from,
                first: self.table.is_first(from),
                small,
                large,
                now: endpoint.given.pictures.get(&from).copied(),
            });
        }
        let given = ladder::given(endpoint.carries, endpoint.page.wishes, &voices, &pictures);
        if let Some(endpoint) = self.endpoints.get_mut(&page)
            && endpoint.is_given(given)
        {
            self.drains(page);
        }
    }

    /// Once a second: measures, who is sent what, who spoke, and who never came up.
    fn looks(&mut self) {
        let now = self.now;
        self.looks_at = now + LADDER_EVERY;
        for endpoint in self.endpoints.values_mut() {
            endpoint.meter.looks(now);
            endpoint.tells_spoken(now);
        }
        for page in self.endpoints.keys().copied().collect::<Vec<_>>() {
            let never_came =
                |endpoint: &Endpoint| !endpoint.up && now.saturating_duration_since(endpoint.since) > COMING_UP;
            if self.endpoints.get(&page).is_some_and(never_came) {
                self.loses(page);
                continue;
            }
            self.tells_page(page);
        }
    }

    /// Ends a connection; the room it was in.
    fn removes(&mut self, peer: PeerId) -> Option<RoomId> {
        let room = self.table.room_of(peer);
        self.table.leaves(peer);
        self.forgets(peer);
        room
    }

    fn forgets(&mut self, peer: PeerId) {
        if let Some(endpoint) = self.endpoints.remove(&peer) {
            self.by_name.remove(&endpoint.name);
            for address in &endpoint.addresses {
                self.by_address.remove(address);
            }
        }
    }

    fn loses(&mut self, peer: PeerId) {
        if let Some(endpoint) = self.endpoints.get(&peer) {
            endpoint.tell_end(Why::Lost);
        }
        if let Some(room) = self.removes(peer) {
            self.tells(room);
        }
    }

    // --- datagrams ---

    fn reads(&mut self, inbox: &mut Inbox) {
        for _ in 0..READINGS_IN_A_ROW {
            if !self.post.reads(inbox) {
                return;
            }
            for datagram in inbox.datagrams() {
                self.now = Instant::now();
                self.arrives(datagram);
            }
            self.settles();
            for datagram in inbox.datagrams() {
                self.counts.stays.note(datagram.stayed);
            }
        }
    }

    fn arrives(&mut self, Datagram { from, bytes, .. }: Datagram<'_>) {
        let Some(peer) = self.whose(from, bytes, self.now) else {
            return one_more(&self.counts.turned_away);
        };
        let Some(endpoint) = self.endpoints.get_mut(&peer) else {
            return;
        };
        match endpoint.hears(from, self.arrives_at, bytes, self.now) {
            Ok(()) => self.drains(peer),
            Err(Broken) => self.breaks(peer),
        }
        self.pass_on();
        one_more(&self.counts.read);
    }

    /// The connection that a datagram belongs to; `None` if it is not to be read.
    fn whose(&mut self, from: SocketAddr, bytes: &[u8], now: Instant) -> Option<PeerId> {
        if let Some(&peer) = self.by_address.get(&from) {
            return self.known.spend(peer, now).then_some(peer);
        }
        if !self.strangers.spend(from, now) {
            return None;
        }
        let &peer = self.by_name.get(called(bytes)?)?;
        if !self.checks.spend((), now) {
            return None;
        }
        let endpoint = self.endpoints.get_mut(&peer)?;
        if !endpoint.knows(received(from, self.arrives_at, bytes)?, now) {
            return None;
        }
        if let Some(oldest) = endpoint.learns(from) {
            self.by_address.remove(&oldest);
        }
        self.by_address.insert(from, peer);
        Some(peer)
    }

    fn time_passes(&mut self) {
        self.now = Instant::now();
        let now = self.now;
        if now >= self.looks_at {
            self.looks();
            self.settles();
        }
        if now < self.wakes_at {
            return;
        }
        let due: Vec<PeerId> = self
            .endpoints
            .iter()
            .filter(|(_, e)| e.wakes_at <= now)
            .map(|(&peer, _)| peer)
            .collect();
        for peer in due {
            self.wakes(peer);
        }
        self.settles();
        let next = self.endpoints.values().map(|endpoint| endpoint.wakes_at).min();
        self.wakes_at = next.unwrap_or(self.looks_at).max(now + TIMERS_TOGETHER);
    }

    /// A connection looks at the clock, and does what is due: its timers, and sending what was written to it.
    fn wakes(&mut self, peer: PeerId) {
        let Some(endpoint) = self.endpoints.get_mut(&peer) else {
            return;
        };
        match endpoint.wakes(self.now) {
            Ok(()) => self.drains(peer),
            Err(Broken) => self.breaks(peer),
        }
    }

    /// Whoever was written to sends; until nothing more comes of it.
    fn settles(&mut self) {
        self.pass_on();
        while !self.laden.is_empty() {
            self.now = Instant::now();
            for peer in std::mem::take(&mut self.laden) {
                if self.endpoints.get(&peer).is_some_and(|endpoint| endpoint.laden) {
                    self.wakes(peer);
                }
            }
            self.pass_on();
        }
    }

    fn breaks(&mut self, peer: PeerId) {
        one_more(&self.counts.broken);
        tracing::warn!(
            "a connection for voices and pictures broke: a certificate that is not the one named, or a fault in it"
        );
        self.loses(peer);
    }

    /// Lets a connection send what it has to, and keeps what happened to be passed on.
    fn drains(&mut self, peer: PeerId) {
        let Some(endpoint) = self.endpoints.get_mut(&peer) else {
            return;
        };
        let happens = |one| self.happened.push_back((peer, one));
        let drained = endpoint.drain(&mut self.post, happens, self.now);
        self.wakes_at = self.wakes_at.min(endpoint.wakes_at.max(self.now + TIMERS_TOGETHER));
        self.post.leaves();
        if drained == Err(Broken) {
            self.breaks(peer);
        }
    }

    fn pass_on(&mut self) {
        while let Some((peer, happened)) = self.happened.pop_front() {
            match happened {
                Happened::Media(data) => self.carries(peer, &data),
                Happened::PictureWanted(mid) => {
                    let slot = self
                        .endpoints
                        .get(&peer)
                        .and_then(|endpoint| endpoint.picture_slot(mid));
                    let from =
                        slot.and_then(|slot| self.table.heard_in(peer, Kind::Picture).get(slot).copied().flatten());
                    if let Some((from, _)) = from
                        && let Some(size) = self.size_of(peer, from)
                    {
                        self.asks_for_picture(from, Some(size));
                    }
                }
                Happened::Line(line) => {
                    let added = self
                        .endpoints
                        .get_mut(&peer)
                        .and_then(|endpoint| endpoint.has_line(&line));
                    match added {
                        Some((kind, true)) => drop(self.table.listens(peer, kind)), // as many as the endpoint keeps
                        Some((kind, false)) => self.table.sends(peer, kind),
                        None => {}
                    }
                    self.tells_around(peer);
                }
                Happened::Up => {
                    one_more(&self.counts.came_up);
                    self.tells_around(peer);
                }
                Happened::Gone => self.loses(peer),
            }
        }
    }

    fn tells_around(&mut self, peer: PeerId) {
        if let Some(room) = self.table.room_of(peer) {
            self.tells(room);
        }
    }

    fn carries(&mut self, from: PeerId, data: &MediaData) {
        let Some(kind) = self
            .endpoints
            .get(&from)
            .and_then(|endpoint| endpoint.sends_on(data.mid))
        else {
            return;
        };
        one_more(&self.counts.frames);
        let voice = self.table.voice(from);
        self.measures(from, kind, voice, data);
        if kind == Kind::Sound && voice == Voice::Withheld {
            return one_more(&self.counts.withheld);
        }
        for (listener, slot) in self.table.carried_to(from, kind) {
            let size = self.size_of(listener, from);
            let Some(endpoint) = self.endpoints.get_mut(&listener) else {
                continue;
            };
            let held_back = match kind {
                Kind::Sound => endpoint.given.left_out.contains(&from),
                Kind::Picture => size.is_none(),
            };
            if held_back {
                one_more(&self.counts.held_back);
                continue;
            }
            match endpoint.carries(kind, slot, from, data, size) {
                Carried::Yes => {
                    one_more(&self.counts.carried);
                    if !std::mem::replace(&mut endpoint.laden, true) {
                        self.laden.push(listener);
                    }
                }
                Carried::WantsPicture => self.asks_for_picture(from, data.rid),
                Carried::No => {}
            }
        }
    }

    /// What a frame says about its speaker: how loud they are, or how much their picture takes.
    fn measures(&mut self, from: PeerId, kind: Kind, voice: Voice, data: &MediaData) {
        let Some(speaker) = self.endpoints.get_mut(&from) else {
            return;
        };
        if kind == Kind::Picture {
            return speaker.meter.reads(data.rid, data.data.len());
        }
        let begins = speaker.ear.hears(data.ext_vals.audio_level, voice, data.network_time);
        speaker.tells_spoken(data.network_time);
        if begins {
            // Whoever has no room for every voice hears whoever speaks.
            for (listener, _) in self.table.carried_to(from, kind) {
                let short = |endpoint: &Endpoint| endpoint.given.left_out.contains(&from);
                if self.endpoints.get(&listener).is_some_and(short) {
                    self.gives(listener);
                }
            }
        }
    }

    fn asks_for_picture(&mut self, from: PeerId, size: Option<Rid>) {
        let asked = self
            .endpoints
            .get_mut(&from)
            .is_some_and(|endpoint| endpoint.asks_for_picture(size, self.now));
        if asked {
            self.drains(from);
        }
    }

    /// The size in which somebody's picture goes to a listener, where the page sends two: `h`, the large one, or `l`; `None` where it does not go.
    fn size_of(&self, listener: PeerId, from: PeerId) -> Option<Rid> {
        let size = self.endpoints.get(&listener)?.given.pictures.get(&from)?;
        Some(match size {
            Size::Large => "h".into(),
            Size::Small => "l".into(),
        })
    }
}
