//! The text files of the workspace, in one order everywhere.

use std::fs;
use std::path::{Path, PathBuf};

const EXTENSIONS: [&str; 4] = ["md", "ron", "rs", "toml"];

/// A text file; its path is relative to the workspace and has forward slashes.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

#[derive(Debug)]
pub(crate) struct Tree {
    root: PathBuf,
    files: Vec<File>,
}

impl Tree {
    /// Reads the workspace that this test was built in.
    pub(crate) fn read() -> Tree {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let ignored = ignored(&root);
        let mut tree = Tree { root, files: Vec::new() };
        tree.walk("", &ignored);
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        // A walk that misses this very file proves nothing by finding nothing.
        assert!(
            tree.file("cli/tests/tidy/tree.rs").is_some(),
            "not the workspace: {}",
            tree.root.display()
        );
        tree
    }

    /// A tree in memory.
    pub(crate) fn of(files: &[(&str, &str)]) -> Tree {
        let file = |&(path, text): &(&str, &str)| File { path: path.into(), text: text.into() };
        Tree { root: PathBuf::new(), files: files.iter().map(file).collect() }
    }

    pub(crate) fn with_extension(&self, extension: &str) -> impl Iterator<Item = &File> {
        let suffix = format!(".{extension}");
        self.files.iter().filter(move |file| file.path.ends_with(&suffix))
    }

    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Where the file or directory with this relative path is.
    pub(crate) fn locate(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn walk(&mut self, folder: &str, ignored: &[String]) {
        let entries = fs::read_dir(self.locate(folder)).expect("a folder of the workspace");
        for entry in entries {
            let entry = entry.expect("an entry of a folder of the workspace");
            let name = entry.file_name().into_string().expect("a file name in UTF-8");
            let kind = entry.file_type().expect("the kind of an entry");
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let hidden = name.starts_with('.') || ignored.contains(&name);
            if kind.is_dir() && !hidden {
                self.walk(&path, ignored);
            } else if kind.is_file() && is_text(&name) {
                let text = fs::read_to_string(self.locate(&path));
                let text = text.unwrap_or_else(|error| panic!("{path}: {error}"));
                self.files.push(File { path, text });
            }
        }
    }
}

fn is_text(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| EXTENSIONS.contains(&extension))
}

/// The plain folder names in `.gitignore`: build output, not the tree.
fn ignored(root: &Path) -> Vec<String> {
    let list = fs::read_to_string(root.join(".gitignore")).expect("the workspace's .gitignore");
    list.lines().filter_map(|line| line.trim().strip_suffix('/')).map(str::to_owned).collect()
}
