//! Whether every bracket has its counterpart, and how deep they nest.

use crate::diagnostic::Diagnostic;

use super::lexer::{Bracket, Token, TokenKind};

/// No scenario needs brackets nested deeper than this.
pub(super) const DEEPEST: usize = 64;

/// The first bracket that is wrong.
pub(super) fn check(tokens: &[Token]) -> Result<(), Diagnostic> {
    let mut open: Vec<(&Token, Bracket)> = Vec::new();
    for token in tokens {
        match token.kind {
            TokenKind::Open(bracket) => {
                open.push((token, bracket));
                if open.len() > DEEPEST {
                    return Err(Diagnostic::at(&token.span, "brackets are nested too deeply")
                        .note(format!("the most is {DEEPEST}")));
                }
            }
            TokenKind::Close(bracket) => match open.pop() {
                None => {
                    let message = format!("no bracket is open for this `{}`", bracket.close());
                    return Err(Diagnostic::at(&token.span, message));
                }
                Some((opened, opening)) if opening != bracket => {
                    let (wanted, found) = (opening.close(), bracket.close());
                    let message = format!("expected `{wanted}`, found `{found}`");
                    return Err(Diagnostic::at(&token.span, message)
                        .related(&opened.span, format!("closes this `{}`", opening.open())));
                }
                Some(_) => {}
            },
            TokenKind::Comma
            | TokenKind::Colon
            | TokenKind::Word
            | TokenKind::Number
            | TokenKind::Text
            | TokenKind::Character
            | TokenKind::Bytes
            | TokenKind::Other => {}
        }
    }
    match open.pop() {
        None => Ok(()),
        Some((token, bracket)) => {
            let message = format!("this `{}` is never closed", bracket.open());
            Err(Diagnostic::at(&token.span, message)
                .help(format!("close it with `{}`", bracket.close())))
        }
    }
}
