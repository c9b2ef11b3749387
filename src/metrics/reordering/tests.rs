//! The examples of RFC 4737 and RFC 5236, and brute force from their definitions.

use proptest::prelude::*;

use super::*;
use crate::units::SimTime;

/// The arrival at place p comes at p milliseconds and has 100 bytes, unless a test says otherwise.
const BYTES: u32 = 100;
/// A threshold beyond every test.
const FAR: u64 = 1_000;

fn at(place: usize) -> SimTime {
    SimTime::from_ns(place as u64 * 1_000_000)
}

/// What a flow shows when 1..=`sent` are sent before anything arrives, in this order.
fn flow(sent: u64, order: &[u64]) -> Tally {
    let (mut flow, mut tally) = (Flow::default(), Tally::default());
    for number in 1..=sent {
        flow.on_sent(number, BYTES, !order.contains(&number), &mut tally);
    }
    for (place, &number) in order.iter().enumerate() {
        flow.on_arrived(number, at(place), &mut tally);
    }
    flow.finish(&mut tally);
    tally
}

/// What a log of these arrivals shows.
fn log(threshold: u64, order: &[u64]) -> Tally {
    let mut log = ArrivalLog::new(threshold);
    for (place, &number) in order.iter().enumerate() {
        log.on_arrived(number, at(place), BYTES);
    }
    log.finish()
}

fn pairs(counts: &Counts) -> Vec<(u64, u64)> {
    counts.iter().collect()
}

// The arrival orders of RFC 4737, section 7; the figures follow from the definitions of sections 3 to 5.

#[test]
fn rfc_4737_section_7_1_one_packet_reordered() {
    for tally in [flow(10, &[1, 2, 3, 5, 6, 7, 8, 4, 9, 10]), log(FAR, &[1, 2, 3, 5, 6, 7, 8, 4, 9, 10])] {
        // Packet 4 arrives in place 8, packet 5 in place 4: e = 8 - 4. It is 4-reordered, hence 3-reordered.
        let expected =
            Reordering { received: 10, reordered: 1, extent_sum: 4, extent_max: 4, three_reordered: 1 };
        assert_eq!(tally.found, expected);
        assert!((tally.found.ratio() - 0.1).abs() < 1e-15);
        // Late by four arrivals of a millisecond each; packets 5 to 8 had to be held for it.
        assert!((tally.late_times.mean_s() - 4e-3).abs() < 1e-12);
        assert_eq!(tally.byte_offsets.spread().max, 400);
        assert_eq!(tally.n_reordered(), [(1, 4, 1)]);
        // One discontinuity, so no gap; a run of seven before packet 4 (1, 2, 3, 5, 6, 7, 8), and two after it.
        assert_eq!((tally.discontinuities, tally.gaps.total()), (1, 0));
        let runs = FreeRuns { runs: 1, arrivals: 7, squares: 49, longest: 7, open: 2 };
        assert_eq!(tally.free_runs, runs);
    }
}

#[test]
fn rfc_4737_section_7_2_two_packets_reordered() {
    for tally in [flow(10, &[1, 2, 3, 4, 7, 5, 6, 8, 9, 10]), log(FAR, &[1, 2, 3, 4, 7, 5, 6, 8, 9, 10])] {
        // Extents 1 (packet 5) and 2 (packet 6); neither is 3-reordered, and only packet 5 is 1-reordered.
        let expected =
            Reordering { received: 10, reordered: 2, extent_sum: 3, extent_max: 2, three_reordered: 0 };
        assert_eq!(tally.found, expected);
        assert!((tally.found.extent_mean() - 1.5).abs() < 1e-15);
        assert_eq!(tally.n_reordered(), [(1, 1, 1)]);
        // Packet 7 alone is held, for both.
        assert!((tally.byte_offsets.spread().mean - 100.0).abs() < 1e-9);
        assert_eq!(tally.free_runs, FreeRuns { runs: 2, arrivals: 5, squares: 25, longest: 5, open: 3 });
    }
}

#[test]
fn rfc_4737_section_7_3_three_packets_in_a_row_reordered() {
    for tally in
        [flow(11, &[1, 2, 3, 7, 8, 9, 10, 4, 5, 6, 11]), log(FAR, &[1, 2, 3, 7, 8, 9, 10, 4, 5, 6, 11])]
    {
        // Packet 7 arrives in place 4; packets 4, 5, 6 in places 8, 9, 10: extents 4, 5, 6. Only packet 4 is
        // 3-reordered: packets 5 and 6 follow a smaller number at once (section 5.2).
        let expected =
            Reordering { received: 11, reordered: 3, extent_sum: 15, extent_max: 6, three_reordered: 1 };
        assert_eq!(tally.found, expected);
        assert_eq!(pairs(&tally.extents), [(4, 1), (5, 1), (6, 1)]);
        assert_eq!(tally.byte_offsets.spread().max, 400);
    }
}

#[test]
fn two_discontinuities_have_a_gap() {
    // Packet 3 (place 1) is found by packet 2 (place 2); packet 6 (place 4) by packet 5 (place 5).
    let tally = log(FAR, &[1, 3, 2, 4, 6, 5]);
    assert_eq!(tally.discontinuities, 2);
    assert_eq!(pairs(&tally.gaps), [(3, 1)]);
    assert!((tally.gap_times.mean_s() - 3e-3).abs() < 1e-12);
}

#[test]
fn a_gap_counts_only_from_a_discontinuity_that_was_found_before() {
    // Packet 5 finds packet 7 (place 2) before packet 2 finds packet 4 (place 1).
    let tally = log(FAR, &[1, 4, 7, 5, 2]);
    assert_eq!((tally.discontinuities, tally.gaps.total()), (2, 0));
}

// RFC 5236's running example: packet 2 is lost, packet 3 comes twice.

#[test]
fn rfc_5236_lost_and_duplicate_packets_have_no_receive_index() {
    let order = [1, 4, 3, 5, 3, 8, 7, 6];
    for tally in [flow(8, &order), log(FAR, &order), log(3, &order)] {
        // Receive indices 1, 3, 4, 5, -, 6, 7, 8: displacements 0, -1, 1, 0, -, -2, 0, 2.
        assert_eq!(tally.displacements(), [(-2, 1), (-1, 1), (0, 3), (1, 1), (2, 1)]);
        // Packet 4 waits for 3; packets 8 and 7 for 6.
        assert_eq!(pairs(&tally.occupancies), [(0, 4), (1, 2), (2, 1)]);
    }
}

#[test]
fn an_arrival_displaced_by_more_than_the_threshold_counts_as_lost() {
    let tally = log(2, &[2, 3, 4, 5, 1, 6]);
    assert_eq!(tally.displacements(), [(0, 5)]);
    assert_eq!(pairs(&tally.occupancies), [(0, 5)]);
    assert_eq!((tally.found.received, tally.found.reordered), (5, 0));
    // With a threshold of four it is late by four, and the others are early by one.
    let tally = log(4, &[2, 3, 4, 5, 1, 6]);
    assert_eq!(tally.displacements(), [(-1, 4), (0, 1), (4, 1)]);
    assert_eq!(pairs(&tally.occupancies), [(0, 2), (1, 1), (2, 1), (3, 1), (4, 1)]);
    assert_eq!((tally.found.received, tally.found.reordered), (6, 1));
}

#[test]
fn the_greatest_number_does_not_wait_for_ever() {
    let tally = log(FAR, &[u64::MAX, u64::MAX - 1]);
    assert_eq!(tally.displacements(), [(-1, 1), (1, 1)]);
    assert_eq!(pairs(&tally.occupancies), [(0, 1), (1, 1)]);
}

#[test]
fn the_log_says_what_became_of_a_copy() {
    let mut log = ArrivalLog::new(2);
    let mut take = |number| log.on_arrived(number, SimTime::ZERO, 0);
    assert_eq!(
        [take(5), take(5), take(6), take(7)],
        [Copy::First, Copy::Duplicate, Copy::First, Copy::First]
    );
    assert_eq!([take(4), take(7)], [Copy::TooLate, Copy::Duplicate]);
}

#[test]
fn losses_alone_are_not_reordering() {
    let tally = flow(9, &[2, 3, 5, 9]);
    assert_eq!(tally.found, Reordering { received: 4, ..Reordering::default() });
    assert_eq!(tally.displacements(), [(0, 4)]);
    assert_eq!(tally.free_runs, FreeRuns { open: 4, ..FreeRuns::default() });
}

#[test]
fn second_copies_do_not_count() {
    let (mut flow, mut tally) = (Flow::default(), Tally::default());
    for number in 0..3 {
        flow.on_sent(number, BYTES, false, &mut tally);
    }
    let mut arrive = |number| flow.on_arrived(number, SimTime::ZERO, &mut tally);
    assert!(arrive(0));
    assert!(arrive(2));
    assert!(!arrive(0), "a second copy of 0 is not a reordered packet");
    assert!(!arrive(2));
    assert!(arrive(1));
    assert_eq!((flow.found().received, flow.found().reordered), (3, 1));
}

#[test]
fn a_flow_watched_from_its_middle_does_not_see_what_was_sent_before() {
    let (mut flow, mut tally) = (Flow::default(), Tally::default());
    flow.on_sent(1_000_000_000, BYTES, false, &mut tally);
    assert!(!flow.on_arrived(999_999_999, SimTime::ZERO, &mut tally));
    assert!(flow.on_arrived(1_000_000_000, SimTime::ZERO, &mut tally));
    assert_eq!(*flow.found(), Reordering { received: 1, ..Reordering::default() });
    assert_eq!(tally.displacements(), [(0, 1)]);
}

#[test]
fn memory_is_bounded_by_the_packets_in_flight() {
    let (mut flow, mut tally) = (Flow::default(), Tally::default());
    // Blocks of 8 arrive backwards, with every fifth packet lost.
    for block in 0..10_000_u64 {
        for number in block * 8..block * 8 + 8 {
            flow.on_sent(number, BYTES, number % 5 == 0, &mut tally);
        }
        for number in (block * 8..block * 8 + 8).rev().filter(|number| number % 5 != 0) {
            flow.on_arrived(number, SimTime::ZERO, &mut tally);
            assert!(flow.held() <= 256 + 5 * 8, "{} entries for 8 packets in flight", flow.held());
        }
    }
}

#[test]
fn memory_of_a_log_is_bounded_by_the_threshold() {
    let mut log = ArrivalLog::new(100);
    // Every tenth number is lost, the others come in pairs backwards.
    for number in (0..200_000_u64).map(|number| number ^ 1).filter(|number| number % 10 != 0) {
        log.on_arrived(number, SimTime::ZERO, 0);
        assert!(log.held() <= 1_000, "{} entries", log.held());
    }
}

/// The definitions to the letter, in quadratic time and more, of first copies that arrive as `order` says.
struct ByDefinition {
    found: Reordering,
    extents: Vec<(u64, u64)>,
    byte_offsets: Vec<u64>,
    late_ms: u64,
    gaps: Vec<(u64, u64)>,
    discontinuities: u64,
    free_runs: FreeRuns,
    n_reordered: Vec<u64>,
    displacements: Vec<(i64, u64)>,
    occupancies: Vec<(u64, u64)>,
}

fn by_definition(order: &[u64]) -> ByDefinition {
    let count = |values: Vec<u64>| {
        let mut counts = Counts::default();
        for value in values {
            counts.add(value);
        }
        pairs(&counts)
    };
    let reordered = |i: usize| order[..i].iter().any(|&earlier| earlier > order[i]);
    let earliest = |i: usize| order[..i].iter().position(|&earlier| earlier > order[i]);
    let n_reordered =
        |i: usize, n: usize| n <= i && order[i - n..i].iter().all(|&earlier| earlier > order[i]);
    let places = 0..order.len();
    let extents: Vec<u64> = places.clone().filter_map(|i| earliest(i).map(|j| (i - j) as u64)).collect();
    // Section 4.4: payloads of larger numbers that arrived before.
    let byte_offsets: Vec<u64> = places
        .clone()
        .filter(|&i| reordered(i))
        .map(|i| {
            let held = order[..i].iter().filter(|&&earlier| earlier > order[i]).count();
            held as u64 * u64::from(BYTES)
        })
        .collect();
    // Section 4.5: every place that is the earliest of a reordered one, and who found it first.
    let mut found_by: Vec<(usize, usize)> = Vec::new();
    for i in places.clone() {
        if let Some(j) = earliest(i)
            && !found_by.iter().any(|&(other, _)| other == j)
        {
            found_by.push((j, i));
        }
    }
    found_by.sort_unstable();
    let gaps =
        found_by.windows(2).filter(|pair| pair[0].1 < pair[1].1).map(|pair| (pair[1].0 - pair[0].0) as u64);
    // Section 4.6.
    let mut free_runs = FreeRuns::default();
    for i in places.clone() {
        if reordered(i) {
            free_runs.runs += 1;
            free_runs.arrivals += free_runs.open;
            free_runs.squares += u128::from(free_runs.open).pow(2);
            free_runs.longest = free_runs.longest.max(free_runs.open);
            free_runs.open = 0;
        } else {
            free_runs.open += 1;
        }
    }
    // RFC 5236: the k-th arrival has the k-th least number that arrives at all for its receive index.
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    let mut displacements: Vec<i64> =
        places.clone().map(|i| sorted[i].cast_signed() - order[i].cast_signed()).collect();
    displacements.sort_unstable();
    let mut displaced: Vec<(i64, u64)> = Vec::new();
    for displacement in displacements {
        match displaced.last_mut() {
            Some(last) if last.0 == displacement => last.1 += 1,
            _ => displaced.push((displacement, 1)),
        }
    }
    let occupancy = |i: usize| {
        let expected = order[i + 1..].iter().min().copied().unwrap_or(u64::MAX);
        order[..=i].iter().filter(|&&number| number > expected).count() as u64
    };
    ByDefinition {
        found: Reordering {
            received: order.len() as u64,
            reordered: places.clone().filter(|&i| reordered(i)).count() as u64,
            extent_sum: extents.iter().map(|&extent| u128::from(extent)).sum(),
            extent_max: extents.iter().max().copied().unwrap_or(0),
            three_reordered: places.clone().filter(|&i| n_reordered(i, 3)).count() as u64,
        },
        late_ms: extents.iter().sum(),
        gaps: count(gaps.collect()),
        discontinuities: found_by.len() as u64,
        byte_offsets,
        free_runs,
        n_reordered: (1..=order.len())
            .map(|n| places.clone().filter(|&i| n_reordered(i, n)).count() as u64)
            .take_while(|&arrivals| arrivals > 0)
            .collect(),
        displacements: displaced,
        occupancies: count(places.map(occupancy).collect()),
        extents: count(extents),
    }
}

fn assert_as_defined(tally: &Tally, order: &[u64]) {
    let defined = by_definition(order);
    assert_eq!(tally.found, defined.found);
    assert_eq!(pairs(&tally.extents), defined.extents);
    let sum = tally.byte_offsets.spread().mean * defined.byte_offsets.len() as f64;
    assert!((sum - defined.byte_offsets.iter().sum::<u64>() as f64).abs() < 1e-3, "{sum}");
    assert_eq!(tally.byte_offsets.spread().max, defined.byte_offsets.iter().max().copied().unwrap_or(0));
    let late_ms = tally.late_times.mean_s() * 1e3 * defined.found.reordered as f64;
    assert!((late_ms - defined.late_ms as f64).abs() < 1e-6, "{late_ms}");
    assert_eq!(tally.discontinuities, defined.discontinuities);
    assert_eq!(pairs(&tally.gaps), defined.gaps);
    assert_eq!(tally.free_runs, defined.free_runs);
    let steps = tally.n_reordered();
    let every_n: Vec<u64> =
        steps.iter().flat_map(|&(first, last, arrivals)| (first..=last).map(move |_| arrivals)).collect();
    assert_eq!(every_n, defined.n_reordered);
    assert_eq!(tally.displacements(), defined.displacements);
    assert_eq!(pairs(&tally.occupancies), defined.occupancies);
}

proptest! {
    /// Random permutations with losses: flow and log show what the definitions say.
    #[test]
    fn permutations_are_measured_as_defined(
        order in prop::collection::vec((0_u64..1_000_000, prop::bool::weighted(0.2)), 0..120)
    ) {
        // A number's place is that of its random key; one in five is lost.
        let mut keyed: Vec<(u64, u64)> =
            order.iter().enumerate().filter(|(_, (_, lost))| !lost).map(|(n, &(key, _))| (key, n as u64 + 1)).collect();
        keyed.sort_unstable();
        let arrivals: Vec<u64> = keyed.into_iter().map(|(_, number)| number).collect();
        assert_as_defined(&flow(order.len() as u64, &arrivals), &arrivals);
        assert_as_defined(&log(FAR, &arrivals), &arrivals);
        // Numbers far apart have the same figures of RFC 4737.
        let apart: Vec<u64> = arrivals.iter().map(|number| number * 1_460_000_007).collect();
        let (near, far) = (log(FAR, &arrivals), log(FAR, &apart));
        prop_assert_eq!((near.found, near.larger_runs, near.gaps), (far.found, far.larger_runs, far.gaps));
        prop_assert_eq!(near.byte_offsets.spread().max, far.byte_offsets.spread().max);
    }

    /// Packets sent one per tick, delayed, lost and duplicated at random, show what the definitions say.
    #[test]
    fn a_flow_agrees_with_the_definitions(
        packets in prop::collection::vec((0_u64..30, prop::option::weighted(0.2, 0_u64..30), prop::bool::weighted(0.1)), 0..200),
    ) {
        // (time, sent before arrived, number)
        let mut events = Vec::new();
        for (number, &(delay, second, lost)) in packets.iter().enumerate() {
            let sent = number as u64;
            events.push((sent, 0, number as u64));
            if !lost {
                events.push((sent + delay, 1, number as u64));
                events.extend(second.map(|delay| (sent + delay, 1, number as u64)));
            }
        }
        events.sort_unstable();
        let (mut flow, mut tally) = (Flow::default(), Tally::default());
        let mut order = Vec::new();
        for (_, kind, number) in events {
            if kind == 0 {
                flow.on_sent(number, BYTES, packets[number as usize].2, &mut tally);
            } else {
                let first = !order.contains(&number);
                prop_assert_eq!(flow.on_arrived(number, at(order.len()), &mut tally), first);
                if first {
                    order.push(number);
                }
            }
        }
        flow.finish(&mut tally);
        assert_as_defined(&tally, &order);
    }

    /// A log with a small threshold measures RFC 4737 on what is not later than that.
    #[test]
    fn a_threshold_leaves_out_what_is_later(
        keys in prop::collection::vec(0_u64..40, 1..150),
        threshold in 1_u64..12,
    ) {
        let mut keyed: Vec<(u64, u64)> =
            keys.iter().enumerate().map(|(n, &key)| (n as u64 + key, n as u64)).collect();
        keyed.sort_unstable();
        let order: Vec<u64> = keyed.into_iter().map(|(_, number)| number).collect();
        // By definition: an arrival counts unless the first counted one with a larger number is too far back.
        let mut counted: Vec<u64> = Vec::new();
        for &number in &order {
            let first_larger = counted.iter().position(|&earlier| earlier > number);
            if first_larger.is_none_or(|j| (counted.len() - j) as u64 <= threshold) {
                counted.push(number);
            }
        }
        let tally = log(threshold, &order);
        let defined = by_definition(&counted);
        prop_assert_eq!(tally.found, defined.found);
        prop_assert_eq!(pairs(&tally.gaps), defined.gaps);
        prop_assert!(tally.displacements().iter().all(|&(by, _)| by.unsigned_abs() <= threshold));
    }

    /// RFC 5236 with a threshold: the published procedures in their own words, with lists.
    #[test]
    fn densities_follow_the_published_procedure(
        keys in prop::collection::vec((0_u64..25, prop::bool::weighted(0.1)), 1..120),
        threshold in 1_u64..12,
    ) {
        let mut keyed: Vec<(u64, u64)> = keys.iter().enumerate()
            .filter(|(_, (_, lost))| !lost)
            .map(|(n, &(key, _))| (n as u64 + key, n as u64))
            .collect();
        keyed.sort_unstable();
        let order: Vec<u64> = keyed.into_iter().map(|(_, number)| number).collect();
        let mut tally = Tally::default();
        let mut displacements = density::Displacements::new(threshold);
        for &number in &order {
            displacements.on_arrived(number, &mut tally);
        }
        displacements.finish(&mut tally);
        prop_assert_eq!(tally.displacements(), published(&order, threshold));
    }
}

/// The procedure for reorder density with plain lists.
fn published(order: &[u64], threshold: u64) -> Vec<(i64, u64)> {
    let mut rest = order.iter().copied();
    let mut window: Vec<u64> = rest.by_ref().take(threshold as usize + 1).collect();
    let mut buffer: Vec<u64> = Vec::new();
    let mut index = 0;
    let mut found = std::collections::BTreeMap::new();
    while !window.is_empty() {
        if !window.contains(&index) && !buffer.contains(&index) {
            let least = window.iter().chain(&buffer).min().copied().unwrap_or(0);
            index = if index < least { least } else { index + 1 };
            continue;
        }
        let number = window.remove(0);
        let displacement = index.cast_signed() - number.cast_signed();
        if displacement.unsigned_abs() <= threshold {
            *found.entry(displacement).or_insert(0) += 1;
            buffer.retain(|&held| held != index);
            if displacement < 0 {
                buffer.push(number);
            }
            index += 1;
        }
        let next = rest.find(|next| *next >= index && !buffer.contains(next) && !window.contains(next));
        window.extend(next);
    }
    found.into_iter().collect()
}
