//! L-write data destage process 213: writes to the local unit what the remote site has.
//!
//! The patent leaves it to "known conventional methods". Two writes to a block must land in local order (rule
//! `local-destage`), so a write waits for every earlier one that overlaps it.

use std::collections::BTreeMap;

use super::local::{EntryState, LocalDiskSystem, LocalOutput, WriteRequest};
use super::settings::Context;
use crate::protocol::Scheme;
use crate::protocol::rules::LocalDestage;

/// The writes of one local unit that have not landed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BlockOrder {
    /// (first block, order) to (end block, place in the cache).
    pending: BTreeMap<(u64, u64), (u64, u32)>,
    /// Blocks of the longest write so far: how far before a block an overlapping write can start.
    longest: u64,
}

/// First block after a request's last.
fn end(request: &WriteRequest) -> u64 {
    request.position + u64::from(request.size).div_ceil(512)
}

impl LocalDiskSystem {
    /// Notes which earlier writes the entry overlaps.
    pub(super) fn enter_block_order(&mut self, entry: u32) {
        let Some(cached) = self.cache.get(entry) else { return };
        let (request, order) = (cached.request, cached.order);
        let unit = &mut self.units[request.unit as usize];
        let end = end(&request);
        unit.longest = unit.longest.max(end - request.position);
        let mut blockers = 0;
        let from = request.position.saturating_sub(unit.longest);
        for (_, &(_, earlier)) in unit
            .pending
            .range((from, 0)..(end, 0))
            .filter(|&(_, &(earlier_end, _))| earlier_end > request.position)
        {
            if let Some(earlier) = self.cache.get_mut(earlier) {
                earlier.blocks.push(entry);
                blockers += 1;
            }
        }
        unit.pending.insert((request.position, order), (end, entry));
        if let Some(cached) = self.cache.get_mut(entry) {
            cached.blockers = blockers;
        }
    }

    /// Gives the entry to its unit if the remote site has it and no earlier write to its blocks is under way.
    pub(super) fn destage_if_ready(&mut self, context: &Context, entry: u32, out: &mut Vec<LocalOutput>) {
        let Some(cached) = self.cache.get_mut(entry) else { return };
        let in_turn =
            cached.blockers == 0 || context.settings.rules.local_destage == LocalDestage::OnCompletion;
        if cached.state == EntryState::Done && in_turn {
            cached.state = EntryState::Destaging;
            let WriteRequest { unit, write, .. } = cached.request;
            out.push(LocalOutput::Destage { entry, unit, write });
        }
    }

    /// Nothing waits for any unit any more (a crash wiped the cache).
    pub(super) fn clear_block_order(&mut self) {
        self.units.iter_mut().for_each(|unit| unit.pending.clear());
    }

    /// The unit has written the entry: its room is free, and what waited for it may go.
    pub(super) fn handle_landed(&mut self, context: &Context, entry: u32, out: &mut Vec<LocalOutput>) {
        let Some(cached) = self.cache.remove(entry) else { return };
        let request = cached.request;
        self.free += u64::from(request.size);
        self.units[request.unit as usize].pending.remove(&(request.position, cached.order));
        for later in cached.blocks {
            let Some(waiting) = self.cache.get_mut(later) else { continue };
            waiting.blockers -= 1;
            if context.settings.scheme == Scheme::Synchronous && waiting.state == EntryState::Unsent {
                self.send_new(context, later, out);
            }
            self.destage_if_ready(context, later, out);
        }
        self.admit_waiting(context, out);
    }
}
