//! Requests for the floor, and the line they form. The words are those of RFC 8855: a request is accepted, granted, denied,
//! cancelled, released or revoked; the floor itself is free or held and nothing else.

use std::collections::BTreeMap;

use protocol::pack::QueueOrder;
use protocol::wire::{RequestKind, RequestStatus};
use protocol::{ParticipantId, RequestId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::sealed::SealedText;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub id: RequestId,
    pub participant: ParticipantId,
    pub kind: RequestKind,
    /// Only facilitators and the asker see it.
    pub note: Option<SealedText>,
    pub status: RequestStatus,
    pub asked_at: Timestamp,
}

/// The line, and what became of each person's latest request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Requests in line; by arrival, or in the facilitator's own order.
    line: Vec<Request>,
    /// Each person's latest request that left the line: granted, denied, cancelled, released, revoked.
    left: BTreeMap<ParticipantId, Request>,
}

impl Queue {
    /// The line in the order that `order` asks for. `heard` says how long somebody had the floor.
    pub fn ordered(&self, order: QueueOrder, heard: impl Fn(ParticipantId) -> u64) -> Vec<&Request> {
        let mut line: Vec<&Request> = self.line.iter().collect();
        match order {
            QueueOrder::Arrival => line.sort_by_key(|r| r.id),
            QueueOrder::LeastHeard => line.sort_by_key(|r| (heard(r.participant), r.id)),
            QueueOrder::Hand => {}
        }
        line
    }
    /// The requests in line, as kept.
    pub fn line(&self) -> &[Request] {
        &self.line
    }
    /// Somebody's request in line.
    pub fn of(&self, who: ParticipantId) -> Option<&Request> {
        self.line.iter().find(|r| r.participant == who)
    }
    /// A request in line.
    pub fn get(&self, id: RequestId) -> Option<&Request> {
        self.line.iter().find(|r| r.id == id)
    }
    /// Somebody's latest request, in line or not.
    pub fn latest(&self, who: ParticipantId) -> Option<&Request> {
        self.of(who).or_else(|| self.left.get(&who))
    }
    /// Requests that left the line, by person.
    pub fn left(&self) -> impl Iterator<Item = &Request> {
        self.left.values()
    }

    pub(crate) fn push(&mut self, request: Request) {
        self.line.push(request);
    }
    /// Takes a request out of the line, remembering what became of it.
    pub(crate) fn leave(&mut self, id: RequestId, status: RequestStatus) {
        if let Some(at) = self.line.iter().position(|r| r.id == id) {
            let mut request = self.line.remove(at);
            request.status = status;
            self.left.insert(request.participant, request);
        }
    }
    /// What became of a request that had become a turn.
    pub(crate) fn closed(&mut self, id: RequestId, status: RequestStatus) {
        if let Some(request) = self.left.values_mut().find(|r| r.id == id) {
            request.status = status;
        }
    }
    pub(crate) fn put_in_order(&mut self, ids: &[RequestId]) {
        let place = |id: RequestId| ids.iter().position(|&named| named == id).unwrap_or(usize::MAX);
        self.line.sort_by_key(|r| place(r.id));
    }
    pub(crate) fn erased(&mut self, who: ParticipantId) {
        self.line.retain(|r| r.participant != who);
        self.left.remove(&who);
    }
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
    pub(crate) fn sealed_fields_mut(&mut self) -> impl Iterator<Item = &mut SealedText> {
        self.line
            .iter_mut()
            .chain(self.left.values_mut())
            .filter_map(|r| r.note.as_mut())
    }
}
