//! Files that cannot be scenarios at all.

use std::fs;
use std::path::{Path, PathBuf};

use dtxsim_scenarios::{Source, parse};

/// A file or folder in the build's own temporary folder, removed when the test is over.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        Scratch(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("scenarios-{name}")))
    }

    fn with(name: &str, bytes: &[u8]) -> Scratch {
        let scratch = Scratch::new(name);
        fs::write(&scratch.0, bytes).expect("a temporary file");
        scratch
    }

    /// What is said about it.
    fn refusal(&self) -> (String, String) {
        let (source, diagnostic) = *Source::read(&self.0).expect_err("not a scenario");
        assert_eq!(diagnostic.position(&source), None);
        (diagnostic.message.clone(), diagnostic.render(&source, false))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let removed =
            if self.0.is_dir() { fs::remove_dir(&self.0) } else { fs::remove_file(&self.0) };
        // One that was never made is as good as removed.
        drop(removed);
    }
}

#[test]
fn a_missing_file_is_named() {
    let (message, rendered) = Scratch::new("missing.ron").refusal();
    assert!(message.starts_with("cannot read this file: "), "{message}");
    assert!(rendered.contains("scenarios-missing.ron"), "{rendered}");
}

/// Whoever runs it, this file exists and its first byte cannot be read.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let refused = Source::read(Path::new("/proc/self/mem")).expect_err("nobody can read that");
    let (source, diagnostic) = *refused;
    assert!(diagnostic.message.contains("cannot read this file"), "{}", diagnostic.message);
    assert!(diagnostic.render(&source, false).contains("/proc/self/mem"));
}

#[test]
fn a_directory_is_not_a_scenario() {
    let scratch = Scratch::new("folder.ron");
    fs::create_dir_all(&scratch.0).expect("a temporary folder");
    assert_eq!(scratch.refusal().0, "this is a directory, not a scenario");
}

#[test]
fn bytes_that_are_not_text_are_refused_with_their_offset() {
    let (message, rendered) = Scratch::with("binary.ron", b"(name: \"\xff\xfe\")").refusal();
    assert_eq!(message, "this file is not text in UTF-8");
    assert!(rendered.contains("at offset 8"), "{rendered}");
}

#[test]
fn a_hundred_megabytes_are_refused_without_being_read() {
    let scratch = Scratch::with("huge.ron", b"");
    let file = fs::OpenOptions::new().write(true).open(&scratch.0).expect("a temporary file");
    file.set_len(100 << 20).expect("a sparse file");
    let (message, rendered) = scratch.refusal();
    assert_eq!(message, "this file is too large for a scenario");
    assert!(rendered.contains("104857600 bytes"), "{rendered}");
}

#[test]
fn the_largest_file_is_read_and_one_byte_more_is_not() {
    let largest = usize::try_from(Source::LARGEST).expect("a size in memory");
    let scratch = Scratch::with("largest.ron", &vec![b' '; largest]);
    assert!(Source::read(&scratch.0).is_ok());
    let scratch = Scratch::with("larger.ron", &vec![b' '; largest + 1]);
    assert_eq!(scratch.refusal().0, "this file is too large for a scenario");
    let text = Source::new("text", " ".repeat(largest + 1));
    assert!(parse(&text).is_err(), "nor is such a text");
}

#[cfg(unix)]
#[test]
fn what_never_ends_is_not_read_to_its_end() {
    let error = Source::read("/dev/zero".as_ref()).expect_err("too large");
    assert_eq!(error.1.message, "this file is too large for a scenario");
}

#[test]
fn an_empty_file_has_no_scenario_in_it() {
    let scratch = Scratch::with("empty.ron", b"");
    let source = Source::read(&scratch.0).expect("an empty text");
    let diagnostics = parse(&source).expect_err("no scenario");
    assert_eq!(diagnostics[0].message, "there is no scenario in this file");
    assert_eq!(diagnostics[0].position(&source), None);
}

#[test]
fn too_many_services_are_refused_where_they_begin() {
    let services: String =
        (0..63).map(|n| format!("\"s{n}\": (keys: {{\"k\": (initial: 0)}}),\n")).collect();
    let text = format!(
        "(services: {{\n{services}}}, protocol: two_phase_commit,
         transactions: [(name: \"t\", branches: {{\"s0\": [read(\"k\")]}})])"
    );
    let source = Source::new("many.ron", text);
    let diagnostics = parse(&source).expect_err("too many");
    assert_eq!(diagnostics[0].message, "there are more than 62 services");
    assert_eq!(diagnostics[0].position(&source).map(|position| position.line), Some(64));
    assert_eq!(diagnostics.len(), 1);
}

#[test]
fn a_flood_of_errors_is_cut_short_and_counted() {
    let ops = "read(\"nobody\"),".repeat(20_000);
    let text = format!(
        "(services:{{\"a\":(keys:{{\"k\":(initial:0)}})}},\
         transactions:[(name:\"t\",branches:{{\"a\":[{ops}]}})],protocol:two_phase_commit)"
    );
    let source = Source::new("flood.ron", text);
    let diagnostics = parse(&source).expect_err("no key is called nobody");
    assert_eq!(diagnostics.len(), 101);
    assert_eq!(diagnostics[100].message, "there are 19900 more errors in this file");
    assert!(diagnostics[0].render(&source, true).len() < 2_000, "one line of it is enough");
}
