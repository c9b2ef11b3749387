//! Every figure that results hold: its name, what it is counted in, what it is called, how it is defined, where the
//! definition comes from, and what it depends on.
//!
//! One table for all who need to know: sweeps (which interval a column gets), plots (labels and units) and
//! `docs/measures.md`, which is [`page()`]. A name is a dotted path as in `runs.csv`; `*` stands for the name of a group,
//! job or unit, or for a place in a list. It knows names only: nothing here measures.

mod files;
mod page;
mod table;

pub use files::{FILES, FileColumns};
pub use page::page;
pub use table::{COLUMNS, SPAN_FAMILIES, SPANS, SpanFamily};

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Seconds.
    Time,
    /// Nanoseconds, an instant of the run.
    Instant,
    /// Bytes.
    Bytes,
    /// Bytes a second.
    BytesPerSecond,
    /// Bits a second: of a line.
    BitsPerSecond,
    /// Events a second.
    Rate,
    /// A ratio or a share, from 0 to 1.
    Share,
    /// A bare number.
    Number,
    /// How many: a whole number in each run.
    Count,
    /// True or false: over runs, a share of them.
    Flag,
    /// A word or a sentence: no measure.
    Text,
}

impl Quantity {
    /// The unit, as the page writes it.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Time => "s",
            Self::Instant => "ns",
            Self::Bytes => "bytes",
            Self::BytesPerSecond => "bytes/s",
            Self::BitsPerSecond => "bit/s",
            Self::Rate => "1/s",
            Self::Share => "0 to 1",
            Self::Number | Self::Count => "",
            Self::Flag => "true/false",
            Self::Text => "text",
        }
    }

    /// The least and the greatest that there can be: no interval reaches beyond.
    pub const fn bounds(self) -> (f64, f64) {
        match self {
            Self::Share | Self::Flag => (0.0, 1.0),
            Self::Time
            | Self::Instant
            | Self::Bytes
            | Self::BytesPerSecond
            | Self::BitsPerSecond
            | Self::Rate
            | Self::Count => (0.0, f64::INFINITY),
            Self::Number | Self::Text => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }
}

/// The least and the greatest value that a measure can have; everything for one that is in no table.
pub fn bounds(measure: &str) -> (f64, f64) {
    lookup(measure).map_or(Quantity::Number.bounds(), |known| known.quantity.bounds())
}

/// What happens by chance, and sometimes so seldom that most runs see none of it. A mean over runs that depends on
/// such an event is known only if enough runs saw it. The names are those of `hits` in a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// A packet of the data direction was lost.
    Loss,
    /// A packet of the other direction was lost.
    ReverseLoss,
    /// A fault of the scenario met something: a packet, a write.
    FaultHit,
    /// A check broke.
    Break,
}

impl Event {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Loss, Self::ReverseLoss, Self::FaultHit, Self::Break];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::ReverseLoss => "loss on the way back",
            Self::FaultHit => "fault hit",
            Self::Break => "break",
        }
    }

    /// The column that counts it; empty where it cannot happen.
    pub const fn column(self) -> &'static str {
        match self {
            Self::Loss => "hits.losses",
            Self::ReverseLoss => "hits.losses_reverse",
            Self::FaultHit => "hits.faults",
            Self::Break => "hits.breaks",
        }
    }

    /// What a run did that saw it: `lost a packet`.
    pub const fn seen(self) -> &'static str {
        match self {
            Self::Loss => "lost a packet to the remote site",
            Self::ReverseLoss => "lost a packet to the local site",
            Self::FaultHit => "had a packet or write hit by each fault",
            Self::Break => "broke the order",
        }
    }
}

/// The measures that are asked for most, proposed where a name is not known.
pub const MAIN: [&str; 6] = [
    "received_lag.mean_s",
    "applied_lag.mean_s",
    "response_time.mean_s",
    "rpo.max_s",
    "wan.reordered_ratio",
    "wan.lost",
];

/// Which events a run saw, in the order of [`Event::ALL`]; `None` where one cannot happen.
pub type Seen = [Option<bool>; Event::ALL.len()];

/// The event that the fewest of `runs` saw, of those on which `measure` hangs and which can happen there, and how many
/// of them saw it.
pub fn rarest(measure: &str, runs: &[Seen]) -> Option<(Event, usize)> {
    // What is in no table may depend on anything that is on the way to the remote site.
    let unknown: &[Event] = &[Event::Loss, Event::FaultHit];
    let hangs_on = lookup(measure).map_or(unknown, |known| known.hangs_on);
    let count = |event: Event| {
        let place = Event::ALL.iter().position(|&known| known == event)?;
        let may = runs.iter().any(|seen| seen[place].is_some());
        may.then(|| (event, runs.iter().filter(|seen| seen[place] == Some(true)).count()))
    };
    hangs_on.iter().filter_map(|&event| count(event)).min_by_key(|&(_, seen)| seen)
}

/// A figure or column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its path; `*` stands for a name or place.
    pub path: &'static str,
    /// What it is counted in.
    pub quantity: Quantity,
    /// What a person calls it; `*` stands for the name in the path.
    pub label: &'static str,
    /// What it is, whole: from when to when, over what.
    pub definition: &'static str,
    /// Where the definition comes from, or how it is computed; empty where the definition says it all.
    pub source: &'static str,
    /// What it depends on.
    pub hangs_on: &'static [Event],
}

/// A column of this path, as it is looked up: the path's own names filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it is counted in.
    pub quantity: Quantity,
    /// What a person calls it.
    pub label: String,
    /// What it depends on.
    pub hangs_on: &'static [Event],
    /// The column of the same run that says how many spans are outstanding, if it has one.
    pub outstanding: Option<String>,
    /// The group of which it is, if it is of one.
    pub group: Option<String>,
}

/// The column that counts `event` for `measure`; a figure of one group depends on the packets of that group.
pub fn event_column(event: Event, measure: &str) -> String {
    match (event, lookup(measure).and_then(|known| known.group)) {
        (Event::Loss, Some(group)) => format!("groups.{group}.hits.losses"),
        _ => event.column().to_owned(),
    }
}

/// Which events the run saw on which `measure` may hang; `times` says how often a column counts, if it does.
pub fn seen(measure: &str, times: impl Fn(&str) -> Option<f64>) -> Seen {
    Event::ALL.map(|event| times(&event_column(event, measure)).map(|times| times > 0.0))
}

/// What is known of the column `path`; `None` if it is in no table.
pub fn lookup(path: &str) -> Option<Known> {
    for family in &SPAN_FAMILIES {
        let Some((rest, name)) = family_rest(family.path, path) else { continue };
        let span = SPANS.iter().find(|span| span.path == rest)?;
        let of = name.as_ref().map(|name| family.of.replace('*', name)).unwrap_or_default();
        let known = Known {
            quantity: span.quantity,
            label: format!("{}{of}", span.label.replace('*', family.label)),
            hangs_on: family.hangs_on,
            outstanding: path.strip_suffix(rest).map(|family| format!("{family}outstanding")),
            group: name.filter(|_| family.path.starts_with("groups.")),
        };
        return Some(known);
    }
    let (column, name) = COLUMNS.iter().find_map(|column| Some((column, matched(column.path, path)?)))?;
    Some(Known {
        quantity: column.quantity,
        label: column.label.replace('*', name.as_deref().unwrap_or_default()),
        hangs_on: column.hangs_on,
        outstanding: None,
        group: name.filter(|_| column.path.starts_with("groups.")),
    })
}

/// What follows `family` and a dot in `path`, and the name that stands for its `*`.
fn family_rest<'a>(family: &str, path: &'a str) -> Option<(&'a str, Option<String>)> {
    let (head, rest) = path.rsplit_once('.')?;
    Some((rest, matched(family, head)?))
}

/// Does `path` match `pattern`? Then what its first `*` stands for, if it has one. A name may hold dots.
#[expect(clippy::option_option, reason = "no match, a match without a name, a match with one")]
fn matched(pattern: &str, path: &str) -> Option<Option<String>> {
    let Some((before, after)) = pattern.split_once('*') else { return (pattern == path).then_some(None) };
    let rest = path.strip_prefix(before)?;
    if let Some((between, _)) = after.split_once('*') {
        // The shortest name will do: a place in a list, or the name of a group before a check.
        let end = rest
            .match_indices(between)
            .map(|(at, _)| at)
            .find(|&at| at > 0 && matched(after, &rest[at..]).is_some())?;
        return Some(Some(rest[..end].to_owned()));
    }
    let name = rest.strip_suffix(after)?;
    (!name.is_empty()).then(|| Some(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_dots_are_found() {
        let known = lookup("groups.a.b.applied_lag.p99_s").unwrap();
        assert_eq!(known.label, "99th percentile of applied lag of group a.b");
        assert_eq!(known.quantity, Quantity::Time);
        assert_eq!(known.outstanding.as_deref(), Some("groups.a.b.applied_lag.outstanding"));
        assert_eq!(lookup("received_lag.mean_s").unwrap().label, "Mean received lag");
        assert_eq!(lookup("groups.x.rpo.mean_s").unwrap().label, "Mean recovery point of group x");
        assert_eq!(lookup("order.checks.causal").unwrap().quantity, Quantity::Text);
        assert_eq!(lookup("no.such.column"), None);
        assert_eq!(lookup("received_lag.no_such"), None);
        assert_eq!(lookup("groups..rpo.mean_s"), None, "a name is never empty");
    }

    #[test]
    fn a_figure_of_a_group_hangs_on_the_packets_of_the_group() {
        assert_eq!(event_column(Event::Loss, "groups.a.b.rpo.max_s"), "groups.a.b.hits.losses");
        assert_eq!(event_column(Event::FaultHit, "groups.a.rpo.max_s"), "hits.faults");
        assert_eq!(event_column(Event::Loss, "rpo.max_s"), "hits.losses");
        let times = |column: &str| match column {
            "hits.losses" => Some(7.0),
            "groups.a.hits.losses" => Some(0.0),
            _ => None,
        };
        assert_eq!(seen("rpo.max_s", times), [Some(true), None, None, None]);
        assert_eq!(seen("groups.a.rpo.max_s", times), [Some(false), None, None, None]);
    }

    #[test]
    fn no_path_is_defined_twice_and_every_definition_says_something() {
        let mut paths: Vec<&str> = COLUMNS.iter().map(|column| column.path).collect();
        paths.sort_unstable();
        let all = paths.len();
        paths.dedup();
        assert_eq!(paths.len(), all);
        for column in &COLUMNS {
            assert!(column.definition.ends_with(['.', '?']), "{}", column.path);
            assert!(!column.label.is_empty(), "{}", column.path);
        }
    }
}
