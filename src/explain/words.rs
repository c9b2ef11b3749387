//! What was found, in words: paragraphs for a person, each saying only what was run.

use std::fmt::Write as _;

use super::cause::{Cause, NoPromise, Remedy, RuleCause, Tried, Unpromising};
use super::cut_off::CutOff;
use super::rule_words::what_it_does;
use crate::protocol::Scheme;
use crate::scenario::Scenario;
use crate::units::{GroupId, SimDuration, SimTime};

/// The cause of a violation, told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// One word for a program: `rules`, `no-promise`, `cut-off`, `saturated`, `bug`, `gave-up`, `not-searched`.
    pub kind: &'static str,
    /// What let it happen.
    pub cause: Vec<String>,
    /// What was run to mend it, and what came of it.
    pub remedies: Vec<String>,
}

/// `cause`, told.
pub fn account(cause: &Cause) -> Account {
    match cause {
        Cause::Rules(rules) => Account {
            kind: "rules",
            cause: rules_told(rules),
            remedies: rules.remedies.iter().map(remedy_told).collect(),
        },
        Cause::NoPromise(found) => Account {
            kind: "no-promise",
            cause: vec![no_promise_told(found)],
            remedies: found.remedies.iter().map(remedy_told).collect(),
        },
        Cause::CutOff(cut_off) => Account {
            kind: if cut_off.line.is_saturated_by_resends() { "saturated" } else { "cut-off" },
            cause: cut_off_told(cut_off),
            remedies: cut_off.remedies.iter().map(remedy_told).collect(),
        },
        Cause::Bug => Account {
            kind: "bug",
            cause: vec![
                "every rule is repaired, the scheme promises this check, and the run was not cut off: this is a bug \
                 of rcsim. Please report the scenario and the seed."
                    .into(),
            ],
            remedies: vec![],
        },
        Cause::GaveUp(after) => Account {
            kind: "gave-up",
            cause: vec![format!(
                "not found: the search stopped at its bound, {} of simulated time.",
                rounded(*after)
            )],
            remedies: vec![],
        },
        Cause::NotSearched => Account {
            kind: "not-searched",
            cause: vec!["not searched for, since several runs were made; `rcsim explain` searches for it.".into()],
            remedies: vec![],
        },
    }
}

fn remedy_told(remedy: &Remedy) -> String {
    let set: Vec<String> = remedy.set.iter().map(|set| format!("--set {}", quoted(set))).collect();
    let came = if !remedy.finished {
        format!("stopped at {}: it took too many events", remedy.ended_at)
    } else if remedy.holds {
        "the order holds".to_owned()
    } else if let Some((check, at)) = remedy.breaks {
        format!("{check} still breaks, at {at}")
    } else {
        "the order is still broken".to_owned()
    };
    format!("{}: {came}.", set.join(" "))
}

/// A setting as a shell takes it for one word.
fn quoted(set: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if set.chars().all(is_plain) { set.to_owned() } else { format!("'{}'", set.replace('\'', r"'\''")) }
}

fn rules_told(cause: &RuleCause) -> Vec<String> {
    let mut told = Vec::new();
    let enough: Vec<&Tried> = cause.tried.iter().filter(|tried| tried.alone == Some(true)).collect();
    let only_one = cause.tried.len() == 1;
    for tried in enough.iter().take(2) {
        let does = what_it_does(&tried.departure);
        let does = if does.is_empty() { String::new() } else { format!(": {does}") };
        let (departure, cures) = (tried.departure, tried.cures);
        told.push(match cures {
            _ if only_one => {
                format!("rule {departure} lets it happen{does}. With this rule repaired it does not happen on this seed.")
            }
            Some(true) => format!(
                "rule {departure}{does}. This alone is enough (every other rule repaired), and repairing \
                 this alone cures this run."
            ),
            Some(false) => format!(
                "rule {departure}{does}. This alone is enough (every other rule repaired); repairing this alone does \
                 not cure this run."
            ),
            None => format!("rule {departure}{does}. This alone is enough (every other rule repaired)."),
        });
    }
    if enough.len() > 2 {
        let names: Vec<String> = enough[2..].iter().map(|tried| tried.departure.to_string()).collect();
        told.push(format!("Each of these alone is enough too: {}.", names.join(", ")));
    }
    if enough.is_empty() && !cause.together.is_empty() {
        let names: Vec<String> = cause.together.iter().map(ToString::to_string).collect();
        let least = if cause.together_is_least { "; without any one of them it does not happen" } else { "" };
        told.push(format!(
            "no rule alone: these are enough together (every other rule repaired){least}: {}.",
            names.join(", ")
        ));
        for tried in cause.tried.iter().filter(|tried| cause.together.contains(&tried.departure)) {
            let does = what_it_does(&tried.departure);
            told.push(match tried.cures {
                Some(true) => {
                    format!("{}: {does}. Repairing this alone cures this run.", tried.departure)
                }
                Some(false) => {
                    format!("{}: {does}. Repairing this alone does not cure this run.", tried.departure)
                }
                None => format!("{}: {does}.", tried.departure),
            });
        }
    } else if enough.is_empty() {
        told.push(
            "the rules: with every rule repaired it does not happen; which of them is not known.".into(),
        );
    }
    if let Some(after) = cause.gave_up {
        let untried: Vec<String> = cause
            .tried
            .iter()
            .filter(|tried| tried.alone.is_none())
            .map(|tried| tried.departure.to_string())
            .collect();
        let untried =
            if untried.is_empty() { String::new() } else { format!(" Not tried: {}.", untried.join(", ")) };
        told.push(format!("The search stopped at its bound, {} of simulated time.{untried}", rounded(after)));
    }
    told
}

/// What a write is compared by, in words: a time stamp, or the set that it belongs to.
pub(super) fn key_told(scenario: &Scenario, group: GroupId, stamp: u64) -> String {
    if scenario.goes_by_sets(group) {
        format!("set {stamp}")
    } else {
        format!("stamp {}", SimTime::from_ns(stamp))
    }
}

/// A limit, in words.
pub(super) fn limit_told(scenario: &Scenario, group: GroupId, stamp: u64) -> String {
    if scenario.goes_by_sets(group) {
        format!("limit of set {stamp}")
    } else {
        format!("limit time {}", SimTime::from_ns(stamp))
    }
}

fn no_promise_told(found: &NoPromise) -> String {
    match &found.of {
        Unpromising::Scheme(Scheme::None) => {
            "scheme none promises nothing: it destages in the order of arrival, and nothing holds a write back for an \
             earlier one."
                .into()
        }
        Unpromising::Scheme(Scheme::TimestampOnly) => {
            "scheme timestamp-only promises nothing: it assumes that everything before a received stamp has \
             been received too, and without numbers it cannot see a gap."
                .into()
        }
        Unpromising::Scheme(Scheme::AdaptiveCopy) => {
            "scheme adaptive-copy promises no order: it sends what has changed in any order, and only as it is now."
                .into()
        }
        Unpromising::Scheme(
            scheme @ (Scheme::Pair
            | Scheme::RemoteSystem
            | Scheme::Group
            | Scheme::Synchronous
            | Scheme::InOrderTransport
            | Scheme::Epoch
            | Scheme::Cut),
        ) => format!("scheme {scheme} does not promise this check."),
        Unpromising::Tape(system) => format!(
            "numbering none of {system} promises nothing: blocks are written, and reads answered, in the order of \
             arrival."
        ),
    }
}

fn cut_off_told(cut_off: &CutOff) -> Vec<String> {
    let mut told = Vec::new();
    let drain = cut_off.drain_limit;
    if cut_off.tape {
        told.push(format!(
            "the run was cut off: it reached its drain limit ({drain}) before every job was over."
        ));
    } else if cut_off.under_way == 0 {
        told.push(format!(
            "the run was cut off: it reached its drain limit ({drain} after hosts stopped) before the local site had seen \
             every write completed."
        ));
    } else {
        let mut first = format!(
            "the run was cut off: it reached its drain limit ({drain} after hosts stopped) with {} of {} \
             completed writes still outstanding",
            count(cut_off.under_way),
            count(cut_off.acknowledged)
        );
        if cut_off.cached > 0 {
            let _ = write!(first, ", {} of them in a remote cache", count(cut_off.cached));
        }
        told.push(first + ".");
    }
    for (name, _, end) in cut_off.faults.iter().take(3) {
        told.push(format!("The {name} was still on when the run ended: it lasts until {end}."));
    }
    let line = &cut_off.line;
    if line.packets > 0 {
        told.push(line_told(cut_off));
    }
    told
}

fn line_told(cut_off: &CutOff) -> String {
    let line = &cut_off.line;
    let mut told = if line.is_saturated_by_resends() {
        format!(
            "Resends had saturated line {}: they took {} of what was sent on it ({} of {} packets)",
            line.name,
            share(line.resend_share()),
            count(line.resends),
            count(line.packets)
        )
    } else if line.lost == line.packets {
        format!("The network lost all {} packets that were sent on line {}", count(line.packets), line.name)
    } else {
        format!(
            "Line {} was sent {} packets, {} of them lost; resends took {} of the bytes",
            line.name,
            count(line.packets),
            count(line.lost),
            share(line.resend_share())
        )
    };
    if let Some(used) = line.use_of_line {
        let _ = write!(told, "; in all it was sent {} what it carries", times(used));
    }
    told.push('.');
    if let Some(load) = line.load.filter(|&load| load > 1.0) {
        let _ = write!(told, " Without resends, hosts wrote {} what it carries.", times(load));
    }
    if let (Some(round_trip), Some(resent_after)) = (cut_off.round_trip, cut_off.resent_after)
        && resent_after < round_trip
    {
        let _ = write!(
            told,
            " Writes were resent after {}, and no completion came back in less than {}.",
            rounded(resent_after),
            rounded(round_trip)
        );
    }
    told
}

/// A share in percent, rounded down: what is not all is not told as all.
fn share(share: f64) -> String {
    let tenths = (share * 1000.0) as u64;
    if tenths < 100 || (990..1000).contains(&tenths) {
        format!("{}.{} %", tenths / 10, tenths % 10)
    } else {
        format!("{} %", tenths / 10)
    }
}

/// How many times, or which part: `70 times`, `43 % of`.
fn times(share: f64) -> String {
    match share {
        share if share >= 10.0 => format!("{share:.0} times"),
        share if share > 1.0 => format!("{share:.2} times"),
        share => format!("{} of", self::share(share)),
    }
}

/// A count with its thousands apart.
fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut told = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// A span to three digits.
fn rounded(span: SimDuration) -> SimDuration {
    let ns = span.as_ns();
    let digits = ns.checked_ilog10().unwrap_or(0);
    let unit = 10_u64.pow(digits.saturating_sub(2));
    SimDuration::from_ns(ns.saturating_add(unit / 2) / unit * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_as_a_person_would() {
        assert_eq!(
            [count(0), count(999), count(1_000), count(2_987_299)],
            ["0", "999", "1,000", "2,987,299"]
        );
        assert_eq!(
            [share(0.0), share(0.054), share(0.5), share(0.9959), share(1.0)],
            ["0.0 %", "5.4 %", "50 %", "99.5 %", "100 %"]
        );
        assert_eq!([times(0.4), times(1.3), times(70.48)], ["40 % of", "1.30 times", "70 times"]);
        assert_eq!(rounded(SimDuration::from_ns(544_012_345)).to_string(), "544ms");
        assert_eq!(rounded(SimDuration::from_ns(7)).to_string(), "7ns");
    }
}
