//! A validated scenario as a file, from which [`super::parse`] makes the same scenario: what `hunt` and `shrink` write.
//!
//! Only what differs from its default is written. What stands in other files (recorded workloads, measured delays,
//! time lines) cannot be written: [`Unwritable`] says what it was.

mod lines;

use std::fmt::Write as _;

use super::tape::{Tape, TapeJob, TapeSystem};
use super::validated::{
    ClockOwner, ControlUnit, ExpectOrder, Fault, FaultKind, Group, Host, LocalSystem, RemoteSystem, Scenario,
};
use crate::hardware::clock::Clock;
use crate::hardware::tape_unit::DriveSpec;
use crate::hardware::workload::{Addresses, Arrivals, LocalUnit, ScriptedWrite, Sizes, Workload};
use crate::protocol::disk::ordering::cut::{CutSettings, Queue, Switch, Trigger};
use crate::protocol::disk::ordering::epoch::Close;
use crate::protocol::disk::ordering::streams::Release;
use crate::protocol::tape::Numbering;
use crate::protocol::{Rules, Scheme};
use crate::units::quantity::Size;
use crate::units::{Direction, PathId, SimDuration, SimTime};
use lines::{control, distribution, network, retransmit_timeout};

/// What of a scenario a single file cannot say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} cannot be written into a scenario")]
pub struct Unwritable(pub &'static str);

/// Keys and their values, in the order in which they stand in the file.
#[derive(Debug, Default)]
struct Keys(Vec<(&'static str, String)>);

impl Keys {
    /// This key has this value, as TOML writes it.
    fn put(&mut self, key: &'static str, value: impl Into<String>) -> &mut Self {
        self.0.push((key, value.into()));
        self
    }

    /// This key has this value, if it is worth saying.
    fn put_if(&mut self, said: bool, key: &'static str, value: impl Into<String>) -> &mut Self {
        if said { self.put(key, value) } else { self }
    }

    /// One key a line.
    fn lines(&self) -> String {
        self.0.iter().fold(String::new(), |lines, (key, value)| lines + key + " = " + value + "\n")
    }

    /// All in one line, as a table.
    fn inline(&self) -> String {
        let keys: Vec<String> = self.0.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        format!("{{ {} }}", keys.join(", "))
    }
}

/// `text` as TOML writes it.
fn text(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn span(span: SimDuration) -> String {
    format!("\"{span}\"")
}

fn instant(at: SimTime) -> String {
    format!("\"{at}\"")
}

fn size(bytes: u64) -> String {
    format!("\"{}\"", Size(bytes))
}

/// A number as TOML takes it: with a point, and read back to the last bit.
fn number(value: f64) -> String {
    format!("{value:?}")
}

/// The scenario as a file.
///
/// # Errors
/// When it needs a file beside it.
pub fn write(scenario: &Scenario) -> Result<String, Unwritable> {
    let mut out = format!("title = {}\n", text(&scenario.title));
    out += &run(scenario);
    out += &protocol(scenario)?;
    for system in &scenario.local_systems {
        out += &local_system(system)?;
    }
    for system in &scenario.remote_systems {
        out += &remote_system(system)?;
    }
    for group in &scenario.groups {
        out += &self::group(scenario, group);
    }
    for host in &scenario.hosts {
        out += &self::host(scenario, host)?;
    }
    out += &tape(&scenario.tape);
    out += &network(scenario)?;
    out += &control(scenario)?;
    out += &lines::fates(scenario);
    for fault in &scenario.faults {
        out += &self::fault(scenario, fault);
    }
    out += &expect(scenario);
    Ok(out)
}

fn run(scenario: &Scenario) -> String {
    let run = &scenario.run;
    let mut keys = Keys::default();
    keys.put("seed", run.seed.to_string()).put("duration", span(run.duration));
    keys.put_if(!run.warm_up.is_zero(), "warm_up", span(run.warm_up));
    keys.put("drain_limit", span(run.drain_limit));
    keys.put_if(run.seeded_ties, "ties", "\"seeded\"");
    if let Some(at) = run.heal {
        keys.put("heal", instant(at));
    }
    keys.put_if(run.disasters > 0, "disasters", run.disasters.to_string());
    format!("\n[run]\n{}", keys.lines())
}

fn protocol(scenario: &Scenario) -> Result<String, Unwritable> {
    let protocol = &scenario.protocol;
    let mut keys = Keys::default();
    keys.put("scheme", text(protocol.scheme.name()));
    keys.put("limit_period", span(protocol.limit_period));
    keys.put_if(!protocol.send_delay.is_zero(), "send_delay", span(protocol.send_delay));
    keys.put("marker_interval", span(protocol.marker_interval));
    if let Some(timeout) = retransmit_timeout(scenario)? {
        keys.put("retransmit_timeout", span(timeout));
    }
    keys.put_if(protocol.network_sync.is_some(), "acknowledge", "\"network-sync\"");
    keys.put_if(protocol.release == Release::Destaged, "release", "\"destaged\"");
    keys.put_if(protocol.pull.is_some(), "send", "\"pull\"");
    let rules = acting(scenario);
    let mut table = Keys::default();
    let mut lost = Vec::new();
    for departure in rules.departures() {
        if departure.rule == "non-volatile" {
            lost.push(text(departure.form));
        } else {
            table.put(departure.rule, text(departure.form));
        }
    }
    if !lost.is_empty() {
        table.put("non-volatile", format!("[{}]", lost.join(", ")));
    }
    let mut table =
        if table.0.is_empty() { String::new() } else { format!("[protocol.rule]\n{}", table.lines()) };
    if protocol.scheme == Scheme::Epoch {
        let mut keys = Keys::default();
        keys.put(
            "close",
            text(match protocol.epoch.close {
                Close::OnCompletion => "on-completion",
                Close::ConcurrentSet => "concurrent-set",
            }),
        );
        keys.put("max_size", protocol.epoch.max_size.to_string());
        table += &format!("[protocol.epoch]\n{}", keys.lines());
    }
    if let Some(pull) = protocol.pull {
        let mut keys = Keys::default();
        keys.put("requests", pull.requests.to_string()).put("bytes", text(&format!("{}B", pull.bytes)));
        keys.put("timeout", span(pull.timeout));
        table += &format!("[protocol.pull]\n{}", keys.lines());
    }
    if let Some(rule) = protocol.network_sync {
        let mut keys = Keys::default();
        keys.put("data", rule.data.to_string()).put("repair", rule.repair.to_string());
        keys.put("flush", span(rule.flush));
        keys.put_if(rule.interleave > 1, "interleave", rule.interleave.to_string());
        table += &format!("[protocol.network_sync]\n{}", keys.lines());
    }
    if protocol.scheme == Scheme::Cut {
        table += &cut(&protocol.cut);
    }
    Ok(format!("\n[protocol]\n{}{table}", keys.lines()))
}

/// `[protocol.cut]`; what is a rule stands there.
fn cut(cut: &CutSettings) -> String {
    let mut keys = Keys::default();
    let trigger = match cut.trigger {
        Trigger::Period => "period",
        Trigger::Size => "size",
        Trigger::PreviousDone => "previous",
    };
    keys.put("trigger", text(trigger));
    keys.put("period", span(cut.period));
    keys.put_if(cut.trigger == Trigger::Size, "size", text(&format!("{}B", cut.size)));
    let switch = match cut.switch {
        Switch::Window => "window",
        Switch::Serialise => "serialise",
    };
    keys.put("switch", text(switch));
    keys.put("coordination", span(cut.coordination));
    keys.put("hold_limit", span(cut.hold_limit));
    keys.put("fold", text(if cut.fold { "on" } else { "off" }));
    let queue = match cut.queue {
        Queue::Legacy => "legacy",
        Queue::MultiCycle => "multi-cycle",
    };
    keys.put("queue", text(queue));
    format!("[protocol.cut]\n{}", keys.lines())
}

/// The rules of a scenario without those that change nothing in it: a file may not name them.
pub fn acting(scenario: &Scenario) -> Rules {
    let rules = &scenario.protocol.rules;
    let on_tape = |departure: &_| {
        scenario
            .tape
            .jobs
            .iter()
            .any(|job| scenario.tape.systems[job.system].numbering.is_changed_by(departure))
    };
    let on_disk = |departure: &_| {
        !scenario.pairs.is_empty() && scenario.protocol.scheme.is_changed_by(departure, rules)
    };
    let departures = rules.departures();
    let idle = departures.iter().filter(|departure| !on_tape(departure) && !on_disk(departure));
    idle.fold(*rules, super::super::protocol::rules::Rules::without)
}

fn clock(clock: &Clock) -> Option<String> {
    let mut keys = Keys::default();
    keys.put_if(clock.skew_ns != 0, "skew", signed(clock.skew_ns, ""));
    keys.put_if(clock.drift_ns_per_s != 0, "drift", signed(clock.drift_ns_per_s, "/s"));
    keys.put_if(clock.granularity_ns > 1, "granularity", span(SimDuration::from_ns(clock.granularity_ns)));
    (!keys.0.is_empty()).then(|| keys.inline())
}

/// A span that may be negative.
fn signed(ns: i64, per: &str) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    format!("\"{sign}{}{per}\"", SimDuration::from_ns(ns.unsigned_abs()))
}

fn local_system(system: &LocalSystem) -> Result<String, Unwritable> {
    let mut keys = Keys::default();
    keys.put("name", text(&system.name)).put("units", system.units.to_string());
    if let Some(cache) = system.cache {
        keys.put("cache", size(cache));
    }
    keys.put_if(system.unit_size != 1 << 30, "unit_size", size(system.unit_size));
    keys.put_if(!system.destage_time.is_zero(), "destage_time", distribution(&system.destage_time)?);
    if let Some(clock) = clock(&system.clock) {
        keys.put("clock", clock);
    }
    Ok(format!("\n[[local_system]]\n{}", keys.lines()))
}

fn remote_system(system: &RemoteSystem) -> Result<String, Unwritable> {
    let mut keys = Keys::default();
    keys.put("name", text(&system.name)).put("units", system.units.to_string());
    if let Some(cache) = system.cache {
        keys.put("cache", size(cache));
    }
    keys.put_if(!system.destage_time.is_zero(), "destage_time", distribution(&system.destage_time)?);
    Ok(format!("\n[[remote_system]]\n{}", keys.lines()))
}

/// A local unit by its name: `L1:1`.
fn unit(scenario: &Scenario, unit: LocalUnit) -> String {
    format!("{}:{}", scenario.local_systems[unit.system.index()].name, unit.unit + 1)
}

fn group(scenario: &Scenario, group: &Group) -> String {
    let pairs: Vec<String> = group.pairs.iter().map(|&pair| text(&scenario.pair_name(pair))).collect();
    format!("\n[[group]]\nname = {}\npairs = [{}]\n", text(&group.name), pairs.join(", "))
}

fn host(scenario: &Scenario, host: &Host) -> Result<String, Unwritable> {
    let mut keys = Keys::default();
    keys.put("name", text(&host.name));
    keys.put_if(!host.delay.is_zero(), "delay", distribution(&host.delay)?);
    if let Some(clock) = clock(&host.clock) {
        keys.put("clock", clock);
    }
    let retry = host.retry_timeout;
    keys.put_if(retry != SimDuration::from_ms(1_000), "retry_timeout", span(retry));
    let workload = workload(scenario, &host.workload)?;
    Ok(format!("\n[[host]]\n{}[host.workload]\n{workload}", keys.lines()))
}

fn workload(scenario: &Scenario, workload: &Workload) -> Result<String, Unwritable> {
    let mut keys = Keys::default();
    match &workload.arrivals {
        Arrivals::Poisson { mean_gap } => keys.put("kind", "\"poisson\"").put("rate", rate(*mean_gap)),
        Arrivals::Constant { gap } => keys.put("kind", "\"constant\"").put("rate", rate(*gap)),
        Arrivals::Bursty { mean_gap_on, mean_on, mean_off } => keys
            .put("kind", "\"bursty\"")
            .put("rate", rate(*mean_gap_on))
            .put("mean_on", span(*mean_on))
            .put("mean_off", span(*mean_off)),
        Arrivals::ClosedLoop { queue_depth, think_time } => keys
            .put("kind", "\"closed-loop\"")
            .put("queue_depth", queue_depth.to_string())
            .put("think_time", distribution(think_time)?),
        Arrivals::Transaction { log, data_writes, sessions, think_time } => keys
            .put("kind", "\"transaction\"")
            .put("log", text(&unit(scenario, *log)))
            .put("data_writes", data_writes.to_string())
            .put("sessions", sessions.to_string())
            .put("think_time", distribution(think_time)?),
        Arrivals::Trace(_) => return Err(Unwritable("a recorded workload")),
        Arrivals::Scripted { writes } => {
            return Ok(format!("kind = \"scripted\"\nwrites = [\n{}]\n", script(scenario, writes)));
        }
    };
    if !workload.units.is_empty() {
        let units: Vec<String> = workload.units.iter().map(|&on| text(&unit(scenario, on))).collect();
        keys.put("on", format!("[{}]", units.join(", ")));
    }
    keys.put(
        "size",
        match &workload.sizes {
            Sizes::Constant(bytes) => size(u64::from(*bytes)),
            Sizes::Mixed(sizes) => {
                let one = |&(bytes, weight): &(u32, f64)| {
                    format!("{{ size = {}, weight = {} }}", size(u64::from(bytes)), number(weight))
                };
                format!("[{}]", sizes.iter().map(one).collect::<Vec<_>>().join(", "))
            }
        },
    );
    match workload.addresses {
        Addresses::Uniform => {}
        Addresses::Zipf { exponent } => {
            keys.put("addresses", format!("{{ zipf = {} }}", number(exponent)));
        }
        Addresses::Sequential => {
            keys.put("addresses", "\"sequential\"");
        }
    }
    Ok(keys.lines())
}

/// The rate of this mean gap.
fn rate(gap: SimDuration) -> String {
    let per_s = 1_000_000_000_000_000_000 / u128::from(gap.as_ns().max(1));
    let (whole, rest) = (per_s / 1_000_000_000, per_s % 1_000_000_000);
    let decimals = format!("{rest:09}");
    let decimals = decimals.trim_end_matches('0');
    let point = if decimals.is_empty() { "" } else { "." };
    format!("\"{whole}{point}{decimals}/s\"")
}

/// Every write written down; one that others wait for has a name.
fn script(scenario: &Scenario, writes: &[ScriptedWrite]) -> String {
    let mut out = String::new();
    for (index, write) in writes.iter().enumerate() {
        let mut keys = Keys::default();
        keys.put("name", text(&format!("w{index}")));
        if let Some(after) = write.after {
            keys.put("after", text(&format!("w{after}")));
        }
        let at_once = write.after.is_some() && write.at == SimTime::ZERO;
        keys.put_if(!at_once, "at", instant(write.at)).put("unit", text(&unit(scenario, write.unit)));
        keys.put_if(write.position != 0, "position", write.position.to_string());
        keys.put_if(write.size != 4096, "size", size(u64::from(write.size)));
        let _ = writeln!(out, "    {},", keys.inline());
    }
    out
}

fn tape(tape: &Tape) -> String {
    let systems = tape.systems.iter().map(tape_system);
    systems.chain(tape.jobs.iter().map(|job| tape_job(tape, job))).collect()
}

fn tape_system(system: &TapeSystem) -> String {
    let mut keys = Keys::default();
    let block = u64::from(system.drive.block);
    keys.put("name", text(&system.name)).put("units", system.units.to_string());
    let numbering = system.numbering;
    keys.put_if(numbering != Numbering::SequenceNumber, "numbering", text(&numbering.to_string()));
    keys.put("cache", size(system.queue.saturating_mul(u64::from(system.units)).saturating_mul(block)));
    keys.put("group", system.group.to_string());
    let DriveSpec { native_rate, lowest_rate, load, locate, back_hitch, capacity, .. } = system.drive;
    let mut drive = Keys::default();
    drive.put("native_rate", format!("\"{native_rate}B/s\""));
    drive.put("lowest_rate", format!("\"{lowest_rate}B/s\"")).put("block", size(block));
    drive.put("load_time", span(load)).put("locate_time", span(locate));
    drive.put("back_hitch", span(back_hitch)).put("capacity", size(capacity));
    format!("\n[[tape_system]]\n{}[tape_system.drive]\n{}", keys.lines(), drive.lines())
}

fn tape_job(tape: &Tape, job: &TapeJob) -> String {
    let mut keys = Keys::default();
    let block = u64::from(tape.systems[job.system].drive.block);
    let before: u32 = tape.systems[..job.system].iter().map(|system| system.units).sum();
    let unit = format!("{}:{}", tape.systems[job.system].name, job.unit.0 - before + 1);
    keys.put("name", text(&job.name)).put("kind", text(job.kind.name()));
    keys.put("initiator", text(job.initiator.name())).put("unit", text(&unit));
    keys.put("blocks", job.blocks.to_string());
    keys.put_if(job.read != job.blocks, "read", job.read.to_string()).put("m", job.m.to_string());
    keys.put("memory", size(job.memory.saturating_mul(block)));
    if let Some(rate) = job.volume_rate {
        keys.put("volume_rate", format!("\"{rate}B/s\""));
    }
    keys.put_if(job.start != SimTime::ZERO, "start", instant(job.start));
    if let Some(request) = job.crash_after {
        keys.put("crash_after", request.to_string());
    }
    if let Some(timeout) = lines::fixed(&job.transport) {
        keys.put("retransmit_timeout", span(timeout));
    }
    format!("\n[[tape_job]]\n{}", keys.lines())
}

/// `from` and `to` of a direction of a path.
fn ends(scenario: &Scenario, path: PathId, direction: Direction) -> Option<[String; 2]> {
    let path = scenario.all_paths().nth(path.index())?;
    let (near, far) = (text(path.near), text(path.far));
    Some(match direction {
        Direction::Forward => [near, far],
        Direction::Reverse => [far, near],
    })
}

fn fault(scenario: &Scenario, fault: &Fault) -> String {
    let mut keys = Keys::default();
    keys.put("kind", text(fault.kind.name())).put("at", instant(fault.at));
    if let Some(length) = fault.kind.length() {
        keys.put("duration", span(length));
    }
    let remote = |id: crate::units::RemoteId| text(&scenario.remote_systems[id.index()].name);
    let local = |id: crate::units::LocalId| text(&scenario.local_systems[id.index()].name);
    match &fault.kind {
        FaultKind::WanOutage { path, direction, .. } | FaultKind::BrownOut { path, direction, .. } => {
            // A file names both ends or none.
            if let (Some(path), Some(direction)) = (*path, *direction)
                && let Some([from, to]) = ends(scenario, path, direction)
            {
                keys.put("from", from).put("to", to);
            }
        }
        FaultKind::Crash { system: ControlUnit::Local(id), before_send, .. } => {
            keys.put("system", local(*id)).put_if(*before_send, "before_send", "true");
        }
        FaultKind::Crash { system: ControlUnit::Remote(id), .. }
        | FaultKind::SlaveStop { remote: id, .. } => {
            keys.put("system", remote(*id));
        }
        FaultKind::ClockError { clock, skew_ns, drift_ns_per_s } => {
            let of = match clock {
                ClockOwner::Local(id) => local(*id),
                ClockOwner::Host(id) => text(&scenario.hosts[id.index()].name),
            };
            keys.put("of", of).put_if(*skew_ns != 0, "skew", signed(*skew_ns, ""));
            keys.put_if(*drift_ns_per_s != 0, "drift", signed(*drift_ns_per_s, "/s"));
        }
        FaultKind::MasterStop { .. } | FaultKind::LocalSiteLoss => {}
    }
    if let FaultKind::BrownOut { brown_out, .. } = &fault.kind {
        keys.put_if(brown_out.loss > 0.0, "loss", number(brown_out.loss));
        keys.put_if(!brown_out.delay.is_zero(), "delay", span(brown_out.delay));
        keys.put_if(brown_out.bandwidth.is_some(), "bandwidth", lines::bandwidth(brown_out.bandwidth));
    }
    format!("\n[[fault]]\n{}", keys.lines())
}

fn expect(scenario: &Scenario) -> String {
    let expect = &scenario.expect;
    let order = match expect.order {
        Some(ExpectOrder::Holds) => "holds",
        Some(ExpectOrder::Broken) => "broken",
        None => "any",
    };
    let mut out = format!("\n[expect]\norder = \"{order}\"\n");
    if !expect.checks.is_empty() {
        out += "[expect.checks]\n";
        for (check, state) in &expect.checks {
            let _ = writeln!(out, "{} = \"{}\"", check.name(), state.name());
        }
    }
    if !expect.figures.is_empty() {
        out += "[expect.figures]\n";
        for figure in &expect.figures {
            let _ = writeln!(out, "{} = {}", text(&figure.name), text(&figure.written));
        }
    }
    out
}
