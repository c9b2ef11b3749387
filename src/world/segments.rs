//! Writes in several packets of which only the lost ones travel again (`transport.unit = "packet"`).
//!
//! The receiving end of a path answers each packet of a write that is not whole yet; the last one is answered by the
//! completion itself. Both ends keep what they know of a write until its slot has been given to some others: one whose
//! completion was lost is still sent when another has its slot. A crash of either end forgets it, and the write starts again
//! as a whole.

use crate::protocol::disk::Packet;
use crate::protocol::transport::SendingId;
use crate::units::{PathId, WriteRef};

/// What both ends of a path know of a write on its way.
#[derive(Clone, Debug)]
struct Segmented {
    write: WriteRef,
    path: PathId,
    packet: Packet,
    /// The first sending since both ends know of it: what answers an earlier one says nothing of what the receiver has.
    since: SendingId,
    /// The sender's: parts that were answered.
    answered: Vec<bool>,
    /// The receiver's: parts that arrived.
    arrived: Vec<bool>,
    missing: u32,
    /// The sending of which a part last went to the remote system as a whole write.
    handed_over: Option<SendingId>,
}

/// What the receiving end does with a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// The write is whole, the first time or for another sending: it goes to the remote system.
    Whole(Packet),
    /// Others are missing: this part is answered.
    Part,
    /// Nobody waits for it.
    Nothing,
}

/// All writes in several packets.
#[derive(Clone, Debug, Default)]
pub struct Segments {
    /// By slot: the last writes that had it, the latest last.
    slots: Vec<Vec<Segmented>>,
}

/// So many writes of a slot are remembered.
const OF_A_SLOT: usize = 8;

impl Segments {
    /// The write is sent, in `parts` packets: those that have to travel, which are those not answered. Where all are, the
    /// last one travels: its answer is the completion, which was lost, or the remote system had no room.
    pub fn due(
        &mut self,
        write: WriteRef,
        path: PathId,
        (packet, sending): (Packet, SendingId),
        parts: u32,
    ) -> Vec<u32> {
        let slot = write.slot as usize;
        if self.slots.len() <= slot {
            self.slots.resize(slot + 1, Vec::new());
        }
        let of_slot = &mut self.slots[slot];
        let place = of_slot.iter().position(|known| known.write == write);
        let known = place.map(|place| of_slot.remove(place));
        let known = known.filter(|known| known.path == path && known.packet == packet);
        let known = known.unwrap_or_else(|| Segmented {
            write,
            path,
            packet,
            since: sending,
            answered: vec![false; parts as usize],
            arrived: vec![false; parts as usize],
            missing: parts,
            handed_over: None,
        });
        let mut missing: Vec<u32> =
            (0..).zip(&known.answered).filter(|(_, answered)| !**answered).map(|(part, _)| part).collect();
        if missing.is_empty() {
            missing.extend(parts.checked_sub(1));
        }
        if of_slot.len() == OF_A_SLOT {
            of_slot.remove(0);
        }
        of_slot.push(known);
        missing
    }

    /// A part of the write arrived at the remote end, of this sending.
    pub fn on_arrived(&mut self, write: WriteRef, part: u32, sending: SendingId) -> Arrived {
        let Some(known) = self.get(write) else { return Arrived::Nothing };
        let Some(arrived) = known.arrived.get_mut(part as usize) else { return Arrived::Nothing };
        if !std::mem::replace(arrived, true) {
            known.missing -= 1;
        }
        if known.missing > 0 {
            return Arrived::Part;
        }
        if known.handed_over.replace(sending) == Some(sending) {
            return Arrived::Nothing;
        }
        Arrived::Whole(known.packet)
    }

    /// The answer to a part of this sending arrived at the local end.
    pub fn on_answer(&mut self, write: WriteRef, part: u32, sending: SendingId) {
        let known = self.get(write).filter(|known| sending >= known.since);
        if let Some(answered) = known.and_then(|known| known.answered.get_mut(part as usize)) {
            *answered = true;
        }
    }

    /// One end of these paths crashed.
    pub fn forget(&mut self, is_concerned: impl Fn(PathId) -> bool) {
        for slot in &mut self.slots {
            slot.retain(|known| !is_concerned(known.path));
        }
    }

    fn get(&mut self, write: WriteRef) -> Option<&mut Segmented> {
        self.slots.get_mut(write.slot as usize)?.iter_mut().find(|known| known.write == write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::disk::StreamId;

    const WRITE: WriteRef = WriteRef { serial: 9, slot: 1 };
    const PATH: PathId = PathId(0);

    fn packet(number: u64) -> Packet {
        Packet::Marker { stream: StreamId(0), number, stamp: 0 }
    }

    #[test]
    fn what_was_answered_does_not_travel_again() {
        let mut segments = Segments::default();
        assert_eq!(segments.due(WRITE, PATH, (packet(0), SendingId::new(0)), 3), [0, 1, 2]);
        assert_eq!(segments.on_arrived(WRITE, 0, SendingId::new(0)), Arrived::Part);
        assert_eq!(segments.on_arrived(WRITE, 2, SendingId::new(0)), Arrived::Part);
        segments.on_answer(WRITE, 2, SendingId::new(0));
        // The answer to part 0 was lost: it travels again, and is not missing twice.
        assert_eq!(segments.due(WRITE, PATH, (packet(0), SendingId::new(0)), 3), [0, 1]);
        assert_eq!(segments.on_arrived(WRITE, 0, SendingId::new(1)), Arrived::Part);
        assert_eq!(segments.on_arrived(WRITE, 1, SendingId::new(1)), Arrived::Whole(packet(0)));
    }

    #[test]
    fn a_write_whose_completion_was_lost_is_handed_over_once_for_each_sending() {
        let mut segments = Segments::default();
        segments.due(WRITE, PATH, (packet(0), SendingId::new(0)), 2);
        segments.on_arrived(WRITE, 0, SendingId::new(0));
        segments.on_answer(WRITE, 0, SendingId::new(0));
        assert_eq!(segments.on_arrived(WRITE, 1, SendingId::new(0)), Arrived::Whole(packet(0)));
        assert_eq!(segments.on_arrived(WRITE, 1, SendingId::new(0)), Arrived::Nothing, "the network's copy");
        segments.on_answer(WRITE, 1, SendingId::new(0));
        assert_eq!(
            segments.due(WRITE, PATH, (packet(0), SendingId::new(0)), 2),
            [1],
            "though both were answered"
        );
        assert_eq!(segments.on_arrived(WRITE, 1, SendingId::new(1)), Arrived::Whole(packet(0)));
    }

    #[test]
    fn another_number_another_write_or_a_crash_begins_anew() {
        let mut segments = Segments::default();
        let begin = |segments: &mut Segments| {
            segments.due(WRITE, PATH, (packet(0), SendingId::new(0)), 2);
            segments.on_arrived(WRITE, 0, SendingId::new(0));
            segments.on_answer(WRITE, 0, SendingId::new(0));
        };
        begin(&mut segments);
        assert_eq!(segments.due(WRITE, PATH, (packet(5), SendingId::new(0)), 2), [0, 1]);
        begin(&mut segments);
        segments.forget(|path| path == PATH);
        assert_eq!(segments.on_arrived(WRITE, 1, SendingId::new(0)), Arrived::Nothing);
        assert_eq!(segments.due(WRITE, PATH, (packet(0), SendingId::new(0)), 2), [0, 1]);
        // Another write has its slot, and this one is still sent, for its completion was lost.
        let other = WriteRef { serial: 10, ..WRITE };
        assert_eq!(segments.due(other, PATH, (packet(1), SendingId::new(0)), 2), [0, 1]);
        assert_eq!(segments.on_arrived(WRITE, 0, SendingId::new(0)), Arrived::Part);
        assert_eq!(segments.on_arrived(WRITE, 1, SendingId::new(0)), Arrived::Whole(packet(0)));
        assert_eq!(segments.on_arrived(other, 1, SendingId::new(0)), Arrived::Part);
    }

    /// An answer that was on its way when an end crashed is of parts that the receiver has forgotten.
    #[test]
    fn an_answer_from_before_a_crash_says_nothing() {
        let mut segments = Segments::default();
        segments.due(WRITE, PATH, (packet(0), SendingId::new(3)), 2);
        segments.on_arrived(WRITE, 0, SendingId::new(3));
        segments.forget(|path| path == PATH);
        segments.due(WRITE, PATH, (packet(0), SendingId::new(7)), 2);
        segments.on_answer(WRITE, 0, SendingId::new(3));
        assert_eq!(segments.due(WRITE, PATH, (packet(0), SendingId::new(8)), 2), [0, 1]);
        segments.on_answer(WRITE, 1, SendingId::new(7));
        assert_eq!(segments.due(WRITE, PATH, (packet(0), SendingId::new(9)), 2), [0]);
    }
}
