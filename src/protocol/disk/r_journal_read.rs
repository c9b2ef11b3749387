//! Read-journal process of a remote system (ours by number; Universal Replicator, and the reader of XRC): asks the local
//! systems for what waits in each stream, so many requests at a time.
//!
//! A request that was answered is followed by the next one at once, where nothing waited after the interval of markers; one
//! that was not answered in time is given up, since it may be lost on either way. What answers a request is no matter here:
//! write data and markers are received by process 214.

use std::collections::{BTreeMap, VecDeque};

use super::message::Packet;
use super::numbering::StreamId;
use super::outputs::Outputs;
use super::remote::{RemoteDiskSystem, RemoteOutput};
use super::settings::Context;
use crate::units::SimTime;

/// The requests of one stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reader {
    /// Requests so far.
    made: u64,
    /// Those that are open, and when each is given up.
    open: BTreeMap<u64, SimTime>,
    /// Nothing waited: when the next ones are made, in their order.
    resting: VecDeque<SimTime>,
}

/// The readers of a remote system, by the places of its streams, and the timer that they share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Readers {
    of_stream: Vec<Reader>,
    armed: Option<SimTime>,
}

impl Readers {
    pub(super) fn new(streams: usize) -> Self {
        Self { of_stream: vec![Reader::default(); streams], armed: None }
    }

    /// A crash: requests are forgotten, and so is the timer.
    pub(super) fn crash(&mut self) {
        self.of_stream.iter_mut().for_each(|reader| {
            reader.open.clear();
            reader.resting.clear();
        });
        self.armed = None;
    }
}

impl RemoteDiskSystem {
    /// The requests that are open, by stream.
    pub fn open_requests(&self) -> impl Iterator<Item = (StreamId, u64)> {
        let streams = self.streams.iter().zip(&self.readers.of_stream);
        streams.flat_map(|(stream, reader)| reader.open.keys().map(|&request| (stream.id, request)))
    }

    /// Will it ask again for what waits in a stream, in which nothing did before?
    pub fn will_ask(&self) -> bool {
        self.readers.of_stream.iter().any(|reader| !reader.resting.is_empty())
    }

    /// As many requests of every stream as may be open.
    pub(super) fn ask(&mut self, context: &Context, out: &mut impl Outputs<RemoteOutput>) {
        let Some(pull) = context.settings.pull else { return };
        for at in 0..self.streams.len() {
            let stream = self.streams[at].id;
            let reader = &mut self.readers.of_stream[at];
            while reader.open.len() + reader.resting.len() < pull.requests as usize {
                let request = reader.made;
                reader.made += 1;
                reader.open.insert(request, context.now + pull.timeout);
                out.push(RemoteOutput::Ask(Packet::Request { stream, request }));
            }
        }
        let due = |reader: &Reader| reader.open.values().chain(reader.resting.front()).min().copied();
        let due = self.readers.of_stream.iter().filter_map(due).min();
        if let Some(due) = due
            && self.readers.armed.is_none_or(|armed| due < armed)
        {
            self.readers.armed = Some(due);
            out.push(RemoteOutput::ArmAsk(due));
        }
    }

    /// A request has been answered.
    pub(super) fn handle_answer(
        &mut self,
        context: &Context,
        stream: StreamId,
        (request, is_empty): (u64, bool),
        out: &mut impl Outputs<RemoteOutput>,
    ) {
        let at = super::r_write_data_receive::place_of(context.settings, stream);
        let reader = &mut self.readers.of_stream[at];
        if reader.open.remove(&request).is_some() {
            if is_empty {
                reader.resting.push_back(context.now + context.settings.marker_interval);
            }
            self.ask(context, out);
        }
    }

    /// The instant for which [`RemoteOutput::ArmAsk`] asked, or one that means nothing any more.
    pub(super) fn handle_ask_due(&mut self, context: &Context, out: &mut impl Outputs<RemoteOutput>) {
        if self.readers.armed.is_none_or(|armed| armed > context.now) {
            return;
        }
        self.readers.armed = None;
        for reader in &mut self.readers.of_stream {
            reader.open.retain(|_, given_up| *given_up > context.now);
            reader.resting.retain(|due| *due > context.now);
        }
        self.ask(context, out);
    }
}
