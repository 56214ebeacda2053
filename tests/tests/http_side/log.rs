//! The log holds what an operator needs and nothing that anybody typed.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use rondo::config::Log;
use serde_json::json;

use crate::world::{EMAIL, PASSPHRASE, World};

#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Everything that this process has logged since somebody first asked, at its loudest.
pub(crate) fn heard() -> Lines {
    static HEARD: OnceLock<Lines> = OnceLock::new();
    let begin = || {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = Log {
            filter: "trace".to_owned(),
            json: true,
        };
        let subscriber = rondo::telemetry::subscriber(&log, move || writer.clone());
        // For the whole process: a listener of one thread alone is at times not heard by places that another thread logged from first.
        // What the other tests of this binary say is heard too, and must not hold these words either.
        tracing::dispatcher::set_global_default(subscriber).expect("nobody else listens in this binary");
        lines
    };
    HEARD.get_or_init(begin).clone()
}

#[tokio::test]
async fn no_planted_word_is_found_in_the_log_even_at_its_loudest() {
    let lines = heard();
    let (world, _) = World::start().await;
    let mut ida = world.ida().await;
    let room = ida.makes_a_group("Planted title").await;
    let (invite, secret) = ida.invites(&room, "Planted Name", "member").await;
    let mut ana = world.browser();
    ana.joins(&secret).await;
    let ticket = ana.has_ticket(&room).await;
    let (reply, open) = ana.knocks(&room, &ticket).await;
    assert_eq!(reply.status, 101);
    world.browser().get("/join?planted=query").await;
    world.browser().get("/api/planted-path").await;
    let wrong = json!({ "email": "planted@example.org", "passphrase": "planted passphrase" });
    world.browser().post("/api/sign-in", &wrong).await;
    ida.post(&format!("/api/groups/{room}/invites/{invite}/revoke"), &json!({}))
        .await;
    drop(open);

    let text = lines.text();
    assert!(text.contains("/api/groups/{room}/invites"), "the log was heard");
    let cookies = [ida.cookie.clone().unwrap(), ana.cookie.clone().unwrap()];
    let planted = [
        "lanted",
        EMAIL,
        PASSPHRASE,
        "Ida",
        "Lindqvist",
        &world.bootstrap,
        &secret,
        &ticket,
        &room,
        &invite,
        &cookies[0],
        &cookies[1],
    ];
    for word in planted {
        let found = text.lines().find(|line| line.contains(word));
        assert!(
            found.is_none(),
            "{word} stands in the log: {}",
            found.unwrap_or_default()
        );
    }
}
