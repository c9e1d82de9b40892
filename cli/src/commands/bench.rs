use dtxsim_protocols::two_phase_commit::Presumption;
use dtxsim_protocols::two_phase_commit::costs::{self, Centralised, Costs, Row};
use dtxsim_reports::table::{Cell, Table};

use crate::args::Bench;
use crate::exit::{ExitCode, Failure};
use crate::screen::{HUMAN, Screen};

/// Measures what failure-free transactions cost, and compares with the published formulas.
pub(crate) fn bench(args: &Bench) -> Result<ExitCode, Failure> {
    let rows = costs::table(args.participants, args.inject_extra_message);
    let lines = costs::centralised(args.participants, args.inject_extra_message);
    let wrong = rows.iter().filter(|row| !row.agrees()).count()
        + lines.iter().filter(|line| !line.agrees()).count();
    let mut text = HUMAN.heading("two_phase_commit, one transaction without failures");
    text += "Each cell is what was measured = what the formula says.\n\n";
    let headings = ["presumption", "votes", "msgs", "forced", "writes", "answer", "end", ""];
    let mut table = Table::headed(&headings);
    rows.iter().for_each(|row| table.row(row_cells(row)));
    text += &table.render(0, true);
    text += "\n";
    text += &HUMAN.heading("two_phase_commit, centralised, all vote yes");
    let mut table = Table::headed(&["n", "msgs", "with acks", "rounds", ""]);
    lines.iter().for_each(|line| table.row(line_cells(line)));
    text += &table.render(0, true);
    text += &if wrong == 0 {
        format!("\nall {} rows are what the published formulas say\n", rows.len() + lines.len())
    } else {
        let all = rows.len() + lines.len();
        format!("\n{wrong} of {all} rows differ from the published formulas\n")
    };
    Screen::new().print(&text)?;
    Ok(if wrong == 0 { ExitCode::Fine } else { ExitCode::Violated })
}

/// Measured and published.
fn cell((measured, formula): (u64, u64)) -> Cell {
    let relation = if measured == formula { "=" } else { "!=" };
    Cell::number(format!("{measured} {relation} {formula}"))
}

fn verdict(agrees: bool) -> Cell {
    Cell::new(if agrees { "" } else { "DIFFERS" })
}

fn row_cells(row: &Row) -> Vec<Cell> {
    let columns: [fn(&Costs) -> u64; 5] =
        [|c| c.messages, |c| c.forced, |c| c.writes, |c| c.answer, |c| c.last];
    let mut cells = vec![Cell::new(name(row.presumption)), Cell::new(row.votes.to_string())];
    cells.extend(columns.map(|column| cell((column(&row.measured), column(&row.formula)))));
    cells.push(verdict(row.agrees()));
    cells
}

fn line_cells(line: &Centralised) -> Vec<Cell> {
    let costs = [line.messages, line.acknowledged, line.rounds];
    let mut cells = vec![Cell::number(line.participants)];
    cells.extend(costs.map(cell));
    cells.push(verdict(line.agrees()));
    cells
}

fn name(presumption: Presumption) -> &'static str {
    match presumption {
        Presumption::Nothing => "nothing",
        Presumption::Abort => "abort",
        Presumption::Commit => "commit",
    }
}
