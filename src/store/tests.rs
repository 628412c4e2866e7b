//! The store on real files.

mod edits;
mod opening;
mod reports;
mod restoring;
mod whole;

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _};

use super::*;
use crate::article::Status;
use crate::engine::Outcome;
use crate::report::{Hints, PartKind};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn author(second: i64) -> Author {
    Author { by: "ada".to_owned(), at: at(second) }
}

fn slug(id: &str) -> Slug {
    Slug::new(id).unwrap()
}

fn text(id: &str, markdown: &str) -> Text {
    Text {
        id: slug(id),
        title: format!("Title of {id}"),
        status: Status::Published,
        markdown: markdown.to_owned(),
        sha256: Digest::of(markdown),
        signatures: vec![SignatureRow {
            name: None,
            kind: "template",
            origin: "written",
            text: serde_json::json!({ "template": markdown }).to_string(),
        }],
    }
}

fn put(id: &str, markdown: &str, expected: Expected, second: i64) -> Put {
    Put { text: text(id, markdown), author: author(second), expected, creates: true, revives: true }
}

fn file(path: &str, id: &str, markdown: &str) -> ImportFile {
    ImportFile {
        name: path.to_owned(),
        path: Some(path.to_owned()),
        sha256: Digest::of(markdown),
        text: text(id, markdown),
    }
}

fn folder(files: Vec<ImportFile>, second: i64) -> Batch {
    Batch {
        files,
        folders: Some(Folders { roots: vec!["/kb".to_owned()], ..Folders::default() }),
        on_conflict: OnConflict::Report,
        author: author(second),
    }
}

fn report(id: &str, second: i64) -> KeptReport {
    KeptReport {
        id: id.to_owned(),
        received_at: at(second),
        outcome: Outcome::Ambiguous,
        kb_version: "1-abc".to_owned(),
        engine_version: "0.1.0".to_owned(),
        content_kind: "text".to_owned(),
        bytes: 5,
        parts: Some(vec![KeptPart { address: "body".to_owned(), kind: PartKind::Text, text: "boom!".to_owned() }]),
        hints: Hints { product: Some("shop".to_owned()), ..Hints::default() },
        matches: vec![
            KeptMatch { article: slug("a"), revision: 2, confidence: 0.75 },
            KeptMatch { article: slug("b"), revision: 1, confidence: 0.5 },
        ],
    }
}

async fn open(path: &Path) -> Store {
    Store::open(&Location::File(path.to_owned()), at(0)).await.unwrap()
}

/// A connection beside the store's, as another process would have.
async fn outsider(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.unwrap()
}

async fn run_sql(path: &Path, sql: &str) {
    let mut connection = outsider(path).await;
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn scalar(path: &Path, sql: &str) -> i64 {
    let mut connection = outsider(path).await;
    let value = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    value
}
