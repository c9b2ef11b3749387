//! The shipped scenarios, replayed over fixed seeds and compared with what they once did.
//!
//! | room | does |
//! |---|---|
//! | `golden` | the file of what runs once did, read and updated |
//! | `replay` | finds scenarios, runs them, looks at records again |
//! | `compare` | what changed: records, verdict, figures |
//! | `words` | a record in the words of a story |
//!
//! A scenario's seeds are its own and the two after it. A digest says *that* something changed; the marks of the
//! golden file bracket *which record* did, although the program that made them is gone.

pub mod compare;
pub mod golden;
pub mod replay;
mod words;

pub use compare::{Change, Finding};
pub use golden::{Entry, Golden, GoldenError};
