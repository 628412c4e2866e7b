//! Fitting the engine's model to reports with known answers.
//!
//! The ranking is a conditional logit (`McFadden`, 1974) over the candidates of each answerable report; the confidence a
//! logistic regression on the first candidate. Both are fitted by projected gradient steps with Adam (Kingma and Ba,
//! 2015) under an L2 penalty, every weight kept to the sign its feature may have.

use std::collections::BTreeMap;

use crate::engine::ahead::ahead;
use crate::engine::model::{ModelFile, sign};
use crate::engine::{FEATURES, FeatureRow, LEADS, UNRANKED};

/// Pull of the weights towards zero, per report.
const RANKING_PENALTY: f64 = 0.0005;
const CONFIDENCE_PENALTY: f64 = 0.0005;
const STEPS: usize = 2500;
const RATE: f64 = 0.05;

/// A report's candidates and which of them are acceptable.
#[derive(Debug, Clone)]
pub struct Group {
    /// The candidates.
    pub rows: Vec<FeatureRow>,
    /// Whether each is acceptable.
    pub right: Vec<bool>,
}

/// Parameters by position.
struct Fitted {
    ranking: Vec<f64>,
    confidence: Vec<f64>,
}

/// Fits a model. `parts` is the number of parts that the reports are cut into so that no confidence is fitted on a
/// ranking that has seen its report.
pub fn fit(groups: &[&Group], version: &str, data: &str) -> ModelFile {
    const PARTS: usize = 4;
    let mut examples = Vec::new();
    for part in 0..PARTS {
        let of = |keep: bool| -> Vec<&Group> {
            let chosen = groups.iter().enumerate().filter(|(at, _)| (at % PARTS == part) == keep);
            chosen.map(|(_, group)| *group).collect()
        };
        let ranking = fit_ranking(&of(false));
        examples.extend(of(true).into_iter().filter_map(|group| example(group, &ranking)));
    }
    let fitted = Fitted { ranking: fit_ranking(groups), confidence: fit_confidence(&examples) };
    let named = |weights: &[f64]| -> BTreeMap<String, f64> {
        let rounded = weights.iter().map(|weight| (weight * 1e4).round() / 1e4);
        let pairs = FEATURES.iter().map(|(name, _)| (*name).to_owned()).zip(rounded);
        pairs.filter(|(_, weight)| *weight != 0.0).collect()
    };
    let round = |value: f64| (value * 1e4).round() / 1e4;
    ModelFile {
        version: version.to_owned(),
        data: data.to_owned(),
        ranking: named(&fitted.ranking),
        intercept: round(fitted.confidence[0]),
        score: round(fitted.confidence[1]),
        margin: round(fitted.confidence[2]),
        leads: LEADS.iter().zip(&fitted.confidence[3..]).map(|(name, w)| ((*name).to_owned(), round(*w))).collect(),
        confidence: named(&fitted.confidence[3 + LEADS.len()..]),
    }
}

/// The first candidate of a report as an example for the confidence: constant, score, how it stands among the others,
/// features; and whether it is right.
fn example(group: &Group, ranking: &[f64]) -> Option<(Vec<f64>, bool)> {
    let scored: Vec<_> = group.rows.iter().map(|row| (dot(ranking, &row.features), &row.features)).collect();
    let first = (0..scored.len()).min_by(|&a, &b| scored[b].0.total_cmp(&scored[a].0))?;
    let standing = ahead(&scored);
    let mut values = vec![1.0, scored[first].0];
    values.extend(standing[first].terms());
    values.extend(group.rows[first].features.iter().map(|value| f64::from(*value)));
    Some((values, group.right[first]))
}

fn dot(weights: &[f64], features: &[f32]) -> f64 {
    weights.iter().zip(features).map(|(weight, feature)| weight * f64::from(*feature)).sum()
}

/// Reports without an acceptable candidate say nothing about the order.
fn fit_ranking(groups: &[&Group]) -> Vec<f64> {
    let useful: Vec<&&Group> = groups.iter().filter(|g| g.right.contains(&true) && g.right.contains(&false)).collect();
    let signs: Vec<f64> = FEATURES.iter().map(|(_, written)| sign(*written)).collect();
    let penalty = vec![RANKING_PENALTY; signs.len()];
    let ranked = |row: &FeatureRow| {
        let mut features = row.features;
        let unranked = FEATURES.iter().zip(&mut features).filter(|((name, _), _)| UNRANKED.contains(name));
        unranked.for_each(|(_, value)| *value = 0.0);
        features
    };
    let useful: Vec<(Vec<_>, &[bool])> =
        useful.iter().map(|group| (group.rows.iter().map(ranked).collect(), group.right.as_slice())).collect();
    minimise(&signs, &penalty, |weights, gradient| {
        for (rows, right) in &useful {
            let scores: Vec<f64> = rows.iter().map(|features| dot(weights, features)).collect();
            let most = scores.iter().copied().fold(f64::MIN, f64::max);
            let expected: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
            let all: f64 = expected.iter().sum();
            let accepted: f64 = expected.iter().zip(*right).filter(|(_, right)| **right).map(|(e, _)| e).sum();
            for ((features, &e), &right) in rows.iter().zip(&expected).zip(*right) {
                let pull = e / all - if right { e / accepted.max(1e-12) } else { 0.0 };
                for (slot, feature) in gradient.iter_mut().zip(features) {
                    *slot += pull * f64::from(*feature) / useful.len().max(1) as f64;
                }
            }
        }
    })
}

fn fit_confidence(examples: &[(Vec<f64>, bool)]) -> Vec<f64> {
    // The constant may have either sign.
    let mut signs = vec![0.0, 1.0];
    signs.extend([1.0; 1 + LEADS.len()]);
    signs.extend(FEATURES.iter().map(|(_, written)| sign(*written)));
    let mut penalty = vec![CONFIDENCE_PENALTY; signs.len()];
    penalty[0] = 0.0;
    minimise(&signs, &penalty, |weights, gradient| {
        for (values, right) in examples {
            let logit: f64 = weights.iter().zip(values).map(|(w, v)| w * v).sum();
            let error = 1.0 / (1.0 + (-logit).exp()) - f64::from(u8::from(*right));
            for (slot, value) in gradient.iter_mut().zip(values) {
                *slot += error * value / examples.len().max(1) as f64;
            }
        }
    })
}

/// Adam with projection: a weight never leaves the side of its sign (0 leaves it free).
fn minimise(signs: &[f64], penalty: &[f64], gradient_of: impl Fn(&[f64], &mut [f64])) -> Vec<f64> {
    const DECAY: f64 = 0.9;
    const DECAY_SQUARE: f64 = 0.999;
    let mut weights: Vec<f64> = signs.iter().map(|sign| 0.1 * sign).collect();
    let mut mean = vec![0.0; weights.len()];
    let mut square = vec![0.0; weights.len()];
    for step in 1..=STEPS {
        let mut gradient: Vec<f64> = weights.iter().zip(penalty).map(|(weight, pull)| 2.0 * pull * weight).collect();
        gradient_of(&weights, &mut gradient);
        let rate = RATE * (1.0 - step as f64 / (STEPS as f64 * 1.05));
        let power = i32::try_from(step).unwrap_or(i32::MAX);
        for at in 0..weights.len() {
            mean[at] = DECAY * mean[at] + (1.0 - DECAY) * gradient[at];
            square[at] = DECAY_SQUARE * square[at] + (1.0 - DECAY_SQUARE) * gradient[at].powi(2);
            let corrected = mean[at] / (1.0 - DECAY.powi(power));
            let spread = (square[at] / (1.0 - DECAY_SQUARE.powi(power))).sqrt();
            weights[at] -= rate * corrected / (spread + 1e-8);
            if weights[at] * signs[at] < 0.0 {
                weights[at] = 0.0;
            }
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Slug;
    use crate::engine::model::Model;

    /// Two candidates, of which the right one has more of the first feature.
    fn group(right: f32, wrong: f32) -> Group {
        let row = |value: f32| {
            let mut features = [0.0; FEATURES.len()];
            features[0] = value;
            FeatureRow { article: Slug::new("a").unwrap(), features }
        };
        Group { rows: vec![row(wrong), row(right)], right: vec![false, true] }
    }

    #[test]
    fn what_tells_right_from_wrong_gets_the_weight_and_no_sign_turns() {
        let groups: Vec<Group> = (0..40_u8).map(|at| group(2.0 + f32::from(at % 5), 1.0)).collect();
        let file = fit(&groups.iter().collect::<Vec<_>>(), "2026-01-01", "test");
        assert!(file.ranking["retrieval"] > 0.5);
        assert!(Model::new(&file).is_ok());
    }
}
