//! DESIGN 9, item 3: netem's reorder (tc-netem(8)): the share q of packets is sent at once, the others after a
//! constant delay d. One packet every T.
//!
//! A delayed packet is reordered (RFC 4737, section 3.3) if one of those sent while it is under way goes at once and
//! so arrives before it: those sent kT after it with kT < d, of which there are m = ceil(d/T) - 1. At kT = d both
//! arrive at one instant, and the one sent first counts as first. Undelayed packets are never reordered, and the
//! delayed ones stay in order among themselves. Ratio: (1 - q)(1 - (1 - q)^m).

use rcsim::protocol::Scheme;

use crate::builder::{World, constant_ms, ns};
use crate::statistics::{assert_mean, runs};

const SPACING_NS: u64 = 1_000_000;

/// `delay_ns` and spacing 1 ms, no markers.
fn spaced(share: f64, delay_ns: u64) -> World {
    let world = World::new(Scheme::Pair).pairs(1).every(ns(SPACING_NS), [0]);
    world.delay(constant_ms(delay_ns as f64 / 1e6)).reorder(share).seconds(10.0)
}

fn ratio(world: &World, seed: u64) -> f64 {
    world.run(seed).judgement.summary.wan.reordering.ratio()
}

#[test]
fn the_ratio_is_that_of_the_formula() {
    for share in [0.05, 0.25, 0.6] {
        // Within a multiple of the spacing, at it, and a nanosecond beyond.
        for (delay_ns, overtakers) in
            [(1_500_000, 1), (2_000_000, 1), (2_000_001, 2), (5_000_000, 4), (24_300_000, 24)]
        {
            let stays = 1.0 - share;
            let predicted = stays * (1.0 - libm::pow(stays, f64::from(overtakers)));
            let world = spaced(share, delay_ns);
            let values = runs(20, |seed| ratio(&world, seed));
            assert_mean(&format!("share {share}, delay {delay_ns} ns"), predicted, 0.05, &values);
        }
    }
}

/// A delay of one spacing or less: nothing sent at once can overtake, and a tie goes to the packet sent first.
#[test]
fn nothing_is_reordered_within_one_spacing() {
    for delay_ns in [1, 500_000, SPACING_NS] {
        for seed in 1..=3 {
            let reordering = spaced(0.5, delay_ns).run(seed).judgement.summary.wan.reordering;
            assert_eq!((reordering.received > 9_900, reordering.reordered), (true, 0), "{delay_ns} ns");
        }
    }
    assert!(
        ratio(&spaced(0.5, SPACING_NS + 1), 1) > 0.2,
        "a nanosecond more, and every second one overtakes"
    );
}
