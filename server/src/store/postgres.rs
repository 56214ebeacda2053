//! Opening PostgreSQL: one pool to the primary. A replica is never asked (it may be behind, and may disagree with itself).
//!
//! What every connection says of itself is said aloud here, since a server may have other defaults: an acknowledged commit is on the disk,
//! and nothing waits without an end. Off this machine a connection is encrypted and the other side proves who it is, unless the address says
//! otherwise (`sslmode`): what is asked of the database tells who came when, and the password goes along.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use protocol::Private;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor as _};

use super::engine::{Doom, Engine};
use super::sql::Db;
use super::{StoreFault, changes, limits};

/// One of several nodes says its name and its lease.
pub(super) async fn open(
    url: &Private<String>,
    node: Option<(&str, Duration)>,
    doom: Arc<Doom>,
) -> Result<Engine, StoreFault> {
    let mut options = options(url)?;
    up_to_date(&options).await?;
    let wait = Duration::from_secs(limits::WAIT_SECONDS);
    let mut standstill = limits::POSTGRES_STANDSTILL;
    if let Some((name, lease)) = node {
        options = options.application_name(&format!("rondo-{name}"));
        standstill = standstill.min(lease);
    }
    let pool = PgPoolOptions::new()
        .max_connections(limits::POSTGRES_CONNECTIONS)
        .acquire_timeout(wait)
        .connect_with(bounded(options, limits::POSTGRES_STATEMENT, wait, standstill))
        .await
        .map_err(|error| unreached(&error))?;
    Ok(Engine {
        db: Db::Pg(pool),
        checkpointer: None,
        doom,
    })
}

/// How the database at this address is reached.
pub(super) fn options(url: &Private<String>) -> Result<PgConnectOptions, StoreFault> {
    let options = PgConnectOptions::from_str(url.expose()).map_err(|_| {
        // Not the reason: it may show the address, and with it the password.
        tracing::error!("the database's address cannot be read");
        StoreFault::Unavailable
    })?;
    let options = if says_how_it_is_encrypted(url.expose()) || is_here(&options) {
        options
    } else {
        options.ssl_mode(PgSslMode::VerifyFull)
    };
    Ok(options
        .statement_cache_capacity(limits::PREPARED_STATEMENTS)
        .application_name("rondo")
        .options([("synchronous_commit", "on")])
        .disable_statement_logging())
}

/// For what is long by its nature.
pub(super) fn patient(options: PgConnectOptions) -> PgConnectOptions {
    bounded(
        options,
        limits::POSTGRES_LONG,
        limits::POSTGRES_LONG,
        limits::POSTGRES_LONG,
    )
}

fn bounded(options: PgConnectOptions, statement: Duration, lock: Duration, standstill: Duration) -> PgConnectOptions {
    let millis = |time: Duration| time.as_millis().to_string();
    options.options([
        ("statement_timeout", millis(statement)),
        ("lock_timeout", millis(lock)),
        ("idle_in_transaction_session_timeout", millis(standstill)),
    ])
}

/// Brings the tables up to date. Several servers may start at once: one does it, the others wait for it.
pub(super) async fn up_to_date(options: &PgConnectOptions) -> Result<(), StoreFault> {
    let alone = PgPoolOptions::new().max_connections(1);
    let connected = alone.connect_with(patient(options.clone())).await;
    let pool = connected.map_err(|error| unreached(&error))?;
    let done = async {
        changes::may_work(&changes::POSTGRES, works_from(&pool).await?)?;
        let done = changes::POSTGRES.run(&pool).await;
        done.map_err(|error| super::sqlite::unmigrated(&error))
    };
    let done = done.await;
    pool.close().await;
    done
}

async fn works_from(pool: &PgPool) -> Result<Option<i64>, StoreFault> {
    let asked = async {
        let there = "SELECT to_regclass('works_from') IS NOT NULL";
        if sqlx::query_scalar(there).fetch_one(pool).await? {
            sqlx::query_scalar(changes::WORKS_FROM).fetch_one(pool).await
        } else {
            Ok(None)
        }
    };
    asked.await.map_err(|error| unreached(&error))
}

fn unreached(error: &sqlx::Error) -> StoreFault {
    tracing::error!(%error, "the database cannot be reached");
    StoreFault::Unavailable
}

/// Makes the space of deleted rows free, in the tables whose rows are deleted for somebody's sake.
pub(super) async fn vacuum(pool: &PgPool) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let done = vacuum_all(&mut connection).await;
    if done.is_err() {
        // It may still wait as long as a vacuum may.
        connection.close_on_drop();
    }
    done
}

async fn vacuum_all(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let patience = format!("SET statement_timeout = {}", limits::POSTGRES_LONG.as_millis());
    connection.execute(AssertSqlSafe(patience)).await?;
    for sql in [
        "VACUUM note_update",
        "VACUUM note",
        "VACUUM person_key",
        "VACUUM event_body",
        "VACUUM event_rest",
        "VACUUM erasure",
        "VACUUM event",
        "VACUUM snapshot",
        "VACUUM group_key",
        "VACUUM invite",
        "VACUUM private_note",
        "VACUUM author_key",
        // Back to what the connection began with.
        "RESET statement_timeout",
    ] {
        connection.execute(sql).await?;
    }
    Ok(())
}

/// Whether address or environment say `sslmode`; nothing is decided in their place then.
fn says_how_it_is_encrypted(url: &str) -> bool {
    let named = url::Url::parse(url).is_ok_and(|url| {
        url.query_pairs()
            .any(|(name, _)| name == "sslmode" || name == "ssl-mode")
    });
    named || std::env::var_os("PGSSLMODE").is_some()
}

/// Whether the connection never leaves this machine.
fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some()
        || host == "localhost"
        || host.starts_with('/')
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> PgSslMode {
        options(&Private(url.to_owned())).unwrap().get_ssl_mode()
    }

    #[test]
    fn off_this_machine_the_database_proves_who_it_is_unless_the_address_says_otherwise() {
        for far in [
            "postgres://rondo:x@db.example/rondo",
            "postgres://rondo@10.0.0.7:5432/rondo",
            "postgres://rondo@[2001:db8::7]/rondo?application_name=x",
        ] {
            assert!(matches!(mode(far), PgSslMode::VerifyFull), "{far}");
        }
        for near in [
            "postgres://rondo@127.0.0.1/rondo",
            "postgres://rondo@localhost:5433/rondo",
            "postgres://rondo@[::1]/rondo",
            "postgres://rondo@%2Frun%2Fpostgresql/rondo",
        ] {
            assert!(!matches!(mode(near), PgSslMode::VerifyFull), "{near}");
        }
        let said = "postgres://rondo@db.example/rondo?sslmode=disable";
        assert!(matches!(mode(said), PgSslMode::Disable));
    }

    #[test]
    fn an_address_that_cannot_be_read_is_a_fault_without_its_words() {
        let fault = options(&Private("postgres://rondo:secret@host:no-port/x".to_owned()));
        assert!(!format!("{fault:?}").contains("secret"));
        assert!(fault.is_err());
    }
}
