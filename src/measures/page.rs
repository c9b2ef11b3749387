//! The tables as a page in Markdown: `docs/measures.md`.

use std::fmt::Write as _;

use super::{COLUMNS, Event, FILES, Quantity, SPAN_FAMILIES, SPANS};

const HEAD: &str = "\
# Measures

Every figure that `rcsim` writes, and every column of its tables. A test compares this page with the program: it is made
from the table in `src/measures/` and lists neither more nor less than results hold.

A figure is named by its path in the JSON of a run; `runs.csv` has the same paths as columns. `*` stands for the name of a
group, job or unit, or for a place in a list, from 0. Lists of facts (violations, explanation, oracle's disagreements in
words) are in the JSON only. Durations end in `_s` and are seconds, instants end in `_ns` and are nanoseconds of simulated
time from the start of the run. The statistics window goes from `warm_up` to `duration`; \"whole run\" means from 0 to the
end of the drain.

## What a mean over runs depends on
";

const RARE: &str = "
Most figures of a run over a path that loses packets depend on how many it lost. If losses are so rare that most runs see
none, a mean over runs is made by the few that did, and Student's interval is far too narrow. In synthetic experiments of
known mean, 2,000 of each kind, it held the mean in 52 % (10 runs) to 74 % (30 runs) of them at 0.1 losses a run, and in
19 % to 40 % at 0.02, instead of 95 %. So each result counts such events (`hits`), and an interval is given only if half of
the runs at a point, or 20 of them, saw each event on which the measure depends; else it is empty and marked `rare`. The
intervals that are given by this rule held the mean in 91 % or more of the experiments of every kind (a test repeats them).
Where an event cannot happen, nothing depends on it. Shares of runs have the exact interval and need no such rule.

A figure whose spans had not all ended when the run did is a lower bound, since the longest are missing: `outstanding` says
how many.

| event | counted by | seen in a run that |
|---|---|---|
";

/// The page.
pub fn page() -> String {
    let mut page = format!("{HEAD}{RARE}");
    for event in Event::ALL {
        let _ = writeln!(page, "| {} | `{}` | {} |", event.name(), event.column(), event.seen());
    }
    page.push_str("\n## Time spans\n\nEach family has these figures. With a `count` of 0 nothing was measured: the JSON of the run has zeros for the \
times, `runs.csv` nothing, and neither means over runs nor `[expect.figures]` take them for values.\n\n| figure | unit | is | how |\n|---|---|---|---|\n");
    for span in &SPANS {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            span.path,
            span.quantity.unit(),
            span.definition,
            span.source
        );
    }
    page.push_str("\n| family | a span goes | depends on |\n|---|---|---|\n");
    for family in &SPAN_FAMILIES {
        let _ = writeln!(page, "| `{}` | {} | {} |", family.path, family.definition, events(family.hangs_on));
    }
    page.push_str("\n## All other figures\n\n| path | unit | is | source or formula | depends on |\n|---|---|---|---|---|\n");
    for column in &COLUMNS {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} |",
            column.path,
            column.quantity.unit(),
            column.definition,
            column.source,
            if column.quantity == Quantity::Text { String::new() } else { events(column.hangs_on) }
        );
    }
    page.push_str("\n## Columns of the tables\n");
    for file in &FILES {
        let _ = writeln!(
            page,
            "\n### {}\n\nA row is {}.\n\n| column | unit | is |\n|---|---|---|",
            file.file, file.row
        );
        for (name, unit, definition) in file.columns {
            let _ = writeln!(page, "| `{name}` | {unit} | {definition} |");
        }
    }
    page
}

fn events(events: &[Event]) -> String {
    let names: Vec<&str> = events.iter().map(|event| event.name()).collect();
    names.join(", ")
}
