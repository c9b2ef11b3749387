//! The golden file: one line of JSON for each scenario and seed, sorted; updated completely or not at all.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::making::Making;
use crate::trace::Fingerprint;

/// Where it stands in the repository.
pub const FILE_NAME: &str = "results/golden.jsonl";

/// What a run once did.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The scenario's path, with `/`, from the folder above `results/`.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// Digest of all records.
    pub digest: String,
    /// Was `[expect]` met?
    pub expected: bool,
    /// What of it was not, for who reads the outcome; the golden file does not keep it.
    #[serde(skip)]
    pub unmet: Vec<String>,
    /// Verdict and checks: path and word.
    pub verdict: BTreeMap<String, String>,
    /// The main figures: path and shortest text of the number.
    pub figures: BTreeMap<String, String>,
    /// Marks along the stream of records.
    pub fingerprint: Fingerprint,
    /// What the scenario was made of then: see `replay::source_of`. Lines of before have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What names a run.
pub type Name = (String, u64);

impl Entry {
    /// Its name.
    pub fn name(&self) -> Name {
        (self.scenario.clone(), self.seed)
    }
}

/// The golden file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Golden {
    /// Every run, by scenario and seed.
    pub entries: BTreeMap<Name, Entry>,
}

/// Why the golden file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GoldenError {
    /// It cannot be read or written.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// `read` or `write`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A line is no entry, or the second of its name.
    #[error("{}:{line}: {problem}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}

impl Golden {
    /// Reads the file; one that is not there has no entries.
    ///
    /// # Errors
    /// When it cannot be read, or a line is no entry.
    pub fn read(path: &Path) -> Result<Self, GoldenError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(GoldenError::Io { doing: "read", path: path.to_owned(), source }),
        };
        let mut entries = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let wrong = |problem| GoldenError::Line { path: path.to_owned(), line: index + 1, problem };
            let entry: Entry = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
            if entries.insert(entry.name(), entry).is_some() {
                return Err(wrong("the second entry of this scenario and seed".to_owned()));
            }
        }
        Ok(Self { entries })
    }

    /// Writes the file: it is the new one or stays the old one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), GoldenError> {
        let failed = |source| GoldenError::Io { doing: "write", path: path.to_owned(), source };
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let mut making = Making::file(folder, &name).map_err(failed)?;
        let mut out = io::BufWriter::new(making.writer());
        for entry in self.entries.values() {
            let line = serde_json::to_string(entry).map_err(|error| failed(error.into()))?;
            writeln!(out, "{line}").map_err(failed)?;
        }
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        making.finish(|made| std::fs::rename(made, path)).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written_and_bad_lines_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results/golden.jsonl");
        assert_eq!(Golden::read(&path).unwrap(), Golden::default());
        let mut golden = Golden::default();
        for seed in [1, 2, 10] {
            let entry = super::super::compare::tests::entry("scenarios/a.toml", seed);
            golden.entries.insert(entry.name(), entry);
        }
        golden.write(&path).unwrap();
        assert_eq!(Golden::read(&path).unwrap(), golden);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}{text}")).unwrap();
        assert!(Golden::read(&path).unwrap_err().to_string().contains("golden.jsonl:4: the second entry"));
        std::fs::write(&path, format!("{text}{{}}\n")).unwrap();
        assert!(Golden::read(&path).unwrap_err().to_string().contains("golden.jsonl:4: missing field"));
    }
}
