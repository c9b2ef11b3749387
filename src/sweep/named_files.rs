//! The files that a scenario names, wherever it does: strings under a key `file`.
//!
//! Their content decides what a run does, so it is part of what a sweep is.

use std::collections::BTreeSet;
use std::path::Path;

use super::SweepError;
use super::manifest::{NamedFile, blake3_of_file};

/// The key under which a scenario names a file.
const KEY: &str = "file";
/// The key under which it names files that are taken as a part of it.
const INCLUDE: &str = "include";

/// Every file that `text` names, or one of `settings` (`KEY=VALUE`), with the BLAKE3 of its content. Names are
/// relative to `base`. What is not there is left out: if a point needs it, that point is not valid.
///
/// # Errors
/// When a file is there and cannot be read.
pub fn named_files(text: &str, settings: &[String], base: &Path) -> Result<Vec<NamedFile>, SweepError> {
    let mut names = BTreeSet::new();
    collect_text(text, base, &mut names);
    for (key, value) in settings.iter().filter_map(|setting| setting.split_once('=')) {
        let parsed = toml::from_str::<toml::Table>(&format!("value = {value}"));
        let parsed = parsed.ok().and_then(|mut table| table.remove("value"));
        let value = parsed.unwrap_or_else(|| toml::Value::String(value.to_owned()));
        match &value {
            toml::Value::String(name) if key.trim().rsplit('.').next() == Some(KEY) => {
                names.insert(name.clone());
            }
            included if key.trim() == INCLUDE => collect_included(included, base, &mut names),
            _ => collect(&value, &mut names),
        }
    }
    let there = names.into_iter().filter(|name| base.join(name).is_file());
    there.map(|name| Ok(NamedFile { blake3: blake3_of_file(&base.join(&name))?, name })).collect()
}

/// What the text of a scenario names, and what the files that it includes name.
fn collect_text(text: &str, base: &Path, names: &mut BTreeSet<String>) {
    let Ok(table) = text.parse::<toml::Table>() else { return };
    if let Some(included) = table.get(INCLUDE) {
        collect_included(included, base, names);
    }
    collect(&toml::Value::Table(table), names);
}

fn collect_included(included: &toml::Value, base: &Path, names: &mut BTreeSet<String>) {
    match included {
        // Each once: files that include one another are refused when they are loaded.
        toml::Value::String(name) if names.insert(name.clone()) => {
            let text = std::fs::read_to_string(base.join(name)).unwrap_or_default();
            collect_text(&text, base, names);
        }
        toml::Value::Array(items) => items.iter().for_each(|item| collect_included(item, base, names)),
        _ => {}
    }
}

fn collect(value: &toml::Value, names: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                match value {
                    toml::Value::String(name) if key == KEY => {
                        names.insert(name.clone());
                    }
                    _ => collect(value, names),
                }
            }
        }
        toml::Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_in_the_scenario_and_in_settings() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.csv", "b.txt", "c.csv", "d.txt"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let text = r#"
            title = "b.txt"
            [[host]]
            workload = { kind = "trace", file = "a.csv" }
            [wan]
            delay = { distribution = "empirical", file = "b.txt" }"#;
        let settings = [
            "host.0.workload.file=c.csv".to_owned(),
            r#"wan.delay={ distribution = "empirical", file = "d.txt" }"#.to_owned(),
            "control.delay.file=gone.txt".to_owned(),
        ];
        let found = named_files(text, &settings, folder.path()).unwrap();
        let names: Vec<&str> = found.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a.csv", "b.txt", "c.csv", "d.txt"]);
        assert_eq!(found[0].blake3, blake3::hash(b"a.csv").to_hex().to_string());

        std::fs::write(folder.path().join("site.toml"), "include = [\"more.toml\"]\n").unwrap();
        std::fs::write(
            folder.path().join("more.toml"),
            "include = \"site.toml\"\nx = { file = \"a.csv\" }\n",
        )
        .unwrap();
        let found = named_files("include = \"site.toml\"", &[], folder.path()).unwrap();
        let names: Vec<&str> = found.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a.csv", "more.toml", "site.toml"]);
    }
}
