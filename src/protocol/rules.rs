//! The protocol's rules: for each, the literal form of the patent's text, the repaired form, and the choices between.
//!
//! A rule is named as in the scenario file (`[protocol.rule]`) and each of its forms has a name there;
//! `literal` and `repaired` are aliases for every rule. Nothing here acts: the rooms of the processes ask.
//!
//! Rules `resend` and `duplicate` mean the same for disk and tape and govern both; from `epoch-close`
//! on they are of rivals of the field; from `medium` on, all are of the tape alone.

use std::fmt;

/// Forms of one rule, by name.
pub trait Form: Sized + Copy + Eq + 'static {
    /// Every form and its name in the scenario file.
    const FORMS: &'static [(&'static str, Self)];
    /// What the patent's text says.
    const LITERAL: Self;
    /// What keeps the promise.
    const REPAIRED: Self;

    /// The form of that name, aliases included.
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "literal" => Some(Self::LITERAL),
            "repaired" => Some(Self::REPAIRED),
            _ => Self::FORMS.iter().find(|(known, _)| *known == name).map(|&(_, form)| form),
        }
    }

    /// The name of this form.
    fn name(self) -> &'static str {
        Self::FORMS.iter().find(|&&(_, form)| form == self).map_or("", |&(name, _)| name)
    }
}

macro_rules! rule {
    (
        $(#[$doc:meta])*
        $name:ident, literal = $literal:ident, repaired = $repaired:ident {
            $($(#[$form_doc:meta])* $text:literal => $form:ident,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$form_doc])* $form,)+ }

        impl Form for $name {
            const FORMS: &'static [(&'static str, Self)] = &[$(($text, Self::$form)),+];
            const LITERAL: Self = Self::$literal;
            const REPAIRED: Self = Self::$repaired;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

rule! {
    /// `run`: which run of sequence numbers process 116 reports the end of (Fig. 9, step 901).
    Run, literal = Longest, repaired = NextExpected {
        /// The longest run in the list of the cache.
        "longest" => Longest,
        /// The run that starts at the next expected number; the key of its end outlives destaging.
        "next-expected" => NextExpected,
    }
}
rule! {
    /// `idle-stream`: what a stream without an undestaged entry gives to the minimum (Fig. 9, step 901).
    IdleStream, literal = Exclude, repaired = Marker {
        /// It is left out.
        "exclude" => Exclude,
        /// Its old stamp is remembered: safe, but every stream waits for the slowest.
        "hold" => Hold,
        /// An un-numbered clock message raises its stamp: unsafe, it overtakes writes.
        "naked" => Naked,
        /// A numbered marker that carries the clock.
        "marker" => Marker,
    }
}
rule! {
    /// `compare`: stamps, and how a candidate is compared with the limit (Fig. 11, step 1101).
    Compare, literal = Plain, repaired = WholeKey {
        /// Stamps as the clock gives them, not made unique; a candidate at the limit goes.
        "plain" => Plain,
        /// Stamps as the clock gives them; a candidate at the limit waits (claim 22).
        "less" => Less,
        /// Unique increasing stamps, whole keys; a candidate at the limit goes.
        "whole-key" => WholeKey,
    }
}
rule! {
    /// `stamp`: who gives the time stamp 114 (Fig. 5, step 503).
    Stamp, literal = Host, repaired = Receipt {
        /// The host, at issue.
        "host" => Host,
        /// The local system, atomically where process 210 accepts the write.
        "receipt" => Receipt,
    }
}
rule! {
    /// `clock`: what the clocks' error means for completions (Fig. 5, step 504).
    ClockRule, literal = AsIs, repaired = CommitWait {
        /// Nothing: the clocks as they are.
        "as-is" => AsIs,
        /// No completion before the clock bound has passed the stamp.
        "commit-wait" => CommitWait,
    }
}
rule! {
    /// `limit-scope`: over what process 117 takes its minimum (Fig. 10, step 1000).
    LimitScope, literal = Global, repaired = Group {
        /// One limit over all groups.
        "global" => Global,
        /// One limit per data integrity pair group.
        "group" => Group,
    }
}
rule! {
    /// `control`: what slaves and master do about lost control messages (Fig. 9, step 903).
    Control, literal = Wait, repaired = Periodic {
        /// A slave waits for the limit before it reports again; the master needs a report of every slave.
        "wait" => Wait,
        /// Slaves report periodically; the master keeps each slave's latest report.
        "periodic" => Periodic,
    }
}
rule! {
    /// `limit-update`: what a slave does with a limit it receives (Fig. 9, step 904).
    LimitUpdate, literal = Overwrite, repaired = Raise {
        /// It stores what came.
        "overwrite" => Overwrite,
        /// A limit only rises.
        "raise" => Raise,
    }
}
rule! {
    /// `recovery`: the limit by which each remote system recovers after a disaster.
    Recovery, literal = Own, repaired = Highest {
        /// Its own stored limit.
        "own" => Own,
        /// The highest limit stored anywhere.
        "highest" => Highest,
    }
}
rule! {
    /// `destage`: what is destaged in order, one at a time (Fig. 11).
    Destage, literal = System, repaired = System {
        /// Each remote system by itself.
        "system" => System,
        /// Each remote disk unit by itself.
        "pair" => Pair,
        /// Each group across remote systems: strict order.
        "serial" => Serial,
    }
}
rule! {
    /// `resend`: what the sender does about lost packets (Fig. 6, step 602; Fig. 17, step 1704; Fig. 18, step 1804).
    Resend, literal = Never, repaired = UntilCompleted {
        /// Nothing.
        "never" => Never,
        /// It resends until the completion arrives.
        "until-completed" => UntilCompleted,
    }
}
rule! {
    /// `duplicate`: what processes 214 and 1618 do with a second copy (Fig. 8, step 800; Fig. 20, step 2000).
    Duplicate, literal = Accept, repaired = Drop {
        /// They cache every copy.
        "accept" => Accept,
        /// Below the next expected or already cached (in the MT queue or on the medium): dropped, but completed again.
        "drop" => Drop,
    }
}
rule! {
    /// `local-destage`: in which order process 213 writes to the local unit.
    LocalDestage, literal = OnCompletion, repaired = PerBlock {
        /// On completion, in its order.
        "on-completion" => OnCompletion,
        /// Per block in local order.
        "per-block" => PerBlock,
    }
}
rule! {
    /// `admission`: who gets a place in the remote cache (Fig. 8, step 800).
    Admission, literal = FirstCome, repaired = Reserve {
        /// First come, first cached.
        "first-come" => FirstCome,
        /// Each stream keeps a place of the largest write for its next expected number.
        "reserve" => Reserve,
    }
}
rule! {
    /// `width`: bits of the sequence number 115 on the wire, and how they are compared.
    Width, literal = Raw32, repaired = Bits64 {
        /// 8 bits, compared raw.
        "8" => Raw8,
        /// 16 bits, compared raw.
        "16" => Raw16,
        /// 32 bits, compared raw.
        "32" => Raw32,
        /// 8 bits, compared by RFC 1982 with a window of at most half.
        "serial-8" => Serial8,
        /// 16 bits, compared by RFC 1982 with a window of at most half.
        "serial-16" => Serial16,
        /// 32 bits, compared by RFC 1982 with a window of at most half.
        "serial-32" => Serial32,
        /// 64 bits: never wraps.
        "64" => Bits64,
    }
}

rule! {
    /// `epoch-close`: what closes an epoch (scheme `epoch`).
    EpochClose, literal = Submission, repaired = Completion {
        /// A submission that finds no write active begins the next one: completions close none.
        "submission" => Submission,
        /// The completion of a write, as `protocol.epoch.close` says.
        "completion" => Completion,
    }
}
rule! {
    /// `barrier`: when a remote site takes an epoch for whole (scheme `epoch`).
    BarrierRule, literal = Number, repaired = Count {
        /// When the barrier with its number has come.
        "number" => Number,
        /// When as many writes have come, too, as the barrier says.
        "count" => Count,
    }
}

rule! {
    /// `cut-window`: are hosts held while the local systems of a group switch (scheme `cut`)?
    CutWindow, literal = None, repaired = Held {
        /// No: each switches when it is told, and goes on.
        "none" => None,
        /// Until all of them have switched.
        "held" => Held,
    }
}
rule! {
    /// `cut-commit`: who says that a set may be applied (scheme `cut`).
    CutCommit, literal = Each, repaired = Together {
        /// Each remote system for itself, when its own part is whole.
        "each" => Each,
        /// The master, when every part of the set is whole.
        "together" => Together,
    }
}
rule! {
    /// `cut-apply`: where what is received stands until its set is whole (scheme `cut`).
    CutApply, literal = InPlace, repaired = Shadow {
        /// In the image.
        "in-place" => InPlace,
        /// Beside it.
        "shadow" => Shadow,
    }
}
rule! {
    /// `cut-fold`: which writes give their place to a later one (scheme `cut`).
    CutFold, literal = Across, repaired = Within {
        /// Those of earlier sets, too, while they are not sent.
        "across" => Across,
        /// Those of the same set.
        "within" => Within,
    }
}
rule! {
    /// `cut-revert`: what a recovery does about a set that was committed at some remote systems only (scheme `cut`).
    CutRevert, literal = None, repaired = Table {
        /// Nothing: each system keeps what it has.
        "none" => None,
        /// It commits the set everywhere: committed anywhere, it is whole everywhere (Global Mirror's table).
        "table" => Table,
    }
}
rule! {
    /// `flash-copy`: when a remote system takes a set for whole (scheme `cut`).
    FlashCopy, literal = AtCommand, repaired = AfterDrain {
        /// When it is told that the set is over.
        "at-command" => AtCommand,
        /// When all of it has come, too.
        "after-drain" => AfterDrain,
    }
}

rule! {
    /// `medium`: which entry of the MT queue goes to the medium next (not described).
    Medium, literal = AsQueued, repaired = Contiguous {
        /// The head, whatever its block id.
        "as-queued" => AsQueued,
        /// The head, if its block id is the next on the medium: only the contiguous prefix.
        "contiguous" => Contiguous,
    }
}
rule! {
    /// `insert`: how a place in the MT queue is found (claim 29; Fig. 19, step 1905; Fig. 20, step 2007).
    Insert, literal = Traverse, repaired = BlockId {
        /// By traversing as many entries as the sequence number differs from the counter.
        "traverse" => Traverse,
        /// By block id.
        "block-id" => BlockId,
    }
}
rule! {
    /// `next-counter`: what the next sequence number counter 1632 is after a read (Fig. 19, step 1903).
    NextCounter, literal = NextEntry, repaired = Mapping {
        /// Advanced by the block id of the next entry in the queue; without one it stays.
        "next-entry" => NextEntry,
        /// Sequence numbers are mapped to block ids once and for all, when the initiator takes the MT unit.
        "mapping" => Mapping,
    }
}
rule! {
    /// `retain`: what becomes of read data that was sent (Fig. 19, step 1907).
    Retain, literal = Delete, repaired = UntilAnswered {
        /// It is deleted.
        "delete" => Delete,
        /// It is kept until the initiator's lowest unanswered number has passed it.
        "until-answered" => UntilAnswered,
    }
}
rule! {
    /// `window`: how many requests may be outstanding (Fig. 17, step 1703; Fig. 18, step 1803).
    TapeWindow, literal = Outstanding, repaired = Span {
        /// Fewer than m outstanding, wherever the holes are; what finds the MT queue full is refused.
        "outstanding" => Outstanding,
        /// Issued minus lowest unanswered below m; a completion waits until the queue has room for what it allows.
        "span" => Span,
    }
}
rule! {
    /// `assembly`: how read data is put together (Fig. 17, step 1705).
    Assembly, literal = Arrival, repaired = Number {
        /// As it arrives.
        "arrival" => Arrival,
        /// By the sequence number received with it.
        "number" => Number,
    }
}
rule! {
    /// `initiators`: who may use an MT unit, and when a number counts as used (Fig. 18, steps 1801 and 1802).
    Initiators, literal = Independent, repaired = Epoch {
        /// Everyone, each with its own counter, which is advanced after the request was sent.
        "independent" => Independent,
        /// One at a time, with an epoch; a number is in non-volatile memory before it is sent.
        "epoch" => Epoch,
    }
}

/// Something that a control unit keeps over a crash, or loses (rule `non-volatile`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// Local: the sequence counters (207, 300, 402).
    Counters,
    /// Local: the last time stamp given.
    LastStamp,
    /// Local: write data that was not yet destaged.
    UnsentData,
    /// Local: the sequence numbers of entries not yet completed.
    UnsentNumbers,
    /// Remote: the cache (203).
    RemoteCache,
    /// Remote: the next expected number of each stream.
    NextExpected,
    /// Remote: the remembered key of each contiguous end.
    EndKey,
    /// Remote: the limit time (118) stored by each slave.
    Limits,
}

impl Item {
    /// Every item and its name in the scenario file.
    pub const ALL: [(&'static str, Self); 8] = [
        ("counters", Self::Counters),
        ("last-stamp", Self::LastStamp),
        ("unsent-data", Self::UnsentData),
        ("unsent-numbers", Self::UnsentNumbers),
        ("remote-cache", Self::RemoteCache),
        ("next-expected", Self::NextExpected),
        ("end-key", Self::EndKey),
        ("limits", Self::Limits),
    ];
}

/// The items that a crash loses: the value of rule `non-volatile`. Empty is repaired, all is literal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Volatile(u8);

impl Volatile {
    /// Every item is lost in a crash.
    pub const ALL: Self = Self(u8::MAX);
    /// Nothing is lost in a crash.
    pub const NONE: Self = Self(0);

    /// These items and `item`.
    #[must_use]
    pub const fn with(self, item: Item) -> Self {
        Self(self.0 | 1 << item as u8)
    }
    /// These items but for `item`.
    #[must_use]
    pub const fn without(self, item: Item) -> Self {
        Self(self.0 & !(1 << item as u8))
    }
    /// Is `item` lost in a crash?
    pub const fn has(self, item: Item) -> bool {
        self.0 & (1 << item as u8) != 0
    }
}

/// The rule that has items in place of forms.
const NON_VOLATILE: &str = "non-volatile";

/// A rule, or an item of rule `non-volatile`, that is not in its repaired form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The rule.
    pub rule: &'static str,
    /// Its form, or the item that a crash loses.
    pub form: &'static str,
}

impl fmt::Display for Departure {
    /// As the scenario file has it: `run = longest`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.rule, self.form)
    }
}

/// One form for every rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rules {
    /// Rule `run`.
    pub run: Run,
    /// Rule `idle-stream`.
    pub idle_stream: IdleStream,
    /// Rule `compare`.
    pub compare: Compare,
    /// Rule `stamp`.
    pub stamp: Stamp,
    /// Rule `clock`.
    pub clock: ClockRule,
    /// Rule `limit-scope`.
    pub limit_scope: LimitScope,
    /// Rule `control`.
    pub control: Control,
    /// Rule `limit-update`.
    pub limit_update: LimitUpdate,
    /// Rule `recovery`.
    pub recovery: Recovery,
    /// Rule `destage`.
    pub destage: Destage,
    /// Rule `resend`.
    pub resend: Resend,
    /// Rule `duplicate`.
    pub duplicate: Duplicate,
    /// Rule `local-destage`.
    pub local_destage: LocalDestage,
    /// Rule `admission`.
    pub admission: Admission,
    /// Rule `width`.
    pub width: Width,
    /// Rule `epoch-close`.
    pub epoch_close: EpochClose,
    /// Rule `barrier`.
    pub barrier: BarrierRule,
    /// Rule `cut-window`.
    pub cut_window: CutWindow,
    /// Rule `cut-commit`.
    pub cut_commit: CutCommit,
    /// Rule `cut-apply`.
    pub cut_apply: CutApply,
    /// Rule `cut-fold`.
    pub cut_fold: CutFold,
    /// Rule `cut-revert`.
    pub cut_revert: CutRevert,
    /// Rule `flash-copy`.
    pub flash_copy: FlashCopy,
    /// Rule `medium`.
    pub medium: Medium,
    /// Rule `insert`.
    pub insert: Insert,
    /// Rule `next-counter`.
    pub next_counter: NextCounter,
    /// Rule `retain`.
    pub retain: Retain,
    /// Rule `window`.
    pub window: TapeWindow,
    /// Rule `assembly`.
    pub assembly: Assembly,
    /// Rule `initiators`.
    pub initiators: Initiators,
    /// Rule `non-volatile`.
    pub volatile: Volatile,
}

macro_rules! rules_table {
    ($($name:literal => $field:ident: $kind:ty,)+) => {
        impl Rules {
            /// What the patent's text says, all at once.
            pub const LITERAL: Self = Self { $($field: <$kind>::LITERAL,)+ volatile: Volatile::ALL };
            /// What keeps the promise.
            pub const REPAIRED: Self = Self { $($field: <$kind>::REPAIRED,)+ volatile: Volatile::NONE };
            /// The names of all rules, as in the scenario file.
            pub const NAMES: &'static [&'static str] = &[$($name,)+ "non-volatile"];

            /// The names of the forms of rule `rule`, without the aliases; `None` if there is no such rule.
            pub fn forms(rule: &str) -> Option<Vec<&'static str>> {
                match rule {
                    $($name => Some(<$kind>::FORMS.iter().map(|&(name, _)| name).collect()),)+
                    "non-volatile" => Some(Item::ALL.iter().map(|&(name, _)| name).collect()),
                    _ => None,
                }
            }

            /// Sets rule `rule` to the form named `form`. For `non-volatile` the form is one item that a crash
            /// loses in addition, or an alias for none or all.
            ///
            /// # Errors
            /// When there is no such rule or it has no such form; nothing is changed then.
            pub fn set(&mut self, rule: &str, form: &str) -> Result<(), UnknownForm> {
                match rule {
                    $($name => self.$field = <$kind>::from_name(form).ok_or(UnknownForm::Form)?,)+
                    "non-volatile" => self.volatile = match form {
                        "repaired" => Volatile::NONE,
                        "literal" => Volatile::ALL,
                        _ => {
                            let item = Item::ALL.iter().find(|(name, _)| *name == form);
                            self.volatile.with(item.ok_or(UnknownForm::Form)?.1)
                        }
                    },
                    _ => return Err(UnknownForm::Rule),
                }
                Ok(())
            }

            /// Every departure from the repaired rules; of `non-volatile`, each item by itself.
            pub fn departures(&self) -> Vec<Departure> {
                let mut departures = Vec::new();
                $(if self.$field != <$kind>::REPAIRED {
                    departures.push(Departure { rule: $name, form: self.$field.name() });
                })+
                let lost = Item::ALL.iter().filter(|(_, item)| self.volatile.has(*item));
                departures.extend(lost.map(|&(form, _)| Departure { rule: NON_VOLATILE, form }));
                departures
            }

            /// These rules with one departure repaired.
            #[must_use]
            pub fn without(mut self, departure: &Departure) -> Self {
                match departure.rule {
                    $($name => self.$field = <$kind>::REPAIRED,)+
                    _ => {
                        let item = Item::ALL.iter().find(|(name, _)| *name == departure.form);
                        self.volatile = item.map_or(self.volatile, |&(_, item)| self.volatile.without(item));
                    }
                }
                self
            }
        }
    };
}

rules_table! {
    "run" => run: Run,
    "idle-stream" => idle_stream: IdleStream,
    "compare" => compare: Compare,
    "stamp" => stamp: Stamp,
    "clock" => clock: ClockRule,
    "limit-scope" => limit_scope: LimitScope,
    "control" => control: Control,
    "limit-update" => limit_update: LimitUpdate,
    "recovery" => recovery: Recovery,
    "destage" => destage: Destage,
    "resend" => resend: Resend,
    "duplicate" => duplicate: Duplicate,
    "local-destage" => local_destage: LocalDestage,
    "admission" => admission: Admission,
    "width" => width: Width,
    "epoch-close" => epoch_close: EpochClose,
    "barrier" => barrier: BarrierRule,
    "cut-window" => cut_window: CutWindow,
    "cut-commit" => cut_commit: CutCommit,
    "cut-apply" => cut_apply: CutApply,
    "cut-fold" => cut_fold: CutFold,
    "cut-revert" => cut_revert: CutRevert,
    "flash-copy" => flash_copy: FlashCopy,
    "medium" => medium: Medium,
    "insert" => insert: Insert,
    "next-counter" => next_counter: NextCounter,
    "retain" => retain: Retain,
    "window" => window: TapeWindow,
    "assembly" => assembly: Assembly,
    "initiators" => initiators: Initiators,
}

impl Rules {
    /// By whose limit a remote system recovers, whichever family asks.
    pub fn recovers_by(&self) -> Recovery {
        if self.cut_commit == CutCommit::Each || self.cut_revert == CutRevert::None {
            Recovery::Own
        } else {
            self.recovery
        }
    }
}

/// Why [`Rules::set`] did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownForm {
    /// There is no rule of that name.
    #[error("no such rule")]
    Rule,
    /// The rule has no form of that name.
    #[error("the rule has no such form")]
    Form,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every form of every rule is set by its name and told by its name, as a departure from the repaired rules.
    #[test]
    fn every_form_is_known_by_its_name() {
        for rule in Rules::NAMES {
            let forms = Rules::forms(rule).unwrap();
            let mut departing = 0;
            for form in &forms {
                let mut rules = Rules::REPAIRED;
                rules.set(rule, form).unwrap();
                let departures = rules.departures();
                departing += departures.len();
                if let [departure] = departures[..] {
                    assert_eq!((departure.rule, departure.form), (*rule, *form));
                    assert_eq!(departure.to_string(), format!("{rule} = {form}"));
                    assert_eq!(rules.without(&departure), Rules::REPAIRED);
                }
            }
            let repaired_forms = usize::from(*rule != NON_VOLATILE);
            assert_eq!(departing, forms.len() - repaired_forms, "{rule}");
            let mut rules = Rules::REPAIRED;
            assert_eq!(rules.set(rule, "no such form"), Err(UnknownForm::Form));
            rules.set(rule, "literal").unwrap();
            rules.set(rule, "repaired").unwrap();
            assert_eq!(rules, Rules::REPAIRED);
        }
        assert_eq!(Rules::REPAIRED.departures(), []);
        assert_eq!(Rules::forms("no such rule"), None);
        assert_eq!({ Rules::REPAIRED }.set("no such rule", "literal"), Err(UnknownForm::Rule));
        assert_eq!(Run::Longest.to_string(), "longest");
    }

    /// The items of `non-volatile` are a set: each is in it or not, however often it is named.
    #[test]
    fn items_are_a_set() {
        for (_, item) in Item::ALL {
            let lost = Volatile::NONE.with(item);
            assert_eq!(lost.with(item), lost);
            assert_eq!(lost.without(item), Volatile::NONE);
            assert_eq!(Volatile::ALL.without(item).with(item), Volatile::ALL);
            assert_eq!(Volatile::NONE.without(item), Volatile::NONE);
            for (_, other) in Item::ALL {
                assert_eq!(lost.has(other), other == item);
                assert_eq!(Volatile::ALL.without(item).has(other), other != item);
            }
        }
    }

    /// Who commits for itself, or cannot go back, has its own limit to recover by, whatever rule `recovery` says.
    #[test]
    fn a_system_that_commits_for_itself_recovers_by_its_own_limit() {
        let recovers = |rule: &str, form: &str| {
            let mut rules = Rules::REPAIRED;
            rules.set(rule, form).unwrap();
            rules.recovers_by()
        };
        assert_eq!(recovers("cut-commit", "each"), Recovery::Own);
        assert_eq!(recovers("cut-revert", "none"), Recovery::Own);
        assert_eq!(recovers("recovery", "literal"), Rules::LITERAL.recovery);
        assert_eq!(Rules::REPAIRED.recovers_by(), Rules::REPAIRED.recovery);
        assert_ne!(Rules::REPAIRED.recovery, Recovery::Own);
    }
}
