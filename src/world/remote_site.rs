//! The remote site: its machine, and its hardware: disk units that take their time, and the control network between
//! slaves and master. What goes where, and in which order, `protocol::disk::remote_site` says.

use super::control::ControlNetwork;
use super::disk_units::DiskUnits;
use super::event::Event;
use super::seam::RemoteLanding;
use super::stage::{InOrder, Stage};
use crate::engine::random::Streams;
use crate::protocol::disk::{Context, RemoteSite as Machine, RemoteSiteInput, RemoteSiteOutput, Settings};
use crate::scenario::Scenario;
use crate::trace::Observer;
use crate::units::{RemoteId, SimTime, WriteRef};

/// What a remote unit is writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteWriting {
    /// The slot in the cache that it comes from.
    pub slot: u32,
    /// The content, and where it lands.
    pub landing: RemoteLanding,
}

/// The remote site.
#[derive(Clone, Debug)]
pub struct RemoteSite<'a> {
    settings: &'a Settings,
    machine: Machine,
    /// The disk units of the systems.
    pub units: RemoteUnits,
    /// Between slaves and master.
    pub control: ControlNetwork,
    /// What the machine has just said.
    pub said: Vec<RemoteSiteOutput>,
    /// Times that write data found a cache full.
    pub refused: u64,
    /// It has recovered from the loss of the local site.
    pub is_recovered: bool,
}

/// The disk units of all remote systems.
#[derive(Clone, Debug)]
pub struct RemoteUnits(Vec<DiskUnits<RemoteWriting>>);

impl RemoteUnits {
    /// Step 1103: a unit is given something to write, and takes its time.
    #[inline]
    pub fn start_destage<O: Observer>(&mut self, slot: u32, landing: RemoteLanding, stage: &mut Stage<O>) {
        let RemoteLanding { remote, .. } = landing;
        let units = &mut self.0[remote.index()];
        let ticket = units.begin(RemoteWriting { slot, landing });
        let event = Event::RemoteLanded { remote: remote.0 as u16, ticket };
        match units.serve_free(stage.now()) {
            None => stage.at_once(event),
            Some(at) => stage.schedule_in_order(InOrder::RemoteUnits, at, event),
        }
    }

    /// A unit has written what it was given; nothing if a crash or a recovery cut it short.
    pub fn done(&mut self, remote: RemoteId, ticket: u64) -> Option<RemoteWriting> {
        self.0[remote.index()].done(ticket)
    }

    /// If a unit was about to write that write, it does not.
    pub fn forget(&mut self, remote: RemoteId, write: WriteRef) {
        self.0[remote.index()].forget(|writing| writing.landing.write == write);
    }

    /// Destages to come are drawn anew.
    pub fn redraw(&mut self, salt: u64) {
        self.0.iter_mut().for_each(|units| units.redraw(salt));
    }

    /// The units of a system are cut short.
    pub fn cut_short(&mut self, remote: RemoteId, now: SimTime) {
        self.0[remote.index()].cut_short(now);
    }
}

impl<'a> RemoteSite<'a> {
    /// The remote site of a scenario at time zero.
    pub fn new(scenario: &Scenario, settings: &'a Settings, streams: Streams) -> Self {
        let systems = &scenario.remote_systems;
        let units = systems.iter().map(|system| {
            let random = streams.stream(&format!("remote/{}/destage", system.name));
            DiskUnits::new(&system.destage_time, system.units, random)
        });
        Self {
            settings,
            machine: Machine::new(settings, systems.iter().map(|system| (system.units, system.cache))),
            units: RemoteUnits(units.collect()),
            control: ControlNetwork::new(scenario, streams),
            said: Vec::new(),
            refused: 0,
            is_recovered: false,
        }
    }

    /// A unit has soon written what this ticket is for ([`crate::collections`]).
    #[inline]
    pub fn fetch_landed(&self, remote: RemoteId, ticket: u64) -> Option<WriteRef> {
        let RemoteWriting { slot, landing } = self.units.0[remote.index()].writing(ticket)?;
        self.machine.fetch_landed(self.settings, remote, *slot);
        Some(landing.write)
    }

    /// Gives the machine an input.
    #[inline(always)]
    pub fn handle(&mut self, now: SimTime, input: RemoteSiteInput) {
        let context = Context { settings: self.settings, now, reading: now.as_ns() };
        self.machine.handle(&context, input, &mut self.said);
    }
}
