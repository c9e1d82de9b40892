//! Files that are no scenarios.

use std::fs::File;

use crate::tool::{Folder, sound};

#[test]
fn what_cannot_be_read_ends_with_2() {
    let folder = Folder::new("bad-files");
    folder.file("a.ron", &sound()).file("half.ron", &sound()[..100]).file("empty.ron", "");
    folder.file("typo.ron", &sound().replace("services", "servces"));
    std::fs::write(folder.path().join("binary.ron"), [0xff, 0xfe, 0]).expect("it can be written");
    let huge = File::create(folder.path().join("huge.ron")).expect("it can be made");
    huge.set_len(1 << 40).or_else(|_| huge.set_len(1 << 30)).expect("it can grow");
    for bad in ["half.ron", "empty.ron", "typo.ron", "binary.ron", "huge.ron", ".", "none.ron"] {
        for args in [&["run", bad][..], &["replay", bad, "--seed", "1"]] {
            let ran = folder.run(args).code(2);
            assert_eq!(ran.out, "", "{args:?}: nothing is run");
            ran.complains("error");
        }
    }
    let ran = folder.run(&["run", "typo.ron"]).code(2);
    ran.complains("typo.ron:2:5").complains("did you mean `services`?");
}

#[test]
fn all_bad_files_are_named_before_any_is_run() {
    let folder = Folder::new("bad-all");
    folder.file("a.ron", &sound()).file("b.ron", "(").file("c.ron", "[]");
    let ran = folder.run(&["run", "a.ron", "b.ron", "c.ron"]).code(2);
    assert_eq!(ran.out, "");
    ran.complains("b.ron").complains("c.ron");
}

#[test]
fn the_terminal_is_not_at_the_mercy_of_a_file() {
    let folder = Folder::new("bad-names");
    folder.file("a.ron", "\u{1b}]0;owned\u{7}").file("\u{1b}[31m.ron", "(");
    for file in ["a.ron", "\u{1b}[31m.ron"] {
        for args in [&["run", file][..], &["check", file], &["replay", file, "--seed", "1"]] {
            // Even where escape sequences are wanted, they are not the file's.
            let output = folder.command(args).env("CLICOLOR_FORCE", "1").output();
            let output = output.expect("the program can be run");
            let text = String::from_utf8_lossy(&output.stderr).into_owned()
                + &String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(2), "{text}");
            assert!(!text.contains("\u{1b}]") && !text.contains('\u{7}'), "{text:?}");
            assert!(!text.contains("\u{1b}[31m.ron"), "{text:?}");
        }
    }
}
