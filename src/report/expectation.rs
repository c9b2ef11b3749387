//! Was `[expect]` met? The one place that compares it with a verdict.

use crate::checker::Verdict;
use crate::scenario::validated::{Expect, ExpectOrder};

/// The name of the verdict in results and in `[expect]`.
pub(super) const fn verdict_name(holds: bool) -> &'static str {
    if holds { "holds" } else { "broken" }
}

/// What `verdict` does not meet, a phrase each; nothing if it is as expected.
pub fn unmet(expect: &Expect, verdict: &Verdict) -> Vec<String> {
    let mut unmet = Vec::new();
    let found = verdict_name(verdict.holds());
    let order = expect.order.map(|order| verdict_name(order == ExpectOrder::Holds));
    if let Some(expected) = order
        && expected != found
    {
        unmet.push(format!("order: expected {expected}, found {found}"));
    }
    for (&check, &expected) in &expect.checks {
        let found = verdict.checks.get(check);
        if expected != found {
            unmet.push(format!("{check}: expected {expected}, found {found}"));
        }
    }
    unmet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::{Check, CheckState, CheckStates};

    fn verdict(broken: &[Check]) -> Verdict {
        let mut checks = CheckStates::default();
        checks.set(Check::PairOrder, CheckState::Holds);
        for &check in broken {
            checks.set(check, CheckState::Broken);
        }
        Verdict { checks, ..Verdict::default() }
    }

    fn expect(order: Option<ExpectOrder>, checks: &[(Check, CheckState)]) -> Expect {
        Expect { order, checks: checks.iter().copied().collect() }
    }

    #[test]
    fn the_verdict_is_compared() {
        let (holds, broken) = (Some(ExpectOrder::Holds), Some(ExpectOrder::Broken));
        for (order, breaks, met) in [
            (holds, false, true),
            (holds, true, false),
            (broken, false, false),
            (broken, true, true),
            (None, false, true),
            (None, true, true),
        ] {
            let verdict = verdict(if breaks { &[Check::Causal] } else { &[] });
            assert_eq!(unmet(&expect(order, &[]), &verdict).is_empty(), met, "{order:?}, breaks: {breaks}");
        }
    }

    #[test]
    fn each_check_is_compared_beside_the_verdict() {
        let verdict = verdict(&[Check::DestageOrder]);
        let holds = Some(ExpectOrder::Holds);
        let as_found = expect(holds, &[(Check::DestageOrder, CheckState::Broken)]);
        assert_eq!(unmet(&as_found, &verdict), [""; 0]);
        let other = expect(
            holds,
            &[(Check::DestageOrder, CheckState::Holds), (Check::TapeOrder, CheckState::Broken)],
        );
        assert_eq!(
            unmet(&other, &verdict),
            ["destage-order: expected holds, found broken", "tape-order: expected broken, found not-checked"]
        );
    }
}
