//! The local site: its machine, and its hardware: clocks, and disk units that take their time.
//! What goes where, and in which order, `protocol::disk::local_site` says.

use super::disk_units::DiskUnits;
use super::event::Event;
use super::stage::{InOrder, Stage};
use crate::engine::random::Streams;
use crate::hardware::clock::Clock;
use crate::protocol::disk::{
    Context, LocalSite as Machine, LocalSiteInput, LocalSiteOutput, Settings, StreamId,
};
use crate::protocol::transport::SendingId;
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

/// The local site.
#[derive(Clone, Debug)]
pub struct LocalSite<'a> {
    settings: &'a Settings,
    machine: Machine,
    /// The clocks of the systems.
    pub clocks: Vec<Clock>,
    /// The disk units of the systems.
    pub units: LocalUnits,
    /// What the machine has just said.
    pub said: Vec<LocalSiteOutput>,
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
    #[inline]
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

    /// Destages to come are drawn anew.
    pub fn redraw(&mut self, salt: u64) {
        self.0.iter_mut().for_each(|units| units.redraw(salt));
    }

    /// A unit has written what it was given; nothing if a crash cut it short.
    pub fn done(&mut self, local: LocalId, ticket: u64) -> Option<LocalWriting> {
        self.0[local.index()].done(ticket)
    }

    /// The units of a system are cut short.
    pub fn cut_short(&mut self, local: LocalId, now: SimTime) {
        self.0[local.index()].cut_short(now);
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
        Self {
            settings,
            machine: Machine::new(settings, systems.iter().map(|system| system.cache)),
            clocks: systems.iter().map(|system| system.clock).collect(),
            units: LocalUnits(units.collect()),
            said: Vec::new(),
            delayed_by_cache: 0,
            is_lost: false,
        }
    }

    /// The completion of a number of a stream comes soon, in answer to this sending ([`crate::collections`]).
    #[inline]
    pub fn fetch_completed(&self, stream: StreamId, number: u64, answers: SendingId) {
        self.machine.fetch_completed(self.settings, stream, number, answers);
    }

    /// Gives the machine an input, by the clock of the system that it is for.
    #[inline(always)]
    pub fn handle(&mut self, now: SimTime, input: LocalSiteInput) {
        let system = input.system(self.settings);
        let reading = system.map_or(now.as_ns(), |local| self.clocks[local.index()].reading(now));
        let context = Context { settings: self.settings, now, reading };
        self.machine.handle(&context, input, &mut self.said);
    }
}
