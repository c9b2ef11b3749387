//! Delays and service times of the file: distributions, and how neighbouring delays of a path hang together.

use std::io::BufReader;
use std::path::Path as FilePath;

use super::files::open;
use crate::hardware::distribution::{Distribution, DistributionError, EmpiricalError, Shape, read_empirical};
use crate::hardware::link::{Course, Series};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::raw;
use crate::scenario::source::At;
use crate::scenario::value::{Duration, Span};
use crate::units::SimDuration;

/// The delay of a path: its law, and its course.
pub fn path_delay(at: &At<raw::Delay>, base: &FilePath) -> Fallible<(Distribution, Course)> {
    let raw::Delay::Drawn(drawn) = &at.value else { return Ok((law(at, base)?, Course::Independent)) };
    if let raw::Distribution::Series(raw) = drawn {
        let values: Vec<_> = values(&raw.file, base)?;
        let every = raw.every.value.0;
        let start = raw.start.as_ref().map(|start| start.value.0);
        let course = Series { values: values.iter().map(|value| value.as_ns()).collect(), every, start };
        let law = Distribution::empirical(values, SimDuration::ZERO)
            .map_err(|error| Fault::new("delays-file", raw.file.span, error.to_string()))?;
        return Ok((law, Course::Series(course)));
    }
    let course = correlation_time(drawn).map_or(Course::Independent, |time| Course::Correlated(time.value.0));
    Ok((law(at, base)?, course))
}

/// A distribution whose samples are drawn each by itself: of a service time, of a host's delay.
pub fn distribution(at: &At<raw::Delay>, base: &FilePath) -> Fallible<Distribution> {
    let raw::Delay::Drawn(drawn) = &at.value else { return law(at, base) };
    let refused = match drawn {
        raw::Distribution::Series(raw) => Some((raw.file.span, "`distribution = \"series\"`")),
        _ => correlation_time(drawn).map(|time| (time.span, "`correlation_time`")),
    };
    if let Some((span, what)) = refused {
        let title = format!("expected samples that are drawn each by itself, found {what}");
        return Err(Fault::new("no-effect", span, title)
            .label("this is for the delay of a path, which is a function of time"));
    }
    law(at, base)
}

fn correlation_time(drawn: &raw::Distribution) -> Option<&At<Span>> {
    use raw::Distribution as Raw;
    match drawn {
        Raw::ConstantDelay(_) | Raw::Series(_) => None,
        Raw::Uniform(raw) => raw.correlation_time.as_ref(),
        Raw::Normal(raw) => raw.correlation_time.as_ref(),
        Raw::Lognormal(raw) => raw.correlation_time.as_ref(),
        Raw::Pareto(raw) => raw.correlation_time.as_ref(),
        Raw::Paretonormal(raw) => raw.correlation_time.as_ref(),
        Raw::Exponential(raw) => raw.correlation_time.as_ref(),
        Raw::Empirical(raw) => raw.correlation_time.as_ref(),
    }
}

/// The law alone.
fn law(at: &At<raw::Delay>, base: &FilePath) -> Fallible<Distribution> {
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
        Raw::Empirical(raw) => {
            let minimum = raw.minimum.as_ref().map_or(SimDuration::ZERO, |minimum| minimum.value.0);
            Distribution::empirical(values(&raw.file, base)?, minimum)
                .map_err(|error| Fault::new("delays-file", raw.file.span, error.to_string()))
        }
        // Its course says more.
        Raw::Series(raw) => Distribution::empirical(values(&raw.file, base)?, SimDuration::ZERO)
            .map_err(|error| Fault::new("delays-file", raw.file.span, error.to_string())),
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

/// The delays in a file, in its order.
fn values(file: &At<String>, base: &FilePath) -> Fallible<Vec<SimDuration>> {
    let fault = |title: &str| Fault::new("delays-file", file.span, title);
    let (path, opened) = open(file, base, "delays-file", "a file of delays")?;
    read_empirical(BufReader::new(opened)).map_err(|error| match error {
        EmpiricalError::Read(error) => {
            fault(&format!("expected a file of delays, which cannot be read: {error}"))
        }
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
    })
}
