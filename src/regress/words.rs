//! A record in the words of a story: who did what, by the names of the scenario.

use crate::scenario::Scenario;
use crate::trace::tape::TapeRecord;
use crate::trace::{Fate, PacketClass, Record};
use crate::units::{Direction, HostId, JobId, LocalId, PathId, RemoteId, SimTime, TapeUnitId, WriteRef};

/// What happened at `now`, as a sentence without an end.
pub fn words(scenario: &Scenario, now: SimTime, record: &Record) -> String {
    let names = Names(scenario);
    match *record {
        Record::Issued { write, host, local, unit, position, size, .. } => format!(
            "{} issues {write}: {size} bytes to block {position} of {}:{}",
            names.host(host),
            names.local(local),
            unit + 1
        ),
        Record::Accepted { write } => format!("{write} is accepted: its place in local order (step 501)"),
        Record::Completed { write } => format!("the host has the completion of {write} (step 504)"),
        Record::LocalCacheLost { write } => format!("a crash wipes {write} from its local cache"),
        Record::Folded { write, into } => format!("{into} takes the place of {write}, which was not sent"),
        Record::LocalDestaged { write } => format!("{write} is destaged to its local unit (process 213)"),
        Record::RemoteCached { write, remote, key } => format!(
            "{write} is received in the cache of {}, time stamp {}, number {}",
            names.remote(remote),
            key.stamp,
            key.number
        ),
        Record::RemoteCacheLost { write, remote } => {
            format!("{write} is gone from the cache of {}", names.remote(remote))
        }
        Record::RemoteDestaged { write, remote, unit, position } => format!(
            "{write} is destaged to block {position} of {}:{} (step 1103)",
            names.remote(remote),
            unit + 1
        ),
        Record::LimitStored { remote, limit, .. } => match limit {
            Some(limit) => {
                format!("{} stores the limit time {} (step 904)", names.remote(remote), limit.stamp)
            }
            None => format!("{} has no limit time any more", names.remote(remote)),
        },
        Record::PacketSent { path, direction, number, class, write, bytes, fate } => {
            let what = packet(class, write);
            let fate = match fate {
                Fate::Lost | Fate::Copies(0) => ", and it is lost",
                Fate::Copies(1) => "",
                Fate::Copies(_) => ", and it is duplicated",
            };
            format!("{what} is sent on {}, packet {number}, {bytes} bytes{fate}", names.path(path, direction))
        }
        Record::PacketArrived { path, direction, number, sent } => {
            format!(
                "packet {number} arrives on {}, {} after it was sent",
                names.path(path, direction),
                now.since(sent)
            )
        }
        Record::FaultBegan { fault } => format!("fault {fault} begins: {}", names.fault(fault)),
        Record::FaultEnded { fault } => format!("fault {fault} ends: {}", names.fault(fault)),
        Record::LocalSiteLost => "the local site is lost".to_owned(),
        Record::Tape(ref tape) => tape_words(&names, tape),
        // What has no words yet is shown as it is.
        ref other => format!("{other:?}"),
    }
}

fn packet(class: PacketClass, write: Option<WriteRef>) -> String {
    let of = write.map_or_else(String::new, |write| format!(" of {write}"));
    match class {
        PacketClass::WriteData => format!("a packet{of}"),
        PacketClass::Resend => format!("a resent packet{of}"),
        PacketClass::Completion => format!("the completion{of}"),
        PacketClass::Marker => "a marker".to_owned(),
        PacketClass::Repair => "a repair packet".to_owned(),
        #[allow(unreachable_patterns)] // Classes may be added.
        other => format!("{other:?}"),
    }
}

fn tape_words(names: &Names, record: &TapeRecord) -> String {
    match *record {
        TapeRecord::Preloaded { unit, blocks, .. } => {
            format!("the tape of {} holds {blocks} blocks from the start", names.unit(unit))
        }
        TapeRecord::Written { unit, position, .. } => {
            format!("a block is written to position {position} of {}", names.unit(unit))
        }
        TapeRecord::BackHitch { unit } => {
            format!("{} stops and rewinds a little (back-hitch)", names.unit(unit))
        }
        TapeRecord::VolumeLost { job } => format!("{} loses its volume", names.job(job)),
        TapeRecord::Compared { job, blocks, differing } => {
            format!("{} compares {blocks} blocks, of which {differing} differ", names.job(job))
        }
        TapeRecord::Finished { job } => format!("{} is finished", names.job(job)),
        TapeRecord::Asked { job, unit, position } => {
            format!("{} asks for position {position} of {}", names.job(job), names.unit(unit))
        }
        ref other => format!("{other:?}"),
    }
}

/// Names of the scenario, by number.
struct Names<'a>(&'a Scenario);

impl Names<'_> {
    fn host(&self, host: HostId) -> &str {
        self.0.hosts.get(host.index()).map_or("a host", |host| &host.name)
    }

    fn local(&self, local: LocalId) -> &str {
        self.0.local_systems.get(local.index()).map_or("a local system", |system| &system.name)
    }

    fn remote(&self, remote: RemoteId) -> &str {
        self.0.remote_systems.get(remote.index()).map_or("a remote system", |system| &system.name)
    }

    fn path(&self, path: PathId, direction: Direction) -> String {
        let Some(found) = self.0.paths.get(path.index()) else { return "the path of a tape job".to_owned() };
        match direction {
            Direction::Forward => format!("{}-{}", self.local(found.local), self.remote(found.remote)),
            Direction::Reverse => format!("{}-{}", self.remote(found.remote), self.local(found.local)),
        }
    }

    fn fault(&self, fault: u32) -> &'static str {
        self.0.faults.get(fault as usize).map_or("unknown", |fault| fault.kind.name())
    }

    fn unit(&self, unit: TapeUnitId) -> String {
        self.0.tape.unit_names().get(unit.index()).cloned().unwrap_or_else(|| "a unit".to_owned())
    }

    fn job(&self, job: JobId) -> &str {
        self.0.tape.jobs.get(job.index()).map_or("a job", |job| &job.name)
    }
}
