//! The desk at which tests try the program: a folder with a scenario in it, in which commands run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Two arrays on either side, two groups that span them, a WAN that loses and reorders: numbering is needed.
pub const TWO_ARRAYS: &str = r#"
title = "Two arrays, two groups, a bad network"
[run]
seed = 1
duration = "1s"
[protocol]
scheme = "group"
[[local_system]]
name = "L1"
units = 2
cache = "1MiB"
[[local_system]]
name = "L2"
units = 2
[[remote_system]]
name = "R1"
units = 2
destage_time = "100us"
[[remote_system]]
name = "R2"
units = 2
destage_time = "100us"
[[group]]
name = "log"
pairs = ["L1:1 -> R1:1", "L2:1 -> R2:1"]
[[group]]
name = "data"
pairs = ["L1:2 -> R2:2", "L2:2 -> R1:2"]
[[host]]
name = "H1"
[host.workload]
kind = "poisson"
rate = "200/s"
size = "4KiB"
on = ["L1", "L2"]
[wan]
delay = { distribution = "exponential", mean = "20ms", minimum = "5ms" }
loss = 0.05
duplicate = 0.02
[expect]
order = "holds"
"#;

/// A scenario of one pair, whose host H1 writes as `workload` says; `run`, `workload` and `wan` are the keys of these
/// tables.
pub fn one_pair(run: &str, workload: &str, wan: &str) -> String {
    format!(
        r#"
[run]
{run}
[protocol]
scheme = "pair"
[[local_system]]
name = "L1"
units = 1
[[remote_system]]
name = "R1"
units = 1
[[group]]
name = "g"
pairs = ["L1:1 -> R1:1"]
[[host]]
name = "H1"
[host.workload]
{workload}
[wan]
{wan}
"#
    )
}

/// A folder with the scenario in it, in which commands run.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    /// A desk with [`TWO_ARRAYS`] on it, as `small.toml`.
    pub fn new() -> Self {
        Self::with(TWO_ARRAYS)
    }

    /// A desk with this scenario on it, as `small.toml`.
    pub fn with(scenario: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("small.toml"), scenario).unwrap();
        Self { folder }
    }

    /// A file or folder here.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with these arguments, to be started here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rcsim"));
        command.args(arguments).current_dir(self.folder.path()).env_remove("NO_COLOR");
        command
    }

    /// What it does.
    pub fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The exit code.
    pub fn code(&self, arguments: &[&str]) -> i32 {
        let output = self.output(arguments);
        let code = output.status.code().unwrap();
        if code >= 2 {
            assert!(!output.stderr.is_empty(), "{arguments:?} says nothing on standard error");
            assert!(output.stdout.is_empty(), "{arguments:?} says something on standard output");
        }
        code
    }

    /// Standard output and error of a command that ends with `code`.
    pub fn ends(&self, arguments: &[&str], code: i32) -> (String, String) {
        let output = self.output(arguments);
        let [out, err] = [output.stdout, output.stderr].map(|bytes| text(&bytes));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}{err}");
        (out, err)
    }

    /// Every file and folder here, but for the scenario.
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        list(self.folder.path(), "", &mut found);
        found.retain(|name| name != "small.toml");
        found.sort();
        found
    }
}

fn list(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            list(&entry.path(), &format!("{name}/"), found);
        } else {
            found.push(name);
        }
    }
}

/// Bytes that are text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Takes the numbers away.
pub const NONE: &str = "protocol.scheme=none";
