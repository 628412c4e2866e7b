//! How good answers are.
//!
//! hit@k and MRR rank all candidates whatever their confidence, over the reports that some article answers. The others
//! take the first article's confidence, 0 when there is none, over all reports; the first article is right when it is
//! acceptable.

use serde::Serialize;

use super::run::Answered;
use crate::engine::Outcome;

/// Bins of equal mass for the expected calibration error.
const BINS: usize = 10;
/// The precision that coverage is measured at.
const PRECISION: f64 = 0.95;
/// Resamples for the intervals.
const RESAMPLES: usize = 1000;

/// The figures of one run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Metrics {
    /// Number of reports.
    pub queries: usize,
    /// Share of the answerable reports whose first article is acceptable.
    pub hit_at_1: f64,
    /// Share with an acceptable one among the first three.
    pub hit_at_3: f64,
    /// Mean of one over the rank of the first acceptable article, 0 beyond the 20th.
    pub mrr: f64,
    /// Probability that a right first article has a higher confidence than a wrong or unwanted one.
    pub auroc: f64,
    /// Share of the answerable reports that are answered when confidences are cut where 95 % of what is answered is
    /// right; an `ambiguous` outcome is no answer.
    pub coverage_at_p95: f64,
    /// Share of right ones among first articles of confidence 0.9 or more.
    pub precision_at_90: f64,
    /// Expected calibration error over ten bins of equal mass (Guo et al., "On Calibration of Modern Neural Networks",
    /// ICML 2017).
    pub ece: f64,
    /// Mean squared difference between confidence and being right.
    pub brier: f64,
    /// Median time of an answer, in microseconds.
    pub p50_us: u64,
    /// 99th percentile of it.
    pub p99_us: u64,
}

/// One bin of the calibration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bin {
    /// Mean confidence.
    pub confidence: f64,
    /// Share of right first articles.
    pub right: f64,
    /// Number of reports.
    pub count: usize,
}

/// Measures answers.
pub fn measure(answers: &[&Answered]) -> Metrics {
    let answerable: Vec<&&Answered> = answers.iter().filter(|a| a.answerable).collect();
    let share = |count: usize, of: usize| if of == 0 { 0.0 } else { count as f64 / of as f64 };
    let within = |most: usize| answerable.iter().filter(|a| a.rank.is_some_and(|rank| rank <= most)).count();
    let reciprocal: f64 = answerable.iter().filter_map(|a| a.rank).map(|rank| 1.0 / rank as f64).sum();
    let sure: Vec<&&Answered> = answers.iter().filter(|a| a.confidence >= 0.9).collect();
    let mut times: Vec<u64> = answers.iter().map(|a| a.took_us).collect();
    times.sort_unstable();
    let bins = bins(answers);
    let error = bins.iter().map(|bin| (bin.confidence - bin.right).abs() * bin.count as f64).sum::<f64>();
    let squared = answers.iter().map(|a| (a.confidence - f64::from(u8::from(a.is_right()))).powi(2)).sum::<f64>();
    Metrics {
        queries: answers.len(),
        hit_at_1: share(within(1), answerable.len()),
        hit_at_3: share(within(3), answerable.len()),
        mrr: if answerable.is_empty() { 0.0 } else { reciprocal / answerable.len() as f64 },
        auroc: auroc(answers),
        coverage_at_p95: coverage(answers, answerable.len()),
        precision_at_90: share(sure.iter().filter(|a| a.is_right()).count(), sure.len()),
        ece: error / answers.len().max(1) as f64,
        brier: squared / answers.len().max(1) as f64,
        p50_us: quantile(&times, 0.5),
        p99_us: quantile(&times, 0.99),
    }
}

/// The probability that a right answer is more confident than another one, by ranks with ties halved (Hanley and `McNeil`,
/// Radiology 143, 1982).
fn auroc(answers: &[&Answered]) -> f64 {
    let mut scored: Vec<(f64, bool)> = answers.iter().map(|a| (a.confidence, a.is_right())).collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let right = scored.iter().filter(|(_, right)| *right).count();
    let wrong = scored.len() - right;
    if right == 0 || wrong == 0 {
        return 0.5;
    }
    let mut rank_sum = 0.0;
    let mut at = 0;
    while at < scored.len() {
        let ties =
            scored[at..].iter().take_while(|(confidence, _)| confidence.total_cmp(&scored[at].0).is_eq()).count();
        let mean_rank = at as f64 + f64::midpoint(ties as f64, 1.0);
        rank_sum += mean_rank * scored[at..at + ties].iter().filter(|(_, right)| *right).count() as f64;
        at += ties;
    }
    let (right, wrong) = (right as f64, wrong as f64);
    (rank_sum - right * (right + 1.0) / 2.0) / (right * wrong)
}

/// The most answerable reports that a cut on the confidence answers while 95 % of all it answers is right.
fn coverage(answers: &[&Answered], answerable: usize) -> f64 {
    let mut answered: Vec<&&Answered> =
        answers.iter().filter(|a| a.outcome != Outcome::Ambiguous && a.confidence > 0.0).collect();
    answered.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let (mut right, mut covered, mut best) = (0, 0, 0);
    for (count, answer) in answered.iter().enumerate() {
        right += usize::from(answer.is_right());
        covered += usize::from(answer.answerable);
        let last_of_its_confidence = answered.get(count + 1).is_none_or(|next| next.confidence < answer.confidence);
        if last_of_its_confidence && right as f64 >= PRECISION * (count + 1) as f64 {
            best = covered;
        }
    }
    if answerable == 0 { 0.0 } else { best as f64 / answerable as f64 }
}

/// Reports in bins of equal mass by confidence.
pub fn bins(answers: &[&Answered]) -> Vec<Bin> {
    let mut sorted: Vec<&&Answered> = answers.iter().collect();
    sorted.sort_by(|a, b| a.confidence.total_cmp(&b.confidence));
    (0..BINS)
        .filter_map(|bin| {
            let inside = &sorted[bin * sorted.len() / BINS..(bin + 1) * sorted.len() / BINS];
            let count = inside.len();
            (count > 0).then(|| Bin {
                confidence: inside.iter().map(|a| a.confidence).sum::<f64>() / count as f64,
                right: inside.iter().filter(|a| a.is_right()).count() as f64 / count as f64,
                count,
            })
        })
        .collect()
}

/// Lower and upper bound of a figure in 95 of 100 resamples of the reports (percentile bootstrap, Efron 1979). The
/// resamples are the same in every run.
pub fn interval(answers: &[&Answered], figure: impl Fn(&Metrics) -> f64) -> (f64, f64) {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap_or(0)
    };
    let mut figures: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let resample: Vec<&Answered> = (0..answers.len()).map(|_| answers[next(answers.len())]).collect();
            figure(&measure(&resample))
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[quantile_index(figures.len(), share)];
    (at(0.025), at(0.975))
}

fn quantile(sorted: &[u64], share: f64) -> u64 {
    if sorted.is_empty() { 0 } else { sorted[quantile_index(sorted.len(), share)] }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length lies inside it")]
fn quantile_index(length: usize, share: f64) -> usize {
    ((length as f64 * share).ceil() as usize).clamp(1, length) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(confidence: f64, right: bool, answerable: bool) -> Answered {
        Answered {
            id: String::new(),
            kind: "chat".to_owned(),
            answerable,
            expected: None,
            rank: right.then_some(1),
            first: None,
            confidence,
            outcome: Outcome::Match,
            took_us: 10,
        }
    }

    #[test]
    fn figures_are_those_of_the_definitions() {
        let answers = [
            answered(0.95, true, true),
            answered(0.8, true, true),
            answered(0.7, false, true),
            answered(0.2, false, false),
        ];
        let metrics = measure(&answers.iter().collect::<Vec<_>>());
        assert!((metrics.hit_at_1 - 2.0 / 3.0).abs() < 1e-9);
        assert!((metrics.auroc - 1.0).abs() < 1e-9);
        assert!((metrics.coverage_at_p95 - 2.0 / 3.0).abs() < 1e-9);
        assert!((metrics.precision_at_90 - 1.0).abs() < 1e-9);
        let brier = (0.05_f64.powi(2) + 0.2_f64.powi(2) + 0.7_f64.powi(2) + 0.2_f64.powi(2)) / 4.0;
        assert!((metrics.brier - brier).abs() < 1e-9);
    }

    #[test]
    fn ties_of_confidence_count_half() {
        let answers = [answered(0.5, true, true), answered(0.5, false, true)];
        assert!((measure(&answers.iter().collect::<Vec<_>>()).auroc - 0.5).abs() < 1e-9);
    }

    #[test]
    fn an_ambiguous_outcome_is_no_answer() {
        let mut answers = [answered(0.9, true, true), answered(0.8, true, true)];
        answers[1].outcome = Outcome::Ambiguous;
        assert!((measure(&answers.iter().collect::<Vec<_>>()).coverage_at_p95 - 0.5).abs() < 1e-9);
    }
}
