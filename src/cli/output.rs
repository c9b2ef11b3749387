//! Standard output: what is written there, in which colour and how wide.

use std::io::{self, IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

use super::exit::{MachineError, UserError};
use crate::making::{Place, placed};
use crate::report::text::{self, Style};

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Color {
    /// On a terminal; `NO_COLOR` and `CLICOLOR_FORCE` override
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What was chosen: one of the variants above as a number.
static CHOSEN: AtomicU8 = AtomicU8::new(Color::Auto as u8);

/// Takes the choice of colour, and the width of the terminal, for all that is written from now on.
pub(super) fn choose(color: Color) {
    CHOSEN.store(color as u8, Ordering::Relaxed);
    if let Some(columns) = columns() {
        text::set_width(columns);
    }
}

/// Columns of the terminal: as `COLUMNS` says, or the terminal itself; `None` where there is none.
pub(super) fn columns() -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
    let measured = || {
        let size = terminal_size::terminal_size_of(io::stdout());
        size.map(|(terminal_size::Width(columns), _)| usize::from(columns))
    };
    said.or_else(measured).filter(|columns| *columns > 0)
}

/// The choice in the words of the command line, before all of it is understood: errors about it have a colour too.
pub(super) fn color_of(arguments: &[String]) -> Color {
    let mut words = arguments.iter().take_while(|word| *word != "--");
    let mut chosen = Color::Auto;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--color") {
            Some("") => words.next().map(String::as_str),
            Some(rest) => rest.strip_prefix('='),
            None => continue,
        };
        chosen = match value {
            Some("always") => Color::Always,
            Some("never") => Color::Never,
            _ => Color::Auto,
        };
    }
    chosen
}

/// Writes all of `text` to standard output, now.
pub(super) fn write(text: &str) -> Result<(), MachineError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(MachineError::Output)
}

/// A file that is written at the end of a command, and begun before its work: what cannot be written is said then.
#[derive(Debug)]
pub(super) struct OutFile<'a> {
    place: Place,
    path: &'a Path,
}

impl<'a> OutFile<'a> {
    /// Begins the file, if there is to be one.
    pub(super) fn begin(path: Option<&'a Path>) -> Result<Option<Self>, MachineError> {
        let Some(path) = path else { return Ok(None) };
        let place = Place::begin(path).map_err(|source| cannot_write(path, source))?;
        Ok(Some(Self { place, path }))
    }

    /// Writes it, and makes it appear: whole or not at all.
    pub(super) fn finish(mut self, content: impl AsRef<[u8]>) -> Result<(), MachineError> {
        let written = self.place.write_all(content.as_ref()).and_then(|()| self.place.finish());
        written.map_err(|source| cannot_write(self.path, source))
    }
}

fn cannot_write(path: &Path, source: io::Error) -> MachineError {
    MachineError::File { path: path.to_owned(), source }
}

/// Refuses a file that would take the place of one that the command reads, or of another one that it writes.
pub(super) fn apart<'a>(
    read: impl IntoIterator<Item = &'a Path>,
    written: &[(&'static str, Option<&Path>)],
) -> Result<(), UserError> {
    let mut known: Vec<_> = read.into_iter().filter_map(file_at).map(|file| (file, None)).collect();
    for &(option, path) in written {
        let Some((path, file)) = path.and_then(|path| Some((path, file_at(path)?))) else { continue };
        if let Some(&(_, by)) = known.iter().find(|(other, _)| *other == file) {
            return Err(UserError::TwoUses { option, path: path.to_owned(), by });
        }
        known.push((file, Some(option)));
    }
    Ok(())
}

/// The file that stands there or would: one name for it. Pipes and devices serve more than one purpose.
fn file_at(path: &Path) -> Option<PathBuf> {
    match path.metadata() {
        Ok(there) if !there.is_file() => None,
        Ok(_) => path.canonicalize().ok(),
        Err(_) => placed(path).ok(),
    }
}

/// The style of standard output.
pub(super) fn style() -> Style {
    Style { colour: is_wanted(io::stdout().is_terminal()) }
}

/// Is colour wanted on standard error?
pub(super) fn colour_on_stderr() -> bool {
    is_wanted(io::stderr().is_terminal())
}

fn is_wanted(is_terminal: bool) -> bool {
    let chosen = CHOSEN.load(Ordering::Relaxed);
    if chosen == Color::Auto as u8 {
        let environment =
            |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        is_welcome(is_terminal, environment)
    } else {
        chosen == Color::Always as u8
    }
}

/// What the environment says: <https://no-color.org> and <https://bixense.com/clicolors>, the former first.
fn is_welcome(is_terminal: bool, environment: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name| environment(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return false;
    }
    if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    let dull = set("CLICOLOR").is_some_and(|value| value == "0")
        || set("TERM").is_some_and(|terminal| terminal == "dumb");
    is_terminal && !dull
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_asked_in_the_right_order() {
        let welcome = |is_terminal, variables: &[(&str, &str)]| {
            let variables = variables.to_vec();
            is_welcome(is_terminal, move |name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(welcome(true, &[]) && !welcome(false, &[]));
        assert!(!welcome(true, &[("NO_COLOR", "1")]) && welcome(true, &[("NO_COLOR", "")]));
        assert!(welcome(false, &[("CLICOLOR_FORCE", "1")]) && !welcome(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!welcome(true, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
        assert!(!welcome(true, &[("CLICOLOR", "0")]) && !welcome(true, &[("TERM", "dumb")]));
    }

    #[test]
    fn the_choice_is_found_among_the_words() {
        let color =
            |words: &[&str]| color_of(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(color(&["run", "a.toml"]), Color::Auto);
        assert_eq!(color(&["run", "--color", "never", "a.toml"]), Color::Never);
        assert_eq!(color(&["--color=always", "run"]), Color::Always);
        assert_eq!(color(&["run", "--", "--color=always"]), Color::Auto);
    }
}
