//! The tokens of a RON text, with their places.
//!
//! It is lenient: what RON would refuse within a token, RON itself refuses later. All that it must
//! get right is where tokens begin and end.

use std::ops::Range;

use crate::diagnostic::Diagnostic;

/// A kind of brackets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bracket {
    Round,
    Square,
    Curly,
}

impl Bracket {
    pub(super) const fn open(self) -> char {
        match self {
            Bracket::Round => '(',
            Bracket::Square => '[',
            Bracket::Curly => '{',
        }
    }

    pub(super) const fn close(self) -> char {
        match self {
            Bracket::Round => ')',
            Bracket::Square => ']',
            Bracket::Curly => '}',
        }
    }
}

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TokenKind {
    Open(Bracket),
    Close(Bracket),
    Comma,
    Colon,
    Word,
    Number,
    Text,
    Character,
    Bytes,
    Other,
}

/// A token: its text is `&source[span]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Range<usize>,
}

/// Cuts a text into tokens; comments and white space are left out.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, Diagnostic> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn next(&mut self) -> Result<Option<Token>, Diagnostic> {
        self.skip_blanks()?;
        let start = self.at;
        let mut characters = self.rest().chars();
        let Some(first) = characters.next() else { return Ok(None) };
        let second = characters.next();
        let kind = match first {
            '(' => self.single(TokenKind::Open(Bracket::Round)),
            '[' => self.single(TokenKind::Open(Bracket::Square)),
            '{' => self.single(TokenKind::Open(Bracket::Curly)),
            ')' => self.single(TokenKind::Close(Bracket::Round)),
            ']' => self.single(TokenKind::Close(Bracket::Square)),
            '}' => self.single(TokenKind::Close(Bracket::Curly)),
            ',' => self.single(TokenKind::Comma),
            ':' => self.single(TokenKind::Colon),
            '"' => self.text(TokenKind::Text)?,
            '\'' => self.character(),
            'b' if second == Some('\'') => {
                self.at += 1;
                self.character()
            }
            'r' | 'b' if self.raw_fence().is_some() => self.raw_text()?,
            'b' if second == Some('"') => {
                self.at += 1;
                self.text(TokenKind::Bytes)?
            }
            'r' if self.rest().starts_with("r#") => {
                self.at += 2;
                self.run(TokenKind::Word, |c| is_word(c) || ['.', '+', '-'].contains(&c))
            }
            '0'..='9' | '+' | '-' | '.' => self.number(),
            c if is_word(c) => self.run(TokenKind::Word, is_word),
            other => {
                self.at += other.len_utf8();
                TokenKind::Other
            }
        };
        Ok(Some(Token { kind, span: start..self.at }))
    }

    fn single(&mut self, kind: TokenKind) -> TokenKind {
        self.at += 1;
        kind
    }

    fn run(&mut self, kind: TokenKind, belongs: impl Fn(char) -> bool) -> TokenKind {
        let rest = self.rest();
        self.at += rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        kind
    }

    fn number(&mut self) -> TokenKind {
        self.at += 1;
        loop {
            self.run(TokenKind::Number, |c| is_word(c) || c == '.');
            // The sign of an exponent.
            let ends_in_e = self.text[..self.at].ends_with(['e', 'E']);
            if !(ends_in_e && self.rest().starts_with(['+', '-'])) {
                return TokenKind::Number;
            }
            self.at += 1;
        }
    }

    fn text(&mut self, kind: TokenKind) -> Result<TokenKind, Diagnostic> {
        let start = self.at;
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices().skip(1) {
            if c == '"' && !escaped {
                self.at += offset + 1;
                return Ok(kind);
            }
            escaped = c == '\\' && !escaped;
        }
        Err(Diagnostic::at(&(start..start + 1), "this string never ends").help("end it with `\"`"))
    }

    /// `'x'`, `'\n'`, `'\u{e4}'`; of anything else the quote alone.
    fn character(&mut self) -> TokenKind {
        let body = &self.rest()[1..];
        let least = match body.strip_prefix('\\') {
            Some(escape) => 1 + escape.chars().next().map_or(0, char::len_utf8),
            None => body.chars().next().map_or(0, char::len_utf8),
        };
        let end = body[least..].find('\'').filter(|&end| end <= 10);
        self.at += 1 + end.map_or(0, |end| least + end + 1);
        TokenKind::Character
    }

    /// The number of `#` of a raw string that begins here, and where its text begins.
    fn raw_fence(&self) -> Option<(usize, usize)> {
        let rest = self.rest();
        let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
        let hashes = after.len() - after.trim_start_matches('#').len();
        after[hashes..].starts_with('"').then_some((hashes, rest.len() - after.len() + hashes + 1))
    }

    fn raw_text(&mut self) -> Result<TokenKind, Diagnostic> {
        let start = self.at;
        let (hashes, begin) = self.raw_fence().unwrap_or((0, 0));
        let kind = if self.rest().starts_with('b') { TokenKind::Bytes } else { TokenKind::Text };
        let fence = format!("\"{}", "#".repeat(hashes));
        match self.rest()[begin..].find(&fence) {
            Some(end) => {
                self.at += begin + end + fence.len();
                Ok(kind)
            }
            None => Err(Diagnostic::at(&(start..start + begin), "this raw string never ends")
                .help(format!("end it with `{}`", crate::names::printable(&fence)))),
        }
    }

    fn skip_blanks(&mut self) -> Result<(), Diagnostic> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            if blank > 0 {
                self.at += blank;
            } else if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.block_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    /// Block comments nest.
    fn block_comment(&mut self) -> Result<(), Diagnostic> {
        let start = self.at;
        let mut depth = 0u32;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                depth -= 1;
                self.at += 2;
            } else if let Some(c) = rest.chars().next() {
                self.at += c.len_utf8();
            } else {
                return Err(Diagnostic::at(&(start..start + 2), "this comment never ends")
                    .help("end it with `*/`; comments nest"));
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

/// Beyond ASCII, what may be in a name is left to RON.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || !(c.is_ascii() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<&str> {
        let tokens = lex(text).unwrap_or_else(|d| panic!("{text}: {}", d.message));
        tokens.into_iter().map(|token| &text[token.span]).collect()
    }

    #[test]
    fn tokens_end_where_they_should() {
        assert_eq!(
            tokens("(a: -1_0, b:[x])"),
            "( a : -1_0 , b : [ x ] )".split(' ').collect::<Vec<_>>()
        );
        assert_eq!(
            tokens(r#""a\"b" 'x' '\'' b'x' b"y" '"'"#),
            [r#""a\"b""#, "'x'", r"'\''", "b'x'", "b\"y\"", "'\"'"]
        );
        assert_eq!(
            tokens("r#\"a\"b\"# r\"c\" r#type br##\"d\"#\"##"),
            ["r#\"a\"b\"#", "r\"c\"", "r#type", "br##\"d\"#\"##"]
        );
        assert_eq!(tokens("1.5e-3,0x1F .5"), ["1.5e-3", ",", "0x1F", ".5"]);
    }

    #[test]
    fn comments_are_left_out_and_nest() {
        assert_eq!(tokens("a // \"b\n/* c /* ' */ \" */ d // e"), ["a", "d"]);
        assert!(lex("/* a /* b */").is_err());
    }

    #[test]
    fn what_never_ends_is_an_error() {
        for text in ["\"abc", "\"abc\\\"", "r#\"abc\"", "/*"] {
            let error = lex(text).expect_err(text);
            assert_eq!(error.span.map(|span| span.start), Some(0), "{text}");
        }
    }
}
