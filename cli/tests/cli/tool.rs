//! Runs the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run of the program brought.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn code(self, wanted: i32) -> Ran {
        let Ran { code, out, err } = &self;
        assert_eq!(*code, Some(wanted), "stdout:\n{out}\nstderr:\n{err}");
        self
    }

    /// Checks that standard output has this in it.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Ran {
        assert!(self.out.contains(text), "no {text:?} in stdout:\n{}", self.out);
        self
    }

    /// Checks that standard error has this in it.
    #[track_caller]
    pub(crate) fn complains(self, text: &str) -> Ran {
        assert!(self.err.contains(text), "no {text:?} in stderr:\n{}", self.err);
        self
    }

    /// The one JSON object of the output.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.out.matches('\n').count(), 1, "one line: {}", self.out);
        serde_json::from_str(&self.out).expect("it is JSON")
    }

    /// The JSON objects of the output, one a line.
    #[track_caller]
    pub(crate) fn jsons(&self) -> Vec<serde_json::Value> {
        let lines = self.out.lines();
        lines.map(|line| serde_json::from_str(line).expect("it is JSON")).collect()
    }

    /// The token of a run in the output.
    #[track_caller]
    pub(crate) fn token(&self) -> String {
        self.word("dtx1-")
    }

    /// The token of a path in the output: the last, if there are several.
    #[track_caller]
    pub(crate) fn path(&self) -> String {
        self.word("dtxp1-")
    }

    fn word(&self, head: &str) -> String {
        let mut words = self.out.split_whitespace();
        words.rfind(|word| word.starts_with(head)).expect("a token is printed").to_owned()
    }
}

/// A folder of its own, gone when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder can be made");
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file.
    pub(crate) fn file(&self, name: &str, text: &str) -> &Folder {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, text).expect("a file can be written");
        self
    }

    /// The program, in this folder.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dtxsim"));
        command.args(args).current_dir(&self.0).stdin(Stdio::null());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env_remove("RUST_BACKTRACE");
        command
    }

    /// Runs the program in this folder.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().expect("the program can be run");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A transfer between two banks; `rest` are further fields.
pub(crate) fn transfer(protocol: &str, rest: &str) -> String {
    format!(
        r#"(
    services: {{
        "bank_a": (keys: {{"alice": (initial: 100, min: 0)}}),
        "bank_b": (keys: {{"bob": (initial: 100, min: 0)}}),
    }},
    transactions: [
        (name: "t", branches: {{"bank_a": [debit("alice", 30)], "bank_b": [credit("bob", 30)]}}),
    ],
    network: (latency: uniform(ms(1), ms(3))),
    protocol: {protocol},
    {rest}
)
"#
    )
}

/// It holds, with nothing that goes wrong.
pub(crate) fn sound() -> String {
    transfer("two_phase_commit", "check: [agreement, termination], seeds: (0, 200),")
}

const CRASH: &str = r#"faults: (script: [
        crash(process: "coordinator", when: sent(message: "commit", to: "bank_a"),
              restart: after(ms(20)), keep: nothing),
    ]),
    check: [agreement], seeds: (0, 200),"#;

/// Agreement is lost; `expect` is what the file expects.
pub(crate) fn broken(expect: &str) -> String {
    let rest = format!("{CRASH} expect: {expect},");
    transfer("two_phase_commit(broken: unforced_decision)", &rest)
}

/// A fault that never happens.
pub(crate) fn idle() -> String {
    let crash = r#"crash(process: "bank_a", when: sent(message: "abort"), restart: never)"#;
    let rest = format!("faults: (script: [{crash}]), check: [agreement], seeds: (0, 50),");
    transfer("two_phase_commit", &rest)
}

/// A transfer that one of two banks refuses, where one host may crash for good.
pub(crate) fn refusing(knobs: &str, timers: &str) -> String {
    let both = "\"bank_a\": [debit(\"alice\", 30)], \"bank_b\": [debit(\"bob\", 30)]";
    format!(
        "(services: {{\"bank_a\": (keys: {{\"alice\": (initial: 100, min: 0)}}), \
         \"bank_b\": (keys: {{\"bob\": (initial: 20, min: 0)}})}}, \
         transactions: [(name: \"rent\", branches: {{{both}}})], \
         protocol: two_phase_commit{knobs}, check: [agreement, termination], \
         explore: ({timers} crashes: 1, restarts: false))"
    )
}
