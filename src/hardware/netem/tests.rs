//! netem against its formulas and against what was measured of the kernel's: arguments, tables, losses, queue.

use std::sync::Arc;

use super::*;
use crate::engine::random::Streams;
use crate::hardware::statistics::assert_mean;
use crate::units::SimTime;

fn spec(text: &str) -> Spec {
    let mut table = |name: &str| Table::named(name).ok_or_else(|| format!("no table {name}"));
    parse(text, &mut table).unwrap_or_else(|error| panic!("{text}: {}", error.title))
}

fn qdisc(text: &str, seed: u64) -> Qdisc {
    Qdisc::new(Arc::new(spec(text)), Streams::new(seed).stream("netem"))
}

fn us(us: u64) -> SimTime {
    SimTime::from_ns(1_000 * us)
}

/// `count` packets of 1,000 bytes, one every `gap_us`.
fn send(text: &str, seed: u64, count: u64, gap_us: u64) -> Vec<Sent> {
    let mut qdisc = qdisc(text, seed);
    (0..count).map(|i| qdisc.send(us(i * gap_us), 1_000)).collect()
}

fn share(sent: &[Sent], of: impl Fn(&Sent) -> bool) -> f64 {
    sent.iter().filter(|&one| of(one)).count() as f64 / sent.len() as f64
}

fn is_lost(sent: &Sent) -> bool {
    matches!(sent, Sent::Lost { .. })
}

/// Delays in nanoseconds of packets that were sent every `gap_us`, first copies only.
fn delays(sent: &[Sent], gap_us: u64) -> Vec<f64> {
    let delay = |(i, sent): (usize, &Sent)| match sent {
        Sent::Once(at) | Sent::Twice(at, _) => Some(at.since(us(i as u64 * gap_us)).as_ns() as f64),
        _ => None,
    };
    sent.iter().enumerate().filter_map(delay).collect()
}

/// 2^32 - 1 times a share, as tc rounds it.
fn of(share: f64) -> u32 {
    let per_cent = share * 100.0;
    libm::rint(per_cent / 100.0 * f64::from(u32::MAX)) as u32
}

#[test]
fn arguments_are_read_as_tc_reads_them() {
    let plain = Spec::new("");
    let read = |text: &str| Spec { text: String::new(), ..spec(text) };
    assert_eq!(read("delay 100ms"), Spec { latency_ns: 100_000_000, ..plain.clone() });
    // Bare times are microseconds, keywords may be cut short, whole commands are as good.
    assert_eq!(read("delay 100"), Spec { latency_ns: 100_000, ..plain.clone() });
    assert_eq!(read("la 1.5s"), Spec { latency_ns: 1_500_000_000, ..plain.clone() });
    assert_eq!(
        read("tc qdisc add dev eth0 root netem delay 2usec"),
        Spec { latency_ns: 2_000, ..plain.clone() }
    );
    let jitter = Spec {
        latency_ns: 100_000_000,
        jitter_ns: 10_000_000,
        delay_correlation: of(0.25),
        distribution: Table::named("normal"),
        ..plain.clone()
    };
    assert_eq!(read("delay 100ms 10ms 25% distribution normal"), jitter);
    let random = |probability, correlation| Loss::Random(Chance { probability, correlation });
    for text in ["loss 1% 25%", "loss random 1 25", "drop 1% 25%"] {
        assert_eq!(read(text), Spec { loss: random(of(0.01), of(0.25)), ..plain.clone() });
    }
    let state = |p13, p31, p32, p23, p14| Loss::State {
        p13: of(p13),
        p31: of(p31),
        p32: of(p32),
        p23: of(p23),
        p14: of(p14),
    };
    assert_eq!(read("loss state 5%").loss, state(0.05, 0.95, 0.0, 1.0, 0.0));
    assert_eq!(read("loss state 5% 20% 30% 40% 1%").loss, state(0.05, 0.2, 0.3, 0.4, 0.01));
    let gemodel = |p, r, one_minus_h, k| Loss::Gemodel {
        p: of(p),
        r: of(r),
        h: u32::MAX - of(one_minus_h),
        one_minus_k: of(k),
    };
    assert_eq!(read("loss gemodel 1%").loss, gemodel(0.01, 0.99, 1.0, 0.0));
    assert_eq!(read("loss gemodel 1% 10% 70% 0.1%").loss, gemodel(0.01, 0.1, 0.7, 0.001));
    let reorder = Chance { probability: of(0.25), correlation: of(0.5) };
    let gap = Spec { latency_ns: 10_000_000, reorder, gap: 5, ..plain.clone() };
    assert_eq!(read("delay 10ms reorder 25% 50% gap 5"), gap);
    assert_eq!(read("gap 5 reorder 25% 50% delay 10ms"), gap);
    assert_eq!(read("delay 10ms reorder 25%").gap, 1);
    let rate = |text: &str| read(text).rate.map(|rate| rate.bytes_per_s);
    for (text, bytes) in
        [("1mbit", 125_000), ("1mbps", 1_000_000), ("8000", 1_000), ("1Kibit", 128), ("2GBps", 2_000_000_000)]
    {
        assert_eq!(rate(&format!("rate {text}")), Some(bytes), "{text}");
    }
    let cells = Rate { bytes_per_s: 125_000, overhead: -14, cell: 48, cell_overhead: 5 };
    assert_eq!(read("rate 1mbit -14 48 5").rate, Some(cells));
    let all = read("limit 2k duplicate 1% 5% corrupt 0.1% loss 2% ecn seed 7");
    assert_eq!((all.limit, all.ecn, all.seed), (2_048, true, Some(7)));
    assert_eq!(all.duplicate, Chance { probability: of(0.01), correlation: of(0.05) });
    let slot = |text: &str| read(text).slot.unwrap();
    assert_eq!(
        slot("slot 20ms"),
        Slot { gap: SlotGap::Between(20_000_000, 20_000_000), packets: 0, bytes: 0 }
    );
    let budget = Slot { gap: SlotGap::Between(800_000, 1_200_000), packets: 7, bytes: 10_240 };
    assert_eq!(slot("slot 800us 1200us packets 7 bytes 10k"), budget);
    let drawn = SlotGap::Drawn(Table::named("pareto").unwrap(), 1_000_000, 200_000);
    assert_eq!(slot("slot distribution pareto 1ms 0.2ms"), Slot { gap: drawn, packets: 0, bytes: 0 });
}

#[test]
fn what_tc_refuses_is_refused_at_its_place() {
    let told = |text: &str| {
        let mut table = |name: &str| Table::named(name).ok_or_else(|| format!("no table {name}"));
        let error = parse(text, &mut table).unwrap_err();
        (text[error.place].to_owned(), error.title, error.help)
    };
    let place_and_title = |text: &str| {
        let (place, title, _) = told(text);
        format!("{place}: {title}")
    };
    assert_eq!(
        place_and_title("reorder 25%"),
        "reorder: expected a delay that `reorder` can skip, found none"
    );
    assert_eq!(place_and_title("delay 1ms gap 3"), "gap: expected `reorder` beside `gap`, found none");
    assert_eq!(place_and_title("ecn"), "ecn: expected a loss model beside `ecn`, found none");
    assert!(
        place_and_title("delay 1ms distribution normal")
            .starts_with("distribution: expected a delay and a j")
    );
    assert_eq!(place_and_title("loss 1% loss 2%"), "loss: expected one loss model, found a second `loss`");
    assert_eq!(place_and_title("loss 101%"), "101%: expected a share from 0% to 100%, found `101%`");
    assert!(place_and_title("delay 10parsec").starts_with("10parsec: expected a time such as 100ms"));
    assert_eq!(place_and_title("delay 1ms 1ms distribution odd"), "odd: no table odd");
    assert!(place_and_title("rate 10%").starts_with("10%: expected a rate"));
    assert!(place_and_title("rate 3bit").starts_with("3bit: expected a rate"));
    assert!(place_and_title("loss").starts_with("loss: expected a share such as 1%"));
    assert_eq!(told("delya 10ms").2, "did you mean `delay`?");
    assert!(told("").1.starts_with("expected arguments of netem"));
    assert!(told("slot 2ms 1ms").1.starts_with("expected a longest gap"));
}

/// Mean, deviation, least and greatest value of the tables of tc.
#[test]
fn tables_are_those_of_tc() {
    for (name, mean, deviation, least, greatest) in [
        ("normal", -0.001, 1.000, -4.0, 3.52),
        ("pareto", -0.034, 0.820, -0.667, 4.0),
        ("paretonormal", -0.025, 0.834, -1.50, 3.88),
    ] {
        let table = Table::named(name).unwrap();
        assert_eq!(table.values.len(), 4_096);
        let (found_mean, found_deviation) = table.moments();
        assert!((found_mean - mean).abs() < 0.0006, "{name}: mean {found_mean}");
        assert!((found_deviation - deviation).abs() < 0.0006, "{name}: deviation {found_deviation}");
        let scaled = |value: Option<&i16>| f64::from(*value.unwrap()) / 8_192.0;
        let (found_least, found_greatest) =
            (scaled(table.values.iter().min()), scaled(table.values.iter().max()));
        assert!((found_least - least).abs() < 0.006, "{name}: {found_least}");
        assert!((found_greatest - greatest).abs() < 0.006, "{name}: {found_greatest}");
    }
    let pareto = Table::named("pareto").unwrap();
    assert_eq!(pareto.values.iter().filter(|&&value| value == i16::MAX).count(), 44, "cut at 4 jitters");
    assert_eq!(Table::named("experimental"), None);
}

#[test]
fn a_table_is_read_as_tc_reads_it() {
    let table = read_table("mine", "# made by hand\n -8192 0\n8192\n".as_bytes()).unwrap();
    assert_eq!(*table.values, [-8_192, 0, 8_192]);
    let told = |text: &str| read_table("mine", text.as_bytes()).unwrap_err().to_string();
    assert!(told("1 2\n70000").starts_with("line 2: expected integers"));
    assert!(told("# nothing\n").contains("found none"));
    assert!(told(&"1 ".repeat(17_000)).contains("found more"));
}

#[test]
fn a_packet_takes_its_time_in_whole_cells() {
    let time = |text: &str, bytes| spec(&format!("rate {text}")).rate.unwrap().packet_time_ns(bytes);
    assert_eq!(time("1mbit", 1_000), 8_000_000);
    assert_eq!(time("1mbit 20", 1_000), 8_160_000);
    assert_eq!(time("1mbit -14", 1_000), 7_888_000);
    // Three cells of 48 bytes, each of 53 on the wire.
    assert_eq!(time("1mbit 0 48 5", 100), 3 * 53 * 8_000);
    assert_eq!(time("1mbit 0 48 5", 96), 2 * 53 * 8_000);
    assert_eq!(time("24bit", 1), 333_333_333, "rounded down");
}

/// (p(1-h) + r(1-k))/(p + r), where netem's own names of 1-h and 1-k are those of the losses.
#[test]
fn gemodel_loses_its_long_run_share() {
    for (text, p, r, one_minus_h, one_minus_k) in [
        ("loss gemodel 2%", 0.02, 0.98, 1.0, 0.0),
        ("loss gemodel 2% 10%", 0.02, 0.1, 1.0, 0.0),
        ("loss gemodel 2% 10% 70% 0.5%", 0.02, 0.1, 0.7, 0.005),
    ] {
        let expected = (p * one_minus_h + r * one_minus_k) / (p + r);
        assert_mean(text, expected, |seed| share(&send(text, seed, 50_000, 10), is_lost));
    }
}

/// The long-run share of the two states in which a packet is lost, of the chain's own matrix.
#[test]
fn the_state_model_loses_its_long_run_share() {
    for (text, p13, p31, p32, p23, p14) in [
        ("loss state 5%", 0.05, 0.95, 0.0, 1.0, 0.0),
        ("loss state 2% 20%", 0.02, 0.2, 0.0, 1.0, 0.0),
        ("loss state 2% 20% 30% 40% 1%", 0.02, 0.2, 0.3, 0.4, 0.01),
    ] {
        // From each of 1, 2, 3, 4 to each.
        let matrix = [
            [1.0 - p13 - p14, 0.0, p13, p14],
            [0.0, 1.0 - p23, p23, 0.0],
            [p31, p32, 1.0 - p31 - p32, 0.0],
            [1.0, 0.0, 0.0, 0.0],
        ];
        let mut law = [1.0, 0.0, 0.0, 0.0];
        for _ in 0..10_000 {
            law = [0, 1, 2, 3].map(|to| (0..4).map(|from| law[from] * matrix[from][to]).sum());
        }
        assert_mean(text, law[2] + law[3], |seed| share(&send(text, seed, 50_000, 10), is_lost));
    }
}

/// A share that is said to be correlated is not what it says: figures measured of the kernel's generator.
#[test]
fn correlation_makes_loss_rarer() {
    let measured = |percent: f64, rho: f64| {
        surprise::measured(Chance { probability: of(percent / 100.0), correlation: of(rho) }).share * 100.0
    };
    assert!(measured(0.3, 0.25) < f64::MIN_POSITIVE);
    assert!(measured(1.0, 0.25) < 0.001);
    for (percent, rho, real, off) in [
        (5.0, 0.25, 0.19, 0.03),
        (5.0, 0.5, 0.002, 0.004),
        (20.0, 0.25, 10.2, 0.3),
        (20.0, 0.5, 3.0, 0.15),
        (20.0, 0.75, 0.11, 0.05),
    ] {
        let found = measured(percent, rho);
        assert!((found - real).abs() < off, "{percent}% with {rho}: {found}%");
    }
    assert!(share(&send("loss 0.3% 25%", 1, 100_000, 10), is_lost) == 0.0);
}

/// Above one half it is more frequent, and then its bursts are long: 1 / (1 - share) without correlation.
#[test]
fn correlation_makes_bursts_where_half_or_more_is_hit() {
    for (percent, rho, share, burst) in
        [(20.0, 0.0, 0.2, 1.25), (20.0, 0.25, 0.102, 1.28), (50.0, 0.5, 0.5, 2.78), (75.0, 0.5, 0.93, 18.9)]
    {
        let found = surprise::measured(Chance { probability: of(percent / 100.0), correlation: of(rho) });
        let near = |found: f64, expected: f64| (found / expected - 1.0).abs() < 0.03;
        assert!(near(found.share, share) && near(found.burst, burst), "{percent}% with {rho}: {found:?}");
    }
}

/// The remainder of a correlated number is not correlated, unless twice the jitter is near 2^32 ns.
#[test]
fn correlation_does_nothing_to_jitter_of_usual_size() {
    for (text, correlation, deviation) in [
        ("delay 50ms 10ms 25%", 0.0, 1.0),
        ("delay 50ms 10ms 50% distribution normal", 0.0, 1.0),
        ("delay 50ms 10ms 90% distribution pareto", 0.0, 1.0),
        // Here it is what it seems to be.
        ("delay 4s 2147483us 50%", 0.5, 0.577),
    ] {
        let (found, width) = surprise::jitter(&spec(text));
        assert!(
            (found - correlation).abs() < 0.01 && (width - deviation).abs() < 0.01,
            "{text}: {found} {width}"
        );
    }
    let delays = delays(&send("delay 50ms 10ms 50%", 1, 100_000, 100_000), 100_000);
    let off: Vec<f64> = delays.iter().map(|ns| ns / 1e6 - 50.0).collect();
    let square = off.iter().map(|off| off * off).sum::<f64>() / off.len() as f64;
    let product = off.windows(2).map(|two| two[0] * two[1]).sum::<f64>() / off.len() as f64;
    assert!(
        (square / (100.0 / 3.0) - 1.0).abs() < 0.02 && (product / square).abs() < 0.02,
        "{square} {product}"
    );
}

#[test]
fn jitter_is_uniform_or_by_its_table() {
    // The mean square of what is above or below 100 ms, in jitters.
    let square_is = |text: &'static str, expected: f64| {
        assert_mean(text, expected, move |seed| {
            let delays = delays(&send(text, seed, 20_000, 100_000), 100_000);
            let squares = delays.iter().map(|ns| (ns / 1e6 - 100.0) / 10.0).map(|jitters| jitters * jitters);
            squares.sum::<f64>() / delays.len() as f64
        });
    };
    square_is("delay 100ms 10ms", 1.0 / 3.0);
    square_is("delay 100ms 10ms distribution normal", 1.0);
    let (mean, deviation) = Table::named("pareto").unwrap().moments();
    square_is("delay 100ms 10ms distribution pareto", mean * mean + deviation * deviation);
    let uniform = delays(&send("delay 100ms 10ms", 1, 20_000, 100_000), 100_000);
    assert!(uniform.iter().all(|ns| (90e6..110e6).contains(ns)));
    // Below zero is at once.
    let least = delays(&send("delay 1ms 10ms", 1, 1_000, 100_000), 100_000);
    assert!(least.iter().filter(|&&ns| ns == 0.0).count() > 300);
}

#[test]
fn no_jitter_is_no_draw() {
    let plain = send("loss 30%", 5, 1_000, 100);
    let delayed = send("loss 30% delay 10ms", 5, 1_000, 100);
    assert!(plain.iter().zip(&delayed).all(|(a, b)| is_lost(a) == is_lost(b)));
}

/// `gap` g: g - 1 packets are delayed, then each goes at once with probability q, so that of all q/(1 + q(g - 1)) do.
/// Over spacing T and delay d with gap 1, (1 - q)(1 - (1 - q)^m) are reordered, m = ceil(d/T) - 1.
#[test]
fn reorder_and_gap() {
    for (gap, q) in [(1, 0.25), (5, 0.25), (5, 1.0)] {
        let text = format!("delay 10ms reorder {}% gap {gap}", 100.0 * q);
        let at_once = q / (1.0 + q * f64::from(gap - 1));
        let found = |seed| {
            let delays = delays(&send(&text, seed, 20_000, 1_000), 1_000);
            delays.iter().filter(|&&ns| ns == 0.0).count() as f64 / delays.len() as f64
        };
        if q < 1.0 {
            assert_mean(&text, at_once, found);
        } else {
            assert!((found(1) - at_once).abs() < 1e-9);
        }
    }
    let (q, m) = (0.25, 9);
    assert_mean("reordered", (1.0 - q) * (1.0 - libm::pow(1.0 - q, f64::from(m))), |seed| {
        reordered(&send("delay 10ms reorder 25%", seed, 20_000, 1_000))
    });
}

/// RFC 4737 from its definition: a later packet arrived before; ties go to the one sent first.
fn reordered(sent: &[Sent]) -> f64 {
    let first = |(i, sent): (usize, &Sent)| match sent {
        Sent::Once(at) => Some((*at, i)),
        Sent::Twice(at, copy) => Some((*at.min(copy), i)),
        _ => None,
    };
    let mut arrivals: Vec<_> = sent.iter().enumerate().filter_map(first).collect();
    arrivals.sort_unstable();
    let mut next = 0;
    let late = arrivals.iter().filter(|&&(_, i)| {
        let late = i < next;
        next = next.max(i + 1);
        late
    });
    late.count() as f64 / arrivals.len() as f64
}

#[test]
fn rate_serialises_after_the_delay_and_never_reorders() {
    // 1,000 bytes take 8 ms: three packets of one instant leave 8 ms apart after their delay.
    let sent: Vec<_> = send("delay 100ms rate 1mbit", 1, 3, 0);
    assert_eq!(sent, [108_000, 116_000, 124_000].map(|at| Sent::Once(us(at))));
    // The delay runs while the one before is sent: the fourth comes after a pause, and waits for nothing.
    let mut line = qdisc("delay 5ms rate 1mbit", 1);
    assert_eq!(line.send(us(0), 1_000), Sent::Once(us(13_000)));
    assert_eq!(line.send(us(10_000), 1_000), Sent::Once(us(23_000)));
    assert_eq!(line.send(us(10_000), 1_000), Sent::Once(us(31_000)));
    assert!(reordered(&send("delay 100ms 50ms", 1, 2_000, 1_000)) > 0.3);
    assert!(reordered(&send("delay 100ms 50ms rate 100mbit", 1, 2_000, 1_000)) < f64::MIN_POSITIVE);
}

#[test]
fn duplicates_have_a_fate_of_their_own() {
    assert_mean("both arrive", 0.1, |seed| {
        share(&send("duplicate 10%", seed, 20_000, 10), |sent| matches!(sent, Sent::Twice(..)))
    });
    // Lost and duplicated: one copy goes through. All are duplicated, and no copy is copied again.
    assert!(send("loss 100% duplicate 100%", 1, 100, 10).iter().all(|sent| matches!(sent, Sent::Once(_))));
    // Each of the two has a loss draw of its own.
    let loss = 0.3;
    assert_mean("two of two", (1.0 - loss) * (1.0 - loss), |seed| {
        share(&send("loss 30% duplicate 100%", seed, 20_000, 10), |sent| matches!(sent, Sent::Twice(..)))
    });
    assert!(
        send("delay 10ms 5ms duplicate 100%", 1, 100, 10)
            .iter()
            .any(|sent| matches!(sent, Sent::Twice(first, copy) if first != copy))
    );
}

#[test]
fn the_limit_counts_what_waits_for_its_delay() {
    let mut line = qdisc("delay 10ms limit 3", 1);
    let at = |ms: u64| us(ms * 1_000);
    assert_eq!([0, 1, 2].map(|ms| line.send(at(ms), 100)), [10, 11, 12].map(|ms| Sent::Once(at(ms))));
    assert_eq!(line.send(at(3), 100), Sent::Lost { full: true });
    assert_eq!(line.send(at(10), 100), Sent::Once(at(20)), "one has left");
    assert_eq!(line.send(at(10), 100), Sent::Lost { full: true });
    assert_eq!(spec("delay 1ms").limit, 1_000);
}

#[test]
fn a_flipped_bit_is_a_lost_packet_that_takes_room() {
    assert_mean("corrupted", 0.2, |seed| share(&send("corrupt 20%", seed, 20_000, 10), is_lost));
    let mut line = qdisc("corrupt 100% delay 10ms limit 1", 1);
    assert_eq!(line.send(us(0), 100), Sent::Lost { full: false });
    assert_eq!(line.send(us(1), 100), Sent::Lost { full: true });
}

/// Sends at these instants and serves whenever the timer rings: (instant, ticket) of all that leave, up to the end.
fn slotted(text: &str, instants: &[u64], end: u64) -> Vec<(u64, u64)> {
    let mut qdisc = qdisc(text, 1);
    let mut left = Vec::new();
    let mut instants = instants.iter().map(|&at| us(at)).peekable();
    loop {
        let next_send = instants.peek().copied();
        let now = match (next_send, qdisc.timer()) {
            (Some(send), Some(timer)) => send.min(timer),
            (Some(send), None) => send,
            (None, Some(timer)) => timer,
            (None, None) => return left,
        };
        if now > us(end) {
            return left;
        }
        if next_send == Some(now) {
            instants.next();
            assert!(matches!(qdisc.send(now, 100), Sent::Waits { copies: 1, .. }));
        }
        left.extend(qdisc.serve(now).into_iter().map(|ticket| (now.as_ns() / 1_000, ticket)));
    }
}

#[test]
fn slots_hold_packets_until_they_open() {
    // A packet that is due after the current slot opened draws a new one: here 10 ms later, for one packet each.
    let one = slotted("slot 10ms packets 1", &[1_000, 2_000, 3_000, 50_000], 100_000);
    assert_eq!(one, [(11_000, 0), (21_000, 1), (31_000, 2), (60_000, 3)]);
    // Without a budget all that are due leave together.
    let open = slotted("slot 10ms", &[1_000, 2_000, 3_000], 100_000);
    assert_eq!(open, [(11_000, 0), (11_000, 1), (11_000, 2)]);
    // 250 bytes: the third packet of 100 bytes spends them.
    let bytes = slotted("slot 10ms bytes 250", &[1_000, 1_000, 1_000, 1_000], 100_000);
    assert_eq!(bytes, [(11_000, 0), (11_000, 1), (11_000, 2), (21_000, 3)]);
    // Due at 16 ms: the slot of 11 ms has opened by then, so that a third is drawn, as the kernel does.
    let late = slotted("delay 15ms slot 10ms packets 1", &[1_000], 100_000);
    assert_eq!(late, [(26_000, 0)]);
    let between = slotted("slot 5ms 9ms packets 1", &[0, 0, 0, 0, 0], 100_000);
    let gaps: Vec<u64> = between.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert_eq!(gaps.len(), 4);
    assert!(gaps.iter().all(|gap| (5_000..=9_000).contains(gap)), "{gaps:?}");
}

#[test]
fn surprises_are_told() {
    let told = |text: &str| spec(text).surprises().join("\n");
    assert!(told("loss 0.3% 25%").contains("0.300% with correlation 25.0% is in fact nothing at all"));
    assert!(told("loss 20% 25%").contains("is in fact 10."));
    let jitter = told("delay 50ms 10ms 50%");
    assert!(jitter.contains("A correlation of 50.0% leaves 0.00 between one"), "{jitter}");
    assert!(jitter.contains("and 1.00 of the standard deviation"), "{jitter}");
    assert!(told("delay 50ms 10ms 100%").contains("leaves 1.00 between one delay and the next, and 0.00"));
    assert!(told("delay 10ms 1ms rate 1mbit").contains("jitter reorders nothing"));
    assert!(told("delay 100ms").contains("limit 1000, tc's default unless told otherwise"));
    assert!(told("delay 100ms").contains("about 10000 packets/s"));
    assert!(told("delay 5ms 10ms").contains("delays below zero become zero"));
    assert!(!told("delay 50ms 10ms").contains("below zero"));
    assert!(told("delay 50ms 10ms distribution pareto").contains("standard deviation is 0.820"));
}

#[test]
fn the_same_seed_is_the_same_line() {
    let text = "delay 10ms 3ms 20% loss gemodel 5% 30% duplicate 5% 10% reorder 10% gap 3";
    assert_eq!(send(text, 3, 500, 100), send(text, 3, 500, 100));
    assert_ne!(send(text, 3, 500, 100), send(text, 4, 500, 100));
}
