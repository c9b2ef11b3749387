//! The space-time picture of a violation: sites as vertical lines, packets as arrows, lost ones crossed, the limit time
//! as a front.
//!
//! Instants stand in their order, not to scale: a nanosecond and a second must both be seen. Drawn for a page 400
//! pixels wide; colours come from the page's style, so that they follow its dark mode.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::page::escape;
use crate::report::explanation::{ArrowResult, PictureResult};
use crate::units::SimTime;

/// Width of the picture; its height follows from what happens.
const WIDTH: f64 = 400.0;
/// Instants stand to the left of this.
const LEFT: f64 = 84.0;
/// Right margin.
const RIGHT: f64 = 18.0;
/// Height of the names of the sites.
const TOP: f64 = 44.0;
/// Size of the letters of these names; that of names which would touch one another is less, but no less than this.
const SITE: f64 = 11.0;
const LEAST_SITE: f64 = 7.0;
/// Width of a bold letter, over its size.
const LETTER: f64 = 0.7;
/// Between two names.
const BETWEEN: f64 = 6.0;
/// From one instant to the next.
const ROW: f64 = 17.0;
/// From one label to the next at one instant.
const LABEL: f64 = 11.0;

/// Where instants stand.
struct Clock {
    /// Instant to height.
    rows: BTreeMap<u64, f64>,
    bottom: f64,
}

impl Clock {
    fn new(picture: &PictureResult) -> Self {
        let mut labels: BTreeMap<u64, BTreeMap<usize, usize>> = BTreeMap::new();
        let mut see = |at: u64| {
            labels.entry(at).or_default();
        };
        for arrow in &picture.arrows {
            see(arrow.sent_ns);
            arrow.arrived_ns.into_iter().for_each(&mut see);
        }
        picture.fronts.iter().for_each(|&(_, at, _)| see(at));
        see(picture.until_ns);
        for &(line, at, _, _) in &picture.marks {
            *labels.entry(at).or_default().entry(line).or_default() += 1;
        }
        let mut bottom = TOP;
        let mut rows = BTreeMap::new();
        for (at, lines) in labels {
            rows.insert(at, bottom);
            let most = lines.values().copied().max().unwrap_or(1).max(1);
            bottom += ROW + LABEL * (most - 1) as f64;
        }
        Self { rows, bottom }
    }

    /// The height of an instant, between its neighbours if nothing happens then.
    fn y(&self, at: u64) -> f64 {
        if let Some(&y) = self.rows.get(&at) {
            return y;
        }
        let before = self.rows.range(..at).next_back();
        let after = self.rows.range(at..).next();
        match (before, after) {
            (Some((&t0, &y0)), Some((&t1, &y1))) => {
                y0 + (y1 - y0) * (at - t0) as f64 / (t1 - t0).max(1) as f64
            }
            (Some((_, &y)), None) | (None, Some((_, &y))) => y,
            (None, None) => TOP,
        }
    }
}

/// The picture as SVG; empty if there is nothing to draw. `writes` are the names of the missing and the present one.
pub fn svg(picture: &PictureResult, writes: [Option<&str>; 2]) -> String {
    if picture.lines.len() < 2 || picture.arrows.is_empty() {
        return String::new();
    }
    let clock = Clock::new(picture);
    let last = picture.lines.len() - 1;
    let x = |line: usize| LEFT + (WIDTH - LEFT - RIGHT) * line.min(last) as f64 / last as f64;
    let end = clock.y(picture.until_ns);
    let height = clock.bottom + 8.0;
    let mut svg = format!(
        "<svg class=\"space-time\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" \
         aria-label=\"Space-time picture of the violation\">\n"
    );
    legend(&mut svg, writes);
    let names = site_names(&picture.lines, (WIDTH - LEFT - RIGHT) / last as f64);
    for (line, name) in names.iter().enumerate() {
        let (x, anchor) = (x(line), anchor(line, last));
        let _ = write!(
            svg,
            "<text class=\"site\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\"{name}</text>\n\
             <line class=\"site\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{height:.1}\"/>\n",
            TOP - 12.0,
            TOP - 8.0,
        );
    }
    for (&at, &y) in &clock.rows {
        let _ = writeln!(
            svg,
            "<text class=\"time\" x=\"0\" y=\"{:.1}\">{}</text>",
            y + 3.0,
            SimTime::from_ns(at)
        );
    }
    let home =
        picture.arrows.iter().find(|arrow| arrow.label.ends_with(" sent")).map_or(0, |arrow| arrow.from);
    for &(line, at, limit) in &picture.fronts {
        let _ = writeln!(
            svg,
            "<line class=\"front\" data-at=\"{at}\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"><title>{} stores \
             limit time {} at {}</title></line>",
            x(home),
            clock.y(limit),
            x(line),
            clock.y(at),
            escape(picture.lines.get(line).map_or("", |name| name)),
            SimTime::from_ns(limit),
            SimTime::from_ns(at),
        );
    }
    for arrow in &picture.arrows {
        draw_arrow(&mut svg, arrow, (x(arrow.from), x(arrow.to)), &clock, end);
    }
    marks(&mut svg, picture, &clock, &x);
    let _ = writeln!(
        svg,
        "<line class=\"violation\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
        end + 5.0,
        end + 5.0
    );
    svg.push_str("</svg>\n");
    svg
}

/// The name of each site, as the end of its element: as it is, unless two would touch. Then those that are too long are
/// written smaller, and cut in their middle where that is not enough; the whole name is told to who points at it.
fn site_names(names: &[String], gap: f64) -> Vec<String> {
    let last = names.len() - 1;
    let letters = |name: &str| name.chars().count() as f64;
    // How far a name reaches to the left and to the right of its line.
    let reach = |line: usize| {
        let width = letters(&names[line]) * LETTER * SITE;
        match anchor(line, last) {
            "start" => (0.0, width),
            "end" => (width, 0.0),
            _ => (width / 2.0, width / 2.0),
        }
    };
    let touch = (0..last).any(|line| reach(line).1 + reach(line + 1).0 + BETWEEN > gap);
    let room = if last == 1 { gap / 2.0 - BETWEEN } else { 0.62 * gap };
    let fitted = |name: &String| {
        if !touch || letters(name) * LETTER * SITE <= room {
            return format!(">{}", escape(name));
        }
        let size = (room / (letters(name) * LETTER)).clamp(LEAST_SITE, SITE);
        let most = (room / (LETTER * size) + 1e-6) as usize;
        let all: Vec<char> = name.chars().collect();
        let shown = if all.len() > most {
            let (head, tail) = (most.saturating_sub(1) / 2, most / 2);
            all[..head].iter().chain(&['…']).chain(&all[all.len() - tail..]).collect()
        } else {
            name.clone()
        };
        format!(" style=\"font-size:{size:.1}px\">{}<title>{}</title>", escape(&shown), escape(name))
    };
    names.iter().map(fitted).collect()
}

fn anchor(line: usize, last: usize) -> &'static str {
    match line {
        0 => "start",
        line if line == last => "end",
        _ => "middle",
    }
}

fn legend(svg: &mut String, writes: [Option<&str>; 2]) {
    let mut x = 0.0;
    for (index, (name, word)) in writes.into_iter().zip(["missing", "present"]).enumerate() {
        let Some(name) = name else { continue };
        let told = if writes[0] == writes[1] { name.to_owned() } else { format!("{name} {word}") };
        let _ = writeln!(
            svg,
            "<line class=\"w{index}\" x1=\"{x}\" x2=\"{:.1}\" y1=\"9\" y2=\"9\"/>\
             <text class=\"mark\" x=\"{:.1}\" y=\"12\">{}</text>",
            x + 14.0,
            x + 18.0,
            escape(&told)
        );
        x += 100.0;
        if writes[0] == writes[1] {
            break;
        }
    }
    let _ = writeln!(
        svg,
        "<line class=\"front\" x1=\"{x}\" x2=\"{:.1}\" y1=\"9\" y2=\"9\"/>\
         <text class=\"mark\" x=\"{:.1}\" y=\"12\">limit time</text>\
         <line class=\"violation\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"9\" y2=\"9\"/>\
         <text class=\"mark\" x=\"{:.1}\" y=\"12\">violation</text>",
        x + 14.0,
        x + 18.0,
        x + 85.0,
        x + 99.0,
        x + 103.0,
    );
}

fn draw_arrow(svg: &mut String, arrow: &ArrowResult, (from, to): (f64, f64), clock: &Clock, end: f64) {
    let y0 = clock.y(arrow.sent_ns);
    let is_back = arrow.label.starts_with("completion");
    let class = format!("w{}{}", arrow.write.min(1), if is_back { " back" } else { "" });
    let title = match (arrow.arrived_ns, arrow.lost) {
        (Some(at), _) => {
            format!("{}: {} to {}", arrow.label, SimTime::from_ns(arrow.sent_ns), SimTime::from_ns(at))
        }
        (None, true) => format!("{}: {}, lost", arrow.label, SimTime::from_ns(arrow.sent_ns)),
        (None, false) => format!("{}: {}, on its way", arrow.label, SimTime::from_ns(arrow.sent_ns)),
    };
    let (x1, y1) = match (arrow.arrived_ns, arrow.lost) {
        (Some(at), _) => (to, clock.y(at)),
        (None, true) => (from + (to - from) * 0.55, y0 + ROW * 0.8),
        (None, false) => (from + (to - from) * 0.8, end.max(y0)),
    };
    let under_way = if arrow.arrived_ns.is_none() && !arrow.lost { " way" } else { "" };
    let _ = write!(
        svg,
        "<g class=\"{class}{under_way}\" data-at=\"{}\"><title>{}</title><line x1=\"{from:.1}\" y1=\"{y0:.1}\" \
         x2=\"{x1:.1}\" y2=\"{y1:.1}\"/>",
        arrow.sent_ns,
        escape(&title)
    );
    if arrow.arrived_ns.is_some() {
        // The head: two strokes back along the line.
        let (dx, dy) = (x1 - from, y1 - y0);
        let length = (dx * dx + dy * dy).sqrt().max(1.0);
        let (ux, uy) = (dx / length, dy / length);
        for side in [1.0, -1.0] {
            let (hx, hy) = (x1 - 7.0 * ux + side * 3.0 * uy, y1 - 7.0 * uy - side * 3.0 * ux);
            let _ = write!(
                svg,
                "<line class=\"head\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{hx:.1}\" y2=\"{hy:.1}\"/>"
            );
        }
    } else if arrow.lost {
        for side in [1.0, -1.0] {
            let _ = write!(
                svg,
                "<line class=\"head\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
                x1 - 4.0,
                y1 - 4.0 * side,
                x1 + 4.0,
                y1 + 4.0 * side
            );
        }
    }
    svg.push_str("</g>\n");
}

fn marks(svg: &mut String, picture: &PictureResult, clock: &Clock, x: &impl Fn(usize) -> f64) {
    let last = picture.lines.len() - 1;
    let mut used: BTreeMap<(usize, u64), usize> = BTreeMap::new();
    for (line, at, write, label) in &picture.marks {
        let nth = used.entry((*line, *at)).or_default();
        let (cx, y) = (x(*line), clock.y(*at));
        let (dx, anchor) = if *line == last { (-6.0, "end") } else { (6.0, "start") };
        let _ = writeln!(
            svg,
            "<circle class=\"w{write}\" data-at=\"{at}\" cx=\"{cx:.1}\" cy=\"{y:.1}\" r=\"3\"/>\
             <text class=\"mark\" data-at=\"{at}\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
            cx + dx,
            y - 2.0 + LABEL * *nth as f64,
            escape(label)
        );
        *nth += 1;
    }
}

/// A picture as a file of its own: with the style that a page gives it, in the colours of a light page.
pub fn standalone(svg: &str) -> String {
    const STYLE: &str = "svg{background:#fff}line{stroke:#222;stroke-width:1}\
text{font:9.5px 'DejaVu Sans',Verdana,Arial,sans-serif;fill:#222;paint-order:stroke;stroke:#fff;stroke-width:2.5px;\
stroke-linejoin:round}text.site{font-size:11px;font-weight:bold}line.site{stroke:#555}\
text.time{fill:#555;font-size:9px}.w0 line,line.w0{stroke:#c0392b;stroke-width:1.6}\
.w1 line,line.w1{stroke:#0072b2;stroke-width:1.6}circle.w0{fill:#c0392b}circle.w1{fill:#0072b2}\
.back line{stroke-width:.9}.way line{stroke-dasharray:5 3}\
line.front{stroke:#00805c;stroke-dasharray:2 2;stroke-width:1.4}\
line.violation{stroke:#b3261e;stroke-dasharray:7 3;stroke-width:1.4}";
    let body = svg.replacen("<svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"", 1);
    body.replacen(">\n", &format!(">\n<style>{STYLE}</style>\n"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrow(sent_ns: u64, arrived_ns: Option<u64>, lost: bool) -> ArrowResult {
        ArrowResult { from: 0, to: 1, sent_ns, arrived_ns, lost, write: 0, label: "w0 sent".into() }
    }

    fn picture(arrows: Vec<ArrowResult>) -> PictureResult {
        PictureResult {
            lines: vec!["L<1>".into(), "R1".into()],
            marks: vec![(0, 5, 1, "w1 accepted".into()), (0, 5, 1, "w1 wiped".into())],
            arrows,
            fronts: vec![(1, 40, 7)],
            until_ns: 50,
            left_out: 0,
        }
    }

    /// Instants stand in their order, also those at which nothing happens, and two labels do not cover one another.
    #[test]
    fn instants_are_in_their_order() {
        let clock = Clock::new(&picture(vec![arrow(10, Some(30), false)]));
        let heights: Vec<f64> = [0, 5, 7, 10, 20, 30, 40, 50, 60].map(|at| clock.y(at)).into();
        assert!(heights.is_sorted(), "{heights:?}");
        assert!(clock.y(10) - clock.y(5) >= ROW + LABEL, "{heights:?}");
        assert!(clock.y(20) > clock.y(10) && clock.y(20) < clock.y(30), "{heights:?}");
    }

    #[test]
    fn what_is_lost_is_crossed_and_what_is_on_its_way_has_no_head() {
        let lines = |arrow: ArrowResult| svg(&picture(vec![arrow]), [Some("w0"), Some("w1")]);
        let heads = |svg: &str| svg.matches("class=\"head\"").count();
        assert_eq!(heads(&lines(arrow(10, Some(30), false))), 2);
        let lost = lines(arrow(10, None, true));
        assert!(heads(&lost) == 2 && lost.contains("w0 sent: 10ns, lost"), "{lost}");
        let under_way = lines(arrow(10, None, false));
        assert!(heads(&under_way) == 0 && under_way.contains("class=\"w0 way\""), "{under_way}");
        assert!(under_way.contains("L&lt;1&gt;") && under_way.contains("w0 missing"));
    }

    /// Short names stand as they are. Of long ones no two touch, the ends that tell them apart are there, and so is the whole.
    #[test]
    fn names_of_sites_do_not_touch() {
        let names = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.into()).collect();
            site_names(&names, (WIDTH - LEFT - RIGHT) / (names.len() - 1) as f64)
        };
        assert_eq!(names(&["H1", "L1", "R<1>"]), [">H1", ">L1", ">R&lt;1&gt;"]);
        let long = [
            "transaction-processing-host",
            "array-in-frankfurt-am-main-1",
            "array-in-frankfurt-am-main-2",
            "R1",
        ];
        let found = names(&long);
        assert_eq!(found[3], ">R1");
        for (found, whole) in found.iter().zip(&long[..3]) {
            let (size, rest) =
                found.strip_prefix(" style=\"font-size:").unwrap().split_once("px\">").unwrap();
            let (shown, told) = rest.split_once("<title>").unwrap();
            let width = shown.chars().count() as f64 * LETTER * size.parse::<f64>().unwrap();
            assert!(width <= 0.62 * (WIDTH - LEFT - RIGHT) / 3.0 + 0.5, "{found}");
            assert!(shown.contains('…') && whole.ends_with(shown.split_once('…').unwrap().1), "{found}");
            assert_eq!(told, format!("{whole}</title>"));
        }
        assert!(found[1] != found[2]);
        // Where there is room for smaller letters, all of them are there.
        assert!(
            names(&["a-host-of-transactions", "array-in-frankfurt-1"])[0]
                .contains(">a-host-of-transactions<title>")
        );
    }

    #[test]
    fn nothing_to_draw_is_no_picture() {
        assert_eq!(svg(&picture(vec![]), [None, None]), "");
        assert_eq!(svg(&PictureResult::default(), [None, None]), "");
    }
}
