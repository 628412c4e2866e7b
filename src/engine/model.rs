//! The fitted model: from the features of an article to its rank and to a calibrated confidence.
//!
//! Two linear steps. The ranking score is a weighted sum of the features, fitted so that the right article stands before
//! the others. The confidence is the logistic function of the score, its margin over the best rival and the features
//! again, fitted so that it is the share of answers that are right. Weights keep the sign their feature may have, so more
//! evidence never lowers a confidence. The parameters are a data file that names the data it was fitted on; `kbmatch eval
//! --fit` writes a new one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::ahead::{Ahead, MOST_MARGIN};
use super::retrieve::{FEATURE_COUNT, FEATURES, LEADS};

const BUILTIN: &str = include_str!("model.json");

/// Weights of the features by name; a name that is missing weighs nothing.
type Weights = BTreeMap<String, f64>;

/// Fitted parameters as the data file holds them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Date of the fit, `YYYY-MM-DD`.
    pub version: String,
    /// What it was fitted on.
    pub data: String,
    /// Weights of the ranking score.
    pub ranking: Weights,
    /// Constant of the confidence.
    pub intercept: f64,
    /// Weight of the ranking score in the confidence.
    pub score: f64,
    /// Weight of the margin over the best rival.
    pub margin: f64,
    /// Weights of the features in the confidence.
    pub confidence: Weights,
    /// Weights of how far some features stand before those of all other candidates.
    #[serde(default)]
    pub leads: Weights,
}

/// Why a file holds no model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It is no JSON of the right form.
    #[error("the model cannot be read: {0}")]
    Form(#[from] serde_json::Error),
    /// It weighs something that is no feature.
    #[error("the model weighs {0:?}, which is no feature")]
    Unknown(String),
    /// A weight has the wrong sign, so that more evidence would lower a confidence.
    #[error("the weight of {0} has the wrong sign")]
    Sign(String),
}

/// Fitted parameters, ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    ranking: [f64; FEATURE_COUNT],
    intercept: f64,
    score: f64,
    /// Of [`Ahead::terms`].
    ahead: [f64; 1 + LEADS.len()],
    confidence: [f64; FEATURE_COUNT],
}

/// What [`Ahead::terms`] are called in explanations.
const AHEAD: [&str; 1 + LEADS.len()] =
    ["margin over the best rival", "lead of own_code", "lead of error_line_explained"];

static MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::parse(BUILTIN).expect("a test reads the model that comes with the program"));

impl Model {
    /// The model that comes with the program.
    pub fn builtin() -> &'static Self {
        &MODEL
    }

    /// Reads a model's data file.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        Self::new(&serde_json::from_str(text)?)
    }

    /// Takes parameters; refuses unknown features and weights of the wrong sign.
    pub fn new(file: &ModelFile) -> Result<Self, ModelError> {
        let unknown = file.leads.keys().find(|name| !LEADS.contains(&name.as_str()));
        if let Some(name) = unknown {
            return Err(ModelError::Unknown(name.clone()));
        }
        let lead = |name: &str| file.leads.get(name).copied().unwrap_or(0.0);
        let leads = LEADS.map(lead);
        let named = [("score", file.score), ("margin", file.margin)];
        for (what, weight) in named.into_iter().chain(LEADS.into_iter().zip(leads)) {
            if weight < 0.0 {
                return Err(ModelError::Sign(what.to_owned()));
            }
        }
        Ok(Self {
            ranking: in_order(&file.ranking)?,
            intercept: file.intercept,
            score: file.score,
            ahead: [file.margin, leads[0], leads[1]],
            confidence: in_order(&file.confidence)?,
        })
    }

    /// The ranking score of an article.
    pub(super) fn rank(&self, features: &[f32; FEATURE_COUNT]) -> f64 {
        dot(&self.ranking, features)
    }

    /// Log-odds of an article with this score that stands so among the others, term by term with their names.
    pub(super) fn contributions(
        &self,
        features: &[f32; FEATURE_COUNT],
        score: f64,
        ahead: &Ahead,
    ) -> impl Iterator<Item = (&'static str, f64)> {
        debug_assert!((score - self.rank(features)).abs() < 1e-6);
        let terms = FEATURES.iter().enumerate().map(|(at, (name, _))| {
            let weight = self.score * self.ranking[at] + self.confidence[at];
            (*name, weight * f64::from(features[at]))
        });
        let terms = terms.filter(|(_, value)| *value != 0.0);
        let standing = AHEAD.into_iter().zip(self.ahead).zip(ahead.terms());
        let standing =
            standing.map(|((name, weight), value)| (name, weight * value)).filter(|(_, value)| *value != 0.0);
        std::iter::once(("constant", self.intercept)).chain(terms).chain(standing)
    }

    /// Log-odds of standing so far before the best rival.
    pub(super) fn margin_says(&self, margin: f64) -> f64 {
        self.ahead[0] * margin.clamp(-MOST_MARGIN, MOST_MARGIN)
    }
}

fn dot(weights: &[f64; FEATURE_COUNT], features: &[f32; FEATURE_COUNT]) -> f64 {
    weights.iter().zip(features).map(|(weight, feature)| weight * f64::from(*feature)).sum()
}

fn in_order(weights: &Weights) -> Result<[f64; FEATURE_COUNT], ModelError> {
    let mut ordered = [0.0; FEATURE_COUNT];
    for (name, &weight) in weights {
        let at = FEATURES.iter().position(|(known, _)| known == name).ok_or(ModelError::Unknown(name.clone()))?;
        if weight * sign(FEATURES[at].1) < 0.0 {
            return Err(ModelError::Sign(name.clone()));
        }
        ordered[at] = weight;
    }
    Ok(ordered)
}

/// 1 for a feature that speaks for an article, -1 for one that speaks against it.
pub(crate) fn sign(written: char) -> f64 {
    if written == '-' { -1.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_that_comes_with_the_program_can_be_read() {
        assert!(Model::parse(BUILTIN).is_ok());
    }

    #[test]
    fn a_weight_that_would_turn_evidence_against_an_article_is_refused() {
        let mut file: ModelFile = serde_json::from_str(BUILTIN).unwrap();
        file.ranking.insert("own_code".to_owned(), -0.1);
        assert!(matches!(Model::new(&file), Err(ModelError::Sign(name)) if name == "own_code"));
        file.ranking = [("magic".to_owned(), 1.0)].into();
        assert!(matches!(Model::new(&file), Err(ModelError::Unknown(name)) if name == "magic"));
    }
}
