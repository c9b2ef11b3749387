//! `--perfetto`: a trace for ui.perfetto.dev and `chrome://tracing`, in their JSON of trace events.
//!
//! A process per host, system, path and group, a thread per unit. What happens to a write is a slice of one nanosecond
//! on the track of its unit; a flow goes from each to the next. On the track of its group a write lasts from its
//! completion until it is destaged at the remote site; a counter says how many such writes there are.

use std::io;

use super::packets::{Packets, Write, Writes, class_name, direction_name};
use super::{Export, Out, Target, quoted};
use crate::scenario::Scenario;
use crate::trace::{End, Observer, Preamble, PreamblePair, Record};
use crate::units::{SimTime, WriteRef};

/// First process of each kind; kinds have room for this many between them.
const HOSTS: u64 = 1;
const LOCALS: u64 = 1_000_000;
const REMOTES: u64 = 2_000_000;
const PATHS: u64 = 3_000_000;
const GROUPS: u64 = 4_000_000;

/// Writes the trace.
#[derive(Debug)]
pub struct Perfetto {
    out: Out,
    hosts: Vec<String>,
    faults: Vec<&'static str>,
    paths: Vec<String>,
    pairs: Vec<PreamblePair>,
    writes: Writes,
    packets: Packets,
    /// By group: completed, and not destaged at the remote site.
    outstanding: Vec<u64>,
    /// By slot.
    ends: Vec<Ends>,
    is_first: bool,
}

/// What has become of a write so far.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    serial: u64,
    completed: bool,
    landed: bool,
}

impl Ends {
    const fn is_outstanding(self) -> bool {
        self.completed && !self.landed
    }
}

impl Perfetto {
    /// Of a run of `scenario`, into `target`.
    pub fn new(scenario: &Scenario, target: Target) -> Self {
        let path = |path: &crate::scenario::validated::Path| {
            let local = &scenario.local_systems[path.local.index()].name;
            format!("{local}-{}", scenario.remote_systems[path.remote.index()].name)
        };
        Self {
            out: Out::new(target),
            hosts: scenario.hosts.iter().map(|host| host.name.clone()).collect(),
            faults: scenario.faults.iter().map(|fault| fault.kind.name()).collect(),
            paths: scenario.paths.iter().map(path).collect(),
            pairs: Vec::new(),
            writes: Writes::default(),
            packets: Packets::default(),
            outstanding: vec![0; scenario.groups.len()],
            ends: Vec::new(),
            is_first: true,
        }
    }

    /// One event, without its braces.
    fn event(&mut self, event: &str) {
        let before = if std::mem::take(&mut self.is_first) { "{\"traceEvents\":[\n{" } else { ",\n{" };
        self.out.put([before, event, "}"].concat().as_bytes());
    }

    fn process(&mut self, pid: u64, name: &str) {
        let name = quoted(name);
        self.event(&format!(
            "\"ph\":\"M\",\"name\":\"process_name\",\"pid\":{pid},\"args\":{{\"name\":{name}}}"
        ));
        self.event(&format!(
            "\"ph\":\"M\",\"name\":\"process_sort_index\",\"pid\":{pid},\"args\":{{\"sort_index\":{pid}}}"
        ));
    }

    fn thread(&mut self, pid: u64, tid: u64, name: &str) {
        let name = quoted(name);
        self.event(&format!(
            "\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":{pid},\"tid\":{tid},\"args\":{{\"name\":{name}}}"
        ));
    }

    /// A slice of one nanosecond in the life of a write, and the flow to it: its start (`s`) or a step (`t`). None is
    /// its end (`f`), since none is known to be the last: what comes after an end would have no arrow.
    fn step(&mut self, now: SimTime, (pid, tid): (u64, u64), what: &str, serial: u64, flow: &str) {
        let at = micros(now);
        self.event(&format!(
            "\"ph\":\"X\",\"name\":\"{what} w{serial}\",\"cat\":\"write\",\"pid\":{pid},\"tid\":{tid},\"ts\":{at},\
             \"dur\":0.001,\"args\":{{\"write\":{serial}}}"
        ));
        self.event(&format!(
            "\"ph\":\"{flow}\",\"name\":\"write\",\"cat\":\"write\",\"id\":{serial},\"pid\":{pid},\"tid\":{tid},\
             \"ts\":{at}"
        ));
    }

    fn instant(&mut self, now: SimTime, (pid, tid): (u64, u64), what: &str) {
        let at = micros(now);
        self.event(&format!(
            "\"ph\":\"i\",\"s\":\"t\",\"name\":{},\"pid\":{pid},\"tid\":{tid},\"ts\":{at}",
            quoted(what)
        ));
    }

    /// The beginning (`b`) or the end (`e`) of what overlaps others of its kind.
    fn span(&mut self, now: SimTime, pid: u64, ph: &str, category: &str, (id, name): (&str, &str)) {
        let at = micros(now);
        self.event(&format!(
            "\"ph\":\"{ph}\",\"cat\":\"{category}\",\"id\":\"{id}\",\"name\":\"{name}\",\"pid\":{pid},\"tid\":0,\"ts\":{at}"
        ));
    }

    /// The track of a write's local unit.
    fn local_track(write: Write) -> (u64, u64) {
        (LOCALS + u64::from(write.local.0), u64::from(write.unit) + 1)
    }

    fn at_local(&mut self, now: SimTime, write: WriteRef, what: &str) {
        if let Some(known) = self.writes.get(write) {
            self.step(now, Self::local_track(known), what, write.serial, "t");
        }
    }

    /// The write is completed, or has been destaged: is it outstanding now?
    fn count(&mut self, now: SimTime, write: WriteRef, completed: bool) {
        let Some(pair) = self.writes.get(write).and_then(|known| known.pair) else { return };
        let slot = write.slot as usize;
        if self.ends.len() <= slot {
            self.ends.resize(slot + 1, Ends::default());
        }
        let ends = &mut self.ends[slot];
        if ends.serial != write.serial {
            *ends = Ends { serial: write.serial, ..Ends::default() };
        }
        let before = *ends;
        ends.completed |= completed;
        ends.landed |= !completed;
        let (was, is) = (before.is_outstanding(), ends.is_outstanding());
        if was == is {
            return;
        }
        let group = self.pairs[pair.index()].group;
        let pid = GROUPS + u64::from(group.0);
        let name = format!("w{}", write.serial);
        let ph = if is { "b" } else { "e" };
        self.span(now, pid, ph, "outstanding", (&name, &name));
        let outstanding = &mut self.outstanding[group.index()];
        *outstanding = if is { *outstanding + 1 } else { *outstanding - 1 };
        let outstanding = *outstanding;
        self.event(&format!(
            "\"ph\":\"C\",\"name\":\"completed, not at the remote site\",\"pid\":{pid},\"ts\":{},\
             \"args\":{{\"writes\":{outstanding}}}",
            micros(now)
        ));
    }

    fn packet(&mut self, now: SimTime, record: &Record) {
        match *record {
            Record::PacketSent { path, direction, number, .. } => {
                let Some(packet) = self.packets.on_sent(record, &self.writes) else { return };
                let carried = packet.write.map_or_else(String::new, |write| format!(" w{}", write.serial));
                let name = format!("{}{carried}", class_name(packet.class));
                let pid = PATHS + u64::from(path.0);
                if packet.copies == 0 {
                    self.instant(now, (pid, 1), &format!("lost: {name}"));
                } else {
                    let id = format!("{}-{}-{number}", path.0, direction_name(direction));
                    self.span(now, pid, "b", direction_name(direction), (&id, &name));
                }
            }
            Record::PacketArrived { path, direction, number, .. } => {
                let Some(packet) = self.packets.on_arrived(path, direction, number) else { return };
                let carried = packet.write.map_or_else(String::new, |write| format!(" w{}", write.serial));
                let name = format!("{}{carried}", class_name(packet.class));
                let pid = PATHS + u64::from(path.0);
                if packet.copies == 0 {
                    let id = format!("{}-{}-{number}", path.0, direction_name(direction));
                    self.span(now, pid, "e", direction_name(direction), (&id, &name));
                } else {
                    self.instant(now, (pid, 1), &format!("first copy: {name}"));
                }
            }
            _ => {}
        }
    }

    fn fault(&mut self, now: SimTime, fault: u32, what: &str) {
        let name = self.faults.get(fault as usize).copied().unwrap_or("fault");
        self.event(&format!(
            "\"ph\":\"i\",\"s\":\"g\",\"name\":\"{name} {what}\",\"pid\":{HOSTS},\"tid\":0,\"ts\":{}",
            micros(now)
        ));
    }
}

/// Microseconds with three decimals: exact.
fn micros(time: SimTime) -> String {
    format!("{}.{:03}", time.as_ns() / 1_000, time.as_ns() % 1_000)
}

impl Observer for Perfetto {
    fn begin(&mut self, preamble: &Preamble) {
        self.pairs.clone_from(&preamble.pairs);
        for (index, name) in self.hosts.clone().iter().enumerate() {
            self.process(HOSTS + index as u64, &format!("host {name}"));
        }
        for (index, name) in preamble.local_systems.iter().enumerate() {
            self.process(LOCALS + index as u64, &format!("local system {name}"));
        }
        for (index, name) in preamble.remote_systems.iter().enumerate() {
            let pid = REMOTES + index as u64;
            self.process(pid, &format!("remote system {name}"));
            self.thread(pid, 0, "limit time");
        }
        for (index, name) in self.paths.clone().iter().enumerate() {
            self.process(PATHS + index as u64, &format!("path {name}"));
        }
        for (index, name) in preamble.groups.iter().enumerate() {
            self.process(GROUPS + index as u64, &format!("group {name}"));
        }
        for pair in &preamble.pairs {
            let name = |system: &str, unit: u32| format!("unit {system}:{}", unit + 1);
            let local = name(&preamble.local_systems[pair.local.index()], pair.local_unit);
            self.thread(LOCALS + u64::from(pair.local.0), u64::from(pair.local_unit) + 1, &local);
            let remote = name(&preamble.remote_systems[pair.remote.index()], pair.remote_unit);
            self.thread(REMOTES + u64::from(pair.remote.0), u64::from(pair.remote_unit) + 1, &remote);
        }
    }

    fn observe(&mut self, now: SimTime, record: &Record) {
        self.writes.observe(record);
        match *record {
            Record::Issued { write, host, .. } => {
                self.step(now, (HOSTS + u64::from(host.0), 1), "issued", write.serial, "s");
            }
            Record::Accepted { write } => self.at_local(now, write, "accepted"),
            Record::Completed { write } => {
                if let Some(known) = self.writes.get(write) {
                    self.step(now, (HOSTS + u64::from(known.host.0), 1), "completed", write.serial, "t");
                }
                self.count(now, write, true);
            }
            Record::Abandoned { write } => {
                if let Some(known) = self.writes.get(write) {
                    self.step(now, (HOSTS + u64::from(known.host.0), 1), "abandoned", write.serial, "t");
                }
            }
            Record::Folded { write, .. } => self.at_local(now, write, "folded into a later write"),
            Record::LocalCacheLost { write } => self.at_local(now, write, "lost from the local cache"),
            Record::LocalDestaged { write } => self.at_local(now, write, "destaged locally"),
            Record::RemoteCached { write, remote, .. } => {
                let unit = self.writes.get(write).and_then(|known| known.pair);
                let unit = unit.map_or(0, |pair| u64::from(self.pairs[pair.index()].remote_unit) + 1);
                self.step(now, (REMOTES + u64::from(remote.0), unit), "cached", write.serial, "t");
            }
            Record::RemoteCacheLost { write, remote } => {
                let unit = self.writes.get(write).and_then(|known| known.pair);
                let unit = unit.map_or(0, |pair| u64::from(self.pairs[pair.index()].remote_unit) + 1);
                self.step(
                    now,
                    (REMOTES + u64::from(remote.0), unit),
                    "lost from the cache",
                    write.serial,
                    "t",
                );
            }
            Record::RemoteDestaged { write, remote, unit, .. } => {
                let track = (REMOTES + u64::from(remote.0), u64::from(unit) + 1);
                self.step(now, track, "destaged", write.serial, "t");
                self.count(now, write, false);
            }
            Record::LimitStored { remote, limit, .. } => {
                let limit = limit.map_or_else(|| "none".to_owned(), |key| key.stamp.to_string());
                self.instant(now, (REMOTES + u64::from(remote.0), 0), &format!("limit {limit} ns"));
            }
            Record::PacketSent { .. } | Record::PacketArrived { .. } => self.packet(now, record),
            Record::FaultBegan { fault } => self.fault(now, fault, "begins"),
            Record::FaultEnded { fault } => self.fault(now, fault, "ends"),
            Record::LocalSiteLost => self.instant(now, (HOSTS, 0), "the local site is lost"),
            Record::StampReceived { .. } | Record::PacketRebuilt { .. } | Record::Tape(_) => {}
        }
    }

    fn end(&mut self, _end: &End) {
        let end = if self.is_first { "{\"traceEvents\":[\n" } else { "" };
        self.out.put([end, "\n],\"displayTimeUnit\":\"ns\"}\n"].concat().as_bytes());
    }
}

impl Export for Perfetto {
    fn finish(self) -> io::Result<Target> {
        self.out.finish()
    }
}
