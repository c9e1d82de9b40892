//! The crates depend on each other in one direction, and all inherit the workspace's lints.

use crate::offence::Offence;
use crate::tree::{File, Tree};

/// A crate of the workspace and which others it may depend on.
struct Layer {
    folder: &'static str,
    package: &'static str,
    below: &'static [&'static str],
}

const CORE: &str = "dtxsim-core";
const PROTOCOLS: &str = "dtxsim-protocols";
const SCENARIOS: &str = "dtxsim-scenarios";
const REPORTS: &str = "dtxsim-reports";
const LIBRARIES: &[&str] = &[CORE, PROTOCOLS, SCENARIOS, REPORTS];

const LAYERS: [Layer; 6] = [
    Layer { folder: "sim-core", package: CORE, below: &[] },
    Layer { folder: "protocols", package: PROTOCOLS, below: &[CORE] },
    Layer { folder: "scenarios", package: SCENARIOS, below: &[CORE, PROTOCOLS] },
    Layer { folder: "reports", package: REPORTS, below: &[CORE] },
    Layer { folder: "benches", package: "dtxsim-benches", below: LIBRARIES },
    Layer { folder: "cli", package: "dtxsim", below: LIBRARIES },
];

/// All that the core may take from outside, except for its tests.
const CORE_EXTERNAL: [&str; 5] = ["libm", "petgraph", "rand", "rand_chacha", "serde"];

pub(crate) fn offences(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    match tree.file("Cargo.toml") {
        Some(root) => offences.extend(workspace(root)),
        None => offences.push(Offence::new("Cargo.toml", 1, "write the workspace's manifest")),
    }
    for layer in &LAYERS {
        let path = format!("{}/Cargo.toml", layer.folder);
        match tree.file(&path) {
            Some(file) => offences.extend(member(file, layer)),
            None => offences.push(Offence::new(&path, 1, "write the crate's manifest")),
        }
    }
    offences
}

fn workspace(root: &File) -> Vec<Offence> {
    let mut offences = Vec::new();
    let keys = keys(&root.text);
    let safe = |key: &Key<'_>| {
        let forbidden = ["\"forbid\"", "\"deny\""].iter().any(|level| key.value.contains(level));
        key.table == "workspace.lints.rust" && key.name == "unsafe_code" && forbidden
    };
    if !keys.iter().any(safe) {
        let change = "add `unsafe_code = \"forbid\"` to `[workspace.lints.rust]`";
        offences.push(Offence::new(&root.path, 1, change));
    }
    let members = keys.iter().filter(|key| key.table == "workspace" && key.name == "members");
    for key in members {
        for folder in key.value.split('"').skip(1).step_by(2) {
            if LAYERS.iter().all(|layer| layer.folder != folder) {
                let change = format!("give `{folder}` its place in cli/tests/tidy/manifests.rs");
                offences.push(Offence::new(&root.path, key.line, change));
            }
        }
    }
    offences.extend(keys.iter().filter_map(|key| renamed(root, key)));
    offences
}

fn member(file: &File, layer: &Layer) -> Vec<Offence> {
    let mut offences = Vec::new();
    let keys = keys(&file.text);
    let inherits = |key: &Key<'_>| {
        let path = (key.table, key.name);
        [("lints", "workspace"), ("", "lints.workspace")].contains(&path) && key.value == "true"
    };
    if !keys.iter().any(inherits) {
        offences.push(Offence::new(&file.path, 1, "add `[lints]` with `workspace = true`"));
    }
    for key in &keys {
        offences.extend(renamed(file, key));
        let Some((kind, package)) = dependency(key) else { continue };
        let ours = LAYERS.iter().any(|other| other.package == package);
        let foreign = layer.package == CORE && kind != "dev-dependencies" && !ours;
        if ours && !layer.below.contains(&package) {
            let change = format!("{} may not depend on {package}: remove it", layer.package);
            offences.push(Offence::new(&file.path, key.line, change));
        } else if foreign && !CORE_EXTERNAL.contains(&package) {
            let change = format!("{CORE} may take only {CORE_EXTERNAL:?} from outside: remove it");
            offences.push(Offence::new(&file.path, key.line, change));
        }
    }
    offences
}

/// A dependency under another name would escape the rules above.
fn renamed(file: &File, key: &Key<'_>) -> Option<Offence> {
    let (_, package) = dependency(key)?;
    let fields = key.value.split(['{', ',']).filter_map(|field| field.split_once('='));
    let inline = fields.map(|(name, _)| name.trim()).any(|name| name == "package");
    let renamed = inline || (key.name == "package" && package != key.name);
    renamed.then(|| Offence::new(&file.path, key.line, format!("do not rename `{package}`")))
}

/// The kind of dependency and the package that the key belongs to.
fn dependency<'a>(key: &Key<'a>) -> Option<(&'a str, &'a str)> {
    let table = key.table.rsplit_once('.');
    let last = table.map_or(key.table, |(_, last)| last);
    if let Some(kind) = kind(last) {
        let name = key.name.split('.').next().unwrap_or(key.name);
        return Some((kind, name.trim_matches('"')));
    }
    // `[dependencies.name]`
    let (head, name) = table?;
    let parent = head.rsplit_once('.').map_or(head, |(_, parent)| parent);
    Some((kind(parent)?, name))
}

fn kind(table: &str) -> Option<&str> {
    ["dependencies", "dev-dependencies", "build-dependencies"].contains(&table).then_some(table)
}

/// A key of a manifest, the table that it is in, and its value as one line.
#[derive(PartialEq, Eq, Debug)]
struct Key<'a> {
    table: &'a str,
    name: &'a str,
    value: String,
    line: usize,
}

/// Reads what Cargo's manifests are made of; not all of TOML.
fn keys(text: &str) -> Vec<Key<'_>> {
    let (mut keys, mut table, mut depth) = (Vec::<Key<'_>>::new(), "", 0_isize);
    for (index, line) in text.lines().enumerate() {
        let line = line.split_once('#').map_or(line, |(code, _)| code).trim();
        if depth > 0 {
            // The value of the key before goes on.
            keys.last_mut().expect("a key").value.push_str(line);
        } else if let Some(header) = line.strip_prefix('[') {
            table = header.trim_matches(['[', ']']);
            continue;
        } else if let Some((name, value)) = line.split_once('=') {
            let (name, value) = (name.trim(), value.trim().to_owned());
            keys.push(Key { table, name, value, line: index + 1 });
        }
        depth += brackets(line, ['[', '{']) - brackets(line, [']', '}']);
    }
    keys
}

fn brackets(line: &str, which: [char; 2]) -> isize {
    isize::try_from(line.matches(which).count()).expect("a short line")
}

mod tests {
    use super::{CORE, LAYERS, Offence, Tree, keys, offences};

    const ROOT: &str = "[workspace]\nmembers = [\n  \"cli\", # last\n  \"sim-core\",\n]\n\
                        [workspace.lints.rust]\nunsafe_code = \"forbid\"\n";
    const LINTS: &str = "[lints]\nworkspace = true\n";

    /// The offences of a workspace that is in order but for what is added to one manifest.
    fn with(folder: &str, addition: &str) -> Vec<String> {
        let mut files = vec![("Cargo.toml".to_owned(), ROOT.to_owned())];
        files
            .extend(LAYERS.map(|layer| (format!("{}/Cargo.toml", layer.folder), LINTS.to_owned())));
        let path = if folder.is_empty() { "Cargo.toml" } else { &format!("{folder}/Cargo.toml") };
        let changed = files.iter_mut().find(|(name, _)| name == path).expect("a manifest");
        changed.1.push_str(addition);
        let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
        offences(&Tree::of(&files)).iter().map(Offence::to_string).collect()
    }

    fn rejects(folder: &str, addition: &str, part: &str) {
        let found = with(folder, addition);
        assert!(found.len() == 1 && found[0].contains(part), "{addition}: {found:?}");
    }

    #[test]
    fn dependencies_run_one_way() {
        assert_eq!(with("protocols", "[dependencies]\ndtxsim-core.workspace = true\n"), [""; 0]);
        assert_eq!(with("cli", "[dependencies]\ndtxsim-reports = { path = \"x\" }\n"), [""; 0]);
        let up = "Cargo.toml:4: dtxsim-protocols may not depend on dtxsim-scenarios: remove it";
        rejects("protocols", "[dependencies]\ndtxsim-scenarios.workspace = true\n", up);
        rejects("sim-core", "[dev-dependencies]\ndtxsim-protocols.workspace = true\n", CORE);
        rejects("reports", "[dependencies.dtxsim-scenarios]\nworkspace = true\n", "may not");
        rejects("cli", "[target.'cfg(unix)'.dependencies]\ndtxsim-benches.path = \"x\"", "may not");
    }

    #[test]
    fn the_core_takes_little_from_outside() {
        assert_eq!(with("sim-core", "[dependencies]\nserde = { version = \"1\" }\n"), [""; 0]);
        assert_eq!(with("sim-core", "[dev-dependencies]\nproptest = \"1\"\n"), [""; 0]);
        assert_eq!(with("reports", "[dependencies]\nmaud = \"1\"\n"), [""; 0]);
        rejects("sim-core", "[dependencies]\nrayon = \"1\"\n", "from outside");
        rejects("sim-core", "[build-dependencies]\ncc = \"1\"\n", "from outside");
    }

    #[test]
    fn no_dependency_hides_under_another_name() {
        let inline = "[dependencies]\nserde = { package = \"dtxsim-core\", path = \"x\" }\n";
        rejects("sim-core", inline, "do not rename `serde`");
        rejects("cli", "[dependencies.a]\npackage = \"dtxsim-benches\"\n", "do not rename `a`");
        rejects("", "[workspace.dependencies]\na = { package = \"b\" }\n", "do not rename `a`");
    }

    #[test]
    fn every_crate_inherits_the_lints() {
        let found = offences(&Tree::of(&[("Cargo.toml", ROOT), ("cli/Cargo.toml", "[lints]\n")]));
        let missing = Offence::new("cli/Cargo.toml", 1, "add `[lints]` with `workspace = true`");
        assert!(found.contains(&missing), "{found:?}");
        let found = offences(&Tree::of(&[("Cargo.toml", "[workspace]\nmembers = [\"new\"]\n")]));
        let text: String = found.iter().map(Offence::to_string).collect();
        assert!(text.contains("unsafe_code") && text.contains("give `new` its place"), "{text}");
    }

    #[test]
    fn values_may_span_lines() {
        let keys = keys(ROOT);
        assert_eq!((keys[0].name, &*keys[0].value), ("members", "[\"cli\",\"sim-core\",]"));
        assert_eq!(
            (keys[1].table, keys[1].name, keys[1].line),
            ("workspace.lints.rust", "unsafe_code", 7)
        );
    }
}
