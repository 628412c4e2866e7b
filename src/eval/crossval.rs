//! Cross-validation by article: every report is judged by a model that was fitted without its article.

use std::collections::BTreeMap;

use super::fit::{Group, fit};
use super::run::{Answered, Bench, Case};
use crate::engine::model::{Model, ModelError, ModelFile};

/// The fold of each case: those of one article are in one fold, and the folds are as even as that allows.
pub fn folds(cases: &[Case], count: usize) -> Vec<usize> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases {
        *sizes.entry(key(case)).or_default() += 1;
    }
    let mut order: Vec<(&str, usize)> = sizes.into_iter().collect();
    order.sort_by_key(|(key, size)| (std::cmp::Reverse(*size), spread(key)));
    let mut filled = vec![0; count.max(1)];
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, size) in order {
        let fold = (0..filled.len()).min_by_key(|&fold| filled[fold]).unwrap_or(0);
        filled[fold] += size;
        of.insert(key, fold);
    }
    cases.iter().map(|case| of[key(case)]).collect()
}

fn key(case: &Case) -> &str {
    case.query.article.as_deref().unwrap_or(&case.query.id)
}

/// FNV-1a: mixes articles whose names sort together, the same in every run.
fn spread(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Candidates of all cases, with what is acceptable.
pub fn groups(bench: &Bench, cases: &[Case], mut done: impl FnMut()) -> Vec<Group> {
    let group = |case: &Case| {
        let rows = bench.features(case);
        let right = rows.iter().map(|row| case.right.contains(&row.article)).collect();
        done();
        Group { rows, right }
    };
    cases.iter().map(group).collect()
}

/// Answers every case by the model of the folds that it is not in.
pub fn cross_validate(
    bench: &Bench,
    cases: &[Case],
    groups: &[Group],
    folds: &[usize],
    mut done: impl FnMut(),
) -> Result<Vec<Answered>, ModelError> {
    let mut answers: Vec<Option<Answered>> = vec![None; cases.len()];
    for fold in 0..=folds.iter().copied().max().unwrap_or(0) {
        let others: Vec<&Group> =
            groups.iter().zip(folds).filter(|(_, of)| **of != fold).map(|(group, _)| group).collect();
        let model = Model::new(&fit(&others, "", ""))?;
        for (at, case) in cases.iter().enumerate().filter(|(at, _)| folds[*at] == fold) {
            answers[at] = Some(bench.answer(case, Some(&model)));
            done();
        }
    }
    Ok(answers.into_iter().flatten().collect())
}

/// Fits a model on all cases.
pub fn fit_all(groups: &[Group], version: &str, data: &str) -> ModelFile {
    fit(&groups.iter().collect::<Vec<_>>(), version, data)
}
