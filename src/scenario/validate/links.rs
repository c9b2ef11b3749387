//! Delays, paths and the control network.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path as FilePath;

use super::systems::{System, Systems};
use super::tape;
use crate::hardware::distribution::{Distribution, DistributionError, EmpiricalError, Shape, read_empirical};
use crate::hardware::link::{Link, Loss};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::quoted;
use crate::scenario::raw;
use crate::scenario::source::{At, Span};
use crate::scenario::validated::Path;
use crate::scenario::value::{Duration, Fraction};
use crate::units::quantity::Size;
use crate::units::{Direction, PathId, SimDuration};

/// A completion fits into a packet of this many bytes, and must: it is never cut.
const LEAST_MTU: u32 = 64;

/// Both directions of every path that has no `[[path]]` of its own: `[wan]`, then `[wan.reverse]`.
pub fn wan(file: &raw::File, base: &FilePath) -> Fallible<(Link, Link)> {
    let wan = &file.wan.value;
    let mut forward = Link { delay: distribution(&wan.delay, base)?, ..Link::ideal() };
    turn(&mut forward, &wan.knobs)?;
    let mut reverse = forward.clone();
    if let Some(link) = &wan.reverse {
        override_link(&mut reverse, &link.value, base)?;
    }
    Ok((forward, reverse))
}

/// Every path of disk systems, each direction as `wan` has it, then its own `[[path]]`.
pub fn paths(file: &raw::File, systems: &Systems, base: &FilePath) -> Fallible<Vec<Path>> {
    let (forward, reverse) = wan(file, base)?;
    let path = |&(local, remote)| Path { local, remote, forward: forward.clone(), reverse: reverse.clone() };
    let mut paths: Vec<_> = systems.paths.iter().map(path).collect();
    let mut known: BTreeMap<(PathId, Direction), Span> = BTreeMap::new();
    for at in &file.path {
        let (id, direction) = ends(systems, &at.value.from, &at.value.to)?;
        if id.index() >= paths.len() {
            continue; // Of a tape job.
        }
        if let Some(before) = known.insert((id, direction), at.span) {
            return Err(two_paths(at, before));
        }
        let path = &mut paths[id.index()];
        let link = match direction {
            Direction::Forward => &mut path.forward,
            Direction::Reverse => &mut path.reverse,
        };
        override_link(link, &at.value.link, base)?;
    }
    Ok(paths)
}

/// A second `[[path]]` for one direction.
pub fn two_paths(at: &At<raw::PathOverride>, before: Span) -> Box<Fault> {
    let (from, to) = (&at.value.from.value, &at.value.to.value);
    let title = format!("expected one [[path]] at most from {from} to {to}, found two");
    Fault::new("duplicate-path", at.span, title).context(before, "the first")
}

/// The direction of the path from one system to another.
pub fn ends(systems: &Systems, from: &At<String>, to: &At<String>) -> Fallible<(PathId, Direction)> {
    if let Some(ends) = tape::ends(systems, from, to) {
        return ends;
    }
    let (sender, receiver) = (systems.system(from, &from.value)?, systems.system(to, &to.value)?);
    let (ends, direction) = match (sender, receiver) {
        (System::Local(local), System::Remote(remote)) => ((local, remote), Direction::Forward),
        (System::Remote(remote), System::Local(local)) => ((local, remote), Direction::Reverse),
        _ => {
            let title = format!(
                "expected a system at the other site than {}, found {}",
                from.value,
                quoted(&to.value)
            );
            return Err(Fault::new("no-path", to.span, title).context(from.span, "the system that sends"));
        }
    };
    if let Ok(index) = systems.paths.binary_search(&ends) {
        return Ok((PathId::from(index), direction));
    }
    let title = format!("expected two systems with a common pair, found {} and {}", from.value, to.value);
    Err(Fault::new("no-path", to.span, title)
        .label("no pair joins these systems, so there is no path between them")
        .context(from.span, "the system that sends"))
}

/// `[control]`, or a constant delay of `limit_delay`.
pub fn control(file: &raw::File, base: &FilePath) -> Fallible<Link> {
    let mut link = Link::ideal();
    let short = file.protocol.value.limit_delay.as_ref();
    if let Some(short) = short {
        link.delay = Distribution::constant(short.value.0);
    }
    if let Some(control) = &file.control {
        if let (Some(short), Some(delay)) = (short, &control.value.delay) {
            let title = "expected `protocol.limit_delay` or `control.delay`, found both";
            return Err(Fault::new("contradiction", short.span, title)
                .label("short for a constant `control.delay`")
                .context(delay.span, "also given"));
        }
        override_link(&mut link, &control.value, base)?;
    }
    Ok(link)
}

/// Takes over what `raw` says.
pub fn override_link(link: &mut Link, raw: &raw::Link, base: &FilePath) -> Fallible<()> {
    if let Some(delay) = &raw.delay {
        link.delay = distribution(delay, base)?;
    }
    turn(link, &raw.knobs)
}

/// Turns the knobs that are given.
fn turn(link: &mut Link, knobs: &raw::Knobs) -> Fallible<()> {
    if let Some(at) = &knobs.loss {
        link.loss = loss(at)?;
    }
    if let Some(at) = &knobs.duplicate {
        link.duplicate = at.value.0;
    }
    if let Some(at) = &knobs.reorder {
        link.reorder = at.value.0;
    }
    if let Some(at) = &knobs.bandwidth {
        link.bandwidth = at.value.0;
    }
    if let Some(at) = &knobs.queue {
        link.queue = at.value.0;
    }
    if let Some(at) = &knobs.mtu {
        if let Some(mtu) = at.value.0.filter(|&mtu| mtu < LEAST_MTU) {
            let title = format!("expected an MTU of at least {LEAST_MTU}B, found {}", Size(mtu.into()));
            return Err(Fault::new("out-of-range", at.span, title)
                .label(format!("a completion is a packet of {LEAST_MTU}B")));
        }
        link.mtu = at.value.0;
    }
    if let Some(at) = &knobs.fifo {
        link.fifo = at.value;
    }
    Ok(())
}

fn loss(at: &At<raw::Loss>) -> Fallible<Loss> {
    let model = match &at.value {
        raw::Loss::Independent(probability) => return Ok(Loss::Bernoulli(probability.0)),
        raw::Loss::Model(raw::LossModel::GilbertElliott(model)) => model,
    };
    let or = |value: &Option<At<Fraction>>, default: f64| value.as_ref().map_or(default, |at| at.value.0);
    let (good_to_bad, bad_to_good) = (model.good_to_bad.value.0, model.bad_to_good.value.0);
    if good_to_bad + bad_to_good == 0.0 {
        let title = "expected `good_to_bad` or `bad_to_good` above 0, found both 0";
        return Err(Fault::new("contradiction", model.good_to_bad.span, title)
            .label("a chain that never moves has no long-run share of its states")
            .context(model.bad_to_good.span, "also 0"));
    }
    Ok(Loss::GilbertElliott {
        good_to_bad,
        bad_to_good,
        loss_good: or(&model.loss_good, 0.0),
        loss_bad: or(&model.loss_bad, 1.0),
    })
}

/// A distribution of the file.
pub fn distribution(at: &At<raw::Delay>, base: &FilePath) -> Fallible<Distribution> {
    use raw::Distribution as Raw;
    let drawn = match &at.value {
        raw::Delay::Constant(value) => return Ok(Distribution::constant(value.0)),
        raw::Delay::Drawn(drawn) => drawn,
    };
    match drawn {
        Raw::ConstantDelay(raw) => Ok(Distribution::constant(raw.mean.value.0)),
        Raw::Uniform(raw) => {
            let built = Distribution::uniform(raw.minimum.value.0, raw.maximum.value.0);
            built.map_err(|error| contradiction(&error, &raw.maximum, Some(&raw.minimum)))
        }
        Raw::Normal(raw) => {
            let shape = Shape::Normal { deviation: raw.deviation.value.0 };
            with_mean(shape, &raw.mean, raw.minimum.as_ref())
        }
        Raw::Lognormal(raw) => {
            let shape = Shape::Lognormal { deviation: raw.deviation.value.0 };
            with_mean(shape, &raw.mean, raw.minimum.as_ref())
        }
        Raw::Pareto(raw) => {
            let shape = Shape::Pareto { deviation: raw.deviation.value.0 };
            with_mean(shape, &raw.mean, raw.minimum.as_ref())
        }
        Raw::Paretonormal(raw) => {
            let shape = Shape::Paretonormal { deviation: raw.deviation.value.0 };
            with_mean(shape, &raw.mean, raw.minimum.as_ref())
        }
        Raw::Exponential(raw) => with_mean(Shape::Exponential, &raw.mean, raw.minimum.as_ref()),
        Raw::Empirical(raw) => empirical(raw, base),
    }
}

fn with_mean(shape: Shape, mean: &At<Duration>, minimum: Option<&At<Duration>>) -> Fallible<Distribution> {
    let least = minimum.map_or(SimDuration::ZERO, |minimum| minimum.value.0);
    let built = Distribution::new(shape, mean.value.0, least);
    built.map_err(|error| contradiction(&error, mean, minimum))
}

/// The values contradict each other; `mean` may be a maximum.
fn contradiction(
    error: &DistributionError,
    mean: &At<Duration>,
    minimum: Option<&At<Duration>>,
) -> Box<Fault> {
    let what =
        if matches!(error, DistributionError::MaximumBelowMinimum { .. }) { "maximum" } else { "mean" };
    match minimum {
        Some(minimum) => Fault::new("contradiction", minimum.span, error.to_string())
            .label("the minimum")
            .context(mean.span, format!("the {what}")),
        None => Fault::new("contradiction", mean.span, error.to_string()),
    }
}

fn empirical(raw: &raw::Empirical, base: &FilePath) -> Fallible<Distribution> {
    let path = base.join(&raw.file.value);
    let fault = |title: &str| Fault::new("delays-file", raw.file.span, title);
    let cannot = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => fault("expected a file of delays, found no such file"),
        _ => fault(&format!("expected a file of delays, which cannot be read: {error}")),
    };
    // Asked before opening: to open a pipe is to wait for its writer.
    let found = fs::metadata(&path).map_err(cannot)?;
    if !found.is_file() {
        let found = if found.is_dir() { "a folder" } else { "a device or a pipe" };
        return Err(fault(&format!("expected a file of delays, found {found}")));
    }
    let file = File::open(&path).map_err(cannot)?;
    let values = read_empirical(BufReader::new(file)).map_err(|error| match error {
        EmpiricalError::Read(error) => cannot(error),
        EmpiricalError::Line { line, error } => fault(&error.to_string()).elsewhere(&path, Some((line, 1))),
        EmpiricalError::NoText { line, found } => {
            fault(&format!("expected a duration such as \"20ms\", found {found}"))
                .elsewhere(&path, Some((line, 1)))
        }
        EmpiricalError::TooMany { line } => {
            fault("expected fewer values: these are too many").elsewhere(&path, Some((line, 1)))
        }
        EmpiricalError::Empty => {
            fault("expected one duration such as \"20ms\" per line, found none").elsewhere(&path, None)
        }
    })?;
    let minimum = raw.minimum.as_ref().map_or(SimDuration::ZERO, |minimum| minimum.value.0);
    Distribution::empirical(values, minimum).map_err(|error| fault(&error.to_string()))
}
