//! `rcsim validate`: checks scenarios without running them.

use std::path::PathBuf;

use super::exit::{Ending, Failure, UserError};
use super::output;
use crate::report::text;
use crate::scenario;

/// Arguments of `validate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rcsim validate scenarios/demos/*.toml
  rcsim validate my.toml --set wan.loss=0.01")]
pub(super) struct Args {
    /// Scenario files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    scenarios: Vec<PathBuf>,
    /// Sets a key of the scenario, as in `wan.loss=0.01`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Says of each file whether it can be run.
pub(super) fn validate(args: &Args) -> Result<Ending, Failure> {
    let mut diagnostics = Vec::new();
    for path in &args.scenarios {
        match scenario::load(path, &args.set) {
            Ok(scenario) => {
                let mut told = format!("{}: ok: {}\n", path.display(), text::summary(&scenario));
                for phrase in text::recorded(&scenario) {
                    told.push_str("  trace ");
                    told.push_str(&phrase);
                    told.push('\n');
                }
                for warning in scenario::warnings::warnings(&scenario) {
                    told.push_str("  warning ");
                    told.push_str(&warning);
                    told.push('\n');
                }
                output::write(&told)?;
            }
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    if diagnostics.is_empty() {
        Ok(Ending::AsExpected)
    } else {
        Err(UserError::Scenarios(diagnostics).into())
    }
}
