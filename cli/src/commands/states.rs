use std::collections::BTreeSet;

use dtxsim_reports::{printable, states as diagrams};

use super::explore::load;
use crate::args::{States, Walks};
use crate::exit::{ExitCode, Failure};
use crate::interrupt;
use crate::screen::{Screen, say};
use crate::trial::exploration;

/// Explores scenarios to the end, and draws what processes went through in any of them.
pub(crate) fn states(args: &States) -> Result<ExitCode, Failure> {
    let load = |file| load(file, &args.within, &Walks::default());
    let all = args.files.iter().map(|file| load(file)).collect::<Result<Vec<_>, _>>()?;
    interrupt::watch();
    let (mut changes, mut code) = (BTreeSet::new(), ExitCode::Fine);
    for (loaded, explore) in &all {
        let explored = exploration(loaded, explore, &|_| false);
        changes.extend(explored.coverage.changes);
        if explored.cut_short.is_some() {
            let name = printable(&loaded.name);
            say(&format!("{name}: not all of it was seen, and there may be more states"));
            code = code.and(ExitCode::Open);
        }
    }
    Screen::new().print(&diagrams(&changes.into_iter().collect::<Vec<_>>()))?;
    Ok(code)
}
