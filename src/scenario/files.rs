//! Files that a scenario names, and where they are found: relative to the scenario, or kept beside it.
//!
//! The folder of a run keeps a copy of each, under a name that follows from the one in the scenario, so that the
//! scenario there means the same files wherever the folder is taken.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The folder beside a scenario in which copies of the files that it names are kept.
pub const KEPT: &str = "scenario.files";

/// The key under which a scenario names a file, or several.
const KEY: &str = "file";

/// Where the file `name` of a scenario in `base` is: its copy, where one is kept.
pub fn find(base: &Path, name: &str) -> PathBuf {
    let kept = base.join(KEPT).join(kept_name(name));
    if kept.is_file() { kept } else { base.join(name) }
}

/// What the copy of the file `name` is called in [`KEPT`]: two files of one name in two folders have two copies.
pub fn kept_name(name: &str) -> String {
    let hash = blake3::hash(name.as_bytes()).to_hex();
    let last =
        Path::new(name).file_name().map_or_else(String::new, |last| last.to_string_lossy().into_owned());
    format!("{}-{last}", &hash[..8])
}

/// The name of a file in results: without its folders, and the same for the file and its copy.
pub fn shown(path: &Path) -> String {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let is_kept = path.parent().is_some_and(|folder| folder.ends_with(KEPT));
    match name.split_once('-') {
        Some((_, rest)) if is_kept => rest.to_owned(),
        _ => name,
    }
}

/// Every file that `text` or one of `settings` (`KEY=VALUE`) names, sorted: strings under a key `file`.
pub fn named(text: &str, settings: &[String]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if let Ok(table) = text.parse::<toml::Table>() {
        collect(&toml::Value::Table(table), &mut names);
    }
    for (key, value) in settings.iter().filter_map(|setting| setting.split_once('=')) {
        let parsed = toml::from_str::<toml::Table>(&format!("value = {value}"));
        let parsed = parsed.ok().and_then(|mut table| table.remove("value"));
        let value = parsed.unwrap_or_else(|| toml::Value::String(value.trim().to_owned()));
        if key.trim().rsplit('.').next() == Some(KEY) {
            take(&value, &mut names);
        } else {
            collect(&value, &mut names);
        }
    }
    names
}

fn collect(value: &toml::Value, names: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                if key == KEY { take(value, names) } else { collect(value, names) }
            }
        }
        toml::Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        _ => {}
    }
}

/// The value of a key `file`: a name, or a list of names.
fn take(value: &toml::Value, names: &mut BTreeSet<String>) {
    match value {
        toml::Value::String(name) => {
            names.insert(name.clone());
        }
        toml::Value::Array(items) => items.iter().for_each(|item| take(item, names)),
        _ => collect(value, names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_the_scenario_and_in_settings() {
        let text = r#"
            title = "b.txt"
            [[host]]
            workload = { kind = "trace", file = ["a.csv", "x/a.csv"] }
            [wan]
            delay = { distribution = "empirical", file = "b.txt" }"#;
        let settings = ["host.0.workload.file=c.csv", r#"wan.delay={ file = "d.txt" }"#].map(str::to_owned);
        let found: Vec<String> = named(text, &settings).into_iter().collect();
        assert_eq!(found, ["a.csv", "b.txt", "c.csv", "d.txt", "x/a.csv"]);
        assert_ne!(kept_name("a.csv"), kept_name("x/a.csv"));
        assert!(kept_name("x/a.csv").ends_with("-a.csv"));
    }

    #[test]
    fn a_copy_that_is_kept_is_taken_first() {
        let base = tempfile::tempdir().unwrap();
        assert_eq!(find(base.path(), "../a.csv"), base.path().join("../a.csv"));
        let kept = base.path().join(KEPT).join(kept_name("../a.csv"));
        std::fs::create_dir(base.path().join(KEPT)).unwrap();
        std::fs::write(&kept, "").unwrap();
        assert_eq!(find(base.path(), "../a.csv"), kept);
        assert_eq!(shown(&kept), "a.csv");
        assert_eq!(shown(Path::new("../x-y.csv")), "x-y.csv");
    }
}
