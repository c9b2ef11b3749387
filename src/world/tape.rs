//! Tape: initiators and their volumes on one side, MT control units and drives on the other.
//!
//! As everywhere in the world, nothing is decided here about order: what the protocol says is done, and recorded.

mod job;
mod unit;

use job::Job;
use unit::Unit;

use super::network::{AnyPacket, Network, Outgoing};
use super::stage::Stage;
use crate::protocol::Rules;
use crate::protocol::tape::{InitiatorInput, MtInput, TapePacket};
use crate::protocol::transport::SHORT_PACKET_BYTES;
use crate::scenario::Scenario;
use crate::trace::{Observer, PacketClass};
use crate::units::{Direction, JobId, PathId, TapeUnitId};

/// What can happen next on the tape side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TapeEvent {
    /// A job begins.
    Start(u32),
    /// The next block of a job's volume stands in its initiator's memory.
    Fed(u32),
    /// The resend timer of a job's initiator.
    ResendDue(u32),
    /// The drive of a unit is done with what it was told.
    DriveDone(u32),
}

/// Between a job's initiator and its MT unit.
#[derive(Clone, Copy, Debug)]
struct Route {
    path: PathId,
    unit: TapeUnitId,
    /// Bytes of a block of data.
    block: u32,
}

impl Route {
    fn send<O: Observer>(
        &self,
        direction: Direction,
        packet: TapePacket,
        class: PacketClass,
        network: &mut Network,
        stage: &mut Stage<O>,
    ) {
        let bytes = if packet.carries_data() { self.block } else { SHORT_PACKET_BYTES };
        let (path, packet) = (self.path, AnyPacket::Tape(packet));
        network.send(&Outgoing { path, direction, packet, class, write: None, bytes }, stage);
    }
}

/// The tape side of the world.
#[derive(Clone, Debug)]
pub struct TapeSide<'a> {
    jobs: Vec<Job<'a>>,
    units: Vec<Unit<'a>>,
    /// By job.
    routes: Vec<Route>,
    /// Paths of disk systems: those of the jobs come after them.
    disk_paths: usize,
}

impl<'a> TapeSide<'a> {
    /// Tapes and jobs at time zero: the volumes that are to be restored stand on their tapes.
    pub fn new(scenario: &'a Scenario, rules: &'a Rules) -> Self {
        let tape = &scenario.tape;
        let disk_paths = scenario.paths.len();
        let route = |(job, described): (usize, &crate::scenario::tape::TapeJob)| Route {
            path: PathId::from(disk_paths + job),
            unit: described.unit,
            block: tape.systems[described.system].drive.block,
        };
        let routes: Vec<Route> = tape.jobs.iter().enumerate().map(route).collect();
        let job = |(job, &route)| Job::new(tape, rules, JobId::from(job), route);
        let unit = |(unit, system)| Unit::new(tape, rules, TapeUnitId::from(unit), system);
        Self {
            jobs: routes.iter().enumerate().map(job).collect(),
            units: tape.system_of_unit().into_iter().enumerate().map(unit).collect(),
            routes,
            disk_paths,
        }
    }

    /// The tapes are as they are, and the jobs will begin.
    pub fn start<O: Observer>(&self, stage: &mut Stage<O>) {
        for job in &self.jobs {
            job.schedule(stage);
        }
    }

    /// Are all jobs over?
    pub fn is_finished(&self) -> bool {
        self.jobs.iter().all(Job::is_finished)
    }

    /// Are all drives at rest?
    pub fn is_idle(&self) -> bool {
        self.units.iter().all(Unit::is_idle)
    }

    /// Something happens on the tape side.
    pub fn on_event<O: Observer>(&mut self, event: TapeEvent, network: &mut Network, stage: &mut Stage<O>) {
        match event {
            TapeEvent::DriveDone(unit) => {
                self.units[unit as usize].on_drive_done(&self.routes, network, stage);
            }
            TapeEvent::Start(job) => self.jobs[job as usize].start(network, stage),
            TapeEvent::Fed(job) => self.jobs[job as usize].on_fed(network, stage),
            TapeEvent::ResendDue(job) => {
                self.jobs[job as usize].handle(InitiatorInput::ResendDue, network, stage);
            }
        }
    }

    /// A packet reached the end of a job's path.
    pub fn deliver<O: Observer>(
        &mut self,
        path: PathId,
        direction: Direction,
        packet: TapePacket,
        network: &mut Network,
        stage: &mut Stage<O>,
    ) {
        let job = JobId::from(path.index() - self.disk_paths);
        match direction {
            Direction::Reverse => {
                self.jobs[job.index()].handle(InitiatorInput::Packet(packet), network, stage);
            }
            Direction::Forward => {
                let unit = self.routes[job.index()].unit;
                let input = MtInput::Packet(job, packet);
                self.units[unit.index()].handle(input, &self.routes, network, stage);
            }
        }
    }
}

#[cfg(test)]
mod tests;
