//! How the candidates of one report stand among each other.

use std::sync::LazyLock;

use super::retrieve::{FEATURE_COUNT, FEATURES, LEADS};

/// Margins beyond this, in units of the ranking score, say no more.
pub(crate) const MOST_MARGIN: f64 = 3.0;

/// How a candidate stands among the others of its report.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Ahead {
    /// Its ranking score less the best other one's.
    pub(crate) margin: f64,
    /// The features of [`LEADS`] less the best other ones.
    pub(crate) leads: [f64; LEADS.len()],
}

impl Ahead {
    /// What the confidence weighs, beside the features: the margin and the leads.
    pub(crate) fn terms(&self) -> [f64; 1 + LEADS.len()] {
        let mut terms = [self.margin.clamp(-MOST_MARGIN, MOST_MARGIN); 1 + LEADS.len()];
        terms[1..].copy_from_slice(&self.leads);
        terms
    }
}

/// How candidates with these ranking scores and features stand among each other.
pub(crate) fn ahead(candidates: &[(f64, &[f32; FEATURE_COUNT])]) -> Vec<Ahead> {
    let lead = |of: &dyn Fn(usize) -> f64, alone: f64| -> Vec<f64> {
        let mut best = [f64::NEG_INFINITY; 2];
        for value in (0..candidates.len()).map(of) {
            if value >= best[0] {
                best = [value, best[0]];
            } else if value > best[1] {
                best[1] = value;
            }
        }
        let rival = |value: f64| if value >= best[0] { best[1] } else { best[0] };
        let before = |value: f64| if candidates.len() > 1 { value - rival(value) } else { alone.max(value) };
        (0..candidates.len()).map(|at| before(of(at))).collect()
    };
    let margins = lead(&|at| candidates[at].0, MOST_MARGIN);
    let leads = LEADED.map(|feature| lead(&|at| f64::from(candidates[at].1[feature]), 0.0));
    let ahead = |(at, margin): (usize, f64)| Ahead { margin, leads: leads.each_ref().map(|lead| lead[at]) };
    margins.into_iter().enumerate().map(ahead).collect()
}

/// Positions of the features of [`LEADS`].
static LEADED: LazyLock<[usize; LEADS.len()]> = LazyLock::new(|| {
    LEADS.map(|lead| FEATURES.iter().position(|(name, _)| *name == lead).expect("leads are features"))
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_stands_before_the_second_and_all_others_behind_the_first() {
        let code = LEADED[0];
        let features = |own_code: f32| {
            let mut features = [0.0; FEATURE_COUNT];
            features[code] = own_code;
            features
        };
        let all = [features(0.0), features(1.0), features(0.25)];
        let scored: Vec<_> = [5.0, 4.0, 1.0].into_iter().zip(&all).collect();
        let standing = ahead(&scored);
        let terms = standing.iter().map(Ahead::terms);
        let shown: Vec<_> = terms.map(|terms| terms.map(|term| format!("{term:+.2}"))).collect();
        assert_eq!(shown, [["+1.00", "-1.00", "+0.00"], ["-1.00", "+0.75", "+0.00"], ["-3.00", "-0.75", "+0.00"]]);
    }

    #[test]
    fn one_alone_stands_as_far_ahead_as_counts() {
        let features = [0.0; FEATURE_COUNT];
        let standing = ahead(&[(1.0, &features)]);
        assert!((standing[0].terms()[0] - MOST_MARGIN).abs() < 1e-9);
    }
}
