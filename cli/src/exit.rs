use dtxsim_core::verdict::Verdict;
use dtxsim_reports::Report;

/// What the process returns. The numbers are a contract: scripts branch on them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// It holds, or it came out as the scenario expects.
    Fine = 0,
    /// A property is violated, or something else came out than the scenario expects.
    Violated = 1,
    /// Wrong use, a scenario or token that cannot be used, a token whose run has drifted, an
    /// output that cannot be written.
    Usage = 2,
    /// No answer: interrupted, a bound was hit, or the evidence is vacuous.
    Open = 3,
    /// The same seed gave two different runs.
    Nondeterministic = 4,
    /// A bug of this program.
    Internal = 5,
}

impl ExitCode {
    /// The code that stands for both: the graver one.
    pub(crate) fn and(self, other: ExitCode) -> ExitCode {
        if other.gravity() > self.gravity() { other } else { self }
    }

    /// The code of a report.
    pub(crate) fn of(report: &Report) -> ExitCode {
        match report.verdict {
            Verdict::Nondeterministic => ExitCode::Nondeterministic,
            Verdict::Holds | Verdict::Violated | Verdict::Vacuous | Verdict::Inconclusive
                if report.as_expected =>
            {
                ExitCode::Fine
            }
            Verdict::Vacuous | Verdict::Inconclusive => ExitCode::Open,
            Verdict::Violated if report.runs.interrupted && !report.is_surprising() => {
                ExitCode::Open
            }
            Verdict::Violated | Verdict::Holds => ExitCode::Violated,
        }
    }

    fn gravity(self) -> u8 {
        match self {
            ExitCode::Fine => 0,
            ExitCode::Open => 1,
            ExitCode::Violated => 2,
            ExitCode::Usage => 3,
            ExitCode::Nondeterministic => 4,
            ExitCode::Internal => 5,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        std::process::ExitCode::from(code as u8)
    }
}

/// Why a command ends without a result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something that the user can mend, and how; it may have several lines.
    Usage(String),
    /// Nobody reads the output any more. That is nobody's fault.
    Unread,
    /// The output cannot be written.
    Output(std::io::Error),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Failure::Unread
        } else {
            Failure::Output(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::demo;
    use crate::trial::short::Shrink;
    use crate::trial::{self, Plan};

    fn report() -> Report {
        let loaded = demo::broken().expect("the demo can be run");
        let shrink = Shrink::Never;
        trial::run(&loaded, &Plan { seeds: None, jobs: 1, keep_going: false, shrink }).report
    }

    #[test]
    fn codes_follow_from_the_verdict_and_from_what_was_expected() {
        let mut report = report();
        assert_eq!(ExitCode::of(&report), ExitCode::Fine);
        report.as_expected = false;
        for (verdict, code) in [
            (Verdict::Holds, ExitCode::Violated),
            (Verdict::Violated, ExitCode::Violated),
            (Verdict::Vacuous, ExitCode::Open),
            (Verdict::Inconclusive, ExitCode::Open),
            (Verdict::Nondeterministic, ExitCode::Nondeterministic),
        ] {
            report.verdict = verdict;
            assert_eq!(ExitCode::of(&report), code, "{}", verdict.name());
        }
        report.as_expected = true;
        assert_eq!(ExitCode::of(&report), ExitCode::Nondeterministic, "whatever is expected");
    }

    #[test]
    fn interrupted_before_all_was_seen_is_no_answer_but_a_surprise_is() {
        let mut report = report();
        (report.as_expected, report.runs.interrupted) = (false, true);
        assert_eq!(ExitCode::of(&report), ExitCode::Open);
        report.expected = dtxsim_reports::Expectation::Holds;
        assert_eq!(ExitCode::of(&report), ExitCode::Violated);
    }

    #[test]
    fn the_graver_code_wins() {
        assert_eq!(ExitCode::Open.and(ExitCode::Fine), ExitCode::Open);
        assert_eq!(ExitCode::Open.and(ExitCode::Violated), ExitCode::Violated);
        assert_eq!(ExitCode::Nondeterministic.and(ExitCode::Usage), ExitCode::Nondeterministic);
    }
}
