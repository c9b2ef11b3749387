//! Delays and service times, as the file says them.

use crate::scenario::diagnostic::Fallible;
use crate::scenario::document::{Node, Table, Value};
use crate::scenario::format::{Read, Shape, wrong_type};
use crate::scenario::format::{field_type, keys_of, read_key, table, variants};
use crate::scenario::source::At;
use crate::scenario::value::{Duration, Span};

variants! {
    /// A distribution of time spans; a duration alone is a constant.
    pub enum Distribution by "distribution" ("a distribution") {
        /// Always the mean.
        "constant" => ConstantDelay,
        /// Anything between two spans.
        "uniform" => Uniform,
        /// Gaussian.
        "normal" => Normal,
        /// Log-normal.
        "lognormal" => Lognormal,
        /// Pareto.
        "pareto" => Pareto,
        /// A quarter Gaussian, three quarters Pareto, as netem has it.
        "paretonormal" => Paretonormal,
        /// `minimum` and an exponential above it.
        "exponential" => Exponential,
        /// One of the values of a file.
        "empirical" => Empirical,
        /// The values of a file, one after the other in time.
        "series" => Series,
    }
}

table! {
    /// `distribution = "constant"`.
    pub struct ConstantDelay {
        /// The value.
        mean: required Duration,
    }
}

table! {
    /// `distribution = "uniform"`.
    pub struct Uniform {
        /// The least value.
        minimum: required Duration,
        /// The greatest value.
        maximum: required Duration,
        /// Delays of packets that enter the line dt apart have correlation about exp(-dt / this), so
        /// neighbours travel alike. Default: independent delays.
        correlation_time: optional Span,
    }
}

/// The distributions of a mean and a deviation.
macro_rules! deviating {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {$(
        table! {
            $(#[doc = $doc])*
            pub struct $name {
                /// The mean of the whole, after `minimum` has cut.
                mean: required Duration,
                /// The standard deviation, before `minimum` cuts.
                deviation: required Span,
                /// No value is below this. Default: 0s.
                minimum: optional Duration,
                /// Delays of packets that enter the line dt apart have correlation about exp(-dt / this),
                /// so neighbours travel alike. Default: independent delays.
                correlation_time: optional Span,
            }
        }
    )*};
}

deviating! {
    /// `distribution = "normal"`.
    Normal,
    /// `distribution = "lognormal"`.
    Lognormal,
    /// `distribution = "pareto"`.
    Pareto,
    /// `distribution = "paretonormal"`.
    Paretonormal,
}

table! {
    /// `distribution = "exponential"`.
    pub struct Exponential {
        /// The mean of the whole.
        mean: required Duration,
        /// The least value. Default: 0s.
        minimum: optional Duration,
        /// Delays of packets that enter the line dt apart have correlation about exp(-dt / this), so
        /// neighbours travel alike. Default: independent delays.
        correlation_time: optional Span,
    }
}

table! {
    /// `distribution = "empirical"`.
    pub struct Empirical {
        /// A file with one duration ("20.5ms") per line; relative to the scenario file.
        file: required String,
        /// Values below this are raised to it. Default: 0s.
        minimum: optional Duration,
        /// Delays of packets that enter the line dt apart have correlation about exp(-dt / this), so
        /// neighbours travel alike. Default: independent delays.
        correlation_time: optional Span,
    }
}

table! {
    /// `distribution = "series"`, of a path's delay.
    pub struct Series {
        /// A file with one duration ("20.5ms") per line, in the order in which they were measured; relative to the scenario file.
        file: required String,
        /// How long each value is in force: the time between two measurements.
        every: required Span,
        /// Where in the series the run begins. Default: drawn by the seed. After the last value comes the first.
        start: optional Duration,
    }
}

/// A constant, or a distribution.
#[derive(Clone, Debug)]
pub enum Delay {
    /// Always this.
    Constant(Duration),
    /// Drawn.
    Drawn(Distribution),
}

impl Read for Delay {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Duration::shape()),
            structured: Box::new(Distribution::shape()),
            promote: Some(constant_table),
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match node.value {
            Value::Table(_) => Distribution::read(node).map(Self::Drawn),
            Value::List(_) => Err(wrong_type(node, "a duration such as \"20ms\", or a distribution")),
            _ => Duration::read(node).map(Self::Constant),
        }
    }
}

/// A duration as the table of a distribution.
fn constant_table(duration: Node) -> Value {
    let span = duration.span;
    let key = |name: &str| At { value: name.to_owned(), span };
    let constant = Node { span, value: Value::Text("constant".into()) };
    Value::Table(Table { entries: vec![(key("distribution"), constant), (key("mean"), duration)] })
}
