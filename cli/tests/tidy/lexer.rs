//! Enough of a Rust lexer to tell code from comments and literals.

/// A word, a symbol (`=>`, `->`, `::` or one character) or a literal, whose text is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    pub(crate) line: usize,
}

#[derive(Default, Debug)]
pub(crate) struct Lexed<'a> {
    pub(crate) tokens: Vec<Token<'a>>,
    pub(crate) comments: Vec<Token<'a>>,
}

pub(crate) fn lex(source: &str) -> Lexed<'_> {
    let mut lexed = Lexed::default();
    let mut rest = source;
    let mut line = 1;
    while !rest.is_empty() {
        let (class, length) = first(rest);
        let (text, tail) = rest.split_at(length);
        match class {
            Class::Space => {}
            Class::Comment => lexed.comments.push(Token { text, line }),
            Class::Literal => lexed.tokens.push(Token { text: "", line }),
            Class::Code => lexed.tokens.push(Token { text, line }),
        }
        line += text.matches('\n').count();
        rest = tail;
    }
    lexed
}

/// Whether it is a name or a keyword.
pub(crate) fn is_word(text: &str) -> bool {
    text.starts_with(is_word_character)
}

/// The index of the bracket that closes the one at `open`.
pub(crate) fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let opener = tokens[open].text;
    let closer = match opener {
        "(" => ")",
        "[" => "]",
        "{" => "}",
        "<" => ">",
        _ => return None,
    };
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.text == opener {
            depth += 1;
        } else if token.text == closer {
            depth -= 1;
            if depth == 0 {
                return Some(index);
            }
        }
    }
    None
}

/// The parts of a list that its outermost commas separate; an empty last one does not count.
pub(crate) fn parts<'t, 'a>(list: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (index, token) in list.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" | "<" => depth += 1,
            ")" | "]" | "}" | ">" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                parts.push(&list[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    if start < list.len() {
        parts.push(&list[start..]);
    }
    parts
}

enum Class {
    Space,
    Comment,
    Literal,
    Code,
}

/// The class and the length in bytes of what `rest` begins with.
fn first(rest: &str) -> (Class, usize) {
    let character = rest.chars().next().expect("there is a rest");
    if character.is_whitespace() {
        (Class::Space, character.len_utf8())
    } else if rest.starts_with("//") {
        (Class::Comment, rest.find('\n').unwrap_or(rest.len()))
    } else if rest.starts_with("/*") {
        (Class::Comment, block_comment(rest))
    } else if character == '"' {
        (Class::Literal, string(rest))
    } else if let Some(length) = raw_string(rest) {
        (Class::Literal, length)
    } else if let Some(length) = character_literal(rest) {
        (Class::Literal, length)
    } else if is_word_character(character) {
        (Class::Code, word(rest))
    } else if ["=>", "->", "::"].iter().any(|symbol| rest.starts_with(symbol)) {
        (Class::Code, 2)
    } else {
        (Class::Code, character.len_utf8())
    }
}

fn is_word_character(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn word(rest: &str) -> usize {
    // A raw identifier is one word: `r#fn` is not the keyword.
    let prefix = match rest.strip_prefix("r#") {
        Some(tail) if is_word(tail) => 2,
        Some(_) | None => 0,
    };
    let tail = &rest[prefix..];
    prefix + tail.find(|character| !is_word_character(character)).unwrap_or(tail.len())
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let tail = &rest.as_bytes()[at..];
        if tail.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == '"' {
            return at + 1;
        }
    }
    rest.len()
}

fn raw_string(rest: &str) -> Option<usize> {
    let tail = ["r", "br", "cr"].iter().find_map(|prefix| rest.strip_prefix(prefix))?;
    let content = tail.trim_start_matches('#');
    let hashes = tail.len() - content.len();
    let content = content.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = content.find(&end).map_or(content.len(), |at| at + end.len());
    Some(rest.len() - content.len() + length)
}

/// `None` for a lifetime, which has no closing quote.
fn character_literal(rest: &str) -> Option<usize> {
    let content = rest.strip_prefix('\'')?;
    let mut characters = content.chars();
    if characters.next()? == '\\' {
        // Past the quote, the backslash and what it escapes, which may be a quote itself.
        let escaped = characters.next()?.len_utf8();
        return rest[2 + escaped..].find('\'').map(|at| 2 + escaped + at + 1);
    }
    let length = content.len() - characters.as_str().len();
    (characters.next()? == '\'').then_some(length + 2)
}

mod tests {
    use super::lex;

    fn words(source: &str) -> Vec<&str> {
        lex(source).tokens.into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        assert_eq!(words("a // b\nc /* d /* e */ f */ g"), ["a", "c", "g"]);
        assert_eq!(words(r#"a("b \" c", d)"#), ["a", "(", "", ",", "d", ")"]);
        assert_eq!(words("r#\"a \" b\"# c br\"d\\\" e"), ["", "c", "", "e"]);
        assert_eq!(words(r"'{' '\'' '\u{7d}' b'}' x"), ["", "", "", "b", "", "x"]);
    }

    #[test]
    fn lifetimes_and_raw_identifiers_are_code() {
        assert_eq!(words("&'a T"), ["&", "'", "a", "T"]);
        assert_eq!(words("<'a,'b>"), ["<", "'", "a", ",", "'", "b", ">"]);
        assert_eq!(words("r#fn for br"), ["r#fn", "for", "br"]);
    }

    #[test]
    fn tokens_know_their_lines() {
        let lexed = lex("a \"b\n\nc\" d\n/* e\n */ f");
        let lines: Vec<_> = lexed.tokens.iter().map(|token| (token.text, token.line)).collect();
        assert_eq!(lines, [("a", 1), ("", 1), ("d", 3), ("f", 5)]);
        assert_eq!(lexed.comments[0].line, 4);
    }
}
