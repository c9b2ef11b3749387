//! `rcsim completions`: completions for a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::exit::{Ending, Failure};
use super::{Cli, output};

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  rcsim completions bash > ~/.local/share/bash-completion/completions/rcsim")]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

/// Prints the completions.
pub(super) fn completions(args: &Args) -> Result<Ending, Failure> {
    // Into memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "rcsim", &mut script);
    output::write(&String::from_utf8_lossy(&script))?;
    Ok(Ending::AsExpected)
}
