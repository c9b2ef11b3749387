//! The table: a row per figure, and the families of time spans whose rows are alike.
//!
//! Whoever adds a field to a result adds its row here; a test says so if it is forgotten.

use super::Quantity::{self, Bytes, BytesPerSecond, Flag, Instant, Number, Share, Text, Time};
use super::{Column, Event};

/// What a figure of writes on their way to the remote site hangs on.
const TO_REMOTE: &[Event] = &[Event::Loss, Event::FaultHit];
/// What a figure of answers hangs on.
const TO_LOCAL: &[Event] = &[Event::ReverseLoss, Event::FaultHit];
/// What a figure of round trips hangs on.
const BOTH: &[Event] = &[Event::Loss, Event::ReverseLoss, Event::FaultHit];

/// A set of time spans, of which a result has the figures of [`SPANS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanFamily {
    /// The path before the figure; `*` stands for a name.
    pub path: &'static str,
    /// What one span is called.
    pub label: &'static str,
    /// What follows a label: of which group, job or unit.
    pub of: &'static str,
    /// From when to when, and which spans count.
    pub definition: &'static str,
    /// What it hangs on.
    pub hangs_on: &'static [Event],
}

const RESPONSE: &str = "From a write's issue (step 500) to its completion at the host (step 504). Writes to pairs \
     issued from `warm_up` to `duration`.";
const RECEIVED: &str = "From a write's completion at the host until it first stands in R(t), the image that a \
     disaster would leave; 0 if it stood there before. Writes to pairs issued from `warm_up` to `duration`.";
const APPLIED: &str = "From a write's completion at the host until it is first destaged to a remote unit (step \
     1103); 0 if it was before. Writes to pairs issued from `warm_up` to `duration`.";

/// The families.
pub const SPAN_FAMILIES: [SpanFamily; 8] = [
    family("response_time", "response time", "", RESPONSE, BOTH),
    family("received_lag", "received lag", "", RECEIVED, TO_REMOTE),
    family("applied_lag", "applied lag", "", APPLIED, TO_REMOTE),
    family("groups.*.response_time", "response time", " of group *", RESPONSE, BOTH),
    family("groups.*.received_lag", "received lag", " of group *", RECEIVED, TO_REMOTE),
    family("groups.*.applied_lag", "applied lag", " of group *", APPLIED, TO_REMOTE),
    family(
        "tape.jobs.*.write_in_order_delay",
        "in-order delay of writes",
        " of tape job *",
        "From when a block stands in the MT queue until all blocks before it have stood there too. Whole run.",
        BOTH,
    ),
    family(
        "tape.jobs.*.read_in_order_delay",
        "in-order delay of reads",
        " of tape job *",
        "From when a block stands in the initiator's memory until the reader is given it. Whole run.",
        BOTH,
    ),
];

const QUANTILE: &str = "HDR histogram, three digits, rounded up";

/// The figures of a family; `*` in a label stands for what one span is called.
#[rustfmt::skip] // A row is a line, as in the page.
pub const SPANS: [Column; 8] = [
    column("count", Number, "Number of *", "How many spans ended.", "", &[]),
    column("mean_s", Time, "Mean *", "Their mean, exact to the nanosecond.", "sum / count", &[]),
    column("p50_s", Time, "Median *", "The least time that half of them do not exceed.", QUANTILE, &[]),
    column("p90_s", Time, "90th percentile of *", "The least time that 90 % of them do not exceed.", QUANTILE, &[]),
    column("p99_s", Time, "99th percentile of *", "The least time that 99 % of them do not exceed.", QUANTILE, &[]),
    column("p999_s", Time, "99.9th percentile of *", "The least time that 99.9 % of them do not exceed.", QUANTILE, &[]),
    column("max_s", Time, "Greatest *", "The longest.", "", &[]),
    column("outstanding", Number, "Outstanding *", "Spans that had begun and not ended when the run did. With any, all figures of the family are lower bounds: the longest spans are not in them.", "", &[]),
];

const fn family(
    path: &'static str,
    label: &'static str,
    of: &'static str,
    definition: &'static str,
    hangs_on: &'static [Event],
) -> SpanFamily {
    SpanFamily { path, label, of, definition, hangs_on }
}

const fn column(
    path: &'static str,
    quantity: Quantity,
    label: &'static str,
    definition: &'static str,
    source: &'static str,
    hangs_on: &'static [Event],
) -> Column {
    Column { path, quantity, label, definition, source, hangs_on }
}

/// Every other figure.
#[rustfmt::skip] // A row is a line, as in the page.
pub const COLUMNS: [Column; 157] = [
    column("schema", Number, "Version of the result", "Version of this contract; 1.", "", &[]),
    column("rcsim", Text, "Version of rcsim", "Version of the program.", "", &[]),
    column("scenario", Text, "Scenario", "The stem of the scenario's file.", "", &[]),
    column("title", Text, "Title", "The title of the scenario.", "", &[]),
    column("seed", Number, "Seed", "The seed of the run. In runs.csv it stands before the columns of the result.", "", &[]),
    column("scheme", Text, "Scheme", "The scheme, as `protocol.scheme` names it.", "", &[]),
    column("rules", Text, "Rules", "`repaired`, `literal`, or `custom` where single rules were chosen.", "", &[]),
    column("digest", Text, "Digest", "128 bits over every fact that the hardware saw, in hexadecimal: equal digests, equal runs.", "BLAKE3, truncated", &[]),
    column("expected", Flag, "Share of runs that met [expect]", "Did the run meet `[expect]`? By default: is the verdict `holds`?", "", &[Event::Break]),
    column("order.verdict", Text, "Verdict", "`holds` if every judged check holds or is not checked, else `broken`.", "DESIGN: checks", &[]),
    column("order.checks.*", Text, "Check *", "State of a check over all groups: `holds`, `broken`, `not-checked` or `not-judged`. What each check means stands in README.md.", "", &[]),
    column("order.first_violation.check", Text, "Check that broke first", "The first violation that counts for the verdict; null if there is none. Here: the check.", "", &[]),
    column("order.first_violation.at_ns", Instant, "Instant of the first violation", "The first violation that counts for the verdict; null if there is none. Here: when. Over runs, a mean over those that broke only.", "", &[Event::Break]),
    column("order.first_violation.group", Text, "Group of the first violation", "The first violation that counts for the verdict; null if there is none. Here: the group, if it is of one.", "", &[]),
    column("order.first_violation.why", Text, "Why the order broke", "The first violation that counts for the verdict; null if there is none. Here: one sentence, in terms of the writes beside it.", "", &[]),
    column("order.first_violation.present.write", Text, "Name", "The first violation that counts for the verdict, the write that stands at the remote site, or landed, too early or twice: its name: `w` and its number in the order of issue.", "", &[]),
    column("order.first_violation.present.pair", Text, "Pair", "The first violation that counts for the verdict, the write that stands at the remote site, or landed, too early or twice: its pair, as the scenario writes it.", "", &[]),
    column("order.first_violation.present.issued_ns", Instant, "Issued", "The first violation that counts for the verdict, the write that stands at the remote site, or landed, too early or twice: when it was issued (step 500).", "", &[]),
    column("order.first_violation.present.fixed_ns", Instant, "Accepted", "The first violation that counts for the verdict, the write that stands at the remote site, or landed, too early or twice: when it was accepted into the local cache (step 501): its place in local order.", "", &[]),
    column("order.first_violation.present.completed_ns", Instant, "Completed", "The first violation that counts for the verdict, the write that stands at the remote site, or landed, too early or twice: when the host had its completion (step 504).", "", &[]),
    column("order.first_violation.present.position", Number, "First block", "The first violation that counts for the verdict, the write that stands at the remote site, or landed, too early or twice: its first block, of 512 bytes each.", "", &[]),
    column("order.first_violation.present.size", Bytes, "Size", "The first violation that counts for the verdict, the write that stands at the remote site, or landed, too early or twice: its length.", "", &[]),
    column("order.first_violation.present.stamp_ns", Instant, "Time stamp", "The first violation that counts for the verdict, the write that stands at the remote site, or landed, too early or twice: its time stamp 114, as it stood in a remote cache.", "", &[]),
    column("order.first_violation.present.number", Number, "Sequence number", "The first violation that counts for the verdict, the write that stands at the remote site, or landed, too early or twice: its sequence number 115, as it stood in a remote cache.", "", &[]),
    column("order.first_violation.present.destaged", Flag, "Destaged", "The first violation that counts for the verdict, the write that stands at the remote site, or landed, too early or twice: had it landed on a remote unit.", "", &[]),
    column("order.first_violation.missing.write", Text, "Name", "The first violation that counts for the verdict, the earlier write that does not: its name: `w` and its number in the order of issue.", "", &[]),
    column("order.first_violation.missing.pair", Text, "Pair", "The first violation that counts for the verdict, the earlier write that does not: its pair, as the scenario writes it.", "", &[]),
    column("order.first_violation.missing.issued_ns", Instant, "Issued", "The first violation that counts for the verdict, the earlier write that does not: when it was issued (step 500).", "", &[]),
    column("order.first_violation.missing.fixed_ns", Instant, "Accepted", "The first violation that counts for the verdict, the earlier write that does not: when it was accepted into the local cache (step 501): its place in local order.", "", &[]),
    column("order.first_violation.missing.completed_ns", Instant, "Completed", "The first violation that counts for the verdict, the earlier write that does not: when the host had its completion (step 504).", "", &[]),
    column("order.first_violation.missing.position", Number, "First block", "The first violation that counts for the verdict, the earlier write that does not: its first block, of 512 bytes each.", "", &[]),
    column("order.first_violation.missing.size", Bytes, "Size", "The first violation that counts for the verdict, the earlier write that does not: its length.", "", &[]),
    column("order.first_violation.missing.stamp_ns", Instant, "Time stamp", "The first violation that counts for the verdict, the earlier write that does not: its time stamp 114, as it stood in a remote cache.", "", &[]),
    column("order.first_violation.missing.number", Number, "Sequence number", "The first violation that counts for the verdict, the earlier write that does not: its sequence number 115, as it stood in a remote cache.", "", &[]),
    column("order.first_violation.missing.destaged", Flag, "Destaged", "The first violation that counts for the verdict, the earlier write that does not: had it landed on a remote unit.", "", &[]),
    column("order.violations.*.check", Text, "Check", "The first violation of each check that broke: the check.", "", &[]),
    column("order.violations.*.at_ns", Instant, "Instant", "The first violation of each check that broke: when.", "", &[]),
    column("order.violations.*.group", Text, "Group", "The first violation of each check that broke: the group, if it is of one.", "", &[]),
    column("order.violations.*.why", Text, "Why", "The first violation of each check that broke: one sentence.", "", &[]),
    column("order.violations.*.present.write", Text, "Name", "The first violation of each check that broke, the write that stands at the remote site, or landed, too early or twice: its name: `w` and its number in the order of issue.", "", &[]),
    column("order.violations.*.present.pair", Text, "Pair", "The first violation of each check that broke, the write that stands at the remote site, or landed, too early or twice: its pair, as the scenario writes it.", "", &[]),
    column("order.violations.*.present.issued_ns", Instant, "Issued", "The first violation of each check that broke, the write that stands at the remote site, or landed, too early or twice: when it was issued (step 500).", "", &[]),
    column("order.violations.*.present.fixed_ns", Instant, "Accepted", "The first violation of each check that broke, the write that stands at the remote site, or landed, too early or twice: when it was accepted into the local cache (step 501): its place in local order.", "", &[]),
    column("order.violations.*.present.completed_ns", Instant, "Completed", "The first violation of each check that broke, the write that stands at the remote site, or landed, too early or twice: when the host had its completion (step 504).", "", &[]),
    column("order.violations.*.present.position", Number, "First block", "The first violation of each check that broke, the write that stands at the remote site, or landed, too early or twice: its first block, of 512 bytes each.", "", &[]),
    column("order.violations.*.present.size", Bytes, "Size", "The first violation of each check that broke, the write that stands at the remote site, or landed, too early or twice: its length.", "", &[]),
    column("order.violations.*.present.stamp_ns", Instant, "Time stamp", "The first violation of each check that broke, the write that stands at the remote site, or landed, too early or twice: its time stamp 114, as it stood in a remote cache.", "", &[]),
    column("order.violations.*.present.number", Number, "Sequence number", "The first violation of each check that broke, the write that stands at the remote site, or landed, too early or twice: its sequence number 115, as it stood in a remote cache.", "", &[]),
    column("order.violations.*.present.destaged", Flag, "Destaged", "The first violation of each check that broke, the write that stands at the remote site, or landed, too early or twice: had it landed on a remote unit.", "", &[]),
    column("order.violations.*.missing.write", Text, "Name", "The first violation of each check that broke, the earlier write that does not: its name: `w` and its number in the order of issue.", "", &[]),
    column("order.violations.*.missing.pair", Text, "Pair", "The first violation of each check that broke, the earlier write that does not: its pair, as the scenario writes it.", "", &[]),
    column("order.violations.*.missing.issued_ns", Instant, "Issued", "The first violation of each check that broke, the earlier write that does not: when it was issued (step 500).", "", &[]),
    column("order.violations.*.missing.fixed_ns", Instant, "Accepted", "The first violation of each check that broke, the earlier write that does not: when it was accepted into the local cache (step 501): its place in local order.", "", &[]),
    column("order.violations.*.missing.completed_ns", Instant, "Completed", "The first violation of each check that broke, the earlier write that does not: when the host had its completion (step 504).", "", &[]),
    column("order.violations.*.missing.position", Number, "First block", "The first violation of each check that broke, the earlier write that does not: its first block, of 512 bytes each.", "", &[]),
    column("order.violations.*.missing.size", Bytes, "Size", "The first violation of each check that broke, the earlier write that does not: its length.", "", &[]),
    column("order.violations.*.missing.stamp_ns", Instant, "Time stamp", "The first violation of each check that broke, the earlier write that does not: its time stamp 114, as it stood in a remote cache.", "", &[]),
    column("order.violations.*.missing.number", Number, "Sequence number", "The first violation of each check that broke, the earlier write that does not: its sequence number 115, as it stood in a remote cache.", "", &[]),
    column("order.violations.*.missing.destaged", Flag, "Destaged", "The first violation of each check that broke, the earlier write that does not: had it landed on a remote unit.", "", &[]),
    column("sequence_counters", Number, "Sequence counters", "Sequence counters in the local systems; 0 for a scheme without numbers.", "Fig. 2 to 4", &[]),
    column("writes.acknowledged", Number, "Writes completed", "Writes to pairs that were completed at their host, over the whole run.", "", BOTH),
    column("writes.destaged", Number, "Writes destaged", "Of these, how many landed on a remote unit.", "step 1103", BOTH),
    column("writes.outstanding", Number, "Writes outstanding", "acknowledged - destaged at the end of the run.", "", BOTH),
    column("rpo.mean_s", Time, "Mean recovery point", "At each instant: now minus the stamp of the earliest completed write that a disaster would lose, else 0; of the worst group at each instant. Mean over time, from `warm_up` to `duration` or to the loss of the local site.", "integral of the recovery point / length of the window", TO_REMOTE),
    column("rpo.max_s", Time, "Greatest recovery point", "The greatest recovery point, of the worst group at each instant, in the same window.", "", TO_REMOTE),
    column("rpo.at_loss_s", Time, "Recovery point at the loss of the local site", "The recovery point, of the worst group at each instant, at the loss of the local site; null if it was not lost.", "", TO_REMOTE),
    column("groups.*.rpo.mean_s", Time, "Mean recovery point of group *", "At each instant: now minus the stamp of the earliest completed write that a disaster would lose, else 0; of the group. Mean over time, from `warm_up` to `duration` or to the loss of the local site.", "integral of the recovery point / length of the window", TO_REMOTE),
    column("groups.*.rpo.max_s", Time, "Greatest recovery point of group *", "The greatest recovery point, of the group, in the same window.", "", TO_REMOTE),
    column("groups.*.rpo.at_loss_s", Time, "Recovery point at the loss of the local site of group *", "The recovery point, of the group, at the loss of the local site; null if it was not lost.", "", TO_REMOTE),
    column("wan.offered", Number, "Packets offered to the remote site", "Packets offered to the paths; a resend is a new packet. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "", TO_REMOTE),
    column("wan.delivered", Number, "Packets delivered to the remote site", "Packets of which a copy arrived, or was still to arrive at the end of the run: offered - lost. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "", TO_REMOTE),
    column("wan.lost", Number, "Packets lost to the remote site", "Packets of which no copy arrived: lost by the network, or in flight when the local site was lost. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "", TO_REMOTE),
    column("wan.duplicated", Number, "Packets duplicated to the remote site", "Packets of which the network made more than one copy. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "", TO_REMOTE),
    column("wan.retransmitted", Number, "Packets resent", "Offered packets that were resends. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "", BOTH),
    column("wan.markers", Number, "Markers sent", "Offered packets that were markers sent for the first time. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "", TO_REMOTE),
    column("wan.reordered_ratio", Share, "Reordered ratio (RFC 4737), measured", "Packets that arrived after one sent later, over packets that arrived. First copies only. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "RFC 4737, section 4.1", TO_REMOTE),
    column("wan.reordering_extent_mean", Number, "Mean reordering extent to the remote site", "Mean over reordered packets of the extent: how many places after the earliest larger number a packet arrived. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "RFC 4737, section 4.2", TO_REMOTE),
    column("wan.reordering_extent_max", Number, "Greatest reordering extent to the remote site", "The greatest extent, in packets. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "RFC 4737, section 4.2", TO_REMOTE),
    column("wan.three_reordered_ratio", Share, "3-reordered ratio to the remote site", "Packets that at least three packets sent later arrived just before, over packets that arrived: what TCP would take for losses. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "RFC 4737, section 5.3", TO_REMOTE),
    column("wan.delay.mean_s", Time, "Mean packet delay to the remote site", "From the sending of a packet to the arrival of its first copy; mean. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "", TO_REMOTE),
    column("wan.delay.p50_s", Time, "Median packet delay to the remote site", "The same, median. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "", TO_REMOTE),
    column("wan.delay.p99_s", Time, "99th percentile of packet delay to the remote site", "The same, 99th percentile. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "", TO_REMOTE),
    column("wan.offered_bytes", Bytes, "Bytes offered to the remote site", "Bytes on the wire of the offered packets. Packets sent from `warm_up` to `duration`, on all paths in the direction to the remote site.", "", TO_REMOTE),
    column("wan_reverse.offered", Number, "Packets offered to the local site", "Packets offered to the paths; a resend is a new packet. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "", TO_LOCAL),
    column("wan_reverse.delivered", Number, "Packets delivered to the local site", "Packets of which a copy arrived, or was still to arrive at the end of the run: offered - lost. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "", TO_LOCAL),
    column("wan_reverse.lost", Number, "Packets lost to the local site", "Packets of which no copy arrived: lost by the network, or in flight when the local site was lost. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "", TO_LOCAL),
    column("wan_reverse.duplicated", Number, "Packets duplicated to the local site", "Packets of which the network made more than one copy. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "", TO_LOCAL),
    column("wan_reverse.retransmitted", Number, "Packets resent to the local site", "Offered packets that were resends. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "", BOTH),
    column("wan_reverse.markers", Number, "Markers sent to the local site", "Offered packets that were markers sent for the first time. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "", TO_LOCAL),
    column("wan_reverse.reordered_ratio", Share, "Reordered ratio to the local site (RFC 4737), measured", "Packets that arrived after one sent later, over packets that arrived. First copies only. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "RFC 4737, section 4.1", TO_LOCAL),
    column("wan_reverse.reordering_extent_mean", Number, "Mean reordering extent to the local site", "Mean over reordered packets of the extent: how many places after the earliest larger number a packet arrived. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "RFC 4737, section 4.2", TO_LOCAL),
    column("wan_reverse.reordering_extent_max", Number, "Greatest reordering extent to the local site", "The greatest extent, in packets. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "RFC 4737, section 4.2", TO_LOCAL),
    column("wan_reverse.three_reordered_ratio", Share, "3-reordered ratio to the local site", "Packets that at least three packets sent later arrived just before, over packets that arrived: what TCP would take for losses. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "RFC 4737, section 5.3", TO_LOCAL),
    column("wan_reverse.delay.mean_s", Time, "Mean packet delay to the local site", "From the sending of a packet to the arrival of its first copy; mean. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "", TO_LOCAL),
    column("wan_reverse.delay.p50_s", Time, "Median packet delay to the local site", "The same, median. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "", TO_LOCAL),
    column("wan_reverse.delay.p99_s", Time, "99th percentile of packet delay to the local site", "The same, 99th percentile. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "", TO_LOCAL),
    column("wan_reverse.offered_bytes", Bytes, "Bytes offered to the local site", "Bytes on the wire of the offered packets. Packets sent from `warm_up` to `duration`, on all paths in the direction to the local site.", "", TO_LOCAL),
    column("cache.local_peak_bytes", Bytes, "Peak use of a local cache", "The most bytes of write data that stood in the cache of any one local system, from step 501 to the destage of process 213. Whole run.", "", BOTH),
    column("cache.remote_peak_bytes", Bytes, "Peak use of a remote cache", "The most bytes of write data that stood in the cache of any one remote system, from step 800 to step 1104. Whole run.", "", TO_REMOTE),
    column("cache.remote_refused", Number, "Writes refused by a remote cache", "Times that write data found a remote cache full: refused and resent, or held back by `in-order-transport`. Whole run.", "", TO_REMOTE),
    column("groups.*.name", Text, "Group", "The name of the group. In runs.csv it is part of the path.", "", &[]),
    column("groups.*.checks.*", Text, "Check of group *", "State of a check of the group, as in `order.checks`.", "", &[]),
    column("simulated_s", Time, "Simulated time", "When the run ended: everything drained, or `drain_limit` reached.", "", BOTH),
    column("events", Number, "Events", "Events of the agenda.", "", BOTH),
    column("unmet", Text, "What of [expect] was not met", "What of `[expect]` was not met, a sentence each.", "", &[]),
    column("expected_figures.*.name", Text, "Bounded figure", "A figure that `[expect.figures]` bounds: its name, as the scenario has it. Only where there is any.", "", &[]),
    column("expected_figures.*.limit", Text, "Limit of a bounded figure", "Its limit, as the scenario has it.", "", &[]),
    column("expected_figures.*.found", Number, "Value of a bounded figure", "Its value, in the unit of the figure; null if it was not measured.", "", BOTH),
    column("expected_figures.*.met", Flag, "Share of runs that kept the limit of figure *", "Was the limit kept?", "", BOTH),
    column("rules_departures", Text, "Departures from the repaired rules", "Every rule whose form is not the repaired one, as `rule = form`.", "", &[]),
    column("delayed_by_cache", Number, "Writes delayed by a local cache", "Writes that waited for room in a local cache. With any, another scheme sees other writes: runs are no longer under common random numbers. Whole run.", "", BOTH),
    column("local_only", Number, "Writes without a pair", "Writes to units without a pair, completed. Whole run.", "", &[]),
    column("retried", Number, "Writes issued again", "Writes that hosts issued again after a crash.", "", BOTH),
    column("faults.*.kind", Text, "Kind of fault *", "The kind, as the scenario names it. Faults stand in the order in which they began.", "", &[]),
    column("faults.*.began_s", Time, "Begin of fault *", "When it began.", "", &[]),
    column("faults.*.ended_s", Time, "End of fault *", "When it ended; null for a fault that is for good, or longer than the run.", "", &[]),
    column("faults.*.caught_up_s", Time, "When fault * was caught up with", "When every write accepted before its end was in R(t), the image that a disaster would leave; null if that did not come within the run. The figures of a fault count from its beginning until then, warm-up and drain included.", "", BOTH),
    column("faults.*.rpo_max_s", Time, "Greatest recovery point of fault *", "The greatest recovery point of any group until it was caught up with. A lower bound if it was not.", "", BOTH),
    column("faults.*.received_lag_max_s", Time, "Greatest received lag of fault *", "The greatest received lag of a write that was received until it was caught up with. A lower bound if it was not.", "", BOTH),
    column("faults.*.response_time_max_s", Time, "Greatest response time of fault *", "The greatest response time of a write that was completed until it was caught up with.", "", BOTH),
    column("faults.*.retransmitted", Number, "Packets resent during fault *", "Write data and markers resent until it was caught up with.", "", BOTH),
    column("faults.*.hits", Number, "Hits of fault *", "While it lasted: packets lost on any path, writes wiped from a cache or given up by their host; for a crash also packets that arrived and writes that were issued meanwhile. Null for a fault of another kind (stops of processes, clock errors, loss of the local site): it does not act by what it hits.", "", BOTH),
    column("faults.*.rpo_at_loss_s", Time, "Recovery point at fault *", "The recovery point at the loss of the local site; null for any other fault.", "", BOTH),
    column("faults.*.outstanding", Number, "Writes outstanding of fault *", "If it was not caught up with: completed writes that were not in R(t) at the end of the run; else 0.", "", BOTH),
    column("hits.losses", Number, "Packets lost to the remote site", "What figures hang on: packets lost in the data direction in the statistics window. Null where no path loses any.", "", TO_REMOTE),
    column("hits.losses_reverse", Number, "Packets lost to the local site", "The same for the other direction.", "", TO_LOCAL),
    column("hits.faults", Number, "Hits of the fault that hit least", "The least `hits` of the faults that act by what they hit. Null where there is none.", "", BOTH),
    column("hits.breaks", Number, "Checks that broke", "Checks that broke, whether they count for the verdict or not.", "", &[Event::Break]),
    column("oracle.disasters", Number, "Disasters tried", "Disasters that the slow oracle tried (`--disasters`).", "", &[]),
    column("oracle.broken", Number, "Images that match no single point in time", "Of these, how many left an image that matched the local data at no single point in time.", "", &[Event::Break]),
    column("oracle.disagreements", Text, "Disagreements", "Where oracle and checker differ: a bug of one of them.", "", &[]),
    column("explanation.story.*.at_ns", Instant, "Instant of a scene", "When the fact was seen.", "", &[]),
    column("explanation.story.*.what", Text, "Scene", "What was seen of the writes that prove the first violation.", "", &[]),
    column("explanation.rules", Text, "Cause", "The departures from the repaired rules without any one of which the check holds; empty where the scheme promises nothing.", "", &[]),
    column("tape.jobs.*.name", Text, "Tape job", "The name of the job. In runs.csv it is part of the path.", "", &[]),
    column("tape.jobs.*.kind", Text, "Kind of tape job *", "`backup`, `restore` or `circle`.", "", &[]),
    column("tape.jobs.*.initiator", Text, "Initiator of tape job *", "`host`, `disk-system` or `switch`.", "", &[]),
    column("tape.jobs.*.unit", Text, "MT unit of tape job *", "The MT unit.", "", &[]),
    column("tape.jobs.*.m", Number, "m of tape job *", "m of Fig. 17 and 18: requests under way at most.", "Fig. 17, step 1703", &[]),
    column("tape.jobs.*.finished", Flag, "Share of runs in which tape job * finished", "Was the job over when the run ended?", "", BOTH),
    column("tape.jobs.*.written_blocks", Number, "Blocks written by tape job *", "Blocks on the medium.", "", BOTH),
    column("tape.jobs.*.write_bytes_per_s", BytesPerSecond, "Write throughput of tape job *", "Bytes written over the time from the first block issued to the last on the medium; 0 if none was.", "bytes / time", BOTH),
    column("tape.jobs.*.read_blocks", Number, "Blocks read by tape job *", "Blocks delivered to the reader.", "", BOTH),
    column("tape.jobs.*.read_bytes_per_s", BytesPerSecond, "Read throughput of tape job *", "Bytes read over the time from the first block asked for to the last delivered; 0 if none was.", "bytes / time", BOTH),
    column("tape.jobs.*.memory_peak_bytes", Bytes, "Peak memory of tape job *", "The most bytes of blocks that waited in the initiator's memory, for an answer or for a block before them.", "", BOTH),
    column("tape.jobs.*.differing_blocks", Number, "Blocks of tape job * that differ", "Blocks that differ from the volume that was lost; null if nothing was compared.", "", BOTH),
    column("tape.units.*.name", Text, "MT unit", "The name of the MT unit. In runs.csv it is part of the path.", "", &[]),
    column("tape.units.*.numbering", Text, "Numbering of MT unit *", "`sequence-number`, `block-id` or `none`.", "", &[]),
    column("tape.units.*.native_bytes_per_s", BytesPerSecond, "Native rate of MT unit *", "The drive's native rate, as the scenario gives it.", "", &[]),
    column("tape.units.*.back_hitches", Number, "Back-hitches of MT unit *", "Times that the drive ran its queue empty, stopped and had to reposition.", "", BOTH),
    column("tape.units.*.refused", Number, "Blocks refused by MT unit *", "Blocks that found the MT queue full.", "", BOTH),
    column("tape.units.*.queue_depth.mean", Number, "Mean queue of MT unit *", "Entries in the MT queue, mean over the time from its first entry to its last.", "", BOTH),
    column("tape.units.*.queue_depth.max", Number, "Greatest queue of MT unit *", "Entries in the MT queue, at most.", "", BOTH),
    column("tape.units.*.cache_peak_bytes", Bytes, "Peak cache of MT unit *", "The most bytes that stood in the MT queue.", "", BOTH),
    column("loss", Share, "Loss rate, measured", "wan.lost / wan.offered of a run. Not a column: `plot` and `points.csv` derive it.", "wan.lost / wan.offered", TO_REMOTE),
    column("broken", Share, "Share of runs with the order broken", "Is `order.verdict` `broken`? Not a column: `plot` and `points.csv` derive it.", "runs broken / runs with a verdict", &[Event::Break]),
    column("broken.*", Share, "Share of runs with * broken", "Is this check of `order.checks` `broken`? Not a column: `plot` and `points.csv` derive it.", "runs broken / runs in which it was checked", &[Event::Break]),
];
