//! The local site as one machine: lives of its systems, crashes that overlap or come between steps 601 and 602, and
//! hosts that wait in vain.

use super::*;
use crate::protocol::disk::local::{LocalOutput, WriteRequest};
use crate::protocol::disk::local_site::{LocalSite, LocalSiteInput, LocalSiteOutput, LocalTimer, TimerOf};
use crate::protocol::disk::message::Packet;
use crate::protocol::disk::settings::Context;
use crate::protocol::transport::SendingId;
use crate::units::SimTime;
use LocalSiteOutput::{Abandoned, Arm, ArmRetry, Completed, Down, Failed, Of};

const L1: LocalId = LocalId(0);

/// A site of one system; each input comes a nanosecond after the last.
struct Site {
    settings: Settings,
    machine: LocalSite,
    now: u64,
}

impl Site {
    fn new(settings: Settings) -> Self {
        let machine = LocalSite::new(&settings, [None].into_iter());
        Self { settings, machine, now: 100 }
    }

    fn tell(&mut self, input: LocalSiteInput) -> Vec<LocalSiteOutput> {
        self.now += 1;
        let now = SimTime::from_ns(self.now);
        let context = Context { settings: &self.settings, now, reading: self.now };
        let mut out = vec![];
        self.machine.handle(&context, input, &mut out);
        out
    }

    /// A request of one block for pair 0.
    fn request(&mut self, serial: u64) -> Vec<LocalSiteOutput> {
        let (write, pair, position) = (write(serial), Some(PairId(0)), 8 * serial);
        let request = WriteRequest { write, unit: 0, pair, position, size: 512, host_stamp: 0 };
        self.tell(LocalSiteInput::Request(L1, request))
    }

    fn completion(&mut self, number: u64) -> Vec<LocalSiteOutput> {
        self.tell(LocalSiteInput::Completion {
            local: L1,
            stream: StreamId(0),
            number,
            answers: SendingId::new(number),
        })
    }

    fn host_hears(&mut self, serial: u64) -> Vec<LocalSiteOutput> {
        self.tell(LocalSiteInput::HostHears(write(serial)))
    }

    fn retry(&mut self, serial: u64) -> Vec<LocalSiteOutput> {
        self.tell(LocalSiteInput::RetryDue(write(serial)))
    }

    fn crash(&mut self) -> Vec<LocalSiteOutput> {
        self.tell(LocalSiteInput::Crash(L1))
    }

    fn restart(&mut self) -> Vec<LocalSiteOutput> {
        self.tell(LocalSiteInput::Restart(L1))
    }
}

/// Clocks that may differ: a completion is held for a while, and a crash can take it.
fn held() -> Settings {
    Settings { clock_bound_ns: 50, ..settings(Scheme::Group, 1, &[]) }
}

/// Serial numbers of what was accepted, and of the completions that were given.
fn told(out: &[LocalSiteOutput]) -> (Vec<u64>, Vec<u64>) {
    let accepted = out.iter().filter_map(|output| match *output {
        Of(_, LocalOutput::Accepted(write)) => Some(write.serial),
        _ => None,
    });
    let completed = out.iter().filter_map(|output| match *output {
        Of(_, LocalOutput::Complete(write, _)) => Some(write.serial),
        _ => None,
    });
    (accepted.collect(), completed.collect())
}

/// Numbers under which write data was sent.
fn sent(out: &[LocalSiteOutput]) -> Vec<u64> {
    let number = |output: &LocalSiteOutput| match *output {
        Of(_, LocalOutput::Send { packet: Packet::WriteData(data), .. }) => Some(data.number),
        _ => None,
    };
    out.iter().filter_map(number).collect()
}

/// The resend timer that was armed.
fn resend_timer(out: &[LocalSiteOutput]) -> LocalTimer {
    let timer = |output: &LocalSiteOutput| match *output {
        Arm(timer, _) => (timer.of == TimerOf::Resend(L1)).then_some(timer),
        _ => None,
    };
    out.iter().find_map(timer).unwrap()
}

#[test]
fn a_host_hears_of_its_write_once() {
    let mut site = Site::new(settings(Scheme::Group, 1, &[]));
    assert_eq!(told(&site.request(0)), (vec![0], vec![0]));
    assert_eq!(site.host_hears(0), [Completed(write(0))]);
    assert_eq!(site.host_hears(0), []);
    assert_eq!(site.retry(0), []);
}

/// It is not asked to accept the write when it is back: its host issues it again.
#[test]
fn a_system_that_is_down_hears_nothing() {
    let mut site = Site::new(settings(Scheme::Group, 1, &[]));
    assert_eq!(site.crash(), [Down(L1)]);
    assert_eq!(site.request(0), [ArmRetry(write(0))]);
    assert_eq!(site.completion(0), []);
    assert_eq!(told(&site.restart()), (vec![], vec![]));
    assert_eq!(site.retry(0), [Abandoned(write(0))]);
    assert_eq!(site.retry(0), []);
}

/// Rule `clock` holds the completion back: the crash takes it. The host does not hear of it afterwards, though it
/// might be under way.
#[test]
fn a_crash_takes_the_completions_that_are_held() {
    let mut site = Site::new(held());
    assert_eq!(told(&site.request(0)).1, [0]);
    assert_eq!(site.crash(), [Down(L1), ArmRetry(write(0))]);
    assert_eq!(site.host_hears(0), []);
    assert_eq!(site.retry(0), [Abandoned(write(0))]);
}

#[test]
fn a_completion_that_has_left_is_not_taken() {
    let mut site = Site::new(held());
    assert_eq!(told(&site.request(0)).1, [0]);
    site.now += 100;
    assert_eq!(site.crash(), [Down(L1)]);
    assert_eq!(site.retry(0), []);
    assert_eq!(site.host_hears(0), [Completed(write(0))]);
}

/// It leaves a nanosecond before its host has it, which is 1 ns after every clock has passed the stamp: at 151.
#[test]
fn a_crash_takes_a_completion_until_the_instant_in_which_it_leaves() {
    for (crash, taken) in [(150, vec![Down(L1), ArmRetry(write(0))]), (151, vec![Down(L1)])] {
        let mut site = Site::new(held());
        let out = site.request(0);
        assert!(out.contains(&Of(L1, LocalOutput::Complete(write(0), 51))), "issued at 101");
        site.now = crash - 1;
        assert_eq!(site.crash(), taken, "at {crash}");
    }
}

/// A synchronous write waits for the remote site: each crash before its completion makes the host wait anew, and the
/// completion that comes before the host gives up counts.
#[test]
fn a_host_that_waits_may_still_be_answered() {
    let mut site = Site::new(settings(Scheme::Synchronous, 1, &[]));
    assert_eq!(told(&site.request(0)), (vec![0], vec![]));
    assert_eq!(site.crash(), [Down(L1), ArmRetry(write(0))]);
    let _ = site.restart();
    assert_eq!(site.crash(), [Down(L1), ArmRetry(write(0))]);
    let _ = site.restart();
    assert_eq!(told(&site.completion(0)).1, [0]);
    assert_eq!(site.retry(0), []);
    assert_eq!(site.host_hears(0), [Completed(write(0))]);
}

/// Who gave a write up is not told of its completion.
#[test]
fn a_write_given_up_is_not_completed() {
    let mut site = Site::new(settings(Scheme::Synchronous, 1, &[]));
    let _ = site.request(0);
    let _ = site.crash();
    let _ = site.restart();
    assert_eq!(site.retry(0), [Abandoned(write(0))]);
    assert_eq!(told(&site.completion(0)), (vec![], vec![]));
}

#[test]
fn the_hosts_of_a_crash_wait_in_the_order_of_their_slots() {
    let mut site = Site::new(held());
    let writes = [(0, 2), (1, 0), (2, 1)].map(|(serial, slot)| WriteRef { serial, slot });
    for write in writes {
        let request =
            WriteRequest { write, unit: 0, pair: Some(PairId(0)), position: 0, size: 512, host_stamp: 0 };
        let _ = site.tell(LocalSiteInput::Request(L1, request));
    }
    let expected = [Down(L1), ArmRetry(writes[1]), ArmRetry(writes[2]), ArmRetry(writes[0])];
    assert_eq!(site.crash(), expected);
}

#[test]
fn crashes_may_overlap() {
    let mut site = Site::new(settings(Scheme::Group, 1, &[]));
    assert_eq!(site.crash(), [Down(L1)]);
    assert_eq!(site.crash(), []);
    assert_eq!(site.restart(), []);
    assert_eq!(site.request(0), [ArmRetry(write(0))]);
    let _ = site.restart();
    assert_eq!(told(&site.request(1)).0, [1]);
}

#[test]
fn a_timer_of_an_earlier_life_means_nothing() {
    let mut site = Site::new(settings(Scheme::Group, 1, &[]));
    let first = resend_timer(&site.request(0));
    assert_eq!(first.life, 0);
    let _ = site.crash();
    let second = resend_timer(&site.restart());
    assert_eq!(second.life, 1);
    site.now += TIMEOUT.as_ns();
    assert_eq!(site.tell(LocalSiteInput::Due(first)), []);
    assert_eq!(sent(&site.tell(LocalSiteInput::Due(second))), [0]);
}

/// The write is numbered, and not sent: its number is not lost, and it goes out when the system is back.
#[test]
fn a_system_fails_between_steps_601_and_602() {
    let mut site = Site::new(held());
    assert_eq!(site.tell(LocalSiteInput::CrashBeforeSend(L1, 7)), []);
    let out = site.request(0);
    assert_eq!((told(&out), sent(&out)), ((vec![0], vec![0]), vec![]));
    assert_eq!(out[2..], [Failed(L1, 7), Down(L1), ArmRetry(write(0))]);
    let timer = resend_timer(&site.restart());
    assert_eq!(sent(&site.tell(LocalSiteInput::Due(timer))), [0]);
    assert_eq!(sent(&site.request(1)), [1]);
}

/// Another crash comes first: the system is still to fail when it is back.
#[test]
fn a_crash_between_steps_601_and_602_waits_for_its_write() {
    let mut site = Site::new(settings(Scheme::Group, 1, &[]));
    let _ = site.crash();
    assert_eq!(site.tell(LocalSiteInput::CrashBeforeSend(L1, 7)), []);
    let _ = site.restart();
    assert!(site.request(0).contains(&Failed(L1, 7)));
}

/// A stream is idle while nothing waits to be sent in it.
#[test]
fn a_stream_is_idle_while_nothing_waits() {
    let mut site = Site::new(Settings { send_delay: TIMEOUT, ..settings(Scheme::Group, 1, &[]) });
    assert!(site.machine.is_idle(&site.settings, StreamId(0)));
    let _ = site.request(0);
    assert!(!site.machine.is_idle(&site.settings, StreamId(0)));
}

#[test]
fn a_site_that_is_destroyed_answers_nothing() {
    let mut site = Site::new(settings(Scheme::Synchronous, 1, &[]));
    let _ = site.request(0);
    assert_eq!(site.tell(LocalSiteInput::Destroyed), []);
    assert_eq!(
        (site.request(1), site.completion(0), site.crash(), site.retry(0)),
        (vec![], vec![], vec![], vec![])
    );
}
