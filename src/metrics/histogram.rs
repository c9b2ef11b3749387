//! Time spans summed up in bounded memory: exact count, mean and maximum, quantiles to three digits.
//!
//! Counts are kept in the buckets of `hdrhistogram`, which answers for the quantiles; the sum is an exact integer beside
//! them, so a mean has no rounding but its last. Only the octaves that hold anything take memory: a run has three
//! histograms a group. It does not keep samples, and it does not judge which samples count.

use hdrhistogram::Histogram as Hdr;

use crate::units::SimDuration;
use crate::units::time::NANOS_PER_SEC;

/// Quantiles are exact to this many significant digits.
const DIGITS: u8 = 3;

/// Buckets of an octave at [`DIGITS`] digits, as a power of two: 1,024 of them are a thousandth apart, or closer.
const OCTAVE: u32 = 10;

/// A histogram of time spans in nanoseconds.
///
/// A bucket saturates at 2^32 - 1 samples, which halves the memory of a run with many groups; count, mean and
/// maximum stay exact beyond that.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// By octave: spans below 2^10 ns, from 2^10 to 2^11, and so on; each cut into 2^10 equal buckets.
    octaves: Vec<Option<Box<[u32; 1 << OCTAVE]>>>,
    count: u64,
    sum_ns: u128,
    max_ns: u64,
}

/// What a table says of many time spans. All are 0 if there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spans {
    /// How many.
    pub count: u64,
    /// Mean, in seconds.
    pub mean_s: f64,
    /// Median, in seconds.
    pub p50_s: f64,
    /// 90th percentile, in seconds.
    pub p90_s: f64,
    /// 99th percentile, in seconds.
    pub p99_s: f64,
    /// 99.9th percentile, in seconds.
    pub p999_s: f64,
    /// The longest, in seconds.
    pub max_s: f64,
    /// Spans that had begun and not ended when the run did: with any, all figures here are lower bounds, since the
    /// longest spans are the ones that are not in them.
    pub outstanding: u64,
}

/// One bar of a histogram: `count` spans from `low_ns` to `high_ns`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Shortest span that falls into it, in nanoseconds.
    pub low_ns: u64,
    /// Longest span that falls into it, in nanoseconds.
    pub high_ns: u64,
    /// How many did.
    pub count: u64,
}

impl Histogram {
    /// Counts `span`.
    #[inline]
    pub fn record(&mut self, span: SimDuration) {
        let ns = span.as_ns();
        self.count += 1;
        self.sum_ns += u128::from(ns);
        self.max_ns = self.max_ns.max(ns);
        // The shift that leaves the bits which tell buckets apart, and which are within the octave.
        let octave = (ns | 1).ilog2().saturating_sub(OCTAVE - 1) as usize;
        let bucket = (ns >> octave.saturating_sub(1)) as usize & ((1 << OCTAVE) - 1);
        match self.octaves.get_mut(octave) {
            Some(Some(buckets)) => buckets[bucket] = buckets[bucket].saturating_add(1),
            _ => self.begin(octave)[bucket] = 1,
        }
    }

    /// The first span of an octave.
    #[cold]
    fn begin(&mut self, octave: usize) -> &mut [u32; 1 << OCTAVE] {
        if self.octaves.len() <= octave {
            self.octaves.resize(octave + 1, None);
        }
        self.octaves[octave].get_or_insert_with(|| Box::new([0; 1 << OCTAVE]))
    }

    /// Counts everything that `other` has counted.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum_ns += other.sum_ns;
        self.max_ns = self.max_ns.max(other.max_ns);
        for (octave, others) in other.octaves.iter().enumerate() {
            let Some(others) = others else { continue };
            if self.octaves.get(octave).is_none_or(Option::is_none) {
                self.begin(octave);
            }
            if let Some(Some(buckets)) = self.octaves.get_mut(octave) {
                let pairs = buckets.iter_mut().zip(others.iter());
                pairs.for_each(|(count, others)| *count = count.saturating_add(*others));
            }
        }
    }

    /// The same counts where quantiles are known; `None` only if `hdrhistogram` refused to be built with [`DIGITS`].
    fn counted(&self) -> Option<Hdr<u32>> {
        let mut counted = Hdr::new(DIGITS).ok()?;
        for (octave, buckets) in self.octaves.iter().enumerate() {
            let shift = octave.saturating_sub(1);
            let first = if octave == 0 { 0 } else { 1_u64 << OCTAVE };
            for (bucket, &count) in (first..).zip(buckets.iter().flat_map(|buckets| buckets.iter())) {
                if count > 0 {
                    // It resizes itself, so that no value is refused.
                    let _ = counted.record_n(bucket << shift, count);
                }
            }
        }
        Some(counted)
    }

    /// Mean in seconds; 0 if nothing was counted.
    pub fn mean_s(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        self.sum_ns as f64 / self.count as f64 / NANOS_PER_SEC as f64
    }

    /// The least span, in seconds, that at least the share `quantile` of all spans does not exceed, rounded up
    /// to the end of its bucket but never above the longest span seen.
    pub fn quantile_s(&self, quantile: f64) -> f64 {
        self.quantile_of(self.counted().as_ref(), quantile)
    }

    fn quantile_of(&self, counted: Option<&Hdr<u32>>, quantile: f64) -> f64 {
        let ns = counted.map_or(0, |counted| counted.value_at_quantile(quantile));
        SimDuration::from_ns(ns.min(self.max_ns)).as_secs_f64()
    }

    /// How many.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The figures of a table.
    pub fn spans(&self) -> Spans {
        let counted = self.counted();
        let quantile_s = |quantile| self.quantile_of(counted.as_ref(), quantile);
        Spans {
            count: self.count,
            mean_s: self.mean_s(),
            p50_s: quantile_s(0.5),
            p90_s: quantile_s(0.9),
            p99_s: quantile_s(0.99),
            p999_s: quantile_s(0.999),
            max_s: SimDuration::from_ns(self.max_ns).as_secs_f64(),
            outstanding: 0,
        }
    }

    /// The figures of a table, of `begun` spans in all.
    pub fn spans_of(&self, begun: u64) -> Spans {
        Spans { outstanding: begun.saturating_sub(self.count), ..self.spans() }
    }

    /// The buckets that hold anything, in ascending order.
    pub fn bars(&self) -> Vec<Bar> {
        let Some(buckets) = self.counted() else { return Vec::new() };
        buckets
            .iter_recorded()
            .map(|step| Bar {
                low_ns: buckets.lowest_equivalent(step.value_iterated_to()),
                high_ns: buckets.highest_equivalent(step.value_iterated_to()),
                count: u64::from(step.count_at_value()),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(spans: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        for ns in spans {
            histogram.record(SimDuration::from_ns(ns));
        }
        histogram
    }

    /// From nanoseconds to centuries, every span falls into the bucket that `hdrhistogram` has for it.
    #[test]
    fn buckets_are_those_of_the_library() {
        let mut library: Hdr<u32> = Hdr::new(DIGITS).unwrap();
        let spans: Vec<u64> = (0..63)
            .flat_map(|bits| [1_u64 << bits, (1 << bits) + (1 << bits) / 3, (2 << bits) - 1])
            .collect();
        for &ns in &spans {
            library.record(ns).unwrap();
        }
        assert_eq!(of([0].into_iter().chain(spans)).counted().unwrap(), {
            library.record(0).unwrap();
            library
        });
    }

    #[test]
    fn nothing_counted_is_all_zero() {
        assert_eq!(Histogram::default().spans(), Spans::default());
        assert!(Histogram::default().bars().is_empty());
    }

    #[test]
    fn spans_that_have_not_ended_are_outstanding() {
        let histogram = of([1, 2, 3]);
        assert_eq!(histogram.spans_of(3).outstanding, 0);
        assert_eq!(histogram.spans_of(5), Spans { outstanding: 2, ..histogram.spans() });
    }

    #[test]
    fn one_to_a_thousand_has_known_quantiles_mean_and_maximum() {
        let spans = of(1..=1000).spans();
        assert_eq!(spans.count, 1000);
        // Below 2048 every value has a bucket of its own at three digits, so that these are exact.
        for (found, expected_ns) in [
            (spans.mean_s, 500.5),
            (spans.p50_s, 500.0),
            (spans.p90_s, 900.0),
            (spans.p99_s, 990.0),
            (spans.p999_s, 999.0),
            (spans.max_s, 1000.0),
        ] {
            assert!((found * 1e9 - expected_ns).abs() < 1e-6, "{found} is not {expected_ns} ns");
        }
    }

    #[test]
    fn the_mean_is_exact_where_a_float_sum_would_not_be() {
        let histogram = of([1 << 60, 1]);
        assert_eq!(histogram.sum_ns, (1 << 60) + 1);
        assert_eq!(histogram.quantile_s(1.0).to_bits(), ((1u64 << 60) as f64 / 1e9).to_bits());
    }

    #[test]
    fn merging_is_the_same_as_counting_all_in_one() {
        let mut left = of((0..500).map(|i| i * i));
        left.merge(&of((500..900).map(|i| i * i)));
        let whole = of((0..900).map(|i| i * i));
        assert_eq!(left.spans(), whole.spans());
        assert_eq!(left.bars(), whole.bars());
    }

    #[test]
    fn bars_hold_every_span_once_between_their_edges() {
        let values = [0, 5, 5, 123_456_789, 5_000_000_000];
        let bars = of(values).bars();
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), 5);
        for value in values {
            assert!(
                bars.iter().any(|bar| (bar.low_ns..=bar.high_ns).contains(&value)),
                "{value} in {bars:?}"
            );
        }
        // Three digits: no bar is wider than a thousandth of its values.
        assert!(bars.iter().all(|bar| bar.high_ns - bar.low_ns <= bar.low_ns / 1000));
    }
}
