//! Finds the functions of a file and their sizes.

use crate::lexer::{Token, closing, is_word, parts};

#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    /// Where its `fn` stands.
    pub(crate) line: usize,
    /// From its `fn` to its closing brace, both included.
    pub(crate) lines: usize,
    /// Without `self`.
    pub(crate) parameters: usize,
}

/// All functions, with and without a body, nested ones too.
pub(crate) fn functions<'a>(tokens: &[Token<'a>]) -> Vec<Function<'a>> {
    let keywords = tokens.iter().enumerate().filter(|(_, token)| token.text == "fn");
    keywords.filter_map(|(at, _)| function(&tokens[at..])).collect()
}

/// `None` for a function's type and for a name that a macro fills in.
fn function<'a>(tokens: &[Token<'a>]) -> Option<Function<'a>> {
    let name = tokens.get(1).filter(|token| is_word(token.text))?.text;
    let mut open = 2;
    if tokens.get(open)?.text == "<" {
        open = closing(tokens, open)? + 1;
    }
    let close = closing(tokens, open)?;
    let end = end(tokens, close + 1)?;
    let line = tokens[0].line;
    Some(Function {
        name,
        line,
        lines: tokens[end].line - line + 1,
        parameters: parameters(&tokens[open + 1..close]),
    })
}

/// The closing brace of the body that follows the parameters, or the semicolon instead of a body.
fn end(tokens: &[Token<'_>], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        match tokens.get(at)?.text {
            ";" => return Some(at),
            "{" => return closing(tokens, at),
            // A type may hold a semicolon, `[u8; 2]`, or a brace, `A<{ 1 }>`.
            "(" | "[" | "<" => at = closing(tokens, at)? + 1,
            _ => at += 1,
        }
    }
}

fn parameters(list: &[Token<'_>]) -> usize {
    let all = parts(list);
    let receiver = all.first().is_some_and(|first| {
        first.iter().take_while(|token| token.text != ":").any(|token| token.text == "self")
    });
    all.len() - usize::from(receiver)
}

mod tests {
    use crate::lexer::lex;

    /// Name, line, lines and parameters of each function.
    fn sizes(source: &str) -> Vec<(&str, usize, usize, usize)> {
        let functions = super::functions(&lex(source).tokens);
        functions.into_iter().map(|f| (f.name, f.line, f.lines, f.parameters)).collect()
    }

    #[test]
    fn a_body_ends_at_its_own_brace() {
        let source = "\nfn a() {\n  if b { '}'; \"}\"; } // }\n  /* } */\n}\nfn c() {}\n";
        assert_eq!(sizes(source), [("a", 2, 4, 0), ("c", 6, 1, 0)]);
    }

    #[test]
    fn the_signature_counts_as_lines() {
        let source = "fn a<T>(\n  x: T,\n) -> T\nwhere\n  T: Copy,\n{\n  x\n}\n";
        assert_eq!(sizes(source), [("a", 1, 8, 1)]);
        assert_eq!(sizes("fn a() -> [u8; 2] {\n}"), [("a", 1, 2, 0)]);
        assert_eq!(sizes("fn a() -> A<{ 1 }>\n{\n}"), [("a", 1, 3, 0)]);
    }

    #[test]
    fn nested_functions_count_for_both() {
        assert_eq!(sizes("fn a() {\nfn b() {\n}\n}"), [("a", 1, 4, 0), ("b", 2, 2, 0)]);
    }

    #[test]
    fn parameters_are_counted_without_self() {
        let count = |list: &str| {
            let source = format!("fn f<F: Fn(u8, u8) -> u8>({list}) -> [u8; 2] {{ [0; 2] }}");
            sizes(&source)[0].3
        };
        assert_eq!(count(""), 0);
        assert_eq!(count("&self"), 0);
        assert_eq!(count("mut self: Box<Self>, a: u8"), 1);
        assert_eq!(count("&'a mut self, a: (u8, u8), b: BTreeMap<u8, u8>,"), 2);
        assert_eq!(count("a: impl Fn(u8, u8) -> u8, [b, c]: [u8; 2], d: u8"), 3);
        assert_eq!(count("a: A, b: B, c: C, d: D, e: E, f: F"), 6);
    }

    #[test]
    fn what_is_not_a_function_is_left_out() {
        assert_eq!(sizes("type A = fn(u8) -> u8; let r#fn = 1; fn $name() {}"), []);
        assert_eq!(sizes("trait T {\nfn a(&self) -> [u8; 2];\n}"), [("a", 2, 1, 0)]);
    }
}
