//! The published claims 1 to 28, one test each: the element that the claim adds, in our words, shown on a run or on
//! the room that implements it. (From 17 on, a claim of the English text has one more than its published number.)

mod rooms;
mod shown;

use std::collections::{BTreeMap, BTreeSet};

use rcsim::checker::{Check, CheckState};
use rcsim::protocol::disk::{Master, Settings};
use rcsim::trace::{Fate, Key, PacketClass, Record};
use rcsim::units::{Direction, GroupId, LocalId, PairId, RemoteId};
use rcsim::world::build;

use rooms::{Remote, packets_of, pairs_between, stamp};
use shown::{ACROSS, EXEMPLARY, Shown, scenario};

fn settings(text: &str, set: &[&str]) -> Settings {
    build::settings(&scenario(text, set))
}

/// Write data carry content, time stamp and sequence number; the remote system picks by both, and writes in the order
/// in which the local system wrote.
#[test]
fn claim_01_what_is_sent_carries_stamp_and_number_and_lands_in_local_order() {
    let shown = Shown::run(ACROSS, &["protocol.rule.destage=serial"]);
    let issued = shown.issued();
    let group = |write| shown.preamble.pairs[issued[&write].0.index()].group;
    let cached: Vec<_> = shown.cached();
    let arrived: Vec<_> = cached.iter().map(|&(write, _)| write).collect();
    assert_eq!(arrived.len(), issued.len(), "every write came with its stamp and number, once");
    for of in [GroupId(0), GroupId(1)] {
        let of_group =
            |writes: Vec<_>| writes.into_iter().filter(|&write| group(write) == of).collect::<Vec<_>>();
        assert_ne!(of_group(arrived.clone()), of_group(shown.fixed()), "they came in another order");
        assert_eq!(of_group(shown.landed()), of_group(shown.fixed()));
    }
}

/// A limit time is worked out from stamps by way of their numbers, and a write is picked by comparing its stamp with
/// the limit.
#[test]
fn claim_02_nothing_lands_above_the_limit_that_the_numbers_give() {
    nothing_lands_above_the_limit("pair");
}

fn nothing_lands_above_the_limit(scheme: &str) {
    let shown = Shown::run(ACROSS, &[&format!("protocol.scheme={scheme}")]);
    let issued = shown.issued();
    let keys: BTreeMap<_, _> = shown.cached().into_iter().collect();
    let mut limits: BTreeMap<(RemoteId, GroupId), Option<Key>> = BTreeMap::new();
    let mut held_back = 0;
    for (_, record) in &shown.records {
        let limit_of = |remote, write| {
            let group = shown.preamble.pairs[issued[&write].0.index()].group;
            limits.get(&(remote, group)).copied().flatten()
        };
        match *record {
            Record::LimitStored { remote, group: Some(group), limit } => {
                limits.insert((remote, group), limit);
            }
            Record::RemoteCached { write, remote, key } => {
                held_back += usize::from(limit_of(remote, write) < Some(key));
            }
            Record::RemoteDestaged { write, remote, .. } => {
                assert!(Some(keys[&write]) <= limit_of(remote, write), "{write}");
            }
            _ => {}
        }
    }
    assert!(held_back > 100, "the limit held back {held_back} writes");
}

/// The network is connectionless: nothing is set up before the first packet, and each finds its own way.
#[test]
fn claim_03_the_network_is_connectionless() {
    packets_find_their_own_way("pair");
}

fn packets_find_their_own_way(scheme: &str) {
    let shown = Shown::run(ACROSS, &[&format!("protocol.scheme={scheme}")]);
    let mut first = BTreeMap::new();
    let mut fates = BTreeMap::new();
    for (_, record) in &shown.records {
        if let Record::PacketSent { path, direction: Direction::Forward, class, number, fate, .. } = *record {
            first.entry(path).or_insert(class);
            fates.insert((path, number), fate);
        }
    }
    assert!(first.values().all(|class| matches!(class, PacketClass::WriteData | PacketClass::Marker)));
    assert!(
        [Fate::Lost, Fate::Copies(1), Fate::Copies(2)].iter().all(|fate| fates.values().any(|f| f == fate))
    );
    // What follows a lost packet does not wait for it.
    let arrivals = shown.arrivals();
    let overtaken = |&(&(path, number), &fate): &(&(_, u64), &Fate)| {
        fate == Fate::Lost && arrivals[&path].contains(&(number + 1))
    };
    assert!(fates.iter().filter(overtaken).count() > 20);
}

/// The network cannot promise that packets arrive in the order in which they were sent. The order holds all the same.
#[test]
fn claim_04_packets_arrive_in_another_order_than_they_were_sent() {
    packets_arrive_reordered("pair");
}

fn packets_arrive_reordered(scheme: &str) {
    let shown = Shown::run(ACROSS, &[&format!("protocol.scheme={scheme}")]);
    for arrivals in shown.arrivals().values() {
        assert!(arrivals.windows(2).filter(|pair| pair[1] < pair[0]).count() > 20);
    }
    // The same network without numbers: the order is lost.
    for baseline in ["none", "timestamp-only"] {
        let scenario = scenario(ACROSS, &[&format!("protocol.scheme={baseline}")]);
        let outcome =
            rcsim::world::simulate(&scenario, rcsim::metrics::Options::default(), &mut |_| {}).unwrap();
        let prefix = outcome.judgement.verdict.checks.get(Check::RecoverablePrefix);
        assert_eq!(prefix, CheckState::Broken, "{baseline}");
    }
}

/// The network is a wide area network.
#[test]
fn claim_05_the_network_is_a_wide_area_network() {
    order_holds_over_a_wan("pair");
}

fn order_holds_over_a_wan(scheme: &str) {
    let wan = [
        "wan.delay={ distribution = \"lognormal\", mean = \"80ms\", deviation = \"20ms\", minimum = \"50ms\" }",
        "wan.bandwidth=100Mbit/s",
        "wan.mtu=1500B",
        &format!("protocol.scheme={scheme}"),
    ];
    let shown = Shown::run(ACROSS, &wan);
    let sent = |_, record: &Record| match *record {
        Record::PacketSent {
            direction: Direction::Forward, class: PacketClass::WriteData, bytes, ..
        } => Some(bytes),
        _ => None,
    };
    assert!(shown.all(sent).iter().all(|&bytes| bytes <= 1500));
    let cached = shown.first(|record| match *record {
        Record::RemoteCached { write, .. } => Some(write),
        _ => None,
    });
    let issued = shown.first(|record| match *record {
        Record::Issued { write, .. } => Some(write),
        _ => None,
    });
    assert!(cached.iter().all(|(write, at)| at.since(issued[write]).as_secs_f64() >= 0.05));
}

/// Both sides have several storage units, which correspond one to one: what is written on one is on the other.
#[test]
fn claim_06_what_is_on_a_unit_is_on_its_counterpart() {
    let shown = Shown::run(ACROSS, &[]);
    assert_eq!(shown.preamble.pairs.len(), 8);
    assert_eq!(shown.remote_image(), shown.local_image());
    assert!(shown.local_image().len() > 100);
}

/// Both sides have several disk systems; each local one is associated with one or more remote ones, which hold what
/// it holds.
#[test]
fn claim_07_what_is_on_a_system_is_on_the_systems_associated_with_it() {
    systems_are_associated("pair");
}

fn systems_are_associated(scheme: &str) {
    let shown = Shown::run(ACROSS, &[&format!("protocol.scheme={scheme}")]);
    let (local, remote) = (shown.local_image(), shown.remote_image());
    for system in [LocalId(0), LocalId(1)] {
        let of_system = |pair: PairId| shown.preamble.pairs[pair.index()].local == system;
        let associated: BTreeSet<RemoteId> =
            shown.preamble.pairs.iter().filter(|pair| pair.local == system).map(|pair| pair.remote).collect();
        assert_eq!(associated.len(), 2);
        for (place, write) in local.iter().filter(|((pair, _), _)| of_system(*pair)) {
            assert_eq!(remote.get(place), Some(write));
        }
    }
}

/// Every disk system has several units, each associated with one unit of the other side.
#[test]
fn claim_08_units_of_systems_are_associated_one_to_one() {
    units_are_associated("pair");
}

fn units_are_associated(scheme: &str) {
    let shown = Shown::run(ACROSS, &[&format!("protocol.scheme={scheme}")]);
    let pairs = &shown.preamble.pairs;
    let locals: BTreeSet<_> = pairs.iter().map(|pair| (pair.local, pair.local_unit)).collect();
    let remotes: BTreeSet<_> = pairs.iter().map(|pair| (pair.remote, pair.remote_unit)).collect();
    assert_eq!((locals.len(), remotes.len()), (8, 8), "four units of each of two systems, each in one pair");
    assert_eq!(shown.remote_image(), shown.local_image());
}

/// A unit's counterpart does not depend on the system that the unit belongs to.
#[test]
fn claim_09_pairs_are_independent_of_systems() {
    pairs_follow_no_system("pair");
}

fn pairs_follow_no_system(scheme: &str) {
    let shown = Shown::run(ACROSS, &[&format!("protocol.scheme={scheme}")]);
    let between = |local, remote| {
        let pairs = shown.preamble.pairs.iter();
        pairs.filter(|pair| (pair.local, pair.remote) == (LocalId(local), RemoteId(remote))).count()
    };
    assert_eq!([between(0, 0), between(0, 1), between(1, 0), between(1, 1)], [2; 4]);
    assert_eq!(shown.remote_image(), shown.local_image());
}

/// The method: write locally; send content, stamp and number; receive; pick by numbers and stamps what to write.
#[test]
fn claim_10_a_write_is_fixed_sent_received_and_picked() {
    let shown = Shown::run(ACROSS, &[]);
    let fixed = shown.first(|record| match *record {
        Record::Accepted { write } => Some(write),
        _ => None,
    });
    let sent = shown.first(|record| match *record {
        Record::PacketSent { class: PacketClass::WriteData, write, .. } => write,
        _ => None,
    });
    let received = shown.first(|record| match *record {
        Record::RemoteCached { write, .. } => Some(write),
        _ => None,
    });
    let landed = shown.first(|record| match *record {
        Record::RemoteDestaged { write, .. } => Some(write),
        _ => None,
    });
    for write in shown.issued().keys() {
        assert!(
            fixed[write] <= sent[write] && sent[write] < received[write] && received[write] <= landed[write]
        );
    }
}

/// The sequence number goes up by one for the next packet.
#[test]
fn claim_11_the_next_packet_has_the_next_number() {
    let settings = settings(ACROSS, &[]);
    let numbers = packets_of(&settings, &[0, 0, 1, 0]).iter().map(|data| data.number).collect::<Vec<_>>();
    assert_eq!(numbers, [0, 1, 0, 2], "pair 1 has a counter of its own");
}

/// The method picks by a limit time. The patent's example: A 10:00, B 10:02, C 10:04; limit 10:01, then 10:03.
#[test]
fn claim_12_the_limit_time_permits_what_is_earlier() {
    let settings = settings(ACROSS, &[]);
    let mut remote = Remote::new(&settings, 0);
    for (number, time) in [(2, 1004), (0, 1000), (1, 1002)] {
        remote.receives(0, number, time);
    }
    assert_eq!(remote.destages_up_to(stamp(1001)), [1000]);
    assert_eq!(remote.destages_up_to(stamp(1003)), [1002]);
    nothing_lands_above_the_limit("group");
}

/// A local and a remote unit make a remote copy pair: what goes to one lands on the other, at the same position.
#[test]
fn claim_13_a_write_lands_on_the_unit_paired_with_its_own() {
    let shown = Shown::run(ACROSS, &[]);
    let issued = shown.issued();
    let landings = shown.all(|_, record| match *record {
        Record::RemoteDestaged { write, remote, unit, position } => Some((write, (remote, unit, position))),
        _ => None,
    });
    for (write, place) in landings {
        let (pair, position) = issued[&write];
        let pair = shown.preamble.pairs[pair.index()];
        assert_eq!(place, (pair.remote, pair.remote_unit, position));
    }
}

/// For each list of numbers: the longest run, its highest number, the stamp of that; and of those the earliest. The
/// patent's list gives 26. (Rule `run = "longest"` is this text; the default starts from the next expected number.)
#[test]
fn claim_14_the_earliest_stamp_at_the_ends_of_the_longest_runs() {
    let literal = settings(ACROSS, &["protocol.rule.run=longest", "protocol.limit_period=10ms"]);
    let mut remote = Remote::new(&literal, 0);
    // Of system R1, pairs 0 and 2 are in the first group.
    for number in (11..=26).chain([28, 29]).rev() {
        remote.receives(0, number, 100 + number);
    }
    for number in [3, 5, 6, 7] {
        remote.receives(2, number, 200 + number);
    }
    let report = |remote: &mut Remote| remote.reports()[0].1.map(|key| (key.stamp, key.number));
    assert_eq!(report(&mut remote), Some((126, 26)));
    // An earlier end of the other list is the earliest.
    let mut remote = Remote::new(&literal, 0);
    remote.receives(0, 26, 126);
    remote.receives(2, 7, 107);
    assert_eq!(report(&mut remote), Some((107, 7)));
}

/// As claim 7, for the method.
#[test]
fn claim_15_systems_of_the_method_are_associated() {
    systems_are_associated("remote-system");
}

/// As claim 8, for the method.
#[test]
fn claim_16_units_of_the_method_are_associated() {
    units_are_associated("remote-system");
}

/// As claim 9, for the method: a unit's counterpart does not depend on its local system.
#[test]
fn claim_17_pairs_of_the_method_are_independent_of_systems() {
    pairs_follow_no_system("group");
}

/// Writing and sending are asynchronous: the host has its completion before the remote system has the write, and a
/// packet does not wait for the completion of the one before.
#[test]
fn claim_18_writing_does_not_wait_for_sending() {
    let completed = |shown: &Shown| {
        shown.first(|record| match *record {
            Record::Completed { write } => Some(write),
            _ => None,
        })
    };
    let cached = |shown: &Shown| {
        shown.first(|record| match *record {
            Record::RemoteCached { write, .. } => Some(write),
            _ => None,
        })
    };
    let shown = Shown::run(ACROSS, &[]);
    let (received, told) = (cached(&shown), completed(&shown));
    assert!(told.iter().all(|(write, at)| *at < received[write]));
    assert_eq!(packets_of(&settings(ACROSS, &[]), &[0, 0, 0]).len(), 3, "sent without one completion");
    // The baseline that is not asynchronous.
    let shown = Shown::run(ACROSS, &["protocol.scheme=synchronous"]);
    let (received, told) = (cached(&shown), completed(&shown));
    assert!(told.iter().all(|(write, at)| *at > received[write]));
}

/// As claim 3, for the method.
#[test]
fn claim_19_the_network_of_the_method_is_connectionless() {
    packets_find_their_own_way("group");
}

/// As claim 4, for the method.
#[test]
fn claim_20_packets_of_the_method_arrive_in_another_order() {
    packets_arrive_reordered("remote-system");
}

/// As claim 5, for the method.
#[test]
fn claim_21_the_network_of_the_method_is_a_wide_area_network() {
    order_holds_over_a_wan("group");
}

/// Several stores on both sides: the earliest end of a run at each remote store; the earliest of these is the limit
/// time; at each store the earliest write is the candidate, and goes if it is earlier than the limit.
#[test]
fn claim_22_the_limit_is_the_earliest_end_and_candidates_before_it_go() {
    // "Earlier than the limit time" is rule `compare = "less"`; the longest run is rule `run = "longest"`.
    let set = [
        "protocol.rule.run=longest",
        "protocol.rule.idle-stream=exclude",
        "protocol.rule.compare=less",
        "protocol.limit_period=10ms",
    ];
    let settings = settings(ACROSS, &set);
    let mut stores = [Remote::new(&settings, 0), Remote::new(&settings, 1)];
    // R1 has pairs 0 and 2 of the first group, R2 has 1 and 3.
    for (store, pair, number, time) in
        [(0, 0, 0, 10), (0, 0, 1, 30), (0, 2, 0, 40), (1, 1, 0, 20), (1, 1, 1, 50)]
    {
        stores[store].receives(pair, number, time);
    }
    let mut master = Master::new(&settings);
    let reports: Vec<_> = stores.iter_mut().map(Remote::reports).collect();
    let end = |store: usize| reports[store][0].1.map(|key| key.stamp);
    assert_eq!((end(0), end(1)), (Some(30), Some(50)));
    for (remote, report) in reports.iter().enumerate() {
        master.handle_report(RemoteId::from(remote), report);
    }
    let mut limits = Vec::new();
    master.run(&settings, &mut limits);
    let limit = limits.iter().find(|(_, domain, _)| domain.0 == 0).and_then(|&(_, _, limit)| limit).unwrap();
    assert_eq!(limit.stamp, 30);
    assert_eq!(stores[0].destages_up_to(limit), [10], "30 is not earlier than the limit");
    assert_eq!(stores[1].destages_up_to(limit), [20]);
}

/// The local side is one or more disk systems of one or more drives each, and so is the remote side; a local drive and
/// a remote drive make a pair.
#[test]
fn claim_23_drives_of_one_system_or_several_make_pairs() {
    let one = scenario(EXEMPLARY, &[]);
    assert_eq!((one.local_systems().len(), one.remote_systems().len(), one.pairs().len()), (1, 2, 7));
    let several = scenario(ACROSS, &[]);
    assert_eq!(
        (several.local_systems().len(), several.remote_systems().len(), several.pairs().len()),
        (2, 2, 8)
    );
    for scenario in [one, several] {
        let drives: BTreeSet<_> = scenario.pairs().iter().map(|pair| pair.local).collect();
        let counterparts: BTreeSet<_> =
            scenario.pairs().iter().map(|pair| (pair.remote, pair.remote_unit)).collect();
        assert_eq!((drives.len(), counterparts.len()), (scenario.pairs().len(), scenario.pairs().len()));
    }
}

/// A sequence number for each remote copy pair (Fig. 2): seven in the exemplary configuration.
#[test]
fn claim_24_each_pair_has_a_sequence_number() {
    let settings = settings(EXEMPLARY, &["protocol.scheme=pair"]);
    assert_eq!(settings.sequence_counters(), 7);
    let numbers =
        packets_of(&settings, &[0, 1, 2, 3, 4, 5, 6, 3]).iter().map(|data| data.number).collect::<Vec<_>>();
    assert_eq!(numbers, [0, 0, 0, 0, 0, 0, 0, 1]);
}

/// What is received is listed by remote copy pair.
#[test]
fn claim_25_packets_are_grouped_by_pair() {
    let settings = settings(ACROSS, &["protocol.scheme=pair"]);
    let lists = &settings.received[0];
    let pairs: Vec<_> =
        lists.iter().map(|list| settings.layout.streams[list.index()].pairs.clone()).collect();
    let mut of_r1 = [pairs_between(&settings, 0, 0), pairs_between(&settings, 1, 0)].concat();
    of_r1.sort_unstable();
    let mut listed = pairs.concat();
    listed.sort_unstable();
    assert!(pairs.iter().all(|pairs| pairs.len() == 1));
    assert_eq!(listed, of_r1);
}

/// A sequence number for each local and remote disk system with a common pair (Fig. 3): two in the exemplary
/// configuration.
#[test]
fn claim_26_each_two_systems_with_a_common_pair_have_a_sequence_number() {
    let settings = settings(EXEMPLARY, &["protocol.scheme=remote-system"]);
    assert_eq!(settings.sequence_counters(), 2);
    // Pairs 0 to 3 of the file are the first group: two to R1, two to R2.
    let numbers = packets_of(&settings, &[0, 1, 2, 3]).iter().map(|data| data.number).collect::<Vec<_>>();
    assert_eq!(numbers, [0, 1, 0, 1]);
}

/// What is received is listed by the local disk system that sent it.
#[test]
fn claim_27_packets_are_grouped_by_the_local_system_that_sent_them() {
    let settings = settings(ACROSS, &["protocol.scheme=remote-system"]);
    for remote in 0..2 {
        let lists =
            settings.received[remote as usize].iter().map(|list| &settings.layout.streams[list.index()]);
        let by_system: Vec<_> = lists.map(|list| (list.key.local, list.pairs.clone())).collect();
        let of = |local: u32| (LocalId(local), pairs_between(&settings, local, remote));
        assert_eq!(by_system, [of(0), of(1)]);
    }
}

/// Each pair belongs to one of several groups; a sequence number for each local and remote disk system with a common
/// group (Fig. 4): four in the exemplary configuration.
#[test]
fn claim_28_each_two_systems_with_a_common_group_have_a_sequence_number() {
    let settings = settings(EXEMPLARY, &["protocol.scheme=group"]);
    assert_eq!(settings.sequence_counters(), 4);
    // One write to each pair: 0 to 3 are of the first group, 4 to 6 of the second; the groups count by themselves.
    let numbers =
        packets_of(&settings, &[0, 1, 2, 3, 4, 5, 6]).iter().map(|data| data.number).collect::<Vec<_>>();
    assert_eq!(numbers, [0, 1, 0, 1, 0, 1, 0]);
    let shown = Shown::run(ACROSS, &["protocol.scheme=group"]);
    assert_eq!(shown.outcome.sequence_counters, 8, "two groups between each two of two systems");
}
