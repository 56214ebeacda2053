//! Opening PostgreSQL: one pool to the primary. A replica is never asked (it may be behind, and may disagree with itself).

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use protocol::Private;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::engine::{Doom, Engine};
use super::sql::Db;
use super::{StoreFault, limits};

pub(super) async fn open(url: &Private<String>, doom: Arc<Doom>) -> Result<Engine, StoreFault> {
    let options = PgConnectOptions::from_str(url.expose())
        .map_err(|_| StoreFault::Unavailable)?
        .statement_cache_capacity(limits::PREPARED_STATEMENTS)
        // Said aloud, since a server may have another default: an acknowledged commit is on the disk.
        .options([("synchronous_commit", "on"), ("statement_timeout", "30s")])
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(limits::POSTGRES_CONNECTIONS)
        .acquire_timeout(Duration::from_secs(limits::WAIT_SECONDS))
        .connect_with(options)
        .await
        .map_err(|error| {
            tracing::error!(%error, "the database cannot be reached");
            StoreFault::Unavailable
        })?;
    sqlx::migrate!("./migrations/postgres")
        .run(&pool)
        .await
        .map_err(|error| super::sqlite::unmigrated(&error))?;
    Ok(Engine {
        db: Db::Pg(pool),
        checkpointer: None,
        doom,
    })
}
