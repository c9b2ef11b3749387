//! `--events`: every fact of a run as one line of JSON. The format is that of docs/events.md.
//!
//! Systems, units, groups and hosts go by their names in the scenario, units from 1; a pair is its place in the list
//! of the first line, a write the number of its issue. Times are whole nanoseconds.

use std::fmt::Write as _;
use std::io;

use super::packets::{class_name, direction_name};
use super::{Export, Out, Target, quoted};
use crate::scenario::Scenario;
use crate::trace::{DeclaredRecovery, End, Fate, Key, LimitRule, Observer, Preamble, Record, TapeRecord};
use crate::units::{GroupId, HostId, JobId, LocalId, RemoteId, SimTime, TapeBlock, TapeUnitId};
use crate::words::{Keeping, PairOrder};

/// Version of the format: raised where a line changes its meaning, not where one is added.
pub const SCHEMA: u32 = 1;

/// Writes every fact.
#[derive(Debug)]
pub struct Events {
    out: Out,
    line: String,
    head: String,
    hosts: Vec<String>,
    locals: Vec<String>,
    remotes: Vec<String>,
    groups: Vec<String>,
    tape_units: Vec<String>,
    jobs: Vec<String>,
}

impl Events {
    /// Of a run of `scenario`, into `target`.
    pub fn new(scenario: &Scenario, target: Target) -> Self {
        let faults = scenario
            .faults
            .iter()
            .map(|fault| format!("{{\"kind\":\"{}\",\"at_ns\":{}}}", fault.kind.name(), fault.at.as_ns()));
        let paths = scenario.paths.iter().map(|path| {
            let local = &scenario.local_systems[path.local.index()].name;
            let remote = &scenario.remote_systems[path.remote.index()].name;
            format!("{{\"local\":{},\"remote\":{}}}", quoted(local), quoted(remote))
        });
        let head = format!(
            "\"rcsim\":\"{}\",\"scenario\":{},\"title\":{},\"seed\":{},\"scheme\":\"{}\",\"rules\":{},\
             \"faults\":[{}],\"paths\":[{}]",
            env!("CARGO_PKG_VERSION"),
            quoted(&scenario.name),
            quoted(&scenario.title),
            scenario.run.seed,
            scenario.protocol.scheme.name(),
            quoted(scenario.protocol.scheme.rules_name(&scenario.protocol.rules)),
            faults.collect::<Vec<_>>().join(","),
            paths.collect::<Vec<_>>().join(",")
        );
        Self {
            out: Out::new(target),
            line: String::new(),
            head,
            hosts: scenario.hosts.iter().map(|host| quoted(&host.name)).collect(),
            locals: Vec::new(),
            remotes: Vec::new(),
            groups: Vec::new(),
            tape_units: Vec::new(),
            jobs: Vec::new(),
        }
    }

    fn host(&self, host: HostId) -> &str {
        self.hosts.get(host.index()).map_or("null", String::as_str)
    }

    fn local(&self, local: LocalId) -> &str {
        self.locals.get(local.index()).map_or("null", String::as_str)
    }

    fn remote(&self, remote: RemoteId) -> &str {
        self.remotes.get(remote.index()).map_or("null", String::as_str)
    }

    fn group(&self, group: Option<GroupId>) -> &str {
        group.and_then(|group| self.groups.get(group.index())).map_or("null", String::as_str)
    }

    fn tape_unit(&self, unit: TapeUnitId) -> &str {
        self.tape_units.get(unit.index()).map_or("null", String::as_str)
    }

    fn job(&self, job: JobId) -> &str {
        self.jobs.get(job.index()).map_or("null", String::as_str)
    }

    fn key(&self, key: Key) -> String {
        let Key { stamp, local, number } = key;
        format!("{{\"stamp_ns\":{stamp},\"local\":{},\"number\":{number}}}", self.local(local))
    }

    fn block(&self, block: TapeBlock) -> String {
        format!("{{\"job\":{},\"index\":{}}}", self.job(block.job), block.index)
    }

    fn block_or_end(&self, block: Option<TapeBlock>) -> String {
        block.map_or_else(|| "null".to_owned(), |block| self.block(block))
    }

    fn tape(&self, record: &TapeRecord) -> String {
        match *record {
            TapeRecord::Preloaded { unit, job, blocks } => format!(
                "\"tape-preloaded\",\"tape_unit\":{},\"job\":{},\"blocks\":{blocks}",
                self.tape_unit(unit),
                self.job(job)
            ),
            TapeRecord::Issued { unit, block } => self.on_unit("tape-issued", unit, block),
            TapeRecord::Cached { unit, block } => self.on_unit("tape-cached", unit, block),
            TapeRecord::Refused { unit, block } => self.on_unit("tape-refused", unit, block),
            TapeRecord::Written { unit, position, block } => {
                format!("{},\"position\":{position}", self.on_unit("tape-written", unit, block))
            }
            TapeRecord::Completed { block } => {
                format!("\"tape-completed\",\"block\":{}", self.block(block))
            }
            TapeRecord::Asked { job, unit, position } => format!(
                "\"tape-asked\",\"job\":{},\"tape_unit\":{},\"position\":{position}",
                self.job(job),
                self.tape_unit(unit)
            ),
            TapeRecord::GroupRead { unit, first, blocks } => format!(
                "\"tape-group-read\",\"tape_unit\":{},\"position\":{first},\"blocks\":{blocks}",
                self.tape_unit(unit)
            ),
            TapeRecord::Left { unit, position } => {
                format!("\"tape-left\",\"tape_unit\":{},\"position\":{position}", self.tape_unit(unit))
            }
            TapeRecord::Stored { job, block } => {
                format!("\"tape-stored\",\"job\":{},\"block\":{}", self.job(job), self.block_or_end(block))
            }
            TapeRecord::Delivered { job, block } => {
                format!("\"tape-delivered\",\"job\":{},\"block\":{}", self.job(job), self.block_or_end(block))
            }
            TapeRecord::BackHitch { unit } => {
                format!("\"tape-back-hitch\",\"tape_unit\":{}", self.tape_unit(unit))
            }
            TapeRecord::VolumeLost { job } => format!("\"tape-volume-lost\",\"job\":{}", self.job(job)),
            TapeRecord::Compared { job, blocks, differing } => format!(
                "\"tape-compared\",\"job\":{},\"blocks\":{blocks},\"differing\":{differing}",
                self.job(job)
            ),
            TapeRecord::Finished { job } => format!("\"tape-finished\",\"job\":{}", self.job(job)),
        }
    }

    fn on_unit(&self, event: &str, unit: TapeUnitId, block: TapeBlock) -> String {
        format!("\"{event}\",\"tape_unit\":{},\"block\":{}", self.tape_unit(unit), self.block(block))
    }

    /// The fact, from the value of `event` on.
    fn fact(&self, record: &Record) -> String {
        let of_write = |event: &str, serial: u64| format!("\"{event}\",\"write\":{serial}");
        match *record {
            Record::Issued { write, host, local, unit, pair, position, size } => format!(
                "{},\"host\":{},\"local\":{},\"unit\":{},\"pair\":{},\"position\":{position},\"bytes\":{size}",
                of_write("issued", write.serial),
                self.host(host),
                self.local(local),
                unit + 1,
                pair.map_or_else(|| "null".to_owned(), |pair| pair.0.to_string())
            ),
            Record::Accepted { write } => of_write("accepted", write.serial),
            Record::Completed { write } => of_write("completed", write.serial),
            Record::Abandoned { write } => of_write("abandoned", write.serial),
            Record::LocalCacheLost { write } => of_write("local-cache-lost", write.serial),
            Record::Folded { write, into } => {
                format!("{},\"into\":{}", of_write("folded", write.serial), into.serial)
            }
            Record::LocalDestaged { write } => of_write("local-destaged", write.serial),
            Record::RemoteCached { write, remote, key } => format!(
                "{},\"remote\":{},\"key\":{}",
                of_write("remote-cached", write.serial),
                self.remote(remote),
                self.key(key)
            ),
            Record::RemoteCacheLost { write, remote } => {
                format!("{},\"remote\":{}", of_write("remote-cache-lost", write.serial), self.remote(remote))
            }
            Record::RemoteDestaged { write, remote, unit, position } => format!(
                "{},\"remote\":{},\"unit\":{},\"position\":{position}",
                of_write("remote-destaged", write.serial),
                self.remote(remote),
                unit + 1
            ),
            Record::StampReceived { pair, key } => {
                format!("\"stamp-received\",\"pair\":{},\"key\":{}", pair.0, self.key(key))
            }
            Record::LimitStored { remote, group, limit } => format!(
                "\"limit-stored\",\"remote\":{},\"group\":{},\"limit\":{}",
                self.remote(remote),
                self.group(group),
                limit.map_or_else(|| "null".to_owned(), |limit| self.key(limit))
            ),
            Record::PacketSent { path, direction, number, class, write, bytes, fate } => format!(
                "\"packet-sent\",\"path\":{},\"direction\":\"{}\",\"number\":{number},\"class\":\"{}\",\"write\":{},\
                 \"bytes\":{bytes},\"copies\":{}",
                path.0,
                direction_name(direction),
                class_name(class),
                write.map_or_else(|| "null".to_owned(), |write| write.serial.to_string()),
                match fate {
                    Fate::Copies(copies) => copies,
                    Fate::Lost => 0,
                }
            ),
            Record::PacketArrived { path, direction, number, sent } => format!(
                "\"packet-arrived\",\"path\":{},\"direction\":\"{}\",\"number\":{number},\"sent_ns\":{}",
                path.0,
                direction_name(direction),
                sent.as_ns()
            ),
            Record::PacketRebuilt { path, number } => {
                format!("\"packet-rebuilt\",\"path\":{},\"number\":{number}", path.0)
            }
            Record::FaultBegan { fault } => format!("\"fault-began\",\"fault\":{fault}"),
            Record::FaultEnded { fault } => format!("\"fault-ended\",\"fault\":{fault}"),
            Record::LocalSiteLost => "\"local-site-lost\"".to_owned(),
            Record::Tape(ref record) => self.tape(record),
        }
    }
}

/// A list of strings that are JSON already.
fn list(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}

fn recovery(recovery: DeclaredRecovery) -> String {
    match recovery {
        DeclaredRecovery::Everything => "{\"kind\":\"everything\"}".to_owned(),
        DeclaredRecovery::LatestStamps => "{\"kind\":\"latest-stamps\"}".to_owned(),
        DeclaredRecovery::Limit { rule, whole_keys, inclusive } => format!(
            "{{\"kind\":\"limit\",\"of\":\"{}\",\"whole_keys\":{whole_keys},\"inclusive\":{inclusive}}}",
            match rule {
                LimitRule::Highest => "highest",
                LimitRule::Own => "own",
            }
        ),
    }
}

impl Observer for Events {
    fn begin(&mut self, preamble: &Preamble) {
        let all = |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>();
        self.groups = all(&preamble.groups);
        self.locals = all(&preamble.local_systems);
        self.remotes = all(&preamble.remote_systems);
        self.tape_units = preamble.tape.units.iter().map(|(name, _)| quoted(name)).collect();
        self.jobs = preamble.tape.jobs.iter().map(|job| quoted(&job.name)).collect();
        let pairs = preamble.pairs.iter().map(|pair| {
            format!(
                "{{\"group\":{},\"local\":{},\"local_unit\":{},\"remote\":{},\"remote_unit\":{}}}",
                self.group(Some(pair.group)),
                self.local(pair.local),
                pair.local_unit + 1,
                self.remote(pair.remote),
                pair.remote_unit + 1
            )
        });
        let pairs: Vec<String> = pairs.collect();
        let head = format!(
            "{{\"event\":\"run\",\"schema\":{SCHEMA},{},\"hosts\":{},\"local_systems\":{},\"remote_systems\":{},\
             \"groups\":{},\"pairs\":{},\"tape_units\":{},\"tape_jobs\":{},\"recovery\":{},\"perfect_clocks\":{},\
             \"synchronous\":{},\"covered\":{},\"statistics_from_ns\":{},\"statistics_to_ns\":{}}}\n",
            self.head,
            list(&self.hosts),
            list(&self.locals),
            list(&self.remotes),
            list(&self.groups),
            list(&pairs),
            list(&self.tape_units),
            list(&self.jobs),
            recovery(preamble.recovery),
            preamble.perfect_clocks,
            preamble.promise.pair_order == PairOrder::Dependent,
            preamble.promise.keeping == Keeping::Covered,
            preamble.statistics_from.as_ns(),
            preamble.statistics_to.as_ns()
        );
        self.out.put(head.as_bytes());
    }

    fn observe(&mut self, now: SimTime, record: &Record) {
        let fact = self.fact(record);
        self.line.clear();
        // Writing to a string does not fail.
        let _ = writeln!(self.line, "{{\"at_ns\":{},\"event\":{fact}}}", now.as_ns());
        self.out.put(self.line.as_bytes());
    }

    fn end(&mut self, end: &End) {
        let line = format!(
            "{{\"at_ns\":{},\"event\":\"end\",\"local_site_lost\":{},\"drained\":{}}}\n",
            end.at.as_ns(),
            end.local_site_lost,
            end.drained
        );
        self.out.put(line.as_bytes());
    }
}

impl Export for Events {
    fn finish(self) -> io::Result<Target> {
        self.out.finish()
    }
}
