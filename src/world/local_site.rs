//! The local site: its disk systems, and their hardware: control units, clocks and disk units.
//! What goes where, and in which order, `protocol::disk` says.

use std::collections::BTreeSet;

use super::disk_units::DiskUnits;
use super::event::Event;
use super::stage::{InOrder, Stage};
use crate::engine::random::Streams;
use crate::hardware::clock::Clock;
use crate::protocol::disk::{Context, LocalDiskSystem, LocalInput, LocalOutput, Settings};
use crate::scenario::Scenario;
use crate::trace::Observer;
use crate::units::{LocalId, SimTime, WriteRef};

/// What a local unit is writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalWriting {
    /// The slot in the cache that it comes from.
    pub slot: u32,
    /// The write.
    pub write: WriteRef,
}

/// A local control unit, as its hardware knows it.
#[derive(Clone, Debug, Default)]
pub struct ControlUnit {
    /// Crashes that have not ended: it works while there is none.
    crashes: u32,
    /// Counts its lives: timers and destages of an earlier one mean nothing.
    life: u16,
    /// The fault by which it will crash between steps 601 and 602 of its next write.
    crash_before_send: Option<u32>,
}

/// The local site.
#[derive(Clone, Debug)]
pub struct LocalSite<'a> {
    settings: &'a Settings,
    systems: Vec<LocalDiskSystem>,
    control: Vec<ControlUnit>,
    /// The clocks of the systems.
    pub clocks: Vec<Clock>,
    /// The disk units of the systems.
    pub units: LocalUnits,
    /// What a system has just said.
    pub said: Vec<LocalOutput>,
    /// The system that has just failed between steps 601 and 602.
    pub failed: Option<LocalId>,
    /// Writes whose completion a crash has just taken with it.
    pub lost_completions: BTreeSet<WriteRef>,
    /// Writes that a full cache made wait.
    pub delayed_by_cache: u64,
    /// It is destroyed.
    pub is_lost: bool,
}

/// The disk units of all local systems.
#[derive(Clone, Debug)]
pub struct LocalUnits(Vec<DiskUnits<LocalWriting>>);

impl LocalUnits {
    /// Process 213 gives a unit something to write.
    pub fn start_destage<O: Observer>(
        &mut self,
        local: LocalId,
        unit: u32,
        what: LocalWriting,
        stage: &mut Stage<O>,
    ) {
        let units = &mut self.0[local.index()];
        let event = Event::LocalLanded { local: local.0 as u16, ticket: units.begin(what) };
        match units.serve_in_turn(stage.now(), unit) {
            None => stage.at_once(event),
            Some(at) => stage.schedule_in_order(InOrder::LocalUnits, at, event),
        }
    }

    /// A unit has written what it was given; nothing if a crash cut it short.
    pub fn done(&mut self, local: LocalId, ticket: u64) -> Option<LocalWriting> {
        self.0[local.index()].done(ticket)
    }
}

impl<'a> LocalSite<'a> {
    /// The local site of a scenario at time zero.
    pub fn new(scenario: &Scenario, settings: &'a Settings, streams: Streams) -> Self {
        let systems = &scenario.local_systems;
        let units = systems.iter().map(|system| {
            let random = streams.stream(&format!("local/{}/destage", system.name));
            DiskUnits::new(&system.destage_time, system.units, random)
        });
        let machine = |(index, system): (usize, &crate::scenario::validated::LocalSystem)| {
            LocalDiskSystem::new(settings, LocalId::from(index), system.units, system.cache)
        };
        Self {
            settings,
            systems: systems.iter().enumerate().map(machine).collect(),
            control: vec![ControlUnit::default(); systems.len()],
            clocks: systems.iter().map(|system| system.clock).collect(),
            units: LocalUnits(units.collect()),
            said: Vec::new(),
            failed: None,
            lost_completions: BTreeSet::new(),
            delayed_by_cache: 0,
            is_lost: false,
        }
    }

    /// Does the system work?
    pub fn is_up(&self, local: LocalId) -> bool {
        self.control[local.index()].crashes == 0
    }

    /// The life that the system lives.
    pub fn life(&self, local: LocalId) -> u16 {
        self.control[local.index()].life
    }

    /// Gives an input to a system, whether it works or not.
    pub fn handle(&mut self, now: SimTime, local: LocalId, input: LocalInput) {
        let reading = self.clocks[local.index()].reading(now);
        let context = Context { settings: self.settings, now, reading };
        self.systems[local.index()].handle(&context, input, &mut self.said);
    }

    /// The system is to crash between steps 601 and 602 of its next write, by this fault.
    pub fn crash_before_send(&mut self, local: LocalId, fault: u32) {
        self.control[local.index()].crash_before_send = Some(fault);
    }

    /// Was the system to crash between steps 601 and 602?
    pub fn is_to_crash(&self, local: LocalId) -> bool {
        self.control[local.index()].crash_before_send.is_some()
    }

    /// The system has failed between steps 601 and 602: the fault by which.
    pub fn fails(&mut self, local: LocalId) -> Option<u32> {
        self.control[local.index()].crash_before_send.take()
    }

    /// A crash begins: is the system down by it, and was it up before?
    pub fn goes_down(&mut self, local: LocalId, now: SimTime) -> bool {
        let control = &mut self.control[local.index()];
        control.crashes += 1;
        if control.crashes > 1 || self.is_lost {
            return false;
        }
        control.life = control.life.wrapping_add(1);
        self.units.0[local.index()].cut_short(now);
        true
    }

    /// A crash ends: is the system up again?
    pub fn comes_up(&mut self, local: LocalId) -> bool {
        let control = &mut self.control[local.index()];
        control.crashes -= 1;
        control.crashes == 0 && !self.is_lost
    }
}
