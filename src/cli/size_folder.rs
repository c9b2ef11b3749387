//! The folder of `rcsim size --out`: there whole, or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::exit::{Failure, MachineError};
use super::size::SizeError;
use crate::making::{Making, home_of};
use crate::measures::lookup;
use crate::metrics::Basis;
use crate::report::plot::{Axis, Curve, Figure, Kind, Look, Point, Quantity, Scale, draw_png, draw_svg};
use crate::report::sizing::SizedResult;
use crate::scenario::files::{self, KEPT, kept_name};
use crate::scenario::validated::ExpectFigure;
use crate::size::What;

/// A folder in the making; dropped before [`SizeFolder::commit`], it leaves nothing behind.
pub(super) struct SizeFolder {
    target: PathBuf,
    making: Making,
}

impl SizeFolder {
    /// Begins what will be the folder `path`: it must not be there, or be empty.
    pub(super) fn begin(path: &Path) -> Result<Self, Failure> {
        // A link to an empty folder stays a link.
        let target = match fs::canonicalize(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => std::path::absolute(path),
            found => found,
        };
        let target = target.map_err(|source| failed(path, source))?;
        let is_empty = || fs::read_dir(&target).is_ok_and(|mut entries| entries.next().is_none());
        if fs::symlink_metadata(&target).is_ok() && !is_empty() {
            return Err(SizeError::InTheWay(path.to_owned()).into());
        }
        let above = target.parent().unwrap_or(Path::new("/"));
        let home = if above.is_dir() { above } else { home_of(above).unwrap_or(Path::new("/")) };
        let name = target.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let making = Making::folder(home, &name).map_err(|source| failed(path, source))?;
        Ok(Self { target, making })
    }

    /// Writes a file.
    pub(super) fn put(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        fs::write(self.making.path().join(name), content)
            .map_err(|source| failed(&self.target.join(name), source).into())
    }

    /// Keeps a copy of each file that the scenario names, so that the scenarios here mean the same.
    pub(super) fn keep(&self, scenario: &Path, settings: &[String]) -> Result<(), Failure> {
        let text = fs::read_to_string(scenario).map_err(|source| failed(scenario, source))?;
        let base = scenario.parent().unwrap_or(Path::new(""));
        let folder = self.making.path().join(KEPT);
        for name in files::named(&text, settings, base) {
            let found = files::find(base, &name);
            if found.is_file() {
                let copied = fs::create_dir_all(&folder)
                    .and_then(|()| fs::copy(&found, folder.join(kept_name(&name))));
                copied.map_err(|source| failed(&found, source))?;
            }
        }
        Ok(())
    }

    /// Draws a target against what is sized.
    pub(super) fn draw(&self, what: What, sized: &SizedResult, target: &ExpectFigure) -> Result<(), Failure> {
        let figure = figure(what, sized, target);
        self.put(&format!("{}.svg", figure.name), draw_svg(&figure)?.as_bytes())?;
        draw_png(&figure, &self.making.path().join(format!("{}.png", figure.name)))?;
        self.put(&format!("{}.csv", figure.name), &figure.csv())
    }

    /// Gives the folder its name.
    pub(super) fn commit(self) -> Result<(), Failure> {
        let Self { target, making } = self;
        let place = |made: &Path| {
            if let Some(above) = target.parent() {
                fs::create_dir_all(above)?;
            }
            match fs::remove_dir(&target) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => fs::rename(made, &target),
            }
        };
        making.finish(place).map_err(|source| failed(&target, source).into())
    }
}

fn failed(path: &Path, source: io::Error) -> MachineError {
    MachineError::File { path: path.to_owned(), source }
}

fn figure(what: What, sized: &SizedResult, target: &ExpectFigure) -> Figure {
    let known = lookup(&target.path);
    let (label, quantity) =
        known.map_or_else(|| (target.path.clone(), Quantity::Number), |known| (known.label, known.quantity));
    let of = sized.curve.iter().filter(|point| point.figure == target.path);
    let points: Vec<Point> = of
        .filter_map(|point| {
            let y = point.mean?;
            let basis = if point.low_95.is_some() { Basis::Student } else { Basis::OneRun };
            Some(Point {
                low: point.low_95.unwrap_or(y),
                high: point.high_95.unwrap_or(y),
                runs: point.runs as u32,
                basis: Some(basis),
                ..Point::exact(point.value as f64, y)
            })
        })
        .collect();
    let ends = points.first().zip(points.last()).map(|(first, last)| (first.x, last.x));
    let limit = ends.map_or_else(Vec::new, |(first, last)| {
        vec![Point::exact(first, target.limit), Point::exact(last, target.limit)]
    });
    let x_quantity = if what == What::Line { Quantity::BitsPerSecond } else { Quantity::Bytes };
    let x_label = match what {
        What::Line => "Rate of each line",
        What::LocalCache => "Cache of each local system",
        What::RemoteCache => "Cache of each remote system",
    };
    let stem: String = target.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let runs = sized.by_seed.len();
    Figure {
        name: format!("{}-{stem}", what.name()),
        title: format!("{label} against the {}", what.noun()),
        caption: format!(
            "{label} against the {}. {runs} runs (seeds) at each point; bars are Student intervals of 95 % of their mean. \
             Dotted: the target, {} {}.",
            what.noun(),
            target.name,
            target.written
        ),
        x: Axis { scale: Scale::Linear, ..Axis::new(x_label, x_quantity) },
        y: Axis::new(label, quantity),
        curves: vec![
            Curve { name: "measured".into(), look: Look::plain(0), kind: Kind::Measured, points, panel: 0 },
            Curve {
                name: "target".into(),
                look: Look::plain(1),
                kind: Kind::Theory,
                points: limit,
                panel: 0,
            },
        ],
        shades: Vec::new(),
        ..Figure::default()
    }
}
