//! The remote site as one machine: when it has recovered from the loss of the local site.

use super::*;
use crate::protocol::disk::message::Packet;
use crate::protocol::disk::remote::RemoteOutput;
use crate::protocol::disk::remote_site::{RemoteSite, RemoteSiteInput, RemoteSiteOutput};
use crate::protocol::disk::settings::Context;
use crate::units::SimTime;
use RemoteSiteOutput::{Down, Of, Recovered};

const R1: RemoteId = RemoteId(0);

/// A site of one system, whose slave and master hear each other at once.
struct Site {
    settings: Settings,
    machine: RemoteSite,
}

impl Site {
    fn new() -> Self {
        let settings = settings(Scheme::Group, 1, &[]);
        let machine = RemoteSite::new(&settings, [(2, None)].into_iter());
        Self { settings, machine }
    }

    fn tell(&mut self, input: RemoteSiteInput) -> Vec<RemoteSiteOutput> {
        let context = Context { settings: &self.settings, now: SimTime::ZERO, reading: 0 };
        let mut out = vec![];
        self.machine.handle(&context, input, &mut out);
        out
    }

    /// Write `serial` of pair 0 arrives under the number of its serial.
    fn receive(&mut self, serial: u64) -> Vec<RemoteSiteOutput> {
        self.tell(RemoteSiteInput::Packet(
            R1,
            Packet::WriteData(WriteData {
                stream: StreamId(0),
                number: serial,
                stamp: 10 * (serial + 1),
                write: write(serial),
                pair: PairId(0),
                position: 8 * serial,
                size: 512,
                set: 0,
            }),
        ))
    }

    /// It arrives, and the limit that lets it go.
    fn receive_and_permit(&mut self, serial: u64) -> Vec<RemoteSiteOutput> {
        let reports = self.receive(serial).into_iter().filter_map(|output| match output {
            RemoteSiteOutput::SendReport(remote, lines) => Some(RemoteSiteInput::Report(remote, lines)),
            _ => None,
        });
        for report in reports {
            self.tell(report);
        }
        let limits = self.tell(RemoteSiteInput::MasterDue).into_iter().filter_map(|output| match output {
            RemoteSiteOutput::SendLimits(remote, lines) => Some(RemoteSiteInput::Limits(remote, lines)),
            _ => None,
        });
        limits.flat_map(|limits| self.tell(limits)).collect()
    }
}

/// Slots of the cache given to units.
fn destaged(out: &[RemoteSiteOutput]) -> Vec<u32> {
    let slot = |output: &RemoteSiteOutput| match *output {
        Of(_, RemoteOutput::Destage { entry, .. }) => Some(entry),
        _ => None,
    };
    out.iter().filter_map(slot).collect()
}

#[test]
fn a_site_with_nothing_to_destage_has_recovered_at_once() {
    let mut site = Site::new();
    assert_eq!(site.tell(RemoteSiteInput::LocalSiteLost), [Recovered]);
}

#[test]
fn what_no_limit_permits_is_discarded_and_that_is_the_recovery() {
    let mut site = Site::new();
    let _ = site.receive(1); // A gap before it.
    let expected = [Of(R1, RemoteOutput::Discarded(write(1))), Recovered];
    assert_eq!(site.tell(RemoteSiteInput::LocalSiteLost), expected);
}

/// Said once, when the last unit is done.
#[test]
fn recovery_lasts_until_the_units_are_done() {
    let mut site = Site::new();
    let slots = destaged(&site.receive_and_permit(0));
    let more = destaged(&site.receive_and_permit(1));
    assert_eq!((slots.len(), more.len()), (1, 0), "one at a time");
    assert_eq!(site.tell(RemoteSiteInput::LocalSiteLost), []);
    let next = site.tell(RemoteSiteInput::Landed(R1, slots[0]));
    assert!(!next.contains(&Recovered), "{next:?}");
    assert_eq!(site.tell(RemoteSiteInput::Landed(R1, destaged(&next)[0])), [Recovered]);
    assert_eq!(site.tell(RemoteSiteInput::Crash(R1)), [Down(R1)]);
}

/// A system that is down at the disaster recovers when it is back.
#[test]
fn recovery_waits_for_a_system_that_is_down() {
    let mut site = Site::new();
    let _ = site.receive(1);
    assert_eq!(site.tell(RemoteSiteInput::Crash(R1)), [Down(R1)]);
    assert_eq!(site.tell(RemoteSiteInput::LocalSiteLost), []);
    let out = site.tell(RemoteSiteInput::Restart(R1));
    assert_eq!(out.last(), Some(&Recovered));
}
