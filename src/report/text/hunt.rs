//! What a hunt found, for a person.

use super::wrap::wrap;
use super::{Paint, Style, Table, count, plural, seconds};
use crate::hunt::WORLDS_FOR_PROBES;
use crate::hunt::probes::{MOST_FACTS, Probe};
use crate::report::hunt::HuntResult;
use crate::units::SimTime;

/// Failing worlds that are listed.
const MOST_LISTED: usize = 12;

/// What a hunt took on this machine, which is no part of the result.
#[derive(Clone, Copy, Debug)]
pub struct HuntSpent {
    /// Worlds that an earlier command had tried.
    pub before: u64,
    /// What the others took, in seconds.
    pub seconds: f64,
}

/// The page.
pub fn hunt(result: &HuntResult, spent: HuntSpent, style: Style) -> String {
    let what = match &result.sabotage {
        None => format!("Hunt with seed {}", result.seed),
        Some(rule) => format!("Hunt with seed {}, rule {rule} broken on purpose", result.seed),
    };
    let mut lines = vec![style.paint(&what, Paint::Heading), String::new()];
    lines.extend(wrap(&size(result, spent), "  ", 2));
    let listed = |worlds: &std::collections::BTreeMap<String, u64>| {
        worlds
            .iter()
            .map(|(name, worlds)| format!("{name} {}", count(*worlds)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    lines.extend(wrap(&format!("Schemes: {}.", listed(&result.schemes)), "  ", 2));
    if !result.troubles.is_empty() {
        lines.extend(wrap(&format!("Troubles: {}.", listed(&result.troubles)), "  ", 2));
    }
    let liveness = format!(
        "Liveness: {} converged after everything was healed, in at most {}; {} did not.",
        plural(result.liveness.converged as usize, "world"),
        plural(result.liveness.most_turns as usize, "turn"),
        count(result.liveness.stalled),
    );
    lines.extend(wrap(&liveness, "  ", 2));
    if result.liveness.cut_off > 0 {
        let first: Vec<_> = result.liveness.first_cut_off.iter().take(5).map(u64::to_string).collect();
        let cut_off = format!(
            "Cut off at {} facts, so that it was not seen whether they converge: {} (first: world {}).",
            count(MOST_FACTS),
            plural(result.liveness.cut_off as usize, "world"),
            first.join(", ")
        );
        lines.extend(wrap(&cut_off, "  ", 2));
    }
    if result.oracle.worlds > 0 {
        let oracle = format!(
            "Slow oracle: {} in {}; {} left an image of no single moment, which rules or schemes without a promise \
             allow.",
            plural(result.oracle.disasters as usize, "disaster"),
            plural(result.oracle.worlds as usize, "world"),
            count(result.oracle.broken),
        );
        lines.extend(wrap(&oracle, "  ", 2));
    }
    lines.push(String::new());
    let mut probes = Table::default();
    probes.heading(["Probes", "worlds"]);
    for probe in Probe::ALL {
        probes.row([probe.name().to_owned(), count(result.probes.get(probe.name()).copied().unwrap_or(0))]);
    }
    lines.extend(probes.lines(2, style));
    lines.push(String::new());
    for failure in result.failures.iter().take(MOST_LISTED) {
        let text = format!(
            "world {} ({}): {} at {}: {}",
            failure.world,
            failure.scheme,
            style.paint(&failure.wrong, Paint::Bad),
            SimTime::from_ns(failure.at_ns),
            failure.why
        );
        lines.extend(wrap(&text, "  ", 4));
    }
    let hidden = (result.failed as usize).saturating_sub(MOST_LISTED.min(result.failures.len()));
    if hidden > 0 {
        lines.push(format!("  and {} more", plural(hidden, "world")));
    }
    if let Some(quickest) = &result.quickest {
        let sabotage = result.sabotage.as_ref().map_or(String::new(), |rule| format!(" --sabotage {rule}"));
        let replay = format!(
            "The quickest to replay is world {}: rcsim hunt --seed {}{sabotage} --print {} > world.toml",
            quickest.failure.world, result.seed, quickest.failure.world
        );
        lines.extend(wrap(&replay, "  ", 4));
        if let Some(shrunk) = &quickest.shrunk {
            lines.push(String::new());
            lines.extend(shrunk.lines().map(|line| format!("    {line}").trim_end().to_owned()));
        }
    }
    if result.failed > 0 {
        lines.push(String::new());
    }
    if result.also_repaired > 0 {
        let also = format!(
            "Something is wrong with the rule repaired, too, in {}: a fault of its own, which does not count as found.",
            plural(result.also_repaired as usize, "world")
        );
        lines.extend(wrap(&also, "  ", 2));
    }
    lines.extend(wrap(&verdict(result), "  ", 2));
    lines.join("\n") + "\n"
}

fn verdict(result: &HuntResult) -> String {
    if result.found {
        return match &result.sabotage {
            Some(rule) => format!("Rule {rule} was found in world {}.", result.worlds.saturating_sub(1)),
            None => format!("Something is wrong in {}.", plural(result.failed as usize, "world")),
        };
    }
    let unmet = result.unmet.join(", ");
    match (&result.sabotage, result.unmet.is_empty(), result.probes_judged) {
        (Some(rule), ..) => format!("Nothing was found: rule {rule} went unnoticed in these worlds."),
        (None, true, _) => "Nothing is wrong in these worlds, and every probe was met.".into(),
        (None, false, true) => {
            format!("Nothing is wrong in these worlds, but these probes were never met: {unmet}.")
        }
        (None, false, false) => format!(
            "Nothing is wrong in these worlds. Not met: {unmet}; from {} worlds on that is a failure.",
            count(WORLDS_FOR_PROBES)
        ),
    }
}

/// How much was tried, and how long that took.
fn size(result: &HuntResult, spent: HuntSpent) -> String {
    let now = match spent.before {
        0 => String::new(),
        before => format!("{} of them by this command, ", count(result.worlds.saturating_sub(before))),
    };
    format!(
        "{} tried, with {} and {}, {now}in {}.",
        plural(result.worlds as usize, "world"),
        plural(result.writes as usize, "write"),
        plural(result.events as usize, "event"),
        seconds(spent.seconds),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hunt::{Hunt, Tally};

    #[test]
    fn what_an_earlier_command_tried_is_not_said_to_have_taken_no_time() {
        let tally = Tally { worlds: 1_000, ..Tally::new() };
        let result = HuntResult::new(&Hunt { seed: 5, sabotage: None }, &tally, true, None, None);
        let said = |before| hunt(&result, HuntSpent { before, seconds: 0.25 }, Style::default());
        assert!(
            said(0).contains("  1,000 worlds tried, with 0 writes and 0 events, in 250ms."),
            "{}",
            said(0)
        );
        let resumed = said(600);
        assert!(resumed.contains("400 of them by this command, in 250ms."), "{resumed}");
    }
}
