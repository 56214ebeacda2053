//! Somebody who talks and listens: a call over their line.

use media::caller::{Caller, Offering};
use protocol::wire::{ClientMessage, ServerMessage};

use crate::line::Line;

/// Offers over the line and begins to talk.
pub async fn calls(line: &mut Line, voice: u8) -> Caller {
    let offering = Offering::new(voice, 3).await;
    let description = offering.description.as_str().into();
    line.say(&ClientMessage::MediaOffer { description }).await;
    let answer = loop {
        match line.hear().await.expect("the line is up") {
            Some(ServerMessage::MediaAnswer { description }) => break description.into_exposed(),
            Some(ServerMessage::MediaRefused { refusal }) => panic!("{refusal:?}"),
            _ => {}
        }
    };
    let mut caller = offering.begins(&answer);
    caller.sees("the connection", |log| log.up).await;
    caller.talks(true).await;
    caller
}
