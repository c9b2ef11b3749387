//! The columns of every table that is not a result: of sweeps, runs and figures.

/// The columns of a file, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileColumns {
    /// Its name.
    pub file: &'static str,
    /// What a row is.
    pub row: &'static str,
    /// Name, unit and definition of each column. `KEY` stands for as many columns as keys are varied, `RESULT` for
    /// those of the result.
    pub columns: &'static [(&'static str, &'static str, &'static str)],
}

const N: (&str, &str, &str) = ("n", "", "Runs that have a value.");
const MEAN: (&str, &str, &str) =
    ("mean", "as the measure", "Their mean; of true and false, the share of true.");
const HALF: (&str, &str, &str) = (
    "half_width_95",
    "as the measure",
    "Half the width of Student's interval of 95 %; empty where the interval is of another kind or there is none.",
);
const LEAST: (&str, &str, &str) = ("min", "as the measure", "The least value.");
const GREATEST: (&str, &str, &str) = ("max", "as the measure", "The greatest value.");
const LOW: (&str, &str, &str) =
    ("low_95", "as the measure", "The lower end of the interval of 95 %; empty if there is none.");
const HIGH: (&str, &str, &str) = ("high_95", "as the measure", "Its upper end.");
const INTERVAL: (&str, &str, &str) = (
    "interval",
    "text",
    "Which interval: `student` (Student 1908, n - 1 degrees of freedom), `clopper-pearson` (Clopper, Pearson 1934; of a \
     difference of shares, from two intervals of 97.5 %), `one-run`, or `rare`: too few runs saw what the \
     measure depends on, so that no interval is given.",
);
const SEEN: (&str, &str, &str) = (
    "seen_runs",
    "",
    "Runs that saw the rarest event on which the measure depends (a lost packet, a fault that hit something, a broken \
     check); empty where it depends on nothing that can happen there. An interval is given if half of the runs did, or 20.",
);
const OUTSTANDING: (&str, &str, &str) = (
    "outstanding",
    "",
    "Spans that had begun and not ended when their run did, over all runs. With any, mean and interval are lower bounds.",
);
const NOTE: (&str, &str, &str) = ("note", "text", "Why there is no interval, and what is a lower bound.");

/// Every such file.
pub const FILES: [FileColumns; 8] = [
    FileColumns {
        file: "runs.csv",
        row: "a run of a sweep, by point and seed (`runs.jsonl` holds the same)",
        columns: &[
            ("run", "", "Number of the row, from 0."),
            ("point", "", "The combination of values, from 0; the last varied key varies fastest."),
            (
                "KEY",
                "as in the scenario",
                "Each varied key under its own name. A key whose values are quantities in words has a column of numbers too (`wan.delay_s`), after `seed`.",
            ),
            ("seed", "", "The seed."),
            ("RESULT", "", "Every figure below that is no list of facts, under its path."),
        ],
    },
    FileColumns {
        file: "points.csv",
        row: "a measure at a point of a sweep, over its seeds",
        columns: &[
            ("point", "", "As in runs.csv."),
            ("KEY", "as in the scenario", "As in runs.csv."),
            (
                "measure",
                "text",
                "The path of a figure below that is a number or true or false, or `loss`, `broken`, `broken.CHECK`.",
            ),
            N,
            MEAN,
            HALF,
            LEAST,
            GREATEST,
            LOW,
            HIGH,
            INTERVAL,
            SEEN,
            OUTSTANDING,
            NOTE,
        ],
    },
    FileColumns {
        file: "paired.csv",
        row: "the difference that a value of a key makes to a measure, seed by seed",
        columns: &[
            ("key", "text", "The varied key."),
            ("value", "as in the scenario", "Its value here."),
            ("against", "as in the scenario", "Its first value, from which the difference is taken."),
            ("point", "", "The point with `value`."),
            ("against_point", "", "The point with `against`; all other keys are equal."),
            ("KEY", "as in the scenario", "The values at `point`."),
            ("measure", "text", "As in points.csv."),
            N,
            MEAN,
            HALF,
            LEAST,
            GREATEST,
            LOW,
            HIGH,
            INTERVAL,
            SEEN,
            OUTSTANDING,
            NOTE,
        ],
    },
    FileColumns {
        file: "series.csv",
        row: "a bucket of simulated time of one run, warm-up and drain included (`series.json` holds the same)",
        columns: &[
            ("from_s", "s", "Begin of the bucket."),
            ("to_s", "s", "Its end."),
            ("received", "", "Writes that first stood in R(t) in it."),
            ("received_lag_mean_s", "s", "Their mean received lag; 0 if there is none."),
            ("applied", "", "Writes that were first destaged in it."),
            ("applied_lag_mean_s", "s", "Their mean applied lag; 0 if there is none."),
            ("rpo_mean_s", "s", "Mean recovery point over the bucket, of the worst group."),
            ("rpo_max_s", "s", "The greatest."),
            ("local_cache_bytes", "bytes", "The most bytes in all local caches together."),
            ("remote_cache_bytes", "bytes", "The most bytes in all remote caches together."),
        ],
    },
    FileColumns {
        file: "group_series.csv",
        row: "a bucket of simulated time of one group; not written for one group, or for more than 16",
        columns: &[
            ("group", "text", "The group."),
            ("from_s", "s", "Begin of the bucket."),
            ("to_s", "s", "Its end."),
            ("received", "", "Writes of the group that first stood in R(t) in it."),
            ("received_lag_mean_s", "s", "Their mean received lag; 0 if there is none."),
            ("applied", "", "Writes of the group that were first destaged in it."),
            ("applied_lag_mean_s", "s", "Their mean applied lag; 0 if there is none."),
            ("rpo_mean_s", "s", "Mean recovery point of the group over the bucket."),
            ("rpo_max_s", "s", "The greatest."),
        ],
    },
    FileColumns {
        file: "pairs.csv",
        row: "a pair of one run, with `--pairs`; figures are those of the result, of the writes to the pair",
        columns: &[
            ("pair", "text", "The pair, as the scenario writes it."),
            ("group", "text", "Its group."),
            (
                "writes",
                "",
                "Writes that were issued and count for statistics, without those that their host gave up.",
            ),
            ("bytes", "bytes", "Their bytes."),
            ("response_time.count", "", "Completed ones."),
            ("response_time.mean_s", "s", "Mean response time."),
            ("response_time.p50_s", "s", "Its median."),
            ("response_time.p90_s", "s", "Its 90th percentile."),
            ("response_time.p99_s", "s", "Its 99th percentile."),
            ("response_time.p999_s", "s", "Its 99.9th percentile."),
            ("response_time.max_s", "s", "The longest."),
            ("response_time.outstanding", "", "Writes that were not completed when the run ended."),
            ("received_lag.count", "", "Completed ones that stood in R(t)."),
            ("received_lag.mean_s", "s", "Mean received lag."),
            ("received_lag.p50_s", "s", "Its median."),
            ("received_lag.p90_s", "s", "Its 90th percentile."),
            ("received_lag.p99_s", "s", "Its 99th percentile."),
            ("received_lag.p999_s", "s", "Its 99.9th percentile."),
            ("received_lag.max_s", "s", "The longest."),
            (
                "received_lag.outstanding",
                "",
                "Completed writes that had never stood in R(t) when the run ended.",
            ),
            ("applied_lag.count", "", "Completed ones that were destaged."),
            ("applied_lag.mean_s", "s", "Mean applied lag."),
            ("applied_lag.p50_s", "s", "Its median."),
            ("applied_lag.p90_s", "s", "Its 90th percentile."),
            ("applied_lag.p99_s", "s", "Its 99th percentile."),
            ("applied_lag.p999_s", "s", "Its 99.9th percentile."),
            ("applied_lag.max_s", "s", "The longest."),
            ("applied_lag.outstanding", "", "Completed writes that were not destaged when the run ended."),
        ],
    },
    FileColumns {
        file: "lag_histogram.csv",
        row: "a bar of the histogram of the applied lag (`lag_histogram.json` holds the same)",
        columns: &[
            ("group", "text", "The group."),
            ("low_ns", "ns", "The shortest lag that falls into the bar."),
            ("high_ns", "ns", "The longest; bars have three significant digits."),
            ("count", "", "Writes whose lag does. A bar without a write is left out."),
        ],
    },
    FileColumns {
        file: "NAME.csv",
        row: "a point of a figure that `plot` has drawn, beside its picture",
        columns: &[
            ("curve", "text", "Its name in the legend."),
            ("panel", "text", "The panel in which it stands; empty in a figure of one."),
            ("kind", "text", "`measured`, or `closed-form`: what theory says."),
            ("x", "as the axis", "Where it stands, in the unit without prefix; a name on an axis of names."),
            (
                "y",
                "as the measure",
                "Its value, in the unit without prefix; empty where nothing was measured.",
            ),
            (
                "low",
                "as the measure",
                "The lower end of the interval of 95 %; empty where there is none, `y` for theory.",
            ),
            ("high", "as the measure", "Its upper end."),
            ("runs", "", "Runs behind it; 0 for theory."),
            INTERVAL,
            SEEN,
            OUTSTANDING,
            (
                "swept",
                "text",
                "The value of every varied key at the point, as `KEY=VALUE, ..`; empty for theory.",
            ),
        ],
    },
];
