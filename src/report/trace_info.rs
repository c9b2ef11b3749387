//! What a trace is like, as JSON and as a figure.

use serde::Serialize;

use super::plot::{Axis, Curve, Figure, Kind, Look, PlotError, Point, Quantity, Scale, draw_png, draw_svg};
use crate::hardware::trace_file::{Bin, Burstiness, Compression, SUMMARY_BLOCK, Summary, Tally};
use crate::making::Making;

/// Version of this contract.
const SCHEMA: u32 = 1;

/// Steps of a figure: more could not be told apart.
const STEPS: usize = 200;

/// A trace, for programs. Durations end in `_s`.
#[derive(Debug, Serialize)]
struct TraceInfo<'s> {
    schema: u32,
    files: Vec<FileInfo>,
    span_s: f64,
    requests: u64,
    reads: Counted,
    writes: Counted,
    others: u64,
    /// Shares of all requests.
    read_share: f64,
    write_share: f64,
    /// Over the span.
    writes_per_s: f64,
    bytes_written_per_s: f64,
    unaligned_writes: u64,
    write_size: Option<Spread>,
    /// Each size and how many writes have it.
    write_sizes: Vec<(u64, u64)>,
    write_gap: Option<GapSpread>,
    working_set: WorkingSet,
    bursts: Vec<Burst>,
    volumes: Vec<VolumeInfo<'s>>,
    volumes_cut_off: bool,
    timeline: Timeline,
}

#[derive(Debug, Serialize)]
struct FileInfo {
    file: String,
    format: &'static str,
    compression: Option<&'static str>,
    action: Option<char>,
    requests: u64,
    out_of_order: u64,
    out_of_order_by_s: f64,
}

#[derive(Debug, Serialize)]
struct Counted {
    requests: u64,
    bytes: u64,
}

impl From<Tally> for Counted {
    fn from(tally: Tally) -> Self {
        Self { requests: tally.requests, bytes: tally.bytes }
    }
}

#[derive(Debug, Serialize)]
struct Spread {
    mean: f64,
    min: u64,
    p50: u64,
    p90: u64,
    p99: u64,
    max: u64,
}

#[derive(Debug, Serialize)]
struct GapSpread {
    mean_s: f64,
    p50_s: f64,
    p90_s: f64,
    p99_s: f64,
    max_s: f64,
    squared_coefficient_of_variation: Option<f64>,
}

#[derive(Debug, Serialize)]
struct WorkingSet {
    block_bytes: u64,
    blocks: f64,
    bytes: f64,
    blocks_written: f64,
    overwrite_share: f64,
    overwrite_share_within_1s: f64,
    overwrite_share_within_60s: f64,
    sampled_share: f64,
}

#[derive(Debug, Serialize)]
struct Burst {
    window_s: f64,
    most_writes: u64,
    most_bytes: u64,
    peak_to_mean: Option<f64>,
    index_of_dispersion: Option<f64>,
}

#[derive(Debug, Serialize)]
struct VolumeInfo<'s> {
    volume: &'s str,
    reads: Counted,
    writes: Counted,
    end_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Timeline {
    bin_s: f64,
    reads: Vec<u64>,
    writes: Vec<u64>,
    bytes_written: Vec<u64>,
}

/// The trace as one line of JSON.
pub fn json(summary: &Summary) -> String {
    let span_s = summary.span.as_secs_f64();
    let requests = summary.reads.requests + summary.writes.requests + summary.others;
    let share = |of: u64| if requests == 0 { 0.0 } else { of as f64 / requests as f64 };
    let (sizes, blocks) = (&summary.sizes, &summary.blocks);
    let seconds = |ns: u64| ns as f64 / 1e9;
    let column = |of: fn(&Bin) -> u64| summary.timeline.iter().map(of).collect();
    let info = TraceInfo {
        schema: SCHEMA,
        files: summary
            .files
            .iter()
            .map(|file| FileInfo {
                file: file.path.display().to_string(),
                format: file.format.name(),
                compression: file.compression.map(Compression::name),
                action: file.action,
                requests: file.requests,
                out_of_order: file.out_of_order,
                out_of_order_by_s: file.out_of_order_by.as_secs_f64(),
            })
            .collect(),
        span_s,
        requests,
        reads: summary.reads.into(),
        writes: summary.writes.into(),
        others: summary.others,
        read_share: share(summary.reads.requests),
        write_share: share(summary.writes.requests),
        writes_per_s: per_second(summary.writes.requests as f64, span_s),
        bytes_written_per_s: per_second(summary.writes.bytes as f64, span_s),
        unaligned_writes: summary.unaligned,
        write_size: (summary.writes.requests > 0).then(|| Spread {
            mean: mean(summary.writes),
            min: sizes.quantile(0.0),
            p50: sizes.quantile(0.5),
            p90: sizes.quantile(0.9),
            p99: sizes.quantile(0.99),
            max: sizes.largest(),
        }),
        write_sizes: sizes.iter().collect(),
        write_gap: (!summary.gaps.is_empty()).then(|| GapSpread {
            mean_s: summary.gap_mean / 1e9,
            p50_s: seconds(summary.gap_at(0.5)),
            p90_s: seconds(summary.gap_at(0.9)),
            p99_s: seconds(summary.gap_at(0.99)),
            max_s: seconds(summary.gap_max),
            squared_coefficient_of_variation: gap_variation(summary),
        }),
        working_set: WorkingSet {
            block_bytes: SUMMARY_BLOCK,
            blocks: blocks.distinct,
            bytes: blocks.distinct * SUMMARY_BLOCK as f64,
            blocks_written: blocks.writes,
            overwrite_share: blocks.overwrites,
            overwrite_share_within_1s: blocks.within_1s,
            overwrite_share_within_60s: blocks.within_60s,
            sampled_share: blocks.sampled,
        },
        bursts: summary
            .bursts
            .iter()
            .map(|burst| Burst {
                window_s: burst.window.as_secs_f64(),
                most_writes: burst.most_writes,
                most_bytes: burst.most_bytes,
                peak_to_mean: peak_to_mean(burst),
                index_of_dispersion: dispersion(burst),
            })
            .collect(),
        volumes: summary
            .volumes
            .iter()
            .map(|volume| VolumeInfo {
                volume: &volume.name,
                reads: volume.reads.into(),
                writes: volume.writes.into(),
                end_bytes: volume.end,
            })
            .collect(),
        volumes_cut_off: summary.more_volumes,
        timeline: Timeline {
            bin_s: summary.bin.as_secs_f64(),
            reads: column(|bin| bin.reads.requests),
            writes: column(|bin| bin.writes.requests),
            bytes_written: column(|bin| bin.writes.bytes),
        },
    };
    // Plain data has a JSON.
    serde_json::to_string(&info).unwrap_or_default() + "\n"
}

/// A rate; 0 where everything happens at one instant.
pub(super) fn per_second(count: f64, span_s: f64) -> f64 {
    if span_s > 0.0 { count / span_s } else { 0.0 }
}

/// Bytes of a request, on average.
pub(super) fn mean(tally: Tally) -> f64 {
    if tally.requests == 0 { 0.0 } else { tally.bytes as f64 / tally.requests as f64 }
}

/// The squared coefficient of variation of the gaps, if not all of them are zero.
pub(super) fn gap_variation(summary: &Summary) -> Option<f64> {
    (summary.gap_mean > 0.0).then_some(summary.gap_variation)
}

/// The fullest window against the average one, if there are several to compare.
pub(super) fn peak_to_mean(burst: &Burstiness) -> Option<f64> {
    is_comparable(burst).then(|| burst.most_writes as f64 / burst.mean_writes)
}

/// Variance over mean of the writes in a window, if there are several to compare.
pub(super) fn dispersion(burst: &Burstiness) -> Option<f64> {
    is_comparable(burst).then_some(burst.dispersion)
}

const fn is_comparable(burst: &Burstiness) -> bool {
    burst.windows >= 2 && burst.most_writes > 0
}

fn linear(label: &str, quantity: Quantity) -> Axis {
    Axis { scale: Scale::Linear, ..Axis::new(label, quantity) }
}

/// How long the stretch of `width_s` from `from_s` on is: the last one ends with the trace.
pub(super) fn length_s(from_s: f64, width_s: f64, summary: &Summary) -> f64 {
    let rest = summary.span.as_secs_f64() - from_s;
    // The last request may stand at the very beginning of it.
    if rest > width_s / 16.0 { rest.min(width_s) } else { width_s }
}

/// The rates of writes and reads over time, in at most [`STEPS`] steps.
fn figure(summary: &Summary) -> Figure {
    let bins_a_step = summary.timeline.len().div_ceil(STEPS).max(1);
    let width = summary.bin.as_secs_f64() * bins_a_step as f64;
    let curve = |index: usize, name: &str, of: fn(&Bin) -> u64| {
        let steps = summary.timeline.chunks(bins_a_step).enumerate();
        let mut points: Vec<_> = steps
            .map(|(step, bins)| {
                let from_s = step as f64 * width;
                let requests: u64 = bins.iter().map(of).sum();
                Point::exact(from_s, requests as f64 / length_s(from_s, width, summary))
            })
            .collect();
        // A step lasts until the next one: the last one until the end.
        points.extend(points.last().map(|last| Point { x: last.x + width, ..*last }));
        Curve { name: name.to_owned(), look: Look::plain(index), kind: Kind::Steps, points, panel: 0 }
    };
    let mut curves = vec![curve(0, "writes", |bin| bin.writes.requests)];
    if summary.reads.requests > 0 {
        curves.push(curve(1, "reads", |bin| bin.reads.requests));
    }
    let files: Vec<_> = summary.files.iter().filter_map(|file| file.path.file_name()).collect();
    let title = match files.as_slice() {
        [one] => format!("Requests of {}", one.to_string_lossy()),
        files => format!("Requests of {} files", files.len()),
    };
    Figure {
        name: "trace".to_owned(),
        title,
        caption: String::new(),
        x: linear("time since the first request", Quantity::Time),
        y: linear("requests", Quantity::Rate),
        curves,
        shades: Vec::new(),
        ..Figure::default()
    }
}

/// The rates over time as a picture: PNG, or else SVG.
///
/// # Errors
/// When it cannot be drawn.
pub fn drawing(summary: &Summary, png: bool) -> Result<Vec<u8>, PlotError> {
    let figure = figure(summary);
    if !png {
        return Ok(draw_svg(&figure)?.into_bytes());
    }
    // The drawing library writes to a file, whose name tells it the form.
    let home = std::env::temp_dir();
    let failed = |error| PlotError::Write { path: home.clone(), error };
    let making = Making::folder(&home, "trace").map_err(failed)?;
    let drawn = making.path().join("trace.png");
    draw_png(&figure, &drawn)?;
    std::fs::read(&drawn).map_err(failed)
}
