//! From a validated scenario to what protocol and observers need to know of it.

use crate::hardware::clock;
use crate::protocol::Scheme;
use crate::protocol::disk::{PairAddress, PairPlace, Settings};
use crate::protocol::rules::{Compare, Recovery, Stamp};
use crate::scenario::Scenario;
use crate::trace::tape::{PreambleJob, TapePreamble};
use crate::trace::{DeclaredRecovery, LimitRule, Preamble, PreamblePair};
use crate::units::{PairId, SimTime};

/// When the run ends at the latest.
pub fn latest_end(scenario: &Scenario) -> SimTime {
    SimTime::ZERO + scenario.run.duration + scenario.run.drain_limit
}

/// What the protocol needs to know.
pub fn settings(scenario: &Scenario) -> Settings {
    let pairs = scenario.pairs.iter().enumerate().map(|(index, pair)| PairAddress {
        place: PairPlace {
            pair: PairId::from(index),
            local: pair.local.system,
            remote: pair.remote,
            group: pair.group,
        },
        remote_unit: pair.remote_unit,
    });
    let clocks = scenario.local_systems.iter().map(|system| &system.clock);
    Settings::new(
        scenario.protocol.scheme,
        scenario.protocol.rules,
        scenario.protocol.marker_interval,
        scenario.protocol.retransmit_timeout,
        !scenario.protocol.limit_period.is_zero(),
        clock::bound_ns(clocks, latest_end(scenario)),
        u64::from(scenario.largest_write),
        pairs.collect(),
        (scenario.local_systems.len(), scenario.remote_systems.len(), scenario.groups.len()),
    )
}

/// What the observers need to know.
pub fn preamble(scenario: &Scenario, settings: &Settings) -> Preamble {
    let rules = &settings.rules;
    let recovery = match scenario.protocol.scheme {
        Scheme::None | Scheme::Synchronous => DeclaredRecovery::Everything,
        Scheme::TimestampOnly => DeclaredRecovery::LatestStamps,
        Scheme::Pair | Scheme::RemoteSystem | Scheme::Group | Scheme::InOrderTransport => {
            DeclaredRecovery::Limit {
                rule: match rules.recovery {
                    Recovery::Highest => LimitRule::Highest,
                    Recovery::Own => LimitRule::Own,
                },
                whole_keys: rules.compare == Compare::WholeKey,
                inclusive: rules.compare != Compare::Less,
            }
        }
    };
    let local_clocks_perfect = scenario.local_systems.iter().all(|system| system.clock.is_perfect());
    let host_clocks_perfect = scenario.hosts.iter().all(|host| host.clock.is_perfect());
    Preamble {
        groups: scenario.groups.iter().map(|group| group.name.clone()).collect(),
        local_systems: scenario.local_systems.iter().map(|system| system.name.clone()).collect(),
        remote_systems: scenario.remote_systems.iter().map(|system| system.name.clone()).collect(),
        pairs: scenario
            .pairs
            .iter()
            .map(|pair| PreamblePair {
                group: pair.group,
                local: pair.local.system,
                local_unit: pair.local.unit,
                remote: pair.remote,
                remote_unit: pair.remote_unit,
            })
            .collect(),
        paths: scenario.paths.len() + scenario.tape.jobs.len(),
        tape: tape_preamble(scenario),
        recovery,
        perfect_clocks: local_clocks_perfect && (rules.stamp == Stamp::Receipt || host_clocks_perfect),
        synchronous: scenario.protocol.scheme == Scheme::Synchronous,
        statistics_from: SimTime::ZERO + scenario.run.warm_up,
        statistics_to: SimTime::ZERO + scenario.run.duration,
    }
}

/// What the observers need to know of tape.
fn tape_preamble(scenario: &Scenario) -> TapePreamble {
    let tape = &scenario.tape;
    let blocks = tape.system_of_unit().into_iter().map(|system| tape.systems[system].drive.block);
    TapePreamble {
        units: tape.unit_names().into_iter().zip(blocks).collect(),
        jobs: tape.jobs.iter().map(|job| PreambleJob { name: job.name.clone(), unit: job.unit }).collect(),
    }
}
