//! The crash of control unit 200: what it forgets, what survives, and how it goes on (rule `non-volatile`).

use super::*;

/// Rule `non-volatile`: what was numbered is resent under its number, what was done is destaged again, and
/// the next number and stamp go on from the last.
#[test]
fn after_a_crash_everything_goes_on_from_what_survived() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), None);
    local.skew = 1000;
    local.write(0, 0);
    local.write(1, 8);
    local.write(2, 16);
    assert_eq!(destaged(&local.completion(0)), [0]);
    assert_eq!(destaged(&local.completion(2)), [2]);
    local.skew = 0;
    let (lost, restarted) = crash(&mut local);
    assert_eq!(lost, []);
    assert_eq!(destaged(&restarted), [0, 2], "they were on their way to the unit");
    assert_eq!(marker_armed(&restarted), 105 + 1000);
    assert!(restarted.contains(&LocalOutput::ArmResend(SimTime::from_ns(105))));
    assert_eq!(sent(&local.tell(LocalInput::ResendDue)), [(1, 1102)]);
    assert_eq!(sent(&local.write(3, 16)), [(3, 1104)], "stamps increase");
}

/// A crash between steps 601 and 602: the number is taken and nothing is sent; after the restart it is.
#[test]
fn a_crash_between_numbering_and_sending_leaves_no_gap() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), None);
    local.tell(LocalInput::CrashBeforeSend);
    let out = local.write(0, 0);
    assert_eq!((sent(&out), out.last()), (vec![], Some(&LocalOutput::Fails)));
    crash(&mut local);
    assert_eq!(sent(&local.tell(LocalInput::ResendDue)), [(0, 101)]);
    assert_eq!(sent(&local.write(1, 8)), [(1, 104)], "one crash was asked for");
}

/// Requests that were not accepted are gone with the crash, and so is the crash that was asked for.
#[test]
fn a_crash_forgets_requests_and_timers() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), None);
    local.write(0, 0);
    local.tell(LocalInput::WriteRequest(request(1, Some(0), 8, 512)));
    local.tell(LocalInput::CrashBeforeSend);
    crash(&mut local);
    assert_eq!(local.tell(LocalInput::FixDue), []);
    let out = local.write(2, 16);
    assert_eq!(sent(&out), [(1, 104)]);
    let again = local.tell(LocalInput::WriteRequest(request(3, Some(0), 24, 512)));
    assert_eq!(again, [LocalOutput::ArmFix(SimTime::from_ns(105))]);
}

/// Rule `non-volatile`, item by item: what a control unit that loses it does next.
#[test]
fn each_item_that_a_local_crash_loses_shows() {
    // `last-stamp`: a clock that was set back gives stamps that were given before.
    let mut local = Local::new(settings(Scheme::Group, 1, &[("non-volatile", "last-stamp")]), None);
    local.skew = 1000;
    local.write(0, 0);
    local.skew = 0;
    crash(&mut local);
    assert_eq!(sent(&local.write(1, 8)), [(1, 104)]);

    // `counters`: numbers are given again.
    let mut local = Local::new(settings(Scheme::Group, 1, &[("non-volatile", "counters")]), None);
    local.write(0, 0);
    local.write(1, 8);
    crash(&mut local);
    assert_eq!(sent(&local.write(2, 16)), [(0, 105)]);

    // `unsent-numbers`: what was outstanding is numbered anew, in its order, before what waited.
    let rules = [("non-volatile", "unsent-numbers"), ("width", "serial-8")];
    let mut local = Local::new(settings(Scheme::Group, 1, &rules), None);
    for serial in 0..130 {
        local.write(serial, serial * 8);
    }
    let (lost, restarted) = crash(&mut local);
    assert_eq!(lost, []);
    assert_eq!(sent(&restarted), (0..128).map(|at| (128 + at, 101 + at)).collect::<Vec<_>>());
    assert_eq!(sent(&local.completion(128)), [(0, 229)], "256, as 8 bits have it");

    // `unsent-data`: the cache is empty and says so; its room is free, and numbers of writes are never
    // resent.
    let mut local = Local::new(settings(Scheme::Group, 1, &[("non-volatile", "unsent-data")]), Some(1024));
    local.tell(LocalInput::MarkerDue(StreamId(0)));
    local.write(0, 0);
    local.write(1, 0);
    let (lost, _) = crash(&mut local);
    assert_eq!(lost, [LocalOutput::CacheLost(write(0)), LocalOutput::CacheLost(write(1))]);
    assert_eq!(sent(&local.tell(LocalInput::ResendDue)), [(0, 100)], "the marker alone");
    assert_eq!(sent(&local.write(2, 0)), [(3, 105)]);
    assert_eq!(sent(&local.write(3, 8)), [(4, 106)], "there is room for two again");
    assert_eq!(destaged(&local.completion(3)), [2], "and nobody to wait for");
}
