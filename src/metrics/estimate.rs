//! What independent runs say of a mean or a share: the value, an interval of it, or why there is none.
//!
//! Student's interval holds the true mean as often as it says if the mean of the runs is about normal. It is not where
//! most runs are alike and a few, in which something rare happened, make all the difference: of a thousand such
//! experiments most see too few events, and with them a spread that is far too small. So an interval is given only if
//! enough runs saw what the measure depends on; [`is_enough`] is the rule, and a test measures how often intervals hold.
//! A share has the exact interval of Clopper and Pearson, which needs no such rule. What an event is, the caller knows.

use super::interval::Interval;
use super::proportion::Proportion;

/// This many runs that saw an event are enough, however many did not.
pub const ENOUGH: usize = 20;

/// Have enough of `runs` seen an event (`seen`) for Student's interval? Half of them, or [`ENOUGH`].
pub const fn is_enough(seen: usize, runs: usize) -> bool {
    seen.saturating_mul(2) >= runs || seen >= ENOUGH
}

/// What an interval rests on, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Student's, of a mean.
    Student,
    /// Clopper and Pearson's, of a share.
    ClopperPearson,
    /// There is none: one run says nothing of its error.
    OneRun,
    /// There is none: too few runs saw what the measure depends on.
    Rare,
}

impl Basis {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::ClopperPearson => "clopper-pearson",
            Self::OneRun => "one-run",
            Self::Rare => "rare",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Student, Self::ClopperPearson, Self::OneRun, Self::Rare]
            .into_iter()
            .find(|basis| basis.name() == name)
    }
}

/// A mean or share over runs, and between what the true one lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Runs behind it.
    pub runs: usize,
    /// The mean, or the share.
    pub mean: f64,
    /// Lower and upper end of the interval, if there is one.
    pub interval: Option<(f64, f64)>,
    /// What that rests on.
    pub basis: Basis,
}

impl Estimate {
    /// Of a mean over independent `values`. `seen` is how many of how many runs saw the rarest event on
    /// which the measure depends; `None` if it depends on nothing that can happen. `None` if there is no value.
    pub fn of_mean(values: &[f64], seen: Option<(usize, usize)>, confidence: f64) -> Option<Self> {
        let Interval { mean, half_width } = Interval::of(values, confidence)?;
        let basis = match seen {
            _ if values.len() < 2 => Basis::OneRun,
            Some((seen, runs)) if !is_enough(seen, runs) => Basis::Rare,
            _ => Basis::Student,
        };
        let interval = (basis == Basis::Student).then_some((mean - half_width, mean + half_width));
        Some(Self { runs: values.len(), mean, interval, basis })
    }

    /// Of the share of runs in which something was so. `None` if there is no run.
    pub fn of_share(values: &[bool], confidence: f64) -> Option<Self> {
        let hits = values.iter().filter(|&&value| value).count();
        let Proportion { share, low, high } =
            Proportion::of(u32::try_from(hits).ok()?, u32::try_from(values.len()).ok()?, confidence)?;
        let interval = Some((low, high));
        Some(Self { runs: values.len(), mean: share, interval, basis: Basis::ClopperPearson })
    }

    /// Of a difference of two shares over the same runs: `ours` less `theirs`, run by run. The share of runs in which
    /// only ours was so, less that in which only theirs was, each within an exact interval of half the doubt: both hold
    /// together at least as often as the confidence says (Bonferroni).
    pub fn of_share_difference(pairs: &[(bool, bool)], confidence: f64) -> Option<Self> {
        let each = 1.0 - (1.0 - confidence) / 2.0;
        let only = |ours: bool| pairs.iter().map(|&pair| pair == (ours, !ours)).collect::<Vec<_>>();
        let (gained, lost) = (Self::of_share(&only(true), each)?, Self::of_share(&only(false), each)?);
        let ((gained_low, gained_high), (lost_low, lost_high)) = (gained.interval?, lost.interval?);
        let interval = Some((gained_low - lost_high, gained_high - lost_low));
        Some(Self { mean: gained.mean - lost.mean, interval, ..gained })
    }

    /// The same, where the true mean is known to lie within `low` and `high`: an interval is cut there. It still holds the
    /// true mean as often.
    #[must_use]
    pub fn within(self, (low, high): (f64, f64)) -> Self {
        let cut = |(from, to): (f64, f64)| (from.max(low), to.min(high));
        Self { interval: self.interval.map(cut), ..self }
    }

    /// Half the width of an interval around its mean; the wider half where it is not symmetric; `None` if there is none.
    pub fn half_width(&self) -> Option<f64> {
        self.interval.map(|(low, high)| (self.mean - low).max(high - self.mean))
    }
}

#[cfg(test)]
mod tests {
    use libm::log;

    use super::*;

    /// A generator of our own, so that the experiments are the same everywhere (Knuth's MMIX).
    struct Random(u64);

    impl Random {
        /// Uniform in (0, 1).
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        }

        /// The waits of one run for its losses, `rate` of them on average, each exponential of mean 1; beside them, a
        /// little noise that every run has. The mean of the sum is `rate`.
        fn run(&mut self, rate: f64) -> (bool, f64) {
            let noise = 0.05 * (self.uniform() - 0.5);
            let (mut at, mut sum, mut hit) = (-log(self.uniform()), noise, false);
            while at < rate {
                sum -= log(self.uniform());
                hit = true;
                at -= log(self.uniform());
            }
            (hit, sum)
        }
    }

    /// How often an interval was given, and how often those given held the true mean; and how often Student's holds it
    /// without the rule.
    fn experiment(random: &mut Random, runs: usize, rate: f64, times: u32) -> (f64, f64, f64) {
        let (mut given, mut held, mut plain) = (0_u32, 0_u32, 0_u32);
        for _ in 0..times {
            let found: Vec<(bool, f64)> = (0..runs).map(|_| random.run(rate)).collect();
            let values: Vec<f64> = found.iter().map(|run| run.1).collect();
            let seen = found.iter().filter(|run| run.0).count();
            plain += u32::from(Interval::of(&values, 0.95).unwrap().holds(rate));
            if let Some((low, high)) = Estimate::of_mean(&values, Some((seen, runs)), 0.95).unwrap().interval
            {
                given += 1;
                held += u32::from((low..=high).contains(&rate));
            }
        }
        let share = |part: u32, whole: u32| f64::from(part) / f64::from(whole.max(1));
        (share(given, times), share(held, given), share(plain, times))
    }

    /// Over thousands of synthetic experiments of known mean: intervals that are given hold it in 90 % of the cases or
    /// more, where losses are many and where they are few; without the rule they would not.
    #[test]
    fn intervals_hold_the_mean_as_often_as_they_say() {
        let mut random = Random(0x5eed);
        let mut worst: f64 = 1.0;
        for runs in [5, 10, 20, 30, 100] {
            for rate in [0.02, 0.1, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0, 20.0] {
                let (given, held, plain) = experiment(&mut random, runs, rate, 2_000);
                println!(
                    "{runs} runs, {rate} losses a run: given {given:.3}, held {held:.3}, without {plain:.3}"
                );
                // Below 2 % of the experiments there is too little to measure.
                if given > 0.02 {
                    worst = worst.min(held);
                    assert!(held >= 0.89, "{runs} runs of {rate} losses: {held}");
                }
                if rate >= 2.0 {
                    assert!(given > 0.9, "{runs} runs of {rate} losses have no interval: {given}");
                }
                if rate <= 0.1 && runs <= 30 {
                    assert!(given < 0.02 && plain < 0.85, "{runs} runs of {rate} losses: {given}, {plain}");
                }
            }
        }
        println!("the worst: {worst}");
    }

    #[test]
    fn without_a_rare_event_the_interval_is_student_s() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0];
        let found = Estimate::of_mean(&values, None, 0.95).unwrap();
        let known = Interval::of(&values, 0.95).unwrap();
        assert_eq!(found.basis, Basis::Student);
        assert_eq!(found.interval, Some((known.mean - known.half_width, known.mean + known.half_width)));
        assert_eq!(Estimate::of_mean(&values, Some((3, 5)), 0.95).unwrap().basis, Basis::Student);
        let rare = Estimate::of_mean(&values, Some((2, 5)), 0.95).unwrap();
        assert_eq!((rare.basis, rare.interval, rare.mean.to_bits()), (Basis::Rare, None, 3.0_f64.to_bits()));
        assert_eq!(Estimate::of_mean(&values[..1], None, 0.95).unwrap().basis, Basis::OneRun);
        assert_eq!(Estimate::of_mean(&[], None, 0.95), None);
    }

    /// Six of six is not certainty: the lower end is 0.025^(1/6) = 0.54.
    #[test]
    fn a_share_at_the_edge_has_an_interval() {
        let all = Estimate::of_share(&[true; 6], 0.95).unwrap();
        let (low, high) = all.interval.unwrap();
        assert!((low - libm::pow(0.025, 1.0 / 6.0)).abs() < 1e-9 && (high - 1.0).abs() < 1e-15);
        assert_eq!(Estimate::of_share(&[], 0.95), None);
    }

    /// Of a difference too, and it holds: exact for every pair of chances, by summing over all outcomes of six runs.
    #[test]
    fn a_difference_of_shares_that_never_showed_is_not_known_to_be_none() {
        let none = Estimate::of_share_difference(&[(true, true); 6], 0.95).unwrap();
        let (low, high) = none.interval.unwrap();
        assert!(none.mean.abs() < 1e-15 && low < -0.5 && high > 0.5, "{none:?}");
        let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
        let runs = 6;
        for (gain, loss) in [(0.0, 0.0), (0.1, 0.05), (0.3, 0.0), (0.5, 0.5), (0.2, 0.6)] {
            let mut held = 0.0;
            for gained in 0..=runs {
                for lost in 0..=runs - gained {
                    let rest = runs - gained - lost;
                    let ways = factorial(runs) / (factorial(gained) * factorial(lost) * factorial(rest));
                    let power = |base: f64, times: u32| (0..times).map(|_| base).product::<f64>();
                    let chance =
                        ways * power(gain, gained) * power(loss, lost) * power(1.0 - gain - loss, rest);
                    let mut pairs = vec![(true, false); gained as usize];
                    pairs.extend(vec![(false, true); lost as usize]);
                    pairs.extend(vec![(true, true); rest as usize]);
                    let (low, high) = Estimate::of_share_difference(&pairs, 0.95).unwrap().interval.unwrap();
                    if (low - 1e-12..=high + 1e-12).contains(&(gain - loss)) {
                        held += chance;
                    }
                }
            }
            assert!(held >= 0.95, "gain {gain}, loss {loss}: held in {held}");
        }
    }
}
