//! L-write data send completion process 212 (Fig. 7): a write data or marker packet has arrived, or (`network-sync`) has
//! left the line.

use super::l_write_data_receive::completion_wait;
use super::l_write_data_send::{Numbered, Outstanding};
use super::local::{EntryState, LocalDiskSystem, LocalOutput, UnitState};
use super::numbering::StreamId;
use super::ordering::Completion;
use super::outputs::Outputs;
use super::settings::{Context, Settings};
use super::width;
use crate::protocol::transport::SendingId;
use crate::units::WriteRef;

impl LocalDiskSystem {
    /// The completion of a number comes soon, in answer to this sending ([`crate::collections`]).
    pub(super) fn fetch_completed(
        &self,
        settings: &Settings,
        stream: StreamId,
        number: u64,
        answers: SendingId,
    ) {
        let known = &settings.layout.streams[stream.index()];
        let sender = &self.streams[known.at_local as usize];
        self.resends.fetch(known.key.remote, answers);
        let number = width::outstanding(settings.rules.width, number, sender.outstanding.start());
        if let Some(&Outstanding { what: Numbered::Entry(entry), .. }) = sender.outstanding.get(number) {
            self.cache.fetch(entry);
        }
    }

    /// Fig. 7, step 700. A completion of something completed before is dropped.
    pub(super) fn handle_completion(
        &mut self,
        context: &Context,
        stream: StreamId,
        number: u64,
        answers: SendingId,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let sender = self.stream_mut(context.settings, stream);
        let number = width::outstanding(context.settings.rules.width, number, sender.outstanding.start());
        let completed = sender.outstanding.remove(number);
        match completed {
            Some(Outstanding { sent_as: None, .. }) => {} // Sent before a crash: nothing is known of it.
            _ => self.on_answer(context, stream, answers, completed.and_then(|of| of.sent_as), out),
        }
        let completed = completed.map(|of| of.what);
        match completed {
            Some(Numbered::Marker) => {
                self.stream_mut(context.settings, stream).markers.remove(&number);
            }
            Some(Numbered::Barrier) => {
                self.stream_mut(context.settings, stream).sets.barriers.remove(&number);
            }
            Some(Numbered::Entry(_)) | None => {}
        }
        if !self.captures.is_empty() && completed.is_some() {
            self.is_set_copied(context, stream, out);
        }
        let Some(Numbered::Entry(entry)) = completed else { return };
        if !self.stream_mut(context.settings, stream).unsent.is_empty() {
            self.send_unsent(context, stream, out); // The window of rule `width = "serial"` moved on.
        }
        let Some(cached) = self.cache.get(entry) else { return };
        match context.settings.discipline.completion {
            Completion::AtAcceptance | Completion::AtLocalUnit => {}
            // The host has waited for the remote completion. As elsewhere the completion takes 1 ns: whatever is
            // issued at its instant reaches the remote cache after this write, and is destaged after it. Where it is
            // destaged by its stamp, every clock has to have passed that stamp, too.
            Completion::AtCopy => {
                let (write, wait) = (cached.write, completion_wait(context, cached.stamp));
                self.complete(context, write, wait, out);
            }
            Completion::OnLine => self.complete_once(context, entry, out),
        }
        self.finish_copy(context, entry, out);
    }

    /// The network acknowledgement: the write is there, and need not be sent again unless its completion, which follows when
    /// it is destaged, does not come for a time-out: it may have been lost, and a copy is answered again.
    pub(super) fn handle_received(
        &mut self,
        context: &Context,
        stream: StreamId,
        number: u64,
        answers: SendingId,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let sender = self.stream_mut(context.settings, stream);
        let number = width::outstanding(context.settings.rules.width, number, sender.outstanding.start());
        if let Some(latest) = sender.sent_as(number) {
            self.wait_for_completion(context, stream, number, (answers, latest), out);
        }
    }

    /// `network-sync`: the write's packets, and those that repair them, have left the line. It may have been numbered
    /// again meanwhile, or have gone (a crash).
    pub(super) fn handle_left(
        &mut self,
        context: &Context,
        stream: StreamId,
        number: u64,
        write: WriteRef,
        out: &mut impl Outputs<LocalOutput>,
    ) {
        let sender = self.stream_mut(context.settings, stream);
        let number = width::outstanding(context.settings.rules.width, number, sender.outstanding.start());
        if let Some(&Outstanding { what: Numbered::Entry(entry), .. }) = sender.outstanding.get(number)
            && self.cache.get(entry).is_some_and(|cached| cached.write == write)
        {
            self.complete_once(context, entry, out);
        }
    }

    /// The line, and the remote site, say that an entry is safe; whoever says so first completes it.
    fn complete_once(&mut self, context: &Context, entry: u32, out: &mut impl Outputs<LocalOutput>) {
        let Some(cached) = self.cache.get_mut(entry) else { return };
        if !std::mem::replace(&mut cached.is_completed, true) {
            let (write, wait) = (cached.write, completion_wait(context, cached.stamp));
            self.complete(context, write, wait, out);
        }
    }

    /// The remote site has the entry, or needs none: process 213 may destage it.
    #[inline]
    pub(super) fn finish_copy(&mut self, context: &Context, entry: u32, out: &mut impl Outputs<LocalOutput>) {
        let Some(cached) = self.cache.get_mut(entry) else { return };
        cached.state = EntryState::Done;
        match cached.at_unit {
            // It has been there for a while.
            UnitState::Written => self.leave_cache(context, entry, out),
            UnitState::Waits | UnitState::Writing => self.destage_if_ready(context, entry, out),
        }
    }
}
