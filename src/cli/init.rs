//! `rcsim init`: a commented scenario to start from.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::exit::{Ending, Failure, MachineError, UserError};
use super::output;
use crate::making::Making;
use crate::scenario;

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rcsim init my.toml     writes my.toml, unless it exists
  rcsim init             prints the scenario")]
pub(super) struct Args {
    /// The file to write; `-` or nothing: standard output
    file: Option<PathBuf>,
    /// Replaces the file if it exists
    #[arg(long)]
    force: bool,
}

/// Writes the scenario.
pub(super) fn init(args: &Args) -> Result<Ending, Failure> {
    match &args.file {
        Some(path) if path.as_os_str() != "-" => write(path, args.force)?,
        _ => output::write(scenario::TEMPLATE)?,
    }
    Ok(Ending::AsExpected)
}

fn write(path: &Path, force: bool) -> Result<(), Failure> {
    let failed = |source| MachineError::File { path: path.to_owned(), source };
    let known = match fs::metadata(path) {
        Ok(known) => Some(known),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error).into()),
    };
    match known {
        Some(known) if known.is_dir() => return Err(UserError::NotAFile(path.to_owned()).into()),
        Some(_) if !force => return Err(UserError::Exists(path.to_owned()).into()),
        // A device or a pipe is written to, never replaced.
        Some(known) if !known.is_file() => fs::write(path, scenario::TEMPLATE).map_err(failed)?,
        _ => write_whole(path, force).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Failure::User(UserError::Exists(path.to_owned())),
            _ => failed(error).into(),
        })?,
    }
    Ok(())
}

/// Writes beside the file and renames: it is there whole, or as it was.
fn write_whole(path: &Path, force: bool) -> io::Result<()> {
    // A link stays a link: what it points to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut making = Making::file(folder, &name)?;
    making.writer().write_all(scenario::TEMPLATE.as_bytes())?;
    making.writer().sync_all()?;
    if force {
        return making.finish(|made| fs::rename(made, &path));
    }
    // A second name fails where a file stands, whoever put it there meanwhile; the first goes with `making`.
    match fs::hard_link(making.path(), &path) {
        // Some disks know one name for a file only.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !path.exists() => {
            making.finish(|made| fs::rename(made, &path))
        }
        linked => linked,
    }
}
