//! Slave limit time schedule process 116 (Fig. 9; Fig. 13 and 15 differ in the streams only): one per remote disk
//! system. Reports the earliest, over its streams, of the time stamps at their contiguous ends; stores the limit.

use super::outputs::Outputs;
use super::r_write_data_receive::{ReceiveStream, key_of};
use super::remote::{RemoteDiskSystem, RemoteOutput};
use super::settings::{Context, DomainId, Settings};
use crate::protocol::rules::{Control, IdleStream, LimitUpdate, Run};
use crate::trace::Key;
use crate::units::RemoteId;

/// Stands for a stream, or a system, that is left out of the minimum (rule `idle-stream = "exclude"`).
pub const LEFT_OUT: Key = Key::LAST;

/// The slave process of one remote system.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slave {
    /// Limit time 118 stored, by domain.
    pub(super) limits: Vec<Option<Key>>,
    /// By domain: the stream whose end is the earliest, while that is known.
    earliest: Vec<Option<u32>>,
    /// By domain: what was reported last.
    reported: Vec<Option<Key>>,
    /// Rule `control = "wait"`: reported, and waits at step 903.
    waiting: Vec<bool>,
    /// The process has stopped.
    stopped: bool,
}

impl Slave {
    pub(super) fn new(settings: &Settings, _id: RemoteId) -> Self {
        let domains = settings.domains();
        Self {
            limits: vec![None; domains],
            earliest: vec![None; domains],
            reported: vec![None; domains],
            waiting: vec![false; domains],
            stopped: false,
        }
    }

    /// The process stops.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Ends have moved other than up: the earliest is looked for afresh.
    pub(super) fn forget_earliest(&mut self) {
        self.earliest.fill(None);
    }

    /// The process begins anew, with the limits that it had stored.
    pub(super) fn begin_anew(&mut self) {
        self.forget_earliest();
        self.reported.fill(None);
        self.waiting.fill(false);
    }
}

impl RemoteDiskSystem {
    /// The time stamp that a stream gives to the minimum (step 901; 1300, 1500).
    fn stream_end(&self, settings: &Settings, at: usize) -> Option<Key> {
        let stream = &self.streams[at];
        if stream.end_lost {
            // Item `end-key`: process 116 has the list in the cache to go by, and nothing else.
            return self.contiguous_in_cache(settings, stream).or(Some(LEFT_OUT));
        }
        let idle = match settings.rules.run {
            Run::Longest => stream.list.is_empty(),
            Run::NextExpected => stream.undestaged == 0,
        };
        if idle && settings.rules.idle_stream == IdleStream::Exclude {
            return Some(LEFT_OUT);
        }
        if settings.rules.run == Run::Longest && !stream.list.is_empty() {
            return longest_run_end(stream.list.iter()).max(match settings.rules.idle_stream {
                IdleStream::Naked => stream.end,
                _ => None,
            });
        }
        stream.end
    }

    /// The end of the run before the next expected number, as far as it stands in the cache.
    fn contiguous_in_cache(&self, settings: &Settings, stream: &ReceiveStream) -> Option<Key> {
        let of_stream = self.cache.iter().filter(|(_, entry)| entry.data.stream == stream.id);
        of_stream
            .filter(|(_, entry)| entry.data.number < stream.next_expected)
            .map(|(_, entry)| key_of(settings, &entry.data))
            .max()
    }

    /// Do ends only rise, so that the earliest stays the earliest until its own end moves?
    fn ends_only_rise(settings: &Settings) -> bool {
        settings.rules.run == Run::NextExpected && settings.rules.idle_stream != IdleStream::Exclude
    }

    /// Step 901: the earliest over the streams of a domain; `None` while one of them has nothing to say.
    fn earliest_end(&mut self, settings: &Settings, domain: DomainId) -> Option<Key> {
        let streams = &settings.domain_streams[self.id.index()][domain.index()];
        let earliest = streams.iter().map(|&at| (self.stream_end(settings, at as usize), at)).min()?;
        self.slave.earliest[domain.index()] = Some(earliest.1);
        earliest.0
    }

    /// The end of a stream's run moved, or its list did.
    pub(super) fn on_end_moved(
        &mut self,
        context: &Context,
        at: usize,
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        let settings = context.settings;
        for &domain in &settings.stream_domains[self.id.index()][at] {
            if settings.is_periodic() && !settings.alone[domain.index()] {
                continue;
            }
            let earliest = self.slave.earliest[domain.index()];
            if earliest.is_none_or(|earliest| earliest as usize == at) || !Self::ends_only_rise(settings) {
                self.report(context, domain, false, out);
            }
        }
    }

    /// Fig. 9: periodic activation.
    pub(super) fn handle_activate(&mut self, context: &Context, out: &mut impl Outputs<RemoteOutput>) {
        for domain in (0..context.settings.domains()).map(|index| DomainId(index as u32)) {
            if !context.settings.domain_streams[self.id.index()][domain.index()].is_empty() {
                self.report(context, domain, true, out);
            }
        }
    }

    /// The process goes on. Where it reports on every change, it says what has changed meanwhile.
    pub(super) fn handle_resume_slave(&mut self, context: &Context, out: &mut impl Outputs<RemoteOutput>) {
        self.slave.stopped = false;
        if !context.settings.is_periodic() && context.settings.has_limits() {
            self.handle_activate(context, out);
        }
    }

    /// Steps 901, 902. What was reported last is reported again only when the process is activated.
    fn report(
        &mut self,
        context: &Context,
        domain: DomainId,
        activated: bool,
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        if self.slave.stopped {
            return;
        }
        let settings = context.settings;
        let waits = settings.rules.control == Control::Wait;
        if waits && self.slave.waiting[domain.index()] {
            return; // Step 903.
        }
        let earliest = self.earliest_end(settings, domain);
        let changed = self.slave.reported[domain.index()] != earliest;
        if earliest.is_none() && !waits || !changed && !activated {
            return;
        }
        if settings.alone[domain.index()] {
            // Nobody else has a say: no master is asked.
            self.handle_limits(context, &[(domain, earliest)], out);
            return;
        }
        self.slave.reported[domain.index()] = earliest;
        self.slave.waiting[domain.index()] = waits;
        out.push(RemoteOutput::Report(domain, earliest));
    }

    /// Steps 903, 904.
    pub(super) fn handle_limits(
        &mut self,
        context: &Context,
        limits: &[(DomainId, Option<Key>)],
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        if self.slave.stopped {
            return;
        }
        for &(domain, limit) in limits {
            self.slave.waiting[domain.index()] = false;
            let stored = &mut self.slave.limits[domain.index()];
            let stores = match context.settings.rules.limit_update {
                LimitUpdate::Raise => limit > *stored,
                LimitUpdate::Overwrite => limit != *stored,
            };
            if limit.is_none() || !stores {
                continue;
            }
            *stored = limit;
            out.push(RemoteOutput::LimitStored(domain, limit));
            self.forget_markers(context.settings, domain);
            self.on_limit_stored(context, domain, out);
            // With `control = "wait"` on every change, what moved meanwhile is reported now.
            if !context.settings.is_periodic() && context.settings.rules.control == Control::Wait {
                self.report(context, domain, false, out);
            }
        }
    }

    /// Rule `run = "longest"`: a marker leaves the list as a write does, when the limit has passed it.
    fn forget_markers(&mut self, settings: &Settings, domain: DomainId) {
        if settings.rules.run != Run::Longest {
            return;
        }
        let limit = self.slave.limits[domain.index()];
        for &at in &settings.domain_streams[self.id.index()][domain.index()] {
            let stream = &mut self.streams[at as usize];
            let cached: Vec<u64> = self
                .cache
                .iter()
                .filter(|(_, entry)| entry.data.stream == stream.id)
                .map(|(_, entry)| entry.data.number)
                .collect();
            stream.list.retain(|number, key| !settings.releases(key, limit) || cached.contains(number));
        }
    }
}

/// Step 901, literally: the key at the end of the longest run of numbers; of several, the last.
fn longest_run_end<'a>(list: impl Iterator<Item = (&'a u64, &'a Key)>) -> Option<Key> {
    let (mut best, mut run): ((u64, Option<Key>), u64) = ((0, None), 0);
    let mut last = None;
    for (&number, &key) in list {
        run = if last.is_some_and(|last: u64| last + 1 == number) { run + 1 } else { 1 };
        last = Some(number);
        if run >= best.0 {
            best = (run, Some(key));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end_of(numbers: impl IntoIterator<Item = u64>) -> Option<u64> {
        let list: Vec<_> =
            numbers.into_iter().map(|number| (number, Key { number, ..Key::default() })).collect();
        longest_run_end(list.iter().map(|(number, key)| (number, key))).map(|key| key.number)
    }

    /// Paragraph on step 901: of ..., 11 to 26, 28, 29 the process selects 26.
    #[test]
    fn the_patents_example_gives_26() {
        assert_eq!(end_of((11..=26).chain([28, 29])), Some(26));
    }

    /// RULES.md, rule `run`: only #2 arrives; {1, 2}, {5..8}.
    #[test]
    fn the_longest_run_may_start_anywhere() {
        assert_eq!(end_of([2]), Some(2));
        assert_eq!(end_of([1, 2, 5, 6, 7, 8]), Some(8));
        assert_eq!(end_of([]), None);
    }
}
