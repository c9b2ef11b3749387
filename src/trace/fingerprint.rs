//! Marks along the stream of records, by which two runs are compared when only one of them is at hand.
//!
//! A mark is two bytes of the digest of everything up to some record. All marks after the first different
//! record differ (each but for one chance in 65,536), so the first mark that differs brackets that record. Marks
//! stand every `every` records; `every` doubles whenever there are too many of them, so that a run of any length
//! keeps between 256 and 512.

use super::digest::Digest;
use super::{Observer, Record};
use crate::units::SimTime;

/// At most this many marks are kept.
const MOST_MARKS: usize = 512;

/// The marks of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// Records of the run.
    pub records: u64,
    /// Records from one mark to the next.
    pub every: u64,
    /// The marks, four hexadecimal digits each.
    pub marks: String,
}

/// Takes the marks of a run.
#[derive(Clone, Debug)]
pub struct Fingerprinter {
    digest: Digest,
    records: u64,
    every: u64,
    marks: Vec<[u8; 2]>,
}

impl Default for Fingerprinter {
    fn default() -> Self {
        Self { digest: Digest::default(), records: 0, every: 1, marks: Vec::new() }
    }
}

impl Observer for Fingerprinter {
    fn observe(&mut self, now: SimTime, record: &Record) {
        self.digest.observe(now, record);
        self.records += 1;
        if self.records.is_multiple_of(self.every) {
            self.marks.push(self.digest.mark());
            if self.marks.len() == MOST_MARKS {
                self.every *= 2;
                let mut index = 0_usize;
                self.marks.retain(|_| {
                    index += 1;
                    index.is_multiple_of(2)
                });
            }
        }
    }
}

impl Fingerprinter {
    /// The marks of the run so far.
    pub fn finish(&self) -> Fingerprint {
        let marks: Vec<String> =
            self.marks.iter().map(|[high, low]| format!("{high:02x}{low:02x}")).collect();
        Fingerprint { records: self.records, every: self.every, marks: marks.concat() }
    }
}

impl Fingerprint {
    /// Records, counted from 1, among which the first different one is; `None` if no mark and no count differs.
    ///
    /// Both ends are included. A bracket beyond the end of a run says that the run ended there.
    pub fn first_difference(&self, other: &Self) -> Option<(u64, u64)> {
        let every = self.every.max(other.every).max(1);
        let mut same = 0;
        for end in (1..).map(|n: u64| n * every) {
            match (self.mark(end), other.mark(end)) {
                (Some(one), Some(two)) if one == two => same = end,
                (Some(_), Some(_)) => return Some((same + 1, end)),
                _ => break,
            }
        }
        // Beyond the last mark of both, the number of records is all that can differ visibly.
        (self.records != other.records).then(|| (same + 1, self.records.max(other.records)))
    }

    /// Records after the last mark, if there are any: differences among them are known by the digest only.
    pub fn tail(&self) -> Option<(u64, u64)> {
        let marked = self.marks.len() as u64 / 4 * self.every;
        (marked < self.records).then_some((marked + 1, self.records))
    }

    /// The mark after record `end`.
    fn mark(&self, end: u64) -> Option<&str> {
        let index = usize::try_from(end.checked_div(self.every)?.checked_sub(1)?).ok()?;
        self.marks.get(4 * index..4 * index + 4)
    }
}

/// Keeps the records of a bracket.
#[derive(Clone, Debug, Default)]
pub struct Window {
    first: u64,
    last: u64,
    seen: u64,
    /// The records from first to last, with their numbers from 1.
    pub records: Vec<(u64, SimTime, Record)>,
}

impl Window {
    /// Records from `first` to `last`, counted from 1, both included.
    pub const fn new(first: u64, last: u64) -> Self {
        Self { first, last, seen: 0, records: Vec::new() }
    }
}

impl Observer for Window {
    fn observe(&mut self, now: SimTime, record: &Record) {
        self.seen += 1;
        if (self.first..=self.last).contains(&self.seen) {
            self.records.push((self.seen, now, *record));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(records: u64, different: Option<u64>) -> Fingerprint {
        let mut fingerprinter = Fingerprinter::default();
        for number in 1..=records {
            let fault = if Some(number) == different { 9 } else { (number % 7) as u32 };
            fingerprinter.observe(SimTime::from_ns(number), &Record::FaultBegan { fault });
        }
        fingerprinter.finish()
    }

    #[test]
    fn a_run_of_any_length_keeps_a_few_hundred_marks() {
        for (records, every, marks) in [(0, 1, 0), (511, 1, 511), (512, 2, 256), (5_000, 16, 312)] {
            let found = fingerprint(records, None);
            assert_eq!((found.records, found.every, found.marks.len()), (records, every, 4 * marks));
        }
    }

    #[test]
    fn the_bracket_holds_the_first_different_record() {
        let golden = fingerprint(5_000, None);
        assert_eq!(golden.first_difference(&golden), None);
        for different in [1, 2, 16, 17, 2_500, 4_992] {
            let (first, last) = fingerprint(5_000, Some(different)).first_difference(&golden).unwrap();
            assert!((first..=last).contains(&different) && last - first < 16, "{different}: {first}..{last}");
        }
    }

    #[test]
    fn runs_of_different_lengths_are_compared_by_the_coarser_marks() {
        let golden = fingerprint(900, None);
        let (first, last) = fingerprint(5_000, Some(100)).first_difference(&golden).unwrap();
        assert!((first..=last).contains(&100) && last - first < 16, "{first}..{last}");
        // The same records, but more of them: the bracket begins after the last common mark.
        assert_eq!(fingerprint(5_000, None).first_difference(&golden), Some((897, 5_000)));
        assert_eq!(golden.tail(), None);
        assert_eq!(fingerprint(901, None).tail(), Some((901, 901)));
    }

    #[test]
    fn a_window_keeps_what_it_was_asked_for() {
        let mut window = Window::new(3, 4);
        for number in 1..=9 {
            window.observe(SimTime::from_ns(number), &Record::LocalSiteLost);
        }
        let kept: Vec<u64> = window.records.iter().map(|(number, ..)| *number).collect();
        assert_eq!(kept, [3, 4]);
    }
}
