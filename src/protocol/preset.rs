//! Presets: products of the field as a scheme and its settings. Of each: what is the vendor's, with the source, and what
//! is ours.
//!
//! A product is more than its algorithm; a preset sets what its documents say of order, and no more.

use std::fmt;

use super::Scheme;
use super::disk::ordering::cut::{CutSettings, Queue, Switch, Trigger};
use super::disk::ordering::streams::{Pull, Release};
use crate::units::SimDuration;

/// A product, or a family of products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preset {
    /// SRDF/A, single session.
    SrdfA,
    /// SRDF/A, multi-session consistency.
    SrdfAMultiSession,
    /// Global Mirror of the DS8000.
    GlobalMirror,
    /// Global Mirror with Change Volumes of SVC and Storwize.
    GlobalMirrorChangeVolumes,
    /// XRC, z/OS Global Mirror.
    Xrc,
    /// Scheduled snapshots: rbd-mirror, `SnapMirror`, vSphere Replication.
    Snapshot,
    /// Zerto: checkpoints of a journal.
    Zerto,
    /// `TrueCopy` Async.
    TrueCopyAsync,
    /// Universal Replicator, EXCTG.
    UniversalReplicator,
    /// Veritas Volume Replicator.
    Vvr,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 10] = [
        Self::SrdfA,
        Self::SrdfAMultiSession,
        Self::GlobalMirror,
        Self::GlobalMirrorChangeVolumes,
        Self::Xrc,
        Self::Snapshot,
        Self::Zerto,
        Self::TrueCopyAsync,
        Self::UniversalReplicator,
        Self::Vvr,
    ];

    /// Its name in the scenario file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SrdfA => "srdf-a",
            Self::SrdfAMultiSession => "srdf-a-multi-session",
            Self::GlobalMirror => "global-mirror",
            Self::GlobalMirrorChangeVolumes => "global-mirror-change-volumes",
            Self::Xrc => "xrc",
            Self::Snapshot => "snapshot",
            Self::Zerto => "zerto",
            Self::TrueCopyAsync => "true-copy-async",
            Self::UniversalReplicator => "universal-replicator",
            Self::Vvr => "vvr",
        }
    }

    /// The scheme that it sets.
    pub const fn scheme(self) -> Scheme {
        match self {
            Self::SrdfA
            | Self::SrdfAMultiSession
            | Self::GlobalMirror
            | Self::GlobalMirrorChangeVolumes
            | Self::Snapshot
            | Self::Zerto => Scheme::Cut,
            // A stream for each control unit.
            Self::Xrc => Scheme::RemoteSystem,
            Self::TrueCopyAsync | Self::UniversalReplicator | Self::Vvr => Scheme::Group,
        }
    }

    /// What it sets of `protocol.cut`.
    pub fn cut(self) -> CutSettings {
        let default = CutSettings::default();
        let seconds = |seconds: u64| SimDuration::from_ms(seconds * 1000);
        match self {
            Self::GlobalMirror => CutSettings {
                trigger: Trigger::PreviousDone,
                period: SimDuration::from_ms(10),
                switch: Switch::Serialise,
                hold_limit: SimDuration::from_ms(50),
                ..default
            },
            Self::GlobalMirrorChangeVolumes | Self::Snapshot => {
                CutSettings { period: seconds(300), ..default }
            }
            Self::Zerto => {
                CutSettings { period: seconds(5), fold: false, queue: Queue::MultiCycle, ..default }
            }
            // SRDF/A is the default; the others cut nothing.
            Self::SrdfA
            | Self::SrdfAMultiSession
            | Self::Xrc
            | Self::TrueCopyAsync
            | Self::UniversalReplicator
            | Self::Vvr => default,
        }
    }

    /// What it sets of `protocol.release`.
    pub const fn release(self) -> Release {
        match self {
            Self::Vvr | Self::UniversalReplicator => Release::Destaged,
            Self::SrdfA
            | Self::SrdfAMultiSession
            | Self::GlobalMirror
            | Self::GlobalMirrorChangeVolumes
            | Self::Xrc
            | Self::Snapshot
            | Self::Zerto
            | Self::TrueCopyAsync => Release::Received,
        }
    }

    /// What it sets of `protocol.pull`, where it pulls.
    pub fn pull(self) -> Option<Pull> {
        match self {
            Self::UniversalReplicator | Self::Xrc => Some(Pull::default()),
            Self::SrdfA
            | Self::SrdfAMultiSession
            | Self::GlobalMirror
            | Self::GlobalMirrorChangeVolumes
            | Self::Snapshot
            | Self::Zerto
            | Self::TrueCopyAsync
            | Self::Vvr => None,
        }
    }

    /// What is the vendor's, with the source, and what is ours.
    pub const fn note(self) -> &'static str {
        match self {
            Self::SrdfA => {
                "vendor: minimum cycle time 15s, write folding, a switch waits for the cycle before (Dell SRDF Introduction, \
                 PowerMaxOS 10); ours: one array, where no host is held"
            }
            Self::SrdfAMultiSession => {
                "vendor: minimum cycle time 15s, a window in which hosts are held until every array has switched, commit only \
                 if whole everywhere (Solutions Enabler 9.2, SRDF CLI guide); ours: 1ms to tell all arrays, given up after 50ms"
            }
            Self::GlobalMirror => {
                "vendor: interval 0, hosts held while all primaries are serialised, at most 50ms, drain before FlashCopy, \
                 table of revertible relations (DS6000 Redbook, p. 285-289); ours: 1ms to tell all primaries, at least 10ms \
                 between groups; B and C are one shadow"
            }
            Self::GlobalMirrorChangeVolumes => {
                "vendor: cycle 300s, the next one begins at once where the copy took longer (Storwize V5000 Gen2 Redbook, \
                 p. 569-574); ours: folding by write, not by grain"
            }
            Self::Xrc => {
                "vendor: host stamps, a reader for each control unit, groups up to the least of the latest stamps (z/OS \
                 antg000, ESS Copy Services); ours: numbers in place of the order of reading, stamps by the array, 4 requests \
                 of 1MiB, an empty answer carries the clock, limit_period"
            }
            Self::Snapshot => {
                "vendor: a delta each period, whole or not at all, 5min at the least under vSphere Replication (vSphere \
                 Replication 8 documentation; rbd-mirror: docs.ceph.com); ours: the period of 300s, folding by write"
            }
            Self::Zerto => {
                "vendor: every write is sent, a checkpoint every few seconds over all journals of the group (Zerto \
                 administration guides); ours: 5s, and that checkpoints are coordinated by a window: how is not published"
            }
            Self::TrueCopyAsync => {
                "vendor: numbers per consistency group, settled by the earliest stamp once every queue has a top (TrueCopy \
                 for z/OS Guide T5211-96001, p. 2-19); ours: markers in place of non-update recordsets, the limit time in \
                 place of settling, which settles the same"
            }
            Self::UniversalReplicator => {
                "vendor: numbers per journal group, sent only when read by the secondary system, discarded when restored, an \
                 EXCTG restored up to the least of the latest stamps (XP Remote Web Console manual, p. 23; VSP Gx00 help \
                 hm8uro); ours: 4 requests of 1MiB, each write says itself that it is restored"
            }
            Self::Vvr => {
                "vendor: positions in the log of a replicated volume group, written in their order, acknowledged when in \
                 memory and, to be freed in the log, when on disk (Veritas sfha 6.2 Replication guide); ours: one group of \
                 volumes, the log is the local cache"
            }
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These names stand in scenario files.
    #[test]
    fn names_are_those_of_scenario_files() {
        let of_cuts = [
            "srdf-a",
            "srdf-a-multi-session",
            "global-mirror",
            "global-mirror-change-volumes",
            "snapshot",
            "zerto",
        ];
        let of_streams = ["xrc", "true-copy-async", "universal-replicator", "vvr"];
        for preset in Preset::ALL {
            let names: &[&str] = if preset.scheme() == Scheme::Cut { &of_cuts } else { &of_streams };
            assert!(names.contains(&preset.name()), "{preset}");
        }
        let mut names = Preset::ALL.map(Preset::name);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "two have one name");
    }

    /// Each says what is the vendor's and what is ours, and promises all that its scheme is judged by.
    #[test]
    fn a_preset_says_whose_its_parameters_are() {
        for preset in Preset::ALL {
            assert!(preset.note().starts_with("vendor: ") && preset.note().contains("; ours: "), "{preset}");
            let promise = preset.scheme().promise(&crate::protocol::Rules::REPAIRED);
            assert_eq!(promise.kept, promise.judged, "{preset}");
            let has_cuts = preset.scheme() == Scheme::Cut;
            assert!(has_cuts || preset.cut() == CutSettings::default(), "{preset}");
            let is_plain = preset.pull().is_none() && preset.release() == Release::Received;
            assert!(is_plain || preset.scheme().is_of_streams(), "{preset}");
        }
    }

    /// What its note says in figures and in words is what it sets.
    #[test]
    fn a_preset_sets_what_its_note_says() {
        for preset in Preset::ALL {
            let says = |words: &str| preset.note().contains(words);
            let (cut, pull) = (preset.cut(), preset.pull());
            if preset.scheme() == Scheme::Cut {
                assert!(says(&cut.period.to_string()), "{preset}: {}", cut.period);
            }
            if says("all arrays") || says("all primaries") {
                assert!(says(&cut.coordination.to_string()) && says(&cut.hold_limit.to_string()), "{preset}");
            }
            assert_eq!(cut.switch == Switch::Serialise, says("serialised"), "{preset}");
            assert_eq!(cut.trigger == Trigger::PreviousDone, says("interval 0"), "{preset}");
            assert_eq!(!cut.fold, says("every write is sent,"), "{preset}");
            // A checkpoint does not wait for the one before.
            assert_eq!(cut.queue == Queue::MultiCycle, says("a checkpoint every few seconds"), "{preset}");
            let requests = pull.map(|pull| format!("{} requests of {}MiB", pull.requests, pull.bytes >> 20));
            assert_eq!(requests.is_some(), says(" requests of "), "{preset}");
            assert!(requests.is_none_or(|requests| says(&requests)), "{preset}");
            let released_late =
                says("discarded when restored") || says("to be freed in the log, when on disk");
            assert_eq!(preset.release() == Release::Destaged, released_late, "{preset}");
            assert_eq!(preset.to_string(), preset.name());
        }
    }
}
