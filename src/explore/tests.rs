//! Small scopes whose states are counted; literal rules, each of which yields its shortest way to break the order by
//! itself; and the same scopes without a reduction.

use super::model::Model;
use super::scope::Reductions;
use super::search::Found;
use super::{Action, Kind, Machines, Scope, Search, Stop};
use crate::scenario::{Scenario, parse};
use crate::words::{Check, CheckSet};

/// One group of two pairs to two remote systems; w1 depends on w0.
const TWO: &str = r#"
    run = { duration = "1s" }
    protocol = { scheme = "pair" }
    local_system = [{ name = "L1", units = 2 }]
    remote_system = [{ name = "R1", units = 1 }, { name = "R2", units = 1 }]
    group = [{ name = "g", pairs = ["L1:1 -> R1:1", "L1:2 -> R2:1"] }]
    wan = { delay = "5ms" }
    explore = { writes = 2, losses = 0, duplicates = 0, resends = 0, markers = 1 }
    [[host]]
    name = "H1"
    [host.workload]
    kind = "scripted"
    writes = [
        { name = "w0", at = "1ms", unit = "L1:1" },
        { name = "w1", at = "1ms", unit = "L1:2", after = "w0" },
    ]
"#;

/// Two writes, one after the other and to one block, of one pair.
const ONE_BLOCK: &str = r#"host.0.workload.writes=[{ name = "w0", at = "1ms", unit = "L1:1" }, { name = "w1", at = "1ms", unit = "L1:1", after = "w0" }]"#;

/// One pair alone.
const ONE_PAIR: &str = r#"group.0.pairs=["L1:1 -> R1:1"]"#;

/// Writes to the units of these numbers, one after the other.
fn writes_to(units: &[u32]) -> String {
    let write = |(index, unit): (usize, &u32)| {
        let position = 8 * index;
        format!(
            r#"{{ name = "w{index}", at = "{}ms", unit = "L1:{unit}", position = {position} }}"#,
            10 + index
        )
    };
    let writes: Vec<String> = units.iter().enumerate().map(write).collect();
    format!("host.0.workload.writes=[{}]", writes.join(", "))
}

fn scenario(set: &[&str]) -> Scenario {
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    parse("scope", TWO, std::path::Path::new(""), &set).unwrap_or_else(|error| panic!("{error}"))
}

fn explore(set: &[&str]) -> Found {
    Search::new(Machines::new(&Scope::new(&scenario(set)).unwrap())).run(&mut |_| None).unwrap()
}

fn explore_with(set: &[&str], change: impl Fn(&mut Reductions)) -> Found {
    let scenario = scenario(set);
    let mut scope = Scope::new(&scenario).unwrap();
    change(&mut scope.reductions);
    Search::new(Machines::new(&scope)).run(&mut |_| None).unwrap()
}

fn has_fired(found: &Found, kind: Kind) -> bool {
    found.fired.iter().any(|&(fired, times)| fired == kind && times > 0)
}

fn broken(found: &Found) -> CheckSet {
    found.counterexamples.iter().fold(CheckSet::NONE, |set, one| set.and(CheckSet::of(&[one.check])))
}

/// Every scheme's states are counted. What is promised holds; the negative controls break with two writes, one of which
/// arrives, and there is no shorter way.
#[test]
fn every_scheme_in_a_small_scope() {
    let bounds = ["explore.duplicates=1"];
    let explored =
        ["pair", "remote-system", "group", "in-order-transport", "synchronous", "none", "timestamp-only"]
            .map(|scheme| {
                let scheme = format!("protocol.scheme={scheme}");
                let found = explore(&[&bounds[..], &[&scheme]].concat());
                let shortest = found.counterexamples.first().map(|one| (one.check, one.steps.len()));
                (found.states, found.transitions, found.depth, shortest)
            });
    let prefix = Check::RecoverablePrefix;
    assert_eq!(
        explored,
        [
            (1195, 2992, 13, None),
            (1195, 2992, 13, None),
            (1195, 2992, 13, None),
            (1195, 2992, 13, None),
            (24, 32, 7, None),
            (20, 26, 5, Some((prefix, 3))),
            (1379, 3528, 13, Some((prefix, 5))),
        ]
    );
}

/// Rule, form, settings, the check that breaks first, and the steps to it.
type Row<'a> = (&'a str, &'a str, &'a [&'a str], Check, usize);

/// Each form of a rule that is not the repaired one, alone: nobody wrote these interleavings down. The repaired form holds
/// in the same scope.
#[test]
fn every_literal_form_yields_its_shortest_counterexample() {
    let (three, two) = (writes_to(&[1, 1, 2]), writes_to(&[1, 1]));
    let host = r#"host.0.delay={ distribution = "uniform", minimum = "1ms", maximum = "9ms" }"#;
    let control = r#"control={ delay = { distribution = "exponential", mean = "10ms" } }"#;
    let (prefix, complete) = (Check::RecoverablePrefix, Check::Complete);
    let table: [Row; 12] = [
        ("run", "longest", &[ONE_PAIR, &two], prefix, 5),
        ("idle-stream", "exclude", &[], prefix, 7),
        ("idle-stream", "naked", &[], prefix, 8),
        ("idle-stream", "hold", &[], complete, 0),
        ("stamp", "host", &[ONE_PAIR, &two, host], Check::PairOrder, 8),
        ("limit-update", "overwrite", &["explore.writes=3", &three, control], prefix, 13),
        ("recovery", "own", &[], prefix, 9),
        ("control", "wait", &["explore.control_losses=1"], complete, 2),
        ("resend", "never", &["explore.losses=1"], complete, 2),
        ("duplicate", "accept", &[ONE_PAIR, "explore.duplicates=1", ONE_BLOCK], Check::PairOrder, 7),
        ("local-destage", "on-completion", &[ONE_PAIR, ONE_BLOCK], Check::LocalOrder, 8),
        ("admission", "first-come", &[ONE_PAIR, &two, "remote_system.R1.cache=4KiB"], complete, 3),
    ];
    let explored: Vec<_> = table
        .iter()
        .map(|&(rule, form, set, ..)| {
            let form = format!("protocol.rule.{rule}={form}");
            let found = explore(&[set, &[&form]].concat());
            let shortest = found.counterexamples.first().unwrap();
            (rule, shortest.check, shortest.steps.len())
        })
        .collect();
    let expected: Vec<_> = table.iter().map(|&(rule, _, _, check, length)| (rule, check, length)).collect();
    assert_eq!(explored, expected);
    for (rule, _, set, ..) in &table {
        let repaired = explore(set);
        assert_eq!(broken(&repaired), CheckSet::NONE, "{rule}: {:?}", repaired.counterexamples);
    }
}

/// Takes reductions away.
type Without = fn(&mut Reductions);

/// Without a reduction more states say the same.
#[test]
fn reductions_lose_nothing() {
    let scopes: [&[&str]; 6] = [
        &["explore.losses=1", "explore.resends=1"],
        &["explore.duplicates=1", "explore.losses=1", "explore.resends=1", ONE_BLOCK],
        &["protocol.rule.recovery=own", "explore.losses=1", "explore.resends=1"],
        &["protocol.rule.idle-stream=naked", "explore.losses=1"],
        &["protocol.scheme=in-order-transport", "explore.resends=1"],
        &["protocol.rule.destage=serial", "explore.duplicates=1"],
    ];
    let without: [(&str, Without); 5] = [
        ("losses", |all| all.losses = false),
        ("resends", |all| (all.resends, all.completions) = (false, false)),
        ("completions", |all| all.completions = false),
        ("destages", |all| all.destages = false),
        ("any", |all| *all = Reductions::default()),
    ];
    for scope in scopes {
        let reduced = explore(scope);
        for (name, change) in without {
            let whole = explore_with(scope, change);
            assert_eq!(broken(&whole), broken(&reduced), "{name}: {scope:?}");
            assert!(whole.states >= reduced.states, "{name}: {scope:?}");
        }
    }
    // A lost packet is one that has not arrived yet: how many may be lost changes nothing.
    let lost = |times: &str| explore(&[&format!("explore.losses={times}")]).states;
    assert_eq!(lost("0"), lost("3"));
}

/// At which place of a cache a write stands is a name, and nothing is compared by it: with places that are used again, as in
/// a run, there are more states, and the same breaks after as many steps.
#[test]
fn names_of_places_change_nothing_but_the_number_of_states() {
    let three = writes_to(&[1, 2, 1]);
    let scopes: [&[&str]; 7] = [
        &["explore.writes=3", "explore.duplicates=1", &three],
        &["protocol.rules=literal", "explore.losses=1"],
        &["protocol.rule.duplicate=accept", ONE_PAIR, "explore.duplicates=1", ONE_BLOCK],
        &["explore.crashes=1", "protocol.rule.non-volatile=limits", "explore.duplicates=0"],
        &["protocol.scheme=none", "explore.duplicates=1"],
        &["protocol.scheme=epoch", "explore.markers=0"],
        &["protocol.scheme=cut", "explore.cuts=1"],
    ];
    let found = scopes.map(|scope| {
        [true, false].map(|is_named| {
            let scenario = scenario(scope);
            let mut scope = Scope::new(&scenario).unwrap();
            scope.settings.named_places = is_named;
            Search::new(Machines::new(&scope)).run(&mut |_| None).unwrap()
        })
    });
    let lengths = |found: &Found| -> Vec<_> {
        found.counterexamples.iter().map(|one| (one.check, one.steps.len(), one.why.clone())).collect()
    };
    for ([named, again], scope) in found.iter().zip(scopes) {
        assert_eq!(lengths(named), lengths(again), "{scope:?}");
        let fired =
            |found: &Found| found.fired.iter().map(|&(kind, times)| (kind, times > 0)).collect::<Vec<_>>();
        assert_eq!(fired(named), fired(again), "{scope:?}");
        assert!(named.states <= again.states, "{scope:?}");
    }
    let [named, again] = &found[0];
    assert!(2 * named.states < again.states, "{} and {}", named.states, again.states);
}

/// `local-order` is told by the end alone. Without markers nothing ends within these bounds: the limit waits for the other
/// stream, which is idle.
#[test]
fn what_only_the_end_tells_is_asked_beyond_the_bounds() {
    let writes = r#"host.0.workload.writes=[{ name = "w0", at = "1ms", unit = "L1:2" }, { name = "w1", at = "2ms", unit = "L1:1" }, { name = "w2", at = "3ms", unit = "L1:1" }]"#;
    let bounds = ["explore.writes=3", "explore.markers=0"];
    let set = [writes, bounds[0], bounds[1], "protocol.rule.local-destage=on-completion"];
    let found = explore(&set);
    assert_eq!(broken(&found), CheckSet::of(&[Check::LocalOrder]));
    let one = &found.counterexamples[0];
    assert_eq!(
        one.why,
        "a block of the local unit holds w1 although w2 was accepted later and destaged before it"
    );
    assert!(!one.after.is_empty());
    let repaired = explore(&set[..3]);
    assert_eq!(broken(&repaired), CheckSet::NONE);
}

/// What the scope allows happens; an exploration that is stopped says how far it came.
#[test]
fn an_exploration_that_is_stopped_has_no_verdict() {
    let set = ["explore.writes=4", "explore.duplicates=2", "explore.markers=2", &writes_to(&[1, 2, 1, 2])];
    let scenario = scenario(&set);
    let mut seen = Vec::new();
    let found = Search::new(Machines::new(&Scope::new(&scenario).unwrap()))
        .run(&mut |progress| {
            seen.push(progress.expanded);
            assert!(progress.states > progress.expanded);
            (progress.expanded >= 10_000).then_some(Stop::Memory)
        })
        .unwrap();
    assert_eq!((found.stopped, Some(found.expanded)), (Some(Stop::Memory), seen.last().copied()));
    assert!(seen.is_sorted() && found.expanded < 20_000, "{seen:?}");
    assert!(found.counterexamples.is_empty());
    assert!(found.fired.iter().any(|&(kind, times)| kind == Kind::Issue && times > 0));
}

/// Neither what is found nor the order in which it is found hangs on the number of threads: states, transitions, depth,
/// actions, every counterexample word by word, and how many parts there are.
#[test]
fn the_number_of_threads_changes_nothing() {
    let three = writes_to(&[1, 2, 1]);
    let scopes: [&[&str]; 4] = [
        &["explore.writes=3", "explore.duplicates=1", "explore.resends=1", &three],
        &["explore.writes=3", "protocol.rules=literal", "explore.losses=1", "explore.resends=1", &three],
        &["explore.crashes=1", "protocol.rule.non-volatile=limits"],
        &["protocol.rule.resend=never", "explore.losses=1"],
    ];
    for scope in scopes {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| format!("{:?}", explore(scope)))
        };
        let one = on(1);
        assert!(one.contains("states: "), "{one}");
        for threads in [2, 3, 7] {
            assert_eq!(on(threads), one, "{threads} threads: {scope:?}");
        }
    }
}

/// Each item of rule `non-volatile`, lost alone in one crash. That nothing is lost is seen to hold in the same scopes.
#[test]
fn every_item_that_a_crash_loses_is_missed() {
    let (two, across) = (writes_to(&[1, 1]), writes_to(&[1, 2]));
    let later = "protocol.send_delay=1ms";
    let one_write: [&str; 3] = [ONE_PAIR, "explore.writes=1", &two];
    let table: [(&str, &[&str], Check, usize); 7] = [
        ("counters", &[ONE_PAIR, &two], Check::Complete, 3),
        ("unsent-data", &[&one_write[..], &[later]].concat(), Check::Complete, 2),
        ("unsent-numbers", &one_write, Check::Complete, 2),
        ("remote-cache", &one_write, Check::Complete, 3),
        ("next-expected", &one_write, Check::Complete, 4),
        ("end-key", &[&across, "explore.duplicates=0"], Check::RecoverablePrefix, 11),
        ("limits", &[&across], Check::RecoverablePrefix, 11),
    ];
    let explored: Vec<_> = table
        .iter()
        .map(|&(item, set, ..)| {
            let item_lost = format!("protocol.rule.non-volatile={item}");
            let found = explore(&[set, &["explore.crashes=1", &item_lost]].concat());
            let shortest = found.counterexamples.first().map(|one| (one.check, one.steps.len()));
            (item, shortest)
        })
        .collect();
    let expected: Vec<_> =
        table.iter().map(|&(item, _, check, length)| (item, Some((check, length)))).collect();
    assert_eq!(explored, expected);
    for scheme in ["pair", "in-order-transport", "synchronous"] {
        let scheme = format!("protocol.scheme={scheme}");
        let kept = explore(&[&one_write[..], &[&scheme, later, "explore.crashes=1"]].concat());
        assert_eq!(broken(&kept), CheckSet::NONE, "{scheme}: {:?}", kept.counterexamples);
        let crashed = |kind| kept.fired.iter().any(|&(fired, times)| fired == kind && times > 0);
        assert!(crashed(Kind::CrashBeforeSend) && crashed(Kind::Restart) && crashed(Kind::Send), "{scheme}");
    }
}

/// Two local systems, of which the clock of one is ahead; w1 at the other depends on w0.
const TWO_CLOCKS: [&str; 3] = [
    r#"local_system=[{ name = "L1", units = 1, clock = { skew = "5ms" } }, { name = "L2", units = 1 }]"#,
    r#"group.0.pairs=["L1:1 -> R1:1", "L2:1 -> R2:1"]"#,
    r#"host.0.workload.writes=[{ name = "w0", at = "1ms", unit = "L1:1" }, { name = "w1", at = "1ms", unit = "L2:1", after = "w0" }]"#,
];

/// Clocks that are wrong: ahead at one of two local systems, or coarse. The rules' literal forms break as they do in long
/// runs, and the repaired ones hold.
#[test]
fn clocks_that_are_wrong_only_order() {
    let coarse = r#"local_system.L1.clock={ granularity = "10ms" }"#;
    let three = writes_to(&[1, 1, 2]);
    let table: [(&str, &[&str], Check, usize); 2] = [
        ("clock=as-is", &TWO_CLOCKS, Check::Causal, 7),
        (
            "compare=plain",
            &["explore.writes=3", "explore.markers=0", coarse, &three],
            Check::RecoverablePrefix,
            9,
        ),
    ];
    for (form, set, check, length) in table {
        let found = explore(&[set, &[&format!("protocol.rule.{form}")]].concat());
        let shortest = found.counterexamples.first().map(|one| (one.check, one.steps.len()));
        assert_eq!(shortest, Some((check, length)), "{form}: {:?}", found.counterexamples);
        let repaired = explore(set);
        assert_eq!(broken(&repaired), CheckSet::NONE, "{form}: {:?}", repaired.counterexamples);
        assert!(repaired.fired.iter().any(|&(kind, times)| kind == Kind::Pass && times > 0));
    }
}

/// Time passes only where something may come in which it shows: a host that waits for the copy of its write does not then
/// wait for ever. A cut compares no stamps, and holds no completion.
#[test]
fn clocks_that_are_wrong_under_every_scheme_that_promises() {
    let found = [
        ("pair", "explore.markers=1"),
        ("in-order-transport", "explore.markers=1"),
        ("synchronous", "explore.losses=1"),
        ("epoch", "explore.markers=0"),
        ("cut", "explore.cuts=1"),
    ]
    .map(|(scheme, more)| {
        let set = format!("protocol.scheme={scheme}");
        let found = explore(&[&TWO_CLOCKS[..], &[&set, more]].concat());
        assert_eq!(broken(&found), CheckSet::NONE, "{scheme}: {:?}", found.counterexamples);
        (scheme, has_fired(&found, Kind::Pass), has_fired(&found, Kind::Complete))
    });
    let expected = [
        ("pair", true, true),
        ("in-order-transport", true, true),
        ("synchronous", true, false),
        ("epoch", true, true),
        ("cut", true, false),
    ];
    assert_eq!(found, expected);
}

/// What a write waits for is what its process waits for: nothing, all before it, or the writes that a script names.
#[test]
fn writes_wait_for_what_their_processes_wait_for() {
    let after = |workload: &str| -> Vec<u64> {
        let scenario = scenario(&[&format!("host.0.workload={workload}"), "explore.writes=4"]);
        let scope = Scope::new(&scenario).unwrap();
        scope.writes.iter().map(|write| write.after).collect()
    };
    assert_eq!(after(r#"{ kind = "poisson", rate = "100/s", on = ["L1"] }"#), [0, 0, 0, 0]);
    assert_eq!(after(r#"{ kind = "closed-loop", queue_depth = 1, on = ["L1"] }"#), [0, 0b1, 0b11, 0b111]);
    let script = r#"{ kind = "scripted", writes = [{ name = "a", at = "1ms", unit = "L1:1" },
        { name = "b", at = "2ms", unit = "L1:2" }, { name = "c", at = "9ms", unit = "L1:1", after = "b" }] }"#;
    assert_eq!(after(script), [0, 0, 0b10]);
}

/// A number of 8 bits, compared raw, wraps: what bears it is taken for what came long ago, is completed, and is lost.
#[test]
fn a_number_that_wraps_is_taken_for_an_old_one() {
    let base = [ONE_PAIR, "explore.writes=1", "explore.markers_before=255", &writes_to(&[1, 1])];
    let found = explore(&[&base[..], &["protocol.rule.width=8"]].concat());
    let shortest = found.counterexamples.first().unwrap();
    assert_eq!((shortest.check, shortest.steps.len()), (Check::Complete, 1), "{:?}", shortest.steps);
    // The marker takes the last number of 8 bits, and the write is left with the first that wraps.
    assert!(shortest.steps[0].words.starts_with("L1 sends a marker"), "{:?}", shortest.steps);
    assert!(shortest.after.iter().any(|step| step.words.contains("is sent as number 0 of")));
    for kept in
        [&["protocol.rule.width=64"][..], &["protocol.rule.width=serial-8"], &["protocol.rule.width=16"]]
    {
        let found = explore(&[&base[..], kept].concat());
        assert_eq!(broken(&found), CheckSet::NONE, "{kept:?}: {:?}", found.counterexamples);
    }
}

/// A counterexample is told as data, too: what left, what arrived, what was lost, what the hardware saw.
#[test]
fn steps_are_told_as_data() {
    let found = explore(&["protocol.rule.run=longest", ONE_PAIR, &writes_to(&[1, 1])]);
    let steps = &found.counterexamples[0].steps;
    assert_eq!(steps.len(), 5);
    let (first, sent) = (&steps[0], &steps[0].sent);
    assert_eq!((first.kind, first.arrived.as_ref()), (Kind::Issue, None));
    assert_eq!((sent[0].from.as_str(), sent[0].to.as_str()), ("L1", "R1"));
    assert!(first.facts.iter().any(|(_, fact)| matches!(fact, crate::trace::Record::Accepted { .. })));
    let arrived: Vec<_> = steps.iter().filter_map(|step| step.arrived.as_ref()).collect();
    assert!(arrived.iter().any(|travel| travel.to == "the master"), "{arrived:?}");
    let sent: Vec<u32> = steps.iter().flat_map(|step| step.sent.iter().map(|travel| travel.number)).collect();
    assert!(arrived.iter().all(|travel| sent.contains(&travel.number)), "{arrived:?} {sent:?}");
}

/// The steps of a cut are told one by one: which system holds its hosts, which set it captures from then on, which it
/// transfers, commits and applies; and what is held meanwhile.
#[test]
fn the_steps_of_a_cut_are_told() {
    let cut = ["protocol.scheme=cut", "explore.cuts=1", "explore.crashes=1"];
    let scenario = scenario(&[&TWO_CLOCKS[1..], &cut, &[TWO_CLOCKS[0]]].concat());
    let scope = Scope::new(&scenario).unwrap();
    let tell = |steps: &[(Kind, u32)]| -> Vec<String> {
        let steps: Vec<_> = steps.iter().map(|&(kind, what)| Action { kind, what }).collect();
        Machines::new(&scope).tell(&steps).into_iter().map(|told| told.words).collect()
    };
    let (begin, go_on) = ((Kind::Cut, 0), (Kind::Cut, 0));
    let expected = [
        "the cut of g begins: L1 holds its hosts, L1 switches, and captures set 2",
        "H1 issues w0 to L1:1: L1 holds it until the cut is made",
        "the cut of g goes on: L2 holds its hosts, L2 switches, and captures set 2",
        "the cut of g goes on: L1 lets its hosts go on, L2 lets its hosts go on, L1 transfers set 1, \
         L2 transfers set 1, w0 is accepted, w0 is completed",
    ];
    assert_eq!(tell(&[begin, (Kind::Issue, 0), go_on, go_on]), expected);
    let told = tell(&[begin, (Kind::Crash, 1), go_on, go_on]);
    let given_up = "the cut of g is given up, and the next one takes in its writes: L1 lets its hosts go on, \
         L2 lets its hosts go on";
    assert!(told.iter().any(|step| step == given_up), "{told:?}");
    let literal = explore(&[&TWO_CLOCKS[..], &cut[..2], &["protocol.rule.cut-window=none"]].concat());
    let words: Vec<String> = literal.counterexamples[0].steps.iter().map(|step| step.words.clone()).collect();
    let told = words.join("\n");
    for part in ["L2 transfers set 1", "reports up to set 1", "commits up to set 1"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("stamp"), "{told}");
}

/// Without a cut nothing of a cut can be seen: that is said, and which bound is in the way.
#[test]
fn a_scope_of_cuts_has_a_cut() {
    let scenario = scenario(&["protocol.scheme=cut", "explore.cuts=0"]);
    let told = Scope::new(&scenario).map(|_| ()).unwrap_err().to_string();
    assert!(told.starts_with("`cuts` under [explore] is 0"), "{told}");
}

/// `network-sync`: hosts wait for the line. What holds and what breaks is what holds and breaks where they do not, with and
/// without reductions; where a crash may come a write leaves the line in a step of its own.
#[test]
fn hosts_that_wait_for_the_line() {
    let sync = "protocol.acknowledge=network-sync";
    let bounds = ["explore.losses=1", "explore.resends=1"];
    let (at_once, on_line) = (explore(&bounds), explore(&[&bounds[..], &[sync]].concat()));
    assert_eq!((on_line.states, on_line.transitions), (at_once.states, at_once.transitions));
    assert!(!has_fired(&on_line, Kind::LeaveLine));
    let order = CheckSet::of(&[Check::PairOrder, Check::RecoverablePrefix, Check::Causal]);
    for (form, expected) in [("run=next-expected", CheckSet::NONE), ("run=longest", order)] {
        let set = [sync, "explore.losses=1", ONE_PAIR, ONE_BLOCK, &format!("protocol.rule.{form}")];
        let (reduced, whole) = (explore(&set), explore_with(&set, |all| *all = Reductions::default()));
        assert_eq!((broken(&reduced), broken(&whole)), (expected, expected), "{form}");
        assert!(has_fired(&whole, Kind::LeaveLine) && whole.states > reduced.states, "{form}");
    }
    let crash = explore(&[sync, "explore.crashes=1", "explore.writes=1", ONE_PAIR]);
    assert_eq!(broken(&crash), CheckSet::NONE, "{:?}", crash.counterexamples);
    assert!(has_fired(&crash, Kind::LeaveLine));
}

/// Streams that are pulled (`universal-replicator`, `xrc`) and writes that are released when they are destaged (`vvr`): what
/// is promised holds, with and without reductions, and the literal forms break.
#[test]
fn variants_of_streams() {
    let pull: [&str; 2] = ["protocol.send=pull", "protocol.pull.requests=1"];
    let late = ["protocol.release=destaged"];
    for (variant, is_pulled) in [(&pull[..], true), (&late, false), (&[&pull[..], &late].concat(), true)] {
        let one =
            [variant, &["explore.writes=1", "explore.losses=1", "explore.resends=1", ONE_PAIR]].concat();
        let (reduced, whole) = (explore(&one), explore_with(&one, |all| *all = Reductions::default()));
        for found in [&reduced, &whole] {
            assert_eq!(broken(found), CheckSet::NONE, "{variant:?}: {:?}", found.counterexamples);
            for kind in [Kind::ReceiveRequest, Kind::ReceiveAnswer, Kind::Ask] {
                assert_eq!(has_fired(found, kind), is_pulled, "{variant:?}: {kind:?}");
            }
        }
        assert!(whole.states > reduced.states, "{variant:?}");
        let literal = explore(&[variant, &["protocol.rule.run=longest", ONE_PAIR, ONE_BLOCK]].concat());
        assert!(broken(&literal).has(Check::RecoverablePrefix), "{variant:?}: {:?}", literal.counterexamples);
        let crash = explore(&[variant, &["explore.writes=1", "explore.crashes=1", ONE_PAIR]].concat());
        assert_eq!(broken(&crash), CheckSet::NONE, "{variant:?}: {:?}", crash.counterexamples);
    }
    // An idle stream of which nobody hears holds up the others, as where it says so of itself; and write data that is lost
    // is not asked for again.
    let one = ["explore.writes=1", "explore.losses=1", ONE_PAIR];
    for set in
        [&["protocol.rule.idle-stream=hold"][..], &[&one[..], &["protocol.rule.resend=never"]].concat()]
    {
        let found = explore(&[&pull[..], set].concat());
        assert_eq!(found.counterexamples.first().map(|one| one.check), Some(Check::Complete), "{set:?}");
    }
}
