//! Measures by the names that people use: `rpo.max` is the column `rpo.max_s`.

use crate::measures::{Quantity, lookup};
use crate::scenario::figures::{self, Kind};

/// The ends that a name may leave out.
const UNITS: [&str; 4] = ["", "_s", "_bytes", "_bytes_per_s"];

/// The column called `name` and what it is, in scenarios with these groups.
///
/// # Errors
/// When there is none: a name that was probably meant, if there is one.
pub fn column(name: &str, groups: &[&str]) -> Result<(String, Kind), Option<String>> {
    let is_share = matches!(name, "broken" | "loss" | "expected")
        || name
            .strip_prefix("broken.")
            .is_some_and(|check| crate::checker::Check::ALL.iter().any(|known| known.name() == check));
    if is_share {
        return Ok((name.to_owned(), Kind::Number));
    }
    let meant = match figures::find(name, groups) {
        Ok(found) => return Ok(found),
        Err(meant) => meant,
    };
    let of_table = UNITS.iter().find_map(|unit| {
        let column = format!("{name}{unit}");
        let known = lookup(&column).filter(|known| known.quantity != Quantity::Text)?;
        // A group that no scenario has is no measure.
        let is_there = known.group.as_deref().is_none_or(|group| groups.contains(&group));
        is_there.then(|| (column, kind(known.quantity)))
    });
    let near_shares = || crate::scenario::suggest::nearest(name, ["broken", "loss", "expected"]);
    of_table.ok_or_else(|| meant.or_else(|| near_shares().map(str::to_owned)))
}

/// How a limit of such a quantity is written.
fn kind(quantity: Quantity) -> Kind {
    match quantity {
        Quantity::Time => Kind::Time,
        Quantity::Bytes => Kind::Bytes,
        Quantity::Count => Kind::Count,
        Quantity::Instant
        | Quantity::BytesPerSecond
        | Quantity::BitsPerSecond
        | Quantity::Rate
        | Quantity::Share
        | Quantity::Number
        | Quantity::Flag
        | Quantity::Text => Kind::Number,
    }
}
