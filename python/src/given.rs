//! What a call was given, as the command line takes it.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rcsim::running::WarmUp;
use rcsim::scenario::Text;
use rcsim::sweep::until::Share;

use crate::failure::failure;

/// A scenario: the path of a file, or a text.
#[derive(Debug, FromPyObject)]
pub struct Given {
    path: Option<PathBuf>,
    text: Option<String>,
    /// What it is called, if not as its file.
    name: Option<String>,
}

impl Given {
    /// Its text.
    pub fn text(self) -> PyResult<Text> {
        match (self.path, self.text) {
            (Some(path), _) => {
                let mut text = Text::of_file(&path).map_err(|error| failure(error.into()))?;
                text.name = self.name.unwrap_or(text.name);
                Ok(text)
            }
            (None, text) => {
                let name = self.name.as_deref().unwrap_or("scenario");
                Ok(Text::new(name, text.unwrap_or_default(), Path::new("")))
            }
        }
    }
}

/// `--warm-up`.
pub fn warm_up(text: Option<String>) -> PyResult<Option<WarmUp>> {
    let read = text.map(|text| WarmUp::from_str(&text)).transpose();
    read.map_err(|problem| PyValueError::new_err(format!("warm_up: {problem}")))
}

/// `--threads`.
pub fn threads(number: Option<usize>) -> PyResult<Option<NonZeroUsize>> {
    match number.map(NonZeroUsize::new) {
        Some(None) => Err(PyValueError::new_err("threads: expected a whole number; at least 1")),
        given => Ok(given.flatten()),
    }
}

/// `--until-ci`.
pub fn share(text: &str) -> PyResult<f64> {
    let read = Share::from_str(text).map(|Share(share)| share);
    read.map_err(|problem| PyValueError::new_err(format!("until_ci: {problem}")))
}
