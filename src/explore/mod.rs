//! Explores every interleaving of a small scenario: all orders of delivery, with so many losses, duplicates, resends and
//! markers at any point, crashes too (between steps 601 and 602 as well), and a disaster in every state.
//!
//! The machines are those of a run, and so are tracker and checker; nothing is written twice. What is left out is time:
//! it only orders. These reductions are used, and this is why they lose nothing:
//!
//! * **Time is order.** Stamps are ranks of fixing; timers run out whenever their rules allow. Whatever delays and
//!   periods a run has, its events come in one of the orders that are explored.
//! * **A clock that is wrong only orders**: it is ahead or behind by what a few events take, or as coarse as that. Between
//!   two events one unit of time passes, and once in an interleaving more than all clocks are wrong by. A completion that
//!   is held leaves when its time has come: a later one only asks for less.
//! * **A packet under way is a bit.** It may arrive at any later time, or never, so that a lost packet is one that has
//!   not arrived yet, but for the room that its loss makes for a resend. Two equal packets under way differ from one only
//!   when both have arrived: that is the action *duplicate*.
//! * **Where nobody can look, steps are one.** A write is fixed, sent and (unless the scheme waits) completed in one step:
//!   an earlier completion only asks for more. The local unit writes at once what it is given, and the master answers a
//!   report at once: a later answer is a later arrival of the report. Slaves report on every change: a report of any
//!   period says what one of these says that is delivered as late. Where a crash may still come, what it could cut short
//!   is a step of its own.
//! * **Cuts are made at any point** (scheme `cut`): the timers of a coordinator run out whenever its rules allow, with anything
//!   between two local systems that it tells, and a cut is given up at any time while it waits for a system that is down.
//! * **What is rebuilt arrives late** (`network-sync`): how long a group takes, and which of its packets were lost, nobody
//!   sees but by when its writes arrive. A write may leave the line at any time after it was sent; where no crash may come
//!   it does so at once, since an earlier completion only asks for more. What is on the line outlives the local site: what
//!   that leaves is a state to which deliveries alone lead.
//! * **A request of a pulled stream that is given up and made again** says what one says that arrives late, or twice. One that
//!   finds nothing is made again whenever its remote system likes, as often as `markers` says.
//! * **What would reach a system that is down has not arrived yet**, as if it were lost. A local system that goes on sends
//!   again all that is outstanding.
//! * **A place of a cache is a name**, that of the write which stands there, and not the one that was free: nothing is
//!   compared by it but two copies of one write, which are equal. So a state does not remember what came and went in which
//!   order, and the messages of units say the same in more states.
//! * **Hosts issue in the order of the workload**, each write once what it waits for is completed.
//!
//! | room | does |
//! |---|---|
//! | `plan` | the first writes of the workload, and what they wait for |
//! | `scope` | what is explored, and how often what may go wrong |
//! | `action` | what may happen next |
//! | `parts`, `pool` | parts of a state, each held once |
//! | `machines` | one step of the machines of a run: of disk |
//! | `tape` | the same of tape |
//! | `model` | what the search asks of the machines |
//! | `table` | the visited states |
//! | `search` | layer by layer; where each check first breaks |
//! | `completing` | from which states the scenario can still complete |
//! | `told` | steps in words, and as data |
//!
//! A layer is expanded in rounds, on all threads; what a round leads to is entered, and what was never asked before is
//! worked out, in the order of the states. So the result does not depend on the number of threads.
//!
//! Here nothing is decided about order, and nothing judged.

pub mod action;
mod completing;
pub mod machines;
pub mod model;
pub mod parts;
pub mod plan;
pub mod pool;
pub mod scope;
pub mod search;
pub mod table;
pub mod tape;
pub mod told;

pub use action::{Action, Kind};
pub use machines::Machines;
pub use scope::{About, Bounds, ExploreError, Reductions, Scope};
pub use search::{Counterexample, Found, Progress, Search, Stop};
pub use told::{Told, Travel};

use crate::scenario::Scenario;

/// Explores the scope of a scenario, of disk or of tape, on the threads of the pool in which it is called: what it was,
/// and what was found. Unless it is `reduced`, only those interleavings are left out that always are. `watch` is asked
/// now and then, and may stop it.
///
/// # Errors
/// When there is nothing to explore, or too much, or an action that the scope allows never happened.
pub fn explore<'a>(
    scenario: &'a Scenario,
    reduced: bool,
    watch: &mut dyn FnMut(&Progress) -> Option<Stop>,
) -> Result<(About<'a>, Found), ExploreError> {
    if scenario.tape.jobs.is_empty() {
        let mut scope = Scope::new(scenario)?;
        if !reduced {
            scope.reductions = Reductions::default();
        }
        let found = Search::new(Machines::new(&scope)).run(watch)?;
        Ok((scope.about(), found))
    } else {
        let scope = tape::TapeScope::new(scenario)?;
        let found = Search::new(tape::TapeMachines::new(&scope)).run(watch)?;
        Ok((scope.about(), found))
    }
}

#[cfg(test)]
mod tests;
