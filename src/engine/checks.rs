//! Checks: the cause of an article held against what the report carries besides the error.

use super::compiled::CompiledCheck;
use super::evaluate::Reading;
use super::{CheckOutcome, CheckResult};

/// What a report says to one check.
pub(super) type CheckVerdict = CheckOutcome;

/// Evaluates checks. A report that both confirms and contradicts says nothing sure, so it counts as contradicted: the
/// engineer should look.
pub(super) fn run(checks: &[CompiledCheck], reading: &Reading<'_>) -> Vec<CheckVerdict> {
    checks
        .iter()
        .map(|check| {
            let holds = |node: &Option<super::compiled::Node>| {
                node.as_ref().is_some_and(|node| !node.evaluate(reading).is_empty())
            };
            let result = if holds(&check.contradicts) {
                CheckResult::Contradicted
            } else if holds(&check.confirms) {
                CheckResult::Confirmed
            } else {
                CheckResult::NotSeen
            };
            CheckOutcome { name: check.name.clone(), result }
        })
        .collect()
}
