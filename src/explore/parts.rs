//! What a state is made of beside the machines of the protocol: hosts and bounds, messages under way, the judge.

use std::collections::BTreeSet;

use super::model::Judged;
use super::scope::Bounds;
use crate::checker::{Check, CheckState, Checker};
use crate::protocol::disk::{Packet, Report, StreamId};
use crate::recovery::{Change, Tracker, WriteState};
use crate::trace::{End, Preamble, Record};
use crate::units::{LocalId, RemoteId, SimTime, WriteRef};
use crate::words::CheckSet;

/// Hosts, and what may still go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Front {
    /// Counts what was issued and fixed: the only time that matters.
    pub now: u32,
    /// Writes issued.
    pub issued: u32,
    /// Writes whose hosts have the completion, a bit each.
    pub completed: u64,
    /// What may still happen so many times.
    pub left: Bounds,
    /// Systems that are down, a bit each: local ones, then from [`REMOTE_BIT`] on remote ones.
    pub down: u32,
    /// Local systems that are to crash between steps 601 and 602, a bit each.
    pub to_crash: u32,
    /// Nothing was issued or sent since time passed.
    pub rested: bool,
    /// Time may still pass.
    pub may_pass: bool,
    /// How often each local system has crashed, four bits each.
    lives: u64,
}

/// The bit of the first remote system.
pub const REMOTE_BIT: u32 = 16;

impl Front {
    /// Before anything happens.
    pub const fn new(left: Bounds) -> Self {
        Self {
            now: 0,
            issued: 0,
            completed: 0,
            left,
            down: 0,
            to_crash: 0,
            rested: false,
            may_pass: true,
            lives: 0,
        }
    }

    /// How often a local system has crashed: timers of an earlier life mean nothing.
    pub const fn life(&self, local: LocalId) -> u16 {
        (self.lives >> (4 * local.0) & 15) as u16
    }

    /// A local system crashes.
    pub const fn crash_local(&mut self, local: LocalId) {
        self.lives += 1 << (4 * local.0);
        self.down |= 1 << local.0;
        self.to_crash &= !(1 << local.0);
    }

    /// Does a system work?
    pub const fn is_up(&self, bit: u32) -> bool {
        self.down >> bit & 1 == 0
    }

    /// Will no control unit crash any more, and does each work?
    pub const fn is_calm(&self) -> bool {
        self.left.crashes == 0 && self.down == 0 && self.to_crash == 0
    }
}

/// What is under way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Message {
    /// The request of a host for this write of the scope, with what its clock showed.
    Request(u32, u64),
    /// A packet for a remote system.
    ToRemote(RemoteId, Packet),
    /// A packet for a local system.
    ToLocal(LocalId, Packet),
    /// Step 902.
    Report(RemoteId, Vec<Report>),
    /// Step 1001.
    Limits(RemoteId, Vec<Report>),
    /// A remote unit is writing what stands in a slot of the cache.
    Writing {
        /// The system.
        remote: RemoteId,
        /// The slot.
        slot: u32,
        /// The write.
        write: WriteRef,
        /// The unit, from 0.
        unit: u32,
        /// First block (512 bytes each).
        position: u64,
    },
    /// A local unit is writing what stands in a slot of the cache.
    WritingLocally(LocalId, u32, WriteRef),
    /// Process 211 of a local system, in this life of it, will come to what waits for it.
    SendDue(LocalId, u16),
    /// The host of a write waits in vain for its completion.
    Waits(WriteRef),
    /// A completion is held until then, in nanoseconds.
    Held(WriteRef, u64),
    /// What was sent under a number of a stream has not left the line of this local system (`network-sync`).
    OnLine(LocalId, StreamId, u64, WriteRef),
}

/// Messages under way, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Net {
    /// Those that arrive in any order: a set, sorted.
    pub any_order: Vec<u32>,
    /// Lines between slaves and master, on which none overtakes: by remote system the reports, then the limits.
    pub lines: Vec<Vec<u32>>,
}

/// A change of what is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetChange {
    /// A message leaves.
    Put(u32),
    /// A message leaves on a line.
    Append(u32, u32),
    /// A message has arrived, or is lost.
    Take(u32),
}

impl Net {
    /// After these changes.
    #[must_use]
    pub fn after(&self, changes: &[NetChange]) -> Self {
        let mut net = self.clone();
        for &change in changes {
            match change {
                NetChange::Put(message) => {
                    // A copy of what is under way already says nothing new: it is a duplicate.
                    if let Err(place) = net.any_order.binary_search(&message) {
                        net.any_order.insert(place, message);
                    }
                }
                NetChange::Append(line, message) => net.lines[line as usize].push(message),
                NetChange::Take(message) => {
                    if let Ok(place) = net.any_order.binary_search(&message) {
                        net.any_order.remove(place);
                    } else if let Some(line) =
                        net.lines.iter_mut().find(|line| line.first() == Some(&message))
                    {
                        line.remove(0);
                    }
                }
            }
        }
        net
    }

    /// Is the message under way?
    pub fn has(&self, message: u32) -> bool {
        self.any_order.binary_search(&message).is_ok()
            || self.lines.iter().any(|line| line.contains(&message))
    }

    /// Messages that may arrive next.
    pub fn next(&self) -> impl Iterator<Item = u32> {
        self.any_order.iter().copied().chain(self.lines.iter().filter_map(|line| line.first().copied()))
    }
}

/// The very tracker and checker of a run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Judge {
    tracker: Tracker,
    checker: Checker,
}

impl Judge {
    /// Nothing observed yet.
    pub fn new(preamble: &Preamble) -> Self {
        Self { tracker: Tracker::new(preamble), checker: Checker::new(preamble) }
    }

    /// After these facts.
    #[must_use]
    pub fn after(&self, facts: &[(SimTime, Record)]) -> Self {
        let mut judge = self.clone();
        let mut changes: Vec<Change> = Vec::new();
        for (now, record) in facts {
            changes.clear();
            judge.tracker.observe(*now, record, &mut changes);
            judge.checker.observe(*now, record, &changes, judge.tracker.table());
            judge.tracker.release(record);
        }
        judge
    }

    /// The checks that are broken so far.
    fn broken(&self) -> CheckSet {
        self.checker.broken()
    }

    /// All that the search asks it.
    pub fn judged(&self) -> Judged {
        let (broken, is_settled) = (self.broken(), self.is_settled());
        let broken_at_end = if is_settled { self.broken_at_end() } else { broken };
        Judged { broken, broken_at_end, is_settled, undone: self.undone() as u32 }
    }

    /// Is nothing more to be said of any write that anybody waits for?
    fn is_settled(&self) -> bool {
        self.tracker.table().iter().all(is_forgotten)
    }

    /// Steps that the writes under way still have before them: to be completed, cached, and destaged at either side.
    fn undone(&self) -> usize {
        let of_write = |write: &WriteState| {
            let done = [
                write.completed().is_some(),
                write.cached().is_some(),
                write.destaged,
                write.left_local_cache,
            ];
            done.into_iter().filter(|done| !done).count() + 1
        };
        self.tracker.table().iter().filter(|write| !is_forgotten(write)).map(of_write).sum()
    }

    /// The checks that are broken if the run ends here, with everything done.
    fn broken_at_end(&self) -> CheckSet {
        let end = End { at: SimTime::ZERO, local_site_lost: false, drained: true };
        let (verdict, _) = self.checker.clone().finish(&end, self.tracker.table());
        let broken: BTreeSet<Check> =
            Check::ALL.into_iter().filter(|&check| verdict.checks.get(check) == CheckState::Broken).collect();
        broken.into_iter().map(|check| CheckSet::of(&[check])).fold(self.broken(), CheckSet::and)
    }

    /// Why a check is broken, in a sentence.
    pub fn why(&self, check: Check) -> Option<String> {
        if let Some(violation) = self.checker.violation(check) {
            return Some(violation.why.clone());
        }
        let end = End { at: SimTime::ZERO, local_site_lost: false, drained: true };
        let (verdict, _) = self.checker.clone().finish(&end, self.tracker.table());
        verdict.violations.into_iter().find(|violation| violation.check == check).map(|found| found.why)
    }
}

/// Is the write given up by its host, and in no local cache? Then nothing but a packet under way can bring it to the
/// remote site, and nobody waits for that.
fn is_forgotten(write: &WriteState) -> bool {
    write.abandoned && (write.fixed().is_none() || write.wiped)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in order on a line stays so; the rest is a set, in which a second copy says nothing new.
    #[test]
    fn messages_are_a_set_but_for_lines() {
        let net = Net { lines: vec![vec![]; 2], ..Net::default() };
        let net =
            net.after(&[NetChange::Put(9), NetChange::Put(4), NetChange::Put(9), NetChange::Append(1, 7)]);
        let net = net.after(&[NetChange::Append(1, 6)]);
        assert_eq!(net.next().collect::<Vec<_>>(), [4, 9, 7]);
        let net = net.after(&[NetChange::Take(9), NetChange::Take(7)]);
        assert_eq!(net.next().collect::<Vec<_>>(), [4, 6]);
        assert!(net.has(6) && !net.has(9));
    }
}
