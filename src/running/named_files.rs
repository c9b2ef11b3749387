//! The files that the scenario of a sweep names, with the hash of each.
//!
//! Their content decides what a run does, so it is part of what a sweep is. Which files are named, and where they are,
//! `scenario::files` says.

use std::path::Path;

use crate::scenario::files;
use crate::sweep::SweepError;
use crate::sweep::manifest::{NamedFile, blake3_of_file};

/// Every file that `text` names, or one of `settings` (`KEY=VALUE`), with the BLAKE3 of its content. Names are
/// relative to `base`; a copy that is kept beside the scenario is taken first, as a run does. What is not there is left
/// out: if a point needs it, that point is not valid.
///
/// # Errors
/// When a file is there and cannot be read.
pub fn named_files(text: &str, settings: &[String], base: &Path) -> Result<Vec<NamedFile>, SweepError> {
    let named = files::named(text, settings, base).into_iter();
    let there = named.map(|name| (files::find(base, &name), name)).filter(|(path, _)| path.is_file());
    there.map(|(path, name)| Ok(NamedFile { blake3: blake3_of_file(&path)?, name })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_hashed_where_a_run_finds_them() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        for name in ["a.csv", "b.txt"] {
            write(name, name);
        }
        let text = r#"x = { file = ["a.csv", "b.txt", "gone.txt"] }"#;
        let hashes = || -> Vec<(String, String)> {
            let found = named_files(text, &[], folder.path()).unwrap();
            found.into_iter().map(|file| (file.name, file.blake3)).collect()
        };
        let of = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
        assert_eq!(hashes(), [("a.csv".to_owned(), of("a.csv")), ("b.txt".to_owned(), of("b.txt"))]);
        // The folder of a run: what is kept there is what runs.
        std::fs::create_dir(folder.path().join(files::KEPT)).unwrap();
        write(&format!("{}/{}", files::KEPT, files::kept_name("a.csv")), "kept");
        assert_eq!(hashes()[0].1, of("kept"));
    }
}
