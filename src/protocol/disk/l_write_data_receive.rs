//! L-write data receive process 210 (Fig. 5): takes a write into the cache and so gives it its place in local
//! order.
//!
//! At most one write or marker is accepted per nanosecond, so that stamps can be unique and increasing.

use super::local::{CacheEntry, EntryState, LocalDiskSystem, LocalOutput, NO_PAIR, UnitState, WriteRequest};
use super::ordering::{Completion, Overlaps};
use super::outputs::Outputs;
use super::settings::Context;
use crate::protocol::rules::{Compare, LocalDestage, Stamp};
use crate::units::{SimDuration, SimTime, WriteRef};

impl LocalDiskSystem {
    /// Fig. 5, step 500.
    #[inline]
    pub(super) fn handle_write_request(
        &mut self,
        context: &Context,
        request: WriteRequest,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        self.waiting.push_back(request);
        self.admit_waiting(context, out);
    }

    /// Fixes the requests that wait, as far as room and time allow.
    pub(super) fn admit_waiting(&mut self, context: &Context, out: &mut impl Outputs<LocalOutput>) {
        while let Some(&request) = self.waiting.front() {
            if self.is_held(context, &request) {
                self.waiting.pop_front();
                self.told_full = self.told_full.saturating_sub(1);
                continue; // Until the cut is made.
            }
            if self.free < u64::from(request.size) {
                self.tell_who_waits_for_room(out);
                return; // Process 213 makes room.
            }
            if !self.may_fix(context) {
                if !self.fix_armed {
                    self.fix_armed = true;
                    out.push(LocalOutput::ArmFix(context.now + SimDuration::NANOSECOND));
                }
                return;
            }
            self.waiting.pop_front();
            self.told_full = self.told_full.saturating_sub(1);
            self.fix(context, request, out);
        }
    }

    /// The first request finds no room, and all behind it wait with it: each is told of once. Waiting for the next
    /// nanosecond is no such wait.
    fn tell_who_waits_for_room(&mut self, out: &mut impl Outputs<LocalOutput>) {
        out.push_all(
            self.waiting.range(self.told_full..).map(|request| LocalOutput::CacheFull(request.write)),
        );
        self.told_full = self.waiting.len();
    }

    /// Has this nanosecond not been given to another write or marker?
    pub(super) fn may_fix(&self, context: &Context) -> bool {
        self.last_fix.is_none_or(|last| last < context.now)
    }

    /// Fig. 5, steps 501 to 504, in one instant.
    fn fix(&mut self, context: &Context, request: WriteRequest, out: &mut impl Outputs<LocalOutput>) {
        let settings = context.settings;
        self.last_fix = Some(context.now);
        self.free -= u64::from(request.size); // Step 501.
        out.push(LocalOutput::Accepted(request.write));
        let stamp = match settings.rules.stamp {
            Stamp::Receipt => self.next_stamp(context), // Step 503, rule `stamp`.
            Stamp::Host => request.host_stamp,
        };
        let order = self.fixed;
        self.fixed += 1;
        let cached = CacheEntry {
            write: request.write,
            unit: request.unit,
            pair: request.pair.unwrap_or(NO_PAIR), // Step 502: the remote address 208 is that of the pair.
            position: request.position,
            size: request.size,
            stamp,
            state: EntryState::Unsent,
            order,
            blockers: 0,
            set: 0,
            at_unit: UnitState::default(),
            is_completed: false,
        };
        let entry = self.cache.insert_as(request.write.serial, cached);
        if !self.captures.is_empty() {
            self.capture(context, entry);
        }
        // An entry that may be destaged before an earlier one to its blocks must not be waited for: once it
        // has left, its place in the cache is another's.
        if settings.rules.local_destage == LocalDestage::PerBlock {
            let before = self.enter_block_order(entry);
            match settings.discipline.overlaps {
                Overlaps::Folded | Overlaps::FoldedInSets => self.fold(context, &before, entry, out),
                Overlaps::Free | Overlaps::OneAfterTheOther => {}
            }
        }
        if request.pair.is_none() {
            out.push(LocalOutput::Complete(request.write, 1));
            self.finish_copy(context, entry, out);
            return;
        }
        match settings.discipline.completion {
            Completion::AtAcceptance => {
                self.complete(context, request.write, completion_wait(context, stamp), out);
            }
            Completion::AtCopy | Completion::OnLine => {} // Process 212 completes it.
            Completion::AtLocalUnit => {
                self.admit_to_epoch(context, entry);
                self.destage_if_ready(context, entry, out);
            }
        }
        self.send_new(context, entry, out);
    }

    /// Step 504: the completion goes to the host. Until it leaves it is the control unit's to lose.
    #[inline]
    pub(super) fn complete(
        &mut self,
        context: &Context,
        write: WriteRef,
        wait: u64,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        if wait > 1 {
            let left = |&(leaves, _): &(SimTime, WriteRef)| leaves <= context.now;
            while self.held.first().is_some_and(left) {
                self.held.pop_first();
            }
            self.held.insert((context.now + SimDuration::from_ns(wait - 1), write));
        }
        out.push(LocalOutput::Complete(write, wait));
    }

    /// The next time stamp 114: unique and increasing, or as the clock gives it (rule `compare`).
    #[inline]
    pub(super) fn next_stamp(&mut self, context: &Context) -> u64 {
        let stamp = match (context.settings.rules.compare, self.last_stamp) {
            (Compare::WholeKey, Some(last)) => context.reading.max(last + 1),
            _ => context.reading,
        };
        self.last_stamp = Some(stamp);
        stamp
    }
}

/// Step 504: nanoseconds until the completion of a write with this stamp may go to the host; at least 1.
#[inline]
pub(super) fn completion_wait(context: &Context, stamp: u64) -> u64 {
    let settings = context.settings;
    // Rule `clock`: until every clock has passed the stamp.
    let until = if settings.waits_for_clocks() { stamp + settings.clock_bound_ns } else { 0 };
    until.saturating_sub(context.reading) + 1
}
