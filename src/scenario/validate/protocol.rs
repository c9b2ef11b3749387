//! The scheme, its rules and its timers.

use super::or;
use crate::protocol::rules::Volatile;
use crate::protocol::{Rules, Scheme};
use crate::scenario::diagnostic::Fallible;
use crate::scenario::format::{missing_key, unknown_name};
use crate::scenario::raw;
use crate::scenario::source::At;
use crate::scenario::validated::Protocol;
use crate::scenario::value::{RuleSet, Span};
use crate::units::SimDuration;

/// `[protocol]`.
pub fn protocol(at: &At<raw::Protocol>, has_tape: bool) -> Fallible<Protocol> {
    let raw = &at.value;
    let scheme = match &raw.scheme {
        Some(scheme) => scheme.value,
        // Tape has a numbering of its own; whether there are disk systems beside it is not known here.
        None if has_tape => Scheme::Group,
        None => return Err(missing_key(at.span, "scheme", &raw::Protocol::keys())),
    };
    let set = raw.rules.as_ref().map_or(RuleSet::Repaired, |rules| rules.value);
    let (name, whole) = match set {
        RuleSet::Repaired => ("repaired", Rules::REPAIRED),
        RuleSet::Literal => ("literal", Rules::LITERAL),
    };
    let mut rules = whole;
    if let Some(table) = &raw.rule {
        for (rule, forms) in &table.value.0 {
            if rule.value == "non-volatile" {
                // A list says all that is lost, whatever the rule set says.
                rules.volatile = Volatile::NONE;
            }
            for form in forms {
                rules.set(&rule.value, &form.value).map_err(|_| unknown_form(&rule.value, form))?;
            }
        }
    }
    let or_ms = |timer: &Option<At<Span>>, default| {
        timer.as_ref().map_or(SimDuration::from_ms(default), |timer| timer.value.0)
    };
    Ok(Protocol {
        scheme,
        rules_name: if rules == whole { name } else { "custom" }.to_owned(),
        rules,
        limit_period: or(raw.limit_period.as_ref(), SimDuration::from_ms(10)),
        marker_interval: or_ms(&raw.marker_interval, 10),
        retransmit_timeout: or_ms(&raw.retransmit_timeout, 200),
    })
}

fn unknown_form(rule: &str, form: &At<String>) -> Box<crate::scenario::diagnostic::Fault> {
    let mut forms = Rules::forms(rule).unwrap_or_default();
    forms.extend(["literal", "repaired"]);
    unknown_name(form, &format!("a form of the rule `{rule}`"), &forms)
}
