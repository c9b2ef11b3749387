//! What each departure from the repaired rules does: one sentence for a person who is told that it let a violation
//! happen (`RULES`: where the literal text fails).

use crate::protocol::rules::Departure;

/// What `departure` does, as the end of a sentence that begins with its name; empty if nothing more can be said.
pub fn what_it_does(departure: &Departure) -> &'static str {
    match (departure.rule, departure.form) {
        ("run", _) => {
            "process 116 reports the end of the longest run of numbers in the cache (Fig. 9, step 901), though an \
             earlier number is missing"
        }
        ("idle-stream", "exclude") => {
            "a number stream with nothing in the remote cache is left out of the minimum (step 901), though a write \
             of it may still be on its way"
        }
        ("idle-stream", "naked") => {
            "an un-numbered clock message raises the stamp of an idle stream, and overtakes a write of it"
        }
        ("idle-stream", _) => "an idle stream keeps its old stamp, and every other stream waits for it",
        ("compare", "plain") => {
            "time stamps are not unique, and a write at the limit time may be destaged (Fig. 11, step 1101) \
             while another of the same stamp is missing"
        }
        ("compare", _) => "time stamps are not unique, and a write at the limit time waits",
        ("stamp", _) => {
            "the host gives the time stamp at issue (step 503), so stamps and local order can differ"
        }
        ("clock", _) => {
            "a write is completed before its stamp is surely past on every clock, so a later write can have an \
             earlier stamp"
        }
        ("limit-scope", _) => "one limit holds for all groups, so a stalled group stalls the others",
        ("control", _) => {
            "a slave waits for the limit before it reports again (step 903), so one lost control message blocks it"
        }
        ("limit-update", _) => {
            "a slave stores whatever limit comes (step 904), so an old one replaces a newer one"
        }
        ("recovery", _) => {
            "after a disaster each remote system recovers by its own stored limit, and these limits differ"
        }
        ("destage", "pair") => {
            "every remote unit destages by itself, so writes of a group land in another order"
        }
        ("destage", _) => "destages of a group are not in one order across remote systems",
        ("resend", _) => "what the network loses is never resent",
        ("duplicate", _) => "a second copy of a write is taken for a new one (Fig. 8, step 800)",
        ("local-destage", _) => {
            "process 213 writes to the local unit in the order of completions, not of the writes"
        }
        ("admission", _) => {
            "the remote cache takes what comes first, and has no room left for the write that all others wait for"
        }
        ("width", form) if form.starts_with("serial") => {
            "numbers wrap and are compared within half of their space (RFC 1982), so a copy that comes very late is \
             taken for a new write"
        }
        ("width", _) => "numbers wrap and are compared raw, so a new write is taken for an old one",
        ("epoch-close", _) => {
            "completions close no epoch, so a write may stand in the epoch of one that was completed before it was issued"
        }
        ("barrier", _) => {
            "an epoch is taken for whole when its barrier arrives, though a write of it is missing"
        }
        ("cut-window", _) => {
            "hosts are not held while the local systems switch, so a write may stand in a set before that of one it depends on"
        }
        ("cut-commit", _) => {
            "each remote system applies its part of a set by itself, though another part is not whole"
        }
        ("cut-apply", _) => "what has come of a set stands in the image before the set is whole",
        ("cut-fold", _) => {
            "a later write takes the place of one of an earlier set, which is applied without it"
        }
        ("cut-revert", _) => {
            "after a disaster a set that was committed at some remote systems is not committed at the others"
        }
        ("flash-copy", _) => {
            "a set is taken for whole when it is said to be over, though a write of it is missing"
        }
        ("medium", _) => "the head of the MT queue goes to the medium, whatever its block id",
        ("insert", _) => {
            "the place in the MT queue is found by counting entries (Fig. 20, step 2007), which is wrong where one \
             is missing"
        }
        ("next-counter", _) => {
            "after a read the counter takes the block id of the next entry (Fig. 19, step 1903), and there is none \
             between two groups of blocks"
        }
        ("retain", _) => {
            "read data are deleted when they are sent (step 1907), so a lost reply cannot be answered"
        }
        ("window", _) => {
            "m requests may be outstanding whatever the holes between them, and fill the MT queue behind a missing one"
        }
        ("assembly", _) => "read data are put together in the order of arrival (step 1705)",
        ("initiators", _) => "two initiators, or one before and after a crash, use one number twice",
        ("non-volatile", item) => lost_in_a_crash(item),
        _ => "",
    }
}

/// What it means that a crash loses this item.
fn lost_in_a_crash(item: &str) -> &'static str {
    match item {
        "counters" => "a crash loses the sequence counters, so numbers are used twice",
        "last-stamp" => "a crash loses the last time stamp given, so a later write can have an earlier stamp",
        "unsent-data" => "a crash loses data that were completed at the host and not yet sent or destaged",
        "unsent-numbers" => "a crash loses the numbers of entries on their way, so these get new ones",
        "remote-cache" => "a crash loses what stands in the remote cache, though its completion was sent",
        "next-expected" => "a crash loses the next expected numbers, so an old copy is taken for a new write",
        "end-key" => "a crash loses the remembered keys of the contiguous ends",
        "limits" => "a crash loses the stored limit times",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Rules;

    /// Every form of every rule that is not the repaired one has its sentence.
    #[test]
    fn every_departure_is_told() {
        for rule in Rules::NAMES {
            for form in Rules::forms(rule).unwrap() {
                let mut rules = Rules::REPAIRED;
                rules.set(rule, form).unwrap();
                for departure in rules.departures() {
                    let told = what_it_does(&departure);
                    assert!(!told.is_empty() && !told.ends_with('.'), "{departure}: {told}");
                }
            }
        }
    }
}
