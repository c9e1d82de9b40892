use dtxsim_protocols::families;
use dtxsim_protocols::properties::Property;
use dtxsim_reports::table::{Cell, Table};

use crate::exit::{ExitCode, Failure};
use crate::screen::{HUMAN, Screen};

/// How a scenario can be judged.
const MODES: [(&str, &str); 3] = [
    ("seeds", "one run for each seed of a range: what holds is sampled"),
    ("explore", "every interleaving within budgets: what holds is exhausted within them"),
    ("walk", "random walks within budgets, where that is too much: what holds is sampled"),
];

/// Protocols, what is broken in their broken variants, properties, and modes.
pub(crate) fn list() -> Result<ExitCode, Failure> {
    let mut text = HUMAN.heading("Protocols");
    for family in families() {
        let mut table = Table::default();
        table.row(vec![Cell::new(family.name), Cell::new(family.summary)]);
        text += &table.render(2, true);
        let mut table = Table::default();
        for (name, wrong, loses) in family.broken {
            let what = format!("BROKEN: {wrong}; loses {loses}");
            table.row(vec![Cell::new(*name), Cell::new(what)]);
        }
        text += &table.render(4, true);
    }
    text += "\n";
    text += &HUMAN.heading("Properties");
    let mut table = Table::default();
    for property in Property::ALL {
        table.row(vec![Cell::new(property.name()), Cell::new(property.summary())]);
    }
    text += &table.render(2, true);
    text += "\n";
    text += &HUMAN.heading("Modes");
    let mut table = Table::default();
    for (name, what) in MODES {
        table.row(vec![Cell::new(name), Cell::new(what)]);
    }
    text += &table.render(2, true);
    Screen::new().print(&text)?;
    Ok(ExitCode::Fine)
}
