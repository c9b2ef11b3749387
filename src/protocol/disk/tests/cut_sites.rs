//! Scheme `cut` at a local site of two systems, with a pair of one group each: what the coordinator says reaches them, what
//! they say reaches it, and whoever is down hears nothing but that the window is closed.

use super::*;
use crate::protocol::disk::local::{LocalOutput, WriteRequest};
use crate::protocol::disk::local_site::{LocalSite, LocalSiteInput, LocalSiteOutput, LocalTimer, TimerOf};
use crate::protocol::disk::ordering::cut::{CutCommand, CutSettings, CutStep, Queue, Switch, Trigger};
use crate::protocol::disk::settings::Context;
use crate::protocol::transport::SendingId;
use crate::units::SimTime;
use CutCommand::{Hold, Release, Switch as To, Transmit};
use LocalSiteOutput::{ArmCut, Cut, Of};

const L: [LocalId; 2] = [LocalId(0), LocalId(1)];
const G: GroupId = GroupId(0);

struct Site {
    settings: Settings,
    machine: LocalSite,
    now: u64,
}

impl Site {
    /// Every 100 ns; the second system is told 8 ns after the first.
    fn new(trigger: Trigger) -> Self {
        let place = |pair: usize| PairPlace {
            pair: PairId::from(pair),
            local: L[pair],
            remote: RemoteId(0),
            group: G,
        };
        let pairs = (0..2).map(|pair| PairAddress { place: place(pair), remote_unit: pair as u32 }).collect();
        let transports = vec![vec![Transport::fixed(TIMEOUT)]; 2];
        let mut settings = Settings::new(
            Scheme::Cut,
            Rules::REPAIRED,
            MARKER_INTERVAL,
            transports,
            SimDuration::ZERO,
            0,
            1024,
            pairs,
            (2, 1, 1),
        );
        settings.cut = CutSettings {
            trigger,
            period: SimDuration::from_ns(100),
            size: 1024,
            switch: Switch::Window,
            coordination: SimDuration::from_ns(8),
            hold_limit: SimDuration::from_ns(50),
            fold: true,
            queue: Queue::Legacy,
        };
        let machine = LocalSite::new(&settings, [None, None].into_iter());
        Self { settings, machine, now: 0 }
    }

    fn tell(&mut self, now: u64, input: LocalSiteInput) -> Vec<LocalSiteOutput> {
        self.now = now;
        let context = Context { settings: &self.settings, now: SimTime::from_ns(now), reading: now };
        let mut out = vec![];
        self.machine.handle(&context, input, &mut out);
        out
    }

    /// What the coordinator does.
    fn steps(&mut self, now: u64, input: LocalSiteInput) -> Vec<LocalSiteOutput> {
        let is_step = |output: &LocalSiteOutput| matches!(output, ArmCut(..) | Cut(..));
        self.tell(now, input).into_iter().filter(is_step).collect()
    }

    fn due(&mut self, now: u64) -> Vec<LocalSiteOutput> {
        self.steps(now, LocalSiteInput::CutDue(G))
    }

    /// A request of one block: the writes that are accepted, and what the coordinator does.
    fn request(&mut self, now: u64, local: usize, serial: u64) -> (Vec<u64>, Vec<LocalSiteOutput>) {
        let (write, pair) = (write(serial), Some(PairId::from(local)));
        let request = WriteRequest { write, unit: 0, pair, position: 8 * serial, size: 512, host_stamp: 0 };
        let out = self.tell(now, LocalSiteInput::Request(L[local], request));
        let steps = out.iter().filter(|output| matches!(output, ArmCut(..) | Cut(..))).copied().collect();
        (accepted(&out), steps)
    }

    fn completion(&mut self, now: u64, local: usize, number: u64) -> Vec<LocalSiteOutput> {
        let (stream, answers) = (StreamId(local as u32), SendingId::UNKNOWN);
        self.steps(now, LocalSiteInput::Completion { local: L[local], stream, number, answers })
    }
}

fn accepted(out: &[LocalSiteOutput]) -> Vec<u64> {
    let write = |output: &LocalSiteOutput| match *output {
        Of(_, LocalOutput::Accepted(write)) => Some(write.serial),
        _ => None,
    };
    out.iter().filter_map(write).collect()
}

fn tells(local: usize, command: CutCommand) -> LocalSiteOutput {
    Cut(G, CutStep::Tells(L[local], command))
}

fn arm(at: u64) -> LocalSiteOutput {
    ArmCut(G, SimTime::from_ns(at))
}

/// One cut from beginning to end, and the next one when it has been copied.
#[test]
fn a_cut_holds_switches_and_sends() {
    let mut site = Site::new(Trigger::Period);
    assert_eq!(site.steps(0, LocalSiteInput::Start), [arm(100)]);
    assert_eq!(site.request(10, 1, 0), (vec![0], vec![]));
    assert_eq!(site.machine.awaits_cut(G), Some(true));
    assert_eq!(site.due(100), [tells(0, Hold), tells(0, To(2)), arm(108)]);
    assert_eq!(site.machine.awaits_cut(G), Some(false));
    assert_eq!(L.map(|local| site.machine.holds(local, G)), [true, false]);
    assert_eq!(site.request(101, 0, 1), (vec![], vec![]), "held");
    assert_eq!(site.due(108), [tells(1, Hold), tells(1, To(2)), arm(109)]);
    let out = site.tell(109, LocalSiteInput::CutDue(G));
    assert_eq!(accepted(&out), [1]);
    let steps: Vec<_> = out.iter().filter(|output| matches!(output, ArmCut(..) | Cut(..))).collect();
    let expected =
        [tells(0, Release), tells(1, Release), arm(209), tells(0, Transmit(1)), tells(1, Transmit(1))];
    assert_eq!(steps, expected.iter().collect::<Vec<_>>());
    // System 0 has sent a barrier, system 1 write 0 and a barrier.
    assert_eq!((site.completion(150, 0, 0), site.completion(151, 1, 0)), (vec![], vec![]));
    assert_eq!(site.due(209), [], "not copied");
    let next = [tells(0, Hold), tells(0, To(3)), arm(228)];
    assert_eq!(site.completion(220, 1, 1), next);
}

/// `trigger = "size"`: the bytes of all systems count, and the write that fills the set is in it.
#[test]
fn the_write_that_fills_a_set_ends_it() {
    let mut site = Site::new(Trigger::Size);
    site.steps(0, LocalSiteInput::Start);
    assert_eq!(site.request(10, 0, 0), (vec![0], vec![]));
    assert_eq!(site.request(11, 1, 1), (vec![1], vec![tells(0, Hold), tells(0, To(2)), arm(19)]));
    let mut site = Site::new(Trigger::Period);
    site.steps(0, LocalSiteInput::Start);
    site.request(10, 0, 0);
    assert_eq!(site.request(11, 1, 1), (vec![1], vec![]));
}

/// `trigger = "size"`: a write that has waited for its nanosecond, or for the window, fills a set as any other does.
#[test]
fn a_write_that_waited_fills_a_set() {
    let mut site = Site::new(Trigger::Size);
    site.steps(0, LocalSiteInput::Start);
    assert_eq!(site.request(10, 0, 0), (vec![0], vec![]));
    assert_eq!(site.request(10, 0, 1), (vec![], vec![]), "one write per nanosecond");
    let fix = LocalTimer { of: TimerOf::Fix(L[0]), life: 0 };
    assert_eq!(site.steps(11, LocalSiteInput::Due(fix)), [tells(0, Hold), tells(0, To(2)), arm(19)]);
    assert_eq!(site.request(12, 0, 2), (vec![], vec![]), "held");
    assert_eq!(site.due(19), [tells(1, Hold), tells(1, To(2)), arm(20)]);
    assert_eq!(site.request(19, 0, 3), (vec![], vec![]), "held");
    site.due(20);
    // The first set is copied when system 0 has two writes and a barrier completed, and system 1 a barrier.
    for (local, number) in [(0, 0), (0, 1), (0, 2)] {
        assert_eq!(site.completion(30, local, number), []);
    }
    let next = site.completion(31, 1, 0);
    assert_eq!(next, [], "the second write that was held is not accepted yet");
    let fix = LocalTimer { of: TimerOf::Fix(L[0]), life: 0 };
    assert_eq!(site.steps(32, LocalSiteInput::Due(fix)), [tells(0, Hold), tells(0, To(3)), arm(40)]);
}

/// A system that is down is not told to switch or to send. The window is closed for it all the same, and what it has not
/// heard is said when it is back.
#[test]
fn a_system_that_is_down_is_told_when_it_is_back() {
    let mut site = Site::new(Trigger::Period);
    site.steps(0, LocalSiteInput::Start);
    site.due(100);
    site.due(108);
    site.tell(108, LocalSiteInput::Crash(L[1]));
    assert!(site.machine.holds(L[1], G));
    let steps = [tells(0, Release), tells(1, Release), arm(209), tells(0, Transmit(1))];
    assert_eq!(site.due(109), steps);
    assert!(!site.machine.holds(L[1], G));
    site.tell(119, LocalSiteInput::Crash(L[1]));
    assert_eq!(site.steps(120, LocalSiteInput::Restart(L[1])), [], "another crash has not ended");
    let again = [tells(1, To(2)), tells(1, Release), tells(1, Transmit(1))];
    assert_eq!(site.steps(120, LocalSiteInput::Restart(L[1])), again);
}

/// A system that fails in the window holds the others up until the limit.
#[test]
fn a_cut_is_given_up_at_its_limit() {
    let mut site = Site::new(Trigger::Period);
    site.steps(0, LocalSiteInput::Start);
    site.due(100);
    site.tell(101, LocalSiteInput::Crash(L[1]));
    assert_eq!(site.request(102, 0, 0), (vec![], vec![]));
    assert_eq!(site.due(108), [arm(150)]);
    let out = site.tell(150, LocalSiteInput::CutDue(G));
    assert_eq!((out[0], accepted(&out)), (Cut(G, CutStep::GivesUp), vec![0]));
}

/// Other schemes have no coordinator, and inputs that are its own are nobody's by clock.
#[test]
fn only_cuts_have_a_coordinator() {
    let settings = settings(Scheme::Group, 1, &[]);
    let machine = LocalSite::new(&settings, [None].into_iter());
    assert_eq!(machine.awaits_cut(G), None);
    assert_eq!(LocalSiteInput::CutDue(G).system(&settings), None);
    assert_eq!(LocalSiteInput::Landed(L[0], 3).system(&settings), Some(L[0]));
}
