//! Files that a scenario names, and where they are found: relative to the scenario, or kept beside it.
//!
//! The folder of a run keeps a copy of each, under a name that follows from the one in the scenario, so that the
//! scenario there means the same files wherever the folder is taken. What is in a file decides what a run does, so sweeps
//! and the golden file keep the hash of each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::hardware::netem::Table;

/// The folder beside a scenario in which copies of the files that it names are kept.
pub const KEPT: &str = "scenario.files";

/// The keys under which a scenario names a file, or several.
const KEYS: [&str; 2] = ["file", "timeline"];
/// The key under which it names files that are taken as a part of it.
const INCLUDE: &str = "include";
/// The key whose arguments may name a distribution: a file `NAME.dist`.
const NETEM: &str = "netem";

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

/// The file of the distribution that arguments of netem call `name`.
pub fn of_distribution(name: &str) -> String {
    format!("{name}.dist")
}

/// Every file that `text` or one of `settings` (`KEY=VALUE`) names, or a file that they include, in the words of the
/// scenario, sorted. Names are relative to `base`; what is named need not be there.
pub fn named(text: &str, settings: &[String], base: &Path) -> BTreeSet<String> {
    let mut named = Named { base, names: BTreeSet::new() };
    named.in_text(text);
    for (key, value) in settings.iter().filter_map(|setting| setting.split_once('=')) {
        let parsed = toml::from_str::<toml::Table>(&format!("value = {value}"));
        let parsed = parsed.ok().and_then(|mut table| table.remove("value"));
        let value = parsed.unwrap_or_else(|| toml::Value::String(value.trim().to_owned()));
        named.under(key.trim().rsplit('.').next().unwrap_or_default(), &value);
    }
    named.names
}

struct Named<'a> {
    base: &'a Path,
    names: BTreeSet<String>,
}

impl Named<'_> {
    fn in_text(&mut self, text: &str) {
        if let Ok(table) = text.parse::<toml::Table>() {
            self.in_value(&toml::Value::Table(table));
        }
    }

    fn in_value(&mut self, value: &toml::Value) {
        match value {
            toml::Value::Table(table) => table.iter().for_each(|(key, value)| self.under(key, value)),
            toml::Value::Array(items) => items.iter().for_each(|item| self.in_value(item)),
            _ => {}
        }
    }

    /// What `value` names if it stands under `key`: a name, or a list of names.
    fn under(&mut self, key: &str, value: &toml::Value) {
        match value {
            toml::Value::String(name) if KEYS.contains(&key) => {
                self.names.insert(name.clone());
            }
            // Each once: files that include one another are refused when they are loaded.
            toml::Value::String(name) if key == INCLUDE => {
                if self.names.insert(name.clone()) {
                    self.in_text(&std::fs::read_to_string(find(self.base, name)).unwrap_or_default());
                }
            }
            toml::Value::String(arguments) if key == NETEM => {
                let words: Vec<&str> = arguments.split_whitespace().collect();
                let after = words.windows(2).filter(|pair| pair[0] == "distribution").map(|pair| pair[1]);
                let tables = after.filter(|name| Table::named(name).is_none());
                self.names.extend(tables.map(of_distribution));
            }
            toml::Value::Array(items) => items.iter().for_each(|item| self.under(key, item)),
            _ => self.in_value(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_the_scenario_in_settings_and_in_what_is_included() {
        let base = tempfile::tempdir().unwrap();
        let include = |name: &str, text: &str| std::fs::write(base.path().join(name), text).unwrap();
        // They include one another: refused when loaded, and no endless search here.
        include("site.toml", "include = [\"more.toml\"]");
        include("more.toml", "include = \"site.toml\"\nx = { file = \"m.csv\" }");
        let text = r#"
            title = "no.txt"
            include = "site.toml"
            [[host]]
            workload = { kind = "trace", file = ["a.csv", "x/a.csv"] }
            [wan]
            delay = { distribution = "empirical", file = "b.txt" }
            timeline = "line.csv"
            [control]
            netem = "delay 1ms 1ms distribution own""#;
        let settings = [
            "host.0.workload.file=c.csv",
            r#"wan.delay={ file = "d.txt" }"#,
            r#"host.H.workload={ file = ["e.csv"] }"#,
            "wan.netem=delay 1ms 1ms distribution mine",
            "wan.reverse.netem=delay 1ms 1ms distribution normal",
            "wan.reverse.timeline=back.csv",
        ]
        .map(str::to_owned);
        let found: Vec<String> = named(text, &settings, base.path()).into_iter().collect();
        let expected = [
            "a.csv",
            "b.txt",
            "back.csv",
            "c.csv",
            "d.txt",
            "e.csv",
            "line.csv",
            "m.csv",
            "mine.dist",
            "more.toml",
            "own.dist",
            "site.toml",
            "x/a.csv",
        ];
        assert_eq!(found, expected);
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
