//! What an exploration found, as one JSON object: no wall clock, and nothing that hangs on the machine.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::checker::{Check, CheckState};
use crate::explore::{About, Bounds, Counterexample, Found, Told};

/// The result of `rcsim explore`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplorationResult {
    /// Version of this format.
    pub schema: u32,
    /// Version of the program.
    pub rcsim: &'static str,
    /// The scenario's name.
    pub scenario: String,
    /// The scheme.
    pub scheme: &'static str,
    /// The rules: `repaired`, `literal` or `custom`.
    pub rules: &'static str,
    /// What requests to tape are numbered by, where there is tape.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numbering: Option<String>,
    /// How often what may happen.
    pub bounds: BoundsResult,
    /// Interleavings that were left out because others say the same.
    pub reductions: Vec<&'static str>,
    /// Was the whole scope explored?
    pub complete: bool,
    /// Distinct states.
    pub states: u64,
    /// States generated: one for each step out of a state.
    pub transitions: u64,
    /// Steps from the start to the last state.
    pub depth: u32,
    /// Steps that lead out of a state: the mean and the most.
    pub out_degree: OutDegreeResult,
    /// Bytes of all that is kept of the states.
    pub table_bytes: u64,
    /// How likely it is that two states were taken for one.
    pub collision_probability: f64,
    /// By kind of action: how often it happened.
    pub actions: BTreeMap<&'static str, u64>,
    /// Kinds of actions that the scope leaves out: they never happen in it.
    pub excluded: Vec<&'static str>,
    /// By check: `holds` in the whole scope, `broken`, `not-judged`, or `not-checked` if the exploration ended early.
    pub checks: BTreeMap<&'static str, &'static str>,
    /// The shortest of all ways to a violation.
    pub counterexample: Option<CounterexampleResult>,
    /// The shortest way to break each check that broke, the shortest of all first.
    pub counterexamples: Vec<CounterexampleResult>,
}

/// `[explore]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys of the scenario")]
pub struct BoundsResult {
    pub writes: usize,
    pub losses: u8,
    pub duplicates: u8,
    pub control_losses: u8,
    pub crashes: u8,
    pub markers: u8,
    pub resends: u8,
    /// Cuts that begin (scheme `cut`).
    pub cuts: u8,
}

/// Steps out of a state.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OutDegreeResult {
    /// Over all states.
    pub mean: f64,
    /// Out of one.
    pub max: u64,
}

/// A shortest way to break a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CounterexampleResult {
    /// The check.
    pub check: &'static str,
    /// Steps.
    pub length: usize,
    /// The steps in words.
    pub steps: Vec<String>,
    /// What is wrong then.
    pub why: String,
    /// What a quiet network does from there on, beyond the bounds: for `complete`, until nothing changes any more; for
    /// `local-order`, until all is copied.
    pub after: Vec<String>,
}

impl ExplorationResult {
    /// Of what was found in a scope.
    pub fn new(scope: &About, found: &Found) -> Self {
        let Bounds { losses, duplicates, control_losses, crashes, markers, resends, cuts } = scope.bounds;
        let protocol = &scope.scenario.protocol;
        let counterexamples: Vec<_> = found.counterexamples.iter().map(CounterexampleResult::from).collect();
        Self {
            schema: 1,
            rcsim: env!("CARGO_PKG_VERSION"),
            scenario: scope.scenario.name.clone(),
            scheme: protocol.scheme.name(),
            rules: protocol.scheme.rules_name(&protocol.rules),
            numbering: scope.numbering.clone(),
            bounds: BoundsResult {
                writes: scope.writes,
                losses,
                duplicates,
                control_losses,
                crashes,
                markers,
                resends,
                cuts,
            },
            reductions: scope.reductions.clone(),
            complete: found.stopped.is_none(),
            states: found.states,
            transitions: found.transitions,
            depth: found.depth,
            out_degree: OutDegreeResult {
                mean: found.transitions as f64 / found.expanded.max(1) as f64,
                max: found.out_degree,
            },
            table_bytes: found.table_bytes,
            // States are compared whole.
            collision_probability: 0.0,
            actions: found.fired.iter().map(|&(kind, times)| (kind.name(), times)).collect(),
            excluded: found.excluded.iter().map(|kind| kind.name()).collect(),
            checks: Check::ALL
                .into_iter()
                .map(|check| (check.name(), state(scope, found, check).name()))
                .collect(),
            counterexample: counterexamples.first().cloned(),
            counterexamples,
        }
    }

    /// As one line of JSON, with its line end.
    pub fn line(&self) -> String {
        super::json::to_line(self)
    }

    /// Is a check broken?
    pub fn is_broken(&self) -> bool {
        self.counterexample.is_some()
    }
}

/// What is known of a check.
fn state(scope: &About, found: &Found, check: Check) -> CheckState {
    if !scope.applies.has(check) {
        CheckState::NotChecked // Of disk alone, or of tape alone.
    } else if !scope.judged.has(check) {
        CheckState::NotJudged
    } else if found.counterexamples.iter().any(|one| one.check == check) {
        CheckState::Broken
    } else if found.stopped.is_some() {
        CheckState::NotChecked
    } else {
        CheckState::Holds
    }
}

impl From<&Counterexample> for CounterexampleResult {
    fn from(found: &Counterexample) -> Self {
        let words = |steps: &[Told]| steps.iter().map(|step| step.words.clone()).collect();
        Self {
            check: found.check.name(),
            length: found.steps.len(),
            steps: words(&found.steps),
            why: found.why.clone(),
            after: words(&found.after),
        }
    }
}
