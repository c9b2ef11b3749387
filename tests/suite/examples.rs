//! The examples of the library run, and hold what they say.

#[path = "../../examples/drive_machines.rs"]
mod drive_machines;
#[path = "../../examples/run_and_judge.rs"]
mod run_and_judge;
#[path = "../../examples/watch.rs"]
mod watch;

#[test]
fn a_scenario_is_run_and_judged() {
    run_and_judge::main().unwrap();
}

#[test]
fn a_run_is_watched() {
    watch::main().unwrap();
}

#[test]
fn the_machines_are_driven_by_hand() {
    drive_machines::main();
}
