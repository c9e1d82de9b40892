use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::diagnostic::Diagnostic;

/// A scenario's text, and where it came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// What diagnostics call it: a path, or something like `<stdin>`.
    pub name: String,
    /// Its text, without a byte order mark.
    pub text: String,
}

/// What happened while a file was read: the name it goes by, and what is wrong with it.
type Unreadable = (Source, Diagnostic);

impl Source {
    /// No scenario is larger, in bytes. One that is, is refused before it is read.
    pub const LARGEST: u64 = 1 << 20;

    /// A text that is already in memory.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        let text = text.into();
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        Source { name: name.into(), text }
    }

    /// Reads a file; never more of it than [`Source::LARGEST`].
    ///
    /// # Errors
    /// If it is missing, unreadable, a directory, too large or not UTF-8. The source that comes
    /// with the diagnostic is empty: it only has the name to render it with.
    pub fn read(path: &Path) -> Result<Source, Box<Unreadable>> {
        let name = path.display().to_string();
        Source::contents(path)
            .map(|text| Source::new(name.as_str(), text))
            .map_err(|diagnostic| Box::new((Source::new(name, ""), diagnostic)))
    }

    fn contents(path: &Path) -> Result<String, Diagnostic> {
        let cannot = |error: io::Error| Diagnostic::new(format!("cannot read this file: {error}"));
        let file = File::open(path).map_err(cannot)?;
        let metadata = file.metadata().map_err(cannot)?;
        if metadata.is_dir() {
            return Err(Diagnostic::new("this is a directory, not a scenario")
                .help("name a file in it, such as `<directory>/transfer.ron`"));
        }
        if metadata.len() > Source::LARGEST {
            return Err(too_large(&format!("{} bytes", metadata.len())));
        }
        // The length of a pipe or a device is not known before it has been read.
        let mut bytes = Vec::new();
        file.take(Source::LARGEST + 1).read_to_end(&mut bytes).map_err(cannot)?;
        if bytes.len() as u64 > Source::LARGEST {
            return Err(too_large("more than that"));
        }
        String::from_utf8(bytes).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            Diagnostic::new("this file is not text in UTF-8")
                .note(format!("the first byte that is not UTF-8 is at offset {good}"))
        })
    }

    /// The name without folders and extension: what a scenario is called if it does not say.
    pub(crate) fn stem(&self) -> &str {
        let file = self.name.rsplit(['/', '\\']).next().unwrap_or(&self.name);
        file.strip_suffix(".ron").unwrap_or(file)
    }
}

fn too_large(size: &str) -> Diagnostic {
    let most = Source::LARGEST;
    Diagnostic::new("this file is too large for a scenario")
        .note(format!("it has {size}; the most is {most} bytes"))
        .help("let `generate` make the transactions instead of listing them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stem_has_no_folders_and_no_extension() {
        let stem = |name: &str| Source::new(name, "").stem().to_owned();
        assert_eq!(["a/b/c.ron", "c.ron", "c", "<stdin>"].map(stem), ["c", "c", "c", "<stdin>"]);
    }

    #[test]
    fn a_byte_order_mark_is_not_text() {
        assert_eq!(Source::new("a", "\u{feff}()").text, "()");
    }
}
