//! One world, tried: run, judged by what its scheme promises, now and then with disasters judged by the slow oracle.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::draw::{RulesWanted, World};
use super::probes::{Met, Prober};
use crate::checker::{Check, CheckState, Violation};
use crate::protocol::Rules;
use crate::scenario::Scenario;
use crate::units::SimTime;
use crate::words::CheckSet;
use crate::world::build;
use crate::world::{Disasters, OracleReport, SimulateError, disasters_only, judge_only};

/// Random disasters in a world that the oracle judges.
const DISASTERS: u32 = 6;

/// What was found wrong in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// A check that is promised broke.
    Broken(Check),
    /// The world did not converge, although everything was healed: `complete` broke.
    NotConverged,
    /// The slow oracle and the checker disagree.
    Disagreement,
    /// The program failed.
    Panic,
}

impl Wrong {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broken(check) => check.name(),
            Self::NotConverged => "liveness",
            Self::Disagreement => "oracle",
            Self::Panic => "panic",
        }
    }

    /// By its name.
    pub fn from_name(name: &str) -> Option<Self> {
        let checks = Check::ALL.map(Self::Broken);
        let others = [Self::NotConverged, Self::Disagreement, Self::Panic];
        checks.into_iter().chain(others).find(|wrong| wrong.name() == name)
    }

    /// The check that is broken, where it is one.
    pub const fn check(self) -> Option<Check> {
        match self {
            Self::Broken(check) => Some(check),
            Self::NotConverged => Some(Check::Complete),
            Self::Disagreement | Self::Panic => None,
        }
    }
}

/// What is wrong, and the sentence that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub wrong: Wrong,
    /// When, in simulated time.
    pub at: SimTime,
    /// Why, in words.
    pub why: String,
}

/// What came of a world.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Writes of its hosts that were completed, and blocks of its tape jobs.
    pub writes: u64,
    /// Events.
    pub events: u64,
    /// Probes.
    pub met: Met,
    /// Turns that it took to converge once everything was healed; `None` if it did not have to, or did not.
    pub turns: Option<u64>,
    /// What the oracle found, where it was asked.
    pub oracle: Option<OracleReport>,
    /// What is wrong, if anything is.
    pub finding: Option<Finding>,
    /// It was cut off at [`MOST_FACTS`](super::probes::MOST_FACTS): whether it converges was not seen.
    pub cut_off: bool,
    /// A rule is broken on purpose, and something is wrong with it repaired, too: it is not what this world breaks by.
    pub also_repaired: bool,
}

/// The checks that a world must keep: those that its scheme promises under its rules or, where a rule is broken on
/// purpose, under the repaired ones.
pub fn promised(scenario: &Scenario, rules: &RulesWanted) -> CheckSet {
    match rules {
        RulesWanted::Sabotaged(_) => {
            let mut repaired = scenario.clone();
            repaired.protocol.rules = Rules::REPAIRED;
            build::promise(&repaired).kept
        }
        RulesWanted::Mixed | RulesWanted::Any => build::promise(scenario).kept,
    }
}

/// Tries a world; `oracle`: with disasters, too. A panic of the program is a finding.
///
/// # Errors
/// None of a random world, which reads no file.
pub fn try_world(world: &World, promised: CheckSet, oracle: bool) -> Result<Trial, SimulateError> {
    match catch_unwind(AssertUnwindSafe(|| run(world, promised, oracle))) {
        Ok(trial) => trial,
        Err(panic) => {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
            let why = said.unwrap_or_else(|| "the program failed without a word".into());
            Ok(Trial {
                writes: 0,
                events: 0,
                met: Met::default(),
                turns: None,
                oracle: None,
                finding: Some(Finding { wrong: Wrong::Panic, at: SimTime::ZERO, why }),
                cut_off: false,
                also_repaired: false,
            })
        }
    }
}

fn run(world: &World, promised: CheckSet, oracle: bool) -> Result<Trial, SimulateError> {
    let scenario = &world.scenario;
    let mut prober = Prober::new(scenario);
    let judged = judge_only(scenario, &mut prober)?;
    let cut_off = prober.was_cut_off();
    let met = prober.finish(&judged);
    let verdict = &judged.verdict;
    // What had not converged when the run was cut off may still do so.
    let is_seen = |check| !cut_off || check != Check::Complete;
    let broken = |violation: &&Violation| promised.has(violation.check) && is_seen(violation.check);
    let of_order =
        verdict.violations.iter().filter(|violation| violation.check != Check::Complete).find(broken);
    let finding = of_order.or_else(|| verdict.violations.iter().find(broken)).map(|violation| Finding {
        wrong: if violation.check == Check::Complete {
            Wrong::NotConverged
        } else {
            Wrong::Broken(violation.check)
        },
        at: violation.at,
        why: violation.why.clone(),
    });
    let stopped = SimTime::ZERO + scenario.run.duration;
    let converges = verdict.checks.get(Check::Complete) == CheckState::Holds;
    let turns = converges.then(|| judged.ended_at.since(stopped).as_ns().div_ceil(world.turn.as_ns().max(1)));
    let disasters = Disasters { random: DISASTERS, chosen: vec![] };
    let oracle = if oracle && !cut_off && !scenario.pairs.is_empty() {
        Some(disasters_only(scenario, &disasters, &mut |_| {})?)
    } else {
        None
    };
    let disagrees = oracle.iter().flat_map(|report| &report.disagreements).next();
    let finding = finding.or_else(|| {
        let disagreement = disagrees?;
        let group = &scenario.groups[disagreement.group.index()].name;
        let why = format!("a disaster at {}: in group {group}, {}", disagreement.at, disagreement.what);
        Some(Finding { wrong: Wrong::Disagreement, at: disagreement.at, why })
    });
    let blocks: u64 = scenario.tape.jobs.iter().map(|job| job.blocks).sum();
    Ok(Trial {
        writes: judged.counts.acknowledged + blocks,
        events: judged.events,
        met,
        turns,
        oracle,
        finding,
        cut_off,
        also_repaired: false,
    })
}
