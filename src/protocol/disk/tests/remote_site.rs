//! The remote site as one machine: when it has recovered from the loss of the local site.

use super::*;
use crate::protocol::disk::Report;
use crate::protocol::disk::message::Packet;
use crate::protocol::disk::ordering::streams::Pull;
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
        Self::of(1)
    }

    /// Pair 0 is of group 0; pair 1 is of the last group.
    fn of(groups: usize) -> Self {
        Self::under(groups, &[])
    }

    fn under(groups: usize, rules: &[(&str, &str)]) -> Self {
        let settings = settings(Scheme::Group, groups, rules);
        let machine = RemoteSite::new(&settings, [(2, None)].into_iter());
        Self { settings, machine }
    }

    fn tell(&mut self, input: RemoteSiteInput) -> Vec<RemoteSiteOutput> {
        self.tell_at(0, input)
    }

    fn tell_at(&mut self, now: u64, input: RemoteSiteInput) -> Vec<RemoteSiteOutput> {
        let context = Context { settings: &self.settings, now: SimTime::from_ns(now), reading: 0 };
        let mut out = vec![];
        self.machine.handle(&context, input, &mut out);
        out
    }

    /// Write `serial` of pair 0 arrives under the number of its serial.
    fn receive(&mut self, serial: u64) -> Vec<RemoteSiteOutput> {
        self.receive_in(0, serial)
    }

    /// The same in a stream that has the number of its pair.
    fn receive_in(&mut self, stream: u32, serial: u64) -> Vec<RemoteSiteOutput> {
        self.tell(RemoteSiteInput::Packet(
            R1,
            Packet::WriteData(WriteData {
                stream: StreamId(stream),
                number: serial,
                stamp: 10 * (serial + 1),
                write: write(serial),
                pair: PairId(stream),
                position: 8 * serial,
                size: 512,
                set: 0,
            }),
        ))
    }

    /// It arrives, and the limit that lets it go.
    fn receive_and_permit(&mut self, serial: u64) -> Vec<RemoteSiteOutput> {
        let out = self.receive(serial);
        let limits = self.limits_after(&out);
        limits
            .into_iter()
            .flat_map(|(remote, lines)| self.tell(RemoteSiteInput::Limits(remote, lines)))
            .collect()
    }

    /// The master hears what is reported, and runs: what it sends.
    fn limits_after(&mut self, out: &[RemoteSiteOutput]) -> Vec<(RemoteId, Vec<Report>)> {
        for (remote, lines) in reports(out) {
            self.tell(RemoteSiteInput::Report(remote, lines));
        }
        let sent = self.tell(RemoteSiteInput::MasterDue).into_iter().filter_map(|output| match output {
            RemoteSiteOutput::SendLimits(remote, lines) => Some((remote, lines)),
            _ => None,
        });
        sent.collect()
    }
}

/// What systems report.
fn reports(out: &[RemoteSiteOutput]) -> Vec<(RemoteId, Vec<Report>)> {
    let report = |output: &RemoteSiteOutput| match output {
        RemoteSiteOutput::SendReport(remote, lines) => Some((*remote, lines.clone())),
        _ => None,
    };
    out.iter().filter_map(report).collect()
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

/// A limit that is sent while a slave is stopped is lost. Where limits are not repeated, the slave that goes on is told, once
/// in each of its domains, although nothing has changed.
#[test]
fn a_slave_that_goes_on_hears_the_limits_that_it_missed() {
    let mut site = Site::of(2);
    assert_eq!(site.settings.repeats_every(), None);
    for stream in [0, 1] {
        let out = site.receive_in(stream, 0);
        site.limits_after(&out);
    }
    site.tell(RemoteSiteInput::StopSlave(R1));
    let again = site.tell(RemoteSiteInput::ResumeSlave(R1));
    let told = site.limits_after(&again);
    assert_eq!(told.iter().map(|(remote, lines)| (*remote, lines.len())).collect::<Vec<_>>(), [(R1, 2)]);
    assert_eq!(site.limits_after(&again), [], "nothing has changed since");
}

/// What is reported while the master is stopped is not heard: when the last stop ends, every slave says it again. Not where
/// it does so in any case, nor when nobody stores limits any more.
#[test]
fn a_master_that_goes_on_is_told_what_it_missed() {
    for stops in [1, 2] {
        let mut site = Site::new();
        (0..stops).for_each(|_| drop(site.tell(RemoteSiteInput::StopMaster)));
        let out = site.receive(0);
        let [(remote, lines)] = &reports(&out)[..] else { panic!("{out:?}") };
        assert_eq!(site.tell(RemoteSiteInput::Report(*remote, lines.clone())), []);
        for left in (0..stops).rev() {
            let out = site.tell(RemoteSiteInput::ResumeMaster);
            assert_eq!(reports(&out).len(), usize::from(left == 0));
            assert_eq!(site.limits_after(&out).len(), usize::from(left == 0));
        }
    }
    for is_lost in [false, true] {
        let mut site = Site::new();
        if !is_lost {
            site.settings.limit_period = SimDuration::from_ns(100);
        }
        site.receive(0);
        site.tell(RemoteSiteInput::StopMaster);
        if is_lost {
            site.tell(RemoteSiteInput::LocalSiteLost);
        }
        assert_eq!(site.tell(RemoteSiteInput::ResumeMaster), []);
    }
}

/// Slaves report when they are activated, and again where that is repeated; not when the local site is lost: recovery goes by
/// the limits stored at the disaster.
#[test]
fn after_the_disaster_nobody_reports() {
    let mut site = Site::new();
    site.settings.limit_period = SimDuration::from_ns(100);
    site.receive(0);
    let out = site.tell(RemoteSiteInput::Activate);
    assert_eq!(reports(&out).len(), 1);
    assert_eq!(out.last(), Some(&RemoteSiteOutput::ArmActivate(SimTime::from_ns(100))));
    site.tell(RemoteSiteInput::LocalSiteLost);
    assert_eq!(site.tell(RemoteSiteInput::Activate), []);
}

/// Of pulled streams as many requests are open as may be; one that was answered with nothing is made again later. Requests
/// that nobody has answered in time are given up for others, but when the local site is lost: nobody answers any more.
#[test]
fn requests_are_open_until_they_are_answered_or_given_up() {
    let asked = |out: &[RemoteSiteOutput]| {
        let request = |output: &RemoteSiteOutput| match *output {
            Of(_, RemoteOutput::Ask(Packet::Request { stream, request })) => Some((stream.0, request)),
            _ => None,
        };
        out.iter().filter_map(request).collect::<Vec<_>>()
    };
    for is_lost in [false, true] {
        let mut site = Site::of(2);
        let open = |site: &Site| site.machine.open_requests(&site.settings).collect::<Vec<_>>();
        assert_eq!(open(&site), []);
        site.settings.pull = Some(Pull { requests: 2, timeout: TIMEOUT, ..Pull::default() });
        let out = site.tell(RemoteSiteInput::Start);
        assert_eq!(asked(&out), [(0, 0), (0, 1), (1, 0), (1, 1)]);
        assert!(out.contains(&RemoteSiteOutput::ArmAsk(R1, SimTime::ZERO + TIMEOUT)));
        assert_eq!(
            open(&site),
            asked(&out).into_iter().map(|(of, request)| (StreamId(of), request)).collect::<Vec<_>>()
        );
        assert!(!site.machine.will_ask(R1));
        let answer = Packet::Answer { stream: StreamId(1), request: 0, is_empty: true };
        assert_eq!(asked(&site.tell(RemoteSiteInput::Packet(R1, answer))), []);
        assert_eq!(open(&site), [(StreamId(0), 0), (StreamId(0), 1), (StreamId(1), 1)]);
        assert!(site.machine.will_ask(R1));
        if is_lost {
            site.tell(RemoteSiteInput::LocalSiteLost);
        }
        let out = site.tell_at(TIMEOUT.as_ns(), RemoteSiteInput::AskDue(R1));
        assert_eq!(asked(&out), if is_lost { vec![] } else { vec![(0, 2), (0, 3), (1, 2)] });
    }
}

/// What the master has heard before it is stopped, it says when it goes on.
#[test]
fn a_master_that_is_stopped_says_nothing() {
    let mut site = Site::new();
    let out = site.receive(0);
    let [(remote, lines)] = &reports(&out)[..] else { panic!("{out:?}") };
    assert_eq!(site.tell(RemoteSiteInput::Report(*remote, lines.clone())), [RemoteSiteOutput::ArmMaster]);
    site.tell(RemoteSiteInput::StopMaster);
    assert_eq!(site.tell(RemoteSiteInput::MasterDue), []);
    let out = site.tell(RemoteSiteInput::ResumeMaster);
    assert_eq!(site.limits_after(&out).len(), 1);
}

/// Crashes of one system may overlap: it is back when the last has ended, and recovers then.
#[test]
fn a_system_is_back_when_its_last_crash_has_ended() {
    let mut site = Site::new();
    let _ = site.receive(1);
    assert_eq!(site.tell(RemoteSiteInput::Crash(R1)), [Down(R1)]);
    assert_eq!(site.tell(RemoteSiteInput::Crash(R1)), []);
    assert_eq!(site.tell(RemoteSiteInput::LocalSiteLost), []);
    assert_eq!(site.tell(RemoteSiteInput::Restart(R1)), []);
    assert_eq!(site.tell(RemoteSiteInput::Restart(R1)).last(), Some(&Recovered));
}

/// A slave that was to go on while its system was down does so when that is back; not if it was stopped again, nor where the
/// system recovers from the loss of the local site.
#[test]
fn a_slave_goes_on_when_its_system_is_back() {
    for (stopped_again, is_lost) in [(false, false), (true, false), (false, true)] {
        let mut site = Site::new();
        site.tell(RemoteSiteInput::StopSlave(R1));
        assert_eq!(reports(&site.receive(0)), []);
        site.tell(RemoteSiteInput::Crash(R1));
        assert_eq!(reports(&site.tell(RemoteSiteInput::ResumeSlave(R1))), []);
        if stopped_again {
            site.tell(RemoteSiteInput::StopSlave(R1));
        }
        if is_lost {
            site.tell(RemoteSiteInput::LocalSiteLost);
        }
        let goes_on = !stopped_again && !is_lost;
        let back = site.tell(RemoteSiteInput::Restart(R1));
        assert_eq!(!reports(&back).is_empty(), goes_on, "{back:?}");
        if !is_lost {
            assert_eq!(!reports(&site.receive(1)).is_empty(), goes_on);
        }
    }
}

/// With `destage = "serial"` one write of a group is destaged at a time; a crash of the system that does it makes place.
#[test]
fn a_crash_ends_the_turn_of_its_system() {
    let mut site = Site::under(1, &[("destage", "serial")]);
    let slots = destaged(&site.receive_and_permit(0));
    assert_eq!((slots.len(), destaged(&site.receive_and_permit(1)).len()), (1, 0));
    site.tell(RemoteSiteInput::Crash(R1));
    assert_eq!(destaged(&site.tell(RemoteSiteInput::Restart(R1))), slots, "it begins anew");
    assert_eq!(destaged(&site.tell(RemoteSiteInput::Landed(R1, slots[0]))).len(), 1);
}
