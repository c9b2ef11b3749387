//! What counts as lost on a path, when, and what is learnt from completions.

use super::super::{Early, ResendUnit, Retransmit, WindowRule};
use super::*;
use crate::units::SimDuration;

fn ms(ms: u64) -> SimDuration {
    SimDuration::from_ms(ms)
}

fn at(milliseconds: u64) -> SimTime {
    SimTime::ZERO + ms(milliseconds)
}

fn transport(early: Early, window: WindowRule) -> Transport {
    let retransmit = Retransmit::Adaptive { initial: ms(1_000), minimum: ms(200), maximum: ms(60_000) };
    Transport { retransmit, early, window, segment: 1_000, unit: ResendUnit::Write }
}

/// It is kept until the completion has come back (`results/performance`).
#[test]
fn a_sending_is_short() {
    assert_eq!(size_of::<Option<Sending<(u64, u32, u64)>>>(), 48);
}

/// All that is lost now.
fn lost<T: Copy>(sender: &mut PathSender<T>, now: SimTime, occasion: Occasion) -> Vec<T> {
    std::iter::from_fn(|| sender.take_lost(now, occasion)).collect()
}

/// What is lost when the timer that is asked for runs out.
fn expire<T: Copy>(sender: &mut PathSender<T>, now: SimTime) -> (SimTime, Vec<T>) {
    let due = sender.timer(now).unwrap();
    (due, lost(sender, due, Occasion::Timer))
}

/// What the completion of something that was sent once shows to be lost.
fn complete<T: Copy>(sender: &mut PathSender<T>, now: SimTime, id: SendingId) -> Vec<T> {
    sender.on_completion(now, Some(id), id);
    lost(sender, now, Occasion::Completion)
}

#[test]
fn a_constant_timer_runs_from_each_sending() {
    let mut sender = PathSender::new(&Transport::fixed(ms(200)));
    let first = sender.on_sent(at(0), 'a', 10, None);
    let second = sender.on_sent(at(50), 'b', 10, None);
    assert!(complete(&mut sender, at(60), first).is_empty());
    assert_eq!(expire(&mut sender, at(60)), (at(250), vec!['b']));
    assert_eq!(sender.timer(at(250)), None);
    sender.on_sent(at(250), 'b', 10, Some(second));
    assert_eq!(expire(&mut sender, at(250)), (at(450), vec!['b']));
}

/// What has arrived and is waited for takes no window, is no early loss, teaches nothing, and counts as lost after a
/// time-out, which it does not back off.
#[test]
fn what_is_waited_for_is_asked_for_again_after_a_time_out() {
    let mut sender = PathSender::new(&transport(Early::Completions(3), WindowRule::Bytes(1_000)));
    let first = sender.on_sent(at(0), 'a', 1_000, None);
    assert!(!sender.may_send(1_000) && complete(&mut sender, at(100), first).is_empty());
    let waited_for = sender.on_waited_for(at(100), 'a');
    assert!(sender.may_send(1_000) && sender.is_waited_for(waited_for));
    for tag in ['b', 'c', 'd', 'e'] {
        let id = sender.on_sent(at(110), tag, 1, None);
        assert!(complete(&mut sender, at(210), id).is_empty());
    }
    let timeout = sender.round_trip.timeout();
    assert_eq!(expire(&mut sender, at(210)), (at(100) + timeout, vec!['a']));
    assert_eq!(sender.round_trip.timeout(), timeout);
    let last = sender.on_waited_for(at(900), 'a');
    sender.on_completion(at(2_000), None, last);
    assert_eq!((sender.round_trip.timeout(), sender.timer(at(2_000))), (timeout, None));
}

#[test]
fn karn_what_was_sent_twice_is_no_sample_and_the_back_off_stays() {
    let mut sender = PathSender::new(&transport(Early::Off, WindowRule::Unlimited));
    let first = sender.on_sent(at(0), 'a', 10, None);
    assert_eq!(expire(&mut sender, at(0)), (at(1_000), vec!['a']));
    let again = sender.on_sent(at(1_000), 'a', 10, Some(first));
    assert!(complete(&mut sender, at(1_010), again).is_empty());
    // The time-out stays doubled, and 10 ms was not taken for a round trip.
    let fresh = sender.on_sent(at(1_010), 'b', 10, None);
    assert_eq!(sender.timer(at(1_010)), Some(at(3_010)));
    assert!(complete(&mut sender, at(1_110), fresh).is_empty());
    sender.on_sent(at(1_110), 'c', 10, None);
    assert_eq!(sender.timer(at(1_110)), Some(at(1_410))); // 100 + 4 * 50.
}

#[test]
fn one_outage_backs_off_once_a_round_and_not_once_for_each_sending() {
    let mut sender = PathSender::new(&transport(Early::Off, WindowRule::Unlimited));
    let ids: Vec<_> = (0..100).map(|tag| sender.on_sent(at(tag), tag, 10, None)).collect();
    assert_eq!(expire(&mut sender, at(99)), (at(1_000), vec![0]));
    for now in 1_001..1_100 {
        // Doubled at the first, so that the others are looked at again a second later.
        assert!(lost(&mut sender, at(now), Occasion::Timer).is_empty(), "at {now} ms");
    }
    assert_eq!(lost(&mut sender, at(2_099), Occasion::Timer).len(), 99);
    sender.on_sent(at(2_099), 0, 10, Some(ids[0]));
    assert_eq!(sender.timer(at(2_099)), Some(at(4_099)));
}

/// All of one instant is lost before the time-out is backed off, whatever was sent and completed earlier.
#[test]
fn what_was_sent_at_one_instant_times_out_at_one_instant() {
    let mut sender = PathSender::new(&transport(Early::Off, WindowRule::Unlimited));
    for tag in 0..3 {
        let id = sender.on_sent(at(tag), tag, 10, None);
        assert!(complete(&mut sender, at(100 + tag), id).is_empty());
    }
    for tag in 10..14 {
        sender.on_sent(at(200), tag, 10, None);
    }
    sender.on_sent(at(201), 14, 10, None);
    assert_eq!(expire(&mut sender, at(201)).1, [10, 11, 12, 13]);
}

/// What was lost before, and waits to be sent again, brings nothing else down with what times out now.
#[test]
fn only_what_has_timed_out_counts_as_lost() {
    let mut sender = PathSender::new(&Transport::fixed(ms(200)));
    sender.on_sent(at(0), 'a', 10, None);
    assert_eq!(expire(&mut sender, at(0)), (at(200), vec!['a']));
    sender.on_sent(at(210), 'b', 10, None);
    sender.on_sent(at(250), 'c', 10, None);
    assert_eq!(expire(&mut sender, at(250)), (at(410), vec!['b']));
    assert_eq!(expire(&mut sender, at(410)), (at(450), vec!['c']));
}

#[test]
fn a_round_trip_ends_the_back_off_for_what_is_in_flight_too() {
    let mut sender = PathSender::new(&transport(Early::Off, WindowRule::Unlimited));
    let first = sender.on_sent(at(0), 'a', 10, None);
    expire(&mut sender, at(0));
    sender.on_sent(at(1_000), 'a', 10, Some(first));
    let fresh = sender.on_sent(at(1_100), 'b', 10, None);
    assert_eq!(sender.timer(at(1_100)), Some(at(3_000)));
    assert!(complete(&mut sender, at(1_150), fresh).is_empty());
    // 50 + 4 * 25 is below the minimum of 200 ms.
    assert_eq!(sender.timer(at(1_150)), Some(at(1_200)));
}

#[test]
fn three_later_completions_are_a_loss_and_halve_the_window_once() {
    let mut sender = PathSender::new(&transport(Early::Completions(3), WindowRule::Aimd));
    let ids: Vec<_> = (0..10).map(|tag| sender.on_sent(at(tag), tag, 1_000, None)).collect();
    assert!(!sender.may_send(1_000));
    for &id in &ids[2..4] {
        assert!(complete(&mut sender, at(100), id).is_empty());
    }
    assert_eq!(complete(&mut sender, at(100), ids[4]), [0, 1]);
    // Seven in flight when it was found out: cwnd 3.5 segments, and
    // the five that are left fill it.
    assert!(!sender.may_send(1_000));
    for &id in &ids[5..8] {
        assert!(complete(&mut sender, at(110), id).is_empty());
    }
    assert!(sender.may_send(1_000));
}

#[test]
fn a_timeout_of_an_adaptive_window_takes_all_for_lost() {
    let mut sender = PathSender::new(&transport(Early::Off, WindowRule::Aimd));
    let ids: Vec<_> = (0..10).map(|tag| sender.on_sent(at(tag), tag, 1_000, None)).collect();
    let (due, lost) = expire(&mut sender, at(10));
    assert_eq!((due, lost), (at(1_000), (0..10).collect()));
    // One segment: the first goes, the second waits for its completion.
    assert!(sender.may_send(1_000));
    let first = sender.on_sent(at(1_000), 0, 1_000, Some(ids[0]));
    assert!(!sender.may_send(1_000));
    assert!(complete(&mut sender, at(1_100), first).is_empty());
    assert!(sender.may_send(2_000));
}

/// An outage of several time-outs: what was in flight when it began says where slow start ends, not the one segment
/// that was resent meanwhile.
#[test]
fn after_several_timeouts_slow_start_ends_at_half_of_what_was_in_flight_at_the_first() {
    let mut sender = PathSender::new(&transport(Early::Off, WindowRule::Aimd));
    let ids: Vec<_> = (0..10).map(|tag| sender.on_sent(at(0), tag, 1_000, None)).collect();
    let (mut now, mut last) = (at(0), ids[0]);
    for _ in 0..3 {
        let (due, lost) = expire(&mut sender, now);
        assert_eq!(lost[0], 0);
        (now, last) = (due, sender.on_sent(due, 0, 1_000, Some(last)));
    }
    assert!(complete(&mut sender, now + ms(100), last).is_empty());
    // Ten were in flight: up to five each completion adds one, and then one is added for each window.
    let mut in_flight = std::collections::VecDeque::new();
    for expected in [2_000, 3_000, 4_000, 5_000, 5_200] {
        assert_eq!(sender.window.bytes(), expected);
        while sender.may_send(1_000) {
            in_flight.push_back(sender.on_sent(now, 0, 1_000, None));
        }
        let id = in_flight.pop_front().unwrap();
        sender.on_completion(now, Some(id), id);
    }
}

#[test]
fn rack_has_a_timer_of_its_own() {
    let mut sender = PathSender::new(&transport(Early::Rack, WindowRule::Unlimited));
    let ids: Vec<_> = (0..3).map(|tag| sender.on_sent(at(tag), tag, 10, None)).collect();
    assert!(complete(&mut sender, at(102), ids[2]).is_empty());
    // The round trip was 100 ms, and a quarter of it is waited for.
    assert_eq!(sender.timer(at(102)), Some(at(125)));
    assert!(complete(&mut sender, at(110), ids[1]).is_empty());
    assert_eq!(expire(&mut sender, at(110)), (at(125), vec![0]));
}

/// The window of what is in flight counts what was sent again once.
#[test]
fn what_was_sent_again_is_in_flight_once() {
    let mut sender = PathSender::new(&transport(Early::Off, WindowRule::Bytes(30)));
    let first = sender.on_sent(at(0), 'a', 20, None);
    assert!(!sender.may_send(20));
    expire(&mut sender, at(0));
    assert!(sender.may_send(20));
    let again = sender.on_sent(at(1_000), 'a', 20, Some(first));
    assert_eq!(
        [first, again].map(|id| (sender.was_resent(id), sender.is_waited_for(id))),
        [(false, false), (true, false)]
    );
    assert!(!sender.may_send(20));
    sender.on_completion(at(1_010), Some(first), again);
    assert!(sender.may_send(20));
    assert_eq!(sender.timer(at(1_010)), None);
}

/// The completion of the first sending comes after the second: RACK must not take it for an answer to the second, and
/// so for a line that is faster than what is in flight. Without the name of the sending, b, sent 1 ms before, would be lost.
#[test]
fn a_late_completion_is_an_answer_to_what_it_answers() {
    let mut sender = PathSender::new(&transport(Early::Rack, WindowRule::Unlimited));
    let warm = sender.on_sent(at(0), 'w', 10, None);
    assert!(complete(&mut sender, at(100), warm).is_empty()); // The least round trip: 100 ms.
    let first = sender.on_sent(at(100), 'a', 10, None);
    assert_eq!(expire(&mut sender, at(100)), (at(400), vec!['a'])); // 100 + 4 * 50.
    sender.on_sent(at(499), 'b', 10, None);
    let again = sender.on_sent(at(500), 'a', 10, Some(first));
    sender.on_completion(at(650), Some(first), again);
    assert!(lost(&mut sender, at(650), Occasion::Completion).is_empty());
    // b has the time-out, backed off once. Had the second sending arrived, b would count as lost at 499 + 150 + 25.
    assert_eq!(sender.timer(at(650)), Some(at(1_099)));
}

/// On a line that reorders much from the beginning, RACK sends the first again for nothing, sees that, and waits longer:
/// it must not stay without a window because all that it hears of was sent twice.
#[test]
fn rack_sees_reordering_of_what_it_sent_again() {
    let mut sender = PathSender::new(&transport(Early::Rack, WindowRule::Unlimited));
    let warm = sender.on_sent(at(0), 'w', 10, None);
    assert!(complete(&mut sender, at(100), warm).is_empty());
    let late = sender.on_sent(at(100), 'a', 10, None);
    let others: Vec<_> = (101..104).map(|now| sender.on_sent(at(now), 'b', 10, None)).collect();
    let mut found = Vec::new();
    for other in others {
        found.extend(complete(&mut sender, at(201), other));
    }
    assert_eq!(found, ['a'], "three later ones came: no window without reordering");
    let again = sender.on_sent(at(201), 'a', 10, Some(late));
    sender.on_completion(at(202), Some(late), again);
    // From now on it waits a quarter of the least round trip.
    sender.on_sent(at(300), 'c', 10, None);
    let others: Vec<_> = (301..304).map(|now| sender.on_sent(at(now), 'd', 10, None)).collect();
    for other in others {
        assert!(complete(&mut sender, at(401), other).is_empty());
    }
    assert!(sender.timer(at(401)).is_some_and(|due| due >= at(420)));
}

/// An answer to a sending that is forgotten, the third last of the same, is no sign that the line reorders: three later
/// completions still are a loss.
#[test]
fn nothing_is_learnt_from_an_answer_to_what_is_forgotten() {
    let mut sender = PathSender::new(&transport(Early::Rack, WindowRule::Unlimited));
    let warm = sender.on_sent(at(0), 'w', 10, None);
    assert!(complete(&mut sender, at(100), warm).is_empty());
    let first = sender.on_sent(at(100), 'a', 10, None);
    assert_eq!(expire(&mut sender, at(100)), (at(400), vec!['a']));
    let second = sender.on_sent(at(400), 'a', 10, Some(first));
    assert_eq!(expire(&mut sender, at(400)), (at(1_000), vec!['a']));
    let third = sender.on_sent(at(1_000), 'a', 10, Some(second));
    let other = sender.on_sent(at(1_001), 'x', 10, None);
    assert!(complete(&mut sender, at(1_101), other).is_empty());
    sender.on_completion(at(1_102), Some(first), third);
    sender.on_sent(at(1_200), 'b', 10, None);
    let later: Vec<_> = (0..3).map(|_| sender.on_sent(at(1_201), 'c', 10, None)).collect();
    let found = later.into_iter().map(|id| complete(&mut sender, at(1_301), id));
    assert_eq!(found.collect::<Vec<_>>(), [vec![], vec![], vec!['b']]);
}

/// Of what is sent again and again two sendings are kept; the memory does not grow.
#[test]
fn the_two_last_sendings_are_kept() {
    let mut sender = PathSender::new(&Transport::fixed(ms(10)));
    let mut last = sender.on_sent(at(0), 'a', 10, None);
    let first = last;
    for round in 1..100 {
        assert_eq!(lost(&mut sender, at(10 * round), Occasion::Timer), ['a']);
        last = sender.on_sent(at(10 * round), 'a', 10, Some(last));
        assert!(sender.sendings.len() <= 2);
    }
    sender.on_completion(at(995), Some(first), last);
    assert_eq!((sender.timer(at(995)), sender.sendings.len()), (None, 0));
}

/// A control unit that crashed knows nothing of what it sent, and an answer to it names nothing new.
#[test]
fn a_restart_gives_no_name_twice() {
    let settings = transport(Early::Off, WindowRule::Bytes(20));
    let mut sender = PathSender::new(&settings);
    let id = sender.on_sent(at(0), 'a', 20, None);
    sender.restart(&settings);
    assert!(sender.may_send(20));
    assert!(sender.on_sent(at(1), 'b', 20, None) > id);
    assert_eq!(expire(&mut sender, at(1)), (at(1_001), vec!['b']), "the first time-out, as at the beginning");
}

/// What answers something that had been completed shows that the window of RACK is too narrow.
#[test]
fn a_needless_resend_widens_the_window_of_rack() {
    let mut sender = PathSender::new(&transport(Early::Rack, WindowRule::Unlimited));
    let first = sender.on_sent(at(0), 'x', 10, None);
    assert!(complete(&mut sender, at(100), first).is_empty());
    sender.on_sent(at(200), 'a', 10, None);
    let later = sender.on_sent(at(200), 'b', 10, None);
    assert!(complete(&mut sender, at(300), later).is_empty());
    assert_eq!(sender.timer(at(300)), Some(at(325)), "a quarter of the least round trip");
    sender.on_needless();
    assert_eq!(sender.timer(at(300)), Some(at(350)));
}

/// The round trip of an answer is that of the sending that it answers, though the same was sent before.
#[test]
fn the_round_trip_is_that_of_the_sending_that_is_answered() {
    let mut sender = PathSender::new(&transport(Early::Rack, WindowRule::Unlimited));
    let first = sender.on_sent(at(0), 'a', 10, None);
    assert_eq!(expire(&mut sender, at(0)), (at(1_000), vec!['a']));
    sender.on_sent(at(1_000), 'c', 10, None);
    let again = sender.on_sent(at(1_010), 'a', 10, Some(first));
    sender.on_completion(at(1_110), Some(again), again);
    assert_eq!(lost(&mut sender, at(1_110), Occasion::Completion), ['c'], "sent 110 ms ago: a took 100");
}
