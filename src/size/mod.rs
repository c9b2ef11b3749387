//! The least line rate, or the least cache, at which a scenario keeps a target: what is sized, and the search.
//!
//! | room | does |
//! |---|---|
//! | `what` | what can be sized, and the settings that give it a value |
//! | `search` | the least value at which something is met: doubling, halving, bisection |
//!
//! A run with a value is somebody else's: the search is given a function. It takes for granted that more is never worse;
//! whether that was so, the caller asks of the values that it found.

mod search;
mod what;

pub use search::{Found, Range, search};
pub use what::What;
