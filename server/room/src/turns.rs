//! Moving the floor: who may ask for what of a turn, and what then happens. The floor's data stands in `floor`, its timers in `timers`.

use protocol::pack::{Advance, FloorMode, QueueOrder};
use protocol::wire::{Action, Refusal, RefusalCode, RequestKind, StopReason};
use protocol::{CircleId, ParticipantId, RequestId, Role, TurnId};

use crate::draft::Draft;
use crate::event::{EndReason, FloorRules, GrantReason, What};
use crate::floor::{Floor, NextUp, Turn};
use crate::limits::{MAX_REQUEST_NOTE_CHARS, MAX_TURN_SECONDS, MAX_WRITTEN_TURN_CHARS};
use crate::round::Went;
use crate::sealed::SealedText;
use crate::state::State;
use crate::{bowl, pair, round, stick};

type Code = RefusalCode;

pub(crate) fn judge(state: &State, by: ParticipantId, action: &Action) -> Result<(), Refusal> {
    let (id, circle) = state.circle_of(by).ok_or(Code::NotAdmitted)?;
    let floor = &circle.floor;
    let turn = floor.turn.as_ref();
    let holds = floor.is_held_by(by);
    let moves_floor = matches!(
        action,
        Action::Ask { .. }
            | Action::GoOn
            | Action::Call { .. }
            | Action::Grant { .. }
            | Action::StartRound { .. }
            | Action::FormPair { .. }
            | Action::SetInner { .. }
    );
    if moves_floor && state.session.is_none() {
        return Err(Code::NoSession.into()); // before a session anyone speaks, and places would not be kept
    }
    let code = match action {
        Action::SetFloor {
            mode,
            order,
            advance,
            ending,
            turn_seconds,
        } => {
            return judge_set_floor(state, floor, (*mode, *order, *advance, *ending, *turn_seconds));
        }
        Action::Ask { note, .. } => {
            if let Some(note) = note {
                plain_text(note.expose(), MAX_REQUEST_NOTE_CHARS)?;
            }
            if floor.rules.mode == FloorMode::Silence {
                Err(Code::Silence)
            } else if !floor.rules.mode.has_queue() {
                Err(Code::WrongMode) // everybody's place in a round is kept without asking, and two people alternate
            } else if holds || floor.is_inside(by) {
                Err(Code::AlreadySo)
            } else if floor.queue.of(by).is_some() {
                Err(Code::AlreadyAsked)
            } else {
                Ok(())
            }
        }
        Action::CancelRequest => floor.queue.of(by).map(|_| ()).ok_or(Code::UnknownRequest),
        Action::Pass => judge_pass(floor, by),
        Action::ComeBack => round::judge_go(floor, by).and_then(|went| match went {
            Some(Went::Postponed) => Err(Code::AlreadyWent), // once is kept, twice is a pass
            _ => Ok(()),
        }),
        Action::WriteInstead { text } => {
            plain_text(text.expose(), MAX_WRITTEN_TURN_CHARS)?;
            round::judge_go(floor, by).and_then(|_| {
                if floor.wrote(by) {
                    Err(Code::AlreadyWent)
                } else {
                    Ok(())
                }
            })
        }
        Action::Release if holds && floor.pair.is_some_and(|pair| pair.saying_back && pair.speaker == by) => {
            Err(Code::SayingBack)
        }
        Action::Release if holds => Ok(()),
        Action::Release | Action::NeedMoreTime if !holds => Err(if turn.is_some() {
            Code::NotYourTurn
        } else {
            Code::NoTurn
        }),
        Action::NeedMoreTime => match turn {
            Some(turn) if turn.wants_more => Err(Code::AlreadySo),
            Some(turn) if turn.limit_seconds.is_none() => Err(Code::WrongMode),
            _ => Ok(()),
        },
        Action::GoOn | Action::Call { .. } | Action::Grant { .. } if floor.rules.mode == FloorMode::Silence => {
            Err(Code::Silence)
        }
        Action::GoOn if state.pause.is_some() => Err(Code::Paused),
        Action::GoOn if turn.is_none() && state.next_up(id).is_none() => Err(Code::NobodyNext),
        Action::Call { participant } => judge_call(state, id, floor, state.roster.seat_of(*participant)),
        Action::Grant { request } => judge_grant(state, id, floor, *request),
        Action::Deny { request } => floor.queue.get(*request).map(|_| ()).ok_or(Code::UnknownRequest),
        Action::OrderQueue { requests } => judge_order(floor, requests),
        Action::TakeFloor if holds => Err(Code::AlreadySo),
        Action::Revoke { .. } | Action::HoldClock | Action::ResumeClock | Action::ExtendTurn { .. }
            if turn.is_none() =>
        {
            Err(Code::NoTurn)
        }
        Action::HoldClock if turn.is_some_and(|t| t.clock.stopped_by(StopReason::Held)) => Err(Code::AlreadySo),
        Action::ResumeClock if turn.is_none_or(|t| !t.clock.stopped_by(StopReason::Held)) => Err(Code::AlreadySo),
        Action::ExtendTurn { seconds } if !(1..=MAX_TURN_SECONDS).contains(seconds) => Err(Code::OutOfRange),
        Action::ExtendTurn { .. } if turn.is_some_and(|t| t.limit_seconds.is_none()) => Err(Code::WrongMode),
        Action::WaitOn | Action::MoveOn if turn.is_none_or(|t| t.suspended.is_none()) => Err(Code::NoTurn),
        Action::StartRound { order } => return round::judge_start(state, id, floor, order),
        Action::Offer { .. } | Action::WithdrawOffer | Action::Accept | Action::Decline => {
            return stick::judge(state, id, floor, by, action);
        }
        Action::Confirm | Action::SayAgain | Action::FormPair { .. } => {
            return pair::judge(state, id, floor, by, action);
        }
        Action::SetInner { .. } => return bowl::judge(state, id, floor, action),
        _ => Ok(()),
    };
    code.map_err(Refusal::from)
}

type FloorChange = (
    Option<FloorMode>,
    Option<QueueOrder>,
    Option<Advance>,
    Option<protocol::pack::Ending>,
    Option<u32>,
);

fn judge_set_floor(state: &State, floor: &Floor, change: FloorChange) -> Result<(), Refusal> {
    if state.session.is_none() {
        return Err(Code::NoSession.into());
    }
    if change.4.is_some_and(|seconds| seconds > MAX_TURN_SECONDS) {
        return Err(Code::OutOfRange.into());
    }
    if changed(floor.rules, change) == floor.rules {
        Err(Code::AlreadySo.into())
    } else {
        Ok(())
    }
}

fn changed(rules: FloorRules, (mode, order, advance, ending, seconds): FloorChange) -> FloorRules {
    FloorRules {
        mode: mode.unwrap_or(rules.mode),
        order: order.unwrap_or(rules.order),
        advance: advance.unwrap_or(rules.advance),
        ending: ending.unwrap_or(rules.ending),
        enforcement: rules.enforcement,
        turn_seconds: seconds.map_or(rules.turn_seconds, |s| (s > 0).then_some(s)),
    }
}

fn judge_pass(floor: &Floor, by: ParticipantId) -> Result<(), Code> {
    let queued = floor.queue.of(by).is_some() && floor.rules.mode != FloorMode::Round;
    let aside = floor.is_offered_to(by) || floor.is_inside(by);
    if floor.is_held_by(by) || floor.returning.contains(&by) || queued || aside {
        return Ok(());
    }
    round::judge_go(floor, by).map(|_| ())
}

fn judge_target(state: &State, id: CircleId, floor: &Floor, who: ParticipantId) -> Result<(), Code> {
    if state.pause.is_some() {
        return Err(Code::Paused);
    }
    let person = state.roster.get(who).ok_or(Code::UnknownParticipant)?;
    if person.admission != protocol::wire::Admission::Admitted {
        return Err(Code::UnknownParticipant);
    }
    if person.circle != id {
        return Err(Code::SteppedOut);
    }
    if !person.present {
        return Err(Code::Away);
    }
    if state.roster.role_now(who) == Some(Role::Observer) {
        return Err(Code::ObserversListen);
    }
    if floor.is_held_by(who) || floor.is_inside(who) {
        return Err(Code::AlreadySo);
    }
    if floor.rules.mode == FloorMode::Pair && !floor.pair.is_some_and(|pair| pair.includes(who)) {
        return Err(Code::NotInPair);
    }
    // Nobody gets a second go before everybody present had one.
    if floor.rules.mode == FloorMode::Round
        && let Some(round) = &floor.round
        && round.went(who).is_some()
        && round
            .order()
            .iter()
            .any(|&other| other != who && round.went(other).is_none() && state.is_here(other, id))
    {
        return Err(Code::AlreadyWent);
    }
    Ok(())
}

fn judge_call(state: &State, id: CircleId, floor: &Floor, who: ParticipantId) -> Result<(), Code> {
    judge_target(state, id, floor, who)
}

fn judge_grant(state: &State, id: CircleId, floor: &Floor, request: RequestId) -> Result<(), Code> {
    let request = floor.queue.get(request).ok_or(Code::UnknownRequest)?;
    if !floor.rules.mode.has_queue() {
        return Err(Code::WrongMode);
    }
    judge_target(state, id, floor, request.participant)
}

fn judge_order(floor: &Floor, requests: &[RequestId]) -> Result<(), Code> {
    let mut seen = std::collections::BTreeSet::new();
    let all_known = requests
        .iter()
        .all(|id| floor.queue.get(*id).is_some() && seen.insert(*id));
    if !all_known || requests.is_empty() {
        Err(Code::UnknownRequest)
    } else {
        Ok(())
    }
}

/// Text that a person wrote: within its limit, and nothing but letters, signs and line breaks.
pub(crate) fn plain_text(text: &str, max_chars: usize) -> Result<(), Refusal> {
    let fits = !text.trim().is_empty() && text.chars().count() <= max_chars;
    let plain = text.chars().all(|c| c == '\n' || !c.is_control() && !is_invisible(c));
    if fits && plain {
        Ok(())
    } else {
        Err(Code::BadText.into())
    }
}

/// Signs that change how other text is shown: direction overrides and isolates, zero-width signs but the joiners that scripts need.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

pub(crate) fn carry_out(draft: &mut Draft<'_>, by: ParticipantId, action: &Action) {
    let Some((circle, place)) = draft.state.circle_of(by) else {
        return;
    };
    let floor = &place.floor;
    let turn = floor.turn.as_ref().map(|turn| turn.id);
    let holds = floor.is_held_by(by);
    match action {
        Action::SetFloor {
            mode,
            order,
            advance,
            ending,
            turn_seconds,
        } => {
            let rules = changed(floor.rules, (*mode, *order, *advance, *ending, *turn_seconds));
            set_floor(draft, circle, rules);
            round::start_if_due(draft, circle);
        }
        Action::Ask { kind, note } => {
            let request = RequestId(draft.state.next_request);
            let note = note.as_ref().map(|note| SealedText::fresh(by, note.expose().trim()));
            draft.push(What::Asked {
                circle,
                request,
                participant: by,
                kind: *kind,
                note,
            });
        }
        Action::CancelRequest => cancel(draft, circle, by),
        Action::Pass => match turn {
            Some(turn) if holds => draft.push(What::TurnEnded {
                circle,
                turn,
                why: EndReason::Passed,
            }),
            _ if floor.is_offered_to(by) => stick::decline(draft, circle, by),
            _ if floor.is_inside(by) => draft.push(What::InnerLeft {
                circle,
                participant: by,
            }),
            _ if round::judge_go(floor, by).is_ok() => {
                draft.push(What::RoundPassed {
                    circle,
                    participant: by,
                });
            }
            _ => {
                if floor.returning.contains(&by) {
                    draft.push(What::ReturnPassed {
                        circle,
                        participant: by,
                    });
                }
                cancel(draft, circle, by);
            }
        },
        Action::ComeBack => match turn {
            Some(turn) if holds => draft.push(What::TurnEnded {
                circle,
                turn,
                why: EndReason::ComesBack,
            }),
            _ => draft.push(What::RoundPostponed {
                circle,
                participant: by,
            }),
        },
        Action::WriteInstead { text } => {
            let text = SealedText::fresh(by, text.expose().trim());
            draft.push(What::RoundWritten {
                circle,
                participant: by,
                text,
            });
            if let Some(turn) = turn.filter(|_| holds) {
                draft.push(What::TurnEnded {
                    circle,
                    turn,
                    why: EndReason::Wrote,
                });
            }
        }
        // In a pair the floor stays while the other says back what was heard.
        Action::Release if floor.pair.is_some_and(|pair| pair.speaker == by) => {
            with_turn(draft, turn, |turn| What::SayBackBegan { circle, turn });
        }
        Action::Release => end_turn(draft, circle, EndReason::Released),
        Action::NeedMoreTime => with_turn(draft, turn, |turn| What::MoreTimeAsked { circle, turn }),
        Action::GoOn => {
            make_way(draft, circle, EndReason::MovedOn);
            if let Some(next) = draft.state.next_up(circle) {
                grant(draft, circle, next);
            }
        }
        Action::Call { participant } => {
            let participant = draft.state.roster.seat_of(*participant);
            let request = floor.queue.of(participant);
            let next = NextUp {
                participant,
                kind: request.map_or(RequestKind::Share, |r| r.kind),
                request: request.map(|r| r.id),
                why: GrantReason::Called,
            };
            make_way(draft, circle, EndReason::MovedOn);
            grant(draft, circle, next);
        }
        Action::Grant { request } => {
            let Some(request) = floor.queue.get(*request) else {
                return;
            };
            let next = NextUp {
                participant: request.participant,
                kind: request.kind,
                request: Some(request.id),
                why: GrantReason::Granted,
            };
            make_way(draft, circle, EndReason::MovedOn);
            grant(draft, circle, next);
        }
        Action::Deny { request } => draft.push(What::RequestDenied {
            circle,
            request: *request,
        }),
        Action::OrderQueue { requests } => {
            // Those not named follow in the order in which they were seen, whatever rule had made it.
            let seen = floor.queue.ordered(floor.order(), |who| draft.state.heard_ms(who));
            let rest = seen.into_iter().map(|r| r.id).filter(|id| !requests.contains(id));
            let order = requests.iter().copied().chain(rest).collect();
            if floor.rules.order != QueueOrder::Hand {
                let rules = FloorRules {
                    order: QueueOrder::Hand,
                    ..floor.rules
                };
                draft.push(What::FloorSet { circle, rules });
            }
            draft.push(What::QueueOrdered {
                circle,
                requests: order,
            });
        }
        Action::Revoke { reason } => end_turn(draft, circle, EndReason::Revoked(*reason)),
        Action::TakeFloor => {
            let request = floor.queue.of(by).map(|r| r.id);
            make_way(draft, circle, EndReason::Taken);
            let taken = NextUp {
                participant: by,
                kind: RequestKind::Process,
                request,
                why: GrantReason::Taken,
            };
            grant(draft, circle, taken);
        }
        Action::HoldClock => with_turn(draft, turn, |turn| What::ClockHeld { circle, turn }),
        Action::ResumeClock => with_turn(draft, turn, |turn| What::ClockResumed { circle, turn }),
        Action::ExtendTurn { seconds } => {
            with_turn(draft, turn, |turn| What::TurnExtended {
                circle,
                turn,
                seconds: *seconds,
            });
        }
        Action::WaitOn => with_turn(draft, turn, |turn| What::GraceRenewed { circle, turn }),
        Action::MoveOn => end_turn(draft, circle, EndReason::Away),
        Action::Offer { .. } | Action::WithdrawOffer | Action::Accept | Action::Decline => {
            stick::carry_out(draft, circle, by, action);
        }
        Action::Confirm | Action::SayAgain | Action::FormPair { .. } => pair::carry_out(draft, circle, action),
        Action::SetInner { .. } => bowl::carry_out(draft, circle, action),
        Action::StartRound { order } => round::start(draft, circle, order),
        _ => {}
    }
}

/// Shares the floor in another way. What the old way had and the new one cannot keep ends with an event of its own; requests keep
/// their places in every mode.
pub(crate) fn set_floor(draft: &mut Draft<'_>, circle: CircleId, rules: FloorRules) {
    let Some(floor) = draft.state.circles.get(&circle).map(|place| &place.floor) else {
        return;
    };
    let leaves = floor.rules.mode != rules.mode;
    if leaves {
        let ends_round = floor.round.is_some();
        let ends_pair = floor.pair.is_some();
        let ends_inner = !floor.inner.is_empty();
        let offer = floor
            .turn
            .as_ref()
            .filter(|turn| turn.offer.to.is_some())
            .map(|turn| turn.id);
        if ends_round {
            draft.push(What::RoundEnded { circle });
        }
        if ends_pair {
            draft.push(What::PairEnded { circle });
        }
        if ends_inner {
            draft.push(What::InnerSet {
                circle,
                participants: Vec::new(),
            });
        }
        with_turn(draft, offer, |turn| What::OfferWithdrawn { circle, turn });
        if rules.mode == FloorMode::Silence {
            make_way(draft, circle, EndReason::MovedOn);
        }
    }
    draft.push(What::FloorSet { circle, rules });
}

/// Nothing moves in a frozen room.
pub(crate) fn unfrozen(state: &State) -> Result<(), Refusal> {
    match state.frozen() {
        None => Ok(()),
        Some(StopReason::Unattended) => Err(Code::Held.into()),
        Some(_) => Err(Code::Paused.into()),
    }
}

fn with_turn(draft: &mut Draft<'_>, turn: Option<TurnId>, what: impl FnOnce(TurnId) -> What) {
    if let Some(turn) = turn {
        draft.push(what(turn));
    }
}

fn cancel(draft: &mut Draft<'_>, circle: CircleId, who: ParticipantId) {
    let request = draft
        .state
        .circles
        .get(&circle)
        .and_then(|c| c.floor.queue.of(who))
        .map(|r| r.id);
    if let Some(request) = request {
        draft.push(What::RequestCancelled { circle, request });
    }
}

pub(crate) fn running(state: &State, circle: CircleId) -> Option<&Turn> {
    state.circles.get(&circle)?.floor.turn.as_ref()
}

pub(crate) fn end_turn(draft: &mut Draft<'_>, circle: CircleId, why: EndReason) {
    if let Some(turn) = running(&draft.state, circle).map(|turn| turn.id) {
        draft.push(What::TurnEnded { circle, turn, why });
    }
}

/// Ends the running turn for somebody else's. Whoever was away meanwhile loses nothing by it and returns first.
pub(crate) fn make_way(draft: &mut Draft<'_>, circle: CircleId, why: EndReason) {
    let away = running(&draft.state, circle).is_some_and(|turn| turn.suspended.is_some());
    end_turn(draft, circle, if away { EndReason::Away } else { why });
}

pub(crate) fn end_all(draft: &mut Draft<'_>, why: EndReason) {
    let circles: Vec<_> = draft.state.circles.keys().copied().collect();
    for circle in circles {
        end_turn(draft, circle, why);
    }
}

pub(crate) fn end_turn_of(draft: &mut Draft<'_>, who: ParticipantId, why: EndReason) {
    let held: Vec<_> = draft
        .state
        .circles
        .iter()
        .filter(|(_, c)| c.floor.is_held_by(who))
        .map(|(&circle, _)| circle)
        .collect();
    for circle in held {
        end_turn(draft, circle, why);
    }
}

pub(crate) fn grant(draft: &mut Draft<'_>, circle: CircleId, next: NextUp) {
    let Some(place) = draft.state.circles.get(&circle) else {
        return;
    };
    let limit = place
        .floor
        .rules
        .turn_seconds
        .filter(|_| next.why != GrantReason::Taken);
    draft.push(What::TurnGranted {
        circle,
        turn: TurnId(draft.state.next_turn),
        holders: [
            Some(next.participant),
            draft.state.roster.together_with(next.participant),
        ]
        .into_iter()
        .flatten()
        .collect(),
        kind: next.kind,
        limit_seconds: limit,
        request: next.request,
        why: next.why,
    });
}

/// The floor moves on by itself where the step says so.
pub(crate) fn settle(draft: &mut Draft<'_>, circle: CircleId) {
    if draft.state.session.is_none() {
        return;
    }
    let leaderless = draft.state.goes_on_alone(draft.pack);
    pair::form_if_plain(draft, circle);
    let Some(place) = draft.state.circles.get(&circle) else {
        return;
    };
    let floor = &place.floor;
    if floor.turn.is_some() {
        return;
    }
    let opened = match floor.rules.mode {
        FloorMode::Pair => floor.pair.is_some_and(|pair| pair.opened),
        _ => floor.round.as_ref().is_some_and(|round| round.is_open()),
    };
    if floor
        .round
        .as_ref()
        .is_some_and(|round| !round.order().is_empty() && round.line().is_empty())
    {
        draft.push(What::RoundEnded { circle });
        return;
    }
    let by_itself = floor.rules.advance == Advance::Auto || leaderless;
    let moves = match floor.rules.mode {
        FloorMode::Queue | FloorMode::Stick | FloorMode::Fishbowl => by_itself,
        FloorMode::Round | FloorMode::Pair => by_itself && (opened || leaderless),
        FloorMode::Chair => leaderless, // with nobody in the chair, whoever asked first speaks first
        FloorMode::Open | FloorMode::Silence => false,
    };
    if moves
        && draft.state.frozen().is_none()
        && let Some(next) = draft.state.next_up(circle)
    {
        grant(draft, circle, next);
    }
}
