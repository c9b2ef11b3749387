//! What a tamper, or the definition, once found: each as the few facts that show it.

use super::definition::ByDefinition;
use crate::checker::{Check, CheckState, Verdict};
use crate::protocol::disk::{
    Context, LocalDiskSystem, LocalInput, LocalOutput, Packet, PairAddress, PairPlace, Settings, WriteRequest,
};
use crate::protocol::transport::{SendingId, Transport};
use crate::protocol::{Rules, Scheme};
use crate::trace::{
    DeclaredRecovery, End, Key, LimitRule, Observer, Preamble, PreamblePair, Record, Recorder,
};
use crate::units::{GroupId, HostId, LocalId, PairId, RemoteId, SimDuration, SimTime, WriteRef};
use crate::world::judge::Judge;

/// Two local systems, each with a pair to R1 in one group.
fn preamble(perfect_clocks: bool) -> Preamble {
    let pair = |local| PreamblePair {
        group: GroupId(0),
        local: LocalId(local),
        local_unit: 0,
        remote: RemoteId(0),
        remote_unit: local,
    };
    Preamble {
        recovery: DeclaredRecovery::Limit { rule: LimitRule::Highest, whole_keys: true, inclusive: true },
        perfect_clocks,
        ..Preamble::of_pairs(vec![pair(0), pair(1)])
    }
}

/// The write to pair `n`, issued first if `n` is 0.
fn write(n: u32) -> WriteRef {
    WriteRef { serial: u64::from(n), slot: n }
}

fn issued(n: u32) -> Record {
    let pair = Some(PairId(n));
    Record::Issued {
        write: write(n),
        host: HostId(0),
        local: LocalId(n),
        unit: 0,
        pair,
        position: 0,
        size: 512,
    }
}

fn accepted(n: u32) -> Record {
    Record::Accepted { write: write(n) }
}

fn completed(n: u32) -> Record {
    Record::Completed { write: write(n) }
}

fn cached(n: u32, stamp: u64) -> Record {
    let key = Key { stamp, local: LocalId(n), number: 0 };
    Record::RemoteCached { write: write(n), remote: RemoteId(0), key }
}

fn limit(stamp: u64) -> Record {
    let limit = Some(Key { stamp, local: LocalId(9), number: 0 });
    Record::LimitStored { remote: RemoteId(0), group: Some(GroupId(0)), limit }
}

fn landed(n: u32) -> Record {
    Record::RemoteDestaged { write: write(n), remote: RemoteId(0), unit: n, position: 0 }
}

/// What the checker says of these facts, one every ten nanoseconds; the definition says the same.
fn verdict(preamble: &Preamble, facts: &[Record]) -> Verdict {
    let mut judge = Judge::new(preamble, ());
    let mut recorder = Recorder::default();
    recorder.begin(preamble);
    let mut now = SimTime::ZERO;
    for fact in facts {
        now += SimDuration::from_ns(10);
        judge.record(&[(now, *fact)]);
        recorder.observe(now, fact);
    }
    let end = End { at: now, local_site_lost: facts.contains(&Record::LocalSiteLost), drained: true };
    recorder.end(&end);
    let verdict = judge.finish(&end).0;
    assert_eq!(ByDefinition::of(&recorder).disagreement(&verdict), None);
    verdict
}

/// `destage-order` was broken by writes that imperfect clocks leave free to stand in either order.
#[test]
fn concurrent_writes_may_be_destaged_in_either_order_where_clocks_are_imperfect() {
    let concurrent = [issued(0), issued(1), accepted(0), accepted(1), completed(0), completed(1)];
    let received = [cached(0, 40), cached(1, 30), limit(50), landed(1), landed(0)];
    let facts = [&concurrent[..], &received].concat();
    assert_eq!(verdict(&preamble(false), &facts).checks.get(Check::DestageOrder), CheckState::Holds);
    assert_eq!(verdict(&preamble(true), &facts).checks.get(Check::DestageOrder), CheckState::Broken);
    // One after the other they are not.
    let dependent = [issued(0), accepted(0), completed(0), issued(1), accepted(1), completed(1)];
    let facts = [&dependent[..], &received].concat();
    assert_eq!(verdict(&preamble(false), &facts).checks.get(Check::DestageOrder), CheckState::Broken);
}

/// Of two copies, the first was believed, whatever the second said.
#[test]
fn of_two_copies_that_with_the_lower_key_counts() {
    let facts = [issued(0), issued(1), accepted(0), accepted(1), completed(0), completed(1), limit(30)];
    // The copy of w1 that the limit has reached comes second: it is present without w0.
    let broken = verdict(&preamble(true), &[&facts[..], &[cached(1, 40), cached(1, 30)]].concat());
    assert_eq!(broken.checks.get(Check::RecoverablePrefix), CheckState::Broken);
}

/// A write cached again after a crash was found by the key that it had before.
#[test]
fn a_write_cached_again_goes_by_its_new_key() {
    let facts = [issued(0), issued(1), accepted(0), accepted(1), completed(0), completed(1)];
    let crash = Record::RemoteCacheLost { write: write(1), remote: RemoteId(0) };
    let again = [cached(1, 30), crash, cached(1, 50), limit(40)];
    let holds = verdict(&preamble(true), &[&facts[..], &again].concat());
    assert_eq!(holds.checks.get(Check::RecoverablePrefix), CheckState::Holds);
}

/// What recovery discarded stood in R(t) for ever.
#[test]
fn what_recovery_discards_is_missing() {
    let facts = [issued(0), issued(1), accepted(0), accepted(1), completed(0), completed(1)];
    let recovery = [cached(0, 30), cached(1, 40), limit(50), Record::LocalSiteLost, landed(1)];
    let facts = [&facts[..], &recovery].concat();
    assert!(verdict(&preamble(true), &facts).checks.get(Check::RecoverablePrefix) == CheckState::Holds);
    let discarded = Record::RemoteCacheLost { write: write(0), remote: RemoteId(0) };
    let broken = verdict(&preamble(true), &[&facts[..], &[discarded]].concat());
    assert_eq!(broken.checks.get(Check::RecoverablePrefix), CheckState::Broken);
}

/// A write whose host was told before it was accepted was never missed by `recoverable-prefix`.
#[test]
fn a_write_completed_before_it_is_fixed_is_missed() {
    let facts = [issued(0), completed(0), accepted(0), issued(1), accepted(1), cached(1, 50), limit(60)];
    let broken = verdict(&preamble(true), &facts);
    assert_eq!(broken.checks.get(Check::RecoverablePrefix), CheckState::Broken);
}

/// With a completion in the very nanosecond of the arrival, a write issued in it could overtake by a tie what it is to
/// follow.
#[test]
fn a_synchronous_completion_takes_a_nanosecond() {
    let place = PairPlace { pair: PairId(0), local: LocalId(0), remote: RemoteId(0), group: GroupId(0) };
    let pairs = vec![PairAddress { place, remote_unit: 0 }];
    let (interval, rules) = (SimDuration::from_ns(10), Rules::REPAIRED);
    let settings = Settings::new(
        Scheme::Synchronous,
        rules,
        interval,
        vec![vec![Transport::fixed(interval)]],
        SimDuration::ZERO,
        0,
        512,
        pairs,
        (1, 1, 1),
    );
    let mut system = LocalDiskSystem::new(&settings, LocalId(0), None);
    let mut out = Vec::new();
    let at = |ns| Context { settings: &settings, now: SimTime::from_ns(ns), reading: ns };
    let (write, pair) = (write(0), Some(PairId(0)));
    let request = WriteRequest { write, unit: 0, pair, position: 0, size: 512, host_stamp: 0 };
    system.handle(&at(1), LocalInput::WriteRequest(request), &mut out);
    let sent = out.iter().find_map(|output| match *output {
        LocalOutput::Send { packet: Packet::WriteData(data), .. } => Some(data),
        _ => None,
    });
    let data = sent.unwrap();
    out.clear();
    system.handle(
        &at(9),
        LocalInput::Completion { stream: data.stream, number: data.number, answers: SendingId::new(0) },
        &mut out,
    );
    assert!(out.contains(&LocalOutput::Complete(write, 1)), "{out:?}");
}
