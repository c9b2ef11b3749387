//! Verdicts that were once wrong, each with the right one.

use std::path::Path;

use rcsim::checker::{Check, CheckState};
use rcsim::metrics::Options;
use rcsim::report::RunResult;
use rcsim::scenario::{Scenario, parse, parse_varied};
use rcsim::world::simulate;

use crate::desk::one_pair;

/// One pair, one host that writes once, 5 ms of delay.
fn one_write() -> String {
    let workload = "kind = \"scripted\"\nwrites = [{ at = \"20ms\", unit = \"L1:1\" }]";
    one_pair("duration = \"100ms\"\ndrain_limit = \"2s\"", workload, "delay = \"5ms\"")
}

fn scenario(text: &str, set: &[&str]) -> Scenario {
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    parse("case", text, Path::new(""), &set).unwrap_or_else(|error| panic!("{error}"))
}

fn run(text: &str, set: &[&str]) -> RunResult {
    let scenario = scenario(text, set);
    RunResult::new(&scenario, &simulate(&scenario, Options::default(), &mut |_| {}).unwrap())
}

fn state(result: &RunResult, check: Check) -> CheckState {
    result.order.checks.0.get(check)
}

/// One completion is lost. With 8 bits and half of them outstanding, the resend of the oldest stands exactly half the
/// number space behind the next expected number; it was taken for a number to come, landed twice, and the write that
/// had that number was lost.
#[test]
fn exactly_half_the_number_space_is_behind() {
    for (scheme, width) in
        [("pair", "serial-8"), ("remote-system", "serial-8"), ("group", "serial-8"), ("group", "64")]
    {
        let result = run(
            &one_write(),
            &[
                &format!("protocol.scheme={scheme}"),
                &format!("protocol.rule.width={width}"),
                "protocol.retransmit_timeout=100ms",
                "run.duration=1s",
                "run.drain_limit=5s",
                "remote_system.R1.destage_time=1ms",
                r#"host.H1.workload={ kind = "constant", rate = "2000/s", on = ["L1"] }"#,
                r#"fault=[{ kind = "wan-outage", from = "R1", to = "L1", at = "5400us", duration = "200us" }]"#,
            ],
        );
        assert_eq!(result.order.verdict, "holds", "{scheme}, {width}: {:?}", result.order);
        assert_eq!((result.writes.acknowledged, result.writes.destaged), (1_999, 1_999));
    }
}

/// A write that its host saw completed and that a crash wiped before it landed is lost, whichever came first.
#[test]
fn a_completed_write_that_was_wiped_is_lost_whichever_came_first() {
    const BEFORE_SEND: &str =
        r#"{ kind = "crash", system = "L1", at = "10ms", duration = "1ms", before_send = true }"#;
    const LATER: &str = r#"{ kind = "crash", system = "L1", at = "20100us", duration = "1ms" }"#;
    const SITE: &str = r#"{ kind = "local-site-loss", at = "80ms" }"#;
    for (crash, delay, send_delay) in [
        (BEFORE_SEND, "0s", "0s"),
        (BEFORE_SEND, "0s", "1ms"),
        (LATER, "0s", "1ms"),
        (LATER, "80us", "1ms"),
        (LATER, "80us", "0s"),
    ] {
        for site in ["", SITE] {
            let result = run(
                &one_write(),
                &[
                    r#"protocol.rule.non-volatile=["unsent-data"]"#,
                    &format!("host.H1.delay={delay}"),
                    &format!("protocol.send_delay={send_delay}"),
                    &format!("fault=[{crash}, {site}]"),
                ],
            );
            let what = format!("{crash}, delay {delay}, send delay {send_delay}, {site}");
            assert_eq!(result.writes.acknowledged, 1, "{what}");
            assert_eq!(state(&result, Check::LocalOrder), CheckState::Broken, "{what}");
            assert_eq!(result.order.verdict, "broken", "{what}");
        }
    }
}

/// `synchronous` with `destage = "serial"`: the strict order is judged, and kept.
#[test]
fn synchronous_keeps_a_strict_order_where_it_is_asked_for() {
    let text = one_write()
        .replace("units = 1", "units = 2")
        .replace(r#"["L1:1 -> R1:1"]"#, r#"["L1:1 -> R1:1", "L1:2 -> R1:2"]"#);
    for seed in 1..=3 {
        let result = run(
            &text,
            &[
                "protocol.scheme=synchronous",
                "protocol.rule.destage=serial",
                "run.duration=2s",
                &format!("run.seed={seed}"),
                r#"host.H1.workload={ kind = "closed-loop", queue_depth = 8, on = ["L1"] }"#,
                r#"wan={ delay = { distribution = "exponential", mean = "20ms" }, loss = 0.02, duplicate = 0.02 }"#,
            ],
        );
        assert_eq!(state(&result, Check::DestageOrder), CheckState::Holds, "{:?}", result.order);
        assert_eq!((result.order.verdict, result.order.destaged_out_of_order), ("holds", 0));
        assert!(result.order.kept.contains(&"destage-order") && result.writes.acknowledged > 300);
    }
}

/// A rule that does not act is refused by its name, but in a sweep over schemes; a result names what is in force.
#[test]
fn a_rule_without_effect_is_refused_by_name() {
    let refused = |set: &[&str], varied: &[&str]| {
        let own = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let parsed = parse_varied("case", &one_write(), Path::new(""), &own(set), &own(varied));
        parsed.err().map(|error| error.to_string())
    };
    for (scheme, rule) in [
        ("in-order-transport", "run=longest"),
        ("in-order-transport", "width=8"),
        ("none", "idle-stream=exclude"),
        ("none", "recovery=own"),
        ("synchronous", "limit-scope=global"),
        ("synchronous", "clock=as-is"),
        ("timestamp-only", "recovery=own"),
        ("group", "medium=as-queued"),
    ] {
        let set = [&*format!("protocol.scheme={scheme}"), &*format!("protocol.rule.{rule}")];
        let name = rule.split('=').next().unwrap();
        let error = refused(&set, &[]).unwrap_or_else(|| panic!("{scheme}, {rule}: accepted"));
        assert!(error.contains("rule-without-effect") && error.contains(&format!("`{name}")), "{error}");
        if name != "medium" {
            assert_eq!(refused(&set, &["protocol.scheme"]), None, "{scheme}, {rule}");
            assert!(refused(&set, &["wan.loss"]).is_some(), "{scheme}, {rule}");
        }
        let repaired = [set[0], &*format!("protocol.rule.{name}=repaired")];
        assert_eq!(refused(&repaired, &[]), None, "what is in force anyway can be said");
    }
    let literal = run(&one_write(), &["protocol.scheme=none", "protocol.rules=literal"]);
    let in_force = &literal.rules_departures;
    assert_eq!(literal.rules, "literal");
    assert!(in_force.contains(&"resend = never".to_owned()), "{in_force:?}");
    assert!(
        !in_force.iter().any(|rule| rule.starts_with("run ") || rule.starts_with("width ")),
        "{in_force:?}"
    );
}

/// What was asked for and did not come about is said: a fault that was due after the end.
#[test]
fn a_fault_after_the_end_of_the_run_is_told() {
    let fault =
        |at: &str| format!("fault=[{{ kind = 'crash', system = 'R1', at = '{at}', duration = '1ms' }}]");
    let told = |at: &str| run(&one_write(), &[fault(at).as_str()]).warnings;
    assert_eq!(told("50ms"), [""; 0]);
    let late = told("1s");
    assert_eq!(late.len(), 1);
    assert!(late[0].starts_with("the crash of R1 at 1s did not happen: the run was over at "), "{late:?}");
}

/// A preset is of a scheme: beside another one it sets nothing, and that is said.
#[test]
fn a_preset_beside_another_scheme_is_told() {
    let told = |set: &[&str]| run(&one_write(), set).warnings;
    let said = "preset `srdf-a` sets nothing: it is of scheme `cut`, and `protocol.scheme` says `pair`";
    assert_eq!(told(&["protocol.preset=srdf-a"]), [said]);
    assert_eq!(told(&["protocol.preset=srdf-a", "protocol.scheme=cut"]), [""; 0]);
}
