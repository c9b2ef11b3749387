//! What a scheme promises under given rules, and which rules act under it at all.
//!
//! The table of what each departure from the repaired rules may break is that of the rules' own descriptions; random
//! worlds under every scheme and rule try that what is kept is kept (`world/tests/agreement.rs`).

use super::disk::ordering::{Discipline, Overlaps, Permission, RecoveredBy};
use super::rules::{Departure, Destage};
use super::tape::Numbering;
use super::{Rules, Scheme};
use crate::words::{Check, CheckSet, Keeping, PairOrder, Promise};

/// The checks of what is destaged and of what a disaster leaves.
const ORDER: CheckSet =
    CheckSet::of(&[Check::PairOrder, Check::RecoverablePrefix, Check::Causal, Check::DestageOrder]);
/// The checks of what a disaster leaves.
const IMAGE: CheckSet = CheckSet::of(&[Check::RecoverablePrefix, Check::Causal]);
const COMPLETE: CheckSet = CheckSet::of(&[Check::Complete]);
const LOCAL: CheckSet = CheckSet::of(&[Check::LocalOrder]);
const TAPE: CheckSet = CheckSet::of(&[Check::TapeOrder, Check::Complete]);
/// What disk schemes are judged by, whatever they promise.
const OF_DISK: CheckSet = CheckSet::of(&[
    Check::PairOrder,
    Check::RecoverablePrefix,
    Check::Causal,
    Check::Complete,
    Check::LocalOrder,
]);

/// Who asks for a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Acts {
    /// Every disk scheme.
    Always,
    /// The numberings of the patent only: baselines have their own way.
    Numbered,
    /// Schemes that destage by a limit time.
    ByLimit,
    /// Of these, the ones that compare the time stamps of single writes, not sets of them.
    ByStamp,
    /// Of the ones that recover by the limit stored, those that remember the end of a run.
    ByEnd,
    /// Schemes that can order all writes of a group, across systems.
    Strict,
    /// `epoch`.
    Epochs,
    /// `cut`.
    Cuts,
    /// Of these, the ones whose recovery goes by the limit stored.
    ByStoredLimit,
    /// Of these, the ones that may have one limit over all groups.
    ByLimitOfGroups,
    /// Every scheme but `synchronous` in its own way, in which dependent writes wait for one another anyway.
    UnlessWaiting,
    /// Every scheme that lets copies of overlapping writes be under way at once.
    Overlapping,
    /// The tape side.
    OnTape,
}

/// Who asks for a rule, or for an item of rule `non-volatile`, and which checks its forms other than the repaired one
/// may break.
fn row(departure: &Departure) -> (Acts, CheckSet) {
    let all = ORDER.and(COMPLETE);
    match (departure.rule, departure.form) {
        ("run", _) => (Acts::Numbered, ORDER),
        // Safe, but the last writes wait for ever.
        ("idle-stream", "hold") => (Acts::ByStamp, COMPLETE),
        // The write at the limit waits for a later stamp, which a full cache may keep away for ever.
        // By host stamps a write may be later than those that come after it by number: it waits for them in the same way.
        ("compare", "less") | ("stamp", _) => (Acts::ByStamp, ORDER.and(COMPLETE)),
        ("idle-stream" | "compare", _) => (Acts::ByStamp, ORDER),
        ("clock", _) => (Acts::UnlessWaiting, CheckSet::of(&[Check::Causal, Check::DestageOrder])),
        ("limit-scope", _) => (Acts::ByLimitOfGroups, CheckSet::NONE),
        ("control", _) => (Acts::ByLimit, COMPLETE),
        ("limit-update", _) => (Acts::ByLimit, IMAGE),
        ("recovery", _) => (Acts::ByStoredLimit, IMAGE),
        ("destage", "serial") => (Acts::Strict, CheckSet::NONE),
        ("destage", _) => (Acts::Always, CheckSet::NONE),
        ("resend", _) => (Acts::Always, COMPLETE),
        // A second copy takes room in a cache that the next expected write may need.
        ("duplicate", _) => {
            (Acts::Always, CheckSet::of(&[Check::PairOrder, Check::DestageOrder, Check::Complete]))
        }
        ("local-destage", _) => (Acts::Overlapping, LOCAL),
        ("admission", _) => (Acts::Numbered, COMPLETE),
        ("width", _) => (Acts::Numbered, all),
        ("non-volatile", "unsent-data") => (Acts::Always, all.and(LOCAL)),
        ("non-volatile", "counters" | "unsent-numbers" | "remote-cache" | "next-expected") => {
            (Acts::Always, all)
        }
        ("non-volatile", "last-stamp" | "limits") => (Acts::ByLimit, all),
        ("non-volatile", "end-key") => (Acts::ByEnd, all),
        ("epoch-close", _) => (Acts::Epochs, ORDER),
        // Once a set is taken for whole no place in the cache is kept for those of its writes that are missing.
        ("barrier", _) => (Acts::Epochs, ORDER.and(COMPLETE)),
        // What is applied as it comes may come over what is later.
        ("cut-apply" | "flash-copy", _) => (Acts::Cuts, IMAGE.and(COMPLETE)),
        ("cut-window" | "cut-commit" | "cut-fold" | "cut-revert", _) => (Acts::Cuts, IMAGE),
        ("medium" | "insert" | "next-counter" | "retain" | "window" | "assembly" | "initiators", _) => {
            (Acts::OnTape, CheckSet::NONE)
        }
        // Of a rule that is not in this table nothing is promised (a test says that there is none).
        _ => (Acts::Always, CheckSet::ALL),
    }
}

impl Scheme {
    /// Does anything go by a limit time? `synchronous` with `destage = "serial"` does: the host's waiting orders
    /// dependent writes only, and a strict order of all needs to know that nothing earlier is still to come.
    pub const fn goes_by_limits(self, rules: &Rules) -> bool {
        Discipline::of(self, rules).has_limits()
    }

    /// Does the departure change anything on the disk side?
    pub fn is_changed_by(self, departure: &Departure, rules: &Rules) -> bool {
        let limits = self.goes_by_limits(rules);
        let discipline = Discipline::of(self, rules);
        let sets = discipline.has_sets();
        let by_stored_limit = match discipline.recovered_by {
            RecoveredBy::StoredLimits => true,
            RecoveredBy::LatestStamps | RecoveredBy::Everything => false,
        };
        match row(departure).0 {
            Acts::Always => true,
            Acts::Numbered => self.is_numbered(),
            Acts::ByLimit => limits,
            Acts::ByStamp => limits && !sets,
            Acts::ByStoredLimit => by_stored_limit && self != Self::Cut,
            Acts::ByEnd => by_stored_limit && !sets,
            Acts::Strict => !sets,
            Acts::Epochs => self == Self::Epoch,
            Acts::Cuts => self == Self::Cut,
            Acts::ByLimitOfGroups => match discipline.permission {
                Permission::ByLimit => !sets,
                Permission::Always | Permission::UpToStamp => false,
            },
            // A cut compares no clocks.
            Acts::UnlessWaiting => (limits || !self.waits_for_remote()) && self != Self::Cut,
            Acts::Overlapping => match discipline.overlaps {
                // A unit that is written through to does one write after the other.
                Overlaps::Free => !discipline.writes_through(),
                Overlaps::FoldedInSets => true,
                Overlaps::OneAfterTheOther | Overlaps::Folded => false,
            },
            Acts::OnTape => false,
        }
    }

    /// The rules in force on the disk side: those that do not act under this scheme are in their repaired form. A
    /// baseline differs from the numberings in its ordering only. Rules of tape are left as they are.
    #[must_use]
    pub fn in_force(self, rules: &Rules) -> Rules {
        let idle =
            |departure: &Departure| row(departure).0 != Acts::OnTape && !self.is_changed_by(departure, rules);
        rules.departures().iter().filter(|departure| idle(departure)).fold(*rules, Rules::without)
    }

    /// The name of a set of rules as far as they are in force: `repaired`, `literal`, or `custom`.
    pub fn rules_name(self, rules: &Rules) -> &'static str {
        let rules = self.in_force(rules);
        if rules == Rules::REPAIRED {
            "repaired"
        } else if rules == self.in_force(&Rules::LITERAL) {
            "literal"
        } else {
            "custom"
        }
    }

    /// What the scheme is judged by under `rules`, and what it keeps.
    pub fn promise(self, rules: &Rules) -> Promise {
        let rules = self.in_force(rules);
        let serial = rules.destage == Destage::Serial;
        let judged = match self {
            // Within a set any order will do.
            Self::Epoch => OF_DISK.without(CheckSet::of(&[Check::RecoverablePrefix])),
            // A set is applied whole: in which order, nobody sees.
            Self::Cut => OF_DISK.without(CheckSet::of(&[Check::PairOrder])),
            _ if serial => OF_DISK.and(CheckSet::of(&[Check::DestageOrder])),
            _ => OF_DISK,
        };
        let promised = match self {
            Self::Pair
            | Self::RemoteSystem
            | Self::Group
            | Self::Synchronous
            | Self::InOrderTransport
            | Self::Epoch
            | Self::Cut => judged,
            // Negative controls.
            Self::None | Self::TimestampOnly => CheckSet::NONE,
            // Another one, of which so much is true.
            Self::AdaptiveCopy => COMPLETE.and(LOCAL),
        };
        let kept = rules.departures().iter().fold(promised, |kept, departure| kept.without(row(departure).1));
        let pair_order = match self {
            Self::Synchronous if !serial => PairOrder::Dependent,
            Self::Epoch | Self::Cut => PairOrder::Dependent,
            Self::Pair
            | Self::RemoteSystem
            | Self::Group
            | Self::None
            | Self::TimestampOnly
            | Self::Synchronous
            | Self::InOrderTransport
            | Self::AdaptiveCopy => PairOrder::Every,
        };
        let keeping = match Discipline::of(self, &rules).overlaps {
            Overlaps::Free | Overlaps::OneAfterTheOther => Keeping::Each,
            Overlaps::Folded | Overlaps::FoldedInSets => Keeping::Covered,
        };
        Promise { judged, kept, pair_order, keeping }
    }
}

impl Numbering {
    /// Does the departure change anything on the tape side?
    pub fn is_changed_by(self, departure: &Departure) -> bool {
        row(departure).0 == Acts::OnTape || matches!(departure.rule, "resend" | "duplicate")
    }

    /// What tape with this numbering is judged by under `rules`, and what it keeps.
    pub fn promise(self, rules: &Rules) -> Promise {
        let repaired = !rules.departures().iter().any(|departure| self.is_changed_by(departure));
        let kept = match self {
            Self::SequenceNumber | Self::BlockId if repaired => TAPE,
            // A negative control, or rules that may break it.
            Self::SequenceNumber | Self::BlockId | Self::None => CheckSet::NONE,
        };
        Promise { judged: TAPE, kept, ..Promise::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every departure that a rule can make.
    fn every_departure() -> Vec<Departure> {
        let of_rule = |rule: &&'static str| {
            let forms = Rules::forms(rule).unwrap();
            let departures = forms.iter().map(|form| {
                let mut rules = Rules::REPAIRED;
                rules.set(rule, form).unwrap();
                rules.departures()
            });
            departures.flatten().collect::<Vec<_>>()
        };
        Rules::NAMES.iter().flat_map(of_rule).collect()
    }

    fn promise_of(scheme: Scheme) -> Promise {
        scheme.promise(&Rules::REPAIRED)
    }

    fn with(departure: &Departure) -> Rules {
        let mut rules = Rules::REPAIRED;
        rules.set(departure.rule, departure.form).unwrap();
        rules
    }

    /// A new rule, or a new form, must be entered in the table.
    #[test]
    fn every_departure_has_a_row() {
        for departure in every_departure() {
            assert_ne!(row(&departure).1, CheckSet::ALL, "{departure}");
        }
    }

    /// The table of promises: repaired, every scheme but the negative controls keeps all that it is judged by;
    /// `destage-order` is judged with `destage = "serial"` only.
    #[test]
    fn judged_and_kept_are_those_of_the_table() {
        for scheme in Scheme::ALL {
            let keeps = |judged: CheckSet| match scheme {
                Scheme::None | Scheme::TimestampOnly => CheckSet::NONE,
                Scheme::AdaptiveCopy => CheckSet::of(&[Check::Complete, Check::LocalOrder]),
                _ => judged,
            };
            let of_disk = match scheme {
                Scheme::Epoch => OF_DISK.without(CheckSet::of(&[Check::RecoverablePrefix])),
                Scheme::Cut => OF_DISK.without(CheckSet::of(&[Check::PairOrder])),
                _ => OF_DISK,
            };
            // A set has no order, so that `serial` does not act.
            let strict = match scheme {
                Scheme::Epoch | Scheme::Cut => CheckSet::NONE,
                _ => CheckSet::of(&[Check::DestageOrder]),
            };
            for (destage, judged) in
                [(Destage::System, of_disk), (Destage::Pair, of_disk), (Destage::Serial, of_disk.and(strict))]
            {
                let promise = scheme.promise(&Rules { destage, ..Rules::REPAIRED });
                assert_eq!(promise.judged, judged, "{scheme}");
                assert_eq!(promise.kept, keeps(judged), "{scheme}");
            }
            let folds = promise_of(scheme).keeping == Keeping::Covered;
            assert_eq!(folds, matches!(scheme, Scheme::AdaptiveCopy | Scheme::Cut));
            let literal = scheme.promise(&Rules::LITERAL);
            assert_eq!((literal.judged, literal.kept), (of_disk, CheckSet::NONE), "{scheme}");
        }
        for numbering in Numbering::ALL {
            let kept = numbering.promise(&Rules::REPAIRED).kept;
            assert_eq!(kept == TAPE, numbering != Numbering::None);
            assert_eq!(numbering.promise(&Rules::LITERAL).kept, CheckSet::NONE);
        }
    }

    /// With one rule departed from, what its row names is not kept, and the rest is.
    #[test]
    fn a_departure_takes_away_what_it_may_break() {
        for departure in every_departure() {
            for scheme in [Scheme::Pair, Scheme::RemoteSystem, Scheme::Group, Scheme::Epoch, Scheme::Cut] {
                let promise = scheme.promise(&with(&departure));
                if !scheme.is_changed_by(&departure, &Rules::REPAIRED) && row(&departure).0 != Acts::OnTape {
                    continue; // Of another family.
                }
                assert_eq!(promise.kept, promise.judged.without(row(&departure).1), "{departure}");
            }
        }
    }

    /// A stream that says nothing when it is idle keeps later writes of others waiting, in order; one that is left out of
    /// the minimum lets them pass.
    #[test]
    fn an_idle_stream_delays_or_disorders() {
        for (form, broken) in [("hold", COMPLETE), ("exclude", ORDER), ("naked", ORDER)] {
            let rules = with(&Departure { rule: "idle-stream", form });
            assert_eq!(Scheme::Group.promise(&rules).kept, OF_DISK.without(broken), "{form}");
        }
    }

    /// Where the host waits, only writes that depend on one another have an order in a pair, but with `destage = "serial"`
    /// all have; within a set none has but these.
    #[test]
    fn pairs_keep_the_order_of_all_writes_or_of_dependent_ones() {
        for scheme in Scheme::ALL {
            for destage in [Destage::System, Destage::Pair, Destage::Serial] {
                let dependent = match scheme {
                    Scheme::Epoch | Scheme::Cut => true,
                    Scheme::Synchronous => destage != Destage::Serial,
                    _ => false,
                };
                let order = if dependent { PairOrder::Dependent } else { PairOrder::Every };
                let promise = scheme.promise(&Rules { destage, ..Rules::REPAIRED });
                assert_eq!(promise.pair_order, order, "{scheme}, {destage}");
            }
        }
    }

    /// Tape keeps its promise under the departures of disk, and under none of its own.
    #[test]
    fn rules_of_disk_take_nothing_from_tape() {
        let of_both = |departure: &Departure| matches!(departure.rule, "resend" | "duplicate");
        for departure in every_departure() {
            let is_broken = row(&departure).0 == Acts::OnTape || of_both(&departure);
            let promise = Numbering::BlockId.promise(&with(&departure));
            let kept = if is_broken { CheckSet::NONE } else { TAPE };
            assert_eq!((promise.judged, promise.kept), (TAPE, kept), "{departure}");
        }
    }

    /// What does not act under a scheme is in force in its repaired form, and takes no promise away.
    #[test]
    fn rules_without_effect_are_not_in_force() {
        let idle = |scheme: Scheme| -> Vec<String> {
            let idle = every_departure().into_iter().filter(|departure| {
                row(departure).0 != Acts::OnTape && scheme.in_force(&with(departure)) == Rules::REPAIRED
            });
            let mut rules: Vec<_> = idle
                .map(|departure| match departure.rule {
                    "non-volatile" => departure.form.to_owned(),
                    rule => rule.to_owned(),
                })
                .collect();
            rules.dedup();
            rules
        };
        let of_cuts = ["cut-window", "cut-commit", "cut-apply", "cut-fold", "cut-revert", "flash-copy"];
        let of_rivals = [&["epoch-close", "barrier"][..], &of_cuts].concat();
        for scheme in [Scheme::Pair, Scheme::RemoteSystem, Scheme::Group] {
            assert_eq!(idle(scheme), of_rivals);
        }
        let and = |rules: &[&'static str], items: &[&'static str]| [rules, &of_rivals[..], items].concat();
        assert_eq!(idle(Scheme::InOrderTransport), and(&["run", "admission", "width"], &[]));
        assert_eq!(
            idle(Scheme::TimestampOnly),
            and(&["run", "limit-scope", "recovery", "admission", "width"], &["end-key"])
        );
        assert_eq!(
            idle(Scheme::Epoch),
            [
                &["run", "idle-stream", "compare", "stamp", "limit-scope", "destage", "local-destage"][..],
                &["admission", "width"],
                &of_cuts,
                &["end-key"],
            ]
            .concat()
        );
        assert_eq!(
            idle(Scheme::Cut),
            [
                &["run", "idle-stream", "compare", "stamp", "clock", "limit-scope", "recovery", "destage"][..],
                &["admission", "width", "epoch-close", "barrier", "end-key"],
            ]
            .concat()
        );
        let by_limit =
            ["idle-stream", "compare", "stamp", "limit-scope", "control", "limit-update", "recovery"];
        let none: Vec<_> = ["run"].into_iter().chain(by_limit).chain(["admission", "width"]).collect();
        assert_eq!(idle(Scheme::None), and(&none, &["last-stamp", "end-key", "limits"]));
        let bitmap = [&none[..8], &["local-destage"], &none[8..]].concat();
        assert_eq!(idle(Scheme::AdaptiveCopy), and(&bitmap, &["last-stamp", "end-key", "limits"]));
        let waiting = [&none[..4], &["clock"], &none[4..8], &["local-destage"], &none[8..]].concat();
        assert_eq!(idle(Scheme::Synchronous), and(&waiting, &["last-stamp", "end-key", "limits"]));
        for scheme in Scheme::ALL {
            assert_eq!(scheme.rules_name(&Rules::REPAIRED), "repaired");
            assert_eq!(scheme.rules_name(&Rules::LITERAL), "literal");
            for departure in every_departure() {
                let rules = with(&departure);
                let acts = scheme.in_force(&rules) != Rules::REPAIRED;
                assert_eq!(scheme.rules_name(&rules), if acts { "custom" } else { "repaired" });
                if !acts {
                    assert_eq!(scheme.promise(&rules), scheme.promise(&Rules::REPAIRED));
                }
            }
        }
    }

    /// `synchronous` with `destage = "serial"` goes by a limit time, so rules about limits act.
    #[test]
    fn serial_destage_makes_rules_about_limits_act() {
        let mut rules = Rules { destage: Destage::Serial, ..Rules::REPAIRED };
        rules.set("idle-stream", "exclude").unwrap();
        assert_eq!(Scheme::Synchronous.in_force(&rules), rules);
        assert!(!Scheme::Synchronous.promise(&rules).keeps(Check::DestageOrder));
        assert_eq!(Scheme::None.in_force(&rules), Rules { destage: Destage::Serial, ..Rules::REPAIRED });
    }
}
