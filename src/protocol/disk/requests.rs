//! The requests whose completions have not reached their hosts: what each host waits for, and what a crash takes.
//!
//! A host that has waited in vain issues its data again as another write; when that is, the hardware knows.

use crate::collections::Window;
use crate::units::{LocalId, WriteRef};

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Progress {
    /// Its host has heard nothing.
    Waits,
    /// The completion has been given, and is held or on its way.
    Due,
    /// A crash took the completion.
    Lost,
}

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Request {
    write: WriteRef,
    local: LocalId,
    progress: Progress,
}

/// All of them, by the serial numbers of their writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Requests(Window<Request>);

impl Requests {
    /// A request reaches its local system.
    #[inline]
    pub fn arrives(&mut self, local: LocalId, write: WriteRef) {
        self.0.put(write.serial, Request { write, local, progress: Progress::Waits });
    }

    /// Step 504: the completion is given. Does its host still wait for it?
    pub fn complete(&mut self, write: WriteRef) -> bool {
        let waits = self.0.get_mut(write.serial).filter(|request| request.progress == Progress::Waits);
        waits.map(|request| request.progress = Progress::Due).is_some()
    }

    /// A completion reaches its host: does it hear of it? Not of one that a crash took, or of a write given up.
    pub fn heard(&mut self, write: WriteRef) -> bool {
        let hears = self.0.get(write.serial).is_some_and(|request| request.progress != Progress::Lost);
        hears && self.0.remove(write.serial).is_some()
    }

    /// A host has waited long enough: does it give the write up? Not if the completion is on its way.
    pub fn give_up(&mut self, write: WriteRef) -> bool {
        let due = self.0.get(write.serial).is_some_and(|request| request.progress == Progress::Due);
        !due && self.0.remove(write.serial).is_some()
    }

    /// A local system crashes, and takes the completions `taken` with it: the writes that their hosts will issue
    /// again, in the order of their slots. What was on its way already arrives.
    pub fn crash(&mut self, local: LocalId, taken: impl Iterator<Item = WriteRef>) -> Vec<WriteRef> {
        let waits =
            |&(_, request): &(u64, &Request)| request.local == local && request.progress == Progress::Waits;
        let mut again: Vec<_> = self.0.iter().filter(waits).map(|(_, request)| request.write).collect();
        for write in taken {
            let due = self.0.get_mut(write.serial).filter(|request| request.progress == Progress::Due);
            if let Some(request) = due {
                request.progress = Progress::Lost;
                again.push(write);
            }
        }
        again.sort_unstable_by_key(|write| write.slot);
        again
    }
}
