//! Variants of the streams at a remote system: settling as `TrueCopy` does it, and the data acknowledgement.

use super::*;

/// Numbers that are random enough. (The protocol does not know the engine's.)
fn dice(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    }
}

/// `TrueCopy` settles so: when the top of each queue has arrived, the one of the earliest stamp is taken, and so on. With a
/// stream for each queue, and a limit on every change, the very same writes are destaged in the very same order, whatever
/// the order of arrival: a queue whose top is missing is the stream whose end holds the limit down.
#[test]
fn settling_at_the_top_of_each_queue_is_the_limit_time() {
    for seed in 0..300 {
        let mut dice = dice(seed);
        let mut queues: [Vec<u64>; 2] = [vec![], vec![]];
        for serial in 0..12 {
            queues[(dice() % 2) as usize].push(serial);
        }
        let mut to_come: Vec<(usize, u64)> = Vec::new();
        for (pair, queue) in queues.iter().enumerate() {
            for number in 0..queue.len() as u64 {
                to_come.push((pair, number));
            }
        }
        let mut remote = Remote::new(settings(Scheme::Pair, 1, &[]), None);
        let mut arrived: [Vec<bool>; 2] = [vec![false; queues[0].len()], vec![false; queues[1].len()]];
        let (mut landed, mut settled, mut tops) = (vec![], vec![], [0, 0]);
        while !to_come.is_empty() {
            let (pair, number) = to_come.remove((dice() % to_come.len() as u64) as usize);
            let mut said: std::collections::VecDeque<_> =
                remote.receive(pair, number, queues[pair][number as usize]).into();
            while let Some(output) = said.pop_front() {
                match output {
                    RemoteOutput::Report(_, Some(end)) => said.extend(remote.limit(end)),
                    RemoteOutput::Destage { entry, write, .. } => {
                        landed.push(write.serial);
                        said.extend(remote.tell(RemoteInput::Landed(entry)));
                    }
                    _ => {}
                }
            }
            arrived[pair][number as usize] = true;
            let top = |queue: usize, tops: &[usize; 2]| {
                let there = arrived[queue].get(tops[queue]).is_some_and(|arrived| *arrived);
                there.then(|| queues[queue][tops[queue]])
            };
            while let (Some(one), Some(other)) = (top(0, &tops), top(1, &tops)) {
                settled.push(one.min(other));
                tops[usize::from(other < one)] += 1;
            }
            assert_eq!(landed, settled, "seed {seed}");
        }
        assert!(queues.iter().any(Vec::is_empty) || !landed.is_empty(), "seed {seed}");
    }
}

/// The data acknowledgement: completed when it is destaged, by the first copy and by any that comes later, not before.
#[test]
fn a_write_that_is_released_late_is_completed_when_it_is_destaged() {
    let released_late = Settings {
        release: crate::protocol::disk::ordering::streams::Release::Destaged,
        ..settings(Scheme::Group, 1, &[])
    };
    let mut remote = Remote::new(released_late, None);
    let out = remote.receive(0, 1, 1);
    assert_eq!(taken(&out), (vec![1], vec![]));
    let received = |number| RemoteOutput::Complete {
        packet: Packet::Received { stream: StreamId(0), number },
        write: Some(write(number)),
    };
    assert!(out.contains(&received(1)));
    assert_eq!(remote.receive(0, 1, 1), [received(1)], "a copy is no reason");
    remote.receive(0, 0, 0);
    let out = remote.limit(key(20, 1));
    let out = remote.landed(&out);
    assert_eq!((taken(&out).1, destaged(&out)), (vec![0], vec![1]));
    assert_eq!(taken(&remote.receive(0, 0, 0)), (vec![], vec![0]), "its completion may have been lost");
    assert_eq!(taken(&remote.landed(&out)).1, [1]);
}
