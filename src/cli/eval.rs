//! `kbmatch eval`: how good the answers are on reports with known answers.

mod explained;
mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::terminal::{output, output_json};
use super::{Global, OK, Terminal, runtime};
use crate::engine::model::{Model, ModelFile};
use crate::engine::{EnginePart, FEATURES};
use crate::eval::crossval::{cross_validate, fit_all, folds, groups};
use crate::eval::dataset;
use crate::eval::fit::Group;
use crate::eval::metrics::{Metrics, bins, measure};
use crate::eval::plot::reliability;
use crate::eval::run::{Answered, Bench, Case};
use crate::text::counted;

const EXAMPLES: &str = "\
Examples:
  kbmatch eval --kb docs --queries r.jsonl                   a table with intervals
  kbmatch eval --kb docs --queries r.jsonl --json            figures and misses for machines
  kbmatch eval --kb docs --queries r.jsonl --explain t-017   how one report was decided
  kbmatch eval --kb docs --queries r.jsonl --folds 5         cross-validated by article
  kbmatch eval --kb docs --queries r.jsonl --folds 5 --without codes  what the codes are worth
  kbmatch eval --kb docs --queries r.jsonl --fit model.json  fit new parameters and write them

A line of a file is a JSON object: id, kb, article (file name without ending, null where nothing
should match), also (other acceptable articles), kind (ticket, chat, log, payload, negative), text,
source.";

/// Arguments of `eval`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct EvalArgs {
    /// Folder of articles, imported as they are; may be given more than once [default: the setting `kb`, else ./kb]
    #[arg(long, value_name = "DIR", num_args = 1..)]
    kb: Vec<PathBuf>,
    /// File of reports with known answers; may be given more than once
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    queries: Vec<PathBuf>,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// Show how the report with this id was decided
    #[arg(long, value_name = "ID", conflicts_with_all = ["json", "folds", "fit"])]
    explain: Option<String>,
    /// Judge every report by a model fitted without its article, in so many parts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=50))]
    folds: Option<u8>,
    /// Leave out a part of the engine, to see what it is worth: codes, signatures, messages, fields, whole, phrases,
    /// meanings, lines or context
    #[arg(long, value_name = "PART", value_parser = EnginePart::parse, requires = "folds", conflicts_with = "fit")]
    without: Option<EnginePart>,
    /// Fit the model to the reports and write it to this file
    #[arg(long, value_name = "FILE")]
    fit: Option<PathBuf>,
    /// Judge by the model in this file instead of the one that comes with the program
    #[arg(long, value_name = "FILE", conflicts_with = "folds")]
    model: Option<PathBuf>,
    /// Write the candidates of every report with their features to this file, one JSON object a line, for study
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,
    /// Draw the reliability of the confidences as SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct EvalOutput<'a> {
    #[serde(flatten)]
    metrics: Metrics,
    misses: Vec<Miss<'a>>,
}

/// A report whose first article is not acceptable, or that should have none and got one of 0.5 or more.
#[derive(Debug, Serialize)]
struct Miss<'a> {
    id: &'a str,
    expected: Option<&'a str>,
    got: Option<&'a str>,
    confidence: f64,
}

pub(super) fn run(args: &EvalArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    runtime()?.block_on(evaluate(args, global, terminal))
}

async fn evaluate(args: &EvalArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    let queries = dataset::read(&args.queries)?;
    let folders = &global.folders_or(&args.kb)?;
    if let Some(missing) = folders.iter().find(|folder| !folder.exists()) {
        bail!("there is no folder {}; see {}", missing.display(), global.source_of("--kb", "kb"));
    }
    let bar = terminal.progress("loading articles");
    let shown = bar.clone();
    let mut bench = Bench::open(
        folders,
        std::sync::Arc::new(move |done, all, _| {
            shown.set_length(all as u64);
            shown.set_position(done as u64);
        }),
    )
    .await?;
    bar.finish_and_clear();
    if let Some(part) = args.without {
        bench.leave_out(part);
    }
    for (file, reason) in &bench.failed {
        terminal.note(&format!("left out {file}: {reason}"));
    }
    terminal.note(&format!("{}, {}", counted(bench.articles(), "article"), counted(queries.len(), "report")));
    let cases = queries.iter().map(|query| bench.case(query)).collect::<Result<Vec<Case>, _>>()?;
    if let Some(id) = &args.explain {
        let case = cases.iter().find(|case| case.query.id == *id);
        output(&explained::explain(&bench, case.with_context(|| format!("there is no report {id}"))?))?;
    } else {
        let answers = answers(args, &bench, &cases, terminal)?;
        report(args, &answers)?;
    }
    bench.close().await;
    Ok(OK)
}

/// Answers all cases, and fits and writes a model where that is asked for.
fn answers(args: &EvalArgs, bench: &Bench, cases: &[Case], terminal: Terminal) -> anyhow::Result<Vec<Answered>> {
    let bar = terminal.progress("answering reports");
    let step = || bar.inc(1);
    let fitting = args.fit.is_some() || args.folds.is_some() || args.features.is_some();
    bar.set_length(cases.len() as u64 * if fitting { 2 } else { 1 });
    let groups = if fitting { groups(bench, cases, step) } else { Vec::new() };
    if let Some(path) = &args.features {
        write_features(path, cases, &groups)?;
    }
    let mut model = args.model.as_deref().map(read_model).transpose()?;
    if let Some(path) = &args.fit {
        let names: Vec<String> = args.queries.iter().map(|path| path.display().to_string()).collect();
        let data = format!("{} reports of {}", cases.len(), names.join(", "));
        let file = fit_all(&groups, &today(), &data);
        write_model(path, &file)?;
        terminal.note(&format!("wrote {}", path.display()));
        model = Some(Model::new(&file)?);
    }
    let answers = match args.folds {
        Some(count) => cross_validate(bench, cases, &groups, &folds(cases, usize::from(count)), step)?,
        None => cases
            .iter()
            .map(|case| {
                step();
                bench.answer(case, model.as_ref())
            })
            .collect(),
    };
    bar.finish_and_clear();
    Ok(answers)
}

fn report(args: &EvalArgs, answers: &[Answered]) -> anyhow::Result<()> {
    let all: Vec<&Answered> = answers.iter().collect();
    if let Some(path) = &args.plot {
        let title = if args.folds.is_some() { "Reliability, cross-validated" } else { "Reliability" };
        std::fs::write(path, reliability(&bins(&all), title))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    if args.json {
        output_json(&EvalOutput { metrics: measure(&all), misses: misses(answers) })?;
    } else {
        output(&table::table(answers))?;
    }
    Ok(())
}

fn misses(answers: &[Answered]) -> Vec<Miss<'_>> {
    let missed = answers.iter().filter(|a| if a.answerable { !a.is_right() } else { a.confidence >= 0.5 });
    missed
        .map(|a| Miss {
            id: &a.id,
            expected: a.expected.as_deref(),
            got: a.first.as_ref().map(crate::article::Slug::as_str),
            confidence: a.confidence,
        })
        .collect()
}

fn write_features(path: &Path, cases: &[Case], groups: &[Group]) -> anyhow::Result<()> {
    let mut text = String::new();
    for (case, group) in cases.iter().zip(groups) {
        for (row, right) in group.rows.iter().zip(&group.right) {
            let features: serde_json::Map<String, serde_json::Value> = FEATURES
                .iter()
                .zip(row.features)
                .map(|((name, _), value)| ((*name).to_owned(), value.into()))
                .collect();
            let row = serde_json::json!({
                "report": case.query.id, "kind": case.query.kind, "answerable": !case.right.is_empty(),
                "article": row.article, "right": right, "features": features,
            });
            text.push_str(&row.to_string());
            text.push('\n');
        }
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn read_model(path: &Path) -> anyhow::Result<Model> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Model::parse(&text).with_context(|| path.display().to_string())
}

fn write_model(path: &Path, file: &ModelFile) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(file)? + "\n";
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn today() -> String {
    jiff::Timestamp::now().to_string().chars().take(10).collect()
}
