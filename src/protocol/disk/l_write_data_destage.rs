//! L-write data destage process 213: writes to the local unit what the remote site has.
//!
//! The patent leaves it to "known conventional methods". Two writes to a block must be destaged in local order (rule
//! `local-destage`), so a write waits for the one that wrote each of its blocks last before it; that one waits for the
//! one before. So what a write costs does not depend on how many others wait for the same blocks.

use std::collections::BTreeMap;

use super::l_write_data_receive::completion_wait;
use super::local::{CacheEntry, EntryState, LocalDiskSystem, LocalOutput, UnitState};
use super::ordering::Overlaps;
use super::outputs::Outputs;
use super::settings::Context;
use crate::collections::BlockMap;
use crate::protocol::rules::{CutFold, LocalDestage};

/// The writes of a local system that have not been destaged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BlockOrder {
    /// For each block of a unit the write that wrote it last, by its slot in the cache.
    last_writer: BlockMap,
    /// By the slot of a write that others wait for: these.
    waiting: BTreeMap<u32, Vec<u32>>,
}

/// May a write of set `older` give its place to one of set `newer`?
fn may_fold(context: &Context, older: u32, newer: u32) -> bool {
    match context.settings.discipline.overlaps {
        Overlaps::FoldedInSets => {
            let across = context.settings.rules.cut_fold == CutFold::Across;
            context.settings.cut.fold && (older == newer || across)
        }
        Overlaps::Folded => true,
        Overlaps::Free | Overlaps::OneAfterTheOther => false,
    }
}

impl LocalDiskSystem {
    /// Notes which earlier writes the entry must be destaged after, and says which.
    #[inline]
    pub(super) fn enter_block_order(&mut self, entry: u32) -> Vec<u32> {
        let Some(cached) = self.cache.get(entry) else { return Vec::new() };
        let order = &mut self.block_order;
        let mut before = order.last_writer.replace(cached.unit, cached.position..cached.end(), entry);
        before.sort_unstable();
        before.dedup();
        for &earlier in &before {
            order.waiting.entry(earlier).or_default().push(entry);
        }
        if let Some(cached) = self.cache.get_mut(entry) {
            cached.blockers = before.len() as u32;
        }
        before
    }

    /// Of the writes `before` an entry, those that were not sent and all of whose blocks it writes give it their place:
    /// nothing is waited for before the local unit may have them.
    pub(super) fn fold(
        &mut self,
        context: &Context,
        before: &[u32],
        entry: u32,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let Some(&newer) = self.cache.get(entry) else { return };
        for &earlier in before {
            let Some(&older) = self.cache.get(earlier) else { continue };
            let is_covered = newer.position <= older.position && older.end() <= newer.end();
            if older.state != EntryState::Unsent || !is_covered || !may_fold(context, older.set, newer.set) {
                continue;
            }
            if let Some(pair) = older.pair() {
                let stream = context.settings.layout.stream_of_pair[pair.index()];
                self.stream_mut(context.settings, stream).wait_no_more((older.stamp, older.order));
                self.captured_less(context, pair, older.size);
                out.push(LocalOutput::Folded { write: older.write, into: newer.write });
                self.finish_copy(context, earlier, out);
                if context.settings.discipline.has_sets() {
                    // Rule `cut-fold`, literally: it may have been the last of a set that is being sent.
                    self.close_sent_sets(context, stream, out);
                }
            }
        }
    }

    /// Gives the entry to its unit if the remote site has it and no earlier write to its blocks is under way.
    pub(super) fn destage_if_ready(
        &mut self,
        context: &Context,
        entry: u32,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let Some(cached) = self.cache.get_mut(entry) else { return };
        let in_turn =
            cached.blockers == 0 || context.settings.rules.local_destage == LocalDestage::OnCompletion;
        let writes_through = context.settings.discipline.writes_through() && cached.pair().is_some();
        let is_ready = if writes_through {
            cached.at_unit == UnitState::Waits
        } else {
            cached.state == EntryState::Done
        };
        if is_ready && in_turn {
            if writes_through {
                cached.at_unit = UnitState::Writing;
            } else {
                cached.state = EntryState::Destaging;
            }
            let CacheEntry { unit, write, .. } = *cached;
            out.push(LocalOutput::Destage { entry, unit, write });
        }
    }

    /// An entry that stands on its unit, and at the remote site, makes room.
    pub(super) fn leave_cache(&mut self, context: &Context, entry: u32, out: &mut impl Outputs<LocalOutput>) {
        if let Some(cached) = self.cache.remove(entry) {
            self.free += u64::from(cached.size);
            self.admit_waiting(context, out);
        }
    }

    /// Nothing waits for any unit any more (a crash wiped the cache).
    pub(super) fn clear_block_order(&mut self) {
        self.block_order = BlockOrder::default();
    }

    /// The unit has written the entry: its room is free, and what waited for it may go. Where units are written through,
    /// its host has its completion now, and its room is free when the remote site has it, too.
    pub(super) fn handle_landed(
        &mut self,
        context: &Context,
        entry: u32,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let Some(cached) = self.cache.get_mut(entry) else { return };
        cached.at_unit = UnitState::Written;
        let landed = *cached;
        let writes_through = context.settings.discipline.writes_through() && landed.pair().is_some();
        let is_over = !writes_through || landed.state == EntryState::Done;
        if is_over {
            self.cache.remove(entry);
            self.free += u64::from(landed.size);
        }
        if writes_through {
            self.complete(context, landed.write, completion_wait(context, landed.stamp), out);
            self.complete_in_epoch(context, landed.pair(), landed.set, out);
        }
        let order = &mut self.block_order;
        order.last_writer.remove(landed.unit, landed.position..landed.end(), entry);
        for later in order.waiting.remove(&entry).unwrap_or_default() {
            let Some(waiting) = self.cache.get_mut(later) else { continue };
            waiting.blockers -= 1;
            match context.settings.discipline.overlaps {
                Overlaps::OneAfterTheOther | Overlaps::Folded if waiting.state == EntryState::Unsent => {
                    self.send_new(context, later, out);
                }
                Overlaps::OneAfterTheOther | Overlaps::Folded | Overlaps::FoldedInSets | Overlaps::Free => {}
            }
            self.destage_if_ready(context, later, out);
        }
        self.admit_waiting(context, out);
    }
}
