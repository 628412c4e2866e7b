//! API keys.

use std::path::Path;

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

use super::articles::{integer, text};
use super::{StoreError, open, timestamp};
use crate::access::{ApiKey, KeyId, SecretHash};

/// Writes a new key.
pub(super) async fn add(connection: &mut SqliteConnection, key: &ApiKey) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO api_keys (id, name, scopes, secret_sha256, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(key.id.as_str())
    .bind(&key.name)
    .bind(key.scopes.to_string())
    .bind(key.hash.to_string())
    .bind(key.created_at.as_microsecond())
    .bind(key.expires_at.map(Timestamp::as_microsecond))
    .execute(connection)
    .await
    .map_err(StoreError::sql("writing a key"))?;
    Ok(())
}

/// Every key, oldest first.
pub(super) async fn list(connection: &mut SqliteConnection) -> Result<Vec<ApiKey>, StoreError> {
    sqlx::query(
        "SELECT id, name, scopes, secret_sha256, created_at, expires_at, last_used_at, revoked_at FROM api_keys
         ORDER BY created_at, id",
    )
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("reading the keys"))?
    .iter()
    .map(read)
    .collect()
}

/// Revokes a key; gives what it is now, or `None` when there is none. Once revoked, it stays so.
pub(super) async fn revoke(
    connection: &mut SqliteConnection,
    id: &KeyId,
    now: Timestamp,
) -> Result<Option<ApiKey>, StoreError> {
    sqlx::query(
        "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, ?2) WHERE id = ?1
         RETURNING id, name, scopes, secret_sha256, created_at, expires_at, last_used_at, revoked_at",
    )
    .bind(id.as_str())
    .bind(now.as_microsecond())
    .fetch_optional(connection)
    .await
    .map_err(StoreError::sql("revoking a key"))?
    .map(|row| read(&row))
    .transpose()
}

/// Writes when keys were last used.
pub(super) async fn touch(connection: &mut SqliteConnection, used: &[(KeyId, Timestamp)]) -> Result<(), StoreError> {
    for (id, at) in used {
        sqlx::query("UPDATE api_keys SET last_used_at = MAX(COALESCE(last_used_at, 0), ?2) WHERE id = ?1")
            .bind(id.as_str())
            .bind(at.as_microsecond())
            .execute(&mut *connection)
            .await
            .map_err(StoreError::sql("writing when keys were used"))?;
    }
    Ok(())
}

/// Whether the database at `path` holds a key that can be used, without changing anything; it may be missing or older
/// than keys are.
pub(super) async fn any_active(path: &Path, now: Timestamp) -> Result<bool, StoreError> {
    let doing = "looking for keys";
    if !path.exists() {
        return Ok(false);
    }
    let mut connection = open::reader_options(path).connect().await.map_err(StoreError::sql(doing))?;
    let keys = if has_table(&mut connection).await? { list(&mut connection).await? } else { Vec::new() };
    connection.close().await.map_err(StoreError::sql(doing))?;
    Ok(keys.iter().any(|key| key.state(now) == "active"))
}

async fn has_table(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'api_keys')")
        .fetch_one(connection)
        .await
        .map_err(StoreError::sql("looking for keys"))
}

fn read(row: &SqliteRow) -> Result<ApiKey, StoreError> {
    // The value is left out: it may be anything, a secret too.
    let unreadable = |what: &str| StoreError::Unreadable { table: "api_keys", value: what.to_owned() };
    let optional = |column: &str| -> Result<Option<Timestamp>, StoreError> {
        let value: Option<i64> = row.try_get(column).map_err(StoreError::sql("reading a number from a row"))?;
        value.map(|at| timestamp("api_keys", at)).transpose()
    };
    Ok(ApiKey {
        id: text(row, "id")?.parse().map_err(|_| unreadable("an id"))?,
        name: text(row, "name")?,
        scopes: text(row, "scopes")?.parse().map_err(|_| unreadable("a scope"))?,
        hash: SecretHash::from_hex(&text(row, "secret_sha256")?).ok_or_else(|| unreadable("a hash"))?,
        created_at: timestamp("api_keys", integer(row, "created_at")?)?,
        expires_at: optional("expires_at")?,
        last_used_at: optional("last_used_at")?,
        revoked_at: optional("revoked_at")?,
    })
}
