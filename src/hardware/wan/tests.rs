//! The network against closed forms, and what must hold whatever the draws.

use proptest::prelude::*;

use super::*;
use crate::engine::random::unit_open;
use crate::hardware::distribution::{Distribution, Shape};
use crate::hardware::link::{Course, HoldBack, Loss, Series};
use crate::hardware::statistics::assert_mean;
use crate::units::SimDuration;

fn at_us(us: u64) -> SimTime {
    SimTime::from_ns(us * 1_000)
}

fn us(us: u64) -> SimDuration {
    SimDuration::from_ns(us * 1_000)
}

fn channel(link: &Link, seed: u64) -> Channel {
    Channel::new(link, &[], &Streams::new(seed), "wan/L1-R1/forward")
}

/// Write data, `bytes` each, at these instants.
fn send_all(link: &Link, seed: u64, bytes: u32, instants: impl Iterator<Item = SimTime>) -> Vec<Sending> {
    let mut channel = channel(link, seed);
    instants.map(|now| channel.send(now, bytes, PacketClass::WriteData)).collect()
}

fn every(gap: SimDuration, count: u64) -> impl Iterator<Item = SimTime> {
    (0..count).map(move |i| SimTime::from_ns(i * gap.as_ns()))
}

fn exponential(mean: SimDuration) -> Distribution {
    Distribution::new(Shape::Exponential, mean, SimDuration::ZERO).unwrap()
}

/// RFC 4737, section 3.3, from the definition: packets in the order of arrival, ties in the order of sending; one
/// is reordered if a packet sent later has arrived before it. Lost packets and second copies are left out.
fn reordered_ratio(sendings: &[Sending]) -> f64 {
    let first_copies = sendings.iter().enumerate().filter_map(|(sent, s)| Some((s.arrivals().min()?, sent)));
    let mut arrivals: Vec<_> = first_copies.collect();
    arrivals.sort_unstable();
    let mut next_expected = 0;
    let mut reordered = 0;
    for &(_, sent) in &arrivals {
        if sent >= next_expected {
            next_expected = sent + 1;
        } else {
            reordered += 1;
        }
    }
    f64::from(reordered) / arrivals.len() as f64
}

#[test]
fn a_plain_line_only_delays() {
    let link = Link { delay: Distribution::constant(us(20)), ..Link::ideal() };
    let sendings = send_all(&link, 1, 4_096, every(us(7), 3));
    assert_eq!(sendings, [20, 27, 34].map(|at| Sending::Once(at_us(at))));
}

/// The fates of the first packets of a busy line, for good: a change here changes every result.
#[test]
fn golden_fates() {
    let bursty = Loss::GilbertElliott { good_to_bad: 0.2, bad_to_good: 0.4, loss_good: 0.05, loss_bad: 0.9 };
    let fates = [Loss::Bernoulli(0.2), bursty].map(|loss| {
        let link = Link {
            delay: exponential(us(20_000)),
            loss,
            duplicate: 0.3,
            reorder: 0.2,
            bandwidth: Some(1_000_000_000),
            ..Link::ideal()
        };
        let sendings = send_all(&link, 1, 4_096, every(us(10), 16));
        sendings.iter().map(|sending| format!("{sending:?}")).collect::<Vec<_>>().join("\n")
    });
    insta::assert_snapshot!(fates.join("\n\n"));
}

/// Long-run loss of Bernoulli loss: p.
#[test]
fn bernoulli_loss() {
    let link = Link { loss: Loss::Bernoulli(0.02), ..Link::ideal() };
    assert_mean("Bernoulli loss", 0.02, |seed| loss_ratio(&send_all(&link, seed, 1, every(us(1), 20_000))));
}

fn loss_ratio(sendings: &[Sending]) -> f64 {
    sendings.iter().filter(|s| matches!(s, Sending::Lost(_))).count() as f64 / sendings.len() as f64
}

/// Long-run loss of Gilbert-Elliott: with p good to bad and r bad to good, the bad state has share p / (p + r).
#[test]
fn gilbert_elliott_loss() {
    let (p, r, loss_good, loss_bad) = (0.01, 0.1, 0.005, 0.6);
    let loss = Loss::GilbertElliott { good_to_bad: p, bad_to_good: r, loss_good, loss_bad };
    let link = Link { loss, ..Link::ideal() };
    let bad = p / (p + r);
    let expected = bad * loss_bad + (1.0 - bad) * loss_good;
    assert_mean("Gilbert-Elliott loss", expected, |seed| {
        loss_ratio(&send_all(&link, seed, 1, every(us(1), 50_000)))
    });
}

/// With loss 0 in the good and 1 in the bad state (Gilbert 1960), runs of losses have mean length 1 / r.
#[test]
fn gilbert_bursts() {
    let loss = Loss::GilbertElliott { good_to_bad: 0.02, bad_to_good: 0.2, loss_good: 0.0, loss_bad: 1.0 };
    let link = Link { loss, ..Link::ideal() };
    assert_mean("length of bursts", 1.0 / 0.2, |seed| {
        let sendings = send_all(&link, seed, 1, every(us(1), 50_000));
        let fates: Vec<bool> = sendings.iter().map(|s| matches!(s, Sending::Lost(_))).collect();
        let bursts = fates.windows(2).filter(|pair| pair == &[false, true]).count();
        fates.iter().filter(|&&lost| lost).count() as f64 / bursts as f64
    });
}

/// The very first packet is lost with the long-run probability too: over 4,000 seeds within 3.9 deviations.
#[test]
fn gilbert_elliott_begins_in_its_long_run_law() {
    let loss = Loss::GilbertElliott { good_to_bad: 0.01, bad_to_good: 0.03, loss_good: 0.0, loss_bad: 1.0 };
    let link = Link { loss, ..Link::ideal() };
    let seeds = 4_000_u32;
    let unlucky = (1..=seeds).filter(|&seed| {
        matches!(send_all(&link, u64::from(seed), 1, every(us(1), 1))[0], Sending::Lost(Lost::Random))
    });
    let (ratio, half) =
        (unlucky.count() as f64 / f64::from(seeds), 3.9 * (0.25 * 0.75 / f64::from(seeds)).sqrt());
    assert!((ratio - 0.25).abs() < half, "{ratio}, expected 0.25 ± {half}");
}

#[test]
fn duplicates_come_at_their_share_and_with_their_own_delay() {
    let link = Link { duplicate: 0.1, delay: exponential(us(100)), ..Link::ideal() };
    assert_mean("share of duplicates", 0.1, |seed| {
        let sendings = send_all(&link, seed, 1, every(us(1), 10_000));
        sendings.iter().filter(|s| matches!(s, Sending::Twice(..))).count() as f64 / 1e4
    });
    let sendings = send_all(&link, 1, 1, every(us(1), 1_000));
    assert!(sendings.iter().all(|s| !matches!(s, Sending::Twice(first, copy) if first == copy)));
}

/// The k-th packet that is duplicated as the n-th of its class has the n-th sample of the copies' stream, though the samples of
/// packets without a copy are passed over undrawn.
#[test]
fn a_copy_has_the_sample_of_its_packets_place() {
    let deviation = us(30);
    let shapes = [Shape::Exponential, Shape::Normal { deviation }, Shape::Pareto { deviation }];
    for shape in shapes {
        let delay = Distribution::new(shape, us(100), us(10)).unwrap();
        let link = Link { duplicate: 0.05, delay: delay.clone(), ..Link::ideal() };
        let sendings = send_all(&link, 3, 1, every(us(1), 2_000));
        let mut random = Streams::new(3).stream("wan/L1-R1/forward/write-data/duplicate-delay");
        let sampler = crate::hardware::distribution::Sampler::new(&delay);
        let samples = (0..2_000).map(|sent| (sent, sampler.sample(&mut random)));
        let mut copies = 0;
        for ((sent, sample), sending) in samples.zip(&sendings) {
            if let Sending::Twice(_, copy) = sending {
                assert_eq!(*copy, at_us(sent) + sample);
                copies += 1;
            }
        }
        assert!(copies > 50, "{copies}");
    }
}

/// DESIGN 9.3: share q over constant spacing T and delay d, m = ceil(d/T) - 1: (1 - q)(1 - (1 - q)^m). In the
/// second case the overtaker's arrival ties with the m + 1st packet before it, which is then not reordered.
#[test]
fn netem_reorder() {
    for (q, gap, delay, m) in
        [(0.25, 3_000, 20_000, 6.0), (0.1, 5_000, 20_000, 3.0), (0.05, 1_000, 9_500, 9.0)]
    {
        let link = Link { reorder: q, delay: Distribution::constant(us(delay)), ..Link::ideal() };
        let expected = (1.0 - q) * (1.0 - libm::pow(1.0 - q, m));
        assert_mean("netem's reorder", expected, |seed| {
            reordered_ratio(&send_all(&link, seed, 1, every(us(gap), 10_000)))
        });
    }
}

/// M/D/1: with Poisson arrivals and constant transmission time S at load ρ the mean wait is ρ S / (2 (1 - ρ)).
#[test]
fn the_transmitter_is_an_m_d_1_queue() {
    let service = us(8);
    for load in [0.3, 0.7] {
        // 1,000 bytes at 1 Gbit/s take 8 us.
        let link = Link { bandwidth: Some(1_000_000_000), ..Link::ideal() };
        let expected = load * service.as_ns() as f64 / (2.0 * (1.0 - load));
        assert_mean("M/D/1 wait", expected, |seed| {
            let mut arrivals = Streams::new(seed).stream("arrivals");
            let mean_gap = service.as_ns() as f64 / load;
            let mut channel = channel(&link, seed);
            let (mut now, mut wait) = (0.0, 0.0);
            let packets = 40_000;
            for _ in 0..packets {
                now -= mean_gap * libm::log(unit_open(&mut arrivals));
                let sent = SimTime::from_ns(now as u64);
                let Sending::Once(at) = channel.send(sent, 1_000, PacketClass::WriteData) else {
                    panic!("nothing is lost here")
                };
                wait += (at.since(sent).as_ns() - service.as_ns()) as f64;
            }
            wait / f64::from(packets)
        });
    }
}

/// 3 bytes at 7 bit/s are 24/7 s, rounded up; the next packet waits for them; so do 4 GB without overflow.
#[test]
fn transmission_takes_whole_nanoseconds_rounded_up() {
    let link = Link { bandwidth: Some(7), ..Link::ideal() };
    let sendings = send_all(&link, 1, 3, every(us(1), 2));
    let one = 3_428_571_429;
    assert_eq!(sendings, [one, 2 * one].map(|ns| Sending::Once(SimTime::from_ns(ns))));
    let link = Link { bandwidth: Some(1_000_000_000), ..Link::ideal() };
    let four_gb = send_all(&link, 1, u32::MAX, every(us(1), 1));
    assert_eq!(four_gb, [Sending::Once(SimTime::from_ns(u64::from(u32::MAX) * 8))]);
}

/// 1,000 bytes take 8 us. The first is on the line and does not wait; two more fit into 2,000 bytes, the fourth
/// does not; at 8 us one of them has begun, which makes room again, also for less than a whole packet.
#[test]
fn a_full_queue_drops_the_tail() {
    let link = Link { bandwidth: Some(1_000_000_000), queue: Some(2_000), ..Link::ideal() };
    let mut channel = channel(&link, 1);
    let mut send = |now, bytes| channel.send(at_us(now), bytes, PacketClass::WriteData);
    assert_eq!(send(0, 1_000), Sending::Once(at_us(8)));
    assert_eq!(send(0, 1_000), Sending::Once(at_us(16)));
    assert_eq!(send(1, 1_000), Sending::Once(at_us(24)));
    assert_eq!(send(1, 1), Sending::Lost(Lost::QueueFull));
    assert_eq!(send(8, 1_001), Sending::Lost(Lost::QueueFull));
    assert_eq!(send(8, 1_000), Sending::Once(at_us(32)));
    // Larger than the whole queue, but the transmitter is idle.
    assert_eq!(send(100, 10_000), Sending::Once(at_us(180)));
}

#[test]
fn outages_nest_and_take_their_draws() {
    let link = Link { delay: exponential(us(20)), loss: Loss::Bernoulli(0.3), ..Link::ideal() };
    let undisturbed = send_all(&link, 1, 1, every(us(1), 30));
    let mut channel = channel(&link, 1);
    let mut disturbed = Vec::new();
    for (i, now) in every(us(1), 30).enumerate() {
        match i {
            5 | 8 => channel.begin_outage(),
            12 | 15 => channel.end_outage(),
            _ => {}
        }
        disturbed.push(channel.send(now, 1, PacketClass::WriteData));
    }
    assert!(disturbed[5..15].iter().all(|&s| s == Sending::Lost(Lost::Outage)));
    assert_eq!(disturbed[..5], undisturbed[..5]);
    assert_eq!(disturbed[15..], undisturbed[15..]);
}

/// A knob that is turned changes what it stands for and nothing else: every packet that survives arrives when it
/// would have without the loss.
#[test]
fn loss_does_not_shift_delays() {
    let lossless = Link { delay: exponential(us(20)), duplicate: 0.2, reorder: 0.1, ..Link::ideal() };
    let lossy = Link { loss: Loss::Bernoulli(0.5), ..lossless.clone() };
    let sure = send_all(&lossless, 1, 1, every(us(1), 200));
    let risky = send_all(&lossy, 1, 1, every(us(1), 200));
    let lost = risky.iter().filter(|s| matches!(s, Sending::Lost(_))).count();
    assert!((50..150).contains(&lost), "{lost}");
    assert!(sure.iter().zip(&risky).all(|(sure, risky)| matches!(risky, Sending::Lost(_)) || sure == risky));
}

#[test]
fn directions_and_seeds_differ() {
    let link = Link { delay: exponential(us(20)), ..Link::ideal() };
    let first = |seed, name| {
        Channel::new(&link, &[], &Streams::new(seed), name).send(SimTime::ZERO, 1, PacketClass::WriteData)
    };
    assert_eq!(first(1, "wan/L1-R1/forward"), first(1, "wan/L1-R1/forward"));
    assert_ne!(first(1, "wan/L1-R1/forward"), first(1, "wan/L1-R1/reverse"));
    assert_ne!(first(1, "wan/L1-R1/forward"), first(2, "wan/L1-R1/forward"));
}

/// One chain for the direction: a packet of whatever class moves it, and meets the state in which others left it.
/// A chain that is bad for ever after its first move loses all that comes later.
#[test]
fn all_classes_move_one_chain() {
    let loss = Loss::GilbertElliott { good_to_bad: 1.0, bad_to_good: 1e-12, loss_good: 0.0, loss_bad: 1.0 };
    let link = Link { loss, ..Link::ideal() };
    let mut channel = channel(&link, 1);
    for class in [PacketClass::Resend, PacketClass::WriteData, PacketClass::Marker] {
        assert_eq!(channel.send(SimTime::ZERO, 1, class), Sending::Lost(Lost::Random), "{class:?}");
    }
}

/// Bursts in time hit every class alike: two packets of one instant, of two classes, share their fate where the states
/// lose all and nothing.
#[test]
fn bursts_in_time_hit_every_class() {
    let loss = Loss::Bursts { good: us(900), bad: us(100), loss_good: 0.0, loss_bad: 1.0 };
    let link = Link { loss, ..Link::ideal() };
    assert_mean("loss in bursts", 0.1, |seed| loss_ratio(&send_all(&link, seed, 1, every(us(7), 50_000))));
    let mut channel = channel(&link, 1);
    for now in every(us(7), 5_000) {
        let write = channel.send(now, 1, PacketClass::WriteData);
        assert_eq!(channel.send(now, 1, PacketClass::Resend), write);
    }
}

/// A brown-out ends while packets wait: they leave at the rate that has come back.
#[test]
fn a_brown_out_thins_the_line_for_its_time() {
    // 1,000 bytes: 8 us at 1 Gbit/s, 80 us at 100 Mbit/s.
    let link = Link { bandwidth: Some(1_000_000_000), ..Link::ideal() };
    let thin = BrownOut { loss: 0.0, delay: us(5), bandwidth: Some(100_000_000) };
    let brown_outs = [(at_us(100), at_us(200), thin)];
    let mut channel = Channel::new(&link, &brown_outs, &Streams::new(1), "wan/L1-R1");
    let mut send = |now| channel.send(at_us(now), 1_000, PacketClass::WriteData);
    assert_eq!(send(0), Sending::Once(at_us(8)));
    assert_eq!(send(100), Sending::Once(at_us(185)));
    // 1 us at a tenth, then 7.9 us; the packet was sent while the brown-out adds its delay.
    assert_eq!(send(199), Sending::Once(SimTime::from_ns(207_900 + 5_000)));
    assert_eq!(send(200), Sending::Once(SimTime::from_ns(215_900)));
    assert_eq!(send(300), Sending::Once(at_us(308)));
}

/// `queue` counts during a brown-out of a line that is otherwise without limit.
#[test]
fn a_queue_is_honoured_in_a_brown_out_of_an_unlimited_line() {
    let link = Link { queue: Some(1_000), ..Link::ideal() };
    let thin = BrownOut { loss: 0.0, delay: us(0), bandwidth: Some(100_000_000) };
    let mut channel = Channel::new(&link, &[(at_us(100), at_us(200), thin)], &Streams::new(1), "wan/L1-R1");
    let mut send = |now| channel.send(at_us(now), 1_000, PacketClass::WriteData);
    assert_eq!([send(99), send(99)], [Sending::Once(at_us(99)); 2]);
    assert_eq!(send(100), Sending::Once(at_us(180)));
    assert_eq!(send(100), Sending::Once(at_us(200)), "a quarter at the limit, the rest at once");
    assert_eq!(send(100), Sending::Lost(Lost::QueueFull));
    assert_eq!(send(200), Sending::Once(at_us(200)));
}

/// The mean is kept or grows by share times `by`; the share is held back by `by`; a copy is not.
#[test]
fn hold_back_delays_a_share() {
    let delay = Distribution::constant(us(100));
    for (advance, mean) in [(us(0), 105.0), (us(5), 100.0)] {
        let hold_back = Some(HoldBack { share: 0.1, by: us(50), advance });
        let link = Link { delay: delay.clone(), hold_back, ..Link::ideal() };
        assert_mean("delay with some held back", mean, |seed| {
            let sendings = send_all(&link, seed, 1, every(us(10), 10_000));
            let sum: u64 = sendings
                .iter()
                .zip(every(us(10), 10_000))
                .map(|(sending, sent)| {
                    let late = sending.arrivals().next().unwrap().since(sent).as_ns() / 1_000;
                    assert!(late == 100 - advance.as_ns() / 1_000 || late == 150 - advance.as_ns() / 1_000);
                    late
                })
                .sum();
            sum as f64 / 1e4
        });
    }
}

/// A packet held back by 2.5 spacings is overtaken by the two after it, unless each of those is held back too:
/// q (1 - q^2) of all are reordered.
#[test]
fn hold_back_reorders_as_computed() {
    let q = 0.2;
    let hold_back = Some(HoldBack { share: q, by: us(25), advance: us(0) });
    let link = Link { delay: Distribution::constant(us(100)), hold_back, ..Link::ideal() };
    assert_mean("reordered by holding back", q * (1.0 - q * q), |seed| {
        reordered_ratio(&send_all(&link, seed, 1, every(us(10), 20_000)))
    });
}

/// Neighbours travel alike: with a correlation time far beyond the spacing fewer packets overtake, and the mean stays.
#[test]
fn correlated_delays_reorder_less() {
    let independent = Link { delay: exponential(us(1_000)), ..Link::ideal() };
    let correlated = Link { course: Course::Correlated(us(100_000)), ..independent.clone() };
    let ratio = |link: &Link| reordered_ratio(&send_all(link, 1, 1, every(us(1_000), 20_000)));
    assert!(ratio(&independent) > 2.0 * ratio(&correlated), "{} {}", ratio(&independent), ratio(&correlated));
    assert_mean("mean of correlated delays", 1e6, |seed| {
        let sent = every(us(100_000), 5_000);
        let sendings = send_all(&correlated, seed, 1, sent);
        let delays = sendings.iter().zip(every(us(100_000), 5_000));
        delays.map(|(s, sent)| s.arrivals().next().unwrap().since(sent).as_ns() as f64).sum::<f64>() / 5_000.0
    });
}

/// Each value for its time, round and round, from the start that is asked for; copies too.
#[test]
fn a_series_is_replayed_in_time() {
    let values: Vec<u64> = [10_000, 30_000, 20_000].into();
    let series = Series { values: values.into(), every: us(10), start: Some(us(10)) };
    let link = Link { course: Course::Series(series.clone()), ..Link::ideal() };
    let delays = |link: &Link, seed| -> Vec<u64> {
        let sendings = send_all(link, seed, 1, every(us(5), 8));
        let late = |(s, sent): (&Sending, SimTime)| s.arrivals().next().unwrap().since(sent).as_ns() / 1_000;
        sendings.iter().zip(every(us(5), 8)).map(late).collect()
    };
    assert_eq!(delays(&link, 1), [30, 30, 20, 20, 10, 10, 30, 30]);
    let anywhere = Link { course: Course::Series(Series { start: None, ..series }), ..link };
    let starts: std::collections::BTreeSet<u64> = (0..20).map(|seed| delays(&anywhere, seed)[0]).collect();
    assert_eq!(starts.len(), 3, "the seed draws where it begins");
}

/// Two paths on one line wait for one another; what they draw, they draw as if each had its own.
#[test]
fn paths_that_share_a_line_wait_for_one_another() {
    let link = Link { bandwidth: Some(1_000_000_000), loss: Loss::Bernoulli(0.3), ..Link::ideal() };
    let streams = Streams::new(1);
    let mut shared = Channel::new(&link, &[], &streams, "wan/L1-R1");
    let second = shared.share(&link, &streams, "wan/L2-R1");
    let mut alone = Channel::new(&link, &[], &streams, "wan/L2-R1");
    let lost = |sending: Sending| matches!(sending, Sending::Lost(_));
    for now in every(us(100), 200) {
        let first = shared.send(now, 1_000, PacketClass::WriteData);
        let other = shared.send_from(second, now, 1_000, PacketClass::WriteData);
        assert_eq!(lost(alone.send(now, 1_000, PacketClass::WriteData)), lost(other));
        if !lost(other) {
            assert_eq!(other, Sending::Once(now + us(16)));
        }
        if !lost(first) {
            assert_eq!(first, Sending::Once(now + us(8)));
        }
    }
}

fn any_loss() -> impl Strategy<Value = Loss> {
    prop_oneof![
        (0.0..0.9).prop_map(Loss::Bernoulli),
        (1_u64..100, 1_u64..100, 0.0..=1.0, 0.0..=1.0).prop_map(|(good, bad, loss_good, loss_bad)| {
            Loss::Bursts { good: us(good), bad: us(bad), loss_good, loss_bad }
        }),
    ]
}

fn any_link() -> impl Strategy<Value = Link> {
    let delay = prop_oneof![Just(exponential(us(50))), Just(Distribution::constant(us(50)))];
    let course = prop_oneof![Just(Course::Independent), Just(Course::Correlated(us(30)))];
    (delay, course, any_loss(), 0.0..0.9, 0.0..0.9).prop_map(|(delay, course, loss, duplicate, reorder)| {
        Link { delay, course, loss, duplicate, reorder, ..Link::ideal() }
    })
}

proptest! {
    /// Common random numbers: the k-th write has the same fate, whatever resends and markers stand between.
    #[test]
    fn other_classes_do_not_touch_write_data(
        link in any_link(),
        seed in 0_u64..1_000,
        others in prop::collection::vec(0_usize..4, 0..60),
    ) {
        let alone = send_all(&link, seed, 1, every(us(10), others.len() as u64));
        let mut channel = channel(&link, seed);
        for (i, &count) in others.iter().enumerate() {
            let now = at_us(10 * i as u64);
            for class in [PacketClass::Resend, PacketClass::Marker, PacketClass::Completion].iter().take(count) {
                channel.send(now, 1, *class);
            }
            prop_assert_eq!(channel.send(now, 1, PacketClass::WriteData), alone[i]);
        }
    }

    /// A FIFO path never reorders, whatever else it does.
    #[test]
    fn fifo_never_reorders(
        link in any_link(),
        seed in 0_u64..1_000,
        bandwidth in prop::option::of(1_000_000_u64..1_000_000_000),
        gaps in prop::collection::vec(0_u64..100, 1..200),
    ) {
        let link = Link { fifo: true, bandwidth, queue: Some(20_000), ..link };
        let mut channel = channel(&link, seed);
        let (mut now, mut last) = (SimTime::ZERO, SimTime::ZERO);
        for gap in gaps {
            now += us(gap);
            for arrival in channel.send(now, 4_096, PacketClass::WriteData).arrivals() {
                prop_assert!(arrival >= last && arrival >= now);
                last = arrival;
            }
        }
    }
}
