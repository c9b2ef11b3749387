//! `[topology]`: systems, groups and pairs made up by number, so that their number can be swept.
//!
//! Every system and every group has a pair at least. Units are dealt out in the order of pairs, so that each pair has
//! units of its own. "random" draws from a generator of its own (`SplitMix64`) by `seed`: a topology is the same for all
//! seeds of the run.

use super::shape::topology;
use super::{table, take};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::{Node, Table, Value, quoted};
use crate::scenario::format::{Reader, read_choice, wrong_type};
use crate::scenario::source::{At, Span};

/// The key.
pub(super) const KEY: &str = "topology";
/// Ways to spread pairs.
pub(super) const SPREADS: [&str; 2] = ["even", "random"];
/// No more of anything.
pub(super) const MOST: u64 = 1_000_000;

/// What `[topology]` says.
struct Wanted {
    locals: At<u64>,
    remotes: At<u64>,
    pairs: At<u64>,
    groups: At<u64>,
    is_random: bool,
    seed: u64,
    templates: [Option<Node>; 2],
}

/// Where a pair belongs; all from 0.
#[derive(Clone, Copy)]
struct Place {
    local: u64,
    remote: u64,
    group: u64,
}

/// Puts what `[topology]` asks for in front of what the file lists itself.
pub(super) fn generate(root: &mut Node) -> Fallible<()> {
    let Some((_, node)) = table(root).and_then(|table| take(table, KEY)) else { return Ok(()) };
    let wanted = read(&node)?;
    for of in [&wanted.locals, &wanted.remotes, &wanted.groups] {
        if of.value > wanted.pairs.value {
            let title = format!("expected no more than pairs ({}), found {}", wanted.pairs.value, of.value);
            return Err(Fault::new("topology", of.span, title)
                .label("each of them has a pair at least")
                .context(wanted.pairs.span, "the pairs"));
        }
    }
    let at = node.span;
    let places = places(&wanted);
    let mut units = [vec![0_u64; wanted.locals.value as usize], vec![0; wanted.remotes.value as usize]];
    let mut groups = vec![Vec::new(); wanted.groups.value as usize];
    for Place { local, remote, group } in places {
        let [locals, remotes] = &mut units;
        locals[local as usize] += 1;
        remotes[remote as usize] += 1;
        let (local_unit, remote_unit) = (locals[local as usize], remotes[remote as usize]);
        let pair = format!("L{}:{local_unit} -> R{}:{remote_unit}", local + 1, remote + 1);
        groups[group as usize].push(Node { span: wanted.pairs.span, value: Value::Text(pair) });
    }
    let text = |text: String| Node { span: at, value: Value::Text(text) };
    for ((list, letter), (units, template)) in [("local_system", 'L'), ("remote_system", 'R')]
        .into_iter()
        .zip(units.into_iter().zip(wanted.templates))
    {
        let system = |(index, units): (usize, u64)| {
            let mut entries = vec![
                ("name", text(format!("{letter}{}", index + 1))),
                ("units", Node { span: wanted.pairs.span, value: Value::Integer(units.into()) }),
            ];
            entries.extend(template.clone().map(|template| ("template", template)));
            item(at, entries)
        };
        put_first(root, list, at, units.into_iter().enumerate().map(system).collect())?;
    }
    let group = |(index, pairs): (usize, Vec<Node>)| {
        let pairs = Node { span: wanted.pairs.span, value: Value::List(pairs) };
        item(at, vec![("name", text(format!("G{}", index + 1))), ("pairs", pairs)])
    };
    put_first(root, "group", at, groups.into_iter().enumerate().map(group).collect())
}

fn read(node: &Node) -> Fallible<Wanted> {
    let keys = topology();
    let reader = Reader::new(node, &keys)?;
    let Value::Table(table) = &node.value else { return Err(wrong_type(node, "a table")) };
    let number = |key: &str, least: u64| -> Fallible<Option<At<u64>>> {
        let Some(node) = table.get(key) else { return Ok(None) };
        let most = if least == 0 { u64::MAX } else { MOST };
        let number = match node.value {
            Value::Integer(number) => {
                u64::try_from(number).ok().filter(|number| (least..=most).contains(number))
            }
            _ => None,
        };
        number.map(|value| Some(At { value, span: node.span })).ok_or_else(|| {
            let title = format!("expected an integer from {least} to {most}, found {}", node.value);
            Fault::new("out-of-range", node.span, title)
        })
    };
    let one = At { value: 1, span: node.span };
    let Some(pairs) = number("pairs", 1)? else {
        return Err(reader.required::<String>("pairs").err().unwrap_or_else(|| wrong_type(node, "pairs")));
    };
    let is_random = match table.get("spread") {
        Some(node) => read_choice(node, "how pairs are spread", &SPREADS)? == 1,
        None => false,
    };
    Ok(Wanted {
        locals: number("locals", 1)?.unwrap_or_else(|| one.clone()),
        remotes: number("remotes", 1)?.unwrap_or_else(|| one.clone()),
        groups: number("groups", 1)?.unwrap_or(one),
        pairs,
        is_random,
        seed: number("seed", 0)?.map_or(1, |seed| seed.value),
        templates: ["local_template", "remote_template"].map(|key| table.get(key).cloned()),
    })
}

/// Where each pair belongs.
fn places(wanted: &Wanted) -> Vec<Place> {
    let (locals, remotes) = (wanted.locals.value, wanted.remotes.value);
    let (groups, pairs) = (wanted.groups.value, wanted.pairs.value);
    if !wanted.is_random {
        // Both in turn; where both are back at the first, one step aside, so that in the end all meet all. A group has
        // pairs that follow one another.
        let both_back = locals / gcd(locals, remotes) * remotes;
        let place = |pair: u64| Place {
            local: pair % locals,
            remote: (pair + pair / both_back) % remotes,
            group: (u128::from(pair) * u128::from(groups) / u128::from(pairs)) as u64,
        };
        return (0..pairs).map(place).collect();
    }
    let mut dice = SplitMix64(wanted.seed);
    let mut draw = |of: u64| {
        // Each once, then any: so that nobody goes without.
        let mut drawn: Vec<u64> =
            (0..pairs).map(|pair| if pair < of { pair } else { dice.below(of) }).collect();
        for last in (1..drawn.len()).rev() {
            drawn.swap(last, dice.below(last as u64 + 1) as usize);
        }
        drawn
    };
    let (local, remote, group) = (draw(locals), draw(remotes), draw(groups));
    let places = local.into_iter().zip(remote).zip(group);
    places.map(|((local, remote), group)| Place { local, remote, group }).collect()
}

/// The greatest common divisor (Euclid).
const fn gcd(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { gcd(other, one % other) }
}

/// `SplitMix64` (Steele, Lea and Flood 2014): whole numbers only, the same everywhere.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Evenly below `end`: numbers that would favour some are drawn again.
    fn below(&mut self, end: u64) -> u64 {
        let even = u64::MAX - u64::MAX % end;
        loop {
            let number = self.next();
            if number < even {
                return number % end;
            }
        }
    }
}

/// A table made of these entries.
fn item(at: Span, entries: Vec<(&str, Node)>) -> Node {
    let entries = entries.into_iter().map(|(key, node)| (At { value: key.to_owned(), span: at }, node));
    Node { span: at, value: Value::Table(Table { entries: entries.collect() }) }
}

/// Puts `new` in front of the items of the list at `key`.
fn put_first(root: &mut Node, key: &str, at: Span, new: Vec<Node>) -> Fallible<()> {
    let Some(table) = table(root) else { return Ok(()) };
    let (_, list) = table.get_or_insert(At { value: key.to_owned(), span: at }, Value::List(Vec::new()));
    let Value::List(items) = &mut list.value else {
        return Err(wrong_type(list, "a list of tables").note(format!("{} adds to it", quoted(KEY))));
    };
    items.splice(0..0, new);
    Ok(())
}
