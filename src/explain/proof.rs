//! A violation as a proof: which write stands without which, what happened to either, which limit let it pass.

use super::witness::{Journey, Testimony};
use super::words::{key_told, limit_told};
use crate::checker::{Check, Violation};
use crate::recovery::WriteState;
use crate::scenario::Scenario;
use crate::units::{RemoteId, SimTime};

/// The proof, sentence by sentence; empty where the violation names no write.
pub fn sentences(scenario: &Scenario, violation: &Violation, testimony: &Testimony) -> Vec<String> {
    let journey = |state: &WriteState| testimony.journeys.get(&state.write.serial);
    let mut proof = Vec::new();
    let (missing, present) = (violation.missing.as_ref(), violation.present.as_ref());
    match (missing, present) {
        (Some(missing), Some(present)) if missing.write != present.write => {
            proof.extend(precedence(violation.check, missing, present));
        }
        _ => {}
    }
    if let Some((state, journey)) = missing.and_then(|state| Some((state, journey(state)?))) {
        proof.push(way_of(scenario, state, journey, violation.at));
    }
    let other = present.filter(|present| missing.is_none_or(|missing| missing.write != present.write));
    if let Some((state, journey)) = other.and_then(|state| Some((state, journey(state)?))) {
        proof.push(way_of(scenario, state, journey, violation.at));
        let of_images = matches!(violation.check, Check::RecoverablePrefix | Check::Causal);
        if let Some((missing, (remote, key))) = missing.and_then(|missing| Some((missing, missing.cached()?)))
            && of_images
            && !missing.present
        {
            let remote = scenario.remote_systems.get(remote.index()).map_or("", |system| &system.name);
            proof.push(format!(
                "{} ({}) is in the cache of {remote}, but recovery discards it: no limit that recovery uses there \
                 permits it.",
                missing.write,
                key_told(scenario, missing.group, key.stamp),
            ));
        }
        if let Some((at, remote, limit)) = testimony.released.filter(|_| of_images) {
            let remote = scenario.remote_systems.get(remote.index()).map_or("", |system| &system.name);
            proof.push(format!(
                "The {} that {remote} stored at {at} permits {} ({}), so recovery keeps it.",
                limit_told(scenario, state.group, limit.stamp),
                state.write,
                key_told(scenario, state.group, state.cached().map_or(0, |(_, key)| key.stamp)),
            ));
        } else if of_images && state.cached().is_some() {
            proof.push(format!("No limit time holds {} back: everything in the cache counts.", state.write));
        }
    }
    proof
}

/// Why the one must stand before the other.
fn precedence(check: Check, missing: &WriteState, present: &WriteState) -> Option<String> {
    let (first, later) = (missing.write, present.write);
    match check {
        Check::Causal => Some(format!(
            "{first} precedes {later}: its host had the completion at {}, and {later} was issued at {}.",
            missing.completed()?,
            present.issued
        )),
        Check::LocalOrder => Some(format!(
            "{first} comes before {later} in local order: accepted at {} and {}.",
            missing.fixed()?,
            present.fixed()?
        )),
        _ => {
            let order = format!(
                "{first} comes before {later} in local order: accepted at {} and {}",
                missing.fixed()?,
                present.fixed()?
            );
            Some(missing.completed().map_or_else(
                || format!("{order}."),
                |completed| {
                    format!("{order}; its host had the completion at {completed}, so it must not be missing.")
                },
            ))
        }
    }
}

/// What became of a write until `at`.
fn way_of(scenario: &Scenario, state: &WriteState, journey: &Journey, at: SimTime) -> String {
    let mut told = vec![format!("issued {}", state.issued)];
    told.extend(state.fixed().map(|fixed| format!("accepted {fixed}")));
    told.extend(state.completed().map(|completed| format!("completed {completed}")));
    if state.abandoned {
        told.push("given up by its host".into());
    }
    told.extend(journey.wiped.map(|wiped| format!("wiped from the local cache {wiped}")));
    match journey.sent {
        None => told.push("never sent".into()),
        Some(sent) => {
            let first = journey.first;
            let fate = match (first.lost, first.sent) {
                (0, _) => String::new(),
                (lost, all) if lost == all => " and lost".into(),
                (lost, all) => format!(" ({lost} of {all} packets lost)"),
            };
            told.push(format!("sent {sent}{fate}"));
        }
    }
    if let Some(last) = journey.resent_last {
        let all = journey.again;
        let fate = match (all.lost, all.sent) {
            (0, _) => String::new(),
            (lost, sent) if lost == sent => ", all lost".into(),
            (lost, sent) => format!(", {lost} of {sent} packets lost"),
        };
        told.push(match journey.resent {
            1 => format!("resent {last}{fate}"),
            times => format!("resent {times} times until {last}{fate}"),
        });
    }
    let remote = |remote: RemoteId| {
        scenario.remote_systems.get(remote.index()).map_or("", |system| &system.name).to_owned()
    };
    let cached =
        journey.cached.iter().map(|&(at, system)| (at, 0, format!("cached at {} {at}", remote(system))));
    let destaged = journey.destaged.iter().map(|&at| (at, 2, format!("destaged {at}")));
    let lost = journey.cache_lost.map(|at| (at, 1, format!("gone from the remote cache {at}")));
    let mut arrived: Vec<(SimTime, u8, String)> = cached.chain(destaged).chain(lost).collect();
    arrived.sort();
    let is_there = !arrived.is_empty();
    told.extend(arrived.into_iter().map(|(_, _, what)| what));
    if !is_there && journey.sent.is_some() && !is_lost(journey) {
        told.push(match journey.arrived {
            Some(_) => format!("arrived, but not in a remote cache at {at}"),
            None => format!("on its way at {at}"),
        });
    }
    format!("{} ({}): {}.", state.write, scenario.pair_name(state.pair), told.join(", "))
}

/// Was all that was sent of it lost?
const fn is_lost(journey: &Journey) -> bool {
    journey.first.lost > 0 && journey.again.lost == journey.again.sent
}
