//! Why an order broke: the proof of a violation, the story of the writes in it, and what let it happen.
//!
//! A run is determined by its scenario, so nothing is kept while it runs: the story is what a witness sees when the
//! same run is run again, and the cause is found by changing one thing at a time and running again. Nothing is named
//! as a cause, and nothing is offered as a remedy, that was not run. Judges nothing itself.
//!
//! | room | does |
//! |---|---|
//! | `witness`, `tape` | watch a run for what happens to the writes, or blocks, of a violation |
//! | `scene` | folds what repeats |
//! | `proof` | says which write stands without which, and why that is wrong |
//! | `restore` | names the write of a second destage, which the checker had forgotten |
//! | `same` | watches another run for the same violation |
//! | `cause`, `cut_off` | change one thing and run again |
//! | `inevitable` | repeats the run up to an instant, and draws the rest anew |
//! | `words`, `rule_words` | say what was found |
//! | `picture` | what a space-time picture shows |

mod cause;
mod cut_off;
mod inevitable;
mod picture;
mod proof;
mod restore;
mod rule_words;
mod same;
mod scene;
mod tape;
mod witness;
mod words;

#[cfg(test)]
mod tests;

pub use cause::{Cause, NoPromise, Remedy, RuleCause, Tried, Unpromising};
pub use cut_off::{CutOff, Line};
pub use inevitable::{Inevitability, Question};
pub use picture::{Arrow, Front, Mark, Picture};
pub use scene::{Detail, Lane, Scene};
pub use words::{Account, account};

use crate::checker::{Check, Violation};
use crate::protocol::Scheme;
use crate::scenario::Scenario;
use crate::trace::{Observer, Record};
use crate::units::SimTime;
use crate::world::{SimulateError, observe_only};
use cause::{Laboratory, all_repaired, is_refused};
use cut_off::Census;
use tape::TapeWitness;
use witness::Witness;

/// A violation, explained.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Why it is one, sentence by sentence.
    pub proof: Vec<String>,
    /// What was seen of the writes, or blocks, that prove it, in the order of time, up to its instant.
    pub story: Vec<Scene>,
    /// The same as a picture; without lines if there is nothing to draw.
    pub picture: Picture,
    /// What let it happen.
    pub cause: Cause,
}

/// How much is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of the story.
    pub detail: Detail,
    /// Is the cause searched for? That takes further runs.
    pub cause: bool,
}

/// Explains `violation` of a run of `scenario`, by running it again: once for the story, and then for the cause.
///
/// # Errors
/// When a recorded workload cannot be read.
pub fn explain(
    scenario: &Scenario,
    violation: &Violation,
    wanted: Wanted,
) -> Result<Explanation, SimulateError> {
    let violation = &restore::named(scenario, violation)?;
    let census = Census::new(scenario, wanted.cause && violation.check == Check::Complete);
    let mut watch = (Counter::default(), census);
    let mut explanation = Explanation {
        proof: Vec::new(),
        story: Vec::new(),
        picture: Picture::default(),
        cause: Cause::NotSearched,
    };
    if violation.tape.is_some() {
        let mut witness = TapeWitness::new(scenario, violation, wanted.detail);
        observe_only(scenario, (&mut witness, &mut watch))?;
        (explanation.story, explanation.proof) = witness.into_story();
    } else {
        let mut witness = Witness::new(scenario, violation, wanted.detail);
        observe_only(scenario, (&mut witness, &mut watch))?;
        let testimony = witness.into_testimony();
        explanation.proof = proof::sentences(scenario, violation, &testimony);
        (explanation.story, explanation.picture) = (testimony.story, testimony.picture);
    }
    if wanted.cause {
        let (Counter(facts), census) = watch;
        explanation.cause = cause::find(Laboratory::new(scenario, violation, facts), &census)?;
    }
    Ok(explanation)
}

/// The picture of the same writes in another run, and the settings in which it differs: every rule repaired or, where they
/// are, numbered by group; `None` if there is nothing of that kind to repair, or such a scenario is refused. Up to the
/// instant of `violation`.
///
/// # Errors
/// When a recorded workload cannot be read.
pub fn beside(
    scenario: &Scenario,
    violation: &Violation,
) -> Result<Option<(String, Picture)>, SimulateError> {
    let mut other = scenario.clone();
    let repaired = all_repaired(scenario, &mut other);
    let settings = if !repaired.is_empty() {
        repaired
    } else if !scenario.protocol.scheme.is_numbered() && !scenario.pairs.is_empty() {
        other.protocol.scheme = Scheme::Group;
        vec!["protocol.scheme=group".to_owned()]
    } else {
        return Ok(None);
    };
    // What is shown to hold is what a user can set.
    if is_refused(&other) && !is_refused(scenario) {
        return Ok(None);
    }
    let violation = &restore::named(scenario, violation)?;
    let mut witness = Witness::new(&other, violation, Detail::Brief);
    observe_only(&other, &mut witness)?;
    Ok(Some((settings.join(" "), witness.into_testimony().picture)))
}

/// Counts the facts of a run: what the search may cost is measured by it.
#[derive(Debug, Default)]
struct Counter(u64);

impl Observer for Counter {
    fn observe(&mut self, _now: SimTime, _record: &Record) {
        self.0 += 1;
    }
    fn is_done(&self) -> bool {
        true // It asks for no more than the others.
    }
}
