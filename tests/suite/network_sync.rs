//! `network-sync` against closed forms: what it costs, what it saves, and where it is refused.

use std::path::Path;

use rcsim::metrics::Options;
use rcsim::report::RunResult;
use rcsim::scenario::parse;
use rcsim::world::simulate;

/// One pair; `run`, `protocol`, `workload` and `wan` stand under their headings.
fn scenario(run: &str, protocol: &str, workload: &str, wan: &str) -> String {
    format!(
        "[run]\n{run}\n[protocol]\n{protocol}\n[[local_system]]\nname = \"L1\"\nunits = 1\n\
         [[remote_system]]\nname = \"R1\"\nunits = 1\n[[group]]\nname = \"g\"\npairs = [\"L1:1 -> R1:1\"]\n\
         [[host]]\nname = \"H1\"\n[host.workload]\n{workload}\nsize = \"1KiB\"\non = [\"L1\"]\n[wan]\n{wan}\n"
    )
}

fn try_run(text: &str) -> Result<RunResult, String> {
    let scenario = parse("network-sync", text, Path::new("."), &[]).map_err(|error| error.to_string())?;
    Ok(RunResult::new(&scenario, &simulate(&scenario, Options::default(), &mut |_| {}).unwrap()))
}

fn run(text: &str) -> RunResult {
    try_run(text).unwrap_or_else(|error| panic!("{error}"))
}

fn choose(n: u32, k: u32) -> f64 {
    (0..k).map(|i| f64::from(n - i) / f64::from(k - i)).product()
}

/// P(at least k of n), each by itself with probability p.
fn tail(n: u32, k: u32, p: f64) -> f64 {
    let term = |i: u32| choose(n, i) * libm::pow(p, f64::from(i)) * libm::pow(1.0 - p, f64::from(n - i));
    (k..=n).map(term).sum()
}

const LINE: &str = "delay = \"10ms\"\nloss = ";

/// With independent loss p a packet is beyond repair if it is lost, and c or more of the other r + c - 1 packets of its
/// group are: p P(Bin(r + c - 1, p) >= c). Nothing is sent again, so that what is beyond repair never comes.
#[test]
fn a_completed_write_is_beyond_repair_with_the_binomial_tail() {
    for (data, repair, loss) in [(1, 1, 0.3), (4, 2, 0.2), (8, 3, 0.15), (5, 1, 0.05)] {
        let protocol = format!(
            "scheme = \"none\"\nrule.resend = \"never\"\nacknowledge = \"network-sync\"\n\
             network_sync = {{ data = {data}, repair = {repair}, flush = \"1s\" }}"
        );
        let text = scenario(
            "duration = \"2s\"\ndrain_limit = \"2s\"",
            &protocol,
            "kind = \"constant\"\nrate = \"10000/s\"",
            &format!("{LINE}{loss}"),
        );
        let result = run(&text);
        let writes = result.writes.acknowledged;
        assert!((19_990..=20_000).contains(&writes), "every write is completed: {writes}");
        let found = result.writes.outstanding as f64 / writes as f64;
        let expected = loss * tail(data + repair - 1, repair, loss);
        // Packets of a group share their fate: at worst as if a group were one draw. Five of its standard deviations.
        let draws = writes as f64 / f64::from(data);
        let bound = 5.0 * (expected * (1.0 - expected) / draws).sqrt();
        assert!((found - expected).abs() < bound, "({data}, {repair}): {found} is not {expected}");
        assert!(bound < expected, "({data}, {repair}): the test says something");
        // The last group may be closed after statistics end.
        let most = writes.div_ceil(u64::from(data)) * u64::from(repair);
        assert!((most - u64::from(repair)..=most).contains(&result.wan.repairs), "{}", result.wan.repairs);
        let lost = result.wan.lost as f64 / result.wan.offered as f64;
        assert!((lost - loss).abs() < 0.02, "what was rebuilt was lost all the same: {lost}");
        assert!(result.wan.rebuilt > 0);
    }
}

/// A host waits until the group of its packet is full, or closed by `flush`, and until the last packet that repairs it has
/// left the line.
#[test]
fn the_response_time_is_that_of_the_group_and_its_line() {
    let response = |network_sync: &str, line: &str| {
        let protocol = format!(
            "scheme = \"group\"\nacknowledge = \"network-sync\"\nnetwork_sync = {{ {network_sync} }}\nmarker_interval = \"100s\""
        );
        let workload = "kind = \"constant\"\nrate = \"100/s\"";
        let result =
            run(&scenario("duration = \"4s\"", &protocol, workload, &format!("delay = \"50ms\"\n{line}")));
        assert_eq!(result.order.verdict, "holds");
        (result.response_time.mean_s, result.response_time.p90_s)
    };
    let near = |found: f64, expected: f64| {
        assert!((found - expected).abs() < expected / 20.0, "{found}, not {expected}");
    };
    // Four packets 10 ms apart: 30, 20, 10, 0 ms.
    let (mean, most) = response("data = 4, repair = 1, flush = \"1s\"", "");
    near(mean, 0.015);
    near(most, 0.030);
    // Closed after 25 ms: groups of three, which wait 25, 15, 5 ms.
    let (mean, most) = response("data = 4, repair = 1, flush = \"25ms\"", "");
    near(mean, 0.015);
    near(most, 0.025);
    // 1 KiB at 8.192 Mbit/s is 1 ms: the packet, and two that repair it.
    near(response("data = 1, repair = 2", "bandwidth = \"8.192Mbit/s\"").0, 0.003);
    // The remote site may say first that it has it: after a round trip of 100 ms.
    near(response("data = 200, repair = 1, flush = \"30s\"", "").1, 0.100);
}

/// Poisson writes at rate l over a line of loss p, sent again R after each sending. A disaster loses a completed write for
/// as long as one is beyond repair that has not been sent again, in the mean R/(1 - q) for each of a share q: as an
/// M/G/infinity queue is busy, 1 - exp(-l q R/(1 - q)). Completed at once, q is p; with one packet that repairs each,
/// p^2; after a round trip, 0.
#[test]
fn the_share_of_disasters_that_lose_a_completed_write() {
    let (rate, loss, timeout) = (100.0, 0.1, 0.1);
    let losing = |protocol: &str| {
        let text = scenario(
            "duration = \"100s\"\ndisasters = 400",
            &format!("{protocol}\nretransmit_timeout = \"100ms\"\nmarker_interval = \"1000s\""),
            "kind = \"poisson\"\nrate = \"100/s\"",
            &format!("{LINE}{loss}"),
        );
        let result = run(&text);
        assert_eq!(result.order.verdict, "holds", "{protocol}");
        let disasters = result.disasters.unwrap();
        assert_eq!(disasters.tried, 400);
        disasters.losing_share
    };
    let busy = |q: f64| 1.0 - libm::exp(-rate * q * timeout / (1.0 - q));
    let near =
        |found: f64, expected: f64| assert!((found - expected).abs() < 0.09, "{found}, not {expected}");
    near(losing("scheme = \"group\""), busy(loss));
    let network_sync = "acknowledge = \"network-sync\"\nnetwork_sync = { data = 1, repair = 1 }";
    let found = losing(&format!("scheme = \"group\"\n{network_sync}"));
    near(found, busy(loss * loss));
    assert!(found > 0.0 && found < 0.3, "{found}");
    assert!(losing("scheme = \"synchronous\"").abs() < 1e-12);
}

/// The figure does not touch the run, nor does whether anybody asks for it.
#[test]
fn disasters_on_copies_are_not_noticed() {
    let result = |run_keys: &str| {
        let text = scenario(
            run_keys,
            "scheme = \"group\"\nacknowledge = \"network-sync\"",
            "kind = \"poisson\"\nrate = \"500/s\"",
            &format!("{LINE}0.05\nmtu = \"600B\"\nduplicate = 0.05"),
        );
        run(&text)
    };
    let (without, with) = (result("duration = \"1s\""), result("duration = \"1s\"\ndisasters = 20"));
    assert_eq!(without.digest, with.digest);
    assert_eq!((without.disasters, with.disasters.map(|found| found.tried)), (None, Some(20)));
    assert!(with.wan.rebuilt > 0 && with.order.verdict == "holds");
}

/// What a rule or a table cannot mean under a scheme is said, and where.
#[test]
fn network_sync_is_of_streams() {
    let refused = |protocol: &str| {
        let text = scenario(
            "duration = \"1s\"",
            protocol,
            "kind = \"constant\"\nrate = \"10/s\"",
            "delay = \"1ms\"",
        );
        try_run(&text).unwrap_err()
    };
    for scheme in ["synchronous", "epoch", "cut", "adaptive-copy"] {
        let error = refused(&format!("scheme = \"{scheme}\"\nacknowledge = \"network-sync\""));
        assert!(error.contains(&format!("means nothing under scheme `{scheme}`")), "{error}");
        assert!(error.contains("network-sync:5:15") && error.contains("in-order-transport"), "{error}");
    }
    let error = refused("scheme = \"group\"\nnetwork_sync = { data = 4 }");
    assert!(error.contains("has no effect without `acknowledge = \"network-sync\"`"), "{error}");
    let error = refused(
        "scheme = \"group\"\nacknowledge = \"network-sync\"\nnetwork_sync = { data = 250, repair = 6 }",
    );
    assert!(error.contains("expected a group of 255 packets at most, found 250 + 6"), "{error}");
    let error = refused("scheme = \"group\"\nacknowledge = \"network\"");
    assert!(error.contains("network-sync"), "{error}");
}
