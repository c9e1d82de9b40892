//! A RON text as a tree in which everything knows its place.

use std::ops::Range;

use crate::diagnostic::Diagnostic;

use super::lexer::{Bracket, Token, TokenKind};

/// A value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Node<'t> {
    /// All of it.
    pub(crate) span: Range<usize>,
    /// Its identifier, else its opening bracket, else all of it: where a caret goes that is about
    /// what it is, and not about all that is in it.
    pub(crate) head: Range<usize>,
    pub(crate) kind: Kind<'t>,
}

/// What a value is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind<'t> {
    /// A number, as it is written.
    Number(&'t str),
    /// A string, unescaped.
    Text(String),
    /// A character or a byte string: nothing that a scenario has a use for.
    Useless,
    /// `[a, b]`
    List(Vec<Node<'t>>),
    /// `{a: b}`
    Map(Vec<(Node<'t>, Node<'t>)>),
    /// `name`, `name(..)`, `(..)`
    Shape(Option<Word<'t>>, Body<'t>),
}

/// What a shape has in its parentheses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Body<'t> {
    /// It has none.
    Nothing,
    /// Values without names, or nothing at all.
    Items(Vec<Node<'t>>),
    /// At least one field.
    Fields(Vec<(Word<'t>, Node<'t>)>),
}

/// An identifier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Word<'t> {
    pub(crate) text: &'t str,
    pub(crate) span: Range<usize>,
}

impl<'t> Node<'t> {
    /// The identifier in front, if it is a shape that has one.
    pub(crate) fn word(&self) -> Option<&Word<'t>> {
        match &self.kind {
            Kind::Shape(word, _) => word.as_ref(),
            Kind::Number(_) | Kind::Text(_) | Kind::Useless | Kind::List(_) | Kind::Map(_) => None,
        }
    }
}

/// Makes a tree of the tokens of a text; brackets were checked.
pub(super) fn grow<'t>(text: &'t str, tokens: &[Token]) -> Result<Node<'t>, Diagnostic> {
    let mut grower = Grower { text, tokens, at: 0 };
    let node = grower.value()?;
    match grower.peek() {
        None => Ok(node),
        Some(token) => Err(unexpected(token, "nothing more")),
    }
}

struct Grower<'t, 'k> {
    text: &'t str,
    tokens: &'k [Token],
    at: usize,
}

fn unexpected(token: &Token, expected: &str) -> Diagnostic {
    Diagnostic::at(&token.span, format!("expected {expected} here"))
}

impl<'t, 'k> Grower<'t, 'k> {
    fn peek(&self) -> Option<&'k Token> {
        self.tokens.get(self.at)
    }

    /// The next token's kind and the one after it.
    fn kinds(&self) -> (Option<TokenKind>, Option<TokenKind>) {
        let kind = |at: usize| self.tokens.get(at).map(|token| token.kind);
        (kind(self.at), kind(self.at + 1))
    }

    fn take(&mut self, expected: &str) -> Result<&'k Token, Diagnostic> {
        let end = self.text.len();
        let missing = || Diagnostic::at(&(end..end), format!("expected {expected} here"));
        let token = self.peek().ok_or_else(missing)?;
        self.at += 1;
        Ok(token)
    }

    fn take_kind(&mut self, kind: TokenKind, expected: &str) -> Result<&'k Token, Diagnostic> {
        let token = self.take(expected)?;
        if token.kind == kind { Ok(token) } else { Err(unexpected(token, expected)) }
    }

    fn value(&mut self) -> Result<Node<'t>, Diagnostic> {
        let token = self.take("a value")?;
        let slice = &self.text[token.span.clone()];
        let (kind, end) = match token.kind {
            TokenKind::Number => (Kind::Number(slice), token.span.end),
            TokenKind::Text => {
                let unreadable = || unexpected(token, "a string without unknown escapes");
                let text = ron::from_str(slice).map_err(|_| unreadable())?;
                (Kind::Text(text), token.span.end)
            }
            TokenKind::Character | TokenKind::Bytes => (Kind::Useless, token.span.end),
            TokenKind::Open(Bracket::Square) => {
                let (items, end) = self.sequence(Bracket::Square, Self::value)?;
                (Kind::List(items), end)
            }
            TokenKind::Open(Bracket::Curly) => {
                let (entries, end) = self.sequence(Bracket::Curly, Self::entry)?;
                (Kind::Map(entries), end)
            }
            TokenKind::Open(Bracket::Round) => {
                let (body, end) = self.body()?;
                (Kind::Shape(None, body), end)
            }
            TokenKind::Word => {
                let word = Word { text: slice, span: token.span.clone() };
                if self.kinds().0 == Some(TokenKind::Open(Bracket::Round)) {
                    self.at += 1;
                    let (body, end) = self.body()?;
                    (Kind::Shape(Some(word), body), end)
                } else {
                    (Kind::Shape(Some(word), Body::Nothing), token.span.end)
                }
            }
            TokenKind::Close(_) | TokenKind::Comma | TokenKind::Colon | TokenKind::Other => {
                return Err(unexpected(token, "a value"));
            }
        };
        Ok(Node { span: token.span.start..end, head: token.span.clone(), kind })
    }

    /// What stands between parentheses, the first of which was taken.
    fn body(&mut self) -> Result<(Body<'t>, usize), Diagnostic> {
        if self.kinds() == (Some(TokenKind::Word), Some(TokenKind::Colon)) {
            let (fields, end) = self.sequence(Bracket::Round, Self::field)?;
            Ok((Body::Fields(fields), end))
        } else {
            let (items, end) = self.sequence(Bracket::Round, Self::value)?;
            Ok((Body::Items(items), end))
        }
    }

    /// Things with commas between them, up to a bracket; and where that ends.
    fn sequence<T>(
        &mut self,
        bracket: Bracket,
        one: impl Fn(&mut Self) -> Result<T, Diagnostic>,
    ) -> Result<(Vec<T>, usize), Diagnostic> {
        let mut all = Vec::new();
        let close = TokenKind::Close(bracket);
        let expected = format!("`,` or `{}`", bracket.close());
        loop {
            if self.kinds().0 == Some(close) {
                return Ok((all, self.take(&expected)?.span.end));
            }
            all.push(one(self)?);
            let token = self.take(&expected)?;
            if token.kind == close {
                return Ok((all, token.span.end));
            }
            if token.kind != TokenKind::Comma {
                return Err(unexpected(token, &expected));
            }
        }
    }

    fn entry(&mut self) -> Result<(Node<'t>, Node<'t>), Diagnostic> {
        let key = self.value()?;
        self.take_kind(TokenKind::Colon, "`:`")?;
        Ok((key, self.value()?))
    }

    fn field(&mut self) -> Result<(Word<'t>, Node<'t>), Diagnostic> {
        let token = self.take_kind(TokenKind::Word, "a field's name")?;
        let slice = &self.text[token.span.clone()];
        let word =
            Word { text: slice.strip_prefix("r#").unwrap_or(slice), span: token.span.clone() };
        self.take_kind(TokenKind::Colon, "`:`")?;
        Ok((word, self.value()?))
    }
}
