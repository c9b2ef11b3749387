//! What stays the same for a whole run: scheme, rules, streams, and which limits cover which groups.

use std::ops::Range;

use super::numbering::{Layout, PairPlace, StreamId};
use super::ordering::cut::CutSettings;
use super::ordering::epoch::EpochSettings;
use super::ordering::streams::{Pull, Release};
use super::ordering::{Completion, Discipline};
use crate::protocol::Scheme;
use crate::protocol::rules::{
    Admission, ClockRule, Compare, CutCommit, Destage, IdleStream, LimitScope, Rules,
};
use crate::protocol::transport::Transport;
use crate::trace::Key;
use crate::units::{GroupId, RemoteId, SimDuration, SimTime};

/// What one limit time covers: a data integrity pair group or, with rule `limit-scope = "global"`, all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainId(pub u32);

impl DomainId {
    /// The index into a table of domains.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A pair, as the remote system's address tables hold it (203: 204, 205, 206).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairAddress {
    /// The pair, its systems and its group.
    pub place: PairPlace,
    /// The remote unit, from 0.
    pub remote_unit: u32,
}

/// The settings of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The scheme.
    pub scheme: Scheme,
    /// How it orders.
    pub discipline: Discipline,
    /// The rules in force: those that do not act under the scheme are in their repaired form.
    pub rules: Rules,
    /// An idle stream sends a marker after this long.
    pub marker_interval: SimDuration,
    /// The transport from each local system to each remote one.
    pub transports: Vec<Vec<Transport>>,
    /// From the fixing of a write by process 210 until process 211 comes to it.
    pub send_delay: SimDuration,
    /// Between two activations of the slave processes; zero is on every change.
    pub limit_period: SimDuration,
    /// Do all messages between slaves and master arrive, in the order of sending?
    pub control_is_reliable: bool,
    /// Nanoseconds that any two clocks may differ by (rule `clock`).
    pub clock_bound_ns: u64,
    /// Bytes of the largest write: a stream's place in the remote cache (rule `admission`).
    pub largest_write: u64,
    /// The pairs.
    pub pairs: Vec<PairAddress>,
    /// The streams.
    pub layout: Layout,
    /// Number of local systems.
    pub locals: usize,
    /// Number of remote systems.
    pub remotes: usize,
    /// Number of groups.
    pub groups: usize,
    /// By remote system: the streams it receives, in the order of their places there.
    pub received: Vec<Vec<StreamId>>,
    /// By remote system and domain: places of the streams whose ends its slave process takes the minimum of.
    pub domain_streams: Vec<Vec<Vec<u32>>>,
    /// By remote system: places of its streams, to the domains of each.
    pub stream_domains: Vec<Vec<Vec<DomainId>>>,
    /// What the scenario says of epochs.
    pub epoch: EpochSettings,
    /// What the scenario says of cuts.
    pub cut: CutSettings,
    /// Time only orders, as for `explore`: the timers of cuts run out whenever their rules allow.
    pub untimed: bool,
    /// Places of caches are named by the writes that stand there, as for `explore`: a state does not remember what stood
    /// where before.
    pub named_places: bool,
    /// When the remote site completes a write, so that the local one releases it.
    pub release: Release,
    /// Where streams are pulled: by this rule.
    pub pull: Option<Pull>,
    /// By group: are its writes compared by the numbers of their sets? One counter gives these to all of them.
    pub by_set: Vec<bool>,
    /// By domain, where writes form sets: has it one stream only, so that its slave needs no master?
    pub alone: Vec<bool>,
}

impl Settings {
    /// Works the tables out from the pairs. Process 211 comes to a write at once, and control messages are reliable. `transports` are by local and remote
    /// system.
    #[expect(clippy::too_many_arguments, reason = "each is one key of the scenario")]
    pub fn new(
        scheme: Scheme,
        rules: Rules,
        marker_interval: SimDuration,
        transports: Vec<Vec<Transport>>,
        limit_period: SimDuration,
        clock_bound_ns: u64,
        largest_write: u64,
        pairs: Vec<PairAddress>,
        (locals, remotes, groups): (usize, usize, usize),
    ) -> Self {
        let rules = scheme.in_force(&rules);
        let places: Vec<_> = pairs.iter().map(|pair| pair.place).collect();
        let layout = Layout::new(scheme, &places);
        let domains = if rules.limit_scope == LimitScope::Global { 1 } else { groups };
        let domain_of = |group: GroupId| match rules.limit_scope {
            LimitScope::Global => DomainId(0),
            LimitScope::Group => DomainId(group.0),
        };
        let mut received = vec![Vec::new(); remotes];
        let mut domain_streams = vec![vec![Vec::new(); domains]; remotes];
        let mut stream_domains = vec![Vec::new(); remotes];
        for (index, remote) in (0..remotes).map(|index| (index, RemoteId::from(index))) {
            for (id, stream) in layout.of_remote(remote) {
                received[index].push(id);
                let mut of_stream: Vec<_> = stream.groups.iter().map(|&group| domain_of(group)).collect();
                of_stream.dedup();
                for domain in &of_stream {
                    domain_streams[index][domain.index()].push(stream.at_remote);
                }
                stream_domains[index].push(of_stream);
            }
        }
        let discipline = Discipline::of(scheme, &rules);
        let (mut by_set, mut alone) = (vec![false; groups], vec![false; domains]);
        if discipline.has_sets() {
            for group in (0..groups).map(GroupId::from) {
                let of_group = layout.streams.iter().filter(|stream| stream.groups.contains(&group));
                let mut locals: Vec<_> = of_group.map(|stream| stream.key.local).collect();
                // Rule `cut-commit`, literally: each system for itself.
                alone[domain_of(group).index()] = locals.len() == 1 || rules.cut_commit == CutCommit::Each;
                locals.dedup(); // Streams are sorted by local system.
                by_set[group.index()] = locals.len() == 1 || scheme == Scheme::Cut;
            }
        }
        Self {
            scheme,
            discipline,
            rules,
            marker_interval,
            transports,
            send_delay: SimDuration::ZERO,
            limit_period,
            control_is_reliable: true,
            clock_bound_ns,
            largest_write,
            pairs,
            layout,
            locals,
            remotes,
            groups,
            received,
            domain_streams,
            stream_domains,
            epoch: EpochSettings::default(),
            cut: CutSettings::default(),
            untimed: false,
            named_places: false,
            release: Release::Received,
            pull: None,
            by_set,
            alone,
        }
    }

    /// Are slaves activated periodically, or on every change?
    pub fn is_periodic(&self) -> bool {
        !self.limit_period.is_zero()
    }

    /// How often slaves and master say again what has not changed (rule `control`): in each period or, where they speak
    /// on every change and what they say may be lost or overtaken, at the interval of markers. A report that is lost, or
    /// that an older one follows, while nothing more can change would else stop the group for ever.
    pub fn repeats_every(&self) -> Option<SimDuration> {
        match (self.is_periodic(), self.control_is_reliable) {
            (true, _) => Some(self.limit_period),
            (false, false) => Some(self.marker_interval),
            (false, true) => None,
        }
    }

    /// Does a completion wait until every clock has passed the stamp (rule `clock`)? Clocks that agree are not waited for,
    /// even where a host stamped ahead of them (rule `stamp`). A cut compares no stamps, nor does anybody where a host has
    /// waited for the copy and nothing goes by a limit time.
    pub fn waits_for_clocks(&self) -> bool {
        let compares = match self.discipline.completion {
            Completion::AtCopy => self.has_limits(),
            Completion::AtAcceptance | Completion::AtLocalUnit | Completion::OnLine => {
                self.scheme != Scheme::Cut
            }
        };
        compares && self.rules.clock == ClockRule::CommitWait && self.clock_bound_ns > 0
    }

    /// Is there one order of destaging per group, across systems?
    pub fn is_serial(&self) -> bool {
        self.rules.destage == Destage::Serial
    }

    /// Number of limits that the master keeps.
    pub fn domains(&self) -> usize {
        if self.rules.limit_scope == LimitScope::Global { 1 } else { self.groups }
    }

    /// The limit that covers a group.
    pub fn domain_of(&self, group: GroupId) -> DomainId {
        match self.rules.limit_scope {
            LimitScope::Global => DomainId(0),
            LimitScope::Group => DomainId(group.0),
        }
    }

    /// The groups that a limit covers, by index.
    pub fn groups_of(&self, domain: DomainId) -> Range<usize> {
        match self.rules.limit_scope {
            LimitScope::Global => 0..self.groups,
            LimitScope::Group => domain.index()..domain.index() + 1,
        }
    }

    /// Does anything go by a limit time at all?
    pub fn has_limits(&self) -> bool {
        self.discipline.has_limits()
    }

    /// Do idle streams send anything, numbered or not?
    pub fn sends_markers(&self) -> bool {
        self.says_when_idle() && self.pull.is_none()
    }

    /// Does an idle stream say so by a marker or a clock, of itself or when it is asked?
    pub fn says_when_idle(&self) -> bool {
        self.has_limits()
            && self.scheme != Scheme::Cut
            && matches!(self.rules.idle_stream, IdleStream::Marker | IdleStream::Naked)
    }

    /// Sequence counters in the local systems; 0 for a scheme without numbers.
    pub fn sequence_counters(&self) -> u64 {
        if self.scheme.is_numbered() { self.layout.streams.len() as u64 } else { 0 }
    }

    /// Step 1101: may a candidate with `key` be destaged under `limit`?
    pub fn releases(&self, key: &Key, limit: Option<Key>) -> bool {
        limit.is_some_and(|limit| match self.rules.compare {
            Compare::WholeKey => *key <= limit,
            Compare::Plain => key.stamp <= limit.stamp,
            Compare::Less => key.stamp < limit.stamp,
        })
    }

    /// By what a stream says that every set up to `whole`, which was closed at `stamp`, is whole: what may be destaged
    /// then. By number, the next set may, too.
    pub fn end_of_sets(&self, stream: StreamId, whole: u32, stamp: u64) -> Key {
        let stream = &self.layout.streams[stream.index()];
        if stream.groups.iter().all(|group| self.by_set[group.index()]) {
            // Of the epoch after, any part may stand there; of a cut no part of the next set.
            let open = u64::from(self.scheme == Scheme::Epoch);
            Key { stamp: u64::from(whole) + open, ..Key::LAST }
        } else {
            Key { stamp, local: stream.key.local, number: u64::MAX }
        }
    }

    /// What a stream says before anything has arrived.
    pub fn first_end(&self, stream: StreamId) -> Option<Key> {
        let by_set = |group: &GroupId| self.by_set[group.index()];
        let is_first_open =
            self.discipline.has_sets() && self.layout.streams[stream.index()].groups.iter().all(by_set);
        is_first_open.then(|| self.end_of_sets(stream, 0, 0))
    }

    /// The most writes that a stream keeps a place for in the remote cache, of the largest write each: with one it goes
    /// on, but where it is not destaged before its set is closed.
    pub fn places(&self, stream: StreamId) -> u64 {
        if self.keeps_places_by_set(stream) { u64::from(self.epoch.max_size) } else { 1 }
    }

    /// Is a set of the stream not destaged before it is closed?
    pub fn keeps_places_by_set(&self, stream: StreamId) -> bool {
        let by_set = |group: &GroupId| self.by_set[group.index()];
        self.discipline.has_sets() && !self.layout.streams[stream.index()].groups.iter().all(by_set)
    }

    /// Does each stream keep a place in the remote cache?
    pub fn reserves(&self) -> bool {
        self.rules.admission == Admission::Reserve && self.has_limits()
    }
}

/// What enters with an input: true time, and what the system's clock shows.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The settings of the run.
    pub settings: &'a Settings,
    /// Now.
    pub now: SimTime,
    /// What the clock of the system that handles the input shows, in nanoseconds.
    pub reading: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::disk::tests::settings;

    #[test]
    fn streams_that_are_idle_say_so_where_somebody_waits_for_them() {
        for scheme in Scheme::ALL {
            let has_limits = !matches!(scheme, Scheme::None | Scheme::Synchronous | Scheme::AdaptiveCopy);
            assert_eq!(settings(scheme, 1, &[]).has_limits(), has_limits);
            for (form, says) in [("marker", true), ("naked", true), ("hold", false), ("exclude", false)] {
                let settings = settings(scheme, 1, &[("idle-stream", form)]);
                // Barriers say so, whatever the rule; where sets are cut, each is closed by one.
                let says = says && scheme != Scheme::Cut || scheme == Scheme::Epoch;
                assert_eq!(settings.sends_markers(), has_limits && says, "{scheme}, {form}");
            }
        }
    }

    /// Fig. 2, 3 and 4: two pairs of two groups between two systems have two, one and two counters.
    #[test]
    fn sequence_counters_are_those_of_the_figures() {
        for (scheme, counters) in [(Scheme::Pair, 2), (Scheme::RemoteSystem, 1), (Scheme::Group, 2)] {
            assert_eq!(settings(scheme, 2, &[]).sequence_counters(), counters);
        }
        assert_eq!(settings(Scheme::TimestampOnly, 2, &[]).sequence_counters(), 0);
    }

    /// Step 1101, by the forms of rule `compare`: earlier, equal in the stamp only, equal, later.
    #[test]
    fn a_limit_releases_what_is_up_to_it() {
        let key = |stamp, number| Key { stamp, number, ..Key::default() };
        let limit = key(5, 3);
        let keys = [key(4, 9), key(5, 1), key(5, 3), key(5, 4), key(6, 0)];
        for (form, released) in [
            ("whole-key", [true, true, true, false, false]),
            ("plain", [true, true, true, true, false]),
            ("less", [true, false, false, false, false]),
        ] {
            let settings = settings(Scheme::Group, 1, &[("compare", form)]);
            assert_eq!(keys.map(|key| settings.releases(&key, Some(limit))), released, "{form}");
            assert!(!settings.releases(&keys[0], None));
        }
    }

    /// A baseline has its own rules about numbers and limits, whatever the scenario says.
    #[test]
    fn a_baseline_departs_in_its_order_only() {
        let departing =
            [("run", "longest"), ("admission", "first-come"), ("width", "8"), ("limit-scope", "global")];
        for (scheme, domains) in [(Scheme::Group, 1), (Scheme::TimestampOnly, 2), (Scheme::None, 2)] {
            let settings = settings(scheme, 2, &departing);
            assert_eq!(settings.domains(), domains, "{scheme}");
            let numbers = |rules: Rules| (rules.run, rules.admission, rules.width);
            let is_repaired = numbers(settings.rules) == numbers(Rules::REPAIRED);
            assert_eq!(is_repaired, !scheme.is_numbered(), "{scheme}");
        }
    }

    /// Rule `destage`: one order over all systems of a group, in its third form only.
    #[test]
    fn destage_is_serial_where_the_rule_says_so() {
        for (form, is_serial) in [("system", false), ("pair", false), ("serial", true)] {
            assert_eq!(settings(Scheme::Group, 1, &[("destage", form)]).is_serial(), is_serial, "{form}");
        }
    }

    /// Rule `limit-scope`: one limit for all groups, or one for each.
    #[test]
    fn a_limit_covers_one_group_or_all() {
        let settings_of = |form| settings(Scheme::Group, 2, &[("limit-scope", form)]);
        let (each, all) = (settings_of("group"), settings_of("global"));
        assert_eq!(
            (each.domains(), each.domain_of(GroupId(1)), each.groups_of(DomainId(1))),
            (2, DomainId(1), 1..2)
        );
        assert_eq!(
            (all.domains(), all.domain_of(GroupId(1)), all.groups_of(DomainId(0))),
            (1, DomainId(0), 0..2)
        );
    }
}
