//! Watches a run for what happens to two writes, and tells each fact as a sentence with its place in the patent.

use std::collections::BTreeMap;

use crate::checker::Violation;
use crate::recovery::WriteState;
use crate::scenario::Scenario;
use crate::trace::{Fate, Key, Observer, PacketClass, Preamble, Record};
use crate::units::{Direction, GroupId, PairId, PathId, RemoteId, SimTime, WriteRef};

/// Where a fact happened, from the host to the remote site: the columns of a space-time picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// At the host.
    Host,
    /// At the local disk system.
    Local,
    /// On the communication path.
    Wan,
    /// At the remote site.
    Remote,
}

/// One fact of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// When.
    pub at: SimTime,
    /// Where.
    pub lane: Lane,
    /// A sentence without its full stop.
    pub what: String,
}

/// Collects the story of the writes that prove a violation.
#[derive(Debug)]
pub struct Witness<'a> {
    scenario: &'a Scenario,
    /// Serial numbers of the writes.
    serials: Vec<u64>,
    pairs: Vec<(u64, PairId)>,
    group: Option<GroupId>,
    /// The key under which the write that stands too early was cached: what a limit is compared with.
    present: Option<Key>,
    until: SimTime,
    /// When the story begins: the earlier of the writes is issued.
    begins: SimTime,
    /// Packets that carry one of the writes.
    packets: BTreeMap<(PathId, u64), WriteRef>,
    released: bool,
    /// The latest limit stored that permits the write, told when the write is there to be permitted.
    permitting: Option<Scene>,
    present_serial: Option<u64>,
    story: Vec<Scene>,
}

impl<'a> Witness<'a> {
    /// For the writes of `violation`.
    pub fn new(scenario: &'a Scenario, violation: &Violation) -> Self {
        let writes = || [&violation.present, &violation.missing].into_iter().flatten();
        let serial = |state: &WriteState| state.write.serial;
        Self {
            scenario,
            serials: writes().map(serial).collect(),
            pairs: writes().map(|state| (serial(state), state.pair)).collect(),
            group: violation.group,
            present: violation.present.and_then(|state| state.cached).map(|(_, key)| key),
            until: violation.at,
            begins: writes().map(|state| state.issued).min().unwrap_or(violation.at),
            packets: BTreeMap::new(),
            released: false,
            permitting: None,
            present_serial: violation.present.as_ref().map(serial),
            story: Vec::new(),
        }
    }

    /// The story, in the order of time.
    pub fn into_story(mut self) -> Vec<Scene> {
        self.story.sort_by_key(|scene| scene.at);
        self.story
    }

    fn is_named(&self, write: WriteRef) -> bool {
        self.serials.contains(&write.serial)
    }

    fn local_of(&self, write: WriteRef) -> &str {
        let pair = self.pair_of(write).and_then(|pair| self.scenario.pairs.get(pair.index()));
        let system = pair.and_then(|pair| self.scenario.local_systems.get(pair.local.system.index()));
        system.map_or("the local system", |system| &system.name)
    }

    fn pair_of(&self, write: WriteRef) -> Option<PairId> {
        self.pairs.iter().find(|(serial, _)| *serial == write.serial).map(|&(_, pair)| pair)
    }

    fn remote(&self, remote: RemoteId) -> &str {
        self.scenario.remote_systems.get(remote.index()).map_or("the remote system", |system| &system.name)
    }

    fn tell(&mut self, at: SimTime, lane: Lane, what: String) {
        self.story.push(Scene { at, lane, what });
    }

    fn on_write(&mut self, now: SimTime, record: &Record) {
        match *record {
            Record::Issued { write, host, local, unit, position, size, .. } if self.is_named(write) => {
                let host = self.scenario.hosts.get(host.index()).map_or("the host", |host| &host.name);
                let local = self.scenario.local_systems.get(local.index()).map_or("", |system| &system.name);
                let what = format!(
                    "{host} issues {write}: {size} bytes to block {position} of {local}:{} (step 500)",
                    unit + 1
                );
                self.tell(now, Lane::Host, what);
            }
            Record::Accepted { write } if self.is_named(write) => {
                let what = format!(
                    "{} fixes {write} in its cache: its place in local order (step 501)",
                    self.local_of(write)
                );
                self.tell(now, Lane::Local, what);
            }
            Record::Completed { write } if self.is_named(write) => {
                self.tell(now, Lane::Host, format!("the host has the completion of {write} (step 504)"));
            }
            Record::Abandoned { write } if self.is_named(write) => {
                let what = format!("the host gives {write} up and issues its data again as another write");
                self.tell(now, Lane::Host, what);
            }
            Record::LocalDestaged { write } if self.is_named(write) => {
                let what = format!("{write} lands on its unit of {} (process 213)", self.local_of(write));
                self.tell(now, Lane::Local, what);
            }
            Record::LocalCacheLost { write } if self.is_named(write) => {
                let what = format!("a crash wipes {write} from the cache of {}", self.local_of(write));
                self.tell(now, Lane::Local, what);
            }
            Record::RemoteCacheLost { write, remote } if self.is_named(write) => {
                let what = format!("{write} is gone from the cache of {}", self.remote(remote));
                self.tell(now, Lane::Remote, what);
            }
            Record::RemoteCached { write, remote, key } if self.is_named(write) => {
                let number = if self.scenario.protocol.scheme.is_numbered() {
                    format!(", number {}", key.number)
                } else {
                    String::new()
                };
                let stamp = SimTime::from_ns(key.stamp);
                let what = format!(
                    "{write} stands in the cache of {}, stamp {stamp}{number} (step 800)",
                    self.remote(remote)
                );
                self.tell(now, Lane::Remote, what);
                if self.present_serial == Some(write.serial)
                    && !self.released
                    && let Some(scene) = self.permitting.take()
                {
                    self.released = true;
                    self.story.push(scene);
                }
            }
            Record::RemoteDestaged { write, remote, unit, position } if self.is_named(write) => {
                let remote = self.remote(remote);
                let what = format!("{write} lands on block {position} of {remote}:{} (step 1103)", unit + 1);
                self.tell(now, Lane::Remote, what);
            }
            _ => {}
        }
    }

    fn on_packet(&mut self, now: SimTime, record: &Record) {
        match *record {
            Record::PacketSent { path, direction, number, class, write: Some(write), fate, .. }
                if self.is_named(write) =>
            {
                let what = match class {
                    PacketClass::Completion => format!("the completion of {write} is sent back (step 801)"),
                    PacketClass::Resend => format!("{} sends {write} again", self.local_of(write)),
                    _ => {
                        format!("{} sends {write} (step 602)", self.local_of(write))
                    }
                };
                let what = match fate {
                    Fate::Lost | Fate::Copies(0) => format!("{what}, and the network loses it"),
                    Fate::Copies(1) => what,
                    Fate::Copies(_) => format!("{what}, and the network duplicates it"),
                };
                if direction == Direction::Forward {
                    self.packets.insert((path, number), write);
                }
                self.tell(now, Lane::Wan, what);
            }
            Record::PacketArrived { path, direction: Direction::Forward, number, sent } => {
                if let Some(write) = self.packets.get(&(path, number)) {
                    let what = format!("a packet of {write} arrives, {} after it was sent", now.since(sent));
                    self.tell(now, Lane::Wan, what);
                }
            }
            _ => {}
        }
    }

    /// A limit that permits the write which stands too early: the latest before it came, or the first after.
    fn on_limit(&mut self, now: SimTime, remote: RemoteId, group: Option<GroupId>, limit: Key) {
        let concerns = group.is_none() || self.group.is_none() || group == self.group;
        let permits = self.present.is_some_and(|present| limit.stamp >= present.stamp);
        if self.released || !concerns || !permits {
            return;
        }
        let stamp = SimTime::from_ns(limit.stamp);
        let what =
            format!("{} stores the limit time {stamp}, which permits it (step 904)", self.remote(remote));
        let scene = Scene { at: now, lane: Lane::Remote, what };
        let cached = self.story.iter().any(|scene| scene.lane == Lane::Remote);
        if cached {
            self.released = true;
            self.story.push(scene);
        } else {
            self.permitting.get_or_insert(scene);
        }
    }
}

impl Observer for Witness<'_> {
    fn begin(&mut self, _preamble: &Preamble) {}

    fn observe(&mut self, now: SimTime, record: &Record) {
        if now > self.until {
            return;
        }
        match *record {
            Record::LimitStored { remote, group, limit: Some(limit) } => {
                self.on_limit(now, remote, group, limit);
            }
            Record::FaultBegan { fault } if now >= self.begins => {
                let kind =
                    self.scenario.faults.get(fault as usize).map_or("fault", |fault| fault.kind.name());
                self.tell(now, Lane::Wan, format!("fault {fault} begins: {kind}"));
            }
            Record::FaultEnded { fault } if now >= self.begins => {
                let kind =
                    self.scenario.faults.get(fault as usize).map_or("fault", |fault| fault.kind.name());
                self.tell(now, Lane::Wan, format!("fault {fault} ends: {kind}"));
            }
            Record::PacketSent { .. } | Record::PacketArrived { .. } => self.on_packet(now, record),
            _ => self.on_write(now, record),
        }
    }
}
