//! Scheme `cut` at the local site: when the coordinator of a group has its local systems switch, and what it says to one
//! that was down.

use super::*;
use crate::protocol::disk::cut_coordinator::{Coordinator, Order, Surroundings};
use crate::protocol::disk::ordering::cut::{CutCommand, CutSettings, Queue, Switch, Trigger};
use crate::protocol::rules::CutWindow;
use crate::units::SimTime;
use CutCommand::{Hold, Release, Switch as To, Transmit};
use Order::{Arm, GiveUp, Tell};

const L: [LocalId; 3] = [LocalId(0), LocalId(1), LocalId(2)];

/// Every 100 ns; the last local system is told 8 ns after the first, and hosts are held for 50 ns at most.
const CUT: CutSettings = CutSettings {
    trigger: Trigger::Period,
    period: SimDuration::from_ns(100),
    size: 4096,
    switch: Switch::Window,
    coordination: SimDuration::from_ns(8),
    hold_limit: SimDuration::from_ns(50),
    fold: true,
    queue: Queue::Legacy,
};

/// The coordinator of a group, and what it knows.
struct Cuts {
    coordinator: Coordinator,
    cut: CutSettings,
    window: CutWindow,
    is_up: [bool; 3],
    captured: u64,
    now: u64,
}

impl Cuts {
    /// Of the first so many local systems.
    fn of(locals: usize, cut: CutSettings) -> Self {
        let coordinator = Coordinator::new(L[..locals].to_vec());
        Self { coordinator, cut, window: CutWindow::Held, is_up: [true; 3], captured: 1, now: 0 }
    }

    fn ask(&mut self, ask: impl FnOnce(&mut Coordinator, &Surroundings, &mut Vec<Order>)) -> Vec<Order> {
        let Self { ref cut, window, ref is_up, captured, now, .. } = *self;
        let around = Surroundings { cut, window, now: SimTime::from_ns(now), is_up, captured };
        let mut out = vec![];
        ask(&mut self.coordinator, &around, &mut out);
        out
    }

    fn start(&mut self) -> Vec<Order> {
        self.ask(Coordinator::start)
    }

    fn due(&mut self, now: u64) -> Vec<Order> {
        self.now = now;
        self.ask(Coordinator::due)
    }

    fn consider(&mut self) -> Vec<Order> {
        self.ask(Coordinator::consider)
    }

    fn copied(&mut self, local: LocalId, set: u32) -> Vec<Order> {
        self.ask(|coordinator, around, out| coordinator.copied(around, local, set, out))
    }

    /// It is back, then.
    fn restarted(&mut self, local: LocalId, now: u64) -> Vec<Order> {
        self.now = now;
        self.is_up[local.index()] = true;
        self.ask(|coordinator, around, out| coordinator.restarted(around, local, out))
    }
}

const fn arm(at: u64) -> Order {
    Arm(SimTime::from_ns(at))
}

/// Nobody to tell: no timer runs, and nothing is cut.
#[test]
fn a_group_without_pairs_is_never_cut() {
    let mut cuts = Cuts::of(0, CutSettings { trigger: Trigger::Size, ..CUT });
    cuts.captured = u64::MAX;
    assert_eq!((cuts.start(), cuts.consider(), cuts.due(100)), (vec![], vec![], vec![]));
}

/// One local system switches by itself: nobody is held. The next period runs from there, and the set is sent.
#[test]
fn one_local_system_switches_when_the_period_is_over() {
    let mut cuts = Cuts::of(1, CUT);
    cuts.now = 7;
    assert_eq!(cuts.start(), [arm(107)]);
    assert_eq!((cuts.consider(), cuts.due(100)), (vec![], vec![]), "not yet");
    assert_eq!(cuts.due(107), [Tell(L[0], To(2)), arm(207), Tell(L[0], Transmit(1))]);
    assert_eq!(cuts.due(107), [], "a timer counts once");
}

/// Each holds its hosts when its turn comes and switches, evenly spread; in the nanosecond after the last all go on.
#[test]
fn local_systems_switch_one_after_the_other_and_go_on_together() {
    let mut cuts = Cuts::of(3, CUT);
    cuts.start();
    assert_eq!(cuts.due(100), [Tell(L[0], Hold), Tell(L[0], To(2)), arm(104)]);
    assert_eq!(cuts.due(104), [Tell(L[1], Hold), Tell(L[1], To(2)), arm(108)]);
    assert_eq!(cuts.consider(), [arm(108)], "whoever asks before changes nothing");
    assert_eq!(cuts.due(108), [Tell(L[2], Hold), Tell(L[2], To(2)), arm(109)]);
    assert_eq!(cuts.consider(), []);
    let released = L.map(|local| Tell(local, Release));
    let sent = L.map(|local| Tell(local, Transmit(1)));
    assert_eq!(cuts.due(109), [&released[..], &[arm(209)], &sent].concat());
}

/// Where all are told at once, a cut takes its nanosecond all the same.
#[test]
fn local_systems_may_be_told_at_once() {
    let mut cuts = Cuts::of(2, CutSettings { coordination: SimDuration::ZERO, ..CUT });
    cuts.start();
    let told = [Tell(L[0], Hold), Tell(L[0], To(2)), Tell(L[1], Hold), Tell(L[1], To(2)), arm(101)];
    assert_eq!(cuts.due(100), told);
}

/// Each holds its hosts when it is told; they switch when all do.
#[test]
fn serialised_systems_switch_at_the_end() {
    let mut cuts = Cuts::of(2, CutSettings { switch: Switch::Serialise, ..CUT });
    cuts.start();
    assert_eq!(cuts.due(100), [Tell(L[0], Hold), arm(108)]);
    assert_eq!(cuts.due(108), [Tell(L[1], Hold), arm(109)]);
    let first = [Tell(L[0], To(2)), Tell(L[0], Release), Tell(L[1], To(2)), Tell(L[1], Release)];
    assert_eq!(cuts.due(109)[..4], first);
}

/// Rule `cut-window`, literally: each switches when it is told, by either way, and nobody is held.
#[test]
fn without_the_rule_nobody_is_held() {
    for switch in [Switch::Window, Switch::Serialise] {
        let mut cuts = Cuts::of(2, CutSettings { switch, hold_limit: SimDuration::from_ns(1), ..CUT });
        cuts.window = CutWindow::None;
        cuts.start();
        assert_eq!(cuts.due(100), [Tell(L[0], To(2)), arm(108)]);
        let last = [Tell(L[1], To(2)), arm(208), Tell(L[0], Transmit(1)), Tell(L[1], Transmit(1))];
        assert_eq!(cuts.due(108), last);
    }
}

/// A set is switched only when every local system works: one that is down would go on capturing the old one.
#[test]
fn a_switch_waits_for_a_system_that_is_down() {
    let mut cuts = Cuts::of(2, CUT);
    cuts.start();
    cuts.is_up[1] = false;
    assert_eq!(cuts.due(100), []);
    let begun = [Tell(L[1], To(1)), Tell(L[1], Release), Tell(L[0], Hold), Tell(L[0], To(2)), arm(138)];
    assert_eq!(cuts.restarted(L[1], 130), begun);
}

/// A system that fails before its turn has hosts of the others held, no longer than the limit. The cut is given up then,
/// and the next one takes in its writes.
#[test]
fn a_cut_is_given_up_when_hosts_have_been_held_for_too_long() {
    let mut cuts = Cuts::of(2, CUT);
    cuts.start();
    cuts.due(100);
    cuts.is_up[1] = false;
    assert_eq!(cuts.due(108), [arm(150)]);
    let given_up = [GiveUp, Tell(L[0], Release), Tell(L[1], Release), arm(250)];
    assert_eq!(cuts.due(150), given_up);
    // It did not hear of the switch, and captures what is open like the others when it is back.
    assert_eq!(cuts.restarted(L[1], 160), [Tell(L[1], To(2)), Tell(L[1], Release)]);
    assert_eq!(cuts.due(250), [Tell(L[0], Hold), Tell(L[0], To(3)), arm(258)]);
    cuts.due(258);
    assert_eq!(cuts.due(259)[3..], [Tell(L[0], Transmit(2)), Tell(L[1], Transmit(2))]);
}

/// A limit that is over before the next turn comes first; a system that is back in time goes on with the cut.
#[test]
fn the_limit_of_a_cut_is_counted_from_its_begin() {
    let mut cuts = Cuts::of(2, CutSettings { hold_limit: SimDuration::from_ns(5), ..CUT });
    cuts.start();
    assert_eq!(cuts.due(100)[2..], [arm(105)]);
    assert_eq!(cuts.due(105)[0], GiveUp);

    let mut cuts = Cuts::of(2, CUT);
    cuts.start();
    cuts.due(100);
    cuts.is_up[1] = false;
    cuts.due(108);
    assert_eq!(cuts.restarted(L[1], 149), [Tell(L[1], Hold), Tell(L[1], To(2)), arm(150)]);
    assert_eq!(cuts.due(150)[..2], [Tell(L[0], Release), Tell(L[1], Release)]);
}

/// Where nobody is held there is no limit: a cut waits for whoever is down as long as it takes.
#[test]
fn a_cut_that_holds_nobody_is_not_given_up() {
    let mut cuts = Cuts::of(2, CUT);
    cuts.window = CutWindow::None;
    cuts.start();
    cuts.due(100);
    cuts.is_up[1] = false;
    assert_eq!(cuts.due(108), []);
    assert_eq!(cuts.restarted(L[1], 999)[..2], [Tell(L[1], To(2)), arm(1099)]);
}

/// `trigger = "size"`: so many bytes, and not one less; or the period.
#[test]
fn a_set_that_is_full_is_switched_before_its_period_is_over() {
    for (trigger, switches) in [(Trigger::Size, true), (Trigger::Period, false)] {
        let mut cuts = Cuts::of(1, CutSettings { trigger, ..CUT });
        cuts.start();
        (cuts.captured, cuts.now) = (4095, 20);
        assert_eq!(cuts.consider(), []);
        cuts.captured = 4096;
        let switched = [Tell(L[0], To(2)), arm(120), Tell(L[0], Transmit(1))];
        assert_eq!(cuts.consider(), if switches { &switched[..] } else { &[] });
        if switches {
            assert_eq!(cuts.due(100), [], "the timer of the set that is gone");
        }
    }
    let mut cuts = Cuts::of(1, CutSettings { trigger: Trigger::Size, ..CUT });
    cuts.start();
    assert_eq!(cuts.due(100)[0], Tell(L[0], To(2)));
}

/// The next set is switched when the last one has been copied, by every local system.
#[test]
fn a_set_waits_until_the_last_one_is_copied() {
    let two = CutSettings { coordination: SimDuration::ZERO, ..CUT };
    let mut cuts = Cuts::of(2, two);
    cuts.start();
    cuts.due(100);
    cuts.due(101);
    assert_eq!(cuts.due(201), []);
    cuts.now = 210;
    assert_eq!(cuts.copied(L[0], 1), []);
    assert_eq!(cuts.copied(L[0], 1), [], "said twice by the same");
    assert_eq!(cuts.copied(L[1], 7), [], "of another set");
    assert_eq!(cuts.copied(L[2], 1), [], "by a stranger");
    assert_eq!(cuts.copied(L[1], 1)[..2], [Tell(L[0], Hold), Tell(L[0], To(3))]);
    assert_eq!(cuts.copied(L[1], 1), []);
    // Whoever is copied before the period is over waits for that.
    assert_eq!(cuts.due(211)[2..], [arm(311), Tell(L[0], Transmit(2)), Tell(L[1], Transmit(2))]);
    cuts.copied(L[0], 2);
    assert_eq!(cuts.copied(L[1], 2), []);
    assert_eq!(cuts.due(311)[..2], [Tell(L[0], Hold), Tell(L[0], To(4))]);
}

/// `queue = "multi-cycle"`: sets queue behind the one that is sent, but for empty ones; they are sent one at a time.
#[test]
fn sets_may_queue() {
    let many = CutSettings { queue: Queue::MultiCycle, ..CUT };
    let mut cuts = Cuts::of(1, many);
    cuts.start();
    assert_eq!(cuts.due(100)[2..], [Tell(L[0], Transmit(1))]);
    assert_eq!(cuts.due(200), [Tell(L[0], To(3)), arm(300)]);
    cuts.captured = 0;
    assert_eq!(cuts.due(300), []);
    cuts.captured = 1;
    assert_eq!(cuts.consider(), [Tell(L[0], To(4)), arm(400)]);
    cuts.captured = 0;
    assert_eq!(cuts.due(400), []);
    assert_eq!(cuts.copied(L[0], 1), [Tell(L[0], Transmit(2))], "set 3 waits: an empty one waits behind it");
    assert_eq!(cuts.copied(L[0], 2), [Tell(L[0], Transmit(3))]);
    assert_eq!(cuts.copied(L[0], 3), [Tell(L[0], To(5)), arm(500), Tell(L[0], Transmit(4))]);

    // `trigger = "previous-done"` says itself that sets do not queue.
    let mut cuts = Cuts::of(1, CutSettings { trigger: Trigger::PreviousDone, ..many });
    cuts.start();
    cuts.due(100);
    assert_eq!(cuts.due(200), []);
    assert_eq!(cuts.copied(L[0], 1)[0], Tell(L[0], To(3)));
}

/// A period of no time is one nanosecond: cuts do not follow one another in one instant.
#[test]
fn a_period_of_no_time_takes_a_nanosecond() {
    let mut cuts = Cuts::of(1, CutSettings { period: SimDuration::ZERO, ..CUT });
    assert_eq!(cuts.start(), [arm(0)]);
    assert_eq!(cuts.due(0)[1], arm(1));
}

/// What is said again to a system that is back: the open set between two switches, and the set that is sent, unless all of
/// its own has been copied. During a switch it captures what it has captured.
#[test]
fn what_a_system_may_not_have_heard_is_said_again() {
    let mut cuts = Cuts::of(2, CUT);
    cuts.start();
    assert_eq!(cuts.restarted(L[0], 50), [Tell(L[0], To(1)), Tell(L[0], Release)]);
    cuts.due(100);
    assert_eq!(cuts.restarted(L[0], 104), [arm(108)], "it holds its hosts");
    cuts.due(108);
    cuts.due(109);
    cuts.copied(L[0], 1);
    let open = |local| [Tell(local, To(2)), Tell(local, Release)];
    assert_eq!(cuts.restarted(L[0], 120), open(L[0]));
    assert_eq!(cuts.restarted(L[1], 121), [&open(L[1])[..], &[Tell(L[1], Transmit(1))]].concat());
}

/// `explore`: time only orders, and a coordinator takes it for as late as what it waits for.
#[test]
fn a_coordinator_without_time_takes_its_timer_for_due() {
    let mut cuts = Cuts::of(2, CUT);
    assert_eq!((cuts.coordinator.untimed(), cuts.coordinator.awaits()), (SimTime::ZERO, None));
    cuts.start();
    assert_eq!((cuts.coordinator.untimed().as_ns(), cuts.coordinator.awaits()), (100, Some(true)));
    cuts.due(100);
    assert_eq!((cuts.coordinator.untimed().as_ns(), cuts.coordinator.awaits()), (108, Some(false)));

    let mut cuts = Cuts::of(2, CUT);
    cuts.window = CutWindow::None;
    cuts.start();
    cuts.due(100);
    cuts.is_up[1] = false;
    cuts.due(108);
    assert_eq!((cuts.coordinator.untimed().as_ns(), cuts.coordinator.awaits()), (100, None), "since then");
    assert_eq!(L.map(|local| cuts.coordinator.concerns(local)), [true, true, false]);
}
