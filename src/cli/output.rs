//! Standard output and colour.

use std::io::{self, IsTerminal, Write as _};

use super::exit::MachineError;
use crate::report::text::Style;

/// Writes all of `text` to standard output, now.
pub(super) fn write(text: &str) -> Result<(), MachineError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(MachineError::Output)
}

/// The style of standard output: colour only for a terminal.
pub(super) fn style() -> Style {
    Style { colour: io::stdout().is_terminal() && colour_is_welcome() }
}

/// Is colour wanted on standard error?
pub(super) fn colour_on_stderr() -> bool {
    io::stderr().is_terminal() && colour_is_welcome()
}

/// <https://no-color.org>: any value that is not empty says no.
fn colour_is_welcome() -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    set("NO_COLOR").is_none() && set("TERM").is_none_or(|terminal| terminal != "dumb")
}
