//! One run as a page.

use super::human::{bytes, count, percent, plural, seconds, three_digits};
use super::style::{Paint, Style};
use super::table::{Cell, Table};
use super::wrap::wrap;
use super::{describe, inevitable, recorded, story_lines, tape, transport, violation_lines};
use crate::checker::{Check, CheckState, CheckStates};
use crate::explain::{Detail, Explanation};
use crate::protocol::Scheme;
use crate::report::BusiestLine;
use crate::report::order;
use crate::report::result::{GroupResult, NetworkResult, RpoResult, RunResult, SpansResult};
use crate::scenario::Scenario;
use crate::units::quantity::Size;

/// Width of the labels of the first block.
const LABEL: usize = 12;
/// At most this many groups have rows of their own.
const GROUPS_SHOWN: usize = 12;

/// Stands before a figure that is a lower bound.
const AT_LEAST: &str = "\u{2265}";

/// The page of one run; `replay` is the command that does it again.
pub fn page(
    scenario: &Scenario,
    result: &RunResult,
    explanation: Option<(&Explanation, Detail)>,
    replay: &str,
    style: Style,
) -> String {
    let mut page = Page { text: String::new(), style };
    let title = if result.title.is_empty() { &result.scenario } else { &result.title };
    page.line(&style.paint(title, Paint::Heading));
    page.what_was_simulated(scenario, result);
    page.order(scenario, result, explanation, replay);
    if has_disks(scenario) {
        page.times(result);
    }
    page.faults(result);
    page.network(result);
    if has_disks(scenario) {
        page.caches(scenario, result);
    }
    page.tape(result);
    page.text
}

/// The page of a run that is explained and no more: what was simulated, the order, the story and the cause.
pub fn explanation_page(
    scenario: &Scenario,
    result: &RunResult,
    explanation: Option<(&Explanation, Detail)>,
    replay: &str,
    style: Style,
) -> String {
    let mut page = Page { text: String::new(), style };
    let title = if result.title.is_empty() { &result.scenario } else { &result.title };
    page.line(&style.paint(title, Paint::Heading));
    page.entry("scenario", &format!("{}, seed {}", result.scenario, result.seed));
    if has_disks(scenario) {
        page.entry("scheme", &format!("{}: {}", result.scheme, scenario.protocol.scheme.summary()));
    }
    page.entry("rules", &rules_phrase(result));
    page.order(scenario, result, explanation, replay);
    if explanation.is_none() {
        page.line("");
        page.line("  Nothing to explain: no judged check broke in this run.");
    }
    page.text
}

/// The rules by name, and the departures where the name does not say them.
fn rules_phrase(result: &RunResult) -> String {
    let mut rules = vec![result.rules.to_owned()];
    // `literal` says it all.
    if !result.rules_departures.is_empty() && result.rules != "literal" {
        rules.push(result.rules_departures.join(", "));
    }
    rules.join(": ")
}

/// Are there disk systems, or is the scenario about tape alone?
fn has_disks(scenario: &Scenario) -> bool {
    !scenario.local_systems.is_empty()
}

struct Page {
    text: String,
    style: Style,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn heading(&mut self, heading: &str) {
        self.line("");
        let heading = self.style.paint(heading, Paint::Heading);
        self.line(&heading);
    }

    fn table(&mut self, table: &Table) {
        for line in table.lines(2, self.style) {
            self.line(&line);
        }
    }

    /// A sentence below a table.
    fn text(&mut self, text: &str) {
        for line in wrap(text, "  ", 2) {
            self.line(&line);
        }
    }

    /// A label and its text, wrapped under itself.
    fn entry(&mut self, label: &str, text: &str) {
        for line in wrap(text, &format!("  {label:<LABEL$}"), LABEL + 2) {
            self.line(&line);
        }
    }

    /// A label and several texts, each on lines of its own.
    fn entries(&mut self, label: &str, texts: &[String]) {
        for (index, text) in texts.iter().enumerate() {
            self.entry(if index == 0 { label } else { "" }, text);
        }
    }

    fn what_was_simulated(&mut self, scenario: &Scenario, result: &RunResult) {
        let run = &scenario.run;
        let mut scheme = vec![format!("{}: {}", result.scheme, scenario.protocol.scheme.summary())];
        if result.sequence_counters > 0 {
            scheme.push(plural(result.sequence_counters as usize, "sequence counter"));
        }
        self.entry("scenario", &format!("{}, seed {}", result.scenario, result.seed));
        if has_disks(scenario) {
            self.entry("systems", &describe::systems(scenario));
            self.entries("hosts", &describe::hosts(scenario));
            self.entries("traces", &recorded::phrases(scenario));
            self.entry("scheme", &scheme.join("; "));
            if let Some(preset) = scenario.protocol.preset_in_force() {
                self.entry("preset", &format!("{preset}: {}", preset.note()));
            }
        }
        if let Some(rule) = scenario.protocol.network_sync {
            let text = format!(
                "network-sync: when a write has left the line, {} of data and {} that repair them to a group, closed \
                 after {}{}",
                plural(rule.data as usize, "packet"),
                rule.repair,
                rule.flush,
                if rule.interleave > 1 {
                    format!("; packets join {} groups in turn", rule.interleave)
                } else {
                    String::new()
                }
            );
            self.entry("completion", &text);
        }
        self.entries("tape", &tape::phrases(scenario));
        self.entry("rules", &rules_phrase(result));
        self.entries("WAN", &describe::paths(scenario));
        self.entries("warning", &result.warnings);
        self.entries("transport", &transport::transports(scenario));
        self.entries("faults", &describe::faults(scenario));
        let hosts = if has_disks(scenario) {
            format!(": hosts write for {}, then the run drains", run.duration)
        } else {
            String::new()
        };
        let simulated = format!("{}{hosts}; {} events", seconds(result.simulated_s), count(result.events));
        self.entry("simulated", &simulated);
        let writes = &result.writes;
        let mut told = vec![format!(
            "{} completed, {} of them at the remote site, {} outstanding",
            count(writes.acknowledged),
            count(writes.destaged),
            count(writes.outstanding)
        )];
        if result.local_only > 0 {
            told.push(format!("{} to units without a pair", count(result.local_only)));
        }
        if has_disks(scenario) {
            self.entry("writes", &told.join("; "));
        }
        if result.warm_up.too_short {
            let given = seconds(result.warm_up.given_s);
            let note = match result.warm_up.settled_s {
                Some(settled) => format!(
                    "the warm-up of {given} looks too short: writes issued before {} behaved differently \
                     from those after (MSER-5, White 1997). Set run.warm_up, or pass --warm-up auto",
                    seconds(settled)
                ),
                None => "no warm-up looks long enough: lag or response time rises or falls from beginning to end. The run is \
                         too short, or something is overloaded"
                    .to_owned(),
            };
            self.entry("note", &note);
        }
        if result.delayed_by_cache > 0 {
            let note = format!(
                "a full local cache delayed {}: another scheme, or another cache, would see other writes",
                plural(result.delayed_by_cache as usize, "write")
            );
            self.entry("note", &note);
        }
    }

    fn order(
        &mut self,
        scenario: &Scenario,
        result: &RunResult,
        explanation: Option<(&Explanation, Detail)>,
        replay: &str,
    ) {
        let style = self.style;
        let holds = result.order.verdict == "holds";
        let verdict = style.paint(result.order.verdict, if holds { Paint::Good } else { Paint::Bad });
        let expected = if result.expected {
            "as expected".to_owned()
        } else {
            style.paint("not as expected", Paint::Bad)
        };
        self.line("");
        let order = style.paint("Order", Paint::Heading);
        self.line(&format!("{order}  {verdict}, {expected}"));
        for unmet in &result.unmet {
            self.line(&format!("  {unmet}"));
        }
        let table = verdict_table(result);
        self.table(&table);
        self.more_groups(result);
        self.promise(scenario, result);
        if let Some(disasters) = &result.disasters {
            self.text(&format!(
                "{} on copies of the run, with the line left standing: {} of them lost an acknowledged write, {} in the mean.",
                plural(disasters.tried as usize, "disaster"),
                percent(disasters.losing_share),
                three_digits(disasters.lost_writes_mean)
            ));
        }
        if let Some(oracle) = &result.oracle {
            let (tried, broken) = (oracle.disasters, oracle.broken);
            self.text(&format!(
                "Oracle: {} on copies of the run. {} matched no single point in time. {}.",
                plural(tried as usize, "disaster"),
                plural(broken as usize, "image"),
                if oracle.disagreements.is_empty() { "The checker agrees" } else { "The checker DISAGREES" }
            ));
        }
        if !holds || !result.expected {
            self.line("");
            let proof = explanation.map(|(explanation, _)| explanation);
            for line in violation_lines(result.order.first_violation.as_ref(), proof, replay) {
                self.line(&line);
            }
            for line in explanation.into_iter().flat_map(|(told, detail)| story_lines(told, detail)) {
                self.line(&line);
            }
        }
        if let Some(found) = &result.inevitable {
            for line in inevitable::lines(found, style) {
                self.line(&line);
            }
        }
    }

    /// What the scheme does not promise, and what was seen of checks that are not judged.
    fn promise(&mut self, scenario: &Scenario, result: &RunResult) {
        if has_disks(scenario) && result.order.kept.is_empty() {
            let why = match scenario.protocol.scheme {
                Scheme::None | Scheme::TimestampOnly | Scheme::AdaptiveCopy => {
                    format!("scheme {} is a negative control", result.scheme)
                }
                Scheme::Pair
                | Scheme::RemoteSystem
                | Scheme::Group
                | Scheme::Synchronous
                | Scheme::InOrderTransport
                | Scheme::Epoch
                | Scheme::Cut => "not under these rules".to_owned(),
            };
            self.line(&format!("  None of these checks is promised: {why}."));
        }
        let out_of_order = result.order.destaged_out_of_order;
        if result.order.checks.0.get(Check::DestageOrder) == CheckState::NotJudged && out_of_order > 0 {
            let why = match scenario.protocol.scheme {
                Scheme::Epoch | Scheme::Cut => "is not judged, since a set has no order of its own",
                _ => "is promised and judged with destage = \"serial\" only",
            };
            let note = format!(
                "destage-order {why}: here {} {} destaged after a write that comes later in the local order of its \
                 group.",
                plural(out_of_order as usize, "write"),
                if out_of_order == 1 { "was" } else { "were" }
            );
            for line in wrap(&note, "  ", 2) {
                self.line(&line);
            }
        }
    }

    fn times(&mut self, result: &RunResult) {
        self.heading("Times");
        let mut table = Table::default();
        table.heading(["", "writes", "mean", "p50", "p90", "p99", "p99.9", "max"]);
        let overall = [&result.response_time, &result.received_lag, &result.applied_lag];
        let several = result.groups.len() > 1;
        let first =
            if several { "all groups" } else { result.groups.first().map_or("", |group| &group.name) };
        time_rows(&mut table, first, overall, &result.rpo);
        if several {
            for group in result.groups.iter().take(GROUPS_SHOWN) {
                let spans = [&group.response_time, &group.received_lag, &group.applied_lag];
                time_rows(&mut table, &group.name, spans, &group.rpo);
            }
        }
        self.table(&table);
        self.more_groups(result);
        let late = [
            (result.response_time.outstanding, "completed"),
            (result.received_lag.outstanding, "received"),
            (result.applied_lag.outstanding, "destaged"),
        ];
        let late = late.iter().filter(|(writes, _)| *writes > 0);
        let late: Vec<_> = late
            .map(|&(writes, what)| format!("{} had been {what}", plural(writes as usize, "write")))
            .collect();
        if !late.is_empty() {
            let is_lost = result.rpo.at_loss_s.is_some();
            let end = if is_lost { "the local site was lost" } else { "the run ended" };
            self.text(&format!(
                "{AT_LEAST} marks lower bounds: {end} before {}, and theirs would be the longest times.",
                late.join(" and ")
            ));
        }
        if let Some(lost) = result.rpo.at_loss_s {
            self.line(&format!("  The loss of the local site cost the last {} of writes.", seconds(lost)));
        }
    }

    fn faults(&mut self, result: &RunResult) {
        if result.faults.is_empty() {
            return;
        }
        self.heading("Faults");
        let mut table = Table::default();
        table.heading(["", "began", "ended", "caught up", "max RPO", "max lag", "max response", "resent"]);
        let instant = |at: Option<f64>| at.map_or_else(|| "never".to_owned(), seconds);
        for fault in &result.faults {
            // What is still missing at the end will have taken longer.
            let bound = if fault.outstanding > 0 && fault.rpo_at_loss_s.is_none() { AT_LEAST } else { "" };
            table.row([
                fault.what.clone(),
                seconds(fault.began_s),
                if fault.rpo_at_loss_s.is_some() { "-".to_owned() } else { instant(fault.ended_s) },
                if fault.rpo_at_loss_s.is_some() { "-".to_owned() } else { instant(fault.caught_up_s) },
                format!("{bound}{}", seconds(fault.rpo_max_s)),
                format!("{bound}{}", seconds(fault.received_lag_max_s)),
                seconds(fault.response_time_max_s),
                count(fault.retransmitted),
            ]);
        }
        self.table(&table);
        self.text(
            "A fault is caught up when every write accepted before its end is in the image that a disaster would \
             leave. Each row counts from the beginning of the fault until then, warm-up and drain included.",
        );
        let loss = result.faults.iter().find_map(|fault| fault.rpo_at_loss_s);
        if let Some(rpo) = loss {
            self.text(&format!("The recovery point at the loss of the local site was {}.", seconds(rpo)));
        }
        let others = result.faults.iter().filter(|fault| fault.rpo_at_loss_s.is_none());
        if let Some(left) = others.map(|fault| fault.outstanding).find(|&left| left > 0) {
            let end = if loss.is_some() { "the local site was lost" } else { "the run ended" };
            self.text(&format!(
                "{AT_LEAST} marks lower bounds: {end} before the fault was caught up, with {} outstanding.",
                plural(left as usize, "write")
            ));
        }
    }

    /// Says how many groups have no rows.
    fn more_groups(&mut self, result: &RunResult) {
        let more = result.groups.len().saturating_sub(GROUPS_SHOWN);
        if more > 0 {
            self.line(&format!("  and {} more (--format json shows all)", plural(more, "group")));
        }
    }

    fn network(&mut self, result: &RunResult) {
        self.heading("Network");
        let directions = [("to remote", &result.wan), ("to local", &result.wan_reverse)];
        let mut table = Table::default();
        table.heading([
            "packets",
            "offered",
            "delivered",
            "lost",
            "duplicated",
            "resent",
            "spurious",
            "markers",
        ]);
        for (name, network) in directions {
            let counts = [
                network.offered,
                network.delivered,
                network.lost,
                network.duplicated,
                network.retransmitted,
                network.spurious,
                network.markers,
            ];
            table.row(std::iter::once(name.to_owned()).chain(counts.map(count)));
        }
        table.heading(["", "reordered", "mean extent", "max extent", "mean delay", "p50", "p99"]);
        for (name, network) in directions {
            table.row(order_row(name, network));
        }
        self.table(&table);
        self.lost_by_class(result);
        for network in [&result.wan, &result.wan_reverse] {
            if let Some(sentence) = saturated(&network.busiest_line) {
                self.text(&sentence);
            }
        }
        let orders = &result.reordering;
        let mut rows = vec![("to remote", &orders.packets), ("to local", &orders.packets_reverse)];
        if orders.writes.received > 0 {
            rows.push(("writes", &orders.writes));
        }
        self.table(&order::overview(&rows));
    }

    /// Says how often first sendings and resends were lost: a burst that lost a packet may last until its resend.
    fn lost_by_class(&mut self, result: &RunResult) {
        if result.rpo.at_loss_s.is_some() {
            // What was in flight then counts as lost, whatever it was.
            return;
        }
        let share = |lost: u64, of: u64| percent(lost as f64 / of as f64);
        for (to, network) in [("remote", &result.wan), ("local", &result.wan_reverse)] {
            let (resent, resent_lost) = (network.retransmitted, network.retransmitted_lost);
            let (first, first_lost) = (network.offered - resent, network.lost - resent_lost);
            if resent > 0 && first_lost > 0 {
                self.text(&format!(
                    "Lost on the way to the {to} site: {} of first sendings, {} of resends ({} of {}).",
                    share(first_lost, first),
                    share(resent_lost, resent),
                    count(resent_lost),
                    count(resent)
                ));
            }
        }
    }

    fn tape(&mut self, result: &RunResult) {
        let Some(tape) = &result.tape else { return };
        self.heading("Tape");
        for table in tape::tables(tape) {
            self.table(&table);
        }
    }

    fn caches(&mut self, scenario: &Scenario, result: &RunResult) {
        self.heading("Caches");
        let mut table = Table::default();
        table.heading(["", "peak", "size", "found full"]);
        let locals = scenario.local_systems.iter().map(|system| system.cache);
        let remotes = scenario.remote_systems.iter().map(|system| system.cache);
        let full =
            [(result.delayed_by_cache, "hosts waited"), (result.cache.remote_refused, "write data refused")]
                .map(|(times, what)| match times {
                    0 => "never".to_owned(),
                    times => format!("{}: {what}", plural(times as usize, "time")),
                });
        let [local_full, remote_full] = full;
        let peak = result.cache.local_peak_bytes;
        table.row(["fullest local".to_owned(), bytes(peak), sizes(locals), local_full]);
        let peak = result.cache.remote_peak_bytes;
        table.row(["fullest remote".to_owned(), bytes(peak), sizes(remotes), remote_full]);
        self.table(&table);
    }
}

/// The size of all caches, or of the least and the greatest.
fn sizes(caches: impl Iterator<Item = Option<u64>>) -> String {
    // Unlimited is above all sizes.
    let caches: Vec<u64> = caches.map(|cache| cache.unwrap_or(u64::MAX)).collect();
    let (least, greatest) = (caches.iter().min(), caches.iter().max());
    let name = |size: Option<&u64>| match size {
        None | Some(&u64::MAX) => "unlimited".to_owned(),
        Some(&size) => Size(size).to_string(),
    };
    if least == greatest { name(least) } else { format!("{} to {}", name(least), name(greatest)) }
}

/// Says of a line that was offered all that it carries what it was offered.
fn saturated(line: &BusiestLine) -> Option<String> {
    let name = line.name.as_ref().filter(|_| line.is_saturated())?;
    let share = |share: Option<f64>| percent(share.unwrap_or_default());
    Some(format!(
        "{name} is saturated: while statistics ran it was offered {} of its rate: first sendings of data {}, resends {}, \
         packets without data {}{}.",
        percent(line.share()),
        share(line.first_share),
        share(line.resent_share),
        share(line.short_share),
        match line.repair_share {
            Some(repair) if repair > 0.0 => format!(", repair packets {}", percent(repair)),
            _ => String::new(),
        },
    ))
}

fn order_row(name: &str, network: &NetworkResult) -> [String; 7] {
    // An extent is at least 1.
    let reordered = network.reordering_extent_max;
    [
        name.to_owned(),
        order::if_any(network.delivered, || percent(network.reordered_ratio)),
        order::if_any(reordered, || three_digits(network.reordering_extent_mean)),
        order::if_any(reordered, || count(network.reordering_extent_max)),
        order::if_any(network.delivered, || seconds(network.delay.mean_s)),
        order::if_any(network.delivered, || seconds(network.delay.p50_s)),
        order::if_any(network.delivered, || seconds(network.delay.p99_s)),
    ]
}

fn time_rows(
    table: &mut Table,
    name: &str,
    [response, received, applied]: [&SpansResult; 3],
    rpo: &RpoResult,
) {
    table.row([Cell::painted(name, Paint::Heading)]);
    for (label, spans) in
        [("  response time", response), ("  received lag", received), ("  applied lag", applied)]
    {
        let spans_s = [spans.mean_s, spans.p50_s, spans.p90_s, spans.p99_s, spans.p999_s, spans.max_s];
        // Without a write there is no time to show, not a time of zero.
        let bound = if spans.outstanding > 0 { AT_LEAST } else { "" };
        let times = spans_s.map(|time| match spans.count {
            0 => "-".to_owned(),
            _ => format!("{bound}{}", seconds(time)),
        });
        let writes = match spans.outstanding {
            0 => count(spans.count),
            late => format!("{} of {}", count(spans.count), count(spans.count + late)),
        };
        table.row([label.to_owned(), writes].into_iter().chain(times));
    }
    let none = String::new;
    table.row([
        "  recovery point".to_owned(),
        none(),
        seconds(rpo.mean_s),
        none(),
        none(),
        seconds(rpo.p99_s),
        none(),
        seconds(rpo.max_s),
    ]);
}

/// Every check, per group and over all.
fn verdict_table(result: &RunResult) -> Table {
    let checks: Vec<Check> = Check::ALL
        .into_iter()
        .filter(|&check| {
            // Disk schemes have no tape; every other check has a column, even if nothing could be checked.
            check != Check::TapeOrder || result.order.checks.0.get(check) != CheckState::NotChecked
        })
        .collect();
    let mut table = Table::default();
    let part = |check: &Check, second: bool| {
        let name = check.name();
        match name.split_once('-') {
            Some((_, rest)) if second => rest,
            None if second => name,
            Some((start, _)) => &name[..=start.len()],
            None => "",
        }
    };
    for second in [false, true] {
        let cells = checks.iter().map(|check| part(check, second));
        table.heading(std::iter::once(if second { "group" } else { "" }).chain(cells));
    }
    let mut row = |name: Cell, states: &CheckStates| {
        let cells = checks.iter().map(|&check| {
            let state = states.get(check);
            Cell::painted(state.name(), state.into())
        });
        table.row(std::iter::once(name).chain(cells));
    };
    for group in groups_to_show(&result.groups) {
        row(Cell::from(group.name.as_str()), &group.checks.0);
    }
    if result.groups.len() != 1 || result.tape.is_some() {
        let name = if result.tape.is_none() { "all groups" } else { "all" };
        row(Cell::painted(name, Paint::Heading), &result.order.checks.0);
    }
    table
}

/// The groups that have rows in the verdict table: broken ones first where not all have.
fn groups_to_show(groups: &[GroupResult]) -> Vec<&GroupResult> {
    if groups.len() <= GROUPS_SHOWN {
        return groups.iter().collect();
    }
    let is_broken =
        |group: &&GroupResult| group.checks.0.iter().any(|(_, state)| state == CheckState::Broken);
    let broken = groups.iter().filter(is_broken);
    let whole = groups.iter().filter(|group| !is_broken(group));
    broken.chain(whole).take(GROUPS_SHOWN).collect()
}
