//! The shard that falls to a task of a job array: `--shard auto` reads it from what the scheduler set in the environment.

use super::plan::Shard;

/// Variables that hold a task's number, but say nothing of how many tasks there are. HyperQueue comes before all
/// others, since its workers may run inside a job of another scheduler.
const HYPER_QUEUE: &str = "HQ_TASK_ID";
const BARE: [&str; 4] =
    ["AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX", "PBS_ARRAY_INDEX", "PBS_ARRAYID"];

impl Shard {
    /// The shard of this task. `get` reads the environment; `of` is the number of tasks, if the user gave it.
    ///
    /// Slurm, SGE and AWS Batch say how many tasks there are. For PBS, Kubernetes indexed jobs and HyperQueue `of`
    /// must; their tasks may be numbered 0 to N-1 or 1 to N. Names of variables: sbatch(1), qsub(1) of SGE and of PBS
    /// Pro and Torque, AWS Batch "Array jobs", Kubernetes "Indexed Job", HyperQueue "Task arrays".
    ///
    /// # Errors
    /// When no scheduler set a task's number, the number of tasks is not known, or the task's number is too large.
    pub(super) fn of_task(of: Option<u64>, get: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let number = |name: &str| get(name).and_then(|text| text.trim().parse::<u64>().ok());
        let part = |name: &str, id: u64, offset: u64, of: Option<u64>| match of {
            Some(of) if offset < of => Ok(Self { index: offset + 1, of }),
            Some(of) => Err(format!("{name} is {id}, which is beyond the last of {of} tasks")),
            None => Err(format!("{name} is set, but not the number of tasks: write auto/N")),
        };
        // Numbers that may begin with 0 or with 1: task N of N tasks is the first one's place.
        let bare =
            |name: &str, id: u64, of: Option<u64>| part(name, id, if of == Some(id) { 0 } else { id }, of);
        if let Some(id) = number(HYPER_QUEUE) {
            return bare(HYPER_QUEUE, id, of);
        }
        if let Some(id) = number("SLURM_ARRAY_TASK_ID") {
            let first = number("SLURM_ARRAY_TASK_MIN").unwrap_or(0);
            let step = number("SLURM_ARRAY_TASK_STEP").unwrap_or(1).max(1);
            let of = of.or_else(|| number("SLURM_ARRAY_TASK_COUNT"));
            return part("SLURM_ARRAY_TASK_ID", id, id.saturating_sub(first) / step, of);
        }
        if let Some(id) = number("SGE_TASK_ID") {
            let first = number("SGE_TASK_FIRST").unwrap_or(1);
            let step = number("SGE_TASK_STEPSIZE").unwrap_or(1).max(1);
            let of = of.or_else(|| Some(number("SGE_TASK_LAST")?.saturating_sub(first) / step + 1));
            return part("SGE_TASK_ID", id, id.saturating_sub(first) / step, of);
        }
        let of = of.or_else(|| number("AWS_BATCH_JOB_ARRAY_SIZE"));
        match BARE.into_iter().find_map(|name| Some((name, number(name)?))) {
            Some((name, id)) => bare(name, id, of),
            None => Err(format!(
                "this is no task of a job array: none of SLURM_ARRAY_TASK_ID, SGE_TASK_ID, {}, {HYPER_QUEUE} is a number",
                BARE.join(", ")
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every task of an array gets a shard of its own, whichever scheduler counts them.
    #[test]
    fn the_tasks_of_an_array_divide_the_sweep() {
        type Environment = fn(u64) -> Vec<(&'static str, u64)>;
        let schedulers: [(Environment, Option<u64>); 11] = [
            (|n| vec![("SLURM_ARRAY_TASK_ID", n), ("SLURM_ARRAY_TASK_COUNT", 4)], None),
            (|n| vec![("SLURM_ARRAY_TASK_ID", n)], Some(4)),
            (
                |n| {
                    vec![
                        ("SLURM_ARRAY_TASK_ID", 10 + 5 * n),
                        ("SLURM_ARRAY_TASK_MIN", 10),
                        ("SLURM_ARRAY_TASK_STEP", 5),
                        ("SLURM_ARRAY_TASK_COUNT", 4),
                    ]
                },
                None,
            ),
            (|n| vec![("SGE_TASK_ID", 1 + 2 * n), ("SGE_TASK_STEPSIZE", 2), ("SGE_TASK_LAST", 7)], None),
            (|n| vec![("SGE_TASK_ID", 5 + n), ("SGE_TASK_FIRST", 5), ("SGE_TASK_LAST", 8)], None),
            (|n| vec![("AWS_BATCH_JOB_ARRAY_INDEX", n), ("AWS_BATCH_JOB_ARRAY_SIZE", 4)], None),
            (|n| vec![("JOB_COMPLETION_INDEX", n)], Some(4)),
            (|n| vec![("PBS_ARRAY_INDEX", 1 + n)], Some(4)),
            (|n| vec![("PBS_ARRAYID", n)], Some(4)),
            (|n| vec![("HQ_TASK_ID", n)], Some(4)),
            (
                |n| vec![("HQ_TASK_ID", 1 + n), ("SLURM_ARRAY_TASK_ID", 9), ("SLURM_ARRAY_TASK_COUNT", 9)],
                Some(4),
            ),
        ];
        for (environment, of) in schedulers {
            let shard = |n: u64| {
                let set = environment(n);
                let get =
                    |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, n)| n.to_string());
                Shard::of_task(of, get).unwrap()
            };
            let mut shards: Vec<u64> = (0..4).map(|n| shard(n).index).collect();
            shards.sort_unstable();
            assert_eq!((shards, shard(0).of), (vec![1, 2, 3, 4], 4), "{:?}", environment(0));
        }
    }

    #[test]
    fn a_task_of_unknown_place_is_refused() {
        let refused = |of: Option<u64>, name: &'static str, text: &'static str| {
            Shard::of_task(of, move |asked| (asked == name).then(|| text.to_owned())).unwrap_err()
        };
        assert!(refused(None, "", "").contains("no task of a job array"));
        assert!(refused(None, "SGE_TASK_ID", "undefined").contains("no task of a job array"));
        for name in BARE.into_iter().chain([HYPER_QUEUE, "SLURM_ARRAY_TASK_ID", "SGE_TASK_ID"]) {
            assert!(refused(None, name, "3").contains("write auto/N"), "{name}");
            assert!(refused(Some(4), name, "6").contains("beyond the last of 4 tasks"), "{name}");
        }
    }
}
