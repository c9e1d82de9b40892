//! Ctrl-C.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use crate::tool::{Folder, sound};

fn send(signal: &str, child: &Child) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(status.expect("kill can be run").success());
}

/// Starts a run that would take for ever, and waits until it has begun.
fn endless(folder: &Folder, format: &str) -> Child {
    begun(folder, &["run", "a.ron", "--seeds", "0..1000000000", "--format", format], 2)
}

/// Starts the program, and waits until it has more than so many threads.
fn begun(folder: &Folder, args: &[&str], threads: usize) -> Child {
    folder.file("a.ron", &sound());
    let mut command = folder.command(args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("the program can be run");
    // The handler is in place before the threads are.
    let tasks = format!("/proc/{}/task", child.id());
    for _ in 0..1_000_000 {
        let count = std::fs::read_dir(&tasks).map_or(usize::MAX, Iterator::count);
        if count > threads {
            break;
        }
        std::thread::yield_now();
    }
    child
}

#[test]
fn the_first_signal_ends_it_with_what_there_is() {
    for signal in ["-INT", "-TERM"] {
        let folder = Folder::new(&format!("signal{signal}"));
        let child = endless(&folder, "json");
        send(signal, &child);
        let output = child.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(3), "{text}");
        let report: serde_json::Value = serde_json::from_str(&text).expect("a report");
        assert_eq!(report["verdict"], "inconclusive");
        assert_eq!(report["as_expected"], false);
        assert_eq!(report["runs"]["interrupted"], true);
    }
}

#[test]
fn walks_end_with_what_they_have() {
    let folder = Folder::new("signal-walk");
    let args = ["explore", "a.ron", "--walk", "--walks", "1000000000", "--format", "json"];
    let child = begun(&folder, &args, 1);
    send("-INT", &child);
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{text}");
    let report: serde_json::Value = serde_json::from_str(&text).expect("a report");
    assert_eq!(report["verdict"], "inconclusive");
    assert_eq!(report["runs"]["interrupted"], true);
    assert!(report["walk"]["walks"].as_u64() < Some(1_000_000_000));
}

#[test]
fn an_interrupted_run_says_so() {
    let folder = Folder::new("signal-text");
    let mut child = endless(&folder, "human");
    send("-INT", &child);
    let mut text = String::new();
    child.stdout.take().expect("it is piped").read_to_string(&mut text).expect("it is UTF-8");
    assert!(text.contains("INCONCLUSIVE") && text.contains("interrupted after "), "{text}");
    let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
    let said = stderr.lines().any(|line| line.is_ok_and(|line| line.starts_with("interrupted: ")));
    assert!(said, "the first signal is acknowledged");
    assert_eq!(child.wait().expect("it ends").code(), Some(3));
}
