//! How long a value that grows with the clock stood below each height: its quantiles over time.
//!
//! The recovery point grows by one second per second between two changes, so that a stretch of it is a *ramp* from one
//! height to another. Heights stand in buckets, 256 to an octave; how long the value stood in each is exact, so that a quantile
//! is exact to 0.4 % and rounded up. A ramp costs two buckets however high it is: those that it goes through follow from where
//! it begins and ends.
//! It does not know what the value is.

/// Buckets of an octave, as a power of two.
const OCTAVE: u32 = 8;

/// What is known of the heights of one bucket.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    /// How long the value stood in it, by ramps that begin or end in it.
    part_ns: u64,
    /// Ramps that go through all of it and the buckets after it, less those that do not reach it any more.
    through: i64,
}

/// The ramps of one value.
#[derive(Clone, Debug, Default)]
pub struct Dwell {
    /// By octave and bucket; heights below 2^8 ns come first.
    octaves: Vec<Option<Box<[Bucket; 1 << OCTAVE]>>>,
    /// How long all ramps are, in nanoseconds.
    total_ns: u64,
}

impl Dwell {
    /// The value grew from `low_ns` to `high_ns`, and took as long as that.
    #[inline]
    pub fn ramp(&mut self, low_ns: u64, high_ns: u64) {
        if high_ns <= low_ns {
            return;
        }
        self.total_ns += high_ns - low_ns;
        let first = place(low_ns);
        // Heights from `low_ns` on and below `high_ns`.
        let last = place(high_ns - 1);
        if first == last {
            self.at(first).part_ns += high_ns - low_ns;
            return;
        }
        self.at(first).part_ns += end(first.0, first.1) + 1 - low_ns;
        self.at(next(first)).through += 1;
        let begin_of_last = end_before(last) + 1;
        let bucket = self.at(last);
        bucket.through -= 1;
        bucket.part_ns += high_ns - begin_of_last;
    }

    fn at(&mut self, (octave, bucket): (usize, usize)) -> &mut Bucket {
        if self.octaves.len() <= octave {
            self.octaves.resize(octave + 1, None);
        }
        let buckets = self.octaves[octave].get_or_insert_with(|| Box::new([Bucket::default(); 1 << OCTAVE]));
        &mut buckets[bucket]
    }

    /// The least height that the value did not exceed for the share `quantile` of `length_ns`, in nanoseconds, rounded up to
    /// the end of its bucket; it stood at 0 when there was no ramp. At most `most_ns`, the greatest height.
    pub fn quantile_ns(&self, quantile: f64, length_ns: u64, most_ns: u64) -> u64 {
        let asked_ns = (quantile * length_ns as f64).ceil() as u64;
        let mut below_ns = length_ns.saturating_sub(self.total_ns);
        if below_ns >= asked_ns {
            return 0;
        }
        let mut through = 0_i64;
        for octave in 0..self.octaves.len() {
            for bucket in 0..1 << OCTAVE {
                let known = self.octaves[octave].as_ref().map_or_else(Bucket::default, |known| known[bucket]);
                through += known.through;
                let width_ns = if octave == 0 { 1 } else { 1 << (octave - 1) };
                below_ns += known.part_ns + through.unsigned_abs() * width_ns;
                if below_ns >= asked_ns {
                    return end(octave, bucket).min(most_ns);
                }
            }
        }
        most_ns
    }
}

/// The bucket after this one.
const fn next((octave, bucket): (usize, usize)) -> (usize, usize) {
    if bucket + 1 < 1 << OCTAVE { (octave, bucket + 1) } else { (octave + 1, 0) }
}

/// The greatest height below this bucket, which is not the first.
const fn end_before((octave, bucket): (usize, usize)) -> u64 {
    if bucket > 0 { end(octave, bucket - 1) } else { end(octave - 1, (1 << OCTAVE) - 1) }
}

/// The octave and the bucket of a height.
const fn place(height_ns: u64) -> (usize, usize) {
    let octave = (height_ns | 1).ilog2().saturating_sub(OCTAVE - 1);
    let bucket = (height_ns >> octave.saturating_sub(1)) & ((1 << OCTAVE) - 1);
    (octave as usize, bucket as usize)
}

/// The greatest height of a bucket.
const fn end(octave: usize, bucket: usize) -> u64 {
    match octave {
        0 => bucket as u64,
        octave => {
            let shift = octave - 1;
            (((1_u64 << OCTAVE) | bucket as u64) << shift) | ((1 << shift) - 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn is_near(found: u64, exact: u64) {
        assert!(found >= exact && (found - exact) as f64 <= 0.004 * exact as f64, "{found} for {exact}");
    }

    #[test]
    fn every_height_lies_in_its_bucket() {
        for bits in 0..63 {
            for height in [1_u64 << bits, (1 << bits) + (1 << bits) / 3, (2 << bits) - 1] {
                let (octave, bucket) = place(height);
                is_near(end(octave, bucket), height);
            }
        }
    }

    #[test]
    fn a_saw_is_uniform() {
        let mut saw = Dwell::default();
        (0..10).for_each(|_| saw.ramp(0, 10 * SECOND));
        for (quantile, seconds) in [(0.5, 5.0), (0.9, 9.0), (0.99, 9.9), (1.0, 10.0)] {
            let exact = (seconds * SECOND as f64) as u64;
            is_near(saw.quantile_ns(quantile, 100 * SECOND, 10 * SECOND), exact);
        }
    }

    #[test]
    fn the_time_without_a_ramp_stood_at_zero() {
        let mut point = Dwell::default();
        point.ramp(SECOND, 2 * SECOND);
        // One second of four.
        assert_eq!(point.quantile_ns(0.75, 4 * SECOND, 2 * SECOND), 0);
        is_near(point.quantile_ns(0.8, 4 * SECOND, 2 * SECOND), SECOND + SECOND / 5);
        assert_eq!(Dwell::default().quantile_ns(0.99, 4 * SECOND, 0), 0);
    }

    /// Ramps that are far shorter than a bucket count as long as they are.
    #[test]
    fn a_thousand_short_ramps_are_as_long_as_one() {
        let mut point = Dwell::default();
        (0..995).for_each(|_| point.ramp(20_000_000, 20_001_000));
        point.ramp(500_000_000, 500_005_000);
        is_near(point.quantile_ns(0.99, 1_000_000, 500_005_000), 20_001_000);
    }

    /// Against the definition: the time below a height, ramp by ramp.
    #[test]
    fn quantiles_are_those_of_the_definition() {
        let mut random = 7_u64;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        for _ in 0..200 {
            let ramps: Vec<(u64, u64)> = (0..20)
                .map(|_| (next(1_000_000), 1 + next(3_000_000)))
                .map(|(low, length)| (low, low + length))
                .collect();
            let length: u64 = ramps.iter().map(|(low, high)| high - low).sum::<u64>() + next(5_000_000);
            let most = ramps.iter().map(|ramp| ramp.1).max().unwrap_or(0);
            let mut dwell = Dwell::default();
            for &(low, high) in &ramps {
                dwell.ramp(low, high);
            }
            let below = |height: u64| {
                let of = |&(low, high): &(u64, u64)| height.clamp(low, high) - low;
                length - ramps.iter().map(|(low, high)| high - low).sum::<u64>()
                    + ramps.iter().map(of).sum::<u64>()
            };
            for quantile in [0.5, 0.9, 0.99] {
                let found = dwell.quantile_ns(quantile, length, most);
                let asked = (quantile * length as f64).ceil() as u64;
                assert!(below(found + 1) >= asked, "{found} is too small for {quantile}");
                let less = (found as f64 * 0.996) as u64;
                assert!(found == 0 || below(less) < asked, "{found} is too great for {quantile}");
            }
        }
    }
}
