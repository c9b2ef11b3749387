//! The busiest line of a direction: what it was offered, as shares of what it carries at its own rate.

use crate::metrics::load::Load;
use crate::metrics::summary::Summary;
use crate::scenario::Scenario;
use crate::scenario::validated::AnyPath;
use crate::units::Direction;

/// From this share of its rate on a line counts as saturated: more is offered than it carries.
const SATURATED: f64 = 1.0;

/// The line with the greatest load, over the window of statistics. All is absent where no line has a rate.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct BusiestLine {
    /// Its name: `L1 to R1`, or `shared`.
    pub name: Option<String>,
    /// Data sent for the first time, as a share of the rate (1 is all of it).
    pub first_share: Option<f64>,
    /// Resends, likewise.
    pub resent_share: Option<f64>,
    /// Packets without data, likewise: markers and requests, or completions.
    pub short_share: Option<f64>,
    /// Packets that repair others, likewise.
    pub repair_share: Option<f64>,
}

impl BusiestLine {
    /// Of one direction. A brown-out or a `timeline` of rates does not count: the share is that of the line's own rate.
    pub fn new(scenario: &Scenario, summary: &Summary, direction: Direction) -> Self {
        let seconds = summary.counted.as_secs_f64();
        let busiest = lines(scenario, &summary.loads[direction as usize], direction)
            .into_iter()
            .map(|(name, bits, load)| (name, bits as f64 / 8.0 * seconds, load))
            .filter(|&(_, capacity, _)| capacity > 0.0)
            .max_by(|(_, one, a), (_, other, b)| {
                (a.total() as f64 / one).total_cmp(&(b.total() as f64 / other))
            });
        let Some((name, capacity, load)) = busiest else { return Self::default() };
        let share = |bytes: u64| Some(bytes as f64 / capacity);
        Self {
            name: Some(name),
            first_share: share(load.first),
            resent_share: share(load.resent),
            short_share: share(load.short),
            repair_share: share(load.repair),
        }
    }

    /// All that it was offered, as a share of its rate.
    pub fn share(&self) -> f64 {
        [self.first_share, self.resent_share, self.short_share, self.repair_share].into_iter().flatten().sum()
    }

    /// Was it offered all that it carries, or more?
    pub fn is_saturated(&self) -> bool {
        self.share() >= SATURATED
    }
}

/// Every line with a rate: its name, its bits a second, and what it was offered.
fn lines(scenario: &Scenario, loads: &[Load], direction: Direction) -> Vec<(String, u64, Load)> {
    let mut found: Vec<(String, u64, Load)> = Vec::new();
    let mut shared = None;
    for (path, load) in scenario.all_paths().zip(loads) {
        let link = path.link(direction);
        let AnyPath { near, far, .. } = path;
        let Some(bits) = link.bandwidth else { continue };
        let name = match direction {
            Direction::Forward => format!("{near} to {far}"),
            Direction::Reverse => format!("{far} to {near}"),
        };
        match shared.filter(|_| link.shared) {
            Some(at) => {
                let (_, _, on_line): &mut (String, u64, Load) = &mut found[at];
                on_line.add(load);
            }
            None if link.shared => {
                shared = Some(found.len());
                found.push(("shared".to_owned(), bits, *load));
            }
            None => found.push((name, bits, *load)),
        }
    }
    found
}
