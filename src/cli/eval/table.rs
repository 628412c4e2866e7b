//! The figures of a run as a table for people.

use std::fmt::Write as _;

use crate::eval::metrics::{Metrics, interval, measure};
use crate::eval::run::Answered;
use crate::text::counted;

/// A figure's name and how to read it.
type Figure = (&'static str, fn(&Metrics) -> f64);

/// A row a kind of report, then all of them with an interval for every figure, then what was missed.
pub(super) fn table(answers: &[Answered]) -> String {
    let mut kinds: Vec<&str> = answers.iter().map(|a| a.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut out = format!(
        "{:<10}{:>8}{:>8}{:>8}{:>8}{:>8}{:>10}{:>8}{:>8}{:>8}{:>9}{:>9}\n",
        "kind", "reports", "hit@1", "hit@3", "MRR", "AUROC", "coverage", "p@0.9", "ECE", "Brier", "p50 us", "p99 us"
    );
    for kind in &kinds {
        let of_kind: Vec<&Answered> = answers.iter().filter(|a| a.kind == *kind).collect();
        row(&mut out, kind, &measure(&of_kind), of_kind.iter().any(|a| a.answerable));
    }
    let all: Vec<&Answered> = answers.iter().collect();
    row(&mut out, "all", &measure(&all), true);
    out.push_str("\n95 % intervals over 1,000 resamples of the reports\n");
    let figures: [Figure; 8] = [
        ("hit@1", |m| m.hit_at_1),
        ("hit@3", |m| m.hit_at_3),
        ("MRR", |m| m.mrr),
        ("AUROC", |m| m.auroc),
        ("coverage at 95 % precision", |m| m.coverage_at_p95),
        ("precision at 0.9", |m| m.precision_at_90),
        ("calibration error", |m| m.ece),
        ("Brier score", |m| m.brier),
    ];
    for (name, figure) in figures {
        let (low, high) = interval(&all, figure);
        let _ = writeln!(out, "  {name:<28}{:.3}  {low:.3} to {high:.3}", figure(&measure(&all)));
    }
    misses(&mut out, answers);
    out
}

fn row(out: &mut String, name: &str, metrics: &Metrics, answerable: bool) {
    let ranked = |value: f64| if answerable { format!("{value:.3}") } else { "-".to_owned() };
    let _ = writeln!(
        out,
        "{name:<10}{:>8}{:>8}{:>8}{:>8}{:>8}{:>10}{:>8.3}{:>8.3}{:>8.3}{:>9}{:>9}",
        metrics.queries,
        ranked(metrics.hit_at_1),
        ranked(metrics.hit_at_3),
        ranked(metrics.mrr),
        ranked(metrics.auroc),
        ranked(metrics.coverage_at_p95),
        metrics.precision_at_90,
        metrics.ece,
        metrics.brier,
        metrics.p50_us,
        metrics.p99_us
    );
}

fn misses(out: &mut String, answers: &[Answered]) {
    let missed: Vec<&Answered> =
        answers.iter().filter(|a| if a.answerable { !a.is_right() } else { a.confidence >= 0.5 }).collect();
    let _ = writeln!(out, "\n{}", counted(missed.len(), "miss"));
    for a in missed {
        let _ = writeln!(
            out,
            "  {:<14}{:<10}expected {:<44} got {:<44} {:.2}{}",
            a.id,
            a.kind,
            a.expected.as_deref().unwrap_or("nothing"),
            a.first.as_ref().map_or("nothing", |first| first.as_str()),
            a.confidence,
            a.rank.map_or(String::new(), |rank| format!(" (rank {rank})"))
        );
    }
}
