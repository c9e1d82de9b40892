//! Tokens of schedules: a path of the untimed world as a line of text.
//!
//! The text is `dtxp1-` and, sealed as the tokens of runs are:
//!
//! ```text
//! engine    length, UTF-8
//! scenario  length, UTF-8
//! digest    8 bytes, little-endian
//! print     8 bytes, little-endian
//! network   bag 0, fifo 1, set 2
//! timers    any 0, quiescent 1
//! budgets   crashes, drops, duplicates, partitions, a byte each
//! flags     restarts 1, split_sync 2, any_sends 4
//! ending    none 0, quiet 1, stalled 2
//! property  length, UTF-8
//! seed, skipped, interest
//! choices   how many, then of each its number, and its mark in 2 bytes, little-endian
//! ```

use std::fmt;
use std::str::FromStr;

use super::codec::{self, Reader, put};
use super::{ENGINE, Token, TokenError, VERSION, digits, is_name};
use crate::monitor::Ending;
use crate::trace::Trace;
use crate::untimed::{Bounds, Budgets, Choice, Network, Schedule, Timers};

const FAMILY: &str = "dtxp";

/// A schedule that can be replayed elsewhere.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PathToken {
    /// The version of the engine that made it.
    pub engine: String,
    /// Where the scenario was found: a hint.
    pub scenario: String,
    /// The scenario's digest.
    pub digest: u64,
    /// The fingerprint of the trace.
    pub fingerprint: u64,
    /// The property that it violates.
    pub property: String,
    /// The schedule.
    pub schedule: Schedule,
}

impl PathToken {
    /// At most so many choices are read: more do not fit a token's text.
    pub const CHOICES_MAX: usize = 1 << 14;

    /// The token of a schedule in `scenario` (a name or a path) with that digest, of which this is
    /// the trace, and the property that it violates.
    pub fn new(
        (scenario, digest): (&str, u64),
        schedule: &Schedule,
        trace: &Trace,
        property: &str,
    ) -> PathToken {
        let scenario = if is_name(scenario) { scenario.to_owned() } else { String::new() };
        PathToken {
            engine: ENGINE.to_owned(),
            scenario,
            digest,
            fingerprint: trace.steps.last().map_or(0, |step| step.chain),
            property: property.to_owned(),
            schedule: schedule.clone(),
        }
    }

    /// Its text; none if it is so long that nobody would read it.
    pub fn text(&self) -> Option<String> {
        let is_short = self.schedule.choices.len() <= PathToken::CHOICES_MAX;
        Some(self.to_string()).filter(|text| is_short && text.len() <= Token::TEXT_MAX)
    }

    fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for name in [&self.engine, &self.scenario] {
            put(&mut body, name.len() as u64);
            body.extend_from_slice(name.as_bytes());
        }
        body.extend_from_slice(&self.digest.to_le_bytes());
        body.extend_from_slice(&self.fingerprint.to_le_bytes());
        let Schedule { bounds, seed, skipped, interest, ending, choices } = &self.schedule;
        let Bounds { network, timers, budgets, restarts, split_sync, any_sends } = *bounds;
        let Budgets { crashes, drops, duplicates, partitions } = budgets;
        body.push(match network {
            Network::Bag => 0,
            Network::Fifo => 1,
            Network::Set => 2,
        });
        body.push(match timers {
            Timers::Any => 0,
            Timers::Quiescent => 1,
        });
        body.extend_from_slice(&[crashes, drops, duplicates, partitions]);
        let flags = [restarts, split_sync, any_sends];
        body.push((0..).zip(flags).fold(0, |all, (bit, flag)| all | u8::from(flag) << bit));
        body.push(match ending {
            None => 0,
            Some(Ending::Quiet) => 1,
            Some(Ending::Stalled | Ending::OutOfSteps | Ending::Interrupted) => 2,
        });
        put(&mut body, self.property.len() as u64);
        body.extend_from_slice(self.property.as_bytes());
        for number in [*seed, *skipped, *interest] {
            put(&mut body, number);
        }
        put(&mut body, choices.len() as u64);
        for choice in choices {
            put(&mut body, u64::from(choice.number));
            body.extend_from_slice(&choice.mark.to_le_bytes());
        }
        body
    }
}

fn read(reader: &mut Reader<'_>) -> Option<PathToken> {
    let (engine, scenario) = (reader.name()?, reader.name()?);
    let digest = u64::from_le_bytes(reader.take(8)?.try_into().ok()?);
    let fingerprint = u64::from_le_bytes(reader.take(8)?.try_into().ok()?);
    let bounds = bounds(reader)?;
    let ending = match reader.take(1)?[0] {
        0 => None,
        1 => Some(Ending::Quiet),
        2 => Some(Ending::Stalled),
        _ => return None,
    };
    let property = reader.name()?;
    let (seed, skipped) = (reader.number()?, reader.number()?);
    let interest = reader.number()?;
    let count = reader.length(PathToken::CHOICES_MAX)?;
    let mut choices = Vec::new();
    for _ in 0..count {
        let number = u32::try_from(reader.number()?).ok()?;
        let mark = reader.take(2)?;
        choices.push(Choice { number, mark: u16::from_le_bytes([mark[0], mark[1]]) });
    }
    let schedule = Schedule { bounds, seed, skipped, interest, ending, choices };
    Some(PathToken { engine, scenario, digest, fingerprint, property, schedule })
}

fn bounds(reader: &mut Reader<'_>) -> Option<Bounds> {
    let [network, timers, crashes, drops, duplicates, partitions, flags] =
        reader.take(7)?.try_into().ok()?;
    Some(Bounds {
        network: match network {
            0 => Network::Bag,
            1 => Network::Fifo,
            2 => Network::Set,
            _ => return None,
        },
        timers: match timers {
            0 => Timers::Any,
            1 => Timers::Quiescent,
            _ => return None,
        },
        budgets: Budgets { crashes, drops, duplicates, partitions },
        restarts: flags & 1 != 0,
        split_sync: flags & 2 != 0,
        any_sends: flags & 4 != 0,
    })
    .filter(|_| flags < 8)
}

impl fmt::Display for PathToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FAMILY}{VERSION}-{}", codec::seal(self.body()))
    }
}

impl FromStr for PathToken {
    type Err = TokenError;

    /// As the tokens of runs are read.
    fn from_str(text: &str) -> Result<PathToken, TokenError> {
        codec::open(digits(text, FAMILY)?, read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token(choices: &[(u32, u16)]) -> PathToken {
        let budgets = Budgets { crashes: 1, drops: 2, duplicates: 3, partitions: 255 };
        let choices = choices.iter().map(|&(number, mark)| Choice { number, mark }).collect();
        PathToken {
            engine: ENGINE.into(),
            scenario: "scenarios/ü.ron".into(),
            digest: 7,
            fingerprint: 99,
            property: "agreement".into(),
            schedule: Schedule {
                bounds: Bounds { budgets, ..Bounds::default() },
                seed: 1 << 40,
                skipped: 5,
                interest: 1 << 63,
                ending: Some(Ending::Stalled),
                choices,
            },
        }
    }

    #[test]
    fn every_changed_character_is_found() {
        let text = token(&[(1, 2), (300, 0xffff)]).to_string();
        for at in FAMILY.len() + 2..text.len() {
            for digit in "0123456789abcdefghjkmnpqrstvwxyz".chars() {
                let mut other = text.clone();
                other.replace_range(at..=at, &digit.to_string());
                assert_eq!(other.parse::<PathToken>().is_ok(), other == text, "{other}");
            }
        }
    }

    #[test]
    fn a_token_cut_short_is_called_that() {
        let text = token(&[(1, 2), (3, 4)]).to_string();
        for length in 9..text.len() - 1 {
            let error = text[..length].parse::<PathToken>().expect_err("its end is missing");
            assert!(matches!(error, TokenError::Truncated | TokenError::Damaged), "{error}");
        }
        assert_eq!("dtxp1".parse::<PathToken>(), Err(TokenError::Truncated));
    }

    #[test]
    fn the_token_of_a_run_is_no_token_of_a_path() {
        let path = token(&[(1, 2)]).to_string();
        assert_eq!(path.parse::<Token>(), Err(TokenError::NotAToken));
        assert_eq!("dtx1-00".parse::<PathToken>(), Err(TokenError::NotAToken));
        let newer = path.replacen('1', "2", 1).parse::<PathToken>();
        assert_eq!(newer, Err(TokenError::UnknownVersion { version: "2".into() }));
    }

    proptest! {
        #[test]
        fn tokens_come_back(
            (seed, skipped, digest, fingerprint) in any::<(u64, u64, u64, u64)>(),
            (interest, property) in (any::<u64>(), "[a-z-]{0,30}"),
            (network, timers, ending) in (0usize..3, 0usize..2, 0usize..3),
            (restarts, split_sync, any_sends, [crashes, drops, duplicates, partitions])
                in any::<(bool, bool, bool, [u8; 4])>(),
            choices in prop::collection::vec(any::<(u32, u16)>(), 0..300),
        ) {
            let mut token = token(&choices);
            let bounds = Bounds {
                network: [Network::Bag, Network::Fifo, Network::Set][network],
                timers: [Timers::Any, Timers::Quiescent][timers],
                budgets: Budgets { crashes, drops, duplicates, partitions },
                restarts,
                split_sync,
                any_sends,
            };
            let ending = [None, Some(Ending::Quiet), Some(Ending::Stalled)][ending];
            let choices = token.schedule.choices;
            (token.digest, token.fingerprint) = (digest, fingerprint);
            token.property = property;
            token.schedule = Schedule { bounds, seed, skipped, interest, ending, choices };
            prop_assert_eq!(token.to_string().parse(), Ok(token));
        }

        #[test]
        fn no_text_panics(digits in "[0-9a-z]{0,90}") {
            let token = ["dtxp1-", &digits].concat().parse::<PathToken>();
            prop_assert!(token.is_err(), "{:?}", token);
        }
    }
}
