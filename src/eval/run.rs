//! Answering reports with known answers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::dataset::Query;
use crate::article::Slug;
use crate::engine::model::Model;
use crate::engine::{Confidence, EnginePart, FEATURES, FeatureRow, MatchOptions, Outcome, Snapshot};
use crate::report::{Limits, Report};
use crate::service::request::{RawRequest, RequestError, parse_match_request};
use crate::service::{Clock, ImportOptions, ImportProgress, Service, ServiceError, Settings};
use crate::store::Location;

/// Most candidates whose rank is looked at.
const MAX_RANK: usize = 20;

/// A knowledge base on a throw-away database.
pub struct Bench {
    service: Arc<Service>,
    /// Path and article of each file, by file name without its ending.
    ids: HashMap<String, Vec<(PathBuf, Slug)>>,
    /// Files that could not be taken, with the reason.
    pub failed: Vec<(String, String)>,
    /// The engine without one of its parts, to measure what that is worth.
    ablated: Option<(EnginePart, Arc<Snapshot>)>,
}

/// Why reports cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The knowledge base cannot be loaded.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A report names an article that is not there.
    #[error("report {query} names the article {article:?}, which is in none of the folders")]
    UnknownArticle {
        /// The report.
        query: String,
        /// The article.
        article: String,
    },
    /// A report cannot be read.
    #[error("report {query}: {reason}")]
    Report {
        /// The report.
        query: String,
        /// Why.
        reason: RequestError,
    },
}

/// A report with its known answer, read.
#[derive(Debug, Clone)]
pub struct Case {
    /// As it stands in the file.
    pub query: Query,
    /// The report.
    pub report: Report,
    /// Articles that count as right; empty where nothing should match.
    pub right: Vec<Slug>,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// Identifier of the report.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Whether some article should match.
    pub answerable: bool,
    /// The article that should match first, by file name.
    pub expected: Option<String>,
    /// Rank of the first acceptable article, from 1.
    pub rank: Option<usize>,
    /// The first article.
    pub first: Option<Slug>,
    /// Its confidence, 0 when there is none.
    pub confidence: f64,
    /// Outcome with the default options.
    pub outcome: Outcome,
    /// Time of the answer with the default options, in microseconds.
    pub took_us: u64,
}

impl Answered {
    /// Whether the first article is acceptable.
    pub fn is_right(&self) -> bool {
        self.rank == Some(1)
    }
}

impl Bench {
    /// Loads folders of articles as they are.
    pub async fn open(folders: &[PathBuf], progress: ImportProgress) -> Result<Self, EvalError> {
        let service = Service::open(Settings::new(Location::Temporary), Clock::system()).await?;
        let summary = service.import_folders(folders, &ImportOptions::new("eval"), progress).await?;
        let mut ids: HashMap<String, Vec<(PathBuf, Slug)>> = HashMap::new();
        let mut failed = Vec::new();
        for item in summary.items {
            let stem = Path::new(&item.file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
            // A report on a file that was left out is one that is missed.
            let id = item.id.or_else(|| stem.as_deref().and_then(Slug::from_text));
            if let (Some(id), Some(stem)) = (id, stem) {
                ids.entry(stem).or_default().push((PathBuf::from(&item.file), id));
            }
            if item.revision.is_none() {
                failed.push((item.file, item.reason.unwrap_or_default()));
            }
        }
        Ok(Self { service, ids, failed, ablated: None })
    }

    /// From now on cases are answered by models without a part of the engine.
    pub fn leave_out(&mut self, part: EnginePart) {
        self.ablated = Some((part, Arc::new(self.service.snapshot().without(part))));
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.ablated.as_ref().map_or_else(|| self.service.snapshot(), |(_, snapshot)| Arc::clone(snapshot))
    }

    /// Number of articles that can answer.
    pub fn articles(&self) -> usize {
        self.service.snapshot().article_count()
    }

    /// The article of a file, or with an id. Of several files of one name the one in a folder named as the knowledge base.
    fn id(&self, name: &str, kb: &str) -> Option<Slug> {
        let files = self.ids.get(name).map(Vec::as_slice).unwrap_or_default();
        let within = |path: &Path| path.components().any(|component| component.as_os_str() == kb);
        let file = files.iter().find(|(path, _)| within(path)).or(files.first());
        let by_id = || self.ids.values().flatten().map(|(_, id)| id).find(|id| id.as_str() == name);
        file.map(|(_, id)| id).or_else(by_id).cloned()
    }

    /// Reads a report as `/v1/match` reads `{"text": …}`.
    pub fn case(&self, query: &Query) -> Result<Case, EvalError> {
        let right = query.acceptable().map(|name| {
            self.id(name, &query.kb)
                .ok_or_else(|| EvalError::UnknownArticle { query: query.id.clone(), article: name.to_owned() })
        });
        let right = right.collect::<Result<Vec<_>, _>>()?;
        let body = serde_json::json!({ "text": query.text }).to_string();
        let raw = RawRequest {
            body: body.as_bytes(),
            content_type: Some("application/json"),
            content_encoding: None,
            query: &[],
        };
        let request = parse_match_request(raw, &Limits::default())
            .map_err(|reason| EvalError::Report { query: query.id.clone(), reason })?;
        Ok(Case { query: query.clone(), report: request.report, right })
    }

    /// Answers a case with a model; `None` is the one that comes with the program.
    pub fn answer(&self, case: &Case, model: Option<&Model>) -> Answered {
        let snapshot = self.snapshot();
        let defaults = MatchOptions::default();
        let everything = MatchOptions { limit: MAX_RANK, min_confidence: Confidence::ZERO, ..MatchOptions::default() };
        let (outcome, took_us, ranked) = match model {
            None => {
                let report = case.report.clone();
                let started = Instant::now();
                let answer = self.service.answer(report, &defaults);
                let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                (answer.outcome, took, snapshot.answer(&case.report, &everything))
            }
            Some(model) => {
                let started = Instant::now();
                let answer = snapshot.answer_by(&case.report, &defaults, model);
                let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                (answer.outcome, took, snapshot.answer_by(&case.report, &everything, model))
            }
        };
        let rank = ranked.matches.iter().position(|found| case.right.contains(&found.article.id)).map(|at| at + 1);
        let first = ranked.matches.first();
        Answered {
            id: case.query.id.clone(),
            kind: case.query.kind.clone(),
            answerable: !case.right.is_empty(),
            expected: case.query.article.clone(),
            rank,
            first: first.map(|found| found.article.id.clone()),
            confidence: first.map_or(0.0, |found| found.confidence.value()),
            outcome,
            took_us,
        }
    }

    /// The features of a case's candidates, for fitting.
    pub fn features(&self, case: &Case) -> Vec<FeatureRow> {
        let mut rows = self.snapshot().features(&case.report);
        if let Some((part, _)) = &self.ablated {
            let unknown = |name: &str| part.features().contains(&name);
            for row in &mut rows {
                let named = FEATURES.iter().zip(&mut row.features).filter(|((name, _), _)| unknown(name));
                named.for_each(|(_, value)| *value = 0.0);
            }
        }
        rows
    }

    /// The index, for explanations.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Ends the service; its database is gone afterwards.
    pub async fn close(self) {
        self.service.close().await;
    }
}
