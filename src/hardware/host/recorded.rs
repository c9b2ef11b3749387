//! Recorded workloads: a trace, replayed at its own times, or a script.

use std::sync::Arc;

use super::{HostOutput, Issue};
use crate::hardware::trace_file::{TraceError, TracePlan, TraceReader, TraceWrite};
use crate::hardware::workload::ScriptedWrite;
use crate::units::SimTime;

/// What is replayed.
#[derive(Debug)]
pub enum Recorded {
    /// A trace and the write to come: the files are read as time goes on.
    Trace { reader: Box<TraceReader>, next: Option<TraceWrite> },
    /// A script.
    Script { writes: Arc<[ScriptedWrite]> },
}

impl Recorded {
    pub fn trace(plan: &TracePlan) -> Result<Self, TraceError> {
        Ok(Self::Trace { reader: Box::new(TraceReader::open(plan)?), next: None })
    }

    pub fn script(writes: Arc<[ScriptedWrite]>) -> Self {
        Self::Script { writes }
    }

    pub fn start(&mut self, out: &mut Vec<HostOutput>) -> Result<(), TraceError> {
        match self {
            Self::Trace { reader, next } => {
                *next = reader.next().transpose()?;
                out.extend(next.map(|write| HostOutput::Wake(write.at, 0)));
            }
            Self::Script { writes } => {
                let free = writes.iter().enumerate().filter(|(_, write)| write.after.is_none());
                out.extend(free.map(|(index, write)| HostOutput::Wake(write.at, index as u32)));
            }
        }
        Ok(())
    }

    pub fn wake(&mut self, now: SimTime, process: u32, out: &mut Vec<HostOutput>) -> Result<(), TraceError> {
        match self {
            Self::Trace { reader, next } => {
                while let Some(write) = *next
                    && write.at <= now
                {
                    let TraceWrite { unit, position, size, .. } = write;
                    out.push(HostOutput::Issue(Issue { unit, position, size, tag: 0 }));
                    *next = reader.next().transpose()?;
                }
                out.extend(next.map(|write| HostOutput::Wake(write.at, 0)));
            }
            Self::Script { writes } => {
                let ScriptedWrite { unit, position, size, .. } = writes[process as usize];
                out.push(HostOutput::Issue(Issue { unit, position, size, tag: process }));
            }
        }
        Ok(())
    }

    pub fn on_completed(&mut self, now: SimTime, tag: u32, out: &mut Vec<HostOutput>) {
        if let Self::Script { writes } = self {
            let followers = writes.iter().enumerate().filter(|(_, write)| write.after == Some(tag as usize));
            out.extend(
                followers
                    .map(|(index, write)| HostOutput::Wake(now + (write.at - SimTime::ZERO), index as u32)),
            );
        }
    }
}
