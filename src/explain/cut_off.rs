//! A run that met its drain limit: what was still on its way, what the line was busy with, and which setting would have
//! let it end. Settings are run before they are named.

use std::collections::BTreeMap;

use super::cause::{Laboratory, Remedy};
use crate::protocol::transport::{Retransmit, WindowRule};
use crate::scenario::Scenario;
use crate::scenario::validated::Path;
use crate::trace::{End, Fate, Observer, PacketClass, Record};
use crate::units::{Direction, SimDuration, SimTime, WriteRef};
use crate::world::SimulateError;

/// What was going on when a run met its drain limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CutOff {
    /// `run.drain_limit`.
    pub drain_limit: SimDuration,
    /// Acknowledged writes.
    pub acknowledged: u64,
    /// Of these, not at the remote site.
    pub under_way: u64,
    /// Of these, in a remote cache and not destaged.
    pub cached: u64,
    /// The busiest path.
    pub line: Line,
    /// The least time from a write's first sending to the first completion that came back for it.
    pub round_trip: Option<SimDuration>,
    /// The least time from a write's first sending to its first resend.
    pub resent_after: Option<SimDuration>,
    /// Faults that were still on: name, kind, and when they end.
    pub faults: Vec<(String, &'static str, SimTime)>,
    /// Is it about tape?
    pub tape: bool,
    /// What was run to the end, and what came of it.
    pub remedies: Vec<Remedy>,
}

/// What one path carried to the remote site.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Its name: `L1-R1`.
    pub name: String,
    /// Packets.
    pub packets: u64,
    /// Packets that the network lost.
    pub lost: u64,
    /// Packets of resends.
    pub resends: u64,
    /// Bytes.
    pub bytes: u64,
    /// Bytes of resends.
    pub resend_bytes: u64,
    /// What was sent first, as a share of what the line carries while hosts write; `None` if it is unlimited.
    pub load: Option<f64>,
    /// All that was sent, as a share of what the line carries until the end; `None` if it is unlimited.
    pub use_of_line: Option<f64>,
}

impl Line {
    /// The share of resends in the bytes.
    pub fn resend_share(&self) -> f64 {
        if self.bytes == 0 { 0.0 } else { self.resend_bytes as f64 / self.bytes as f64 }
    }

    /// Is the line full, mostly of resends?
    pub fn is_saturated_by_resends(&self) -> bool {
        self.use_of_line.is_some_and(|used| used >= 0.9) && self.resend_share() >= 0.5
    }
}

/// A write that is not done.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    completed: bool,
    cached: bool,
    destaged: bool,
    sent: Option<SimTime>,
    resent: bool,
    answered: bool,
}

/// Counts what is going on in a run that met its drain limit; in any other it has seen enough at once.
#[derive(Debug, Default)]
pub struct Census {
    open: BTreeMap<u64, Open>,
    acknowledged: u64,
    destaged: u64,
    /// Destaged since hosts stopped.
    drained: u64,
    stop: SimTime,
    lines: Vec<Line>,
    /// Bytes sent for the first time, by path.
    first_bytes: Vec<u64>,
    /// Completions on their way back.
    completions: BTreeMap<(u32, u64), u64>,
    round_trip: Option<SimDuration>,
    resent_after: Option<SimDuration>,
    faults: Vec<u32>,
    /// Packets lost on the ways back.
    lost_back: u64,
    ended: SimTime,
    is_wanted: bool,
}

impl Census {
    /// Of a run of `scenario`; it counts if that is wanted.
    pub fn new(scenario: &Scenario, is_wanted: bool) -> Self {
        Self { stop: SimTime::ZERO + scenario.run.duration, is_wanted, ..Self::default() }
    }

    fn settle(&mut self, write: WriteRef) {
        if self.open.get(&write.serial).is_some_and(|open| open.completed && open.destaged && open.answered) {
            self.open.remove(&write.serial);
        }
    }

    fn on_sent(&mut self, now: SimTime, path: usize, class: PacketClass, bytes: u32, fate: Fate) {
        if self.lines.len() <= path {
            self.lines.resize(path + 1, Line::default());
            self.first_bytes.resize(path + 1, 0);
        }
        let line = &mut self.lines[path];
        line.packets += 1;
        line.lost += u64::from(matches!(fate, Fate::Lost | Fate::Copies(0)));
        line.bytes += u64::from(bytes);
        if class == PacketClass::Resend {
            line.resends += 1;
            line.resend_bytes += u64::from(bytes);
        } else if now <= self.stop {
            self.first_bytes[path] += u64::from(bytes);
        }
    }
}

impl Observer for Census {
    fn observe(&mut self, now: SimTime, record: &Record) {
        if !self.is_wanted {
            return;
        }
        if let Record::PacketSent {
            direction: Direction::Reverse, fate: Fate::Lost | Fate::Copies(0), ..
        } = record
        {
            self.lost_back += 1;
        }
        match *record {
            Record::Issued { write, pair: Some(_), .. } => {
                self.open.insert(write.serial, Open::default());
            }
            Record::Completed { write } => {
                if let Some(open) = self.open.get_mut(&write.serial) {
                    open.completed = true;
                    self.acknowledged += 1;
                    self.destaged += u64::from(open.destaged);
                }
                self.settle(write);
            }
            Record::RemoteCached { write, .. } => {
                if let Some(open) = self.open.get_mut(&write.serial) {
                    open.cached = true;
                }
            }
            Record::RemoteCacheLost { write, .. } => {
                if let Some(open) = self.open.get_mut(&write.serial) {
                    open.cached = false;
                }
            }
            Record::RemoteDestaged { write, .. } => {
                if let Some(open) = self.open.get_mut(&write.serial).filter(|open| !open.destaged) {
                    (open.destaged, open.cached) = (true, false);
                    self.destaged += u64::from(open.completed);
                    self.drained += u64::from(now > self.stop);
                }
                self.settle(write);
            }
            Record::PacketSent { path, direction: Direction::Forward, class, write, bytes, fate, .. } => {
                self.on_sent(now, path.index(), class, bytes, fate);
                if let Some(open) = write.and_then(|write| self.open.get_mut(&write.serial)) {
                    let sent = *open.sent.get_or_insert(now);
                    if class == PacketClass::Resend && !std::mem::replace(&mut open.resent, true) {
                        self.resent_after = Some(least(self.resent_after, now.since(sent)));
                    }
                }
            }
            Record::PacketSent {
                path,
                direction: Direction::Reverse,
                number,
                class: PacketClass::Completion,
                write: Some(write),
                fate: Fate::Copies(1..),
                ..
            } if self.open.contains_key(&write.serial) => {
                self.completions.insert((path.0, number), write.serial);
            }
            Record::PacketArrived { path, direction: Direction::Reverse, number, .. } => {
                let Some(serial) = self.completions.remove(&(path.0, number)) else { return };
                if let Some(open) = self.open.get_mut(&serial).filter(|open| !open.answered) {
                    open.answered = true;
                    if let Some(sent) = open.sent {
                        self.round_trip = Some(least(self.round_trip, now.since(sent)));
                    }
                }
                self.settle(WriteRef { serial, slot: 0 });
            }
            Record::FaultBegan { fault } => self.faults.push(fault),
            Record::FaultEnded { fault } => self.faults.retain(|&on| on != fault),
            _ => {}
        }
    }

    fn end(&mut self, end: &End) {
        self.ended = end.at;
    }

    fn is_done(&self) -> bool {
        !self.is_wanted
    }
}

fn least(known: Option<SimDuration>, new: SimDuration) -> SimDuration {
    known.map_or(new, |known| known.min(new))
}

/// Tries what would have let a run end that met its drain limit, as `census` saw it.
///
/// # Errors
/// When a recorded workload cannot be read.
pub fn look(laboratory: &Laboratory, census: &Census) -> Result<CutOff, SimulateError> {
    let scenario = laboratory.scenario;
    let has_disks = !scenario.pairs.is_empty();
    let mut cut_off = CutOff {
        drain_limit: scenario.run.drain_limit,
        acknowledged: census.acknowledged,
        under_way: census.acknowledged.saturating_sub(census.destaged),
        cached: census.open.values().filter(|open| open.completed && open.cached).count() as u64,
        line: busiest(scenario, census),
        round_trip: census.round_trip,
        resent_after: census.resent_after,
        faults: census
            .faults
            .iter()
            .filter_map(|&index| {
                let fault = scenario.faults.get(index as usize)?;
                Some((scenario.fault_name(index), fault.kind.name(), fault.at + fault.kind.length()?))
            })
            .collect(),
        tape: !has_disks,
        remedies: Vec::new(),
    };
    if has_disks {
        longer_timer(laboratory, census, &mut cut_off)?;
    }
    // Where nothing comes through, and no fault will end, time does not help.
    let hopeless = cut_off.faults.is_empty() && cut_off.line.packets == cut_off.line.lost;
    if !hopeless && !cut_off.remedies.iter().any(Remedy::helps) {
        longer_drain(laboratory, census, &mut cut_off)?;
        if !cut_off.remedies.iter().any(Remedy::helps) {
            narrower_window(laboratory, &mut cut_off)?;
        }
    }
    Ok(cut_off)
}

/// The path to the remote site that carried most, for its rate.
fn busiest(scenario: &Scenario, census: &Census) -> Line {
    let until = census.ended.as_secs_f64();
    let writing = scenario.run.duration.as_secs_f64();
    let lines = census.lines.iter().enumerate().map(|(path, line)| {
        let job = || scenario.tape.jobs.get(path.checked_sub(scenario.paths.len())?);
        let (name, bandwidth) = match scenario.paths.get(path) {
            Some(path) => {
                let local = scenario.local_systems.get(path.local.index()).map_or("", |s| &s.name);
                let remote = scenario.remote_systems.get(path.remote.index()).map_or("", |s| &s.name);
                (format!("{local}-{remote}"), path.forward.bandwidth)
            }
            None => job().map_or((String::new(), None), |job| (job.name.clone(), job.forward.bandwidth)),
        };
        let share = |bytes: u64, seconds: f64| {
            bandwidth.filter(|_| seconds > 0.0).map(|bits| bytes as f64 * 8.0 / (bits as f64 * seconds))
        };
        Line {
            name,
            load: share(census.first_bytes[path], writing),
            use_of_line: share(line.bytes, until),
            ..line.clone()
        }
    });
    let busy = |line: &Line| line.use_of_line.unwrap_or(0.0);
    lines.max_by(|a, b| busy(a).total_cmp(&busy(b)).then(a.bytes.cmp(&b.bytes))).unwrap_or_default()
}

/// Where resends took a good part of the line: would a longer timer have let it end?
fn longer_timer(laboratory: &Laboratory, census: &Census, cut_off: &mut CutOff) -> Result<(), SimulateError> {
    let scenario = laboratory.scenario;
    let Some(round_trip) = cut_off.round_trip else { return Ok(()) };
    let (line, lost) = (&cut_off.line, census.lost_back + cut_off.line.lost);
    // Losses ask for resends, and a longer timer would not spare them.
    if line.resend_share() < 0.2 || line.resends < lost.saturating_mul(2) {
        return Ok(());
    }
    let Some(longest) = fixed_timeout(scenario) else { return Ok(()) };
    let least = round_trip.as_ns().max(longest.as_ns());
    let mut timeout = friendly(least.saturating_add(least / 10));
    for _ in 0..3 {
        let mut changed = scenario.clone();
        for path in &mut changed.paths {
            path.transport.retransmit = Retransmit::Fixed(timeout);
        }
        let remedy = laboratory.remedy(&changed, vec![format!("protocol.retransmit_timeout={timeout}")])?;
        let holds = remedy.holds;
        if holds {
            cut_off.remedies.clear();
        }
        cut_off.remedies.push(remedy);
        if holds {
            break;
        }
        timeout = friendly(timeout.as_ns().saturating_mul(2));
    }
    // Of several that did not help, the longest says most.
    let last = cut_off.remedies.len().saturating_sub(1);
    cut_off.remedies.drain(..last);
    Ok(())
}

/// The time-out, where it is one constant on every path: what `protocol.retransmit_timeout` says.
fn fixed_timeout(scenario: &Scenario) -> Option<SimDuration> {
    let first = scenario.paths.first()?.transport.retransmit;
    match first {
        Retransmit::Fixed(timeout)
            if scenario.paths.iter().all(|path| path.transport.retransmit == first) =>
        {
            Some(timeout)
        }
        Retransmit::Fixed(_) | Retransmit::Adaptive { .. } | Retransmit::Untimed => None,
    }
}

/// Would a longer drain have let it end?
fn longer_drain(laboratory: &Laboratory, census: &Census, cut_off: &mut CutOff) -> Result<(), SimulateError> {
    let scenario = laboratory.scenario;
    let drain = scenario.run.drain_limit.as_ns().max(1_000_000);
    let stop = scenario.run.duration.as_ns();
    // A fault that is on at the end is waited for.
    let faults = cut_off.faults.iter().map(|(_, _, end)| end.as_ns()).max().unwrap_or(0).saturating_sub(stop);
    // At the pace of the drain so far, and half as much again.
    let pace = match census.drained {
        0 => drain.saturating_mul(4),
        done => {
            let per_write = drain as f64 / done as f64;
            (drain as f64 + per_write * cut_off.under_way as f64 * 1.5) as u64
        }
    };
    let bound = drain.saturating_mul(64).max(stop.saturating_mul(16)).max(600_000_000_000);
    // Never so short that a lost packet could not be resent a few times.
    let timeout = fixed_timeout(scenario).unwrap_or_default();
    let least = timeout.as_ns().saturating_mul(10).max(1_000_000_000);
    let least = least.max(drain.saturating_mul(2));
    let mut limit = friendly(pace.max(least).saturating_add(faults).min(bound));
    for _ in 0..2 {
        let mut changed = scenario.clone();
        changed.run.drain_limit = limit;
        let remedy = laboratory.remedy(&changed, vec![format!("run.drain_limit={limit}")])?;
        let over = remedy.holds || !remedy.finished || limit.as_ns() >= bound;
        cut_off.remedies.retain(|other| !other.set.iter().any(|set| set.starts_with("run.")));
        cut_off.remedies.push(remedy);
        if over {
            break;
        }
        limit = friendly(limit.as_ns().saturating_mul(4).min(bound));
    }
    Ok(())
}

/// Where a line that cannot carry everything at once carried mostly resends: would a window that losses narrow have let it end?
fn narrower_window(laboratory: &Laboratory, cut_off: &mut CutOff) -> Result<(), SimulateError> {
    let paths = &laboratory.scenario.paths;
    // What a path says for itself the setting would leave.
    let can_be_set = |path: &Path| !path.has_own_window && path.transport.window != WindowRule::Aimd;
    let has_rate = paths.iter().any(|path| path.forward.bandwidth.is_some());
    if !paths.iter().all(can_be_set) || !has_rate || cut_off.line.resend_share() < 0.5 {
        return Ok(());
    }
    let mut changed = laboratory.scenario.clone();
    for path in &mut changed.paths {
        path.transport.window = WindowRule::Aimd;
    }
    let remedy = laboratory.remedy(&changed, vec!["transport.window=aimd".to_owned()])?;
    if remedy.helps() {
        cut_off.remedies.push(remedy);
    }
    Ok(())
}

/// The next span that a person would write: one digit, or two of the series 1, 1.2, 1.5.
fn friendly(ns: u64) -> SimDuration {
    // Above a minute in whole seconds, below by decimal digits.
    let mut step = 1_u64;
    while step.saturating_mul(10) <= ns {
        step = step.saturating_mul(10);
    }
    let tenths = [10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100];
    let candidates = tenths.iter().map(|&tenth| (step / 10).max(1).saturating_mul(tenth));
    SimDuration::from_ns(candidates.into_iter().find(|&value| value >= ns).unwrap_or(ns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn friendly_spans_are_not_below_and_not_far_above() {
        let mut ns = 10_u64;
        while ns < 10_000_000_000_000 {
            let value = friendly(ns).as_ns();
            assert!(value >= ns && value <= ns.saturating_mul(3) / 2 + 1, "{ns}: {value}");
            ns = ns * 17 / 13 + 1;
        }
        assert_eq!(friendly(598_400_000).to_string(), "600ms");
        assert_eq!(friendly(61_000_000_000).to_string(), "80s");
        assert_eq!(friendly(240_000_000_000).to_string(), "250s");
    }
}
