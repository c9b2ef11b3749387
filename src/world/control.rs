//! The control network of the remote site: what slaves and master say to each other, late or lost.

use super::build;
use super::event::Event;
use super::stage::{InOrder, Stage};
use crate::collections::Slab;
use crate::engine::random::Streams;
use crate::hardware::wan::Channel;
use crate::protocol::disk::{RemoteSiteInput, Report};
use crate::protocol::transport::SHORT_PACKET_BYTES;
use crate::scenario::Scenario;
use crate::scenario::validated::{MessageKind, ScriptedMessage};
use crate::trace::{Observer, PacketClass};
use crate::units::RemoteId;

/// A message between a slave and the master.
#[derive(Clone, Debug)]
struct ControlMessage {
    remote: RemoteId,
    kind: ControlKind,
    lines: Vec<Report>,
    /// Copies still to arrive.
    copies: u8,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlKind {
    /// Step 902: a slave's report for the master.
    Report,
    /// Step 1001: the master's limits for a slave.
    Limits,
}

/// Between one slave and the master.
#[derive(Clone, Debug)]
pub struct ControlLines {
    /// Slave to master.
    pub reports: Channel,
    /// Master to slave.
    pub limits: Channel,
}

/// All of them, and what is on them.
#[derive(Clone, Debug)]
pub struct ControlNetwork {
    lines: Vec<ControlLines>,
    messages: Slab<ControlMessage>,
}

impl ControlNetwork {
    /// That of a scenario.
    pub fn new(scenario: &Scenario, streams: Streams) -> Self {
        Self { lines: build::control_lines(scenario, streams), messages: Slab::default() }
    }

    /// A message between the slave of `remote` and the master.
    pub fn send<O: Observer>(
        &mut self,
        remote: RemoteId,
        kind: ControlKind,
        lines: Vec<Report>,
        stage: &mut Stage<O>,
    ) {
        let control = &mut self.lines[remote.index()];
        let channel = match kind {
            ControlKind::Report => &mut control.reports,
            ControlKind::Limits => &mut control.limits,
        };
        let sending = channel.send(stage.now(), SHORT_PACKET_BYTES, PacketClass::Completion);
        let copies = sending.arrivals().count() as u8;
        if copies == 0 {
            return;
        }
        let message = self.messages.insert(ControlMessage { remote, kind, lines, copies });
        for at in sending.arrivals() {
            stage.schedule_in_order(InOrder::Control, at, Event::ControlArrival(message));
        }
    }

    /// From now on the fates of messages are recorded.
    pub fn record_fates(&mut self) {
        for ControlLines { reports, limits } in &mut self.lines {
            reports.record_fates();
            limits.record_fates();
        }
    }

    /// The fates that were recorded, by remote system.
    pub fn fates(&self) -> Vec<ScriptedMessage> {
        let mut fates = Vec::new();
        for (index, ControlLines { reports, limits }) in self.lines.iter().enumerate() {
            for (message, channel) in [(MessageKind::Report, reports), (MessageKind::Limit, limits)] {
                fates.extend(channel.fates().iter().map(|&((.., number), fate)| ScriptedMessage {
                    remote: RemoteId::from(index),
                    message,
                    number,
                    fate,
                }));
            }
        }
        fates
    }

    /// No message is lost by chance any more.
    pub fn heal(&mut self) {
        for ControlLines { reports, limits } in &mut self.lines {
            reports.heal();
            limits.heal();
        }
    }

    /// What messages to come meet is drawn anew.
    pub fn redraw(&mut self, salt: u64) {
        for ControlLines { reports, limits } in &mut self.lines {
            reports.redraw(salt);
            limits.redraw(salt);
        }
    }

    /// A copy of a message arrives: what the remote site is told by it.
    pub fn arrival(&mut self, slot: u32) -> Option<RemoteSiteInput> {
        let message = self.messages.get_mut(slot)?;
        message.copies -= 1;
        let (remote, kind) = (message.remote, message.kind);
        let lines = if message.copies == 0 {
            self.messages.remove(slot).map(|message| message.lines).unwrap_or_default()
        } else {
            message.lines.clone()
        };
        Some(match kind {
            ControlKind::Report => RemoteSiteInput::Report(remote, lines),
            ControlKind::Limits => RemoteSiteInput::Limits(remote, lines),
        })
    }
}
