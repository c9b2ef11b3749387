//! The result for a person: one run as a page, several as a line each.
//!
//! A page says what was simulated, what the checks found, and what was measured, in as many columns as the
//! terminal has. A broken
//! order is told as a sentence about two writes, with the command that replays it. Exact numbers are for
//! `json`: here they have three digits and a unit.

mod describe;
mod exploration;
pub(super) mod human;
mod hunt;
mod inevitable;
mod list;
mod page;
mod recorded;
mod sizing;
mod story;
mod style;
pub(super) mod table;
mod tape;
mod trace_info;
mod transport;
mod wrap;

pub use describe::summary;
pub use exploration::{Spent, exploration};
pub use human::{bytes, count, percent, plural, seconds};
pub use hunt::{HuntSpent, hunt};
pub use list::List;
pub use page::{explanation_page, page};
pub use recorded::phrases as recorded;
pub use sizing::sizing;
pub use story::{proof_lines, story_lines};
pub use style::{Paint, Style};
pub use table::Table;
pub use trace_info::trace_info;

use super::result::{ViolationResult, WriteResult};
use crate::explain::Explanation;
use crate::units::SimTime;
pub use wrap::{LEAST_WIDTH, MOST_WIDTH, set_width, wrap};

/// A violation as a sentence, its proof or what is known of the writes in it, and the command that shows it again.
fn violation_lines(
    violation: Option<&ViolationResult>,
    explanation: Option<&Explanation>,
    replay: &str,
) -> Vec<String> {
    let proof = explanation.map(proof_lines).unwrap_or_default();
    // The proof says of the writes what else stands below the sentence.
    let writes = proof.is_empty();
    let mut lines = Vec::new();
    if let Some(violation) = violation {
        let group = violation.group.as_ref().map_or_else(String::new, |group| format!(" in group {group}"));
        let at = SimTime::from_ns(violation.at_ns);
        let sentence = format!("{} breaks{group} at {at}: {}.", violation.check, violation.why);
        lines.extend(wrap(&sentence, "  ", 2));
        let name = |write: &Option<WriteResult>| write.as_ref().map(|write| write.write.clone());
        if let Some(write) = violation.present.as_ref().filter(|_| writes) {
            lines.extend(wrap(&write_phrase(write), "    present  ", 13));
        }
        // Where a write proves it alone, it is told once.
        let another = writes && name(&violation.present) != name(&violation.missing);
        if let Some(write) = violation.missing.as_ref().filter(|_| another) {
            lines.extend(wrap(&write_phrase(write), "    missing  ", 13));
        }
    }
    lines.extend(proof);
    // Not wrapped: it is there to be copied.
    lines.push(format!("    replay   {replay}"));
    lines
}

fn write_phrase(write: &WriteResult) -> String {
    let at = SimTime::from_ns;
    let issued = format!("issued {}", at(write.issued_ns));
    let mut phrases = vec![format!("{} to {}, block {}: {issued}", write.write, write.pair, write.position)];
    if let Some(fixed) = write.fixed_ns {
        phrases.push(format!("accepted {}", at(fixed)));
    }
    if let Some(completed) = write.completed_ns {
        phrases.push(format!("completed {}", at(completed)));
    }
    if let Some(number) = write.number {
        phrases.push(format!("number {number}"));
    }
    phrases.join(", ")
}
