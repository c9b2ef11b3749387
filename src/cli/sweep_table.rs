//! What `sweep` ends with on the terminal: a line per point, and the paired differences whose interval excludes 0.
//!
//! It reads `points.csv` and `paired.csv`, so it says nothing that they do not.

use std::path::Path;

use super::figures::{shown, signed, with_interval};
use crate::report::text::{Style, count, plural};
use crate::sweep::SweepError;
use crate::sweep::statistics::{PAIRED_NAME, POINTS_NAME};

/// The measures that are shown, and their headings.
const MEASURES: [(&str, &str); 4] = [
    ("broken", "order broken"),
    ("received_lag.mean_s", "received lag, mean"),
    ("received_lag.p99_s", "received lag, p99"),
    ("rpo.max_s", "RPO, max"),
];
/// At most this many points are shown.
const MOST_POINTS: usize = 30;
/// At most this many differences are shown.
const MOST_DIFFERENCES: usize = 12;

/// A row of one of the tables, by the names of its columns.
struct Row {
    columns: std::rc::Rc<Vec<String>>,
    cells: csv::StringRecord,
}

impl Row {
    fn get(&self, column: &str) -> &str {
        let index = self.columns.iter().position(|name| name == column);
        index.and_then(|index| self.cells.get(index)).unwrap_or("")
    }

    fn number(&self, column: &str) -> Option<f64> {
        self.get(column).parse().ok()
    }

    fn interval(&self) -> Option<(f64, f64)> {
        Some((self.number("low_95")?, self.number("high_95")?))
    }
}

/// The rows of these measures.
fn rows(path: &Path, measures: &[(&str, &str)]) -> Result<Vec<Row>, SweepError> {
    let failed = |error: csv::Error| SweepError::file("read", path, error);
    let mut reader = csv::Reader::from_path(path).map_err(failed)?;
    let columns = std::rc::Rc::new(reader.headers().map_err(failed)?.iter().map(str::to_owned).collect());
    let row = |cells: Result<csv::StringRecord, csv::Error>| {
        Ok(Row { columns: std::rc::Rc::clone(&columns), cells: cells.map_err(failed)? })
    };
    let is_shown = |row: &Row| measures.iter().any(|(measure, _)| *measure == row.get("measure"));
    reader.records().map(row).filter(|row| row.as_ref().map_or(true, is_shown)).collect()
}

/// The points and differences of the finished sweep in `folder`, which varies `keys`. `measure` is shown too.
pub(super) fn tell(
    folder: &Path,
    keys: &[&str],
    measure: Option<&str>,
    style: Style,
) -> Result<String, SweepError> {
    let mut measures: Vec<(&str, &str)> = MEASURES.to_vec();
    if let Some(measure) = measure.filter(|measure| MEASURES.iter().all(|(known, _)| known != measure)) {
        measures.push((measure, measure));
    }
    let mut text = points(&rows(&folder.join(POINTS_NAME), &measures)?, keys, &measures, style);
    text.push_str(&differences(&rows(&folder.join(PAIRED_NAME), &measures)?, keys, &measures));
    Ok(text)
}

fn points(rows: &[Row], keys: &[&str], measures: &[(&str, &str)], style: Style) -> String {
    let mut points: Vec<(&str, Vec<&Row>)> = Vec::new();
    for row in rows {
        match points.last_mut() {
            Some((point, of_point)) if *point == row.get("point") => of_point.push(row),
            _ => points.push((row.get("point"), vec![row])),
        }
    }
    // A measure without a value at any point gets no column.
    let has = |measure: &str| rows.iter().any(|row| row.get("measure") == measure);
    let measures: Vec<&(&str, &str)> = measures.iter().filter(|(measure, _)| has(measure)).collect();
    let mut table = crate::report::text::Table::default();
    // One column for all keys: a table that is too wide repeats its first column.
    let keys_heading = if keys.is_empty() { "point".to_owned() } else { keys.join(", ") };
    table.heading(
        [keys_heading.as_str(), "runs"].into_iter().chain(measures.iter().map(|(_, heading)| *heading)),
    );
    let mut is_marked = false;
    for (_, of_point) in points.iter().take(MOST_POINTS) {
        let values: Vec<&str> = keys.iter().map(|key| of_point[0].get(key)).collect();
        let name = if keys.is_empty() { "all".to_owned() } else { values.join(", ") };
        let mut cells = vec![name];
        let n = of_point.iter().filter_map(|row| row.number("n")).fold(0.0, f64::max);
        cells.push(count(n as u64));
        for (measure, _) in &measures {
            let found = of_point.iter().find(|row| row.get("measure") == *measure);
            let cell = found.and_then(|row| Some((row, row.number("mean")?)));
            cells.push(cell.map_or_else(String::new, |(row, mean)| {
                is_marked |= row.interval().is_none();
                with_interval(shown, measure, mean, row.interval())
            }));
        }
        table.row(cells);
    }
    let mut lines = vec![String::new()];
    lines.extend(table.lines(2, style));
    if points.len() > MOST_POINTS {
        lines.push(format!("  and {} more in {POINTS_NAME}", plural(points.len() - MOST_POINTS, "point")));
    }
    lines.push("  Means over runs with 95% intervals.".to_owned());
    if is_marked {
        lines.push(format!("  * no interval; the column `note` of {POINTS_NAME} says why"));
    }
    lines.join("\n") + "\n"
}

/// Paired differences whose interval excludes 0, and of how many, since some do so by chance.
fn differences(rows: &[Row], keys: &[&str], measures: &[(&str, &str)]) -> String {
    let mut lines = Vec::new();
    let mut all = 0;
    for row in rows {
        let Some((measure, heading)) = measures.iter().find(|(measure, _)| *measure == row.get("measure"))
        else {
            continue;
        };
        let (Some(mean), Some((low, high))) = (row.number("mean"), row.interval()) else { continue };
        all += 1;
        if low > 0.0 || high < 0.0 {
            let changed = row.get("key");
            let others = keys.iter().filter(|key| !changed.split(',').any(|of| of == **key));
            let others: Vec<String> = others.map(|key| format!("{key}={}", row.get(key))).collect();
            let at = if others.is_empty() { String::new() } else { format!(" (at {})", others.join(", ")) };
            lines.push(format!(
                "    {changed}: {} against {}{at}: {heading} {}",
                row.get("value"),
                row.get("against"),
                with_interval(signed, measure, mean, Some((low, high)))
            ));
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let found = lines.len();
    let more = found.saturating_sub(MOST_DIFFERENCES);
    lines.truncate(MOST_DIFFERENCES);
    if more > 0 {
        lines.push(format!("    and {more} more in {PAIRED_NAME}"));
    }
    format!(
        "  Paired differences (same seeds) whose 95% interval excludes 0: {found} of {all}\n{}\n",
        lines.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_differences_are_those_of_the_tables() {
        let folder = tempfile::tempdir().unwrap();
        let head = "wan.loss,scheme,measure,n,mean,low_95,high_95,note";
        let points = format!(
            "point,{head}\n0,0,pair,rpo.max_s,3,0.5,0.25,0.75,\n0,0,pair,other,3,1,1,1,\n\
             1,0.1,pair,rpo.max_s,1,2,,,no interval: one run says nothing of its error\n"
        );
        std::fs::write(folder.path().join(POINTS_NAME), points).unwrap();
        let paired = format!(
            "key,value,against,{head}\nwan.loss,0.1,0,0.1,pair,rpo.max_s,3,1.5,1,2,\n\
             wan.loss,0.1,0,0.1,group,rpo.max_s,3,1.5,-1,2,\nwan.loss,0.1,0,0.1,pair,other,3,1.5,1,2,\n"
        );
        std::fs::write(folder.path().join(PAIRED_NAME), paired).unwrap();
        let told = tell(folder.path(), &["wan.loss", "scheme"], None, Style::default()).unwrap();
        assert_eq!(
            told,
            "\n  wan.loss, scheme  runs              RPO, max\n\
             \x20 0, pair              3  500ms [250ms, 750ms]\n\
             \x20 0.1, pair            1                  2s *\n\
             \x20 Means over runs with 95% intervals.\n\
             \x20 * no interval; the column `note` of points.csv says why\n\
             \x20 Paired differences (same seeds) whose 95% interval excludes 0: 1 of 2\n\
             \x20   wan.loss: 0.1 against 0 (at scheme=pair): RPO, max +1.5s [+1s, +2s]\n"
        );
        let more = tell(folder.path(), &["wan.loss", "scheme"], Some("other"), Style::default()).unwrap();
        assert!(more.contains("RPO, max  other\n"), "{more}");
    }
}
