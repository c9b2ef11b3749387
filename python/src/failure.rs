//! Why nothing came of a call, as an exception: the text is that of the command line.

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use rayon::ThreadPoolBuildError;
use rcsim::explore::ExploreError;
use rcsim::running::Failure;

create_exception!(rcsim, Error, PyException, "Nothing came of a call.");
create_exception!(
    rcsim,
    InputError,
    Error,
    "What was asked for cannot be done: exit code 2 of the command line."
);
create_exception!(
    rcsim,
    ScenarioError,
    InputError,
    "A scenario or a setting is wrong. The text says file, line and column, what was found and what was expected; `id` \
     names the kind of error, for example 'unknown-key'."
);
create_exception!(
    rcsim,
    CostError,
    InputError,
    "It would take very long or very much memory. yes=True runs it all the same."
);
create_exception!(
    rcsim,
    MachineError,
    Error,
    "The machine failed: disk, memory. Exit code 3 of the command line."
);

/// What came of it instead, as the exception of its kind.
pub fn failure(failure: Failure) -> PyErr {
    match &failure {
        Failure::Scenario(diagnostic) => {
            let error = ScenarioError::new_err(diagnostic.to_string());
            let named = Python::attach(|py| error.value(py).setattr("id", diagnostic.id()));
            named.map_or_else(|failed| failed, |()| error)
        }
        Failure::Costly(refusal) => CostError::new_err(format!("{refusal} (in Python: yes=True)")),
        _ if failure.is_the_machines() => MachineError::new_err(failure.to_string()),
        _ => InputError::new_err(failure.to_string()),
    }
}

/// What cannot be explored.
pub fn explore_failure(error: ExploreError) -> PyErr {
    match error {
        ExploreError::Simulate(error) => failure(error.into()),
        error => InputError::new_err(error.to_string()),
    }
}

/// There are no threads to be had.
pub fn machine(error: ThreadPoolBuildError) -> PyErr {
    MachineError::new_err(format!("cannot start threads: {error}"))
}
