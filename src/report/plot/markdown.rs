//! `index.md`: the page as Markdown, for a repository or a wiki. Figures and tables stand in files beside it.

use std::fmt::Write as _;

use super::page::{Page, value_rows};
use super::{Format, PAGE_NAME};

impl Page<'_> {
    /// The page as Markdown; figures are shown in the first of `formats` that a browser shows.
    pub fn markdown(&self, formats: &[Format]) -> String {
        let mut text =
            format!("# {}\n\n{}. [The page]({PAGE_NAME})\n", plain(&self.title), plain(&self.subtitle));
        for (name, value) in &self.facts {
            let _ = write!(text, "\n- {}: {}", plain(name), plain(value));
        }
        text.push('\n');
        if let Some(verdicts) = &self.verdicts {
            text.push_str("\n## Expected\n\n");
            let headings = verdicts.headings.iter().map(String::as_str).chain(["met"]);
            text.push_str(&row(headings.clone()));
            text.push_str(&row(headings.map(|_| "---")));
            for (is_met, cells) in &verdicts.rows {
                let met = if *is_met { "yes" } else { "**no**" };
                text.push_str(&row(cells.iter().map(String::as_str).chain([met])));
            }
        }
        let shown = if formats.contains(&Format::Svg) || formats.is_empty() { "svg" } else { "png" };
        for (figure, _) in &self.figures {
            let title = if figure.title.is_empty() { &figure.y.label } else { &figure.title };
            let title = plain(title);
            let _ = write!(text, "\n## {title}\n\n![{title}]({}.{shown})\n\n", figure.name);
            let _ = writeln!(text, "{} [Values as CSV]({}.csv)", plain(&figure.caption), figure.name);
            let rows = value_rows(figure);
            if rows.is_empty() {
                continue;
            }
            let headings = ["curve", &figure.x.label, &figure.y.label, "from", "to", "runs", ""];
            text.push('\n');
            text.push_str(&row(headings));
            text.push_str(&row(headings.map(|_| "---")));
            for cells in rows {
                text.push_str(&row(cells.iter().map(String::as_str)));
            }
        }
        if !self.commands.is_empty() {
            let _ = write!(text, "\n## Reproduce\n\n```\n{}\n```\n", self.commands.join("\n"));
        }
        text
    }
}

/// A row of a table.
fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(plain).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// Text in which nothing is a mark of Markdown that could break a row, or a tag.
fn plain(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\r', '\n'], " ")
}
