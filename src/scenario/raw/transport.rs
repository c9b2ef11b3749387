//! `[transport]`, and what differs of it on one path.

use crate::protocol::transport::ResendUnit;
use crate::scenario::diagnostic::Fallible;
use crate::scenario::document::{Node, Value};
use crate::scenario::format::{Read, Shape};
use crate::scenario::format::{field_type, keys_of, read_key, table, wrong_type};
use crate::scenario::value::{Count, RetransmitRule, SizeLimit, Span};

table! {
    /// `[transport]`: when what was sent counts as lost, and how much may be in flight.
    pub struct Transport {
        /// The time-out: "adaptive" (RFC 6298) or "fixed" (`protocol.retransmit_timeout`). Default: "fixed" where that is given, else "adaptive".
        retransmit: optional RetransmitRule,
        /// The adaptive time-out before the first round trip is known. Default: 1s.
        initial_timeout: optional Span,
        /// The least adaptive time-out. Default: 200ms.
        minimum_timeout: optional Span,
        /// The greatest adaptive time-out. Default: 60s.
        max_timeout: optional Span,
        /// Losses found before the time-out: "off", after so many completions of later sendings (3 is TCP's fast retransmit), or "rack" (RFC 8985). Default: "off".
        early: optional Early,
        /// Bytes in flight on a path: "unlimited", a size, or "aimd" (RFC 5681: slow start, halving). Default: "unlimited".
        window: optional Window,
        /// What is resent of a write in several packets: "write" is all of it, "packet" what was not answered. Default: "write".
        unit: optional ResendUnit,
    }
}

/// `early`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Early {
    /// Never.
    Off,
    /// After so many later completions.
    Completions(u64),
    /// RFC 8985.
    Rack,
}

impl Read for Early {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Shape::choice("\"off\" or \"rack\"", vec!["off", "rack"])),
            structured: Box::new(Count::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::Text(text) if text == "off" => Ok(Self::Off),
            Value::Text(text) if text == "rack" => Ok(Self::Rack),
            Value::Integer(_) => Count::read(node).map(|count| Self::Completions(count.0)),
            _ => Err(wrong_type(node, "\"off\", \"rack\", or a number of completions such as 3")),
        }
    }
}

/// `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// So many bytes, at least 1; `None` is unlimited.
    Bytes(Option<u64>),
    /// RFC 5681.
    Aimd,
}

impl Read for Window {
    fn shape() -> Shape {
        Shape::text("a size such as \"1MiB\", \"unlimited\" or \"aimd\"")
    }

    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::Text(text) if text == "aimd" => Ok(Self::Aimd),
            Value::Text(_) => match SizeLimit::read(node) {
                Ok(SizeLimit(Some(0))) | Err(_) => Err(wrong_type(node, &Self::shape().expected())),
                Ok(SizeLimit(bytes)) => Ok(Self::Bytes(bytes)),
            },
            _ => Err(wrong_type(node, &Self::shape().expected())),
        }
    }
}
