//! Ranges of units in pairs and workloads: `"L1:1..50 -> R1:1..50"`, `"L1:* -> R2:*"`, `on = ["L1:1..3", "*"]`.
//!
//! Both ends are included. `*` is every unit of a system or, alone, every local system.

use std::collections::BTreeMap;

use super::{items, table};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::{Node, Value, quoted};
use crate::scenario::source::At;

const ALL: &str = "*";
/// No range is longer.
const MOST: u64 = super::generate::MOST;

/// Writes every range out.
pub(super) fn expand(root: &mut Node) -> Fallible<()> {
    let (mut units, mut locals) = (BTreeMap::new(), Vec::new());
    for list in ["local_system", "remote_system"] {
        for system in items(root, list).into_iter().flatten() {
            let Some(system) = table(system) else { continue };
            if let (Some(Value::Text(name)), count) =
                (system.get("name").map(|node| &node.value), system.get("units").map(|node| &node.value))
            {
                let count =
                    if let Some(Value::Integer(count)) = count { u64::try_from(*count).ok() } else { None };
                units.insert(name.clone(), count.unwrap_or(0));
                if list == "local_system" {
                    locals.push(name.clone());
                }
            }
        }
    }
    for group in items(root, "group").into_iter().flatten() {
        rewrite(group, &["pairs"], &|text| pairs(text, &units))?;
    }
    for host in items(root, "host").into_iter().flatten() {
        rewrite(host, &["workload", "on"], &|text| {
            if text.value.trim() == ALL {
                return Ok(Some(locals.clone()));
            }
            Ok(ends(text, &text.value, &units)?.filter(|units| !units.is_empty()))
        })?;
    }
    Ok(())
}

/// What stands in place of a string; `None` where it stays as it is.
type Rewritten = Fallible<Option<Vec<String>>>;

/// Replaces the strings of the list at `path` below `node`; what is no list of strings is the reader's to refuse.
fn rewrite(node: &mut Node, path: &[&str], replace: &dyn Fn(&At<String>) -> Rewritten) -> Fallible<()> {
    if let Some((key, rest)) = path.split_first() {
        let found =
            table(node).and_then(|table| table.entries.iter_mut().find(|(known, _)| known.value == *key));
        return found.map_or(Ok(()), |(_, node)| rewrite(node, rest, replace));
    }
    let Value::List(items) = &mut node.value else { return Ok(()) };
    let mut all = Vec::with_capacity(items.len());
    for item in std::mem::take(items) {
        let new = match &item.value {
            Value::Text(text) => replace(&At { value: text.clone(), span: item.span })?,
            _ => None,
        };
        match new {
            None => all.push(item),
            Some(new) => {
                all.extend(new.into_iter().map(|text| Node { span: item.span, value: Value::Text(text) }));
            }
        }
    }
    *items = all;
    Ok(())
}

/// The pairs that `text` stands for.
fn pairs(text: &At<String>, units: &BTreeMap<String, u64>) -> Rewritten {
    let Some((local, remote)) = text.value.split_once("->") else { return Ok(None) };
    let (local_units, remote_units) = (ends(text, local, units)?, ends(text, remote, units)?);
    match (local_units, remote_units) {
        (None, None) => Ok(None),
        (Some(units), _) | (_, Some(units)) if units.is_empty() => Ok(None),
        (Some(locals), Some(remotes)) if locals.len() == remotes.len() => {
            let pairs = locals.into_iter().zip(remotes);
            Ok(Some(pairs.map(|(local, remote)| format!("{local} -> {remote}")).collect()))
        }
        (locals, remotes) => {
            let count = |units: Option<Vec<String>>| units.map_or(1, |units| units.len());
            let title = format!(
                "expected as many remote units as local ones ({}), found {}",
                count(locals),
                count(remotes)
            );
            Err(Fault::new("range", text.span, title))
        }
    }
}

/// The units that `end`, a piece of `text`, stands for, if it has a range; none if nobody knows how many there are.
fn ends(text: &At<String>, end: &str, units: &BTreeMap<String, u64>) -> Rewritten {
    let Some((system, range)) = end.trim().split_once(':') else { return Ok(None) };
    let (system, range) = (system.trim(), range.trim());
    let (first, last) = if range == ALL {
        // A system that is not there, or has no number of units, is told by the reader.
        match units.get(system) {
            Some(&count) if count > 0 => (1, count),
            _ => return Ok(Some(Vec::new())),
        }
    } else {
        let Some((first, last)) = range.split_once("..") else { return Ok(None) };
        match (unit(first), unit(last)) {
            (Some(first), Some(last)) if first <= last && last - first < MOST => (first, last),
            ends => {
                let title = format!("expected a range of units such as 1..50, found {}", quoted(range));
                let label = match ends {
                    (Some(first), Some(last)) if first <= last => format!("a range has at most {MOST} units"),
                    _ => "it ends before it begins, or has no ends".to_owned(),
                };
                return Err(Fault::new("range", text.place_of(range), title).label(label));
            }
        }
    };
    Ok(Some((first..=last).map(|unit| format!("{system}:{unit}")).collect()))
}

/// The end of a range; a number that is too great for any unit is the greatest.
fn unit(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}
