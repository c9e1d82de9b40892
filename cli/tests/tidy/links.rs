//! Relative links in Markdown must lead to a file.

use crate::offence::Offence;
use crate::tree::{File, Tree};

pub(crate) fn offences(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in tree.with_extension("md") {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, target) in targets(file) {
            let path = target.split(['#', '?']).next().unwrap_or(target);
            if !is_relative(target) || path.is_empty() {
                continue;
            }
            if !tree.locate(folder).join(path).exists() {
                let change = format!("the link to `{target}` leads nowhere: mend or remove it");
                offences.push(Offence::new(&file.path, line, change));
            }
        }
    }
    offences
}

/// Whether it has no scheme such as `https:` or `mailto:`.
fn is_relative(target: &str) -> bool {
    let name = target.split(['/', '#', '?']).next().unwrap_or(target);
    !name.contains(':') && !target.starts_with("//")
}

/// The link targets outside code, each with the number of its line.
fn targets(file: &File) -> Vec<(usize, &str)> {
    let mut targets = Vec::new();
    let mut fence = None;
    for (index, line) in file.text.lines().enumerate() {
        let marker = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, marker) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
            (None, None) => targets.extend(in_line(line).into_iter().map(|to| (index + 1, to))),
        }
    }
    targets
}

fn in_line(line: &str) -> Vec<&str> {
    let mut targets = Vec::new();
    // A definition: `[name]: target`.
    if let Some((_, target)) = line.split_once("]: ").filter(|_| line.starts_with('[')) {
        targets.extend(target.split_whitespace().next());
    }
    // Every second part is code.
    for text in line.split('`').step_by(2) {
        let links = text.split("](").skip(1).filter_map(|tail| tail.split([')', ' ']).next());
        targets.extend(links);
    }
    targets
}

mod tests {
    use super::{in_line, is_relative, targets};
    use crate::tree::File;

    #[test]
    fn links_are_found() {
        assert_eq!(
            in_line("[a](b.md) ![c](d.svg \"e\") [f](g/h.md#i)"),
            ["b.md", "d.svg", "g/h.md#i"]
        );
        assert_eq!(in_line("[a]: b.md \"c\""), ["b.md"]);
        assert_eq!(in_line("[`a`](b.md)"), ["b.md"]);
    }

    #[test]
    fn code_holds_no_links() {
        assert_eq!(in_line("`a[b](c)` and `d`"), [""; 0]);
        let text = "```\n[a](b)\n~~~\n```\n[c](d)\n".to_owned();
        assert_eq!(targets(&File { path: "a.md".to_owned(), text }), [(5, "d")]);
    }

    #[test]
    fn only_relative_links_are_followed() {
        assert!(["a.md", "../a.md#b", "#a:b", "a/b:c"].into_iter().all(is_relative));
        assert!(!["https://a.b/c", "mailto:a@b.c", "//a.b/c"].into_iter().any(is_relative));
    }
}
