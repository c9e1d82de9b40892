use dtxsim_protocols::broker_transaction;
use dtxsim_protocols::cqrs::{self, Events};
use dtxsim_protocols::event_sourcing;
use dtxsim_protocols::listen_to_yourself::{self, When};
use dtxsim_protocols::local_message_table::costs::{self as calls, Caller};
use dtxsim_protocols::mq_transaction::{self, By};
use dtxsim_protocols::outbox::{self, Relay};
use dtxsim_protocols::parallel_pipelines;
use dtxsim_protocols::polling_choreography;
use dtxsim_protocols::queue::{self, Publish};
use dtxsim_protocols::saga::{self, FailedStep};
use dtxsim_protocols::seata_at;
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

/// Measures what failure-free transactions cost, and compares with the formulas.
pub(crate) fn bench(args: &Bench) -> Result<ExitCode, Failure> {
    let sections = sections(args.participants, args.inject_extra_message);
    let mut text = String::from("Each cell is what was measured = what the formula says.\n\n");
    for section in &sections {
        text += &HUMAN.heading(section.title);
        text += &section.table.render(0, true);
        text += "\n";
    }
    let all: usize = sections.iter().map(|section| section.rows).sum();
    let wrong: usize = sections.iter().map(|section| section.wrong).sum();
    text += &if wrong == 0 {
        format!("all {all} rows are what the formulas say\n")
    } else {
        format!("{wrong} of {all} rows differ from the formulas\n")
    };
    Screen::new().print(&text)?;
    Ok(if wrong == 0 { ExitCode::Fine } else { ExitCode::Violated })
}

/// How many rows differ from the formulas.
#[cfg(feature = "mutants")]
pub(super) fn wrong(participants: u64) -> usize {
    sections(participants, false).iter().map(|section| section.wrong).sum()
}

/// The tables for up to so many participants; `extra` is one message too many.
fn sections(most: u64, extra: bool) -> Vec<Section> {
    let mut sections = commitment(most, extra);
    sections.extend(messages(most, extra));
    sections.extend([sagas(most, extra), graphs(most, extra)]);
    sections
}

/// Of protocols that lead all services of a transaction to one decision.
fn commitment(most: u64, extra: bool) -> Vec<Section> {
    vec![
        section(
            "two_phase_commit, one transaction without failures",
            &["presumption", "votes", "msgs", "forced", "writes", "answer", "end", ""],
            &costs::table(most, extra),
            |row| costs_line(row, row_cells),
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
            |row| costs_line(row, three_phase_cells),
        ),
        section(
            "tcc, one transaction without failures",
            &["tries", "branches", "msgs", "forced", "writes", "answer", "end", ""],
            &tcc::costs::table(most, extra),
            |row| costs_line(row, tcc_cells),
        ),
    ]
}

/// Of services that tell others what they have committed.
fn messages(most: u64, extra: bool) -> Vec<Section> {
    vec![
        rows(most, extra),
        section(
            "mq_transaction, one transaction without failures",
            &["by", "ends", "consumers", "msgs", "forced", "writes", "answer", "end", ""],
            &mq_transaction::costs::table(most, extra),
            |row| costs_line(row, mq_transaction_cells),
        ),
        section(
            "broker_transaction, a start and one transaction; the formula adds up their steps",
            &["ends", "consumers", "msgs", "forced", "writes", "answer", "end", ""],
            &broker_transaction::costs::table(most, extra),
            |row| costs_line(row, broker_transaction_cells),
        ),
        section(
            "direct calls, one transaction without failures; the formula adds up its steps",
            &["family", "receivers", "msgs", "forced", "writes", "answer", "end", ""],
            &calls::table(most, extra),
            |row| costs_line(row, call_cells),
        ),
        polling(most, extra),
        jobs(most, extra),
        events(most, extra),
        section(
            "parallel_pipelines, one transaction without failures; the formula adds up its steps",
            &["services", "msgs", "forced", "writes", "answer", "end", ""],
            &parallel_pipelines::costs::table(most, extra),
            |row| costs_line(row, |case| vec![Cell::number(case.services)]),
        ),
        section(
            "listen_to_yourself, one transaction without failures; the formula adds up its steps",
            &["when", "consumers", "msgs", "forced", "writes", "answer", "end", ""],
            &listen_to_yourself::costs::table(most, extra),
            |row| costs_line(row, listening_cells),
        ),
        section(
            "cqrs, one command without failures; the formula adds up its steps",
            &["events", "consumers", "msgs", "forced", "writes", "answer", "end", ""],
            &cqrs::costs::table(most, extra),
            |row| costs_line(row, cqrs_cells),
        ),
        undo_logs(most, extra),
    ]
}

fn sagas(most: u64, extra: bool) -> Section {
    section(
        "saga, one transaction without failures",
        &["failed step", "saga", "msgs", "forced", "writes", "answer", "end", ""],
        &saga::costs::table(most, extra),
        |row| costs_line(row, saga_cells),
    )
}

fn graphs(most: u64, extra: bool) -> Section {
    section(
        "saga whose steps form a graph, one transaction without failures",
        &["graph", "saga", "msgs", "forced", "writes", "answer", "end", ""],
        &saga::costs::graph_table(most, extra),
        |row| costs_line(row, saga_graph_cells),
    )
}

fn undo_logs(most: u64, extra: bool) -> Section {
    section(
        "seata_at, one transaction without failures; the formula is that of a saga",
        &["transaction", "msgs", "forced", "writes", "answer", "end", ""],
        &seata_at::costs::table(most, extra),
        |row| costs_line(row, seata_at_cells),
    )
}

fn rows(most: u64, extra: bool) -> Section {
    section(
        "outbox, one transaction without failures; the formula adds up its steps",
        &["relay", "consumers", "msgs", "forced", "writes", "answer", "end", ""],
        &outbox::costs::table(most, extra),
        |row| costs_line(row, outbox_cells),
    )
}

fn polling(most: u64, extra: bool) -> Section {
    section(
        "polling_choreography, one transaction without failures, one poll of each reader",
        &["readers", "msgs", "forced", "writes", "answer", "end", ""],
        &polling_choreography::costs::table(most, extra),
        |row| costs_line(row, |case| vec![Cell::number(case.readers)]),
    )
}

fn events(most: u64, extra: bool) -> Section {
    section(
        "event_sourcing, one command without failures, one poll of each reader",
        &["readers", "msgs", "forced", "writes", "answer", "end", ""],
        &event_sourcing::costs::table(most, extra),
        |row| costs_line(row, |case| vec![Cell::number(case.readers)]),
    )
}

fn jobs(most: u64, extra: bool) -> Section {
    section(
        "queue, one transaction without failures; the formula is that of the outbox",
        &["publish", "jobs", "msgs", "forced", "writes", "answer", "end", ""],
        &queue::costs::table(most, extra),
        |row| costs_line(row, queue_cells),
    )
}

fn queue_cells(case: &queue::costs::Case) -> Vec<Cell> {
    let publish = match case.publish {
        Publish::Outboxed => "outboxed",
        Publish::AfterCommit => "after_commit",
    };
    vec![Cell::new(publish), Cell::number(case.jobs)]
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

/// A line of costs, and whether it is what the formula says.
fn costs_line<C>(row: &Row<C>, case: fn(&C) -> Vec<Cell>) -> (Vec<Cell>, bool) {
    let columns: [fn(&Costs) -> u64; 5] =
        [|c| c.messages, |c| c.forced, |c| c.writes, |c| c.answer, |c| c.last];
    let mut cells = case(&row.case);
    cells.extend(columns.map(|column| cell((column(&row.measured), column(&row.formula)))));
    (cells, row.agrees())
}

fn row_cells(case: &costs::Case) -> Vec<Cell> {
    vec![Cell::new(name(case.presumption)), Cell::new(case.votes.to_string())]
}

fn three_phase_cells(case: &three_phase_commit::costs::Case) -> Vec<Cell> {
    let acks = if case.final_acks { "yes" } else { "no" };
    vec![Cell::new(acks), Cell::new(case.votes.to_string())]
}

fn tcc_cells(case: &tcc::costs::Case) -> Vec<Cell> {
    let tries = match case.tries {
        Tries::Parallel => "parallel",
        Tries::Sequential => "sequential",
    };
    vec![Cell::new(tries), Cell::new(case.votes.to_string())]
}

fn outbox_cells(case: &outbox::costs::Case) -> Vec<Cell> {
    let relay = match case.relay {
        Relay::Polling => "polling",
        Relay::Cdc => "cdc",
    };
    vec![Cell::new(relay), Cell::number(case.consumers)]
}

fn mq_transaction_cells(case: &mq_transaction::costs::Case) -> Vec<Cell> {
    let by = match case.by {
        By::HalfMessage => "half_message",
        By::TwoPhaseMessage => "two_phase_message",
    };
    let ends = if case.commits { "commit" } else { "rollback" };
    vec![Cell::new(by), Cell::new(ends), Cell::number(case.consumers)]
}

fn broker_transaction_cells(case: &broker_transaction::costs::Case) -> Vec<Cell> {
    let ends = if case.commits { "commit" } else { "abort" };
    vec![Cell::new(ends), Cell::number(case.consumers)]
}

fn call_cells(case: &calls::Case) -> Vec<Cell> {
    let family = match case.caller {
        Caller::Retry => "retry",
        Caller::LocalMessageTable => "local_message_table",
    };
    vec![Cell::new(family), Cell::number(case.receivers)]
}

fn listening_cells(case: &listen_to_yourself::costs::Case) -> Vec<Cell> {
    let when = match case.when {
        When::Accepted => "accepted",
        When::Consumed => "consumed",
    };
    vec![Cell::new(when), Cell::number(case.consumers)]
}

fn cqrs_cells(case: &cqrs::costs::Case) -> Vec<Cell> {
    let events = match case.events {
        Events::Changes => "changes",
        Events::States => "states",
    };
    vec![Cell::new(events), Cell::number(case.consumers)]
}

fn saga_cells(case: &saga::costs::Case) -> Vec<Cell> {
    let failed_step = match case.failed_step {
        FailedStep::Classic => "classic",
        FailedStep::Dtm => "dtm",
    };
    let saga = match case.refused {
        None => format!("{} steps", case.steps),
        Some(refused) => format!("{} steps, no. {refused} refused", case.steps),
    };
    vec![Cell::new(failed_step), Cell::new(saga)]
}

fn saga_graph_cells(case: &saga::costs::GraphCase) -> Vec<Cell> {
    let refused = if case.refused { ", the last refused" } else { "" };
    vec![Cell::new(case.shape.name()), Cell::new(format!("{} steps{refused}", case.steps))]
}

fn seata_at_cells(case: &seata_at::costs::Case) -> Vec<Cell> {
    let refused = if case.refused { ", the last refused" } else { "" };
    vec![Cell::new(format!("{} branches{refused}", case.branches))]
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
