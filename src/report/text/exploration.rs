//! What an exploration found, for a person.

use super::wrap::wrap;
use super::{Paint, Style, bytes, count, plural, seconds};
use crate::checker::Check;
use crate::explore::{About, Found, Stop};
use crate::report::exploration::{CounterexampleResult, ExplorationResult};

/// Steps of a quiet network that are told before the rest is left out.
const MOST_AFTER: usize = 12;

/// What an exploration took: of this machine, and no part of the result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spent {
    /// Seconds.
    pub seconds: f64,
    /// The most bytes of memory that were in use, where the system says.
    pub memory: Option<u64>,
}

/// The page.
pub fn exploration(
    scope: &About,
    found: &Found,
    result: &ExplorationResult,
    spent: Spent,
    style: Style,
) -> String {
    let mut lines = vec![style.paint(&heading(scope), Paint::Heading), String::new()];
    lines.extend(wrap(&within(result), "  ", 2));
    if !result.reductions.is_empty() {
        lines.extend(wrap(&format!("Reductions: {}.", result.reductions.join("; ")), "  ", 2));
    }
    lines.extend(wrap(&size(found, result, spent), "  ", 2));
    let actions: Vec<String> =
        found.fired.iter().map(|(kind, times)| format!("{} {}", kind.name(), count(*times))).collect();
    lines.extend(wrap(&format!("Actions: {}.", actions.join(", ")), "  ", 2));
    lines.extend(wrap(&format!("Not in this scope: {}.", result.excluded.join(", ")), "  ", 2));
    lines.push(String::new());
    for (check, state) in &result.checks {
        let paint = match *state {
            "holds" => Paint::Good,
            "broken" => Paint::Bad,
            _ => Paint::Plain,
        };
        let length = result.counterexamples.iter().find(|one| one.check == *check);
        let after = length.map_or(String::new(), |one| format!(" after {}", plural(one.length, "step")));
        let applies = Check::from_name(check).is_some_and(|check| scope.applies.has(check));
        if *state != "not-judged" && applies {
            lines.push(format!("  {check:<20} {}{after}", style.paint(state, paint)));
        }
    }
    for one in &result.counterexamples {
        lines.push(String::new());
        lines.extend(counterexample(one));
    }
    lines.push(String::new());
    lines.extend(wrap(verdict(found, result), "  ", 2));
    lines.join("\n") + "\n"
}

fn heading(scope: &About) -> String {
    let scenario = scope.scenario;
    if scenario.title.is_empty() {
        scenario.name.clone()
    } else {
        format!("{}: {}", scenario.name, scenario.title)
    }
}

fn within(result: &ExplorationResult) -> String {
    let bounds = result.bounds;
    let is_tape = result.numbering.is_some();
    let mut parts = vec![plural(bounds.writes, if is_tape { "block" } else { "write" })];
    for (times, what) in [
        (bounds.losses, "loss"),
        (bounds.duplicates, "duplicate"),
        (bounds.control_losses, "lost control message"),
        (bounds.crashes, "crash"),
        (bounds.markers, "marker"),
        (bounds.resends, "resend"),
        (bounds.cuts, "cut"),
    ] {
        if is_tape && matches!(what, "lost control message" | "crash" | "marker") {
            continue; // Of disk alone.
        }
        if what == "cut" && result.scheme != "cut" {
            continue; // Of that scheme alone.
        }
        let many = if what.ends_with('s') || what.ends_with('h') { "es" } else { "s" };
        parts.push(format!("{times} {what}{}", if times == 1 { "" } else { many }));
    }
    let what = result.numbering.as_ref();
    let what =
        what.map_or_else(|| format!("Scheme {}", result.scheme), |by| format!("Tape, numbered by {by}"));
    format!(
        "{what}, rules {}: every interleaving of {}, with a disaster in every state.",
        result.rules,
        parts.join(", ")
    )
}

fn size(found: &Found, result: &ExplorationResult, spent: Spent) -> String {
    let rate = found.states as f64 / spent.seconds.max(1e-9);
    let memory =
        spent.memory.map_or(String::new(), |memory| format!(", {} of memory at most", bytes(memory)));
    let parts: Vec<String> =
        found.parts.iter().map(|(name, many)| format!("{} of {name}", count(*many as u64))).collect();
    format!(
        "{} distinct states, {} generated, depth {}; {:.1} steps lead out of a state, {} at most. {} ({} states a \
         second); {:.0} bytes a state in the table{memory}. States are compared whole: the odds that one is \
         taken for another are 0. Distinct parts: {}.",
        count(found.states),
        count(found.transitions),
        found.depth,
        result.out_degree.mean,
        result.out_degree.max,
        seconds(spent.seconds),
        count(rate as u64),
        found.table_bytes as f64 / found.states.max(1) as f64,
        parts.join(", ")
    )
}

fn counterexample(one: &CounterexampleResult) -> Vec<String> {
    // What leaves the bounds to end need not be a shortest way.
    let ends_beyond = !one.after.is_empty() && one.check != Check::Complete.name();
    let way = if ends_beyond { "A way" } else { "A shortest way" };
    let mut lines = wrap(&format!("{way} to break {}:", one.check), "  ", 2);
    for (number, step) in one.steps.iter().enumerate() {
        lines.extend(wrap(step, &format!("  {:>3}. ", number + 1), 7));
    }
    let why = wrap(&format!("{}.", capital(&one.why)), "  ", 2);
    if ends_beyond {
        lines.extend(wrap(
            "What a quiet network does from there on, beyond the bounds, until all is copied:",
            "  ",
            2,
        ));
        lines.extend(one.after.iter().flat_map(|step| wrap(step, "     - ", 7)));
    }
    lines.extend(why);
    if !ends_beyond && !one.after.is_empty() {
        lines.extend(wrap(
            "What a quiet network does from there on, until nothing changes any more:",
            "  ",
            2,
        ));
        for step in one.after.iter().take(MOST_AFTER) {
            lines.extend(wrap(step, "     - ", 7));
        }
        if let Some(more) = one.after.len().checked_sub(MOST_AFTER).filter(|&more| more > 0) {
            lines.push(format!("     - and {} more, none of which helps", plural(more, "step")));
        }
    }
    lines
}

/// With a capital, unless it begins with the name of a write.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_ascii_digit() => {
            first.to_uppercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

fn verdict(found: &Found, result: &ExplorationResult) -> &'static str {
    match (found.stopped, result.is_broken()) {
        (_, true) => "The order breaks in this scope.",
        (None, false) => {
            "Every check holds in the whole scope. A larger scope may hold more than this one shows."
        }
        (Some(Stop::Memory), false) => {
            "The memory is used up: the scope was explored in part, and nothing broke so far."
        }
        (Some(Stop::Time), false) => {
            "The time is over: the scope was explored in part, and nothing broke so far."
        }
        (Some(Stop::States), false) => {
            "There are more states than can be numbered: the scope was explored in part, and nothing broke so far."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_writes_stay_as_they_are() {
        assert_eq!(capital("w0 landed again"), "w0 landed again");
        assert_eq!(capital("a disaster now"), "A disaster now");
        assert_eq!(capital(""), "");
    }
}
