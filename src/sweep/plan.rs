//! Which runs a sweep has: points (the cross product of the varied keys) times seeds, and a shard's part of them.
//!
//! Points count from 0; the last key varies fastest. Every point has the same seeds, so that the same seed is
//! the same writes and the same network fate under every value: common random numbers.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::until::LEAST_SEEDS;
use super::vary::{Axis, Unit, Value};
use super::{Journal, SweepError, UntilCi};

/// One run: a point and a seed. Tables are in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunKey {
    /// The point.
    pub point: u64,
    /// The seed.
    pub seed: u64,
}

/// Seeds from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seeds {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

impl Seeds {
    /// This one.
    pub const fn only(seed: u64) -> Self {
        Self { first: seed, last: seed }
    }

    /// How many.
    pub const fn count(self) -> u64 {
        self.last - self.first + 1
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.first, self.last)
    }
}

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str| match part.trim() {
            "" => Err(format!("{text:?} is not a seed or a range of seeds: expected A..B, as in 1..20")),
            part => part
                .parse::<u64>()
                .map_err(|_| format!("{part:?} is not a seed: expected a whole number below 2^64, or A..B")),
        };
        let (first, last) = match text.split_once("..") {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(text)?, number(text)?),
        };
        if first > last {
            return Err(format!("the range {text} is empty"));
        }
        if last - first == u64::MAX {
            return Err(format!("the range {text} is too long"));
        }
        Ok(Self { first, last })
    }
}

/// Part `index` of `of`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Which part, from 1.
    pub index: u64,
    /// Of how many.
    pub of: u64,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    const fn takes(self, number: u64) -> bool {
        number % self.of == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    /// `I/N`; `auto` and `auto/N` ask the environment of this process.
    fn from_str(text: &str) -> Result<Self, String> {
        let get = |name: &str| std::env::var(name).ok();
        match text.split_once('/').map(|(index, of)| (index.trim(), of.trim().parse::<u64>())) {
            None if text.trim() == "auto" => return Self::of_task(None, get),
            Some(("auto", Ok(of))) if of > 0 => return Self::of_task(Some(of), get),
            Some(("auto", _)) => {
                return Err(format!("{text:?} is not a shard: expected auto/N with N from 1"));
            }
            _ => {}
        }
        let parts =
            text.split_once('/').and_then(|(i, n)| Some((i.trim().parse().ok()?, n.trim().parse().ok()?)));
        match parts {
            Some((index, of)) if (1..=of).contains(&index) => Ok(Self { index, of }),
            _ => Err(format!("{text:?} is not a shard: expected I/N with I from 1 to N, auto or auto/N")),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// The runs of a sweep, or of a shard of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    axes: Vec<Axis>,
    seeds: Seeds,
    shard: Shard,
    until: Option<UntilCi>,
    points: u64,
}

impl Plan {
    /// Every point of `axes` over `seeds`, or a shard of that. With `until`, a shard takes whole points.
    ///
    /// # Errors
    /// When a key is varied twice, the seed is varied as a key, or there are more runs than can be counted.
    pub fn new(
        axes: Vec<Axis>,
        seeds: Seeds,
        shard: Shard,
        until: Option<UntilCi>,
    ) -> Result<Self, SweepError> {
        let mut keys = BTreeSet::new();
        for key in axes.iter().flat_map(Axis::keys) {
            if key == "run.seed" {
                return Err(SweepError::input("--vary run.seed: seeds are given with --seeds A..B"));
            }
            if !keys.insert(key) {
                return Err(SweepError::Input(format!("--vary {key}: the key is varied twice")));
            }
        }
        let points = axes.iter().try_fold(1_u64, |product, axis| product.checked_mul(axis.count()));
        let most_seeds = until.as_ref().map_or(seeds.count(), |until| until.max_seeds);
        let runs = points.and_then(|points| points.checked_mul(most_seeds));
        let (Some(points), Some(_)) = (points, runs) else {
            return Err(SweepError::input("the sweep has more runs than can be counted"));
        };
        if let Some(until) = &until {
            if seeds.count() < LEAST_SEEDS {
                return Err(SweepError::Input(format!(
                    "--until-ci begins with at least {LEAST_SEEDS} seeds, and --seeds gives {}: an interval of fewer says \
                     too little to stop by",
                    seeds.count()
                )));
            }
            if until.max_seeds < seeds.count() {
                return Err(SweepError::Input(format!(
                    "--max-seeds {} is below the {} seeds of --seeds",
                    until.max_seeds,
                    seeds.count()
                )));
            }
            if seeds.first.checked_add(until.max_seeds).is_none() {
                return Err(SweepError::input("--max-seeds goes beyond the last seed, 2^64 - 1"));
            }
        }
        Ok(Self { axes, seeds, shard, until, points })
    }

    /// What is varied: keys, some of which may go together.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// The varied keys, one by one.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.axes.iter().flat_map(Axis::keys).map(String::as_str)
    }

    /// The varied keys whose values are quantities in words, by their position, and the unit of their numbers.
    pub fn units(&self) -> Vec<(usize, Unit)> {
        let units = self.axes.iter().flat_map(Axis::units).enumerate();
        units.filter_map(|(key, unit)| Some((key, unit?))).collect()
    }

    /// How many points there are, in all shards.
    pub const fn points(&self) -> u64 {
        self.points
    }

    /// The rule by which replications are added, if there is one.
    pub const fn until(&self) -> Option<&UntilCi> {
        self.until.as_ref()
    }

    /// The seeds that every point has at least.
    pub const fn seeds(&self) -> Seeds {
        self.seeds
    }

    /// The index of a point's value on each axis.
    pub fn indices(&self, point: u64) -> Vec<u64> {
        let mut rest = point;
        let mut indices: Vec<u64> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let index = rest % axis.count();
                rest /= axis.count();
                index
            })
            .collect();
        indices.reverse();
        indices
    }

    /// The value of each varied key at a point.
    pub fn values(&self, point: u64) -> Vec<Value> {
        self.axes.iter().zip(self.indices(point)).flat_map(|(axis, index)| axis.values(index)).collect()
    }

    /// What a point is called in a journal, whatever other values are varied: a list of JSON.
    pub fn name(&self, point: u64) -> String {
        let names: Vec<String> = self.values(point).iter().map(Value::name).collect();
        format!("[{}]", names.join(","))
    }

    /// The point that is called so; `None` if the plan has none.
    pub fn point_of(&self, name: &str) -> Option<u64> {
        let names: Vec<serde_json::Value> = serde_json::from_str(name).ok()?;
        let mut names = names.into_iter().map(|name| name.to_string());
        let mut point = 0;
        for axis in &self.axes {
            let of_axis: Vec<String> = names.by_ref().take(axis.keys().len()).collect();
            point = point * axis.count() + axis.index_of(&of_axis.join(","))?;
        }
        names.next().is_none().then_some(point)
    }

    /// The point that differs from `point` in the value of one axis: there it has the first.
    pub fn first_along(&self, axis: usize, point: u64) -> u64 {
        let step: u64 = self.axes[axis + 1..].iter().map(Axis::count).product();
        point - self.indices(point)[axis] * step
    }

    /// A point as settings for the loader: `KEY=VALUE` each.
    pub fn settings(&self, point: u64) -> Vec<String> {
        self.keys().zip(self.values(point)).map(|(key, value)| format!("{key}={}", value.given)).collect()
    }

    /// A point for a person: `KEY=VALUE, ..`.
    pub fn describe(&self, point: u64) -> String {
        let values = self.values(point);
        let parts: Vec<String> =
            self.keys().zip(values).map(|(key, value)| format!("{key}={}", value.text)).collect();
        if parts.is_empty() { "the scenario as it is".to_owned() } else { parts.join(", ") }
    }

    /// Does this shard ever run `run`?
    pub fn holds(&self, run: RunKey) -> bool {
        let Some(offset) = run.seed.checked_sub(self.seeds.first) else { return false };
        if run.point >= self.points {
            return false;
        }
        match &self.until {
            Some(until) => offset < until.max_seeds && self.shard.takes(run.point),
            None => offset < self.seeds.count() && self.shard.takes(run.point * self.seeds.count() + offset),
        }
    }

    /// The shard that runs `run` in a sweep of `of` shards.
    pub fn shard_of(&self, run: RunKey, of: u64) -> u64 {
        let number = match self.until {
            Some(_) => run.point,
            None => run.point * self.seeds.count() + (run.seed - self.seeds.first),
        };
        number % of + 1
    }

    /// How many runs this shard has, unless that is for the results to decide.
    pub fn runs(&self) -> Option<u64> {
        let takes = |all: u64| all / self.shard.of + u64::from(all % self.shard.of >= self.shard.index);
        self.until.is_none().then(|| takes(self.points * self.seeds.count()))
    }

    /// How many runs this shard has at most.
    pub fn most_runs(&self) -> u64 {
        self.until.as_ref().map_or_else(
            || self.runs().unwrap_or(0),
            |until| (self.points / self.shard.of + 1).min(self.points).saturating_mul(until.max_seeds),
        )
    }

    /// The finished runs of this shard, in order. A journal may hold more: what was a run of this shard before
    /// seeds or values were added can be another's now.
    pub fn finished<'a>(&'a self, journal: &'a Journal) -> impl Iterator<Item = RunKey> + 'a {
        journal.runs().filter(|run| self.holds(*run))
    }

    /// The runs of this shard that are due now and not in the journal, in order; none if it is finished.
    /// With `until` there may be more once these are.
    pub fn due(&self, journal: &Journal) -> Vec<RunKey> {
        let lacks = |run: &RunKey| !journal.holds(*run);
        let Some(until) = &self.until else {
            let seeds = self.seeds;
            let all = self.points * seeds.count();
            let numbers = (self.shard.index - 1..all).step_by(self.shard.of.try_into().unwrap_or(usize::MAX));
            let run =
                |number| RunKey { point: number / seeds.count(), seed: seeds.first + number % seeds.count() };
            return numbers.map(run).filter(lacks).collect();
        };
        let mut due = Vec::new();
        for point in (0..self.points).filter(|&point| self.shard.takes(point)) {
            let wanted =
                until.replications(self.seeds.count(), &journal.measured(point, self.seeds.first)).wanted;
            due.extend((0..wanted).map(|n| RunKey { point, seed: self.seeds.first + n }).filter(lacks));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(shard: Shard) -> Plan {
        let axes = ["a=1,2,3", "b=x,y"].map(|vary| Axis::parse(vary).unwrap());
        Plan::new(axes.into(), "5..8".parse().unwrap(), shard, None).unwrap()
    }

    #[test]
    fn the_last_key_varies_fastest() {
        let plan = plan(Shard::WHOLE);
        let points: Vec<String> = (0..plan.points()).map(|point| plan.describe(point)).collect();
        assert_eq!(points, ["a=1, b=x", "a=1, b=y", "a=2, b=x", "a=2, b=y", "a=3, b=x", "a=3, b=y"]);
        for point in 0..plan.points() {
            assert_eq!(plan.point_of(&plan.name(point)), Some(point));
        }
        assert_eq!(plan.name(5), r#"[3,"y"]"#);
        for absent in [r#"[4,"y"]"#, r#"["3","y"]"#, "[3]", r#"[3,"y",1]"#, "3", "", "[3,"] {
            assert_eq!(plan.point_of(absent), None, "{absent}");
        }
        assert_eq!(plan.first_along(0, 5), 1);
        assert_eq!(plan.first_along(1, 5), 4);
        assert_eq!(plan.first_along(1, 4), 4);
    }

    #[test]
    fn shards_part_the_runs_among_them() {
        let all = 24;
        for of in [1, 2, 5, 24, 30] {
            let shards: Vec<Plan> = (1..=of).map(|index| plan(Shard { index, of })).collect();
            assert_eq!(shards.iter().map(|shard| shard.runs().unwrap()).sum::<u64>(), all);
            for point in 0..6 {
                for seed in 5..=8 {
                    let run = RunKey { point, seed };
                    let holders: Vec<u64> =
                        (1..=of).filter(|&index| shards[index as usize - 1].holds(run)).collect();
                    assert_eq!(holders, [shards[0].shard_of(run, of)]);
                }
            }
        }
        assert!(!plan(Shard::WHOLE).holds(RunKey { point: 0, seed: 9 }));
        assert!(!plan(Shard::WHOLE).holds(RunKey { point: 6, seed: 5 }));
    }

    #[test]
    fn what_cannot_be_planned_is_refused() {
        let axis = |text: &str| Axis::parse(text).unwrap();
        let seeds = Seeds { first: 1, last: 10 };
        let refused = |axes, seeds| Plan::new(axes, seeds, Shard::WHOLE, None).unwrap_err().to_string();
        assert!(refused(vec![axis("a=1"), axis("a=2")], seeds).contains("varied twice"));
        assert!(refused(vec![axis("run.seed=1,2")], seeds).contains("--seeds"));
        let endless = "x=0..18446744073709551615:1";
        assert!(refused(vec![axis(endless)], seeds).contains("more runs than can be counted"));
        for (text, problem) in
            [("9..1", "empty"), ("a..b", "is not a seed"), ("-1..2", "is not a seed"), ("", "is not a seed")]
        {
            assert!(text.parse::<Seeds>().unwrap_err().contains(problem), "{text}");
        }
        for text in ["0/4", "5/4", "1", "1/0", "a/b", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
