//! Scenarios built in a program: systems, pairs, groups, hosts and faults by calls, everything else by the keys of the
//! scenario file. What comes out is validated by the code that reads files, and can be written as one.

use std::path::{Path, PathBuf};

use super::diagnostic::Diagnostic;
use super::source::Sources;
use super::{Scenario, expand_sources, parse_sources};
use crate::protocol::Scheme;
use crate::units::SimDuration;

/// A scenario in the making.
///
/// Values are written as after `--set KEY=`: `"20ms"`, `"4KiB"`, `"0.01"`, `r#"["L1", "L2:1"]"#`. Nothing is checked
/// before [`Builder::build`].
///
/// ```
/// use rcsim::protocol::Scheme;
/// use rcsim::scenario::Builder;
/// use rcsim::units::SimDuration;
///
/// let scenario = Builder::new("two-pairs", Scheme::Group)
///     .duration(SimDuration::from_ms(500))
///     .local_system("L1", 2, [])
///     .remote_system("R1", 2, [("destage_time", "100us")])
///     .group("database", ["L1:1 -> R1:1", "L1:2 -> R1:2"])
///     .host("H1", "poisson", [("rate", "500/s"), ("on", r#"["L1"]"#)])
///     .wan([("delay", "20ms"), ("loss", "0.01")])
///     .fault("wan-outage", [("at", "100ms"), ("duration", "50ms")])
///     .set("protocol.rule.destage", "serial")
///     .build()?;
/// assert_eq!(scenario.pairs().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    name: String,
    /// What has a name or a place in a list.
    text: String,
    /// `KEY=VALUE`: the rest.
    set: Vec<String>,
    faults: usize,
    base: PathBuf,
}

impl Builder {
    /// A scenario called `name`, without systems.
    pub fn new(name: &str, scheme: Scheme) -> Self {
        let set = vec![format!("protocol.scheme={scheme}")];
        Self { name: name.into(), text: String::new(), set, faults: 0, base: PathBuf::new() }
    }

    /// The seed of every random stream.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.set("run.seed", &seed.to_string())
    }

    /// Hosts write this long.
    #[must_use]
    pub fn duration(self, duration: SimDuration) -> Self {
        self.set("run.duration", &duration.to_string())
    }

    /// A local system with `units` disk units, and its other keys (`cache`, `destage_time`, `clock`, ...).
    #[must_use]
    pub fn local_system<'k>(
        self,
        name: &str,
        units: u32,
        keys: impl IntoIterator<Item = (&'k str, &'k str)>,
    ) -> Self {
        self.item("local_system", name, "").key_of("local_system", name, "units", &units.to_string()).keys(
            "local_system",
            name,
            keys,
        )
    }

    /// A remote system with `units` disk units, and its other keys (`cache`, `destage_time`).
    #[must_use]
    pub fn remote_system<'k>(
        self,
        name: &str,
        units: u32,
        keys: impl IntoIterator<Item = (&'k str, &'k str)>,
    ) -> Self {
        self.item("remote_system", name, "").key_of("remote_system", name, "units", &units.to_string()).keys(
            "remote_system",
            name,
            keys,
        )
    }

    /// A data integrity pair group of these pairs, each as `L1:1 -> R1:1`; units count from 1.
    #[must_use]
    pub fn group<'p>(self, name: &str, pairs: impl IntoIterator<Item = &'p str>) -> Self {
        let pairs = pairs.into_iter().map(|pair| toml::Value::from(pair).to_string());
        let pairs = format!("pairs = [{}]\n", pairs.collect::<Vec<_>>().join(", "));
        self.item("group", name, &pairs)
    }

    /// A host with a workload of this kind (`poisson`, `constant`, `bursty`, `closed-loop`, `transaction`, `trace`,
    /// `scripted`) and the keys of the workload (`rate`, `on`, `size`, ...).
    #[must_use]
    pub fn host<'k>(
        self,
        name: &str,
        kind: &str,
        workload: impl IntoIterator<Item = (&'k str, &'k str)>,
    ) -> Self {
        let kind = format!("[host.workload]\nkind = {}\n", toml::Value::from(kind));
        let mut builder = self.item("host", name, &kind);
        for (key, value) in workload {
            builder = builder.key_of("host", name, &format!("workload.{key}"), value);
        }
        builder
    }

    /// Keys of every path (`delay`, `loss`, `bandwidth`, ...).
    #[must_use]
    pub fn wan<'k>(mut self, keys: impl IntoIterator<Item = (&'k str, &'k str)>) -> Self {
        for (key, value) in keys {
            self = self.set(&format!("wan.{key}"), value);
        }
        self
    }

    /// A fault of this kind (`wan-outage`, `crash`, `local-site-loss`, ...) and its keys (`at`, `duration`, ...).
    #[must_use]
    pub fn fault<'k>(mut self, kind: &str, keys: impl IntoIterator<Item = (&'k str, &'k str)>) -> Self {
        self.text += &format!("[[fault]]\nkind = {}\n", toml::Value::from(kind));
        for (key, value) in keys {
            self.set.push(format!("fault.{}.{key}={value}", self.faults));
        }
        self.faults += 1;
        self
    }

    /// Any key of the scenario file ([`super::assignable_keys`]), as `--set KEY=VALUE` has it.
    #[must_use]
    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.set.push(format!("{key}={value}"));
        self
    }

    /// Files that the scenario names are relative to this folder; without it, to the current one.
    #[must_use]
    pub fn base(mut self, folder: &Path) -> Self {
        self.base = folder.into();
        self
    }

    /// The scenario.
    ///
    /// # Errors
    /// When anything is wrong with it: one error, which points at the key and its value.
    pub fn build(&self) -> Result<Scenario, Box<Diagnostic>> {
        parse_sources(&self.name, self.sources(), &self.base, &[])
    }

    /// The scenario as a file, from which [`super::parse`] makes the same.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn text(&self) -> Result<String, Box<Diagnostic>> {
        expand_sources(&self.name, self.sources(), &self.base)
    }

    fn sources(&self) -> Sources {
        Sources::new(&self.name, &self.text, &self.set)
    }

    /// A named item of a list.
    fn item(mut self, list: &str, name: &str, rest: &str) -> Self {
        self.text += &format!("[[{list}]]\nname = {}\n{rest}", toml::Value::from(name));
        self
    }

    fn key_of(self, list: &str, name: &str, key: &str, value: &str) -> Self {
        self.set(&format!("{list}.\"{name}\".{key}"), value)
    }

    fn keys<'k>(
        mut self,
        list: &str,
        name: &str,
        keys: impl IntoIterator<Item = (&'k str, &'k str)>,
    ) -> Self {
        for (key, value) in keys {
            self = self.key_of(list, name, key, value);
        }
        self
    }
}
