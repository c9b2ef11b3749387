//! The integration tests: one binary, a file per subject.
//!
//! They see the crate as a user of the library does.

// `cfg(test)` says nothing new of an integration test, but lets lints know that here `unwrap` is right.
#[cfg(test)]
mod claims;
