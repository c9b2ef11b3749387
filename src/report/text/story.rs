//! A violation explained: a space-time picture of the two writes, and what let it happen.

use std::fmt::Write as _;

use super::wrap::wrap;
use crate::explain::{Cause, Explanation, Lane, Scene};
use crate::protocol::Scheme;

/// The lanes of the picture, from left to right.
const LANES: [(Lane, &str); 4] =
    [(Lane::Host, "host"), (Lane::Local, "local"), (Lane::Wan, "WAN"), (Lane::Remote, "remote")];

/// Width of a lane.
const LANE: usize = 7;
/// Width of the instants.
const INSTANT: usize = 16;

/// The story of a violation and its cause, as lines.
pub fn story_lines(explanation: &Explanation) -> Vec<String> {
    let mut lines = vec![String::new()];
    if !explanation.story.is_empty() {
        let names = lanes(|_, name| name);
        lines.push(format!("  {:>INSTANT$}  {names}", "time").trim_end().to_owned());
        for scene in &explanation.story {
            lines.extend(scene_lines(scene));
        }
        lines.push(String::new());
    }
    lines.extend(wrap(&cause_sentence(&explanation.cause), "  Cause: ", 9));
    lines
}

/// One line of the picture: what stands in each lane.
fn lanes<'a>(shown: impl Fn(Lane, &'a str) -> &'a str) -> String {
    let mut line = String::new();
    for &(lane, name) in &LANES {
        let shown = shown(lane, name);
        let _ = write!(line, "{shown:^LANE$}"); // A string takes everything.
    }
    line
}

fn scene_lines(scene: &Scene) -> Vec<String> {
    let picture = lanes(|lane, _| if lane == scene.lane { "●" } else { "│" });
    let head = format!("  {:>INSTANT$}  {picture}", scene.at.to_string());
    let indent = 2 + INSTANT + 2 + LANE * LANES.len();
    // The picture's signs are one column wide, but more than one byte.
    wrap(&scene.what, &format!("{head} "), indent + 1)
}

fn cause_sentence(cause: &Cause) -> String {
    match cause {
        Cause::Rules(departures) if departures.len() == 1 => {
            let departure = departures.iter().map(ToString::to_string).collect::<String>();
            format!(
                "rule {departure} lets it happen; with {}=repaired the check holds on this seed.",
                key_of(&departure)
            )
        }
        Cause::Rules(departures) => {
            let names: Vec<_> = departures.iter().map(ToString::to_string).collect();
            format!(
                "these rules together let it happen: {}; with any one of them repaired the check holds on this seed.",
                names.join(", ")
            )
        }
        Cause::Scheme(Scheme::None) => {
            "scheme none destages in the order of arrival: nothing holds a write back for an earlier one."
                .into()
        }
        Cause::Scheme(Scheme::TimestampOnly) => {
            "scheme timestamp-only takes a stamp that has arrived to say that everything before it has \
             arrived too; without numbers it cannot see the gap."
                .into()
        }
        Cause::Scheme(scheme) => format!("scheme {scheme} does not promise this order."),
        Cause::Unknown => {
            "unknown: every rule is repaired and the scheme promises this order. Please report this scenario \
             and seed: it is a bug of rcsim."
                .into()
        }
    }
}

/// The key that sets a rule, as in `--set`.
fn key_of(departure: &str) -> String {
    format!("--set protocol.rule.{}", departure.split(" = ").next().unwrap_or(departure))
}
