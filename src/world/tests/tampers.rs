//! The checker is seen to fail: the protocol is broken at its seam with the hardware, off by one, by a wrong
//! comparison or by lost state, and the check that DESIGN (section 2) and RULES.md say catches it.

mod nanoseconds;
mod ways;

use std::collections::BTreeSet;

use super::definition::{self, ByDefinition};
use super::seam::Tamper::{self, *};
use crate::checker::Check::{self, *};
use crate::checker::{CheckState, Verdict};
use crate::scenario::Scenario;
use crate::trace::Recorder;
use crate::world::belt::Belt;
use crate::world::build;
use crate::world::judge::Judge;
use crate::world::run::World;
use nanoseconds::*;
use ways::*;

/// A name, what the world needs for it, the tampers; the check that must break, and those that may break with it.
type Row = (&'static str, fn(&mut Scenario), &'static [Tamper], Check, &'static [Check]);

/// What follows from a limit that is too late: a write is recovered, and perhaps destaged, without an earlier one.
const TOO_LATE: &[Check] = &[Causal, PairOrder];
/// What may break before `complete` does: a number taken for another lets the limit pass a missing write.
const TOO_EARLY: &[Check] = &[RecoverablePrefix, Causal];

#[rustfmt::skip]
const TABLE: [Row; 28] = [
    ("a slave stores a limit two writes late",       crowded,  &[LocalSends(note_stamp), RemoteSays(store_two_writes_late)],                  RecoverablePrefix, TOO_LATE),
    ("the limit is the latest report",               plain,    &[Reports(note), Limits(latest_report)], RecoverablePrefix, TOO_LATE),
    ("a slave leaves out one stream",                one_lossy_path, &[Settings(leave_one_stream_out)],      RecoverablePrefix, TOO_LATE),
    ("the limits of two groups are mixed up",        plain,    &[Limits(groups_mixed_up)],             RecoverablePrefix, TOO_LATE),
    ("destaging ignores the limit",                  plain,    &[Limits(no_limit), RemoteSays(store_nothing)], RecoverablePrefix, TOO_LATE),
    ("a slave stores the limit before the last",     periodic, &[RemoteSays(store_the_one_before)],    RecoverablePrefix, &[Causal]),
    ("a slave forgets its limit",                    plain,    &[RemoteSays(forget_the_limit)],        RecoverablePrefix, &[Causal]),
    ("each system recovers by its own limit",        disaster, &[Settings(own_limits)],                RecoverablePrefix, &[Causal]),

    ("the contiguous end is one past the gap",       plain,    &[RemoteHears(one_past_the_gap)],       RecoverablePrefix, &[Causal, Complete]),
    ("a number is used twice",                       plain,    &[LocalSends(use_four_twice)],          Complete, TOO_EARLY),
    ("a number is skipped",                          plain,    &[LocalNumbers(skip_five), LocalHears(hear_without_five)], Complete, &[]),
    ("the sequence counter is forgotten",            plain,    &[LocalNumbers(forget_the_counter), LocalHears(hear_after_seven)], Complete, TOO_EARLY),

    ("a packet has the stamp of the write before",   plain,    &[LocalSends(stamp_of_the_write_before)], RecoverablePrefix, TOO_LATE),
    ("a local system stamps ahead of its clock",     plain,    &[LocalSends(first_system_ahead)],      RecoverablePrefix, TOO_LATE),
    ("a marker is ahead of a write still to come",   plain,    &[MarkerSays(marker_ahead)],            RecoverablePrefix, TOO_LATE),

    ("a packet that can be rebuilt has the stamp of the write before", repaired, &[LocalSends(stamp_of_the_write_before)], RecoverablePrefix, TOO_LATE),
    ("the remote site asks no more",                 pulled,   &[RemoteSays(ask_a_dozen_times)],       Complete, &[]),

    ("a resend is not sent",                         plain,    &[LocalSays(never_resend)],             Complete, &[]),
    ("a refused packet is completed",                small_remote_cache, &[RemoteSays(complete_the_refused)], Complete, &[]),
    ("a duplicate is accepted",                      plain,    &[Settings(accept_duplicates)],         PairOrder, &[]),
    ("the host is told before the write is fixed",   small_local_cache, &[LocalSays(complete_before_the_fix)], Causal, &[]),

    ("the later of two writes is destaged first",    plain,    &[RemoteLands(later_first)],            PairOrder, &[]),
    ("a write is destaged twice",                    plain,    &[RemoteLands(twice)],                  PairOrder, &[]),
    ("content lands one block further",              plain,    &[RemoteLands(one_block_further)],      PairOrder, &[]),
    ("content lands on another unit",                plain,    &[RemoteLands(on_another_unit)],        PairOrder, &[]),
    ("two writes land in each other's place",        plain,    &[RemoteLands(in_each_others_place)],   PairOrder, &[]),
    ("another system destages first",                serial,   &[RemoteLands(other_system_first)],     DestageOrder, &[]),
    ("the newer of two writes is on the local unit first", one_block, &[LocalLands(newer_first)],      LocalOrder, &[]),
];

/// The verdict on the world of a row, tampered with or not; checker and definition agree on it, too.
fn verdict(&(name, needs, ..): &Row, tampers: &[Tamper], seed: u64) -> Verdict {
    let mut scenario = world(seed);
    needs(&mut scenario);
    let mut settings = build::settings(&scenario);
    for tamper in tampers {
        if let Settings(tamper) = tamper {
            tamper(&mut settings);
        }
    }
    let mut recorder = Recorder::default();
    let belt = Belt::to(Judge::new(&build::preamble(&scenario), ()));
    let mut world = World::new(&scenario, &settings, (belt, &mut recorder)).unwrap();
    world.parts.seam.tampers = tampers.to_vec();
    let (ran, (belt, _)) = world.run(&mut |_| {}).unwrap();
    let (verdict, ..) = belt.into_taker().finish(&ran.end);
    if let Some(wrong) = ByDefinition::of(&recorder).disagreement(&verdict) {
        panic!("{name}, seed {seed}: {wrong}\n{}", definition::facts(&recorder));
    }
    verdict
}

/// The judged checks that broke.
fn broken(verdict: &Verdict) -> Vec<Check> {
    let is_broken = |check: &Check| verdict.checks.get(*check) == CheckState::Broken;
    Check::ALL.into_iter().filter(is_broken).collect()
}

const SEEDS: std::ops::RangeInclusive<u64> = 1..=3;

#[test]
fn every_tamper_is_caught_by_its_check_and_every_check_catches_one_alone() {
    let mut alone = BTreeSet::new();
    for row in &TABLE {
        let (name, _, tampers, breaks, with) = row;
        for seed in SEEDS {
            let untouched = broken(&verdict(row, &[], seed));
            assert_eq!(untouched, [], "{name}, seed {seed}, without the tamper");
            let broken = broken(&verdict(row, tampers, seed));
            assert!(broken.contains(breaks), "{name}, seed {seed}: {breaks} holds, broken are {broken:?}");
            let blamed = |check: &&Check| *check != breaks && !with.contains(check);
            assert_eq!(broken.iter().find(blamed), None, "{name}, seed {seed}");
            alone.extend((broken.len() == 1).then(|| broken[0]));
        }
    }
    // The tape has a checker of its own.
    assert!(Check::ALL.into_iter().all(|check| check == TapeOrder || alone.contains(&check)), "{alone:?}");
}
