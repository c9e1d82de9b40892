use dtxsim_protocols::two_phase_commit::Presumption;
use dtxsim_protocols::two_phase_commit::costs::{Costs, Row, table};
use dtxsim_reports::table::{Cell, Table};

use crate::args::Bench;
use crate::exit::{ExitCode, Failure};
use crate::screen::{HUMAN, Screen};

/// Measures what failure-free transactions cost, and compares with the published formulas.
pub(crate) fn bench(args: &Bench) -> Result<ExitCode, Failure> {
    let rows = table(args.participants, args.inject_extra_message);
    let wrong = rows.iter().filter(|row| !row.agrees()).count();
    let mut table =
        Table::headed(&["presumption", "votes", "msgs", "forced", "writes", "answer", "end", ""]);
    rows.iter().for_each(|row| table.row(cells(row)));
    let mut text = HUMAN.heading("two_phase_commit, one transaction without failures");
    text += &table.render(0, true);
    text += &if wrong == 0 {
        format!("\nall {} rows are what the published formulas say\n", rows.len())
    } else {
        format!("\n{wrong} of {} rows differ from the published formulas\n", rows.len())
    };
    Screen::new().print(&text)?;
    Ok(if wrong == 0 { ExitCode::Fine } else { ExitCode::Violated })
}

/// A number, or both if they differ.
fn cells(row: &Row) -> Vec<Cell> {
    let columns: [fn(&Costs) -> u64; 5] =
        [|c| c.messages, |c| c.forced, |c| c.writes, |c| c.answer, |c| c.last];
    let mut cells = vec![Cell::new(name(row.presumption)), Cell::new(row.votes.to_string())];
    for column in columns {
        let (measured, formula) = (column(&row.measured), column(&row.formula));
        cells.push(if measured == formula {
            Cell::number(measured)
        } else {
            Cell::number(format!("{measured} != {formula}"))
        });
    }
    cells.push(Cell::new(if row.agrees() { "" } else { "DIFFERS" }));
    cells
}

fn name(presumption: Presumption) -> &'static str {
    match presumption {
        Presumption::Nothing => "nothing",
        Presumption::Abort => "abort",
        Presumption::Commit => "commit",
    }
}
