use dtxsim_protocols::local_message_table::costs::{self as calls, Caller};
use dtxsim_protocols::mq_transaction::{self, By};
use dtxsim_protocols::outbox::{self, Relay};
use dtxsim_protocols::saga::{self, FailedStep};
use dtxsim_protocols::tcc::{self, Tries};
use dtxsim_protocols::three_phase_commit;
use dtxsim_protocols::two_phase_commit::Presumption;
use dtxsim_protocols::two_phase_commit::costs::{self, Centralised, Costs, Row};
use dtxsim_reports::table::{Cell, Table};

use crate::args::Bench;
use crate::exit::{ExitCode, Failure};
use crate::screen::{HUMAN, Screen};

/// A table of costs.
struct Section {
    title: &'static str,
    table: Table,
    rows: usize,
    /// Rows that are not what the formula says.
    wrong: usize,
}

/// Measures what failure-free transactions cost, and compares with the published formulas.
pub(crate) fn bench(args: &Bench) -> Result<ExitCode, Failure> {
    let (most, extra) = (args.participants, args.inject_extra_message);
    let sections = [
        section(
            "two_phase_commit, one transaction without failures",
            &["presumption", "votes", "msgs", "forced", "writes", "answer", "end", ""],
            &costs::table(most, extra),
            |row| (row_cells(row), row.agrees()),
        ),
        section(
            "two_phase_commit, centralised, all vote yes",
            &["n", "msgs", "with acks", "rounds", ""],
            &costs::centralised(most, extra),
            |line| (line_cells(line), line.agrees()),
        ),
        section(
            "three_phase_commit, one transaction without failures",
            &["final acks", "votes", "msgs", "forced", "writes", "answer", "end", ""],
            &three_phase_commit::costs::table(most, extra),
            |row| (three_phase_cells(row), row.agrees()),
        ),
        section(
            "tcc, one transaction without failures",
            &["tries", "branches", "msgs", "forced", "writes", "answer", "end", ""],
            &tcc::costs::table(most, extra),
            |row| (tcc_cells(row), row.agrees()),
        ),
        section(
            "outbox, one transaction without failures; the formula adds up its steps",
            &["relay", "consumers", "msgs", "forced", "writes", "answer", "end", ""],
            &outbox::costs::table(most, extra),
            |row| (outbox_cells(row), row.agrees()),
        ),
        section(
            "mq_transaction, one transaction without failures",
            &["by", "ends", "consumers", "msgs", "forced", "writes", "answer", "end", ""],
            &mq_transaction::costs::table(most, extra),
            |row| (mq_transaction_cells(row), row.agrees()),
        ),
        section(
            "direct calls, one transaction without failures; the formula adds up its steps",
            &["family", "receivers", "msgs", "forced", "writes", "answer", "end", ""],
            &calls::table(most, extra),
            |row| (call_cells(row), row.agrees()),
        ),
        section(
            "saga, one transaction without failures",
            &["failed step", "saga", "msgs", "forced", "writes", "answer", "end", ""],
            &saga::costs::table(most, extra),
            |row| (saga_cells(row), row.agrees()),
        ),
    ];
    let mut text = String::from("Each cell is what was measured = what the formula says.\n\n");
    for section in &sections {
        text += &HUMAN.heading(section.title);
        text += &section.table.render(0, true);
        text += "\n";
    }
    let all: usize = sections.iter().map(|section| section.rows).sum();
    let wrong: usize = sections.iter().map(|section| section.wrong).sum();
    text += &if wrong == 0 {
        format!("all {all} rows are what the published formulas say\n")
    } else {
        format!("{wrong} of {all} rows differ from the published formulas\n")
    };
    Screen::new().print(&text)?;
    Ok(if wrong == 0 { ExitCode::Fine } else { ExitCode::Violated })
}

fn section<T>(
    title: &'static str,
    headings: &[&str],
    rows: &[T],
    cells: fn(&T) -> (Vec<Cell>, bool),
) -> Section {
    let mut table = Table::headed(headings);
    let mut wrong = 0;
    for row in rows {
        let (mut cells, agrees) = cells(row);
        cells.push(Cell::new(if agrees { "" } else { "DIFFERS" }));
        table.row(cells);
        wrong += usize::from(!agrees);
    }
    Section { title, table, rows: rows.len(), wrong }
}

/// Measured and published.
fn cell((measured, formula): (u64, u64)) -> Cell {
    let relation = if measured == formula { "=" } else { "!=" };
    Cell::number(format!("{measured} {relation} {formula}"))
}

fn costs_cells(measured: &Costs, formula: &Costs) -> impl Iterator<Item = Cell> {
    let columns: [fn(&Costs) -> u64; 5] =
        [|c| c.messages, |c| c.forced, |c| c.writes, |c| c.answer, |c| c.last];
    columns.map(|column| cell((column(measured), column(formula)))).into_iter()
}

fn row_cells(row: &Row) -> Vec<Cell> {
    let mut cells = vec![Cell::new(name(row.presumption)), Cell::new(row.votes.to_string())];
    cells.extend(costs_cells(&row.measured, &row.formula));
    cells
}

fn three_phase_cells(row: &three_phase_commit::costs::Row) -> Vec<Cell> {
    let acks = if row.final_acks { "yes" } else { "no" };
    let mut cells = vec![Cell::new(acks), Cell::new(row.votes.to_string())];
    cells.extend(costs_cells(&row.measured, &row.formula));
    cells
}

fn tcc_cells(row: &tcc::costs::Row) -> Vec<Cell> {
    let tries = match row.tries {
        Tries::Parallel => "parallel",
        Tries::Sequential => "sequential",
    };
    let mut cells = vec![Cell::new(tries), Cell::new(row.votes.to_string())];
    cells.extend(costs_cells(&row.measured, &row.formula));
    cells
}

fn outbox_cells(row: &outbox::costs::Row) -> Vec<Cell> {
    let relay = match row.relay {
        Relay::Polling => "polling",
        Relay::Cdc => "cdc",
    };
    let mut cells = vec![Cell::new(relay), Cell::number(row.consumers)];
    cells.extend(costs_cells(&row.measured, &row.formula));
    cells
}

fn mq_transaction_cells(row: &mq_transaction::costs::Row) -> Vec<Cell> {
    let by = match row.by {
        By::HalfMessage => "half_message",
        By::TwoPhaseMessage => "two_phase_message",
    };
    let ends = if row.commits { "commit" } else { "rollback" };
    let mut cells = vec![Cell::new(by), Cell::new(ends), Cell::number(row.consumers)];
    cells.extend(costs_cells(&row.measured, &row.formula));
    cells
}

fn call_cells(row: &calls::Row) -> Vec<Cell> {
    let family = match row.caller {
        Caller::Retry => "retry",
        Caller::LocalMessageTable => "local_message_table",
    };
    let mut cells = vec![Cell::new(family), Cell::number(row.receivers)];
    cells.extend(costs_cells(&row.measured, &row.formula));
    cells
}

fn saga_cells(row: &saga::costs::Row) -> Vec<Cell> {
    let failed_step = match row.failed_step {
        FailedStep::Classic => "classic",
        FailedStep::Dtm => "dtm",
    };
    let saga = match row.refused {
        None => format!("{} steps", row.steps),
        Some(refused) => format!("{} steps, no. {refused} refused", row.steps),
    };
    let mut cells = vec![Cell::new(failed_step), Cell::new(saga)];
    cells.extend(costs_cells(&row.measured, &row.formula));
    cells
}

fn line_cells(line: &Centralised) -> Vec<Cell> {
    let costs = [line.messages, line.acknowledged, line.rounds];
    let mut cells = vec![Cell::number(line.participants)];
    cells.extend(costs.map(cell));
    cells
}

fn name(presumption: Presumption) -> &'static str {
    match presumption {
        Presumption::Nothing => "nothing",
        Presumption::Abort => "abort",
        Presumption::Commit => "commit",
    }
}
