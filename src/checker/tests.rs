//! What a violation says: which check, since when, of which group, which writes. (That the checks break when they
//! must, and only then, is tried against their definition in `world::tests`.)

use super::*;
use crate::recovery::Tracker;
use crate::trace::Key;
use crate::units::{HostId, LocalId, PairId, RemoteId};

/// Facts by hand, one a nanosecond. Pairs 0 and 1 are of group 0, pair 2 is of group 1; pair 1 has the second local
/// system.
pub struct Facts {
    preamble: Preamble,
    tracker: Tracker,
    checker: Checker,
    now: u64,
    writes: Vec<(WriteRef, PairId, u64)>,
}

impl Facts {
    pub fn new() -> Self {
        Self::with(Keeping::Each)
    }

    /// Where a later write may stand for one that was folded into it.
    pub fn folding() -> Self {
        Self::with(Keeping::Covered)
    }

    fn with(keeping: Keeping) -> Self {
        let pair = |group, local, unit| PreamblePair {
            group: GroupId(group),
            local: LocalId(local),
            local_unit: unit,
            remote: RemoteId(0),
            remote_unit: unit,
        };
        let mut preamble = Preamble::of_pairs(vec![pair(0, 0, 0), pair(0, 1, 1), pair(1, 0, 2)]);
        preamble.promise.keeping = keeping;
        let (tracker, checker) = (Tracker::new(&preamble), Checker::new(&preamble));
        Self { preamble, tracker, checker, now: 0, writes: vec![] }
    }

    fn say(&mut self, record: Record) {
        self.now += 1;
        let (now, mut changes) = (SimTime::from_ns(self.now), vec![]);
        self.tracker.observe(now, &record, &mut changes);
        self.checker.observe(now, &record, &changes, self.tracker.table());
        self.tracker.release(&record);
    }

    fn write(&self, serial: u64) -> WriteRef {
        self.writes[serial as usize].0
    }

    /// Serials are given in turn; one block each.
    pub fn issue(&mut self, serial: u64, pair: u32, position: u64) {
        let write = WriteRef { serial, slot: serial as u32 };
        self.writes.push((write, PairId(pair), position));
        let PreamblePair { local, local_unit: unit, .. } = self.preamble.pairs[pair as usize];
        let (host, pair, size) = (HostId(0), Some(PairId(pair)), 512);
        self.say(Record::Issued { write, host, local, unit, pair, position, size });
    }

    pub fn fix(&mut self, serial: u64) {
        self.say(Record::Accepted { write: self.write(serial) });
    }

    pub fn fold(&mut self, serial: u64, into: u64) {
        self.say(Record::Folded { write: self.write(serial), into: self.write(into) });
    }

    pub fn complete(&mut self, serial: u64) {
        self.say(Record::Completed { write: self.write(serial) });
    }

    /// Issued, accepted and completed.
    pub fn write_to(&mut self, serial: u64, pair: u32, position: u64) {
        self.issue(serial, pair, position);
        self.fix(serial);
        self.complete(serial);
    }

    pub fn land(&mut self, serial: u64) {
        let (_, pair, position) = self.writes[serial as usize];
        self.land_at(serial, pair.0, position);
    }

    fn land_at(&mut self, serial: u64, pair: u32, position: u64) {
        let PreamblePair { remote, remote_unit: unit, .. } = self.preamble.pairs[pair as usize];
        self.say(Record::RemoteDestaged { write: self.write(serial), remote, unit, position });
    }

    /// Into the remote cache, from where a recovery would destage it.
    fn cache(&mut self, serial: u64) {
        let (remote, key) = (RemoteId(0), Key { number: serial, ..Key::default() });
        self.say(Record::RemoteCached { write: self.write(serial), remote, key });
    }

    /// Out of the remote cache again.
    fn lose(&mut self, serial: u64) {
        self.say(Record::RemoteCacheLost { write: self.write(serial), remote: RemoteId(0) });
    }

    /// Tracker and checker, as an explorer compares them.
    pub fn judge(&self) -> (&Tracker, &Checker) {
        (&self.tracker, &self.checker)
    }

    pub fn land_locally(&mut self, serial: u64) {
        self.say(Record::LocalDestaged { write: self.write(serial) });
    }

    /// A crash takes it from the local cache.
    pub fn wipe(&mut self, serial: u64) {
        self.say(Record::LocalCacheLost { write: self.write(serial) });
    }

    /// Its host gives it up.
    pub fn abandon(&mut self, serial: u64) {
        self.say(Record::Abandoned { write: self.write(serial) });
    }

    /// What is known of R(t) of group 0.
    pub fn ledgers(&self) -> (&PrefixLedger, &CausalLedger) {
        (&self.checker.prefix[0], &self.checker.causal[0])
    }

    /// What is known of the local unit of a pair.
    pub fn local_image(&self, pair: usize) -> &LocalImage {
        &self.checker.local_images[pair]
    }

    /// What is known of a write in flight.
    pub fn state(&self, serial: u64) -> &WriteState {
        self.tracker.table().get(self.write(serial)).unwrap()
    }

    pub fn table(&self) -> &WriteTable {
        self.tracker.table()
    }

    pub fn finish(self, drained: bool) -> (Verdict, Counts) {
        let end = End { at: SimTime::from_ns(1000), local_site_lost: false, drained };
        self.checker.finish(&end, self.tracker.table())
    }

    /// The violation that stands for a check in the end.
    fn violation(self, check: Check) -> Violation {
        let (verdict, _) = self.finish(true);
        verdict.violations.into_iter().find(|violation| violation.check == check).unwrap()
    }
}

type Said = (u64, Option<u32>, Option<u64>, Option<u64>);

/// When, of which group, and the serials of the writes present and missing.
fn said(violation: &Violation) -> Said {
    let serial = |state: Option<WriteState>| state.map(|state| state.write.serial);
    let group = violation.group.map(|group| group.0);
    (violation.at.as_ns(), group, serial(violation.present), serial(violation.missing))
}

#[test]
fn a_prefix_that_breaks_names_the_first_write_missing_and_the_last_present() {
    let mut facts = Facts::new();
    facts.write_to(0, 0, 0);
    facts.issue(1, 1, 0);
    facts.write_to(2, 0, 8);
    facts.fix(1);
    facts.complete(1);
    facts.land(1); // At 10: without w0 and w2.
    facts.land(0);
    let (verdict, counts) = facts.finish(true);
    let first = verdict.first_violation().unwrap();
    assert_eq!((first.check, said(first)), (Check::RecoverablePrefix, (10, Some(0), Some(1), Some(0))));
    assert!(
        first.why.starts_with("a disaster now would leave w1 at the remote site without w0"),
        "{}",
        first.why
    );
    assert_eq!((counts.acknowledged, counts.destaged, counts.outstanding()), (3, 2, 1));
}

#[test]
fn a_cause_that_is_missing_is_named() {
    let mut facts = Facts::new();
    facts.write_to(0, 0, 0);
    facts.write_to(1, 1, 0);
    facts.write_to(2, 2, 0);
    facts.land(2); // Of another group.
    facts.land(1); // At 11.
    facts.land(0);
    let violation = facts.violation(Check::Causal);
    assert_eq!(said(&violation), (11, Some(0), Some(1), Some(0)));
    assert!(violation.why.ends_with("which was completed before w1 was issued"), "{}", violation.why);
}

#[test]
fn what_lands_out_of_order_twice_or_elsewhere_is_named() {
    let mut facts = Facts::new();
    for serial in 0..2 {
        facts.write_to(serial, 0, 8 * serial);
    }
    facts.land(1);
    facts.land(0); // At 8.
    assert_eq!(said(&facts.violation(Check::PairOrder)), (8, Some(0), Some(1), Some(0)));

    let mut facts = Facts::new();
    facts.write_to(0, 2, 0);
    facts.land(0);
    facts.land(0); // At 5.
    let violation = facts.violation(Check::PairOrder);
    assert_eq!(said(&violation), (5, Some(1), Some(0), Some(0)));
    assert_eq!(violation.why, "w0 was destaged twice");

    for (pair, position, place) in [(1, 8, "block 8 of unit 2"), (0, 9, "block 9 of unit 1")] {
        let mut facts = Facts::new();
        facts.write_to(0, 0, 8);
        facts.land_at(0, pair, position);
        let violation = facts.violation(Check::PairOrder);
        assert_eq!(said(&violation), (4, Some(0), Some(0), Some(0)));
        assert_eq!(
            violation.why,
            format!("w0 was for block 8 of its remote unit and was destaged to {place}")
        );
    }
}

#[test]
fn a_group_that_lands_out_of_order_is_named() {
    let mut facts = Facts::new();
    facts.write_to(0, 0, 0);
    facts.write_to(1, 1, 0);
    facts.land(1);
    facts.land(0); // At 8: on another unit.
    let (verdict, _) = facts.finish(true);
    assert_eq!(verdict.checks.get(Check::PairOrder), CheckState::Holds);
    let of_group =
        verdict.violations.iter().find(|violation| violation.check == Check::DestageOrder).unwrap();
    assert_eq!(said(of_group), (8, Some(0), Some(1), Some(0)));
}

/// Each landing after a later write counts, a second one of the same write too; the last write landing again does not.
#[test]
fn what_lands_out_of_order_is_counted() {
    let mut facts = Facts::new();
    for serial in 0..3 {
        facts.write_to(serial, 0, 8 * serial);
    }
    let mut counts = vec![];
    for serial in [2, 0, 1, 1, 2] {
        facts.land(serial);
        counts.push(facts.checker.counts.out_of_order);
    }
    assert_eq!(counts, [0, 1, 2, 3, 3]);
}

/// The local unit: found out in the end, and dated when it went wrong, before what was found on the way.
#[test]
fn a_stale_block_is_dated_when_it_became_stale() {
    let mut facts = Facts::new();
    facts.write_to(0, 2, 0);
    facts.write_to(1, 2, 0);
    facts.land_locally(1);
    facts.land_locally(0); // At 8.
    facts.land(1); // At 9: breaks the prefix.
    facts.land(0);
    let (verdict, _) = facts.finish(true);
    let first = &verdict.violations[0];
    assert_eq!((first.check, said(first)), (Check::LocalOrder, (8, Some(1), Some(1), Some(0))));
    assert!(first.why.contains("holds w0 although w1 was accepted later"), "{}", first.why);
    assert!(verdict.violations.is_sorted_by_key(|violation| violation.at));

    let mut facts = Facts::new();
    facts.write_to(0, 0, 0);
    facts.wipe(0);
    let violation = facts.violation(Check::LocalOrder);
    assert_eq!(said(&violation), (4, Some(0), Some(0), Some(0)));
    assert!(violation.why.contains("wiped from the local cache"), "{}", violation.why);
}

/// Of all that was destaged early to a block the last write counts, whatever came first.
#[test]
fn the_last_of_the_writes_that_landed_early_counts() {
    let mut facts = Facts::new();
    for serial in 0..4 {
        facts.write_to(serial, 0, 0);
    }
    facts.land_locally(1);
    facts.land_locally(3);
    facts.land_locally(2); // At 15.
    assert_eq!(said(&facts.violation(Check::LocalOrder)), (15, Some(0), Some(3), Some(2)));
}

#[test]
fn what_is_not_complete_names_the_earliest_write_that_is_not_there() {
    let mut facts = Facts::new();
    facts.write_to(0, 0, 0);
    facts.issue(1, 1, 0);
    facts.write_to(2, 1, 8); // Before w1 in local order.
    facts.fix(1);
    facts.complete(1);
    facts.write_to(3, 0, 8);
    facts.land(0);
    let violation = facts.violation(Check::Complete);
    assert_eq!(said(&violation), (1000, Some(0), None, Some(2)));
    assert_eq!(violation.why, "w2 was completed and is not at the remote site at the end");
}

/// At its drain limit a run may have writes under way that nobody was told of: no group is to blame.
#[test]
fn a_run_that_is_not_drained_is_not_complete() {
    let mut facts = Facts::new();
    facts.issue(0, 0, 0);
    let (verdict, _) = facts.finish(false);
    assert_eq!(verdict.violations.iter().map(said).collect::<Vec<_>>(), [(1000, None, None, None)]);
    assert_eq!(verdict.groups[0].get(Check::Complete), CheckState::Holds);
    assert_eq!(verdict.checks.get(Check::Complete), CheckState::Broken);
    assert!(!verdict.holds());
    let (verdict, _) = Facts::new().finish(true);
    assert_eq!((verdict.violations.len(), verdict.holds()), (0, true));
}

/// Of a check that breaks again, the first violation stands.
#[test]
fn the_first_violation_of_a_check_stands() {
    let mut facts = Facts::new();
    for (serial, pair) in [(0, 0), (1, 0), (2, 2), (3, 2)] {
        facts.write_to(serial, pair, 8 * serial);
    }
    facts.land(3); // At 13, in group 1.
    facts.land(1);
    let (verdict, _) = facts.finish(true);
    let prefix = verdict.violations.iter().filter(|violation| violation.check == Check::RecoverablePrefix);
    assert_eq!(prefix.map(said).collect::<Vec<_>>(), [(13, Some(1), Some(3), Some(2))]);
    assert_eq!(verdict.groups[0].get(Check::RecoverablePrefix), CheckState::Broken);
    assert!(verdict.groups.iter().all(|group| group.get(Check::LocalOrder) == CheckState::Holds));
}

/// What is lost from the remote cache no longer stands after anything: of three writes that a crash wipes, the last
/// first, none is missed.
#[test]
fn a_cache_that_is_lost_from_the_end_leaves_a_prefix() {
    for pairs in [[0, 0, 0], [0, 1, 0]] {
        let mut facts = Facts::new();
        for (serial, pair) in (0..).zip(pairs) {
            facts.write_to(serial, pair, 0);
            facts.cache(serial);
        }
        for serial in [2, 1, 0] {
            facts.lose(serial);
        }
        let (verdict, _) = facts.finish(true);
        assert_eq!(verdict.checks.get(Check::RecoverablePrefix), CheckState::Holds);
        assert_eq!(verdict.checks.get(Check::Causal), CheckState::Holds);
    }
}

/// A check that broke stays broken; whether R(t) is in order now is another question, which the slow oracle asks.
#[test]
fn what_is_lost_again_mends_the_image() {
    let mut facts = Facts::new();
    facts.write_to(0, 0, 0);
    facts.write_to(1, 1, 0);
    let holds_now = |facts: &mut Facts| facts.checker.holds_now(GroupId(0), facts.tracker.table());
    assert_eq!(holds_now(&mut facts), (true, true));
    facts.cache(1); // At 7, without w0.
    assert_eq!(holds_now(&mut facts), (false, false));
    facts.lose(1);
    assert_eq!(holds_now(&mut facts), (true, true));
    assert_eq!(said(&facts.violation(Check::Causal)), (7, Some(0), Some(1), Some(0)));
}

/// What is left of a cache may come from another local system: with perfect clocks it is in the same order.
#[test]
fn what_came_from_another_system_stands_after_what_is_lost() {
    let mut facts = Facts::new();
    for (serial, pair) in [(0, 0), (1, 1), (2, 0)] {
        facts.write_to(serial, pair, 0);
        facts.cache(serial);
    }
    facts.lose(2);
    facts.lose(0); // At 14.
    assert_eq!(said(&facts.violation(Check::RecoverablePrefix)), (14, Some(0), Some(1), Some(0)));
}

/// Where a later write stands for an older one, the older one is missing again when the later one is lost; what stands
/// for it still, and what is missing in another group, is no matter.
#[test]
fn what_a_lost_write_stood_for_is_missing_again() {
    let mut facts = Facts::folding();
    facts.write_to(0, 2, 7); // Of another group, and missing.
    facts.write_to(1, 0, 7);
    facts.issue(2, 0, 7);
    facts.fix(2);
    facts.fold(1, 2);
    facts.issue(3, 0, 9);
    facts.fix(3);
    let holds_now = |facts: &mut Facts| facts.checker.holds_now(GroupId(0), facts.tracker.table());
    facts.cache(2);
    facts.cache(3);
    facts.lose(3);
    assert_eq!(holds_now(&mut facts), (true, true), "w2 stands for w1");
    facts.cache(3);
    assert!(facts.checker.broken().iter().next().is_none());
    facts.lose(2); // At 16.
    assert_eq!(holds_now(&mut facts), (false, false));
    assert_eq!(said(&facts.violation(Check::RecoverablePrefix)), (16, Some(0), Some(3), Some(1)));
}

/// A write that was never sent is at the remote site all the same when a later one was destaged to its blocks.
#[test]
fn what_was_overwritten_at_the_remote_site_is_complete() {
    let mut facts = Facts::folding();
    facts.write_to(0, 0, 7);
    facts.write_to(1, 0, 7);
    facts.land(1);
    let (verdict, counts) = facts.finish(true);
    assert_eq!((counts.acknowledged, counts.destaged, counts.outstanding()), (2, 2, 0));
    assert_eq!(verdict.checks.get(Check::Complete), CheckState::Holds);
}

/// A unit may take one write again and again: that says nothing of the writes that are still to come.
#[test]
fn a_write_that_lands_again_stands_for_no_other() {
    let mut facts = Facts::new();
    for serial in 0..3 {
        facts.write_to(serial, 0, 0);
    }
    for _ in 0..4 {
        facts.land_locally(0);
    }
    facts.land_locally(2);
    facts.land_locally(1); // At 15.
    assert_eq!(said(&facts.violation(Check::LocalOrder)), (15, Some(0), Some(2), Some(1)));
}

/// What has been destaged stands for ever, and is remembered although its write is finished: whatever is lost
/// before it is missed.
#[test]
fn what_has_landed_is_remembered() {
    let mut facts = Facts::new();
    for serial in 0..3 {
        facts.write_to(serial, 0, 8 * serial);
        facts.cache(serial);
    }
    facts.land(1);
    facts.land_locally(1);
    assert_eq!(facts.table().get(facts.write(1)), None, "finished");
    facts.lose(2);
    facts.lose(0); // At 16.
    let (verdict, _) = facts.finish(true);
    for check in [Check::RecoverablePrefix, Check::Causal] {
        let violation = verdict.violations.iter().find(|violation| violation.check == check).unwrap();
        assert_eq!(said(violation), (16, Some(0), None, Some(0)));
    }
}

/// Memory is bounded by what is in flight: an abandoned write is forgotten as a completed one is.
#[test]
fn a_write_of_which_nothing_more_can_be_said_is_forgotten() {
    for abandoned in [false, true] {
        let mut facts = Facts::new();
        facts.issue(0, 0, 0);
        facts.fix(0);
        facts.land_locally(0);
        facts.land(0);
        assert!(facts.table().get(facts.write(0)).is_some());
        let write = facts.write(0);
        facts.say(if abandoned { Record::Abandoned { write } } else { Record::Completed { write } });
        assert_eq!(facts.table().get(write), None);
    }
}

/// Two ways to the same facts give the same state of the judge; one that broke a check on its way does not.
#[test]
fn a_state_holds_its_verdict() {
    let after = |order: [u64; 2]| {
        let mut facts = Facts::new();
        facts.write_to(0, 0, 0);
        facts.write_to(1, 2, 0); // Of another group.
        facts.write_to(2, 0, 8);
        for serial in order {
            facts.cache(serial);
        }
        facts
    };
    let hash = |facts: &Facts| {
        let mut state = std::hash::DefaultHasher::new();
        std::hash::Hash::hash(&facts.judge(), &mut state);
        std::hash::Hasher::finish(&state)
    };
    let (first, second) = (after([0, 1]), after([1, 0]));
    assert_eq!(first.judge(), second.judge());
    assert_eq!(hash(&first), hash(&second));
    assert!(first.checker.broken().iter().next().is_none());
    let (in_order, broken) = (after([0, 2]), after([2, 0]));
    assert_eq!(in_order.tracker, broken.tracker);
    assert_ne!(in_order.checker, broken.checker, "for an instant w2 stood there without w0");
    assert_ne!(hash(&in_order), hash(&broken));
    for check in [Check::RecoverablePrefix, Check::Causal] {
        assert!(broken.checker.broken().has(check));
        let violation = broken.checker.violation(check).unwrap();
        assert_eq!((violation.check, violation.missing.unwrap().write.serial), (check, 0));
        let states = [0, 1].map(|group| broken.checker.state(GroupId(group), check));
        assert_eq!(states, [CheckState::Broken, CheckState::Holds]);
    }
}
