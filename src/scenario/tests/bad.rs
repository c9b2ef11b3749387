//! Files with one thing wrong: what is said of each, by topic.

use std::fmt::Write as _;

use insta::assert_snapshot;

use super::{edited, read};

/// For every change to the example, the error that it brings.
fn errors(changes: &[&[(&str, &str)]]) -> String {
    let mut all = String::new();
    let mut taken: Vec<String> = Vec::new();
    for edits in changes {
        let Err(error) = read(&edited(edits), &[]) else { panic!("no error: {edits:?}") };
        #[cfg(feature = "schema")]
        taken.extend(super::schema::refuses_too(&edited(edits), &error.to_string()));
        writeln!(all, "{error}\n").unwrap();
    }
    assert!(taken.is_empty(), "{taken:#?}");
    // Files are named as the reader found them.
    all.replace(env!("CARGO_MANIFEST_DIR"), "")
}

const LOSS: &str = "loss = 0.0\n";
const DELAY: &str = r#"delay = { distribution = "exponential", mean = "20ms", minimum = "0s" }"#;
const WORKLOAD: &str = "kind = \"poisson\"          # each pair that it reaches gets `rate`; also constant, bursty, closed-loop,\n                          # transaction (dependent writes), trace, scripted (every write written down)\nrate = \"200/s\"\nsize = \"4KiB\"\non = [\"L1\"]               # systems, or units \"L1:3\"\n";
const FIRST_PAIR: &str = r#""L1:1 -> R1:1""#;

#[test]
fn syntax() {
    assert_snapshot!(errors(&[
        &[("seed = 1", "seed = ")],
        &[("seed = 1", "seed = 1\nseed = 2")],
        &[("[wan]", "[wan")],
        &[("title = \"One", "title = \"\"\"One")],
        &[("seed = 1", "seed = 999999999999999999999999999999999999999999")],
    ]));
}

#[test]
fn keys() {
    assert_snapshot!(errors(&[
        &[(LOSS, "los = 0.0\n")],
        &[(LOSS, "mean = \"1ms\"\n")],
        &[("kind = \"poisson\"", "knid = \"poisson\"")],
        &[(LOSS, "seed = 3\n")],
        &[("[wan]", "[wann]")],
        &[("seed = 1", "frobnicate = 1")],
        &[("duration = \"10s\"", "")],
        &[("scheme = \"group\"", "")],
        &[(
            "[run]\nseed = 1\nduration = \"10s\"          # hosts write this long, then the run drains\nwarm_up = \"1s\"            # left out of statistics, never out of checks\ndrain_limit = \"60s\"\n",
            ""
        )],
        &[("[wan]", "[control.x]")],
        &[("[[host]]", "[[hosts]]"), ("[host.workload]", "[hosts.workload]")],
        &[(&format!("[[host]]\nname = \"H1\"\n[host.workload]\n{WORKLOAD}"), "")],
        &[("[[host]]", "[host]")],
        &[("[run]", "[[run]]")],
        &[("[wan]", "wan.delay = 3\n[wan.reverse]"), (DELAY, "")],
    ]));
}

#[test]
fn quantities() {
    assert_snapshot!(errors(&[
        &[("duration = \"10s\"", "duration = \"10 parsec\"")],
        &[("duration = \"10s\"", "duration = \"10 sec\"")],
        &[("duration = \"10s\"", "duration = 10")],
        &[("duration = \"10s\"", "duration = \"10\"")],
        &[("duration = \"10s\"", "duration = \"-10s\"")],
        &[("duration = \"10s\"", "duration = \"0s\"")],
        &[("duration = \"10s\"", "duration = \"0.1ns\"")],
        &[("duration = \"10s\"", "duration = \"99999999999h\"")],
        &[("duration = \"10s\"", "duration = true")],
        &[("duration = \"10s\"", "duration = 1979-05-27")],
        &[("duration = \"10s\"", "duration = \"\"")],
        &[("retransmit_timeout = \"200ms\"", "retransmit_timeout = \"0s\"")],
        &[("marker_interval = \"10ms\"", "marker_interval = \"0ms\"")],
        &[("size = \"4KiB\"", "size = \"4 kib\"")],
        &[("size = \"4KiB\"", "size = \"0B\"")],
        &[("size = \"4KiB\"", "size = \"4GiB\"")],
        &[("size = \"4KiB\"", "size = []")],
        &[("size = \"4KiB\"", "size = [{ size = \"4KiB\", weight = 0 }]")],
        &[("rate = \"200/s\"", "rate = \"0/s\"")],
        &[("rate = \"200/s\"", "rate = 200")],
        &[("rate = \"200/s\"", "rate = \"200 iops\"")],
        &[("bandwidth = \"unlimited\"", "bandwidth = \"1 Gbps\"")],
        &[("bandwidth = \"unlimited\"", "bandwidth = \"1GiB\"")],
        &[("units = 7", "units = 0")],
        &[("units = 7", "units = -7")],
        &[("units = 7", "units = 7.0")],
        &[("units = 7", "units = \"7\"")],
        &[("units = 7", "units = 4000000000")],
        &[("seed = 1", "seed = -1")],
        &[("cache = \"256MiB\"", "cache = \"256\"")],
        &[("units = 7\n", "units = 7\nclock = { skew = \"1 d\" }\n")],
        &[("units = 7\n", "units = 7\nclock = { drift = \"10us\" }\n")],
        &[("units = 7\n", "units = 7\nclock = { drift = \"-2s/s\" }\n")],
        &[("units = 7\n", "units = 7\nclock = { granularity = \"0s\" }\n")],
    ]));
}

#[test]
fn numbers() {
    assert_snapshot!(errors(&[
        &[(LOSS, "loss = 2\n")],
        &[(LOSS, "loss = -0.1\n")],
        &[(LOSS, "loss = nan\n")],
        &[(LOSS, "loss = inf\n")],
        &[(LOSS, "loss = 1e999\n")],
        &[(LOSS, "loss = \"1%\"\n")],
        &[(LOSS, "loss = \"0.01\"\n")],
        &[(LOSS, "loss = \"little\"\n")],
        &[("duplicate = 0.0", "duplicate = 1.5")],
        &[("reorder = 0.0", "reorder = true")],
        &[(LOSS, "fifo = \"yes\"\n")],
        &[("size = \"4KiB\"", "addresses = { zipf = 0 }")],
        &[("writes = 4", "writes = 0")],
        &[("losses = 1", "losses = -1")],
    ]));
}

/// Keys of a link that can do nothing are refused by name (the keys stand in `[wan]` in place of `loss = 0.0`).
#[test]
fn links_without_effect() {
    let wan = |keys: &str| errors(&[&[(LOSS, &format!("{keys}\n"))]]);
    let constant = |keys: &str| errors(&[&[(LOSS, ""), ("reorder = 0.0", keys), (DELAY, "delay = \"0s\"")]]);
    let control = |keys: &str| errors(&[&[("[control] ", &format!("[control]\n{keys}\n#"))]]);
    let told = [
        wan("queue = \"64KiB\""),
        constant("reorder = 0.25"),
        errors(&[&[(LOSS, "fifo = true\n"), ("reorder = 0.0", "reorder = 0.25")]]),
        wan("fifo = true\nhold_back = { share = 0.1, by = \"5ms\" }"),
        wan("hold_back = { share = 0, by = \"5ms\" }"),
        wan("hold_back = { share = 0.1, by = \"5ms\", keep_mean = true }"),
        wan("loss = { model = \"gilbert-elliott\", good = \"10s\", bad = \"100ms\", loss_bad = 0 }"),
        wan("loss = { model = \"gilbert-elliott\", good_to_bad = 0, bad_to_good = 0.1 }"),
        control("queue = \"1MiB\""),
        control("mtu = \"1500B\""),
        control("shared = true"),
        errors(&[&[("[explore]", "[[path]]\nfrom = \"L1\"\nto = \"R1\"\nqueue = \"1MiB\"\n[explore]")]]),
        errors(&[&[("[explore]", "[[path]]\nfrom = \"L1\"\nto = \"R1\"\n[explore]")]]),
        errors(&[&[(
            "destage_time = \"100us\"",
            "destage_time = { distribution = \"normal\", mean = \"1ms\", deviation = \"1ms\", correlation_time = \"1s\" }",
        )]]),
        wan("shared = true\n[[path]]\nfrom = \"L1\"\nto = \"R1\"\nmtu = \"9000B\""),
        errors(&[&[
            (LOSS, "shared = true\n"),
            (
                "[explore]",
                "[[fault]]\nkind = \"wan-outage\"\nfrom = \"L1\"\nto = \"R1\"\nat = \"1s\"\nduration = \"1s\"\n[explore]",
            ),
        ]]),
    ];
    assert_snapshot!(told.concat());
}

/// Arguments of netem, presets and files of a line: every error points at its place.
#[test]
fn lines_of_other_kinds() {
    let wan = |keys: &str| errors(&[&[(DELAY, keys), (LOSS, "")]]);
    let told = [
        wan("netem = \"delay 100ms 10ms lass 1%\""),
        wan("netem = \"loss 101%\""),
        wan("netem = \"reorder 25%\""),
        wan("netem = \"delay 1ms 1ms distribution experimental\""),
        wan("netem = \"delay 1ms\"\ndelay = \"20ms\""),
        wan("netem = \"delay 1ms\"\nloss = 0.01"),
        wan("netem = \"delay 1ms\"\n[wan.reverse]\nloss = 0.01"),
        wan(
            "netem = \"delay 1ms\"\n[[fault]]\nkind = \"brown-out\"\nat = \"1s\"\nduration = \"1s\"\nloss = 0.1\n[wan.reverse]",
        ),
        wan("preset = \"aws:us-east-1 -> eu-west1\""),
        wan("preset = \"azure:westeurope -> eastus\""),
        wan("preset = \"aws:us-east-1 -> eu-west-1\"\ndelay = \"20ms\""),
        wan("delay = \"20ms\"\ntimeline = \"none.csv\""),
        wan("delay = { distribution = \"series\", file = \"none.txt\", every = \"10ms\" }"),
    ];
    assert_snapshot!(told.concat());
}

/// The two forms of the Gilbert-Elliott model, and what is neither.
#[test]
fn loss_models() {
    let model =
        |keys: &str| errors(&[&[(LOSS, &format!("loss = {{ model = \"gilbert-elliott\", {keys} }}\n"))]]);
    let told = [
        model("good = \"10s\""),
        model("bad_to_good = 0.1"),
        model("good = \"10s\", bad = \"1s\", good_to_bad = 0.1"),
        model("good_to_bad = 0.1, bad_to_good = 0.1, per = \"time\""),
        model("good = \"10s\", bad = \"1s\", per = \"packet\""),
        model("good = \"10s\", bad = \"1s\", per = \"pakcet\""),
        model("good = \"10s\", bad = \"1us\""),
        model("loss_bad = 0.5"),
    ];
    assert_snapshot!(told.concat());
}

#[test]
fn names() {
    assert_snapshot!(errors(&[
        &[("scheme = \"group\"", "scheme = \"gruop\"")],
        &[("scheme = \"group\"", "scheme = \"tape\"")],
        &[("scheme = \"group\"", "scheme = 4")],
        &[("rules = \"repaired\"", "rules = \"Literal\"")],
        &[("seed = 1", "ties = \"random\"")],
        &[("[[local_system]]", "[protocol.rule]\nrunn = \"longest\"\n[[local_system]]")],
        &[("[[local_system]]", "[protocol.rule]\nrun = \"shortest\"\n[[local_system]]")],
        &[("[[local_system]]", "[protocol.rule]\nwidth = 9\n[[local_system]]")],
        &[("[[local_system]]", "[protocol.rule]\nwidth = [8]\n[[local_system]]")],
        &[("[[local_system]]", "[protocol.rule]\nnon-volatile = [\"counter\"]\n[[local_system]]")],
        &[("name = \"L1\"", "name = \"R1\"")],
        &[("name = \"L1\"", "name = \"L 1\"")],
        &[("name = \"L1\"", "name = \"1\"")],
        &[("name = \"L1\"", "name = \"\"")],
        &[("name = \"broken\"", "name = \"solid\"")],
        &[("kind = \"poisson\"", "kind = \"possion\"")],
        &[("kind = \"poisson\"", "")],
        &[("distribution = \"exponential\"", "distribution = \"gauss\"")],
        &[("distribution = \"exponential\", ", "")],
        &[("order = \"holds\"", "order = \"hold\"")],
        &[("[expect]", "[expect.checks]\ncausality = \"holds\"\n[expect]")],
        &[("[expect]", "[expect.checks]\ncausal = \"maybe\"\n[expect]")],
    ]));
}

#[test]
fn pairs_and_groups() {
    let second = "\"L1:2 -> R1:2\"";
    assert_snapshot!(errors(&[
        &[(second, "\"L1:1 -> R1:2\"")],
        &[(second, "\"L1:2->R1:1\"")],
        &[("\"L1:3 -> R1:3\"", "\"L1:2 -> R1:3\"")],
        &[(FIRST_PAIR, "\"L1:0 -> R1:1\"")],
        &[(FIRST_PAIR, "\"L1:8 -> R1:1\"")],
        &[(FIRST_PAIR, "\"L1:1 -> R1:99999999999999\"")],
        &[(FIRST_PAIR, "\"L1:one -> R1:1\"")],
        &[(FIRST_PAIR, "\"L1 -> R1:1\"")],
        &[(FIRST_PAIR, "\"L2:1 -> R1:1\"")],
        &[(FIRST_PAIR, "\"L1:1 -> R3:1\"")],
        &[(FIRST_PAIR, "\"R1:1 -> L1:1\"")],
        &[(FIRST_PAIR, "\"L1:1 -> L1:2\"")],
        &[(FIRST_PAIR, "\"L1:1 R1:1\"")],
        &[(FIRST_PAIR, "\"L1:1 -> R1:1 -> R2:1\"")],
        &[(FIRST_PAIR, "\"\"")],
        &[(FIRST_PAIR, "1")],
        &[(FIRST_PAIR, "'''\nL9:1 -> R1:1'''")],
        &[("pairs = [\"L1:3 -> R1:3\", \"L1:4 -> R1:4\", \"L1:7 -> R2:3\"]", "pairs = []")],
        &[("pairs = [\"L1:3 -> R1:3\", \"L1:4 -> R1:4\", \"L1:7 -> R2:3\"]", "pairs = \"L1:3 -> R1:3\"")],
    ]));
}

#[test]
fn no_group_at_all() {
    let text = super::DESIGN;
    let start = text.find("[[group]]").unwrap();
    let end = text.find("[[host]]").unwrap();
    let text = format!("{}{}", &text[..start], &text[end..]);
    assert_snapshot!(read(&text, &[]).unwrap_err());
    assert_snapshot!(read("", &[]).unwrap_err());
}

#[test]
fn distributions() {
    let changed = |delay: &str| errors(&[&[(DELAY, delay)]]);
    let delays = [
        "delay = [\"20ms\"]",
        "delay = { distribution = \"exponential\", mean = \"20ms\", minimum = \"30ms\" }",
        "delay = { distribution = \"normal\", mean = \"20ms\", minimum = \"20ms\", deviation = \"1ms\" }",
        "delay = { distribution = \"pareto\", mean = \"20ms\", deviation = \"0s\" }",
        "delay = { distribution = \"lognormal\", mean = \"20ms\" }",
        "delay = { distribution = \"uniform\", minimum = \"20ms\", maximum = \"10ms\" }",
        "delay = { distribution = \"uniform\", mean = \"20ms\" }",
        "delay = { distribution = \"constant\", mean = \"20ms\", jitter = \"1ms\" }",
        "delay = { distribution = \"empirical\", file = \"no-such-file.txt\" }",
        "delay = { distribution = \"empirical\", file = \"snapshots\" }",
        "delay = { distribution = \"empirical\", file = \"delays-bad.txt\" }",
        "delay = { distribution = \"empirical\", file = \"delays-empty.txt\" }",
    ];
    assert_snapshot!(delays.map(changed).concat());
}

#[test]
fn links() {
    let path = |text: &str| format!("{text}[explore]");
    let twice =
        path("[[path]]\nfrom = \"L1\"\nto = \"R1\"\nloss = 0.1\n[[path]]\nfrom = \"L1\"\nto = \"R1\"\n");
    let unknown = path("[[path]]\nfrom = \"L1\"\nto = \"R9\"\n");
    let same_site = path("[[path]]\nfrom = \"R1\"\nto = \"R2\"\n");
    let incomplete = path("[[path]]\nfrom = \"R1\"\n");
    let no_pair = path("[[path]]\nfrom = \"L1\"\nto = \"R3\"\n[[remote_system]]\nname = \"R3\"\nunits = 1\n");
    assert_snapshot!(errors(&[
        &[(DELAY, "")],
        &[("[explore]", &twice)],
        &[("[explore]", &unknown)],
        &[("[explore]", &same_site)],
        &[("[explore]", &incomplete)],
        &[("[explore]", &no_pair)],
        &[(LOSS, "mtu = \"10B\"\n")],
        &[(LOSS, "mtu = \"8GiB\"\n")],
        &[(LOSS, "loss = { model = \"gilbert\", good_to_bad = 0.1, bad_to_good = 0.1 }\n")],
        &[(LOSS, "loss = { model = \"gilbert-elliott\", good_to_bad = 0.1 }\n")],
        &[(LOSS, "loss = { model = \"gilbert-elliott\", good_to_bad = 0, bad_to_good = 0 }\n")],
        &[("limit_delay = \"0s\"", "limit_delay = \"1ms\""), ("[control] ", "[control]\ndelay = \"2ms\"")],
        &[(LOSS, "from = \"L1\"\n")],
        &[("[explore]", "[wan.reverse]\nlatency = \"2ms\"\n[explore]")],
    ]));
}

#[test]
fn workloads() {
    let of = |text: &str| errors(&[&[(WORKLOAD, text)]]);
    let workloads = [
        "kind = \"poisson\"\nrate = \"200/s\"\non = [\"L1\"]\nqueue_depth = 3\n",
        "kind = \"closed-loop\"\nrate = \"200/s\"\non = [\"L1\"]\nqueue_depth = 3\n",
        "kind = \"closed-loop\"\non = [\"L1\"]\nqueue_depth = 0\n",
        "kind = \"poisson\"\nrate = \"200/s\"\non = []\n",
        "kind = \"poisson\"\nrate = \"200/s\"\non = \"L1\"\n",
        "kind = \"poisson\"\nrate = \"200/s\"\non = [\"R1\"]\n",
        "kind = \"poisson\"\nrate = \"200/s\"\non = [\"R1:1\"]\n",
        "kind = \"poisson\"\nrate = \"200/s\"\non = [\"LL1\"]\n",
        "kind = \"poisson\"\nrate = \"200/s\"\non = [\"L1\", \"L1:2\"]\n",
        "kind = \"poisson\"\nrate = \"200/s\"\non = [\"L1\"]\nsize = \"2GiB\"\n",
        "kind = \"poisson\"\nrate = \"200/s\"\non = [\"L1\"]\nsize = [{ size = \"4KiB\", weight = 1 }, { size = \"2GiB\", weight = 1 }]\n",
        "kind = \"poisson\"\nrate = \"200/s\"\non = [\"L1\"]\naddresses = \"zipf\"\n",
        "kind = \"poisson\"\nrate = \"200/s\"\non = [\"L1\"]\naddresses = \"unifrom\"\n",
        "kind = \"bursty\"\nrate = \"200/s\"\nmean_on = \"0s\"\nmean_off = \"1s\"\non = [\"L1\"]\n",
        "kind = \"transaction\"\nlog = \"L1:1\"\ndata_writes = 2\n",
        "kind = \"transaction\"\nlog = \"L1\"\ndata_writes = 2\non = [\"L1\"]\n",
        "kind = \"transaction\"\nlog = \"L1:1\"\ndata_writes = 2\non = [\"L1:1\"]\n",
        "kind = \"transaction\"\nlog = \"L1:1\"\ndata_writes = 0\non = [\"L1\"]\n",
        "kind = \"transaction\"\nlog = \"L1:1\"\ndata_writes = 0\nsize = \"3GiB\"\n",
    ];
    assert_snapshot!(workloads.map(of).concat());
}

#[test]
fn systems_without_pairs_and_caches_without_room() {
    let spare = "[[local_system]]\nname = \"L2\"\nunits = 1\n[[group]]\nname = \"solid\"";
    assert_snapshot!(errors(&[
        &[("[[group]]\nname = \"solid\"", spare), ("on = [\"L1\"]", "on = [\"L2\"]")],
        &[("cache = \"256MiB\"", "cache = \"2KiB\"")],
        &[("cache = \"256MiB\"", ""), ("cache = \"256MiB\"", "cache = \"4KiB\"")],
        &[("units = 7\n", "units = 7\nunit_size = \"3KiB\"\n")],
    ]));
}

#[test]
fn scripts() {
    let of =
        |writes: &str| errors(&[&[(WORKLOAD, &format!("kind = \"scripted\"\nwrites = [\n{writes}]\n"))]]);
    let scripts = [
        "",
        "  { unit = \"L1:1\" },\n",
        "  { at = \"1ms\" },\n",
        "  { at = \"1ms\", unit = \"L1:9\" },\n",
        "  { name = \"a\", at = \"1ms\", unit = \"L1:1\" },\n  { name = \"a\", at = \"1ms\", unit = \"L1:1\" },\n",
        "  { name = \"first\", at = \"1ms\", unit = \"L1:1\" },\n  { after = \"frist\", unit = \"L1:1\" },\n",
        "  { at = \"1ms\", unit = \"L1:1\", after = 0 },\n",
        "  { at = \"1ms\", unit = \"L1:1\", after = [] },\n",
        "  { at = \"1ms\", unit = \"L1:1\", position = 2097152 },\n",
        "  { at = \"1ms\", unit = \"L1:1\", position = 18446744073709551615 },\n",
        "  { at = \"1ms\", unit = \"L1:1\", size = \"2GiB\" },\n",
    ];
    assert_snapshot!(scripts.map(of).concat());
}

#[test]
fn recorded_traces() {
    let trace = |file: &str, map: &str| format!("kind = \"trace\"\nfile = \"{file}\"\nmap = {map}\n");
    let of = |text: String| errors(&[&[(WORKLOAD, &text)]]);
    let good = "{ \"pg.1\" = \"L1:1\", \"pg.0\" = \"L1:2\" }";
    let log = "{ \"pg.1\" = \"L1:1\" }";
    assert_snapshot!(
        [
            of(trace("no-such-file.csv", good)),
            of(trace("snapshots", good)),
            of(trace("trace-bad.csv", good)),
            of(trace("trace-good.csv", "{}")),
            of(trace("trace-good.csv", "{ pg = \"L1:1\" }")),
            of(trace("trace-good.csv", "{ \"pg.x\" = \"L1:1\" }")),
            of(trace("trace-good.csv", "{ \"pg.1\" = \"L1:9\" }")),
            of(trace("trace-good.csv", "{ \"pg.7\" = \"L1:1\" }")),
            of(trace("trace-good.csv", log) + "speed = 0\n"),
            errors(&[&[
                (WORKLOAD, &trace("trace-good.csv", log)),
                ("units = 7\n", "units = 7\nunit_size = \"1MiB\"\n"),
            ]]),
        ]
        .concat()
    );
}

#[test]
fn recordings() {
    let with = |file: &str, map: &str, more: &str| {
        let text = format!("kind = \"trace\"\nfile = {file}\nmap = {map}\n{more}");
        errors(&[&[(WORKLOAD, &text)]])
    };
    let good = "\"trace-good.csv\"";
    let log = "{ \"pg.1\" = \"L1:1\" }";
    let disordered = "\"trace-not-sorted.csv\"";
    assert_snapshot!(
        [
            with("[]", log, ""),
            with("7", log, ""),
            with("[\"trace-good.csv\", \"trace-good.csv\"]", log, ""),
            with(disordered, log, ""),
            with(good, "{ \"pg.1\" = [\"L1:1\", \"L1:1\"] }", ""),
            with(good, "{ \"pg.1\" = { units = [\"L1\"], stripe = \"1000B\" } }", ""),
            with(good, "{ \"pg.1\" = 1 }", ""),
            with(good, "{ \"*\" = \"L2\" }", ""),
            with(good, log, "format = \"mrs\"\n"),
            with(good, log, "format = \"alibaba\"\n"),
            with(good, log, "origin = \"comon\"\n"),
            with(good, log, "origin = \"1.2.3\"\n"),
            with(good, log, "origin = -1\n"),
            with(good, log, "speed = 2\ntime_scale = 0.5\n"),
            with(good, log, "from = \"2s\"\nto = \"1s\"\n"),
            with(good, log, "from = \"1h\"\n"),
            with(good, log, "columns = { time = 1, offset = 5, length = 6, separator = \"ab\" }\n"),
            with(good, log, "columns = { time = 0, offset = 5, length = 6 }\n"),
            with(good, log, "columns = { time = \"at\", offset = 5, length = 6 }\n"),
            with(good, log, "columns = { time = 1, offset = 5, length = 9 }\n"),
            with(good, log, "columns = { time = 1, offset = 5, length = 6, write = \"1\" }\n"),
            with(good, log, "columns = { time = 1, offset = 5 }\n"),
            with(good, log, "format = \"msr\"\ncolumns = { time = 1, offset = 5, length = 6 }\n"),
        ]
        .concat()
    );
}

#[test]
fn contradictions_in_time() {
    let fault = |text: &str| format!("[[fault]]\n{text}[explore]");
    let late = fault("kind = \"local-site-loss\"\nat = \"71s\"\n");
    let twice = fault(
        "kind = \"local-site-loss\"\nat = \"1s\"\n[[fault]]\nkind = \"local-site-loss\"\nat = \"2s\"\n",
    );
    let half = fault("kind = \"wan-outage\"\nat = \"1s\"\nduration = \"1s\"\nfrom = \"L1\"\n");
    let endless = fault("kind = \"wan-outage\"\nat = \"1s\"\n");
    let unknown = fault("kind = \"wan-outrage\"\nat = \"1s\"\n");
    let other = fault("kind = \"local-site-loss\"\nat = \"1s\"\nduration = \"1s\"\n");
    let nowhere =
        fault("kind = \"wan-outage\"\nat = \"1s\"\nduration = \"1s\"\nfrom = \"L1\"\nto = \"L1\"\n");
    assert_snapshot!(errors(&[
        &[("warm_up = \"1s\"", "warm_up = \"10s\"")],
        &[("[explore]", &late)],
        &[("[explore]", &twice)],
        &[("[explore]", &half)],
        &[("[explore]", &endless)],
        &[("[explore]", &unknown)],
        &[("[explore]", &other)],
        &[("[explore]", &nowhere)],
    ]));
}

#[test]
fn expectations() {
    assert_snapshot!(errors(&[
        &[("[expect]", "[expect.checks]\ncausal = \"broken\"\n[expect]")],
        &[("order = \"holds\"", "checks = { complete = \"broken\" }")],
    ]));
}

#[test]
fn expected_figures() {
    let figures = |lines: &str| {
        let text = edited(&[("[expect]", &format!("[expect.figures]\n{lines}\n[expect]"))]);
        read(&text, &[]).map(|scenario| scenario.expect.figures.len())
    };
    assert_eq!(figures("\"rpo.max\" = \"<= 2s\"\nreceived_lag.p99 = \"<= 150ms\"").unwrap(), 2);
    assert_eq!(figures("\"groups.solid.rpo.max\" = \"<= 2s\"").unwrap(), 1);
    for (lines, expected) in [
        ("\"rpo.maxx\" = \"<= 2s\"", "did you mean \"rpo.max\"?"),
        ("\"rpo.max\" = \"<= 2\"", "expected a duration after <=, such as \"<= 2s\"; found \"<= 2\""),
        ("\"rpo.max\" = \"2s\"", "expected a comparison (<=, <, >=, >, ==) and a value"),
        ("\"rpo.max\" = 2", "expected a limit such as \"<= 2s\", found 2"),
        ("\"groups.sold.rpo.max\" = \"<= 2s\"", "did you mean \"groups.solid.rpo.max\"?"),
        ("\"rpo.max\" = \"<= 2s\"\n\"rpo.max_s\" = \"<= 3s\"", "has a limit already, as \"rpo.max\""),
    ] {
        let error = figures(lines).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("test.toml:"), "{lines}: {error}");
    }
}

/// `[script]`: each packet has one fate, on a path that there is; `run.heal` needs lines that heal.
#[test]
fn written_fates() {
    let script = |item: &str| errors(&[&[("[explore]", &format!("[script]\n{item}\n[explore]"))]]);
    let packet = |rest: &str| {
        script(&format!(
            "packets = [{{ from = \"L1\", to = \"R1\", class = \"write-data\", number = 1{rest} }}]"
        ))
    };
    let told = [
        packet(""),
        packet(", lost = true, delay = \"5ms\""),
        packet(", again = \"5ms\""),
        packet(", late = true"),
        script("packets = [{ from = \"L1\", to = \"R1\", class = \"writes\", number = 1, lost = true }]"),
        script("packets = [{ from = \"L1\", to = \"R9\", class = \"marker\", number = 1, lost = true }]"),
        script("packets = [{ from = \"L1\", to = \"R1\", class = \"marker\", number = 0, lost = true }]"),
        script(
            "packets = [\n  { from = \"L1\", to = \"R1\", class = \"marker\", number = 1, lost = true },\n  \
             { from = \"L1\", to = \"R1\", class = \"marker\", number = 1, delay = \"1ms\" },\n]",
        ),
        script("messages = [{ system = \"L1\", message = \"report\", number = 1, lost = true }]"),
        errors(&[&[
            ("seed = 1", "seed = 1\nheal = \"5s\""),
            (LOSS, "loss = 0.01\n"),
            ("[explore]", "[[path]]\nfrom = \"L1\"\nto = \"R1\"\nnetem = \"delay 5ms\"\n[explore]"),
        ]]),
    ];
    insta::assert_snapshot!(told.concat());
}
