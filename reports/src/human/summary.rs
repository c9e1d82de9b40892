use crate::paint::{self, BAD, GOOD, printable};
use crate::report::Report;
use crate::table::{Cell, Table};

/// What became of one file of many.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    /// It was run.
    Ran(&'a Report),
    /// It is no scenario that can be run.
    Unusable {
        /// Its name.
        file: &'a str,
    },
    /// Somebody interrupted before it was its turn.
    NotRun {
        /// Its name.
        file: &'a str,
    },
}

/// Many scenarios, a line each.
pub fn summary(entries: &[Entry<'_>], colour: bool) -> String {
    let mut table = Table::headed(&["verdict", "runs", "distinct", "", "scenario"]);
    for entry in entries {
        let (verdict, numbers, expected, file) = match entry {
            Entry::Ran(report) => {
                let verdict = report.verdict;
                let name = Cell::new(report.word()).styled(paint::verdict(verdict));
                let expected = if report.as_expected {
                    Cell::new("as expected").styled(GOOD)
                } else {
                    Cell::new("NOT AS EXPECTED").styled(BAD)
                };
                let file = report.scenario.file.as_ref().unwrap_or(&report.scenario.name);
                let numbers = match (&report.states, &report.walk) {
                    (Some(extent), _) => [Cell::number("explored"), Cell::number(extent.distinct)],
                    (None, Some(walk)) => [walk.walks, walk.distinct].map(Cell::number),
                    (None, None) => [report.runs.done, report.runs.distinct].map(Cell::number),
                };
                (name, numbers, expected, file.as_str())
            }
            Entry::Unusable { file } => {
                let verdict = Cell::new("unusable").styled(BAD);
                (verdict, [0, 0].map(Cell::number), Cell::new("NOT RUN").styled(BAD), *file)
            }
            Entry::NotRun { file } => {
                let verdict = Cell::new("interrupted").styled(BAD);
                (verdict, [0, 0].map(Cell::number), Cell::new("NOT RUN").styled(BAD), *file)
            }
        };
        let [runs, distinct] = numbers;
        table.row(vec![verdict, runs, distinct, expected, Cell::new(printable(file))]);
    }
    table.render(0, colour)
}
