//! `report.html`: figures, tables, scenario and commands in one file that needs no network.

use std::fmt::Write as _;

use super::Verdicts;
use super::axis::tell;
use super::figure::{Figure, Kind, Point, Quantity};
use crate::metrics::Basis;

/// What stands on the page.
pub struct Page<'a> {
    /// Its heading.
    pub title: String,
    /// One line below it.
    pub subtitle: String,
    /// A table of facts: name and value.
    pub facts: Vec<(String, String)>,
    /// What is said before the figures.
    pub sections: Vec<Section>,
    /// Figures, each with its picture.
    pub figures: Vec<(&'a Figure, Picture)>,
    /// The text of the scenario.
    pub scenario: Option<String>,
    /// The commands that reproduce it, one a line.
    pub commands: Vec<String>,
    /// What was expected, and whether it is so.
    pub verdicts: Option<Verdicts>,
}

/// A figure as SVG for a wide and for a narrow window.
#[derive(Clone, Debug)]
pub struct Picture {
    /// As its file has it.
    pub wide: String,
    /// With letters that can be read at 400 pixels; `None` if the wide one can.
    pub narrow: Option<String>,
}

/// A part of the page.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Where links lead.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// Its content, as HTML.
    pub html: String,
}

/// All follows the reader's colour scheme. Figures are drawn for paper: in the dark, white, ink and grid take the colours of the
/// page, and black curves become white. A narrow window has figures with larger letters.
const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#222;--paper:#fff;--faint:#555;--line:#ddd;--link:#0072b2;--shade:#f6f6f6;\
--missing:#c0392b;--present:#0072b2;--limit:#00805c;--good:#00704d;--bad:#b3261e}\
@media (prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#17191c;--faint:#b0b0b0;--line:#3c4045;--link:#6cb8f0;\
--shade:#22262b;--missing:#ff8a75;--present:#6cb8f0;--limit:#4fd1a5;--good:#4fd1a5;--bad:#ff8a75}}\
body{font:16px/1.5 'DejaVu Sans',Verdana,Arial,sans-serif;color:var(--ink);background:var(--paper);max-width:62rem;\
margin:2rem auto;padding:0 1rem;overflow-wrap:break-word}\
h1{font-size:1.6rem;margin-bottom:.2rem}h2{font-size:1.2rem;margin-top:2.5rem;border-bottom:1px solid var(--line)}\
@media (prefers-color-scheme:dark){figure svg [fill=\"#FFFFFF\"]{fill:var(--paper)}\
figure svg [fill=\"#222222\"]{fill:var(--ink)}figure svg [stroke=\"#222222\"]{stroke:var(--faint)}\
figure svg [stroke=\"#DEDEDE\"]{stroke:#454a50}figure svg [stroke=\"#F0F0F0\"]{stroke:#2c3035}\
figure svg [fill=\"#ECECEC\"]{fill:#2f343a}figure svg [stroke=\"#000000\"]{stroke:#fff}\
figure svg [fill=\"#000000\"]{fill:#fff}figure svg [stroke=\"#808080\"]{stroke:#9aa0a6}\
figure svg [fill=\"#808080\"]{fill:#9aa0a6}figure svg [stroke=\"#332288\"]{stroke:#9a8cf5}\
figure svg [fill=\"#332288\"]{fill:#9a8cf5}figure svg [stroke=\"#663300\"]{stroke:#d19a66}\
figure svg [fill=\"#663300\"]{fill:#d19a66}figure svg [stroke=\"#882255\"]{stroke:#e07aa8}\
figure svg [fill=\"#882255\"]{fill:#e07aa8}figure svg [stroke=\"#0072B2\"]{stroke:#3d9be0}\
figure svg [fill=\"#0072B2\"]{fill:#3d9be0}}\
.narrow{display:none}@media (max-width:600px){.wide{display:none}.narrow{display:block}}\
@media print{.wide{display:block}.narrow{display:none}}\
.sub{color:var(--faint);margin-top:0}figure{margin:2rem 0;break-inside:avoid}figure svg{width:100%;height:auto}figure svg.space-time{background:none;max-width:40rem;display:block}\
.space-time line{stroke:var(--ink);stroke-width:1}.space-time text{font:9.5px 'DejaVu Sans',Verdana,Arial,sans-serif;\
fill:var(--ink);paint-order:stroke;stroke:var(--paper);stroke-width:2.5px;stroke-linejoin:round}\
.space-time text.site{font-size:11px;font-weight:bold}.space-time line.site{stroke:var(--faint)}\
.space-time text.time{fill:var(--faint);font-size:9px}.space-time .w0 line,.space-time line.w0{stroke:var(--missing);\
stroke-width:1.6}.space-time .w1 line,.space-time line.w1{stroke:var(--present);stroke-width:1.6}\
.space-time circle.w0{fill:var(--missing)}.space-time circle.w1{fill:var(--present)}\
.space-time .back line{stroke-width:.9}.space-time .way line{stroke-dasharray:5 3}\
.space-time line.front{stroke:var(--limit);stroke-dasharray:2 2;stroke-width:1.4}\
.space-time line.violation{stroke:var(--bad);stroke-dasharray:7 3;stroke-width:1.4}\
.checks td,.checks th{text-align:left}.holds{color:var(--good)}.broken{color:var(--bad);font-weight:bold}\
.not-checked,.not-judged{color:var(--faint)}\
.story td,.story th{text-align:left;vertical-align:top}.story td:last-child{white-space:normal;min-width:11rem}\
figcaption{color:var(--faint);font-size:.9rem}details{margin:.5rem 0}summary{cursor:pointer;color:var(--link)}\
table{border-collapse:collapse;font-size:.85rem;margin:.5rem 0;display:block;overflow-x:auto}\
th,td{padding:.25rem .7rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap;\
font-variant-numeric:tabular-nums}\
th:first-child,td:first-child{text-align:left}thead th{border-bottom:2px solid var(--faint)}\
.facts td{text-align:left;white-space:normal;overflow-wrap:anywhere}.groups th{white-space:normal}\
@media (max-width:600px){th,td{padding:.25rem .35rem}.story td:last-child{min-width:8rem}}\
pre{background:var(--shade);padding:.8rem;overflow-x:auto;font:.82rem/1.45 'DejaVu Sans Mono',monospace}\
pre.commands{white-space:pre-wrap;overflow-wrap:anywhere}\
nav a{margin-right:1rem;color:var(--link)}";

impl Page<'_> {
    /// The page as HTML.
    pub fn html(&self) -> String {
        let title = escape(&self.title);
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <h1>{title}</h1>\n<p class=\"sub\">{}</p>\n",
            escape(&self.subtitle)
        );
        self.facts_html(&mut html);
        for Section { id, title, html: content } in &self.sections {
            let _ = write!(html, "<h2 id=\"{id}\">{}</h2>\n{content}", escape(title));
        }
        if let Some(verdicts) = &self.verdicts {
            html.push_str(&verdicts_html(verdicts));
        }
        if !self.figures.is_empty() {
            html.push_str("<h2>Figures</h2>\n<nav>");
            for (figure, _) in &self.figures {
                let _ = write!(html, "<a href=\"#{}\">{}</a> ", figure.name, escape(&figure.title));
            }
            html.push_str("</nav>\n");
        }
        for (figure, picture) in &self.figures {
            let svg = picture.html();
            let _ = write!(
                html,
                "<figure id=\"{}\">\n{svg}\n<figcaption>{}</figcaption>\n{}</figure>\n",
                figure.name,
                escape(&figure.caption),
                points_table(figure)
            );
        }
        if !self.commands.is_empty() {
            let _ = write!(
                html,
                "<h2>Reproduce</h2>\n<pre class=\"commands\">{}</pre>\n",
                escape(&self.commands.join("\n"))
            );
        }
        if let Some(scenario) = &self.scenario {
            let _ = write!(html, "<h2>Scenario</h2>\n<pre>{}</pre>\n", escape(scenario.trim_end()));
        }
        html.push_str("</body>\n</html>\n");
        html
    }

    fn facts_html(&self, html: &mut String) {
        if self.facts.is_empty() {
            return;
        }
        html.push_str("<table class=\"facts\">\n");
        for (name, value) in &self.facts {
            let _ = writeln!(html, "<tr><td>{}</td><td>{}</td></tr>", escape(name), escape(value));
        }
        html.push_str("</table>\n");
    }
}

impl Picture {
    fn html(&self) -> String {
        let Some(narrow) = &self.narrow else { return self.wide.clone() };
        format!("<div class=\"wide\">\n{}\n</div>\n<div class=\"narrow\">\n{narrow}\n</div>", self.wide)
    }
}

/// What was expected, a row each.
fn verdicts_html(verdicts: &Verdicts) -> String {
    let mut html = String::from("<h2 id=\"expected\">Expected</h2>\n<table class=\"checks\">\n<thead><tr>");
    for heading in verdicts.headings.iter().map(String::as_str).chain([""]) {
        let _ = write!(html, "<th>{}</th>", escape(heading));
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for (is_met, cells) in &verdicts.rows {
        html.push_str("<tr>");
        for cell in cells {
            let _ = write!(html, "<td>{}</td>", escape(cell));
        }
        let (class, word) = if *is_met { ("holds", "met") } else { ("broken", "not met") };
        let _ = writeln!(html, "<td class=\"{class}\">{word}</td></tr>");
    }
    html.push_str("</tbody>\n</table>\n");
    html
}

/// What a figure of measurements shows, as a table that folds; nothing for a time series.
fn points_table(figure: &Figure) -> String {
    let rows = value_rows(figure);
    if rows.is_empty() {
        return String::new();
    }
    let mut html = format!(
        "<details><summary>The values</summary>\n<table>\n<thead><tr><th>Curve</th><th>{}</th><th>{}</th>\
         <th>from</th><th>to</th><th>runs</th><th></th></tr></thead>\n<tbody>\n",
        escape(&figure.x.label),
        escape(&figure.y.label)
    );
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
        let _ = writeln!(html, "<tr>{}</tr>", cells.concat());
    }
    html.push_str("</tbody>\n</table>\n</details>\n");
    html
}

/// The values of a figure of measurements, as people read them: curve (after its panel, if there are several), x, y,
/// from, to, runs and a note.
pub fn value_rows(figure: &Figure) -> Vec<[String; 7]> {
    let mut rows = Vec::new();
    for curve in figure.curves.iter().filter(|curve| curve.kind == Kind::Measured) {
        let panel = figure.panels.get(curve.panel).map(String::as_str);
        let names = [panel, Some(curve.name.as_str())].into_iter().flatten().filter(|name| !name.is_empty());
        let name = names.collect::<Vec<_>>().join(", ");
        for point in curve.points.iter().filter(|point| !point.is_gap()) {
            let interval = match point.basis {
                Some(Basis::Rare | Basis::OneRun) => ["–".to_owned(), "–".to_owned()],
                _ => [point.low, point.high].map(|end| tell(figure.y.quantity, end)),
            };
            let bound = if point.is_lower_bound() { "≥ " } else { "" };
            let value = format!("{bound}{}", tell(figure.y.quantity, point.y));
            let [low, high] = interval;
            let x = x_text(figure, point);
            rows.push([name.clone(), x, value, low, high, point.runs.to_string(), note(point)]);
        }
    }
    rows
}

/// Why a point has no interval, or is a lower bound.
fn note(point: &Point) -> String {
    let mut notes = Vec::new();
    if let (true, Some(seen)) = (point.is_rare(), point.seen) {
        notes.push(format!("no interval: {seen} of {} runs saw what it depends on", point.runs));
    }
    if point.is_lower_bound() {
        notes.push(format!("lower bound: {} outstanding", point.outstanding));
    }
    notes.join("; ")
}

fn x_text(figure: &Figure, point: &Point) -> String {
    match figure.x.names.get(point.x.round().max(0.0) as usize) {
        Some(name) => name.clone(),
        None if matches!(figure.x.quantity, Quantity::Number | Quantity::Count) => point.x.to_string(),
        None => tell(figure.x.quantity, point.x),
    }
}

/// Text as HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A head says which cells are its own: it is aligned as they are. (A table of facts has no heads.)
    #[test]
    fn heads_are_aligned_as_their_cells() {
        let is_of_cells = |selector: &str| {
            let element = selector.rsplit(' ').next().unwrap_or("");
            (element == "td" || element.starts_with("td:")) && !selector.starts_with(".facts ")
        };
        let rules = STYLE.split('}').filter_map(|rule| rule.rsplit_once('{'));
        let aligned = rules.filter(|(_, body)| body.contains("text-align"));
        let mut seen = 0;
        for (selectors, _) in aligned {
            let all: Vec<&str> = selectors.rsplit('{').next().unwrap_or("").split(',').collect();
            for cell in all.iter().filter(|selector| is_of_cells(selector)) {
                let head = cell.replace("td", "th");
                assert!(all.contains(&head.as_str()), "{cell} without {head}");
                seen += 1;
            }
        }
        assert_eq!(seen, 4, "td, td:first-child, .checks td, .story td");
    }
}
