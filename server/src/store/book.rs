//! Who writes into a practice's audit book: one at a time on this node, and whoever waits meanwhile goes along with the next.
//!
//! Records are numbered without a gap, so two who write at one moment come one after the other, each with a commit of its own. When a hundred people
//! come back at once that was a hundred commits in a row. So each puts its records down, and whoever has the turn takes all that lie there into one
//! transaction. With nobody else about it is what it was: one transaction, one commit.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::PracticeId;
use tokio::sync::oneshot;

use super::audit::write;
use super::limits::BOOKED_AT_ONCE;
use super::multi::Multi;
use super::sql::Value;
use super::{Store, StoreFault};

/// What somebody wants noted, and is told once it is on the disk.
struct Waits {
    /// What was begun and has ended with it.
    begun: Option<[u8; 16]>,
    headers: Vec<Vec<u8>>,
    done: oneshot::Sender<Result<(), StoreFault>>,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<Waits>>,
    turn: tokio::sync::Mutex<()>,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waits>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those who go together; what came first goes first.
    fn next(&self) -> Vec<Waits> {
        let mut waiting = self.waiting();
        let mut records = 0;
        let together = waiting.iter().take_while(|one| {
            records += one.headers.len();
            records <= BOOKED_AT_ONCE
        });
        let together = together.count().max(1).min(waiting.len());
        waiting.drain(..together).collect()
    }
}

/// The books' queues on this node.
#[derive(Default)]
pub(super) struct Books(Mutex<HashMap<PracticeId, Arc<Queue>>>);

impl Books {
    fn of(&self, practice: PracticeId) -> Arc<Queue> {
        let mut books = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(books.entry(practice).or_default())
    }
}

static ENDED: Multi = Multi::new(1, "DELETE FROM audit_begun WHERE id IN (VALUES", ")");

impl Store {
    /// Appends records of a practice with its next numbers, and ends what was begun with them. When this returns they are on the disk.
    pub(super) async fn book(
        &self,
        practice: PracticeId,
        begun: Option<[u8; 16]>,
        headers: Vec<Vec<u8>>,
    ) -> Result<(), StoreFault> {
        let (done, told) = oneshot::channel();
        let queue = self.books().of(practice);
        queue.waiting().push_back(Waits { begun, headers, done });
        // On its own: whoever has the turn writes for others, too, who must not lose it when somebody gives up.
        tokio::spawn(self.clone().takes_a_turn(practice, queue));
        told.await.unwrap_or(Err(StoreFault::Unavailable))
    }

    async fn takes_a_turn(self, practice: PracticeId, queue: Arc<Queue>) {
        let _turn = queue.turn.lock().await;
        let together = queue.next();
        if together.is_empty() {
            return; // somebody before took them along
        }
        let done = self.book_all(practice, &together).await;
        for one in together {
            let _ = one.done.send(done); // whoever gave up hears nothing
        }
    }

    async fn book_all(&self, practice: PracticeId, together: &[Waits]) -> Result<(), StoreFault> {
        let begun: Vec<Value> = together.iter().filter_map(|one| one.begun.map(Value::from)).collect();
        let headers: Vec<&[u8]> = together
            .iter()
            .flat_map(|one| one.headers.iter().map(Vec::as_slice))
            .collect();
        let mut tx = self.engine().begin().await?;
        let doing = async {
            ENDED.run(&mut tx, begun).await?;
            if headers.is_empty() {
                return Ok(());
            }
            write(&mut tx, practice, &headers).await
        };
        let done = doing.await;
        self.engine().ends(tx, done).await?;
        self.count_appended(headers.len());
        Ok(())
    }
}
