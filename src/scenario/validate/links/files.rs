//! Files that a link names, and what stands in a string of its own: a line over time, a preset, arguments of netem.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use crate::hardware::netem::{self, Table};
use crate::hardware::regions::{REGIONS, Region};
use crate::hardware::timeline::{Timeline, TimelineError, read_timeline};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::quoted;
use crate::scenario::source::At;
use crate::scenario::suggest::{listed, nearest};

/// Opens a file that the scenario names. `what` is what it should hold, `id` the identifier of the error.
pub fn open(file: &At<String>, base: &FilePath, id: &'static str, what: &str) -> Fallible<(PathBuf, File)> {
    let path = crate::scenario::files::find(base, &file.value);
    let fault = |title: &str| Fault::new(id, file.span, title);
    let cannot = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => fault(&format!("expected {what}, found no such file")),
        _ => fault(&format!("expected {what}, which cannot be read: {error}")),
    };
    // Asked before opening: to open a pipe is to wait for its writer.
    let found = fs::metadata(&path).map_err(cannot)?;
    if !found.is_file() {
        let found = if found.is_dir() { "a folder" } else { "a device or a pipe" };
        return Err(fault(&format!("expected {what}, found {found}")));
    }
    let opened = File::open(&path).map_err(cannot)?;
    Ok((path, opened))
}

/// A line over time.
pub fn timeline(file: &At<String>, base: &FilePath) -> Fallible<Arc<Timeline>> {
    const WHAT: &str = "a file of a line over time";
    let (path, opened) = open(file, base, "timeline-file", WHAT)?;
    let spans = read_timeline(BufReader::new(opened)).map_err(|error| match error {
        TimelineError::Read(error) => {
            let title = format!("expected {WHAT}, which cannot be read: {error}");
            Fault::new("timeline-file", file.span, title)
        }
        TimelineError::Row { line, column, title } => {
            Fault::new("timeline-file", file.span, title).elsewhere(&path, Some((line, column)))
        }
    })?;
    Ok(Arc::new(Timeline { file: file.value.clone(), spans }))
}

/// A measured line between two regions.
pub fn preset(at: &At<String>) -> Fallible<&'static Region> {
    if let Some(region) = Region::named(&at.value) {
        return Ok(region);
    }
    let names: Vec<String> = REGIONS
        .iter()
        .flat_map(|region| {
            let back = format!("{}:{} -> {}", region.provider, region.to, region.from);
            [region.name(), back]
        })
        .collect();
    let meant = nearest(&at.value, names.iter().map(String::as_str)).map(quoted);
    // All of them are too many: those that share a region with what was asked for.
    let near = REGIONS.iter().filter(|region| at.value.contains(region.from) || at.value.contains(region.to));
    let near: Vec<String> = near.map(Region::name).collect();
    let near = if near.is_empty() { REGIONS.iter().map(Region::name).collect() } else { near };
    let title = format!(
        "expected a measured line such as \"aws:us-east-1 -> eu-west-1\", found {}",
        quoted(&at.value)
    );
    Err(Fault::new("unknown-name", at.span, title)
        .label("there is no such preset")
        .did_you_mean(meant)
        .note(format!("there are: {}", listed(near.iter().map(String::as_str)))))
}

/// Arguments of netem. A distribution that has no formula may be a file `NAME.dist` in the folder of the scenario.
pub fn netem(at: &At<String>, base: &FilePath) -> Fallible<Arc<netem::Spec>> {
    let mut table = |name: &str| {
        if let Some(table) = Table::named(name) {
            return Ok(table);
        }
        let file = crate::scenario::files::of_distribution(name);
        match File::open(crate::scenario::files::find(base, &file)) {
            Ok(opened) => {
                netem::read_table(name, BufReader::new(opened)).map_err(|error| format!("{file}: {error}"))
            }
            Err(_) if name == "experimental" => Err(format!(
                "the distribution `experimental` is made of measured round trips that rcsim does not have: put tc's \
                 own {file} into the folder of the scenario"
            )),
            Err(_) => Err(format!(
                "expected one of the distributions {}, or a file {file} in the folder of the scenario, found neither \
                 by the name `{name}`",
                Table::NAMES.join(", ")
            )),
        }
    };
    let spec = netem::parse(&at.value, &mut table).map_err(|error| {
        let part = at.value.get(error.place).unwrap_or(&at.value);
        let fault = Fault::new("netem", at.place_of(part), error.title);
        if error.help.is_empty() { fault } else { fault.help(error.help) }
    })?;
    Ok(Arc::new(spec))
}
