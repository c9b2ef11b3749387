//! Watches a run for what happens to the two writes of a violation, and tells each fact as a sentence with its place
//! in the patent.

use std::collections::BTreeMap;

use super::picture::{Arrow, Front, Mark, Picture};
use super::scene::{Detail, Entry, Kind, Lane, Packets, Scene, Teller};
use super::words::{key_told, limit_told};
use crate::checker::Violation;
use crate::recovery::WriteState;
use crate::scenario::Scenario;
use crate::trace::{Fate, Key, Observer, PacketClass, Record};
use crate::units::{Direction, GroupId, PathId, RemoteId, SimTime, WriteRef};

/// What was seen of one of the writes: the material of a proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journey {
    /// When it was sent first.
    pub sent: Option<SimTime>,
    /// Its first sending, packet by packet.
    pub first: Packets,
    /// Instants at which it was resent, and the last of them.
    pub resent: u64,
    /// See `resent`.
    pub resent_last: Option<SimTime>,
    /// Packets of resends.
    pub again: Packets,
    /// When a packet of it arrived first.
    pub arrived: Option<SimTime>,
    /// When it entered a remote cache, and where: the first times.
    pub cached: Vec<(SimTime, RemoteId)>,
    /// When it was gone from that cache without having been destaged.
    pub cache_lost: Option<SimTime>,
    /// When it was destaged: the first times.
    pub destaged: Vec<SimTime>,
    /// When a crash wiped it from the local cache.
    pub wiped: Option<SimTime>,
}

/// This many entries into caches, and destages, of one write are kept.
const TIMES: usize = 3;

/// A write that is watched.
#[derive(Clone, Debug)]
struct Watched {
    serial: u64,
    local: String,
    /// Lines of the picture: local and remote system.
    lines: (usize, usize),
    journey: Journey,
    /// Counts entries into and losses from the remote cache: copies that arrive after are another fact.
    phase: u64,
    /// Its issue, for the arrow from the host.
    issued: Option<(SimTime, usize)>,
    /// Its latest sending has this arrow.
    last_arrow: Option<(SimTime, usize)>,
}

/// Collects the story of the writes that prove a violation.
#[derive(Debug)]
pub struct Witness<'a> {
    scenario: &'a Scenario,
    /// The missing write first, where there is one.
    watched: Vec<Watched>,
    group: Option<GroupId>,
    /// The key under which the write that stands too early was cached: what a limit is compared with.
    present: Option<Key>,
    present_serial: Option<u64>,
    until: SimTime,
    /// When the story begins: the earlier of the writes is issued.
    begins: SimTime,
    is_done: bool,
    /// Packets that carry one of the writes, or complete it: which, and the arrow.
    packets: BTreeMap<(PathId, Direction, u64), (usize, usize)>,
    /// Faults that last, and since when.
    lasting: BTreeMap<u32, SimTime>,
    /// The latest limit stored that permits the write, told when the write is there to be permitted.
    permitting: Option<(SimTime, RemoteId, Key)>,
    released: Option<(SimTime, RemoteId, Key)>,
    teller: Teller,
    picture: Picture,
}

/// What a witness has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Testimony {
    /// The story, in the order of time.
    pub story: Vec<Scene>,
    /// The picture.
    pub picture: Picture,
    /// By serial number: what was seen of each write.
    pub journeys: BTreeMap<u64, Journey>,
    /// The limit that permitted the write which stands too early: when it was stored, where, and what.
    pub released: Option<(SimTime, RemoteId, Key)>,
}

impl<'a> Witness<'a> {
    /// For the writes of `violation`.
    pub fn new(scenario: &'a Scenario, violation: &Violation, detail: Detail) -> Self {
        let mut picture = Picture { until: violation.at, ..Picture::default() };
        let states = [&violation.missing, &violation.present];
        let mut writes: Vec<&WriteState> = states.into_iter().flatten().collect();
        writes.dedup_by_key(|state| state.write.serial);
        // Lines from left to right: the host comes in when it issues, so it is asked for first.
        for host in &scenario.hosts {
            picture.line(&host.name);
        }
        let pair = |state: &WriteState| scenario.pairs.get(state.pair.index());
        let local = |state: &WriteState| {
            let system = pair(state).and_then(|pair| scenario.local_systems.get(pair.local.system.index()));
            system.map_or("the local system", |system| &system.name).to_owned()
        };
        let remote = |state: &WriteState| {
            let system = pair(state).and_then(|pair| scenario.remote_systems.get(pair.remote.index()));
            system.map_or("the remote system", |system| &system.name).to_owned()
        };
        let locals: Vec<usize> = writes.iter().map(|state| picture.line(&local(state))).collect();
        let remotes: Vec<usize> = writes.iter().map(|state| picture.line(&remote(state))).collect();
        let watched = writes.iter().enumerate().map(|(index, state)| Watched {
            serial: state.write.serial,
            local: local(state),
            lines: (locals[index], remotes[index]),
            journey: Journey::default(),
            phase: 0,
            issued: None,
            last_arrow: None,
        });
        Self {
            scenario,
            watched: watched.collect(),
            group: violation.group,
            present: violation.present.and_then(|state| state.cached()).map(|(_, key)| key),
            present_serial: violation.present.map(|state| state.write.serial),
            until: violation.at,
            begins: writes.iter().map(|state| state.issued).min().unwrap_or(violation.at),
            is_done: false,
            packets: BTreeMap::new(),
            lasting: BTreeMap::new(),
            permitting: None,
            released: None,
            teller: Teller::new(detail),
            picture,
        }
    }

    /// What it has to say.
    pub fn into_testimony(mut self) -> Testimony {
        for (&fault, &since) in &self.lasting {
            if since < self.begins {
                let what = format!("{} has begun", self.scenario.fault_name(fault));
                self.teller.once(since, Lane::Wan, what);
            }
        }
        let shown: Vec<usize> = self.used_lines();
        Testimony {
            story: self.teller.into_story(),
            picture: keep_lines(self.picture, &shown),
            journeys: self.watched.into_iter().map(|watched| (watched.serial, watched.journey)).collect(),
            released: self.released,
        }
    }

    /// The lines at which something happens, in their order.
    fn used_lines(&self) -> Vec<usize> {
        let marks = self.picture.marks.iter().map(|mark| mark.line);
        let arrows = self.picture.arrows.iter().flat_map(|arrow| [arrow.from, arrow.to]);
        let systems = self.watched.iter().flat_map(|watched| [watched.lines.0, watched.lines.1]);
        let mut used: Vec<usize> = marks.chain(arrows).chain(systems).collect();
        used.sort_unstable();
        used.dedup();
        used
    }

    fn find(&self, write: WriteRef) -> Option<usize> {
        self.watched.iter().position(|watched| watched.serial == write.serial)
    }

    fn remote(&self, remote: RemoteId) -> &str {
        self.scenario.remote_systems.get(remote.index()).map_or("the remote system", |system| &system.name)
    }

    fn mark(&mut self, line: usize, at: SimTime, index: usize, label: String) {
        // The missing write is number 0, the present one number 1, even if it is alone.
        let write = usize::from(Some(self.watched[index].serial) == self.present_serial);
        if self.picture.marks.len() < 4 * super::picture::ARROWS {
            self.picture.marks.push(Mark { line, at, write, label });
        }
    }

    fn on_write(&mut self, now: SimTime, record: &Record) {
        let Some((write, index)) = write_of(record).and_then(|write| Some((write, self.find(write)?))) else {
            return;
        };
        let (lines, of) = (self.watched[index].lines, write.serial);
        match *record {
            Record::Issued { host, local, unit, position, .. } => {
                let host = self.scenario.hosts.get(host.index()).map_or("the host", |host| &host.name);
                let local = self.scenario.local_systems.get(local.index()).map_or("", |system| &system.name);
                let unit = unit + 1;
                let what = format!("{host} issues {write} to block {position} of {local}:{unit} (step 500)");
                let line = self.picture.line(host);
                self.teller.once(now, Lane::Host, what);
                self.watched[index].issued = Some((now, line));
                self.mark(line, now, index, format!("{write} issued"));
            }
            Record::Accepted { .. } => {
                let what = format!(
                    "{} accepts {write}: its place in local order (step 501)",
                    self.watched[index].local
                );
                self.teller.once(now, Lane::Local, what);
                if let Some((issued, line)) = self.watched[index].issued {
                    let write_index = usize::from(Some(of) == self.present_serial);
                    let label = format!("request of {write}");
                    let arrow = Arrow {
                        from: line,
                        to: lines.0,
                        sent: issued,
                        arrived: Some(now),
                        lost: false,
                        write: write_index,
                        label,
                    };
                    self.picture.arrow(arrow);
                }
                self.mark(lines.0, now, index, format!("{write} accepted"));
            }
            Record::Completed { .. } => {
                self.teller.once(
                    now,
                    Lane::Host,
                    format!("the host has the completion of {write} (step 504)"),
                );
                if let Some((_, line)) = self.watched[index].issued {
                    self.mark(line, now, index, format!("{write} completed"));
                }
            }
            Record::Abandoned { .. } => {
                let what = format!("the host gives {write} up and issues its data again as another write");
                self.teller.once(now, Lane::Host, what);
            }
            Record::LocalDestaged { .. } => {
                let what =
                    format!("{write} is destaged to its unit of {} (process 213)", self.watched[index].local);
                self.teller.once(now, Lane::Local, what);
            }
            Record::Folded { into, .. } => {
                let what = format!(
                    "{into} takes the place of {write} in the cache of {}: {write} will not be sent",
                    self.watched[index].local
                );
                self.teller.once(now, Lane::Local, what);
            }
            Record::LocalCacheLost { .. } => {
                self.watched[index].journey.wiped = Some(now);
                let what = format!("a crash wipes {write} from the cache of {}", self.watched[index].local);
                self.teller.once(now, Lane::Local, what);
                self.mark(lines.0, now, index, format!("{write} wiped"));
            }
            Record::RemoteCacheLost { remote, .. } => {
                self.watched[index].journey.cache_lost = Some(now);
                self.watched[index].phase += 1;
                let what = format!("{write} is gone from the cache of {}", self.remote(remote));
                self.teller.once(now, Lane::Remote, what);
                self.mark(lines.1, now, index, format!("{write} gone"));
            }
            Record::RemoteCached { remote, key, .. } => self.on_cached(now, index, write, remote, key),
            Record::RemoteDestaged { remote, unit, position, .. } => {
                if self.watched[index].journey.destaged.len() < TIMES {
                    self.watched[index].journey.destaged.push(now);
                }
                let remote = self.remote(remote);
                let what =
                    format!("{write} is destaged to block {position} of {remote}:{} (step 1103)", unit + 1);
                self.teller.once(now, Lane::Remote, what);
                self.mark(lines.1, now, index, format!("{write} destaged"));
            }
            _ => {}
        }
    }

    fn on_cached(&mut self, now: SimTime, index: usize, write: WriteRef, remote: RemoteId, key: Key) {
        let numbered = self.scenario.protocol.scheme.is_numbered();
        let number = if numbered { format!(", number {}", key.number) } else { String::new() };
        let name = self.remote(remote);
        let stamp = key_told(self.scenario, self.group.unwrap_or_default(), key.stamp);
        let what = format!("{name} caches {write}: {stamp}{number} (step 800)");
        let watched = &mut self.watched[index];
        let line = watched.lines.1;
        watched.phase += 1;
        if watched.journey.cached.len() < TIMES {
            watched.journey.cached.push((now, remote));
        }
        watched.journey.cache_lost = None;
        self.teller.once(now, Lane::Remote, what);
        self.mark(line, now, index, format!("{write} cached"));
        if self.present_serial == Some(write.serial)
            && self.released.is_none()
            && let Some(permitting) = self.permitting.take()
        {
            self.release(permitting);
        }
    }

    fn on_packet(&mut self, now: SimTime, record: &Record) {
        match *record {
            Record::PacketSent { path, direction, number, class, write: Some(write), fate, .. } => {
                let Some(index) = self.find(write) else { return };
                let arrow = self.on_sent(now, index, write, class, fate);
                self.packets.insert((path, direction, number), (index, arrow));
            }
            Record::PacketArrived { path, direction, number, sent } => {
                let Some(&(index, arrow)) = self.packets.get(&(path, direction, number)) else { return };
                // Another may stand in the place of an arrow that was left out.
                let same = |arrow: &&mut Arrow| arrow.sent == sent;
                if let Some(arrow) = self.picture.arrows.get_mut(arrow).filter(same) {
                    arrow.arrived = Some(now);
                }
                let watched = &mut self.watched[index];
                let name = format!("w{}", watched.serial);
                let (kind, lane) = match direction {
                    Direction::Forward => {
                        watched.journey.arrived.get_or_insert(now);
                        ("arrived", Lane::Wan)
                    }
                    Direction::Reverse => ("completion arrived", Lane::Local),
                };
                let phase = if direction == Direction::Forward { watched.phase } else { 0 };
                let kind = Kind { name: kind, of: watched.serial, phase };
                let tell = match direction {
                    Direction::Forward if phase == 0 => tell_arrived,
                    Direction::Forward => tell_copy,
                    Direction::Reverse => tell_completion_arrived,
                };
                self.teller.again(now, lane, kind, (tell, &name), Packets { sent: 1, ..Packets::default() });
            }
            _ => {}
        }
    }

    /// A packet of a watched write was sent: its place among the arrows.
    fn on_sent(
        &mut self,
        now: SimTime,
        index: usize,
        write: WriteRef,
        class: PacketClass,
        fate: Fate,
    ) -> usize {
        let packets = Packets::of(fate);
        let write_index = usize::from(Some(write.serial) == self.present_serial);
        let watched = &mut self.watched[index];
        let journey = &mut watched.journey;
        let (name, tell): (_, fn(&Entry, &str) -> String) = match class {
            PacketClass::Completion => ("completion", tell_completion_sent),
            PacketClass::Resend => {
                journey.resent += u64::from(journey.resent_last != Some(now));
                journey.resent_last = Some(now);
                add(&mut journey.again, packets);
                ("resent", tell_resent)
            }
            _ => {
                journey.sent.get_or_insert(now);
                add(&mut journey.first, packets);
                ("sent", tell_sent)
            }
        };
        let about = match class {
            PacketClass::Completion => write.to_string(),
            _ => format!("{} {write}", watched.local),
        };
        let kind = Kind { name, of: write.serial, phase: 0 };
        let (from, to, label) = match class {
            PacketClass::Completion => (watched.lines.1, watched.lines.0, format!("completion of {write}")),
            PacketClass::Resend => (watched.lines.0, watched.lines.1, format!("{write} resent")),
            _ => (watched.lines.0, watched.lines.1, format!("{write} sent")),
        };
        let fragment = watched.last_arrow.filter(|&(at, arrow)| {
            at == now && self.picture.arrows.get(arrow).is_some_and(|arrow| arrow.label == label)
        });
        self.teller.again(now, Lane::Wan, kind, (tell, &about), packets);
        if let Some((_, arrow)) = fragment {
            self.picture.arrows[arrow].lost |= packets.lost > 0;
            return arrow;
        }
        let lost = packets.lost > 0;
        let arrow = Arrow { from, to, sent: now, arrived: None, lost, write: write_index, label };
        let arrow = self.picture.arrow(arrow);
        self.watched[index].last_arrow = Some((now, arrow));
        arrow
    }

    /// A limit that permits the write which stands too early: the latest before it came, or the first after.
    fn on_limit(&mut self, now: SimTime, remote: RemoteId, group: Option<GroupId>, limit: Key) {
        let concerns = group.is_none() || self.group.is_none() || group == self.group;
        if !concerns {
            return;
        }
        let name = self.remote(remote).to_owned();
        let is_time = !group.is_some_and(|group| self.scenario.goes_by_sets(group));
        if now >= self.begins && is_time && self.picture.lines.contains(&name) {
            let line = self.picture.line(&name);
            self.picture.front(Front { line, at: now, limit: SimTime::from_ns(limit.stamp) });
        }
        let permits = self.present.is_some_and(|present| limit.stamp >= present.stamp);
        if self.released.is_some() || !permits {
            return;
        }
        let cached = self
            .watched
            .iter()
            .any(|watched| Some(watched.serial) == self.present_serial && !watched.journey.cached.is_empty());
        if cached {
            self.release((now, remote, limit));
        } else {
            self.permitting.get_or_insert((now, remote, limit));
        }
    }

    fn release(&mut self, (at, remote, limit): (SimTime, RemoteId, Key)) {
        let limit_told = limit_told(self.scenario, self.group.unwrap_or_default(), limit.stamp);
        let present = self.present_serial.unwrap_or_default();
        let what = format!("{} stores {limit_told}: permits w{present} (step 904)", self.remote(remote));
        self.released = Some((at, remote, limit));
        self.teller.once(at, Lane::Remote, what);
    }

    fn on_fault(&mut self, now: SimTime, fault: u32, begins: bool) {
        if begins {
            self.lasting.insert(fault, now);
        } else if now < self.begins {
            self.lasting.remove(&fault);
        }
        if now < self.begins {
            return;
        }
        // Where the scenario has many of them, they are told by kind.
        let tell: fn(&Entry, &str) -> String = if begins { tell_fault_begins } else { tell_fault_ends };
        let name = self.scenario.faults.get(fault as usize).map_or("fault", |fault| fault.kind.name());
        let kind = Kind { name, of: u64::from(begins), phase: 0 };
        let name = format!("{name} {}", self.scenario.fault_name(fault));
        self.teller.again(now, Lane::Wan, kind, (tell, &name), Packets::default());
    }
}

fn add(to: &mut Packets, more: Packets) {
    to.sent += more.sent;
    to.lost += more.lost;
    to.duplicated += more.duplicated;
}

/// The write that a record is about, packets aside.
const fn write_of(record: &Record) -> Option<WriteRef> {
    match *record {
        Record::Issued { write, .. }
        | Record::Accepted { write }
        | Record::Completed { write }
        | Record::Abandoned { write }
        | Record::LocalCacheLost { write }
        | Record::Folded { write, .. }
        | Record::LocalDestaged { write }
        | Record::RemoteCached { write, .. }
        | Record::RemoteCacheLost { write, .. }
        | Record::RemoteDestaged { write, .. } => Some(write),
        _ => None,
    }
}

fn tell_sent(entry: &Entry, about: &str) -> String {
    let (local, write) = about.split_once(' ').unwrap_or((about, ""));
    let packets =
        if entry.packets.sent > 1 { format!(" in {} packets", entry.packets.sent) } else { String::new() };
    format!("{local} sends {write}{packets} (step 602){}", entry.packets.fate())
}

fn tell_resent(entry: &Entry, about: &str) -> String {
    let (local, write) = about.split_once(' ').unwrap_or((about, ""));
    format!("{local} resends {write}{}{}", entry.repeated(), entry.packets.fate())
}

fn tell_arrived(entry: &Entry, write: &str) -> String {
    match entry.times {
        1 => format!("a packet of {write} arrives"),
        times => format!("{times} packets of {write} arrive until {}", entry.until),
    }
}

fn tell_copy(entry: &Entry, write: &str) -> String {
    match entry.times {
        1 => format!("another packet of {write} arrives"),
        times => format!("{times} more packets of {write} arrive until {}", entry.until),
    }
}

fn tell_completion_sent(entry: &Entry, write: &str) -> String {
    let again = entry.repeated();
    format!("the completion of {write} is sent back{again} (step 801){}", entry.packets.fate())
}

fn tell_completion_arrived(entry: &Entry, write: &str) -> String {
    format!("the completion of {write} arrives{} (step 700)", entry.repeated())
}

fn tell_fault_begins(entry: &Entry, name: &str) -> String {
    tell_fault(entry, name, "begins", "begin")
}

fn tell_fault_ends(entry: &Entry, name: &str) -> String {
    tell_fault(entry, name, "ends", "end")
}

fn tell_fault(entry: &Entry, name: &str, one: &str, several: &str) -> String {
    let (kind, name) = name.split_once(' ').unwrap_or((name, ""));
    match entry.times {
        1 => format!("{name} {one}"),
        times => format!("{times} faults {several} until {}: {kind}", entry.until),
    }
}

/// The picture with these of its lines only.
fn keep_lines(mut picture: Picture, shown: &[usize]) -> Picture {
    let place = |line: usize| shown.iter().position(|&kept| kept == line);
    picture.lines = shown.iter().filter_map(|&line| picture.lines.get(line).cloned()).collect();
    picture.marks.retain_mut(|mark| place(mark.line).map(|line| mark.line = line).is_some());
    picture.fronts.retain_mut(|front| place(front.line).map(|line| front.line = line).is_some());
    picture.arrows.retain_mut(|arrow| match (place(arrow.from), place(arrow.to)) {
        (Some(from), Some(to)) => {
            (arrow.from, arrow.to) = (from, to);
            true
        }
        _ => false,
    });
    picture
}

impl Observer for Witness<'_> {
    fn observe(&mut self, now: SimTime, record: &Record) {
        if now > self.until {
            self.is_done = true;
            return;
        }
        match *record {
            Record::LimitStored { remote, group, limit: Some(limit) } => {
                self.on_limit(now, remote, group, limit);
            }
            Record::FaultBegan { fault } => self.on_fault(now, fault, true),
            Record::FaultEnded { fault } => self.on_fault(now, fault, false),
            Record::PacketSent { .. } | Record::PacketArrived { .. } => self.on_packet(now, record),
            _ => self.on_write(now, record),
        }
    }

    fn is_done(&self) -> bool {
        self.is_done
    }
}
