//! What a study's file says: every table and key of it, each with its place, nothing resolved.

use crate::report::plot::Scale;
use crate::report::plot::paper::Size;
use crate::scenario::diagnostic::Fallible;
use crate::scenario::document::{Node, Value};
use crate::scenario::format::{Leaf, LeafKind, Read, Shape, as_table, read_choice, wrong_type};
use crate::scenario::format::{field_type, keys_of, read_key, table};
use crate::scenario::raw::FigureTable;
use crate::scenario::source::At;
use crate::scenario::value::{Ordinal, Positive};

use super::Of;

table! {
    /// A study.
    pub struct File {
        /// Heading of the page. Default: the scenario's title.
        title: optional String,
        /// The scenario file, from the folder of the study, or a list of several: which one it is is then the axis `scenario`.
        scenario: required Texts,
        /// Every point runs with every seed from A to B: "A..B", or one seed.
        seeds: required SeedRange,
        /// Statistics leave out this time at the start of each run, or as long as pilot runs need to settle: "auto".
        warm_up: optional String,
        /// Adds seeds at each point until the mean of a measure is known well enough.
        until_ci: optional Until,
        /// Keys of the scenario that have one value at every point.
        set: optional Settings,
        /// Keys that vary, each with its values: every combination is a point. Keys with a comma between go together.
        vary: optional Settings,
        /// Figures. Default: those that `rcsim plot` chooses.
        figure: repeated Figure,
        /// What is expected at points.
        expect: repeated Expect,
    }
}

table! {
    /// `[until_ci]`.
    pub struct Until {
        /// The measure: a column of runs.csv.
        measure: required String,
        /// Half the 95% interval, as a share of the mean: "5%".
        within: required String,
        /// Most seeds of a point. Default: 1000.
        max_seeds: optional Ordinal,
    }
}

table! {
    /// `[[figure]]`.
    pub struct Figure {
        /// What is drawn: a column of runs.csv, `loss` or `broken`; of a list each is a figure of its own.
        measure: required Texts,
        /// The x axis: a varied key, a column of runs.csv, or `loss` (measured).
        x: optional String,
        /// Varied keys: one curve for each of their values. Default: all that are not on the x axis.
        by: optional Texts,
        /// Only points at which these keys have this value, or one of a list.
        r#where: optional Settings,
        /// What the x axis is called.
        x_label: optional String,
        /// What the y axis is called.
        y_label: optional String,
        /// Scale of the x axis: "auto" (the default), "linear" or "log".
        x_scale: optional ScaleName,
        /// Scale of the y axis.
        y_scale: optional ScaleName,
        /// Where the x axis begins and ends: "A..B", of which either may be missing.
        x_limits: optional String,
        /// Where the y axis begins and ends.
        y_limits: optional String,
        /// A varied key: one panel for each of its values.
        facet: optional String,
        /// What it stands on: "screen" (the default), "single-column", "double-column" or "slide".
        size: optional SizeName,
        /// Height of the letters of labels, in points.
        font_size: optional Positive,
        /// What stands above it; "none" for nothing.
        title: optional String,
        /// Stem of its files. Default: the measure.
        name: optional String,
    }
}

table! {
    /// `[[expect]]`.
    pub struct Expect {
        /// Only points at which these keys have this value, or one of a list. Default: all points.
        r#where: optional Settings,
        /// What is held against a limit: "mean" over runs (the default), "interval" (all of the 95% interval) or "every-run".
        of: optional OfName,
        /// Limits of measures, as in "rpo.max" = "<= 2s".
        figures: required FigureTable,
    }
}

/// A string, or a list of them, of which there is at least one.
#[derive(Clone, Debug)]
pub struct Texts(pub Vec<At<String>>);

impl Read for Texts {
    fn shape() -> Shape {
        let item = Shape::text("a string");
        let structured = Box::new(Shape::List(Box::new(item.clone())));
        Shape::Either { plain: Box::new(item), structured, promote: None }
    }

    fn read(node: &Node) -> Fallible<Self> {
        let one = |node: &Node| match &node.value {
            Value::Text(text) if !text.is_empty() => Ok(At { value: text.clone(), span: node.span }),
            _ => Err(wrong_type(node, "a string, or a list of strings")),
        };
        match &node.value {
            Value::List(items) if !items.is_empty() => {
                items.iter().map(one).collect::<Fallible<_>>().map(Self)
            }
            _ => one(node).map(|one| Self(vec![one])),
        }
    }
}

const SEEDS: &str = "seeds such as \"1..20\"";

/// `"A..B"`, or a whole number.
#[derive(Clone, Debug)]
pub struct SeedRange(pub String);

impl Read for SeedRange {
    fn shape() -> Shape {
        let range = Shape::quantity(SEEDS, r"^\s*[0-9]+\s*(\.\.\s*[0-9]+\s*)?$", "1..20");
        let one = Shape::Leaf(Leaf { expected: "one seed".into(), kind: LeafKind::Integer(0, u64::MAX) });
        Shape::Either { plain: Box::new(range), structured: Box::new(one), promote: None }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::Text(text) => Ok(Self(text.clone())),
            Value::Integer(seed) => Ok(Self(seed.to_string())),
            _ => Err(wrong_type(node, SEEDS)),
        }
    }
}

/// Keys of the scenario with a value each, in the order of the file. `"wan.loss" = 0` and `wan.loss = 0` are the same.
#[derive(Clone, Debug)]
pub struct Settings(pub Vec<(At<String>, Node)>);

impl Read for Settings {
    fn shape() -> Shape {
        Shape::Map(Box::new(Shape::any("a value, or several")))
    }

    fn read(node: &Node) -> Fallible<Self> {
        let mut settings = Vec::new();
        collect(node, "", &mut settings)?;
        // A table is sorted by key; the order of axes is that in which they are written.
        settings.sort_by_key(|(key, _)| key.span.start);
        Ok(Self(settings))
    }
}

fn collect(node: &Node, above: &str, settings: &mut Vec<(At<String>, Node)>) -> Fallible<()> {
    for (key, node) in &as_table(node)?.entries {
        let name = if above.is_empty() { key.value.clone() } else { format!("{above}.{}", key.value) };
        // A table in braces begins after its key and is a value; one of dotted keys begins with a key.
        match &node.value {
            Value::Table(table) if !is_in_braces(node, key) && !table.entries.is_empty() => {
                collect(node, &name, settings)?;
            }
            _ => settings.push((At { value: name, span: key.span }, node.clone())),
        }
    }
    Ok(())
}

/// Does the table stand in braces behind its key? That of dotted keys has the place of one of them.
fn is_in_braces(node: &Node, key: &At<String>) -> bool {
    let Value::Table(table) = &node.value else { return false };
    let first = table.entries.iter().map(|(key, _)| key.span.start).min().unwrap_or(node.span.end);
    node.span.start > key.span.end && node.span.start < first && node.span.end > first
}

/// The scale of an axis, by its name.
#[derive(Clone, Copy, Debug)]
pub struct ScaleName(pub Scale);

impl Read for ScaleName {
    fn shape() -> Shape {
        Shape::choice("a scale", vec!["auto", "linear", "log"])
    }

    fn read(node: &Node) -> Fallible<Self> {
        let scales = [Scale::Auto, Scale::Linear, Scale::Log];
        read_choice(node, "a scale", &["auto", "linear", "log"]).map(|index| Self(scales[index]))
    }
}

/// What a figure stands on, by its name.
#[derive(Clone, Copy, Debug)]
pub struct SizeName(pub Size);

impl Read for SizeName {
    fn shape() -> Shape {
        Shape::choice("a size", Size::ALL.map(|(name, _)| name).to_vec())
    }

    fn read(node: &Node) -> Fallible<Self> {
        let names = Size::ALL.map(|(name, _)| name);
        read_choice(node, "a size", &names).map(|index| Self(Size::ALL[index].1))
    }
}

/// What is held against a limit, by its name.
#[derive(Clone, Copy, Debug)]
pub struct OfName(pub Of);

impl Read for OfName {
    fn shape() -> Shape {
        Shape::choice("what is held against the limit", Of::ALL.map(|(name, _)| name).to_vec())
    }

    fn read(node: &Node) -> Fallible<Self> {
        let names = Of::ALL.map(|(name, _)| name);
        read_choice(node, "what is held against the limit", &names).map(|index| Self(Of::ALL[index].1))
    }
}
