//! The reports with known answers: enough of each kind, and the held-out third is the one that its rule names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kbmatch::eval::dataset::{Query, read};
use sha2::{Digest as _, Sha256};

fn reports(side: &str) -> Vec<Query> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reports").join(side);
    let files: Vec<PathBuf> =
        ["mixed", "msvc", "nuget", "runbooks", "vendors"].map(|kb| folder.join(format!("{kb}.jsonl"))).into();
    read(&files).unwrap()
}

#[test]
fn there_are_enough_reports_of_every_kind_and_knowledge_base() {
    let all: Vec<Query> = reports("dev").into_iter().chain(reports("held-out")).collect();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut per_article: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut matched: BTreeMap<&str, usize> = BTreeMap::new();
    for report in &all {
        *kinds.entry(&report.kind).or_default() += 1;
        if let Some(article) = &report.article {
            *per_article.entry((&report.kb, article)).or_default() += 1;
            *matched.entry(&report.kb).or_default() += 1;
        }
        assert!(!report.source.is_empty(), "{} has no source", report.id);
    }
    assert!(kinds.values().all(|count| *count >= 80) && kinds.len() == 5, "{kinds:?}");
    assert!(matched.values().all(|count| *count >= 30) && matched.len() == 5, "{matched:?}");
    assert!(
        per_article.len() >= 120 && per_article.values().all(|count| *count <= 3),
        "{} articles",
        per_article.len()
    );
    let ids: BTreeSet<&str> = all.iter().map(|report| report.id.as_str()).collect();
    assert_eq!(ids.len(), all.len());
}

#[test]
fn every_article_of_the_vendors_that_is_asked_for_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/vendors");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    let reports: Vec<Query> = reports("dev").into_iter().chain(reports("held-out")).collect();
    let asked = reports.iter().filter(|report| report.kb == "vendors");
    let asked: BTreeSet<&String> = asked.flat_map(|report| report.article.iter().chain(&report.also)).collect();
    let missing: Vec<&&String> = asked.iter().filter(|article| !there.contains(**article)).collect();
    assert!(missing.is_empty() && asked.len() >= 50, "{missing:?} of {}", asked.len());
}

#[test]
fn the_held_out_third_is_chosen_by_article() {
    for (side, held_out) in [("dev", false), ("held-out", true)] {
        for report in reports(side) {
            let key = report.article.as_ref().map_or(report.id.clone(), |article| format!("{}/{article}", report.kb));
            let remainder = Sha256::digest(key).iter().fold(0, |sum, byte| (sum * 256 + u32::from(*byte)) % 3);
            assert_eq!(remainder == 0, held_out, "{} is on the wrong side", report.id);
        }
    }
}
