//! Replay tokens: one run as a line of text that can be pasted into an issue.
//!
//! A token names the engine, the scenario, the seed and what the run did, so that a replay
//! elsewhere can say whether it is the same run, and if not, where it first differs.

mod codec;
mod path;

use std::fmt;
use std::str::FromStr;

use crate::timed::Outcome;
use crate::trace::Trace;

/// The version of the engine that this is.
pub const ENGINE: &str = env!("CARGO_PKG_VERSION");

pub use path::PathToken;

const FAMILY: &str = "dtx";
const VERSION: &str = "1";

/// A run that can be replayed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Token {
    /// The version of the engine that made it.
    pub engine: String,
    /// Where the scenario was found: a hint; empty if it would be longer than [`Token::NAME_MAX`].
    pub scenario: String,
    /// The scenario's digest.
    pub digest: u64,
    /// The seed.
    pub seed: u64,
    /// The run's fingerprint.
    pub fingerprint: u64,
    /// How many steps it took.
    pub steps: u64,
    /// The [marks](crate::trace::Step::mark) of the first [`Token::CHOICES_MAX`] steps. A longer
    /// run keeps only these; that the rest is the same, the fingerprint says.
    pub choices: Vec<u16>,
}

impl Token {
    /// At most so many choices are kept.
    pub const CHOICES_MAX: usize = 256;

    /// At most so many bytes of a name are kept.
    pub const NAME_MAX: usize = 1024;

    /// A longer text is no token.
    pub const TEXT_MAX: usize = 64 * 1024;

    /// The token of a recorded run of `scenario` (a name or a path) with that digest.
    pub fn new(scenario: &str, digest: u64, outcome: &Outcome, trace: &Trace) -> Token {
        let scenario = if is_name(scenario) { scenario.to_owned() } else { String::new() };
        let marks = trace.steps.iter().map(|step| step.mark);
        Token {
            engine: ENGINE.to_owned(),
            scenario,
            digest,
            seed: outcome.seed,
            fingerprint: outcome.fingerprint,
            steps: outcome.steps,
            choices: marks.take(Token::CHOICES_MAX).collect(),
        }
    }
}

/// Short enough to keep, and safe to print on a terminal.
fn is_name(name: &str) -> bool {
    name.len() <= Token::NAME_MAX && !name.chars().any(char::is_control)
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FAMILY}{VERSION}-{}", codec::write(self))
    }
}

impl FromStr for Token {
    type Err = TokenError;

    /// Upper case is the same as lower case, and blanks within, as a mail program may put them,
    /// are skipped.
    fn from_str(text: &str) -> Result<Token, TokenError> {
        codec::read(digits(text, FAMILY)?)
    }
}

/// What follows the name of that family of tokens and the version of its form.
fn digits<'t>(text: &'t str, family: &str) -> Result<&'t str, TokenError> {
    if text.len() > Token::TEXT_MAX {
        return Err(TokenError::TooLong { bytes: text.len() });
    }
    let text = text.trim();
    let head = text.get(..family.len()).filter(|head| head.eq_ignore_ascii_case(family));
    let rest = head.and_then(|head| text.get(head.len()..)).ok_or(TokenError::NotAToken)?;
    let (version, digits) = match rest.split_once('-') {
        Some((version, digits)) => (version, digits),
        None if is_version(rest) => return Err(TokenError::Truncated),
        None => return Err(TokenError::NotAToken),
    };
    if !is_version(version) {
        return Err(TokenError::NotAToken);
    }
    if version != VERSION {
        return Err(TokenError::UnknownVersion { version: version.to_owned() });
    }
    Ok(digits)
}

fn is_version(text: &str) -> bool {
    (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Why a text is not a token that can be replayed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TokenError {
    /// It does not look like a token at all.
    NotAToken,
    /// It is a token of a form that this version does not know.
    UnknownVersion {
        /// That form's number.
        version: String,
    },
    /// Its end is missing.
    Truncated,
    /// Some character is wrong.
    Damaged,
    /// It is longer than any token.
    TooLong {
        /// How long.
        bytes: usize,
    },
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenError::NotAToken => {
                write!(f, "not a token: a token begins with `{FAMILY}{VERSION}-` or `dtxp1-`")
            }
            TokenError::UnknownVersion { version } => write!(
                f,
                "a token of form {version}, of which this version ({ENGINE}) knows nothing: \
                 replay it with the version that made it"
            ),
            TokenError::Truncated => {
                f.write_str("the end of the token is missing: copy all of it, to its last letter")
            }
            TokenError::Damaged => {
                f.write_str("the token is damaged: its checksum does not fit; copy it again")
            }
            TokenError::TooLong { bytes } => {
                let most = Token::TEXT_MAX;
                write!(f, "{bytes} bytes are no token: none is longer than {most}; check the input")
            }
        }
    }
}

impl std::error::Error for TokenError {}

/// How a run differs from the one that a token was made of. Steps are counted from zero.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Drift {
    /// The first choice that no longer fits.
    Choice {
        /// At which step.
        step: u64,
        /// What the run does there now.
        now: String,
    },
    /// The run ends earlier.
    Ends {
        /// After so many steps.
        steps: u64,
        /// The token's run took so many.
        wanted: u64,
    },
    /// The run goes on after the token's run had ended.
    GoesOn {
        /// From this step.
        step: u64,
        /// What the run does there.
        now: String,
    },
    /// Every choice that was kept fits; the runs differ in times, in effects, or later on.
    Unseen {
        /// How many choices were compared.
        compared: u64,
    },
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Drift::Choice { step, now } => {
                write!(f, "choice {step} no longer fits: at step {step} the run now does `{now}`")
            }
            Drift::Ends { steps, wanted } => {
                write!(
                    f,
                    "choice {steps} is never made: the run now ends after {steps} of {wanted} steps"
                )
            }
            Drift::GoesOn { step, now } => {
                write!(f, "the run no longer ends after {step} steps: it goes on with `{now}`")
            }
            Drift::Unseen { compared } => write!(
                f,
                "the first {compared} choices fit, but the fingerprint does not: the runs differ \
                 in times, in effects or in later steps"
            ),
        }
    }
}

/// Where a recorded run differs from the one that the token was made of; `None` if it is the same.
pub fn drift(token: &Token, trace: &Trace) -> Option<Drift> {
    for (index, &choice) in token.choices.iter().enumerate() {
        match trace.steps.get(index) {
            None => break,
            Some(step) if step.mark == choice => {}
            Some(step) => {
                let now = trace.action_text(&step.action);
                return Some(Drift::Choice { step: index as u64, now });
            }
        }
    }
    let steps = trace.steps.len() as u64;
    if steps < token.steps {
        return Some(Drift::Ends { steps, wanted: token.steps });
    }
    let after = usize::try_from(token.steps).ok().and_then(|index| trace.steps.get(index));
    if let Some(step) = after {
        return Some(Drift::GoesOn { step: token.steps, now: trace.action_text(&step.action) });
    }
    let fingerprint = trace.steps.last().map_or(0, |step| step.chain);
    let compared = token.choices.len() as u64;
    (fingerprint != token.fingerprint).then_some(Drift::Unseen { compared })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Nanos;
    use crate::trace::{Action, Step};
    use proptest::prelude::*;

    fn trace(marks: &[u16]) -> Trace {
        let step = |(index, &mark): (usize, &u16)| Step {
            index: index as u64,
            at: Nanos(index as u64),
            cause: None,
            action: Action::Timer { process: 0, timer: format!("t{mark}") },
            effects: Vec::new(),
            chain: 100 + index as u64,
            mark,
        };
        let steps = marks.iter().enumerate().map(step).collect();
        Trace { processes: vec!["a".into()], steps, ..Trace::default() }
    }

    fn token(marks: &[u16]) -> Token {
        let steps = marks.len() as u64;
        Token {
            engine: ENGINE.into(),
            scenario: "scenarios/ü.ron".into(),
            digest: 7,
            seed: 42,
            fingerprint: 99 + steps,
            steps,
            choices: marks.iter().copied().take(Token::CHOICES_MAX).collect(),
        }
    }

    #[test]
    fn a_run_that_is_the_same_has_not_drifted() {
        assert_eq!(drift(&token(&[1, 2, 3]), &trace(&[1, 2, 3])), None);
        let long: Vec<u16> = (0..1000).collect();
        assert_eq!(drift(&token(&long), &trace(&long)), None);
    }

    #[test]
    fn the_first_choice_that_no_longer_fits_is_named() {
        let changed = drift(&token(&[1, 2, 3]), &trace(&[1, 5, 3])).expect("it drifted");
        assert_eq!(
            changed.to_string(),
            "choice 1 no longer fits: at step 1 the run now does `a: timer t5`"
        );
        let text = |marks: &[u16], now: &[u16]| drift(&token(marks), &trace(now)).unwrap();
        assert_eq!(text(&[1, 2, 3], &[1, 2]), Drift::Ends { steps: 2, wanted: 3 });
        assert_eq!(text(&[1], &[1, 2]), Drift::GoesOn { step: 1, now: "a: timer t2".into() });
        let mut other = token(&[1, 2]);
        other.fingerprint += 1;
        assert_eq!(drift(&other, &trace(&[1, 2])), Some(Drift::Unseen { compared: 2 }));
    }

    #[test]
    fn every_changed_character_is_found() {
        let text = token(&[1, 2, 3, 0xffff]).to_string();
        for at in 5..text.len() {
            for digit in "0123456789abcdefghjkmnpqrstvwxyz".chars() {
                let mut other = text.clone();
                other.replace_range(at..=at, &digit.to_string());
                assert_eq!(other.parse::<Token>().is_ok(), other == text, "{other}");
            }
        }
    }

    #[test]
    fn a_token_cut_short_is_called_that() {
        let text = token(&[1, 2, 3]).to_string();
        let cut = |length: usize| text[..length].parse::<Token>().unwrap_err();
        assert!(
            (8..text.len() - 1)
                .all(|n| matches!(cut(n), TokenError::Truncated | TokenError::Damaged))
        );
        assert_eq!([cut(4), cut(5), cut(20)], [(); 3].map(|()| TokenError::Truncated));
        assert_eq!(format!("{text}00").parse::<Token>(), Err(TokenError::Damaged));
    }

    #[test]
    fn what_is_no_token_says_why() {
        let error = |text: &str| text.parse::<Token>().unwrap_err();
        for text in ["", "-", "dtx", "dtx-", "dtxa-0", "scenario.ron", "dtx12345-", "é", "dté"] {
            assert_eq!(error(text), TokenError::NotAToken, "{text}");
        }
        assert_eq!(error("dtx2-00"), TokenError::UnknownVersion { version: "2".into() });
        assert_eq!(error("dtx1-u"), TokenError::Damaged);
        let long = format!("dtx1-{}", "0".repeat(Token::TEXT_MAX));
        assert_eq!(error(&long), TokenError::TooLong { bytes: long.len() });
    }

    #[test]
    fn case_and_blanks_do_not_matter() {
        let token = token(&[9; 300]);
        let text = token.to_string();
        assert_eq!(text.to_uppercase().parse(), Ok(token.clone()));
        let (head, tail) = text.split_at(60);
        assert_eq!(format!("  {head}\n  {tail}\n").parse(), Ok(token));
    }

    #[test]
    fn names_that_a_terminal_would_obey_are_not_kept() {
        assert!(!is_name("\u{1b}[2J") && !is_name(&"x".repeat(1025)) && is_name("a b/ü.ron"));
        let mut token = token(&[]);
        token.scenario = "\u{1b}[2J".into();
        assert_eq!(token.to_string().parse::<Token>(), Err(TokenError::Damaged));
    }

    fn names() -> impl Strategy<Value = (String, String)> {
        ("[0-9.a-z]{0,20}", "[a-zü/. ]{0,300}")
    }

    proptest! {
        #[test]
        fn tokens_come_back(
            (engine, scenario) in names(),
            (digest, seed) in any::<(u64, u64)>(),
            (fingerprint, steps) in any::<(u64, u64)>(),
            choices in prop::collection::vec(any::<u16>(), 0..=Token::CHOICES_MAX),
        ) {
            let token = Token { engine, scenario, digest, seed, fingerprint, steps, choices };
            prop_assert_eq!(token.to_string().parse(), Ok(token));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,60}", digits in "[0-9a-z]{0,90}") {
            prop_assert!(text.parse::<Token>().is_err());
            for body in [text, digits] {
                let token = format!("dtx1-{body}").parse::<Token>();
                prop_assert!(token.is_err(), "{:?}", token);
            }
        }
    }
}
