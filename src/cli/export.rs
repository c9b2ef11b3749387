//! `run --events`, `--perfetto`, `--pcap`: the facts of one run for other programs.

use std::path::{Path, PathBuf};

use super::exit::{Failure, MachineError};
use crate::export::{Events, Export, Pcap, Perfetto, Target};
use crate::scenario::Scenario;
use crate::trace::{End, Observer, Preamble, Record};
use crate::units::SimTime;

/// Where the facts go.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct ExportArgs {
    /// File for every fact, one JSON object per line (docs/events.md); compressed if its name ends in .zst
    #[arg(long, value_name = "FILE", conflicts_with = "disasters")]
    events: Option<PathBuf>,
    /// File for a timeline that ui.perfetto.dev opens
    #[arg(long, value_name = "FILE", conflicts_with = "disasters")]
    perfetto: Option<PathBuf>,
    /// File for the packets, as pcapng for Wireshark and tshark (with examples/rcsim.lua)
    #[arg(long, value_name = "FILE", conflicts_with = "disasters")]
    pcap: Option<PathBuf>,
}

/// The exports of a run that goes on.
#[derive(Debug, Default)]
pub(super) struct Exports {
    events: Option<Events>,
    perfetto: Option<Perfetto>,
    pcap: Option<Pcap>,
}

impl ExportArgs {
    /// Is anything asked for?
    pub(super) const fn is_any(&self) -> bool {
        self.events.is_some() || self.perfetto.is_some() || self.pcap.is_some()
    }

    /// The files that are written, by the options that say so.
    pub(super) fn files(&self) -> [(&'static str, Option<&Path>); 3] {
        [
            ("--events", self.events.as_deref()),
            ("--perfetto", self.perfetto.as_deref()),
            ("--pcap", self.pcap.as_deref()),
        ]
    }

    /// Begins every export that was asked for: what cannot be written is said before the run.
    pub(super) fn begin(&self, scenario: &Scenario) -> Result<Exports, Failure> {
        let begin = |path: &PathBuf| Target::begin(path).map_err(|source| failed(path.clone(), source));
        Ok(Exports {
            events: self.events.as_ref().map(begin).transpose()?.map(|to| Events::new(scenario, to)),
            perfetto: self.perfetto.as_ref().map(begin).transpose()?.map(|to| Perfetto::new(scenario, to)),
            pcap: self.pcap.as_ref().map(begin).transpose()?.map(|to| Pcap::new(scenario, to)),
        })
    }

    /// Makes the files appear.
    pub(super) fn finish(&self, exports: Exports) -> Result<(), Failure> {
        finish(exports.events, self.events.as_ref())?;
        finish(exports.perfetto, self.perfetto.as_ref())?;
        finish(exports.pcap, self.pcap.as_ref())
    }
}

fn failed(path: PathBuf, source: std::io::Error) -> Failure {
    MachineError::File { path, source }.into()
}

fn finish<E: Export>(export: Option<E>, path: Option<&PathBuf>) -> Result<(), Failure> {
    let (Some(export), Some(path)) = (export, path) else { return Ok(()) };
    export.finish().and_then(Target::commit).map_err(|source| failed(path.clone(), source))
}

impl Observer for Exports {
    fn begin(&mut self, preamble: &Preamble) {
        self.events.begin(preamble);
        self.perfetto.begin(preamble);
        self.pcap.begin(preamble);
    }

    fn observe(&mut self, now: SimTime, record: &Record) {
        self.events.observe(now, record);
        self.perfetto.observe(now, record);
        self.pcap.observe(now, record);
    }

    fn end(&mut self, end: &End) {
        self.events.end(end);
        self.perfetto.end(end);
        self.pcap.end(end);
    }
}
