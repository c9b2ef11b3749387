//! A crash of remote disk control unit 201, and its restart (rule `non-volatile`).
//!
//! What the rule names is lost in the crash; everything else stood in non-volatile memory. What was on its way to a
//! unit has not been destaged and is destaged again.

use super::ordering::Arrivals;
use super::ordering::sets::ReceivedSets;
use super::outputs::Outputs;
use super::remote::{RemoteDiskSystem, RemoteOutput};
use super::settings::{Context, DomainId};
use crate::collections::Window;
use crate::protocol::rules::Item;

impl RemoteDiskSystem {
    /// The control unit crashes.
    pub(super) fn handle_crash(&mut self, context: &Context, out: &mut impl Outputs<RemoteOutput>) {
        let settings = context.settings;
        let volatile = settings.rules.volatile;
        if volatile.has(Item::RemoteCache) {
            self.lose_cache(out);
        }
        for stream in &mut self.streams {
            if volatile.has(Item::NextExpected) {
                stream.next_expected = 0;
                stream.ahead = Window::default();
                stream.sets = ReceivedSets::default();
            }
            match settings.discipline.arrivals {
                // The prior art has no end of a run, only a latest stamp; where nothing is ordered there is none, and
                // where sets are counted the last whole one says it.
                Arrivals::Latest | Arrivals::Unordered | Arrivals::Sets => {}
                Arrivals::Contiguous | Arrivals::InTurn => {
                    if volatile.has(Item::EndKey) {
                        stream.end_lost = stream.end.take().is_some();
                    }
                }
            }
        }
        if volatile.has(Item::Limits) {
            for (domain, limit) in self.slave.limits.iter_mut().enumerate() {
                if limit.take().is_some() {
                    out.push(RemoteOutput::LimitStored(DomainId(domain as u32), None));
                }
            }
        }
        self.slave.begin_anew();
        self.readers.crash();
        self.restore_candidates(settings);
    }

    /// Item `remote-cache`.
    fn lose_cache(&mut self, out: &mut impl Outputs<RemoteOutput>) {
        for (_, entry) in self.cache.iter() {
            if !entry.in_place {
                self.free += u64::from(entry.data.size);
            }
            out.push(RemoteOutput::CacheLost(entry.data.write));
        }
        self.cache.clear();
        for stream in &mut self.streams {
            stream.undestaged = 0;
            stream.list.clear();
            stream.places_taken = 0;
            stream.transport.clear();
            stream.unreleased = Window::default();
        }
    }

    /// The control unit goes on.
    pub(super) fn handle_restart(&mut self, context: &Context, out: &mut impl Outputs<RemoteOutput>) {
        for domain in (0..context.settings.domains()).map(|index| DomainId(index as u32)) {
            self.on_limit_stored(context, domain, out);
        }
        if !context.settings.is_periodic() && context.settings.has_limits() {
            self.handle_activate(context, out);
        }
        self.ask(context, out);
    }
}
