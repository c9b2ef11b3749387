//! Finds what let a violation happen: by running the same scenario again with one thing changed, and watching for the
//! same violation. Nothing is named that was not tried.
//!
//! | question | tried |
//! |---|---|
//! | is it the rules? | every rule repaired: does it happen still? |
//! | which of them? | each departure alone (is it enough?), then each repaired alone (does that cure this run?) |
//! | is it the scheme? | a scheme that promises the check |
//! | was the run cut off? | a longer timer, a longer drain, a narrower window (room `cut_off`) |
//! | none of these | a promise that was not kept: a bug of ours |
//!
//! Bounded in simulated time, not by a wall clock: the same scenario has the same cause wherever it is run.

use std::path::Path;

use super::cut_off::{self, Census, CutOff};
use super::same::{Same, Seen, breaks_alike};
use crate::checker::{Check, Violation};
use crate::protocol::rules::Departure;
use crate::protocol::tape::Numbering;
use crate::protocol::{Rules, Scheme};
use crate::scenario::{Scenario, parse, write};
use crate::trace::{End, Observer, Preamble, Record};
use crate::units::{SimDuration, SimTime};
use crate::world::build::{latest_end, promise};
use crate::world::{SimulateError, judge_only};

/// What let a violation happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// Departures from the repaired rules: with all rules repaired it does not happen.
    Rules(RuleCause),
    /// The scheme, or a numbering of tape, does not promise this check.
    NoPromise(NoPromise),
    /// The run met its drain limit before it was done.
    CutOff(CutOff),
    /// A promise that was not kept, with all rules repaired, in a run that was not cut off: a bug of rcsim.
    Bug,
    /// It was not asked for.
    NotSearched,
    /// The search reached its bound before it knew anything.
    GaveUp(SimDuration),
}

/// What was tried with one departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The departure.
    pub departure: Departure,
    /// Alone, every other rule repaired: does the same violation happen? `None` if it was not tried.
    pub alone: Option<bool>,
    /// Repaired alone, every other departure in force: is this run without the violation? `None` if not tried.
    pub cures: Option<bool>,
}

/// Which departures let it happen.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleCause {
    /// Every departure that can have a part in it, the likeliest first.
    pub tried: Vec<Tried>,
    /// Where none is enough alone: departures that are enough together, every other rule repaired.
    pub together: Vec<Departure>,
    /// Is no one of `together` superfluous (tried)?
    pub together_is_least: bool,
    /// What was tried in a run of its own, and what came of it.
    pub remedies: Vec<Remedy>,
    /// The simulated time after which the search stopped, if it did before all was tried.
    pub gave_up: Option<SimDuration>,
}

impl RuleCause {
    /// These departures, nothing tried yet.
    fn untried(departures: &[Departure]) -> Self {
        let untried = |&departure| Tried { departure, alone: None, cures: None };
        Self {
            tried: departures.iter().map(untried).collect(),
            together: Vec::new(),
            together_is_least: false,
            remedies: Vec::new(),
            gave_up: None,
        }
    }
}

/// A scheme or numbering without a promise.
#[derive(Clone, Debug, PartialEq)]
pub struct NoPromise {
    /// Which.
    pub of: Unpromising,
    /// What was tried in a run of its own, and what came of it.
    pub remedies: Vec<Remedy>,
}

/// What promises nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unpromising {
    /// A scheme.
    Scheme(Scheme),
    /// The numbering of an MT system, by the system's name.
    Tape(String),
}

/// Settings with which the whole run was run again, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// Each a `KEY=VALUE` for `--set`.
    pub set: Vec<String>,
    /// Was it run to its end? If not, it took too many events.
    pub finished: bool,
    /// Does the order hold then?
    pub holds: bool,
    /// If not: the first check that breaks, and when.
    pub breaks: Option<(Check, SimTime)>,
    /// When the run ended.
    pub ended_at: SimTime,
    /// No scenario may be so: a cache would be too small for the scheme, say. Then it is not offered.
    pub refused: bool,
}

impl Remedy {
    /// May it be offered, and does the order hold with it?
    pub const fn helps(&self) -> bool {
        self.holds && !self.refused
    }
}

/// Tries things out, within a bound.
pub struct Laboratory<'a> {
    pub(super) scenario: &'a Scenario,
    violation: &'a Violation,
    /// Simulated time that may still be spent on looking for the cause.
    left: SimDuration,
    /// Simulated time that was.
    spent: SimDuration,
    /// Facts that may still be seen meanwhile: a run in which little time takes many of them is bounded too.
    facts: u64,
    /// Facts that a run of a remedy may take.
    facts_of_remedy: u64,
}

/// Above this many times what led to the violation, the search stops.
const BOUND_TIMES: u64 = 40;
/// The least bound.
const BOUND_LEAST: SimDuration = SimDuration::from_ms(120_000);
/// The search may see this many times the facts of the run itself.
const FACTS_TIMES: u64 = 8;
/// The search at least this many, for short runs; and a run of a remedy this many more than a run that was
/// cut off.
const FACTS_LEAST: u64 = 2_000_000;
/// Where a violation was seen early, the length of the whole run is not known: a run of a remedy may see this
/// many.
const FACTS_OF_REMEDY: u64 = 20_000_000;

/// An observer that has seen enough after this many facts.
#[derive(Debug)]
struct Bounded<O> {
    /// What it bounds.
    inner: O,
    /// Facts that it may still see.
    left: u64,
}

impl<O: Observer> Observer for Bounded<O> {
    fn begin(&mut self, preamble: &Preamble) {
        self.inner.begin(preamble);
    }
    fn observe(&mut self, now: SimTime, record: &Record) {
        self.left = self.left.saturating_sub(1);
        self.inner.observe(now, record);
    }
    fn end(&mut self, end: &End) {
        self.inner.end(end);
    }
    fn is_done(&self) -> bool {
        self.left == 0 || self.inner.is_done()
    }
}

impl<'a> Laboratory<'a> {
    /// For `violation` of a run of `scenario`, of which this many facts were seen.
    pub fn new(scenario: &'a Scenario, violation: &'a Violation, facts: u64) -> Self {
        let reached = violation.at.since(SimTime::ZERO).as_ns();
        let bound = SimDuration::from_ns(reached.saturating_mul(BOUND_TIMES)).saturating_add(BOUND_LEAST);
        Self {
            scenario,
            violation,
            left: bound,
            spent: SimDuration::ZERO,
            facts: facts.saturating_mul(FACTS_TIMES).max(FACTS_LEAST),
            facts_of_remedy: if was_cut_off(scenario, violation) {
                facts.saturating_add(FACTS_LEAST)
            } else {
                facts.saturating_mul(2).max(FACTS_OF_REMEDY)
            },
        }
    }

    /// Does the same violation happen under `rules`? `None` if the bound is reached.
    fn happens(&mut self, rules: Rules) -> Result<Option<bool>, SimulateError> {
        if self.is_over() {
            return Ok(None);
        }
        let mut scenario = self.scenario.clone();
        scenario.protocol.rules = rules;
        let mut watch = Bounded { inner: Same::new(self.violation), left: self.facts };
        let outcome = judge_only(&scenario, &mut watch)?;
        let took = outcome.ended_at.since(SimTime::ZERO);
        self.spent = self.spent.saturating_add(took);
        self.left = SimDuration::from_ns(self.left.as_ns().saturating_sub(took.as_ns()));
        self.facts = watch.left;
        if self.facts == 0 && watch.inner.seen() != Seen::Same {
            return Ok(None); // It was cut short, and says nothing.
        }
        Ok(Some(match watch.inner.seen() {
            Seen::Same => true,
            Seen::No => false,
            Seen::OtherWrites => breaks_alike(self.violation, &outcome),
        }))
    }

    fn is_over(&self) -> bool {
        self.left.is_zero() || self.facts == 0
    }

    fn gave_up(&self) -> Option<SimDuration> {
        self.is_over().then_some(self.spent)
    }

    /// Runs `scenario`, which is this one with these settings, to the end.
    pub fn remedy(&self, scenario: &Scenario, set: Vec<String>) -> Result<Remedy, SimulateError> {
        let mut watch = Bounded { inner: (), left: self.facts_of_remedy };
        let outcome = judge_only(scenario, &mut watch)?;
        let verdict = &outcome.verdict;
        let finished = watch.left > 0;
        Ok(Remedy {
            set,
            finished,
            holds: finished && verdict.holds(),
            breaks: verdict.first_violation().map(|violation| (violation.check, violation.at)),
            ended_at: outcome.ended_at,
            refused: is_refused(scenario) && !is_refused(self.scenario),
        })
    }
}

/// Would its file be refused? What a file cannot say is taken as it is.
pub(super) fn is_refused(scenario: &Scenario) -> bool {
    write(scenario).is_ok_and(|text| parse(&scenario.name, &text, Path::new(""), &[]).is_err())
}

/// Finds the cause; `census` has seen the run to its end, if it was cut off. What would be refused is no remedy.
///
/// # Errors
/// When a recorded workload cannot be read.
pub fn find(laboratory: Laboratory, census: &Census) -> Result<Cause, SimulateError> {
    let mut cause = found(laboratory, census)?;
    match &mut cause {
        Cause::Rules(RuleCause { remedies, .. })
        | Cause::NoPromise(NoPromise { remedies, .. })
        | Cause::CutOff(CutOff { remedies, .. }) => remedies.retain(|remedy| !remedy.refused),
        Cause::Bug | Cause::NotSearched | Cause::GaveUp(_) => {}
    }
    Ok(cause)
}

fn found(mut laboratory: Laboratory, census: &Census) -> Result<Cause, SimulateError> {
    let (scenario, violation) = (laboratory.scenario, laboratory.violation);
    let departures = departures(scenario, violation);
    // With every rule repaired that the promise asks for (`destage = "serial"` is itself a promise).
    let repaired = Rules { destage: scenario.protocol.rules.destage, ..Rules::REPAIRED };
    let with_all_repaired = if departures.is_empty() { Some(true) } else { laboratory.happens(repaired)? };
    match with_all_repaired {
        None => Ok(Cause::GaveUp(laboratory.spent)),
        Some(false) => Ok(Cause::Rules(rule_cause(&mut laboratory, &departures, repaired)?)),
        Some(true) if was_cut_off(scenario, violation) => {
            Ok(Cause::CutOff(cut_off::look(&laboratory, census)?))
        }
        Some(true) => match unpromising(scenario, violation, repaired) {
            Some(of) => Ok(Cause::NoPromise(no_promise(&laboratory, of)?)),
            None => accuse(&laboratory, &departures, repaired),
        },
    }
}

/// Nobody is accused lightly: with every rule repaired the whole run must break the order.
fn accuse(
    laboratory: &Laboratory,
    departures: &[Departure],
    repaired: Rules,
) -> Result<Cause, SimulateError> {
    if departures.is_empty() {
        return Ok(Cause::Bug);
    }
    let mut cause = RuleCause::untried(departures);
    remedies(laboratory, &mut cause, repaired)?;
    let holds = cause.remedies.iter().any(|remedy| remedy.holds || !remedy.finished);
    Ok(if holds { Cause::Rules(cause) } else { Cause::Bug })
}

/// Did the run meet its drain limit, and is that what `violation` says?
fn was_cut_off(scenario: &Scenario, violation: &Violation) -> bool {
    violation.check == Check::Complete && violation.at >= latest_end(scenario)
}

/// What does not promise that this check holds even with every rule repaired, if anything.
fn unpromising(scenario: &Scenario, violation: &Violation, repaired: Rules) -> Option<Unpromising> {
    let mut mended = scenario.clone();
    mended.protocol.rules = repaired;
    if promise(&mended).keeps(violation.check) {
        return None;
    }
    if let Some(place) = violation.tape {
        let system = scenario.tape.jobs.get(place.job.index())?.system;
        let system = scenario.tape.systems.get(system)?;
        return (system.numbering == Numbering::None).then(|| Unpromising::Tape(system.name.clone()));
    }
    Some(Unpromising::Scheme(scenario.protocol.scheme))
}

fn no_promise(laboratory: &Laboratory, of: Unpromising) -> Result<NoPromise, SimulateError> {
    let scenario = laboratory.scenario;
    let mut changed = scenario.clone();
    let mut set = vec![match &of {
        Unpromising::Scheme(_) => {
            changed.protocol.scheme = Scheme::Group;
            format!("protocol.scheme={}", Scheme::Group)
        }
        Unpromising::Tape(name) => {
            let system = changed.tape.systems.iter_mut().find(|system| system.name == *name);
            if let Some(system) = system {
                system.numbering = Numbering::SequenceNumber;
            }
            format!("tape_system.{name}.numbering={}", Numbering::SequenceNumber)
        }
    }];
    let mut remedies = vec![laboratory.remedy(&changed, set.clone())?];
    if !remedies.iter().any(Remedy::helps) && !scenario.protocol.rules.departures().is_empty() {
        set.extend(all_repaired(scenario, &mut changed));
        remedies.push(laboratory.remedy(&changed, set)?);
    }
    Ok(NoPromise { of, remedies })
}

/// Repairs every rule of `changed`, and says how a user does.
pub(super) fn all_repaired(scenario: &Scenario, changed: &mut Scenario) -> Vec<String> {
    let destage = scenario.protocol.rules.destage;
    changed.protocol.rules = Rules { destage, ..Rules::REPAIRED };
    let departures = scenario.protocol.rules.departures();
    let rules: Vec<&str> = {
        let mut rules: Vec<&str> = departures.iter().map(|departure| departure.rule).collect();
        rules.retain(|&rule| rule != "destage");
        rules.dedup();
        rules
    };
    // A few are set one by one; of many, the base is, and single rules are taken out.
    if rules.len() <= 3 {
        return rules.iter().map(|rule| format!("protocol.rule.{rule}=repaired")).collect();
    }
    let base = "protocol.rules=repaired".to_owned();
    let kept = if destage == Rules::REPAIRED.destage {
        "protocol.rule={}".to_owned()
    } else {
        format!("protocol.rule={{destage=\"{destage}\"}}")
    };
    vec![base, kept]
}

/// Departures that can have a part in `violation`: the likeliest first.
fn departures(scenario: &Scenario, violation: &Violation) -> Vec<Departure> {
    let likely: &[&str] = match violation.check {
        Check::RecoverablePrefix | Check::Causal => {
            &["run", "idle-stream", "compare", "stamp", "clock", "limit-update", "recovery", "width"]
        }
        Check::PairOrder => &["duplicate", "stamp", "width", "resend"],
        Check::Complete => &["resend", "admission", "control", "idle-stream", "width"],
        Check::LocalOrder => &["local-destage", "non-volatile"],
        Check::DestageOrder => &["destage"],
        Check::TapeOrder => &["medium", "insert", "next-counter", "assembly", "initiators", "duplicate"],
    };
    let rank = |departure: &Departure| {
        likely.iter().position(|&rule| rule == departure.rule).unwrap_or(likely.len())
    };
    let concerns = |departure: &Departure| match (violation.tape.is_some(), departure.rule) {
        // Both sides know these two.
        (_, "resend" | "duplicate") => true,
        (_, "destage") => false,
        (of_tape, rule) => of_tape == TAPE_RULES.contains(&rule),
    };
    let mut departures = scenario.protocol.rules_in_force().departures();
    departures.retain(concerns);
    departures.sort_by_key(rank);
    departures
}

/// Rules of tape alone.
const TAPE_RULES: [&str; 7] =
    ["medium", "insert", "next-counter", "retain", "window", "assembly", "initiators"];

/// These departures, every other rule repaired: those too that had no effect beside the others.
fn only(rules: Rules, kept: &[Departure]) -> Rules {
    let others = |departure: &&Departure| departure.rule != "destage" && !kept.contains(departure);
    rules.departures().iter().filter(others).fold(rules, Rules::without)
}

fn rule_cause(
    laboratory: &mut Laboratory,
    departures: &[Departure],
    repaired: Rules,
) -> Result<RuleCause, SimulateError> {
    let given = laboratory.scenario.protocol.rules;
    let mut cause = RuleCause::untried(departures);
    if let [only] = &mut cause.tried[..] {
        // The run itself, and the one with every rule repaired, say both.
        (only.alone, only.cures) = (Some(true), Some(true));
    } else {
        for tried in &mut cause.tried {
            tried.alone = laboratory.happens(only(given, &[tried.departure]))?;
        }
        let is_enough = |tried: &Tried| tried.alone == Some(true);
        if cause.tried.iter().any(is_enough) {
            for tried in cause.tried.iter_mut().filter(|tried| tried.alone == Some(true)) {
                tried.cures = laboratory.happens(given.without(&tried.departure))?.map(|happens| !happens);
            }
        } else {
            together(laboratory, &mut cause, given)?;
        }
    }
    cause.gave_up = laboratory.gave_up();
    remedies(laboratory, &mut cause, repaired)?;
    Ok(cause)
}

/// None is enough alone: which are, together, and which of these cures this run?
fn together(laboratory: &mut Laboratory, cause: &mut RuleCause, given: Rules) -> Result<(), SimulateError> {
    let departures: Vec<Departure> = cause.tried.iter().map(|tried| tried.departure).collect();
    let mut kept = departures.clone();
    // From the least likely on: what is left are the likely ones.
    for departure in departures.iter().rev() {
        let fewer: Vec<Departure> = kept.iter().filter(|kept| *kept != departure).copied().collect();
        match laboratory.happens(only(given, &fewer))? {
            Some(true) => kept = fewer,
            Some(false) => {}
            None => return Ok(()),
        }
    }
    let mut least = true;
    for departure in &kept {
        let fewer: Vec<Departure> = kept.iter().filter(|kept| *kept != departure).copied().collect();
        least &= laboratory.happens(only(given, &fewer))? == Some(false);
        let cures = laboratory.happens(given.without(departure))?.map(|happens| !happens);
        for tried in cause.tried.iter_mut().filter(|tried| tried.departure == *departure) {
            tried.cures = cures;
        }
    }
    cause.together = kept;
    cause.together_is_least = least;
    Ok(())
}

/// Runs to the end what would be a remedy: the departure that cures, or else all rules repaired.
fn remedies(laboratory: &Laboratory, cause: &mut RuleCause, repaired: Rules) -> Result<(), SimulateError> {
    let scenario = laboratory.scenario;
    let cure = cause.tried.iter().find(|tried| tried.cures == Some(true)).map(|tried| tried.departure);
    if let Some(departure) = cure {
        let mut changed = scenario.clone();
        changed.protocol.rules = scenario.protocol.rules.without(&departure);
        let set = without_setting(scenario, &departure);
        cause.remedies.push(laboratory.remedy(&changed, vec![set])?);
    }
    let several = scenario.protocol.rules.departures().len() > 1;
    if !cause.remedies.iter().any(Remedy::helps) && (several || cure.is_none()) {
        let mut changed = scenario.clone();
        let set = all_repaired(scenario, &mut changed);
        changed.protocol.rules = repaired;
        cause.remedies.push(laboratory.remedy(&changed, set)?);
    }
    Ok(())
}

/// How a user repairs one departure: a rule, or one item of `non-volatile`.
fn without_setting(scenario: &Scenario, departure: &Departure) -> String {
    // An item without an effect beside the others is refused.
    let left: Vec<String> = scenario
        .protocol
        .rules_in_force()
        .departures()
        .iter()
        .filter(|other| other.rule == departure.rule && other != &departure)
        .map(|other| format!("\"{}\"", other.form))
        .collect();
    if left.is_empty() {
        format!("protocol.rule.{}=repaired", departure.rule)
    } else {
        format!("protocol.rule.{}=[{}]", departure.rule, left.join(","))
    }
}
