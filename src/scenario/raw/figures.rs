//! `[expect.figures]`: limits of figures of the result, by name.

use super::At;
use crate::scenario::diagnostic::Fallible;
use crate::scenario::document::{Node, Value};
use crate::scenario::format::{Read, Shape, as_table, wrong_type};

/// Limits such as `"<= 2s"`, by the name of the figure. `"rpo.max" = ..` and `rpo.max = ..` are the same.
#[derive(Clone, Debug)]
pub struct FigureTable(pub Vec<(At<String>, At<String>)>);

const EXPECTED: &str = "a limit such as \"<= 2s\"";

impl Read for FigureTable {
    fn shape() -> Shape {
        Shape::Map(Box::new(Shape::text(EXPECTED)))
    }

    fn read(node: &Node) -> Fallible<Self> {
        let mut limits = Vec::new();
        collect(node, "", &mut limits)?;
        Ok(Self(limits))
    }
}

fn collect(node: &Node, above: &str, limits: &mut Vec<(At<String>, At<String>)>) -> Fallible<()> {
    for (key, node) in &as_table(node)?.entries {
        let name = if above.is_empty() { key.value.clone() } else { format!("{above}.{}", key.value) };
        match &node.value {
            Value::Table(_) => collect(node, &name, limits)?,
            Value::Text(limit) => limits
                .push((At { value: name, span: key.span }, At { value: limit.clone(), span: node.span })),
            _ => return Err(wrong_type(node, EXPECTED)),
        }
    }
    Ok(())
}
