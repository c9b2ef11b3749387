//! `rcsim init`: a commented scenario to start from.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::exit::{Ending, Failure, MachineError, UserError};
use super::output::{self, OutFile};
use crate::making::{Making, placed};
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
    match fs::metadata(path) {
        Ok(known) if known.is_dir() => return Err(UserError::NotAFile(path.to_owned()).into()),
        Ok(_) if !force => return Err(UserError::Exists(path.to_owned()).into()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error).into()),
        Err(_) if !force => {
            return write_new(path).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => UserError::Exists(path.to_owned()).into(),
                _ => failed(error).into(),
            });
        }
        Ok(_) | Err(_) => {}
    }
    match OutFile::begin(Some(path))? {
        Some(file) => Ok(file.finish(scenario::TEMPLATE)?),
        None => Ok(()),
    }
}

/// Writes beside where the file will be: it is there whole, or what stands there meanwhile is as it was.
fn write_new(path: &Path) -> io::Result<()> {
    let path = placed(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut making = Making::file(path.parent().unwrap_or(Path::new(".")), &name)?;
    making.writer().write_all(scenario::TEMPLATE.as_bytes())?;
    making.writer().sync_all()?;
    // A second name fails where a file stands, whoever put it there meanwhile; the first goes with `making`.
    match fs::hard_link(making.path(), &path) {
        // Some disks know one name for a file only.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !path.exists() => {
            making.finish(|made| fs::rename(made, &path))
        }
        linked => linked,
    }
}
