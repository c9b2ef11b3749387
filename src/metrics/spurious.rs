//! Resends that were not needed: of write data of which an earlier sending had not been lost by the network.
//!
//! It goes by what became of every packet, which no protocol sees. A write that travels as several packets is lost if
//! any of them is. A write that the receiver refused for want of room is not lost here, nor one whose completion was
//! lost. One that is still sent when another has its slot has come: a slot is free when its write is destaged. Memory is
//! O(in flight).

use super::row::{Row, Sendings};
use crate::trace::{Fate, PacketClass};
use crate::units::{SimTime, WriteRef};

/// Watches the data direction.
#[derive(Clone, Debug, Default)]
pub(super) struct SpuriousMeter {
    spurious: u64,
    /// The last sending of a write whose slot was another's: its packets follow one another, and count once.
    of_gone: Option<(WriteRef, (SimTime, PacketClass))>,
}

impl SpuriousMeter {
    /// A packet with data of `write` was sent; `row` is that of its slot, `counts` says whether it is within the statistics.
    #[inline]
    pub(super) fn on_sent(
        &mut self,
        latest: (SimTime, PacketClass),
        write: WriteRef,
        fate: Fate,
        counts: bool,
        row: &mut Row,
    ) {
        if !row.is_of(write) {
            let sending = Some((write, latest));
            if std::mem::replace(&mut self.of_gone, sending) != sending {
                self.spurious += u64::from(counts && latest.1 == PacketClass::Resend);
            }
            return;
        }
        let before = row.sendings();
        let mut sendings = before.filter(|before| before.latest == latest).unwrap_or_else(|| {
            let had_come = before.is_some_and(|before| before.had_come || !before.is_lost);
            self.spurious += u64::from(counts && latest.1 == PacketClass::Resend && had_come);
            Sendings { latest, is_lost: false, had_come }
        });
        sendings.is_lost |= matches!(fate, Fate::Lost | Fate::Copies(0));
        row.set_sendings(sendings);
    }

    /// How many were counted.
    pub(super) const fn found(&self) -> u64 {
        self.spurious
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::row::Rows;
    use crate::units::LocalId;

    const FIRST: PacketClass = PacketClass::WriteData;
    const AGAIN: PacketClass = PacketClass::Resend;

    /// Spurious resends of one write that is sent at these times, in these classes and with these fates.
    fn spurious(sendings: &[(u64, PacketClass, bool)]) -> u64 {
        let (mut meter, write) = (SpuriousMeter::default(), WriteRef { serial: 7, slot: 2 });
        let mut rows = Rows::default();
        rows.issue(write, LocalId(0), 512);
        for &(at, class, lost) in sendings {
            let fate = if lost { Fate::Lost } else { Fate::Copies(1) };
            meter.on_sent((SimTime::from_ns(at), class), write, fate, true, rows.at_mut(2).unwrap());
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

    /// A write that is still sent when another has its slot has come, and leaves the other's sendings alone.
    #[test]
    fn a_slot_that_is_used_again_is_another_write() {
        let (mut meter, mut rows) = (SpuriousMeter::default(), Rows::default());
        let (one, other) = (WriteRef { serial: 1, slot: 0 }, WriteRef { serial: 9, slot: 0 });
        let mut spurious =
            |issued: Option<WriteRef>, at: u64, write: WriteRef, class: PacketClass, counts: bool| {
                if let Some(issued) = issued {
                    rows.issue(issued, LocalId(0), 512);
                }
                let latest = (SimTime::from_ns(at), class);
                meter.on_sent(latest, write, Fate::Copies(1), counts, rows.at_mut(0).unwrap());
                meter.found()
            };
        assert_eq!(spurious(Some(one), 0, one, FIRST, true), 0);
        assert_eq!(spurious(Some(other), 3, one, AGAIN, true), 1);
        assert_eq!(spurious(None, 3, one, AGAIN, true), 1, "another packet of it");
        assert_eq!(spurious(None, 4, other, FIRST, true), 1);
        assert_eq!(spurious(None, 5, one, AGAIN, true), 2);
        assert_eq!(spurious(None, 5, other, AGAIN, true), 3);
        assert_eq!(spurious(None, 6, one, AGAIN, false), 3, "outside of the statistics");
    }
}
