//! The tidy test: what the source tree must look like, checked without any tool but this one.
//!
//! It reports every offence at once, each with the change that ends it. Sizes are held by a
//! ratchet (`cli/tests/tidy.ratchet`): what is over a limit is listed there with its size, may not
//! grow, and must leave the list as soon as it has shrunk. `DTXSIM_BLESS=1` tightens the list; it
//! never loosens it.

mod functions;
mod lexer;
mod limits;
mod links;
mod manifests;
mod offence;
mod ratchet;
mod spaces;
mod tree;
mod words;

use offence::Offence;
use tree::Tree;

#[test]
fn the_tree_is_tidy() {
    let tree = Tree::read();
    let mut offences = ratchet::offences(&tree);
    offences.extend(words::offences(&tree));
    offences.extend(spaces::offences(&tree));
    offences.extend(links::offences(&tree));
    offences.extend(manifests::offences(&tree));
    offences.sort();
    assert!(offences.is_empty(), "{}", report(&offences));
}

fn report(offences: &[Offence]) -> String {
    let lines: Vec<String> = offences.iter().map(Offence::to_string).collect();
    format!("the tree is not tidy, {} to change:\n{}\n", lines.len(), lines.join("\n"))
}
