//! `kbmatch match`: the articles for one report, without a server or a database.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use ulid::Ulid;

use super::knowledge::Knowledge;
use super::terminal::{output, output_json};
use super::{FINDINGS, Global, OK, Terminal};
use crate::article::Status;
use crate::config::Settings;
use crate::engine::{Answer, Confidence, Explain, MatchOptions, Outcome, PublishedArticle, Snapshot};
use crate::render;
use crate::report::Limits;
use crate::service::request::{MatchRequest, RawRequest, RequestError, parse_match_request};

/// Largest report that is read, in bytes.
const MAX_REPORT: u64 = 64 << 20;

const EXAMPLES: &str = "\
Examples:
  kbmatch match error.log
  kubectl logs api | kbmatch match -
  kbmatch match ticket.json --product Auth0 --status 400
  kbmatch match error.log --json | jq .matches[0].article.id
  kbmatch match error.log --explain                    why the nearest articles did or did not match
  kbmatch match error.log --explain=passkey-timed-out  the same for one article

The report may be text, a log, JSON (also with text, payload, limit, min_confidence and hints as
/v1/match takes them), HTML, a mail or a HAR file, also compressed. It is held against the articles
of folders; what was imported into a database or changed through the API answers at the server,
/v1/match. Exit code 0 when an article matches or several do, 1 when none does.";

/// Arguments of `match`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct MatchArgs {
    /// File that holds the report; `-` or nothing for standard input
    file: Option<PathBuf>,
    /// Folder of articles; may be given more than once [default: ./kb]
    #[arg(long, env = "KBMATCH_KB", value_name = "DIR", value_delimiter = ',')]
    kb: Option<Vec<PathBuf>>,
    /// Print the answer as JSON, as /v1/match does
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print the answer as Markdown
    #[arg(long)]
    markdown: bool,
    /// Most articles in the answer, 1 to 20 [default: 3]
    #[arg(long, value_name = "N")]
    limit: Option<String>,
    /// Leave out articles below this confidence, 0 to 1 [default: 0.5]
    #[arg(long, value_name = "SHARE")]
    min_confidence: Option<String>,
    /// Product the report is about
    #[arg(long, value_name = "NAME")]
    product: Option<String>,
    /// Version of that product
    #[arg(long, value_name = "VERSION")]
    version_of: Option<String>,
    /// Path of the page or endpoint that failed
    #[arg(long, value_name = "PATH")]
    route: Option<String>,
    /// HTTP status of the failed response
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Language of the person, as in `de-CH`
    #[arg(long, value_name = "TAG")]
    locale: Option<String>,
    /// How the report is read [default: told from what it is]
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Say why the nearest articles, or the one named, did or did not match
    #[arg(long, value_name = "ID", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    explain: Option<String>,
}

pub(super) fn run(args: &MatchArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    let config = global.load(Settings { kb: args.kb.clone(), ..Settings::default() })?;
    let body = read_report(args.file.as_deref(), terminal)?;
    let query = args.query();
    let raw =
        RawRequest { body: &body, content_type: args.content_type.as_deref(), content_encoding: None, query: &query };
    let limits = Limits { unpacked_bytes: config.max_unpacked_bytes, ..Limits::default() };
    let MatchRequest { report, options } = parse_match_request(raw, &limits).map_err(in_flags)?;
    let snapshot = load(&config.kb, global, terminal)?;
    if let Explain::Article(id) = &options.explain
        && snapshot.article(id).is_none()
    {
        bail!("there is no published article {id} to explain");
    }
    let started = Instant::now();
    let mut answer = snapshot.answer(&report, &options);
    answer.report_id = Ulid::generate().to_string();
    answer.took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    if args.json {
        output_json(&answer)?;
    } else if args.markdown {
        output(&render::markdown::answer(&answer))?;
    } else {
        output(&render::text::answer(&answer, &report.parts, terminal.style()))?;
        if answer.outcome == Outcome::NoMatch && args.explain.is_none() {
            output(&nearest(&snapshot, &report, &options))?;
        }
    }
    Ok(exit_code(&answer))
}

/// Options are checked as those of a query; whoever typed flags is told of flags.
fn in_flags(error: RequestError) -> anyhow::Error {
    let RequestError::Field { field, message, place: None, .. } = &error else { return error.into() };
    let flag = match field.as_str() {
        "version" => "--version-of".to_owned(),
        _ => format!("--{}", field.replace('_', "-")),
    };
    let (parameter, name) = (format!("query parameter {field:?}"), format!("{field:?}"));
    anyhow::Error::msg(message.replacen(&parameter, &flag, 1).replacen(&name, &flag, 1))
}

fn exit_code(answer: &Answer) -> u8 {
    match answer.outcome {
        Outcome::Match | Outcome::Ambiguous => OK,
        Outcome::NoMatch => FINDINGS,
    }
}

/// What came closest, for an answer without a match.
fn nearest(snapshot: &Snapshot, report: &crate::report::Report, options: &MatchOptions) -> String {
    let options = MatchOptions { limit: 1, min_confidence: Confidence::ZERO, ..options.clone() };
    let answer = snapshot.answer(report, &options);
    match answer.matches.first() {
        Some(found) => format!(
            "Closest is {} ({}), too far to say so. Add --explain to see what was missing.\n",
            found.article.id,
            render::per_cent(found.confidence)
        ),
        None => "Nothing in the knowledge base comes near.\n".to_owned(),
    }
}

impl MatchArgs {
    /// The options as the query that would carry them, so that they are checked by the same rules.
    fn query(&self) -> Vec<(String, String)> {
        let options = [
            ("limit", &self.limit),
            ("min_confidence", &self.min_confidence),
            ("product", &self.product),
            ("version", &self.version_of),
            ("route", &self.route),
            ("status", &self.status),
            ("locale", &self.locale),
            ("explain", &self.explain),
        ];
        let given = options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
        given.collect()
    }
}

fn read_report(file: Option<&Path>, terminal: Terminal) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    if let Some(path) = file.filter(|file| *file != Path::new("-")) {
        let doing = || format!("cannot read the report {}", path.display());
        let file = std::fs::File::open(path).with_context(doing)?;
        file.take(MAX_REPORT + 1).read_to_end(&mut body).with_context(doing)?;
    } else {
        if std::io::stdin().is_terminal() {
            terminal.note("reading the report from the terminal; end it with Ctrl-D");
        }
        let read = std::io::stdin().lock().take(MAX_REPORT + 1).read_to_end(&mut body);
        read.context("cannot read the report from standard input")?;
    }
    if body.len() as u64 > MAX_REPORT {
        bail!("the report is larger than 64 MiB; the part around the error is enough");
    }
    Ok(body)
}

/// The index over the published articles of some folders. What is left out is said.
fn load(folders: &[PathBuf], global: &Global, terminal: Terminal) -> anyhow::Result<Snapshot> {
    if let Some(missing) = folders.iter().find(|folder| !folder.exists()) {
        bail!("there is no folder {}; see {}", missing.display(), global.source_of("--kb", "kb"));
    }
    let knowledge = Knowledge::load(folders)?;
    for bad in &knowledge.bad {
        let reason = bad.problems.first().map(ToString::to_string).unwrap_or_default();
        terminal.note(&format!("left out {}: {reason}", bad.file));
    }
    let published = knowledge
        .articles
        .into_iter()
        .filter(|entry| entry.article.status == Status::Published)
        .map(|entry| PublishedArticle { article: entry.article, revision: 1 });
    let published: Vec<PublishedArticle> = published.collect();
    if published.is_empty() {
        bail!("there is no published article to match against; see {}", global.source_of("--kb", "kb"));
    }
    let (snapshot, refused) = Snapshot::build(published, "files".to_owned());
    for refused in refused {
        terminal.note(&format!("left out {}: {}", refused.id, refused.reason));
    }
    Ok(snapshot)
}
