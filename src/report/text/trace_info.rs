//! What a trace is like, for a person: figures, and how it goes over time as bars.

use super::human::{bytes, count, number, percent, plural, seconds, three_digits};
use super::style::{Paint, Style};
use super::table::Table;
use super::wrap::wrap;
use crate::hardware::trace_file::{Summary, SummaryFile};
use crate::report::trace_info::{dispersion, gap_variation, length_s, mean, peak_to_mean, per_second};

/// Width of the labels.
const LABEL: usize = 13;
/// This many files and volumes are shown.
const SHOWN: usize = 8;
/// Rows of the picture over time.
const ROWS: usize = 24;
/// The longest bar.
const BAR: usize = 48;

/// The page of a trace.
pub fn trace_info(summary: &Summary, style: Style) -> String {
    let mut lines = Vec::new();
    let names: Vec<_> = summary.files.iter().map(|file| file.path.display().to_string()).collect();
    let title = match names.as_slice() {
        [one] => one.clone(),
        names => format!("{} files of one recording", names.len()),
    };
    lines.push(style.paint(&title, Paint::Heading));
    let mut entry = |label: &str, text: &str| {
        lines.extend(wrap(text, &format!("  {label:<LABEL$}"), LABEL + 2));
    };
    for (index, file) in summary.files.iter().take(SHOWN).enumerate() {
        entry(if index == 0 { "files" } else { "" }, &file_phrase(file));
    }
    if let Some(more) = summary.files.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        entry("", &format!("and {}", plural(more, "more file")));
    }
    let (reads, writes, span_s) = (summary.reads, summary.writes, summary.span.as_secs_f64());
    let requests = reads.requests + writes.requests + summary.others;
    let share = |of: u64| if requests == 0 { 0.0 } else { of as f64 / requests as f64 };
    let mut told = format!(
        "{} in {}: {} writes ({}), {} reads ({})",
        plural(requests as usize, "request"),
        seconds(span_s),
        count(writes.requests),
        percent(share(writes.requests)),
        count(reads.requests),
        percent(share(reads.requests)),
    );
    if summary.others > 0 {
        told += &format!(", {} others ({})", count(summary.others), percent(share(summary.others)));
    }
    entry("requests", &told);
    if writes.requests > 0 {
        let rate = per_second(writes.requests as f64, span_s);
        let written =
            format!("{} in writes of {} on average", bytes(writes.bytes), bytes(mean(writes) as u64));
        if span_s > 0.0 {
            let flow = bytes(per_second(writes.bytes as f64, span_s) as u64);
            entry("written", &format!("{written}; {} writes/s, {flow}/s", three_digits(rate)));
        } else {
            entry("written", &format!("{written}, all at one instant"));
        }
        entry("sizes", &sizes_phrase(summary));
        entry("working set", &working_set_phrase(summary));
        if !summary.gaps.is_empty() {
            let at = |quantile| seconds(summary.gap_at(quantile) as f64 / 1e9);
            let mut gaps = format!(
                "{} on average, {} median, {} for 99 %",
                seconds(summary.gap_mean / 1e9),
                at(0.5),
                at(0.99),
            );
            if let Some(variation) = gap_variation(summary) {
                gaps +=
                    &format!("; squared coefficient of variation {} (Poisson: 1)", three_digits(variation));
            }
            entry("gaps", &gaps);
        }
    }
    lines.extend(bursts(summary, style));
    lines.extend(volumes(summary, style));
    lines.extend(picture(summary, style));
    lines.push(String::new());
    lines.join("\n")
}

fn file_phrase(file: &SummaryFile) -> String {
    let mut kind = vec![file.format.title().to_owned()];
    kind.extend(file.compression.map(|compression| compression.name().to_owned()));
    kind.extend(file.action.map(|action| format!("action {action}")));
    let mut told = format!(
        "{}: {}; {}",
        file.path.display(),
        kind.join(", "),
        plural(file.requests as usize, "request")
    );
    if file.out_of_order > 0 {
        told += &format!(
            "; {} out of order, by up to {}: a replay needs `sort = true`",
            count(file.out_of_order),
            file.out_of_order_by
        );
    }
    told
}

fn sizes_phrase(summary: &Summary) -> String {
    let at = |quantile| bytes(summary.sizes.quantile(quantile));
    let mut told = format!(
        "{} least, {} median, {} for 99 %, {} most",
        at(0.0),
        at(0.5),
        at(0.99),
        bytes(summary.sizes.largest())
    );
    if summary.unaligned > 0 {
        told += &format!("; {} not in whole blocks of 512 bytes", count(summary.unaligned));
    }
    told
}

fn working_set_phrase(summary: &Summary) -> String {
    let blocks = &summary.blocks;
    let exact = (blocks.sampled - 1.0).abs() < f64::EPSILON;
    let about = if exact { String::new() } else { "about ".to_owned() };
    let mut told = format!(
        "{about}{} written in blocks of 4KiB; of the blocks written, {} had been written before, {} within a second, \
         {} within a minute",
        bytes((blocks.distinct * 4096.0) as u64),
        percent(blocks.overwrites),
        percent(blocks.within_1s),
        percent(blocks.within_60s)
    );
    if !exact {
        told += &format!(" (from a sample of {} of the addresses)", percent(blocks.sampled));
    }
    told
}

/// A table of bursts.
fn bursts(summary: &Summary, style: Style) -> Vec<String> {
    if summary.writes.requests == 0 {
        return Vec::new();
    }
    let dash = || "-".to_owned();
    let mut table = Table::default();
    table.heading(["window", "most writes", "most bytes", "peak/mean", "variance/mean"]);
    for burst in &summary.bursts {
        table.row([
            burst.window.to_string(),
            count(burst.most_writes),
            bytes(burst.most_bytes),
            peak_to_mean(burst).map_or_else(dash, |ratio| number((ratio * 100.0).round() / 100.0)),
            dispersion(burst).map_or_else(dash, three_digits),
        ]);
    }
    let mut lines =
        vec![String::new(), style.paint("Bursts (variance/mean of a Poisson process: 1)", Paint::Heading)];
    lines.extend(table.lines(2, style));
    lines
}

/// A table of volumes, those with most writes first.
fn volumes(summary: &Summary, style: Style) -> Vec<String> {
    let mut table = Table::default();
    table.heading(["volume", "writes", "written", "reads", "read", "ends at"]);
    let mut volumes: Vec<_> = summary.volumes.iter().collect();
    volumes.sort_by_key(|volume| std::cmp::Reverse(volume.writes.requests));
    for volume in volumes.iter().take(SHOWN) {
        table.row([
            volume.name.escape_debug().to_string(),
            count(volume.writes.requests),
            bytes(volume.writes.bytes),
            count(volume.reads.requests),
            bytes(volume.reads.bytes),
            bytes(volume.end),
        ]);
    }
    let mut lines = vec![String::new(), style.paint("Volumes", Paint::Heading)];
    lines.extend(table.lines(2, style));
    match volumes.len().checked_sub(SHOWN) {
        _ if summary.more_volumes => {
            lines.push(format!("  and more than {} others", count(4096 - SHOWN as u64)));
        }
        Some(more) if more > 0 => lines.push(format!("  and {}", plural(more, "other"))),
        _ => {}
    }
    lines
}

/// Writes over time, a row of `#` for each stretch.
fn picture(summary: &Summary, style: Style) -> Vec<String> {
    if summary.writes.requests == 0 || summary.timeline.len() < 2 {
        return Vec::new();
    }
    let bins_a_row = summary.timeline.len().div_ceil(ROWS);
    let rows = summary.timeline.chunks(bins_a_row);
    let rows: Vec<u64> = rows.map(|bins| bins.iter().map(|bin| bin.writes.requests).sum()).collect();
    let most = rows.iter().copied().max().unwrap_or(0).max(1);
    let row_s = summary.bin.as_secs_f64() * bins_a_row as f64;
    let mut lines = vec![String::new(), style.paint("Writes over time", Paint::Heading)];
    for (index, &writes) in rows.iter().enumerate() {
        let bar = "#".repeat((writes as f64 / most as f64 * BAR as f64).round() as usize);
        let from_s = index as f64 * row_s;
        let from = seconds(from_s);
        let rate = writes as f64 / length_s(from_s, row_s, summary);
        lines.push(format!("  {from:>9}  {bar:<BAR$}  {}/s", three_digits(rate)).trim_end().to_owned());
    }
    lines
}
