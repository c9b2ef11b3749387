//! The JSON Schema of a study's file, for editors. What a schema cannot say (that a key of the scenario is known, that a value
//! can be run) `rcsim study` says before it runs anything.

use serde_json::Value;

use super::file::File;
use crate::scenario::format::Read as _;
use crate::scenario::schema_of;

/// What the schema is called.
const ID: &str = "https://docs.rs/rcsim/study.schema.json";

/// The JSON Schema (draft 2020-12) of a study's file.
pub fn schema() -> Value {
    schema_of(&File::shape(), ID, "A study of rcsim")
}
