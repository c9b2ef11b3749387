//! A crash of local disk control unit 200, and its restart (rule `non-volatile`).
//!
//! What the rule names is lost in the crash; everything else stood in non-volatile memory. Timers, and requests
//! that process 210 had not accepted, are gone in any case: their hosts issue them again.

use super::l_write_data_send::{Numbered, Outstanding, SendStream, Unsent};
use super::local::{EntryState, LocalDiskSystem, LocalOutput, UnitState};
use super::ordering::epoch::EpochCounter;
use super::outputs::Outputs;
use super::settings::Context;
use crate::collections::Window;
use crate::protocol::rules::{Item, Resend};
use crate::units::SimTime;

impl LocalDiskSystem {
    /// The control unit crashes.
    pub(super) fn handle_crash(&mut self, context: &Context, out: &mut impl Outputs<LocalOutput>) {
        let volatile = context.settings.rules.volatile;
        self.waiting.clear();
        self.captures.iter_mut().for_each(|capture| capture.held.clear());
        self.told_full = 0;
        self.fix_armed = false;
        self.send_armed = None;
        let held = std::mem::take(&mut self.held).into_iter().filter(|&(leaves, _)| leaves > context.now);
        out.push_all(held.map(|(_, write)| LocalOutput::CompletionLost(write)));
        self.crash_before_send = false;
        self.resends.crash(context.settings, self.id);
        for stream in &mut self.streams {
            stream.asked = None;
            let known = std::mem::take(&mut stream.outstanding);
            for (number, &of) in known.iter() {
                stream.outstanding.put(number, Outstanding { sent_as: None, ..of });
            }
        }
        if volatile.has(Item::LastStamp) {
            self.last_stamp = None;
        }
        if volatile.has(Item::UnsentData) {
            self.lose_data(out);
        }
        if volatile.has(Item::UnsentNumbers) {
            self.lose_numbers();
        }
        if volatile.has(Item::Counters) {
            self.streams.iter_mut().for_each(|stream| stream.counter = 0);
            self.epochs.fill(EpochCounter::default());
        }
        // What was on its way to a unit has not been destaged.
        for place in self.places() {
            if let Some(cached) = self.cache.get_mut(place)
                && cached.state == EntryState::Destaging
            {
                cached.state = EntryState::Done;
            }
            if let Some(cached) = self.cache.get_mut(place)
                && cached.at_unit == UnitState::Writing
            {
                cached.at_unit = UnitState::Waits;
            }
        }
    }

    /// Item `unsent-data`: write data not yet destaged. Its numbers, if they are kept, are never resent.
    fn lose_data(&mut self, out: &mut impl Outputs<LocalOutput>) {
        for (_, cached) in self.cache.iter() {
            self.free += u64::from(cached.size);
            if cached.at_unit != UnitState::Written {
                out.push(LocalOutput::CacheLost(cached.write));
            }
        }
        self.epochs.iter_mut().for_each(EpochCounter::forget_active);
        self.cache.clear();
        self.clear_block_order();
        for stream in &mut self.streams {
            stream.unsent.clear();
            stream.sets.captured.clear();
            let markers: Vec<_> = stream
                .outstanding
                .iter()
                .filter(|(_, of)| matches!(of.what, Numbered::Marker | Numbered::Barrier))
                .map(|(number, &of)| (number, of))
                .collect();
            stream.outstanding = Window::default();
            for (number, of) in markers {
                stream.outstanding.put(number, of);
            }
        }
    }

    /// Item `unsent-numbers`: which number an entry was sent under. It is numbered again.
    fn lose_numbers(&mut self) {
        for stream in &mut self.streams {
            let outstanding = std::mem::take(&mut stream.outstanding);
            stream.markers.clear();
            let entries = outstanding.iter().filter_map(|(_, of)| match of.what {
                Numbered::Entry(entry) => Some(entry),
                Numbered::Marker | Numbered::Barrier => None,
            });
            for entry in entries {
                if let Some(cached) = self.cache.get_mut(entry) {
                    cached.state = EntryState::Unsent;
                    stream.wait(Unsent { key: (cached.stamp, cached.order), entry, due: SimTime::ZERO });
                }
            }
        }
    }

    /// The control unit goes on: it resends what was not completed, and sends, destages and marks as before.
    pub(super) fn handle_restart(&mut self, context: &Context, out: &mut impl Outputs<LocalOutput>) {
        let settings = context.settings;
        if settings.rules.resend == Resend::UntilCompleted {
            let numbers = |stream: &SendStream| {
                stream.outstanding.iter().map(|(number, _)| (stream.id, number)).collect::<Vec<_>>()
            };
            // Where there is no time, they are sent again at any time anyway.
            let is_timed = |stream: &&SendStream| !self.is_untimed(context, stream);
            let outstanding = self.streams.iter().filter(is_timed).flat_map(numbers).collect();
            self.resends.restart(context.now, outstanding, out);
        }
        for at in 0..self.streams.len() {
            let stream = self.streams[at].id;
            self.send_unsent(context, stream, out);
            if settings.sends_markers() {
                out.push(LocalOutput::ArmMarker(stream, context.now + settings.marker_interval));
            }
        }
        for place in self.places() {
            self.destage_if_ready(context, place, out);
        }
    }

    /// Places of the cache that hold an entry.
    fn places(&self) -> Vec<u32> {
        self.cache.iter().map(|(place, _)| place).collect()
    }
}
