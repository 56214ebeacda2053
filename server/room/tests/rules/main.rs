//! The rules of a room, one test for each sentence of the design that a room can keep: given, when, then. The stories are told with a
//! [`common::scene::Scene`]; the random histories next door look for what no story thought of.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the answer")]

#[path = "../common/mod.rs"]
mod common;

mod agenda_rules;
mod agreed_rules;
mod alarm_rules;
mod arrival_rules;
mod aside_rules;
mod back_channel_rules;
mod bowl_rules;
mod breakout_rules;
mod check_in_rules;
mod consent_rules;
mod course_rules;
mod described_rules;
mod doorway_rules;
mod floor_rules;
mod hearing_rules;
mod leading_rules;
mod line_rules;
mod lock_rules;
mod names_rules;
mod on_call_rules;
mod pair_rules;
mod pause_rules;
mod plan_rules;
mod precaution_rules;
mod prompt_rules;
mod queue_rules;
mod ready_rules;
mod restart_rules;
mod round_rules;
mod safety_rules;
mod silence_rules;
mod speak_rules;
mod stick_rules;
mod time_out_rules;
mod together_rules;
mod view_rules;
mod voices_rules;
mod work_rules;
