//! White space that nobody sees must not be in a text.

use crate::offence::Offence;
use crate::tree::{File, Tree};

pub(crate) fn offences(tree: &Tree) -> Vec<Offence> {
    let texts = ["md", "ron", "rs"].map(|extension| tree.with_extension(extension));
    texts.into_iter().flatten().flat_map(in_file).collect()
}

fn in_file(file: &File) -> Vec<Offence> {
    let mut offences = Vec::new();
    // Not `lines()`, which takes a carriage return for a part of the line's end.
    for (index, line) in file.text.split('\n').enumerate() {
        if line.contains('\t') {
            offences.push(Offence::new(&file.path, index + 1, "a tab: write spaces"));
        }
        if line.ends_with(char::is_whitespace) {
            offences.push(Offence::new(&file.path, index + 1, "white space at the end: remove it"));
        }
    }
    offences
}

mod tests {
    use super::{Offence, Tree, offences};

    fn found(path: &str, text: &str) -> Vec<String> {
        offences(&Tree::of(&[(path, text)])).iter().map(Offence::to_string).collect()
    }

    #[test]
    fn tabs_and_trailing_spaces_are_offences() {
        assert_eq!(found("a.ron", "(\n\ta: 1,\n)\n"), ["a.ron:2: a tab: write spaces"]);
        let trailing = [1, 2].map(|line| format!("a.md:{line}: white space at the end: remove it"));
        assert_eq!(found("a.md", "a \nb\r\n"), trailing);
    }

    #[test]
    fn clean_texts_and_other_files_are_not() {
        assert_eq!(found("a.rs", "fn f() {\n    1;\n}\n"), [""; 0]);
        assert_eq!(found("a.toml", "a \n"), [""; 0]);
    }
}
