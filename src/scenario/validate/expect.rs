//! What must come of the run.

use crate::checker::{Check, CheckState};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::raw;
use crate::scenario::validated::{Expect, ExpectOrder};

/// `[expect]`.
pub fn expect(raw: Option<&raw::Expect>) -> Fallible<Expect> {
    let mut expect = Expect { order: Some(ExpectOrder::Holds), ..Expect::default() };
    let Some(raw) = raw else { return Ok(expect) };
    if let Some(order) = &raw.order {
        expect.order = order.value.0;
    }
    for (check, state) in raw.checks.iter().flat_map(|checks| &checks.value.0) {
        // `destage-order` counts only where it is promised.
        let counts = *check != Check::DestageOrder;
        if expect.order == Some(ExpectOrder::Holds) && state.value == CheckState::Broken && counts {
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
    Ok(expect)
}
