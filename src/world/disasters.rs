//! Disasters: at chosen instants a copy of the world loses its local site and runs the declared recovery. What that
//! leaves the slow oracle judges, and compares with what the streaming checker says of the instant.
//!
//! A disaster comes before anything else of its instant. The run itself does not notice: it is the same without.

use rand_chacha::ChaCha8Rng;

use super::belt::Belt;
use super::judge::{Judge, Meters};
use super::oracle::Oracle;
use super::run::{Ran, World};
use super::{Disagreement, Disasters, OracleReport, SimulateError, build};
use crate::checker::Check;
use crate::engine::random::{Streams, unit_open};
use crate::protocol::disk::Settings;
use crate::scenario::Scenario;
use crate::units::{GroupId, SimTime};

/// The instants of disaster in their order: as many as one likes, none of them kept.
#[derive(Clone, Debug)]
pub(super) struct Instants {
    draws: ChaCha8Rng,
    /// Random instants still to come, after `drawn` and before `end`, in nanoseconds.
    random: u32,
    drawn: f64,
    end: f64,
    /// The next of them.
    next: Option<SimTime>,
    /// Those that were chosen, the last first.
    chosen: Vec<SimTime>,
}

impl Instants {
    fn new((start, end): (SimTime, SimTime), draws: ChaCha8Rng, disasters: &Disasters) -> Self {
        let mut chosen = disasters.chosen.clone();
        chosen.sort_unstable_by_key(|&at| std::cmp::Reverse(at));
        let (drawn, end) = (start.as_ns() as f64, end.as_ns() as f64);
        let mut instants = Self { draws, random: disasters.random, drawn, end, next: None, chosen };
        instants.draw();
        instants
    }

    /// The least of n independent uniform draws from what is left: 1 - U^(1/n) of it. The rest are uniform above it,
    /// so that one after the other they are the order statistics of n draws.
    fn draw(&mut self) {
        self.next = (self.random > 0).then(|| {
            let above = libm::pow(unit_open(&mut self.draws), 1.0 / f64::from(self.random));
            self.drawn = self.end - (self.end - self.drawn) * above;
            self.random -= 1;
            SimTime::from_ns(self.drawn as u64)
        });
    }
}

impl Iterator for Instants {
    type Item = SimTime;

    fn next(&mut self) -> Option<SimTime> {
        match (self.next, self.chosen.last()) {
            (Some(random), chosen) if chosen.is_none_or(|&chosen| random <= chosen) => {
                self.draw();
                Some(random)
            }
            _ => self.chosen.pop(),
        }
    }
}

impl Instants {
    /// Those of `run.disasters`: from `warm_up` to `duration`.
    pub(super) fn of_run(scenario: &Scenario) -> Self {
        let run = &scenario.run;
        let times = (SimTime::ZERO + run.warm_up, SimTime::ZERO + run.duration);
        let draws = Streams::new(run.seed).stream("disasters");
        Self::new(times, draws, &Disasters { random: run.disasters, chosen: Vec::new() })
    }
}

/// Runs a scenario with disasters, and measures `meters` of it.
///
/// # Errors
/// When a trace cannot be read.
pub fn run<M: Meters>(
    scenario: &Scenario,
    settings: &Settings,
    meters: M,
    disasters: &Disasters,
    progress: &mut dyn FnMut(SimTime),
) -> Result<(Ran, Judge<M>, OracleReport), SimulateError> {
    let preamble = build::preamble(scenario);
    let draws = Streams::new(scenario.run.seed).stream("oracle");
    let instants = Instants::new((SimTime::ZERO, preamble.statistics_to), draws, disasters);
    let watchers = (Belt::to(Judge::new(&preamble, meters)), Oracle::new(&preamble));
    let mut world = World::new(scenario, settings, watchers)?.with_disasters();
    let mut report = OracleReport::default();
    world.start()?;
    for at in instants {
        world.advance(at, progress)?;
        if world.is_over() || world.parts.local_site.is_lost {
            break;
        }
        strike(&mut world, at, &mut report)?;
    }
    world.advance(SimTime::MAX, progress)?;
    let (ran, (belt, _)) = world.finish();
    Ok((ran, belt.into_taker(), report))
}

/// A copy of the world loses its local site at `at`; what recovery leaves is judged and compared with what the
/// streaming checker says of this instant.
fn strike<M: Meters>(
    world: &mut World<'_, (Belt<Judge<M>>, Oracle)>,
    at: SimTime,
    report: &mut OracleReport,
) -> Result<(), SimulateError> {
    let (belt, oracle) = &mut world.stage.watchers;
    let watchers = (Belt::to(belt.taker().without_meters()), oracle.clone());
    let (mut recovered_judge, recovered) = world.lose_copy(at, watchers)?;
    let mut all_hold = true;
    for group in (0..world.parts.scenario.groups.len()).map(GroupId::from) {
        let found = recovered.judge(group);
        let (prefix, causal) = world.stage.watchers.0.taker().holds_now(group);
        all_hold &= found.prefix && found.causal && found.image;
        let mut disagree = |what| report.disagreements.push(Disagreement { at, group, what });
        if found.prefix != prefix {
            disagree(if prefix {
                "the image is not a prefix, and the checker says it is"
            } else {
                "the image is a prefix, and the checker says it is not"
            });
        }
        if found.causal != causal {
            disagree(if causal {
                "the image is not closed under precedes, and the checker says it is"
            } else {
                "the image is closed under precedes, and the checker says it is not"
            });
        }
        // Blocks in the wrong order are wrong destages; a hole in the prefix is a wrong block, too.
        if !found.image && found.prefix && !recovered_judge.taker().is_broken(group, Check::PairOrder) {
            disagree("a block holds the wrong write, and the checker says it does not");
        }
    }
    report.disasters += 1;
    report.broken += u64::from(!all_hold);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instants(random: u32, chosen: &[u64]) -> Vec<u64> {
        let chosen = chosen.iter().map(|&ns| SimTime::from_ns(ns)).collect();
        let disasters = Disasters { random, chosen };
        let draws = Streams::new(1).stream("oracle");
        let instants = Instants::new((SimTime::ZERO, SimTime::from_ns(1_000_000)), draws, &disasters);
        instants.map(SimTime::as_ns).collect()
    }

    #[test]
    fn random_instants_are_in_order_uniform_and_as_many_as_asked_for() {
        let found = instants(10_000, &[]);
        assert_eq!(found.len(), 10_000);
        assert!(found.is_sorted());
        // Kolmogorov and Smirnov: at 10,000 draws 0.0195 is exceeded once in a thousand times.
        let apart = |(index, &ns): (usize, &u64)| (ns as f64 / 1e6 - index as f64 / 1e4).abs();
        assert!(found.iter().enumerate().map(apart).fold(0.0, f64::max) < 0.0195);
    }

    #[test]
    fn chosen_instants_stand_among_them_and_nothing_is_kept_of_those_to_come() {
        assert_eq!(instants(0, &[7, 5]), [5, 7]);
        let found = instants(3, &[0, 999_999]);
        assert!(found.len() == 5 && found.is_sorted() && found[0] == 0 && found[4] == 999_999, "{found:?}");
        let many = Disasters { random: u32::MAX, chosen: vec![] };
        let draws = Streams::new(1).stream("oracle");
        let mut many = Instants::new((SimTime::ZERO, SimTime::from_ns(1_000_000)), draws, &many);
        assert!(many.next() <= many.next());
    }
}
