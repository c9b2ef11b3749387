//! What must come of the run.

use crate::checker::CheckState;
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::quoted;
use crate::scenario::figures;
use crate::scenario::raw;
use crate::scenario::validated::{Expect, ExpectFigure, ExpectOrder};

/// `[expect]`, in a scenario with groups of these names.
pub fn expect(raw: Option<&raw::Expect>, groups: &[&str]) -> Fallible<Expect> {
    let mut expect = Expect { order: Some(ExpectOrder::Holds), ..Expect::default() };
    let Some(raw) = raw else { return Ok(expect) };
    if let Some(order) = &raw.order {
        expect.order = order.value.0;
    }
    for (check, state) in raw.checks.iter().flat_map(|checks| &checks.value.0) {
        if expect.order == Some(ExpectOrder::Holds) && state.value == CheckState::Broken {
            let title = format!("expected the order to hold, found that `{check}` is expected to be broken");
            let fault = Fault::new("contradiction", state.span, title);
            return Err(match &raw.order {
                Some(order) => fault.context(order.span, "the verdict that is expected"),
                None => {
                    fault.help("write `order = \"broken\"`: the verdict expected by default is \"holds\"")
                }
            });
        }
        expect.checks.insert(*check, state.value);
    }
    for (name, limit) in raw.figures.iter().flat_map(|figures| &figures.value.0) {
        let (path, kind) = figures::find(&name.value, groups).map_err(|meant| {
            let title = format!("expected a figure of the result, found {}", quoted(&name.value));
            let fault = Fault::new("unknown-figure", name.span, title).label("there is no such figure");
            fault
                .did_you_mean(meant.map(|meant| quoted(&meant)))
                .note("for example \"rpo.max\", \"received_lag.p99\", \"groups.NAME.rpo.max\"")
        })?;
        let (comparison, value) = figures::limit(&limit.value, kind).map_err(|expected| {
            let title = format!("expected {expected}; found {}", quoted(&limit.value));
            Fault::new("limit", limit.span, title)
        })?;
        if let Some(twice) = expect.figures.iter().find(|figure| figure.path == path) {
            let title =
                format!("the figure `{}` has a limit already, as {}", name.value, quoted(&twice.name));
            return Err(Fault::new("contradiction", name.span, title));
        }
        let (name, written) = (name.value.clone(), limit.value.trim().to_owned());
        expect.figures.push(ExpectFigure { name, path, kind, comparison, limit: value, written });
    }
    Ok(expect)
}
