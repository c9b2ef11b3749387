//! Resends that were not needed: of write data of which an earlier sending had not been lost by the network.
//!
//! It goes by what became of every packet, which no protocol sees. A write that travels as several packets is lost if
//! any of them is. A write that the receiver refused for want of room is not lost here, nor one whose completion was
//! lost. Memory is O(in flight).

use crate::trace::{Fate, PacketClass};
use crate::units::{SimTime, WriteRef};

/// The sendings of the write in a slot.
#[derive(Clone, Copy, Debug, Default)]
struct Sendings {
    serial: u64,
    /// The latest one: its packets are sent at one instant, as one class.
    latest: Option<(SimTime, PacketClass)>,
    /// Has a packet of it been lost?
    is_lost: bool,
    /// Was an earlier one not lost?
    had_come: bool,
}

/// Watches the data direction.
#[derive(Clone, Debug, Default)]
pub struct SpuriousMeter {
    /// Indexed by slot.
    slots: Vec<Sendings>,
    spurious: u64,
}

impl SpuriousMeter {
    /// A packet with data of `write` was sent; `counts` says whether it is within the statistics.
    pub fn on_sent(&mut self, now: SimTime, write: WriteRef, class: PacketClass, fate: Fate, counts: bool) {
        let index = write.slot as usize;
        if index >= self.slots.len() {
            self.slots.resize(index + 1, Sendings::default());
        }
        let sendings = &mut self.slots[index];
        if sendings.latest.is_none() || sendings.serial != write.serial {
            *sendings = Sendings { serial: write.serial, ..Sendings::default() };
        }
        if sendings.latest != Some((now, class)) {
            sendings.had_come |= sendings.latest.is_some() && !sendings.is_lost;
            sendings.latest = Some((now, class));
            sendings.is_lost = false;
            self.spurious += u64::from(counts && class == PacketClass::Resend && sendings.had_come);
        }
        sendings.is_lost |= matches!(fate, Fate::Lost | Fate::Copies(0));
    }

    /// How many were counted.
    pub const fn found(&self) -> u64 {
        self.spurious
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: PacketClass = PacketClass::WriteData;
    const AGAIN: PacketClass = PacketClass::Resend;

    /// Spurious resends of one write that is sent at these times, in these classes and with these fates.
    fn spurious(sendings: &[(u64, PacketClass, bool)]) -> u64 {
        let mut meter = SpuriousMeter::default();
        for &(at, class, lost) in sendings {
            let fate = if lost { Fate::Lost } else { Fate::Copies(1) };
            meter.on_sent(SimTime::from_ns(at), WriteRef { serial: 7, slot: 2 }, class, fate, true);
        }
        meter.found()
    }

    #[test]
    fn a_resend_is_needed_as_long_as_all_before_were_lost() {
        assert_eq!(spurious(&[(0, FIRST, true), (9, AGAIN, true), (18, AGAIN, false)]), 0);
        assert_eq!(spurious(&[(0, FIRST, false), (9, AGAIN, false)]), 1);
        assert_eq!(
            spurious(&[(0, FIRST, true), (9, AGAIN, false), (18, AGAIN, true), (27, AGAIN, false)]),
            2
        );
    }

    #[test]
    fn a_write_in_several_packets_is_lost_with_any_of_them_and_counts_once() {
        assert_eq!(spurious(&[(0, FIRST, false), (0, FIRST, true), (9, AGAIN, false), (9, AGAIN, false)]), 0);
        assert_eq!(
            spurious(&[(0, FIRST, false), (0, FIRST, false), (9, AGAIN, false), (9, AGAIN, false)]),
            1
        );
    }

    #[test]
    fn a_slot_that_is_used_again_is_another_write() {
        let mut meter = SpuriousMeter::default();
        let copy = Fate::Copies(1);
        meter.on_sent(SimTime::ZERO, WriteRef { serial: 1, slot: 0 }, FIRST, copy, true);
        meter.on_sent(SimTime::from_ns(5), WriteRef { serial: 2, slot: 0 }, AGAIN, copy, true);
        assert_eq!(meter.found(), 0);
        meter.on_sent(SimTime::from_ns(6), WriteRef { serial: 2, slot: 0 }, AGAIN, copy, false);
        assert_eq!(meter.found(), 0, "outside of the statistics");
    }
}
