//! Where the kernel does not do what its arguments seem to say.

use rand_chacha::ChaCha8Rng;

use super::qdisc::{Draw, spread};
use super::{Chance, DEFAULT_LIMIT, Loss, Spec, Table};
use crate::engine::random::Streams;

/// Draws by which a share is measured.
const DRAWS: u32 = 400_000;

pub(super) fn surprises(spec: &Spec) -> Vec<String> {
    let mut told = Vec::new();
    let chances = [
        ("loss", if let Loss::Random(chance) = spec.loss { chance } else { Chance::default() }),
        ("duplicate", spec.duplicate),
        ("corrupt", spec.corrupt),
        ("reorder", spec.reorder),
    ];
    for (name, chance) in
        chances.into_iter().filter(|(_, chance)| chance.correlation > 0 && chance.probability > 0)
    {
        let (hit, alone) = (measured(chance), measured(Chance { correlation: 0, ..chance }));
        told.push(format!(
            "correlated {name} is not as frequent as it looks: the kernel averages each random number with the one \
             before, which moves both towards the middle. {} with correlation {} is in fact {} ({DRAWS} draws)",
            percent(share_of(chance.probability)),
            percent(share_of(chance.correlation)),
            if hit.share > 0.0 {
                let bursts = format!("in bursts of {:.2}, {:.2} without correlation", hit.burst, alone.burst);
                format!("{}, {bursts}", percent(hit.share))
            } else {
                "nothing at all".to_owned()
            }
        ));
    }
    if spec.delay_correlation > 0 && spec.jitter_ns > 0 {
        let (correlation, deviation) = jitter(spec);
        // To two places, and never as a zero below zero.
        let correlation = (correlation * 100.0).round() / 100.0 + 0.0;
        told.push(format!(
            "correlated jitter is not what it looks like: the kernel takes the remainder of a correlated number, divided \
             by twice the jitter or by the length of the table. A correlation of {} leaves {correlation:.2} between one \
             delay and the next, and {deviation:.2} of the standard deviation ({DRAWS} draws)",
            percent(share_of(spec.delay_correlation)),
        ));
    }
    if let Some(table) = &spec.distribution {
        let (mean, deviation) = table.moments();
        told.push(format!(
            "distribution {}: the standard deviation is {deviation:.3} and the mean shift {mean:.3} of the jitter, and no \
             delay is more than 4 jitters off: there is no heavy tail",
            table.name
        ));
    }
    if spec.rate.is_some() && spec.jitter_ns > 0 {
        told.push(
            "with `rate` no later packet leaves before an earlier one: jitter reorders nothing (`reorder` does)".into(),
        );
    }
    if spec.rate.is_some() && spec.reorder.probability > 0 {
        told.push("a packet that `reorder` sends at once does not wait for the rate either".into());
    }
    if lowest(spec) < 0 {
        told.push("delays below zero become zero, so the mean delay is higher than asked for".into());
    }
    let default = if spec.limit == DEFAULT_LIMIT { ", tc's default unless told otherwise" } else { "" };
    if spec.latency_ns > 0 {
        let per_second = f64::from(spec.limit) * 1e9 / spec.latency_ns as f64;
        told.push(format!(
            "limit {}{default}: packets that wait for their delay count, so about {per_second:.0} packets/s pass; what \
             comes faster is dropped",
            spec.limit
        ));
    } else if spec.rate.is_some() || spec.slot.is_some() {
        told.push(format!("limit {}{default}: a packet that finds this many waiting is dropped", spec.limit));
    }
    if spec.ecn {
        told.push("ecn: no packet here can be marked, so that each is lost".into());
    }
    if spec.corrupt.probability > 0 {
        told.push(
            "a packet of which a bit is flipped travels on, and is thrown away at its end as a lost one"
                .into(),
        );
    }
    if spec.seed.is_some() {
        told.push("seed: the seed of the run decides here, not tc's".into());
    }
    told.push(
        "netem has one random number generator for all purposes: whatever differs between two runs, schemes included, \
         changes every draw after it"
            .into(),
    );
    told
}

fn lowest(spec: &Spec) -> i64 {
    let factor = |table: &Table| table.values.iter().min().map_or(-1.0, |&least| f64::from(least) / 8_192.0);
    let factor = spec.distribution.as_ref().map_or(-1.0, factor);
    spec.latency_ns + (factor * spec.jitter_ns as f64) as i64
}

fn share_of(probability: u32) -> f64 {
    f64::from(probability) / f64::from(u32::MAX)
}

/// What a chance really does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hits {
    /// The share that is hit.
    pub(super) share: f64,
    /// How many are hit one after the other, in the mean.
    pub(super) burst: f64,
}

/// What really is hit.
pub(super) fn measured(chance: Chance) -> Hits {
    let mut random: ChaCha8Rng = Streams::new(1).stream("netem/surprise");
    let mut draw = Draw::new(chance.correlation, &mut random);
    let (mut hits, mut bursts, mut in_burst) = (0_u32, 0_u32, false);
    for _ in 0..DRAWS {
        let hit = chance.probability >= draw.next(&mut random);
        hits += u32::from(hit);
        bursts += u32::from(hit && !in_burst);
        in_burst = hit;
    }
    Hits { share: f64::from(hits) / f64::from(DRAWS), burst: f64::from(hits) / f64::from(bursts.max(1)) }
}

/// What correlation makes of jitter: the correlation of a delay with the next, and the standard deviation over that
/// without it.
pub(super) fn jitter(spec: &Spec) -> (f64, f64) {
    let (correlation, deviation) = neighbours(spec, spec.delay_correlation);
    let (_, alone) = neighbours(spec, 0);
    (correlation, deviation / alone)
}

/// The correlation of a delay with the next, and the standard deviation, where draws have the correlation `rho`.
fn neighbours(spec: &Spec, rho: u32) -> (f64, f64) {
    let mut random: ChaCha8Rng = Streams::new(1).stream("netem/surprise");
    let mut draw = Draw::new(rho, &mut random);
    let count = f64::from(DRAWS);
    let (mut sum, mut squares, mut products, mut last) = (0.0, 0.0, 0.0, 0.0);
    for _ in 0..DRAWS {
        // In jitters: the sums below stay small.
        let off = spread(0, spec.jitter_ns, spec.distribution.as_ref(), || draw.next(&mut random)) as f64
            / spec.jitter_ns as f64;
        (sum, squares, products, last) = (sum + off, squares + off * off, products + off * last, off);
    }
    let mean = sum / count;
    let variance = (squares / count - mean * mean).max(0.0);
    // All are one number where the correlation is 100 %.
    let correlation = if variance > 1e-9 { (products / count - mean * mean) / variance } else { 1.0 };
    (correlation, variance.sqrt())
}

/// Three digits.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent > 0.0 && percent < 0.001 {
        "less than 0.001%".to_owned()
    } else if percent >= 10.0 || percent == 0.0 {
        format!("{percent:.1}%")
    } else if percent >= 1.0 {
        format!("{percent:.2}%")
    } else {
        format!("{percent:.3}%")
    }
}
