//! How far arrivals were out of order, as JSON and as tables: RFC 4737 and RFC 5236.
//!
//! The same figures of a run's packets, of its writes, and of a user's log.

use super::text::human::{bytes, count, percent, seconds, three_digits};
use super::text::table::Table;
use crate::metrics::Spans;
use crate::metrics::reordering::{Order, Spread};

/// A page shows this many steps of n-reordering and bars of a density.
const ROWS: usize = 12;

/// Orders of arrival of a run.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct OrdersResult {
    /// Packets of the data direction, path by path.
    pub packets: ArrivalOrder,
    /// Packets of the other direction.
    pub packets_reverse: ArrivalOrder,
    /// Writes, group by group: local order against the first stay at the remote site.
    pub writes: ArrivalOrder,
}

/// How far arrivals were out of order.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ArrivalOrder {
    /// First copies that arrived.
    pub received: u64,
    /// Those that arrived reordered (RFC 4737, section 3.3).
    pub reordered: u64,
    /// Section 4.1.
    pub reordered_ratio: f64,
    /// Section 4.2, in arrivals.
    pub reordering_extent_mean: f64,
    /// Section 4.2, in arrivals.
    pub reordering_extent_max: u64,
    /// Section 4.2, in arrivals.
    pub reordering_extent: SpreadResult,
    /// Section 4.3.
    pub late_time: TimesResult,
    /// Section 4.4, in bytes; nothing where sizes are not known.
    pub byte_offset: Option<SpreadResult>,
    /// Section 4.5: gaps between discontinuities, in arrivals and in time.
    pub reordering_gap: GapsResult,
    /// Section 4.6.
    pub free_runs: FreeRunsResult,
    /// Section 5.3, for every n.
    pub n_reordering: Vec<NReordering>,
    /// Section 5.4: what TCP would take for losses.
    pub three_reordered_ratio: f64,
    /// RFC 5236, section 4.
    pub reorder_density: Vec<Displacement>,
    /// RFC 5236, section 5.
    pub reorder_buffer_density: Vec<Occupancy>,
}

/// A spread of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct SpreadResult {
    pub mean: f64,
    pub p50: u64,
    pub p99: u64,
    pub max: u64,
}

/// A spread of times, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are keys of the result, and say the unit")]
pub struct TimesResult {
    pub mean_s: f64,
    pub p50_s: f64,
    pub p99_s: f64,
    pub max_s: f64,
}

/// Reordering gaps.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct GapsResult {
    /// Reordering discontinuities.
    pub discontinuities: u64,
    /// Gaps: between a discontinuity and the next, if they were found in that order.
    pub count: u64,
    /// In arrivals.
    pub arrivals: SpreadResult,
    /// In time.
    pub time: TimesResult,
}

/// Reordering-free runs.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct FreeRunsResult {
    /// Runs that a reordered arrival ended.
    pub runs: u64,
    /// Arrivals in order within them.
    pub arrivals: u64,
    /// Sum of the squares of their lengths.
    pub squares: u64,
    /// Mean length.
    pub mean: f64,
    /// The longest.
    pub longest: u64,
    /// Arrivals in order after the last reordered one.
    pub open: u64,
}

/// This many arrivals are n-reordered, for every n of a range.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct NReordering {
    /// The first n.
    pub from: u64,
    /// The last n.
    pub to: u64,
    /// n-reordered arrivals, for each of these n.
    pub arrivals: u64,
    /// Over all arrivals: the degree of n-reordering.
    pub degree: f64,
}

/// A bar of the reorder density.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are keys of the result")]
pub struct Displacement {
    /// Receive index minus sequence number: early ones are below 0.
    pub displacement: i64,
    /// Arrivals.
    pub arrivals: u64,
    /// Their share.
    pub density: f64,
}

/// A bar of the reorder buffer-occupancy density.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are keys of the result")]
pub struct Occupancy {
    /// Early arrivals that wait.
    pub occupancy: u64,
    /// Arrivals after which this many wait.
    pub arrivals: u64,
    /// Their share.
    pub density: f64,
}

impl From<Spread> for SpreadResult {
    fn from(Spread { mean, p50, p99, max, .. }: Spread) -> Self {
        Self { mean, p50, p99, max }
    }
}

impl From<Spans> for TimesResult {
    fn from(Spans { mean_s, p50_s, p99_s, max_s, .. }: Spans) -> Self {
        Self { mean_s, p50_s, p99_s, max_s }
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl ArrivalOrder {
    /// As measured; `has_sizes` says whether byte offsets mean anything.
    pub fn new(order: &Order, has_sizes: bool) -> Self {
        let Order { found, free_runs, .. } = order;
        let placed = order.displacements.iter().map(|&(_, arrivals)| arrivals).sum();
        let buffered = order.occupancies.iter().map(|&(_, arrivals)| arrivals).sum();
        let step = |&(from, to, arrivals): &(u64, u64, u64)| NReordering {
            from,
            to,
            arrivals,
            degree: share(arrivals, found.received),
        };
        let displaced = |&(displacement, arrivals): &(i64, u64)| Displacement {
            displacement,
            arrivals,
            density: share(arrivals, placed),
        };
        let waiting = |&(occupancy, arrivals): &(u64, u64)| Occupancy {
            occupancy,
            arrivals,
            density: share(arrivals, buffered),
        };
        Self {
            received: found.received,
            reordered: found.reordered,
            reordered_ratio: found.ratio(),
            reordering_extent_mean: found.extent_mean(),
            reordering_extent_max: found.extent_max,
            reordering_extent: order.extent.into(),
            late_time: order.late_time.into(),
            byte_offset: has_sizes.then(|| order.byte_offset.into()),
            reordering_gap: GapsResult {
                discontinuities: order.discontinuities,
                count: order.gap.count,
                arrivals: order.gap.into(),
                time: order.gap_time.into(),
            },
            free_runs: FreeRunsResult {
                runs: free_runs.runs,
                arrivals: free_runs.arrivals,
                squares: u64::try_from(free_runs.squares).unwrap_or(u64::MAX),
                mean: free_runs.mean(),
                longest: free_runs.longest,
                open: free_runs.open,
            },
            n_reordering: order.n_reordered.iter().map(step).collect(),
            three_reordered_ratio: found.three_reordered_ratio(),
            reorder_density: order.displacements.iter().map(displaced).collect(),
            reorder_buffer_density: order.occupancies.iter().map(waiting).collect(),
        }
    }

    /// Mean and greatest occupancy of a reordering buffer.
    fn waiting(&self) -> (f64, u64) {
        let mean = self.reorder_buffer_density.iter().map(|bar| bar.occupancy as f64 * bar.density).sum();
        (mean, self.reorder_buffer_density.last().map_or(0, |bar| bar.occupancy))
    }
}

/// What is shown of several, or a dash where there is none: the mean of nothing is not zero.
pub(super) fn if_any(count: u64, shown: impl FnOnce() -> String) -> String {
    if count > 0 { shown() } else { "-".to_owned() }
}

/// A row for each of several orders of arrival, for the page of a run: means, but for the last column.
pub(super) fn overview(orders: &[(&str, &ArrivalOrder)]) -> Table {
    let mut table = Table::default();
    table.heading([
        "arrivals",
        "reordered",
        "3-reordered",
        "late time",
        "byte offset",
        "gap",
        "free run",
        "waiting",
        "max",
    ]);
    for (name, order) in orders {
        let (mean, max) = order.waiting();
        let (received, reordered) = (order.received, order.reordered);
        table.row([
            (*name).to_owned(),
            if_any(received, || percent(order.reordered_ratio)),
            if_any(received, || percent(order.three_reordered_ratio)),
            if_any(reordered, || seconds(order.late_time.mean_s)),
            order
                .byte_offset
                .filter(|_| reordered > 0)
                .map_or_else(|| "-".to_owned(), |offset| bytes(offset.mean.round() as u64)),
            if_any(order.reordering_gap.count, || three_digits(order.reordering_gap.arrivals.mean)),
            if_any(order.free_runs.runs, || three_digits(order.free_runs.mean)),
            if_any(received, || three_digits(mean)),
            if_any(received, || count(max)),
        ]);
    }
    table
}

/// All figures of one order of arrival: RFC 4737, n-reordering, and RFC 5236's two densities.
pub(super) fn tables(order: &ArrivalOrder) -> [Table; 4] {
    let mut extents = Table::default();
    extents.heading(["", "mean", "p50", "p99", "max"]);
    let mut whole = |name: &str, spread: SpreadResult, show: &dyn Fn(u64) -> String, unit: &str| {
        let mean = format!("{}{unit}", three_digits(spread.mean));
        extents.row([name.to_owned(), mean, show(spread.p50), show(spread.p99), show(spread.max)]);
    };
    whole("extent, in arrivals", order.reordering_extent, &count, "");
    if let Some(offset) = order.byte_offset {
        whole("byte offset", offset, &|size| format!("{}B", count(size)), "B");
    }
    let gap = Some(order.reordering_gap).filter(|gap| gap.count > 0);
    if let Some(gap) = gap {
        whole("gap, in arrivals", gap.arrivals, &count, "");
    }
    let gap_times = gap.map(|gap| ("gap in time", gap.time));
    for (name, times) in [("late time", order.late_time)].into_iter().chain(gap_times) {
        let times = [times.mean_s, times.p50_s, times.p99_s, times.max_s].map(seconds);
        extents.row([name.to_owned()].into_iter().chain(times));
    }
    let mut n_reordering = Table::default();
    n_reordering.heading(["n-reordered, n", "arrivals", "degree"]);
    for step in order.n_reordering.iter().take(ROWS) {
        let n = if step.from == step.to {
            step.from.to_string()
        } else {
            format!("{} to {}", count(step.from), count(step.to))
        };
        n_reordering.row([n, count(step.arrivals), percent(step.degree)]);
    }
    more(&mut n_reordering, order.n_reordering.len());
    let mut displacements = Table::default();
    displacements.heading(["displacement", "arrivals", "density"]);
    for bar in weightiest(&order.reorder_density, |bar| bar.arrivals) {
        displacements.row([format!("{:+}", bar.displacement), count(bar.arrivals), percent(bar.density)]);
    }
    more(&mut displacements, order.reorder_density.len());
    let mut occupancies = Table::default();
    occupancies.heading(["arrivals that wait", "arrivals", "density"]);
    for bar in weightiest(&order.reorder_buffer_density, |bar| bar.arrivals) {
        occupancies.row([count(bar.occupancy), count(bar.arrivals), percent(bar.density)]);
    }
    more(&mut occupancies, order.reorder_buffer_density.len());
    [extents, n_reordering, displacements, occupancies]
}

/// The bars with the most arrivals, in their order.
fn weightiest<T: Copy>(bars: &[T], weight: impl Fn(&T) -> u64) -> Vec<T> {
    let mut places: Vec<usize> = (0..bars.len()).collect();
    places.sort_by_key(|&place| (std::cmp::Reverse(weight(&bars[place])), place));
    places.truncate(ROWS);
    places.sort_unstable();
    places.into_iter().map(|place| bars[place]).collect()
}

/// Says how many rows are left out.
fn more(table: &mut Table, rows: usize) {
    if rows > ROWS {
        table.row([format!("and {} more (--format json)", count((rows - ROWS) as u64))]);
    }
}
